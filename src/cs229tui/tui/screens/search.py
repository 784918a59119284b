"""Search over everything, as it is typed: readings, notes, annotations and the text of every page."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static

from cs229tui.documents.videos import moment
from cs229tui.library.search import Hit, search
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows
from cs229tui.tui.widgets.typing import Line

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

# Shorter than a frame: keys that come in one burst are searched for once.
_PAUSE_SECONDS = 0.02
_TITLES = {"reading": "Readings", "note": "Notes", "annotation": "Annotations", "card": "Cards", "page": "Pages"}
_LIMIT = 60


class SearchScreen(Screen[None]):
    """A line to type into; below it what is found, by kind. The cursor is moved without leaving the line."""

    CSS_PATH = "../styles/search.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("search")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-medium"), (110, "-wide")]  # noqa: RUF012
    query_before = ""

    def __init__(self) -> None:
        super().__init__()
        self._hits: list[Hit] = []
        self._timer: Timer | None = None

    @property
    def companion(self) -> "Companion":
        """The app, by its own type."""
        return cast("Companion", self.app)

    def compose(self) -> ComposeResult:
        yield Line(
            SearchScreen.query_before,
            placeholder='search everything; "words in quotes" stand together',
            select_on_focus=True,
        )
        yield Rows(Column(most=34), Column(most=16, drop=1), Column(flex=True, least=20, drop=2), quiet=False)
        yield Static(id="said")
        yield KeyLine()

    def on_mount(self) -> None:
        self.companion.library_changed.subscribe(self, lambda _: self._search())
        self.query_one(Rows).can_focus = False
        self.query_one(Input).focus()
        self._catalog = self.companion.catalog()
        self._search()

    @on(Input.Changed)
    def _typed(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE_SECONDS, self._search)

    def _search(self) -> None:
        query = self.query_one(Input).value
        SearchScreen.query_before = query
        with self.companion.reporting():
            self._hits = search(self.companion.database, self._catalog, query, _LIMIT)
        rows: list[Row] = []
        kind = ""
        for number, hit in enumerate(self._hits):
            if hit.kind != kind:
                kind = hit.kind
                rows += [*([Row("", ())] if rows else []), Row("", (Content.styled(_TITLES[kind], "bold $secondary"),))]
            rows.append(Row(f"{hit.kind}:{hit.id}:{hit.page or ''}:{number}", _cells(hit)))
        table = self.query_one(Rows)
        table.show(rows)
        table.action_edge(-1)
        said = ""
        if not query.strip():
            said = "Titles, authors, topics, the text of every page you have, your annotations, notes and cards."
        elif not rows:
            said = "Nothing is found. Text is searched in the documents that are here; f fetches one."
        self.query_one("#said", Static).update(said)

    def action_move(self, steps: int) -> None:
        """Move among the results."""
        table = self.query_one(Rows)
        if table.rows:
            table.action_cursor(steps)

    @on(Input.Submitted)
    def _chosen(self) -> None:
        self._open(self.query_one(Rows).current)

    @on(Rows.Selected)
    def _clicked(self, event: Rows.Selected) -> None:
        self._open(event.key)

    def _open(self, key: str) -> None:
        if not key:
            return
        hit = self._hits[int(key.rpartition(":")[2])]
        app = self.companion
        with app.reporting():
            if hit.kind == "note":
                self.dismiss(None)
                app.open_note(hit.id)
            elif hit.kind in ("annotation", "card"):
                app.open_row(f"{hit.kind}:{hit.id}")
            elif hit.reading is not None:
                app.open_reading(hit.reading, hit.page, hit.place)

    def action_back(self) -> None:
        """Back to where she came from."""
        self.dismiss(None)


def _cells(hit: Hit) -> tuple[Content, ...]:
    snippet = marks.muted(hit.snippet)
    for start, end in hit.marks:
        snippet = snippet.stylize("bold $accent", start, end)
    label = f"{moment(hit.second)} {hit.label}" if hit.second is not None else hit.label
    return Content(hit.title), marks.muted(label), snippet
