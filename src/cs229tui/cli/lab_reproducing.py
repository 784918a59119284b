"""`cs229tui lab reproduce`: what a lab's presets measure, written down beside it."""

from pathlib import Path

import click

from cs229tui.cli.output import pass_workspace, say
from cs229tui.errors import LabError
from cs229tui.workspace import Workspace


@click.command("reproduce")
@click.argument("name")
@click.option("--presets", default="", metavar="A,B", help="Which presets; without it, all that can run here.")
@click.option("--seeds", default="1", show_default=True, metavar="1-3", help="Which seeds: 1, 1-3 or 2,5.")
@click.option("--runs", type=click.Path(path_type=Path), help="Where the runs are kept; else in build/reproduce.")
@click.option("--again", is_flag=True, help="Make runs again that are there.")
@pass_workspace
def reproduce_lab(workspace: Workspace, name: str, presets: str, seeds: str, runs: Path | None, again: bool) -> None:
    """Run the presets of the lab NAME one after the other and write RESULTS.md beside it, with every verdict.

    Runs that are there are not made again; those that were cut off go on.
    """
    from cs229tui.labkit import reproduce
    from cs229tui.labkit.lab_file import RESULTS
    from cs229tui.labs.find import lab_named

    lab = lab_named(workspace.folders, name)
    failed = reproduce.reproduce(lab.path, presets, seeds, runs or reproduce.RUNS, again)
    say(f"Written: {lab.path / RESULTS}")
    if failed:
        raise LabError(f"These runs failed: {', '.join(failed)}.", "What they printed says why.")
