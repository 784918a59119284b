"""The cells of a table: what stands apart from each other in its lines, in which row and in which columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from msgspec import structs
from rich.cells import cell_len

from cs229tui.documents.formulas.tree import NOWHERE
from cs229tui.documents.formulas.typeset import Cells
from cs229tui.documents.reflow.compose import line_text
from cs229tui.documents.reflow.equations import bracketed_cells
from cs229tui.documents.reflow.grid import rows_of
from cs229tui.documents.reflow.layout import Line, PageLayout, Piece
from cs229tui.documents.reflow.text import Text


@dataclass
class Cell:
    """Something in a table, where it stands and what is shown; `first` to `last` are its columns."""

    left: float
    right: float
    base: float
    size: float
    shown: Cells
    first: int = 0
    last: int = 0

    @property
    def text(self) -> str:
        """The characters of the row on the line."""
        return "".join(shown for shown, _ in self.shown.rows[self.shown.base])


def rows_and_columns(page: PageLayout, lines: Sequence[Line]) -> tuple[list[list[Cell]], int]:
    """The cells of a table's lines in rows from the top, and how many columns there are."""
    turned = [line for line in lines if abs(page.looks[line.look].angle) > 2]
    upright = [line for line in lines if abs(page.looks[line.look].angle) <= 2]
    blocks, upright = bracketed_cells(page, upright)
    cells = [Cell(left, right, base, size, shown) for left, right, base, size, shown in blocks]
    for line in _parted_further(page, [part for each in upright for part in _parted(each)]):
        shown = _cells(line_text(page, line))
        if any(sign.strip() for sign, _ in shown.rows[0]):
            cells.append(Cell(line.left, line.right, line.base, line.size, shown))
    _spread(page, cells)
    rows = rows_of(cells, 0.45)
    heads = [Cell(line.left, line.right, line.base, line.size, _cells(_turned(page, line))) for line in turned]
    if heads:
        below = [at for at, row in enumerate(rows) if row[0].base < min(head.base for head in heads)]
        rows.insert(below[0] if below else len(rows), sorted(heads, key=lambda head: head.left))
    columns = _columns(rows)
    return _shared(rows), columns


def _turned(page: PageLayout, line: Line) -> Text:
    """A line that runs up or down or aslant, as it reads."""
    text = Text()
    before: Piece | None = None
    for piece in line.pieces:
        if before is not None and piece.start > before.end and page.text[before.end : piece.start].isspace():
            text.add(" ")
        text.take(page.number, piece.start, page.text[piece.start : piece.end].replace("\n", " "))
        before = piece
    return text


def _cells(text: Text) -> Cells:
    """A text as cells: what takes two has an empty one behind it, what takes none is in the one before it."""
    places = [NOWHERE] * text.length
    for run in text.runs:
        places[run.offset : run.offset + run.length] = range(run.start, run.start + run.length)
    if text.text.isascii():
        return Cells((tuple(zip(text.text, places, strict=True)),))
    row: list[tuple[str, int]] = []
    for sign, place in zip(text.text, places, strict=True):
        wide = cell_len(sign)
        if not wide and row:
            row[-1] = row[-1][0] + sign, row[-1][1]
            continue
        row.append((sign, place))
        row += [("", NOWHERE)] * (wide - 1)
    return Cells((tuple(row),))


def _parted(line: Line) -> list[Line]:
    """A line parted where there is more room than between words."""
    groups: list[list[Piece]] = []
    for piece in line.pieces:
        if groups and piece.left - max(each.right for each in groups[-1]) < 0.58 * line.size:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    if len(groups) == 1:
        return [line]
    sides = [(min(piece.left for piece in group), max(piece.right for piece in group)) for group in groups]
    return [
        Line(group, left, line.bottom, right, line.top, line.base, line.size, line.look)
        for group, (left, right) in zip(groups, sides, strict=True)
    ]


def _parted_further(page: PageLayout, lines: list[Line]) -> list[Line]:
    """Lines that run from one column into the next, parted between words that stand in different columns."""
    if not page.sides:
        return lines
    sides = memoryview(page.sides).cast("f")
    stops = _stops([(line.left, line.right) for line in lines])
    parted: list[Line] = []
    for line in lines:
        covered = [stop for stop in stops if stop[0] < line.right - 0.5 and line.left + 0.5 < stop[1]]
        groups: list[list[Piece]] = []
        for piece in line.pieces if len(covered) > 1 else ():
            for found in re.finditer(r"\S+", page.text[piece.start : piece.end]):
                low, high = piece.start + found.start(), piece.start + found.end()
                left, right = sides[4 * low], sides[4 * high - 2]
                word = Piece(low, high, left, piece.bottom, right, piece.top, piece.base, piece.look)
                last = groups[-1][-1] if groups else word
                # Between the words of one head there is less room than between two cells.
                numbers = page.text[high - 1].isdigit() and page.text[last.end - 1].isdigit()
                room = left - last.right > (0.2 if numbers else 0.34) * line.size
                apart = room and _nearest(covered, word) != _nearest(covered, last)
                if groups and not apart:
                    groups[-1].append(word)
                else:
                    groups.append([word])
        if len(groups) < 2:
            parted.append(line)
            continue
        for group in groups:
            left, right = min(word.left for word in group), max(word.right for word in group)
            parted.append(structs.replace(line, pieces=group, left=left, right=right))
    return parted


def _nearest(stops: Sequence[tuple[float, float]], word: Piece) -> tuple[float, float]:
    return min(stops, key=lambda stop: abs(stop[0] + stop[1] - word.left - word.right))


def _spread(page: PageLayout, cells: list[Cell]) -> None:
    """Give heads with a line under them that is wider than they are its width: they span what it does."""
    left, right = min((cell.left for cell in cells), default=0.0), max((cell.right for cell in cells), default=0.0)
    rules = [
        shape
        for shape in page.shapes
        if shape.kind == "rule"
        and left - 9 < shape.left
        and shape.right < right + 9
        and shape.right - shape.left < 0.8 * (right - left)
    ]
    for cell in cells if len(rules) < 100 else ():
        for rule in rules:
            under = 0 < cell.base - rule.bottom < 0.8 * cell.size
            if under and rule.left < cell.left + 1 and cell.right < rule.right + 1:
                cell.left, cell.right = rule.left, rule.right


def _stops(sides: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The columns as stretches of the page; a cell that spans several does not join them."""
    stops: list[tuple[float, float]] = []
    for left, right in sorted(sides, key=lambda each: each[1] - each[0]):
        touched = [stop for stop in stops if stop[0] < right - 0.5 and left + 0.5 < stop[1]]
        if len(touched) > 1:
            continue
        if touched:
            stops.remove(touched[0])
            stops.append((min(left, touched[0][0]), max(right, touched[0][1])))
        else:
            stops.append((left, right))
    return sorted(stops)


def _columns(rows: Sequence[Sequence[Cell]]) -> int:
    """Find the columns of each cell, and how many there are."""
    cells = [cell for row in rows for cell in row]
    stops = _stops([(cell.left, cell.right) for cell in cells])
    for cell in cells:
        covered = [at for at, stop in enumerate(stops) if stop[0] < cell.right - 0.5 and cell.left + 0.5 < stop[1]]
        cell.first, cell.last = (covered[0], covered[-1]) if covered else (0, 0)
    return len(stops)


def _shared(rows: list[list[Cell]]) -> list[list[Cell]]:
    """Rows of cells that stand for several rows, between two of them, put into the nearest that has room above."""
    kept: list[list[Cell]] = []
    pitches = sorted(above[0].base - below[0].base for above, below in pairwise(rows))
    pitch = pitches[len(pitches) // 2] if pitches else 0.0
    for index, row in enumerate(rows):
        after = rows[index + 1] if index + 1 < len(rows) else None
        taken = {at for cell in row for at in range(cell.first, cell.last + 1)}
        for other in (kept[-1] if kept else None, after):
            if other is None or len(row) > 1 or abs(other[0].base - row[0].base) > 0.75 * pitch:
                continue
            # A head of two lines is no such cell: nothing else stands beside it only because its words are long.
            if not taken & {at for cell in other for at in range(cell.first, cell.last + 1)} and row[0].first == 0:
                other[:] = sorted([*other, *row], key=lambda cell: cell.first)
                break
        else:
            kept.append(row)
    return kept
