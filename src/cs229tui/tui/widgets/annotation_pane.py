"""What is written on the pages in view, beside the text: threads with quote, author, body and answers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.timer import Timer
from textual.widgets import OptionList, Static
from textual.widgets.option_list import OptionDoesNotExist

from cs229tui.amounts import counted
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.discussion import Guess, PassageThread, Talk, nearest
from cs229tui.tui.reading.messages import around
from cs229tui.tui.reading.said import LINK
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.reading.written import Written
from cs229tui.tui.widgets.thread_options import FOLDED, options_of
from cs229tui.tui.widgets.thread_view import MessageKeys

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

MOST = 20
"""No more threads of the pages in view than this are listed at once; the others are counted."""
DWELL = 1.2
"""Seconds after which a thread that is looked at is read."""
_MOST_LOST = 20
_MOST_WHOLE = 8
# With more threads than this each shows how many answers it has, and the answers where that is opened.
_CROWD = 12
_STILL = 0.08


class ThreadList(MessageKeys, OptionList):
    """The threads; each annotation and each answer is an entry with its id."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("thread")]

    @dataclass
    class Asked(Message):
        """Something is to be done (`reply`, `edit`, `upvote`, …; see `Answering.do_to`) to an annotation."""

        action: str
        id: str

    async def _on_click(self, event: Click) -> None:
        # A click on a link opens the link, and does not go to the passage.
        if LINK in event.style.meta and (clicked := event.style.meta.get("option")) is not None:
            event.prevent_default()
            self.highlighted = clicked

    def ask(self, action: str) -> None:
        """Ask for something to be done to the entry under the cursor."""
        option = self.highlighted_option
        if option is not None and option.id:
            self.post_message(self.Asked(action, option.id))

    def action_guess(self) -> None:
        """Show where words that are lost most likely stood."""
        self.ask("guess")

    def action_colour(self) -> None:
        """Choose the colour of a highlight."""
        self.ask("colour")

    def action_attach(self) -> None:
        """Put a lost one where it most likely stood."""
        self.ask("attach")


class AnnotationPane(Vertical):
    """The heading and the list: what is said of the whole reading and of the pages in view, what has lost its words."""

    @dataclass
    class Dwelt(Message):
        """A conversation in which something is new was looked at for a moment."""

        thread: str

    class Seen(Message):
        """The pane is on the screen now, or is wider or narrower."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: tuple[object, ...] = ()
        self._here: tuple[PassageThread, ...] = ()
        self._lost: tuple[PassageThread, ...] = ()
        self._talks: list[Talk] = []
        self._open: frozenset[str] = frozenset()
        self._written: Written | None = None
        self._dwelling: Timer | None = None
        self._waiting: Callable[[], None] | None = None
        self._later: Timer | None = None
        self._nearest = ""

    def compose(self) -> ComposeResult:
        yield Static("", id="pane-title", markup=False)
        yield ThreadList(markup=False, compact=True)
        yield Static(
            Content("Nothing is written on this page.\n\ns selects the sentence,\na comments, q asks, H highlights."),
            id="pane-empty",
        )

    def show(self, written: Written, pages: tuple[int, int], position: Position) -> None:
        """List the conversations of the pages in view, the first to the last, and mark the one nearest to a position.

        Nothing is asked for while the pane is not seen, nor while it would show the same.
        """
        if not self.display:
            return
        low, high = pages
        here = tuple(one for one in written.on(low, high) if one.position is not None and low <= one.page <= high)
        number = nearest(here, position)
        first = _window(len(here), number or 0)
        width = self.query_one(ThreadList).scrollable_content_region.width - 1 or self.size.width - 3
        wanted = (written, written.age, here[first : first + MOST], len(here), pages, self._open, width)
        if wanted != self._shown:
            first_time = not self._shown
            self._shown, self._here = wanted, here[first : first + MOST]
            self._nearest = here[number].id if number is not None else ""
            self._waiting = partial(self._list, written, len(here), pages, width)
            if self._later is not None:
                self._later.stop()
            # A long list waits until the text stands still, so that it turns as fast as where there is little.
            if len(here) > _CROWD and not first_time:
                self._later = self.set_timer(_STILL, self.list_now)
            else:
                self.list_now()
        elif number is not None:
            self._nearest = here[number].id
        self._follow()

    def _follow(self) -> None:
        if not self.query_one(ThreadList).has_focus and self._nearest and self._waiting is None:
            self._highlight(self._nearest)

    def list_now(self) -> None:
        """List what has waited to be listed."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()
            self._follow()

    def _list(self, written: Written, here: int, pages: tuple[int, int], width: int) -> None:
        self._written = written
        self._lost = written.lost[:_MOST_LOST]
        listed = [root.id for root in written.whole[:_MOST_WHOLE]] + [one.id for one in self._here]
        listed += [one.id for one in self._lost] + written.rootless[:_MOST_WHOLE]
        self._talks = written.talks(listed, (*self._here, *self._lost))
        of = around(cast("Companion", self.app), [said for talk in self._talks for said in talk.thread.annotations])
        threads = self.query_one(ThreadList)
        kept = threads.highlighted_option.id if threads.highlighted_option else None
        # What is said of the whole reading is listed on every page: it leaves room for what is said of this one.
        brief = {root.id for root in written.whole} if self._here else set()
        if len(self._talks) > _CROWD:
            brief = {talk.thread.id for talk in self._talks}
        threads.clear_options()
        threads.add_options(list(options_of(self._talks, of, width, open_=self._open, brief=brief, guess=self._guess)))
        self.set_class(not self._talks, "-empty")
        self._title(written, here, pages)
        if kept is not None:
            self._highlight(kept)

    def _guess(self, talk: Talk) -> Guess | None:
        if self._written is None or talk.where is None or not talk.where.root.lost:
            return None
        return self._written.guess(talk.where)

    def _title(self, written: Written, here: int, pages: tuple[int, int]) -> None:
        where = f"p {pages[0]}" if pages[0] == pages[1] else f"p {pages[0]}–{pages[1]}"
        count = f"{here} of {written.count}" if written.count else "none yet"
        parts: list[tuple[str, str]] = [("Discussion", "bold"), (f" on {where} · {count}", "$text-muted")]
        if here > len(self._here):
            parts.append((f"\nthe {len(self._here)} nearest are listed", "$text-muted"))
        if len(written.whole) > _MOST_WHOLE:
            parts.append((f"\n{len(written.whole)} on the whole reading; T lists them", "$text-muted"))
        if self._lost:
            lost = counted(len(written.lost), "conversation")
            parts.append((f"\n{lost} lost. ", "$warning"))
            parts.append(("A: the next; on it g shows the best guess, A attaches it", "$text-muted"))
        self.query_one("#pane-title", Static).update(Content.assemble(*parts))

    def on_resize(self) -> None:
        self.post_message(self.Seen())

    # The cursor

    def _highlight(self, id: str) -> bool:
        threads = self.query_one(ThreadList)
        try:
            threads.highlighted = threads.get_option_index(id)
        except OptionDoesNotExist:
            return False
        return True

    def choose(self, id: str, thread: str = "") -> bool:
        """Put the cursor on an annotation, unfolding its `thread` for it; says whether it is listed."""
        self.list_now()
        if self._highlight(id):
            return True
        if thread and thread not in self._open and any(talk.thread.id == thread for talk in self._talks):
            self.unfold(thread)
        return self._highlight(id) or bool(thread and self._highlight(thread))

    def unfold(self, thread: str) -> None:
        """Show all answers of a conversation."""
        self._open |= {thread}
        if self._written is not None:
            here, pages, width = self._shown[3], self._shown[4], self._shown[6]
            self._shown = (*self._shown[:5], self._open, width)
            self._list(self._written, cast("int", here), cast("tuple[int, int]", pages), cast("int", width))
            self.choose(thread)

    @property
    def lost_here(self) -> PassageThread | None:
        """What has lost its words, if the cursor is on it."""
        option = self.query_one(ThreadList).highlighted_option
        return next((one for one in self._lost if option is not None and one.id == option.id), None)

    def next_lost(self) -> PassageThread | None:
        """Put the cursor on the next that has lost its words, from the first again after the last."""
        if not self._lost:
            return None
        here = self.lost_here
        at = self._lost.index(here) + 1 if here is not None else 0
        found = self._lost[at % len(self._lost)]
        self._highlight(found.id)
        return found

    # What is new in it

    def on_option_list_option_highlighted(self, event: ThreadList.OptionHighlighted) -> None:
        """Wait whether it is looked at for a moment."""
        if self._dwelling is not None:
            self._dwelling.stop()
            self._dwelling = None
        id = (event.option_id or "").removeprefix(FOLDED)
        for talk in self._talks:
            if talk.unread and (talk.thread.id == id or any(said.id == id for said in talk.thread.annotations)):
                self._dwelling = self.set_timer(
                    DWELL, lambda thread=talk.thread.id: self.post_message(self.Dwelt(thread))
                )


def _window(count: int, number: int) -> int:
    """The first of those listed where there are too many: it moves in large steps, so that the list seldom changes."""
    half = MOST // 2
    return max(0, min((number // half) * half - half // 2, count - MOST))
