"""The tools that can be given a run's events; each is imported when one asks for it, and installed by who wants it."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from cs229tui.clean import clean_line
from cs229tui.errors import LabError, UsageError
from cs229tui.labkit.events import Event


@dataclass(frozen=True)
class Handed:
    """A run as another tool is told of it; `again` says that some of it was handed over before."""

    id: str
    lab: str
    preset: str
    parameters: Mapping[str, Any]
    folder: Path
    again: bool = False

    @property
    def name(self) -> str:
        """What the tool calls it: `transformer-quick-0c4e1f2a`."""
        return f"{self.lab}-{self.preset}-{self.id[:8]}"


class Receiver(Protocol):
    """Takes in a run's events, in order."""

    def take(self, event: Event) -> None:
        """Take in one."""

    def kept(self) -> None:
        """Put what was taken in so far where it stays."""

    def close(self, state: str) -> None:
        """There are no more: the run is done, failed, stopped or lost."""

    @property
    def where(self) -> str:
        """What the student does to see it."""


# By name: what a person calls it. The name is also that of the package, of our extra and of the module here.
TOOLS = {"tensorboard": "TensorBoard", "wandb": "W&B", "trackio": "trackio"}


def check(tool: str) -> None:
    """Raise `UsageError` for a tool we do not know, `LabError` for one that is not installed."""
    if tool not in TOOLS:
        raise UsageError(f"Runs cannot be handed over to {clean_line(tool, 40)!r}.", f"There are {', '.join(TOOLS)}.")
    if find_spec(tool) is None:
        raise LabError(f"{TOOLS[tool]} is not installed.", f"pip install 'cs229tui[{tool}]'")


def receiver(tool: str, handed: Handed) -> Receiver:
    """A tool, ready to take in a run; raises as `check`, and `LabError` where it does not start."""
    check(tool)
    module = import_module(f"cs229tui.labs.receivers.to_{tool}")
    made: Receiver = module.begun(handed)
    return made
