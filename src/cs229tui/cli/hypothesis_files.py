"""Files that the Hypothesis sidebar writes and reads, at the command line: `hypothesis import`, `hypothesis export`."""

from pathlib import Path

import click

from cs229tui.amounts import counted
from cs229tui.cli.hypothesis_told import came, sentence, tell_bad, tell_kept
from cs229tui.cli.output import json_option, pass_workspace, say, show_json
from cs229tui.errors import ReportableError, UsageError
from cs229tui.workspace import Workspace


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@pass_workspace
def import_command(workspace: Workspace, file: Path, as_json: bool) -> None:
    """Take in a FILE that the Hypothesis sidebar exported as JSON. No account is needed; nobody else sees it."""
    from cs229tui.annotations.hypothesis.export_file import import_export_file
    from cs229tui.cli.bar import bar_of

    with bar_of("Hypothesis", "annotations") as bar:
        arrived = import_export_file(workspace.database, workspace.catalog(), file, bar)
    if as_json:
        show_json(came(arrived))
        return
    say(sentence(arrived))
    tell_bad(arrived)


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reading", "readings", multiple=True, metavar="READING", help="Only this one; may be repeated.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there.")
@json_option
@pass_workspace
def export_command(workspace: Workspace, file: Path, readings: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Write the annotations to a FILE that the Hypothesis sidebar imports. Private notes stay here.

    The file has times and authors; the sidebar's import makes whoever imports it the author, and now the time.
    """
    from cs229tui.annotations.hypothesis.asking import server_address
    from cs229tui.annotations.hypothesis.export_file import write_export_file
    from cs229tui.library.annotations import annotations_of, counts
    from cs229tui.library.hypothesis import account

    if file.exists() and not file.is_file():
        raise UsageError(f"{file} is a folder.", "Give the name of a file in it.")
    if file.exists() and not force:
        raise ReportableError(f"{file} is there already.", "Give another name, or --force to replace it.")
    names = [workspace.reading(name).id for name in readings] or sorted(counts(workspace.database))
    chosen = [one for name in names for one in annotations_of(workspace.database, name)]
    known = account(workspace.database, server_address(workspace.settings.hypothesis))
    userid = known.userid if known else ""
    written = write_export_file(workspace.database, workspace.catalog(), file, chosen, userid)
    if as_json:
        show_json({"file": str(file), "annotations": written.count, "kept": dict(written.kept)})
        return
    say(f"Wrote {counted(written.count, 'annotation')} to {file}.")
    tell_kept([why for _, why in written.kept])
