"""Curves as characters: a frame of axes and grid, the lines in braille dots; without any of the screen's parts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cs229tui.labs.series import Column, Curve, Series, Span
from cs229tui.tui.widgets.chart_axes import Scale, Ticks, span_ticks, value_scale
from cs229tui.tui.widgets.chart_dots import Dots, band, dashed, line, mark

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Whose a character is: a curve's index, with FAINT added for what lies behind it (its band, or its raw values under a
# smoothed line); or one of these.
AXIS, GRID, CROSS = -1, -2, -3
FAINT = 1000
_LEAST_STEPS = 10.0  # the steps a plot spans at least, so that a run's first points do not jump about
_LEAST_SECONDS = 1.0
_PARTS = 200  # of what is in sight, by which smoothing counts
_FEW = 16  # columns that are enough to find the least and the greatest value


@dataclass(frozen=True)
class Look:
    """How curves are looked at: the part of the axis, log values, weight of the smoothing (0 none), the crosshair."""

    span: Span
    log: bool = False
    smoothing: float = 0.0
    cross: float | None = None


@dataclass(frozen=True)
class Drawing:
    """Rows of characters, with the owner of each; the plot proper is `room` cells from the column `gutter` on."""

    rows: tuple[tuple[str, tuple[int, ...]], ...]
    gutter: int = 0
    room: int = 0


def whole(curves: Sequence[Curve], by_time: bool = False, log: bool = False) -> Span:
    """The span of all points of these curves, and never less than a few steps."""
    axes = [curve.line.ruler.axis(by_time) for curve in curves if len(curve.line)]
    start = min((axis[0] for axis in axes), default=0.0)
    end = max((axis[-1] for axis in axes), default=0.0)
    if not (math.isfinite(start) and math.isfinite(end)):
        start, end = 0.0, 0.0
    start = min(start, 0.0) if by_time else start
    return Span(start, max(end, start + (_LEAST_SECONDS if by_time else _LEAST_STEPS)), by_time, log)


def draw(curves: Sequence[Curve], width: int, height: int, look: Look) -> Drawing:
    """The curves in `width` × `height` cells; the first lies on top."""
    if not any(len(curve.line) for curve in curves) or width < 12 or height < 3:
        return _said("no numbers yet", width, height)
    rows = height - 1
    shown = [_columns(line, look.span, _FEW) for curve in curves for line in (curve.line, *(curve.band or ()))]
    scale = _scale(curves, shown, look, rows)
    if scale is None:
        if not any(shown):
            return _said("no numbers here" if any(_numbers(curve.line) for curve in curves) else "NaN", width, height)
        return _said("no positive numbers to draw on a log axis", width, height)
    gutter = max(len(label) for _, label in scale.ticks) + 1
    margin = 2 if len(curves) > 1 else 0
    room = width - gutter - margin
    if room < 6:
        return _said("too narrow", width, height)
    characters, owners = _frame(scale.ticks, scale, width, rows, gutter, room)
    _write_steps(characters[-1], owners[-1], look.span, gutter, room)
    if look.cross is not None:
        _cross(characters, owners, look, gutter, room, rows)
    front, back, ends = _lines(curves, look, scale, room, rows)
    for row in range(rows):
        for sheet, faint in ((back, FAINT), (front, 0)):
            for cell, bits in enumerate(sheet.bits[row]):
                if bits:
                    characters[row][gutter + cell] = chr(0x2800 + bits)
                    owners[row][gutter + cell] = sheet.owners[row][cell] + faint
    if margin:
        _write_ends(characters, owners, ends, curves, width - 1, rows)
    return Drawing(
        tuple(("".join(row), tuple(whose)) for row, whose in zip(characters, owners, strict=True)), gutter, room
    )


def letter(curve: Curve, place: int) -> str:
    """What a curve is called at its end."""
    return LETTERS[(place if curve.tone is None else curve.tone) % len(LETTERS)]


def constants(curves: Sequence[Curve]) -> list[float | None]:
    """For each curve its one value where it never changes beside others that do, such as a baseline; else None."""
    extents = [curve.line.extent() for curve in curves]
    longest = max(
        (len(curve.line) for curve, (low, high) in zip(curves, extents, strict=True) if low < high), default=0
    )
    return [
        low if low == high and (curve.style == "dashed" or longest > 4) else None
        for curve, (low, high) in zip(curves, extents, strict=True)
    ]


def smoothed(columns: Sequence[Column], weight: float, count: int) -> list[Column]:
    """The mean of what came before, each two-hundredth of what is in sight counting `weight` times the next.

    The weights are divided by their sum: no bias to 0 at the beginning (compare Kingma and Ba 2014, section 3).
    A curve of a million points looks as smooth as one of a hundred, in a small plot as in a large one, and points that
    lie far apart are hardly smoothed.
    """
    made: list[Column] = []
    total = weights = 0.0
    before = 0
    for column in columns:
        passed = weight ** ((column.place - before) * _PARTS / count)
        total, weights, before = total * passed + column.mean, weights * passed + 1.0, column.place
        value = total / weights
        made.append(Column(column.place, value, value, value, value, value, value, column.gap))
    return made


def _columns(series: Series, span: Span, count: int) -> list[Column]:
    return series.columns(span, count) if len(series) else []


def _numbers(series: Series) -> bool:
    return series.extent()[0] < math.inf


def _scale(curves: Sequence[Curve], shown: Sequence[Sequence[Column]], look: Look, rows: int) -> Scale | None:
    lows = [min(column.positive if look.log else column.low for column in columns) for columns in shown if columns]
    highs = [max(column.high for column in columns) for columns in shown if columns]
    if highs:  # a baseline from before the part in sight still belongs to it
        for value in constants(curves):
            if value is not None and (value > 0 or not look.log):
                lows.append(value)
                highs.append(value)
    return value_scale(lows, highs, look.log, rows)


def _lines(
    curves: Sequence[Curve], look: Look, scale: Scale, room: int, rows: int
) -> tuple[Dots, Dots, list[tuple[int, int]]]:
    """The lines, what lies behind them, and at which row each curve ends."""
    front, back = Dots(room, rows), Dots(room, rows)
    ends: list[tuple[int, int]] = []
    dots, count = 4 * rows, 2 * room
    baselines = constants(curves)
    for owner in reversed(range(len(curves))):
        curve, value = curves[owner], baselines[owner]
        if value is not None:
            if value > 0 or not look.log:
                at = scale.place(value, dots)
                front.take(dashed([1 << at] * count, owner), owner)
                ends.append((owner, at // 4))
            continue
        columns = _columns(curve.line, look.span, count)
        if curve.band is not None:
            low, high = (_smooth(edge, look, count) for edge in curve.band)
            back.take(band(low, high, scale, dots, count), owner)
        if look.smoothing and len(columns) > 2:
            back.take(line(columns, scale, dots, count), owner)
            columns = _smooth(curve.line, look, count)
        masks = line(columns, scale, dots, count)
        if len(columns) == 1:
            masks = mark(masks, columns[0].place, dots)
        front.take(dashed(masks, owner) if curve.style == "dashed" else masks, owner)
        shown = [column for column in columns if column.last > 0 or not scale.log]
        if shown:
            ends.append((owner, scale.place(shown[-1].last, dots) // 4))
    return front, back, ends


def _smooth(series: Series, look: Look, count: int) -> list[Column]:
    span = look.span
    if not look.smoothing:
        return _columns(series, span, count)
    # What lies before the part in sight has its say in the mean as well.
    before = 0 if span.log else count // 2
    early = span.start - (span.end - span.start) * before / (count - 1)
    columns = _columns(series, Span(early, span.end, span.by_time, span.log), count + before)
    made = smoothed(columns, look.smoothing, count)
    return [column._replace(place=column.place - before) for column in made if column.place >= before]


def _frame(
    ticks: Ticks, scale: Scale, width: int, rows: int, gutter: int, room: int
) -> tuple[list[list[str]], list[list[int]]]:
    characters = [[" "] * width for _ in range(rows + 1)]
    owners = [[AXIS] * width for _ in range(rows + 1)]
    for value, label in ticks:
        row = scale.place(value, rows * 4) // 4
        _write(characters[row], gutter - 1 - len(label), label)
        characters[row][gutter : gutter + room] = ["┈"] * room
        owners[row][gutter : gutter + room] = [GRID] * room
    return characters, owners


def _write_steps(characters: list[str], owners: list[int], span: Span, gutter: int, room: int) -> None:
    taken = gutter - 1
    for value, label in span_ticks(span, room):
        middle = gutter + round(span.share(value) * (room - 1))
        left = min(max(middle - len(label) // 2, gutter), gutter + room - len(label))
        if left > taken and left >= gutter:
            _write(characters, left, label)
            taken = left + len(label) + 1


def _cross(characters: list[list[str]], owners: list[list[int]], look: Look, gutter: int, room: int, rows: int) -> None:
    share = look.span.share(look.cross or 0.0)
    if not 0 <= share <= 1:
        return
    at = gutter + round(share * (2 * room - 1)) // 2
    for row in range(rows):
        characters[row][at] = "│"
        owners[row][at] = CROSS


def _write_ends(
    characters: list[list[str]],
    owners: list[list[int]],
    ends: list[tuple[int, int]],
    curves: Sequence[Curve],
    column: int,
    rows: int,
) -> None:
    """Each curve's letter at the height of its last value; where two meet, one moves to the nearest free row."""
    free = set(range(rows))
    for owner, row in sorted(ends):
        near = min(free, key=lambda other: (abs(other - row), other), default=None)
        if near is not None:
            free.discard(near)
            characters[near][column] = letter(curves[owner], owner)
            owners[near][column] = owner


def _write(row: list[str], at: int, text: str) -> None:
    for index, character in enumerate(text, max(at, 0)):
        if index < len(row):
            row[index] = character


def _said(text: str, width: int, height: int) -> Drawing:
    rows = [" " * width] * max(height, 0)
    if rows and width > 0:
        rows[len(rows) // 2] = text[:width].center(width)
    return Drawing(tuple((row, (AXIS,) * width) for row in rows))
