"""A metric over the steps of a run, kept whole and read at any resolution."""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import le
from typing import TYPE_CHECKING, Literal, NamedTuple

from cs229tui.labs.tiers import SIZES, Tier, own

if TYPE_CHECKING:
    from cs229tui.labs.tiers import Numbers

_Sums = tuple[float, float, float, float, float]  # least, greatest, least positive, total, count

_NOTHING: _Sums = (math.inf, -math.inf, math.inf, 0.0, 0.0)

_ENOUGH = 4  # groups of points in a column, so that the column's edge is right to a fraction of a dot
_BLOCK = 4096  # points that are summed up in one go
_REMEMBERED = 8  # ranges whose columns a ruler remembers: the plots of a screen


@dataclass(frozen=True)
class Span:
    """A part of the horizontal axis: from `start` to `end` steps, or seconds where `by_time`; even powers if `log`."""

    start: float
    end: float
    by_time: bool = False
    log: bool = False

    def at(self, share: float) -> float:
        """The step (or second) that far from `start` (0) to `end` (1)."""
        if self.log:
            low, high = self._logs()
            return math.exp(low + (high - low) * share)
        return self.start + (self.end - self.start) * share

    def share(self, x: float) -> float:
        """How far `x` lies from `start` (0) to `end` (1); outside of that where it is outside."""
        if self.log:
            low, high = self._logs()
            return (math.log(x) - low) / (high - low) if x > 0 else -1.0
        return (x - self.start) / (self.end - self.start)

    def _logs(self) -> tuple[float, float]:
        start = self.start if self.start > 0 else min(1.0, self.end / 10)
        return math.log(start), math.log(self.end)


class Column(NamedTuple):
    """What a series does within one column; `positive` is its least value above 0, `gap` says it is cut before."""

    place: int
    first: float
    low: float
    high: float
    last: float
    mean: float
    positive: float
    gap: bool


class Ruler:
    """Where points lie: their steps, and their seconds since the start of the run. Metrics that come together share it.

    Steps rise; seconds never fall.
    """

    __slots__ = ("_edges", "seconds", "steps")

    def __init__(self, steps: "Numbers | None" = None, seconds: "Numbers | None" = None) -> None:
        self.steps: Numbers = array("d") if steps is None else steps
        self.seconds: Numbers = array("d") if seconds is None else seconds
        self._edges: dict[tuple[Span, int, int], list[int]] = {}

    def __len__(self) -> int:
        return len(self.steps)

    def axis(self, by_time: bool) -> "Numbers":
        """The steps, or the seconds."""
        return self.seconds if by_time else self.steps

    def extend(self, steps: Sequence[float], seconds: Sequence[float]) -> None:
        """Add points behind those there are."""
        self.steps, self.seconds = own(self.steps), own(self.seconds)
        before = self.seconds[-1] if self.seconds else -math.inf
        self.steps.extend(steps)
        if seconds[0] >= before and all(map(le, seconds, seconds[1:])):
            self.seconds.extend(seconds)
        else:  # a clock that was set back must not fold the curve over
            self.seconds.extend(before := max(before, second) for second in seconds)

    def cut(self, keep: int) -> None:
        """Keep the first points only."""
        self.steps, self.seconds = own(self.steps), own(self.seconds)
        del self.steps[keep:], self.seconds[keep:]
        self._edges.clear()

    def copy(self) -> "Ruler":
        """The same points, to go ways of their own."""
        return Ruler(array("d", self.steps), array("d", self.seconds))

    def edges(self, span: Span, count: int) -> list[int]:
        """Where each of `count` columns begins among the points, and where the last one ends: `count` + 1 indices."""
        axis = self.axis(span.by_time)
        key = (span, count, len(axis))
        found = self._edges.get(key)
        if found is None:
            start = max(span.start, math.ulp(0.0)) if span.log else span.start
            found = [bisect_left(axis, start)]
            behind = bisect_right(axis, span.end)
            # A column's middle is its place, so that the first and the last point are on the first and the last dot.
            for at in range(1, count):
                found.append(bisect_left(axis, span.at((at - 0.5) / (count - 1)), found[-1], behind))
            found.append(behind)
            if len(self._edges) >= _REMEMBERED:
                del self._edges[next(iter(self._edges))]
            self._edges[key] = found
        return found

    def nearest(self, x: float, by_time: bool) -> int:
        """The index of the point nearest to a step (or second); there must be one."""
        axis = self.axis(by_time)
        at = bisect_left(axis, x)
        if at == len(axis) or (at and x - axis[at - 1] <= axis[at] - x):
            return at - 1
        return at


class Series:
    """Values by step, NaN where the lab measured none; appending is cheap, reading never sees more than it draws."""

    __slots__ = ("_tiers", "ruler", "values")

    def __init__(
        self, ruler: Ruler | None = None, values: "Numbers | None" = None, tiers: "Sequence[Tier] | None" = None
    ) -> None:
        self.ruler = Ruler() if ruler is None else ruler
        self.values: Numbers = array("d") if values is None else values
        self._tiers = list(tiers) if tiers else [Tier() for _ in SIZES]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def steps(self) -> "Numbers":
        """The step of each value."""
        return self.ruler.steps

    @property
    def seconds(self) -> "Numbers":
        """When each value was measured, in seconds since the start of the run."""
        return self.ruler.seconds

    @property
    def last(self) -> float | None:
        """The newest number, None before there is one."""
        values = self.values
        return next((values[at] for at in range(len(values) - 1, -1, -1) if values[at] == values[at]), None)

    def append(self, step: float, value: float | None, seconds: float = 0.0) -> None:
        """Add a value to a series with a ruler of its own; one for an earlier step takes back what came after it."""
        if len(self.values) and step <= self.steps[-1]:
            keep = bisect_left(self.steps, step)
            self.ruler.cut(keep)
            self.cut(keep)
        self.ruler.extend((step,), (seconds,))
        self.extend((math.nan if value is None else value,))

    def extend(self, values: Sequence[float]) -> None:
        """Add values whose steps the ruler has, or is about to get."""
        self.values = own(self.values)
        self.values.extend(values)
        if len(self.values) - len(self._tiers[0].lows) * SIZES[0] >= _BLOCK:
            self._sum_up()

    def cut(self, keep: int) -> None:
        """Keep the first values only."""
        self.values = own(self.values)
        del self.values[keep:]
        for tier, size in zip(self._tiers, SIZES, strict=True):
            tier.cut(keep // size)

    def copy(self, ruler: Ruler) -> "Series":
        """The same values on another ruler of the same points."""
        return Series(ruler, array("d", self.values))

    def extent(self) -> tuple[float, float]:
        """The least and the greatest value; infinity and its opposite where there is none."""
        lows: list[float] = []
        highs: list[float] = []
        at = 0
        for tier, size in reversed(list(zip(self.tiers, SIZES, strict=True))):
            lows += tier.lows[at // size :]
            highs += tier.highs[at // size :]
            at = len(tier.lows) * size
        rest = [value for value in self.values[at:] if value == value]
        return min(chain(lows, rest), default=math.inf), max(chain(highs, rest), default=-math.inf)

    @property
    def tiers(self) -> "Sequence[Tier]":
        """The values summed up in groups of `SIZES`, as far as groups are full."""
        self._sum_up()
        return self._tiers

    def columns(self, span: Span, count: int) -> list[Column]:
        """What there is to draw of `span` in `count` columns; a column without a number is left out."""
        if not span.end > span.start or count < 2:
            return []
        made: list[Column] = []
        values = self.values
        edges = self.ruler.edges(span, count)
        self._sum_up()
        cut = False
        for place in range(count):
            start, behind = edges[place], edges[place + 1]
            if start >= behind:
                continue
            first, last = values[start], values[behind - 1]
            if behind - start == 1:
                if math.isfinite(first):
                    made.append(Column(place, first, first, first, first, first, _above(first), cut))
                    cut = False
                else:
                    cut = True
                continue
            few = behind - start <= _ENOUGH * SIZES[0]
            low, high, positive, total, number = (self._few if few else self._many)(start, behind)
            if not number:
                cut = True
                continue
            mean = total / number
            made.append(
                Column(
                    place,
                    first if low <= first <= high else high,
                    low,
                    high,
                    last if low <= last <= high else high,
                    mean if low <= mean <= high else low / 2 + high / 2,
                    positive,
                    cut or (few and first != first),
                )
            )
            # Among few points one hole is seen; among many it is narrower than a dot.
            cut = few and last != last
        return made

    def _few(self, start: int, behind: int) -> _Sums:
        kept = self.values[start:behind].tolist()
        if not math.isfinite(sum(kept)):
            kept = [value for value in kept if math.isfinite(value)]
            if not kept:
                return _NOTHING
        low = min(kept)
        positive = low if low > 0 else min((value for value in kept if value > 0), default=math.inf)
        return low, max(kept), positive, sum(kept), float(len(kept))

    def _many(self, start: int, behind: int) -> _Sums:
        """The same from whole groups: those that reach over an edge count on both sides, so that no extreme is lost."""
        which = max(at for at, size in enumerate(SIZES) if behind - start > _ENOUGH * size)
        tier, size = self._tiers[which], SIZES[which]
        full = len(tier.lows)
        here = slice(start // size, min(-(-behind // size), full))
        # The newest points fill no group yet.
        low, high = min(tier.lows[here]), max(tier.highs[here])
        positive = low if low > 0 else min(tier.positives[here])
        total, number = sum(tier.totals[here]), sum(tier.counts[here])
        if behind > full * size:
            newest = self._few(max(start, full * size), behind)
            low, high, positive = min(low, newest[0]), max(high, newest[1]), min(positive, newest[2])
            total, number = total + newest[3], number + newest[4]
        return (low, high, positive, total, number) if -math.inf < low <= high < math.inf else _NOTHING

    def _sum_up(self) -> None:
        finest = self._tiers[0]
        while len(self.values) // SIZES[0] > len(finest.lows):
            at = len(finest.lows) * SIZES[0]
            block = self.values[at : at + _BLOCK].tolist()
            finest.take(list(zip(*[iter(block)] * SIZES[0], strict=False)))
        for below, tier, factor in zip(self._tiers, self._tiers[1:], (8, 8), strict=False):
            tier.gather(below, factor)


@dataclass(frozen=True)
class Curve:
    """A line to draw under its `label`, before a `band` (least, greatest) if it has one, such as the spread of seeds.

    `tone` says which colour and letter it has, so that one run keeps them in every plot; without one its place does.
    """

    label: str
    line: Series
    band: tuple[Series, Series] | None = None
    style: Literal["line", "dashed"] = "line"
    tone: int | None = None


def _above(value: float) -> float:
    return value if value > 0 else math.inf
