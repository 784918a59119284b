"""The program on the screen: its tabs, what it shares with every screen, and how it notices other copies' changes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.signal import Signal

from cs229tui.folders import Folders
from cs229tui.library.catalog import Catalog
from cs229tui.tui.actions import bindings
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

    from cs229tui.config import Settings
    from cs229tui.course.model import Course


class Companion(App[None]):
    """The screens of one workspace; with a `reading` id it starts in the reader."""

    TITLE = "cs229tui"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]

    def __init__(self, workspace: Workspace, reading: str | None = None) -> None:
        super().__init__()
        self.workspace = workspace
        self.first_reading = reading
        self.library_changed: Signal[None] = Signal(self, "library changed")
        self._undo: list[tuple[str, Callable[[], Any]]] = []

    @property
    def database(self) -> "Database":
        """Her library; this connection belongs to the screens' own thread."""
        return self.workspace.database

    @property
    def course(self) -> "Course":
        """The course that is open."""
        return self.workspace.course

    @property
    def settings(self) -> "Settings":
        """Her settings."""
        return self.workspace.settings

    @property
    def folders(self) -> Folders:
        """Where her things are."""
        return self.workspace.folders

    def catalog(self) -> Catalog:
        """Every reading by id, as of now."""
        return self.workspace.catalog()

    def changed(self) -> None:
        """Tell every screen that the library has changed; called after each write of our own."""
        self.library_changed.publish(None)

    def push_undo(self, label: str, undo: Callable[[], Any]) -> None:
        """Remember how to take back what was just done."""
        self._undo.append((label, undo))

    def open_reading(
        self, reading: str, page: int | None = None, place: int | None = None, annotation: str | None = None
    ) -> None:
        """Open a reading in the reader: at a page and character, at an annotation, or where she left it."""
        from cs229tui.tui.screens.reader import ReaderScreen

        self.push_screen(ReaderScreen(reading, page, place, annotation))

    def open_run(self, run: str) -> None:
        """Watch a run, live or as it was."""
        from cs229tui.tui.screens.run import RunScreen

        self.push_screen(RunScreen(run))
