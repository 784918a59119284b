"""What stands right above and below a sign or a word of a formula, or at a brace that lies on its side."""

import re
from collections.abc import Sequence
from itertools import pairwise

from cs229tui.documents.reflow.atoms import BIG, Atom

# A sign or word; what is above it, below it; whether a brace parts them.
_OPERATOR = re.compile(r"lim|limsup|liminf|max|min|sup|inf|argmax|argmin|Pr|det|gcd|E")

Limit = tuple[list[Atom], list[Atom], list[Atom], bool]


def limits_of(body: list[Atom], small: list[Atom], base: float, size: float) -> tuple[list[Atom], list[Limit]]:
    """Signs and words with what stands right above and below them; and what is left."""
    found: dict[int, Limit] = {}
    both = [[atom] for atom in body if atom.sign in BIG] + _words(body, size)
    plain = [[atom] for atom in body if atom.sign not in BIG and not (atom.hangs or atom.bar) and not atom.roman]
    # Right above a letter stands nothing but an accent; what seems to is a script of the narrow one before it.
    relations = [[atom] for atom in body if atom.sign and atom.sign in "=→←↔↦⇒⇐⇔∼≈≡≃≅"]
    carriers = [_middle(sign) for sign in both if sign[0].sign in BIG or _OPERATOR.fullmatch(_written(sign))]
    for up in (True, False):
        signs = both + (relations if up else plain)
        beyond = [
            atom
            for atom in small
            if (atom.bottom > base + 0.4 * size if up else atom.top < base + 0.02 * size) and atom.sign != "⏟"
        ]
        for group in _shared(_groups(beyond, 0.5 * size), carriers):
            across = (group[0].left + max(atom.right for atom in group)) / 2
            best = min(signs, key=lambda sign: abs(_middle(sign) - across), default=None)
            if best is None or abs(_middle(best) - across) > 0.28 * size:
                continue
            big = best[0].sign in BIG
            top, bottom = max(atom.top for atom in best), min(atom.bottom for atom in best)
            reach = 0.15 * size
            if up:
                near = min(atom.bottom for atom in group) > (top - reach if big else base + 0.4 * size)
            else:
                near = max(atom.top for atom in group) < (bottom + reach if big else base - 0.05 * size)
            if not near:
                continue
            limit = found.setdefault(id(best[0]), (best, [], [], False))
            (limit[1] if up else limit[2]).extend(group)
            gone = {id(atom) for atom in group}
            small = [atom for atom in small if id(atom) not in gone]
    return small, list(found.values())


def _written(sign: Sequence[Atom]) -> str:
    return "".join(atom.sign for atom in sign)


def _middle(sign: Sequence[Atom]) -> float:
    return (sign[0].left + sign[-1].right) / 2


def _groups(atoms: Sequence[Atom], room: float) -> list[list[Atom]]:
    groups: list[list[Atom]] = []
    right = 0.0
    for atom in sorted(atoms, key=lambda each: each.left):
        if groups and atom.left - right < room:
            groups[-1].append(atom)
            right = max(right, atom.right)
        else:
            groups.append([atom])
            right = atom.right
    return groups


def _shared(groups: Sequence[list[Atom]], middles: Sequence[float]) -> list[list[Atom]]:
    """Groups parted at their widest gap between two big signs whose limits run into each other."""
    parted: list[list[Atom]] = []
    for group in groups:
        rest = group
        under = sorted(middle for middle in middles if rest[0].left < middle < max(atom.right for atom in rest))
        for low, high in pairwise(under):
            gaps = [
                (atom.left - max(other.right for other in rest[:at]), at)
                for at, atom in enumerate(rest)
                if at and low < atom.left < high
            ]
            if gaps:
                at = max(gaps)[1]
                parted.append(rest[:at])
                rest = rest[at:]
        parted.append(rest)
    return parted


def _words(body: list[Atom], size: float) -> list[list[Atom]]:
    """Words in upright letters (max, lim, Pr), and two of them together (arg max)."""
    words: list[list[Atom]] = []
    for before, atom in zip([None, *body], body, strict=False):
        if not (atom.roman and atom.sign.isalpha()):
            continue
        if words and before is words[-1][-1] and atom.left - before.right < 0.13 * size:
            words[-1].append(atom)
        else:
            words.append([atom])
    pairs = [
        [*one, *other]
        for one, other in pairwise(words)
        if other[0].left - one[-1].right < 0.35 * size and _written(one) in ("arg", "lim")
    ]
    return words + pairs


def braces_of(body: list[Atom], small: list[Atom], size: float) -> list[Limit]:
    """What a brace lies under or over, with what it says."""
    limits: list[Limit] = []
    ends = [atom for atom in (*body, *small) if atom.sign == "⏟"]
    body[:] = [atom for atom in body if atom.sign != "⏟"]
    small[:] = [atom for atom in small if atom.sign != "⏟"]
    for brace in _groups(ends, 40 * size):
        left, right = brace[0].left, max(atom.right for atom in brace)
        height = brace[0].middle
        inside = [atom for atom in body if left - 0.3 * size < atom.across < right + 0.3 * size]
        if not inside:
            continue
        under = height < inside[0].base
        label = [
            atom
            for atom in small
            if left - 2 * size < atom.across < right + 2 * size
            and abs(atom.middle - height) < 2 * size
            and (atom.top < height + 0.2 * size if under else atom.bottom > height - 0.2 * size)
        ]
        limits.append((inside, [] if under else label, label if under else [], True))
    return limits
