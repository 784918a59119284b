"""The command palette: every action that the present screen offers, and every reading, lecture, lab and theme."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from cs229tui.tui.reach import reachable
from cs229tui.tui.widgets.key_line import shown_key

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

# Moving the cursor is not something to look up by name.
_UNLISTED = frozenset({"list", "prompt", "pick", "search"})


@dataclass(frozen=True)
class Command:
    """One line of the palette."""

    title: str
    help: str
    run: Callable[[], Any]


class Palette(CommandPalette):
    """Textual's palette with our commands and our looks."""

    CSS_PATH = "styles/palette.tcss"

    def __init__(self) -> None:
        super().__init__(providers=[Everything], placeholder="An action, a reading, a lecture, a lab …")


class Everything(Provider):
    """Actions first, then places to go."""

    async def startup(self) -> None:
        self._actions = list(self._actions_here())
        self._places: list[Command] | None = None

    async def discover(self) -> Hits:
        for command in self._actions:
            yield DiscoveryHit(Content(command.title), command.run, text=command.title, help=command.help)

    async def search(self, query: str) -> Hits:
        if self._places is None:
            self._places = list(self._places_to_go())
        matcher = self.matcher(query)
        for command in (*self._actions, *self._places):
            score = matcher.match(command.title)
            if score > 0:
                shown = _highlighted(command.title, query, self)
                yield Hit(score, shown, command.run, text=command.title, help=command.help)

    @property
    def _companion(self) -> "Companion":
        return cast("Companion", self.app)

    def _actions_here(self) -> Iterator[Command]:
        for found in reachable(self.screen, self._companion.settings.keys):
            action = found.action
            if action.scope in _UNLISTED or action.id in ("app.palette", "app.interrupt"):
                continue
            title = action.label if action.scope == "app" else f"{action.scope}: {action.label}"
            keys = "  ".join(shown_key(self.app, key) for key in found.keys)

            async def run(name: str = action.action, node: Any = found.node) -> None:
                await self.app.run_action(name, node)

            yield Command(title, f"{action.help}  {keys}", run)

    def _places_to_go(self) -> Iterator[Command]:
        app = self._companion

        def opening(key: str) -> Callable[[], None]:
            def run() -> None:
                with app.reporting():
                    app.open_row(key)

            return run

        for lecture in app.course.lectures:
            yield Command(
                f"lecture {lecture.number}: {lecture.title}", "Show it in Course", opening(f"lecture:{lecture.number}")
            )
        for reading in app.catalog().values():
            yield Command(
                f"read: {reading.short} {reading.title}", "Open it in the reader", opening(f"reading:{reading.id}")
            )
        from cs229tui.labs.find import labs

        for lab in labs(app.folders):
            yield Command(f"lab: {lab.title}", "Show it in Labs", opening(f"lab:{lab.name}"))
        for theme in sorted(app.available_themes):
            yield Command(f"theme: {theme}", "Change the colours", partial(setattr, app, "theme", theme))


def _highlighted(title: str, query: str, provider: Provider) -> Content:
    """The title with the letters that matched marked; titles come from outside, so never as markup."""
    from textual.fuzzy import FuzzySearch

    score, positions = FuzzySearch(case_sensitive=False).match(query, title)
    content = Content(title)
    if score:
        for position in positions:
            content = content.stylize("bold $primary", position, position + 1)
    return content
