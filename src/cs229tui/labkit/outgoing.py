"""What a lab logs on its way to the events file: numbers wait for each other, and nobody waits for the device."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from cs229tui.labkit.metrics import Batch
from cs229tui.labkit.transfer import Transfer
from cs229tui.labkit.writing import EventWriter

_FLUSH_SECONDS = 0.25  # numbers wait this long, so that a device is asked for them now and then and not each step
_MOST_WAITING = 500  # calls of `log`; more of them make Python's garbage collector look at them again and again

Write = Callable[[list[Any]], None]


class Outgoing:
    """Holds what was logged until it can be written without waiting for a device; any thread may log."""

    def __init__(self, writer: EventWriter) -> None:
        self.latest: dict[str, float | None] = {}  # the last number of each metric that was written
        self._writer = writer
        self._lock = threading.RLock()
        self._batch = Batch()
        self._underway: deque[tuple[Transfer, Write]] = deque()
        self._flush_at = 0.0

    def log(self, step: int, values: dict[str, Any]) -> None:
        """Take in numbers of `step`; `values` is kept and changed. Raises what `Batch.add` raises."""
        t = self._writer.seconds
        with self._lock:
            self._batch.add(t, step, values)
        if t >= self._flush_at or len(self._batch) >= _MOST_WAITING:
            self.flush()

    def when_read(self, tensors: list[Any], write: Write) -> None:
        """Have `write` called with the tensors on the host: now, or once they came from their device."""
        with self._lock:
            self._send()
            self._underway.append((Transfer(tensors), write))
            self.flush()

    def flush(self, wait: bool = False) -> None:
        """Send what was logged on its way and write what has arrived; the host waits for a device only with `wait`."""
        with self._lock:
            self._send()
            while self._underway and (wait or self._underway[0][0].ready):
                transfer, write = self._underway.popleft()
                write(transfer.wait())
            self._flush_at = self._writer.seconds + _FLUSH_SECONDS
        self._writer.flush()

    def abandon(self) -> None:
        """Forget everything and write nothing any more, in a process forked from the lab's."""
        self._writer.abandon()
        self._lock = threading.RLock()  # the lab's may have been held by a thread that is not here
        self._batch, self._underway = Batch(), deque()

    def _send(self) -> None:
        if len(self._batch):
            batch, self._batch = self._batch, Batch()
            self._underway.append((Transfer(batch.stacks()), lambda read: self._write(batch, read)))

    def _write(self, batch: Batch, read: list[Any]) -> None:
        lines, latest = batch.lines(read)
        self.latest |= latest
        self._writer.add(lines.encode("utf-8", "replace"), len(batch))
