"""Opening the screens: `cs229tui`, `cs229tui today`, `cs229tui read READING`."""

import click

from cs229tui.cli.output import pass_workspace
from cs229tui.workspace import Workspace


@click.command("today")
@pass_workspace
def today_command(workspace: Workspace) -> None:
    """Open the screens at Today."""
    from cs229tui.tui.start import open_screens

    open_screens(workspace.for_screens())


@click.command("read")
@click.argument("reading")
@pass_workspace
def read_command(workspace: Workspace, reading: str) -> None:
    """Open READING in the reader, where you left it."""
    from cs229tui.tui.start import open_screens

    wanted = workspace.reading(reading).id
    open_screens(workspace.for_screens(), wanted)
