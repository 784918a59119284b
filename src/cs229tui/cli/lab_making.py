"""`cs229tui lab copy`, `edit`, `new`: labs of one's own."""

import subprocess

import click

from cs229tui.cli.output import pass_workspace, say
from cs229tui.errors import LabError, UsageError
from cs229tui.workspace import Workspace


@click.command("copy")
@click.argument("name")
@pass_workspace
def copy_lab(workspace: Workspace, name: str) -> None:
    """Copy the lab NAME into your own folder, to change it, and print where it lies."""
    from cs229tui.labs.copies import copy_lab as copied
    from cs229tui.labs.find import lab_named

    made = copied(workspace.folders, lab_named(workspace.folders, name))
    click.echo(str(made.path))
    say(f"It is called {made.name}: cs229tui lab edit {made.name}")


@click.command("edit")
@click.argument("name")
@pass_workspace
def edit_lab(workspace: Workspace, name: str) -> None:
    """Open the main.py of your lab NAME in your editor ($VISUAL, $EDITOR)."""
    from cs229tui.labs.copies import editor_command
    from cs229tui.labs.find import lab_named

    lab = lab_named(workspace.folders, name)
    if not lab.own:
        raise UsageError(f"{lab.name} is ours, and an update would take your changes.", f"cs229tui lab copy {lab.name}")
    command = editor_command(lab.script)
    if command is None:
        click.echo(str(lab.script))
        say("Neither $VISUAL nor $EDITOR names an editor that is here.")
        return
    try:
        subprocess.run(command, cwd=lab.path, check=False)  # noqa: S603
    except OSError as error:
        raise LabError(f"{command[0]} cannot be started: {error.strerror}.", f"The lab is in {lab.path}") from error


@click.command("new")
@click.argument("name")
@pass_workspace
def make_lab(workspace: Workspace, name: str) -> None:
    """Make a lab called NAME from a template that runs, and print where it lies."""
    from cs229tui.labs.copies import new_lab

    made = new_lab(workspace.folders, name)
    click.echo(str(made.path))
    say(
        f"Run it: cs229tui lab run {made.name}   Test it: pytest {made.path}   Change it: cs229tui lab edit {made.name}"
    )
