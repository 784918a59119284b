"""The tab Discuss: all conversations of the course in one list, and the one under the cursor whole."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.events import ScreenResume
from textual.timer import Timer
from textual.widgets import Static

from cs229tui.amounts import counted
from cs229tui.clock import now, timestamp
from cs229tui.library.discussion import (
    Around,
    Conversation,
    Listing,
    Wanted,
    conversation,
    count_unread,
    listed_ids,
    mark_read,
    mark_unread,
    new_since,
    take_apart,
)
from cs229tui.library.people import me, people
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.messages import when
from cs229tui.tui.reading.said import names_of
from cs229tui.tui.screens import discuss_filters as filters
from cs229tui.tui.screens.answering import Answering
from cs229tui.tui.screens.discuss_drawing import COLUMNS, GONE, Whole, row
from cs229tui.tui.screens.discuss_empty import help_for, nothing
from cs229tui.tui.screens.discuss_narrowing import Narrowing
from cs229tui.tui.widgets.chips import Chips
from cs229tui.tui.widgets.columns import Row
from cs229tui.tui.widgets.many_rows import ManyRows
from cs229tui.tui.widgets.rows import Rows
from cs229tui.tui.widgets.thread_view import ON_MESSAGES, MessageKeys, ThreadView
from cs229tui.tui.widgets.typing import Line

READ_AFTER = 0.8
"""Seconds a conversation must be shown until it counts as read."""
# Fewer letters stand in the titles of most readings.
_TELLING = 3
_AWAY = timedelta(minutes=30)


class DiscussScreen(MessageKeys, Answering, Narrowing):
    """The list, and beside or below it the conversation under the cursor.

    With `wanted` it is opened from elsewhere: then escape goes back there, and what it lists is not kept. `thread` is
    the conversation that the cursor begins on.
    """

    TAB: ClassVar[str] = "discuss"
    CSS_PATH = "../styles/discuss.tcss"
    AUTO_FOCUS = "#table"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("discuss"),
        # What can be done to a message can be done on the list, too: to what the conversation begins with.
        *(binding for binding in bindings("thread") if binding.id in ON_MESSAGES),
    ]

    def __init__(self, wanted: Wanted | None = None, thread: str = "") -> None:
        super().__init__()
        self.visiting = wanted is not None
        self.wanted = wanted or Wanted()
        self._begin_on = thread
        self._left = ""
        self._reading: Timer | None = None
        self._stay: tuple[str, ...] = ()
        self._me = ""
        self._new = 0

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="line"):
            yield Line(placeholder="type to narrow (i): words, @person, #tag")
            yield Static(id="count")
        yield Chips(id="chips")
        with Container(id="both"):
            yield ManyRows(*COLUMNS, header=True, id="table", quiet=False)
            yield ThreadView(id="thread")

    def on_mount(self) -> None:
        if not self.visiting:
            kept = filters.read_kept(self._file)
            self.wanted, self.since = kept.wanted, kept.seen
        self.fill_line()
        super().on_mount()
        self.query_one(ManyRows).focus()

    # What is shown

    def refresh_data(self) -> None:
        database = self.companion.database
        self._me = me(database)
        self._new = new_since(database, self.since)[0] if self.since else 0
        self._list()

    def list_anew(self) -> None:
        self._stay = ()
        self._list(anew=True)

    def _list(self, anew: bool = False) -> None:
        """List what is wanted; the cursor stays on its conversation, or begins at the top where the list is another."""
        table = self.query_one(ManyRows)
        before = self._begin_on or self.current
        self._begin_on = ""
        self.listing = Listing(self.companion.database, self.wanted, self._around())
        found = self.listing.find(before) if before else None
        table.empty = nothing(self.wanted)
        table.show_many(len(self.listing), self._rows, 0 if anew and found is None else found)
        self._tell()
        self._show_thread()

    def _around(self) -> Around:
        app, wanted = self.companion, self.wanted
        of_lecture = () if wanted.lecture is None else app.course.readings_of(wanted.lecture)
        circle: Sequence[str] = ()
        if wanted.circle:
            from cs229tui.annotations.groups.circles import circle_of

            circle = tuple(circle_of(self._me, people(app.database), app.course.key))
        named = tuple(self._named(take_apart(wanted.typed).words.strip().casefold()))
        return Around(app.settings.author, tuple(one.id for one in of_lecture), named, tuple(circle), self._stay)

    def _named(self, words: str) -> list[str]:
        """The readings one may mean by what was typed."""
        if len(words) < _TELLING:
            return []
        every = self.companion.catalog().items()
        return [
            id for id, one in every if words in one.short.casefold() or words in one.title.casefold() or words == id
        ]

    def _rows(self, start: int, stop: int) -> list[Row]:
        catalog, own, names = self.companion.catalog(), self._me, names_of(self.companion)
        found = []
        for one in self.listing.stretch(start, stop):
            reading = catalog.get(one.facts.reading) if one else None
            found.append(row(one, reading.short if reading else one.facts.reading, own, names) if one else GONE)
        return found

    def _tell(self) -> None:
        """How many there are, in which order, how many are new; and the chips."""
        app, wanted = self.companion, self.wanted
        new, since = count_unread(app.database), self._new
        parts = [f"{'the newest ' if self.listing.cut else ''}{len(self.listing):,}"]
        parts += [f"{new:,} unread"] if new else []
        parts += [f"{since:,} new since {when(self.since)}"] if since and since != new else []
        told = Content.assemble((filters.ORDERS[wanted.order], "$accent"), ("  " + " · ".join(parts), "$text-muted"))
        self.query_one("#count", Static).update(told)
        names = filters.names_of(app.database, app.settings.author) if wanted.person else {}
        short = {id: one.short for id, one in app.catalog().items()} if wanted.reading else {}
        self.query_one(Chips).show(filters.chips(wanted, short, names))

    @property
    def current(self) -> str:
        """The id of the conversation under the cursor."""
        return self.query_one(ManyRows).current.partition(":")[2]

    def _show_thread(self) -> None:
        view = self.query_one(ThreadView)
        one = conversation(self.companion.database, self.current) if self.current else None
        if one is None:
            view.empty = help_for(self.wanted, self.companion.settings.author)
            view.show("", None, ())
            return
        whole = Whole(self.companion, one)
        view.show(one.facts.id, whole.head, whole.entries)
        self._read_soon(one)

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        if self.query_one(ThreadView).thread != event.key.partition(":")[2]:
            with self.companion.reporting():
                self._show_thread()

    # Read and unread

    def _read_soon(self, one: Conversation) -> None:
        if self._reading is not None:
            self._reading.stop()
            self._reading = None
        if one.facts.unread:
            self._reading = self.set_timer(READ_AFTER, partial(self._read, one.facts.id))

    def _read(self, thread: str) -> None:
        """It was looked at, unless the cursor only passed or nobody is here."""
        view = self.query_one(ThreadView)
        if not self.is_current or self.current != thread or not view.display or not self.app.app_focus:
            return
        with self.companion.reporting():
            if mark_read(self.companion.database, [thread]):
                self._stay = (*self._stay, thread)
                self.companion.changed()

    def action_all_read(self) -> None:
        """Take all that is listed as read."""
        app = self.companion
        threads = listed_ids(app.database, self.listing)
        unread = mark_read(app.database, threads)
        if not unread:
            self.notify("All of this is read already.", timeout=2)
            return
        self._stay = (*self._stay, *threads[:500])
        label = f"{counted(len(threads), 'conversation')} read"
        app.push_undo(label, lambda: mark_unread(app.database, unread))
        app.changed()
        self.notify(f"{label} · u takes it back", timeout=3, markup=False)

    def on_screen_suspend(self) -> None:
        """Other screens are looked at now: what comes meanwhile is new."""
        self._left = timestamp()
        with self.companion.reporting():
            self.keep_wanted(self._left)

    def on_screen_resume(self, _event: ScreenResume) -> None:
        left, self._left = self._left, ""
        if left and now() - datetime.fromisoformat(left) > _AWAY:
            self.since = left
            self._new = new_since(self.companion.database, left)[0]
            self._tell()
        if self.current and self._opened:
            with self.companion.reporting():
                self._show_thread()

    def on_unmount(self) -> None:
        if self._opened:
            with self.companion.reporting():
                self.keep_wanted(self._left or timestamp())

    # Going there, and what can be done

    def on_rows_selected(self, _event: Rows.Selected) -> None:
        with self.companion.reporting():
            self._go(self.current)

    def _go(self, message: str) -> None:
        one = conversation(self.companion.database, self.current)
        if one is None:
            return
        if mark_read(self.companion.database, [one.facts.id]):
            self._stay = (*self._stay, one.facts.id)
            self.companion.changed()
        if one.facts.reading:
            self.companion.open_thread(one.facts.id, message)
        elif one.facts.lecture is not None:
            self.companion.open_lecture(one.facts.lecture)

    def action_side(self, step: int) -> None:
        """Into the conversation, or back to the list."""
        view = self.query_one(ThreadView)
        if step > 0 and view.current:
            self.add_class("-words")
            view.focus()
        else:
            self.query_one(ManyRows).focus()

    def on_descendant_focus(self) -> None:
        self.set_class(self.query_one(ThreadView).has_focus, "-words")
        self.refresh_bindings()

    def on_thread_view_asked(self, event: ThreadView.Asked) -> None:
        with self.companion.reporting():
            if event.action == "go":
                self._go(event.id)
            else:
                self.do_to(event.action, event.id)

    def ask(self, action: str) -> None:
        """Have something done to what the conversation under the cursor begins with."""
        if self.current:
            self.do_to(action, self.current)

    def action_answer(self) -> None:
        """Only a reply can be the answer: to the replies."""
        self.action_side(1)
        self.notify("Choose the reply that answers it, and press the key again.", timeout=4)

    def show_only(self, wanted: Wanted, thread: str = "") -> None:
        """List something else, with the cursor on a conversation."""
        self._begin_on = thread
        self.want(wanted)
        self.fill_line()
        self.query_one(ManyRows).focus()

    def action_confusion(self) -> None:
        """Show what confuses people in what is listed."""
        self.companion.open_confusion(self.wanted.reading or None, self.wanted.lecture)

    def action_score(self) -> None:
        """Show how she stands in the discussion of what is listed."""
        self.companion.open_score(self.wanted.reading or None, self.wanted.lecture)

    def action_new(self) -> None:
        """Write on a lecture, one of its topics, or a whole reading."""
        from cs229tui.tui.screens.on_topic import choose_and_write

        one = conversation(self.companion.database, self.current) if self.current else None
        choose_and_write(self.companion, one.facts.reading if one else "", self.wanted.lecture)
