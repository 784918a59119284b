"""What stands in lines, in rows."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class _Standing(Protocol):
    base: float
    size: float
    left: float


_Item = TypeVar("_Item", bound=_Standing)


def rows_of(items: Sequence[_Item], tolerance: float) -> list[list[_Item]]:
    """Lines or cells by their height on the page, from the top; in a row from left to right. `tolerance` in parts of
    a size.
    """
    rows: list[list[_Item]] = []
    for item in sorted(items, key=lambda each: -each.base):
        if rows and rows[-1][0].base - item.base < tolerance * max(item.size, rows[-1][0].size):
            rows[-1].append(item)
        else:
            rows.append([item])
    for row in rows:
        row.sort(key=lambda each: each.left)
    return rows
