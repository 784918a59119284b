"""A whole conversation: what it is about, its root, and the replies as a tree; a cursor goes through the messages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.said import LINK

_AT_ONCE = 60
ON_MESSAGES = frozenset(
    f"thread.{name}"
    for name in ("reply", "edit", "remove", "resolve", "upvote", "me_too", "answer", "follow", "history", "links")
)
"""The actions on a message that have a sense away from its passage, too."""
_MOVES = {"thread.go", "thread.down", "thread.up"}


@dataclass(frozen=True)
class Entry:
    """A message, or the place of one that is not here (`id` is empty then); `drawn` gives it in lines of a width."""

    id: str
    drawn: Callable[[int], Content]


class MessageKeys:
    """What the keys of the scope `thread` do, wherever a message is; `ask` sees to it."""

    def ask(self, action: str) -> None:
        """Have something done to the message that is meant; see `Answering.do_to`."""
        raise NotImplementedError

    def action_reply(self) -> None:
        """Answer."""
        self.ask("reply")

    def action_edit(self) -> None:
        """Change what is written."""
        self.ask("edit")

    def action_remove(self) -> None:
        """Delete."""
        self.ask("remove")

    def action_resolve(self) -> None:
        """Mark a question answered."""
        self.ask("resolve")

    def action_upvote(self) -> None:
        """Upvote."""
        self.ask("upvote")

    def action_me_too(self) -> None:
        """Have this question too."""
        self.ask("me_too")

    def action_answer(self) -> None:
        """Mark a reply as the answer."""
        self.ask("answer")

    def action_follow(self) -> None:
        """Follow the conversation."""
        self.ask("follow")

    def action_history(self) -> None:
        """Show what it said before."""
        self.ask("history")

    def action_links(self) -> None:
        """Open what it links to."""
        self.ask("links")


class ThreadView(MessageKeys, ScrollView, can_focus=True):
    """The conversation; `Asked` says what is to be done to the message under the cursor."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [one for one in bindings("thread") if one.id in ON_MESSAGES | _MOVES]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"thread--cursor"}

    @dataclass
    class Asked(Message):
        """Something is to be done (`go`, `reply`, `edit`, `upvote`, …; see `Answering.do_to`) to an annotation."""

        action: str
        id: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.thread = ""
        self.empty = Content()
        self._head: Callable[[int], Content] | None = None
        self._entries: tuple[Entry, ...] = ()
        self._shown = _AT_ONCE
        self._cursor = 0
        self._strips: list[list[Strip]] = []
        self._tops: list[int] = []
        self._where: list[tuple[int, int]] = []

    # What is shown

    def show(self, thread: str, head: Callable[[int], Content] | None, entries: Sequence[Entry]) -> None:
        """Show a conversation; where it is the one that was shown, cursor and scroll stay."""
        before = self.current
        same = thread == self.thread
        self.thread, self._head, self._entries = thread, head, tuple(entries)
        if not same:
            self._shown, self._cursor = _AT_ONCE, 0
            self.scroll_to(y=0, animate=False, force=True)
        found = next((at for at, entry in enumerate(self._entries) if entry.id and entry.id == before), None)
        self._cursor = self._cursor if found is None else found
        self._cursor = max(0, min(self._cursor, len(self._entries) - 1))
        self._lay_out()

    @property
    def current(self) -> str:
        """The id of the message under the cursor; empty where there is none."""
        return self._entries[self._cursor].id if self._cursor < len(self._entries) else ""

    def choose(self, id: str) -> None:
        """Put the cursor on a message."""
        for at, entry in enumerate(self._entries):
            if entry.id == id:
                self._to(at)

    def _lay_out(self) -> None:
        """Draw all that is shown: the head, then the messages; a blank line stands between them."""
        width = self.scrollable_content_region.width
        self._strips, self._tops, self._where = [], [], []
        if width < 1:
            return
        self._shown = max(self._shown, self._cursor + 1)
        shown = self._entries[: self._shown]
        parts = [self._head(width) if self._head else self.empty, *(entry.drawn(width) for entry in shown)]
        top = 0
        for number, part in enumerate(parts):
            style = self.get_visual_style("thread--cursor") if self._marked(number) else self.visual_style
            strips = Visual.to_strips(self, part, width, None, style, pad=True) if part.plain else []
            strips = [strip.adjust_cell_length(width, style.rich_style) for strip in strips]
            self._strips.append(strips)
            self._tops.append(top)
            self._where += [(number, line) for line in range(len(strips))]
            top += len(strips)
            if number + 1 < len(parts) and strips:
                self._where.append((-1, 0))
                top += 1
        left = len(self._entries) - len(shown)
        self.virtual_size = Size(width, top + bool(left))
        self.refresh()

    def _marked(self, number: int) -> bool:
        return self.has_focus and number == self._cursor + 1

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        if at < len(self._where):
            number, line = self._where[at]
            if number >= 0:
                return self._strips[number][line]
        elif at == len(self._where) and len(self._entries) > self._shown:
            more = Content.styled(f"… {len(self._entries) - self._shown} more below", "$text-muted")
            drawn = Visual.to_strips(self, more.truncate(max(1, width)), width, 1, self.visual_style, pad=True)
            return drawn[0].adjust_cell_length(width, self.visual_style.rich_style)
        return Strip.blank(width, self.visual_style.rich_style)

    def on_resize(self, _event: Resize) -> None:
        self._lay_out()

    def on_focus(self) -> None:
        self._lay_out()
        self._into_sight()

    def on_blur(self) -> None:
        self._lay_out()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._lay_out()

    # The cursor

    def _to(self, at: int) -> None:
        self._cursor = at
        if self._shown < len(self._entries) and at >= self._shown - 2:
            self._shown += _AT_ONCE
        self._lay_out()
        self._into_sight()

    def _extent(self) -> tuple[int, int]:
        """The first line of the message under the cursor, and the line after its last."""
        number = self._cursor + 1
        if number >= len(self._tops):
            return 0, 0
        return self._tops[number], self._tops[number] + len(self._strips[number])

    def _into_sight(self) -> None:
        top, end = self._extent()
        # What the conversation is about comes into sight with its first message.
        top = 0 if self._cursor == 0 else top
        height = max(1, min(end - top, self.size.height))
        self.scroll_to_region(Region(0, top, 1, height), animate=False, force=True, x_axis=False)

    def _step(self, direction: int) -> None:
        top, end = self._extent()
        above, height = self.scroll_offset.y, self.size.height
        # A message that is taller than the view is read to its end before the next one has its turn.
        hidden = end - (above + height) if direction > 0 else above - top
        if hidden > 0 and end - top > height:
            self.scroll_relative(y=direction * min(hidden, max(1, height - 2)), animate=False, force=True)
            return
        wanted = self._cursor + direction
        if 0 <= wanted < len(self._entries):
            self._to(wanted)

    def action_cursor_down(self) -> None:
        """The next message."""
        self._step(1)

    def action_cursor_up(self) -> None:
        """The message before."""
        self._step(-1)

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        at = offset.y + self.scroll_offset.y if offset else -1
        if not 0 <= at < len(self._where) or self._where[at][0] < 1:
            return
        self._to(self._where[at][0] - 1)
        if event.chain > 1 and LINK not in event.style.meta:
            self.ask("go")

    # What is asked for

    def ask(self, action: str) -> None:
        """Ask for something to be done to the message under the cursor."""
        if self.current:
            self.post_message(self.Asked(action, self.current))

    def action_select(self) -> None:
        """Go to its passage."""
        self.ask("go")
