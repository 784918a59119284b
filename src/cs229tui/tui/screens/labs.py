"""The tab Labs: the labs by lecture, each on its key, what they need, and the runs there have been."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.events import Key, ScreenResume
from textual.message import Message
from textual.widgets import Static

from cs229tui.errors import ReportableError
from cs229tui.labkit.spec import Value
from cs229tui.labs import warm
from cs229tui.labs.estimates import Past, past_runs
from cs229tui.labs.find import Lab, labs
from cs229tui.labs.needs import Need, labs_python, unmet
from cs229tui.labs.queue import refreshed
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import open_library
from cs229tui.library.runs import alive_runs, last_run
from cs229tui.tui.actions import bindings
from cs229tui.tui.screens import launching
from cs229tui.tui.screens.labs_drawing import LAB_COLUMNS, about, first_preset, lab_rows
from cs229tui.tui.screens.labs_runs import RunHistory
from cs229tui.tui.screens.predicting import start_predicted
from cs229tui.tui.widgets.rows import Rows

_LOOK_SECONDS = 1.0

Needs = Mapping[tuple[str, str], Need | None]


class LabsScreen(RunHistory):
    """The bench: one key starts a lab."""

    TAB: ClassVar[str] = "labs"
    CSS_PATH = "../styles/labs.tcss"
    AUTO_FOCUS = "#labs"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("labs")]

    @dataclass
    class Measured(Message):
        """What each lab's presets lack on this machine, and how its runs went here."""

        needs: Needs
        past: Mapping[str, Sequence[Past]]

    @dataclass
    class RunsChanged(Message):
        """Runs began or ended; the index says so by now."""

    def __init__(self) -> None:
        super().__init__()
        self._readings: Catalog = {}
        self._runs_folder = 0
        self._going = False
        self._refused = ""

    def compose_body(self) -> ComposeResult:
        with Container(id="bench"):
            found = Rows(*LAB_COLUMNS, id="labs", classes="panel", quiet=False)
            found.border_title = "Labs"
            found.border_subtitle = Content("key: quick run   enter: presets")
            found.empty = "There are no labs in this installation."
            yield found
            with VerticalScroll(id="lab", classes="panel", can_focus=False):
                yield Static(id="lab-text", markup=False)
        yield from self.compose_history()

    def on_mount(self) -> None:
        self.read_wanted()
        super().on_mount()
        self.query_one("#labs", Rows).focus()
        self._measure(list(self.bench.labs))
        self._watch_runs()
        self.set_interval(_LOOK_SECONDS, self._watch_runs)

    def refresh_data(self) -> None:
        """Show the labs and the runs as they are now."""
        database = self.companion.database
        before = self.bench.labs
        self.bench.labs = labs(self.companion.folders)
        last = {lab.name: last_run(database, lab.name) for lab in self.bench.labs}
        self.bench.last = {name: record for name, record in last.items() if record is not None}
        self._readings = self.companion.catalog()
        self._show_labs()
        self.list_runs()
        self._going = bool(alive_runs(database))
        if before and before != self.bench.labs:
            self._measure(list(self.bench.labs))

    def choose_lab(self, name: str) -> None:
        """Put the cursor on a lab."""
        found = self.query_one("#labs", Rows)
        found.focus()
        found.select(name)

    # What goes on behind the screen

    @work(thread=True, group="measure", exclusive=True)
    def _measure(self, found: list[Lab]) -> None:
        # Another Python is asked in a process of its own, and what runs needed is read in their folders: a moment.
        warm.start(self.companion.folders, self.companion.settings)
        python = labs_python(self.companion.settings)
        needs = {
            (lab.name, preset.name): unmet(preset, str(preset.parameters.get("device", "")), python)
            for lab in found
            if lab.spec
            for preset in lab.spec.presets.values()
        }
        try:
            with closing(open_library(self.companion.folders.database)) as database:
                past = {lab.name: past_runs(database, lab.name) for lab in found}
        except ReportableError as error:
            past = {}
            self.app.call_from_thread(self.companion.report, error)
        self.post_message(self.Measured(needs, past))

    @on(Measured)
    def _measured(self, message: Measured) -> None:
        self.bench.needs, self.bench.past = message.needs, message.past
        self._show_labs()

    def _watch_runs(self) -> None:
        """Look after the runs where there may be something new: one is going on, or there is another folder."""
        try:
            changed = self.companion.folders.runs.stat().st_mtime_ns
        except OSError:
            return
        if changed != self._runs_folder or self._going:
            self._runs_folder = changed
            self._refresh_runs()

    @work(thread=True, group="runs", exclusive=True)
    def _refresh_runs(self) -> None:
        try:
            with closing(open_library(self.companion.folders.database)) as database:
                if refreshed(database, self.companion.folders, self.companion.settings):
                    self.post_message(self.RunsChanged())
        except ReportableError as error:
            # Another program holds the library, perhaps: the runs are looked after again at the next look.
            self._runs_folder = 0
            if str(error) != self._refused:  # said once, not every second
                self._refused = str(error)
                self.app.call_from_thread(self.companion.report, error)

    @on(RunsChanged)
    def _runs_changed(self, _message: RunsChanged) -> None:
        self.companion.changed()
        self._measure(list(self.bench.labs))

    # What is shown

    def _show_labs(self) -> None:
        found = self.query_one("#labs", Rows)
        found.show(lab_rows(self.bench, self.companion.course, found.scrollable_content_region.height))
        self._show_lab()

    def _show_lab(self) -> None:
        lab = self._current_lab()
        pane = self.query_one("#lab")
        pane.border_title = Content(lab.title) if lab else Content()
        text = Content()
        if lab is not None:
            width = max(pane.scrollable_content_region.width, 20)
            judged = last_run(self.companion.database, lab.name, verdicts=True)
            text = about(self.bench, lab, self.companion.course, self._readings, judged, width)
        self.query_one("#lab-text", Static).update(text)

    def _current_lab(self) -> Lab | None:
        name = self.query_one("#labs", Rows).current
        return next((lab for lab in self.bench.labs if lab.name == name), None)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_labs)

    def on_screen_resume(self, event: ScreenResume) -> None:
        super().on_screen_resume(event)
        # What is beside it may have been drawn for a screen of another size.
        self.call_after_refresh(self._show_labs)

    # What can be done

    def on_key(self, event: Key) -> None:
        if event.key == "down" and self.query_one("#runs-typed").has_focus:
            event.stop()
            self.table.focus()
            return
        lab = next((lab for lab in self.bench.labs if lab.key and lab.key == event.character), None)
        if lab is not None:
            event.stop()
            self.query_one("#labs", Rows).select(lab.name)
            if lab.spec is not None:
                self.start(lab, first_preset(lab.spec), {})

    def start(self, lab: Lab, preset: str, changed: Mapping[str, Value]) -> None:
        """Start a run and show it."""
        app = self.companion
        need = self.bench.need(lab, preset)
        if need is not None or lab.error:
            self.notify(str(need or lab.error), severity="error", timeout=8, markup=False)
            return
        start_predicted(
            app,
            lab,
            lambda then: launching.start(app, lab, preset, changed, then),
            lambda record: app.open_run(record.id),
        )

    @on(Rows.Highlighted, "#labs")
    def _lab_highlighted(self) -> None:
        self._show_lab()

    @on(Rows.Selected, "#labs")
    def _lab_selected(self, event: Rows.Selected) -> None:
        lab = self._current_lab()
        if lab is None:
            return
        if lab.spec is None or lab.error:
            self.notify(lab.error, severity="error", timeout=8, markup=False)
            return
        from cs229tui.tui.screens.lab_form import LabForm

        self.app.push_screen(LabForm(lab, lab.spec, self.bench.needs or {}, self.bench.past.get(lab.name, ())))

    @on(Rows.Left)
    def _left(self, event: Rows.Left) -> None:
        if event.rows.id == "labs" and event.step > 0 and len(self.table.rows):
            self.table.focus()
        elif event.rows.id == "runs" and event.step < 0:
            (self.query_one("#runs-typed") if self.wanted.typed else self.query_one("#labs")).focus()

    def action_handout(self) -> None:
        """Read the lab's handout."""
        lab = self._current_lab()
        if lab is not None and lab.spec is not None and lab.handout.is_file():
            self.companion.open_reading(lab.reading)
        else:
            self.notify("This lab has no handout.", timeout=3)

    def action_compare(self) -> None:
        """Put the marked runs side by side, or those under the cursor, or the lab's last two."""
        from cs229tui.tui.screens.comparing import compare_runs

        lab = self._current_lab()
        records = self.chosen() if self.marked or self.table.has_focus else []
        compare_runs(self.companion, records, "" if records or lab is None else lab.name)

    def action_copy(self) -> None:
        """Copy the lab under the cursor to change it; open one of hers in the editor."""
        from cs229tui.tui.screens.comparing import copy_to_edit

        lab = self._current_lab()
        if lab is not None:
            copy_to_edit(self.companion, lab)

    def on_screen_suspend(self) -> None:
        with self.companion.reporting():
            self.keep_wanted()

    def on_unmount(self) -> None:
        if self._opened:
            with self.companion.reporting():
                self.keep_wanted()
