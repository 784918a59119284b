"""`cs229tui lab watch`: a run on the screen it has in the program, or in one living line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs229tui.cli.lab_following import follow, found_run, interrupts
from cs229tui.cli.output import pass_workspace
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.library.runs import RunRecord


@click.command("watch")
@click.argument("run", metavar="RUN|FOLDER")
@click.option("--plain", is_flag=True, help="One living line instead of the screen.")
@click.option("--replay", type=click.FloatRange(1, 1000), metavar="SPEED", help="Watch it again, so many times faster.")
@pass_workspace
def watch_run(workspace: Workspace, run: str, plain: bool, replay: float | None) -> None:
    """Watch a RUN wherever it was started, or the run in a FOLDER, also over a shared file system.

    ctrl+c leaves it running.
    """
    record, indexed = _named(workspace, run)
    screen = not plain and sys.stdin.isatty() and sys.stdout.isatty()
    if replay is not None and not screen:
        raise UsageError("A replay needs the screen.", "Leave --plain away, and run it in a terminal.")
    if not screen:
        with interrupts() as pressed:
            follow(workspace, record, pressed, as_json=False, ours=False)
        return
    from cs229tui.tui.start import open_screens

    open_screens(workspace.for_screens(), run=(record, indexed, replay))


def _named(workspace: Workspace, name: str) -> tuple["RunRecord", bool]:
    """The run of that id or in that folder, and whether our library knows it; raises `NotFoundError`."""
    from cs229tui.labs.history import run_in
    from cs229tui.library.runs import run_folders, run_in_folder

    folder = Path(name).expanduser()
    if not folder.is_dir():
        return found_run(workspace, name), True
    here = folder.resolve()
    places = (path for path in run_folders(workspace.database) if path.endswith(here.name))
    known = next((path for path in places if Path(path).resolve() == here), None)
    if known is not None:
        return run_in_folder(workspace.database, known), True
    found = run_in(here)
    if found is None:
        raise NotFoundError(f"There is no run in {folder}.", "A run's folder has a run.json.")
    return found, False
