"""Annotations at the command line: `annotate`, `annotations`."""

import re
import sys
from typing import Any

import click

from cs229tui.cli.documents import make_readable
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.errors import NotFoundError
from cs229tui.library.annotations import Annotation, Kind, annotations_of, counts
from cs229tui.workspace import Workspace

_KINDS: tuple[Kind, ...] = ("highlight", "comment", "question")
_ALL: tuple[Kind, ...] = (*_KINDS, "reply")


@click.command("annotate", short_help="Annotate a passage of a reading.")
@click.argument("reading")
@click.option(
    "--quote", required=True, metavar="TEXT", help="The passage; line breaks, hyphens and ligatures may differ."
)
@click.option("--page", type=click.IntRange(min=1), metavar="N", help="The page it stands on, from 1.")
@click.option("--kind", type=click.Choice(_KINDS), help="Highlight, or comment where there is a body.")
@click.option("--body", default="", metavar="MD", help="What you say about it, in Markdown; - reads standard input.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="A tag; may be given more than once.")
@click.option("--nth", type=click.IntRange(min=1), metavar="N", help="Which one, where the quote stands several times.")
@json_option
@pass_workspace
def annotate_command(
    workspace: Workspace,
    reading: str,
    quote: str,
    page: int | None,
    kind: Kind | None,
    body: str,
    tags: tuple[str, ...],
    nth: int | None,
    as_json: bool,
) -> None:
    """Annotate the passage of READING that reads as TEXT.

    \b
    cs229tui annotate vaswani-2017-attention --page 4 \\
        --quote "extremely small gradients" --kind question --body "How small?"
    """
    from cs229tui.annotations.make import annotate_quote
    from cs229tui.documents.folding import fold

    entry = workspace.reading(reading)
    make_readable(workspace, entry)
    text = sys.stdin.read(400_000) if body == "-" else body
    made = annotate_quote(
        workspace.database,
        entry.id,
        quote,
        page,
        kind or ("comment" if text.strip() else "highlight"),
        text,
        tags,
        author=workspace.settings.author,
        nth=nth,
    )
    if fold(made.quote).text.casefold() != fold(re.sub(r"[_^]\{([^{}]*)\}", r"\1", quote)).text.casefold():
        say(f"Taken for the closest passage: “{made.quote}”")
    if as_json:
        show_json(annotation_entry(made))
    else:
        click.echo(f"{made.id}  page {made.page}  {made.kind}  “{made.quote}”")


@click.command("annotations", short_help="List annotations.")
@click.argument("reading", required=False)
@click.option("--kind", type=click.Choice(_ALL), help="Only those of this kind.")
@click.option("--tag", metavar="T", help="Only those with this tag.")
@json_option
@pass_workspace
def annotations_command(
    workspace: Workspace, reading: str | None, kind: Kind | None, tag: str | None, as_json: bool
) -> None:
    """List the annotations of READING, or all, in the order of the text.

    \b
    cs229tui annotations vaswani-2017-attention --kind question
    cs229tui annotations --json | jq '.[].quote'
    """
    found = [
        one
        for name in _readings(workspace, reading)
        for one in annotations_of(workspace.database, name)
        if (kind is None or one.kind == kind) and (tag is None or tag.lstrip("#") in one.tags)
    ]
    if as_json:
        show_json([annotation_entry(one) for one in found])
        return
    rows = [
        (
            one.id[:8],
            one.reading,
            f"p {one.page}" if one.page else "",
            one.kind,
            one.author,
            " — ".join(part for part in (_short(one.quote), _short(one.body)) if part),
        )
        for one in found
    ]
    show_table(rows, ("id", "reading", "page", "kind", "author", "text"))


def annotation_entry(one: Annotation) -> dict[str, Any]:
    """An annotation as `annotations --json` gives it; what does not apply is null."""
    return {
        "id": one.id,
        "reading": one.reading,
        "kind": one.kind,
        "page": one.page,
        "start": one.start,
        "end": one.end,
        "quote": one.quote,
        "prefix": one.prefix,
        "suffix": one.suffix,
        "body": one.body,
        "tags": list(one.tags),
        "author": one.author,
        "created": one.created,
        "updated": one.updated,
        "parent": one.parent,
    }


def _readings(workspace: Workspace, name: str | None) -> list[str]:
    marked = counts(workspace.database)
    if name is None:
        catalog = workspace.catalog()
        # In the order of the course; then what is no longer in it but was written on.
        return [id for id in catalog if id in marked] + sorted(id for id in marked if id not in catalog)
    try:
        return [workspace.reading(name).id]
    except NotFoundError:
        if name in marked:
            return [name]
        raise


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else line[:69] + "…"
