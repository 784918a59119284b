"""Marks on a text: what is kept of the words at a place, and where these words are now."""

from collections.abc import Sequence

from cs229tui.documents.folding import fold, readable
from cs229tui.library.documents import Page
from cs229tui.library.marks import Mark
from cs229tui.tui.reading.places import Places
from cs229tui.tui.reading.wrap import Position

_QUOTED = 120


def mark_at(reading: str, name: str, pages: Sequence[Page], places: Places, position: Position) -> Mark:
    """A mark on a position, with the words of its block from there on as far as they are on that page."""
    page, place = places.place(position)
    span = next(iter(places.spans(position, (position[0], position[1] + _QUOTED))), None)
    if span is None:
        return Mark(reading, name, page, place)
    text = next((one.text for one in pages if one.number == span.page), "")
    return Mark(reading, name, span.page, span.start, readable(text[span.start : span.end][:_QUOTED]))


def found_again(pages: Sequence[Page], mark: Mark) -> tuple[int, int] | None:
    """The (page, character) where a mark's words stand now: in another extraction or copy that may be elsewhere.

    None where the document does not have them.
    """
    quote = fold(mark.quote).text
    here = next((one for one in pages if one.number == mark.page), None)
    if here is not None and fold(here.text[mark.place : mark.place + 2 * _QUOTED]).text.startswith(quote):
        return mark.page, mark.place
    from cs229tui.documents.anchors import best_guess

    match = best_guess(pages, mark.quote, mark.page, start=mark.place) if quote else None
    return (match.span.page, match.span.start) if match and match.certain else None
