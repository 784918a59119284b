"""The text of a document on the screen: one widget that draws only the lines that are seen; `Passage` makes it move."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.cache import LRUCache
from textual.color import Color
from textual.geometry import Offset, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cs229tui.documents.flow import Flow
from cs229tui.tui.reading import selection as select
from cs229tui.tui.reading.hits import within
from cs229tui.tui.reading.places import Places, Range
from cs229tui.tui.reading.selection import Selection
from cs229tui.tui.reading.typesetting import Typesetting
from cs229tui.tui.reading.wrap import KEPT_LINES, Layout, Line, Position, wrap
from cs229tui.tui.widgets.paint import GUTTER, Frame, Inks, Mark, draw_line, make_inks

_PAGE_MARK = 8


class PassageView(ScrollView, can_focus=True):
    """A flow set in a centred column; `labels` are the printed numbers of its pages."""

    ALLOW_SELECT = False

    @dataclass
    class Moved(Message):
        """The cursor or the view is somewhere else."""

    @dataclass
    class SelectionChanged(Message):
        """A selection began, changed or ended."""

    @dataclass
    class MarkChosen(Message):
        """A painted passage that belongs to something was clicked or entered."""

        id: str

    def __init__(
        self,
        flow: Flow = (),
        labels: Mapping[int, str] | None = None,
        setting: Typesetting | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.setting = setting or Typesetting()
        self._marks: dict[int, list[Mark]] = {}
        self._pointers: Mapping[int, Sequence[Mark]] = {}
        self._lit: Range | None = None
        self._hits: Sequence[Range] = ()
        self._hit_now: Range | None = None
        self._inks: Inks | None = None
        self._strips: LRUCache[int, Strip] = LRUCache(1024)
        self._pan = 0
        self._height = 1
        self._goal: int | None = None
        self.open(flow, labels or {})

    # What is shown

    def open(self, flow: Flow, labels: Mapping[int, str]) -> None:
        """Show another flow, from its beginning."""
        self.flow = flow
        self.labels = labels
        self.places = Places(flow)
        self.cursor: Position = select.first(flow)
        self.origin: Position | None = None
        self._layout: Layout | None = None
        self._marks, self._hits, self._hit_now, self._pan = {}, (), None, 0
        self._pointers, self._lit = {}, None
        if self.is_attached:
            self._lay_out()

    @property
    def layout_now(self) -> Layout:
        """The lines as they are laid out at this width."""
        if self._layout is None:
            self._layout = self._wrapped()
        return self._layout

    @property
    def _frame(self) -> Frame:
        width = max(self.size.width, 12)
        column = self._column(width)
        return Frame(GUTTER + max(self._room(width) - column, 0) // 2, width, self._pan)

    def _room(self, width: int) -> int:
        return width - GUTTER - (_PAGE_MARK if self.setting.page_marks and width >= 60 else 1)

    def _column(self, width: int) -> int:
        return max(8, min(self.setting.text_width, self._room(width)))

    def _wrapped(self) -> Layout:
        column = self._column(max(self.size.width, 12))
        return wrap(self.flow, self.setting.measure(column), self.places.breaks)

    @property
    def room(self) -> int:
        """How wide a column the widget has room for."""
        return self._room(max(self.size.width, 12))

    def _lay_out(self) -> None:
        """Wrap anew; the line at the top stays at the top, the cursor where it is in the text, and in sight."""
        top, seen = self.top, self._cursor_seen()
        self._layout = self._wrapped()
        self._strips.clear()
        self._measure()
        self._back_to(top, seen)
        self.refresh()

    def _cursor_seen(self) -> bool:
        row = self._layout.row(self.cursor) if self._layout else 0
        return 0 <= row - self.scroll_offset.y < self._height

    def _back_to(self, top: Position, seen: bool) -> None:
        row, cursor = self.layout_now.row(top), self.layout_now.row(self.cursor)
        self._height = max(self.size.height, 1)
        if seen and cursor >= row + self._height:
            row = cursor - self._height + 1
        self.scroll_to(y=row, animate=False)

    def _measure(self) -> None:
        # Below the last line there is room, so that the end can be read in the middle of the screen.
        self.virtual_size = Size(self.size.width, len(self.layout_now.lines) + max(self.size.height // 2, 1))

    def on_resize(self, event: events.Resize) -> None:
        top, old, seen = self.top, self._layout, self._cursor_seen()
        self._strips.clear()
        if old is None or old.measure.width != self._column(max(event.size.width, 12)):
            self._layout = self._wrapped()
        self._measure()
        if old is not None:
            self._back_to(top, seen)
        self.post_message(self.Moved())

    def set_type(self, setting: Typesetting) -> None:
        """Follow the settings."""
        if setting != self.setting:
            self.setting = setting
            self._lay_out()

    def paint(self, marks: Iterable[tuple[Range, Mark]]) -> None:
        """Show these marks (annotations), instead of those before."""
        self._marks = _by_block(marks)
        self._strips.clear()
        self.refresh()

    def point(self, pointers: Mapping[int, Sequence[Mark]]) -> None:
        """Show, by block, what points somewhere."""
        self._pointers = pointers
        self._strips.clear()
        self.refresh()

    def light(self, words: Range | None) -> None:
        """Bring out the words that a card is about."""
        if words != self._lit:
            self._lit = words
            self._strips.clear()
            self.refresh()

    def show_hits(self, hits: Sequence[Range], current: Range | None = None) -> None:
        """Show what was found, in order, instead of what was before."""
        self._hits, self._hit_now = hits, current
        self._strips.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._inks = None
        self._strips.clear()

    @property
    def inks(self) -> Inks:
        """The styles of the present theme."""
        if self._inks is None:
            _, _, background, foreground = self.colors
            variables = self.app.theme_variables
            primary, accent = (Color.parse(variables[name]) for name in ("primary", "accent"))
            self._inks = make_inks(background, foreground, primary, accent)
        return self._inks

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        layout = self.layout_now
        if row >= len(layout.lines):
            return self._below(row - len(layout.lines))
        line = layout.lines[row]
        lively = self._lively(row)
        if not lively and (known := self._strips.get(row)) is not None:
            return known
        mark, text = "", ""
        if line.page and line.page in self.places.empty and layout.flow[line.block].kind == "page":
            text = f"page {self._label(line.page)} has no text · p shows it"
        elif line.page > 1 and self.setting.page_marks:
            mark = f"· {self._label(line.page)} ·"
        found = (
            Mark(hit[1], hit[2], "hit-now" if hit == self._hit_now else "hit")
            for hit in within(self._hits, line.block, line.start, line.end)
        )
        lit = [Mark(self._lit[1], self._lit[2], "lit")] if self._lit and self._lit[0] == line.block else []
        marks = [*self._pointers.get(line.block, ()), *self._marks.get(line.block, ()), *found, *lit, *lively]
        strip = draw_line(layout, row, marks, self.inks, self._frame, mark, text)
        if not lively:
            self._strips.set(row, strip)
        return strip

    def _below(self, row: int) -> Strip:
        base, width = self.inks.base, self.size.width
        if row == 1 and self.layout_now.lines:
            text = "· end ·"
            frame = self._frame
            left = frame.left + max(self.layout_now.measure.width - len(text), 0) // 2
            return Strip(
                [Segment(" " * left, base), Segment(text, base + self.inks.named["muted"])]
            ).adjust_cell_length(width, base)
        return Strip.blank(width, base)

    def _lively(self, row: int) -> list[Mark]:
        """What of the selection and the cursor is on a line; such lines are not kept."""
        line = self.layout_now.lines[row]
        if line.block < 0:
            return []
        found = []
        chosen = self.selection
        if chosen and chosen.start[0] <= line.block <= chosen.end[0]:
            low = chosen.start[1] if line.block == chosen.start[0] else 0
            high = chosen.end[1] if line.block == chosen.end[0] else len(self.flow[line.block].text)
            if low < line.end and high > line.start:
                found.append(Mark(low, high, "selection"))
        block, offset = self.cursor
        if line.block == block and line.start <= offset < line.end and self.has_focus:
            found.append(Mark(offset, offset + 1, "cursor"))
        return found

    def _label(self, page: int) -> str:
        return self.labels.get(page) or str(page)

    # Where we are

    @property
    def top(self) -> Position:
        """The position of the first line on the screen."""
        return self.layout_now.position(self.scroll_offset.y, 0) if self._layout else self.cursor

    @property
    def bottom(self) -> Position:
        """The position of the last line on the screen."""
        return self.layout_now.position(self.scroll_offset.y + max(self.size.height - 1, 0), 10**6)

    @property
    def text_left(self) -> int:
        """The cell of the screen in which the text column begins."""
        return self.region.x + self._frame.left

    def character_at(self, cell: Offset) -> Position | None:
        """The character that is drawn in a cell of the widget; none where there is nothing."""
        layout, row = self.layout_now, self.scroll_offset.y + cell.y
        if not 0 <= row < len(layout.lines) or layout.lines[row].blank:
            return None
        line, column = layout.lines[row], self._column_under(row, cell.x)
        position = layout.position(row, column)
        last = layout.column((line.block, line.end - 1))
        return position if line.indent <= column <= last else None

    def _pan_of(self, row: int) -> int:
        """How far a line is moved to the left."""
        line = self.layout_now.lines[row]
        return self._pan if line.block >= 0 and self.flow[line.block].kind in KEPT_LINES else 0

    def _column_under(self, row: int, x: int) -> int:
        """The cell of the text column that is drawn in a cell of the widget."""
        row = max(0, min(row, len(self.layout_now.lines) - 1))
        return x - self._frame.left + self._pan_of(row)

    def _pan_into_view(self) -> None:
        """Move the lines that are not wrapped so that the cursor is in sight, where it is on one of them."""
        layout = self.layout_now
        row = layout.row(self.cursor)
        if not layout.lines or self.flow[self.cursor[0]].kind not in KEPT_LINES:
            return
        indent, frame = layout.lines[row].indent, self._frame
        # The last cell says that the line goes on; a wide character takes two.
        cell, room = layout.column(self.cursor) - indent, max(frame.width - frame.left - indent - 3, 1)
        if not self._pan <= cell < self._pan + room:
            self._pan = max(0, cell - room // 2) if cell >= room else 0
            self._strips.clear()
            self.refresh()

    @property
    def page(self) -> int:
        """The page the cursor is on."""
        return self.places.page(self.cursor)

    def page_named(self, name: str) -> int | None:
        """The page with a printed number, else the one so far from the first (`#3` is always that); none if neither."""
        name = name.strip().casefold()
        printed = (page for page, label in sorted(self.labels.items()) if label.casefold() == name)
        number = name.removeprefix("#")
        pages = max((*self.labels, *self.places.starts), default=0)
        if (found := next(printed, None)) is not None:
            return found
        return int(number) if number.isdecimal() and 1 <= int(number) <= pages else None

    @property
    def fraction(self) -> float:
        """How much of the document is above the bottom of the screen, 0 to 1."""
        lines = len(self.layout_now.lines)
        return min(1.0, (self.scroll_offset.y + self.size.height) / lines) if lines else 1.0

    @property
    def selection(self) -> Selection | None:
        """What is selected."""
        if self.origin is None or not self.flow:
            return None
        return select.between(self.flow, self.origin, self.cursor)

    def mark_at(self, position: Position) -> str:
        """The id of the innermost mark at a position; empty where there is none."""
        here = [mark for mark in self._marks.get(position[0], ()) if mark.start <= position[1] < mark.end and mark.id]
        return min(here, key=lambda mark: mark.end - mark.start).id if here else ""

    def go(self, position: Position, place: str = "follow") -> None:
        """Put the cursor on a position. `place`: `follow` scrolls as little as needed, `top` and `middle` say where,
        `exact` is the first line of the screen.
        """
        if not self.flow:
            return
        before = self.cursor
        self.cursor = position
        self._goal = None
        self._pan_into_view()
        row = self.layout_now.row(position)
        height = max(self.size.height, 1)
        if place == "top":
            self.scroll_to(y=max(row - (2 if height > 12 else 0), 0), animate=False)
        elif place == "exact":
            self.scroll_to(y=row, animate=False)
        elif place == "middle" and not self.scroll_offset.y + 1 <= row < self.scroll_offset.y + height - 2:
            self.scroll_to(y=max(row - height // 3, 0), animate=False)
        self._moved(before, follow=place == "follow")

    def _moved(self, before: Position, follow: bool = True) -> None:
        if follow:
            self._follow()
        layout = self.layout_now
        if self.origin is not None:
            self.refresh()
            self.post_message(self.SelectionChanged())
        else:
            for position in (before, self.cursor):
                self.refresh_line(layout.row(position))
        self.post_message(self.Moved())

    def _follow(self) -> None:
        height = max(self.size.height, 1)
        row, top = self.layout_now.row(self.cursor), self.scroll_offset.y
        # Keeping a third of the screen ahead of the cursor lets the text flow past it while one reads.
        margin = min(8, height // 3)
        if row < top + margin:
            self.scroll_to(y=max(row - margin, 0), animate=False)
        elif row >= top + height - margin:
            self.scroll_to(y=row - height + 1 + margin, animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Moved())

    def on_focus(self) -> None:
        self.refresh_line(self.layout_now.row(self.cursor))

    def on_blur(self) -> None:
        self.refresh_line(self.layout_now.row(self.cursor))

    def seen(self) -> list[Line]:
        """The lines on the screen that have text."""
        top = self.scroll_offset.y
        return [line for line in self.layout_now.lines[top : top + self.size.height] if line.block >= 0]


def _by_block(marks: Iterable[tuple[Range, Mark]]) -> dict[int, list[Mark]]:
    found: dict[int, list[Mark]] = {}
    for (block, start, end), mark in marks:
        found.setdefault(block, []).append(mark._replace(start=start, end=end))
    return found
