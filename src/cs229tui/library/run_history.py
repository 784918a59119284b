"""The runs there have been, filtered as one types, in an order, the runs of a sweep under one head.

Places in the index are fetched at once, what stands in the rows when they are looked at: ten thousand runs list as
quickly as ten.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

import msgspec

from cs229tui.clock import now
from cs229tui.library.database import Database
from cs229tui.library.runs import ALIVE, RunRecord, RunState, runs_at, runs_of_sweep

Order = Literal["newest", "longest", "lab", "verdicts", "state"]
SWEEP = "sweep:"
"""Begins the key of the row that stands for a sweep; that of a run is its id."""

# As the indexes have them.
_ORDERS: dict[Order, str] = {
    "newest": "started DESC",
    "longest": "seconds DESC NULLS LAST, started DESC",
    "lab": "lab, started DESC",
    "verdicts": "tested = 0, 1.0 * confirmed / tested DESC, confirmed DESC, started DESC",
    "state": "instr('failed lost stopped done', state), started DESC",
}
_GOING = "state IN ('queued', 'starting', 'running')"
_VERDICTS = {
    "confirmed": "(tested > 0 AND confirmed = tested)",
    "missed": "confirmed < tested",
    "none": "tested = 0",
}
_TOKEN = re.compile(r"([A-Za-z_][\w-]*)(<=|>=|!=|[:=<>])(.*)")
_SINCE = re.compile(r"(\d{1,4})(min|[hdw])")
_SINCE_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_MOST_OF_A_SWEEP = 500
_FIRST = 250  # runs that are put in order at once


class Wanted(msgspec.Struct, frozen=True):
    """Which runs are listed, in what order: `typed` narrows them, the `open` sweeps show their runs."""

    typed: str = ""
    order: Order = "newest"
    open: tuple[str, ...] = ()


class SweepFacts(msgspec.Struct, frozen=True):
    """A sweep as one row: what its runs have in common, what differs, and how they stand."""

    sweep: str
    lab: str
    preset: str
    runs: int
    states: Mapping[RunState, int]
    started: str
    seconds: float
    tested: int
    confirmed: int
    differing: Mapping[str, tuple[Any, ...]]

    @property
    def alive(self) -> bool:
        """Whether one of its runs goes on."""
        return any(state in ALIVE for state in self.states)


Entry = RunRecord | SweepFacts | None
_Condition = Callable[[str, str, dict[str, Any], Mapping[str, str]], str]
"""A word's value, the name its own values go by, all values, the titles of the labs: the condition in SQL."""


class Listing:
    """The wanted runs in their order, those that go on first; `titles` are the labs' titles, by which they are found
    too; without `fold` a sweep's runs stand each for itself. `problem` says which typed words ask for nothing.
    """

    def __init__(
        self, database: Database, wanted: Wanted, titles: Mapping[str, str] | None = None, fold: bool = True
    ) -> None:
        self._database = database
        self._wanted = wanted
        self._fold = fold
        self._where, self._values, self.problem = _asked(wanted.typed, titles or {})
        sql = "SELECT count(*), count(*) FILTER (WHERE sweep = ''), count(DISTINCT sweep) FILTER (WHERE sweep <> '')"
        row = database.execute(f"{sql} FROM run WHERE 1{self._where}", self._values).fetchone()
        self.count, alone, sweeps = map(int, row)
        opened = sum(count for count in self._members(wanted.open).values() if count > 1) if fold else 0
        self._length = alone + sweeps + opened if fold else self.count
        # The others are fetched when somebody looks at them: mostly nobody does.
        self._entries, self._whole = self._read(_FIRST)

    def __len__(self) -> int:
        return self._length

    def _read(self, most: int) -> tuple[list[int | str], bool]:
        """What stands first: as far as `most` runs go, all where that is -1; and whether that is all there is."""
        order = _ORDERS[self._wanted.order]
        # What waits comes in the order in which it will be begun.
        going = "state = 'queued', CASE state WHEN 'queued' THEN started END, started DESC"
        entry = "CASE WHEN sweep = '' THEN rowid ELSE sweep END" if self._fold else "rowid"
        found: list[int | str] = []
        for which, by in ((_GOING, going), (f"NOT {_GOING}", order)):
            sql = f"SELECT {entry} FROM run WHERE {which}{self._where} ORDER BY {by} LIMIT :most"  # noqa: S608
            values = {**self._values, "most": most if most < 0 else most - len(found)}
            found += [row[0] for row in self._database.execute(sql, values)]
        # Each once, where it comes first: a run in its place, a sweep in that of its first run.
        entries = list(dict.fromkeys(found))
        members = self._members([one for one in entries if isinstance(one, str)])
        shown = [one for one, count in members.items() if one in self._wanted.open or count == 1]
        if shown:
            sql = "SELECT rowid, sweep FROM run WHERE sweep <> '' AND sweep IN (SELECT value FROM json_each(:shown))"
            values = {**self._values, "shown": json.dumps(shown)}
            rows = self._database.execute(f"{sql}{self._where} ORDER BY {order}", values)
            entries = _opened(entries, rows.fetchall(), members)
        return entries, most < 0 or len(found) < most

    def _members(self, sweeps: Sequence[str]) -> dict[int | str, int]:
        """How many of their runs are wanted."""
        if not sweeps:
            return {}
        sql = "SELECT sweep, count(*) FROM run WHERE sweep <> '' AND sweep IN (SELECT value FROM json_each(:sweeps))"
        values = {**self._values, "sweeps": json.dumps(sweeps)}
        return dict(self._database.execute(f"{sql}{self._where} GROUP BY sweep", values).fetchall())

    def _all(self) -> list[int | str]:
        if not self._whole:
            self._entries, self._whole = self._read(-1)
        return self._entries

    def find(self, key: str) -> int | None:
        """At which number a row stands, from 0; a run of a folded sweep stands at the sweep's."""
        wanted: list[int | str] = [key.removeprefix(SWEEP)]
        if not key.startswith(SWEEP):
            sql = f"SELECT rowid, sweep FROM run WHERE id = :id{self._where}"  # noqa: S608
            row = self._database.execute(sql, {**self._values, "id": key}).fetchone()
            wanted = list(row) if row else []
        found = _first(wanted, self._entries)
        return _first(wanted, self._all()) if found is None and wanted else found

    def stretch(self, start: int, stop: int) -> list[Entry]:
        """What stands from one number up to another; None where another program has changed it meanwhile."""
        stop = min(stop, self._length)
        entries: list[int | str | None] = list(
            (self._entries if stop <= len(self._entries) else self._all())[start:stop]
        )
        entries += [None] * (stop - start - len(entries))
        records = runs_at(self._database, [one for one in entries if isinstance(one, int)])
        return [sweep_facts(self._database, one) if isinstance(one, str) else records.get(one or 0) for one in entries]


def sweep_facts(database: Database, sweep: str) -> SweepFacts | None:
    """What there is to say of a sweep; None where it has no runs any more."""
    members = runs_of_sweep(database, sweep)[:_MOST_OF_A_SWEEP]
    if not members:
        return None
    first = members[0]
    values: dict[str, list[Any]] = {}
    for one in members:
        for name, value in one.parameters.items():
            seen = values.setdefault(name, [])
            if value not in seen:
                seen.append(value)
    return SweepFacts(
        sweep,
        first.lab,
        first.preset,
        len(members),
        Counter(one.state for one in members),
        first.started,
        sum(one.seconds or 0.0 for one in members),
        sum(one.tested for one in members),
        sum(one.confirmed for one in members),
        {name: tuple(seen) for name, seen in values.items() if len(seen) > 1},
    )


def places_in_queue(database: Database) -> dict[str, int]:
    """The runs that wait, by their id: which is begun first, second, …"""
    rows = database.execute("SELECT id FROM run WHERE state = 'queued' AND launcher != 'slurm' ORDER BY started, rowid")
    return {id: place for place, (id,) in enumerate(rows, 1)}


def next_order(order: Order) -> Order:
    """The order after this one."""
    every = get_args(Order)
    following: Order = every[(every.index(order) + 1) % len(every)]
    return following


def _first(wanted: Sequence[int | str], entries: Sequence[int | str]) -> int | None:
    return next((entries.index(one) for one in wanted if one and one in entries), None)


def _opened(
    entries: Sequence[int | str], rows: Sequence[tuple[int, str]], members: Mapping[int | str, int]
) -> list[int | str]:
    """The entries with the runs of the sweeps in `rows` below those sweeps; a sweep of one run is only that run."""
    runs: dict[int | str, list[int | str]] = {}
    for place, sweep in rows:
        runs.setdefault(sweep, []).append(place)
    found: list[int | str] = []
    for entry in entries:
        if members.get(entry) != 1:
            found.append(entry)
        found += runs.get(entry, ())
    return found


def _asked(typed: str, titles: Mapping[str, str]) -> tuple[str, dict[str, Any], str]:
    """The conditions that the typed words stand for, their values, and what is wrong with them."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    problem = ""
    for number, word in enumerate(typed.split()):
        name = f"w{number}"
        positive = word.lstrip("-!")
        if not positive:
            continue
        try:
            condition = _condition(positive, name, values, titles)
        except ValueError as error:
            problem, condition = str(error), "0"
        conditions.append(condition if positive == word else f"NOT ({condition})")
    return "".join(f" AND {condition}" for condition in conditions), values, problem


def _condition(word: str, name: str, values: dict[str, Any], titles: Mapping[str, str]) -> str:
    token = _TOKEN.fullmatch(word)
    if token is None:
        return _anywhere(word, name, values, titles)
    field, sign, value = token[1].lower(), token[2], token[3]
    if sign in ":=" and field in _FIELDS:
        return _FIELDS[field](value, name, values, titles)
    if sign == ":":
        raise ValueError(f"{field}: is not known; there are {', '.join(_FIELDS)}, and name=value for a parameter")
    return _of_parameter(field.replace("-", "_"), sign, value, name, values)


def _anywhere(word: str, name: str, values: dict[str, Any], titles: Mapping[str, str]) -> str:
    if word.casefold() in _VERDICTS:
        return _VERDICTS[word.casefold()]
    values[name], values[f"{name}b"] = f"%{_plain(word)}%", f"{_plain(word)}%"
    columns = " OR ".join(f"{column} LIKE :{name} ESCAPE '\\'" for column in ("lab", "preset", "launcher"))
    states = ", ".join(f"'{state}'" for state in get_args(RunState) if word.casefold() in state)
    begins = " OR ".join(f"{column} LIKE :{name}b ESCAPE '\\'" for column in ("id", "sweep", "device"))
    return f"(state IN ({states}) OR {columns} OR {begins} OR {_titled(word, name, values, titles)})"


def _titled(word: str, name: str, values: dict[str, Any], titles: Mapping[str, str]) -> str:
    values[f"{name}t"] = json.dumps([lab for lab, title in titles.items() if word.casefold() in title.casefold()])
    return f"lab IN (SELECT value FROM json_each(:{name}t))"  # noqa: S608


def _lab(value: str, name: str, values: dict[str, Any], titles: Mapping[str, str]) -> str:
    values[name] = f"%{_plain(value)}%"
    return f"(lab LIKE :{name} ESCAPE '\\' OR {_titled(value, name, values, titles)})"


def _beginning(column: str) -> _Condition:
    def condition(value: str, name: str, values: dict[str, Any], _titles: Mapping[str, str]) -> str:
        values[name] = f"{_plain(value)}%"
        return f"{column} LIKE :{name} ESCAPE '\\'"

    return condition


def _verdict(value: str, _name: str, _values: dict[str, Any], _titles: Mapping[str, str]) -> str:
    close = [condition for word, condition in _VERDICTS.items() if value and word.startswith(value.casefold())]
    if not close:
        raise ValueError("verdict: takes confirmed, missed or none")
    return close[0]


def _sweep(value: str, name: str, values: dict[str, Any], titles: Mapping[str, str]) -> str:
    return f"sweep <> '' AND {_beginning('sweep')(value, name, values, titles)}"


def _since(value: str, name: str, values: dict[str, Any], _titles: Mapping[str, str]) -> str:
    ago = _SINCE.fullmatch(value)
    try:
        if ago:
            moment = now() - int(ago[1]) * _SINCE_UNITS[ago[2]]
        elif value == "today":
            moment = now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        else:
            moment = datetime.fromisoformat(value).astimezone()
        values[name] = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError) as error:
        raise ValueError("since: takes 2h, 3d, 2w, today or a date such as 2023-02-14") from error
    return f"started >= :{name}"


_FIELDS: dict[str, _Condition] = {
    "lab": _lab,
    "preset": _beginning("preset"),
    "state": _beginning("state"),
    "verdict": _verdict,
    "sweep": _sweep,
    "since": _since,
    "launcher": _beginning("launcher"),
    "device": _beginning("device"),
    "run": _beginning("id"),
}


def _of_parameter(field: str, sign: str, value: str, name: str, values: dict[str, Any]) -> str:
    values[f"{name}p"] = f'$."{field}"'
    held = f"json_extract(parameters, :{name}p)"
    if not value:
        return f"{held} IS NOT NULL"
    equal = sign in ("=", "!=")
    try:
        number = {"on": 1.0, "true": 1.0, "off": 0.0, "false": 0.0}.get(value.casefold())
        values[name] = float(value.replace("_", "")) if number is None else number
    except ValueError:
        if not equal:
            raise ValueError(f"{field}{sign} takes a number") from None
        values[name] = f"{_plain(value)}%"
        return f"{held} {'NOT ' if sign == '!=' else ''}LIKE :{name} ESCAPE '\\'"
    if equal:
        # A text that looks like a number is no number to SQLite.
        values[f"{name}s"] = value
        return f"{held} {'NOT ' if sign == '!=' else ''}IN (:{name}, :{name}s)"
    # A text is larger than any number.
    return f"{held} {sign} :{name} AND {held} < ''"


def _plain(word: str) -> str:
    """A word in which LIKE's own signs mean themselves."""
    return re.sub(r"([\\%_])", r"\\\1", word)
