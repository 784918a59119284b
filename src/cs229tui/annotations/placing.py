"""Finding what was written on other copies of a document in the one that is open, once; and putting it by hand."""

from collections.abc import Callable, Iterable, Sequence

from cs229tui.annotations.place import Placed, placed
from cs229tui.documents.flow import Span
from cs229tui.documents.selections import make_anchor
from cs229tui.documents.store import OpenDocument
from cs229tui.library.annotations import Annotation, annotation
from cs229tui.library.database import Database
from cs229tui.library.documents import page
from cs229tui.library.passages import Passage
from cs229tui.library.standing import (
    Copy,
    Standing,
    hand_placements,
    keep_standing,
    place_by_hand,
    root_on,
    unplace,
    unplaced,
)


def copy_of(reading: str, document: OpenDocument) -> Copy:
    """A reading as it is open."""
    return Copy(reading, document.record.sha256, document.record.extractor)


def place_next(database: Database, reading: str, document: OpenDocument, near: int, most: int) -> int:
    """Look for what was written on other copies and not looked for yet, the nearest to a page first, `most` at once.

    Keeps where it stands; returns how many there were.
    """
    copy = copy_of(reading, document)
    waiting = unplaced(database, copy, near, most)
    place_again(database, reading, document, waiting)
    return len(waiting)


def place_again(database: Database, reading: str, document: OpenDocument, lost: Iterable[Annotation]) -> None:
    """Look for annotations by their words, and keep where they stand."""
    found = (_standing(document, one) for one in placed(database, document, lost))
    keep_standing(database, copy_of(reading, document), found)


def _standing(document: OpenDocument, one: Placed) -> Standing:
    spans = one.spans or ((_whole_words(document, one.guess),) if one.guess else ())
    stretches = tuple((span.page, span.start, span.end) for span in spans)
    return Standing(one.annotation.id, one.annotation.updated, stretches, one.score, not one.spans)


def _whole_words(document: OpenDocument, guess: Span) -> Span:
    """A guess as a person would select it."""
    text, start, end = document.pages[guess.page - 1].text, guess.start, guess.end
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while 0 < end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return Span(guess.page, start, end)


def attach(
    database: Database, reading: str, document: OpenDocument, id: str, spans: Sequence[Span]
) -> Callable[[], None]:
    """Say where in this copy an annotation belongs; the annotation itself stays as it is. Returns what takes it back.

    Raises `AnchorError` where nothing is selected, `NotFoundError`.
    """
    copy = copy_of(reading, document)
    one = annotation(database, id)
    touched = [page(database, copy.document, number) for number in sorted({span.page for span in spans})]
    anchor = make_anchor(copy.document, copy.extractor, [there for there in touched if there is not None], spans)
    first = anchor.spans[0]
    where = Passage(*copy[1:], first.page, first.start, first.end, anchor.quote, anchor.prefix, anchor.suffix)
    known = hand_placements(database, [id]).get(id, [])
    before = next((passage for passage in known if passage.document == copy.document), None)
    was = root_on(database, copy, id)
    stretches = tuple((span.page, span.start, span.end) for span in anchor.spans)
    place_by_hand(database, copy, where, Standing(id, one.updated, stretches, 1.0))

    def take_back() -> None:
        unplace(database, copy, id, before)
        # Where its own words did not lead anywhere, that is known again at once.
        if was is not None and was.spans is not None:
            keep_standing(database, copy, [Standing(id, one.updated, was.spans, was.score, was.lost)])

    return take_back
