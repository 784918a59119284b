"""The plots of a run, as many at a time as there is room for, all looked at in the same way."""

from collections.abc import Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.events import Resize

from cs229tui.labkit.spec import Panel
from cs229tui.labs.series import Series
from cs229tui.tui.widgets.chart import Chart
from cs229tui.tui.widgets.chart_sharing import Plot, SharedSight, plots_of

_LEAST_WIDTH = 34
_LEAST_HEIGHT = 8


class ChartWall(SharedSight):
    """Plots side by side; what does not fit is on the next page, and one can have the wall for itself."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.page = 0
        self.enlarged: str | None = None
        self._shape = (0, 0)

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
    def _wanted(self) -> tuple[Plot, ...]:
        alone = tuple(plot for plot in self.plots if plot.panel.title == self.enlarged)
        return alone[:1] or self.plots

    # What is shown

    def show(self, panels: Sequence[Panel], series: Mapping[str, Series]) -> None:
        """Draw these metrics on these panels, one curve for each metric."""
        self.draw(plots_of(panels, series))

    def draw(self, plots: Sequence[Plot]) -> None:
        """Draw these plots; called again whenever they have grown. Only what can be seen is drawn."""
        before = self.panels
        self.plots = tuple(plots)
        if self.panels != before:
            self._arrange()
        else:
            self.redraw()

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
        self._draw_in([*charts, *fresh][:shown])

    def redraw(self) -> None:
        self._draw_in(self.charts)

    def _draw_in(self, charts: Sequence[Chart]) -> None:
        columns, rows = self._shape
        wanted = self._wanted[self.page * columns * rows :]
        span = self.sight.span(self.whole_span)
        for chart, plot in zip(charts, wanted or [Plot(Panel("metrics", ()), ())], strict=False):
            self.draw_in(chart, plot, span)
