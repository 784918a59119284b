"""The sheet of a flash card: its front and its back. Nothing typed is lost."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from cs229tui.annotations.cards import hidden
from cs229tui.clean import clean
from cs229tui.library.cards import LONGEST
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.drafts import Drafts
from cs229tui.tui.widgets.drafting import Drafting
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.typing import Page

_HINT = "a question, or the sentence with the words to recall in {{…}}"


class CardEditor(Drafting[tuple[str, str] | None]):
    """Gives back front and back, or None; what was typed stays as a draft under `key` until `forget_drafts`.

    `alive` is told of every change.
    """

    CSS_PATH = "../styles/cards.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("card")]

    def __init__(
        self, title: str, front: str, back: str, drafts: Drafts, key: str, alive: Callable[[], None] | None = None
    ) -> None:
        super().__init__(drafts, alive)
        self.title_text = title
        self.first = {"front": front, "back": back}
        self.key = key

    def compose(self) -> ComposeResult:
        drafts = {side: self.drafts.get(f"{self.key}:{side}") for side in self.first}
        with Vertical(classes="sheet panel") as sheet:
            sheet.border_title = Content(self.title_text)
            if any(draft and draft != self.first[side] for side, draft in drafts.items()):
                sheet.border_subtitle = Content("your draft from before")
            for side, text in self.first.items():
                name = Content.styled(side.capitalize(), "bold")
                yield Static(Content.assemble(name, (f"  {_HINT}" if side == "front" else "", "$text-muted")))
                yield Page(drafts[side] or text, soft_wrap=True, show_line_numbers=False, compact=True, id=side)
        yield KeyLine()

    def on_mount(self) -> None:
        area = self.query_one("#front", TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    def side(self, side: str) -> str:
        """What is written on a side, `front` or `back`."""
        return clean(self.query_one(f"#{side}", TextArea).text, LONGEST)

    def written(self) -> Iterator[tuple[str, str, str]]:
        """Both sides."""
        for side, first in self.first.items():
            yield f"{self.key}:{side}", first, self.side(side)

    def action_hide(self) -> None:
        """Hide the words selected on the front, or the word at the cursor, until the card is turned."""
        area = self.query_one("#front", TextArea)
        area.focus()
        text = area.text
        low, high = sorted(_index(text, location) for location in area.selection)
        if low == high:
            while low > 0 and not text[low - 1].isspace():
                low -= 1
            while high < len(text) and not text[high].isspace():
                high += 1
        made = hidden(text, low, high)
        if made != text:
            area.text = made
            before = made[: high + 4].split("\n")
            area.move_cursor((len(before) - 1, len(before[-1])))

    def action_keep(self) -> None:
        """Give back what is on both sides."""
        if not self.side("front").strip():
            self.notify("The front asks nothing yet: write a question, or hide words with ^t.", timeout=4)
            self.query_one("#front").focus()
            return
        # The draft stays until whoever asked has stored the card; where even that cannot be kept, the sheet stays.
        if self.save():
            self.dismiss((self.side("front").strip(), self.side("back").strip()))

    def forget_drafts(self) -> None:
        """The card is stored: what was typed need not be kept beside it."""
        for side in self.first:
            self.drafts.keep(f"{self.key}:{side}", "")

    def action_cancel(self) -> None:
        """Close; what was typed is kept, and when that fails the sheet stays."""
        changed = any(self.side(side) != first for side, first in self.first.items())
        if not self.save():
            return
        if changed:
            self.notify("Kept as a draft: the same key brings it back.", timeout=4)
        self.dismiss(None)


def _index(text: str, location: tuple[int, int]) -> int:
    row, column = location
    return sum(len(line) + 1 for line in text.split("\n")[:row]) + column
