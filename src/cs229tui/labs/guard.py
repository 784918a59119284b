"""The guard of a run: starts the lab, keeps its log from filling the disk, and writes down how it ended.

    python -I -S guard.py FOLDER

What to run is in the folder's run.json. The guard outlives the SIGTERM to its group, so that the lab's exit status is
known even when nobody is watching; the lab outlives the guard, since it writes its log itself. Only the standard
library is imported: the warm process, which may be another Python, uses the same functions.
"""

import contextlib
import errno
import json
import os
import select
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from io import RawIOBase
from typing import Any, NamedTuple

EXIT = "exit"
STOP = "stop"
OUTPUT = "output.log"
RUN = "run.json"
MARK = "CS229TUI_RUN"  # names the run in the environment of all its processes
LOG_HEAD = 8_000_000  # bytes of the log that are kept from its beginning, and at least so many from its end:
LOG_TAIL = 2_000_000

_LOOK_SECONDS = 0.25
_LEFT_SECONDS = 2.0  # that processes which outlive the lab have after SIGTERM
_PADDING = 512
_ROUNDS = 100
_AT_ONCE = 1_000_000
_FORCE_SECONDS = 10.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


def main(folder: str) -> int:
    """Run the lab of the run in `folder` to its end; returns its exit status."""
    os.chdir(folder)
    with open(RUN, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs a guard a tenth of its start
        story = json.load(file)
    guard = Guard(folder, sys.executable, story["id"])
    command, added = [str(word) for word in story["command"]], story.get("environment") or {}
    if guard.stopped():
        return guard.end(128 + signal.SIGTERM)
    try:
        lab = os.posix_spawnp(
            command[0], command, environment_with(os.environ, added), setsigdef=(signal.SIGPIPE, signal.SIGXFSZ)
        )
    except OSError as error:
        _say(f"{command[0]}: {error.strerror}")
        return guard.end(127 if error.errno == errno.ENOENT else 126)
    return guard.watch(lab)


def environment_with(base: Mapping[str, str], added: Mapping[str, Any]) -> dict[str, str]:
    """The environment `base` with what a run adds to it; a name with None is taken away."""
    return {name: str(value) for name, value in {**base, **added}.items() if value is not None}


def after(folder: str, python: str) -> None:
    """Let the program see to what follows a run: its row, its curves, the next in the queue."""
    with contextlib.suppress(OSError):  # a program that was removed meanwhile: whoever looks next does it
        os.posix_spawn(python, [python, "-P", "-m", "cs229tui.labs.after", folder], os.environ, setsid=True)


class Guard:
    """Waits for the lab of the run `run` in `folder`, the working folder; `program` is the Python of cs229tui."""

    def __init__(self, folder: str, program: str, run: str) -> None:
        self.folder = folder
        self.program = program
        self.run = run
        self._asked = False
        self._removed = 0.0
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        # A handler, unlike an ignored signal, is not inherited by the lab.
        for number in _SIGNALS:
            signal.signal(number, self._signalled)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        self._log = _Log(OUTPUT)
        # Room for the exit status, taken while the disk has some.
        with open(f"{EXIT}.part", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(" " * _PADDING)

    def stopped(self) -> bool:
        """Whether the run was asked to stop."""
        return self._asked or os.path.exists(STOP)  # noqa: PTH110

    def leave(self) -> None:
        """In a process that was forked to be the lab: be no guard any more."""
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.close(self._reading)
        os.close(self._writing)

    def watch(self, lab: int) -> int:
        """Wait for the process `lab`, end what it leaves behind, and write its exit status down."""
        if self._asked:
            os.kill(lab, signal.SIGTERM)  # it was born between the signal to the group and now
        while True:
            done, status = os.waitpid(lab, os.WNOHANG)
            if done:
                break
            self._end_if_removed(lab)
            busy = self._log.trim()
            if select.select([self._reading], [], [], _LOOK_SECONDS / 5 if busy else _LOOK_SECONDS)[0]:
                os.read(self._reading, 4096)
        code = os.waitstatus_to_exitcode(status)
        return self.end(code if code >= 0 else 128 - code)

    def end(self, status: int) -> int:
        """Write the exit status down as a shell has it, with what kernel and disk have to say, and see to the rest."""
        left = _end_others(os.getpgrp(), self.run)
        if left:
            _say(f"Processes that the lab had left behind were ended: {left}.")
        self._log.trim()
        space = os.statvfs(".")
        lines = (str(status), f"oom_kill {oom_kills()}", f"free {space.f_bavail * space.f_frsize}")
        try:
            with open(f"{EXIT}.part", "r+", encoding="ascii") as file:  # noqa: PTH123
                file.write("\n".join(lines).ljust(_PADDING - 1) + "\n")
            os.replace(f"{EXIT}.part", EXIT)  # noqa: PTH105
        except FileNotFoundError:
            pass  # the folder was removed while the lab ran: there is nobody left to tell
        after(self.folder, self.program)
        return status

    def _end_if_removed(self, lab: int) -> None:
        """Nobody can see, or stop, a lab whose folder was removed: it is ended."""
        if os.path.exists(RUN):  # noqa: PTH110
            return
        now = time.monotonic()
        self._removed = self._removed or now
        with contextlib.suppress(ProcessLookupError):
            os.kill(lab, signal.SIGKILL if now - self._removed > _FORCE_SECONDS else signal.SIGTERM)

    def _signalled(self, number: int, frame: object) -> None:
        self._asked = self._asked or number != signal.SIGCHLD


class _Log:
    """A log that the lab appends to itself; what is too much is cut out of its middle now and then."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = 0
        self.head = 0  # where the part that is kept ends, once something was cut
        self.cut = 0
        self.mark = 0

    def trim(self) -> bool:
        """Cut where the log has become too long; returns whether it grows fast."""
        try:
            size = os.stat(self.path).st_size  # noqa: PTH116
            grown, self.size = size - self.size, size
            if size > LOG_HEAD + 2 * LOG_TAIL:
                self._cut()
        except OSError:
            return False  # removed, or the disk has trouble: the lab goes on
        return grown > LOG_TAIL

    def _cut(self) -> None:
        with open(self.path, "r+b", buffering=0) as file:  # noqa: PTH123
            if not self.head:
                file.seek(LOG_HEAD - 4096)
                self.head = LOG_HEAD - 4096 + (file.read(4096).rfind(b"\n") + 1 or 4096)
            size = file.seek(0, os.SEEK_END)
            file.seek(size - LOG_TAIL)
            tail = file.read(LOG_TAIL)
            tail = tail[tail[:4096].find(b"\n") + 1 :]
            self.cut += size - self.head - self.mark - len(tail)
            mark = f"… {self.cut:,} bytes of output were left out here, so that the log does not fill the disk …\n"
            self.mark = len(mark.encode())
            place = self.head + _written(file, self.head, mark.encode() + tail)
            # The lab goes on writing at the end meanwhile: that is moved, too, until there is nothing more.
            for _ in range(_ROUNDS):
                file.seek(size)
                more = file.read(_AT_ONCE)
                if not more:
                    break
                size += len(more)
                place += _written(file, place, more)
            file.truncate(place)
        self.size = place


def _written(file: RawIOBase, place: int, data: bytes) -> int:
    file.seek(place)
    left = memoryview(data)
    while left:
        left = left[file.write(left) or 0 :]
    return len(data)


def oom_kills() -> int:
    """How many processes the kernel has killed for memory since it was started; 0 where it does not say."""
    try:
        with open("/proc/vmstat", encoding="ascii") as file:  # noqa: PTH123
            return next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)
    except OSError:
        return 0


def members(group: int) -> list[int]:
    """The processes of a group, zombies aside."""
    return [one.pid for one in processes() if one.group == group and one.state[0] not in "ZX"]


def begun_by(run: str) -> list[int]:
    """The processes that the run `run` has begun, also in sessions of their own, as far as the kernel shows it."""
    mark, found = f"{MARK}={run}".encode(), []
    for one in processes():
        try:
            with open(f"/proc/{one.pid}/environ", "rb") as file:  # noqa: PTH123
                if mark in file.read().split(b"\0"):
                    found.append(one.pid)
        except OSError:
            continue  # it is gone, or somebody else's
    return found


class Seen(NamedTuple):
    """A process of this machine: its number, its state as `ps` says it, its parent and its group."""

    pid: int
    state: str
    parent: int
    group: int


def processes() -> list[Seen]:
    """Every process of this machine."""
    found = []
    try:
        numbers = [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    except OSError:
        return _processes_by_ps()
    for name in numbers:
        try:
            with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                # The name, in brackets, may hold anything: the fields are counted from the last bracket.
                state, parent, group = file.read().rpartition(b")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        found.append(Seen(int(name), state.decode(), int(parent), int(group)))
    return found


def _processes_by_ps() -> list[Seen]:
    import subprocess

    try:
        words = ["ps", "-A", "-o", "pid=,stat=,ppid=,pgid="]
        shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return []
    rows: Sequence[list[str]] = [line.split() for line in shown.splitlines()]
    return [Seen(int(row[0]), row[1], int(row[2]), int(row[3])) for row in rows if len(row) == 4]


def _end_others(group: int, run: str) -> int:
    """End what is left of our own group and of the run, by force after a while; returns how many processes that were.

    One that the lab has put into a session of its own would otherwise go on unseen.
    """

    def seen() -> list[int]:
        return sorted({*members(group), *begun_by(run)} - {os.getpid()})

    others = left = seen()
    deadline = time.monotonic() + _LEFT_SECONDS
    while left:
        number = signal.SIGKILL if time.monotonic() > deadline else signal.SIGTERM
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        time.sleep(0.05)
        left = seen()
        if time.monotonic() > deadline + _LEFT_SECONDS:
            break
    return len(others)


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the log is where it would be told, too
        os.write(1, text.encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
