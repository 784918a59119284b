"""Runs that wait for a place: so many at a time compute on a device, and whoever looks starts the next.

Nobody is in charge: a run that ends, a launch, and every program that looks at the runs all `pump`, under a lock, so
that nothing starts twice. A run waits as long as the file `queued` lies in its folder, which names its machine.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cs229tui.clock import timestamp
from cs229tui.config import Settings
from cs229tui.errors import LabError, ReportableError
from cs229tui.folders import Folders
from cs229tui.labs import hand_over, process
from cs229tui.labs.history import refresh
from cs229tui.labs.launchers import launcher_named, prepared
from cs229tui.labs.life import look
from cs229tui.labs.needs import gpus
from cs229tui.labs.process import PROCESS, QUEUED, STOP
from cs229tui.labs.run_folder import change_story, copy_code, story_of
from cs229tui.labs.words import ordinal
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, alive_runs, save_run

_LOCK = "queue.lock"
_ENDING_SECONDS = 5.0


@dataclass(frozen=True)
class Waiting:
    """A run in the queue: its `place`, counted from 1 among those of its device, and the run it is `behind`."""

    record: RunRecord
    place: int
    behind: RunRecord | None

    def __str__(self) -> str:
        behind = f"behind run {self.behind.id[:8]} of {self.behind.lab}" if self.behind else "about to start"
        return behind if self.place == 1 else f"{ordinal(self.place)} in the queue, {behind}"


def enqueue(folder: Path) -> None:
    """Let the run that is prepared in `folder` wait for its place on this machine; raises `LabError`."""
    if not process.gone(folder, _ENDING_SECONDS):
        raise LabError("The run is still ending.", "Try again in a moment.")
    try:
        for name in (PROCESS, STOP, "exit", "pause"):  # of an earlier start of a run that is continued
            (folder / name).unlink(missing_ok=True)
        (folder / QUEUED).write_text(socket.gethostname() + "\n", "utf-8")
    except OSError as error:
        raise LabError(f"{folder} cannot be written: {error.strerror}.", "Is the disk full?") from error


def pump(database: Database, folders: Folders, settings: Settings, wait: bool = True) -> list[RunRecord]:
    """Start what has a place; returns the runs whose rows changed. Without `wait`, nothing where another is at it."""
    if not any(record.state == "queued" for record in alive_runs(database)):
        return []
    with _locked(folders.runs, wait) as mine:
        if not mine:
            return []
        changed, busy, queue = _sorted(database)
        stuck: set[str] = set()  # kinds of devices whose first in the queue has to wait
        for record in queue:
            kind = record.device.partition(":")[0]
            try:
                count = launcher_named(record.launcher).processes(prepared(Path(record.folder)).options)
                device = None if kind in stuck else _place(kind, count, busy, settings)
                if device is None:
                    stuck.add(kind)
                    continue
                after = _start(record, device)
            except (ReportableError, OSError) as error:
                after = _failed(record, error)
            save_run(database, after)
            changed.append(after)
            if after.state == "starting":
                busy.append(after)
        return changed


def refreshed(database: Database, folders: Folders, settings: Settings) -> list[RunRecord]:
    """What `refresh` gives, and what has a place is started, unless another program is at it."""
    return [*refresh(database, folders), *pump(database, folders, settings, wait=False)]


def start_now(database: Database, folders: Folders, settings: Settings, record: RunRecord) -> RunRecord:
    """Start a run that waits without regard to the limit; raises `LabError`."""
    with _locked(folders.runs):
        if not waits(Path(record.folder)):
            raise LabError(f"The run {record.id[:8]} does not wait: it is {look(record).word}.")
        _, busy, _ = _sorted(database)
        kind = record.device.partition(":")[0]
        count = launcher_named(record.launcher).processes(prepared(Path(record.folder)).options)
        device = _place(kind, count, busy, settings, crowded=True)
        after = _start(record, device or kind)
        save_run(database, after)
        return after


def take_out(record: RunRecord) -> bool:
    """Take a run out of the queue; false where it does not wait (any more)."""
    folder = Path(record.folder)
    if not waits(folder):
        return False
    with _locked(folder.parent):
        if not waits(folder):
            return False
        (folder / STOP).touch()
        (folder / QUEUED).unlink(missing_ok=True)
        return True


def waits(folder: Path) -> bool:
    """Whether the run in `folder` waits for its place."""
    return (folder / QUEUED).exists() and not (folder / PROCESS).exists()


def waiting(database: Database) -> list[Waiting]:
    """Every run that waits, in the order in which they get their places."""
    alive = [record for record in alive_runs(database) if launcher_named(record.launcher).HERE]
    queue = sorted((one for one in alive if one.state == "queued"), key=_turn)
    going = sorted((one for one in alive if one.state != "queued"), key=lambda one: one.started)
    found: list[Waiting] = []
    for record in queue:
        kind = record.device.partition(":")[0]
        ahead = [one.record for one in found if one.record.device.partition(":")[0] == kind]
        before = ahead or [one for one in going if one.device.partition(":")[0] == kind]
        found.append(Waiting(record, len(ahead) + 1, before[-1] if ahead else next(iter(before), None)))
    return found


def limit(kind: str, settings: Settings) -> int:
    """How many processes a device takes at a time."""
    if settings.labs_at_once:
        return settings.labs_at_once
    if kind != "cpu":
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // 2)


@contextmanager
def _locked(runs: Path, wait: bool = True) -> Iterator[bool]:
    """Keeps every other program from starting runs; the kernel lets go of it for a program that is killed."""
    with (runs.parent / _LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


def _sorted(database: Database) -> tuple[list[RunRecord], list[RunRecord], list[RunRecord]]:
    """Rows that were behind the times, the runs that have a place on this machine, and those that wait, in turn."""
    changed, busy, queue = [], [], []
    for record in alive_runs(database):
        after = look(record).record
        if after != record:
            save_run(database, after)
            changed.append(after)
        if not launcher_named(after.launcher).HERE:
            continue
        if after.state == "queued":
            if _host(Path(after.folder)) == socket.gethostname():
                queue.append(after)
        elif after.state in ("starting", "running"):
            busy.append(after)
    return changed, busy, sorted(queue, key=_turn)


def _turn(record: RunRecord) -> tuple[float, str]:
    try:
        return (Path(record.folder) / QUEUED).stat().st_mtime_ns, record.started
    except OSError:
        return float("inf"), record.started


def _host(folder: Path) -> str:
    try:
        return (folder / QUEUED).read_text("utf-8").strip()
    except OSError:
        return ""


def _place(kind: str, count: int, busy: list[RunRecord], settings: Settings, crowded: bool = False) -> str | None:
    """The device for a run of `count` processes: "cpu", "cuda:0,1"; None where there is no place, unless `crowded`."""
    most = limit(kind, settings)
    if kind != "cuda":
        taken = sum(_processes(record) for record in busy if record.device == kind)
        return kind if crowded or taken == 0 or taken + count <= most else None
    load = dict.fromkeys(gpus(), 0)
    for record in busy:
        device, _, numbers = record.device.partition(":")
        for gpu in numbers.split(",") if device == "cuda" else ():
            load[gpu] = load.get(gpu, 0) + 1
    free = sorted((gpu for gpu in gpus() if crowded or load[gpu] < most), key=lambda gpu: load[gpu])
    if not free or (len(free) < count and not crowded and any(load.values())):
        return None
    return f"cuda:{','.join(sorted(free[:count]))}"  # fewer than asked for, where there are no more: torchrun says so


def _processes(record: RunRecord) -> int:
    try:
        return launcher_named(record.launcher).processes(prepared(Path(record.folder)).options)
    except ReportableError:
        return 1


def _start(record: RunRecord, device: str) -> RunRecord:
    """Start a run that waits; raises `LabError` or `OSError`."""
    folder = Path(record.folder)
    story: dict[str, Any] = story_of(folder)
    run = prepared(folder)
    if not run.continued:
        copy_code(Path(str(story.get("path", ""))), folder)
    environment = dict(run.environment)
    kind, _, numbers = device.partition(":")
    if kind == "cuda":
        environment["CUDA_VISIBLE_DEVICES"] = numbers
    started = record.started if run.continued else timestamp()
    change_story(folder, environment=environment, device=device, started=started)
    launcher_named(record.launcher).start(replace(run, environment=environment))
    (folder / QUEUED).unlink(missing_ok=True)
    hand_over.begin_as_asked(folder)
    return replace(record, state="starting", started=started, device=device, reason="")


def _failed(record: RunRecord, error: Exception) -> RunRecord:
    (Path(record.folder) / QUEUED).unlink(missing_ok=True)
    return replace(record, state="failed", reason=str(error), ended=timestamp())
