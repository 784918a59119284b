"""The discussion taken elsewhere and brought back: `discussion export`, `discussion import`."""

from collections.abc import Callable
from pathlib import Path

import click

from cs229tui.amounts import amount, counted
from cs229tui.annotations.formats.contents import Contents, contents
from cs229tui.cli.output import json_option, pass_workspace, say, show_json
from cs229tui.errors import ReportableError, UsageError
from cs229tui.workspace import Workspace

_MOST_SAID = 10


@click.group("discussion", short_help="Take the discussion elsewhere, and bring it back.")
def discussion_command() -> None:
    """Take what is written on the readings elsewhere, or bring in what was written elsewhere.

    \b
    cs229tui discussion export class.html
    cs229tui discussion export attention.md --reading vaswani-2017-attention
    cs229tui discussion import from-a-friend.jsonld
    """


@discussion_command.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reading", "readings", multiple=True, metavar="READING", help="Only this one; may be repeated.")
@click.option("--private", is_flag=True, help="Your private notes too.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there.")
@json_option
@pass_workspace
def export_command(
    workspace: Workspace, file: Path, readings: tuple[str, ...], private: bool, force: bool, as_json: bool
) -> None:
    """Write the discussion to FILE, in the format that its name says.

    \b
    .jsonld .json   W3C web annotations; nothing is lost, and `import` reads them
    .md             Markdown, for a vault and for plain eyes
    .html           a web page of its own, good to print
    .csv            a table, a row for each message

    What is said of the whole reading or of lectures is in all of them. Who voted, the exact places of passages and
    what was said before an edit are in the first only. What you have read, rated or follow is in none.
    """
    write = _WRITERS.get(file.suffix.lower())
    if write is None:
        raise UsageError(f"{file.name} does not say its format.", f"End its name in {', '.join(_WRITERS)}.")
    if file.exists() and not force:
        raise ReportableError(f"{file} is there already.", "Give another name, or --force to replace it.")
    only = [workspace.reading(name).id for name in readings]
    held = contents(workspace.database, workspace.catalog(), only, private)
    _write(file, write(workspace, held))
    if as_json:
        show_json({"file": str(file), "annotations": len(held.annotations), "votes": len(held.reactions)})
    else:
        say(f"Wrote {counted(len(held.annotations), 'message')} to {file}.")


@discussion_command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--reading", metavar="READING", help="What the file says of no reading of yours is on this one.")
@json_option
@pass_workspace
def import_command(workspace: Workspace, file: Path, reading: str | None, as_json: bool) -> None:
    """Bring in FILE: W3C web annotations (JSON-LD, JSON Lines) of this or another program.

    Twice is as good as once. What is newer here stays, and nobody's words in a group are changed by a file. What the
    Hypothesis sidebar exported comes in with `hypothesis import`, what is inside a PDF with `pdf import`.
    """
    from cs229tui.annotations.formats.jsonld import LONGEST, import_jsonld

    if file.stat().st_size > LONGEST:
        raise ReportableError(f"{file} has more than {LONGEST >> 20} MB.", "Take it apart into smaller ones.")
    on = workspace.reading(reading).id if reading else ""
    taken, skipped = import_jsonld(workspace.database, workspace.catalog(), _read(file), file.name, on)
    if as_json:
        facts = {"new": taken.new, "updated": taken.updated, "unchanged": taken.unchanged, "kept": taken.kept}
        show_json({**facts, "skipped": list(skipped)})
        return
    say(
        f"{counted(taken.new, 'item')} new, {amount(taken.updated)} updated, {amount(taken.unchanged)} here already"
        + (
            f", {amount(taken.kept)} left as they are: newer or deleted here, or said in a group."
            if taken.kept
            else "."
        )
    )
    for line in skipped[:_MOST_SAID]:
        say(f"  left out: {line}")
    if len(skipped) > _MOST_SAID:
        say(f"  and {amount(len(skipped) - _MOST_SAID)} more")


def _jsonld(_workspace: Workspace, held: Contents) -> str:
    from cs229tui.annotations.formats.jsonld import jsonld

    return jsonld(held)


def _markdown(workspace: Workspace, held: Contents) -> str:
    from cs229tui.annotations.formats.markdown import lecture_markdown, reading_markdown
    from cs229tui.course.model import Reading

    ids = dict.fromkeys(one.reading for one in held.annotations if one.reading)
    texts = [reading_markdown(held.readings.get(id) or Reading(id=id, title=id, lectures=(0,)), held) for id in ids]
    said = {one.lecture for one in held.annotations}
    texts += [
        lecture_markdown(lecture.number, lecture.title, held)
        for lecture in workspace.course.lectures
        if lecture.number in said
    ]
    return "\n".join(texts) or "Nothing is written yet.\n"


def _page(workspace: Workspace, held: Contents) -> str:
    from cs229tui.annotations.formats.web_page import web_page

    facts = workspace.course.facts
    return web_page(held, workspace.course.lectures, f"{facts.code} {facts.title}: the discussion")


def _table(_workspace: Workspace, held: Contents) -> str:
    from cs229tui.annotations.formats.csv_table import csv_table

    return csv_table(held)


_WRITERS: dict[str, Callable[[Workspace, Contents], str]] = {
    ".jsonld": _jsonld,
    ".json": _jsonld,
    ".md": _markdown,
    ".html": _page,
    ".csv": _table,
}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ReportableError(f"{file} cannot be read: {error.strerror}.", "Check who may read it.") from error


def _write(file: Path, text: str) -> None:
    partial = file.with_name(f".{file.name}.part")
    try:
        partial.write_text(text, "utf-8", newline="")
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ReportableError(f"{file} cannot be written: {error.strerror}.", "Choose another place.") from error
