"""The program on the screen: its tabs, what it shares with every screen, and how it notices other copies' changes."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path, PurePath
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.signal import Signal
from textual.theme import Theme
from textual.worker import WorkerFailed

from cs229tui.errors import ReportableError
from cs229tui.folders import Folders
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import version_of_data
from cs229tui.tui import themes
from cs229tui.tui.actions import ACTIONS, bindings
from cs229tui.tui.keys_in_turn import KeysInTurn
from cs229tui.tui.places import Places
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cs229tui.config import Settings
    from cs229tui.course.model import Course
    from cs229tui.library.database import Database
    from cs229tui.library.runs import RunRecord
    from cs229tui.tui.fetching import Fetching
    from cs229tui.tui.pictures.terminal import Terminal
    from cs229tui.tui.sharing import Sharing

_STYLES = Path(__file__).with_name("styles")
_POLL_SECONDS = 0.5
_UNDO_DEPTH = 200


class Companion(KeysInTurn, Places, inherit_bindings=False):
    """The screens of one workspace; with a `reading` id it starts in the reader."""

    TITLE = "cs229tui"
    # Today's styles come with the app's, so that the first frame parses them once.
    CSS_PATH: ClassVar[list[str | PurePath]] = [_STYLES / "app.tcss", _STYLES / "today.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]

    def __init__(self, workspace: Workspace, reading: str | None = None) -> None:
        # What cannot be opened is told on the plain terminal, before the screens take it.
        _ = workspace.settings, workspace.course, workspace.database
        super().__init__()
        self.workspace = workspace
        self.first_reading = reading
        self.first_run: tuple[RunRecord, bool, float | None] | None = None
        self.library_changed: Signal[None] = Signal(self, "library changed")
        self._undo: list[tuple[str, Callable[[], Any]]] = []
        self._data_version = version_of_data(workspace.database)
        self._catalog: Catalog | None = None
        self._clashes: set[frozenset[str]] = set()
        self._interrupted = 0.0
        self._poll_failed = False
        self._has_screen = False
        self.activity: Content | None = None
        for theme in themes.OURS:
            self.register_theme(theme)
        wanted = os.environ.get("TEXTUAL_THEME") or workspace.settings.theme
        self.theme = wanted if wanted in self.available_themes else themes.DARK.name
        self.stylesheet.set_variables(self.get_css_variables())

    # What every screen shares

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
        """Every reading by id, as of the last change."""
        if self._catalog is None:
            self._catalog = self.workspace.catalog()
        return self._catalog

    @cached_property
    def fetching(self) -> "Fetching":
        """What brings documents in."""
        from cs229tui.tui.fetching import Fetching

        return Fetching(self)

    @cached_property
    def sharing(self) -> "Sharing":
        """What keeps her groups up to date."""
        from cs229tui.tui.sharing import Sharing

        return Sharing(self)

    @cached_property
    def terminal(self) -> "Terminal":
        """What pictures the terminal can show."""
        from cs229tui.tui.pictures.terminal import Terminal

        return Terminal(self)

    def post_display_hook(self) -> None:
        """A frame has been written."""
        if "terminal" in self.__dict__:
            self.terminal.frame_drawn()

    # The start

    def on_mount(self) -> None:
        self._has_screen = True
        self._set_keys()
        self.theme_changed_signal.subscribe(self, self._theme_changed)
        self.set_interval(_POLL_SECONDS, self._poll)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        # What the first write needs is brought in while she looks at the first screen.
        self.run_worker(partial(import_module, "sqlite_utils"), thread=True, group="imports", exit_on_error=False)
        self.sharing.start()
        if self.workspace.warning:
            self.notify(self.workspace.warning, title="Settings", severity="warning", timeout=12, markup=False)
        if self.settings.theme not in self.available_themes:
            self.notify(
                f"There is no theme {self.settings.theme!r}; f3 shows those there are.",
                severity="warning",
                markup=False,
            )
        if self.first_reading:
            self.open_reading(self.first_reading)
        elif self.first_run:
            self.watch_run(*self.first_run)
        elif self._is_first_run():
            from cs229tui.tui.screens.welcome import WelcomeScreen

            self.push_screen(WelcomeScreen())

    def _is_first_run(self) -> bool:
        return not self.folders.settings.exists() and not self.workspace.warning

    def _set_keys(self) -> None:
        known = {action.id for action in ACTIONS}
        unknown = sorted(set(self.settings.keys) - known)
        keymap = {id: keys for id, keys in self.settings.keys.items() if id in known and keys.strip()}
        if "app.quit" in keymap:
            # However the keys are set, this one always leaves.
            keymap["app.quit"] += ",ctrl+q"
        self.set_keymap(keymap)
        if unknown:
            named = ", ".join(unknown)
            self.notify(
                f"There is no action {named} to give keys to; the help (?) shows the ids.",
                title="Keys",
                severity="warning",
                markup=False,
            )

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        """Tell, once, that two actions were given the same key."""
        clash = frozenset(binding.id or binding.action for binding in clashed_bindings)
        if clash not in self._clashes:
            self._clashes.add(clash)
            named = ", ".join(sorted(clash))
            self.notify(f"The same key was given to others than {named}.", severity="warning", markup=False)

    def refresh_css(self, animate: bool = True) -> None:
        """Draw everything anew in the colours of the theme."""
        # The first screen has the theme's colours from its start; Textual would parse every style three times for it.
        if self._has_screen:
            super().refresh_css(animate)

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables, with `$text-muted` a colour of its own: Textual's is relative, which content that is
        drawn line by line cannot resolve.
        """
        variables = super().get_css_variables()
        variables["text-muted"] = themes.muted(self.current_theme, variables)
        return variables

    # Changes

    def changed(self) -> None:
        """Tell every screen that the library has changed; called after each write of our own."""
        self._catalog = None
        self.library_changed.publish(None)
        if "sharing" in self.__dict__:
            self.sharing.wake()

    def look_again(self) -> None:
        """Show what another thread or another copy has written, now rather than at the next look."""
        self._poll()

    def _poll(self) -> None:
        try:
            version = version_of_data(self.database)
        except ReportableError as error:
            # What goes on being wrong is told once, not at every look.
            if not self._poll_failed:
                self.report(error)
            self._poll_failed = True
            return
        self._poll_failed = False
        if version != self._data_version:
            self._data_version = version
            self.changed()

    def push_undo(self, label: str, undo: Callable[[], Any]) -> None:
        """Remember how to take back what was just done; `label` says what that was."""
        self._undo.append((label, undo))
        del self._undo[:-_UNDO_DEPTH]

    def action_undo(self) -> None:
        """Take back the last change."""
        if not self._undo:
            self.notify("There is nothing to undo.", timeout=2)
            return
        label, undo = self._undo.pop()
        undo()
        self.changed()
        self.notify(f"Undone: {label}", timeout=3, markup=False)

    def set_setting(self, name: str, value: Any) -> None:
        """Write one setting (None: back to its default) and let every screen follow; raises `SettingsError`."""
        from cs229tui.config import change_setting

        self.workspace.settings = change_setting(self.folders.settings, name, value)
        if name == "theme" and self.settings.theme in self.available_themes:
            self.theme = self.settings.theme
        if name == "keys":
            self._set_keys()
        if name == "course":
            self.notify("The other course opens at the next start.", timeout=5)
        self.changed()

    def _theme_changed(self, theme: Theme) -> None:
        if theme.name != self.settings.theme and "TEXTUAL_THEME" not in os.environ:
            with self.reporting():
                self.set_setting("theme", theme.name)

    # Errors

    def report(self, error: ReportableError) -> None:
        """Tell a person's error, and what to do about it, in a toast."""
        text = f"{error.what}\n{error.remedy}" if error.remedy else error.what
        self.notify(text, severity="error", timeout=10, markup=False)

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """A block whose `ReportableError` is told, not raised."""
        try:
            yield
        except ReportableError as error:
            self.report(error)

    def _handle_exception(self, error: Exception) -> None:
        # The last resort for a person's error that nothing nearer has told, in a worker too.
        cause = error.error if isinstance(error, WorkerFailed) else error
        if isinstance(cause, ReportableError):
            self.report(cause)
        else:
            super()._handle_exception(error)

    async def run_action(self, *arguments: Any, **named: Any) -> bool:
        try:
            return await super().run_action(*arguments, **named)
        except ReportableError as error:
            self.report(error)
            return True

    def show_activity(self, activity: Content | None) -> None:
        """Say in the last line of the screen what goes on in the background; None: nothing does."""
        self.activity = activity
        for line in self.screen.query(KeyLine):
            line.refresh()

    def action_stop_fetching(self) -> None:
        """Stop bringing documents in."""
        stopped = self.fetching.stop()
        self.notify(
            "Stopped; what came in so far is kept for the next try." if stopped else "Nothing is being fetched."
        )

    def action_not_here(self) -> None:
        """Show what could not be fetched, and why."""
        from cs229tui.tui.screens.not_here import NotHereScreen

        if not isinstance(self.screen, NotHereScreen):
            self.push_screen(NotHereScreen())

    def exit(self, *arguments: Any, **named: Any) -> None:
        """Leave; a download under way stops first, or leaving would wait for it."""
        self.fetching.stop()
        if "sharing" in self.__dict__:
            self.sharing.stop()
        if "terminal" in self.__dict__:
            self.terminal.leave()
        super().exit(*arguments, **named)

    def on_unmount(self) -> None:
        if "sharing" in self.__dict__:
            self.sharing.stop()

    def action_interrupt(self) -> None:
        """Leave when pressed twice within two seconds."""
        if monotonic() - self._interrupted < 2:
            self.exit()
            return
        self._interrupted = monotonic()
        self.notify("Press ctrl+c again to leave.", timeout=2)

    def get_system_commands(self, screen: Screen[Any]) -> "Iterable[SystemCommand]":
        """None of Textual's own: the registry has them all."""
        return ()

    # Copies and links

    def copy(self, text: str, name: str = "") -> None:
        """Put text on the clipboard; `name` is what the toast says was copied, else its beginning."""
        from cs229tui.tui import outside

        self._clipboard = text
        outside.copy(self, text, name)

    def copy_to_clipboard(self, text: str) -> None:
        """Textual's own copies, of a selection or in a text area, take our way too."""
        self.copy(text)

    def write_to_terminal(self, sequence: str) -> None:
        """Send an escape sequence; the driver is the terminal's one writer, so that it never lands inside a frame."""
        if self._driver is not None:
            self._driver.write(sequence)

    def open_link(self, url: str) -> None:
        """Open a web or mail address in the browser; over SSH, where none would be seen, copy it instead."""
        from cs229tui.tui import outside

        outside.open_link(self, url)
