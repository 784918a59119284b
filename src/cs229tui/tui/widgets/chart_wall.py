"""The plots of a run, as many at a time as there is room for, all looked at in the same way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Resize
from textual.message import Message

from cs229tui.labkit.spec import Panel
from cs229tui.labs.series import Curve, Series, Span
from cs229tui.tui.widgets.chart import Chart
from cs229tui.tui.widgets.chart_drawing import Look, whole
from cs229tui.tui.widgets.chart_sight import WEIGHTS, Sight

_LEAST_WIDTH = 34
_LEAST_HEIGHT = 8


@dataclass(frozen=True)
class Plot:
    """A panel and the curves in it."""

    panel: Panel
    curves: tuple[Curve, ...]


class ChartWall(Container):
    """Plots side by side; what does not fit is on the next page, and one can have the wall for itself.

    Zoom, pan, crosshair, smoothing and the kind of the axes hold for all plots; a screen's keys call the methods here.
    """

    @dataclass
    class Looked(Message):
        """The plots are looked at in another way: zoom, crosshair, axes or smoothing changed."""

        wall: "ChartWall"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.plots: tuple[Plot, ...] = ()
        self.page = 0
        self.sight = Sight()
        self.enlarged: str | None = None
        self._flipped = False
        self._shape = (0, 0)
        self._pointed = False

    def compose(self) -> ComposeResult:
        yield Chart(Panel("metrics", ()))

    @property
    def charts(self) -> list[Chart]:
        """The plots that can be seen."""
        return [chart for chart in self.query(Chart) if chart.display]

    @property
    def panels(self) -> tuple[Panel, ...]:
        """What all plots show."""
        return tuple(plot.panel for plot in self.plots)

    @property
    def pages(self) -> int:
        """How many pages of plots there are."""
        columns, rows = self._shape
        return max(-(-len(self._wanted) // max(columns * rows, 1)), 1)

    @property
    def whole_span(self) -> Span:
        """From the first to the last point of all plots."""
        curves = [curve for plot in self.plots for curve in plot.curves]
        return whole(curves, self.sight.by_time, self.sight.log_steps)

    @property
    def _wanted(self) -> tuple[Plot, ...]:
        alone = tuple(plot for plot in self.plots if plot.panel.title == self.enlarged)
        return alone[:1] or self.plots

    # What is shown

    def show(self, panels: Sequence[Panel], series: Mapping[str, Series]) -> None:
        """Draw these metrics on these panels, one curve for each metric."""
        self.draw(
            [
                Plot(panel, tuple(Curve(name, series[name]) for name in panel.metrics if name in series))
                for panel in panels
            ]
        )

    def draw(self, plots: Sequence[Plot]) -> None:
        """Draw these plots; called again whenever they have grown. Only what can be seen is drawn."""
        before = self.panels
        self.plots = tuple(plots)
        if self.panels != before:
            self._arrange()
        else:
            self._look()

    def turn(self, step: int) -> None:
        """Show the next plots, or those before."""
        self.page = (self.page + step) % self.pages
        self._arrange()

    def enlarge(self, panel: Panel | None = None) -> None:
        """Give the wall to one plot (the first that can be seen), or show all again."""
        charts = self.charts
        first = panel or (charts[0].panel if charts else None)
        self.enlarged = first.title if self.enlarged is None and first is not None else None
        self._arrange()

    # How it is looked at

    def axis(self) -> None:
        """Change between linear and logarithmic values; panels that begin with a log axis change the other way."""
        self._flipped = not self._flipped
        self._look()

    def log_steps(self) -> None:
        """Change between linear and logarithmic steps."""
        self._see(replace(self.sight, log_steps=not self.sight.log_steps, window=None, follows=True))

    def smoothing(self) -> None:
        """Smooth the curves more, and after the most not at all; their raw values stay faintly behind."""
        following = WEIGHTS[(WEIGHTS.index(self.sight.smoothing) + 1) % len(WEIGHTS)]
        self._see(replace(self.sight, smoothing=following))

    def by_time(self) -> None:
        """Change between steps and seconds along the axis; what is in sight and the crosshair stay where they were."""
        ruler = max((curve.line.ruler for plot in self.plots for curve in plot.curves), key=len, default=None)
        before = self.sight.by_time

        def moved(x: float) -> float:
            return ruler.axis(not before)[ruler.nearest(x, before)] if ruler else x

        sight = replace(self.sight, by_time=not before, window=None, follows=True)
        if ruler is not None and len(ruler):
            if self.sight.cross is not None:
                sight = replace(sight, cross=moved(self.sight.cross))
            if self.sight.window is not None:
                span = self.sight.span(self.whole_span)
                start, end = moved(span.start), moved(span.end)
                if end > start:
                    sight = replace(sight, window=(start, end), follows=self.sight.follows)
        self._see(sight)

    def crosshair(self, by: int) -> None:
        """Read values one place further to the right (or left), at least one point on; it begins at the newest."""
        span = self.sight.span(self.whole_span)
        ruler = max((curve.line.ruler for plot in self.plots for curve in plot.curves), key=len, default=None)
        if ruler is None or not len(ruler):
            return
        room = max((chart.content_size.width for chart in self.charts), default=40)
        axis = ruler.axis(span.by_time)
        if self.sight.cross is None:
            at = ruler.nearest(span.end, span.by_time)
        else:
            here = ruler.nearest(self.sight.cross, span.by_time)
            at = ruler.nearest(span.at(span.share(axis[here]) + by / room), span.by_time)
            at = min(here + by, at) if by < 0 else max(here + by, at)
        x = axis[min(max(at, 0), len(axis) - 1)]
        sight = replace(self.sight, cross=x)
        if not span.start <= x <= span.end:
            sight = sight.panned(self.whole_span, 2.0 if x > span.end else -2.0)
        self._pointed = False
        self._see(sight)

    def point(self, x: float | None) -> None:
        """Put the crosshair at a step (or second), or take it away (None)."""
        self._see(replace(self.sight, cross=x))

    def zoom(self, by: int, about: float | None = None) -> None:
        """Show half (1) or twice (-1) as much, around the crosshair where there is one, else towards the newest."""
        self._see(self.sight.zoomed(self.whole_span, by, about))

    def pan(self, by: float) -> None:
        """Show what lies further to the right, or to the left; the newest are followed once they are in sight."""
        self._see(self.sight.panned(self.whole_span, by))

    def whole(self) -> None:
        """Show everything, without a crosshair."""
        self._see(replace(self.sight, window=None, follows=True, cross=None))

    def _see(self, sight: Sight) -> None:
        if sight != self.sight:
            self.sight = sight
            self._look()
            self.post_message(self.Looked(self))

    @on(Chart.Pointed)
    def _point(self, event: Chart.Pointed) -> None:
        event.stop()
        # A crosshair set by keys stays when the mouse passes out of a plot.
        if event.x is not None or self._pointed:
            self._pointed = event.x is not None
            self.point(event.x)

    @on(Chart.Turned)
    def _turned(self, event: Chart.Turned) -> None:
        event.stop()
        if event.closer:
            self.zoom(event.closer, event.x)
        else:
            self.pan(event.aside)

    @on(Chart.Opened)
    def _opened(self, event: Chart.Opened) -> None:
        event.stop()
        self.enlarge(event.chart.panel)

    # How the wall is filled

    def on_resize(self, _event: Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        wanted = self._wanted
        count = max(len(wanted), 1)
        columns = min(max(self.size.width // _LEAST_WIDTH, 1), count, 3)
        rows = min(max(self.size.height // _LEAST_HEIGHT, 1), -(-count // columns))
        if rows * columns >= count:
            columns = -(-count // rows)
        self._shape = (columns, rows)
        self.page = min(self.page, self.pages - 1)
        self.styles.grid_size_columns = columns
        self.styles.grid_size_rows = rows
        shown = max(len(wanted[self.page * columns * rows :][: columns * rows]), 1)
        charts = list(self.query(Chart))
        for at, chart in enumerate(charts):
            chart.display = at < shown
        fresh = [Chart(Panel("metrics", ())) for _ in range(shown - len(charts))]
        if fresh:
            self.mount(*fresh)
        for at, chart in enumerate([*charts, *fresh]):
            last = at == shown - 1
            chart.more = f"plots {self.page + 1} of {self.pages}  [ ]" if last and self.pages > 1 else ""
            if self.enlarged is not None:
                chart.more = "v shows all plots"
        self._look([*charts, *fresh][:shown])

    def _look(self, charts: Sequence[Chart] | None = None) -> None:
        charts = self.charts if charts is None else charts
        columns, rows = self._shape
        wanted = self._wanted[self.page * columns * rows :]
        sight = self.sight
        span = sight.span(self.whole_span)
        for chart, plot in zip(charts, wanted or [Plot(Panel("metrics", ()), ())], strict=False):
            log = plot.panel.log != self._flipped
            chart.show(plot.panel, plot.curves, Look(span, log, sight.smoothing, sight.cross))
