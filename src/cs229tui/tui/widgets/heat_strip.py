"""Where a reading is written on and where its time goes: two rows of blocks over page numbers; a click says a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.events import Click, Resize
from textual.message import Message
from textual.widget import Widget

from cs229tui.annotations.heat import PageHeat, Strip, strip

_ROWS = (("written", "$accent"), ("time", "$primary"), ("page", "$text-muted"))
_MARGIN = 8


class HeatStrip(Widget):
    """Three lines of any width: how much stands on each page, how long she was on it, and the pages' numbers.

    The height of a block says how much, so it is read without colour; a dot is nothing. Without pages it is not there.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    HeatStrip { height: 3; }
    HeatStrip.-none { display: none; }
    """

    @dataclass
    class Chosen(Message):
        """A page was clicked."""

        page: int

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, classes="-none")
        self.pages: tuple[PageHeat, ...] = ()
        self.here: int | None = None

    def show(self, pages: Sequence[PageHeat], here: int | None = None) -> None:
        """These pages, one of them marked."""
        if (tuple(pages), here) != (self.pages, self.here):
            self.pages, self.here = tuple(pages), here
            self.set_class(not pages, "-none")
            self.refresh()

    def on_resize(self, _event: Resize) -> None:
        self.refresh()

    def render(self) -> Content:
        drawn = self._drawn()
        lines = []
        for (name, colour), row in zip(_ROWS, (drawn.written, drawn.time, drawn.numbers), strict=True):
            line = Content.styled(row.ljust(len(drawn.pages)), colour)
            if name == "page":
                marked = [at for at, (first, last) in enumerate(drawn.pages) if first <= (self.here or 0) <= last]
                if marked:
                    line = line.stylize("reverse", marked[0], marked[-1] + 1)
            lines.append(Content.assemble((name.ljust(_MARGIN), "$text-muted"), line))
        return Content("\n").join(lines)

    def _drawn(self) -> Strip:
        return strip(self.pages, max(1, self.size.width - _MARGIN))

    def on_click(self, event: Click) -> None:
        pages = self._drawn().pages
        at = event.x - _MARGIN
        if 0 <= at < len(pages):
            self.post_message(self.Chosen(pages[at][0]))
