"""The ways a run goes out: as a process of this machine, through torchrun, to a cluster. Each is a module in this room.

A run is prepared in its folder first: `run.json` has its command, what its environment gets beside ours, and the
launcher with its options. From there on the folder is all that a launcher needs, whoever starts the run, and when.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from cs229tui.config import Settings
from cs229tui.errors import LabError, UsageError
from cs229tui.labkit.events import RUN
from cs229tui.labs.run_folder import story_of

LAUNCHERS = ("local", "torchrun", "slurm")


@dataclass(frozen=True)
class Prepared:
    """A run that is ready to start. `environment` is what it gets beside ours; a name with None is taken away."""

    folder: Path
    command: tuple[str, ...]
    environment: Mapping[str, str | None]
    options: Mapping[str, Any]
    continued: bool = False


@dataclass(frozen=True)
class Standing:
    """What the launcher knows of a run that has written no end event.

    "waiting": in the launcher's own queue, `reason` says for what. "alive": it runs, or is being started. "gone": it is
    over; `state` is what it then counts as, and `reason` says why and what to do. "unknown": its heartbeat decides.
    """

    life: Literal["waiting", "alive", "gone", "unknown"]
    reason: str = ""
    state: Literal["failed", "stopped", "lost"] = "failed"


class Launcher(Protocol):
    """What a launcher's module has. `HERE`: its runs compute on this machine, and so wait for a place in our queue."""

    HERE: bool

    def checked(self, options: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
        """The options, complete and of the right types, as run.json keeps them; raises `UsageError` or `LabError`.

        Nothing is started yet: this is where a missing program (torchrun, sbatch) is told.
        """

    def command(self, command: Sequence[str], options: Mapping[str, Any]) -> list[str]:
        """The command that runs the lab, from the plain `python -u main.py --preset … --run-folder …`."""

    def processes(self, options: Mapping[str, Any]) -> int:
        """How many processes compute on this machine: each takes a GPU, or a place of the CPU."""

    def start(self, run: Prepared) -> None:
        """Start it so that it outlives us; raises `LabError`."""

    def standing(self, folder: Path) -> Standing | None:
        """How the run is; None where `process.json` and `exit` in the folder say it (see `history`).

        Asked several times a second while somebody watches, so a scheduler is asked rarely and its answer kept.
        """

    def ask_to_stop(self, folder: Path) -> None:
        """Let the run finish its step and write its verdicts: `stop` in the folder, SIGTERM; raises `LabError`."""

    def stop(self, folder: Path, grace: float, given_up: Callable[[], bool] = lambda: False) -> bool:
        """`ask_to_stop`, by force after `grace` seconds; whether it is gone. `given_up` ends the waiting early."""


def launcher_named(name: str) -> Launcher:
    """The launcher of that name; raises `UsageError`."""
    if name not in LAUNCHERS:
        raise UsageError(f"There is no launcher {name!r}.", f"There are: {', '.join(LAUNCHERS)}.")
    return cast(Launcher, importlib.import_module(f"cs229tui.labs.launchers.{name}"))


def launcher_of(folder: Path) -> Launcher:
    """The launcher of the run in `folder`: the local one where nothing else is written down."""
    try:
        named = story_of(folder).get("launcher")
    except LabError:
        named = None
    name = named.get("name") if isinstance(named, dict) else None
    return launcher_named(name if name in LAUNCHERS else "local")


def prepared(folder: Path) -> Prepared:
    """The run that waits in `folder`, ready to start; raises `LabError`."""
    story = story_of(folder)
    try:
        command = tuple(str(word) for word in story["command"])
        environment = {str(name): value for name, value in dict(story.get("environment") or {}).items()}
        options = {name: value for name, value in dict(story.get("launcher") or {}).items() if name != "name"}
    except (KeyError, TypeError, ValueError) as error:
        raise LabError(f"{folder / RUN} names no command.", "The run cannot be started from it.") from error
    return Prepared(folder, command, environment, options, "--continue" in command)
