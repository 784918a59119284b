"""A message as every list of conversations shows it: who wrote it, when, what others said of it, and its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from textual.content import Content

from cs229tui.annotations.named import Named
from cs229tui.annotations.votes import Votes, votes_on
from cs229tui.clean import clean_line
from cs229tui.clock import now
from cs229tui.documents.addresses import is_web_address
from cs229tui.library.annotations import Annotation, edited_among
from cs229tui.library.people import Person, me, people
from cs229tui.tui import marks
from cs229tui.tui.reading.said import MUTED, names_of, said

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

_NOTHING = Votes()
_DEEPEST = 4
_NAME = 40


@dataclass(frozen=True)
class Around:
    """What must be looked up to show some messages: `me` is her person id, `edited` holds the ids of what was changed
    after it was written.
    """

    names: Named
    me: str
    votes: Mapping[str, Votes] = field(default_factory=dict)
    edited: frozenset[str] = frozenset()
    people: Mapping[str, Person] = field(default_factory=dict)


def around(app: "Companion", shown: Sequence[Annotation]) -> Around:
    """What is known of the annotations that are to be shown; a few quick queries for all of them together."""
    database = app.database
    ids = [one.id for one in shown]
    known = people(database, {one.person for one in shown})
    return Around(names_of(app), me(database), votes_on(database, shown), edited_among(database, ids), known)


def message(one: Annotation, of: Around, width: int, *, depth: int = 0, most: int = 60, sign: str = "") -> Content:
    """An annotation in lines of `width` cells (0: not wrapped): `sign author  facts`, then its words, set in; all in a
    line where they fit. Replies are set in by their `depth`; no more than `most` lines of words are shown.
    """
    indent = "  " * min(max(depth - 1, 0), _DEEPEST)
    lead = Content.assemble((f"{indent}↳ ", MUTED)) if depth else Content.assemble(indent, sign, " " if sign else "")
    head = Content.assemble(lead, author(one, of))
    facts = Content(" · ").stylize(MUTED).join(_facts(one, of))
    tail = Content.assemble("  ", facts) if facts.plain else Content()
    inset = " " * (len(indent) + 2)
    room = width - len(inset) if width else 0
    words = said(one.body, room, of.names, most) if one.body else Content()
    short = "\n" not in words.plain and (
        not width or head.cell_length + words.cell_length + tail.cell_length + 2 <= width
    )
    if short:
        return Content.assemble(head, "  " if words.plain else "", words, tail)
    lines = [Content.assemble(inset, line) for line in words.split("\n", allow_blank=True)]
    first = Content.assemble(head, tail)
    heads = first.wrap(width) if width and first.cell_length > width else [first]
    return Content("\n").join([*(line.rstrip() for line in heads), *lines])


def author(one: Annotation, of: Around) -> Content:
    """Who wrote it: “you”, else the name they give, with the site it came from, or ◆ where their key vouches for it and
    ◇ where nothing does.
    """
    if one.person == of.me:
        return Content.styled("you", "bold")
    name = Content.styled(clean_line(one.author, _NAME) or "somebody", "bold $secondary")
    if site := _site(one.via):
        # Its server knows who wrote it; no key says more.
        return Content.assemble(name, (f" · {site}", MUTED))
    if not one.audience:
        return name
    known = of.people.get(one.person)
    return Content.assemble(name, (" ◆" if known is not None and known.key else " ◇", MUTED))


def _site(via: str) -> str:
    """The host of the site that something came from; empty for a file, or nothing."""
    if not is_web_address(via):
        return ""
    return clean_line(urlsplit(via).hostname or "", _NAME).removeprefix("www.")


def _facts(one: Annotation, of: Around) -> list[Content]:
    votes = of.votes.get(one.id, _NOTHING)
    facts: list[tuple[str, str]] = []
    if one.unread:
        facts.append(("new", "bold $warning"))
    if one.kind == "note":
        facts.append(("only you", "bold $accent"))
    if votes.answer:
        facts.append(("✓ the answer", "bold $success"))
    if one.kind == "question" and one.resolved:
        facts.append(("✓ resolved", "$success"))
    # What she gave herself is bold, so that she sees it without colour.
    if votes.upvotes:
        facts.append((f"↑{votes.upvotes}", "bold $primary" if "upvote" in votes.mine else "$primary"))
    if votes.me_too:
        words = f"✚{votes.me_too} same question"
        facts.append((words, "bold $primary" if "me-too" in votes.mine else "$primary"))
    written = when(one.created)
    if written:
        facts.append((written, MUTED))
    if one.id in of.edited:
        facts.append(("edited", MUTED))
    apart = [clean_line(tag, 100) for tag in one.tags if f"#{tag}" not in one.body]
    if apart:
        facts.append((" ".join(f"#{tag}" for tag in apart), "$secondary"))
    return [Content.styled(text, style) for text, style in facts]


def when(stamp: str) -> str:
    """How long ago something was written; empty for a stamp that is none, which others' data may have."""
    try:
        return marks.ago(stamp, now())
    except (ValueError, TypeError):
        return ""
