"""The index of lab runs; each run's own folder holds the whole story."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

from cs229tui.errors import NotFoundError
from cs229tui.library.database import Database, writing

RunState = Literal["queued", "starting", "running", "done", "failed", "stopped", "lost"]
ALIVE: frozenset[RunState] = frozenset({"queued", "starting", "running"})


@dataclass(frozen=True)
class RunRecord:
    """One run of a lab; `verdicts` and `summary` are what its last event said, `reason` why it did not end well.

    `device` is where it computes ("cpu", "cuda:0"; empty where a cluster chooses), `sweep` what the runs of one share.
    """

    id: str
    lab: str
    preset: str
    folder: str
    state: RunState
    started: str
    parameters: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    ended: str | None = None
    launcher: str = "local"
    device: str = ""
    sweep: str = ""

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it goes on."""
        if not self.ended:
            return None
        return (datetime.fromisoformat(self.ended) - datetime.fromisoformat(self.started)).total_seconds()

    @property
    def tested(self) -> int:
        """How many claims it tested."""
        return sum(entry.get("verdict") in ("confirmed", "not confirmed") for entry in self.verdicts)

    @property
    def confirmed(self) -> int:
        """How many claims it confirmed."""
        return sum(entry.get("verdict") == "confirmed" for entry in self.verdicts)


_JSON = ("parameters", "verdicts", "summary")
_COLUMNS = ", ".join(column.name for column in fields(RunRecord))


def save_run(database: Database, run: RunRecord) -> None:
    """Insert a run or bring its row up to date."""
    with writing(database) as tables:
        tables.table("run").upsert(_row(run), pk="id")


def save_runs(database: Database, many: Iterable[RunRecord]) -> None:
    """Insert many runs, or bring their rows up to date, at once."""
    with writing(database) as tables:
        tables.table("run").upsert_all(map(_row, many), pk="id")


def forget_run(database: Database, id: str) -> None:
    """Take a run out of the index; its folder is not touched."""
    with writing(database):
        database.execute("DELETE FROM run WHERE id = ?", [id])


def runs(database: Database, lab: str | None = None, limit: int = -1) -> list[RunRecord]:
    """The runs, newest first."""
    where, values = ("WHERE lab = ?", [lab]) if lab else ("", [])
    return _found(database, f"{where} ORDER BY started DESC LIMIT ?", [*values, limit])


def runs_at(database: Database, places: Iterable[int]) -> dict[int, RunRecord]:
    """The runs in some places of the index, as `run_history.Listing` names them; one that is gone is left out."""
    sql = f"SELECT rowid AS place, {_COLUMNS} FROM run WHERE rowid IN (SELECT value FROM json_each(?))"  # noqa: S608
    rows = database.query(sql, [json.dumps(list(places))])
    return {row.pop("place"): _made(row) for row in rows}


def alive_runs(database: Database) -> list[RunRecord]:
    """The runs that had not ended when they were last looked at."""
    marks = ", ".join("?" * len(ALIVE))
    return _found(database, f"WHERE state IN ({marks})", sorted(ALIVE))


def last_run(database: Database, lab: str, verdicts: bool = False) -> RunRecord | None:
    """The newest run of a lab; with `verdicts`, the newest that tested a claim."""
    tested = " AND tested > 0" if verdicts else ""
    return next(iter(_found(database, f"WHERE lab = ?{tested} ORDER BY started DESC LIMIT 1", [lab])), None)


def done_runs(database: Database, lab: str, limit: int = 50) -> list[RunRecord]:
    """The newest runs of a lab that came to their end."""
    return _found(database, "WHERE lab = ? AND state = 'done' ORDER BY started DESC LIMIT ?", [lab, limit])


def runs_of_sweep(database: Database, sweep: str) -> list[RunRecord]:
    """The runs of a sweep, in the order they were started."""
    return _found(database, "WHERE sweep = ? AND sweep <> '' ORDER BY started, rowid", [sweep])


def run_folders(database: Database) -> list[str]:
    """The folder of every run."""
    return [folder for (folder,) in database.execute("SELECT folder FROM run")]


def count_runs(database: Database) -> int:
    """How many runs there are."""
    return int(database.execute("SELECT count(*) FROM run").fetchone()[0])


def has_run(database: Database, id: str) -> bool:
    """Whether there is a run of just that id."""
    return database.execute("SELECT 1 FROM run WHERE id = ?", [id]).fetchone() is not None


def run_in_folder(database: Database, folder: str) -> RunRecord:
    """The run that has that folder, as `run_folders` names it."""
    return _found(database, "WHERE folder = ? LIMIT 1", [folder])[0]


def run(database: Database, id: str) -> RunRecord:
    """The run with that id, or whose id begins so; raises `NotFoundError`."""
    rows = _found(database, "WHERE id >= ? AND id < ? LIMIT 2", [id, id + "\uffff"]) if id else []
    if len(rows) != 1:
        raise NotFoundError(f"There is no run {id!r}.", "List them with: cs229tui lab runs")
    return rows[0]


def _found(database: Database, rest: str, values: list[Any]) -> list[RunRecord]:
    return [_made(row) for row in database.query(f"SELECT {_COLUMNS} FROM run {rest}", values)]  # noqa: S608


def _row(run: RunRecord) -> dict[str, Any]:
    # What the history is filtered and sorted by stands in columns of its own.
    return asdict(run) | {"seconds": run.seconds, "tested": run.tested, "confirmed": run.confirmed}


def _made(row: dict[str, Any]) -> RunRecord:
    for name in _JSON:
        row[name] = json.loads(row[name])
    return RunRecord(**row)
