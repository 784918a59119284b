"""How a run's events get to disk: collected, then appended with one system call, and kept while the disk is full."""

import math
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cs229tui.labkit.events import Beat, Event, Metric, Note, Progress, encode

_MOST_KEPT = 8_000_000  # bytes of metrics that wait for a full disk; other events may take as much again
_RETRY_SECONDS = 2.0
_PASSING = (Metric, Progress, Beat)  # events that may be lost when there is no room for all of them


class EventWriter:
    """Appends events to the file at `path`, from several threads if need be; without a path, to nowhere.

    A lab never fails because its events cannot be written. While the disk takes none, they are kept in memory, the
    rest of a half-written line first, and tried again; what is too much is dropped, counted, and said in a note later.
    `seconds` since it was made, plus `before` for a run that goes on, are each event's `t`.
    """

    def __init__(self, path: Path | None, before: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.trouble = ""  # why the disk takes nothing at the moment
        self.lost = 0  # events dropped since it took the last ones
        self._clock = clock
        self._started = clock() - before
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._retry_at = -math.inf
        self._file = -1
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
            size = os.lseek(self._file, 0, os.SEEK_END)
            if size:  # a writer before us may have died in the middle of a line
                os.lseek(self._file, size - 1, os.SEEK_SET)
                self._waiting += b"" if os.read(self._file, 1) == b"\n" else b"\n"

    @property
    def seconds(self) -> float:
        """Seconds since the start of the run."""
        return self._clock() - self._started

    def write(self, event: Event) -> None:
        """Append one event and everything that waits."""
        self.add(encode(event), passing=isinstance(event, _PASSING))
        self.flush()

    def add(self, lines: bytes, events: int = 1, passing: bool = True) -> None:
        """Have the lines of so many events wait for the next `flush`; `passing` ones are the first to be dropped."""
        with self._lock:
            if self._file < 0:
                return
            if len(self._waiting) + len(lines) > (_MOST_KEPT if passing else 2 * _MOST_KEPT):
                self.lost += events
            else:
                self._waiting += lines

    def flush(self, now: bool = False) -> None:
        """Append what waits with one system call; after a failure only every two seconds, unless `now`."""
        with self._lock:
            if self._file < 0 or not self._waiting or (self.trouble and not now and self._clock() < self._retry_at):
                return
            if self.lost and len(self._waiting) < 2 * _MOST_KEPT:
                said = Note(self.seconds, f"{self.lost:,} events were lost: {self.trouble}.")
                self._waiting += encode(said)
                self.lost = 0
            try:
                while self._waiting:  # a disk that is nearly full takes a part, and says why with the next call
                    del self._waiting[: os.write(self._file, self._waiting)]
            except OSError as error:
                self.trouble = error.strerror or str(error)
                self._retry_at = self._clock() + _RETRY_SECONDS
            else:
                self.trouble = ""

    def close(self) -> bool:
        """Whether everything was written; no event is written any more."""
        self.flush(now=True)
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1
            return not self._waiting

    def abandon(self) -> None:
        """Write nothing any more, in a process forked from the lab's: the file and what waits are the lab's."""
        self._lock = threading.Lock()  # the lab's may have been held by a thread that is not here
        self._file = -1
        self._waiting.clear()
