"""From the start of the process to the first useful frame of Today, against an empty Textual app on the same machine.

Both run in a pseudo-terminal of 120×40, in turn; a frame is there when its words have arrived. Today has 200 documents
and 100,000 annotations to tell of.
"""

import contextlib
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import termios
import time
from pathlib import Path

from library import library_home

RUNS = 11
WANTED = 1.5
_SECONDS = 30.0
_OURS = [sys.executable, "-c", "from cs229tui.__main__ import main; main()"]
# What Today shows only when the library has been read: the continue list and the lecture's required readings.
_USEFUL = (b"Continue", b"required")
_EMPTY = """
from textual.app import App, ComposeResult
from textual.widgets import Static

class Empty(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("Continue")

Empty().run()
"""


def main() -> list[tuple[str, float, float, str, float]]:
    """Rows of what, ours, peer, unit, wanted ratio: the median of the empty app, and ours by the median ratio, ms."""
    environment = {
        **os.environ,
        "CS229TUI_HOME": str(library_home()),
        "CS229TUI_NOW": "2023-02-14T17:00:00Z",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
    }
    # As on a student's machine: compiled once, whatever the shell of whoever measures says.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    ours, empty = [], []
    # The first of each warms the caches and is not counted.
    for number in range(RUNS + 1):
        pair = (
            milliseconds([sys.executable, "-c", _EMPTY], environment, (b"Continue",)),
            milliseconds(_OURS, environment, _USEFUL),
        )
        if number:
            empty.append(pair[0])
            ours.append(pair[1])
    ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, empty, strict=True))
    spread = f"{min(ours):.0f} to {max(ours):.0f} ms against {min(empty):.0f} to {max(empty):.0f} ms"
    print(f"median of {RUNS} ratios {ratio:.2f}; {spread}")
    # The ratio that counts is that of runs made one after the other: other jobs on the machine slow both alike.
    peer = statistics.median(empty)
    return [("first useful frame of Today", peer * ratio, peer, "ms", WANTED)]


def milliseconds(command: list[str], environment: dict[str, str], words: tuple[bytes, ...]) -> float:
    """How long a program takes, from its start, until all of `words` have arrived on its terminal of 120×40."""
    before = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        os.chdir(Path(__file__).parents[1])
        os.execve(command[0], command, environment)
    shown = b""
    try:
        while not all(word in shown for word in words):
            left = _SECONDS - (time.perf_counter() - before)
            if left <= 0 or not select.select([terminal], [], [], left)[0]:
                raise TimeoutError(f"{words} did not appear: {shown[-2000:]!r}")
            try:
                shown += os.read(terminal, 65_536)
            except OSError as error:
                raise RuntimeError(f"the program ended: {shown[-2000:].decode(errors='replace')}") from error
        return (time.perf_counter() - before) * 1000
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(process, 0)


if __name__ == "__main__":
    for row in main():
        print(*row)
