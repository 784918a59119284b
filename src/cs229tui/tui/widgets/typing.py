"""What one types into: a line and a page, which take a paste of any size and hold nothing a terminal would obey."""

from typing import Any

from textual import events
from textual.widgets import Input, TextArea

from cs229tui.clean import clean, clean_line

# A line is measured whole at every key; the path of a file has room in this.
_LONGEST_LINE = 2_000
LONGEST_PAGE = 100_000


class Line(Input):
    """One line of text; a paste becomes one line, cut where the line is full."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, max_length=_LONGEST_LINE, compact=True, **named)

    def _on_paste(self, event: events.Paste) -> None:
        # Textual's own handler comes after this one and puts what is left in.
        room = _LONGEST_LINE - len(self.value) + len(self.selected_text)
        event.text = clean_line(event.text[: 4 * _LONGEST_LINE])[:room]


class Page(TextArea):
    """Text of many lines."""

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = clean(event.text, LONGEST_PAGE)
