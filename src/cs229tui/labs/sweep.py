"""A sweep: one run for every combination of a grid of parameters, each with several seeds."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from cs229tui.clock import timestamp
from cs229tui.config import Settings
from cs229tui.errors import LabError, ReportableError, UsageError
from cs229tui.folders import Folders
from cs229tui.labkit.spec import Spec, Value
from cs229tui.labs import queue
from cs229tui.labs.estimates import estimate, past_runs
from cs229tui.labs.find import Lab
from cs229tui.labs.launch import check, prepare, started, values_of
from cs229tui.labs.launchers import launcher_named
from cs229tui.labs.needs import device_of, labs_python
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, run, save_run

MANY = 64  # runs that are not started unless one says so twice
_SEED = "seed"


@dataclass(frozen=True)
class Sweep:
    """The runs that a sweep has, by the parameters that each changes; `seconds` is how long they take altogether."""

    id: str
    lab: Lab
    preset: str
    changed: tuple[dict[str, Value], ...]
    seconds: float
    said: bool  # whether the seconds are only what the lab says of itself


def grid(words: Sequence[str]) -> dict[str, list[str]]:
    """The values to try of each parameter, from words like `lr=1e-3,3e-3`; raises `UsageError`."""
    found: dict[str, list[str]] = {}
    for word in words:
        name, equals, values = word.partition("=")
        name = name.strip().replace("-", "_")
        tried = [value.strip() for value in values.split(",")]
        if not equals or not name or not all(tried):
            raise UsageError(f"--sweep {word!r} is not NAME=VALUE,VALUE,….", "For instance: --sweep lr=1e-3,3e-3")
        if name in found:
            raise UsageError(f"--sweep names {name} twice.", "Give all its values at once.")
        found[name] = list(dict.fromkeys(tried))
    return found


def planned(
    database: Database,
    settings: Settings,
    lab: Lab,
    preset: str,
    changed: Mapping[str, Value],
    values: Mapping[str, Sequence[Value]],
    seeds: int = 1,
    launcher: str = "local",
) -> Sweep:
    """The runs of a grid, each checked; nothing is started. Raises as `launch` does."""
    spec, plain = values_of(lab, preset, changed)
    both = [name for name in values if name in changed]
    if both:
        raise UsageError(f"{both[0]} is both set and swept.", "Say it once.")
    if seeds > 1 and _SEED in values:
        raise UsageError("The seeds are named and counted.", "Give --seeds or --sweep seed=…, not both.")
    axes: dict[str, Sequence[Value]] = dict(values)
    if seeds > 1:
        first = int(plain[_SEED])
        axes[_SEED] = range(first, first + seeds)
    runs: dict[str, dict[str, Value]] = {}
    for chosen in product(*axes.values()):
        one = {**changed, **dict(zip(axes, chosen, strict=True))}
        # 0.01 and 1e-2 are one value.
        runs.setdefault(repr(sorted(spec.values(preset, one).items())), one)
    every = tuple(runs.values())
    past = past_runs(database, lab.name)
    estimates = [estimate(spec, preset, past, one) for one in every]
    total = sum(one.seconds for one in estimates)
    if launcher_named(launcher).HERE:
        total /= _at_once(spec, preset, plain, settings, len(every))
    return Sweep(uuid.uuid4().hex[:12], lab, preset, every, total, any(one.source == "said" for one in estimates))


def begin(
    database: Database,
    folders: Folders,
    settings: Settings,
    sweep: Sweep,
    launcher: str = "local",
    options: Mapping[str, Any] | None = None,
) -> list[RunRecord]:
    """Put every run of a sweep into the queue and start what has a place; raises as `launch` does."""
    for one in sweep.changed:
        check(settings, sweep.lab, sweep.preset, one, launcher)
    prepared: list[RunRecord] = []
    for one in sweep.changed:
        try:
            run_of = prepare(database, folders, settings, sweep.lab, sweep.preset, one, launcher, options, sweep.id)
        except ReportableError as error:
            _called_off(database, prepared, error)
            raise
        prepared.append(run_of)
    if not launcher_named(launcher).HERE:
        return [_submitted(database, folders, settings, at, prepared) for at in range(len(prepared))]
    queue.pump(database, folders, settings)
    return [run(database, record.id) for record in prepared]


def _submitted(
    database: Database, folders: Folders, settings: Settings, at: int, records: Sequence[RunRecord]
) -> RunRecord:
    try:
        return started(database, folders, settings, records[at])
    except LabError as error:
        # What a cluster refuses of one run it refuses of the rest, and none of them is left waiting.
        _called_off(database, records[at + 1 :], error)
        raise


def _called_off(database: Database, records: Sequence[RunRecord], error: ReportableError) -> None:
    """Let none of these wait: where one of a sweep cannot be, the rest is not begun."""
    for left in records:
        if queue.take_out(left) or not launcher_named(left.launcher).HERE:
            save_run(database, replace(left, state="failed", reason=str(error), ended=timestamp()))


def _at_once(spec: Spec, preset: str, values: Mapping[str, Value], settings: Settings, runs: int) -> int:
    from cs229tui.labs.needs import gpus

    kind = device_of(spec.preset(preset), str(values.get("device", "")), labs_python(settings))
    most = queue.limit(kind, settings) * (max(1, len(gpus())) if kind == "cuda" else 1)
    return max(1, min(most, runs))
