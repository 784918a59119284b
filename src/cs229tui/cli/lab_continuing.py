"""`cs229tui lab continue`: let a run that was stopped or fell over go on from its last checkpoint."""

import sys

import click

from cs229tui.cli.lab_facts import run_facts
from cs229tui.cli.lab_following import follow, found_run, interrupts
from cs229tui.cli.lab_running import values_of_flag
from cs229tui.cli.output import json_option, pass_workspace, say, show_json
from cs229tui.errors import UsageError
from cs229tui.workspace import Workspace


@click.command("continue")
@click.argument("run")
@click.option(
    "--slurm", "slurm", multiple=True, metavar="KEY=VALUE",
    help="Ask the cluster for something else this time, such as time=8:00:00.",
)  # fmt: skip
@click.option("--wait/--detach", "wait", default=None, help="Follow the run to its end (so in a terminal), or not.")
@json_option
@pass_workspace
def continue_run(workspace: Workspace, run: str, slurm: tuple[str, ...], wait: bool | None, as_json: bool) -> None:
    """Let a RUN that is over go on from its last checkpoint, in its own folder, as if it had never been interrupted."""
    from cs229tui.labs.continuing import differences, refuse
    from cs229tui.labs.launch import go_on

    record = found_run(workspace, run)
    if slurm and record.launcher != "slurm":
        raise UsageError(f"The run {record.id[:8]} was not on a cluster.", "Leave --slurm away.")
    options = values_of_flag(slurm, "--slurm")
    refuse(record)
    for text in differences(record):
        say(text)
    if sys.stdout.isatty() if wait is None else wait:
        with interrupts() as pressed:
            again = go_on(workspace.database, workspace.folders, workspace.settings, record, options)
            if not as_json:
                click.echo(again.id)
            follow(workspace, again, pressed, as_json)
        return
    again = go_on(workspace.database, workspace.folders, workspace.settings, record, options)
    if as_json:
        show_json(run_facts(again))
    else:
        click.echo(again.id)
