"""A line of events.jsonl as an event: each field of the type it must be, each text safe to show."""

import json
import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

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

METRIC = b'{"kind":"metric",'  # what nearly every line begins with
_MOST_NAMES = 4096
_STATES = ("done", "failed", "stopped")
_VERDICTS = ("confirmed", "not confirmed", "not tested")

# A metric's names come again with every step: those that are clean as they are.
_clean_names: set[str] = set()
_metrics = msgspec.json.Decoder(Metric)


def decode(line: bytes) -> Event | None:
    """The event in one line, its texts made safe to show, or None where the line holds none that we know."""
    try:
        fields = json.loads(line)
        if not isinstance(fields, dict):
            return None
        return _DECODERS[fields["kind"]](fields, _float(fields["t"]))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def decode_metric(line: bytes) -> Metric | None:
    """The same for a line that begins as our own metrics do, the quick way; None where `decode` must look at it."""
    try:
        metric = _metrics.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # not as we write it, which need not mean anything bad
    return metric if _clean_names.issuperset(metric.values) or _remember(metric.values) else None


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
        continued=None if fields.get("continued") is None else _float(fields["continued"]),
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
