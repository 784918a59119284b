"""Text on a grid of cells: rows of a table brought into columns."""

from collections.abc import Sequence

from rich.cells import cell_len

from cs229tui.documents.reflow.compose import line_text
from cs229tui.documents.reflow.layout import Line, PageLayout, Piece
from cs229tui.documents.reflow.text import Text


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines whose columns stand under each other, two spaces apart."""
    count = max((len(row) for row in rows), default=0)
    widths = [max((cell_len(row[column]) for row in rows if column < len(row)), default=0) for column in range(count)]
    return [
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in rows
    ]


def rows_of(lines: Sequence[Line], tolerance: float) -> list[list[Line]]:
    """Lines by their height on the page, from the top; in a row from left to right. `tolerance` in parts of a size."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: -each.base):
        if rows and rows[-1][0].base - line.base < tolerance * max(line.size, rows[-1][0].size):
            rows[-1].append(line)
        else:
            rows.append([line])
    for row in rows:
        row.sort(key=lambda each: each.left)
    return rows


def table_text(page: PageLayout, lines: Sequence[Line]) -> Text:
    """The lines of a table with its columns under each other."""
    parted = [cell for line in lines for cell in _cells(line)]
    rows = [[(line.left, line.right, line_text(page, line)) for line in row] for row in rows_of(parted, 0.45)]
    stops = _stops([[(left, right) for left, right, _ in row] for row in rows])
    widths = [1] * len(stops)
    placed: list[list[tuple[int, Text]]] = []
    for row in rows:
        cells: list[tuple[int, Text]] = []
        for left, right, part in row:
            first, last = _covered(stops, left, right)
            if cells and cells[-1][0] == first:
                cells[-1][1].add(" ")
                cells[-1][1].append(part)
            else:
                cells.append((first, part))
            if first == last:
                widths[first] = max(widths[first], cell_len(cells[-1][1].text))
        placed.append(cells)
    offsets = [sum(widths[:index]) + 2 * index for index in range(len(stops))]
    text = Text()
    for cells in placed:
        if not any(part.text.strip() for _, part in cells):
            continue
        if text.length:
            text.add("\n")
        column = 0
        for first, part in cells:
            spaces = max(offsets[first] - column, 2 if column else 0)
            text.add(" " * spaces)
            text.append(part)
            column += spaces + cell_len(part.text)
    return text


def _cells(line: Line) -> list[Line]:
    """A line parted where there is more room than between words."""
    groups: list[list[Piece]] = []
    for piece in line.pieces:
        if groups and piece.left - max(each.right for each in groups[-1]) < 0.58 * line.size:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    if len(groups) == 1:
        return [line]
    return [
        Line(
            group,
            min(piece.left for piece in group),
            line.bottom,
            max(piece.right for piece in group),
            line.top,
            line.base,
            line.size,
            line.look,
        )
        for group in groups
    ]


def _stops(rows: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[float, float]]:
    """The columns of a table as stretches of the page; a cell that spans several does not join them."""
    cells = sorted((cell for row in rows for cell in row), key=lambda cell: cell[1] - cell[0])
    stops: list[tuple[float, float]] = []
    for left, right in cells:
        touched = [stop for stop in stops if stop[0] < right - 0.5 and left + 0.5 < stop[1]]
        if len(touched) > 1:
            continue
        if touched:
            stops.remove(touched[0])
            stops.append((min(left, touched[0][0]), max(right, touched[0][1])))
        else:
            stops.append((left, right))
    return sorted(stops) or [(0.0, 0.0)]


def _covered(stops: Sequence[tuple[float, float]], left: float, right: float) -> tuple[int, int]:
    covered = [index for index, stop in enumerate(stops) if stop[0] < right - 0.5 and left + 0.5 < stop[1]]
    return (covered[0], covered[-1]) if covered else (0, 0)
