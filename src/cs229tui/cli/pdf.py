"""What was said on a reading, in its PDF: `pdf export`, `pdf import`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs229tui.amounts import counted
from cs229tui.cli.bar import bar_of
from cs229tui.cli.output import json_option, pass_workspace, say, show_json
from cs229tui.course.model import Reading
from cs229tui.folders import expanded
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.annotations.formats.paper import Sheets


@click.group("pdf", short_help="Annotations inside PDFs, written and read.")
def pdf_command() -> None:
    """Write what was said on a reading into a copy of its PDF, or take in what other programs wrote into one.

    \b
    cs229tui pdf export vaswani-2017-attention annotated.pdf
    cs229tui pdf import vaswani-2017-attention ~/Zotero/attention.pdf
    """


@pdf_command.command("export")
@click.argument("reading")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--comments", is_flag=True, help="Put the conversations behind the paper too, on pages to print.")
@click.option("--private", is_flag=True, help="Your private notes too.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there; never the original.")
@json_option
@pass_workspace
def export_command(
    workspace: Workspace, reading: str, file: Path, comments: bool, private: bool, force: bool, as_json: bool
) -> None:
    """Write a copy of READING's PDF with highlights, notes and answers to FILE.

    Acrobat, Preview, Okular, Zotero and browsers show them. The original is never changed.
    """
    from cs229tui.annotations.formats.pdf.writing import annotated_pdf

    entry = workspace.reading(reading)
    sheets = _comment_pages(workspace, entry, private) if comments else None
    with bar_of(entry.id) as told:
        made = annotated_pdf(
            workspace.database,
            workspace.folders,
            entry.id,
            expanded(file),
            private=private,
            force=force,
            behind=sheets.pdf if sheets else b"",
            progress=told,
        )
    if as_json:
        show_json(asdict(made))
        return
    if sheets and sheets.missing:
        say(f"{counted(sheets.missing, 'sign')} became a question mark: no font here has it. DejaVu Sans has most.")
    say(f"Wrote {counted(made.threads, 'annotation')} with {counted(made.replies, 'answer')} to {made.file}.")
    if made.orphans:
        say(f"{counted(made.orphans, 'passage')} not found in this copy: the words are notes on the likeliest page.")
    if made.private:
        say(f"It holds {counted(made.private, 'private note')}: mind to whom you give it.")
    if not made.exact:
        say("The file had to be written anew: signatures in it do not hold for the copy.")


def _comment_pages(workspace: Workspace, entry: Reading, private: bool) -> "Sheets":
    from cs229tui.annotations.formats.contents import contents
    from cs229tui.annotations.formats.paper import comment_pages

    return comment_pages(entry, contents(workspace.database, workspace.catalog(), [entry.id], private))


@pdf_command.command("import")
@click.argument("reading")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--me", "name", metavar="NAME", help="The name you have in the file, if it is not the one in your settings."
)
@json_option
@pass_workspace
def import_command(workspace: Workspace, reading: str, file: Path, name: str | None, as_json: bool) -> None:
    """Take in the highlights and notes in FILE, the PDF of READING or another copy of it.

    Twice is as good as once. What bears no name counts as yours, other names as other people; what you deleted here
    stays deleted. Nothing of it is shared with a group.
    """
    from cs229tui.annotations.formats.pdf.reading import import_pdf

    entry = workspace.reading(reading)
    with bar_of(entry.id) as told:
        done = import_pdf(
            workspace.database, entry.id, expanded(file), name=name or workspace.settings.author, progress=told
        )
    if as_json:
        show_json(asdict(done))
        return
    say(f"{counted(done.new, 'annotation')} new, {done.updated} updated, {done.unchanged} here already.")
    if done.lost:
        say(f"{counted(done.lost, 'passage')} not found in the text of {entry.id}: kept with a best guess.")
    for why, count in done.skipped.items():
        say(f"  left out: {count}, {why}")
