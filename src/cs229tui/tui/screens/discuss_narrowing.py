"""What narrows and orders the list of conversations: typing, filters that combine, chips that go away with a click."""

from functools import partial
from pathlib import Path
from typing import get_args

from msgspec.structs import replace
from textual.events import Key
from textual.timer import Timer
from textual.widgets import Input

from cs229tui.library.discussion import Order, Standing, Wanted
from cs229tui.tui.screens import discuss_filters as filters
from cs229tui.tui.screens.tab import TabScreen
from cs229tui.tui.widgets.chips import Chips
from cs229tui.tui.widgets.many_rows import ManyRows
from cs229tui.tui.widgets.rows import Rows

WHILE_TYPING = 0.04
"""Seconds after the last letter until the list follows."""
_ASKS = {
    "lecture": "Only what belongs to this lecture",
    "reading": "Only what is on this reading",
    "person": "Only where this person took part",
    "tag": "Only what has this tag",
    "kind": "Only these",
    "views": "Only these, too",
}


class Narrowing(TabScreen):
    """A list of what is `wanted`; one that only `visits` is left with escape, and nothing of it is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.visiting = False
        self.wanted = Wanted()
        self.since = ""
        self._typing: Timer | None = None

    def list_anew(self) -> None:
        """List what is wanted now."""
        raise NotImplementedError

    @property
    def _file(self) -> Path:
        return self.companion.folders.data / "discuss.json"

    def keep_wanted(self, seen: str = "") -> None:
        """Keep it for the next start, and when Discuss was `seen` last."""
        if not self.visiting:
            filters.keep(self._file, filters.Kept(self.wanted, seen or self.since))

    def fill_line(self) -> None:
        """Let the line say what is wanted."""
        with self.prevent(Input.Changed):
            self.query_one(Input).value = self.wanted.typed

    def want(self, wanted: Wanted) -> None:
        """List something else."""
        self.wanted = wanted
        self.list_anew()
        self.keep_wanted()

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(WHILE_TYPING, partial(self._typed, event.value))

    def _typed(self, text: str) -> None:
        self._typing = None
        with self.companion.reporting():
            # Kept when she leaves: a file for every letter would be slow.
            self.wanted = replace(self.wanted, typed=text)
            self.list_anew()

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
                self.want(replace(self.wanted, typed=""))
            table.focus()
        elif self.visiting:
            self.dismiss()
            return
        else:
            self.want(Wanted(order=self.wanted.order))
        self.fill_line()

    def action_view(self, step: int) -> None:
        """The next list, or the one before."""
        self.want(filters.next_view(self.wanted, step))

    def action_order(self) -> None:
        """The next order."""
        order = get_args(Order)
        self.want(replace(self.wanted, order=order[(order.index(self.wanted.order) + 1) % len(order)]))

    def action_standing(self) -> None:
        """Only open, answered or resolved ones, or all."""
        order: list[Standing | None] = [None, *get_args(Standing)]
        self.want(replace(self.wanted, standing=order[(order.index(self.wanted.standing) + 1) % len(order)]))

    def action_circle(self) -> None:
        """Only the conversations of her circle, or all."""
        self.want(replace(self.wanted, circle=not self.wanted.circle))

    def action_drop(self) -> None:
        """Take the last filter away."""
        shown = self.query_one(Chips).chips
        if shown:
            self.want(filters.without(self.wanted, shown[-1][0]))
        elif self.wanted.typed:
            self.want(replace(self.wanted, typed=""))
            self.fill_line()

    def on_chips_taken(self, event: Chips.Taken) -> None:
        self.want(filters.without(self.wanted, event.chip))

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
                self.want(filters.chosen(self.wanted, field, value))

        self.app.push_screen(Pick(_ASKS[field], found, shown, any_label="all"), narrow)
