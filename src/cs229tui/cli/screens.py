"""Opening the screens: `cs229tui`, `cs229tui today`, `cs229tui read READING`."""

import click

from cs229tui.cli.output import pass_workspace
from cs229tui.workspace import Workspace


def open_screens(workspace: Workspace, reading: str | None = None) -> None:
    """Run the screens; with a reading id, in the reader."""
    from cs229tui.tui.app import Companion

    Companion(workspace, reading).run()


@click.command("today")
@pass_workspace
def today_command(workspace: Workspace) -> None:
    """Open the screens at Today."""
    open_screens(workspace)


@click.command("read")
@click.argument("reading")
@pass_workspace
def read_command(workspace: Workspace, reading: str) -> None:
    """Open READING in the reader, where you left it."""
    open_screens(workspace, workspace.reading(reading).id)
