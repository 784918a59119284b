"""A metric over the steps of a run, kept whole and read at any resolution."""

import math
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

_SIZES = (16, 256, 4096)  # points summed up at once when there are many more of them than columns to draw


@dataclass(frozen=True)
class Column:
    """What a series does within one column: its first, least, greatest and last value, and whether it is cut before."""

    place: int
    first: float
    low: float
    high: float
    last: float
    gap: bool


class Series:
    """Values by step, NaN where the lab measured none; appending is cheap, reading never sees more than it draws."""

    def __init__(self) -> None:
        self.steps = array("d")
        self.values = array("d")
        self.low = math.inf
        self.high = -math.inf
        self.least_positive = math.inf
        self._tiers = [_Tier(size) for size in _SIZES]

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def last(self) -> float | None:
        """The newest number, None before there is one."""
        return next((value for value in reversed(self.values) if value == value), None)

    def append(self, step: float, value: float | None) -> None:
        """Add a value; one for an earlier step (a run that was continued) takes back what came after it."""
        if self.steps and step <= self.steps[-1]:
            self._take_back(step)
        number = math.nan if value is None else value
        at = len(self.steps)
        self.steps.append(step)
        self.values.append(number)
        for tier in self._tiers:
            tier.take(at, number)
        if number == number:
            self.low, self.high = min(self.low, number), max(self.high, number)
            if number > 0:
                self.least_positive = min(self.least_positive, number)

    def columns(self, start: float, end: float, count: int) -> list[Column]:
        """What there is to draw from step `start` to `end` in `count` columns; a column without a point is left out."""
        if end <= start or count < 1:
            return []
        first, behind = bisect_left(self.steps, start), bisect_right(self.steps, end)
        enough = [tier for tier in self._tiers if behind - first > 2 * tier.size * count]
        if enough:
            return self._coarse(enough[-1], first, behind, start, end, count)
        made: list[Column] = []
        gap = False
        scale = (count - 1) / (end - start)
        for at in range(first, behind):
            value = self.values[at]
            if value != value:
                gap = True
                continue
            place = round((self.steps[at] - start) * scale)
            if made and made[-1].place == place:
                old = made[-1]
                made[-1] = Column(place, old.first, min(old.low, value), max(old.high, value), value, old.gap)
            else:
                made.append(Column(place, value, value, value, value, gap))
            gap = False
        return made

    def _coarse(self, tier: "_Tier", first: int, behind: int, start: float, end: float, count: int) -> list[Column]:
        """`columns` from whole buckets: here one hole is narrower than a dot, a bucket of holes is not."""
        made: list[Column] = []
        gap = False
        scale = (count - 1) / (end - start)
        size = tier.size
        for bucket in range(first // size, (behind - 1) // size + 1):
            low, high = tier.lows[bucket], tier.highs[bucket]
            if low > high:
                gap = True
                continue
            middle = min(bucket * size + size // 2, len(self.steps) - 1)
            place = min(max(round((self.steps[middle] - start) * scale), 0), count - 1)
            last = self.values[min(bucket * size + size, len(self.values)) - 1]
            last = last if last == last else high
            if made and made[-1].place == place:
                old = made[-1]
                made[-1] = Column(place, old.first, min(old.low, low), max(old.high, high), last, old.gap)
            else:
                made.append(Column(place, last, low, high, last, gap))
            gap = False
        return made

    def _take_back(self, step: float) -> None:
        keep = bisect_left(self.steps, step)
        del self.steps[keep:], self.values[keep:]
        for tier in self._tiers:
            tier.cut(self.values)
        self.low = min(self._tiers[-1].lows, default=math.inf)
        self.high = max(self._tiers[-1].highs, default=-math.inf)


class _Tier:
    """The least and greatest value of each `size` points in a row; NaN counts for nothing."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.lows = array("d")
        self.highs = array("d")

    def take(self, at: int, number: float) -> None:
        if at % self.size == 0:
            self.lows.append(math.inf)
            self.highs.append(-math.inf)
        if number == number:
            if number < self.lows[-1]:
                self.lows[-1] = number
            if number > self.highs[-1]:
                self.highs[-1] = number

    def cut(self, values: "array[float]") -> None:
        whole = len(values) // self.size
        del self.lows[whole:], self.highs[whole:]
        for at in range(whole * self.size, len(values)):
            self.take(at, values[at])
