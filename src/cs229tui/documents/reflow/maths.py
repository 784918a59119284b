"""Formulas read off a page: which characters are scripts, limits, numerators, roots, matrices, by where they stand.

Distances are in parts of the size of the text they are measured against; TeX's rules for setting formulas (The TeXbook,
appendix G) say how large they come out.
"""

from collections.abc import Sequence

from cs229tui.documents.formulas.tree import CLOSES, OPENS, Fenced, Grid, Sign, Space
from cs229tui.documents.reflow.atoms import BARS, BIG, Atom, united
from cs229tui.documents.reflow.terms import BODY, Built, line


def line_of(atoms: Sequence[Atom]) -> Built:
    """Everything in some atoms as one node, with its base and size; lines below each other become a grid."""
    found = lines_of(atoms)
    if len(found) == 1:
        return found[0]
    rows = tuple((node,) for node, _, _ in found)
    size = max(size for _, _, size in found)
    return Grid(rows, True), (found[0][1] + found[-1][1]) / 2, size


def lines_of(atoms: Sequence[Atom]) -> list[Built]:
    """The lines of a formula from the top, each with its base and size."""
    return [line(row, line_of) for row in rows_in(atoms)]


def rows_in(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """The atoms of each line of a formula, matrices and cases built, from the top."""
    return split_rows(_with_grids(atoms))


def split_rows(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """Atoms by the lines they stand on; scripts and signs that hang go with what is nearest to them."""
    firm = [atom for atom in atoms if not atom.hangs and not atom.bar] or list(atoms)
    if not firm:
        return []
    size = max(atom.size for atom in firm)
    anchors = sorted((atom for atom in firm if atom.size >= BODY * size), key=lambda atom: -atom.base)
    rows: list[list[Atom]] = []
    for atom in anchors:
        if rows and rows[-1][0].base - atom.base < 0.5 * size:
            rows[-1].append(atom)
        else:
            rows.append([atom])
    bars = [atom for atom in atoms if atom.bar and all(atom is not each for each in anchors)]
    for atom in bars:
        # A fraction alone on its line is one.
        axis = atom.base + 0.25 * atom.size
        if atom.size >= BODY * size and all(abs(axis - 0.25 * size - row[0].base) > 0.5 * size for row in rows):
            rows.append([atom])
    rows.sort(key=lambda row: -row[0].base)
    if len(rows) == 1:
        return [list(atoms)]
    known = {id(atom) for row in rows for atom in row}
    heads = [list(row) for row in rows]
    rest = [atom for atom in atoms if id(atom) not in known]
    # Signs first: a limit goes with the sign it stands at.
    for atom in (each for each in rest if each.hangs or each.bar):
        axis = atom.base + 0.25 * atom.size
        level = [abs(axis - row[0].base - 0.25 * size) for row in heads]
        best = min(range(len(rows)), key=level.__getitem__)
        if level[best] >= 0.3 * size:
            best = min(range(len(rows)), key=lambda number: min(_apart(atom, other) for other in heads[number]))
        rows[best].append(atom)
    signs = [(number, atom) for number, row in enumerate(rows) for atom in row if atom.sign in BIG]
    for group in _together([atom for atom in rest if not (atom.hangs or atom.bar)]):
        at = next((number for number, sign in signs if _is_limit(group, sign)), None)
        for atom in group:
            near = at
            if near is None:
                near = min(range(len(rows)), key=lambda number: min(_apart(atom, other) for other in heads[number]))
            rows[near].append(atom)
    return rows


def _together(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """Small atoms that stand close to each other on one line, in groups."""
    groups: list[list[Atom]] = []
    for atom in sorted(atoms, key=lambda each: each.left):
        for group in groups:
            last = group[-1]
            if atom.left - last.right < 0.4 * atom.size and abs(atom.base - group[0].base) < 0.35 * group[0].size:
                group.append(atom)
                break
        else:
            groups.append([atom])
    return groups


def _is_limit(group: Sequence[Atom], sign: Atom) -> bool:
    across = (group[0].left + max(atom.right for atom in group)) / 2
    near = max(min(atom.bottom for atom in group) - sign.top, sign.bottom - max(atom.top for atom in group))
    return abs(across - sign.across) < 0.35 * sign.size and -0.1 * sign.size < near < 0.4 * sign.size


def _apart(atom: Atom, other: Atom) -> float:
    across = max(0.0, other.left - atom.right, atom.left - other.right)
    return across + 2 * max(0.0, other.bottom - atom.top, atom.bottom - other.top)


def _with_grids(atoms: Sequence[Atom]) -> list[Atom]:
    """Matrices and cases built: several lines between tall brackets, or behind a brace, or before one."""
    live = sorted(atoms, key=lambda atom: atom.left)
    size = max((atom.size for atom in live), default=1.0)
    fences = [
        atom
        for atom in live
        if atom.hangs and atom.sign and atom.sign in OPENS + CLOSES + BARS and atom.top - atom.bottom > 1.7 * size
    ]
    waiting: list[Atom] = []
    for fence in fences:
        partner = next((other for other in reversed(waiting) if _pairs(other, fence)), None)
        if partner is not None:
            at = waiting.index(partner)
            for other in reversed(waiting[at + 1 :]):
                live = _grid(live, other, None, fence.left)
            del waiting[at:]
            live = _grid(live, partner, fence, 0.0)
        elif fence.sign in CLOSES:
            live = _grid(live, None, fence, 0.0)
        else:
            waiting.append(fence)
    for fence in reversed(waiting):
        live = _grid(live, fence, None, 1e9)
    return live


def _pairs(before: Atom, after: Atom) -> bool:
    same = before.sign == after.sign if after.sign in BARS else after.sign in CLOSES and before.sign in OPENS
    alike = abs(before.top - after.top) + abs(before.bottom - after.bottom) < 0.5 * after.size
    return same and alike


def _grid(live: list[Atom], before: Atom | None, after: Atom | None, end: float) -> list[Atom]:
    fence = before or after
    if fence is None or ((before is None or after is None) and fence.sign not in "{}"):
        return live
    left = before.right if before else -1e9
    right = after.left if after else end
    margin = 0.15 * fence.size
    inside = [
        atom
        for atom in live
        if left - margin < atom.across < right + margin
        and fence.bottom - margin < atom.middle < fence.top + margin
        and atom is not before
        and atom is not after
    ]
    rows = split_rows(inside)
    if len(rows) < 2:
        return live
    columns = _columns(inside, 0.7 * max(atom.size for atom in inside))
    cells = []
    for row in rows:
        parts = [[atom for atom in row if low <= atom.across <= high] for low, high in columns]
        cells.append(tuple(line(part, line_of)[0] if part else Space() for part in parts))
    signs = [each.node if each and isinstance(each.node, Sign) else None for each in (before, after)]
    paired = before is not None and after is not None
    node = Fenced(signs[0], Grid(tuple(cells), paired), signs[1])
    size = max(atom.size for atom in inside)
    fences = [each for each in (before, after) if each is not None]
    made = united([*fences, *inside], node, fence.middle - 0.25 * size, size)
    gone = {id(atom) for atom in (*fences, *inside)}
    return sorted([atom for atom in live if id(atom) not in gone] + [made], key=lambda atom: atom.left)


def _columns(atoms: Sequence[Atom], room: float) -> list[tuple[float, float]]:
    """The stretches of width that the atoms of all rows take, where there is room between them."""
    columns: list[tuple[float, float]] = []
    for atom in sorted(atoms, key=lambda atom: atom.left):
        if columns and atom.left - columns[-1][1] < room:
            columns[-1] = columns[-1][0], max(columns[-1][1], atom.right)
        else:
            columns.append((atom.left, atom.right))
    return columns
