"""How the rows of a list stand in columns: widths that fit, and one row as a line."""

from collections.abc import Sequence

import msgspec
from textual.content import Content

GAP = 2


class Row(msgspec.Struct, frozen=True):
    """One line. A row without a `key` is a heading or a blank: the cursor passes over it, its first cell has all the
    width. The cells of a row with a key stand in the list's columns.
    """

    key: str
    cells: tuple[Content, ...]


class Column(msgspec.Struct, frozen=True):
    """How one column is laid out: as wide as its cells up to `most`, or, with `flex`, what is left over.

    Where that is less than `least` the columns with the highest `drop` go first; those with 0 stay.
    """

    title: str = ""
    most: int = 40
    flex: bool = False
    right: bool = False
    drop: int = 0
    least: int = 14


def widths(columns: Sequence[Column], rows: Sequence[Row], width: int, header: bool) -> tuple[int, ...]:
    """How wide each column is where `rows` are drawn in `width` cells; 0 for one that gave way."""
    natural = []
    for index, column in enumerate(columns):
        cells = [row.cells[index].cell_length for row in rows if row.key and index < len(row.cells)]
        # The sign of the order stands after the title.
        title = len(column.title) + 2 if header and column.title else 0
        natural.append(min(column.most, max([title, *cells], default=0)))
    shown = [column.flex or natural[index] > 0 for index, column in enumerate(columns)]
    for index in sorted(range(len(columns)), key=lambda index: -columns[index].drop):
        needed = sum(
            (column.least if column.flex else natural[at]) + GAP for at, column in enumerate(columns) if shown[at]
        )
        if needed - GAP <= width or not columns[index].drop:
            break
        shown[index] = False
    fixed = sum(natural[index] + GAP for index, column in enumerate(columns) if shown[index] and not column.flex)
    flexible = sum(shown[index] and column.flex for index, column in enumerate(columns))
    rest = max(0, width - fixed - GAP * (flexible - 1)) if flexible else 0
    return tuple(
        0 if not shown[index] else rest // flexible if column.flex else natural[index]
        for index, column in enumerate(columns)
    )


def line(row: Row, columns: Sequence[Column], wide: Sequence[int]) -> Content:
    """One row with its cells in columns of these widths; a heading as it is."""
    if not row.key or not columns:
        return row.cells[0] if row.cells else Content()
    parts: list[Content] = []
    for cell, column, cells in zip(row.cells, columns, wide, strict=False):
        if not cells:
            continue
        cut = cell.truncate(cells, ellipsis=True)
        space = " " * (cells - cut.cell_length)
        if parts:
            parts.append(Content(" " * GAP))
        parts.append(Content.assemble(space, cut) if column.right else Content.assemble(cut, space))
    return Content.assemble(*parts)
