"""The tab Discuss: all conversations of the course in one list, and the one under the cursor whole."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar, get_args

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.events import Key, ScreenResume
from textual.timer import Timer
from textual.widgets import Input, Static

from cs229tui.amounts import counted
from cs229tui.clock import now, timestamp
from cs229tui.library.discussion import (
    Around,
    Conversation,
    Listing,
    Order,
    Standing,
    Wanted,
    conversation,
    listed_ids,
    mark_read,
    mark_unread,
    new_since,
    take_apart,
)
from cs229tui.library.people import me, people
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.messages import when
from cs229tui.tui.screens import discuss_filters as filters
from cs229tui.tui.screens.answering import Answering
from cs229tui.tui.screens.discuss_drawing import COLUMNS, GONE, Whole, row
from cs229tui.tui.screens.discuss_empty import help_for, nothing
from cs229tui.tui.screens.tab import TabScreen
from cs229tui.tui.widgets.chips import Chips
from cs229tui.tui.widgets.columns import Row
from cs229tui.tui.widgets.many_rows import ManyRows
from cs229tui.tui.widgets.rows import Rows
from cs229tui.tui.widgets.thread_view import ThreadView
from cs229tui.tui.widgets.typing import Line

WHILE_TYPING = 0.04
"""Seconds after the last letter until the list follows."""
READ_AFTER = 0.8
"""Seconds a conversation must be shown until it counts as read."""
_AWAY = timedelta(minutes=30)
# What can be done to a message can be done on the list, too: to what the conversation begins with.
_ALSO_ON_THE_LIST = {
    f"thread.{name}"
    for name in ("reply", "edit", "remove", "resolve", "upvote", "me_too", "answer", "follow", "history", "links")
}
_ASKS = {
    "lecture": "Only what belongs to this lecture",
    "reading": "Only what is on this reading",
    "person": "Only where this person took part",
    "tag": "Only what has this tag",
    "kind": "Only these",
    "views": "Only these, too",
}


class DiscussScreen(Answering, TabScreen):
    """The list, and beside or below it the conversation under the cursor.

    With `wanted` it is opened from elsewhere: then escape goes back there, and what it lists is not kept. `thread` is
    the conversation that the cursor begins on.
    """

    TAB: ClassVar[str] = "discuss"
    CSS_PATH = "../styles/discuss.tcss"
    AUTO_FOCUS = "#table"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("discuss"),
        *(binding for binding in bindings("thread") if binding.id in _ALSO_ON_THE_LIST),
    ]

    def __init__(self, wanted: Wanted | None = None, thread: str = "") -> None:
        super().__init__()
        self.visiting = wanted is not None
        self.wanted = wanted or Wanted()
        self.since = ""
        self._begin_on = thread
        self._left = ""
        self._typing: Timer | None = None
        self._reading: Timer | None = None
        self._stay: tuple[str, ...] = ()
        self._me = ""

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
        self._fill_line()
        super().on_mount()
        self.query_one(ManyRows).focus()

    @property
    def _file(self) -> Path:
        return self.companion.folders.data / "discuss.json"

    def _keep(self, seen: str = "") -> None:
        if not self.visiting:
            filters.keep(self._file, filters.Kept(self.wanted, seen or self.since))

    def _fill_line(self) -> None:
        with self.prevent(Input.Changed):
            self.query_one(Input).value = self.wanted.typed

    # What is shown

    def refresh_data(self) -> None:
        self._me = me(self.companion.database)
        self._list()

    def _list(self, anew: bool = False) -> None:
        """List what is wanted; the cursor stays on its conversation, or begins at the top where the list is another."""
        self._typing = None
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
        if not words:
            return []
        every = self.companion.catalog().items()
        return [
            id for id, one in every if words in one.short.casefold() or words in one.title.casefold() or words == id
        ]

    def _rows(self, start: int, stop: int) -> list[Row]:
        catalog, own = self.companion.catalog(), self._me
        found = []
        for one in self.listing.stretch(start, stop):
            reading = catalog.get(one.facts.reading) if one else None
            found.append(row(one, reading.short if reading else one.facts.reading, own) if one else GONE)
        return found

    def _tell(self) -> None:
        """How many there are, in which order, how many are new; and the chips."""
        app, wanted = self.companion, self.wanted
        new = new_since(app.database, "")[0]
        since, _ = new_since(app.database, self.since) if self.since else (0, 0)
        parts = [f"{'the newest of ' if self.listing.cut else ''}{len(self.listing):,}"]
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
            self._keep(self._left)

    def on_screen_resume(self, _event: ScreenResume) -> None:
        left, self._left = self._left, ""
        if left and now() - datetime.fromisoformat(left) > _AWAY:
            self.since = left
        if self.current and self._opened:
            with self.companion.reporting():
                self._show_thread()

    def on_unmount(self) -> None:
        if self._opened:
            with self.companion.reporting():
                self._keep(self._left or timestamp())

    # Narrowing

    def _want(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self._stay = ()
        self._list(anew=True)
        self._keep()

    def show_only(self, wanted: Wanted, thread: str = "") -> None:
        """List something else, with the cursor on a conversation."""
        self._begin_on = thread
        self._want(wanted)
        self._fill_line()
        self.query_one(ManyRows).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(WHILE_TYPING, partial(self._typed, event.value))

    def _typed(self, text: str) -> None:
        with self.companion.reporting():
            self._want(replace(self.wanted, typed=text))

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        self.query_one(ManyRows).focus()

    def on_key(self, event: Key) -> None:
        if event.key == "down" and self.query_one(Input).has_focus:
            self.query_one(ManyRows).focus()
            event.stop()

    def on_rows_left(self, event: Rows.Left) -> None:
        if event.step < 0 and self.wanted.typed:
            self.query_one(Input).focus()

    def action_narrow(self) -> None:
        """Type to narrow the list."""
        self.query_one(Input).focus()

    def action_clear(self) -> None:
        """To the list; from there back to where one came from, or everything again."""
        table, line = self.query_one(ManyRows), self.query_one(Input)
        if not table.has_focus:
            if line.has_focus and line.value:
                self._want(replace(self.wanted, typed=""))
            table.focus()
        elif self.visiting:
            self.dismiss()
            return
        else:
            self._want(Wanted(order=self.wanted.order))
        self._fill_line()

    def action_view(self, step: int) -> None:
        """The next list, or the one before."""
        self._want(filters.next_view(self.wanted, step))

    def action_order(self) -> None:
        """The next order."""
        order = get_args(Order)
        self._want(replace(self.wanted, order=order[(order.index(self.wanted.order) + 1) % len(order)]))

    def action_standing(self) -> None:
        """Only open, answered or resolved ones, or all."""
        order: list[Standing | None] = [None, *get_args(Standing)]
        self._want(replace(self.wanted, standing=order[(order.index(self.wanted.standing) + 1) % len(order)]))

    def action_circle(self) -> None:
        """Only the conversations of her circle, or all."""
        self._want(replace(self.wanted, circle=not self.wanted.circle))

    def action_drop(self) -> None:
        """Take the last filter away."""
        shown = self.query_one(Chips).chips
        if shown:
            self._want(filters.without(self.wanted, shown[-1][0]))
        elif self.wanted.typed:
            self._want(replace(self.wanted, typed=""))
            self._fill_line()

    def on_chips_taken(self, event: Chips.Taken) -> None:
        self._want(filters.without(self.wanted, event.chip))

    def action_pick(self, field: str) -> None:
        """Choose what to filter by."""
        from cs229tui.tui.screens.pick import Pick

        app = self.companion
        own = app.settings.author
        found = filters.options(field, self.wanted, app.database, app.course, app.catalog(), own)
        if not found:
            self.notify("There is nothing to choose from yet.", timeout=3)
            return
        current = getattr(self.wanted, field)
        shown = str(current) if current not in ("", None, ()) and field != "views" else None

        def narrow(value: str | None) -> None:
            if value is not None:
                self._want(filters.chosen(self.wanted, field, value))

        self.app.push_screen(Pick(_ASKS[field], found, shown, any_label="all"), narrow)

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

    def _to_root(self, action: str) -> None:
        if self.current:
            self.do_to(action, self.current)

    def action_reply(self) -> None:
        """Answer what the conversation begins with."""
        self._to_root("reply")

    def action_edit(self) -> None:
        """Change it."""
        self._to_root("edit")

    def action_remove(self) -> None:
        """Delete it."""
        self._to_root("remove")

    def action_resolve(self) -> None:
        """Close the conversation, or open it again."""
        self._to_root("resolve")

    def action_upvote(self) -> None:
        """Upvote it."""
        self._to_root("upvote")

    def action_me_too(self) -> None:
        """Have this question too."""
        self._to_root("me_too")

    def action_answer(self) -> None:
        """Only a reply can be the answer: to the replies."""
        self.action_side(1)
        self.notify("Choose the reply that answers it, and press the key again.", timeout=4)

    def action_follow(self) -> None:
        """Follow the conversation, or no longer."""
        self._to_root("follow")

    def action_history(self) -> None:
        """Show what it said before."""
        self._to_root("history")

    def action_links(self) -> None:
        """Open what it links to."""
        self._to_root("links")

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
