"""The sheet one writes on: the quoted passage, and below it the comment, question or answer. Nothing typed is lost."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from cs229tui.clean import clean, clean_line
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.drafts import Drafts
from cs229tui.tui.widgets.drafting import Drafting
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.typing import Page

LONGEST = 100_000


class AnnotationEditor(Drafting[str | None]):
    """Gives back what was posted, or None; what was typed and not posted is kept under `key` and shown again.

    `alive` is told of every change.
    """

    CSS_PATH = "../styles/editor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("sheet")]

    def __init__(
        self,
        title: str,
        quote: str,
        drafts: Drafts,
        key: str,
        body: str = "",
        alive: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(drafts, alive)
        self.title_text = title
        self.quote = quote
        self.key = key
        self.body = body

    def compose(self) -> ComposeResult:
        draft = self.drafts.get(self.key)
        with Vertical(classes="sheet panel") as sheet:
            sheet.border_title = Content(self.title_text)
            if draft and draft != self.body:
                sheet.border_subtitle = Content("your draft from before")
            if self.quote:
                yield Static(Content(f"“{clean_line(self.quote, 400)}”"), classes="quote")
            yield Page(draft or self.body, soft_wrap=True, show_line_numbers=False, compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    @property
    def text(self) -> str:
        """What is in the box."""
        return clean(self.query_one(TextArea).text, LONGEST)

    def written(self) -> Iterator[tuple[str, str, str]]:
        """The one box."""
        yield self.key, self.body, self.text

    def action_post(self) -> None:
        """Give back what was written."""
        text = self.text.strip()
        if not text:
            self.notify("Write something first; escape closes the box.", timeout=3)
            return
        # The draft stays until whoever asked has stored it; where even that cannot be kept, the box stays.
        if self.save():
            self.dismiss(text)

    def action_cancel(self) -> None:
        """Close; what was typed is kept, and when that fails the box stays."""
        text = self.text.strip()
        if not self.save():
            return
        if text and text != self.body.strip():
            self.notify("Kept as a draft: the same key brings it back.", timeout=4)
        self.dismiss(None)
