"""Runs side by side: what differs between them, one line for the seeds of one setting, and what came out of each."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cs229tui.amounts import counted
from cs229tui.clean import clean_line
from cs229tui.labkit.spec import CONFIRMED, NOT_TESTED, Verdict
from cs229tui.labs.life import seconds_of
from cs229tui.labs.spreads import Line, Spread, line, spread
from cs229tui.labs.watch import RunView, replay
from cs229tui.labs.words import SIGNS, short
from cs229tui.library.runs import ALIVE, RunRecord

# What tells runs apart beside their parameters, in the order in which a label says it.
LAB, PRESET, CODE = "lab", "preset", "code"
_SEED = "seed"


@dataclass(frozen=True)
class Compared:
    """One run with what it measured; `view` grows while the run goes on."""

    record: RunRecord
    view: RunView
    code: str = ""

    @property
    def seed(self) -> Any:
        """Its seed, None where it has none."""
        return self.record.parameters.get(_SEED)

    @property
    def device(self) -> str:
        """Where it computed."""
        return self.view.start.device if self.view.start else self.record.device

    @property
    def alive(self) -> bool:
        """Whether it still goes on: its numbers are those so far."""
        return self.record.state in ALIVE

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return self.view.seconds or seconds_of(self.record) or 0.0

    @property
    def finals(self) -> dict[str, float]:
        """Each metric's last value, NaN where the last is none; then the numbers that its summary adds."""
        found = {name: series.values[-1] for name, series in self.view.series.items() if len(series)}
        summary = self.view.end.summary if self.view.end else self.record.summary
        for name, value in summary.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                found.setdefault(name, float(value))
        return found


@dataclass(frozen=True)
class Group:
    """Runs of one setting, its seeds apart; `label` says how it differs from the others: `lr=3e-3`."""

    label: str
    runs: tuple[Compared, ...]
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What it is known by while runs come and go: its first run's id."""
        return self.runs[0].record.id

    def spread(self, metric: str) -> Spread:
        """What a metric was at the end, over the runs; nothing where none has it, or none has come to it yet."""
        found = [run.finals.get(metric) for run in self.runs if metric in run.finals or not run.alive]
        return spread(found if any(value is not None for value in found) else ())

    def seconds(self) -> Spread:
        """How long the runs that are over took."""
        return spread(run.seconds for run in self.runs if not run.alive)

    def line(self, metric: str, by_time: bool = False) -> Line | None:
        """A metric over the steps (or seconds) of the runs, None where none has it."""
        found = [run.view.series[metric] for run in self.runs if metric in run.view.series]
        return line(found, by_time)

    def verdict(self, claim: str) -> "Verdicts":
        """The verdicts on a claim."""
        entries = [run.view.verdicts.get(claim) for run in self.runs]
        tested = [entry for entry in entries if entry is not None and entry.verdict != NOT_TESTED]
        measured = spread(entry.measured for entry in tested)
        return Verdicts(sum(entry.verdict == CONFIRMED for entry in tested), len(tested), len(self.runs), measured)

    def states(self) -> str:
        """`done`, or `2 done, 1 failed`."""
        counted = Counter(run.record.state for run in self.runs)
        if len(counted) == 1:
            return next(iter(counted))
        return ", ".join(f"{count} {state}" for state, count in counted.most_common())

    def devices(self) -> str:
        """Where the runs computed."""
        return ", ".join(dict.fromkeys(run.device for run in self.runs if run.device))


@dataclass(frozen=True)
class Verdicts:
    """How many of `of` runs tested a claim and how many of those confirmed it, and what they measured."""

    confirmed: int
    tested: int
    of: int
    measured: Spread

    @property
    def verdict(self) -> Verdict | None:
        """The verdict where all that tested it agree, else None."""
        if not self.tested:
            return NOT_TESTED
        return CONFIRMED if self.confirmed == self.tested else "not confirmed" if not self.confirmed else None

    def __str__(self) -> str:
        if not self.tested:
            return SIGNS[NOT_TESTED]
        sign = SIGNS[self.verdict] if self.verdict else "~"
        count = f" {self.confirmed}/{self.tested}" if self.of > 1 else ""
        return f"{sign}{count} {self.measured}"


@dataclass(frozen=True)
class Comparison:
    """A set of runs: the `differing` names (parameters, and lab, preset, code where they differ), and the groups."""

    runs: tuple[Compared, ...]
    differing: tuple[str, ...]
    groups: tuple[Group, ...]

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """What any of them measured over its steps; first what most of them have in common."""
        counted = Counter(name for run in self.runs for name in run.view.series)
        return tuple(sorted(counted, key=lambda name: -counted[name]))

    @cached_property
    def finals(self) -> tuple[str, ...]:
        """What any of them has as a result: the metrics, then numbers of their summaries."""
        counted = Counter(name for run in self.runs for name in run.finals)
        added = sorted((name for name in counted if name not in self.metrics), key=lambda name: -counted[name])
        return (*self.metrics, *added)

    @cached_property
    def claims(self) -> tuple[str, ...]:
        """The claims that any of them tested."""
        found = dict.fromkeys(id for run in self.runs for id in run.view.verdicts)
        return tuple(id for id in found if any(group.verdict(id).tested for group in self.groups))

    @cached_property
    def labs(self) -> tuple[str, ...]:
        """The labs they are of."""
        return tuple(dict.fromkeys(run.record.lab for run in self.runs))

    @property
    def seeds(self) -> str:
        """What the groups are made of: `9 runs, 3 settings`."""
        runs = counted(len(self.runs), "run")
        return runs if len(self.groups) == len(self.runs) else f"{runs}, {counted(len(self.groups), 'setting')}"


def held(record: RunRecord) -> Compared:
    """A run as its folder has it now."""
    folder = Path(record.folder)
    return Compared(record, replay(folder), code_of(folder))


def code_of(folder: Path) -> str:
    """A mark of the code that a run ran, the same for the same code; empty where its folder has no copy of it."""
    digest = hashlib.sha256()
    try:
        files = sorted(path for path in (folder / "code").rglob("*") if path.suffix in (".py", ".toml"))
        for path in files:
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    except OSError:
        return ""
    return digest.hexdigest()[:12] if files else ""


def compare(runs: Sequence[Compared], mean: bool = True) -> Comparison:
    """The runs in the order given; with `mean`, those that differ by their seed alone are one group."""
    runs = _with_code(runs)
    differing = _differing(runs)
    versions = _versions(runs) if CODE in differing else {}
    told = _told(runs, differing)
    by_setting: dict[Any, list[Compared]] = {}
    for run in runs:
        setting = tuple(_value(run, name) for name in differing)
        by_setting.setdefault(setting if mean else run.record.id, []).append(run)
    groups = []
    for members in by_setting.values():
        values = {name: versions[members[0].code] if name == CODE else _value(members[0], name) for name in differing}
        label = " ".join(_word(name, values[name]) for name in told) or _same(members[0], runs)
        if not mean and len(runs) > 1 and members[0].seed is not None:
            label += f" seed={members[0].seed}"
        groups.append(Group(label, tuple(members), values))
    if mean:
        came = [group.values for group in groups]
        groups.sort(key=lambda group: [_place(group.values[name], [values[name] for values in came]) for name in told])
    return Comparison(tuple(runs), differing, tuple(_told_apart(groups)))


def swept(comparison: Comparison) -> str:
    """The parameter that the groups are best lined up by: one of numbers before one of words; empty where none."""
    found, best = "", (False, 0)
    for name in comparison.differing:
        if name in (LAB, PRESET, CODE):
            continue
        values = _values(comparison, name)
        rank = (_numeric(values), len(values))
        if len(values) > 1 and rank > best:
            found, best = name, rank
    return found


def by_parameter(comparison: Comparison, name: str, metric: str) -> dict[str, list[tuple[Any, Spread]]]:
    """What a metric was at the end by a parameter's value, in its order; a row for each setting of the others."""
    rows: dict[str, list[tuple[Any, Spread]]] = {}
    others = [other for other in _told(comparison.runs, comparison.differing) if other != name]
    for group in comparison.groups:
        value, result = group.values.get(name), group.spread(metric)
        if value is not None and result.n:
            rows.setdefault(" ".join(_word(other, group.values[other]) for other in others), []).append((value, result))
    numeric = _numeric(_values(comparison, name))
    return {
        label: sorted(points, key=lambda point: point[0] if numeric else str(point[0]))
        for label, points in rows.items()
    }


def setting(value: Any) -> str:
    """A parameter's value, short: `3e-3`, `0.5`, `600`, `on`, `–` where the run has no such parameter."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        if value and not 1e-2 <= abs(value) < 1e6:
            mantissa, _, power = f"{value:.6e}".partition("e")
            return f"{float(mantissa):g}e{int(power)}"
        return f"{value:g}"
    text = clean_line(str(value), 60)
    # Of a file, its name will do.
    return Path(text).name if text.startswith("/") else text or "“”"


def _value(run: Compared, name: str) -> Any:
    if name in (LAB, PRESET, CODE):
        return {LAB: run.record.lab, PRESET: run.record.preset, CODE: run.code}[name]
    return run.record.parameters.get(name)


def _with_code(runs: Sequence[Compared]) -> tuple[Compared, ...]:
    """The runs, each whose code is not known (it waits, or is an old one) with that of the others of its lab."""
    known: dict[str, set[str]] = {}
    for run in runs:
        known.setdefault(run.record.lab, set()).update({run.code} - {""})
    return tuple(
        replace(run, code=next(iter(known[run.record.lab])))
        if not run.code and len(known[run.record.lab]) == 1
        else run
        for run in runs
    )


def _differing(runs: Sequence[Compared]) -> tuple[str, ...]:
    """What differs. A parameter that a run has not, of another lab or from before there was one, does not."""
    names = dict.fromkeys(name for run in runs for name in run.record.parameters if name != _SEED)
    found = []
    for name in names:
        values = [run.record.parameters[name] for run in runs if name in run.record.parameters]
        if any(value != values[0] for value in values):
            found.append(name)
    first = [name for name in (LAB, PRESET) if len({_value(run, name) for run in runs}) > 1]
    codes = {(run.record.lab, run.code) for run in runs}
    return (*first, *([CODE] if len(codes) > len({run.record.lab for run in runs}) else []), *found)


def _told(runs: Sequence[Compared], differing: tuple[str, ...]) -> list[str]:
    """The differences that a label says: what follows from lab and preset alone is left out of it."""
    told = [name for name in differing if name in (LAB, PRESET, CODE)]
    for name in differing:
        values: dict[tuple[str, str], set[str]] = {}
        for run in runs:
            values.setdefault((run.record.lab, run.record.preset), set()).add(repr(run.record.parameters.get(name)))
        if name not in told and any(len(found) > 1 for found in values.values()):
            told.append(name)
    return told


def _versions(runs: Sequence[Compared]) -> dict[str, int]:
    """A number for each code, the oldest first."""
    ordered = sorted(runs, key=lambda run: run.record.started)
    return {mark: number for number, mark in enumerate(dict.fromkeys(run.code for run in ordered), 1)}


def _word(name: str, value: Any) -> str:
    if name in (LAB, PRESET):
        return str(value)
    return f"code {value}" if name == CODE else f"{name}={setting(value)}"


def _place(value: Any, came: Sequence[Any]) -> tuple[int, float]:
    """Numbers by their size, all else in the order in which it came."""
    return (0, float(value)) if _numeric((value,)) else (1, float(came.index(value)))


def _same(run: Compared, runs: Sequence[Compared]) -> str:
    return f"{run.record.lab} {run.record.preset}" + (f" {short(run.record.id)}" if len(runs) == 1 else "")


def _told_apart(groups: list[Group]) -> list[Group]:
    """Groups that would have one label have their run's name behind it."""
    counted = Counter(group.label for group in groups)
    return [
        Group(f"{group.label} {short(group.runs[0].record.id)}", group.runs, group.values)
        if counted[group.label] > 1
        else group
        for group in groups
    ]


def _values(comparison: Comparison, name: str) -> set[Any]:
    return {group.values[name] for group in comparison.groups if group.values.get(name) is not None}


def _numeric(values: Iterable[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
