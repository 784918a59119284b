"""The first line of every tab: the six tabs, how many conversations are unread, and where in the term we are."""

from textual.content import Content
from textual.events import Click
from textual.style import Style
from textual.widget import Widget

from cs229tui.tui.actions import TABS

_MOST_SAID = 999


class TabBar(Widget):
    """` 1 Today  2 Course …  4 Discuss •3      week 4 · Tue 14 Feb`; a click on a tab opens it."""

    ALLOW_SELECT = False

    def __init__(self, tab: str, moment: str, short_moment: str, unread: int = 0) -> None:
        super().__init__()
        self.tab = tab
        self.moment = moment
        self.short_moment = short_moment
        self.unread = unread

    def show(self, moment: str, short_moment: str, unread: int = 0) -> None:
        """Say another moment, and how many conversations are unread now."""
        if (moment, short_moment, unread) != (self.moment, self.short_moment, self.unread):
            self.moment, self.short_moment, self.unread = moment, short_moment, unread
            self.refresh()

    def render(self) -> Content:
        width = self.size.width
        full = self._tabs(names=True)
        for tabs, moment in (
            (full, self.moment),
            (full, self.short_moment),
            (full, ""),
            (self._tabs(names=False), self.short_moment),
        ):
            room = width - tabs.cell_length - len(moment) - 1
            if room >= (2 if moment else 0):
                return Content.assemble(tabs, " " * room, (moment, "$text-muted"))
        return self._tabs(names=False)

    def _tabs(self, names: bool) -> Content:
        parts: list[Content] = [Content(" ")]
        for number, (name, label) in enumerate(TABS, 1):
            here = name == self.tab
            text = f"{number} {label}" if names or here else f"{number}"
            style = "bold $primary" if here else "$text-muted"
            drawn = Content.styled(text, style)
            if name == "discuss" and self.unread:
                told = str(self.unread) if self.unread <= _MOST_SAID else f"{_MOST_SAID}+"
                drawn = Content.assemble(drawn, (f" •{told}", "bold $warning"))
            parts.append(drawn.stylize(Style.from_meta({"tab": name})))
            parts.append(Content("  " if names else " "))
        return Content.assemble(*parts)

    async def on_click(self, event: Click) -> None:
        tab = event.style.meta.get("tab")
        if tab:
            await self.app.run_action(f"tab({tab!r})")
