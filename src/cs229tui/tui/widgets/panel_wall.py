"""The panels of a run on a wall: curves, pictures, heat maps, texts; what does not fit is on other pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from textual import on
from textual.app import ComposeResult
from textual.events import Resize
from textual.message import Message
from textual.widget import Widget

from cs229tui.labkit.spec import Panel
from cs229tui.labs.series import Series
from cs229tui.tui.widgets.chart import Chart
from cs229tui.tui.widgets.chart_sharing import SharedSight, plots_of
from cs229tui.tui.widgets.run_panel import RunPanel

_LEAST_WIDTH = 34
_LEAST_HEIGHT = 8
_MOST_COLUMNS = 4
_WIDE = 48

Kind = Literal["curves", "image", "heatmap", "histogram", "text", "machine"]


@dataclass(frozen=True)
class Place:
    """What a panel shows: of a kind, under a name; curves are told by their `panel`."""

    kind: Kind
    name: str
    panel: Panel | None = None


class PanelWall(SharedSight):
    """A wall of panels. A panel keeps its place when others come after it; `make` makes those that are not curves."""

    class Turned(Message):
        """Other panels are in sight."""

    class Enlarged(Message):
        """The panel under the cursor is to have all the room, or no longer."""

    def __init__(self, make: Callable[[Place], RunPanel[Any]], id: str | None = None) -> None:
        super().__init__(id=id)
        self.places: tuple[Place, ...] = ()
        self.page = 0
        self.large: Place | None = None
        self.shape = (1, 1)
        self._kept: Place | None = None
        self._make = make
        self._known: dict[Place, Widget] = {}
        self._moments: Mapping[Place, Sequence[Any]] = {}

    def compose(self) -> ComposeResult:
        empty = Chart(Panel("metrics", ()))
        empty.add_class("-empty")
        yield empty

    # What is on it

    @property
    def shown(self) -> tuple[Place, ...]:
        """The panels that are in sight."""
        if self.large is not None:
            return (self.large,)
        columns, rows = self.shape
        return self.places[self.page * columns * rows :][: columns * rows]

    @property
    def pages(self) -> int:
        """How many pages of panels there are."""
        columns, rows = self.shape
        return max(-(-len(self.places) // max(columns * rows, 1)), 1)

    @property
    def charts(self) -> list[Chart]:
        """The curves that are in sight."""
        return [widget for place in self.shown if isinstance(widget := self._known.get(place), Chart)]

    @property
    def panels(self) -> list[RunPanel[Any]]:
        """The other panels that are in sight."""
        return [widget for place in self.shown if isinstance(widget := self._known.get(place), RunPanel)]

    def show(
        self, curves: Sequence[Panel], series: Mapping[str, Series], moments: Mapping[Place, Sequence[Any]]
    ) -> None:
        """Draw this; only what is in sight is drawn."""
        self.plots, self._moments = plots_of(curves, series), moments
        wanted = [*(Place("curves", panel.title, panel) for panel in curves), *moments]
        kept = [place for place in self.places if place in wanted]
        places = (*kept, *(place for place in wanted if place not in kept))
        # What the machine does stands aside, however early it was told of.
        places = tuple(sorted(places, key=lambda place: place.kind == "machine"))
        if places != self.places:
            self.places = places
            self._arrange()
        else:
            self.redraw()

    def redraw(self) -> None:
        """Draw what is in sight."""
        span = self.sight.span(self.whole_span)
        plots = {plot.panel: plot for plot in self.plots}
        for place in self.shown:
            widget = self._known.get(place)
            if isinstance(widget, Chart) and place.panel in plots:
                self.draw_in(widget, plots[place.panel], span)
            elif isinstance(widget, RunPanel):
                widget.show(self._moments.get(place, ()))

    @on(SharedSight.Looked)
    def _looked(self) -> None:
        for panel in self.panels:
            panel.look_at(self.sight.cross, self.sight.by_time)

    @on(Chart.Opened)
    def _opened(self, event: Chart.Opened) -> None:
        event.stop()
        event.chart.focus()
        self.call_after_refresh(self.post_message, self.Enlarged())

    @on(RunPanel.Opened)
    def _panel_opened(self, event: RunPanel.Opened) -> None:
        event.stop()
        self.post_message(self.Enlarged())

    # Where it is

    def turn(self, step: int) -> None:
        """Show the next panels, or those before; the next one where one is enlarged."""
        if not self.places:
            return
        if self.large is not None:
            at = self.places.index(self.large) if self.large in self.places else 0
            self.large = self._kept = self.places[(at + step) % len(self.places)]
        else:
            columns, rows = self.shape
            self._kept = self.places[(self.page + step) % self.pages * columns * rows]
        had_focus = self.has_focus_within
        self._arrange()
        if had_focus:
            self.focus_first()

    def enlarge(self) -> None:
        """Give the panel under the cursor all the room, or take it back."""
        if self.large is not None:
            self.large = None
        elif self.shown:
            self.large = self._kept = next((place for place in self.shown if self._has_focus(place)), self.shown[0])
        self._arrange()

    def _has_focus(self, place: Place) -> bool:
        widget = self._known.get(place)
        return widget is not None and widget.has_focus

    def focus_first(self) -> None:
        """To the first panel in sight."""
        widget = self._known.get(self.shown[0]) if self.shown else None
        if widget is not None:
            self.call_after_refresh(widget.focus)

    def on_resize(self, _event: Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        self.shape = (1, 1) if self.large else self._shape(max(len(self.places), 1))
        if self.large is not None and self.large not in self.places:
            self.large = None
        # Whatever the room is now, what was looked at stays in sight.
        at = self.places.index(self._kept) if self._kept in self.places else 0
        self.page = 0 if self.large else at // (self.shape[0] * self.shape[1])
        shown = self.shown
        # The last page's panels have all of its room.
        columns, rows = self._shape(len(shown)) if 0 < len(shown) < len(self.places) else self.shape
        self.styles.grid_size_columns, self.styles.grid_size_rows = columns, rows
        fresh = []
        for place in shown:
            if place not in self._known:
                made: Widget = Chart(place.panel) if place.panel else self._make(place)
                made.can_focus = True
                self._known[place] = made
                fresh.append(made)
        if fresh:
            self.mount_all(fresh)
        order = {self._known[place]: at for at, place in enumerate(self.places) if place in self._known}
        for child in self.children:
            if child in order:
                child.display = any(self._known[place] is child for place in shown)
            else:
                child.display = not self.places
        self.sort_children(key=lambda child: order.get(child, len(order)))
        for place in shown:
            widget = self._known[place]
            last = place == shown[-1]
            if isinstance(widget, (Chart, RunPanel)):
                widget.more = self._more() if last else ""
                if isinstance(widget, RunPanel):
                    widget.label()
        self.redraw()
        self.screen.refresh_bindings()

    def _more(self) -> str:
        if self.large is not None:
            return f"{self.places.index(self.large) + 1} of {len(self.places)}  [ ]  v"
        return f"panels {self.page + 1} of {self.pages}  [ ]" if self.pages > 1 else ""

    def _shape(self, count: int) -> tuple[int, int]:
        """How many columns and rows of panels there are room for."""
        width, height = self.size
        most = _MOST_COLUMNS if width >= _MOST_COLUMNS * _WIDE else 3
        columns = min(max(width // _LEAST_WIDTH, 1), count, most)
        rows = min(max(height // _LEAST_HEIGHT, 1), -(-count // columns))
        if rows * columns >= count:
            columns = -(-count // rows)
        return columns, rows
