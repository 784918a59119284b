"""Runs side by side: their curves over each other, what differs, what came out and what was confirmed."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static
from textual.worker import get_current_worker

from cs229tui.errors import NotFoundError
from cs229tui.labkit.events import Event
from cs229tui.labkit.spec import Panel, Spec
from cs229tui.labs.compare import Compared, Comparison, Group, code_of, compare, swept
from cs229tui.labs.curves import open_run
from cs229tui.labs.exports import panels_of, worth_showing
from cs229tui.labs.find import lab_named
from cs229tui.labs.life import look
from cs229tui.labs.series import Curve
from cs229tui.labs.spreads import Line as MeanLine
from cs229tui.labs.watch import Follower, replay
from cs229tui.labs.words import short
from cs229tui.library.runs import ALIVE, RunRecord
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted
from cs229tui.tui.screens.compare_facts import (
    fact_columns,
    fact_rows,
    group_columns,
    group_row,
    said_of,
)
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.screens.tab import LibraryScreen
from cs229tui.tui.widgets.chart import COLOURS, Chart
from cs229tui.tui.widgets.chart_sharing import Plot
from cs229tui.tui.widgets.chart_wall import ChartWall
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Rows
from cs229tui.tui.widgets.sweep_plot import Point, SweepPlot

_DRAW_SECONDS = 0.25
_POLL_SECONDS = 0.25
_LOOK_SECONDS = 1.0


class CompareScreen(LibraryScreen):
    """Compares some runs, live where they still go on."""

    CSS_PATH = ["../styles/compare.tcss", "../styles/chart.tcss"]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("compare")]
    AUTO_FOCUS = "#compare-settings"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-short"), (32, "-tall")]  # noqa: RUF012

    @dataclass
    class Read(Message):
        """A run has been read as far as it is."""

        run: Compared

    @dataclass
    class Heard(Message):
        """A run that goes on wrote events, or its life changed."""

        record: RunRecord
        events: Sequence[Event]
        code: str

    def __init__(self, records: Sequence[RunRecord]) -> None:
        super().__init__()
        self.records = sorted(records, key=lambda record: record.started)
        self.runs: dict[str, Compared] = {}
        self.comparison: Comparison = compare([])
        self.spec: Spec | None = None
        self.mean = True
        self.out: set[str] = set()
        self._dirty = True
        self._lines: dict[tuple[object, ...], MeanLine | None] = {}

    def compose(self) -> ComposeResult:
        yield Static(id="compare-header", markup=False)
        with Horizontal(id="compare-plots"):
            yield ChartWall(id="compare-charts")
            yield SweepPlot(id="compare-sweep")
        settings = Rows(*group_columns(()), id="compare-settings", classes="panel", header=True, quiet=False)
        settings.border_title = "settings"
        settings.empty = "Reading the runs …"
        yield settings
        facts = Rows(id="compare-facts", classes="panel", header=True)
        facts.border_title = "side by side"
        yield facts
        yield KeyLine()

    def on_mount(self) -> None:
        with suppress(NotFoundError):
            self.spec = lab_named(self.companion.folders, self.records[0].lab).spec if self.records else None
        self._follow(tuple(self.records))
        self.set_interval(_DRAW_SECONDS, self._draw)

    # What goes on behind the screen

    @work(thread=True, group="compare", exclusive=True)
    def _follow(self, records: tuple[RunRecord, ...]) -> None:
        worker = get_current_worker()
        going: dict[str, tuple[RunRecord, Follower]] = {}
        for record in records:
            folder, now = Path(record.folder), look(record).record
            follower = open_run(folder)
            if now.state in ALIVE:
                view = follower.view
                while events := follower.next():
                    view.fold(events)
                going[now.id] = (now, follower)
            else:
                view = replay(folder)
            if worker.is_cancelled:
                return
            self.post_message(self.Read(Compared(now, view, code_of(folder))))
        looked = time.monotonic()
        while going and not worker.is_cancelled:
            time.sleep(_POLL_SECONDS)
            looking = time.monotonic() - looked > _LOOK_SECONDS
            looked = time.monotonic() if looking else looked
            for record, follower in list(going.values()):
                # Looked at first: what it wrote before it was over is read after.
                now = look(record).record if looking else record
                events = follower.next()
                if events or now != record:
                    # What waited in the queue has its code only now.
                    self.post_message(self.Heard(now, events, code_of(Path(now.folder))))
                going[now.id] = (now, follower)
                if now.state not in ALIVE and not events:
                    del going[now.id]

    @on(Read)
    def _read(self, message: Read) -> None:
        self.runs[message.run.record.id] = message.run
        self._dirty = True
        if self.whole:
            # Runs that differ by nothing but their seed are not one line at first sight.
            everything = compare(list(self.runs.values()))
            self.mean = len(everything.groups) > 1 or len(everything.runs) == 1
            self._draw()

    @on(Heard)
    def _heard(self, message: Heard) -> None:
        run = self.runs.get(message.record.id)
        if run is not None:
            run.view.fold(message.events)
            self.runs[message.record.id] = replace(run, record=message.record, code=message.code)
            self._dirty = True

    # What is shown

    @property
    def whole(self) -> bool:
        """Whether all runs have been read."""
        return len(self.runs) == len(self.records)

    def _draw(self) -> None:
        if not self._dirty or not self.is_current:
            return
        self._dirty = False
        self.comparison = compare([self.runs[one.id] for one in self.records if one.id in self.runs], self.mean)
        said = said_of(self.comparison, self.out) if self.runs else ""
        if not self.whole:
            said += f" · reading {len(self.runs)} of {len(self.records)}"
        self.query_one("#compare-header", Static).update(Content(said))
        self._draw_plots()
        self._list()
        self._facts()

    def _draw_plots(self) -> None:
        wall = self.query_one(ChartWall)
        panels = self._panels()
        at_once = max(len(wall.charts), 1)
        first = wall.page * at_once
        # Means take time: only of what can be seen, or is about to be.
        near = range(first, first + max(at_once, 4))
        wall.draw([Plot(panel, self._curves(panel) if at in near else ()) for at, panel in enumerate(panels)])
        self._draw_sweep(panels[first] if first < len(panels) else None)

    def _panels(self) -> list[Panel]:
        """A plot for each metric, in the lab's own order."""
        named = {name: panel for panel in panels_of(self.spec, self.comparison) for name in panel.metrics}
        order = [name for name in named if name in self.comparison.metrics]
        order += [name for name in self.comparison.metrics if name not in named]
        # What is the same for all of them, such as a baseline, comes last.
        worth = worth_showing(self.comparison)
        order.sort(key=lambda name: name not in worth)
        made = []
        for name in order:
            panel = named.get(name, Panel(name, (name,)))
            title = panel.title if panel.metrics == (name,) else name
            made.append(Panel(title, (name,), panel.log, panel.x))
        return made

    def _curves(self, panel: Panel) -> tuple[Curve, ...]:
        by_time = self.query_one(ChartWall).sight.by_time
        curves = []
        for at, group in enumerate(self.comparison.groups):
            line = None if group.key in self.out else self._line(group, panel.metrics[0], by_time)
            if line is not None:
                label = f"{group.label} {line.count}" if line.least < line.most else group.label
                band = (line.low, line.high) if line.low is not None and line.high is not None else None
                curves.append(Curve(label, line.mean, band, tone=at))
        return tuple(curves)

    def _line(self, group: Group, metric: str, by_time: bool) -> MeanLine | None:
        """The line of a setting, made anew only where one of its runs has grown."""
        parts = [run.view.series[metric] for run in group.runs if metric in run.view.series]
        key = (metric, by_time, *((id(series), len(series)) for series in parts))
        if key not in self._lines:
            if len(self._lines) > 2000:
                self._lines.clear()
            self._lines[key] = group.line(metric, by_time)
        return self._lines[key]

    def _draw_sweep(self, panel: Panel | None) -> None:
        plot = self.query_one(SweepPlot)
        parameter = swept(self.comparison)
        plot.display = bool(parameter) and panel is not None
        if panel is None or not parameter:
            return
        points = [
            Point(group.values[parameter], group.spread(panel.metrics[0]), at)
            for at, group in enumerate(self.comparison.groups)
            if group.key not in self.out and group.values.get(parameter) is not None
        ]
        plot.show(parameter, panel.metrics[0], points, self._tones())

    def _tones(self) -> list[Style]:
        """The colours of the curves."""
        chart = self.query(Chart).first()
        found = (chart.get_visual_style(f"chart--curve-{number}") for number in range(COLOURS))
        return [Style(foreground=style.foreground) for style in found]

    def _list(self) -> None:
        listed = self.query_one("#compare-settings", Rows)
        shown = [name for panel in self._panels() for name in panel.metrics]
        worth = worth_showing(self.comparison)
        metrics = [name for name in (*shown, *worth) if name in worth][: 3 if self.size.width >= 110 else 1]
        listed.columns = group_columns(list(dict.fromkeys(metrics)))
        claims, tones = self.comparison.claims, self._tones()
        listed.show(
            [
                group_row(group, at, list(dict.fromkeys(metrics)), claims, tones, group.key in self.out)
                for at, group in enumerate(self.comparison.groups)
            ]
        )
        seeds = "mean ± s.d. of seeds" if self.mean else "each run"
        listed.border_subtitle = Content.assemble(muted(f"{seeds}  m"))

    def _facts(self) -> None:
        facts = self.query_one("#compare-facts", Rows)
        if not self.comparison.groups:
            return
        at = self._at()
        columns, shown = fact_columns(self.comparison, facts.scrollable_content_region.width, at)
        facts.columns = columns
        facts.show(fact_rows(self.comparison, self.spec, shown))
        count = len(self.comparison.groups)
        facts.border_subtitle = Content(f"{shown.start + 1}–{shown.stop} of {count}" if len(shown) < count else "")

    def _at(self) -> int:
        key = self.query_one("#compare-settings", Rows).current
        return next((at for at, group in enumerate(self.comparison.groups) if group.key == key), 0)

    def _current(self) -> Group | None:
        groups = self.comparison.groups
        return groups[self._at()] if groups else None

    def on_resize(self) -> None:
        self._again()

    def _again(self) -> None:
        self._dirty = True
        self.call_after_refresh(self._draw)

    @on(Rows.Highlighted, "#compare-settings")
    def _highlighted(self) -> None:
        self._facts()

    @on(ChartWall.Looked)
    def _looked(self) -> None:
        self._again()

    # What can be done

    @on(Rows.Selected, "#compare-settings")
    def _selected(self) -> None:
        group = self._current()
        if group is None:
            return
        if len(group.runs) == 1:
            self.companion.open_run(group.runs[0].record.id)
            return

        def chosen(run: str | None) -> None:
            if run:
                self.companion.open_run(run)

        options = [
            (run.record.id, f"seed {run.seed} · run {short(run.record.id)}", run.record.state) for run in group.runs
        ]
        self.app.push_screen(Pick(f"Which run of {group.label}?", options, None), chosen)

    def action_take(self) -> None:
        """Take the setting under the cursor out of the plots, or in again."""
        group = self._current()
        if group is not None:
            self.out ^= {group.key}
            self._again()
            self.query_one("#compare-settings", Rows).action_cursor(1)

    def action_drop(self) -> None:
        """Leave the setting under the cursor out of the comparison."""
        group = self._current()
        if group is None or len(self.comparison.groups) < 2:
            return
        gone = {run.record.id for run in group.runs}
        before = (list(self.records), dict(self.runs))
        self.records = [record for record in self.records if record.id not in gone]
        self.runs = {id: run for id, run in self.runs.items() if id not in gone}

        def undo() -> None:
            self.records, self.runs = before
            self._again()

        self.companion.push_undo(f"{group.label} left out", undo)
        self._again()

    def action_mean(self) -> None:
        """Draw the mean and spread of seeds, or each run."""
        self.mean = not self.mean
        self.out.clear()
        self._again()

    def action_code(self) -> None:
        """Show how the code of the setting under the cursor differs."""
        from cs229tui.tui.screens.compare_code import open_code

        groups = self.comparison.groups
        if groups:
            at = self._at()
            other = groups[0 if at else min(1, len(groups) - 1)]
            pair = (groups[0], groups[at]) if at else (groups[0], other)
            open_code(self.companion, *pair)

    def action_export(self) -> None:
        """Write the comparison as a table or a plot."""
        from cs229tui.tui.screens.compare_export import ask_where

        taken = [run for group in self.comparison.groups if group.key not in self.out for run in group.runs]
        ask_where(self.companion, compare(taken or list(self.comparison.runs), self.mean), self.spec)

    def action_axis(self) -> None:
        """Change between linear and logarithmic values."""
        self.query_one(ChartWall).axis()

    def action_smoothing(self) -> None:
        """Smooth the curves more, then not at all."""
        self.query_one(ChartWall).smoothing()

    def action_by_time(self) -> None:
        """Draw over steps, or over seconds."""
        self.query_one(ChartWall).by_time()

    def action_crosshair(self, by: int) -> None:
        """Read values further left or right."""
        self.query_one(ChartWall).crosshair(by)

    def action_zoom(self, by: int) -> None:
        """Show half or twice as many steps."""
        self.query_one(ChartWall).zoom(by)

    def action_pan(self, by: int) -> None:
        """Show earlier or later steps."""
        self.query_one(ChartWall).pan(by)

    def action_all(self) -> None:
        """Show all steps."""
        self.query_one(ChartWall).whole()

    def action_plots(self, step: int) -> None:
        """Show other plots."""
        self.query_one(ChartWall).turn(step)
        self._again()

    def action_enlarge(self) -> None:
        """Give the first plot in sight all the room, or show all again."""
        self.query_one(ChartWall).enlarge()
        self._again()

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss()
