"""The warm process: it has loaded what a lab's first step needs, and forks for each launch.

    python -u -P -m cs229tui.labs.warm_server SOCKET

It runs in the Python of the labs, so only the standard library and labkit are imported here, and it computes nothing:
no thread, no random number and no GPU is touched before a lab is. It ends when the programs that hold it have ended,
when nobody has launched a lab for a while, and when memory becomes short.
"""

import builtins
import contextlib
import fcntl
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import time
import types
from typing import Any, TextIO

from cs229tui.labs.guard import OUTPUT, RUN, Guard, environment_with

IDLE_SECONDS = 600.0
ALONE_SECONDS = 30.0  # that it waits for somebody to hold it
LEAST_MEMORY = 512_000_000  # bytes; with less it gives back what it has
READY = b"ready\n"
GO = b"go\n"

# What every lab imports, and what the first step of one of torch's optimisers does.
_MODULES = (
    "cs229tui.labkit.run",
    "cs229tui.labkit.data",
    "cs229tui.labkit.device",
    "torch",
    "torch.nn.functional",
    "torch._dynamo",
)
_TICK_SECONDS = 1.0
_ANSWER_SECONDS = 5.0


def main(path: str) -> None:
    """Serve at the Unix socket `path`; in the process that becomes a lab, run it."""
    with open(f"{path}.lock", "a+", encoding="ascii") as lock:  # noqa: PTH123
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # there is one
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        command = _Server(path, lock).serve()
    if command is not None:
        _become(command)


class _Server:
    def __init__(self, path: str, lock: TextIO) -> None:
        self.path = path
        self.lock = lock
        self.holders: list[socket.socket] = []
        self.held = False
        before = set(os.environ)
        for name in _MODULES:
            importlib.import_module(name)
        # What the labkit says to torch's libraries by the environment.
        self.defaults = {name: value for name, value in os.environ.items() if name not in before}
        gc.collect()
        gc.freeze()  # what is shared with the labs is not written to by their garbage collection
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108 - left behind by one that was killed
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(path)
        self.listening.listen(16)
        self.used = time.monotonic()

    def serve(self) -> list[str] | None:
        """Answer until nobody needs it (None); in the process of a lab, the words of its command."""
        while not self._needless():
            readable, _, _ = select.select([self.listening, *self.holders], [], [], _TICK_SECONDS)
            for one in readable:
                if one is self.listening:
                    command = self._answer()
                    if command is not None:
                        return command
                elif not _heard(one):
                    self.holders.remove(one)
                    one.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)  # noqa: PTH108
        return None

    def _needless(self) -> bool:
        idle = time.monotonic() - self.used
        alone = not self.holders and (self.held or idle > ALONE_SECONDS)
        return alone or idle > IDLE_SECONDS or memory_left() < LEAST_MEMORY

    def _answer(self) -> list[str] | None:
        """See to one program that has called; returns the command in the process that is to be the lab."""
        caller, _ = self.listening.accept()
        caller.settimeout(_ANSWER_SECONDS)
        try:
            caller.sendall(READY)
            with caller.makefile("rb") as reader:
                asked = json.loads(reader.readline() or b"{}")
        except (OSError, ValueError):
            caller.close()
            return None
        if asked.get("hold"):
            self.held = True
            self.holders.append(caller)
            return None
        if "folder" in asked:
            self.used = time.monotonic()
            if os.fork() == 0:
                try:
                    command = self._guard(caller, asked)
                except BaseException as error:  # noqa: BLE001 - this process must not go on as a second server
                    os.write(2, f"warm process: {type(error).__name__}: {error}\n".encode())
                    os._exit(1)
                if command is None:
                    os._exit(0)
                return command
        caller.close()
        return None

    def _guard(self, caller: socket.socket, job: dict[str, Any]) -> list[str] | None:
        """Guard the run in the job's folder to its end (None); in the process of the lab, return its command."""
        os.setsid()
        for one in (self.listening, *self.holders):
            one.close()
        self.lock.close()  # a lab must not keep the next warm process from starting
        folder = str(job["folder"])
        os.chdir(folder)
        with open(RUN, encoding="utf-8") as file:  # noqa: PTH123
            story = json.load(file)
        _redirect()
        os.environ.clear()
        os.environ.update(job["environment"])
        guard = Guard(folder, str(job["program"]), str(story["id"]))
        # Only when the caller has noted our number does the lab begin; one that has given up starts it elsewhere.
        caller.sendall(f"{os.getpid()}\n".encode())
        go = caller.recv(len(GO)) == GO
        caller.close()
        if not go:
            return None
        if guard.stopped():
            guard.end(128 + signal.SIGTERM)
            return None
        lab = os.fork()
        if lab:
            guard.watch(lab)
            return None
        guard.leave()
        added = environment_with({**self.defaults, **os.environ}, story.get("environment") or {})
        os.environ.clear()
        os.environ.update(added)
        return [str(word) for word in story["command"]]


def memory_left() -> int:
    """How much memory this machine has left, in bytes; plenty where it does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return sys.maxsize


def _heard(holder: socket.socket) -> bool:
    """Whether a program that holds us is still there: it says nothing, so what can be read is its end."""
    try:
        return bool(holder.recv(64))
    except OSError:
        return False


def _redirect() -> None:
    """As a new process has it: nothing to read, and the run's log to write to."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(OUTPUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(log)


def _become(command: list[str]) -> None:
    """Run `python -u main.py …` as Python does, but for what is loaded already."""
    sys.argv = command[2:]
    script = sys.argv[0]
    sys.path.insert(0, os.path.dirname(script))  # noqa: PTH120
    random.seed()
    lab = types.ModuleType("__main__")
    lab.__file__ = script
    vars(lab)["__builtins__"] = builtins
    sys.modules["__main__"] = lab
    with open(script, "rb") as file:  # noqa: PTH123
        code = compile(file.read(), script, "exec")
    exec(code, vars(lab))  # noqa: S102 - this is what a lab is


if __name__ == "__main__":
    main(sys.argv[1])
