"""The versions of one reading (its PDF, its HTML, another file): the place in one that a place in another is."""

from collections.abc import Iterator, Sequence

from cs229tui.documents.anchors import best_guess, exact_matches
from cs229tui.library.database import Database
from cs229tui.library.documents import DocumentRecord, Page, document_of, page_texts
from cs229tui.library.readings import state_of, update_state

_PIECE = 70
_PIECES = 12
_WHOLE = 240


def carry_place(database: Database, reading: str, before: DocumentRecord | None) -> None:
    """Move where `reading` was left from the document it was read from `before` to the one it is read from now."""
    now, state = document_of(database, reading), state_of(database, reading)
    if before is None or now is None or before.sha256 == now.sha256 or state.page is None:
        return
    place = (state.page, state.place)
    page, character = same_place(page_texts(database, before.sha256), place, page_texts(database, now.sha256))
    if (page, character) != place:
        update_state(database, reading, page=page, place=character)


def same_place(old: Sequence[Page], place: tuple[int, int], new: Sequence[Page]) -> tuple[int, int]:
    """The (page, character) of `new` where the words stand that stand at `place` (page, character) of `old`.

    The first words from there on that both have lead the way; where there are none, the place is as far from the
    beginning as it was.
    """
    expected = _at(new, _fraction(old, place))
    for quote in _pieces(old, place):
        found = exact_matches(new, quote)
        if found:
            nearest = min(found, key=lambda match: abs(match.span.page - expected[0]))
            return nearest.span.page, nearest.span.start
    page = next((page for page in old if page.number == place[0]), None)
    guess = best_guess(new, page.text[place[1] : place[1] + _WHOLE], expected[0]) if page else None
    return (guess.span.page, guess.span.start) if guess and guess.certain else expected


def _pieces(pages: Sequence[Page], place: tuple[int, int]) -> Iterator[str]:
    """Pieces of the text from a place on, each of whole words."""
    given = 0
    for page in pages:
        if page.number < place[0]:
            continue
        text = page.text[place[1] :] if page.number == place[0] else page.text
        words = text.split()
        piece: list[str] = []
        for word in words:
            piece.append(word)
            if sum(map(len, piece)) + len(piece) >= _PIECE:
                yield " ".join(piece)
                piece = []
                given += 1
                if given >= _PIECES:
                    return


def _fraction(pages: Sequence[Page], place: tuple[int, int]) -> float:
    whole = sum(len(page.text) for page in pages)
    before = sum(len(page.text) for page in pages if page.number < place[0]) + place[1]
    return min(before / whole, 1.0) if whole else 0.0


def _at(pages: Sequence[Page], fraction: float) -> tuple[int, int]:
    left = fraction * sum(len(page.text) for page in pages)
    for page in pages:
        if left < len(page.text):
            return page.number, int(left)
        left -= len(page.text)
    return (pages[-1].number, max(len(pages[-1].text) - 1, 0)) if pages else (1, 0)
