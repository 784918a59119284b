"""The lines above and below the text: what is read and where, and a map of the whole with its annotations."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.events import Click, Resize
from textual.message import Message
from textual.widget import Widget

from cs229tui.library.coverage import Seen
from cs229tui.tui.reading.discussion import NAMED_INKS

CHAPTER = "┷"
"""The sign of a chapter's beginning on the map."""
QUIET = "quiet"
"""The ink of what is a part of the map's line."""
# Of several in one cell the first is shown; a mark's letter comes before all.
_SIGNS = "?✓▪▏•" + CHAPTER


class TitleLine(Widget):
    """` Title · Author Year                 p 6 of 14 · 43 %`"""

    ALLOW_SELECT = False

    def __init__(self, title: str, source: str) -> None:
        super().__init__()
        self.title = title
        self.source = source
        self.place = ""

    def show(self, place: str) -> None:
        """Say where we are."""
        if place != self.place:
            self.place = place
            self.refresh()

    def render(self) -> Content:
        width = self.size.width
        place = Content.styled(f"{self.place} ", "$text-muted")
        room = width - place.cell_length - 3
        if room < 8:
            return place.truncate(width)
        title = Content.styled(self.title, "bold")
        source = Content.styled(f" · {self.source}" if self.source else "", "$text-muted")
        if title.cell_length + source.cell_length > room:
            source = Content("")
        left = Content.assemble(" ", title.truncate(room, ellipsis=True), source)
        return Content.assemble(left, " " * max(width - left.cell_length - place.cell_length, 0), place)


Stretch = tuple[float, Seen]
"""A page on the map: where it begins (0 to 1), and how it was seen."""
_LINES: dict[Seen, str] = {"read": "━", "skimmed": "─", "unseen": "╌"}


@dataclass(frozen=True)
class Tick:
    """Something on the map: where (0 to 1), its sign and ink."""

    at: float
    sign: str
    ink: str


class MapLine(Widget):
    """` SELECT 12 words   ━━━?══▪──╌╌╌╌╌╌   read 14 min · 23 min left`: a click goes there."""

    ALLOW_SELECT = False

    @dataclass
    class Chosen(Message):
        """A place of the map was clicked, 0 to 1."""

        at: float

    def __init__(self) -> None:
        super().__init__()
        self.state = ""
        self.time = ""
        self.span = (0.0, 0.0)
        self.ticks: tuple[Tick, ...] = ()
        self.pages: tuple[Stretch, ...] = ()
        self._map = (0, 0)

    def show(
        self,
        state: str,
        time: str,
        span: tuple[float, float],
        ticks: Sequence[Tick],
        pages: tuple[Stretch, ...] = (),
    ) -> None:
        """What goes on, how long it takes, what part of the text is on the screen, what stands where, what was read."""
        wanted = (state, time, span, tuple(ticks), pages)
        if wanted != (self.state, self.time, self.span, self.ticks, self.pages):
            self.state, self.time, self.span, self.ticks, self.pages = wanted
            self.refresh()

    def on_resize(self, _event: Resize) -> None:
        self.refresh()

    def render(self) -> Content:
        width = self.size.width
        left = Content.styled(f" {self.state}  " if self.state else " ", "bold $primary")
        right = Content.styled(f"  {self.time} " if self.time else " ", "$text-muted")
        if width - left.cell_length - right.cell_length < 10:
            right = Content(" ")
        cells = max(width - left.cell_length - right.cell_length, 0)
        self._map = (left.cell_length, cells)
        if cells < 3:
            return left.truncate(width)
        first, last = (min(cells - 1, int(part * cells)) for part in self.span)
        signs: dict[int, tuple[str, str]] = {}
        for tick in self.ticks:
            cell = min(cells - 1, int(tick.at * cells))
            if cell not in signs or _SIGNS.find(tick.sign) < _SIGNS.find(signs[cell][0]):
                signs[cell] = (tick.sign, "" if tick.ink == QUIET else NAMED_INKS.get(tick.ink, "$accent"))
        parts: list[tuple[str, str]] = []
        for cell in range(cells):
            here = first <= cell <= last
            line = self._line((cell + 0.5) / cells, here, cell <= last)
            sign, ink = signs.get(cell, (line, ""))
            if sign == CHAPTER and line != "━":
                sign = "┴"
            style = ink or ("$primary" if here else "$border-blurred" if line == "╌" else "$text-muted")
            style = f"bold {style}" if ink else style
            if parts and parts[-1][1] == style:
                parts[-1] = (parts[-1][0] + sign, style)
            else:
                parts.append((sign, style))
        return Content.assemble(left, *parts, right)

    def _line(self, at: float, here: bool, reached: bool) -> str:
        """The line at a place: heavy where read, light where skimmed; where that is not known, heavy up to here."""
        if not self.pages:
            return "━" if reached else "╌"
        if here:
            return "═"
        return _LINES[self.pages[max(0, bisect_right(self.pages, at, key=lambda page: page[0]) - 1)][1]]

    def on_click(self, event: Click) -> None:
        start, cells = self._map
        if cells and start <= event.x < start + cells:
            self.post_message(self.Chosen((event.x - start) / cells))
