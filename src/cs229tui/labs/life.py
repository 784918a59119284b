"""How a run is: told by its folder, its process and its launcher, whoever looks and wherever it runs."""

import os
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cs229tui.clean import clean, clean_line
from cs229tui.clock import stamp
from cs229tui.errors import LabError
from cs229tui.labkit.events import EVENTS, PAUSE, RUN, ClaimVerdict, End, Start
from cs229tui.labs import process
from cs229tui.labs.event_lines import decode
from cs229tui.labs.launchers import Standing, launcher_of, prepared
from cs229tui.labs.output import log_tail
from cs229tui.library.runs import ALIVE, RunRecord, RunState

SILENT_SECONDS = 30.0
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


def look(record: RunRecord) -> Life:
    """How a run is, from its folder and its launcher; a run that is over stays as it was recorded."""
    if record.state not in ALIVE:
        return Life(record)
    folder = Path(record.folder)
    if (folder / process.QUEUED).exists() and not (folder / process.PROCESS).exists():
        return Life(replace(record, state="queued"))
    end = _end(folder)
    standing = _standing(record, end)
    if standing is not None and standing.life == "waiting":
        return Life(replace(record, state="queued", reason=clean(standing.reason, 2000)))
    over = process.exit_of(folder)
    earlier = _of_before(folder)
    if end is not None and (standing is None or standing.life != "alive") and not (earlier and over is None):
        told = standing.reason if standing is not None else ""
        return Life(_ended(record, replace(end, reason=told or end.reason)))
    running = process.process_of(folder)
    start = _start(folder)
    silent = _silent(folder, record)
    if standing is not None and standing.life != "unknown":
        alive = standing.life == "alive"
    else:
        begun = running is not None or start is not None
        alive = over is None and (begun or _expected(folder)) and _alive(running, start, silent)
    if alive:
        state: RunState = "running" if start else "starting"
        asked = (folder / process.STOP).exists()
        told = clean(standing.reason, 2000) if standing is not None else ""
        return Life(replace(record, state=state, reason=told), silent, (folder / PAUSE).exists(), asked)
    # It may have written its last event between the two looks.
    end = _end(folder)
    over = process.exit_of(folder)
    if end is not None and not (earlier and (over is None or over.status != 0)):
        return Life(_ended(record, end))
    heard = (running, start, over, standing) != (None, None, None, None)
    if not heard and silent < SILENT_SECONDS and _expected(folder):
        return Life(record, silent)
    if standing is not None and standing.life == "gone":
        return Life(_over(record, standing.state, standing.reason + _last_words(folder)))
    seconds = 0.0 if (running, start, over) == (None, None, None) and not _expected(folder) else None
    state, reason = _post_mortem(folder, running, over)
    return Life(_over(record, state, reason, seconds=seconds))


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


def _standing(record: RunRecord, end: End | None) -> Standing | None:
    """What the launcher says, where that is not for the files in the folder to say.

    An end event is the last word, except for a run that somebody else has stopped: a cluster may start it again.
    """
    if record.launcher == "local" or (end is not None and end.state != "stopped"):
        return None
    folder = Path(record.folder)
    if end is not None and (folder / process.STOP).exists():
        return None
    return launcher_of(folder).standing(folder)


def _of_before(folder: Path) -> bool:
    """Whether the process of a continued run has written nothing yet: what its folder tells is of the one before."""
    written, started = _changed(folder / EVENTS), _changed(folder / process.PROCESS)
    return 0 < written < started


def _expected(folder: Path) -> bool:
    """Whether a run without a process may still come: it is there, and nobody has called it off."""
    return folder.exists() and not (folder / process.STOP).exists()


def _ended(record: RunRecord, end: End) -> RunRecord:
    # Whoever has stopped a run need not be told by which signal.
    ours = end.state == "stopped" and (Path(record.folder) / process.STOP).exists()
    return _over(record, end.state, "" if ours else end.reason, dict(end.summary), end.seconds)


def _post_mortem(folder: Path, running: process.Process | None, over: process.Exit | None) -> tuple[RunState, str]:
    asked = (folder / process.STOP).exists()
    if not folder.exists():
        return "lost", "Its folder was removed while it ran, and its process was ended with it."
    if over is None:
        if asked and running is None:
            return "stopped", "It was taken out of the queue before it began."
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
    if over.full:
        return "failed", f"The disk is full: free some space and start it again.{_last_words(folder)}"
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
        ended=stamp(ended),
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
    """How the run ended; None while it goes on, also where it was continued after an end."""
    # From when it is continued until the lab begins again, its run.json is newer than the end of before.
    if _changed(folder / RUN) > _changed(folder / EVENTS) and _continued(folder):
        return None
    for line in reversed(_bytes(folder / EVENTS, _TAIL_BYTES, tail=True).split(b"\n")):
        event = decode(line) if b'"end"' in line or b'"start"' in line else None
        if isinstance(event, End):
            return event
        if isinstance(event, Start):
            return None
    return None


def _continued(folder: Path) -> bool:
    try:
        return prepared(folder).continued
    except LabError:
        return False


def _start(folder: Path) -> Start | None:
    """How the run began: its last start where that is near the end of the file, else its first."""
    path = folder / EVENTS
    for line in reversed(_bytes(path, _HEAD_BYTES, tail=True).split(b"\n")):
        event = decode(line) if b'"start"' in line else None
        if isinstance(event, Start):
            return event
    for line in _bytes(path, _HEAD_BYTES).split(b"\n"):
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
