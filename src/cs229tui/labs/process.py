"""A run's process: started on its own, known again by pid and start time, and ended with everything it started."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from cs229tui.errors import LabError
from cs229tui.labkit.events import OUTPUT
from cs229tui.labs import guard
from cs229tui.labs.guard import EXIT as EXIT
from cs229tui.labs.guard import STOP as STOP

PROCESS = "process.json"
QUEUED = "queued"
GRACE_SECONDS = 10.0
_FORCE_SECONDS = 5.0
_LITTLE_SPACE = 1_000_000


@dataclass(frozen=True)
class Process:
    """What tells a run's process from another that has its number later: where, which pid, started when (opaque)."""

    pid: int
    host: str
    boot: str
    started: str
    oom_kills: int = 0

    @property
    def here(self) -> bool:
        """Whether it was started on this machine."""
        return self.host == socket.gethostname()


@dataclass(frozen=True)
class Exit:
    """How the lab's process ended: its exit status as a shell gives it, and whether the kernel was out of memory."""

    status: int
    out_of_memory: bool
    full: bool = False  # whether there was no space on its disk then

    @property
    def signal(self) -> str:
        """The signal that ended it, such as SIGKILL; empty where none did."""
        if self.status <= 128:
            return ""
        try:
            return signal.Signals(self.status - 128).name
        except ValueError:
            return ""


def start_prepared(folder: Path) -> Process:
    """Start the run that is prepared in `folder`, in a session of its own; raises `LabError` where it cannot start."""
    kills = guard.oom_kills()
    # Until the guard is ready for it, a SIGTERM waits: it must neither be lost nor end the guard.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
    try:
        with (folder / OUTPUT).open("ab") as log:
            running = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", guard.__file__, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={name: value for name, value in os.environ.items() if name != guard.MARK},
                start_new_session=True,
            )
    except OSError as error:
        raise LabError(f"The lab cannot be started: {error}.", "See: cs229tui doctor") from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    # Whoever started it must reap it, or it stays in the table of processes as if alive.
    threading.Thread(target=running.wait, name=f"lab {running.pid}", daemon=True).start()
    return note_process(folder, running.pid, kills)


def note_process(folder: Path, pid: int, oom_kills: int) -> Process:
    """Write down which process guards the run in `folder`."""
    process = Process(pid, socket.gethostname(), _boot(), _start_of(pid) or "", oom_kills)
    partial = folder / f"{PROCESS}.part"
    partial.write_text(json.dumps(asdict(process)), "utf-8")
    partial.replace(folder / PROCESS)
    return process


def process_of(folder: Path) -> Process | None:
    """The process of the run in `folder`, where we started it."""
    try:
        return Process(**json.loads((folder / PROCESS).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def exit_of(folder: Path) -> Exit | None:
    """How the run's process ended, once it has."""
    try:
        lines = (folder / EXIT).read_text("utf-8").split("\n")
        status = int(lines[0])
    except (OSError, ValueError):
        return None
    process = process_of(folder)
    said = {name: int(value) for name, _, value in (line.strip().partition(" ") for line in lines) if value.isdigit()}
    more_kills = process is not None and said.get("oom_kill", 0) > process.oom_kills
    killed = status == 128 + signal.SIGKILL and more_kills
    return Exit(status, killed, status != 0 and said.get("free", _LITTLE_SPACE) < _LITTLE_SPACE)


def alive(process: Process) -> bool:
    """Whether the process is still there; false for one of another machine, about which nothing is known."""
    if not process.here or (process.boot and process.boot != _boot()):
        return False
    started = _start_of(process.pid)
    return started is not None and (not process.started or started == process.started)


def unguarded(process: Process) -> set[int]:
    """The processes of a run that go on though its guard was ended."""
    if not process.here or rebooted(process) or _start_of(process.pid) is not None:
        return set()  # the guard itself, or another process that has its number now
    return set(guard.members(process.pid))


def gone(folder: Path, seconds: float) -> bool:
    """Wait for the process of the run in `folder`, which writes its exit status last; whether it is gone."""
    before = process_of(folder)
    deadline = time.monotonic() + seconds
    while before is not None and alive(before):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def rebooted(process: Process) -> bool:
    """Whether this machine was restarted since."""
    return process.here and bool(process.boot) and process.boot != _boot()


def pid_alive_since(pid: int, moment: float) -> bool:
    """Whether the process `pid` exists and had started by `moment` (seconds since the epoch)."""
    started = _start_of(pid) if pid > 1 else None
    if started is None:
        return False
    try:
        boot = next(line for line in Path("/proc/stat").read_text("ascii").split("\n") if line.startswith("btime "))
        return int(boot.split()[1]) + int(started) / os.sysconf("SC_CLK_TCK") <= moment + 5
    except (OSError, ValueError, StopIteration):
        return True  # no /proc: the number alone must do


def ask_to_stop(folder: Path, process: Process) -> None:
    """Ask a run to stop: it finishes its step and writes its verdicts so far. A paused run is let go on first."""
    with contextlib.suppress(OSError):  # where nothing can be written, the signal alone says it
        (folder / STOP).touch()
        (folder / "pause").unlink(missing_ok=True)
    _signal(process, signal.SIGTERM)


def stop(
    folder: Path,
    process: Process,
    grace: float = GRACE_SECONDS,
    given_up: Callable[[], bool] = lambda: False,
) -> bool:
    """Stop a run, by force after `grace` seconds; returns whether it is gone. `given_up` ends the waiting early."""
    ask_to_stop(folder, process)
    deadline = time.monotonic() + grace
    while _going(process) and time.monotonic() < deadline:
        if given_up():
            return False
        time.sleep(0.05)
    # Its guard is left to write that down and to start the next in the queue; one that does not is ended, too.
    deadline = time.monotonic() + _FORCE_SECONDS
    while _going(process) and time.monotonic() < deadline:
        _end(_family(process.pid) - {process.pid})
        time.sleep(0.02)
    if _going(process):
        _end(_family(process.pid))
        time.sleep(0.1)
    return not _going(process)


def _going(process: Process) -> bool:
    return alive(process) or bool(unguarded(process))


def _signal(process: Process, number: signal.Signals) -> None:
    if not _going(process):
        return
    # The group: a lab's own children (data loaders, torchrun's ranks) end with it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _family(pid: int) -> set[int]:
    """A process, its group, and whatever they have started, as far as it can be seen."""
    every = guard.processes()
    found = {one.pid for one in every if one.group == pid} | {pid}
    while more := {one.pid for one in every if one.parent in found} - found:
        found |= more
    return found


def _end(pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _start_of(pid: int) -> str | None:
    """When a process started, in words that only matter for being equal; None where it is gone or only a zombie."""
    try:
        # The name, in brackets, may hold anything: the fields are counted from the last bracket.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return None
    try:
        words = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
        shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    state, _, started = shown.strip().partition(" ")
    return None if state.startswith("Z") else started.strip()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
