"""The flash cards in a list, those that are due first; space asks them."""

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cs229tui.annotations.cards import asked, told
from cs229tui.clean import clean_line
from cs229tui.clock import now
from cs229tui.library.cards import Card, cards, delete_card, restore_card, update_card
from cs229tui.library.catalog import Catalog
from cs229tui.library.progress import stored
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.drafts import Drafts
from cs229tui.tui.screens.card_editor import CardEditor
from cs229tui.tui.screens.tab import LibraryScreen
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

_COLUMNS = (
    Column("due", right=True, most=8),
    Column("on", most=22, drop=2),
    Column("front", flex=True),
    Column("asked", right=True, drop=1),
)
_NEEDS_CARD = frozenset({"edit", "passage", "delete"})


class OnCards(LibraryScreen):
    """A screen with a flash card at hand; what can be done to it can be undone."""

    def current(self) -> Card | None:
        """The card at hand."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a card is there where one is."""
        return self.current() is not None if action in _NEEDS_CARD and self.is_mounted else True

    def action_passage(self) -> None:
        """Open the passage it was made from."""
        one = self.current()
        if one is not None:
            self.companion.open_passage(one.reading, one.passage)

    def action_edit(self) -> None:
        """Change the card."""
        app, one = self.companion, self.current()
        if one is None:
            return

        def keep(sides: tuple[str, str] | None) -> None:
            if sides is not None and sides != (one.front, one.back):
                with app.reporting():
                    before = update_card(app.database, one.id, *sides)
                    editor.forget_drafts()
                    app.push_undo("changed card", lambda: restore_card(app.database, before))
                    app.changed()

        drafts = Drafts(app.folders.data / "drafts.json")
        title = f"Flash card on {on(one, app.catalog())}"
        editor = CardEditor(title, one.front, one.back, drafts, f"card:{one.id}")
        app.push_screen(editor, keep)

    def action_delete(self) -> None:
        """Put the card away."""
        app, one = self.companion, self.current()
        if one is not None:
            before = delete_card(app.database, one.id)
            app.push_undo("deleted card", lambda: restore_card(app.database, before))
            app.changed()
            app.notify("Deleted; u brings it back.", timeout=3)

    def action_back(self) -> None:
        """Back to where she came from."""
        self.dismiss(None)


class CardsScreen(OnCards):
    """The list, and below it the card under the cursor with both its sides."""

    CSS_PATH = "../styles/cards.tcss"
    AUTO_FOCUS = "#table"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("cards")]

    def __init__(self, card: str | None = None) -> None:
        super().__init__()
        self.first = card
        self._cards: dict[str, Card] = {}

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield Rows(
            *_COLUMNS,
            header=True,
            id="table",
            quiet=False,
            empty="No card yet. In the reader C makes one of the selection, or the sentence.",
        )
        with VerticalScroll(id="detail", can_focus=False):
            yield Static(id="said")
        yield KeyLine()

    def on_mount(self) -> None:
        super().on_mount()
        if self.first is not None:
            self.query_one(Rows).select(self.first)

    def refresh_data(self) -> None:
        app = self.companion
        catalog, moment = app.catalog(), stored(now())
        self._cards = {one.id: one for one in cards(app.database)}
        due = sum(one.due <= moment for one in self._cards.values())
        counted = f"  {due} due of {len(self._cards)}" if self._cards else ""
        self.query_one("#head", Static).update(
            Content.assemble(
                ("Flash cards", "bold"), (counted, "$text-muted"), ("   space asks them" if due else "", "")
            )
        )
        self.query_one(Rows).show([_row(one, catalog, moment) for one in self._cards.values()])
        self._show_one()

    def current(self) -> Card | None:
        return self._cards.get(self.query_one(Rows).current)

    def _show_one(self) -> None:
        one = self.current()
        parts = both_sides(one, on(one, self.companion.catalog())) if one else []
        self.query_one("#said", Static).update(Content("\n").join(parts))

    def on_rows_highlighted(self) -> None:
        self._show_one()
        self.refresh_bindings()

    def on_rows_selected(self) -> None:
        self.action_edit()

    def action_review(self) -> None:
        """Be asked the cards that are due."""
        from cs229tui.tui.screens.review import ReviewScreen

        self.app.push_screen(ReviewScreen())


def on(one: Card, catalog: Catalog) -> str:
    """What a card is on: `Abadi+ 16 p 6`."""
    reading = catalog.get(one.reading)
    where = f" p {one.passage.page}" if one.passage else ""
    return clean_line((reading.short if reading else one.reading) + where, 60)


def both_sides(one: Card, name: str) -> list[Content]:
    """A card with all it says: its name, the front, then the back where that says more."""
    text, stretches = told(one)
    turned = Content(text)
    for stretch in stretches:
        turned = turned.stylize("bold $accent", *stretch)
    front = [] if stretches else [Content(one.front)]
    return [marks.muted(name), *front, *([turned] if text else [])]


def _row(one: Card, catalog: Catalog, moment: str) -> Row:
    due = Content.styled("now", "bold $accent") if one.due <= moment else marks.muted(_in(one))
    front = Content(clean_line(asked(one.front), 240))
    times = len(one.memory.reviews)
    return Row(one.id, (due, marks.muted(on(one, catalog)), front, marks.muted(f"{times} ×" if times else "")))


def _in(one: Card) -> str:
    return marks.ahead((datetime.fromisoformat(one.due) - now()).total_seconds())
