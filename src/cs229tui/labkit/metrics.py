"""The numbers a lab logs, from the call to `run.log` until they are lines of the events file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Number
from typing import Any

from cs229tui.labkit.events import metric_line, number


@dataclass(frozen=True, slots=True)
class Logged:
    """What one call of `run.log` was given, at `t` seconds: Python numbers, and tensors that nobody has read yet."""

    t: float
    step: int
    values: dict[str, Any]


def kept(name: str, value: Any) -> Any:
    """A metric's value as it waits to be written; raises TypeError or ValueError for what is not one number.

    A tensor is copied on its own device, since what is computed next may reuse its memory, and not read.
    """
    if hasattr(value, "detach"):
        if value.numel() != 1:
            raise ValueError(f"run.log: {name} has {value.numel()} elements; a metric is one number")
        if value.is_complex():
            raise TypeError(f"run.log: {name} is complex; log its absolute value, or both parts")
        return value.detach().clone()
    if getattr(value, "size", 1) != 1:
        raise ValueError(f"run.log: {name} has {value.size} elements; a metric is one number")
    if hasattr(value, "item"):  # NumPy and its like
        value = value.item()
    if not (isinstance(value, Number) or hasattr(value, "__float__")) or isinstance(value, complex):
        raise TypeError(f"run.log: {name} is {value!r:.40}, a {type(value).__name__}; a metric is one number")
    return number(value)


def stacks(logged: Sequence[Logged]) -> list[Any]:
    """The tensors in `logged`, one tensor (count,) for each device and type of number, in the order of `lines`."""
    groups = _groups(logged)
    if not groups:
        return []
    import torch

    return [torch.stack([value.reshape(()) for value in group]) for group in groups.values()]


def lines(logged: Sequence[Logged], stacked: Sequence[Any]) -> tuple[list[bytes], dict[str, float | None]]:
    """The lines of the events file, and the latest number of each name; `stacked` are `stacks` on the host."""
    numbers = dict(zip(_groups(logged), (iter(stack.tolist()) for stack in stacked), strict=True))
    made, latest = [], {}
    for entry in logged:
        values = dict(_read(entry.values, numbers))
        latest.update(values)
        made.append(metric_line(entry.t, entry.step, values))
    return made, latest


def _read(values: dict[str, Any], numbers: dict[Any, Iterator[float]]) -> Iterator[tuple[str, float | None]]:
    for name, value in values.items():
        yield name, number(next(numbers[value.device, value.dtype])) if hasattr(value, "detach") else value


def _groups(logged: Sequence[Logged]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for entry in logged:
        for value in entry.values.values():
            if hasattr(value, "detach"):
                groups.setdefault((value.device, value.dtype), []).append(value)
    return groups
