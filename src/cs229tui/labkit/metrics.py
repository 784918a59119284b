"""The numbers a lab logs, from the call to `run.log` until they are lines of the events file."""

from collections.abc import Sequence
from numbers import Number
from typing import Any

from cs229tui.labkit.events import metric_line, number


class Batch:
    """What was logged in a while: numbers, and tensors that nobody has read yet but that will be read together."""

    def __init__(self) -> None:
        self._logged: list[tuple[float, int, dict[str, Any]]] = []
        # For each device and type of number: where each number belongs, and the tensors.
        self._groups: dict[Any, tuple[list[tuple[dict[str, Any], str]], list[Any]]] = {}

    def __len__(self) -> int:
        return len(self._logged)

    def add(self, t: float, step: int, values: dict[str, Any]) -> None:
        """Take in what was logged at `t` seconds; `values` is changed. Raises what `plain` and `copied` raise."""
        for name, value in values.items():
            if type(value) is float:
                continue
            if hasattr(value, "detach"):
                copy = copied(name, value)
                places, tensors = self._groups.setdefault((copy.device, copy.dtype), ([], []))
                places.append((values, name))
                tensors.append(copy)
            else:
                values[name] = plain(name, value)
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


def copied(name: str, value: Any) -> Any:
    """A copy of a tensor of one element, without dimensions, on its own device: what comes next may reuse its memory.

    Nothing is read, so nothing waits for the device.
    """
    if value.ndim:
        if value.numel() != 1:
            raise ValueError(f"run.log: {name} has {value.numel()} elements; a metric is one number")
        value = value.reshape(())
    if value.is_complex():
        raise TypeError(f"run.log: {name} is complex; log its absolute value, or both parts")
    return value.detach().clone() if value.requires_grad else value.clone()


def plain(name: str, value: Any) -> float | None:
    """A number of Python or NumPy as a float, None where it is too large; raises TypeError or ValueError for others."""
    if getattr(value, "size", 1) != 1:
        raise ValueError(f"run.log: {name} has {value.size} elements; a metric is one number")
    if hasattr(value, "item"):  # NumPy and its like
        value = value.item()
    if not (isinstance(value, Number) or hasattr(value, "__float__")) or isinstance(value, complex):
        raise TypeError(f"run.log: {name} is {value!r:.40}, a {type(value).__name__}; a metric is one number")
    return number(value)
