"""Plots that are looked at in one way: what a screen's keys and the mouse do to one of them happens to all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from textual import on
from textual.containers import Container
from textual.message import Message

from cs229tui.labkit.spec import Panel
from cs229tui.labs.series import Curve, Series, Span
from cs229tui.tui.widgets.chart import Chart
from cs229tui.tui.widgets.chart_drawing import Look, whole
from cs229tui.tui.widgets.chart_sight import WEIGHTS, Sight


@dataclass(frozen=True)
class Plot:
    """A panel and the curves in it."""

    panel: Panel
    curves: tuple[Curve, ...]


def plots_of(panels: Sequence[Panel], series: Mapping[str, Series]) -> tuple[Plot, ...]:
    """The plots of these panels, one curve for each metric that there is."""
    return tuple(
        Plot(panel, tuple(Curve(name, series[name]) for name in panel.metrics if name in series)) for panel in panels
    )


class SharedSight(Container):
    """Holds `plots`, and shows those in sight in its charts: zoom, pan, crosshair, smoothing and axes hold for all.

    A plot whose x is not the run's steps shows all of it, under a crosshair of its own.

    Whoever inherits from it says which `charts` can be seen, and draws them in `redraw`.
    """

    @dataclass
    class Looked(Message):
        """The plots are looked at in another way: zoom, crosshair, axes or smoothing changed."""

        wall: "SharedSight"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.plots: tuple[Plot, ...] = ()
        self.sight = Sight()
        self._apart: tuple[Panel, float] | None = None  # the crosshair of a plot with an axis of its own
        self._flipped = False
        self._pointed = False

    @property
    def charts(self) -> list[Chart]:
        """The plots that can be seen."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw the plots that can be seen, each with `draw_in`."""
        raise NotImplementedError

    def draw_in(self, chart: Chart, plot: Plot, span: Span | None = None) -> None:
        """Draw a plot as all are looked at; `span` is what is in sight, where the caller has it at hand."""
        span, cross = span or self.sight.span(self.whole_span), self.sight.cross
        if self._is_apart(plot.panel):
            span = whole(plot.curves, log=self.sight.log_steps)
            cross = self._apart[1] if self._apart and self._apart[0] == plot.panel else None
        log = plot.panel.log != self._flipped
        chart.show(plot.panel, plot.curves, Look(span, log, self.sight.smoothing, cross))

    def _is_apart(self, panel: Panel) -> bool:
        return bool(panel.x) and not self.sight.by_time

    @property
    def whole_span(self) -> Span:
        """From the first to the last point of all plots that share an axis."""
        return whole(self._curves, self.sight.by_time, self.sight.log_steps)

    @property
    def _curves(self) -> list[Curve]:
        return [curve for plot in self.plots if not self._is_apart(plot.panel) for curve in plot.curves]

    def axis(self) -> None:
        """Change between linear and logarithmic values; panels that begin with a log axis change the other way."""
        self._flipped = not self._flipped
        self.redraw()

    def log_steps(self) -> None:
        """Change between linear and logarithmic steps."""
        self._see(replace(self.sight, log_steps=not self.sight.log_steps, window=None, follows=True))

    def smoothing(self) -> None:
        """Smooth the curves more, and after the most not at all; their raw values stay faintly behind."""
        following = WEIGHTS[(WEIGHTS.index(self.sight.smoothing) + 1) % len(WEIGHTS)]
        self._see(replace(self.sight, smoothing=following))

    def by_time(self) -> None:
        """Change between steps and seconds along the axis; what is in sight and the crosshair stay where they were."""
        ruler = max((curve.line.ruler for curve in self._curves), key=len, default=None)
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
        charts = self.charts
        alone = charts[0] if len(charts) == 1 and self._is_apart(charts[0].panel) else None
        span = alone.look.span if alone else self.sight.span(self.whole_span)
        cross = alone.look.cross if alone else self.sight.cross
        curves = alone.curves if alone else self._curves
        ruler = max((curve.line.ruler for curve in curves), key=len, default=None)
        if ruler is None or not len(ruler):
            return
        room = max((chart.content_size.width for chart in charts), default=0) or 40
        axis = ruler.axis(span.by_time)
        if cross is None:
            at = ruler.nearest(span.end, span.by_time)
        else:
            here = ruler.nearest(cross, span.by_time)
            at = ruler.nearest(span.at(span.share(axis[here]) + by / room), span.by_time)
            at = min(here + by, at) if by < 0 else max(here + by, at)
        x = axis[min(max(at, 0), len(axis) - 1)]
        if alone:
            self._point_apart(alone.panel, x)
            return
        sight = replace(self.sight, cross=x)
        if not span.start <= x <= span.end:
            sight = sight.panned(self.whole_span, 4 * (span.share(x) - 0.5))  # to the middle
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
        if self._apart is not None:
            self._apart = None
            self.redraw()
        self._see(replace(self.sight, window=None, follows=True, cross=None))

    def _point_apart(self, panel: Panel, x: float | None) -> None:
        self._apart = None if x is None else (panel, x)
        self.redraw()

    def _see(self, sight: Sight) -> None:
        if sight != self.sight:
            self.sight = sight
            self.redraw()
            self.post_message(self.Looked(self))

    @on(Chart.Pointed)
    def _point(self, event: Chart.Pointed) -> None:
        event.stop()
        if self._is_apart(event.chart.panel):
            self._point_apart(event.chart.panel, event.x)
            return
        # A crosshair set by keys stays when the mouse passes out of a plot.
        if event.x is not None or self._pointed:
            self._pointed = event.x is not None
            self.point(event.x)

    @on(Chart.Turned)
    def _turned(self, event: Chart.Turned) -> None:
        event.stop()
        if self._is_apart(event.chart.panel):
            return
        if event.closer:
            self.zoom(event.closer, event.x)
        else:
            self.pan(event.aside)
