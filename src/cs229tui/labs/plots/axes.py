"""Scales and ticks of a plot on paper."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MARGIN = 0.04
_FAR = 1e300  # no axis goes beyond: the distance of its ends must be a number
# Values this far apart are on a logarithmic axis when they are what was swept over.
_WIDE = 10.0


@dataclass(frozen=True)
class Axis:
    """From values to a place between 0 and 1; `ticks` as value and label. `low` is positive where `log`."""

    low: float
    high: float
    log: bool
    ticks: tuple[tuple[float, str], ...]

    def place(self, value: float) -> float:
        """Where a value is; beyond 0 or 1 where it is outside."""
        if self.log:
            return math.log(max(value, 1e-300) / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def axis(values: Iterable[float], log: bool, count: int, margin: float = _MARGIN) -> Axis | None:
    """An axis that holds all numbers (the positive ones where `log`), with about `count` ticks; None for none."""
    held = [min(max(value, -_FAR), _FAR) for value in values if value == value and (value > 0 or not log)]
    if not held:
        return None
    low, high = min(held), max(held)
    if log:
        if high / low < 1.1:
            low, high = low / 1.1, high * 1.1
        pad = (high / low) ** margin
        low, high = low / pad, high * pad
        return Axis(low, high, True, _log_ticks(low, high, count))
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        pad = abs(high) * 0.05 or 1.0
        low, high = low - pad, high + pad
    pad = (high - low) * margin
    low, high = low - pad, high + pad
    return Axis(low, high, False, _ticks(low, high, count))


def axis_of(points: Sequence[float], labels: Sequence[str]) -> Axis:
    """An axis with a tick at each of some values, logarithmic where they are far apart."""
    log = min(points) > 0 and max(points) / min(points) >= _WIDE
    made = axis(points, log, 4, margin=0.08)
    low, high = (made.low, made.high) if made else (0.0, 1.0)
    return Axis(low, high, log, tuple(zip(points, labels, strict=True)))


def _ticks(low: float, high: float, count: int) -> tuple[tuple[float, str], ...]:
    rough = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999999)
    decimals = max(-math.floor(math.log10(step) + 1e-9), 0)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple((at * step, _word(at * step, decimals)) for at in range(first, last + 1))


def _log_ticks(low: float, high: float, count: int) -> tuple[tuple[float, str], ...]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        ticks = [factor * 10.0**decade for decade in decades for factor in factors]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= 3:
            break
    else:
        return _ticks(low, high, count)
    ticks = ticks[:: math.ceil(len(ticks) / (count + 2))]
    return tuple((tick, _power(tick)) for tick in ticks)


def _word(value: float, decimals: int) -> str:
    if abs(value) >= 1e5 or decimals > 4:
        return _power(value)
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _power(value: float) -> str:
    if 1e-3 <= abs(value) < 1e5:
        return f"{value:g}"
    mantissa, _, power = f"{value:.2e}".partition("e")
    return f"{float(mantissa):g}e{int(power)}".replace("-", "\N{MINUS SIGN}")
