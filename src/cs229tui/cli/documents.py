"""Bringing documents in and reading them as text: `attach`, `add`, `text`."""

import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cs229tui.amounts import counted
from cs229tui.cli.bar import bar_of
from cs229tui.cli.course import reading_entry
from cs229tui.cli.fetching import fetched_one
from cs229tui.cli.output import json_option, pass_workspace, say, show_json
from cs229tui.course.model import Reading
from cs229tui.errors import NotFoundError, ReportableError, UsageError
from cs229tui.folders import expanded
from cs229tui.library.documents import attached
from cs229tui.library.readings import state_of
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.documents.flow import Block, Flow


@click.command("attach", short_help="Make a file the document of a reading.")
@click.argument("reading")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_workspace
def attach_command(workspace: Workspace, reading: str, file: Path, as_json: bool) -> None:
    """Make FILE (PDF, web page, Markdown, notebook, text) the document of READING. The program keeps a copy of its own.

    A video (mp4, mkv, webm) stays where it is: READING is then watched from it.

    \b
    cs229tui attach vaswani-2017-attention ~/Downloads/1706.03762.pdf
    """
    from cs229tui.documents.store import attach_file
    from cs229tui.documents.titles import retitled
    from cs229tui.documents.videos import is_video_file

    entry = workspace.reading(reading)
    if is_video_file(expanded(file)):
        _watch_from(workspace, entry, expanded(file).absolute(), as_json)
        return
    with bar_of(entry.id) as reading_in:
        record = attach_file(workspace.database, workspace.folders, entry.id, expanded(file), reading_in)
    entry = retitled(workspace.database, entry, record)
    for warning in record.warnings:
        say(f"{entry.id}: {warning}")
    if as_json:
        show_json(_result(entry, "attached", record.sha256, record.pages))
    else:
        click.echo(f"{entry.id}  {counted(record.pages, 'page')}")
    if record.format == "pdf":
        from cs229tui.documents.pdf.marking import native_annotations

        if found := native_annotations(expanded(file)):
            say(f"The file holds {counted(found, 'annotation')}; take them in: cs229tui pdf import {entry.id} FILE")


def _watch_from(workspace: Workspace, entry: Reading, file: Path, as_json: bool) -> None:
    from cs229tui.library.videos import update_video

    if not file.is_file():
        raise NotFoundError(f"There is no file {file}.")
    if entry.kind != "video":
        raise UsageError(f"{entry.id} is no video.", "Add the video as a reading of its own: cs229tui add ADDRESS")
    update_video(workspace.database, entry.id, file=str(file))
    if as_json:
        show_json({"reading": entry.id, "state": "attached", "file": str(file)})
    else:
        click.echo(f"{entry.id}  {file}")


@click.command("add", short_help="Add a reading that is not in the course.")
@click.argument("what", metavar="FILE|URL|ARXIV-ID|DOI")
@click.option("--fetch", "fetch_too", is_flag=True, help="Download its PDF at once.")
@click.option("--offline", is_flag=True, help="Ask nobody for its title and authors.")
@json_option
@pass_workspace
def add_command(workspace: Workspace, what: str, fetch_too: bool, offline: bool, as_json: bool) -> None:
    """Add a reading that is not in the course. What is in the library already is found, not added twice.

    \b
    cs229tui add 2302.13971
    cs229tui add https://arxiv.org/abs/2302.13971 --fetch
    cs229tui add ~/Downloads/paper.pdf
    """
    from cs229tui.documents.adding import add

    with bar_of(what) as reading_in:
        added = add(workspace.database, workspace.folders, workspace.catalog(), what, reading_in, offline)
    reading = added.reading
    if added.warning:
        say(added.warning)
    if not added.new:
        say(f"It is in the library already, as {reading.id}.")
    failure: ReportableError | None = None
    documents = attached(workspace.database)
    if fetch_too and reading.id not in documents:
        failure = fetched_one(workspace, reading)
        documents = attached(workspace.database)
        reading = workspace.catalog()[reading.id]
    if as_json:
        state = state_of(workspace.database, reading.id)
        show_json(reading_entry(reading, state, documents) | {"new": added.new})
    else:
        click.echo(f"{reading.id}  {reading.title}")
    if failure:
        raise failure
    if reading.id not in documents and reading.kind == "video":
        say(f"To watch it: cs229tui read {reading.id}")
    elif reading.id not in documents:
        say(f"Its document is not here yet: cs229tui fetch {reading.id}, or cs229tui attach {reading.id} FILE")


@click.command("text", short_help="Print a reading as reflowed text.")
@click.argument("reading")
@click.option("--page", "number", type=click.IntRange(min=1), metavar="N", help="Only what stands on page N.")
@json_option
@pass_workspace
def text_command(workspace: Workspace, reading: str, number: int | None, as_json: bool) -> None:
    """Print READING as reflowed text: paragraphs joined, hyphens healed, columns in order.

    \b
    cs229tui text vaswani-2017-attention --page 4 | less
    """
    from cs229tui.documents.store import open_document

    entry = workspace.reading(reading)
    make_readable(workspace, entry)
    document = open_document(workspace.database, entry.id)
    if number is not None and number > document.record.pages:
        raise NotFoundError(f"{entry.id} has no page {number}.", f"It has {counted(document.record.pages, 'page')}.")
    blocks = list(_blocks(document.flow, number))
    if as_json:
        show_json(
            [{"page": page, "kind": block.kind, "level": block.level, "text": text} for page, block, text in blocks]
        )
        return
    width = min(100, shutil.get_terminal_size().columns) if sys.stdout.isatty() else 0
    shown = [_shown(block, text, width) for _, block, text in blocks if block.kind != "page" or number is None]
    click.echo("\n\n".join(text for text in shown if text))


def make_readable(workspace: Workspace, reading: Reading) -> None:
    """Bring our own guide and the handouts into the library when one of them is asked for."""
    if reading.kind not in ("guide", "handout"):
        return
    from cs229tui.documents.store import ensure_guides
    from cs229tui.labs.find import labs

    handouts = {lab.reading: lab.handout for lab in labs(workspace.folders) if lab.reading == reading.id}
    ensure_guides(workspace.database, workspace.folders, handouts)


def _result(
    reading: Reading, state: str, document: str | None = None, pages: int | None = None, error: str | None = None
) -> dict[str, Any]:
    return {"id": reading.id, "state": state, "document": document, "pages": pages, "error": error}


def _blocks(flow: "Flow", number: int | None) -> Iterator[tuple[int, "Block", str]]:
    """Each block with the page it begins on (there), and its text, or the part of it that stands on page `number`."""
    current = 1
    for block in flow:
        if block.kind == "page":
            current = block.level
        here = next((run.page for run in block.runs), current)
        # A block that stands on one page is shown as it is, the blanks that place an equation's parts included.
        if number is None or {run.page for run in block.runs} == {number}:
            yield here, block, block.text
            continue
        ends = [(run.offset, run.offset + run.length) for run in block.runs if run.page == number]
        if ends:
            yield number, block, block.text[min(low for low, _ in ends) : max(high for _, high in ends)].strip()
        elif not block.runs and current == number and block.kind != "page":
            yield number, block, block.text


def _shown(block: "Block", text: str, width: int) -> str:
    if block.kind == "page":
        return f"[page {block.level}]"
    if block.kind in ("code", "table", "equation"):
        return textwrap.indent(text, "    ")
    first, rest = "", ""
    if block.kind in ("title", "heading"):
        first = "#" * (1 if block.kind == "title" else min(6, block.level + 1)) + " "
    elif block.kind == "item":
        rest = "  " * (block.level + 1)
        first = "  " * block.level + ("" if text[:1] in "-•*" or text[:2].rstrip(".)").isdigit() else "- ")
    elif block.kind == "quote":
        first = rest = "> "
    if not width:
        return first + text
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
