"""How numbers are spread: the chosen moment as bars, and below them every moment as a row of colours."""

from collections.abc import Sequence

from rich.style import Style
from textual.content import Content
from textual.strip import Strip

from cs229tui.labkit.events import Histogram
from cs229tui.labs.words import figure
from cs229tui.tui.marks import muted
from cs229tui.tui.widgets.colour_scale import HALF, Colour, colour_of, pair, sequential, shade_of
from cs229tui.tui.widgets.run_panel import RunPanel

_BARS = " ▁▂▃▄▅▆▇█"
_LEAST_BARS = 3


def spread(histogram: Histogram, low: float, high: float, columns: int) -> list[float]:
    """The counts as they fall into `columns` between two values, a bin that lies in several shared among them."""
    made = [0.0] * columns
    bins = len(histogram.counts)
    wide = (histogram.high - histogram.low) / bins if bins else 0.0
    scale = columns / (high - low) if high > low else 0.0
    if wide <= 0 or not scale:
        # All numbers are the same.
        made[columns // 2] = float(sum(histogram.counts))
        return made
    for number, count in enumerate(histogram.counts):
        if not count:
            continue
        begin = (histogram.low + number * wide - low) * scale
        end = begin + wide * scale
        first, last = max(int(begin), 0), min(int(end), columns - 1)
        for at in range(first, last + 1):
            share = min(end, at + 1) - max(begin, at)
            if share > 0:
                made[at] += count * share / (end - begin)
    return made


class HistogramPanel(RunPanel[Histogram]):
    """One name's histograms on one axis, so that one sees how they move while the lab learns."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self._lines: list[list[tuple[str, Style | None]]] = []
        self._made_for: tuple[object, ...] = ()

    def changed(self) -> None:
        self._made_for = ()
        super().changed()

    def facts(self) -> Content:
        moment = self.moment
        return muted(f"{figure(sum(moment.counts))} values") if moment and self.size.width >= 44 else Content()

    def render_line(self, y: int) -> Strip:
        wanted = (id(self.moment), len(self.moments), self.content_size, self.colours, self.dark)
        if wanted != self._made_for:
            self._made_for = wanted
            self._lines = self._made()
        return self.line(*self._lines[y]) if y < len(self._lines) else self.line()

    def _made(self) -> list[list[tuple[str, Style | None]]]:
        width, height = self.content_size
        moment = self.moment
        if moment is None or width < 8 or height < 2:
            return []
        low, high = min(one.low for one in self.moments), max(one.high for one in self.moments)
        if not high > low:
            low, high = low - 0.5, high + 0.5
        room = height - 1
        several = len(self.moments) > 1 and room >= _LEAST_BARS + 2
        history = min(max(room // 2, 2), -(-len(self.moments) // (2 if self.colours else 1))) if several else 0
        tall = room - history
        counts = spread(moment, low, high, width)
        return [*self._bars(counts, tall), [(_axis(low, high, width), self.quiet)], *self._history(low, high, history)]

    def _bars(self, counts: Sequence[float], height: int) -> list[list[tuple[str, Style | None]]]:
        most = max(counts, default=0.0)
        eighths = [round(count / most * height * 8) if most else 0 for count in counts]
        # What is there at all shows.
        eighths = [max(part, 1) if count > 0 else 0 for part, count in zip(eighths, counts, strict=True)]
        return [
            [("".join(_BARS[min(max(part - 8 * (height - 1 - line), 0), 8)] for part in eighths), self.curve)]
            for line in range(height)
        ]

    def _history(self, low: float, high: float, rows: int) -> list[list[tuple[str, Style | None]]]:
        """The moments in order, the newest at the bottom; two share a line where there are colours."""
        if rows < 1:
            return []
        width, wanted = self.content_size.width, rows * (2 if self.colours else 1)
        many = len(self.moments)
        # With more moments than lines some are left out, never the first and the newest.
        picked = [round(at * (many - 1) / (wanted - 1)) for at in range(wanted)] if many > wanted else list(range(many))
        spreads = [spread(self.moments[at], low, high, width) for at in picked]
        chosen = min(range(len(picked)), key=lambda at: abs(picked[at] - self.index)) if self.chosen else -1
        if not self.colours:
            return [
                [("".join(shade_of(part / (max(line) or 1.0)) for part in line), Style(bold=at == chosen))]
                for at, line in enumerate(spreads)
            ]
        scale = sequential(self.dark)
        made = []
        for at in range(0, len(spreads), 2):
            above = _colours(spreads[at], scale)
            below = _colours(spreads[at + 1], scale) if at + 1 < len(spreads) else [None] * width
            line: list[tuple[str, Style | None]] = [
                (HALF, pair(upper, lower)) if upper != lower else (" ", pair(None, upper))
                for upper, lower in zip(above, below, strict=True)
            ]
            if chosen in (at, at + 1):
                line[0] = ("▸", Style(bold=True))
            made.append(line)
        return made


def _colours(counts: Sequence[float], scale: tuple[Colour, ...]) -> list[Colour | None]:
    # Each row by its own most, as the bars are: what moves is the shape.
    most = max(counts, default=0.0) or 1.0
    return [colour_of(scale, count / most) for count in counts]


def _axis(low: float, high: float, width: int) -> str:
    """The least value, that in the middle and the greatest, where they belong."""
    left, middle, right = figure(low), figure((low + high) / 2), figure(high)
    text = left.ljust(width)
    if width >= len(left) + len(middle) + len(right) + 4:
        at = (width - len(middle)) // 2
        text = text[:at] + middle + text[at + len(middle) :]
    return text[: max(width - len(right), 0)] + right[:width]
