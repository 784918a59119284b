"""The texts that a lab wrote under one name, the newest first; one can go back in time and scroll."""

from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.content import Content
from textual.events import MouseScrollDown, MouseScrollUp
from textual.strip import Strip
from textual.visual import Visual

from cs229tui.labkit.events import Text
from cs229tui.labs.words import figure
from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.run_panel import RunPanel

_MOST_SHOWN = 20
_MOST_CHARACTERS = 4000
_WHEEL = 3


class TextPanel(RunPanel[Text]):
    """The chosen text, and below it those from before."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("samples")]

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.top = 0
        self._strips: list[Strip] = []
        self._made_for: tuple[object, ...] = ()
        self._whole = False

    def changed(self) -> None:
        if self._made_for and self._made_for[0] != id(self.moment):
            self.top = 0
        self._made_for = ()
        super().changed()

    def action_scroll(self, lines: int) -> None:
        """Scroll what is longer than the panel."""
        self.top = max(self.top + lines, 0)
        self._make()
        self.top = min(self.top, max(len(self._strips) - self.content_size.height, 0))
        self.refresh()

    def action_pages(self, halves: int) -> None:
        """Scroll by half panels."""
        self.action_scroll(halves * max(self.content_size.height // 2, 1))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.action_scroll(_WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.action_scroll(-_WHEEL)

    def render_line(self, y: int) -> Strip:
        self._make()
        at = y + self.top
        return self._strips[at] if at < len(self._strips) else self.line()

    def notify_style_update(self) -> None:
        self._made_for = ()
        super().notify_style_update()

    def _make(self) -> None:
        width = self.content_size.width
        wanted = (id(self.moment), width)
        enough = self.top + 2 * self.content_size.height
        if width < 1 or (wanted == self._made_for and (self._whole or len(self._strips) >= enough)):
            return
        self._made_for, self._whole = wanted, False
        self._strips = []
        shown = self.moments[max(self.index - _MOST_SHOWN + 1, 0) : self.index + 1]
        for number, text in enumerate(reversed(shown)):
            if number:
                self._strips += [self.line(), self.line((f"step {figure(text.step)}", self.quiet + Style(italic=True)))]
            content = Content(text.text.strip("\n")[:_MOST_CHARACTERS].expandtabs(4))
            if number:
                content = content.stylize("$text-muted")
            self._strips += Visual.to_strips(self, content, width, None, self.visual_style, pad=True)
            if len(self._strips) > enough:
                return
        self._whole = True
