"""A run's events: one JSON object a line in events.jsonl, written append-only by the lab, followed by whoever watches.

A reader (`cs229tui.labs.events`) may meet a torn last line (the run is writing, or was killed) and goes on when it is
whole; a writer that comes later (`writing`) begins on a line of its own.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Literal

from cs229tui.labkit.spec import Value, Verdict

EVENTS = "events.jsonl"
RUN = "run.json"
OUTPUT = "output.log"
PAUSE = "pause"
STOP = "stop"
IMAGES = "images"
ARTEFACTS = "artefacts"
BEAT_SECONDS = 5.0  # an event at least this often while the lab is alive

EndState = Literal["done", "failed", "stopped"]


@dataclass(frozen=True)
class Start:
    """The run begins, or goes on as it was after `continued` seconds: what came later is done once more.

    `steps` is 0 where not known, `time` is UTC ISO-8601.
    """

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
    continued: float | None = None


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
    if isinstance(event, Metric):
        return metric_line(event.t, event.step, event.values).encode("utf-8", "replace")
    known = {name: value for name, value in asdict(event).items() if value is not None}
    fields = {"kind": event.kind, **known, "t": round(event.t, 4)}
    text = json.dumps(_finite(fields), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace") + b"\n"


def metric_line(t: float, step: int, values: Mapping[str, float | None]) -> str:
    """What `encode` makes of a Metric, of which there may be millions."""
    numbers = ["null" if value is None or not math.isfinite(value) else repr(value) for value in values.values()]
    return _form(tuple(values)) % (t, step, *numbers)


@lru_cache(maxsize=256)
def _form(names: tuple[str, ...]) -> str:
    """The line of a Metric with these names, without its numbers; a lab logs the same names again and again."""
    pairs = ",".join(f"{json.dumps(name, ensure_ascii=False).replace('%', '%%')}:%s" for name in names)
    return f'{{"kind":"metric","t":%.4f,"step":%d,"values":{{{pairs}}}}}\n'


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, (Sequence, set)) and not isinstance(value, str):
        return [_finite(item) for item in value]
    return value
