"""Annotations at the command line: `annotate`, `annotations`."""

import re
import sys
from typing import Any

import click

from cs229tui.clean import clean_line
from cs229tui.cli.documents import make_readable
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.course.model import Reading
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.library.annotations import Annotation, Kind, annotations_of, counts
from cs229tui.workspace import Workspace

_KINDS: tuple[Kind, ...] = ("highlight", "comment", "question")
_ALL: tuple[Kind, ...] = (*_KINDS, "reply")


@click.command("annotate", short_help="Annotate a passage of a reading, or a moment of a video.")
@click.argument("reading")
@click.option("--quote", metavar="TEXT", help="The passage; line breaks, hyphens and ligatures may differ.")
@click.option("--at", metavar="TIME", help="The moment of a video: 15:30, 1:02:03, 15m30s or 930.")
@click.option("--page", type=click.IntRange(min=1), metavar="N", help="The page it stands on, from 1.")
@click.option("--kind", type=click.Choice(_KINDS), help="Highlight, or comment where there is a body.")
@click.option("--body", default="", metavar="MD", help="What you say about it, in Markdown; - reads standard input.")
@click.option("--comment", metavar="MD", help="The same as --kind comment --body MD.")
@click.option("--question", metavar="MD", help="The same as --kind question --body MD.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="A tag; may be given more than once.")
@click.option("--nth", type=click.IntRange(min=1), metavar="N", help="Which one, where the quote stands several times.")
@json_option
@pass_workspace
def annotate_command(
    workspace: Workspace,
    reading: str,
    quote: str | None,
    at: str | None,
    page: int | None,
    kind: Kind | None,
    body: str,
    comment: str | None,
    question: str | None,
    tags: tuple[str, ...],
    nth: int | None,
    as_json: bool,
) -> None:
    """Annotate the passage of READING that reads as TEXT, or a moment of a video.

    \b
    cs229tui annotate vaswani-2017-attention --page 4 \\
        --quote "extremely small gradients" --kind question --body "How small?"
    cs229tui annotate jones-2022-cuda-video --at 15:30 --comment "Here it begins."
    """
    from cs229tui.annotations.make import annotate_quote
    from cs229tui.documents.folding import fold

    given = [(name, words) for name, words in (("comment", comment), ("question", question)) if words is not None]
    if len(given) + bool(body) > 1 or (given and kind not in (None, given[0][0])):
        raise UsageError("It is one comment or one question.", "Give one of --body, --comment and --question.")
    entry = workspace.reading(reading)
    for name, words in given:
        kind, body = "question" if name == "question" else "comment", words
    text = sys.stdin.read(400_000) if body == "-" else body
    if at is not None and quote is None:
        if page is not None or nth is not None:
            raise UsageError("A moment of a video has no page.", "Leave out --page and --nth.")
        _annotate_moment(workspace, entry, at, kind, text, tags, as_json)
        return
    if quote is None or at is not None:
        raise UsageError(
            "What is annotated is not said.", "Give the --quote of a passage, or --at a moment of a video."
        )
    make_readable(workspace, entry)
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


def _annotate_moment(
    workspace: Workspace,
    reading: Reading,
    at: str,
    kind: Kind | None,
    text: str,
    tags: tuple[str, ...],
    as_json: bool,
) -> None:
    from cs229tui.annotations.make import annotate_moment
    from cs229tui.documents.videos import moment, parse_moment, video_of

    if video_of(reading) is None:
        raise UsageError(f"{reading.id} is no video.", "Annotate a passage of it with --quote.")
    made = annotate_moment(
        workspace.database,
        reading.id,
        parse_moment(at),
        kind or "comment",
        text,
        tags,
        author=workspace.settings.author,
    )
    if as_json:
        show_json(annotation_entry(made))
    else:
        click.echo(f"{made.id}  {moment(made.second or 0)}  {made.kind}")


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
            _where(one),
            one.kind,
            one.author,
            " — ".join(part for part in (clean_line(one.quote, 70), clean_line(one.body, 70)) if part),
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
        "second": one.second,
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


def _where(one: Annotation) -> str:
    if one.second is not None:
        from cs229tui.documents.videos import moment

        return moment(one.second)
    return f"p {one.page}" if one.page else ""
