"""Where stored annotations stand in the document that is open now, which may be another copy or newly extracted."""

from collections.abc import Iterable
from dataclasses import dataclass

from cs229tui.documents.anchors import best_guess
from cs229tui.documents.flow import Span
from cs229tui.documents.selections import Quad, quads, verified
from cs229tui.documents.store import OpenDocument
from cs229tui.library.annotations import Annotation
from cs229tui.library.database import Database
from cs229tui.library.documents import page
from cs229tui.library.passages import Passage


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
    else is found again by its quote, and below a minimum of certainty is an orphan: shown as such, never moved.
    """
    found = [_placed(database, document, one) for one in annotations if one.kind != "reply"]
    far = Span(2**31, 0, 0)

    def order(one: Placed) -> tuple[int, int, str]:
        at = one.span or far
        return at.page, at.start, one.annotation.created

    return sorted(found, key=order)


def place_of(document: OpenDocument, passage: Passage) -> Span | None:
    """Where a passage that a note or a card keeps begins in a document, or most likely does; none where it is lost."""
    if (passage.document, passage.extractor) == (document.record.sha256, document.record.extractor):
        spans = verified(document.pages, passage.page, passage.start, passage.end, passage.quote)
        if spans:
            return spans[0]
    found = best_guess(document.pages, passage.quote, passage.page, passage.prefix, passage.suffix, passage.start)
    return found.span if found else None


def _placed(database: Database, document: OpenDocument, one: Annotation) -> Placed:
    if not one.quote:
        return Placed(one, (), 1.0)
    record = document.record
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
    if match is None:
        return Placed(one, (), 0.0)
    if match.certain:
        there = page(database, record.sha256, match.span.page)
        return Placed(one, match.spans, match.score, quads=quads(there, match.span) if there else ())
    return Placed(one, (), match.score, guess=match.span)
