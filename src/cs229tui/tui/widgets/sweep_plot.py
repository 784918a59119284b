"""Results over what was swept: a dot for each setting, with its spread, at the value of the parameter."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from cs229tui.labs.compare import setting
from cs229tui.labs.spreads import Spread
from cs229tui.tui.widgets.chart_axes import value_scale
from cs229tui.tui.widgets.chart_drawing import LETTERS

_WIDE = 10.0  # values this far apart stand on a logarithmic axis
_LEAST = (16, 4)
Grid = list[list[tuple[str, Style | str]]]
_BAR, _CAP = "│", "┬┴"


@dataclass(frozen=True)
class Point:
    """The result of one setting: where it stands, its letter and colour."""

    value: object
    result: Spread
    tone: int


class SweepPlot(Widget):
    """A small plot; `show` is called again whenever a result has changed."""

    ALLOW_SELECT = False

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, classes="panel")
        self.points: tuple[Point, ...] = ()
        self.tones: Sequence[Style] = ()

    def show(self, parameter: str, metric: str, points: Sequence[Point], tones: Sequence[Style]) -> None:
        """Show a metric's results over a parameter, in the `tones` of the curves."""
        self.tones = tones
        self.border_title = Content(f"{metric} at the end")
        self.border_subtitle = Content(parameter)
        self.points = tuple(points)
        self.refresh()

    def render(self) -> Content:
        width, height = self.content_size
        numbers = [point for point in self.points if point.result.n]
        if not numbers or width < _LEAST[0] or height < _LEAST[1]:
            return Content.styled("no numbers yet" if not numbers else "", "$text-muted")
        rows = height - 1
        scale = value_scale([_low(point) for point in numbers], [_high(point) for point in numbers], False, rows)
        if scale is None:
            return Content()
        gutter = max((len(label) for _, label in scale.ticks), default=0) + 1
        grid: Grid = [[(" ", "")] * width for _ in range(height)]
        for tick, label in scale.ticks:
            row = grid[scale.place(tick, rows)]
            for at in range(gutter, width):
                row[at] = ("┈", "$border-blurred")
            _write(row, gutter - 1 - len(label), label, "$text-muted")
        places = _places([point.value for point in numbers], width - gutter - 4)
        for point in numbers:
            tone = self.tones[point.tone % len(self.tones)]
            _draw(grid, point, gutter + 2 + places[point.value], scale.place, rows, tone)
        end = gutter
        for value in sorted(places, key=lambda value: places[value]):
            label = setting(value)
            left = min(max(gutter + 2 + places[value] - len(label) // 2, gutter), width - len(label))
            if left >= end:
                _write(grid[-1], left, label, "$text-muted")
                end = left + len(label) + 1
        return Content("\n").join(Content.assemble(*(cell if cell[1] else cell[0] for cell in row)) for row in grid)


def _draw(grid: Grid, point: Point, column: int, place: Callable[[float, int], int], rows: int, tone: Style) -> None:
    spots = [place(value, rows) for value in (_high(point), point.result.mean, _low(point))]
    for row in range(spots[0], spots[2] + 1):
        grid[row][column] = (_BAR, tone)
    if spots[0] < spots[1] < spots[2]:
        grid[spots[0]][column], grid[spots[2]][column] = (_CAP[0], tone), (_CAP[1], tone)
    grid[spots[1]][column] = ("●", tone)
    _write(grid[spots[1]], column + 1, LETTERS[point.tone % len(LETTERS)], tone)


def _places(values: Sequence[object], room: int) -> dict[object, int]:
    """A column for each value: to scale where they are numbers, else evenly."""
    numbers = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    known = list(dict.fromkeys(values))
    if len(numbers) < len(values):
        ordered = sorted(known, key=str)
        return {value: round(at * room / max(len(ordered) - 1, 1)) for at, value in enumerate(ordered)}
    log = min(numbers) > 0 and max(numbers) / min(numbers) >= _WIDE
    scaled = {value: math.log(float(value)) if log else float(value) for value in known}  # type: ignore[arg-type]
    low, high = min(scaled.values()), max(scaled.values())
    return {value: round((at - low) / (high - low) * room) if high > low else room // 2 for value, at in scaled.items()}


def _write(row: list[tuple[str, Style | str]], at: int, text: str, style: Style | str) -> None:
    for index, character in enumerate(text, max(at, 0)):
        if index < len(row):
            row[index] = (character, style)


def _low(point: Point) -> float:
    return point.result.mean - (point.result.deviation or 0.0)


def _high(point: Point) -> float:
    return point.result.mean + (point.result.deviation or 0.0)
