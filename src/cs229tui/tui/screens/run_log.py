"""What a run printed: the end of its output, followed while it grows."""

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Log

from cs229tui.labkit.events import OUTPUT
from cs229tui.labs.watch import log_tail
from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.key_line import KeyLine

_SECONDS = 0.5
_MOST_LINES = 5000


class RunLogScreen(Screen[None]):
    """The log of the run in `folder`."""

    CSS_PATH = "../styles/run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("screen")]

    def __init__(self, title: str, folder: Path) -> None:
        super().__init__()
        self.title_text = title
        self.folder = folder
        self._shown = -1

    def compose(self) -> ComposeResult:
        log = Log(max_lines=_MOST_LINES, classes="panel")
        log.border_title = Content(f"{self.title_text} · output")
        log.border_subtitle = Content(str(self.folder / OUTPUT))
        yield log
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(Log).focus()
        self._read()
        self.set_interval(_SECONDS, self._read)

    def _read(self) -> None:
        try:
            size = (self.folder / OUTPUT).stat().st_size
        except OSError:
            size = 0
        log = self.query_one(Log)
        # Whoever has scrolled up is reading: the text must not move away.
        if size == self._shown or (self._shown >= 0 and not log.is_vertical_scroll_end):
            return
        self._shown = size
        log.clear()
        log.write_lines((log_tail(self.folder) or "It has printed nothing.").split("\n"))

    def action_back(self) -> None:
        """Back to the run."""
        self.dismiss()
