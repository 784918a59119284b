"""What a run uses of the machine, over its time: memory, processors, and the device where there is one."""

from collections.abc import Callable, Mapping, Sequence

from textual.content import Content
from textual.strip import Strip

from cs229tui.labkit.events import Beat
from cs229tui.labs.series import Series
from cs229tui.labs.words import duration
from cs229tui.tui.marks import muted
from cs229tui.tui.widgets.run_panel import RunPanel

_LEAST_WIDE = 40
_BARS = " ▁▂▃▄▅▆▇█"
_TITLES = {"memory": "memory", "cpu": "cpu", "utilisation": "GPU", "device_memory": "GPU memory"}


def amount(size: float) -> str:
    """Bytes as `912 MB` or `12.1 GB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def in_short(beat: Beat | None) -> str:
    """`1.2 GB  cpu 187 %  gpu 97 % 12.1 of 80.0 GB`, what of it is known."""
    if beat is None:
        return ""
    parts = [amount(beat.memory)] if beat.memory else []
    if beat.cpu is not None:
        parts.append(f"cpu {beat.cpu:.0%}".replace("%", " %"))
    if beat.utilisation is not None:
        parts.append(f"gpu {beat.utilisation:.0%}".replace("%", " %"))
    if beat.device_memory is not None:
        whole = f" of {amount(beat.device_total)}" if beat.device_total else ""
        parts.append(f"{amount(beat.device_memory)}{whole}")
    return "  ".join(parts)


class MachinePanel(RunPanel[Beat]):
    """One line a reading, with its newest value and how it went."""

    def __init__(self, readings: Callable[[], Mapping[str, Series]]) -> None:
        super().__init__("machine")
        self._readings = readings

    def go(self, steps: int) -> None:
        """There is but the whole time to look at."""

    def look_at(self, cross: float | None, by_time: bool = False) -> None:
        """It has no steps."""

    def _when(self) -> Content:
        moment = self.moment
        return muted(f"over {duration(moment.t)}") if moment is not None else Content()

    def render_line(self, y: int) -> Strip:
        rows = self._rows()
        if not rows:
            return self.line()
        # A reading has as many lines as there are for it, and one between it and the next.
        each = max(min(self.content_size.height // len(rows), 4), 1)
        at, line = divmod(y, each)
        tall = each if each == 1 else each - 1
        if at >= len(rows) or line >= tall:
            return self.line()
        name, value, parts = rows[at]
        head = f"{name:<11}{value:>16}  " if self.content_size.width >= 40 else f"{name:<11}{value:>8} "
        width = max(self.content_size.width - len(head), 1)
        drawn = _drawn(parts, width, tall)[line]
        return self.line((head if line == tall - 1 else " " * len(head), None), (drawn, self.curve))

    def _rows(self) -> list[tuple[str, str, list[float | None]]]:
        """Each reading's name, its newest value in words, and its values as parts of their most."""
        last, readings = self.moment, self._readings()
        rows: list[tuple[str, str, list[float | None]]] = []
        for name, title in _TITLES.items():
            series = readings.get(name)
            newest = series.last if series is not None else None
            if series is None or newest is None or last is None:
                continue
            values = series.values
            most = max((value for value in values if value == value), default=0.0)
            if name in ("cpu", "utilisation"):
                # Of one processor, or of as many as it has used; of the whole device.
                most, said = max(most, 1.0), f"{newest:.0%}".replace("%", " %")
            else:
                total = last.device_total if name == "device_memory" else None
                most = total or most
                said = amount(newest) + (f" of {amount(total)}" if total and self.content_size.width >= 40 else "")
            rows.append((title, said, [value / most if value == value and most > 0 else None for value in values]))
        return rows


def _drawn(parts: Sequence[float | None], width: int, height: int) -> list[str]:
    """Parts from 0 to 1 as blocks of that height, the newest at the right; the most of those that share a column."""
    columns: list[float | None] = []
    count = len(parts)
    shown = min(max(count, _LEAST_WIDE), width) if count else 0
    for at in range(shown):
        first = at * count // shown
        known = [part for part in parts[first : max((at + 1) * count // shown, first + 1)] if part is not None]
        columns.append(max(known) if known else None)
    lines = []
    for line in range(height - 1, -1, -1):
        made = ""
        for part in columns:
            eighths = 0 if part is None else max(round(part * height * 8), 1)
            made += _BARS[min(max(eighths - 8 * line, 0), 8)]
        lines.append(made)
    return lines
