"""The student's state taken away and brought back: `export`, `backup`, `restore`."""

from dataclasses import asdict
from pathlib import Path

import click

from cs229tui.amounts import counted, file_size
from cs229tui.cli.output import json_option, pass_workspace, say, show_json
from cs229tui.errors import ReportableError
from cs229tui.workspace import Workspace


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@json_option
@pass_workspace
def export_command(workspace: Workspace, folder: Path, as_json: bool) -> None:
    """Write everything as Markdown and JSON below DIR.

    Files of an earlier export are brought up to date; any other file in DIR is left alone.
    """
    from cs229tui.cli.exporting import export_files, write_files

    if folder.exists() and not folder.is_dir():
        raise ReportableError(f"{folder} is not a folder.", "Give a folder, new or old.")
    files = export_files(workspace)
    write_files(folder, files)
    if as_json:
        show_json([str(folder / name) for name in sorted(files)])
    else:
        say(f"Wrote {counted(len(files), 'file')} below {folder}.")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_workspace
def backup_command(workspace: Workspace, file: Path, as_json: bool) -> None:
    """Write a consistent copy of your library to FILE, also while the program runs.

    The copy holds your state, notes, annotations, runs and the text of your documents; not the documents' own files,
    which stay in their folder under their hashes.
    """
    from cs229tui.library.database import back_up
    from cs229tui.library.restore import contents, is_backup

    if file.is_dir():
        raise ReportableError(f"{file} is a folder.", "Give the name of a file in it.")
    if file.exists():
        if workspace.folders.database.exists() and file.samefile(workspace.folders.database):
            raise ReportableError(f"{file} is the library itself.", "Give another file.")
        if not file.is_file() or not is_backup(file):
            raise ReportableError(f"{file} is there and is no backup of ours.", "Give another name.")
    database = workspace.database
    back_up(database, file)
    holds = contents(database)
    if as_json:
        show_json({"file": str(file), "size": file.stat().st_size, **asdict(holds)})
        return
    say(f"Wrote {file} ({file_size(file.stat().st_size)}): {counted(holds.readings, 'reading')} with a state,")
    say(
        f"{counted(holds.notes, 'note')}, {counted(holds.annotations, 'annotation')},"
        f" {counted(holds.cards, 'card')}, {counted(holds.runs, 'run')},"
        f" the text of {counted(holds.documents, 'document')}."
    )
    if holds.documents:
        folder = workspace.folders.documents
        size = file_size(holds.document_bytes)
        say(f"The documents' own files ({size}) are not in it; copy {folder} to keep them too.")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_workspace
def restore_command(workspace: Workspace, file: Path, as_json: bool) -> None:
    """Make your library what the backup FILE holds; the present one is kept beside it, with a date in its name."""
    from cs229tui.library.restore import contents, restore

    path = workspace.folders.database
    kept = restore(path, file)
    holds = contents(workspace.database)
    shas = [row["sha256"] for row in workspace.database.query("SELECT sha256 FROM document WHERE format = 'pdf'")]
    missing = sum(not any((workspace.folders.documents / sha[:2]).glob(f"{sha}.*")) for sha in shas)
    if as_json:
        show_json({"file": str(file), "kept": str(kept) if kept else None, "missing": missing, **asdict(holds)})
        return
    say(f"Restored {counted(holds.notes, 'note')} and {counted(holds.annotations, 'annotation')} from {file}.")
    if kept:
        say(f"What was there before is kept in {kept}.")
    if missing:
        say(f"The files of {counted(missing, 'document')} are not in {workspace.folders.documents}; their text can be")
        say("read, and their page pictures come back with: cs229tui cache check --repair")
