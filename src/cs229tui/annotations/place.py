"""Where stored annotations stand in the document that is open now, which may be another copy or newly extracted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cs229tui.documents.anchors import Match, best_guess
from cs229tui.documents.flow import Span
from cs229tui.documents.selections import Quad, quads, verified
from cs229tui.documents.store import OpenDocument
from cs229tui.library.annotations import Annotation
from cs229tui.library.database import Database
from cs229tui.library.documents import page
from cs229tui.library.passages import Passage
from cs229tui.library.standing import hand_placements

_MOST_BY_HAND = 4


@dataclass(frozen=True)
class Placed:
    """An annotation and its `spans` here, one for each page it touches; none where it has lost its passage.

    `score` (0 to 1) says how sure that is. Of one that has lost its passage, an orphan, `guess` is the best there is.
    `quads` are boxes on this document's page, in PDF points, a line each.
    """

    annotation: Annotation
    spans: tuple[Span, ...]
    score: float
    guess: Span | None = None
    quads: tuple[Quad, ...] = ()

    @property
    def span(self) -> Span | None:
        """Where it begins."""
        return self.spans[0] if self.spans else None

    @property
    def orphan(self) -> bool:
        """Whether it once had a passage that is not found any more."""
        return not self.spans and bool(self.annotation.quote)


def placed(database: Database, document: OpenDocument, annotations: Iterable[Annotation]) -> list[Placed]:
    """Every annotation that is not a reply, in the order of the text, those without a passage last.

    Stored offsets are used where they hold: same bytes, same extractor, and the text there is the quote. Everything
    else is found again by its quote, and below a minimum of certainty is an orphan: shown as such, never moved, but
    where she put it by hand, in this copy or in another one that says the same.
    """
    roots = [one for one in annotations if one.kind != "reply"]
    by_hand = hand_placements(database, [one.id for one in roots])
    found = [_placed(database, document, one, by_hand.get(one.id, ())) for one in roots]
    far = Span(2**31, 0, 0)

    def order(one: Placed) -> tuple[int, int, str]:
        at = one.span or far
        return at.page, at.start, one.annotation.created

    return sorted(found, key=order)


def place_of(document: OpenDocument, passage: Passage) -> Span | None:
    """Where a passage that a note or a card keeps begins in a document, or most likely does; none where it is lost."""
    found = _again(document, passage)
    return found.span if found else None


def _again(document: OpenDocument, passage: Passage) -> Match | None:
    if (passage.document, passage.extractor) == (document.record.sha256, document.record.extractor):
        spans = verified(document.pages, passage.page, passage.start, passage.end, passage.quote)
        if spans:
            return Match(spans, 1.0, True)
    return best_guess(document.pages, passage.quote, passage.page, passage.prefix, passage.suffix, passage.start)


def _placed(database: Database, document: OpenDocument, one: Annotation, by_hand: Sequence[Passage]) -> Placed:
    record = document.record
    if one.region is not None and one.document == record.sha256 and one.page is not None:
        # A box is where it was drawn; what the text says of it only tells where in the text that is.
        caption = best_guess(document.pages, one.quote, one.page) if one.quote else None
        near = caption is not None and caption.certain and caption.span.page == one.page
        return Placed(one, caption.spans if caption and near else (Span(one.page, 0, 0),), 1.0, quads=(one.region,))
    here = [passage for passage in by_hand if passage.document == record.sha256]
    if here and (match := _again(document, here[0])) is not None and match.certain:
        return _found(database, document, one, match)
    if not one.quote:
        return Placed(one, (), 1.0)
    if (
        one.document == record.sha256
        and one.extractor == record.extractor
        and one.page is not None
        and one.start is not None
        and one.end is not None
    ):
        spans = verified(document.pages, one.page, one.start, one.end, one.quote)
        if spans:
            return Placed(one, spans, 1.0, quads=one.quads)
    match = best_guess(document.pages, one.quote, one.page, one.prefix, one.suffix, one.start)
    if match is not None and match.certain:
        return _found(database, document, one, match)
    for passage in by_hand[:_MOST_BY_HAND]:
        again = _again(document, passage)
        if again is not None and again.certain:
            return _found(database, document, one, again)
    if match is None:
        return Placed(one, (), 0.0)
    return Placed(one, (), match.score, guess=match.span)


def _found(database: Database, document: OpenDocument, one: Annotation, match: Match) -> Placed:
    there = page(database, document.record.sha256, match.span.page)
    return Placed(one, match.spans, match.score, quads=quads(there, match.span) if there else ())
