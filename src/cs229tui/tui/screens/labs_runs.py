"""The runs in the tab Labs: filtered as one types, put in order, marked, stopped, deleted; a sweep opens and folds."""

from functools import partial
from pathlib import Path

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from cs229tui.amounts import counted
from cs229tui.labs import queue
from cs229tui.labs.life import look
from cs229tui.labs.removing import bring_back, remove
from cs229tui.labs.words import short
from cs229tui.library.run_history import SWEEP, Listing, SweepFacts, Wanted, next_order, places_in_queue
from cs229tui.library.runs import ALIVE, RunRecord, run, runs_of_sweep, save_run
from cs229tui.tui.screens import launching, run_filters
from cs229tui.tui.screens.labs_drawing import RUN_COLUMNS, Bench, run_rows
from cs229tui.tui.screens.tab import TabScreen
from cs229tui.tui.twice import Twice
from cs229tui.tui.widgets.columns import Row
from cs229tui.tui.widgets.many_rows import ManyRows
from cs229tui.tui.widgets.rows import Rows
from cs229tui.tui.widgets.typing import Line

WHILE_TYPING = 0.04
"""Seconds after the last letter until the list follows."""
_HINT = "lab, preset, state, lr=0.01, verdict:missed, sweep:, since:2d"


class RunHistory(TabScreen):
    """The list of runs, and what can be done to them."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = Wanted()
        self.marked: set[str] = set()
        self.bench = Bench()
        self.listing: Listing | None = None
        self._typing: Timer | None = None
        self.twice = Twice(self)

    def compose_history(self) -> ComposeResult:
        """The line that one types in, above the runs."""
        with Vertical(id="history", classes="panel"):
            yield Line(placeholder=_HINT, id="runs-typed")
            yield Static(id="runs-problem", markup=False)
            yield ManyRows(*RUN_COLUMNS, header=True, id="runs")

    @property
    def _file(self) -> Path:
        return self.companion.folders.data / "labs.json"

    @property
    def table(self) -> ManyRows:
        """The list of runs."""
        return self.query_one("#runs", ManyRows)

    def read_wanted(self) -> None:
        """What was listed when the program was left."""
        self.wanted = run_filters.read_kept(self._file)
        with self.prevent(Input.Changed):
            self.query_one("#runs-typed", Line).value = self.wanted.typed

    def keep_wanted(self) -> None:
        """Keep it for the next start."""
        run_filters.keep(self._file, self.wanted)

    # What is shown

    def list_runs(self, anew: bool = False) -> None:
        """List what is wanted; the cursor stays on its run, or begins at the top where the list is another."""
        table = self.table
        before = table.current
        listing = Listing(self.companion.database, self.wanted, {lab.name: lab.title for lab in self.bench.labs})
        self.listing = listing
        found = listing.find(before) if before else None
        table.empty = (
            "No run is like that: escape shows them all."
            if self.wanted.typed
            else "No run yet: press a lab's key, and its quick preset starts at once."
        )
        places = places_in_queue(self.companion.database)
        table.show_many(len(listing), partial(self._rows, listing, places), 0 if anew and found is None else found)
        self._tell(listing)

    def _rows(self, listing: Listing, places: dict[str, int], start: int, stop: int) -> list[Row]:
        marked = self.marked | {entry.sweep for entry in self._whole_sweeps(listing, start, stop)}
        return run_rows(listing.stretch(start, stop), self.bench, marked, self.wanted.open, places)

    def _whole_sweeps(self, listing: Listing, start: int, stop: int) -> list[SweepFacts]:
        """The sweeps of which a run is marked."""
        if not self.marked:
            return []
        heads = [entry for entry in listing.stretch(start, stop) if isinstance(entry, SweepFacts)]
        database = self.companion.database
        return [head for head in heads if any(one.id in self.marked for one in runs_of_sweep(database, head.sweep))]

    def _tell(self, listing: Listing) -> None:
        panel = self.query_one("#history")
        panel.border_title = Content(f"Runs · {run_filters.ORDERS[self.wanted.order]}")
        marked = f"{len(self.marked)} marked · " if self.marked else ""
        panel.border_subtitle = Content(f"{marked}{listing.count:,}{' found' if self.wanted.typed else ''}")
        problem = self.query_one("#runs-problem", Static)
        problem.display = bool(listing.problem)
        problem.update(Content(listing.problem))
        self.set_class(bool(self.wanted.typed), "-narrowed")

    # Narrowing and ordering

    def want(self, wanted: Wanted) -> None:
        """List something else."""
        self.wanted = wanted
        self.list_runs(anew=True)
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
            self.list_runs(anew=True)

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        self.table.focus()

    def action_narrow(self) -> None:
        """Type to narrow the runs."""
        self.add_class("-narrowed")
        self.query_one("#runs-typed", Line).focus()

    def action_order(self) -> None:
        """The next order of the runs."""
        self.want(replace(self.wanted, order=next_order(self.wanted.order)))

    @on(Rows.HeaderClicked, "#runs")
    def _header_clicked(self, event: Rows.HeaderClicked) -> None:
        order = run_filters.ORDERED_BY.get(RUN_COLUMNS[event.column].title)
        if order is not None:
            self.want(replace(self.wanted, order=order))

    def action_clear(self) -> None:
        """Show all runs again, take the marks away, and go back to the labs."""
        if self.query_one("#runs-typed", Line).has_focus:
            self.table.focus()
        if self.wanted.typed or self.marked:
            self.marked.clear()
            with self.prevent(Input.Changed):
                self.query_one("#runs-typed", Line).value = ""
            self.want(replace(self.wanted, typed=""))
        else:
            self.query_one("#labs", Rows).focus()

    @on(Rows.Selected, "#runs")
    def _run_selected(self, event: Rows.Selected) -> None:
        if event.key.startswith(SWEEP):
            sweep = event.key.removeprefix(SWEEP)
            opened = tuple(one for one in self.wanted.open if one != sweep)
            self.want(replace(self.wanted, open=opened if sweep in self.wanted.open else (*opened, sweep)))
        else:
            self.companion.open_run(event.key)

    def choose_run(self, key: str) -> None:
        """Put the cursor on a run, or on the row of a sweep; where it is not listed, all are."""
        at = self.listing.find(key) if self.listing else None
        if at is None:
            with self.prevent(Input.Changed):
                self.query_one("#runs-typed", Line).value = ""
            self.want(replace(self.wanted, typed=""))
            at = self.listing.find(key) if self.listing else None
        self.table.focus()
        if at is not None:
            self.table.go_to(at)

    # What can be done

    def chosen(self) -> list[RunRecord]:
        """The marked runs, else those under the cursor: one, or all of a folded sweep."""
        database = self.companion.database
        if self.marked:
            return [run(database, id) for id in sorted(self.marked)]
        key = self.table.current
        if key.startswith(SWEEP):
            return runs_of_sweep(database, key.removeprefix(SWEEP))
        return [run(database, key)] if key and key != "gone" else []

    def action_mark(self) -> None:
        """Mark the run under the cursor, or all of its sweep; again: no longer."""
        if not self.table.has_focus or not self.table.current:
            return
        key, database = self.table.current, self.companion.database
        sweep = key.removeprefix(SWEEP) if key.startswith(SWEEP) else ""
        ids = {one.id for one in runs_of_sweep(database, sweep)} if sweep else {key} - {"gone"}
        if ids <= self.marked:
            self.marked -= ids
        else:
            self.marked |= ids
        self.list_runs()
        self.table.action_cursor(1)

    def action_stop(self) -> None:
        """Stop the runs that are marked, the run under the cursor, or the lab's, when pressed twice."""
        going = self._to_stop()
        if not going:
            self.notify("No run is going on here.", timeout=3)
            return
        named = f"run {short(going[0].id)} of {going[0].lab}" if len(going) == 1 else counted(len(going), "run")
        if self.twice("stop" + "".join(one.id for one in going), f"Press s again to stop {named}."):
            for record in going:
                with self.companion.reporting():
                    launching.stop(self.companion, record)
            self.list_runs()

    def action_remove(self) -> None:
        """Delete the runs that are marked, or those under the cursor, with their folders, when pressed twice."""
        records = self.chosen() if self.marked or self.table.has_focus else []
        if not records:
            self.notify("Go to a run, or mark some, to delete them.", timeout=3)
            return
        named = f"run {short(records[0].id)}" if len(records) == 1 else counted(len(records), "run")
        if not self.twice("remove" + "".join(one.id for one in records), f"Press delete again to delete {named}."):
            return
        app = self.companion
        removed = remove(app.database, app.folders, records)
        app.push_undo(f"{named} deleted", lambda: bring_back(app.database, removed))
        self.marked.clear()
        app.changed()
        self.notify(f"Deleted {named} · u brings it back", timeout=4, markup=False)

    def action_start_now(self) -> None:
        """Start the runs that wait, marked or under the cursor, without regard to the limit."""
        waiting = [one for one in self.chosen() if one.state == "queued"]
        if not waiting:
            self.notify("Nothing waits in the queue here.", timeout=3)
            return
        app = self.companion
        for record in waiting:
            with app.reporting():
                queue.start_now(app.database, app.folders, app.settings, record)
        app.changed()

    def _to_stop(self) -> list[RunRecord]:
        if self.table.has_focus or self.marked:
            now = [look(record).record for record in self.chosen()]
            for record in now:
                save_run(self.companion.database, record)
            return [record for record in now if record.state in ALIVE]
        lab = self.query_one("#labs", Rows).current
        going = Listing(self.companion.database, Wanted()).stretch(0, 64)
        mine = [one for one in going if isinstance(one, RunRecord) and one.lab == lab and one.state in ALIVE]
        return mine[:1]
