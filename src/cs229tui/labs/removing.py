"""Runs taken away, and brought back while that is still possible."""

import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cs229tui.errors import LabError
from cs229tui.folders import Folders
from cs229tui.labs.life import look
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, forget_run, save_runs

_KEPT_SECONDS = 7 * 86_400.0


@dataclass(frozen=True)
class Removed:
    """A run that was taken away, and where its folder lies meanwhile; None where it had none."""

    record: RunRecord
    folder: Path | None


def remove(database: Database, folders: Folders, records: Sequence[RunRecord]) -> list[Removed]:
    """Take runs and their folders away; for a week `bring_back` can undo it. Raises `LabError`, also for one that goes
    on.
    """
    alive = [record for record in records if look(record).alive]
    if alive:
        raise LabError(f"The run {alive[0].id[:8]} still goes on.", "Stop it first.")
    aside = folders.data / "removed-runs"
    _forget_old(aside)
    removed: list[Removed] = []
    for record in records:
        folder, moved = Path(record.folder), None
        try:
            # Only what lies among the runs: the index may name any folder.
            if folder.parent == folders.runs and folder.is_dir():
                aside.mkdir(parents=True, exist_ok=True)
                moved = aside / f"{time.time():.0f}-{folder.name}"
                shutil.move(folder, moved)
        except OSError as error:
            raise LabError(f"{folder} cannot be moved away: {error.strerror}.", "Check the folder.") from error
        forget_run(database, record.id)
        removed.append(Removed(record, moved))
    return removed


def bring_back(database: Database, removed: Iterable[Removed]) -> None:
    """Bring runs back that were taken away; raises `LabError`."""
    back = []
    for one in removed:
        try:
            if one.folder is not None:
                shutil.move(one.folder, one.record.folder)
        except OSError as error:
            raise LabError(f"{one.folder} cannot be moved back: {error.strerror}.", "Move it by hand.") from error
        back.append(one.record)
    save_runs(database, back)


def _forget_old(aside: Path) -> None:
    for folder in aside.glob("*-*"):
        moved = folder.name.partition("-")[0]
        if moved.isdecimal() and time.time() - int(moved) > _KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
