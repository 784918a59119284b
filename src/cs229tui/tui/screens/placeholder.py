"""A tab that is not there in this installation."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from cs229tui.tui.screens.tab import TabScreen


class PlaceholderScreen(TabScreen):
    """Says quietly that a tab is missing."""

    def __init__(self, tab: str, text: str) -> None:
        super().__init__()
        self.tab = tab
        self.text = text

    @property
    def TAB(self) -> str:  # type: ignore[override]  # noqa: N802
        """The tab it stands for."""
        return self.tab

    def compose_body(self) -> ComposeResult:
        yield Static(Content(self.text), classes="placeholder")
