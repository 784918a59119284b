"""A list of rows of which only those that are looked at exist: as quick with a hundred thousand as with ten."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import overload

from textual.content import Content
from textual.strip import Strip

from cs229tui.tui.widgets.columns import Column, Row, line, widths
from cs229tui.tui.widgets.rows import Rows

_STRETCH = 24
_MOST_KEPT = 64
_MOST_DRAWN = 2_000

Fetch = Callable[[int, int], Sequence[Row]]
"""The rows from one number up to another."""


class Stretches(Sequence[Row]):
    """So many rows, fetched a stretch at a time; the latest stretches are kept."""

    def __init__(self, count: int, fetch: Fetch) -> None:
        self._count = count
        self._fetch = fetch
        self._kept: OrderedDict[int, Sequence[Row]] = OrderedDict()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(self._count))]
        at = index + self._count if index < 0 else index
        if not 0 <= at < self._count:
            raise IndexError(index)
        number, within = divmod(at, _STRETCH)
        stretch = self._kept.get(number)
        if stretch is None:
            start = number * _STRETCH
            stretch = self._kept[number] = self._fetch(start, min(start + _STRETCH, self._count))
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return stretch[within]

    @property
    def kept(self) -> list[Row]:
        """The rows that are here."""
        return [row for stretch in self._kept.values() for row in stretch]

    @property
    def stretches(self) -> tuple[int, ...]:
        """The numbers of the stretches that are here."""
        return tuple(self._kept)

    def __iter__(self) -> Iterator[Row]:
        return (self[at] for at in range(self._count))


class ManyRows(Rows):
    """Rows that all have a key, fetched when they come into sight."""

    _sized_by: tuple[int, ...] = ()

    def show_many(self, count: int, fetch: Fetch, at: int | None) -> None:
        """Replace the rows; the cursor goes to number `at`, which stands where the cursor stood, or stays."""
        before, was_at = self.current, self.cursor
        self.rows = Stretches(count, fetch)
        self._generation += 1
        self._strips.clear()
        self._sized_by = ()
        self.set_reactive(Rows.cursor, self._nearest(was_at if at is None else at))
        self._measure()
        if at is not None and at != was_at and self.scroll_offset.y:
            # What came in above moves the rest down, but not on the screen.
            self.scroll_to(y=max(0, self.scroll_offset.y + at - was_at), animate=False, force=True)
        self.refresh()
        self._to_cursor()
        if self.current and self.current != before:
            self.post_message(self.Highlighted(self, self.current))

    def render_line(self, y: int) -> Strip:
        if len(self._strips) > _MOST_DRAWN:
            self._strips.clear()
        return super().render_line(y)

    def go_to(self, at: int) -> None:
        """Put the cursor on the row with that number."""
        self.cursor = self._nearest(at)

    def _nearest(self, index: int) -> int:
        return max(0, min(index, len(self.rows) - 1))

    def _step(self, steps: int) -> None:
        wanted = self._nearest(self.cursor + steps)
        if wanted == self.cursor:
            self.post_message(self.Left(self, 1 if steps > 0 else -1))
        self.cursor = wanted

    def _line(self, row: Row, width: int) -> Content:
        rows = self.rows
        known = rows.stretches if isinstance(rows, Stretches) else ()
        if self._laid_out_for != (width, self._generation) or known != self._sized_by:
            self._sized_by = known
            self._laid_out_for = (width, self._generation)
            found = widths(self.columns, rows.kept if isinstance(rows, Stretches) else rows, width, self.header)
            if found != self._widths:
                self._widths = found
                self._strips.clear()
        return line(row, self.columns, self._widths)


__all__ = ["Column", "ManyRows", "Row"]
