"""A run's events: one JSON object a line in events.jsonl, written append-only by the lab, followed by whoever watches.

A line is written with one system call, so that lines of two threads are never mixed; a reader may meet a torn last line
(the run is writing, or was killed) and garbage (a full disk), and goes on behind it.
"""

import json
import math
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from cs229tui.clean import clean, clean_line
from cs229tui.labkit.spec import Value, Verdict

EVENTS = "events.jsonl"
RUN = "run.json"
OUTPUT = "output.log"
PAUSE = "pause"
BEAT_SECONDS = 5.0  # an event at least this often while the lab is alive

_LONGEST = 1_000_000  # bytes in a line; a longer one is garbage
_AT_ONCE = 8_000_000  # bytes one call of `EventReader.read` looks at
_STATES = ("done", "failed", "stopped")
_VERDICTS = ("confirmed", "not confirmed", "not tested")

EndState = Literal["done", "failed", "stopped"]


@dataclass(frozen=True)
class Start:
    """The run begins, or goes on from the step `continued`; `steps` is 0 where not known, `time` is UTC ISO-8601."""

    kind: ClassVar[str] = "start"
    t: float
    run: str
    lab: str
    preset: str
    parameters: Mapping[str, Value]
    device: str
    seed: int
    steps: int
    pid: int
    versions: Mapping[str, str]
    time: str
    continued: int | None = None


@dataclass(frozen=True)
class Metric:
    """Numbers measured at `step`; None stands for NaN and infinities."""

    kind: ClassVar[str] = "metric"
    t: float
    step: int
    values: Mapping[str, float | None]


@dataclass(frozen=True)
class Text:
    """A text the lab made at `step`, such as a sample of a language model."""

    kind: ClassVar[str] = "text"
    t: float
    step: int
    name: str
    text: str


@dataclass(frozen=True)
class Image:
    """A picture made at `step`: a PNG at `file`, a path inside the run's folder, `width` × `height` pixels."""

    kind: ClassVar[str] = "image"
    t: float
    step: int
    name: str
    file: str
    width: int
    height: int
    caption: str = ""


@dataclass(frozen=True)
class Histogram:
    """How often values fell into bins of equal width from `low` to `high`, at `step`."""

    kind: ClassVar[str] = "histogram"
    t: float
    step: int
    name: str
    low: float
    high: float
    counts: Sequence[int]


@dataclass(frozen=True)
class Heatmap:
    """A matrix at `step`, row by row, None for NaN; `rows` and `columns` are its labels, both may be empty."""

    kind: ClassVar[str] = "heatmap"
    t: float
    step: int
    name: str
    values: Sequence[Sequence[float | None]]
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()


@dataclass(frozen=True)
class Checkpoint:
    """The run can go on from `step` with the `file` in its folder."""

    kind: ClassVar[str] = "checkpoint"
    t: float
    step: int
    file: str


@dataclass(frozen=True)
class Artefact:
    """A `file` in the run's folder that is worth keeping, such as the trained model, and what it is."""

    kind: ClassVar[str] = "artefact"
    t: float
    name: str
    file: str


@dataclass(frozen=True)
class Progress:
    """How far the run is: `step` of `of` (a count, or seconds where a run has a time budget), and its speed."""

    kind: ClassVar[str] = "progress"
    t: float
    step: float
    of: float
    rate: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class ClaimVerdict:
    """The verdict on the claim `id`: what was measured and, in words, what was wanted."""

    kind: ClassVar[str] = "claim"
    t: float
    id: str
    verdict: Verdict
    measured: float | None
    wanted: str


@dataclass(frozen=True)
class Note:
    """Something the student should know, such as which data were used instead of those asked for."""

    kind: ClassVar[str] = "note"
    t: float
    text: str


@dataclass(frozen=True)
class Beat:
    """The lab is alive; what it uses of the machine, in bytes and as fractions from 0 to 1, None where not known."""

    kind: ClassVar[str] = "beat"
    t: float
    memory: float | None = None
    cpu: float | None = None
    device_memory: float | None = None
    device_total: float | None = None
    utilisation: float | None = None


@dataclass(frozen=True)
class End:
    """The run is over, with the `reason` where it is not simply done, and what is worth keeping in `summary`."""

    kind: ClassVar[str] = "end"
    t: float
    state: EndState
    reason: str = ""
    summary: Mapping[str, Value | None] = field(default_factory=dict)
    seconds: float = 0.0


Event = (
    Start
    | Metric
    | Text
    | Image
    | Histogram
    | Heatmap
    | Checkpoint
    | Artefact
    | Progress
    | ClaimVerdict
    | Note
    | Beat
    | End
)


def number(value: Any) -> float | None:
    """`value` as a finite float, or None for NaN, infinities and what JSON cannot hold."""
    try:
        made = float(value)
    except OverflowError:
        return None
    return made if math.isfinite(made) else None


def encode(event: Event) -> bytes:
    """The event as one line of JSON with its newline."""
    known = {name: value for name, value in asdict(event).items() if value is not None}
    fields = {"kind": event.kind, **known, "t": round(event.t, 4)}
    text = json.dumps(_finite(fields), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace") + b"\n"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


class EventWriter:
    """Appends events to a file, from several threads if need be; `seconds` since it was made are each event's `t`."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        self._clock = clock
        self._started = clock()
        self._lock = threading.Lock()
        size = os.lseek(self._file, 0, os.SEEK_END)
        # A writer before us may have died in the middle of a line.
        self._torn = False
        if size:
            os.lseek(self._file, size - 1, os.SEEK_SET)
            self._torn = os.read(self._file, 1) != b"\n"

    @property
    def seconds(self) -> float:
        """Seconds since the start of the run."""
        return self._clock() - self._started

    def write(self, event: Event) -> None:
        """Append one event; raises OSError where the disk does not take it."""
        line = encode(event)
        with self._lock:
            if self._file < 0:
                return
            line = b"\n" + line if self._torn else line
            written = os.write(self._file, line)
            self._torn = written != len(line)
        if self._torn:
            raise OSError(f"only {written} of {len(line)} bytes of an event could be written; is the disk full?")

    def close(self) -> None:
        """No event is written any more."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1


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
    """Follows an events file from `offset` (bytes); after a `read`, that is where to go on, also after a restart."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset
        self.garbage = 0  # lines that held no event
        self._skipping = False

    def read(self) -> list[Event]:
        """The events written since the last call, at most some megabytes of them: call again until it returns none."""
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self.offset:
                    self.offset, self._skipping = 0, False  # another file took its place
                file.seek(self.offset)
                data = file.read(_AT_ONCE)
        except FileNotFoundError:
            return []
        complete, newline, rest = data.rpartition(b"\n")
        if not newline:
            if (
                len(rest) > _LONGEST
            ):  # never hold an endless line in memory: drop what is here, and its end when it comes
                self.offset += len(rest)
                self._skipping = True
            return []
        self.offset += len(complete) + 1
        lines = complete.split(b"\n")
        if self._skipping:
            self._skipping = False
            self.garbage += 1
            del lines[0]
        events = []
        for line in lines:
            event = decode(line) if 0 < len(line) <= _LONGEST else None
            if event is not None:
                events.append(event)
            elif line.strip():
                self.garbage += 1
        return events


def read_events(path: Path) -> list[Event]:
    """Every event of a file, now."""
    reader = EventReader(path)
    events: list[Event] = []
    offset = -1
    while reader.offset != offset:
        offset = reader.offset
        events += reader.read()
    return events


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
