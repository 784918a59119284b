"""The last line of every screen: the few keys that matter here, made from the bindings; each can be clicked."""

import re

from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.events import Click
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

_CAPITAL = re.compile("shift\\+[a-z]")
_RIGHT = "app.palette"
_CHOOSE = "list.choose"


class KeyLine(Widget):
    """` enter open   space status   / search   ? help            ^p palette`, as much of it as there is room for."""

    ALLOW_SELECT = False

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_updated)

    def _bindings_updated(self, _screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        seen: set[str] = set()
        # In a line of text it is a letter like any other.
        typing = self.screen.focused is not None and self.screen.focused.check_consume_key("/", "/")
        # A screen may call a key by what it does by now, or by nothing where it is of no use.
        name_of = getattr(self.screen, "key_name", lambda _action, name: name)
        left: list[Content] = []
        last: list[Content] = []
        right = Content()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if typing and (binding.key == "slash" or _CAPITAL.fullmatch(binding.key)):
                continue
            if not binding.show or not active.enabled or binding.action in seen:
                continue
            verb = getattr(active.node, "verb", "") if binding.id == _CHOOSE else ""
            name = verb or name_of(binding.action, binding.description)
            if not name:
                continue
            seen.add(binding.action)
            key = self._key(binding, name)
            if binding.id == _RIGHT:
                right = Content.assemble(key, " ")
            elif (binding.id or "").startswith("app."):
                last.append(key)
            else:
                left.append(key)
        width = self.size.width
        activity = getattr(self.app, "activity", None)
        if activity is not None:
            right = Content.assemble(activity, " ")
        elif width < 60:
            right = Content()
        line = Content(" ")
        # What is the same on every screen keeps its place; what is this screen's own is dropped from its end.
        tail = Content.assemble(*(Content.assemble(key, "   ") for key in last))
        for key in left:
            if line.cell_length + key.cell_length + 3 + tail.cell_length + right.cell_length > width:
                break
            line = Content.assemble(line, key, "   ")
        line = Content.assemble(line, tail)
        room = width - line.cell_length - right.cell_length
        return Content.assemble(line, " " * room, right) if room >= 0 else line.truncate(width)

    def _key(self, binding: Binding, name: str) -> Content:
        key = Content.styled(shown_key(self.app, binding.key), "bold $footer-key-foreground")
        label = Content.styled(name, "$footer-description-foreground")
        return Content.assemble(key, " ", label).stylize(Style.from_meta({"binding": binding.key}))

    async def on_click(self, event: Click) -> None:
        key = event.style.meta.get("binding")
        active = self.screen.active_bindings.get(key) if key else None
        if active:
            await self.app.run_action(active.binding.action, active.node)


def shown_key(app: App[object], key: str) -> str:
    """A key as it is written on the screen: `enter`, `^p`, `?`."""
    # Textual's sign for enter is not in every terminal's font.
    return "enter" if key == "enter" else app.get_key_display(Binding(key, ""))
