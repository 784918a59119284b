"""The runs there have been: the index of them is brought up to date with their folders."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cs229tui.clean import clean_line
from cs229tui.clock import stamp
from cs229tui.errors import LabError
from cs229tui.folders import Folders
from cs229tui.labkit.events import RUN
from cs229tui.labs.launchers import LAUNCHERS
from cs229tui.labs.life import look
from cs229tui.labs.run_folder import story_of
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, alive_runs, count_runs, has_run, run_folders, save_run

# A folder made within the tick of the clock after it was listed would not show in its time of change.
_SETTLED_SECONDS = 2.0


@dataclass(frozen=True)
class _Seen:
    """What a look at the runs' folder came to when it had last `changed` and there were so many `rows`.

    Whoever looks every second need not list ten thousand folders each time.
    """

    changed: float
    rows: int
    unknown: list[str]


_seen: dict[Path, _Seen] = {}


def refresh(database: Database, folders: Folders) -> list[RunRecord]:
    """Bring the index up to date with the folders, also of runs made by hand; returns the rows that changed."""
    changed = []
    for record in alive_runs(database):
        after = look(record).record
        if after != record:
            save_run(database, after)
            changed.append(after)
    for record in _found(database, folders.runs):
        after = look(record).record
        save_run(database, after)
        changed.append(after)
    return changed


def _found(database: Database, root: Path) -> Iterable[RunRecord]:
    """Runs that have a folder and no row: made by hand, or restored from elsewhere."""
    changed, rows = root.stat().st_mtime if root.exists() else 0.0, count_runs(database)
    seen = _seen.get(root)
    if seen is not None and (seen.changed, seen.rows) == (changed, rows):
        unknown = seen.unknown
    else:
        known = {folder.rpartition(os.sep)[2] for folder in run_folders(database)}
        try:
            unknown = [entry.name for entry in os.scandir(root) if entry.name not in known and entry.is_dir()]
        except OSError:
            return
        if time.time() - changed > _SETTLED_SECONDS:
            _seen[root] = _Seen(changed, rows, unknown)
    for name in unknown:
        story = run_in(root / name)
        if story is not None and not has_run(database, story.id):
            yield story


def run_in(folder: Path) -> RunRecord | None:
    """The run in a folder as it was when it began; `look` says how it is. None where the folder holds no run."""
    try:
        story = story_of(folder)
        parameters = story.get("parameters", {})
        return RunRecord(
            clean_line(str(story["id"]), 80),
            clean_line(str(story["lab"]), 80),
            clean_line(str(story.get("preset", "")), 80),
            str(folder),
            "starting",
            _moment(story.get("started"), folder),
            parameters=_scalars(parameters),
            launcher=_launcher(story),
            device=clean_line(str(story.get("device") or ""), 80),
            sweep=clean_line(str(story.get("sweep") or ""), 80),
        )
    except (LabError, OSError, ValueError, KeyError, AttributeError, TypeError):
        return None


def _launcher(story: dict[str, Any]) -> str:
    named = story.get("launcher")
    name = named.get("name") if isinstance(named, dict) else None
    return name if name in LAUNCHERS else "local"


def _scalars(values: Any) -> dict[str, Any]:
    pairs = values.items() if isinstance(values, dict) else ()
    return {
        clean_line(str(name), 80): clean_line(value, 400) if isinstance(value, str) else value
        for name, value in pairs
        if isinstance(value, (str, int, float))
    }


def _moment(value: Any, folder: Path) -> str:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return stamp(moment)
        except ValueError:
            pass
    return stamp(datetime.fromtimestamp((folder / RUN).stat().st_mtime, UTC))
