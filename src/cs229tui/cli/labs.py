"""`cs229tui lab …`: the commands around the labs and their runs."""

import click

from cs229tui.cli.lab_comparing import compare_runs, export_runs, show_difference
from cs229tui.cli.lab_continuing import continue_run
from cs229tui.cli.lab_listing import list_labs, list_runs, predict_lab, show
from cs229tui.cli.lab_making import copy_lab, edit_lab, make_lab
from cs229tui.cli.lab_reproducing import reproduce_lab
from cs229tui.cli.lab_running import pause_runs, remove_runs, resume_runs, run_lab, show_queue, stop_runs
from cs229tui.cli.lab_watching import watch_run


@click.group("lab")
def lab_command() -> None:
    """Run the mini-labs and look at their runs."""


for command in (
    *(list_labs, list_runs, show, predict_lab),
    *(run_lab, watch_run, stop_runs, pause_runs, resume_runs, continue_run, show_queue, remove_runs),
    *(compare_runs, export_runs, show_difference, copy_lab, edit_lab, make_lab, reproduce_lab),
):
    lab_command.add_command(command)
