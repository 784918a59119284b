"""Being asked the flash cards that are due: the front, then the back, then how well it was known."""

from datetime import timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cs229tui.annotations.cards import asked, told
from cs229tui.clock import now
from cs229tui.library.cards import RATINGS, Card, Rating, answer, cards, intervals, next_due, restore_card
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.screens.cards import OnCards, on
from cs229tui.tui.widgets.key_line import KeyLine

_LOOK_AGAIN = 20.0


class ReviewScreen(OnCards):
    """One card at a time; what was not known comes back a little later."""

    CSS_PATH = "../styles/cards.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("review")]

    def __init__(self) -> None:
        super().__init__()
        self._card: Card | None = None
        self._turned = False
        self._answered = 0

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        with Vertical(id="face"), VerticalScroll(id="card", classes="panel", can_focus=False):
            yield Static(id="front")
            yield Static(id="back")
        yield Static(id="answers")
        yield KeyLine()

    def on_mount(self) -> None:
        super().on_mount()
        # A card that was not known is due again in a minute.
        self.set_interval(_LOOK_AGAIN, self._look_again)

    def _look_again(self) -> None:
        if self._card is None:
            self.refresh_data()

    def refresh_data(self) -> None:
        """The card at hand stays while it is due; else the next."""
        waiting = cards(self.companion.database, now())
        kept = next((one for one in waiting if self._card is not None and one.id == self._card.id), None)
        one = kept or (waiting[0] if waiting else None)
        if one is None or self._card is None or one.id != self._card.id:
            self._turned = False
        self._card = one
        done = f"{self._answered} answered · " if self._answered else ""
        self.query_one("#head", Static).update(
            Content.assemble(("Flash cards", "bold"), (f"  {done}{len(waiting)} due", "$text-muted"))
        )
        self._show()

    def _show(self) -> None:
        one, panel = self._card, self.query_one("#card")
        front, back, answers = (self.query_one(f"#{id}", Static) for id in ("front", "back", "answers"))
        back.display = one is not None and self._turned
        panel.border_title = Content(on(one, self.companion.catalog())) if one else ""
        if one is None:
            front.update(marks.muted(self._nothing()))
            answers.update("")
        elif not self._turned:
            front.update(Content(asked(one.front)))
            answers.update(marks.muted("space shows the back"))
        else:
            text, stretches = told(one)
            turned = Content(text)
            for stretch in stretches:
                turned = turned.stylize("bold $accent", *stretch)
            front.update(turned if stretches else Content(one.front))
            back.update("" if stretches else turned)
            back.display = not stretches
            later = intervals(one)
            named = [
                Content.assemble((f"{number} ", "bold $primary"), f"{rating} ", (_span(later[rating]), "$text-muted"))
                for number, rating in enumerate(RATINGS, 1)
            ]
            answers.update(Content("    ").join(named))
        self.refresh_bindings()

    def _nothing(self) -> str:
        following = next_due(self.companion.database)
        if following is None:
            return "There is no card. In the reader C makes one of the selection, or the sentence."
        wait = marks.ahead((following - now()).total_seconds())
        return f"{'All known.' if self._answered else 'No card is due.'} The next comes in {wait}."

    def current(self) -> Card | None:
        return self._card

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The back is turned up once, and answers come after it."""
        if action == "turn":
            return self._card is not None and not self._turned
        if action == "answer":
            # A card that is not turned takes no answer, and the key is not one for a tab either.
            return self._card is not None
        return super().check_action(action, parameters)

    def action_turn(self) -> None:
        """Show the back."""
        self._turned = True
        self._show()

    def action_answer(self, rating: Rating) -> None:
        """Say how well it was known; the next card comes."""
        app, one = self.companion, self._card
        if one is None or not self._turned:
            return
        before = answer(app.database, one.id, rating)
        self._answered += 1
        self._card = None
        app.push_undo(f"answered {rating}", lambda: self._take_back(before))
        app.changed()

    def _take_back(self, before: Card) -> None:
        restore_card(self.companion.database, before)
        self._answered = max(0, self._answered - 1)
        self._card, self._turned = before, True


def _span(later: timedelta) -> str:
    return marks.ahead(later.total_seconds())
