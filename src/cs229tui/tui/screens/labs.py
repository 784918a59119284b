"""The tab Labs: the labs by lecture, each on its key, what they need, and the runs there have been."""

import textwrap
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import Static

from cs229tui.clock import now
from cs229tui.errors import ReportableError
from cs229tui.labs.find import Lab, labs
from cs229tui.labs.history import look, refresh, seconds_of
from cs229tui.labs.needs import Need, labs_python, unmet
from cs229tui.labs.words import duration, minutes, short, tally
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import open_library
from cs229tui.library.runs import ALIVE, RunRecord, run, runs, save_run
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import ago, muted
from cs229tui.tui.screens import launching
from cs229tui.tui.screens.tab import TabScreen
from cs229tui.tui.widgets.rows import Column, Row, Rows
from cs229tui.tui.widgets.run_parts import state_word, verdict_sign

_LOOK_SECONDS = 1.0
_TWICE_SECONDS = 3.0
_MOST_RUNS = 500

Needs = Mapping[tuple[str, str], Need | None]


class LabsScreen(TabScreen):
    """The bench: one key starts a lab."""

    TAB: ClassVar[str] = "labs"
    CSS_PATH = "../styles/labs.tcss"
    AUTO_FOCUS = "#labs"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("labs")]

    @dataclass
    class NeedsKnown(Message):
        """What each lab's presets lack on this machine."""

        needs: Needs

    @dataclass
    class RunsChanged(Message):
        """Runs began or ended; the index says so by now."""

    def __init__(self) -> None:
        super().__init__()
        self.labs: list[Lab] = []
        self.records: list[RunRecord] = []
        self._needs: Needs | None = None
        self._readings: Catalog = {}
        self._pressed: tuple[str, float] = ("", 0.0)
        self._runs_folder = 0

    def compose_body(self) -> ComposeResult:
        with Container(id="bench"):
            found = Rows(Column(), Column(flex=True), Column(right=True), id="labs", classes="panel", quiet=False)
            found.border_title = "Labs"
            found.border_subtitle = Content("key: quick run   enter: presets")
            found.empty = "There are no labs in this installation."
            yield found
            with VerticalScroll(id="lab", classes="panel", can_focus=False):
                yield Static(id="lab-text", markup=False)
        columns = (
            Column("run"),
            Column("lab", most=18, flex=True),
            Column("preset", most=12),
            Column("state", most=12),
            Column("claims", most=7),
            Column("took", right=True, drop=2),
            Column("started", right=True, drop=1),
            Column("changed", most=34, drop=3),
        )
        history = Rows(*columns, id="runs", classes="panel", header=True)
        history.border_title = "Runs"
        history.empty = "No run yet: press a lab's key, and its quick preset starts at once."
        yield history

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#labs", Rows).focus()
        self._check_needs(list(self.labs))
        self._watch_runs()
        self.set_interval(_LOOK_SECONDS, self._watch_runs)

    def refresh_data(self) -> None:
        """Show the labs and the runs as they are now."""
        self.labs = labs(self.companion.folders)
        self.records = runs(self.companion.database, limit=_MOST_RUNS)
        self._readings = self.companion.catalog()
        self.query_one("#labs", Rows).show(self._lab_rows())
        self._show_runs()
        self._show_lab()

    def choose_lab(self, name: str) -> None:
        """Put the cursor on a lab."""
        found = self.query_one("#labs", Rows)
        found.focus()
        found.select(name)

    # What goes on behind the screen

    @work(thread=True, group="needs", exclusive=True)
    def _check_needs(self, found: list[Lab]) -> None:
        # Another Python is asked in a process of its own, which takes a moment.
        python = labs_python(self.companion.settings)
        needs = {
            (lab.name, preset.name): unmet(preset, str(preset.parameters.get("device", "")), python)
            for lab in found
            if lab.spec
            for preset in lab.spec.presets.values()
        }
        self.post_message(self.NeedsKnown(needs))

    @on(NeedsKnown)
    def _needs_known(self, message: NeedsKnown) -> None:
        self._needs = message.needs
        self.query_one("#labs", Rows).show(self._lab_rows())
        self._show_lab()

    def _watch_runs(self) -> None:
        """Look after the runs where there may be something new: one is going on, or there is another folder."""
        try:
            changed = self.companion.folders.runs.stat().st_mtime_ns
        except OSError:
            return
        if changed != self._runs_folder or any(record.state in ALIVE for record in self.records):
            self._runs_folder = changed
            self._refresh_runs()

    @work(thread=True, group="runs", exclusive=True)
    def _refresh_runs(self) -> None:
        try:
            with closing(open_library(self.companion.folders.database)) as database:
                if refresh(database, self.companion.folders):
                    self.post_message(self.RunsChanged())
        except ReportableError as error:
            # Another program holds the library, perhaps: the runs are looked after again at the next look.
            self._runs_folder = 0
            self.app.call_from_thread(self.companion.report, error)

    @on(RunsChanged)
    def _runs_changed(self, _message: RunsChanged) -> None:
        self.companion.changed()

    # What is shown

    def _lab_rows(self) -> list[Row]:
        rows: list[Row] = []
        for number, group in groupby(self.labs, key=lambda lab: lab.lecture):
            lecture = self.companion.course.lecture(number)
            title = f"Lecture {number} · {lecture.title}" if lecture else "Not of a lecture"
            if rows:
                rows.append(Row("", (Content(),)))
            rows.append(Row("", (muted(title),)))
            rows += [Row(lab.name, self._lab_cells(lab)) for lab in group]
        return rows

    def _lab_cells(self, lab: Lab) -> tuple[Content, ...]:
        if lab.spec is None:
            return Content.styled("!", "$error"), Content(lab.name), Content.styled("broken", "$error")
        key = Content.styled(f"[{lab.key}]" if lab.key else "   ", "bold $primary")
        last = self._last(lab)
        if last is None:
            standing = muted(minutes(next(iter(lab.spec.presets.values()))))
        elif last.state in ALIVE:
            standing = state_word(last.state)
        else:
            standing = self._tally(last)
        own = " (yours)" if lab.own else ""
        return key, Content.assemble(lab.title, muted(own)), standing

    def _tally(self, record: RunRecord) -> Content:
        words = tally(record.verdicts)
        if not words or record.state != "done":
            return state_word(record.state)
        return Content.styled(words, "$success" if words.startswith("✓") else "$error")

    def _last(self, lab: Lab) -> RunRecord | None:
        return next((record for record in self.records if record.lab == lab.name), None)

    def _show_runs(self) -> None:
        titles = {lab.name: lab.title for lab in self.labs}
        self.query_one("#runs", Rows).show([self._run_row(record, titles) for record in self.records])

    def _run_row(self, record: RunRecord, titles: Mapping[str, str]) -> Row:
        seconds = seconds_of(record)
        alive = record.state in ALIVE
        state = state_word(look(record).word if alive else record.state)
        cells = (
            muted(short(record.id)[:12]),
            Content(titles.get(record.lab, record.lab)),
            Content(record.preset),
            state,
            Content(tally(record.verdicts)),
            muted("" if seconds is None else duration(seconds)),
            muted(ago(record.started, now())),
            muted(self._changed_values(record)),
        )
        return Row(record.id, cells)

    def _changed_values(self, record: RunRecord) -> str:
        lab = next((lab for lab in self.labs if lab.name == record.lab), None)
        if lab is None or lab.spec is None or record.preset not in lab.spec.presets:
            return ""
        usual = lab.spec.values(record.preset)
        return "  ".join(
            f"{name}={value}" for name, value in record.parameters.items() if name in usual and value != usual[name]
        )

    def _show_lab(self) -> None:
        lab = self._current_lab()
        pane = self.query_one("#lab")
        pane.border_title = Content(lab.title) if lab else Content()
        self.query_one("#lab-text", Static).update(self._about(lab) if lab else Content())

    def _about(self, lab: Lab) -> Content:
        if lab.spec is None:
            return Content.assemble(Content.styled("This lab cannot run.\n", "$error"), lab.error)
        width = max(self.query_one("#lab").scrollable_content_region.width, 20)
        lines = _hanging(Content(), lab.spec.summary, width)
        lines.append(Content())
        lacking: list[Need] = []
        for preset in lab.spec.presets.values():
            need = self._needs.get((lab.name, preset.name)) if self._needs else None
            sign = Content(" ") if need is None else Content.styled("✗", "$warning")
            name = Content.styled(f" {preset.name:<9}", "bold" if need is None else "$text-muted")
            head = Content.assemble(sign, name, muted(f"{minutes(preset):<9}"))
            lines += _hanging(head, preset.help, width)
            if need is not None and need not in lacking:
                lacking.append(need)
        for need in lacking:
            lines += _hanging(Content.styled("✗ ", "$warning"), str(need), width, "$warning")
        last = next((one for one in self.records if one.lab == lab.name and one.verdicts), None)
        lines += [Content(), muted("claims" if last is None else f"claims, and the verdicts of run {short(last.id)}")]
        verdicts = {entry.get("id"): entry.get("verdict") for entry in last.verdicts} if last else {}
        for claim in lab.spec.claims:
            sign = verdict_sign(verdicts[claim.id]) if claim.id in verdicts else muted("·")
            lines += _hanging(Content.assemble(sign, " "), claim.text, width, "")
        names = [self._readings[id].short if id in self._readings else id for id in lab.spec.readings]
        if names:
            lines += [Content(), *_hanging(muted("from "), " · ".join(names), width, "$text-muted")]
        return Content("\n").join(lines)

    def _current_lab(self) -> Lab | None:
        name = self.query_one("#labs", Rows).current
        return next((lab for lab in self.labs if lab.name == name), None)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_lab)

    # What can be done

    def on_key(self, event: Key) -> None:
        lab = next((lab for lab in self.labs if lab.key and lab.key == event.character), None)
        if lab is not None:
            event.stop()
            self.query_one("#labs", Rows).select(lab.name)
            quick = lab.spec.presets.get("quick") if lab.spec else None
            first = next(iter(lab.spec.presets.values())) if lab.spec else None
            preset = quick or first
            if preset is not None:
                launching.start(self.companion, lab, preset.name, {}, lambda record: self.companion.open_run(record.id))

    @on(Rows.Highlighted, "#labs")
    def _lab_highlighted(self) -> None:
        self._show_lab()

    @on(Rows.Selected, "#labs")
    def _lab_selected(self, event: Rows.Selected) -> None:
        lab = self._current_lab()
        if lab is None:
            return
        if lab.spec is None:
            self.notify(lab.error, severity="error", timeout=8, markup=False)
            return
        from cs229tui.tui.screens.lab_form import LabForm

        self.app.push_screen(LabForm(lab, lab.spec, self._needs or {}))

    @on(Rows.Selected, "#runs")
    def _run_selected(self, event: Rows.Selected) -> None:
        self.companion.open_run(event.key)

    @on(Rows.Left)
    def _left(self, event: Rows.Left) -> None:
        if event.rows.id == "labs" and event.step > 0 and self.records:
            self.query_one("#runs", Rows).focus()
        elif event.rows.id == "runs" and event.step < 0:
            self.query_one("#labs", Rows).focus()

    def action_handout(self) -> None:
        """Read the lab's handout."""
        lab = self._current_lab()
        if lab is not None and lab.spec is not None and lab.handout.is_file():
            self.companion.open_reading(lab.reading)
        else:
            self.notify("This lab has no handout.", timeout=3)

    def action_stop(self) -> None:
        """Stop the run under the cursor, or the lab's, when pressed twice."""
        record = self._run_to_stop()
        if record is None:
            self.notify("No run is going on here.", timeout=3)
            return
        pressed, when = self._pressed
        self._pressed = (record.id, time.monotonic())
        if pressed != record.id or time.monotonic() - when > _TWICE_SECONDS:
            text = f"Press s again to stop run {short(record.id)} of {record.lab}."
            self.notify(text, timeout=_TWICE_SECONDS, markup=False)
            return
        launching.stop(self.companion, record)
        self._show_runs()

    def _run_to_stop(self) -> RunRecord | None:
        history = self.query_one("#runs", Rows)
        if history.has_focus and history.current:
            record = look(run(self.companion.database, history.current)).record
            save_run(self.companion.database, record)
            return record if record.state in ALIVE else None
        lab = self._current_lab()
        return next((one for one in self.records if lab and one.lab == lab.name and one.state in ALIVE), None)


def _hanging(head: Content, text: str, width: int, style: str = "") -> list[Content]:
    """`text` behind `head`, its other lines as far in as the first."""
    room = max(width - head.cell_length, 12)
    lines = textwrap.wrap(text, room) or [""]
    first = Content.assemble(head, (lines[0], style))
    return [first, *(Content.assemble(" " * head.cell_length, (line, style)) for line in lines[1:])]
