"""Text on a grid of cells: rows of a table brought into columns."""

from collections.abc import Sequence

from rich.cells import cell_len

from cs229tui.documents.reflow.layout import Line


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
