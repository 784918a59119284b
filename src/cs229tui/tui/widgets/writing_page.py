"""The box one writes in: a page that offers names, tags and links for the word being written."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from cs229tui.clean import clean, clean_line
from cs229tui.tui.reading.completion import Begun, Choice, begun, choices
from cs229tui.tui.reading.said import names_of
from cs229tui.tui.widgets.typing import LONGEST_PAGE, Page

_LABEL, _REMARK, _WIDEST = 40, 60, 58


class Offered(OptionList, can_focus=False):
    """What the word may become, at the word; the page it belongs to takes the keys."""

    def offer(self, found: list[Choice], at: Offset) -> None:
        """Show some choices below a cell of the screen."""
        self.clear_options()
        for one in found:
            label = Content(clean_line(one.label, _LABEL))
            remark = Content.styled(f"  {clean_line(one.remark, _REMARK)}" if one.remark else "", "$text-muted")
            self.add_option(Option(Content.assemble(label, remark).truncate(_WIDEST, ellipsis=True)))
        self.highlighted = 0
        self.absolute_offset = Offset(at.x, at.y + 1)
        self.display = True


class WritingPage(Page):
    """Text of many lines; while a choice is offered, tab and enter take it and escape closes only the offer."""

    BINDINGS: ClassVar[list[BindingType]] = []

    @dataclass
    class PasteCut(Message):
        """More was pasted than there is room for."""

    def __init__(self, text: str, offered: Offered) -> None:
        super().__init__(text, soft_wrap=True, show_line_numbers=False, compact=True)
        self._offered = offered
        self._word: Begun | None = None
        self._choices: list[Choice] = []
        self._refused: tuple[int, int] | None = None

    @property
    def offering(self) -> bool:
        """Whether choices are shown."""
        return bool(self._choices)

    def close_offer(self) -> None:
        """Offer nothing."""
        self._choices = []
        self._offered.display = False

    def on_text_area_changed(self) -> None:
        self._offer()

    def on_text_area_selection_changed(self) -> None:
        # What moves the cursor away from the word ends the offer; only what is typed begins one.
        if self._choices:
            self._offer()

    def on_blur(self) -> None:
        self.close_offer()

    def _offer(self) -> None:
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        word = begun(before) if self.selection.is_empty else None
        here = (row, word.start) if word else None
        if here != self._refused:
            self._refused = None
        if word is None or self._refused is not None:
            self.close_offer()
            return
        self._word = word
        self._choices = choices(word, names_of(self.app))  # type: ignore[arg-type]
        if not self._choices:
            self.close_offer()
            return
        self.call_after_refresh(self._show_offer)

    def _show_offer(self) -> None:
        if self._choices:
            self._offered.offer(self._choices, self.cursor_screen_offset)

    async def _on_key(self, event: events.Key) -> None:
        if not self._choices or event.key not in ("tab", "enter", "escape", "up", "down"):
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            if self._word is not None:
                self._refused = (self.cursor_location[0], self._word.start)
            self.close_offer()
        elif event.key == "up":
            self._offered.action_cursor_up()
        elif event.key == "down":
            self._offered.action_cursor_down()
        else:
            self.take(self._offered.highlighted or 0)

    def take(self, number: int) -> None:
        """Put a choice in the place of the word that was begun."""
        if self._word is None or number >= len(self._choices):
            return
        row, column = self.cursor_location
        text, rest = self._choices[number].text, self.document.get_line(row)[column:]
        if text.endswith("]]") and rest.startswith("]]"):
            rest, column = rest[2:], column + 2
        if text.endswith(" ") and rest.startswith(" "):
            text = text[:-1]
        start = (row, self._word.start)
        self.close_offer()
        self._refused = start
        self.replace(text, start, (row, column))
        self.move_cursor((row, start[1] + len(text)))

    async def _on_paste(self, event: events.Paste) -> None:
        room = max(0, LONGEST_PAGE - len(self.text))
        event.text = clean(event.text[: 4 * LONGEST_PAGE])
        if len(event.text) > room:
            event.text = event.text[:room]
            self.post_message(self.PasteCut())
