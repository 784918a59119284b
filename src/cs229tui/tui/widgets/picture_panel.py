"""The pictures that a lab made under one name: real ones where the terminal can, of block characters elsewhere."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.content import Content
from textual.strip import Strip

from cs229tui.documents.pictures import Pictures, Undrawn
from cs229tui.labkit.events import Image
from cs229tui.tui.marks import muted
from cs229tui.tui.pictures.run_pictures import RunPictures
from cs229tui.tui.pictures.showing import Leaf, Made, Probe, Show
from cs229tui.tui.pictures.terminal import Terminal
from cs229tui.tui.widgets.page_sheets import Aim
from cs229tui.tui.widgets.page_view import PageView
from cs229tui.tui.widgets.run_panel import RunPanel

_MOST = 12 * 1024 * 1024


class RunPicture(PageView, can_focus=False):
    """One picture, as large as there is room for; its folder's pictures are its pages."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = True
        self.off = ""

    @property
    def cell_shape(self) -> tuple[float, float]:
        """How wide and high a cell is."""
        cells = self._cells
        return cells.width, cells.height

    def render_line(self, y: int) -> Strip:
        lost = self._lost()
        if not lost:
            return super().render_line(y)
        width = self.size.width
        lines = textwrap.wrap(lost, max(width, 8))
        at = y - (self.size.height - len(lines)) // 2
        style = Style(bgcolor=self.colors[2].rich_color, color=self.colors[3].rich_color, dim=True)
        text = lines[at].center(width) if 0 <= at < len(lines) else ""
        return Strip([Segment(text, style)]).adjust_cell_length(width, style)

    def _lost(self) -> str:
        """Why there is no picture."""
        if self.off:
            return self.off
        found = (self._pictures.get(leaf) for leaf in self._leaves.values()) if self._pictures else ()
        return next((one.why for one in found if isinstance(one, Undrawn)), "")

    def _said(self) -> str:
        return "…"


class PicturePanel(RunPanel[Image]):
    """One name's pictures over the steps; what comes before and after is made ready, so that going on shows at once."""

    def __init__(self, subject: str, folder: Path) -> None:
        super().__init__(subject)
        self.source = RunPictures(folder)
        self.picture = RunPicture()
        self.picture.size_of = self.source.size_of

    def compose(self) -> ComposeResult:
        yield self.picture

    def on_mount(self) -> None:
        self.app.app_suspend_signal.subscribe(self, lambda _: self.picture.shut())
        self.app.app_resume_signal.subscribe(self, lambda _: self.open())
        self.open()

    def open(self) -> None:
        """Begin to draw, when it is known what the terminal can show."""
        terminal = getattr(self.app, "terminal", None)
        if isinstance(terminal, Terminal):
            self.run_worker(self._open(terminal), group="pictures", exclusive=True)

    async def _open(self, terminal: Terminal) -> None:
        from cs229tui.tui.pictures.showing import show_for

        abilities = await terminal.learn()
        if abilities.way == "off":
            self.picture.off = "Pictures are off in the settings."
            self.picture.refresh()
            return
        write = getattr(self.app, "write_to_terminal")  # noqa: B009
        self.picture.open(self._drawing, show_for(abilities, write))
        self.picture.attach(terminal)
        self._aim()

    def _drawing(self, picture: PageView, show: Show) -> Pictures[Leaf | Probe, Made]:
        def ready(job: Leaf | Probe) -> None:
            if picture.is_attached:
                picture.post_message(PageView.Ready(job))

        source = self.source
        return Pictures(source.folder, show.make, ready, lambda made: made.weight, most=_MOST, engine=source)

    def show(self, moments: Sequence[Image]) -> None:
        for image in moments:
            self.source.page_of(image)
        super().show(moments)

    def changed(self) -> None:
        super().changed()
        self._aim()

    def _aim(self) -> None:
        moment = self.moment
        if moment is None or not self.picture.is_open:
            return
        page = self.source.page_of(moment)
        wide, high = self.picture.cell_shape
        self.source.room = (self.content_size.width * wide, self.content_size.height * high)
        self.picture.pages = self.source.pages
        self.picture.look_at(Aim(page))

    def facts(self) -> Content:
        moment = self.moment
        return muted(moment.caption or f"{moment.width} × {moment.height}") if moment else Content()
