"""The events of a run read back from a file that still grows, was left torn, or takes another's place."""

import os
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import BinaryIO

from cs229tui.labkit.events import Event
from cs229tui.labs.event_lines import METRIC, decode, decode_metric

_LONGEST = 1_000_000  # bytes in a line; a longer one is garbage
_PIECE = 262_144  # bytes read at once, some milliseconds' worth
_REMEMBERED = 256  # bytes before the offset by which the file is known again
_PATIENCE = 5.0  # seconds for which zeros are taken for what a file server has not brought yet


class EventReader:
    """Follows an events file from `offset` (bytes); after a `read`, that is where to go on, also after a restart.

    `before` is what lies in the file before that offset, where that is known: by it (and by its inode) the reader
    sees that another file took the place of the one it knew, however long, and begins again at its start.
    """

    def __init__(
        self, path: Path, offset: int = 0, before: bytes = b"", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self.offset = offset
        self.before = before[-_REMEMBERED:]
        self.size = offset
        """How long the file was when it was looked at last."""
        self.garbage = 0
        """Lines that held no event."""
        self.replaced = 0
        """How often another file took the place of the one that was known."""
        self._inode: tuple[int, int] | None = None
        self._skipping = False
        self._clock = clock
        self._zeros: tuple[int, float] | None = None

    def read(self, seconds: float = 0.05) -> list[Event]:
        """The events written since the last call, or those that can be read in about `seconds`: call until it is []."""
        deadline = time.monotonic() + seconds
        events: list[Event] = []
        try:
            with self.path.open("rb") as file:
                self._recognise(file)
                while self._piece(file, events) and time.monotonic() < deadline:
                    pass
        except FileNotFoundError:
            return []
        return events

    def _recognise(self, file: BinaryIO) -> None:
        """Whether this is the file that was read so far; a new one is read from its start."""
        stat = os.fstat(file.fileno())
        inode = (stat.st_dev, stat.st_ino)
        known = self._inode is None or self._inode == inode
        self._inode, self.size = inode, stat.st_size
        if known and stat.st_size >= self.offset:
            start = self.offset - len(self.before)
            file.seek(max(start, 0))
            if start >= 0 and file.read(len(self.before)) == self.before:
                return
        self.offset, self.before, self._skipping, self._zeros = 0, b"", False, None
        self.replaced += 1
        file.seek(0)

    def _piece(self, file: BinaryIO, events: list[Event]) -> bool:
        """Read on from where the file is; says whether there was a whole line, or a piece of one that is given up."""
        data = file.read(_PIECE)
        while data and b"\n" not in data and len(data) <= _LONGEST:
            more = file.read(_PIECE)
            if not more:
                break
            data += more
        end = data.rfind(b"\n") + 1
        if b"\0" in data:
            end = self._before_zeros(data, end)
        if not end:
            if len(data) > _LONGEST and b"\n" not in data:
                # Never hold an endless line in memory: drop what is here, and its end when it comes.
                self._advance(data)
                self._skipping = True
                return True
            return False
        self._advance(data[:end])
        file.seek(self.offset)
        lines = data[:end]
        if self._skipping:
            self._skipping = False
            self.garbage += 1
            lines = lines[lines.index(b"\n") + 1 :]
        self._decode(lines, events)
        return True

    def _advance(self, data: bytes) -> None:
        self.offset += len(data)
        self.before = (self.before + data[-_REMEMBERED:])[-_REMEMBERED:]

    def _before_zeros(self, data: bytes, end: int) -> int:
        """How much to take of a piece with zeros in it: a file server may know of bytes that it has not got yet."""
        first = data.rfind(b"\n", 0, data.index(b"\0")) + 1
        at = self.offset + first
        if self._zeros is None or self._zeros[0] != at:
            self._zeros = (at, self._clock())
        return first if self._clock() - self._zeros[1] < _PATIENCE else end

    def _decode(self, lines: bytes, events: list[Event]) -> None:
        take = events.append
        for line in lines.split(b"\n"):
            event: Event | None = decode_metric(line) if line.startswith(METRIC) else None
            if event is None and 0 < len(line) <= _LONGEST:
                event = decode(line)
            if event is not None:
                take(event)
            elif line.strip():
                self.garbage += 1


def read_events(path: Path) -> list[Event]:
    """Every event of a file, now."""
    reader = EventReader(path, clock=count(0.0, _PATIENCE).__next__)
    events: list[Event] = []
    offset = -1
    while reader.offset != offset:
        offset = reader.offset
        events += reader.read()
    return events
