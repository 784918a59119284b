"""Checkpoints: all that a run needs to go on as if it had never been interrupted, bit for bit on the same machine.

That is the state of what the lab keeps (model, optimiser, …), of every random number generator, and where in its loop
the run stood. One file each, in the safetensors format: tensors as they are, the rest as JSON in its header. A file is
written whole or not at all, and the last two are kept.
"""

import json
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cs229tui.errors import LabError
from cs229tui.labkit import distributed, tensor_file

FOLDER = "checkpoint"
_EVERY_SECONDS = 60.0
_MOST_OF_THE_TIME = 0.02  # of a run's time may go into its checkpoints
_KEPT = 2
_NAME = re.compile(r"(?:loop-(\d+)-)?step-(\d+)\.safetensors")
_FORMAT = "1"
_LOOP = 10**12  # more steps than a loop has


class CheckpointError(LabError):
    """There is nothing that the run could go on from, or it does not fit the lab."""


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint as it was read: `step` is the one to go on with, in the `loop`-th call of `run.steps`.

    `seconds` is the time of the run at which it was written.
    """

    path: Path
    step: int
    loop: int
    seconds: float
    parts: Mapping[str, Any]
    generators: list[Any]  # of each rank
    facts: Mapping[str, Any]  # what the run wants to know again, such as its verdicts
    sharded: bool
    tensors: dict[str, Tensor] = field(repr=False)

    @property
    def place(self) -> int:
        """Where in the run it stands, as one number."""
        return self.loop * _LOOP + self.step


def latest(folder: Path, note: Callable[[str], None]) -> Checkpoint | None:
    """The newest checkpoint of the run in `folder` that can be read; `note` is told of each that cannot."""
    for path in reversed(_files(folder)):
        try:
            return load(path)
        except (OSError, ValueError) as error:
            note(f"The checkpoint {path.name} cannot be used: {error}. The one before it is taken, if there is one.")
    return None


def at(folder: Path, place: int) -> Checkpoint:
    """The checkpoint of the run in `folder` with that `place`; raises `CheckpointError`."""
    path = _path(folder, place // _LOOP, place % _LOOP)
    try:
        return load(path)
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"This process cannot read the checkpoint {path.name} that rank 0 reads: {error}.",
            "The run's folder must be shared by all machines.",
        ) from error


def load(path: Path) -> Checkpoint:
    """The checkpoint in a file; raises OSError, and ValueError where it is torn or not one of ours."""
    tensors, metadata = tensor_file.read(path)
    if metadata.get("cs229tui") != _FORMAT:
        raise ValueError("it is not a checkpoint of a lab")
    try:
        told = json.loads(metadata["run"])
        where = int(told["step"]), int(told["loop"]), float(told["seconds"])
        return Checkpoint(
            path, *where, told["parts"], told["generators"], told["facts"], bool(told["sharded"]), tensors
        )
    except (KeyError, TypeError) as error:
        raise ValueError("it is not a checkpoint of a lab") from error


class Keeper:
    """The parts of a run that its checkpoints hold: writes them when it is time, gives them back on a continued run."""

    def __init__(self, folder: Path, agreement: distributed.Agreement, note: Callable[[str], None]) -> None:
        self._folder = folder
        self._agreement = agreement
        self._note = note
        self._parts: dict[str, Any] = {}
        self._told = ""
        self._due = time.monotonic() + _EVERY_SECONDS
        self.last: tuple[int, int] | None = None  # the loop and step of the newest

    def keep(self, parts: Mapping[str, Any], found: Checkpoint | None) -> None:
        """Hold `parts` in the checkpoints from now on; what `found` has of them is given back to them first."""
        for name, part in parts.items():
            _refuse(name, part)
            self._parts[name] = part
            if found is not None and name in found.parts:
                _restore(name, part, found)

    @property
    def due(self) -> bool:
        """Whether it is time for the next checkpoint."""
        return bool(self._parts) and time.monotonic() >= self._due

    def save(self, step: int, loop: int, seconds: float, facts: Mapping[str, Any]) -> str | None:
        """Write a checkpoint to go on with `step`, on all ranks at once; its name in the folder, None where none was.

        A disk that is full costs the run this checkpoint, not its life: the older ones stay.
        """
        if not self._parts:
            return None
        began = time.monotonic()
        state = _State()
        try:
            parts = {name: state.told(_state_of(part), name) for name, part in self._parts.items()}
            generators = [json.loads(text) for text in self._agreement.gathered(json.dumps(generators_now()).encode())]
            told = {"step": step, "loop": loop, "seconds": seconds, "parts": parts}
            told |= {"generators": generators, "facts": facts, "sharded": state.sharded}
            path = _path(self._folder, loop, step)
            if distributed.rank() == 0:
                _write(path, state.tensors, json.dumps(told))
        except (OSError, TypeError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            self._say(f"No checkpoint could be written at step {step:,}: {why}. The run goes on without it.")
            return None
        finally:
            seconds = time.monotonic() - began
            self._due = time.monotonic() + max(_EVERY_SECONDS, seconds / _MOST_OF_THE_TIME)
        self.last, self._told = (loop, step), ""
        return str(path.relative_to(self._folder))

    def _say(self, text: str) -> None:
        # A disk stays full for a while, and once is enough to know.
        reason = text.partition(":")[2]
        if reason != self._told:
            self._told = reason
            self._note(text)


def _path(folder: Path, loop: int, step: int) -> Path:
    number = f"loop-{loop}-" if loop > 1 else ""
    return folder / FOLDER / f"{number}step-{step:09}.safetensors"


def _files(folder: Path) -> list[Path]:
    """The run's checkpoints, oldest first."""
    names = ((path, _NAME.fullmatch(path.name)) for path in (folder / FOLDER).glob("*"))
    return [path for _, _, path in sorted((int(name[1] or 1), int(name[2]), path) for path, name in names if name)]


def _write(path: Path, tensors: Mapping[str, Tensor], told: str) -> None:
    path.parent.mkdir(exist_ok=True)
    for left in path.parent.glob("*.part"):  # by a run that was killed while it wrote
        left.unlink(missing_ok=True)
    partial = path.with_suffix(".part")
    try:
        tensor_file.write(partial, tensors, {"cs229tui": _FORMAT, "format": "pt", "run": told})
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name, too, is on the disk now
    finally:
        os.close(folder)
    for old in _files(path.parent.parent)[:-_KEPT]:
        old.unlink(missing_ok=True)


class _State:
    """Turns the states of parts into JSON, and collects the tensors in them under names."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self.sharded = False
        self._names: dict[Any, str] = {}  # by the memory they lie in: a tensor that two parts share is written once

    def told(self, value: Any, name: str) -> Any:
        if isinstance(value, Tensor):
            return self._tensor(value.detach(), name)
        if isinstance(value, Mapping):
            return {"dict": [[self.told(key, name), self.told(item, f"{name}.{key}")] for key, item in value.items()]}
        if isinstance(value, (list, tuple)):
            kind = "list" if isinstance(value, list) else "tuple"
            return {kind: [self.told(item, f"{name}.{at}") for at, item in enumerate(value)]}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise TypeError(f"{name} is a {type(value).__name__}, which no checkpoint can hold")

    def _tensor(self, tensor: Tensor, name: str) -> dict[str, Any]:
        placements = [
            placement.dim if placement.is_shard() else None for placement in getattr(tensor, "placements", ())
        ]
        self.sharded |= bool(placements)
        tensor = distributed.whole(tensor)
        place = (tensor.device, tensor.data_ptr(), tensor.dtype, tensor.shape, tensor.stride())
        if not placements and tensor.numel() and place in self._names:
            return {"tensor": self._names[place]}
        while name in self.tensors:  # the keys 1 and "1" of one dict
            name += "'"
        self._names[place] = name
        self.tensors[name] = tensor
        return {"tensor": name, "sharded": placements} if placements else {"tensor": name}


def _value(told: Any, found: Checkpoint) -> Any:
    """What `_State.told` made JSON of."""
    if not isinstance(told, dict):
        return told
    if "dict" in told:
        return {_value(key, found): _value(item, found) for key, item in told["dict"]}
    if "tensor" in told:
        tensor = found.tensors[told["tensor"]]
        return distributed.shared_out(tensor, told["sharded"]) if "sharded" in told else tensor
    (kind, items), *_ = told.items()
    return (list if kind == "list" else tuple)(_value(item, found) for item in items)


def _refuse(name: str, part: Any) -> None:
    if not isinstance(part, (Tensor, torch.Generator, dict)) and not (
        hasattr(part, "state_dict") and hasattr(part, "load_state_dict")
    ):
        raise TypeError(
            f"run.keep: {name} must have state_dict and load_state_dict, or be a tensor, a torch.Generator or a dict"
        )


def _state_of(part: Any) -> Any:
    if isinstance(part, (Tensor, dict)):
        return part
    return part.get_state() if isinstance(part, torch.Generator) else part.state_dict()


def _restore(name: str, part: Any, found: Checkpoint) -> None:
    try:
        if distributed.is_sharded() and not found.sharded:
            raise ValueError("it was saved by a run that did not share its model out")
        state = _value(found.parts[name], found)
        if isinstance(part, Tensor):
            if part.shape != state.shape:
                raise ValueError(f"a tensor of shape {tuple(state.shape)} is not one of {tuple(part.shape)}")
            with torch.no_grad():
                part.copy_(state)
        elif isinstance(part, dict):
            part.clear()
            part.update(state)
        elif isinstance(part, torch.Generator):
            part.set_state(state)
        else:
            part.load_state_dict(state)
        if isinstance(part, torch.optim.Optimizer):
            _lay_as_weights(part)
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"The checkpoint {found.path.name} does not fit the lab's {name}: {error}",
            "The lab was changed since. Start a new run.",
        ) from error


def _lay_as_weights(optimiser: torch.optim.Optimizer) -> None:
    """Give what an optimiser remembers of its weights their strides: fused ones read both in the order of memory."""
    for weights, state in optimiser.state.items():
        for name, value in state.items():
            if isinstance(value, Tensor) and value.shape == weights.shape and value.stride() != weights.stride():
                state[name] = torch.empty_like(weights, dtype=value.dtype).copy_(value)


def generators_now() -> dict[str, Any]:
    """The state of every generator of random numbers, as JSON."""
    version, numbers, gauss = random.getstate()
    state: dict[str, Any] = {"python": [version, list(numbers), gauss], "cpu": _hex(torch.get_rng_state())}
    if torch.cuda.is_available():
        state["cuda"] = [_hex(torch.cuda.get_rng_state(place)) for place in _cuda()]
    if torch.backends.mps.is_available():
        state["mps"] = _hex(torch.mps.get_rng_state())
    if "numpy.random" in sys.modules:
        kind, keys, *rest = sys.modules["numpy.random"].get_state()
        state["numpy"] = [kind, [int(key) for key in keys], *rest]
    return state


def set_generators(state: Mapping[str, Any]) -> None:
    """Put every generator back to what `generators_now` said."""
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    torch.set_rng_state(_bytes(state["cpu"]))
    if "cuda" in state and torch.cuda.is_available():
        for one, place in zip(state["cuda"], _cuda(), strict=False):
            torch.cuda.set_rng_state(_bytes(one), place)
    if "mps" in state and torch.backends.mps.is_available():
        torch.mps.set_rng_state(_bytes(state["mps"]))
    if "numpy" in state and "numpy.random" in sys.modules:
        sys.modules["numpy.random"].set_state(tuple(state["numpy"]))


def _cuda() -> Iterable[int]:
    """The GPUs whose generators a run may use: all, but each rank its own."""
    return range(torch.cuda.device_count()) if distributed.world() == 1 else [torch.cuda.current_device()]


def _hex(state: Tensor) -> str:
    return bytes(state.tolist()).hex()


def _bytes(text: str) -> Tensor:
    return torch.frombuffer(bytearray.fromhex(text), dtype=torch.uint8).clone()
