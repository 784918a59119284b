"""Curves drawn with braille dots, two by four to a cell: scales, ticks and lines, without any of the screen's parts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cs229tui.labs.series import Column, Series

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
LETTERS = "abcdefghijklmnopqrstuvwxyz"
AXIS = -1  # the owner of what is not part of a curve
GRID = -2
_LEAST_STEPS = 10.0  # the steps a plot spans at least, so that a run's first points do not jump about


@dataclass(frozen=True)
class Cell:
    """One character of a drawing, and whose it is: the index of a curve, `AXIS` or `GRID`."""

    character: str
    owner: int


@dataclass(frozen=True)
class Scale:
    """From values to dots: `low` and `high` in values, both positive where `log`; ticks as value and label."""

    low: float
    high: float
    log: bool
    ticks: tuple[tuple[float, str], ...]

    def place(self, value: float, dots: int) -> int:
        """The dot, from 0 at the top, of a value inside the scale; one outside lands on the edge."""
        low, high = (math.log10(self.low), math.log10(self.high)) if self.log else (self.low, self.high)
        at = math.log10(max(value, self.low)) if self.log else value
        return min(max(round((high - at) / (high - low) * (dots - 1)), 0), dots - 1)


def draw(
    curves: Sequence[Series], width: int, height: int, log: bool = False, zoom: int = 0
) -> tuple[tuple[Cell, ...], ...]:
    """The curves in `width` × `height` cells; `zoom` halves the span so often, keeping its newest end."""
    filled = [series for series in curves if len(series)]
    if not filled or width < 12 or height < 3:
        return _said("no numbers yet", width, height)
    first = min(series.steps[0] for series in filled)
    last = max(max(series.steps[-1] for series in filled), first + _LEAST_STEPS)
    start = last - (last - first) / 2**zoom
    rows = height - 1
    scale = _scale(_ranges(filled, start, last, width, zoom), log, rows)
    if scale is None:
        return _said("no positive numbers to draw on a log axis" if log else "NaN", width, height)
    gutter = max(len(label) for _, label in scale.ticks) + 1
    margin = 2 if len(curves) > 1 else 0
    plot = width - gutter - margin
    if plot < 6:
        return _said("too narrow", width, height)
    grid = [[Cell(" ", AXIS) for _ in range(width)] for _ in range(height)]
    for value, label in scale.ticks:
        row = scale.place(value, rows * 4) // 4
        _write(grid[row], gutter - 1 - len(label), label, AXIS)
        for at in range(gutter, gutter + plot):
            grid[row][at] = Cell("┈", GRID)
    _label_steps(grid[-1], start, last, gutter, plot)
    dots: dict[tuple[int, int], tuple[int, int]] = {}
    ends: list[tuple[int, int]] = []
    for owner in reversed(range(len(curves))):  # the first curve is drawn last, over the others
        columns = curves[owner].columns(start, last, 2 * plot)
        for x, y in _trace(columns, scale, rows * 4):
            bits = dots.get((y // 4, x // 2), (0, 0))[0]
            dots[y // 4, x // 2] = (bits | _DOTS[x % 2][y % 4], owner)
        shown = [column for column in columns if _drawn(column.last, scale)]
        if shown:
            ends.append((owner, scale.place(shown[-1].last, rows * 4) // 4))
    for (row, column), (bits, owner) in dots.items():
        grid[row][gutter + column] = Cell(chr(0x2800 + bits), owner)
    if margin:
        _label_ends(grid, ends, width - 1, rows)
    return tuple(tuple(row) for row in grid)


def nice_step(span: float, count: int) -> float:
    """The step of 1, 2 or 5 times a power of ten that divides `span` into about `count` parts."""
    rough = span / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999999)


def _ranges(
    filled: Sequence[Series], start: float, last: float, width: int, zoom: int
) -> list[tuple[float, float, float]]:
    """The least, least positive and greatest value of each curve in sight."""
    if not zoom:
        return [(series.low, series.least_positive, series.high) for series in filled]
    ranges = []
    for series in filled:
        columns = series.columns(start, last, 2 * width)
        if columns:
            positive = min((column.low for column in columns if column.low > 0), default=math.inf)
            ranges.append((min(column.low for column in columns), positive, max(column.high for column in columns)))
    return ranges


def _scale(ranges: Sequence[tuple[float, float, float]], log: bool, rows: int) -> Scale | None:
    lows = [low for low in (entry[1 if log else 0] for entry in ranges) if low < math.inf]
    highs = [entry[2] for entry in ranges if entry[2] > (0 if log else -math.inf)]
    if not highs:
        return None
    low, high = min(lows, default=min(highs)), max(highs)
    count = min(max(rows // 2, 1), 6)
    if log:
        if high / low < 1.05:
            low, high = low / 1.05, high * 1.05
        return Scale(low, high, True, _log_ticks(low, high, count))
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        pad = abs(high) * 0.05 or 1.0
        low, high = low - pad, high + pad
    step = nice_step(high - low, count)
    decimals = max(-math.floor(math.log10(step) + 1e-9), 0)
    first = math.ceil(low / step - 1e-9)
    ticks = [(first + at) * step for at in range(int((high - first * step) / step + 1e-9) + 1)]
    return Scale(low, high, False, tuple((tick, _label(tick, decimals)) for tick in ticks) or ((low, _label(low, 4)),))


def _log_ticks(low: float, high: float, count: int) -> tuple[tuple[float, str], ...]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        ticks = [factor * 10.0**decade for decade in decades for factor in factors]
        ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(ticks) >= min(count, 2):
            break
    else:  # hardly any powers of ten in sight: the ticks of a linear axis will do
        step = nice_step(high - low, count)
        ticks = [at * step for at in range(math.ceil(low / step), math.floor(high / step) + 1)] or [low]
    thin = ticks[:: max(math.ceil(len(ticks) / (count + 1)), 1)]
    return tuple((tick, f"{tick:.0e}".replace("e-0", "e-") if tick < 1e-3 else f"{tick:.4g}") for tick in thin)


def _label(value: float, decimals: int) -> str:
    if abs(value) >= 1e6 or decimals > 4:
        return f"{value:.2g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    if abs(value) >= 1e4:
        return f"{value / 1000:g}k"
    return f"{value:.{decimals}f}" if value else "0"


def _label_steps(row: list[Cell], start: float, last: float, gutter: int, plot: int) -> None:
    step = nice_step(last - start, max(plot // 10, 1))
    taken = gutter - 1
    at = math.ceil(start / step - 1e-9)
    while at * step <= last + 1e-9 * step:
        value = at * step
        label = _label(value, max(-math.floor(math.log10(step) + 1e-9), 0))
        middle = gutter + round((value - start) / (last - start) * (plot - 1))
        left = min(max(middle - len(label) // 2, gutter), gutter + plot - len(label))
        if left > taken:
            _write(row, left, label, AXIS)
            taken = left + len(label) + 1
        at += 1


def _drawn(value: float, scale: Scale) -> bool:
    return value > 0 or not scale.log


def _trace(columns: Sequence[Column], scale: Scale, dots: int) -> list[tuple[int, int]]:
    """Every dot of a curve: down each column from its least to its greatest, and a line to the next unless cut."""
    traced: list[tuple[int, int]] = []
    before: Column | None = None
    for column in columns:
        if not _drawn(column.high, scale):
            before = None
            continue
        if before is not None and not column.gap and _drawn(before.last, scale) and _drawn(column.first, scale):
            here, there = scale.place(before.last, dots), scale.place(column.first, dots)
            traced += _line(before.place, here, column.place, there)
        top, bottom = scale.place(column.high, dots), scale.place(max(column.low, scale.low), dots)
        traced += [(column.place, y) for y in range(top, bottom + 1)]
        before = column
    return traced


def _line(x0: int, y0: int, x1: int, y1: int) -> list[tuple[int, int]]:
    steps = max(x1 - x0, abs(y1 - y0), 1)
    return [(x0 + round((x1 - x0) * at / steps), y0 + round((y1 - y0) * at / steps)) for at in range(1, steps)]


def _label_ends(grid: list[list[Cell]], ends: list[tuple[int, int]], column: int, rows: int) -> None:
    """Each curve's letter at the height of its last value; where two meet, one moves to the nearest free row."""
    free = set(range(rows))
    for owner, row in sorted(ends):
        near = min(free, key=lambda other: (abs(other - row), other), default=None)
        if near is not None:
            free.discard(near)
            grid[near][column] = Cell(LETTERS[owner % len(LETTERS)], owner)


def _write(row: list[Cell], at: int, text: str, owner: int) -> None:
    for index, character in enumerate(text, max(at, 0)):
        if index < len(row):
            row[index] = Cell(character, owner)


def _said(text: str, width: int, height: int) -> tuple[tuple[Cell, ...], ...]:
    rows = [[Cell(" ", AXIS) for _ in range(width)] for _ in range(max(height, 0))]
    if rows and width > 0:
        text = text[:width]
        _write(rows[len(rows) // 2], (width - len(text)) // 2, text, AXIS)
    return tuple(tuple(row) for row in rows)
