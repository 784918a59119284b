"""One run of a lab: live while it goes on, as it was when it is over, and told again."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize, ScreenResume, ScreenSuspend
from textual.message import Message
from textual.widgets import Static

from cs229tui.labkit.spec import Spec
from cs229tui.labs.life import Life
from cs229tui.labs.output import OutputFollower, log_tail
from cs229tui.labs.predictions import Expected, answers_of, expectations
from cs229tui.labs.troubles import NanWatch, Told, troubles
from cs229tui.labs.words import meaning, score
from cs229tui.library.catalog import Catalog
from cs229tui.library.runs import RunRecord
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted
from cs229tui.tui.screens.prompt import Prompt
from cs229tui.tui.screens.run_control import RunControl
from cs229tui.tui.widgets.claims_list import ClaimsList
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.log_pane import LogPane
from cs229tui.tui.widgets.machine_panel import MachinePanel, in_short
from cs229tui.tui.widgets.panel_wall import PanelWall, Place
from cs229tui.tui.widgets.picture_panel import PicturePanel
from cs229tui.tui.widgets.run_panel import RunPanel
from cs229tui.tui.widgets.run_parts import RunHeader

_DRAW_SECONDS = 0.1
_READING_SECONDS = 0.5
_LOG_SECONDS = 0.25
_LAST_LINES = 3


class RunScreen(RunControl):
    """The run's panels, what it claims, what it prints."""

    AUTO_FOCUS = ""
    CSS_PATH = ["../styles/run.tcss", "../styles/chart.tcss"]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("run")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-short"), (32, "-tall")]  # noqa: RUF012

    @dataclass
    class Printed(Message):
        """The run has printed lines, `part` of one more; see `OutputFollower`."""

        lines: list[str]
        part: str
        renewed: bool
        skipped: int

    def __init__(self, run: str, record: RunRecord | None = None, speed: float | None = None) -> None:
        super().__init__(run, record, speed)
        self._readings: Catalog = {}
        self._answers: Mapping[str, str] = {}
        self._nan = NanWatch()
        self._output: OutputFollower | None = None
        self._reading_log = threading.Lock()
        self._told: tuple[object, ...] = ()
        self._noted = ""
        self._keys_of: tuple[str, bool] | None = None
        self._drawn = 0.0
        self._room_of: tuple[object, int] = (None, 0)

    def compose(self) -> ComposeResult:
        yield RunHeader(id="run-header")
        yield Static(id="run-told", markup=False)
        yield Static(id="run-note", markup=False)
        with Vertical(id="run-body"):
            yield PanelWall(self._panel, id="run-wall")
            yield LogPane(id="run-log")
        yield ClaimsList(id="run-claims")
        yield KeyLine()

    def on_mount(self) -> None:
        self._readings = self.companion.catalog()
        self.query_one(ClaimsList).border_title = "claims"
        if not self.begin():
            return
        self._answers = answers_of(self.companion.database if self.indexed else None, self.record)
        self.set_interval(_DRAW_SECONDS, self._draw)
        self.set_interval(1.0, self._tick)
        self.set_interval(_LOG_SECONDS, self._read_log)
        self._draw(force=True)

    # Drawing

    @property
    def spec(self) -> Spec | None:
        """What the lab declares, where it is still there."""
        return self.lab.spec if self.lab else None

    @property
    def shown_life(self) -> Life | None:
        """How the run is, or was at the moment that is told again."""
        if self.player is None or self.life is None:
            return self.life
        return Life(replace(self.life.record, state="running", reason="", ended=None))

    def _tick(self) -> None:
        life = self.shown_life
        if life is not None and life.alive and self.is_current:
            self._header(life)

    def _draw(self, force: bool = False) -> None:
        life = self.shown_life
        if not (self._dirty or force) or life is None or self.record is None or not self.is_current:
            return
        if not (self.whole or self.player or force) and time.monotonic() - self._drawn < _READING_SECONDS:
            return  # what is read in now is drawn now and then, and so is there sooner
        self._dirty, self._drawn = False, time.monotonic()
        self._header(life)
        self._tell(life)
        word = life.word, self.player is None
        if word != self._keys_of:
            self._keys_of = word
            self.query_one(KeyLine).refresh()
        self.query_one(PanelWall).show(self.view.panels(self.spec), self.view.series, self._moments())
        if self.focused is None:
            self.query_one(PanelWall).focus_first()
        claims = self.query_one(ClaimsList)
        claims.show(self.spec, self.record.preset, self.view, life.alive, self._readings, self._expected())
        done = not life.alive and self.whole
        claims.border_subtitle = Content(score(self.view.verdicts.values()) if done else "")
        self._room()

    def _header(self, life: Life) -> None:
        title = self.lab.title if self.lab else life.record.lab
        preset = self.spec.presets.get(life.record.preset) if self.spec else None
        machine = in_short(self.view.beats[-1] if self.view.beats and life.alive else None)
        self.query_one(RunHeader).show(title, life, self.view, preset.minutes if preset else None, self.player, machine)

    def _tell(self, life: Life) -> None:
        notes = " · ".join(reversed(self.view.notes))
        if notes != self._noted:
            self._noted = notes
            note = self.query_one("#run-note", Static)
            note.display = bool(notes)
            note.update(muted(notes))
        self._nan.look(self.view.series)
        checkpoint = self.view.checkpoint
        place = self._place() if life.word == "queued" else ""
        step, heard = checkpoint.step if checkpoint else None, self.view.start is not None
        told = [] if self.player else troubles(life, self._nan.since, step, place, heard)
        if life.record.state == "done" and self.whole:
            told.append(Told("quiet", meaning(self.spec, self.view.verdicts, "done")))
        last: list[str] = []
        if life.record.state in ("failed", "lost") and self.size.height >= 32:
            lines = log_tail(self.folder, 4096).split("\n")
            last = [line for line in lines if line.strip()][-_LAST_LINES:]
        if (tuple(told), tuple(last)) == self._told:
            return
        self._told = (tuple(told), tuple(last))
        banner = self.query_one("#run-told", Static)
        banner.display = bool(told)
        kinds = [one.kind for one in told]
        banner.set_class("error" in kinds, "-error")
        banner.set_class("warning" in kinds and "error" not in kinds, "-warning")
        parts = [
            Content.assemble(one.what, " ", muted(one.remedy)) if one.remedy else Content(one.what) for one in told
        ]
        banner.update(Content("\n").join([*parts, *(muted(line) for line in last)]))

    def _place(self) -> str:
        """Where the run stands in the queue, in words."""
        from cs229tui.labs.queue import waiting

        here = next(
            (
                one
                for one in waiting(self.companion.database)
                if one.record.id == (self.record.id if self.record else "")
            ),
            None,
        )
        return f"It waits: {here}." if here is not None else ""

    def _moments(self) -> dict[Place, Sequence[Any]]:
        """What stands beside the curves, in the order of its kinds."""
        view = self.view
        found: dict[Place, Sequence[Any]] = {}
        for name, images in view.images.items():
            found[Place("image", name)] = images
        for name, maps in view.heatmaps.items():
            found[Place("heatmap", name)] = maps
        for name, histograms in view.histograms.items():
            found[Place("histogram", name)] = histograms
        texts: dict[str, list[Any]] = {}
        for text in view.texts:
            texts.setdefault(text.name, []).append(text)
        for name, written in texts.items():
            found[Place("text", name)] = written
        if view.beats:
            found[Place("machine", "machine")] = view.beats
        return found

    def _panel(self, place: Place) -> RunPanel[Any]:
        match place.kind:
            case "image":
                return PicturePanel(place.name, self.folder)
            case "heatmap":
                from cs229tui.tui.widgets.heatmap_panel import HeatmapPanel

                return HeatmapPanel(place.name)
            case "histogram":
                from cs229tui.tui.widgets.histogram_panel import HistogramPanel

                return HistogramPanel(place.name)
            case "text":
                from cs229tui.tui.widgets.text_panel import TextPanel

                return TextPanel(place.name)
        return MachinePanel(lambda: self.view.machine.series)

    def _expected(self) -> list[Expected]:
        return expectations(self.spec.questions, self._answers, self.view) if self.spec else []

    # Room

    def on_resize(self, _event: Resize) -> None:
        self.call_after_refresh(self._room)

    def _room(self) -> None:
        """How high the claims are: they only ever become higher, so that little jumps when a verdict comes."""
        claims, size = self.query_one(ClaimsList), self.size
        if size != self._room_of[0]:
            self._room_of = (size, 0)
        most, slack = 2, 0
        if size.height >= 20:
            most = 5
        if size.height >= 32:
            most, slack = size.height // 4, 2 if self.spec and self.spec.claims else 0
        lines = max(min(claims.count + slack, most), self._room_of[1])
        self._room_of = (size, lines)
        claims.styles.height = lines + (0 if size.height < 20 else 2)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Other panels can be asked for where there are some."""
        if action == "panels" and self.is_mounted:
            wall = self.query_one(PanelWall)
            return wall.pages > 1 or wall.large is not None
        return super().check_action(action, parameters)

    def key_name(self, action: str, name: str) -> str:
        """What a key does by now, for the line of keys; nothing where it is of no use."""
        alive = self.life is None or self.life.alive
        word = self.life.word if self.life else ""
        told_again = self.player is not None
        if told_again and action in ("again", "go_on", "tries", "compare", "handout", "start_now"):
            return ""
        match action:
            case "pause" if not told_again:
                return "" if not alive or word == "queued" else "resume" if word == "paused" else name
            case "stop" if told_again:
                return "end replay"
            case "stop" if not alive:
                return ""
            case "start_now" if word != "queued":
                return ""
            case "go_on" if alive or word == "done" or self.view.checkpoint is None:
                return ""
            case "tries" | "replay" if alive:
                return ""
            case "replay" if told_again:
                return "its end"
            case "speed(-1)" | "speed(1)" if not told_again:
                return ""
            case "enlarge" if self.is_mounted and self.query_one(PanelWall).large is not None:
                return "all panels"
        return name

    # Moving among the panels

    def action_panels(self, step: int) -> None:
        """Show other panels."""
        self.query_one(PanelWall).turn(step)

    def action_enlarge(self) -> None:
        """Give a panel all the room, or take it back."""
        log = self.query_one(LogPane)
        if log.display and log.has_focus:
            self.toggle_class("-log-large")
            return
        wall = self.query_one(PanelWall)
        wall.enlarge()
        self.set_class(wall.large is not None, "-large")
        self.query_one(KeyLine).refresh()

    @on(PanelWall.Enlarged)
    def _enlarged(self) -> None:
        self.action_enlarge()

    def action_claims(self, step: int) -> None:
        """To the claims."""
        claims = self.query_one(ClaimsList)
        claims.focus()
        if step < 0:
            claims.action_cursor(len(claims.entries))

    @on(ClaimsList.Chosen)
    def _paper(self, event: ClaimsList.Chosen) -> None:
        if event.claim.reading not in self._readings:
            self.notify(f"{event.claim.reading} is none of the course's readings.", timeout=4, markup=False)
            return
        self.companion.open_reading(event.claim.reading, page=event.claim.page or None)

    def action_back(self) -> None:
        """Leave the run as it is."""
        wall = self.query_one(PanelWall)
        if self.player is not None:
            self.end_replay()
        elif wall.large is not None:
            self.action_enlarge()
        else:
            self.leave()

    def leave(self) -> None:
        """Away from the run, which goes on without the screen."""
        self.dismiss()

    def action_predictions(self) -> None:
        """Say what she expects of the lab; what she said of this run before it began stays as it was."""
        from cs229tui.tui.screens.predicting import ask

        if self.lab is not None:
            ask(self.companion, self.lab)

    def action_handout(self) -> None:
        """Read the lab's handout."""
        if self.lab is not None and self.lab.handout.is_file():
            self.companion.open_reading(self.lab.reading)
        else:
            self.notify("This lab has no handout.", timeout=3)

    def action_compare(self) -> None:
        """Put it beside the rest of its sweep, or the lab's run before."""
        from cs229tui.tui.screens.comparing import compare_runs

        if self.record is not None:
            compare_runs(self.companion, [self.record])

    def action_copy(self) -> None:
        """Copy the lab to change it; open one of hers in the editor."""
        from cs229tui.tui.screens.comparing import copy_to_edit

        if self.lab is not None:
            copy_to_edit(self.companion, self.lab)

    # The curves

    def action_axis(self) -> None:
        """Draw the values on a logarithmic axis, or on a linear one."""
        self.query_one(PanelWall).axis()

    def action_zoom(self, step: int) -> None:
        """Show half or twice as many steps."""
        self.query_one(PanelWall).zoom(step)

    def action_pan(self, quarters: int) -> None:
        """Show what lies to the left or to the right."""
        self.query_one(PanelWall).pan(quarters)

    def action_all(self) -> None:
        """Show all steps, without a crosshair."""
        self.query_one(PanelWall).whole()

    def action_crosshair(self, columns: int) -> None:
        """Move the crosshair; all panels show what was at its step."""
        self.query_one(PanelWall).crosshair(columns)

    def action_smoothing(self) -> None:
        """Smooth the curves."""
        self.query_one(PanelWall).smoothing()

    def action_by_time(self) -> None:
        """Change between steps and seconds."""
        self.query_one(PanelWall).by_time()

    def action_log_steps(self) -> None:
        """Change between linear and logarithmic steps."""
        self.query_one(PanelWall).log_steps()

    # What it prints

    def action_log(self) -> None:
        """Show what the run prints, or put it away."""
        pane = self.query_one(LogPane)
        pane.display = not pane.display
        self.set_class(pane.display, "-log")
        self.remove_class("-log-large")
        if pane.display:
            if self._output is None:
                self._output = OutputFollower(self.folder)
            self._read_log()
            pane.focus()
        elif self.query_one(PanelWall).shown:
            self.query_one(PanelWall).focus_first()

    @on(LogPane.Closed)
    def _log_closed(self) -> None:
        self.action_log()

    @on(LogPane.FilterAsked)
    def _filter_asked(self) -> None:
        pane = self.query_one(LogPane)

        def look_for(words: str | None) -> None:
            if words is not None:
                pane.look_for(words)

        self.app.push_screen(Prompt("Lines with", "Nothing shows all.", pane.words), look_for)

    def _read_log(self) -> None:
        if self._output is None or not self.query_one(LogPane).display or not self.is_current:
            return
        self.run_worker(self._log_lines, group="log", exclusive=False, thread=True)

    def _log_lines(self) -> None:
        output = self._output
        if output is None or not self._reading_log.acquire(blocking=False):
            return
        try:
            lines = output.read()
            self.post_message(self.Printed(lines, output.part, output.renewed, output.skipped))
        finally:
            self._reading_log.release()

    @on(Printed)
    def _printed(self, message: Printed) -> None:
        self.query_one(LogPane).take(message.lines, message.part, message.renewed, message.skipped)

    # Pictures stand over the frame in some terminals

    def on_screen_suspend(self, _event: ScreenSuspend) -> None:
        for panel in self.query(PicturePanel):
            if panel.picture.show_way is not None and panel.picture.show_way.stamped:
                panel.picture.sleep()

    def on_screen_resume(self, event: ScreenResume) -> None:
        super().on_screen_resume(event)
        self._dirty = True
        for panel in self.query(PicturePanel):
            panel.picture.wake()
