"""A plot of curves that grows while a run goes on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cs229tui.labkit.spec import Panel
from cs229tui.labs.series import Curve, Span
from cs229tui.labs.words import duration, figure
from cs229tui.tui.widgets.chart_drawing import AXIS, CROSS, FAINT, GRID, Drawing, Look, draw, letter
from cs229tui.tui.widgets.chart_legend import Entry, Piece, in_a_line, in_rows, width_of

COLOURS = 8
_NOTHING = Look(Span(0.0, 1.0))


class Chart(Widget):
    """The curves of one panel, told apart by letter and by colour, as a `Look` says."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--axis",
        "chart--grid",
        "chart--cross",
        *(f"chart--{kind}-{number}" for kind in ("curve", "faint") for number in range(COLOURS)),
    }

    @dataclass
    class Pointed(Message):
        """The mouse is at the step (or second) `x` of a plot, or has left it (None)."""

        chart: "Chart"
        x: float | None

    @dataclass
    class Turned(Message):
        """The wheel was turned at `x`: closer (1), farther (-1); or to the side, by quarters of what is in sight."""

        chart: "Chart"
        x: float | None
        closer: int = 0
        aside: float = 0.0

    @dataclass
    class Opened(Message):
        """A plot was double-clicked."""

        chart: "Chart"

    def __init__(self, panel: Panel, id: str | None = None) -> None:
        super().__init__(id=id, classes="panel")
        self.panel = panel
        self.more = ""
        self.look = _NOTHING
        self.curves: tuple[Curve, ...] = ()
        self._state: object = None
        self._drawing = Drawing(())
        self._drawn_for: object = None
        self._legend: list[list[Piece]] = []
        self._dragged: int | None = None

    def show(self, panel: Panel, curves: Sequence[Curve], look: Look) -> None:
        """Draw these curves; where nothing of them has changed since the last time, that costs nothing."""
        state = (panel, look, self.more, *(_state(curve) for curve in curves))
        if state == self._state:
            return
        self._state = state
        self.panel, self.curves, self.look = panel, tuple(curves), look
        self._label()
        self.refresh()

    def entries(self) -> list[Entry]:
        """What the legend says of each curve: its newest value, or that at the crosshair."""
        several = len(self.curves) > 1
        return [
            Entry(letter(curve, at) if several else "", curve.label if several else "", self._value(curve), at)
            for at, curve in enumerate(self.curves)
        ]

    def _value(self, curve: Curve) -> str:
        cross = self.look.cross
        if cross is None:
            index = len(curve.line) - 1
        else:
            index = curve.line.ruler.nearest(cross, self.look.span.by_time) if len(curve.line) else -1
        if index < 0:
            return "–"
        value = figure(curve.line.values[index])
        if curve.band is None or len(self.curves) > 1:  # of several, there is only room for where they are
            return value
        low, high = (edge.values[index] if index < len(edge) else float("nan") for edge in curve.band)
        return f"{value} ({figure(low)}–{figure(high)})" if low != high else value

    @property
    def drawn_points(self) -> int:
        """How many points the curves have that were drawn last."""
        return sum(len(curve.line) for curve in self.curves) if self._drawn_for is not None else 0

    def x_at(self, column: int) -> float | None:
        """The step (or second) at a column of the widget, None outside of the plot."""
        at = column - self.gutter.left - self._drawing.gutter
        if not 0 <= at < self._drawing.room:
            return None
        return self.look.span.at(at / max(self._drawing.room - 1, 1))

    def on_resize(self) -> None:
        self._label()
        self.refresh()

    def _label(self) -> None:
        """Title, legend and what more there is: in the frame where there is room, else the legend above the curves."""
        width = self.content_size.width - 2
        notes = [*(["log"] if self.look.log else []), *(["smooth"] if self.look.smoothing else [])]
        said = f" ({', '.join(notes)})" if notes else ""
        where, cross = "", self.look.cross
        if cross is not None:
            where = f"  {self.panel.x or 'step'} {figure(round(cross))}"
            where = f"  {duration(max(cross, 0.0))}" if self.look.span.by_time else where
        title = self.panel.title
        if len(title) + len(said) + len(where) > width:
            said = ""
        room = max(width - len(said) - len(where), 4)
        title = title if len(title) <= room else f"{title[: room - 1]}…"
        title += said + where
        entries = self.entries()
        line = in_a_line(entries)
        self._legend = []
        above = bool(line) and len(title) + width_of(line) + 4 <= width
        below = bool(line) and not above and width_of(line) + len(self.more) + 4 <= width
        if line and not above and not below:
            height = self.content_size.height
            most = 1 if height < 7 else max(height // 4, 2)
            self._legend = in_rows(entries, self.content_size.width, most, cross is not None)
        shown = self._content(line)
        self.border_title = Content.assemble(title, "  ", shown) if above else Content(title)
        more = Content(self.more)
        self.border_subtitle = Content.assemble(shown, "  " if self.more else "", more) if below else more

    def _content(self, pieces: Iterable[Piece]) -> Content:
        return Content.assemble(
            *(
                Content(text) if owner == AXIS else Content.styled(text, self.get_visual_style(self._class(owner)))
                for text, owner in pieces
            )
        )

    def render_line(self, y: int) -> Strip:
        width, height = self.content_size
        legend = self._legend
        wanted = (self._state, width, height, len(legend))
        if self._drawn_for != wanted:
            self._drawing = draw(self.curves, width, height - len(legend), self.look)
            self._drawn_for = wanted
        if y < len(legend):
            return Strip([Segment(text, self._style(owner)) for text, owner in legend[y]]).adjust_cell_length(
                width, self.rich_style
            )
        if not 0 <= y - len(legend) < len(self._drawing.rows):
            return Strip.blank(width, self.rich_style)
        characters, owners = self._drawing.rows[y - len(legend)]
        segments: list[Segment] = []
        start = 0
        for at in range(1, len(owners) + 1):
            if at == len(owners) or owners[at] != owners[start]:
                segments.append(Segment(characters[start:at], self._style(owners[start])))
                start = at
        return Strip(segments, width)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._label()
        self.refresh()

    def _class(self, owner: int) -> str:
        if owner < 0:
            return {AXIS: "chart--axis", GRID: "chart--grid", CROSS: "chart--cross"}[owner]
        curve = self.curves[owner % FAINT] if owner % FAINT < len(self.curves) else None
        tone = curve.tone if curve is not None and curve.tone is not None else owner % FAINT
        return f"chart--{'faint' if owner >= FAINT else 'curve'}-{tone % COLOURS}"

    def _style(self, owner: int) -> Style:
        return self.get_component_rich_style(self._class(owner))

    # The mouse

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Point at a step, or move what is in sight along."""
        if self._dragged is None:
            self.post_message(self.Pointed(self, self.x_at(event.x)))
        elif event.x != self._dragged and self._drawing.room:
            quarters = 4 * (self._dragged - event.x) / self._drawing.room
            self._dragged = event.x
            self.post_message(self.Turned(self, None, aside=quarters))

    def on_leave(self) -> None:
        self.post_message(self.Pointed(self, None))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the curves."""
        if event.button == 1:
            self._dragged = event.x
            self.capture_mouse()

    def on_mouse_up(self) -> None:
        """Let them go."""
        self._dragged = None
        self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2:
            self.post_message(self.Opened(self))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Closer to where the mouse is; with shift, to the left."""
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Farther away; with shift, to the right."""
        self._wheel(event, -1)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """To the left."""
        event.stop()
        self.post_message(self.Turned(self, None, aside=-1))

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """To the right."""
        event.stop()
        self.post_message(self.Turned(self, None, aside=1))

    def _wheel(self, event: events.MouseEvent, closer: int) -> None:
        event.stop()
        if event.shift:
            self.post_message(self.Turned(self, None, aside=-closer))
        else:
            self.post_message(self.Turned(self, self.x_at(event.x), closer=closer))


def _state(curve: Curve) -> object:
    """What changes whenever a curve does: lines are added to, and now and then cut, at their ends."""
    line = curve.line
    newest = (line.steps[len(line) - 1], line.values[len(line) - 1]) if len(line) else ()
    return curve.label, curve.tone, curve.style, id(line), len(line), repr(newest), id(curve.band)
