"""Making and changing annotations: on a selection, a quote, a region, a moment of a video, a whole reading, a lecture's
topic, or in reply; all can be undone.

What is not a private note goes to the group she is in, unless `audience` says otherwise.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from cs229tui.amounts import counted
from cs229tui.annotations.bodies import tags_in
from cs229tui.clean import clean, clean_line
from cs229tui.clock import timestamp
from cs229tui.documents.anchors import Match, best_guess, exact_matches
from cs229tui.documents.flow import Span
from cs229tui.documents.folding import fold, readable
from cs229tui.documents.selections import Anchor, make_anchor
from cs229tui.errors import AnchorError, UsageError
from cs229tui.library.annotations import (
    Annotation,
    Colour,
    Kind,
    Quad,
    annotation,
    delete_annotation,
    store_annotation,
)
from cs229tui.library.database import Database, writing
from cs229tui.library.documents import Page, attached_document, page, page_texts
from cs229tui.library.groups import audience_now
from cs229tui.library.people import me, new_id

LONGEST_BODY = 100_000
MOST_TAGS = 50
# How alike the closest passage must be to be taken for the quote, and how long a quote must be for that.
_ALIKE = 0.9
_TELLING = 24
# How reflowed text writes a raised or lowered word that has no characters of its own: d_{model}.
_BRACES = re.compile(r"[_^]\{([^{}]*)\}")


def annotate_span(
    database: Database,
    reading_id: str,
    spans: Sequence[Span],
    kind: Kind = "highlight",
    body: str = "",
    tags: Iterable[str] = (),
    colour: Colour = "yellow",
    *,
    author: str,
) -> Annotation:
    """Annotate what is selected in a reading's document; one annotation, even over a page break.

    Raises `AnchorError` where nothing is selected, `UsageError` for a comment or question without words.
    """
    record = attached_document(database, reading_id)
    touched = [page(database, record.sha256, number) for number in sorted({span.page for span in spans})]
    anchor = make_anchor(record.sha256, record.extractor, [one for one in touched if one is not None], spans)
    return _store(database, reading_id, anchor, kind, body, tags, colour, author)


def annotate_quote(
    database: Database,
    reading_id: str,
    quote: str,
    page: int | None = None,
    kind: Kind = "highlight",
    body: str = "",
    tags: Iterable[str] = (),
    colour: Colour = "yellow",
    *,
    author: str,
    nth: int | None = None,
) -> Annotation:
    """Annotate the passage that reads as `quote` but for line breaks, hyphens, ligatures and the like.

    A passage that is nearly so is taken where nothing else comes close; the annotation's `quote` says what it took.
    `nth` chooses among several places, from 1. Raises `AnchorError` for a quote that is missing or ambiguous.
    """
    _checked(kind, body)
    record = attached_document(database, reading_id)
    if page is not None and not 1 <= page <= record.pages:
        raise UsageError(f"{reading_id} has no page {page}.", f"It has {counted(record.pages, 'page')}.")
    pages = page_texts(database, record.sha256)
    match = _place_of(pages, quote, page, nth)
    return annotate_span(database, reading_id, match.spans, kind, body, tags, colour, author=author)


def annotate_moment(
    database: Database,
    reading_id: str,
    second: float,
    kind: Kind = "comment",
    body: str = "",
    tags: Iterable[str] = (),
    *,
    author: str,
) -> Annotation:
    """Annotate a moment of a video, in seconds from its beginning; raises `UsageError`."""
    _refuse_highlight(kind, "A moment of a video")
    return _stored(database, reading_id, kind, body, tags, author, second=round(max(0.0, second), 1))


def annotate_region(
    database: Database,
    reading_id: str,
    page_number: int,
    region: Quad,
    kind: Kind = "comment",
    body: str = "",
    tags: Iterable[str] = (),
    colour: Colour = "yellow",
    *,
    author: str,
    caption: str = "",
) -> Annotation:
    """Annotate a box on a page, in PDF points; `caption` is what the text says of it, to find it in another copy.

    Raises `UsageError` for a box that is no part of the page.
    """
    record = attached_document(database, reading_id)
    there = page(database, record.sha256, page_number)
    if there is None:
        raise UsageError(f"{reading_id} has no page {page_number}.", f"It has {counted(record.pages, 'page')}.")
    left, bottom, right, top = region
    kept = (max(0.0, left), max(0.0, bottom), min(right, there.width), min(top, there.height))
    if not (kept[0] < kept[2] and kept[1] < kept[3]):
        raise UsageError("That box is no part of the page.", "Draw it anew.")
    return _stored(
        database,
        reading_id,
        kind,
        body,
        tags,
        author,
        colour=colour,
        document=record.sha256,
        extractor=record.extractor,
        page=page_number,
        quote=clean_line(caption, 400),
        region=tuple(round(float(side), 2) for side in kept),
    )


def annotate_reading(
    database: Database,
    reading_id: str,
    kind: Kind = "comment",
    body: str = "",
    tags: Iterable[str] = (),
    *,
    author: str,
) -> Annotation:
    """Say something of a whole reading; raises `UsageError`."""
    _refuse_highlight(kind, "A whole reading")
    return _stored(database, reading_id, kind, body, tags, author)


def annotate_topic(
    database: Database,
    lecture: int,
    topic: str = "",
    kind: Kind = "comment",
    body: str = "",
    tags: Iterable[str] = (),
    *,
    author: str,
) -> Annotation:
    """Say something of a lecture, or of one of its topics; raises `UsageError`."""
    _refuse_highlight(kind, "A lecture")
    return _stored(database, "", kind, body, tags, author, lecture=lecture, quote=clean_line(topic, 200))


def reply(database: Database, parent: str, body: str, *, author: str) -> Annotation:
    """Answer an annotation or another reply; it goes to whom that went. Raises `NotFoundError`, `UsageError`."""
    to = annotation(database, parent)
    return _stored(
        database,
        to.reading,
        "reply",
        body,
        (),
        author,
        parent=to.id,
        root=to.root,
        lecture=to.lecture,
        audience=to.audience,
    )


def may_change(database: Database, one: Annotation) -> bool:
    """Whether the student may change an annotation: it is hers, or came from a file and is shared with nobody."""
    return one.person == me(database) or not one.audience


def edit(
    database: Database,
    id: str,
    body: str | None = None,
    tags: Iterable[str] | None = None,
    kind: Kind | None = None,
    colour: Colour | None = None,
) -> Annotation:
    """Change what is given; returns the annotation as it was before, for `restore`.

    Raises `UsageError` for what others wrote.
    """
    with writing(database):
        before = _changeable(database, id)
        if kind is not None and (kind == "reply") != (before.kind == "reply"):
            raise UsageError("A reply stays a reply, and nothing else can become one.")
        after = replace(
            before,
            kind=kind or before.kind,
            body=_checked(kind or before.kind, before.body if body is None else body),
            tags=_retagged(before, body) if tags is None else cleaned_tags(tags),
            colour=colour or before.colour,
            updated=timestamp(),
        )
        if before.kind == "note" and after.kind != "note":
            after = replace(after, audience=audience_now(database))
        store_annotation(database, after)
    return before


def resolve(database: Database, id: str, resolved: bool = True) -> Annotation:
    """Close a conversation, or open it again; returns its root as it was before, for `restore`."""
    with writing(database):
        before = _changeable(database, id)
        if before.kind not in ("question", "comment"):
            raise UsageError("Only a question or a comment can be resolved.", "Make it a question first.")
        store_annotation(database, replace(before, resolved=resolved, updated=timestamp()))
    return before


def remove(database: Database, id: str) -> Annotation:
    """Put one of her annotations away, its replies stay; returns it, for `restore`. Raises `UsageError`."""
    with writing(database):
        before = _changeable(database, id)
        delete_annotation(database, before.id)
    return before


def restore(database: Database, before: Annotation) -> None:
    """Undo an edit, a resolution or a removal: the annotation is again as it was."""
    store_annotation(database, replace(before, updated=timestamp()))


def anchored(anchor: Anchor) -> dict[str, Any]:
    """The fields of an annotation that stands on an anchor; of a passage over a page's end, where it begins."""
    first = anchor.spans[0]
    return {
        "document": anchor.document,
        "extractor": anchor.extractor,
        "page": first.page,
        "start": first.start,
        "end": first.end,
        "quote": anchor.quote,
        "prefix": anchor.prefix,
        "suffix": anchor.suffix,
        "quads": anchor.quads,
    }


def cleaned_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without `#`, white space and repetition, in the order given."""
    cleaned = (clean_line(tag, 100).lstrip("#").strip() for tag in tags)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))[:MOST_TAGS]


def _retagged(before: Annotation, body: str | None) -> tuple[str, ...]:
    """The tags after its words have changed: those written in them follow them, the others stay."""
    if body is None:
        return before.tags
    written = {*tags_in(before.body), *tags_in(body)}
    return cleaned_tags([*(tag for tag in before.tags if tag not in written), *tags_in(body)])


def _changeable(database: Database, id: str) -> Annotation:
    one = annotation(database, id)
    if not may_change(database, one):
        raise UsageError(f"{one.author} wrote this.", "Answer it instead.")
    return one


def _refuse_highlight(kind: Kind, what: str) -> None:
    if kind not in ("comment", "question", "note"):
        raise UsageError(f"{what} has no words to highlight.", "Make it a comment, a question or a note.")


def _checked(kind: Kind, body: str) -> str:
    text = clean(body).strip()
    if len(text) > LONGEST_BODY:
        raise UsageError(f"That is more than {LONGEST_BODY:,} characters.", "Put it in a note.")
    if not text and kind != "highlight":
        raise UsageError(f"A {kind} needs some words.", "Write them, or make it a highlight.")
    return text


def _store(
    database: Database,
    reading_id: str,
    anchor: Anchor,
    kind: Kind,
    body: str,
    tags: Iterable[str],
    colour: Colour,
    author: str,
) -> Annotation:
    return _stored(database, reading_id, kind, body, tags, author, colour=colour, **anchored(anchor))


def _stored(
    database: Database, reading_id: str, kind: Kind, body: str, tags: Iterable[str], author: str, **more: Any
) -> Annotation:
    if kind == "reply" and "parent" not in more:
        raise UsageError("A reply answers an annotation, not a passage.")
    moment = timestamp()
    id = new_id(me(database))
    made = Annotation(
        id=id,
        reading=reading_id,
        kind=kind,
        author=clean_line(author, 80) or "me",
        body=_checked(kind, body),
        tags=cleaned_tags([*tags, *tags_in(body)]),
        person=me(database),
        created=moment,
        updated=moment,
        **({"root": id, "audience": "" if kind == "note" else audience_now(database)} | more),
    )
    return store_annotation(database, made)


def _place_of(pages: Sequence[Page], quote: str, number: int | None, nth: int | None) -> Match:
    if not fold(quote).text:
        raise AnchorError("The quote is empty.", "Give some words of the text.")
    where = f"page {number}" if number else "its pages"
    found = exact_matches(pages, quote, number)
    plain = _BRACES.sub(r"\1", quote)
    if not found and plain != quote:
        found, quote = exact_matches(pages, plain, number), plain
    if nth is not None and found:
        if not 1 <= nth <= len(found):
            raise AnchorError(f"{_shown(quote)} stands {len(found)} times on {where}, not {nth}.", "Count again.")
        return found[nth - 1]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = sorted({match.span.page for match in found})
        on = where if number else f"pages {_listed(numbers)}" if len(numbers) > 1 else f"page {numbers[0]}"
        remedy = "Give more of the words around it" + (", or its page," if len(numbers) > 1 else ",") + " or --nth N."
        raise AnchorError(f"{_shown(quote)} is ambiguous: it stands {len(found)} times on {on}.", remedy)
    everywhere = exact_matches(pages, quote) if number else []
    if everywhere:
        numbers = sorted({match.span.page for match in everywhere})
        raise AnchorError(
            f"{_shown(quote)} is not on page {number}.", f"It is on page {_listed(numbers)}: give that to --page."
        )
    near = best_guess(pages, quote, number)
    same_page = near is not None and (number is None or near.span.page == number)
    if near is not None and same_page and near.likeness >= _ALIKE and len(fold(quote).text) >= _TELLING:
        return near
    remedy = "Check the words, or give fewer of them."
    if near is not None and near.likeness >= 0.6:
        text = next(one.text for one in pages if one.number == near.span.page)
        closest = readable(text[near.span.start : near.span.end])
        remedy = f"The closest is on page {near.span.page}: {_shown(closest)}."
    raise AnchorError(f"{_shown(quote)} is not on {where}.", remedy)


def _listed(numbers: Sequence[int]) -> str:
    shown = [str(number) for number in numbers[:6]] + (["…"] if len(numbers) > 6 else [])
    return ", ".join(shown)


def _shown(quote: str) -> str:
    return f"“{clean_line(quote, 80)}”"
