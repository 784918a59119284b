"""What the keys do on the screen she came from, all from the registry; and how things are done."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen

from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.reach import Reachable
from cs229tui.tui.widgets.key_line import KeyLine, shown_key
from cs229tui.tui.widgets.rows import Column, Row, Rows

_TITLES = {"app": "Everywhere", "list": "In every list", "reading": "The reading under the cursor"}
_HOW = (
    ("A first evening", "f4 opens the guide, in the reader, where every key can be tried."),
    ("Bring in a paper", "f fetches it; a takes a file from your disk; then enter reads it."),
    ("Find anything", "/ searches titles, pages, annotations and notes; ctrl+p finds actions and places."),
    ("Take it back", "u undoes the last change, and says what it was."),
    ("With the mouse", "A click moves the cursor, a second one opens; tabs, keys below and column titles too."),
    ("Other keys", 'In config.toml: [keys], then "library.narrow" = "ctrl+f", by the ids on the right.'),
)


class HelpScreen(ModalScreen[None]):
    """The keys of the screen below it: what was `found` to be reachable there. Enter does what a line says."""

    CSS_PATH = "../styles/help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("screen")]

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-medium")]  # noqa: RUF012

    def __init__(self, found: list[Reachable]) -> None:
        super().__init__()
        self.found = found

    def compose(self) -> ComposeResult:
        yield Rows(Column(most=14), Column(flex=True, least=40), Column(most=22, drop=1), classes="panel")
        yield KeyLine()

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.border_title = "Keys of this screen"
        rows.show(self._rows())
        rows.focus()

    def _rows(self) -> list[Row]:
        found = {entry.action.id: entry for entry in self.found}
        scopes = [*dict.fromkeys(entry.action.scope for entry in self.found)]
        # What is this screen's own comes first.
        scopes.sort(key=lambda scope: list(_TITLES).index(scope) if scope in _TITLES else -1)
        scopes.sort(key=lambda scope: scope in ("app", "list"))
        rows: list[Row] = []
        for scope in scopes:
            title = _TITLES.get(scope, scope.capitalize())
            rows += [*([Row("", ())] if rows else []), Row("", (Content.styled(title, "bold $secondary"),))]
            for id, entry in found.items():
                if entry.action.scope == scope:
                    keys = dict.fromkeys(shown_key(self.app, key) for key in entry.keys if not key.startswith("shift+"))
                    named = Content.styled("  ".join(keys), "bold $primary")
                    rows.append(Row(f"action:{id}", (named, Content(entry.action.help), marks.muted(id))))
        rows += [Row("", ()), Row("", (Content.styled("How to", "bold $secondary"),))]
        rows += [Row(f"how:{name}", (Content.styled(name, "$accent"), Content(text), Content())) for name, text in _HOW]
        return rows

    def action_back(self) -> None:
        """Close the help."""
        self.dismiss(None)

    def on_rows_selected(self, event: Rows.Selected) -> None:
        kind, _, id = event.key.partition(":")
        chosen = next((entry for entry in self.found if kind == "action" and entry.action.id == id), None)
        if chosen is not None:
            self.dismiss(None)
            self.app.call_later(self.app.run_action, chosen.action.action, chosen.node)
