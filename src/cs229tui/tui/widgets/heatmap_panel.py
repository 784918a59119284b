"""A matrix that a lab logged, as colours: attention, confusion, a kernel. The crosshair says the value of a cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.content import Content
from textual.events import Click, Leave, MouseMove
from textual.strip import Strip

from cs229tui.labkit.events import Heatmap
from cs229tui.labs.words import figure
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted
from cs229tui.tui.widgets.colour_scale import (
    HALF,
    Colour,
    colour_of,
    diverging,
    pair,
    place,
    sequential,
    shade_of,
)
from cs229tui.tui.widgets.run_panel import RunPanel

_MOST_LABEL = 14
_MOST_WIDE = 8  # columns a cell is drawn
_NAN = "·"


@dataclass(frozen=True)
class Plan:
    """How a matrix lies in the panel: where it begins, and how many columns and half rows each cell takes.

    A matrix larger than the panel is averaged: `across` × `down` of its cells make one that is drawn.
    """

    left: int
    wide: int
    high: int
    across: int
    down: int
    columns: int
    rows: int

    def cell(self, x: int, y: int) -> tuple[int, int] | None:
        """The row and column (of those drawn) at a cell of the panel."""
        column, row = (x - self.left) // self.wide, 2 * y // self.high
        inside = x >= self.left and 0 <= column < self.columns and 0 <= row < self.rows
        return (row, column) if inside else None


def plan(matrix: Heatmap, width: int, height: int, halves: bool) -> Plan | None:
    """The matrix laid out in so many cells, None where there is no room. `halves`: two rows can share a line."""
    rows = len(matrix.values)
    columns = len(matrix.values[0]) if rows else 0
    if not rows or not columns or width < 4 or height < 1:
        return None
    left = min(max((len(label) for label in matrix.rows), default=-1) + 1, _MOST_LABEL, width // 3)
    room, lines = width - left, height * 2
    least = 1 if halves else 2
    across, down = max(-(-columns // room), 1), max(-(-rows * least // lines), 1)
    shown_columns, shown_rows = -(-columns // across), -(-rows // down)
    wide, high = max(room // shown_columns, 1), max(lines // shown_rows, least)
    # A cell is about as wide as it is high; labels may make it wider.
    longest = max((len(label) for label in matrix.columns), default=0)
    wide = min(wide, max(high, min(longest + 1, _MOST_WIDE), 1))
    high = min(high, max(wide, least))
    if high > 1:
        high -= high % 2
    return Plan(left, wide, high, across, down, shown_columns, shown_rows)


class HeatmapPanel(RunPanel[Heatmap]):
    """The matrix of one moment; the arrows move the crosshair over it, the mouse too."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("cells")]

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.crosshair: tuple[int, int] | None = None
        self._plan: Plan | None = None
        self._cells: list[list[float | None]] = []
        self._low = self._high = 0.0
        self._labelled = self._explained = False
        self._scale: tuple[Colour, ...] = sequential(True)
        self._made_for: tuple[object, ...] = ()

    def changed(self) -> None:
        self._made_for = ()
        super().changed()

    # The crosshair

    def action_cross(self, columns: int, rows: int) -> None:
        """Move the crosshair over the cells; in time where there is none to move over."""
        self._make()
        if self._plan is None:
            return
        if self.crosshair is None:
            self.crosshair = (0, 0)
        else:
            row, column = self.crosshair
            row = min(max(row + rows, 0), self._plan.rows - 1)
            self.crosshair = (row, min(max(column + columns, 0), self._plan.columns - 1))
        self.changed()

    def on_mouse_move(self, event: MouseMove) -> None:
        self._point(event.get_content_offset(self))

    def on_click(self, event: Click) -> None:
        self._point(event.get_content_offset(self))
        super().on_click(event)

    def on_leave(self, _event: Leave) -> None:
        if self.crosshair is not None and not self.has_focus:
            self.crosshair = None
            self.label()
            self.refresh()

    def _point(self, at: object) -> None:
        self._make()
        x, y = (getattr(at, "x", -1), getattr(at, "y", -1))
        found = self._plan.cell(x, y) if self._plan is not None else None
        if found is not None and found != self.crosshair:
            self.crosshair = found
            self.label()
            self.refresh()

    def facts(self) -> Content:
        self._make()
        if self._plan is None or self.moment is None:
            return Content()
        if self.crosshair is None:
            return Content() if self._explained else muted(f"{figure(self._low)} to {figure(self._high)}")
        row, column = self.crosshair
        if row >= len(self._cells) or column >= len(self._cells[row]):
            return Content()
        mean = "mean of " if self._plan.across * self._plan.down > 1 else ""
        names = f"{mean}{_named(self.moment.rows, row, self._plan.down)} × "
        names += _named(self.moment.columns, column, self._plan.across)
        return Content.assemble(muted(f"{names} = "), Content.styled(figure(self._cells[row][column]), "bold"))

    # Drawing

    def _make(self) -> None:
        moment, size = self.moment, self.content_size
        wanted = (id(moment), size, self.colours, self.dark)
        if wanted == self._made_for:
            return
        self._made_for = wanted
        self._plan, self._cells = None, []
        if moment is None:
            return
        # Rather all rows than what stands below them.
        for below in ((True, True), (True, False), (False, False)):
            self._labelled, self._explained = below[0] and bool(moment.columns), below[1]
            lines = size.height - self._labelled - self._explained
            self._plan = plan(moment, size.width, lines, self.colours)
            if self._plan is not None and self._plan.down == 1:
                break
        if self._plan is not None and self._plan.down > 1:
            self._labelled, self._explained = bool(moment.columns), True
            self._plan = plan(moment, size.width, size.height - 1 - self._labelled, self.colours)
        if self._plan is None:
            return
        self._cells = averaged(moment.values, self._plan.across, self._plan.down)
        known = [value for row in self._cells for value in row if value is not None]
        self._low, self._high = min(known, default=0.0), max(known, default=0.0)
        if self._low < 0 < self._high and 0.25 <= -self._low / self._high <= 4:
            # Less and more than nothing: nothing stands in the middle.
            self._high = max(-self._low, self._high)
            self._low = -self._high
        self._scale = diverging(self.dark) if self._low < 0 and self._low == -self._high else sequential(self.dark)
        if self.crosshair is not None:
            self.crosshair = (
                min(self.crosshair[0], self._plan.rows - 1),
                min(self.crosshair[1], self._plan.columns - 1),
            )

    def render_line(self, y: int) -> Strip:
        self._make()
        moment, drawn = self.moment, self._plan
        if moment is None or drawn is None:
            return self.line(("too small to be drawn" if moment and y == 0 else "", self.quiet))
        lines = -(-drawn.rows * drawn.high // 2)
        if y < lines:
            return self.line(*self._row(moment, drawn, y))
        if y == lines and self._labelled:
            return self.line((" " * drawn.left, None), (_column_labels(moment.columns, drawn), self.quiet))
        if y == lines + self._labelled and self._explained:
            return self.line((" " * drawn.left, None), *self._legend())
        return self.line()

    def _row(self, moment: Heatmap, drawn: Plan, y: int) -> list[tuple[str, Style | None]]:
        first = 2 * y // drawn.high
        fresh = 2 * y % drawn.high == 0
        label = moment.rows[first * drawn.down] if fresh and first * drawn.down < len(moment.rows) else ""
        under = self.crosshair[0] == first if self.crosshair else False
        parts: list[tuple[str, Style | None]] = []
        if drawn.left:
            style = Style(bold=True) if under else self.quiet
            parts.append((f"{_cut(label, drawn.left - 1):>{drawn.left - 1}} ", style))
        for column in range(drawn.columns):
            upper = self._value(first, column)
            lower = self._value((2 * y + 1) // drawn.high, column)
            marked = self.crosshair == (first, column) and fresh
            parts.append(self._blocks(upper, lower, drawn.wide, marked))
        return parts

    def _value(self, row: int, column: int) -> float | tuple[()] | None:
        """A cell's number, None for NaN, () outside of the matrix."""
        return self._cells[row][column] if row < len(self._cells) else ()

    def _blocks(
        self, upper: float | tuple[()] | None, lower: float | tuple[()] | None, wide: int, marked: bool
    ) -> tuple[str, Style | None]:
        if not self.colours:
            text = " " if upper == () else _NAN if upper is None else shade_of(self._part(upper))
            return ("╳" * wide if marked else text * wide), None
        above, below = self._colour(upper), self._colour(lower)
        if marked:
            front = Style(color="#ffffff" if sum(above or (0, 0, 0)) < 380 else "#000000", bold=True)
            return "╋".center(wide, " ") if wide > 1 else "╋", pair(None, above or below) + front
        if upper is None and lower in (None, ()):
            return _NAN * wide, self.quiet
        if above == below:
            return " " * wide, pair(None, above)
        if above is None and below is not None:
            return "▄" * wide, pair(below, None)
        return HALF * wide, pair(above, below)

    def _part(self, value: float | tuple[()] | None) -> float:
        return place(value, self._low, self._high) if isinstance(value, (int, float)) else 0.0

    def _colour(self, value: float | tuple[()] | None) -> Colour | None:
        return colour_of(self._scale, self._part(value)) if isinstance(value, (int, float)) else None

    def _legend(self) -> list[tuple[str, Style | None]]:
        low, high = figure(self._low), figure(self._high)
        width = min(max(self.content_size.width - len(low) - len(high) - 12, 5), 24)
        bar: list[tuple[str, Style | None]]
        if self.colours:
            bar = [(" ", pair(None, colour_of(self._scale, at / (width - 1)))) for at in range(width)]
        else:
            bar = [(shade_of(at / (width - 1)), None) for at in range(width)]
        holes = any(value is None for row in self._cells for value in row)
        nan: list[tuple[str, Style | None]] = [(f"   {_NAN} NaN", self.quiet)] if holes else []
        return [(f"{low} ", self.quiet), *bar, (f" {high}", self.quiet), *nan]


def averaged(values: Sequence[Sequence[float | None]], across: int, down: int) -> list[list[float | None]]:
    """A matrix of means of `down` × `across` cells each, None where all of them are."""
    if across == down == 1:
        return [list(row) for row in values]
    made = []
    for top in range(0, len(values), down):
        rows = values[top : top + down]
        line = []
        for left in range(0, len(values[0]), across):
            known = [value for row in rows for value in row[left : left + across] if value is not None]
            line.append(sum(value / len(known) for value in known) if known else None)  # a sum might overflow
        made.append(line)
    return made


def _named(labels: Sequence[str], at: int, each: int) -> str:
    first, last = at * each, at * each + each - 1
    if each == 1:
        return labels[first] if first < len(labels) and labels[first].strip() else str(first)
    return f"{first}–{last}"


def _column_labels(labels: Sequence[str], drawn: Plan) -> str:
    """The labels below the columns; where they are longer than a column, every second, third, …"""
    longest = max((len(label) for label in labels), default=0)
    each = max(-(-(min(longest, _MOST_WIDE) + 1) // drawn.wide), 1) if longest >= drawn.wide else 1
    parts = []
    for column in range(0, drawn.columns, each):
        at = column * drawn.across
        parts.append(
            _cut(labels[at] if at < len(labels) else "", each * drawn.wide - (each > 1)).ljust(each * drawn.wide)
        )
    return "".join(parts)[: drawn.columns * drawn.wide + _MOST_WIDE]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"
