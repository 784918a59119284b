"""Tensors on their way from a device to the host, so that nobody waits for the device to read a number."""

from collections.abc import Sequence
from typing import Any


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


def as_bytes(tensor: Any) -> bytes:
    """The bytes of a uint8 tensor on the host, row by row."""
    import torch

    made = bytearray(tensor.numel())
    torch.frombuffer(made, dtype=torch.uint8).copy_(tensor.reshape(-1))
    return bytes(made)
