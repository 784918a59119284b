"""A run as one process of this machine."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cs229tui.config import Settings
from cs229tui.errors import LabError, UsageError
from cs229tui.labs import process
from cs229tui.labs.launchers import Prepared, Standing

HERE = True


def checked(options: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """A local run has no options."""
    if options:
        raise UsageError(
            f"A local run has no option {next(iter(options))!r}.", "Choose a launcher: --launcher torchrun"
        )
    return {}


def command(command: Sequence[str], options: Mapping[str, Any]) -> list[str]:
    """The command as it is."""
    return list(command)


def processes(options: Mapping[str, Any]) -> int:
    """One."""
    return 1


def start(run: Prepared) -> None:
    """Start it under its guard, which writes its exit status down; raises `LabError`."""
    from cs229tui.labs import warm

    if not warm.start_run(run):
        process.start_prepared(run.folder)


def standing(folder: Path) -> Standing | None:
    """Nothing beyond what the files in the folder say."""
    return None


def ask_to_stop(folder: Path) -> None:
    """Let it finish its step; raises `LabError` where it was not started from here."""
    process.ask_to_stop(folder, _process(folder))


def stop(folder: Path, grace: float, given_up: Callable[[], bool] = lambda: False) -> bool:
    """Stop it, by force after `grace` seconds; raises `LabError` where it was not started from here."""
    return process.stop(folder, _process(folder), grace, given_up)


def _process(folder: Path) -> process.Process:
    running = process.process_of(folder)
    if running is None:
        raise LabError("The run was not started from here.", "Stop it where it was started.")
    if not running.here:
        raise LabError(f"The run goes on at {running.host}.", "Stop it there.")
    return running
