"""The line one types into to find words in the text: every hit is shown while one types."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.typing import Line


class FindBar(Horizontal):
    """`/ words            3 of 17`; hidden until it is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("find")]

    @dataclass
    class Changed(Message):
        """Other words are looked for."""

        query: str

    @dataclass
    class Stepped(Message):
        """To the next (1) or the previous (-1) hit."""

        step: int

    class Closed(Message):
        """The search is over."""

    def compose(self) -> ComposeResult:
        yield Static(Content("/ "), id="find-sign")
        yield Line(id="find-words")
        yield Static("", id="find-count", markup=False)

    def open(self) -> None:
        """Show the line and type into it."""
        self.add_class("-open")
        words = self.query_one(Input)
        words.focus()
        words.action_select_all()

    def show_count(self, number: int | None, count: int, more: bool = False) -> None:
        """Say which of how many hits it is."""
        shown = f"{count}+" if more else str(count)
        text = "" if not self.words else "none" if not count else f"{(number or 0) + 1} of {shown}"
        self.query_one("#find-count", Static).update(Content(text))

    @property
    def words(self) -> str:
        """What is looked for."""
        return self.query_one(Input).value

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Stepped(0))

    def action_step(self, step: int) -> None:
        """To the next or the previous hit."""
        self.post_message(self.Stepped(step))

    def action_close(self) -> None:
        """Close the search."""
        self.remove_class("-open")
        self.post_message(self.Closed())
