"""The axes of a plot: from numbers to dots, and which of them are written beside it."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cs229tui.labs.series import Span

_SUFFIXES = ("", "k", "M", "G", "T")
_TIMES = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)  # seconds
_LEAST = 1e-300  # below that numbers have too few digits left to be told apart
Ticks = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Scale:
    """From values to dots: `low` and `high` in values, both positive where `log`; ticks as value and label."""

    low: float
    high: float
    log: bool
    ticks: Ticks

    def place(self, value: float, dots: int) -> int:
        """The dot, from 0 at the top, of a value inside the scale; one outside lands on the edge."""
        return self.placer(dots)(value)

    def placer(self, dots: int) -> Callable[[float], int]:
        """`place` for one number of dots, to be asked often."""
        last = dots - 1
        if self.log:
            least, top = self.low, math.log10(self.high)
            unit = last / (top - math.log10(least))

            def on_log(value: float) -> int:
                at = round((top - math.log10(value)) * unit) if value > least else last
                return 0 if at < 0 else last if at > last else at

            return on_log
        # Halved, so that the span of the greatest numbers there are is one of them.
        high = self.high / 2
        share = high - self.low / 2

        def on_line(value: float) -> int:
            at = round((high - value / 2) / share * last)
            return 0 if at < 0 else last if at > last else at

        return on_line


def value_scale(lows: Sequence[float], highs: Sequence[float], log: bool, rows: int) -> Scale | None:
    """The vertical axis for curves between these values, in `rows` cells; None where there is nothing to draw."""
    highs = [high for high in highs if high > (0 if log else -math.inf)]
    lows = [low for low in lows if math.isfinite(low) and (low > 0 or not log)]
    if not highs or not lows:
        return None
    low, high = min(lows), max(highs)
    count = min(max(rows // 2, 1), 6)
    if log:
        low, high = max(low, _LEAST), max(high, _LEAST)
        if high / low < 1.05:
            low, high = max(low / 1.05, _LEAST), min(high * 1.05, sys.float_info.max)
        return Scale(low, high, True, log_ticks(low, high, count))
    if high / 2 - low / 2 <= max(1e-12 * max(abs(low), abs(high)), _LEAST):
        pad = max(abs(low), abs(high)) * 0.05
        pad = pad if pad > _LEAST else 1.0
        low, high = max(low - pad, -sys.float_info.max), min(high + pad, sys.float_info.max)
    return Scale(low, high, False, ticks(low, high, count))


def nice_step(span: float, count: int) -> float:
    """The step of 1, 2 or 5 times a power of ten that divides `span` into about `count` parts."""
    rough = span / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999999)


def ticks(low: float, high: float, count: int) -> Ticks:
    """About `count` round numbers from `low` to `high`, with labels that tell them apart."""
    span = high / 2 - low / 2
    if span > 1e300 or span <= 0:
        return ((low, label(low, abs(low) or 1.0)), (high, label(high, abs(high) or 1.0)))
    step = nice_step(2 * span, count)
    first = math.ceil(low / step - 1e-9)
    found = [(first + at) * step for at in range(int((high - first * step) / step + 1e-9) + 1)]
    return tuple((tick, label(tick, step)) for tick in found or [low])


def log_ticks(low: float, high: float, count: int) -> Ticks:
    """About `count` powers of ten between `low` and `high`, or their halves and fifths where they are few."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        found = [factor * 10.0**decade for decade in decades if abs(decade) <= 307 for factor in factors]
        found = [tick for tick in found if low * 0.999 <= tick <= high * 1.001]
        if len(found) >= min(count, 2):
            break
    else:  # hardly any powers of ten in sight: the ticks of a linear axis will do
        return ticks(low, high, count)
    thin = found[:: max(math.ceil(len(found) / (count + 1)), 1)]
    return tuple((tick, label(tick, tick)) for tick in thin)


def span_ticks(span: Span, room: int) -> Ticks:
    """Round steps, or times, along a horizontal axis of `room` cells."""
    count = max(room // 10, 2)
    if span.log:
        low = max(span.start, min(1.0, span.end / 10))
        found = log_ticks(low, span.end, count)
        return tuple((tick, clock(tick, tick)) for tick, _ in found) if span.by_time else found
    if not span.by_time or span.end - span.start < 1:
        made = ticks(span.start, span.end, count)
        return tuple((tick, f"{text}s") for tick, text in made) if span.by_time else made
    rough = (span.end - span.start) / count
    step = next((time for time in _TIMES if time >= rough * 0.999), 0) or 86400 * nice_step(rough / 86400, 1)
    first = math.ceil(span.start / step - 1e-9)
    marks = [at * step for at in range(first, math.floor(span.end / step + 1e-9) + 1)] or [span.start]
    return tuple((mark, clock(mark, step)) for mark in marks)


def label(value: float, step: float) -> str:
    """A number short enough for a margin, with as many digits as tell it from one a `step` away."""
    if not value:
        return "0"
    size = abs(value)
    if size >= 1e15 or size < 1e-3:
        power = math.floor(math.log10(size))
        digits = min(max(power - _power(step), 0), 6)
        return f"{value / 10.0**power:.{digits}f}e{power}" if power > -300 else f"{value:.1g}"
    group = min(int(math.log10(size) // 3), len(_SUFFIXES) - 1) if size >= 1e4 else 0
    unit = 1000.0**group
    digits = min(max(-_power(step / unit), 0), 9)
    text = f"{value / unit:.{digits}f}"
    if group and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text + _SUFFIXES[group]


def clock(seconds: float, step: float) -> str:
    """A time since the start: `45s`, `2m30`, `1h15`, `3d`."""
    if seconds < 60:
        return f"{label(seconds, step)}s" if seconds else "0"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m{f'{whole % 60:02d}' if whole % 60 else ''}"
    if whole < 86400 * 2:
        return f"{whole // 3600}h{f'{whole % 3600 // 60:02d}' if whole % 3600 // 60 else ''}"
    return f"{label(seconds / 86400, step / 86400)}d"


def _power(value: float) -> int:
    return math.floor(math.log10(abs(value)) + 1e-9)
