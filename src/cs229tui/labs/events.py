"""The events of a run read back, one JSON object a line, from a file that still grows or was left torn."""

import json
import math
import os
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from cs229tui.clean import clean, clean_line
from cs229tui.labkit.events import (
    Artefact,
    Beat,
    Checkpoint,
    ClaimVerdict,
    End,
    Event,
    Heatmap,
    Histogram,
    Image,
    Metric,
    Note,
    Progress,
    Start,
    Text,
    number,
)
from cs229tui.labkit.spec import Value

_LONGEST = 1_000_000  # bytes in a line; a longer one is garbage
_PIECE = 262_144  # bytes read at once, some milliseconds' worth
_REMEMBERED = 256  # bytes before the offset by which the file is known again
_PATIENCE = 5.0  # seconds for which zeros are taken for what a file server has not brought yet
_MOST_NAMES = 4096
_STATES = ("done", "failed", "stopped")
_VERDICTS = ("confirmed", "not confirmed", "not tested")
_METRIC = b'{"kind":"metric",'  # what nearly every line begins with


def decode(line: bytes) -> Event | None:
    """The event in one line, its texts made safe to show, or None where the line holds none that we know."""
    try:
        fields = json.loads(line)
        if not isinstance(fields, dict):
            return None
        return _DECODERS[fields["kind"]](fields, _float(fields["t"]))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


class EventReader:
    """Follows an events file from `offset` (bytes); after a `read`, that is where to go on, also after a restart.

    `before` is what lies in the file before that offset, where that is known: by it (and by its inode) the reader
    sees that another file took the place of the one it knew, however long, and begins again at its start.
    """

    def __init__(
        self, path: Path, offset: int = 0, before: bytes = b"", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self.offset = offset
        self.before = before[-_REMEMBERED:]
        self.size = offset
        """How long the file was when it was looked at last."""
        self.garbage = 0
        """Lines that held no event."""
        self.replaced = 0
        """How often another file took the place of the one that was known."""
        self._inode: tuple[int, int] | None = None
        self._skipping = False
        self._clock = clock
        self._zeros: tuple[int, float] | None = None

    def read(self, seconds: float = 0.05) -> list[Event]:
        """The events written since the last call, or those that can be read in about `seconds`: call until it is []."""
        deadline = time.monotonic() + seconds
        events: list[Event] = []
        try:
            with self.path.open("rb") as file:
                self._recognise(file)
                while self._piece(file, events) and time.monotonic() < deadline:
                    pass
        except FileNotFoundError:
            return []
        return events

    def _recognise(self, file: BinaryIO) -> None:
        """Whether this is the file that was read so far; a new one is read from its start."""
        stat = os.fstat(file.fileno())
        inode = (stat.st_dev, stat.st_ino)
        known = self._inode is None or self._inode == inode
        self._inode, self.size = inode, stat.st_size
        if known and stat.st_size >= self.offset:
            start = self.offset - len(self.before)
            file.seek(max(start, 0))
            if start >= 0 and file.read(len(self.before)) == self.before:
                return
        self.offset, self.before, self._skipping, self._zeros = 0, b"", False, None
        self.replaced += 1
        file.seek(0)

    def _piece(self, file: BinaryIO, events: list[Event]) -> bool:
        """Read on from where the file is; says whether there was a whole line, or a piece of one that is given up."""
        data = file.read(_PIECE)
        while data and b"\n" not in data and len(data) <= _LONGEST:
            more = file.read(_PIECE)
            if not more:
                break
            data += more
        end = data.rfind(b"\n") + 1
        if b"\0" in data:
            end = self._before_zeros(data, end)
        if not end:
            if len(data) > _LONGEST and b"\n" not in data:
                # Never hold an endless line in memory: drop what is here, and its end when it comes.
                self._advance(data)
                self._skipping = True
                return True
            return False
        self._advance(data[:end])
        file.seek(self.offset)
        lines = data[:end]
        if self._skipping:
            self._skipping = False
            self.garbage += 1
            lines = lines[lines.index(b"\n") + 1 :]
        self._decode(lines, events)
        return True

    def _advance(self, data: bytes) -> None:
        self.offset += len(data)
        self.before = (self.before + data[-_REMEMBERED:])[-_REMEMBERED:]

    def _before_zeros(self, data: bytes, end: int) -> int:
        """How much to take of a piece with zeros in it: a file server may know of bytes that it has not got yet."""
        first = data.rfind(b"\n", 0, data.index(b"\0")) + 1
        at = self.offset + first
        if self._zeros is None or self._zeros[0] != at:
            self._zeros = (at, self._clock())
        return first if self._clock() - self._zeros[1] < _PATIENCE else end

    def _decode(self, lines: bytes, events: list[Event]) -> None:
        quick, clean_names, take = _metrics.decode, _clean_names, events.append
        for line in lines.split(b"\n"):
            if line.startswith(_METRIC):
                try:
                    metric = quick(line)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    pass  # not as we write it, which need not mean anything bad
                else:
                    if clean_names.issuperset(metric.values) or _remember(metric.values):
                        take(metric)
                        continue
            event = decode(line) if 0 < len(line) <= _LONGEST else None
            if event is not None:
                take(event)
            elif line.strip():
                self.garbage += 1


def read_events(path: Path) -> list[Event]:
    """Every event of a file, now."""
    reader = EventReader(path, clock=count(0.0, _PATIENCE).__next__)
    events: list[Event] = []
    offset = -1
    while reader.offset != offset:
        offset = reader.offset
        events += reader.read()
    return events


# A metric's names come again with every step: those that are clean as they are.
_clean_names: set[str] = set()
_metrics = msgspec.json.Decoder(Metric)


def _remember(names: Iterable[str]) -> bool:
    """Whether names are clean as they are; if so, they need not be looked at again."""
    if any(_name(name) != name for name in names):
        return False
    if len(_clean_names) > _MOST_NAMES:
        _clean_names.clear()
    _clean_names.update(names)
    return True


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    made = float(value)
    if not math.isfinite(made):
        raise ValueError
    return made


def _maybe(value: Any) -> float | None:
    return None if value is None or value != value else number(_number(value))


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return value


def _int(value: Any) -> int:
    return int(_float(value))


def _line(value: Any, limit: int = 400) -> str:
    if not isinstance(value, str):
        raise TypeError
    return clean_line(value, limit)


@lru_cache(maxsize=1024)
def _name(value: str) -> str:
    # A metric's name comes again with every step.
    return _line(value, 80)


def _text(value: Any, limit: int = 100_000) -> str:
    if not isinstance(value, str):
        raise TypeError
    return clean(value, limit)


def _values(value: Any) -> dict[str, Value]:
    return {
        _line(name): _text(item, 4000) if isinstance(item, str) else item if isinstance(item, bool) else _number(item)
        for name, item in value.items()
    }


def _summary(value: Any) -> dict[str, Value | None]:
    kept = {name: item for name, item in value.items() if item is not None}
    return {**_values(kept), **{_line(name): None for name in value if name not in kept}}


def _one_of(value: Any, known: tuple[str, ...]) -> Any:
    if value not in known:
        raise ValueError
    return value


def _start(fields: dict[str, Any], t: float) -> Start:
    return Start(
        t,
        run=_line(fields["run"]),
        lab=_line(fields["lab"]),
        preset=_line(fields["preset"]),
        parameters=_values(fields["parameters"]),
        device=_line(fields["device"]),
        seed=_int(fields["seed"]),
        steps=_int(fields["steps"]),
        pid=_int(fields["pid"]),
        versions={_line(name): _line(version) for name, version in fields["versions"].items()},
        time=_line(fields["time"]),
        continued=None if fields.get("continued") is None else _int(fields["continued"]),
    )


def _path(value: Any) -> str:
    """A path inside the run's folder; one that leads out of it is not an event of ours."""
    path = _line(value)
    if not path or path.startswith("/") or ".." in Path(path).parts:
        raise ValueError
    return path


def _image(fields: dict[str, Any], t: float) -> Image:
    return Image(
        t,
        _int(fields["step"]),
        _line(fields["name"], 80),
        _path(fields["file"]),
        _int(fields["width"]),
        _int(fields["height"]),
        _line(fields.get("caption", "")),
    )


def _histogram(fields: dict[str, Any], t: float) -> Histogram:
    counts = [_int(count) for count in fields["counts"]]
    if min(counts, default=0) < 0:
        raise ValueError
    return Histogram(
        t, _int(fields["step"]), _line(fields["name"], 80), _float(fields["low"]), _float(fields["high"]), counts
    )


def _heatmap(fields: dict[str, Any], t: float) -> Heatmap:
    values = [[_maybe(value) for value in row] for row in fields["values"]]
    if len({len(row) for row in values}) > 1:
        raise ValueError
    rows = [_line(label, 40) for label in fields.get("rows", ())]
    columns = [_line(label, 40) for label in fields.get("columns", ())]
    return Heatmap(t, _int(fields["step"]), _line(fields["name"], 80), values, rows, columns)


def _beat(fields: dict[str, Any], t: float) -> Beat:
    names = ("memory", "cpu", "device_memory", "device_total", "utilisation")
    return Beat(t, *(_maybe(fields.get(name)) for name in names))


def _metric(fields: dict[str, Any], t: float) -> Metric:
    return Metric(t, _int(fields["step"]), {_name(name): _maybe(item) for name, item in fields["values"].items()})


def _progress(fields: dict[str, Any], t: float) -> Progress:
    return Progress(
        t, _float(fields["step"]), _float(fields["of"]), _maybe(fields.get("rate")), _line(fields.get("unit", ""), 80)
    )


def _claim(fields: dict[str, Any], t: float) -> ClaimVerdict:
    verdict = _one_of(fields["verdict"], _VERDICTS)
    return ClaimVerdict(t, _line(fields["id"]), verdict, _maybe(fields.get("measured")), _line(fields["wanted"]))


def _end(fields: dict[str, Any], t: float) -> End:
    return End(
        t,
        _one_of(fields["state"], _STATES),
        _text(fields.get("reason", ""), 4000),
        _summary(fields.get("summary", {})),
        _float(fields.get("seconds", t)),
    )


_DECODERS: dict[str, Callable[[dict[str, Any], float], Event]] = {
    "start": _start,
    "metric": _metric,
    "text": lambda fields, t: Text(t, _int(fields["step"]), _line(fields["name"], 80), _text(fields["text"])),
    "progress": _progress,
    "claim": _claim,
    "note": lambda fields, t: Note(t, _text(fields["text"], 4000)),
    "image": _image,
    "histogram": _histogram,
    "heatmap": _heatmap,
    "checkpoint": lambda fields, t: Checkpoint(t, _int(fields["step"]), _path(fields["file"])),
    "artefact": lambda fields, t: Artefact(t, _line(fields["name"], 80), _path(fields["file"])),
    "beat": _beat,
    "end": _end,
}
