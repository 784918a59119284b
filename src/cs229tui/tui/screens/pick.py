"""A short list in a box over the screen, to choose one of."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen

from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

_ANY = "any"


class Pick(ModalScreen[str | None]):
    """Gives back the value chosen, "" for any, or None for no choice. `options` are (value, label, remark)."""

    CSS_PATH = "../styles/pick.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("pick")]

    def __init__(
        self, question: str, options: Sequence[tuple[str, str, str]], current: str | None, any_label: str = ""
    ) -> None:
        super().__init__()
        self.question = question
        self.options = options
        self.current = current
        self.any_label = any_label

    def compose(self) -> ComposeResult:
        yield Rows(Column(flex=True), Column(right=True), classes="panel")
        yield KeyLine()

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.border_title = Content(self.question)
        shown = [Row(_ANY, (Content(self.any_label), Content()))] if self.any_label else []
        shown += [Row(f"value:{value}", (Content(label), marks.muted(remark))) for value, label, remark in self.options]
        rows.show(shown)
        if self.current is not None:
            rows.select(f"value:{self.current}")
        rows.focus()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        self.dismiss("" if event.key == _ANY else event.key.removeprefix("value:"))

    def action_cancel(self) -> None:
        """Close without a choice."""
        self.dismiss(None)
