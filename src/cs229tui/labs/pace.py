"""How long a run will still take: by its pace of late, without its pauses, and never more exactly than is known."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from cs229tui.labs.words import about

_KEPT = 40  # points of progress by which the pace is told
_SETTLED = 3  # stretches between them before anything is said
_PARTS = 4
_PAUSE_SECONDS, _PAUSE_TIMES = (
    3.0,
    5.0,
)  # a stretch is taken for a pause if it is that long, and so many times the usual
_SAME = 1.3  # a range narrower than this is one number


@dataclass(frozen=True)
class Remaining:
    """Seconds still to go: at least, at most, and as it goes now."""

    low: float
    high: float
    likely: float

    @property
    def words(self) -> str:
        """`40 s`, `2 min–4 min`."""
        if self.high <= self.low * _SAME or about(self.low) == about(self.high):
            return about(self.likely)
        return f"{about(self.low)}–{about(self.high)}"

    def after(self, seconds: float) -> "Remaining":
        """What remains when some of it has passed."""
        return Remaining(*(max(value - seconds, 0.0) for value in (self.low, self.high, self.likely)))


class Pace:
    """Seconds for each unit of progress, from the newest points of it."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=_KEPT)

    def take(self, t: float, step: float) -> None:
        """The run is at `step` at `t`; a step back begins anew."""
        if self._points and step < self._points[-1][1]:
            self._points.clear()
        if not self._points or step > self._points[-1][1]:
            self._points.append((t, step))

    def remaining(self, steps: float) -> Remaining | None:
        """How long so many more steps take; None until the pace has settled."""
        points = list(self._points)
        parts = [(t - before, step - last) for (before, last), (t, step) in pairwise(points)]
        parts = _without_pauses([(seconds, count) for seconds, count in parts if seconds > 0])
        if len(parts) < _SETTLED:
            return None
        size = -(-len(parts) // _PARTS)
        paces = [_pace(parts[at : at + size]) for at in range(0, len(parts), size)]
        likely = _pace(parts[-max(len(parts) // 2, _SETTLED) :])
        return Remaining(*(max(steps, 0.0) * pace for pace in (min(paces), max(paces), likely)))


def _pace(parts: Sequence[tuple[float, float]]) -> float:
    return sum(seconds for seconds, _ in parts) / sum(steps for _, steps in parts)


def _without_pauses(parts: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without the few stretches that took far longer than all others; what comes again and again is work."""
    if len(parts) < _SETTLED:
        return parts
    usual = median(seconds / steps for seconds, steps in parts)
    odd = [part for part in parts if part[0] > _PAUSE_SECONDS and part[0] > _PAUSE_TIMES * usual * part[1]]
    return [part for part in parts if part not in odd] if len(odd) <= max(1, len(parts) // 10) else parts
