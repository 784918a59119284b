"""What the panels beside the curves have in common: a name, what was logged under it over the steps, and one moment."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.content import Content
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cs229tui.labkit.events import Beat, Heatmap, Histogram, Image, Text
from cs229tui.labs.words import figure
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted

M = TypeVar("M", bound=Text | Image | Histogram | Heatmap | Beat)


def step_of(moment: Text | Image | Histogram | Heatmap | Beat) -> int:
    """The step at which something was logged; the machine is read by the clock."""
    return 0 if isinstance(moment, Beat) else moment.step


class RunPanel(Widget, Generic[M], can_focus=True):
    """One name's panel. It follows the newest moment until one goes back in time; going to the end follows again."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("moment")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"run--quiet", "run--curve", "run--mark"}

    class Opened(Message):
        """The panel was double-clicked."""

    def __init__(self, subject: str) -> None:
        super().__init__(classes="panel moment")
        self.subject = subject
        self._styles_known: dict[str, Style] = {}
        self.moments: tuple[M, ...] = ()
        self.chosen: M | None = None
        self.more = ""
        """What stands at the lower right: where there are more panels than fit."""

    def show(self, moments: Sequence[M]) -> None:
        """Take what has been logged so far, oldest first; called again whenever there is more."""
        newest = moments[-1] if moments else None
        if len(moments) == len(self.moments) and (self.moments[-1] if self.moments else None) is newest:
            return
        self.moments = tuple(moments)
        if self.chosen is not None and not any(one is self.chosen for one in self.moments):
            self.chosen = None
        self.changed()

    def changed(self) -> None:
        """What is drawn is another now."""
        self.label()
        self.refresh()

    @property
    def moment(self) -> M | None:
        """What is looked at: the one chosen, else the newest."""
        return self.chosen or (self.moments[-1] if self.moments else None)

    @property
    def index(self) -> int:
        """Which of the moments that is."""
        at = len(self.moments) - 1
        if self.chosen is not None:
            at = next((number for number, one in enumerate(self.moments) if one is self.chosen), at)
        return at

    def action_earlier(self, steps: int) -> None:
        """Look at what was logged before."""
        self.go(-steps)

    def action_later(self, steps: int) -> None:
        """Look at what was logged after; at the end the newest is followed again."""
        self.go(steps)

    def action_ends(self, end: int) -> None:
        """To the first moment or the newest."""
        self.go(end * len(self.moments))

    def go(self, steps: int) -> None:
        """So many moments on in time."""
        if not self.moments:
            return
        at = min(max(self.index + steps, 0), len(self.moments) - 1)
        self.chosen = None if at == len(self.moments) - 1 else self.moments[at]
        self.changed()

    def look_at(self, cross: float | None, by_time: bool = False) -> None:
        """Look at the last moment up to a step, or second, as the curves do; None follows the newest again."""
        found = None
        if cross is not None and self.moments:
            at = [one for one in self.moments if (one.t if by_time else step_of(one)) <= cross]
            found = at[-1] if at else self.moments[0]
            found = None if found is self.moments[-1] else found
        if found is not self.chosen:
            self.chosen = found
            self.changed()

    # What stands on the border

    def label(self) -> None:
        """Say on the border what is shown, and of which step."""
        self.border_title = Content(self.subject)
        right = [part for part in (self._when(), Content(self.more)) if part]
        room = self.size.width - 8 - sum(part.cell_length + 2 for part in right)
        facts = self.facts()
        if facts and room >= 8:
            right.insert(0, facts.truncate(room, ellipsis=True))
        self.border_subtitle = muted("  ").join(right)

    def facts(self) -> Content:
        """What else the lower border says."""
        return Content()

    def _when(self) -> Content:
        moment = self.moment
        if moment is None or (len(self.moments) == 1 and not step_of(moment)):
            return Content()  # of what was logged once, before the first step, the step says nothing
        words = f"step {figure(step_of(moment))}"
        if len(self.moments) > 1 and self.size.width >= 30:
            words += f", {self.index + 1} of {len(self.moments)}"
        if len(self.moments) > 1 and self.has_focus:
            words += "  < >"
        return Content.styled(words, "$warning") if self.chosen is not None else muted(words)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel goes back in time."""
        event.stop()
        self.go(-1)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """And on."""
        event.stop()
        self.go(1)

    def watch_has_focus(self, focused: bool) -> None:
        super().watch_has_focus(focused)
        self.label()

    def on_click(self, event: Click) -> None:
        """A double click asks for all the room, as it does on curves."""
        if event.chain == 2:
            self.post_message(self.Opened())

    def on_resize(self) -> None:
        self.changed()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles_known.clear()
        self.refresh()

    # Drawing

    def line(self, *parts: tuple[str, Style | None]) -> Strip:
        """A line of the panel's width from texts and styles."""
        base = self._known("")
        segments = [Segment(text, base + style if style else base) for text, style in parts if text]
        return Strip(segments).adjust_cell_length(self.content_size.width, base)

    def _known(self, name: str) -> Style:
        # Textual asks all ancestors for it, which a line of every frame cannot wait for.
        found = self._styles_known.get(name)
        if found is None:
            found = self.get_component_rich_style(name, partial=True) if name else self.rich_style
            self._styles_known[name] = found
        return found

    @property
    def quiet(self) -> Style:
        """The style of axes and labels."""
        return self._known("run--quiet")

    @property
    def curve(self) -> Style:
        """The style of what was measured."""
        return self._known("run--curve")

    @property
    def dark(self) -> bool:
        """Whether the screen is dark."""
        return bool(self.app.current_theme.dark)

    @property
    def colours(self) -> bool:
        """Whether there are colours at all."""
        return not self.app.no_color
