"""Fractions, roots and overlines of a formula, built where the page has a level line.

Distances are in parts of the size of the text they are measured against; TeX's rules for setting formulas (The TeXbook,
appendix G) say how large they come out.
"""

from collections.abc import Sequence

from cs229tui.documents.formulas.tree import Fraction, Root, Sign
from cs229tui.documents.reflow.atoms import Atom, united
from cs229tui.documents.reflow.layout import PageLayout, Shape
from cs229tui.documents.reflow.terms import BODY, Build

# No reader follows fractions further than this; a file may nest them to do harm.
_DEEPEST = 12


def rules_of(page: PageLayout, atoms: Sequence[Atom]) -> list[Shape]:
    """The level lines among and around some atoms."""
    size = max(atom.size for atom in atoms)
    left, right = min(atom.left for atom in atoms) - size, max(atom.right for atom in atoms) + size
    bottom, top = min(atom.bottom for atom in atoms) - size, max(atom.top for atom in atoms) + size
    # A brace that lies on its side is drawn with rules between its ends.
    ends = [atom for atom in atoms if atom.sign == "⏟"]
    rules = [
        shape
        for shape in page.shapes
        if shape.kind == "rule"
        and left < shape.left
        and shape.right < right
        and bottom < shape.bottom
        and shape.top < top
        and not any(
            min(abs(end.right - shape.left), abs(end.left - shape.right)) < 2 and abs(end.middle - shape.top) < 6
            for end in ends
        )
    ]
    return rules[:200]


def with_bars(atoms: Sequence[Atom], rules: Sequence[Shape], build: Build) -> list[Atom]:
    """Fractions, roots and overlines built where rules say so, from the shortest rule to the longest."""
    live = list(atoms)
    waiting = sorted(rules, key=lambda rule: rule.right - rule.left)
    for number, rule in enumerate(waiting):
        made = (
            _root(live, rule, build)
            or _fraction(live, rule, waiting[number + 1 :], build)
            or _overline(live, rule, build)
        )
        if made is not None and made[1].depth <= _DEEPEST:
            parts, atom = made
            gone = {id(part) for part in parts}
            live = [each for each in live if id(each) not in gone]
            live.append(atom)
    live.sort(key=lambda atom: atom.left)
    return live


def _root(live: Sequence[Atom], rule: Shape, build: Build) -> tuple[list[Atom], Atom] | None:
    sign = next(
        (
            atom
            for atom in live
            if atom.sign == "√"
            and abs(atom.right - rule.left) < 0.3 * atom.size
            and atom.middle < rule.bottom < atom.top + 0.3 * atom.size
        ),
        None,
    )
    if sign is None or not isinstance(sign.node, Sign):
        return None
    margin = 0.15 * sign.size
    body = [
        atom
        for atom in live
        if atom is not sign
        and rule.left - margin < atom.across
        and atom.right < rule.right + margin
        and sign.bottom - margin < atom.middle < rule.top
    ]
    if not body:
        return None
    index = [
        atom
        for atom in live
        if atom.size < 0.75 * sign.size
        and sign.left - 0.4 * sign.size < atom.left
        and atom.right < sign.right - 0.1 * sign.size
        and sign.middle < atom.middle < sign.top + 0.5 * sign.size
    ]
    node, base, size = build(body)
    root = united([sign, *body], Root(sign.node, node, build(index)[0] if index else None), base, size)
    root.right = max(root.right, rule.right)
    root.top = max(root.top, rule.top)
    return [sign, *body, *index], root


def _fraction(
    live: Sequence[Atom], rule: Shape, others: Sequence[Shape], build: Build
) -> tuple[list[Atom], Atom] | None:
    over, under = _beyond(live, rule, others, True), _beyond(live, rule, others, False)
    if not over or not under:
        return None
    size = max(atom.size for atom in (*over, *under))
    full = [atom for atom in under if atom.size > BODY * size]
    fits = full and abs(min(atom.left for atom in full) - rule.left) < 0.12 * size
    far = min(atom.bottom for atom in over) - rule.top > 0.3 * size
    if far and fits and rule.bottom - max(atom.base for atom in full) < 0.86 * size:
        # A bar that lies on what is below it, with another line above.
        return None
    numerator, denominator = build(over), build(under)
    size = max(numerator[2], denominator[2])
    fraction = united([*over, *under], Fraction(numerator[0], denominator[0]), rule.bottom - 0.25 * size, size, True)
    fraction.left, fraction.right = min(fraction.left, rule.left), max(fraction.right, rule.right)
    return [*over, *under], fraction


def _beyond(live: Sequence[Atom], rule: Shape, others: Sequence[Shape], up: bool) -> list[Atom]:
    """What stands right above or below a rule, as far as it is held together."""
    height = (rule.bottom + rule.top) / 2
    sign = 1 if up else -1
    wall = min(
        (
            sign * (other.bottom - height)
            for other in others
            if sign * (other.bottom - height) > 1
            and min(other.right, rule.right) - max(other.left, rule.left) > 0.5 * (rule.right - rule.left)
        ),
        default=1e9,
    )
    near: list[tuple[float, float, Atom]] = []
    for atom in live:
        margin = 0.2 * atom.size
        inside = rule.left - margin < atom.left and atom.right < rule.right + margin
        low = atom.bottom - height if up else height - atom.top
        high = atom.top - height if up else height - atom.bottom
        if inside and (low + high) / 2 > 0 and (low + high) / 2 < wall and low > -0.3 * atom.size:
            near.append((low, high, atom))
    near.sort(key=lambda each: each[0])
    taken: list[Atom] = []
    edge = 0.0
    size = max((atom.size for _, _, atom in near), default=1.0)
    for low, high, atom in near:
        room = 0.62 * size if not taken else 0.3 * size if atom.size < BODY * size or atom.hangs else 0.1 * size
        if low - edge > room:
            break
        taken.append(atom)
        edge = max(edge, high)
    return taken


def _overline(live: Sequence[Atom], rule: Shape, build: Build) -> tuple[list[Atom], Atom] | None:
    body = [
        atom
        for atom in live
        if rule.left - 0.15 * atom.size < atom.left
        and atom.right < rule.right + 0.15 * atom.size
        and -0.1 * atom.size < rule.bottom - atom.top < 0.32 * atom.size
    ]
    signs = [atom for atom in body if isinstance(atom.node, Sign)]
    if not signs or len(signs) != len(body):
        return None
    for atom in signs:
        if isinstance(atom.node, Sign):
            atom.node = Sign(atom.node.text, atom.node.place, "\u0304" if len(signs) == 1 else "\u0305")
    size = max(atom.size for atom in body)
    if rule.right - rule.left > max(atom.right for atom in body) - min(atom.left for atom in body) + size:
        return None
    node, base, size = build(body)
    return body, united(body, node, base, size)
