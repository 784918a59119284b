"""The index of lab runs; each run's own folder holds the whole story."""

import json
from dataclasses import asdict, dataclass, field
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


_JSON = ("parameters", "verdicts", "summary")


def save_run(database: Database, run: RunRecord) -> None:
    """Insert a run or bring its row up to date."""
    with writing(database) as tables:
        tables.table("run").upsert(asdict(run), pk="id")


def runs(database: Database, lab: str | None = None, limit: int = -1) -> list[RunRecord]:
    """The runs, newest first."""
    where, values = ("WHERE lab = ?", [lab]) if lab else ("", [])
    sql = f"SELECT * FROM run {where} ORDER BY started DESC LIMIT ?"  # noqa: S608
    return [_made(row) for row in database.query(sql, [*values, limit])]


def alive_runs(database: Database) -> list[RunRecord]:
    """The runs that had not ended when they were last looked at."""
    marks = ", ".join("?" * len(ALIVE))
    return [_made(row) for row in database.query(f"SELECT * FROM run WHERE state IN ({marks})", sorted(ALIVE))]  # noqa: S608


def run_folders(database: Database) -> dict[str, str]:
    """The folder of every run, by its id."""
    return {row["id"]: row["folder"] for row in database.query("SELECT id, folder FROM run")}


def run(database: Database, id: str) -> RunRecord:
    """The run with that id, or whose id begins so; raises `NotFoundError`."""
    rows = list(database.query("SELECT * FROM run WHERE id >= ? AND id < ? LIMIT 2", [id, id + "\uffff"])) if id else []
    if len(rows) != 1:
        raise NotFoundError(f"There is no run {id!r}.", "List them with: cs229tui lab runs")
    return _made(rows[0])


def _made(row: dict[str, Any]) -> RunRecord:
    for name in _JSON:
        row[name] = json.loads(row[name])
    return RunRecord(**row)
