"""What `doctor` says of the lab runs: what goes on, what nobody guards any more, and the warm process."""

from collections.abc import Iterator
from pathlib import Path

from cs229tui.amounts import counted
from cs229tui.cli.doctor_cluster import Row
from cs229tui.errors import ReportableError
from cs229tui.workspace import Workspace


def lab_runs(workspace: Workspace) -> Iterator[Row]:
    """The runs that go on here, those that were left alone, and what the warm process takes."""
    from cs229tui.labs import process, queue, warm
    from cs229tui.library.runs import alive_runs

    if workspace.folders.database.exists():
        try:
            queue.refreshed(workspace.database, workspace.folders, workspace.settings)
        except ReportableError as error:
            yield "lab runs", False, error.what, error.remedy
            return
        alive = alive_runs(workspace.database)
        waiting = sum(record.state == "queued" for record in alive)
        at_once = counted(queue.limit("cpu", workspace.settings), "run")
        found = f"{len(alive) - waiting} going on, {waiting} waiting; the CPU takes {at_once} at a time"
        yield "lab runs", True, found, ""
        for record in alive:
            guard = process.process_of(Path(record.folder))
            if record.state == "running" and guard is not None and guard.here and not process.alive(guard):
                remedy = f"Nobody guards it; it goes on. Stop it with: cs229tui lab stop {record.id[:8]}"
                yield "lab runs", False, f"the guard of run {record.id[:8]} of {record.lab} was ended", remedy
    taken = warm.memory(workspace.folders, workspace.settings)
    if taken is not None:
        yield "warm process", True, f"{taken / 1e6:.0f} MB, so that labs start quickly; it ends when it is idle", ""
