"""Annotations at the command line: `annotations` lists them, with their votes and how their conversations stand."""

from collections.abc import Mapping
from typing import Any, get_args

import click

from cs229tui.clean import clean_line
from cs229tui.cli.output import json_option, pass_workspace, show_json, show_table
from cs229tui.documents.videos import moment
from cs229tui.errors import NotFoundError
from cs229tui.library.annotations import Annotation, Kind, annotations_of, annotations_on_lecture, counts
from cs229tui.library.database import Database
from cs229tui.library.discussion import Around, Listing, Wanted, counted_by
from cs229tui.library.people import me
from cs229tui.workspace import Workspace

NEW: tuple[Kind, ...] = ("highlight", "comment", "question", "note")
_ALL: tuple[Kind, ...] = get_args(Kind)


@click.command("annotations", short_help="List annotations.")
@click.argument("reading", required=False)
@click.option("--kind", type=click.Choice(_ALL), help="Only those of this kind.")
@click.option("--tag", metavar="T", help="Only those with this tag.")
@click.option("--lecture", type=int, metavar="N", help="Only those on a lecture or its topics.")
@click.option("--by", metavar="PERSON", help="Only those of people called so; “me” for your own.")
@click.option("--open", "only_open", is_flag=True, help="Only questions that wait for their answer.")
@click.option("--mine", is_flag=True, help="Only yours.")
@click.option("--unread", is_flag=True, help="Only what you have not seen yet.")
@json_option
@pass_workspace
def annotations_command(
    workspace: Workspace,
    reading: str | None,
    kind: Kind | None,
    tag: str | None,
    lecture: int | None,
    by: str | None,
    only_open: bool,
    mine: bool,
    unread: bool,
    as_json: bool,
) -> None:
    """List the annotations of READING, or all, in the order of the text.

    \b
    cs229tui annotations vaswani-2017-attention --kind question
    cs229tui annotations --open --by mei
    cs229tui annotations --json | jq '.[].quote'
    """
    from cs229tui.annotations.votes import votes_on

    database = workspace.database
    own = me(database)
    every = _every(workspace, reading, lecture)
    waiting = _waiting(database) if only_open else frozenset()
    found = [
        one
        for one in every
        if (kind is None or one.kind == kind)
        and (tag is None or tag.lstrip("#") in one.tags)
        and (not only_open or one.id in waiting)
        and (not mine or one.person == own)
        and (not unread or one.unread)
        and (by is None or _is_by(one, by, own))
    ]
    if as_json:
        votes = votes_on(database, found)
        replies = _replies(every)
        show_json(
            [
                annotation_entry(one)
                | {
                    "upvotes": votes[one.id].upvotes if one.id in votes else 0,
                    "me_too": votes[one.id].me_too if one.id in votes else 0,
                    "answer": one.id in votes and votes[one.id].answer,
                    "replies": replies.get(one.id, 0),
                }
                for one in found
            ]
        )
        return
    rows = [
        (
            one.id[:8],
            one.reading or f"lecture {one.lecture}",
            where(one),
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
        "root": one.root,
        "lecture": one.lecture,
        "region": list(one.region) if one.region else None,
        "colour": one.colour,
        "resolved": one.resolved,
        "unread": one.unread,
        "person": one.person,
        "audience": one.audience,
        "via": one.via,
    }


def line_of(one: Annotation) -> str:
    """An annotation in a line, for a person."""
    at = (f"page {one.page}" if one.page and one.second is None else where(one)) or ""
    quote = f"“{clean_line(one.quote)}”" if one.quote else ""
    return "  ".join(part for part in (one.id, at, one.kind, quote) if part)


def where(one: Annotation) -> str:
    """The page, or the moment of a video."""
    if one.second is not None:
        return moment(one.second)
    return f"p {one.page}" if one.page else ""


def _every(workspace: Workspace, reading: str | None, lecture: int | None) -> list[Annotation]:
    database = workspace.database
    if lecture is not None and reading is None:
        return annotations_on_lecture(database, lecture)
    found = [one for name in _readings(workspace, reading) for one in annotations_of(database, name) if name]
    if reading is None:
        for number in sorted(counted_by(database, "lecture")):
            found += annotations_on_lecture(database, number)
    return found


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


def _waiting(database: Database) -> frozenset[str]:
    listing = Listing(database, Wanted(views=("unanswered",)), Around())
    return frozenset(one.facts.id for one in listing.stretch(0, len(listing)) if one is not None)


def _is_by(one: Annotation, name: str, own: str) -> bool:
    wanted = name.removeprefix("@").replace("_", " ").casefold()
    if wanted in ("me", "you"):
        return one.person == own
    return f" {one.author.replace('_', ' ').casefold()}".find(f" {wanted}") >= 0 or one.person == name


def _replies(every: list[Annotation]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for one in every:
        if one.parent is not None:
            found[one.root] = found.get(one.root, 0) + 1
    return found
