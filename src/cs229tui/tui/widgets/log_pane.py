"""What a run prints, beside its curves: follows the end, stays where one reads, and shows only what one looks for."""

from collections import deque
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cs229tui.labs.words import figure
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted

MOST_LINES = 20_000


class LogPane(ScrollView, can_focus=True):
    """Lines under a filter. `following`: the newest is in sight and stays so."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("log")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--quiet", "log--found"}

    class FilterAsked(Message):
        """Words to look for are to be typed."""

    class Closed(Message):
        """It is to be put away."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, classes="panel")
        self.lines: deque[str] = deque(maxlen=MOST_LINES)
        self.part = ""
        self.skipped = 0
        self.words = ""
        self.following = True
        self._shown: list[str] = []
        self.border_title = Content("output")
        self.display = False

    def take(self, lines: list[str], part: str, renewed: bool, skipped: int) -> None:
        """Add lines; `renewed`: they take the place of all. `skipped` bytes stood before the first."""
        if renewed:
            self.lines.clear()
            self._shown.clear()
        full = len(self.lines) + len(lines) > MOST_LINES
        self.lines.extend(lines)
        self.part, self.skipped = part, skipped
        if full:
            self._filter()
        else:
            self._shown += [line for line in lines if self._wanted(line)]
        self._lay_out()

    def look_for(self, words: str) -> None:
        """Show only lines with these words; all where there are none."""
        self.words = words
        self._filter()
        self.following = True
        self._lay_out()

    def _wanted(self, line: str) -> bool:
        return not self.words or self.words.casefold() in line.casefold()

    def _filter(self) -> None:
        self._shown = [line for line in self.lines if self._wanted(line)]

    def _lay_out(self) -> None:
        count = len(self._shown) + bool(self.part)
        self.virtual_size = Size(self.scrollable_content_region.width, count)
        if self.following:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)
        facts = f"{figure(len(self.lines))} lines"
        if self.words:
            facts = f"{figure(len(self._shown))} of {facts} with “{self.words}”"
        if self.skipped:
            facts += f", {self.skipped / 1e6:.1f} MB before them left out"
        waits = "" if self.following else "  end follows"
        self.border_subtitle = muted(facts + waits)
        self.refresh()

    def watch_scroll_y(self, before: float, after: float) -> None:
        super().watch_scroll_y(before, after)
        self.following = after >= self.max_scroll_y - 1

    def on_resize(self) -> None:
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        base = self.rich_style
        if at < len(self._shown):
            return Strip([*self._marked(self._shown[at], base)]).adjust_cell_length(width, base)
        quiet = base + self.get_component_rich_style("log--quiet", partial=True)
        if at == len(self._shown) and self.part and self._wanted(self.part):
            return Strip([Segment(self.part, quiet)]).adjust_cell_length(width, base)
        if not at and not self._shown:
            said = "No line has these words." if self.words else "It has printed nothing yet."
            return Strip([Segment(said, quiet)]).adjust_cell_length(width, base)
        return Strip.blank(width, base)

    def _marked(self, line: str, base: Style) -> list[Segment]:
        if not self.words:
            return [Segment(line, base)]
        at = line.casefold().find(self.words.casefold())
        if at < 0:
            return [Segment(line, base)]
        end = at + len(self.words)
        found = base + self.get_component_rich_style("log--found", partial=True)
        return [Segment(line[:at], base), Segment(line[at:end], found), Segment(line[end:], base)]

    # Keys

    def action_lines(self, steps: int) -> None:
        """Scroll by lines."""
        self.scroll_to(y=self.scroll_offset.y + steps, animate=False)

    def action_pages(self, halves: int) -> None:
        """Scroll by half panes."""
        self.action_lines(halves * max(self.size.height // 2, 1))

    def action_edge(self, end: int) -> None:
        """To the first line kept, or to the end, which is followed again."""
        self.following = end > 0
        self.scroll_to(y=self.max_scroll_y if end > 0 else 0, animate=False)
        self._lay_out()

    def action_filter(self) -> None:
        """Look for words."""
        self.post_message(self.FilterAsked())

    def action_close(self) -> None:
        """Put the log away; words that were looked for first."""
        if self.words:
            self.look_for("")
        else:
            self.post_message(self.Closed())
