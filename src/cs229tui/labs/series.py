"""A metric over the steps of a run, kept whole and read at any resolution."""

import math
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

_BUCKET = 64  # points summed up at once when there are many more of them than columns to draw


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
        self._lows = array("d")
        self._highs = array("d")

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
        if len(self.steps) % _BUCKET == 0:
            self._lows.append(math.inf)
            self._highs.append(-math.inf)
        self.steps.append(step)
        self.values.append(number)
        self._count_in(number)

    def columns(self, start: float, end: float, count: int) -> list[Column]:
        """What there is to draw from step `start` to `end` in `count` columns; a column without a point is left out."""
        if end <= start or count < 1:
            return []
        first, behind = bisect_left(self.steps, start), bisect_right(self.steps, end)
        if behind - first > 4 * _BUCKET * count:
            return self._coarse(first, behind, start, end, count)
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

    def _coarse(self, first: int, behind: int, start: float, end: float, count: int) -> list[Column]:
        """`columns` from whole buckets: here one hole is narrower than a dot, a bucket of holes is not."""
        made: list[Column] = []
        gap = False
        scale = (count - 1) / (end - start)
        for bucket in range(first // _BUCKET, (behind - 1) // _BUCKET + 1):
            low, high = self._lows[bucket], self._highs[bucket]
            if low > high:
                gap = True
                continue
            middle = min(bucket * _BUCKET + _BUCKET // 2, len(self.steps) - 1)
            place = min(max(round((self.steps[middle] - start) * scale), 0), count - 1)
            last = self.values[min(bucket * _BUCKET + _BUCKET, len(self.values)) - 1]
            last = last if last == last else high
            if made and made[-1].place == place:
                old = made[-1]
                made[-1] = Column(place, old.first, min(old.low, low), max(old.high, high), last, old.gap)
            else:
                made.append(Column(place, last, low, high, last, gap))
            gap = False
        return made

    def _count_in(self, number: float) -> None:
        if number == number:
            self._lows[-1] = min(self._lows[-1], number)
            self._highs[-1] = max(self._highs[-1], number)
            self.low, self.high = min(self.low, number), max(self.high, number)
            if number > 0:
                self.least_positive = min(self.least_positive, number)

    def _take_back(self, step: float) -> None:
        keep = bisect_left(self.steps, step)
        del self.steps[keep:], self.values[keep:]
        whole = keep // _BUCKET
        del self._lows[whole:], self._highs[whole:]
        self.low, self.high = min(self._lows, default=math.inf), max(self._highs, default=-math.inf)
        if keep % _BUCKET:
            self._lows.append(math.inf)
            self._highs.append(-math.inf)
            for number in self.values[whole * _BUCKET :]:
                self._count_in(number)
