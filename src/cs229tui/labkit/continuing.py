"""What a continued run takes over from the one before it: its parameters, its checkpoint, and how long it has run."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs229tui.clean import clean_line
from cs229tui.errors import LabError
from cs229tui.labkit import distributed
from cs229tui.labkit.events import EVENTS, PAUSE, RUN, STOP
from cs229tui.labkit.spec import ParameterError, Spec, Value

if TYPE_CHECKING:
    from cs229tui.labkit.checkpoint import Checkpoint

_TAIL_BYTES = 2_000_000


@dataclass(frozen=True)
class Past:
    """The run before: its newest usable checkpoint, its seconds, and what the student should know about both."""

    checkpoint: "Checkpoint | None"
    seconds: float
    notes: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()  # what it has noted already

    @property
    def checkpoint_seconds(self) -> float:
        """The moment from which the run goes on; 0 where there is no checkpoint."""
        return self.checkpoint.seconds if self.checkpoint else 0.0


def asked_before(spec: Spec, folder: Path | None, given: Mapping[str, Any]) -> tuple[str, dict[str, Value]]:
    """The preset and parameters of the run in `folder`; raises `ParameterError`, also where `given` is not the same."""
    if folder is None:
        raise ParameterError("--continue needs the folder of the run.", "Name it: --run-folder DIR --continue")
    try:
        story = json.loads((folder / RUN).read_text("utf-8"))
        preset, known = str(story["preset"]), dict(story["parameters"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ParameterError(
            f"There is no run in {clean_line(str(folder))} that could be continued.", "Name the folder of a run."
        ) from error
    values = spec.values(preset, {name: value for name, value in known.items() if name in spec.parameters})
    for name, value in given.items():
        before = preset if name == "preset" else values[name]
        if value is not None and (value if name == "preset" else spec.parameters[name].check(value)) != before:
            raise ParameterError(
                f"--{name} cannot be changed in a run that is continued: it is {before}.",
                "Leave it out, or start a new run.",
            )
    return preset, values


def forget_wishes(folder: Path) -> None:
    """The run was asked to stop or to wait; it was not asked to do so again."""
    for name in (STOP, PAUSE):
        (folder / name).unlink(missing_ok=True)


def past_of(folder: Path, agreement: distributed.Agreement, device: str, begin_anew: bool) -> Past:
    """The past of the run in `folder`, the same one on every rank; raises `LabError` where it has no checkpoint."""
    from cs229tui.labkit import checkpoint as checkpoints
    from cs229tui.labkit.device import torch_installed

    notes: list[str] = []
    found = checkpoints.latest(folder, notes.append) if torch_installed() else None
    chosen = agreement.said(found.place if found else -1)
    if chosen < 0:
        found = None
    elif found is None or found.place != chosen:  # a shared file system showed this rank something else
        found = checkpoints.at(folder, chosen)
    if found is None and not begin_anew:
        raise LabError(
            f"The run in {clean_line(str(folder))} has no checkpoint to go on from.",
            "A run writes one every minute, and when it is stopped. Start it anew.",
        )
    if found is None:
        notes.append("There is no checkpoint: the run begins anew.")
    else:
        for name, now in circumstances(device).items():
            before = str(found.facts.get(name, now))
            if before != now:
                notes.append(
                    f"The {name} was {clean_line(before, 80)} and is {now} now: the numbers may differ a little."
                )
    return Past(found, _seconds(folder / EVENTS), tuple(notes), _told(folder / EVENTS))


def circumstances(device: str) -> dict[str, str]:
    """What the numbers depend on beside the code: a run that is continued under others may differ in the last bits."""
    import torch

    from cs229tui.labkit.device import describe

    return {
        "version of torch": str(torch.__version__),
        "device": describe(device),
        "number of processes": str(distributed.world()),
    }


def _seconds(path: Path) -> float:
    """The time of the last whole event."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _TAIL_BYTES, 0))
            lines = file.read(_TAIL_BYTES).split(b"\n")
    except OSError:
        return 0.0
    for line in reversed(lines[:-1]):
        try:
            seconds = float(json.loads(line)["t"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue
        if math.isfinite(seconds):
            return max(seconds, 0.0)
    return 0.0


def _told(path: Path) -> frozenset[str]:
    """The notes of the run before."""
    told = set()
    try:
        with path.open("rb") as file:
            for line in file:
                if line.startswith(b'{"kind":"note"'):
                    told.add(str(json.loads(line)["text"]))
    except (OSError, ValueError, KeyError, TypeError):  # a torn line: what follows is told once more
        pass
    return frozenset(told)
