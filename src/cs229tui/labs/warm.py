"""Launching by the warm process, which has torch loaded: one for each machine and Python, and never needed.

Wherever it is not there, is busy, is of another version, or fails in any way, a run is started as ever.
"""

import contextlib
import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import cs229tui
from cs229tui.config import Settings
from cs229tui.folders import Folders
from cs229tui.labs import guard, process, warm_server
from cs229tui.labs.launchers import Prepared
from cs229tui.labs.needs import interpreter, labs_python
from cs229tui.labs.run_folder import environment_of
from cs229tui.labs.warm_server import GO, READY, memory_left

_LEAST_MEMORY = 1_500_000_000  # bytes that must be left before it is started
_BUSY_SECONDS = 0.4
_ANSWER_SECONDS = 3.0
# What Python and the numerical libraries read when they are loaded: a process with other values is another process.
_PREFIXES = ("PYTHON", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "TORCH", "PYTORCH_", "LD_", "LC_", "NVIDIA_")
_NAMES = ("LANG", "LANGUAGE", "CUDA_LAUNCH_BLOCKING", "CUBLAS_WORKSPACE_CONFIG")
SWITCH = "CS229TUI_WARM"  # "off": no warm process is started or used

_holding: dict[Path, socket.socket] = {}
_lock = threading.Lock()


def start(folders: Folders, settings: Settings) -> None:
    """Start the warm process where there is none, and hold it until this program ends or lets go; takes no time."""
    if not _possible() or memory_left() < _LEAST_MEMORY:
        return
    python = labs_python(settings)
    if interpreter(python).error or not interpreter(python).torch:
        return
    base = {**os.environ}
    added = environment_of(folders, python, "", None)
    path = _socket(python, guard.environment_with(base, added))
    if path is None or _hold(path):
        return
    environment = guard.environment_with(base, added)
    environment.pop(guard.MARK, None)
    words = [python, "-u", "-P", "-m", "cs229tui.labs.warm_server", str(path)]
    try:
        with path.with_suffix(".log").open("wb") as log:
            started = subprocess.Popen(  # noqa: S603
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment,
                start_new_session=True,
            )
    except OSError:
        return  # as if there were none
    threading.Thread(target=_hold_when_ready, args=(path, started), name="warm process", daemon=True).start()


def let_go() -> None:
    """Let the warm process end, unless another program holds it."""
    with _lock:
        for one in _holding.values():
            one.close()
        _holding.clear()


def start_run(run: Prepared) -> bool:
    """Start a prepared run by the warm process; false where that cannot be, and nothing has begun."""
    python, *words = run.command
    if not _possible() or words[:1] != ["-u"] or len(words) < 2 or not words[1].endswith(".py"):
        return False
    path = _socket(python, guard.environment_with(os.environ, run.environment))
    if path is None:
        return False
    kills = guard.oom_kills()
    try:
        with _called(path) as server:
            job = {"folder": str(run.folder), "environment": dict(os.environ), "program": sys.executable}
            server.sendall(json.dumps(job).encode() + b"\n")
            server.settimeout(_ANSWER_SECONDS)
            with server.makefile("rb") as answer:
                pid = int(answer.readline() or b"0")
                if pid <= 1:
                    return False
                process.note_process(run.folder, pid, kills)
                server.sendall(GO)
    except (OSError, ValueError):
        (run.folder / process.PROCESS).unlink(missing_ok=True)
        return False
    return True


def memory(folders: Folders, settings: Settings) -> int | None:
    """What the warm process takes now, in bytes: its part of what it shares with labs; None where there is none."""
    python = labs_python(settings)
    path = _socket(python, guard.environment_with(os.environ, environment_of(folders, python, "", None)))
    if path is None or not path.exists():
        return None
    try:
        pid = int(path.with_name(path.name + ".lock").read_text("ascii"))
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    except (OSError, ValueError, StopIteration):
        return None


def _possible() -> bool:
    # Elsewhere a process that has loaded the system's own libraries must not fork without a new program.
    return sys.platform == "linux" and os.environ.get(SWITCH) != "off"


def _called(path: Path) -> socket.socket:
    """A connection to the warm process, which has time for us; raises `OSError`."""
    server = socket.socket(socket.AF_UNIX)
    try:
        server.settimeout(_BUSY_SECONDS)
        server.connect(str(path))
        if server.recv(len(READY)) != READY:
            raise ConnectionError("it did not answer")
    except OSError:
        server.close()
        raise
    return server


def _hold(path: Path) -> bool:
    with _lock:
        if path in _holding and _there(_holding[path]):
            return True
        try:
            server = _called(path)
            server.sendall(b'{"hold": true}\n')
        except OSError:
            return False
        server.setblocking(False)
        _holding[path] = server
        return True


def _there(server: socket.socket) -> bool:
    try:
        return bool(server.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False


def _hold_when_ready(path: Path, started: "subprocess.Popen[bytes]") -> None:
    while not _hold(path):
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(0.2)
            _hold(path)  # another program was quicker, and ours has left
            return
    started.wait()


def _socket(python: str, environment: Mapping[str, str]) -> Path | None:
    """Where the warm process of this Python, this version of our code and this environment listens."""
    folder = _private_folder()
    if folder is None:
        return None
    known = {name: value for name, value in environment.items() if name.startswith(_PREFIXES) or name in _NAMES}
    facts = [python, interpreter(python).torch, sorted(known.items()), _code()]
    name = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
    return folder / f"{name}.sock"


def _private_folder() -> Path | None:
    """A folder that only we can enter, with a short name; None where somebody else has it."""
    root = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    folder = root / f"cs229tui-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return folder if ours and len(os.fsencode(folder)) < 70 else None


def _code() -> list[tuple[str, int, int]]:
    """What the warm process has loaded of ours, as it is now."""
    package = Path(cs229tui.__file__).parent
    files = [*package.glob("*.py"), *package.glob("labkit/**/*.py"), Path(guard.__file__), Path(warm_server.__file__)]
    return sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)
