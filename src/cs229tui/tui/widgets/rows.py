"""A list of one-line rows in aligned columns: every list and table of the screens is one of these.

It draws only the lines that are seen, keeps the cursor on the same row when the rows change, and never reads markup.
"""

from collections.abc import Sequence
from time import monotonic
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.content import Content
from textual.events import Click, MouseMove, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.columns import GAP, Column, Row, line, widths

__all__ = ["Column", "Row", "Rows"]


_SETTLED_SECONDS = 0.3


class Rows(ScrollView, can_focus=True):
    """Rows under a cursor. `header` draws the titles of the columns above them; `quiet` hides the cursor of a list that
    has not the focus.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--unfocused", "rows--hover", "rows--header"}
    cursor: reactive[int] = reactive(0, repaint=False)
    hovered: reactive[int] = reactive(-1, repaint=False)

    class Happened(Message):
        """Something happened in the list `rows`, to the row `key` where it is about one."""

        def __init__(self, rows: "Rows", key: str = "") -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> "Rows":
            return self.rows

    class Highlighted(Happened):
        """The cursor is on another row now."""

    class Selected(Happened):
        """A row was chosen: enter, or a click on the row under the cursor."""

    class HeaderClicked(Happened):
        """The title of a column was clicked; `column` is its index."""

        def __init__(self, rows: "Rows", column: int) -> None:
            super().__init__(rows)
            self.column = column

    class Left(Happened):
        """The cursor was moved beyond the list: `step` is -1 above its start or 1 below its end."""

        def __init__(self, rows: "Rows", step: int) -> None:
            super().__init__(rows)
            self.step = step

    def __init__(
        self,
        *columns: Column,
        header: bool = False,
        quiet: bool = True,
        empty: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns = columns
        self.header = header
        self.quiet = quiet
        self.empty = empty
        self.verb = ""
        """What enter does here, for the line of keys; empty: it opens something."""
        self.rows: Sequence[Row] = ()
        self.marked_column: tuple[int, bool] | None = None
        self._widths: tuple[int, ...] = ()
        self._laid_out_for: tuple[int, int] = (-1, -1)
        self._generation = 0
        self._focused_at = 0.0
        self._chosen_by_click = False
        self._strips: dict[tuple[int, str], Strip] = {}

    # What is shown

    def show(self, rows: Sequence[Row]) -> None:
        """Replace the rows; the cursor stays on the row it was on, or near it, and the scroll where it was."""
        before = self.current
        was_at = self.cursor
        had_rows = bool(self.rows)
        self.rows = tuple(rows)
        self._generation += 1
        self._strips.clear()
        found = next((index for index, row in enumerate(self.rows) if before and row.key == before), None)
        self.set_reactive(Rows.cursor, self._nearest(was_at if found is None else found))
        self._measure()
        self.refresh(layout=self.styles.is_auto_height)
        if self.current != before or not had_rows:
            self._to_cursor()
            if self.current:
                self.post_message(self.Highlighted(self, self.current))

    @property
    def current(self) -> str:
        """The key of the row under the cursor; empty where there is none."""
        return self.rows[self.cursor].key if 0 <= self.cursor < len(self.rows) else ""

    def select(self, key: str) -> bool:
        """Put the cursor on the row with that key; says whether there is one."""
        for index, row in enumerate(self.rows):
            if key and row.key == key:
                self.cursor = index
                return True
        return False

    def mark_column(self, column: int | None, reverse: bool = False) -> None:
        """Show in the header by which column the rows are sorted."""
        self.marked_column = None if column is None else (column, reverse)
        self.refresh()

    # Layout

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width or self.size.width, len(self.rows) + self.header)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self.rows) + self.header)

    def on_resize(self, _event: Resize) -> None:
        self._strips.clear()
        self._measure()
        self._to_cursor()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def _line(self, row: Row, width: int) -> Content:
        if self._laid_out_for != (width, self._generation):
            self._widths = widths(self.columns, self.rows, width, self.header)
            self._laid_out_for = (width, self._generation)
        return line(row, self.columns, self._widths)

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if self.header and y == 0:
            return self._header(width)
        index = y + self.scroll_offset.y - self.header
        if not self.rows and y == self.header and self.empty:
            return self._draw(Content.styled(self.empty, "$text-muted"), "", width)
        if not 0 <= index < len(self.rows):
            return Strip.blank(width, self.visual_style.rich_style)
        kind = ""
        if index == self.cursor and self.rows[index].key and (self.has_focus or not self.quiet):
            kind = "rows--cursor" if self.has_focus else "rows--unfocused"
        elif index == self.hovered and self.rows[index].key:
            kind = "rows--hover"
        strip = self._strips.get((index, kind))
        if strip is None:
            strip = self._draw(self._line(self.rows[index], width), kind, width)
            self._strips[index, kind] = strip
        return strip

    def _header(self, width: int) -> Strip:
        titles = []
        for index, column in enumerate(self.columns):
            mark = ""
            if self.marked_column and self.marked_column[0] == index:
                mark = " ▾" if self.marked_column[1] else " ▴"
            titles.append(Content(column.title + mark))
        return self._draw(self._line(Row("header", tuple(titles)), width), "rows--header", width)

    def _draw(self, content: Content, kind: str, width: int) -> Strip:
        style = self.get_visual_style(kind) if kind else self.visual_style
        if kind == "rows--cursor" and not self.app.theme.startswith("cs229-"):
            # Other themes' cursors are loud; coloured words on them may not be legible.
            content = content.without_spans
        strips = Visual.to_strips(self, content.truncate(width, ellipsis=True), width, 1, style, pad=True)
        strip = strips[0] if strips else Strip([Segment(" " * width, style.rich_style)])
        return strip.adjust_cell_length(width, style.rich_style)

    # The cursor

    def _nearest(self, index: int) -> int:
        if not self.rows:
            return 0
        index = max(0, min(index, len(self.rows) - 1))
        for distance in range(len(self.rows)):
            for at in (index + distance, index - distance):
                if 0 <= at < len(self.rows) and self.rows[at].key:
                    return at
        return 0

    def _step(self, steps: int) -> None:
        direction = 1 if steps > 0 else -1
        keyed = [index for index, row in enumerate(self.rows) if row.key]
        here = keyed.index(self.cursor) if self.cursor in keyed else 0
        if not keyed or not 0 <= here + direction < len(keyed):
            if direction < 0 and self.scroll_offset.y:
                # Headings above the first row come into sight.
                self.scroll_to(y=0, animate=False)
            self.post_message(self.Left(self, direction))
            return
        self.cursor = keyed[max(0, min(here + steps, len(keyed) - 1))]

    def watch_cursor(self, before: int, after: int) -> None:
        self.refresh()
        if not self.rows or before == after:
            return
        self._to_cursor()
        if self.current:
            self.post_message(self.Highlighted(self, self.current))

    def _to_cursor(self) -> None:
        if not self.rows or not self.is_mounted:
            return
        top = self.cursor
        # A heading just above comes into sight with its first row.
        while top > 0 and not self.rows[top - 1].key and self.cursor - top < 2:
            top -= 1
        region = Region(0, top, 1, self.cursor - top + 1 + self.header)
        self.scroll_to_region(region, animate=False, force=True, x_axis=False)

    def on_focus(self) -> None:
        self._focused_at = monotonic()
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_cursor(self, steps: int) -> None:
        """Move the cursor by so many rows."""
        self._step(steps)

    def action_page(self, halves: int) -> None:
        """Move the cursor by so many half screens."""
        steps = max(1, self.scrollable_content_region.height // 2) * halves
        if self.rows:
            self.cursor = self._nearest(self.cursor + steps)

    def action_edge(self, where: int) -> None:
        """Move the cursor to the first row (-1) or the last (1)."""
        if self.rows:
            self.cursor = self._nearest(0 if where < 0 else len(self.rows) - 1)
            if where < 0:
                self.scroll_to(y=0, animate=False)

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self.current:
            self.post_message(self.Selected(self, self.current))

    # The mouse

    def _index_at(self, y: int) -> int:
        index = y + self.scroll_offset.y - self.header
        return index if 0 <= index < len(self.rows) and y >= self.header else -1

    def on_mouse_move(self, event: MouseMove) -> None:
        offset = event.get_content_offset(self)
        self.hovered = self._index_at(offset.y) if offset else -1

    def on_leave(self) -> None:
        self.hovered = -1

    def watch_hovered(self) -> None:
        self.refresh()

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if self.header and offset.y == 0:
            at = 0
            for column, wide in enumerate(self._widths):
                if wide and at <= offset.x < at + wide + GAP:
                    self.post_message(self.HeaderClicked(self, column))
                    return
                at += wide + GAP if wide else 0
            return
        index = self._index_at(offset.y)
        if index < 0 or not self.rows[index].key:
            return
        # The click that brings the focus or the cursor here does not choose yet; a double click always does, but once.
        if event.chain == 1:
            self._chosen_by_click = False
        settled = monotonic() - self._focused_at > _SETTLED_SECONDS
        if index == self.cursor and not self._chosen_by_click and (event.chain > 1 or settled):
            self._chosen_by_click = True
            self.action_choose()
        self.cursor = index
