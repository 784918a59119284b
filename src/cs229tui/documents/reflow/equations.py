"""Displayed equations as text: drawn line by line, their relations under each other, their numbers at the right."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from cs229tui.documents.formulas import display
from cs229tui.documents.formulas.tree import NOWHERE, Cell, Sign
from cs229tui.documents.formulas.typeset import Cells, draw
from cs229tui.documents.pdf.glyphs import is_extension_font
from cs229tui.documents.reflow.atoms import Atom, atoms_of
from cs229tui.documents.reflow.bars import rules_of, with_bars
from cs229tui.documents.reflow.compose import line_text
from cs229tui.documents.reflow.grid import rows_of
from cs229tui.documents.reflow.inline import take
from cs229tui.documents.reflow.layout import Line, PageLayout, Piece
from cs229tui.documents.reflow.maths import line_of, rows_in
from cs229tui.documents.reflow.terms import BODY, line
from cs229tui.documents.reflow.text import Text

_NUMBER = re.compile(r"\([A-Z]?\.?\d{1,3}(?:\.\d+)*[a-z′]?\)|\([A-Z]\.?\d{0,2}\)|\(∗+\)|\(\*+\)")
_FARTHEST = 40
# Beyond this no page has an equation, but a drawing may have letters.
_MOST = 1200


def equation_text(page: PageLayout, lines: Sequence[Line]) -> Text:
    """An equation's lines as they are read: fractions over each other, limits at their signs, one number a line."""
    text = Text()
    pieces = [piece for line in lines for piece in line.pieces]
    if sum(piece.end - piece.start for piece in pieces) > _MOST:
        return _as_it_stands(page, lines)
    atoms, numbers = _numbers(atoms_of(page, pieces))
    built = with_bars(atoms, rules_of(page, atoms), line_of) if atoms else []
    rows = [part for row in rows_in(built) for part in _drawn(row)]
    shifts = _shifts(rows)
    beside: dict[int, list[Atom]] = {}
    for number in numbers:
        near = min(range(len(rows)), key=lambda at: (abs(rows[at].base - number[0].base), -at), default=-1)
        beside.setdefault(near, []).extend(number)
    shown = [
        display.Line(row.cells, shift, _cells(beside.get(at, [])))
        for at, (shift, row) in enumerate(zip(shifts, rows, strict=True))
    ]
    alone = [_cells(beside[-1])] if -1 in beside else []
    for cells in (*display.stacked(shown), *alone):
        text.add("\n" if text.length else "")
        take(page, text, cells)
    return text


def _as_it_stands(page: PageLayout, lines: Sequence[Line]) -> Text:
    text = Text()
    for row in rows_of(lines, 0.3):
        for part in row:
            text.add(("\n" if part is row[0] else " ") if text.length else "")
            text.append(line_text(page, part))
    return text


Block = tuple[float, float, float, float, Cells]


def bracketed_cells(page: PageLayout, lines: Sequence[Line]) -> tuple[list[Block], list[Line]]:
    """What in a table stands in tall brackets, as (left, right, base, size, cells); and the lines without it."""
    pieces = [piece for line in lines for piece in line.pieces]
    tall = any(is_extension_font(page.looks[piece.look].font) for piece in pieces)
    if not tall or sum(piece.end - piece.start for piece in pieces) > 4 * _MOST:
        return [], list(lines)
    fences = [
        atom
        for atom in atoms_of(page, pieces)
        if atom.hangs and atom.sign in ("[", "]", "(", ")", "{", "}") and atom.top - atom.bottom > 1.7 * atom.size
    ]
    blocks: list[Block] = []
    used: set[int] = set()
    for before in (atom for atom in fences if atom.sign in "[({"):
        after = next((atom for atom in fences if atom.left > before.left and _matches(before, atom)), None)
        if after is None:
            continue
        right = after.right
        inside: list[Piece] = []
        for piece in sorted(pieces, key=lambda each: each.left):
            level = before.bottom - 1 < (piece.bottom + piece.top) / 2 < before.top + 1
            # What multiplies the bracket stands right behind it.
            if (
                piece.start in used
                or not level
                or piece.left < before.left - 1
                or piece.left > right + 0.3 * before.size
            ):
                continue
            inside.append(piece)
            right = max(right, piece.right)
        used |= {piece.start for piece in inside}
        atoms = atoms_of(page, inside)
        node, base, size = line_of(with_bars(atoms, [], line_of))
        blocks.append((before.left, right, base, size, draw(node)))
    rest = [structs.replace(line, pieces=[piece for piece in line.pieces if piece.start not in used]) for line in lines]
    return blocks, [line for line in rest if line.pieces]


def _matches(before: Atom, after: Atom) -> bool:
    alike = abs(before.top - after.top) + abs(before.bottom - after.bottom) < 0.5 * before.size
    return after.sign in "])}" and alike


@dataclass(frozen=True)
class _Drawn:
    """A line of an equation: where it stands, its cells, and where its first relation is, on the page and in those.

    `indent` is how far what had to be put on a line of its own is set in from the beginning of its line.
    """

    base: float
    left: float
    size: float
    cells: Cells
    relation: tuple[float, int] | None = None
    indent: int | None = None


def _drawn(row: Sequence[Atom]) -> list[_Drawn]:
    node, base, size = line(row, line_of)
    first, *more = [draw(part) for part in display.folded(node)]
    relation = None
    for atom in sorted(row, key=lambda each: each.left):
        if atom.sign in display.RELATIONS and atom.size > BODY * size and isinstance(atom.node, Sign):
            column = next((at for at, cell in enumerate(first.rows[first.base]) if cell[1] == atom.node.place), None)
            if column is not None:
                relation = atom.left, column
                break
    indent = relation[1] + 2 if relation and relation[1] < 24 else 4
    left = min(atom.left for atom in row)
    return [
        _Drawn(base, left, size, first, relation),
        *(_Drawn(base, left, size, cells, indent=indent) for cells in more),
    ]


def _shifts(rows: Sequence[_Drawn]) -> list[int]:
    """How far each line is set in: relations that stand under each other stay so, the rest stands about as it does."""
    left = min((row.left for row in rows), default=0.0)
    places = Counter(round(row.relation[0] / 2) for row in rows if row.relation)
    common = max(places, key=lambda at: places[at] + places[at - 1] + places[at + 1], default=0)
    aligned = [row for row in rows if row.relation and abs(row.relation[0] / 2 - common) < 1.6]
    column = max((row.relation[1] for row in aligned if row.relation), default=0) if len(aligned) > 1 else 0
    shifts: list[int] = []
    head = 0
    for row in rows:
        if row.indent is not None:
            shifts.append(head + row.indent)
            continue
        if len(aligned) > 1 and row.relation and any(row is each for each in aligned):
            shifts.append(column - row.relation[1])
        elif len(aligned) > 1 and row.left > 2 * common - row.size:
            shifts.append(min(column + round((row.left - 2 * common) / (0.5 * row.size)), _FARTHEST))
        else:
            shifts.append(min(round((row.left - left) / (0.55 * row.size)), _FARTHEST))
        head = shifts[-1]
    return [max(0, shift) for shift in shifts]


def _numbers(atoms: list[Atom]) -> tuple[list[Atom], list[list[Atom]]]:
    """The atoms without the equation's numbers, which stand apart at the right; and those."""
    numbers: list[list[Atom]] = []
    end = max((atom.right for atom in atoms), default=0.0)
    for last in [atom for atom in atoms if atom.sign == ")" and atom.right > end - 2 and not atom.hangs]:
        beside = sorted(
            (atom for atom in atoms if abs(atom.base - last.base) < 0.1 * last.size and atom.left <= last.left),
            key=lambda atom: -atom.left,
        )
        number: list[Atom] = []
        for atom in beside:
            if number and number[-1].left - atom.right > 0.4 * last.size:
                break
            number.append(atom)
            if atom.sign == "(":
                break
        number.reverse()
        if not _NUMBER.fullmatch("".join(atom.sign for atom in number)):
            continue
        near = [
            number[0].left - atom.right
            for atom in atoms
            if atom.left < number[0].left and abs(atom.base - last.base) < 0.5 * last.size
        ]
        if near and min(near) < 0.8 * last.size:
            continue
        numbers.append(number)
    taken = {id(atom) for number in numbers for atom in number}
    return [atom for atom in atoms if id(atom) not in taken], numbers


def _cells(atoms: Sequence[Atom]) -> tuple[Cell, ...]:
    return tuple((atom.sign, atom.node.place if isinstance(atom.node, Sign) else NOWHERE) for atom in atoms)
