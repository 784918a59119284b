"""What the six tabs have in common: the bar above, the keys below, and data that follow the library."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.events import ScreenResume
from textual.message import Message
from textual.screen import Screen

from cs229tui.clock import now
from cs229tui.errors import ReportableError
from cs229tui.library.discussion import count_unread
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.tab_bar import TabBar

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion


class LibraryScreen(Screen[None]):
    """A screen that shows the library: `refresh_data` is called when it opens and whenever the library has changed."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-medium"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]  # noqa: RUF012

    _opened = False
    _stale = False
    _resumed = False

    @property
    def companion(self) -> "Companion":
        """The app, by its own type."""
        return cast("Companion", self.app)

    def _compositor_refresh(self) -> None:
        # While updates are batched, as at the start, Textual draws all and throws the picture away; what is dirty is
        # drawn when the batch ends.
        if not self.app._batch_count:
            super()._compositor_refresh()

    async def _dispatch_message(self, message: Message) -> None:
        # A screen goes on after a person's error in any of its handlers; Textual would end its message loop.
        try:
            await super()._dispatch_message(message)
        except ReportableError as error:
            self.companion.report(error)

    def on_mount(self) -> None:
        # Textual calls this for every class of a screen; one that has called it already, to go on after it, is done.
        if self._opened:
            return
        self._opened = True
        self.companion.library_changed.subscribe(self, self._library_changed)
        with self.companion.reporting():
            self.refresh_data()

    def take_size(self) -> None:
        """Take the classes of the terminal's size while there is nothing to style; Textual gives them after, and styles
        every widget again.
        """
        size = self.app.size
        sides = ((size.width, self.HORIZONTAL_BREAKPOINTS), (size.height, self.VERTICAL_BREAKPOINTS))
        names = [max(entry for entry in breakpoints if entry[0] <= cells)[1] for cells, breakpoints in sides]
        self.update_classes(dict.fromkeys(names, True), animate=False)

    def refresh_data(self) -> None:
        """Show the library as it is now, keeping cursor and scroll."""

    def _library_changed(self, _: None) -> None:
        if not self.is_current:
            self._stale = True
            return
        with self.companion.reporting():
            self.refresh_data()

    def on_screen_resume(self, event: ScreenResume) -> None:
        # What has just been made has just been styled.
        event.refresh_styles = self._resumed
        self._resumed = True
        if self._stale:
            self._stale = False
            with self.companion.reporting():
                self.refresh_data()


class TabScreen(LibraryScreen):
    """One of the six tabs; `TAB` is its mode."""

    TAB: ClassVar[str] = ""

    def compose(self) -> ComposeResult:
        self.take_size()
        yield TabBar(self.TAB, *moment_of_term(self.companion), count_unread(self.companion.database))
        yield from self.compose_body()
        yield KeyLine()

    def _library_changed(self, _: None) -> None:
        # A setting may have moved the term, or midnight the day.
        with self.companion.reporting():
            self.query_one(TabBar).show(*moment_of_term(self.companion), count_unread(self.companion.database))
        super()._library_changed(_)

    def compose_body(self) -> ComposeResult:
        """What stands between the tab bar and the keys."""
        yield from ()


def moment_of_term(companion: "Companion") -> tuple[str, str]:
    """`week 4 · Tue 14 Feb` and, shorter, `Tue 14 Feb`, where the class meets."""
    from cs229tui.course.schedule import schedule, week_of

    moment = now()
    local = moment.astimezone(companion.course.timezone)
    day = f"{local:%a} {local.day} {local:%b}"
    week = week_of(schedule(companion.course, companion.settings.first_lecture), moment)
    return (f"week {week} · {day}" if week else day), day
