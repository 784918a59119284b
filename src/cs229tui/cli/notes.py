"""Notes at the command line: `note add`, `list`, `show`, `edit`, `delete`."""

import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from msgspec import to_builtins

from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.errors import NotFoundError, ReportableError, UsageError
from cs229tui.library.notes import Note, add_note, delete_note, note, notes, update_note
from cs229tui.workspace import Workspace

_LARGEST = 1_000_000


@click.group("note", short_help="Write and read notes.")
def note_command() -> None:
    """Write and read notes: Markdown of your own, on a reading, on a lecture or on nothing.

    \b
    cs229tui note add "Why per example?" --body "Sensitivity." --reading abadi-2016-dp-sgd
    cs229tui note list --json
    """


@note_command.command("add")
@click.argument("title")
@click.option("--body", metavar="MD", help="The text; - or a pipe reads standard input. Otherwise your editor opens.")
@click.option("--reading", metavar="READING", help="The reading it is on.")
@click.option("--lecture", type=int, metavar="N", help="The lecture it is on.")
@json_option
@pass_workspace
def add_command(
    workspace: Workspace, title: str, body: str | None, reading: str | None, lecture: int | None, as_json: bool
) -> None:
    """Write a note called TITLE."""
    entry = workspace.reading(reading).id if reading else None
    _check_lecture(workspace, lecture)
    if not title.strip():
        raise UsageError("A note needs a title.")
    # The library is opened before the editor, so that a problem shows before anything is written.
    database = workspace.database
    draft: Path | None = None
    if body == "-" or (body is None and _piped()):
        text = sys.stdin.read(_LARGEST)
    elif body is None and sys.stdin.isatty() and _editor():
        text, draft = _edited(title, "")
    else:
        text = body or ""
    with _keeping(draft):
        made = add_note(database, title, text, entry, lecture)
    _tell(made, as_json)


@note_command.command("list")
@click.option("--reading", metavar="READING", help="Only those on this reading.")
@click.option("--lecture", type=int, metavar="N", help="Only those on this lecture.")
@json_option
@pass_workspace
def list_command(workspace: Workspace, reading: str | None, lecture: int | None, as_json: bool) -> None:
    """List the notes, newest first."""
    entry = workspace.reading(reading).id if reading else None
    found = [one for one in notes(workspace.database, entry) if lecture is None or one.lecture == lecture]
    if as_json:
        show_json([note_entry(one) for one in found])
        return
    rows = [
        (
            one.id[:8],
            one.updated[:10],
            one.reading or (f"lecture {one.lecture}" if one.lecture is not None else ""),
            one.title,
        )
        for one in found
    ]
    show_table(rows, ("id", "changed", "on", "title"))


@note_command.command("show")
@click.argument("id")
@json_option
@pass_workspace
def show_command(workspace: Workspace, id: str, as_json: bool) -> None:
    """Print the note with that ID; its first letters will do."""
    found = note(workspace.database, id)
    if as_json:
        show_json(note_entry(found))
    else:
        click.echo(f"# {found.title}\n\n{found.body}".rstrip())


@note_command.command("edit")
@click.argument("id")
@click.option("--title", help="Another title.")
@click.option("--body", metavar="MD", help="Another text; - reads standard input. Without both, your editor opens.")
@json_option
@pass_workspace
def edit_command(workspace: Workspace, id: str, title: str | None, body: str | None, as_json: bool) -> None:
    """Change the note with that ID."""
    before = note(workspace.database, id)
    draft: Path | None = None
    text = before.body
    if body is not None:
        text = sys.stdin.read(_LARGEST) if body == "-" else body
    elif title is None:
        if not _editor():
            raise UsageError("No editor is set.", "Set EDITOR, or give --title or --body.")
        text, draft = _edited(before.title, before.body)
    with _keeping(draft):
        if note(workspace.database, before.id).updated != before.updated:
            raise ReportableError("The note was changed elsewhere meanwhile.", "Look at it, then edit it again.")
        update_note(workspace.database, before.id, title if title is not None else before.title, text)
    _tell(note(workspace.database, before.id), as_json)


@note_command.command("delete")
@click.argument("id")
@click.option("--undo", is_flag=True, help="Bring a deleted note back; ID must be the whole id.")
@json_option
@pass_workspace
def delete_command(workspace: Workspace, id: str, undo: bool, as_json: bool) -> None:
    """Put the note with that ID away."""
    if undo:
        delete_note(workspace.database, id, undo=True)
        _tell(note(workspace.database, id), as_json)
        return
    gone = note(workspace.database, id)
    delete_note(workspace.database, gone.id)
    _tell(gone, as_json)
    say(f"Deleted. To bring it back: cs229tui note delete --undo {gone.id}")


def note_entry(one: Note) -> dict[str, Any]:
    """A note as `note list --json` gives it."""
    made: dict[str, Any] = to_builtins(one)
    return made


def _tell(one: Note, as_json: bool) -> None:
    if as_json:
        show_json(note_entry(one))
    else:
        click.echo(f"{one.id}  {one.title}")


def _check_lecture(workspace: Workspace, lecture: int | None) -> None:
    if lecture is not None and workspace.course.lecture(lecture) is None:
        raise NotFoundError(f"There is no lecture {lecture}.", "List them with: cs229tui lectures")


def _piped() -> bool:
    """Whether a file or another program gives us text; not where there is just no terminal."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _editor() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        return shlex.split(named)
    except ValueError as error:
        raise UsageError(f"EDITOR is {named!r}: {error}.", "Set it to a program.") from error


def _edited(title: str, body: str) -> tuple[str, Path]:
    """What the person made of it in her editor, and the draft, which is only hers to read."""
    folder = Path(tempfile.mkdtemp(prefix="cs229tui-"))
    draft = folder / "note.md"
    draft.write_text(body, "utf-8")
    draft.chmod(0o600)
    editor = _editor()
    say(f"{title}: save and leave the editor when you are done.")
    try:
        status = subprocess.run([*editor, str(draft)], check=False).returncode  # noqa: S603
        text = draft.read_text("utf-8", errors="replace")
    except OSError as error:
        raise ReportableError(f"{editor[0]} cannot be run: {error.strerror}.", "Set EDITOR to your editor.") from error
    if status != 0:
        raise ReportableError(f"{editor[0]} ended with status {status}.", f"Nothing was changed; see {draft}.")
    return text[:_LARGEST], draft


@contextmanager
def _keeping(draft: Path | None) -> Iterator[None]:
    """Throw the draft away once its text is in the library, and not before."""
    try:
        yield
    except ReportableError:
        if draft is not None:
            say(f"What you wrote is in {draft}")
        raise
    if draft is not None:
        shutil.rmtree(draft.parent, ignore_errors=True)
