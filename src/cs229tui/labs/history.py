"""What became of the runs: their folders are looked at, and the index is brought up to date."""

import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cs229tui.clean import clean, clean_line
from cs229tui.folders import Folders
from cs229tui.labkit.events import EVENTS, PAUSE, RUN, ClaimVerdict, End, Start
from cs229tui.labs import process
from cs229tui.labs.events import decode
from cs229tui.labs.watch import SILENT_SECONDS, log_tail
from cs229tui.library.database import Database
from cs229tui.library.runs import ALIVE, RunRecord, RunState, alive_runs, run_folders, save_run

_HEAD_BYTES = 65_536
_TAIL_BYTES = 262_144
# A run that nobody can ask after (another machine, or started by hand) is given up after this silence.
_GIVEN_UP_SECONDS = 600.0
_LONGEST_SECONDS = 10 * 365 * 86400.0  # what a file claims beyond that is nonsense


@dataclass(frozen=True)
class Life:
    """How a run is now: `silent` seconds since it last wrote, and whether it was asked to wait or to stop."""

    record: RunRecord
    silent: float = 0.0
    paused: bool = False
    stopping: bool = False

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.record.state in ALIVE

    @property
    def word(self) -> str:
        """Its state for a person."""
        if not self.alive:
            return self.record.state
        if self.stopping:
            return "stopping"
        if self.paused:
            return "paused"
        return "silent" if self.silent > SILENT_SECONDS else self.record.state


def refresh(database: Database, folders: Folders) -> list[RunRecord]:
    """Bring the index up to date with the folders, also of runs made by hand; returns the rows that changed."""
    changed = []
    for record in alive_runs(database):
        after = look(record).record
        if after != record:
            save_run(database, after)
            changed.append(after)
    known = run_folders(database)
    for record in _found(folders.runs, {Path(folder).name for folder in known.values()}, set(known)):
        after = look(record).record
        save_run(database, after)
        changed.append(after)
    return changed


def look(record: RunRecord) -> Life:
    """How a run is, from its folder alone; a run that is over stays as it was recorded."""
    if record.state not in ALIVE:
        return Life(record)
    folder = Path(record.folder)
    end = _end(folder)
    if end is not None:
        return Life(_ended(record, end))
    running = process.process_of(folder)
    start = _start(folder)
    silent = _silent(folder, record)
    over = process.exit_of(folder)
    if over is None and _alive(running, start, silent):
        state: RunState = "running" if start else "starting"
        return Life(replace(record, state=state), silent, (folder / PAUSE).exists(), (folder / process.STOP).exists())
    # It may have written its last event between the two looks.
    end = _end(folder)
    over = process.exit_of(folder)
    if end is not None:
        return Life(_ended(record, end))
    if running is None and start is None and silent < SILENT_SECONDS:
        return Life(record, silent)
    return Life(_over(record, *_post_mortem(folder, running, over)))


def seconds_of(record: RunRecord) -> float | None:
    """How long a run that is over took."""
    if not record.ended:
        return None
    return (datetime.fromisoformat(record.ended) - datetime.fromisoformat(record.started)).total_seconds()


def _alive(running: process.Process | None, start: Start | None, silent: float) -> bool:
    if running is not None and running.here:
        if process.alive(running):
            return True
        if process.rebooted(running) or start is None:
            return False
        return process.pid_alive_since(start.pid, _epoch(start.time))  # somebody ended its guard alone
    if running is None and start is not None and process.pid_alive_since(start.pid, _epoch(start.time)):
        return True
    return silent < (_GIVEN_UP_SECONDS if running is not None else SILENT_SECONDS)


def _ended(record: RunRecord, end: End) -> RunRecord:
    # Whoever has stopped a run need not be told by which signal.
    ours = end.state == "stopped" and (Path(record.folder) / process.STOP).exists()
    return _over(record, end.state, "" if ours else end.reason, dict(end.summary), end.seconds)


def _post_mortem(folder: Path, running: process.Process | None, over: process.Exit | None) -> tuple[RunState, str]:
    asked = (folder / process.STOP).exists()
    if over is None:
        if asked:
            return "stopped", "It did not stop when asked and was ended by force."
        if running is not None and process.rebooted(running):
            return "lost", "The machine was restarted while it ran."
        if running is not None and not running.here:
            return "lost", f"Nothing was heard from {clean_line(running.host, 80)} for ten minutes."
        return "lost", "Its process is gone and left no word." + _last_words(folder)
    if over.out_of_memory:
        return "failed", "The kernel ended it: the machine was out of memory. Use a smaller preset or batch."
    if over.signal:
        if asked and over.signal in ("SIGTERM", "SIGKILL"):
            return "stopped", "It was ended before it could write its verdicts."
        memory = " Often that is the kernel, for want of memory." if over.signal == "SIGKILL" else ""
        return "failed", f"It was killed by {over.signal}.{memory}{_last_words(folder)}"
    if over.status == 0:
        return "failed", "It ended without a result: main.py wrote no end event." + _last_words(folder)
    if over.status in (126, 127):
        return "failed", "Its Python could not be started." + _last_words(folder)
    return "failed", f"It ended with exit status {over.status}.{_last_words(folder)}"


def _last_words(folder: Path) -> str:
    lines = [line for line in log_tail(folder, 8192).split("\n") if line.strip()]
    return f" Its last words: {clean_line(lines[-1], 300)}" if lines else ""


def _over(
    record: RunRecord, state: RunState, reason: str, summary: dict[str, Any] | None = None, seconds: float | None = None
) -> RunRecord:
    folder = Path(record.folder)
    if seconds is None:
        # By the files alone, so that it holds on a shared file system with a clock of its own.
        last = max(_changed(folder / name) for name in (EVENTS, process.EXIT, process.STOP))
        seconds = max(last - _changed(folder / RUN), 0.0) if last else 0.0
    ended = datetime.fromisoformat(record.started) + timedelta(seconds=min(max(seconds, 0.0), _LONGEST_SECONDS))
    return replace(
        record,
        state=state,
        reason=clean(reason, 2000),
        verdicts=_verdicts(folder),
        summary=summary or {},
        ended=_stamp(ended),
    )


def _verdicts(folder: Path) -> list[dict[str, Any]]:
    """The last verdict on each claim, in the order they came."""
    found: dict[str, dict[str, Any]] = {}
    try:
        with (folder / EVENTS).open("rb") as file:
            for line in file:
                # A look at the bytes first: claims are a few lines among maybe millions.
                event = decode(line) if b'"claim"' in line[:200] else None
                if isinstance(event, ClaimVerdict):
                    found[event.id] = {name: value for name, value in asdict(event).items() if name != "t"}
    except OSError:
        return []
    return list(found.values())


def _end(folder: Path) -> End | None:
    for line in reversed(_bytes(folder / EVENTS, _TAIL_BYTES, tail=True).split(b"\n")):
        event = decode(line) if b'"end"' in line else None
        if isinstance(event, End):
            return event
    return None


def _start(folder: Path) -> Start | None:
    for line in _bytes(folder / EVENTS, _HEAD_BYTES).split(b"\n"):
        event = decode(line) if b'"start"' in line else None
        if isinstance(event, Start):
            return event
    return None


def _bytes(path: Path, most: int, tail: bool = False) -> bytes:
    try:
        with path.open("rb") as file:
            if tail:
                file.seek(max(file.seek(0, os.SEEK_END) - most, 0))
            return file.read(most)
    except OSError:
        return b""


def _silent(folder: Path, record: RunRecord) -> float:
    heard = max(_changed(folder / EVENTS), _changed(folder / process.PROCESS), _changed(folder / RUN))
    return max(time.time() - (heard or _epoch(record.started)), 0.0)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _epoch(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0


def _found(root: Path, names: set[str], ids: set[str]) -> Iterable[RunRecord]:
    """Runs that have a folder and no row: made by hand, or restored from elsewhere."""
    try:
        entries = [entry for entry in os.scandir(root) if entry.name not in names and entry.is_dir()]
    except OSError:
        return
    for entry in entries:
        story = _story(Path(entry.path))
        if story is not None and story.id not in ids:
            ids.add(story.id)
            yield story


def _story(folder: Path) -> RunRecord | None:
    try:
        story = json.loads((folder / RUN).read_text("utf-8"))
        parameters = story.get("parameters", {})
        return RunRecord(
            clean_line(str(story["id"]), 80),
            clean_line(str(story["lab"]), 80),
            clean_line(str(story.get("preset", "")), 80),
            str(folder),
            "starting",
            _moment(story.get("started"), folder),
            parameters=_scalars(parameters),
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None


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
                return _stamp(moment)
        except ValueError:
            pass
    return _stamp(datetime.fromtimestamp(_changed(folder / RUN), UTC))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
