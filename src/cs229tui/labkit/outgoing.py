"""What a lab logs on its way to the events file, and why nobody waits for the device while it is on its way.

Each call of `log` adds to a `Batch`; four times a second its tensors become one `Transfer` from their device; what has
arrived is written. Pictures, histograms and heat maps go the same way, so that all stays in its order. A number that
is on the CPU is read at once.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from numbers import Number
from typing import Any

from cs229tui.labkit.events import metric_line, number
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
        """Take in numbers of `step`; `values` is kept and changed. Raises TypeError or ValueError."""
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

    def _write(self, batch: "Batch", read: list[Any]) -> None:
        lines, latest = batch.lines(read)
        self.latest |= latest
        self._writer.add(lines.encode("utf-8", "replace"), len(batch))


class Batch:
    """What was logged in a while: numbers, and tensors that nobody has read yet but that will be read together."""

    def __init__(self) -> None:
        self._logged: list[tuple[float, int, dict[str, Any]]] = []
        # For each device and type of number: where each number belongs, and the tensors.
        self._groups: dict[Any, tuple[list[tuple[dict[str, Any], str]], list[Any]]] = {}

    def __len__(self) -> int:
        return len(self._logged)

    def add(self, t: float, step: int, values: dict[str, Any]) -> None:
        """Take in what was logged at `t` seconds; `values` is changed. Raises TypeError or ValueError."""
        for name, value in values.items():
            if type(value) is float:
                continue
            if hasattr(value, "detach"):
                _check(name, value)
                if _at_hand(value):
                    values[name] = float(value.item())
                    continue
                copy = _copied(value)
                places, tensors = self._groups.setdefault((copy.device, copy.dtype), ([], []))
                places.append((values, name))
                tensors.append(copy)
            else:
                values[name] = _plain(name, value)
        self._logged.append((t, step, values))

    def stacks(self) -> list[Any]:
        """The tensors, as one tensor (count,) for each device and type of number."""
        if not self._groups:
            return []
        import torch

        return [torch.stack(tensors) for _, tensors in self._groups.values()]

    def lines(self, read: Sequence[Any]) -> tuple[str, dict[str, float | None]]:
        """The lines of the events file and the last number of each name; `read` are the `stacks` on the host."""
        for (places, _), stack in zip(self._groups.values(), read, strict=True):
            for (values, name), value in zip(places, stack.tolist(), strict=True):
                values[name] = float(value)
        latest: dict[str, float | None] = {}
        for _, _, values in self._logged:
            latest.update(values)
        return "".join([metric_line(t, step, values) for t, step, values in self._logged]), latest


def _check(name: str, value: Any) -> None:
    """Raise TypeError or ValueError where a tensor is not one real number."""
    if value.ndim and value.numel() != 1:
        raise ValueError(f"run.log: {name} has {value.numel()} elements; a metric is one number")
    if value.is_complex():
        raise TypeError(f"run.log: {name} is complex; log its absolute value, or both parts")


def _at_hand(value: Any) -> bool:
    """Whether a tensor can be read at once: nothing is on its way on a CPU, and a copy takes longer than a look."""
    return bool(value.is_cpu)


def _copied(value: Any) -> Any:
    """A copy of a tensor of one element, without dimensions, on its own device: what comes next may reuse its memory.

    Nothing is read, so nothing waits for the device.
    """
    if value.ndim:
        value = value.reshape(())
    return value.detach().clone() if value.requires_grad else value.clone()


def _plain(name: str, value: Any) -> float | None:
    """A number of Python or NumPy as a float, None where it is too large; raises TypeError or ValueError for others."""
    if getattr(value, "size", 1) != 1:
        raise ValueError(f"run.log: {name} has {value.size} elements; a metric is one number")
    if hasattr(value, "item"):  # NumPy and its like
        value = value.item()
    if not (isinstance(value, Number) or hasattr(value, "__float__")) or isinstance(value, complex):
        raise TypeError(f"run.log: {name} is {value!r:.40}, a {type(value).__name__}; a metric is one number")
    return number(value)


class Transfer:
    """Copies of `tensors` on the host, there once the device has done everything it was given before.

    A CUDA tensor is copied into page-locked memory while both sides go on working; an event that the device reaches
    after the copy says when it can be read. On a CPU there is nothing to copy; from other devices (mps) the copy waits.
    """

    def __init__(self, tensors: Sequence[Any]) -> None:
        self._copies, self._events = [], []
        for tensor in tensors:
            copy, event = _sent(tensor)
            self._copies.append(copy)
            self._events += [] if event is None else [event]

    @property
    def ready(self) -> bool:
        """Whether the copies can be read without waiting; asks, and never waits."""
        return all(event.query() for event in self._events)

    def wait(self) -> list[Any]:
        """The copies; waits for the device where it is not `ready`."""
        for event in self._events:
            event.synchronize()
        return self._copies


def _sent(tensor: Any) -> tuple[Any, Any]:
    """A copy of the tensor on the host and the event after which it may be read, None for at once."""
    if not tensor.is_cuda:
        return tensor.cpu(), None
    import torch

    copy = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    copy.copy_(tensor, non_blocking=True)
    event = torch.cuda.Event()  # type: ignore[no-untyped-call]
    event.record(torch.cuda.current_stream(tensor.device))
    return copy, event
