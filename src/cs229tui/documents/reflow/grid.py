"""Lines in rows."""

from collections.abc import Sequence

from cs229tui.documents.reflow.layout import Line


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
