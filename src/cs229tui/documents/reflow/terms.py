"""One line of a formula: which of its characters stand on it, and which above, below, raised or lowered beside them."""

from collections import Counter
from collections.abc import Callable, Sequence

from cs229tui.documents.formulas.tree import CLOSES, OPENS, Limits, Node, Row, Scripts, Sign, Space, fenced
from cs229tui.documents.reflow.atoms import ACCENTS, Atom
from cs229tui.documents.reflow.limits import Limit, braces_of, limits_of

BODY = 0.84  # Scripts are at most 0.8 of the size of what they belong to.

Built = tuple[Node, float, float]
Build = Callable[[Sequence[Atom]], Built]


def line(atoms: Sequence[Atom], build: Build, measures: tuple[float, float] | None = None) -> Built:
    """Atoms on one line as one node, with the line's base and size; `build` makes nodes of scripts and limits.

    `measures` are the base and size of the text that the atoms stand in, where that is known.
    """
    if not atoms:
        return Row(()), 0.0, 1.0
    base, size = measures or _measure(atoms)
    body: list[Atom] = []
    small: list[Atom] = []
    for atom in sorted(atoms, key=lambda each: each.left):
        (body if _on_line(atom, base, size) else small).append(atom)
    if not body and measures is None:
        body, small = sorted(atoms, key=lambda each: each.left), []
    body, small = _accented(body, small, size)
    braces = braces_of(body, small, size)
    used = {id(atom) for _, over, under, _ in braces for atom in (*over, *under)}
    small, limits = limits_of(body, [atom for atom in small if id(atom) not in used], base, size)
    limits += braces
    scripts = _scripts(body, small, base, size)
    return Row(_sequence(body, limits, scripts, base, size, build)), base, size


def _measure(atoms: Sequence[Atom]) -> tuple[float, float]:
    firm = [atom for atom in atoms if not atom.hangs and not atom.bar] or list(atoms)
    size = max(atom.size for atom in firm)
    bases = Counter(round(atom.base, 1) for atom in firm if atom.size > BODY * size)
    return max(bases, key=lambda at: sum(n for other, n in bases.items() if abs(other - at) < 0.15)), size


def _on_line(atom: Atom, base: float, size: float) -> bool:
    if atom.bar:
        return abs(atom.base + 0.25 * atom.size - base - 0.25 * size) < 0.16 * size
    if atom.hangs:
        return abs(atom.middle - base - 0.25 * size) < max(0.3 * size, 0.14 * (atom.top - atom.bottom))
    # In small print a script is hardly smaller than its line, and only stands off it.
    off = abs(atom.base - base)
    return (off < 0.03 * size and atom.size > 0.6 * size) or (
        atom.size > BODY * size and off < (0.36 if atom.size > 0.95 * size else 0.08) * size
    )


def _accented(body: list[Atom], small: list[Atom], size: float) -> tuple[list[Atom], list[Atom]]:
    """Letters with the accents that are drawn over them; what is left of both."""
    gone: set[int] = set()
    letters = [
        atom for atom in (*body, *small) if isinstance(atom.node, Sign) and atom.sign.isalpha() and not _is_accent(atom)
    ]
    for atom in (*body, *small):
        if atom.sign == "\u0338":
            # A stroke that negates what it is drawn through.
            after = [
                each
                for each in (*body, *small)
                if each.left > atom.left - 0.1 * size and each is not atom and abs(each.base - atom.base) < 0.1 * size
            ]
            if after:
                _accent(min(after, key=lambda each: each.left), atom.sign)
                gone.add(id(atom))
        elif _is_accent(atom):
            under = [
                other
                for other in letters
                if abs(other.size - atom.size) < 0.3 * size
                and -0.4 * size < atom.top - other.top < 1.2 * size
                and (abs(other.across - atom.across) < 0.4 * size or atom.left < other.across < atom.right)
            ]
            if under and atom.right - atom.left < 0.8 * size:
                under = [min(under, key=lambda other: abs(other.across - atom.across))]
            for other in under:
                _accent(other, ACCENTS[atom.sign])
            gone |= {id(atom)} if under else set()
    return [atom for atom in body if id(atom) not in gone], [atom for atom in small if id(atom) not in gone]


def _is_accent(atom: Atom) -> bool:
    return atom.sign in ACCENTS and (atom.hangs or atom.sign not in "´`^~")


def _accent(atom: Atom, accent: str) -> None:
    if isinstance(atom.node, Sign):
        atom.node = Sign(atom.node.text, atom.node.place, atom.node.accent + accent)


def _scripts(body: list[Atom], small: list[Atom], base: float, size: float) -> dict[int, tuple[list[Atom], list[Atom]]]:
    """For the place of each part of the line the atoms raised and lowered behind it; -1 before the first."""
    found: dict[int, tuple[list[Atom], list[Atom]]] = {}
    for atom in small:
        at = -1
        for index, other in enumerate(body):
            if other.left + 0.3 * (other.right - other.left) < atom.across:
                at = index
        found.setdefault(at, ([], []))[0].append(atom)
    for at, (up, down) in found.items():
        nucleus = body[at] if at >= 0 else None
        tall = nucleus is not None and nucleus.top - nucleus.bottom > 1.5 * nucleus.size
        _parted(up, down, tall, nucleus.middle if nucleus is not None and tall else base + 0.12 * size)
    return found


def _parted(up: list[Atom], down: list[Atom], tall: bool, middle: float) -> None:
    """Move those that are lowered from `up` to `down`; scripts of scripts go with the script they stand behind.

    Behind something tall they are told by their own middle, else by their line's height above `middle`.
    """
    firm = [atom.size for atom in up if not atom.hangs] or [atom.size for atom in up]
    size = max(firm)
    first = [atom for atom in up if atom.size > BODY * size and not atom.bar]
    rest = [atom for atom in up if not (atom.size > BODY * size and not atom.bar)]
    raised = [atom for atom in first if (atom.middle if tall else atom.base) > middle]
    lowered = [atom for atom in first if not (atom.middle if tall else atom.base) > middle]
    for atom in rest:
        if not raised or not lowered:
            above = bool(raised)
            if not first:
                above = atom.middle > middle
        else:
            reach = [min(_distance(atom, other) for other in group) for group in (raised, lowered)]
            above = reach[0] < reach[1]
        (raised if above else lowered).append(atom)
    up[:], down[:] = raised, lowered


def _distance(atom: Atom, other: Atom) -> float:
    across = atom.left - other.right if atom.left > other.right - 0.2 * other.size else 2 * other.size
    return max(0.0, across) + abs(atom.base - other.base)


def _sequence(
    body: list[Atom],
    limits: list[Limit],
    scripts: dict[int, tuple[list[Atom], list[Atom]]],
    base: float,
    size: float,
    build: Build,
) -> tuple[Node, ...]:
    """The parts of the line in order, with room between them as the page has it."""
    owner = {id(atom): limit for limit in limits for atom in limit[0]}
    parts: list[Node] = []
    right: float | None = None
    last, word = "", False
    index = -1
    while index < len(body):
        if index >= 0:
            atom = body[index]
            limit = owner.get(id(atom))
            last_index = index
            if limit is not None:
                last_index = max(at for at, each in enumerate(body) if any(each is other for other in limit[0]))
            members = body[index : last_index + 1]
            extent = [*members, *(limit[1] + limit[2] if limit else ())]
            if right is not None:
                wide = _room(min(each.left for each in members) - right, last, atom.sign, size)
                if not wide and word and atom.sign in OPENS and members[0].left - right > 0.13 * size:
                    wide = 1
                if wide:
                    parts.append(Space(wide))
            if limit is None:
                parts.append(atom.node)
            else:
                inner = {at - index: pair for at, pair in scripts.items() if index <= at < last_index}
                sign = Row(_sequence(members, [], inner, base, size, build))
                over, under = (build(each)[0] if each else None for each in (limit[1], limit[2]))
                parts.append(Limits(sign, over, under, limit[3]))
            right = max(each.right for each in (extent if limit and limit[3] else members))
            last, word = members[-1].sign, members[-1].roman and members[-1].sign.isalpha()
            index = last_index
        pair = scripts.get(index)
        if pair is not None:
            up, down = (build(each)[0] if each else None for each in pair)
            parts.append(Scripts(up, down))
            ends = max(each.right for each in (*pair[0], *pair[1]))
            right = ends if right is None else max(right, ends)
            last, word = "x", False
        index += 1
        if index >= len(body):
            break
    return tuple(fenced(parts))


def _room(gap: float, before: str, after: str, size: float) -> int:
    """How many cells of room to leave for a gap of so many points."""
    least = 0.13
    if before in (",", ";"):
        least = 0.08
    elif after in OPENS and before.isalnum():
        least = 0.25
    elif (before and before in OPENS) or (after and after in CLOSES + ",.;"):
        least = 0.3
    gap /= size
    if gap < least:
        return 0
    return 1 if gap < 0.85 else 2 if gap < 1.5 else 4
