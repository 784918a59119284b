"""A plot of a run's metrics that grows while the run goes on."""

from collections.abc import Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from cs229tui.labkit.spec import Panel
from cs229tui.labs.series import Series
from cs229tui.labs.words import figure
from cs229tui.tui.widgets.chart_drawing import AXIS, GRID, LETTERS, Cell, draw

COLOURS = 6


class Chart(Widget):
    """One panel's curves, told apart by letter and by colour; `logarithmic` draws the values on a logarithmic axis."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--axis",
        "chart--grid",
        *(f"chart--curve-{number}" for number in range(COLOURS)),
    }

    def __init__(self, panel: Panel, id: str | None = None) -> None:
        super().__init__(id=id, classes="panel")
        self.panel = panel
        self.logarithmic = panel.log
        self.zoom = 0
        self.more = ""
        self._series: dict[str, Series] = {}
        self._drawn: tuple[tuple[Cell, ...], ...] = ()
        self._drawn_for: tuple[int, int, bool, int] | None = None

    def show(self, series: Mapping[str, Series]) -> None:
        """Draw these metrics, as far as they are this panel's; called again whenever they have grown."""
        self._series = {name: series[name] for name in self.panel.metrics if name in series}
        self._drawn_for = None
        self._label()
        self.refresh()

    def take(self, panel: Panel) -> None:
        """Become the plot of another panel."""
        if panel != self.panel:
            self.panel = panel
            self.logarithmic = panel.log
            self.zoom = 0

    def toggle_log(self) -> None:
        """Change between the linear and the logarithmic axis."""
        self.logarithmic = not self.logarithmic
        self.show(self._series)

    def zoom_by(self, step: int) -> None:
        """Show half (1) or twice (-1) as many of the newest steps."""
        self.zoom = min(max(self.zoom + step, 0), 12)
        self.show(self._series)

    def title(self) -> Content:
        """What is drawn, and how: `loss (log)`."""
        axis = " (log)" if self.logarithmic else ""
        newest = f" (newest 1/{2**self.zoom})" if self.zoom else ""
        return Content(f"{self.panel.title}{axis}{newest}")

    def legend(self) -> Content:
        """`a train 2.31  b held out 2.4`, each in its curve's colour, with its newest value."""
        parts: list[Content] = []
        several = len(self._series) > 1
        for number, (name, series) in enumerate(self._series.items()):
            letter = f"{LETTERS[number % len(LETTERS)]} " if several else ""
            named = f"{name} " if several else ""
            last = series.values[-1] if len(series) else None
            parts.append(Content.styled(f"{letter}{named}{figure(last)}", _NAMES[number % COLOURS]))
        return Content("  ").join(parts)

    def on_resize(self) -> None:
        self._label()

    def _label(self) -> None:
        title, legend = self.title(), self.legend()
        more = Content(self.more)
        # The newest values matter more than where they stand: below where there is no room for them above.
        above = title.cell_length + legend.cell_length + 8 <= self.size.width
        self.border_title = Content.assemble(title, "  ", legend) if above else title
        self.border_subtitle = more if above else Content.assemble(legend, "  " if self.more else "", more)

    def render_line(self, y: int) -> Strip:
        wanted = (self.content_size.width, self.content_size.height, self.logarithmic, self.zoom)
        if self._drawn_for != wanted:
            self._drawn = draw(list(self._series.values()), *wanted)
            self._drawn_for = wanted
        if not 0 <= y < len(self._drawn):
            return Strip.blank(self.content_size.width, self.rich_style)
        segments: list[Segment] = []
        run, owner = "", AXIS
        for cell in self._drawn[y]:
            if cell.owner != owner and run:
                segments.append(Segment(run, self._style(owner)))
                run = ""
            run, owner = run + cell.character, cell.owner
        segments.append(Segment(run, self._style(owner)))
        return Strip(segments, self.content_size.width)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.refresh()

    def _style(self, owner: int) -> Style:
        if owner in (AXIS, GRID):
            return self.get_component_rich_style("chart--axis" if owner == AXIS else "chart--grid")
        return self.get_component_rich_style(f"chart--curve-{owner % COLOURS}")


# The same colours as the component classes of chart.tcss, in the words of a Content.
_NAMES = ("$primary", "$accent", "$success", "$secondary", "$error", "$warning")
