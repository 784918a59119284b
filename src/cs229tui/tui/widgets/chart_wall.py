"""The plots of a run, as many at a time as there is room for."""

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Resize

from cs229tui.labkit.spec import Panel
from cs229tui.labs.series import Series
from cs229tui.tui.widgets.chart import Chart

_LEAST_WIDTH = 34
_LEAST_HEIGHT = 8


class ChartWall(Container):
    """Plots side by side; what does not fit is on the next page."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.panels: tuple[Panel, ...] = ()
        self.page = 0
        self._series: Mapping[str, Series] = {}
        self._shape = (0, 0)

    def compose(self) -> ComposeResult:
        yield Chart(Panel("metrics", ()))

    @property
    def charts(self) -> list[Chart]:
        """The plots that can be seen."""
        return [chart for chart in self.query(Chart) if chart.display]

    @property
    def pages(self) -> int:
        """How many pages of plots there are."""
        columns, rows = self._shape
        return max(-(-len(self.panels) // max(columns * rows, 1)), 1)

    def show(self, panels: Sequence[Panel], series: Mapping[str, Series]) -> None:
        """Draw these metrics on these panels; only what can be seen is drawn."""
        self._series = series
        if tuple(panels) != self.panels:
            self.panels = tuple(panels)
            self._arrange()
        for chart in self.charts:
            chart.show(series)

    def turn(self, step: int) -> None:
        """Show the next plots, or those before."""
        self.page = (self.page + step) % self.pages
        self._arrange()

    def on_resize(self, _event: Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        count = max(len(self.panels), 1)
        columns = min(max(self.size.width // _LEAST_WIDTH, 1), count, 3)
        rows = min(max(self.size.height // _LEAST_HEIGHT, 1), -(-count // columns))
        if rows * columns >= count:
            columns = -(-count // rows)
        self._shape = (columns, rows)
        self.page = min(self.page, self.pages - 1)
        self.styles.grid_size_columns = columns
        self.styles.grid_size_rows = rows
        shown = self.panels[self.page * columns * rows :][: columns * rows]
        charts = list(self.query(Chart))
        for chart in charts[len(shown) :]:
            chart.display = not self.panels and chart is charts[0]
        for chart, panel in zip(charts, shown, strict=False):
            chart.display = True
            chart.take(panel)
        fresh = [Chart(panel) for panel in shown[len(charts) :]]
        if fresh:
            self.mount(*fresh)
        for chart in [*charts, *fresh]:
            chart.more = ""
        if self.pages > 1:
            [*charts, *fresh][len(shown) - 1].more = f"plots {self.page + 1} of {self.pages}  [ ]"
        for chart in [*charts, *fresh][: max(len(shown), 1)]:
            chart.show(self._series)
