"""One question in a box over the screen, answered with a line of text."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.typing import Line


class Prompt(ModalScreen[str | None]):
    """Asks for a line; gives it back, or None where she thought better of it."""

    CSS_PATH = "../styles/prompt.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("prompt")]

    def __init__(self, question: str, explanation: str = "", value: str = "") -> None:
        super().__init__()
        self.question = question
        self.explanation = explanation
        self.value = value

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog panel") as box:
            box.border_title = Content(self.question)
            yield Line(self.value, select_on_focus=True)
            if self.explanation:
                yield Static(Content(self.explanation), classes="help")
        yield KeyLine()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
