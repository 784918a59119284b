"""Several seeds as one: the mean of numbers and of curves, and the standard deviation around it."""

import math
import statistics
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cs229tui.labs.series import Ruler, Series
from cs229tui.labs.words import figure

_POINTS = 2000  # steps of a mean; of longer runs it is taken at so many of them


@dataclass(frozen=True)
class Spread:
    """The mean of `n` numbers and their standard deviation (None for one); `missing` more have none, or NaN."""

    mean: float
    deviation: float | None
    n: int
    missing: int = 0

    def __str__(self) -> str:
        if not self.n:
            return "NaN" if self.missing else ""
        text = figure(self.mean) if self.deviation is None else plus_minus(self.mean, self.deviation)
        return f"{text} ({self.missing} without)" if self.missing else text


@dataclass(frozen=True)
class Line:
    """What the seeds of one setting measured together, by step; `low` and `high` are a standard deviation away.

    At each step the mean is over those that have a number there: from `least` to `most` of them. `interpolated` says
    that they share no steps, `thinned` that there are more steps than were taken.
    """

    mean: Series
    low: Series | None = None
    high: Series | None = None
    least: int = 1
    most: int = 1
    interpolated: bool = False
    thinned: bool = False

    @property
    def count(self) -> str:
        """`n=3`, or `n=1–3` where not all go as far."""
        return f"n={self.most}" if self.least == self.most else f"n={self.least}–{self.most}"


def spread(values: Iterable[float | None]) -> Spread:
    """The mean and standard deviation of the numbers among `values`; the others are counted as missing."""
    every = list(values)
    numbers = [value for value in every if value is not None and math.isfinite(value)]
    if not numbers:
        return Spread(math.nan, None, 0, len(every))
    deviation = _deviation(numbers) if len(numbers) > 1 else None
    return Spread(_mean(numbers), deviation, len(numbers), len(every) - len(numbers))


def line(found: Sequence[Series], by_time: bool = False, most: int = _POINTS) -> Line | None:
    """The mean of several series and the standard deviation around it, by step or by second; a single one as it is."""
    found = [series for series in found if len(series)]
    if len(found) < 2:
        return Line(found[0]) if found else None
    axes = [_thin(series.ruler.axis(by_time), most) for series in found]
    places = axes[0] if all(axis == axes[0] for axis in axes) else sorted(set().union(*axes))
    thinned = len(places) > most or any(len(series) > most for series in found)
    places = _thin(places, most)
    columns, exact = zip(*(_at(series, places, by_time) for series in found), strict=True)
    means, lows, highs = array("d"), array("d"), array("d")
    least, greatest = len(found), 0
    for row in zip(*columns, strict=True):
        numbers = [value for value in row if math.isfinite(value)]
        n = len(numbers)
        middle = _mean(numbers) if n else math.nan
        apart = math.hypot(*(value - middle for value in numbers)) / math.sqrt(n - 1) if n > 1 else 0.0
        if n:
            least, greatest = min(least, n), max(greatest, n)
        means.append(middle)
        lows.append(middle - apart)
        highs.append(middle + apart)
    ruler = Ruler(array("d", places), array("d", places))
    mean, low, high = (Series(ruler, values) for values in (means, lows, highs))
    return Line(mean, low, high, min(least, greatest) or 1, greatest or 1, not all(exact), thinned)


def plus_minus(mean: float, deviation: float) -> str:
    """`3.214 ± 0.021`: the deviation in two digits, the mean as fine as that; the mean alone where all agree."""
    if not deviation:
        return figure(mean)
    if not math.isfinite(deviation):
        return f"{mean:.3g} ± {deviation:.2g}"
    digits = 1 - math.floor(math.log10(deviation))
    size = max(abs(mean), deviation)
    if digits > 7 or size >= 1e6:
        return f"{mean:.3g} ± {deviation:.2g}"
    if digits <= 0:
        return f"{figure(round(mean))} ± {figure(round(deviation))}"
    return f"{mean:.{digits}f} ± {deviation:.{digits}f}"


def _mean(numbers: Sequence[float]) -> float:
    try:
        return math.fsum(numbers) / len(numbers)
    except OverflowError:  # of runs that diverge the sum can be too large where the mean is not
        return math.fsum(number / len(numbers) for number in numbers)


def _deviation(numbers: Sequence[float]) -> float:
    try:
        return statistics.stdev(numbers)
    except OverflowError:
        return math.inf


def _thin(steps: Sequence[float], most: int) -> list[float]:
    """At most so many of the steps, evenly, with the first and the last."""
    if len(steps) <= most:
        return list(steps)
    last = len(steps) - 1
    return [steps[round(at * last / (most - 1))] for at in range(most)]


def _at(series: Series, places: Sequence[float], by_time: bool) -> tuple[list[float], bool]:
    """The values at `places`, and whether the series has each of them; between two of its own, on the straight line
    that joins them, and NaN before its first and after its last.
    """
    own, values = series.ruler.axis(by_time), series.values
    if len(own) == len(places) and own.tolist() == places:
        return list(values), True
    found: list[float] = []
    exact = True
    for place in places:
        at = bisect_left(own, place)
        if at < len(own) and own[at] == place:
            found.append(values[at])
        elif 0 < at < len(own):
            exact = False
            part = (place - own[at - 1]) / (own[at] - own[at - 1])
            found.append(values[at - 1] + (values[at] - values[at - 1]) * part)
        else:
            found.append(math.nan)
    return found, exact
