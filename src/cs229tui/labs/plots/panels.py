"""One panel of a plot on paper: its frame and what is in it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cs229tui.labs.compare import setting
from cs229tui.labs.plots.axes import Axis, axis, axis_of
from cs229tui.labs.plots.colours import told_apart
from cs229tui.labs.plots.pens import Pen, Point, text_width
from cs229tui.labs.series import Series, Span
from cs229tui.labs.spreads import Line, Spread

INK, SOFT, _FAINT = "#222222", "#666666", "#e4e4e4"
SIZE, SMALL = 8.0, 6.5
_MOST_POINTS = 1600


@dataclass(frozen=True)
class Curve:
    """One line of a panel and what the legend says of it."""

    label: str
    line: Line
    colour: str
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True)
class CurvePanel:
    """Curves over the steps, or over what `x` says."""

    title: str
    curves: tuple[Curve, ...]
    log: bool = False
    x: str = ""


@dataclass(frozen=True)
class SweepPanel:
    """What a metric was at the end over the parameter that was swept; a row for each setting of the others."""

    title: str
    parameter: str
    rows: tuple[tuple[str, tuple[tuple[object, Spread], ...]], ...]


def draw_panel(pen: Pen, panel: CurvePanel | SweepPanel, left: float, top: float, right: float, bottom: float) -> None:
    """Draw one panel into this part of a sheet."""
    pen.text((left + 30, top + 12), panel.title, SIZE, INK)
    box = (left + 36, top + 19, right - 10, bottom - 28)
    if isinstance(panel, SweepPanel):
        _draw_sweep(pen, panel, box)
    else:
        _draw_curves(pen, panel, box)


def _draw_curves(pen: Pen, panel: CurvePanel, box: tuple[float, float, float, float]) -> None:
    lines = [curve.line for curve in panel.curves]
    series = [part for line in lines for part in (line.mean, line.low, line.high) if part is not None]
    across = axis((end for one in series for end in (one.steps[0], one.steps[-1])), False, 6, margin=0.0)
    up = axis(_heights(lines, panel.log), panel.log, 6)
    if across is None or up is None:
        _frame(pen, box, across, None, panel.x or "step")
        pen.text(
            ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2),
            "no positive numbers for a log axis" if panel.log else "NaN",
            SIZE,
            SOFT,
            "middle",
        )
        return
    _frame(pen, box, across, up, panel.x or "step")
    pen.clip(*box)
    for curve in reversed(panel.curves):
        line = curve.line
        if line.low is not None and line.high is not None:
            lows, highs = (
                _pieces(line.low, across, up, box, floor=True),
                _pieces(line.high, across, up, box, floor=True),
            )
            for low, high in zip(lows, highs, strict=True):
                pen.area([*high, *reversed(low)], curve.colour, 0.18)
    for curve in reversed(panel.curves):
        for piece in _pieces(curve.line.mean, across, up, box):
            if len(piece) == 1:
                pen.dot(piece[0], 1.2, curve.colour)
            else:
                pen.line(piece, curve.colour, 1.1, 1.0, curve.dashes)
    pen.unclip()


def _draw_sweep(pen: Pen, panel: SweepPanel, box: tuple[float, float, float, float]) -> None:
    values = sorted({value for _, points in panel.rows for value, _ in points}, key=_order)
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    places = {value: float(value) if numeric else float(at) for at, value in enumerate(values)}  # type: ignore[arg-type]
    across = axis_of(list(places.values()), [setting(value) for value in values])
    ends = [end for _, points in panel.rows for _, result in points for end in _ends(result)]
    up = axis(ends, False, 6, margin=0.08)
    if up is None:
        return
    _frame(pen, box, across, up, panel.parameter)
    for at, (label, points) in enumerate(panel.rows):
        colour, dashes = told_apart(at)
        middles = [_point(places[value], result.mean, across, up, box) for value, result in points]
        pen.line(middles, colour, 0.8, 1.0, dashes)
        for (value, result), middle in zip(points, middles, strict=True):
            if result.deviation is not None:
                low, high = (_point(places[value], end, across, up, box) for end in _ends(result))
                pen.line([low, high], colour, 0.8)
                for x, y in (low, high):
                    pen.line([(x - 2, y), (x + 2, y)], colour, 0.8)
            pen.dot(middle, 2.0, colour)
        if label and middles:
            x, y = middles[-1]
            pen.text((min(x, box[2]) - 4, y - 5), label, SMALL, colour, "end")


def _frame(pen: Pen, box: tuple[float, float, float, float], across: Axis | None, up: Axis | None, below: str) -> None:
    left, top, right, bottom = box
    for value, label in up.ticks if up else ():
        y = bottom - up.place(value) * (bottom - top) if up else bottom
        if top - 0.5 <= y <= bottom + 0.5:
            pen.line([(left, y), (right, y)], _FAINT, 0.5)
            pen.text((left - 4, y + 2.5), label, SMALL, SOFT, "end")
    taken = -math.inf
    for value, label in across.ticks if across else ():
        x = left + across.place(value) * (right - left) if across else left
        half = text_width(label, SMALL) / 2
        if left - 0.5 <= x <= right + 0.5 and x - half > taken:
            pen.line([(x, bottom), (x, bottom + 2.5)], SOFT, 0.5)
            pen.text((x, bottom + 9.5), label, SMALL, SOFT, "middle")
            taken = x + half + 3
    pen.line([(left, top), (left, bottom), (right, bottom)], SOFT, 0.6)
    pen.text(((left + right) / 2, bottom + 19), below, SIZE, INK, "middle")


def _heights(lines: Sequence[Line], log: bool) -> Iterator[float]:
    """The values that must be seen: all means, and bands as far as they go with them on a logarithmic axis."""
    for line in lines:
        low, high = line.mean.extent()
        yield high
        yield low if low > 0 or not log else min((value for value in line.mean.values if value > 0), default=high)
        if line.high is not None and line.low is not None:
            yield line.high.extent()[1]
            if not log:
                yield line.low.extent()[0]


def _pieces(
    series: Series, across: Axis, up: Axis, box: tuple[float, float, float, float], floor: bool = False
) -> list[list[Point]]:
    """The lines of a series, broken where it has no number; `floor` keeps what a logarithmic axis cannot show."""
    pieces: list[list[Point]] = [[]]
    for step, value in _points(series):
        if value != value or (up.log and value <= 0 and not floor):
            if pieces[-1]:
                pieces.append([])
            continue
        pieces[-1].append(_point(step, max(value, up.low) if floor and up.log else value, across, up, box))
    return [piece for piece in pieces if piece]


def _points(series: Series) -> Iterator[Point]:
    if len(series) <= _MOST_POINTS:
        yield from zip(series.steps, series.values, strict=True)
        return
    span = Span(series.steps[0], series.steps[-1])
    count = _MOST_POINTS // 2
    for column in series.columns(span, count):
        step = span.at(column.place / (count - 1))
        if column.gap:
            yield step, math.nan
        yield step, column.low
        if column.high > column.low:
            yield step, column.high


def _point(x: float, y: float, across: Axis, up: Axis, box: tuple[float, float, float, float]) -> Point:
    left, top, right, bottom = box
    height = min(max(up.place(y), -1.0), 2.0)
    return left + across.place(x) * (right - left), bottom - height * (bottom - top)


def _ends(result: Spread) -> tuple[float, float]:
    apart = result.deviation or 0.0
    return result.mean - apart, result.mean + apart


def _order(value: object) -> tuple[bool, float, str]:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return (not numeric, float(value) if numeric else 0.0, str(value))  # type: ignore[arg-type]
