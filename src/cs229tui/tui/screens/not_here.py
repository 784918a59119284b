"""What could not be fetched and why, by what is in the way; from here it is tried again, opened, or attached."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from cs229tui.documents.fetching.outcome import HERE, WORDS
from cs229tui.library.documents import attached
from cs229tui.library.downloads import unavailable
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.course_rows import BLANK, heading
from cs229tui.tui.reading_actions import ReadingActions
from cs229tui.tui.screens.tab import LibraryScreen
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

# What passes comes last: there it is enough to try again.
_PASSING = ("busy", "trouble", "cut off", "offline", "stopped", "nothing")


class NotHereScreen(ReadingActions, LibraryScreen):
    """A list of readings without a document, and in full below it what the server said of the one under the cursor."""

    CSS_PATH = "../styles/not_here.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reading"), *bindings("screen")]

    def compose(self) -> ComposeResult:
        yield Rows(
            Column(most=18),
            Column(flex=True),
            Column(right=True, drop=1),
            classes="panel",
            empty="Nothing that was asked for is missing.",
            quiet=False,
        )
        yield Static(id="hint")
        yield KeyLine()

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.border_title = "Not here"
        super().on_mount()
        rows.focus()

    def refresh_data(self) -> None:
        app = self.companion
        catalog, here = app.catalog(), attached(app.database)
        self._why: dict[str, tuple[str, str, str, str]] = {
            id: (row.outcome, row.detail, "", row.since[:10])
            for id, row in unavailable(app.database).items()
            if id in catalog
        }
        for id, result in app.fetching.results.items():
            if id in catalog and id not in here and result.state not in HERE:
                since = self._why[id][3] if id in self._why else ""
                self._why[id] = (result.outcome, result.what, result.remedy, since)
        groups: dict[str, list[str]] = {}
        for id in catalog:
            if id in self._why:
                groups.setdefault(self._why[id][0], []).append(id)
        rows: list[Row] = []
        for outcome in sorted(groups, key=lambda name: (name in _PASSING, name)):
            rows += [*([BLANK] if rows else []), heading(f"{WORDS.get(outcome, outcome)} ({len(groups[outcome])})")]
            for id in groups[outcome]:
                since = self._why[id][3]
                rows.append(
                    Row(
                        f"reading:{id}",
                        (
                            Content(catalog[id].short),
                            Content(catalog[id].title),
                            marks.muted(f"since {since}" if since else ""),
                        ),
                    )
                )
        self.query_one(Rows).show(rows)
        self._show_hint()

    def _show_hint(self) -> None:
        id = self.current_reading()
        outcome, what, remedy, _ = self._why.get(id or "", ("", "", "", ""))
        told = remedy if outcome in _PASSING and remedy else "o opens its page; saved there, a attaches the file."
        lines = [Content(what), marks.muted(f"{told} f tries again."), marks.muted(self.current_link() if id else "")]
        self.query_one("#hint", Static).update(Content("\n").join(lines) if what else Content())

    def on_rows_highlighted(self) -> None:
        self._show_hint()
        self.refresh_bindings()

    def current_reading(self) -> str | None:
        return self.query_one(Rows).current.removeprefix("reading:") or None

    def action_fetch(self) -> None:
        """Try once more."""
        self.companion.fetching.add(self._here(), again=True)

    def on_rows_selected(self, event: Rows.Selected) -> None:
        self.action_link()

    def action_back(self) -> None:
        """Back to where she came from."""
        self.dismiss()
