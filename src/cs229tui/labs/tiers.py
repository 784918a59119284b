"""Values summed up in groups, so that what spans a million of them is read from a few thousand."""

import math
from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # What is read from a file lies there, in memory that the system maps, until something is appended to it.
    Numbers = array[float] | memoryview[float]

SIZES = (16, 128, 1024)  # points summed up at once; each divides the next


class Tier:
    """The least, greatest and least positive value, total and count of each group of points; NaN counts for nothing."""

    __slots__ = ("counts", "highs", "lows", "positives", "totals")
    PARTS = ("lows", "highs", "positives", "totals", "counts")

    def __init__(self, parts: "Sequence[Numbers] | None" = None) -> None:
        self.lows: Numbers
        self.highs: Numbers
        self.positives: Numbers
        self.totals: Numbers
        self.counts: Numbers
        for name, part in zip(self.PARTS, parts or [array("d") for _ in self.PARTS], strict=True):
            setattr(self, name, part)

    def take(self, groups: Sequence[tuple[float, ...]]) -> None:
        """Add groups of values, all of one size."""
        totals, lows, highs = list(map(sum, groups)), list(map(min, groups)), list(map(max, groups))
        counts = [float(len(groups[0]))] * len(groups)
        if not math.isfinite(sum(totals)):
            for at, group in enumerate(groups):
                if not math.isfinite(totals[at]):
                    kept = [value for value in group if math.isfinite(value)]
                    lows[at], highs[at] = min(kept, default=math.inf), max(kept, default=-math.inf)
                    totals[at], counts[at] = sum(kept), float(len(kept))
        positives = lows
        if min(lows) <= 0:
            positives = [
                low if low > 0 else min((value for value in group if value > 0), default=math.inf)
                for low, group in zip(lows, groups, strict=True)
            ]
        self._extend(lows, highs, positives, totals, counts)

    def gather(self, finer: "Tier", factor: int) -> None:
        """Add what the full groups of a finer tier come to."""
        at = len(self.lows) * factor
        if len(finer.lows) - at < factor:
            return
        kinds: tuple[Callable[[tuple[float, ...]], float], ...] = (min, max, min, sum, sum)
        made = []
        for kind, name in zip(kinds, self.PARTS, strict=True):
            groups = zip(*[iter(getattr(finer, name)[at:])] * factor, strict=False)
            made.append([kind(group) for group in groups])
        self._extend(*made)

    def cut(self, keep: int) -> None:
        """Keep the first groups only."""
        for name in self.PARTS:
            part = own(getattr(self, name))
            del part[keep:]
            setattr(self, name, part)

    def _extend(self, *parts: Sequence[float]) -> None:
        for name, part in zip(self.PARTS, parts, strict=True):
            whole = own(getattr(self, name))
            whole.extend(part)
            setattr(self, name, whole)


def own(numbers: "Numbers") -> "array[float]":
    """The numbers in memory of our own, so that they can be added to."""
    return array("d", numbers.tobytes()) if isinstance(numbers, memoryview) else numbers
