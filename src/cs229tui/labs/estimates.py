"""How long a run will take and how much memory it will need on this machine, judged by the runs there have been."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

from cs229tui.labkit.events import EVENTS, Beat
from cs229tui.labkit.spec import Spec, Value
from cs229tui.labs import process
from cs229tui.labs.event_lines import decode
from cs229tui.labs.words import about
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, done_runs

Source = Literal["measured", "scaled", "said"]

_ENOUGH = 9
_LOOKED_AT = 20
_TAIL_BYTES = 65_536
# What changes neither the time nor the memory.
_NO_MATTER = {"seed"}
# What a run takes grows with its steps in a straight line, of no other parameter can that be said of every lab.
_STEPS = "steps"
# A run is measured against others of at most so many times its steps; where all of those have one length, what they
# took to start cannot be told from their steps, so they must be nearer.
_FARTHEST, _FARTHEST_OF_ONE = 30.0, 4.0
_GB = 1e9


@dataclass(frozen=True)
class Estimate:
    """Seconds and gigabytes (0: unknown): `measured` by so many `runs` of the same, `scaled` by their steps from runs
    that differ in nothing else, or `said` by the lab.
    """

    seconds: float
    source: Source
    runs: int = 0
    memory: float = 0.0

    @property
    def words(self) -> str:
        """`~50 s here`, or `~1 min, says the lab`."""
        if self.source != "said":
            return f"~{about(self.seconds)} here"
        # The lab's own round number as it gives it.
        took = f"{self.seconds / 60:g} min" if 60 <= self.seconds < 6000 else about(self.seconds)
        return f"~{took}, says the lab"


@dataclass(frozen=True)
class Past:
    """One run that came to its end on this machine: its parameters, its time in seconds, its peak of memory in GB."""

    preset: str
    parameters: Mapping[str, Any]
    seconds: float
    memory: float


def past_runs(database: Database, lab: str) -> list[Past]:
    """The newest runs of a lab that ended here, by which others can be judged."""
    return [
        Past(record.preset, record.parameters, record.seconds, _peak(record))
        for record in done_runs(database, lab, _LOOKED_AT)
        if record.launcher == "local" and record.seconds and _was_here(record)
    ]


def estimate(spec: Spec, preset: str, past: Sequence[Past], changed: Mapping[str, Value] | None = None) -> Estimate:
    """What a run will take; raises `ParameterError` where a value is wrong."""
    chosen = spec.preset(preset)
    values = spec.values(preset, changed)
    same = [run for run in past if not _differing(run, values)][:_ENOUGH]
    if same:
        seconds = median(run.seconds for run in same)
        return Estimate(seconds, "measured", len(same), max(run.memory for run in same) or chosen.memory)
    steps = values.get(_STEPS)
    near = [run for run in past if _differing(run, values) == {_STEPS} and _number(run.parameters.get(_STEPS))]
    if isinstance(steps, int) and not isinstance(steps, bool) and steps > 0:
        lengths = {run.parameters[_STEPS] for run in near}
        most = _FARTHEST if len(lengths) > 1 else _FARTHEST_OF_ONE
        near = [run for run in near if 1 / most <= steps / run.parameters[_STEPS] <= most]
        if near:
            return Estimate(_scaled(near, steps), "scaled", len(near), max(run.memory for run in near) or chosen.memory)
    return Estimate(chosen.minutes * 60, "said", 0, chosen.memory)


def _differing(run: Past, values: Mapping[str, Value]) -> set[str]:
    """The parameters in which a run differs; one that it or the lab does not know differs, too."""
    names = (run.parameters.keys() | values.keys()) - _NO_MATTER
    missing = object()
    return {name for name in names if run.parameters.get(name, missing) != values.get(name, missing)}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _scaled(near: Sequence[Past], steps: float) -> float:
    """Seconds for so many steps: on the line through two runs of different lengths, else in proportion to one."""
    known = sorted({float(run.parameters[_STEPS]): run.seconds for run in reversed(near)}.items())
    (fewest, least), (most, longest) = known[0], known[-1]
    slope = (longest - least) / (most - fewest) if most > fewest else 0.0
    start = least - slope * fewest
    if slope > 0 and start >= 0:
        return start + slope * steps
    nearest, seconds = min(known, key=lambda one: abs(one[0] - steps))
    return seconds * steps / nearest


def _was_here(record: RunRecord) -> bool:
    running = process.process_of(Path(record.folder))
    return running is None or running.here


def _peak(record: RunRecord) -> float:
    """The most memory that the run's last heartbeats tell of, in GB: the device's where it has its own; 0: unknown."""
    try:
        with (Path(record.folder) / EVENTS).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - _TAIL_BYTES, 0))
            lines = file.read(_TAIL_BYTES).split(b"\n")
    except OSError:
        return 0.0
    beats = [event for line in lines if b'"beat"' in line and isinstance(event := decode(line), Beat)]
    return max((beat.device_memory or beat.memory or 0.0 for beat in beats), default=0.0) / _GB
