"""A line of chips, each a filter that a click takes away."""

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.style import Style
from textual.widget import Widget


class Chips(Widget):
    """`unread ×   lecture 4 ×`; hidden where there is none."""

    ALLOW_SELECT = False

    class Taken(Message):
        """A chip was clicked."""

        def __init__(self, chip: str) -> None:
            super().__init__()
            self.chip = chip

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.chips: tuple[tuple[str, str], ...] = ()

    def show(self, chips: Sequence[tuple[str, str]]) -> None:
        """Show these, each as (what it is, in words)."""
        self.chips = tuple(chips)
        self.display = bool(chips)
        self.refresh()

    def render(self) -> Content:
        parts: list[Content] = []
        for chip, words in self.chips:
            drawn = Content.assemble((" ", "$accent"), (words, "$accent"), (" × ", "$text-muted"))
            parts += [drawn.stylize("on $boost").stylize(Style.from_meta({"chip": chip})), Content(" ")]
        return Content.assemble(*parts).truncate(max(1, self.size.width), ellipsis=True)

    async def on_click(self, event: Click) -> None:
        chip = event.style.meta.get("chip")
        if chip:
            self.post_message(self.Taken(chip))
