"""One run of a lab: live while it goes on, and as it was when it is over."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from cs229tui.errors import LabError, ReportableError
from cs229tui.labkit.events import Event, Text
from cs229tui.labs import launch
from cs229tui.labs.find import Lab, lab_named
from cs229tui.labs.history import Life, look
from cs229tui.labs.watch import Follower, RunView, log_tail
from cs229tui.labs.words import meaning, score
from cs229tui.library.catalog import Catalog
from cs229tui.library.runs import RunRecord, run, save_run
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted
from cs229tui.tui.screens import launching
from cs229tui.tui.screens.tab import LibraryScreen
from cs229tui.tui.widgets.chart_wall import ChartWall
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.run_parts import Claims, RunHeader, texts_shown

_DRAW_SECONDS = 0.1
_LOOK_SECONDS = 0.5
_TWICE_SECONDS = 3.0
_AT_ONCE = 2000  # events
_TAKEN_SECONDS = 1.0


class RunScreen(LibraryScreen):
    """Watches the run with that id (or the beginning of one)."""

    CSS_PATH = ["../styles/run.tcss", "../styles/chart.tcss"]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("run")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-short"), (32, "-tall")]  # noqa: RUF012

    @dataclass
    class Heard(Message):
        """The run wrote events, or its life changed; `whole` says that everything written so far has been read."""

        events: Sequence[Event]
        life: Life
        whole: bool

    def __init__(self, run: str) -> None:
        super().__init__()
        self.run_id = run
        self.record: RunRecord | None = None
        self.lab: Lab | None = None
        self.life: Life | None = None
        self.view = RunView()
        self.whole = False
        self._readings: Catalog = {}
        self._dirty = False
        self._taken = threading.Event()
        self._newest: Text | None = None
        self._told = ("", "")
        self._pressed: tuple[str, float] = ("", 0.0)

    def compose(self) -> ComposeResult:
        yield RunHeader(id="run-header")
        yield Static(id="run-note", markup=False)
        yield Static(id="run-outcome", markup=False)
        yield ChartWall(id="run-charts")
        with VerticalScroll(id="run-texts", classes="panel") as texts:
            texts.border_title = "samples"
            yield Static(id="run-text", markup=False)
        with VerticalScroll(id="run-claims", classes="panel") as claims:
            claims.border_title = "claims"
            yield Claims(id="claims")
        yield KeyLine()

    def on_mount(self) -> None:
        self._readings = self.companion.catalog()
        try:
            self.record = run(self.companion.database, self.run_id)
        except ReportableError as error:
            self.companion.report(error)
            self.call_after_refresh(self.action_back)
            return
        try:
            self.lab = lab_named(self.companion.folders, self.record.lab)
        except ReportableError:
            self.lab = None  # a lab that is gone: its run can still be looked at
        self.life = look(self.record)
        self._follow(self.record)
        self.set_interval(_DRAW_SECONDS, self._draw)
        self.set_interval(1.0, self._tick)
        self._draw(force=True)

    @work(thread=True, group="follow", exclusive=True)
    def _follow(self, record: RunRecord) -> None:
        worker = get_current_worker()
        follower = Follower(Path(record.folder))
        life, looked, told = look(record), time.monotonic(), ""
        while not worker.is_cancelled:
            events = follower.next()
            over = not life.alive
            if time.monotonic() - looked > _LOOK_SECONDS or any(event.kind == "end" for event in events):
                life, looked = look(record), time.monotonic()
            standing = f"{life.word} {life.silent // 5 if life.word == 'silent' else 0}"
            # A long run is taken in piece by piece, each when the one before is done, so that keys are answered.
            for at in range(0, len(events), _AT_ONCE):
                self._taken.clear()
                self.post_message(self.Heard(events[at : at + _AT_ONCE], life, whole=False))
                self._taken.wait(_TAKEN_SECONDS)
                if worker.is_cancelled:
                    return
            if not events and (standing != told or over):
                self.post_message(self.Heard((), life, whole=True))
                told = standing
            if over and not events:
                return
            if not events:
                time.sleep(_DRAW_SECONDS)

    @on(Heard)
    def _heard(self, message: Heard) -> None:
        self.view.fold(message.events)
        self._taken.set()
        self.whole = self.whole or message.whole
        before, self.life = self.life, message.life
        self._dirty = True
        after = message.life.record
        if after != self.record or (before is not None and after != before.record):
            self.record = after
            with self.companion.reporting():
                save_run(self.companion.database, after)
                self.companion.changed()

    def _tick(self) -> None:
        if self.life is not None and self.life.alive and self.is_current:
            self._header(self.life)

    def _draw(self, force: bool = False) -> None:
        if not (self._dirty or force) or self.life is None or self.record is None or not self.is_current:
            return
        self._dirty = False
        spec = self.lab.spec if self.lab else None
        self._header(self.life)
        self._words(self.life)
        self.query_one(ChartWall).show(self.view.panels(spec), self.view.series)
        claims = self.query_one(Claims)
        claims.show(spec, self.record.preset, self.view, self.life.alive, self._readings)
        self._texts()
        if not self.life.alive and self.whole:
            self.query_one("#run-claims").border_subtitle = Content(score(self.view.verdicts.values()))

    def _header(self, life: Life) -> None:
        spec = self.lab.spec if self.lab else None
        title = self.lab.title if self.lab else life.record.lab
        preset = spec.presets.get(life.record.preset) if spec else None
        self.query_one(RunHeader).show(title, life, self.view, preset.minutes if preset else None)

    def _words(self, life: Life) -> None:
        note = self.query_one("#run-note", Static)
        note.display = bool(self.view.notes)
        if self.view.notes:
            note.update(muted(" · ".join(reversed(self.view.notes))))
        outcome = self.query_one("#run-outcome", Static)
        record = life.record
        bad = record.state in ("failed", "lost")
        said = record.reason
        if record.state == "done" and self.whole:
            said = meaning(self.lab.spec if self.lab else None, self.view.verdicts, record.state)
        if (record.state, said) == self._told:
            return
        self._told = (record.state, said)
        outcome.display = bool(said)
        last = log_tail(Path(record.folder), 4096).split("\n")[-4:] if bad else []
        outcome.update(Content("\n".join([said, *last]).rstrip()))
        outcome.set_class(bad, "-bad")

    def _texts(self) -> None:
        pane = self.query_one("#run-texts")
        pane.display = bool(self.view.texts)
        self.set_class(not self.view.texts, "-wordless")
        newest = self.view.texts[-1] if self.view.texts else None
        if newest is not None and newest is not self._newest:
            self._newest = newest
            self.query_one("#run-text", Static).update(texts_shown(list(self.view.texts)))

    # What can be done

    def _twice(self, what: str, text: str) -> bool:
        """Whether a key was pressed for the second time; the first time, say what the second does."""
        pressed, when = self._pressed
        self._pressed = (what, time.monotonic())
        if pressed == what and time.monotonic() - when < _TWICE_SECONDS:
            self._pressed = ("", 0.0)
            return True
        self.notify(text, timeout=_TWICE_SECONDS, markup=False)
        return False

    def action_pause(self) -> None:
        """Let the run wait, or go on."""
        record = self._alive()
        if launch.paused(record):
            launch.resume(record)
        else:
            launch.pause(record)
        self._look_again(record)

    def action_stop(self) -> None:
        """Stop the run, when pressed twice."""
        record = self._alive()
        if self.life is not None and self.life.stopping:
            launching.stop(self.companion, record, grace=0.0)
        elif self._twice("stop", "Press x again to stop the run; it writes its verdicts so far."):
            launching.stop(self.companion, record)
            self._look_again(record)

    def action_again(self) -> None:
        """Start the run anew; one that still goes is stopped first, when pressed twice."""
        record = self.record
        if record is None:
            return
        if self.life is not None and self.life.alive:
            if self._twice("again", "Press r again to stop this run and start it anew."):
                launching.stop(self.companion, record, then=lambda: self._start_again(record))
            return
        self._start_again(record)

    def _start_again(self, record: RunRecord) -> None:
        launching.start_again(self.companion, record, self._show_instead)

    def _show_instead(self, record: RunRecord) -> None:
        if self.is_current:
            self.app.switch_screen(RunScreen(record.id))

    def action_log(self) -> None:
        """Show what the run printed."""
        from cs229tui.tui.screens.run_log import RunLogScreen

        if self.record is not None:
            title = self.lab.title if self.lab else self.record.lab
            self.app.push_screen(RunLogScreen(f"{title} · run {self.record.id[:4]}", Path(self.record.folder)))

    def action_handout(self) -> None:
        """Read the lab's handout."""
        if self.lab is not None and self.lab.handout.is_file():
            self.companion.open_reading(self.lab.reading)
        else:
            self.notify("This lab has no handout.", timeout=3)

    def action_axis(self) -> None:
        """Change the axis of the plots."""
        for chart in self.query_one(ChartWall).charts:
            chart.toggle_log()

    def action_zoom(self, step: int) -> None:
        """Show half or twice as many steps."""
        for chart in self.query_one(ChartWall).charts:
            chart.zoom_by(step)

    def action_plots(self, step: int) -> None:
        """Show other plots."""
        self.query_one(ChartWall).turn(step)

    def action_back(self) -> None:
        """Leave the run as it is."""
        self.dismiss()

    def _look_again(self, record: RunRecord) -> None:
        self.life = look(record)
        self._header(self.life)

    def _alive(self) -> RunRecord:
        if self.record is None or self.life is None or not self.life.alive:
            raise LabError("This run is over.", "Press r to start it anew.")
        return self.record
