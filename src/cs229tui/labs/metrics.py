"""Every metric of a run, taken in by the thousand; those that are logged together share their steps and times."""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import lt

from cs229tui.labkit.events import Metric
from cs229tui.labs.series import Ruler, Series

MOST = 200  # names that are kept; a lab that logs ever new ones must not fill the memory
_MOST_PLANS = 256


class Metrics:
    """The series of a run by name; `take` appends about a million points a second."""

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self.step = 0
        # For names that come together in a line: the rulers they are on, and which of the line's values go to whom.
        self._plans: dict[tuple[str, ...], list[tuple[Ruler, list[tuple[int, Series]]]]] = {}

    def add(self, series: dict[str, Series]) -> None:
        """Go on from series that were kept."""
        self.series = series
        self._plans.clear()

    def take(self, events: Iterable[Metric]) -> None:
        """Append what was measured; a step that was there before takes back what its metrics did from it on."""
        for names, group in groupby(events, lambda event: tuple(event.values)):
            lines = list(group)
            if not names:
                continue
            steps = [float(line.step) for line in lines]
            if all(map(lt, steps, steps[1:])):
                self._extend(names, steps, lines)
            else:
                for step, line in zip(steps, lines, strict=True):
                    self._extend(names, [step], [line])

    def cut(self, seconds: float) -> None:
        """Take back everything after `seconds`, which a continued run measures anew."""
        for ruler in {id(series.ruler): series.ruler for series in self.series.values()}.values():
            self._cut(ruler, bisect_right(ruler.seconds, seconds))
        self.step = int(max((series.steps[-1] for series in self.series.values() if len(series)), default=0))

    def _extend(self, names: tuple[str, ...], steps: list[float], lines: Sequence[Metric]) -> None:
        self.step = max(self.step, lines[-1].step)
        columns = list(zip(*[line.values.values() for line in lines], strict=True))
        seconds = [line.t for line in lines]
        for ruler, members in self._plan(names):
            if len(ruler) and steps[0] <= ruler.steps[-1]:
                self._cut(ruler, bisect_left(ruler.steps, steps[0]))
            ruler.extend(steps, seconds)
            for place, series in members:
                series.extend(_numbers(columns[place]))

    def _plan(self, names: tuple[str, ...]) -> list[tuple[Ruler, list[tuple[int, Series]]]]:
        plan = self._plans.get(names)
        if plan is not None:
            return plan
        room = MOST - len(self.series)
        fresh = [name for name in names if name not in self.series][: max(room, 0)]
        ruler = Ruler()
        for name in fresh:
            self.series[name] = Series(ruler)
        known = {name: place for place, name in enumerate(names) if name in self.series}
        by_ruler: dict[int, list[str]] = {}
        for name in known:
            by_ruler.setdefault(id(self.series[name].ruler), []).append(name)
        # Where metrics that were always logged together are so no more, every plan that knew them is void.
        parted = [together for together in by_ruler.values() if self._part(together)]
        if parted or len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        plan = [
            (self.series[together[0]].ruler, [(known[name], self.series[name]) for name in together])
            for together in by_ruler.values()
        ]
        self._plans[names] = plan
        return plan

    def _part(self, together: list[str]) -> bool:
        """Give those who share a ruler with these, and are not logged with them this time, one of their own."""
        ruler = self.series[together[0]].ruler
        others = [series for name, series in self.series.items() if series.ruler is ruler and name not in set(together)]
        if others:
            copy = ruler.copy()
            for series in others:
                series.ruler = copy
        return bool(others)

    def _cut(self, ruler: Ruler, keep: int) -> None:
        if keep < len(ruler):
            ruler.cut(keep)
            for series in self.series.values():
                if series.ruler is ruler:
                    series.cut(keep)


def _numbers(column: Sequence[float | None]) -> Sequence[float]:
    try:
        return array("d", column)  # type: ignore[arg-type]
    except TypeError:
        return [math.nan if value is None else value for value in column]
