"""Runs that nobody ran: folders with the events that a lab would have written, and their rows in the index."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, RunState, save_run

Curves = Mapping[str, Sequence[tuple[float, float | None]]]


def made_run(
    root: Path,
    id: str,
    curves: Curves,
    parameters: Mapping[str, Any] | None = None,
    lab: str = "parabola",
    preset: str = "quick",
    state: RunState = "done",
    claims: Mapping[str, tuple[str, float | None]] | None = None,
    summary: Mapping[str, Any] | None = None,
    code: str = "",
    sweep: str = "",
    database: Database | None = None,
) -> RunRecord:
    """A run whose `curves` are (step, value) by metric and whose `claims` are (verdict, measured)."""
    folder = root / id
    folder.mkdir(parents=True)
    values = {"lr": 0.1, "seed": 1, **(parameters or {})}
    started = f"2023-02-14T00:00:{len(list(root.iterdir())) % 60:02d}.000Z"
    story = {"id": id, "lab": lab, "preset": preset, "parameters": values, "started": started, "sweep": sweep}
    (folder / "run.json").write_text(json.dumps(story))
    if code:
        (folder / "code").mkdir()
        (folder / "code" / "main.py").write_text(code)
    ended = state in ("done", "failed", "stopped")
    with (folder / "events.jsonl").open("w") as file:

        def event(kind: str, t: float, **fields: Any) -> None:
            file.write(json.dumps({"kind": kind, "t": t, **fields}) + "\n")

        event(
            "start", 0, run=id, lab=lab, preset=preset, parameters=values, device="cpu ×2", seed=values["seed"],
            steps=10, pid=1, versions={}, time="2023-02-14T00:00:00Z",
        )  # fmt: skip
        for name, points in curves.items():
            for step, value in points:
                event("metric", step / 10, step=step, values={name: value})
        for claim, (verdict, measured) in (claims or {}).items():
            event("claim", 3, id=claim, verdict=verdict, measured=measured, wanted="at most 0.5")
        if ended:
            event("end", 4, state=state, reason="", summary=dict(summary or {}), seconds=4.0)
    record = RunRecord(
        id, lab, preset, str(folder), state, started, values,
        ended="2023-02-14T00:01:04.000Z" if ended else None, summary=dict(summary or {}), device="cpu", sweep=sweep,
    )  # fmt: skip
    if database is not None:
        save_run(database, record)
    return record


def falling(start: float, steps: Sequence[float] = range(10)) -> list[tuple[float, float | None]]:
    """A curve from `start` down, one value a step."""
    return [(step, start / (step + 1)) for step in steps]
