"""The command line: the same program without the screens, one file a family of commands."""

import importlib
import io
import os
import sys
from pathlib import Path

import click

from cs229tui import __version__
from cs229tui.reporting import reported, say
from cs229tui.workspace import Workspace

# Which file of this folder holds which command: a command loads its own family and no other.
_FAMILIES = {
    "lectures": "course",
    "readings": "course",
    "set": "course",
    "fetch": "fetching",
    "cache": "cache",
    "attach": "documents",
    "add": "documents",
    "text": "documents",
    "references": "references",
    "annotate": "annotating",
    "annotations": "annotations",
    "vote": "answering",
    "resolve": "answering",
    "edit": "answering",
    "delete": "answering",
    "discussion": "discussion",
    "pdf": "pdf",
    "confusion": "confusion",
    "score": "score",
    "note": "notes",
    "cards": "cards",
    "progress": "progress",
    "group": "group",
    "hypothesis": "hypothesis",
    "search": "search",
    "lab": "labs",
    "data": "data",
    "export": "state",
    "backup": "state",
    "restore": "state",
    "doctor": "doctor",
    "read": "screens",
    "today": "screens",
}


class Families(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_FAMILIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _FAMILIES:
            return None
        family = importlib.import_module(f"cs229tui.cli.{_FAMILIES[cmd_name]}")
        found: click.Command = getattr(family, f"{cmd_name}_command")
        return found


@click.group(cls=Families, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--course", "course_file", type=click.Path(path_type=Path), help="Open this course file instead.")
@click.version_option(__version__, prog_name="cs229tui")
@click.pass_context
def cli(context: click.Context, course_file: Path | None) -> None:
    """Read, discuss and rerun the papers of CS 229br. Without a command, the screens open."""
    context.obj = workspace = Workspace(course_file)
    context.call_on_close(lambda: say(workspace.warning) if workspace.warning else None)
    if context.invoked_subcommand is None:
        from cs229tui.tui.start import open_screens

        open_screens(workspace.for_screens())


def main() -> None:
    """Run the command line: 0 done, 1 could not, 2 wrong usage, 3 not found; never a traceback for a person's error."""
    if sys.stdout is None:
        # Standard output was closed (`>&-`): what is printed goes nowhere, and that is no error.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that has no sign for a letter shows another; it must not stop the program.
        sys.stdout.reconfigure(errors="replace")
    reported(_command)


def _command() -> None:
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        say("Interrupted.")
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2 if isinstance(error, click.UsageError) else 1)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
