"""Where a quote stands, on text that another program may have extracted.

Exact (folded) occurrences come first, the expected page before its neighbours; then an approximate search. A candidate
is scored by its words, what stands around them and how near it is to where it should be, (50 quote + 20 prefix +
20 suffix + 2 position) / 92, and below a minimum it is only a guess.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cs229tui.documents.approximate import occurrences
from cs229tui.documents.flow import Span
from cs229tui.documents.folding import Folded, fold
from cs229tui.errors import AnchorError
from cs229tui.library.documents import Page

MINIMUM = 0.75
LONGEST = 20_000
_ENOUGH = 0.98
# An exact quote this long says where it stands without its surroundings.
_TELLING = 24
_SHORTEST_APPROXIMATE = 12


@dataclass(frozen=True)
class Match:
    """Where a quote was found, a span for each page it touches; `exact` if nothing but folding differs.

    `score` and `likeness` (of the quote alone) go from 0 to 1.
    """

    spans: tuple[Span, ...]
    score: float
    exact: bool
    likeness: float = 1.0

    @property
    def span(self) -> Span:
        """Where it begins."""
        return self.spans[0]

    @property
    def certain(self) -> bool:
        """Whether it is more than a guess."""
        return self.score >= MINIMUM


@dataclass(frozen=True)
class _Wanted:
    quote: str
    prefix: str
    suffix: str
    page: int | None
    start: int | None


def _wanted(quote: str, prefix: str, suffix: str, page: int | None, start: int | None) -> _Wanted:
    return _Wanted(fold(quote[:LONGEST]).text, fold(prefix).text, fold(suffix).text, page, start)


def find_quote(
    pages: Sequence[Page],
    quote: str,
    page: int | None = None,
    prefix: str = "",
    suffix: str = "",
    start: int | None = None,
    unique: bool = False,
) -> Match:
    """Where the quote stands, near `page` (and the character `start` of it) if several places will do.

    Raises AnchorError where it is missing, and with `unique` where it stands in several places of the expected page, or
    without an expected page in several places at all.
    """
    wanted = _wanted(quote, prefix, suffix, page, start)
    if not wanted.quote:
        raise AnchorError("The quote is empty.", "Give some words of the text.")
    found = _candidates(pages, wanted)
    if unique:
        _refuse_ambiguous(found, page)
    if not found or not found[0].certain:
        raise AnchorError(f"The document does not say {_shown(quote)}.", "Check the words, or give fewer of them.")
    return found[0]


def best_guess(
    pages: Sequence[Page],
    quote: str,
    page: int | None = None,
    prefix: str = "",
    suffix: str = "",
    start: int | None = None,
) -> Match | None:
    """The likeliest place of a quote, `certain` or not; none where nothing resembles it."""
    wanted = _wanted(quote, prefix, suffix, page, start)
    found = _candidates(pages, wanted) if wanted.quote else []
    return found[0] if found else None


def exact_matches(pages: Sequence[Page], quote: str, number: int | None = None) -> list[Match]:
    """Every place where the (folded) quote stands, on the page `number` or anywhere, in the order of the text.

    Case counts only where heeding it finds any; a place over a page break only where no page has the quote whole.
    """
    wanted = _Wanted(fold(quote[:LONGEST]).text, "", "", None, None)
    if not wanted.quote:
        return []
    for lower in (False, True):
        here = [page for page in pages if number in (None, page.number)]
        found = [match for page in here for match in _exact(page, wanted, lower)]
        if not found:
            pairs = [pair for pair in _pairs(pages) if number in (None, pair[0].number, pair[1].number)]
            found = [match for pair in pairs for match in _crossing(*pair, wanted, lower)]
        if found:
            return sorted(found, key=lambda match: (match.span.page, match.span.start))
    return []


def _shown(quote: str) -> str:
    line = " ".join(quote.split())
    return f"“{line}”" if len(line) <= 80 else f"“{line[:77]}…”"


def _refuse_ambiguous(found: list[Match], page: int | None) -> None:
    best = [match for match in found if match.certain and match.exact and (page is None or match.span.page == page)]
    best = [match for match in best if match.score > best[0].score - 0.05]
    if len(best) > 1:
        where = f"page {page}" if page else "pages " + ", ".join(sorted({str(one.span.page) for one in best}, key=int))
        raise AnchorError(f"The quote stands {len(best)} times on {where}.", "Give more of the words around it.")


def _candidates(pages: Sequence[Page], wanted: _Wanted) -> list[Match]:
    """What there is, the best first; stops looking when a page gives what cannot be bettered."""
    expected = wanted.page
    nearest = list(pages) if expected is None else sorted(pages, key=lambda page: abs(page.number - expected))
    found: list[Match] = []
    for lower in (False, True):
        found = []
        for page in nearest:
            here = _exact(page, wanted, lower)
            found += here
            if wanted.page and any(match.score >= _ENOUGH for match in here):
                return _ordered(found)
        if not any(match.certain for match in found):
            found += [match for pair in _pairs(nearest) for match in _crossing(*pair, wanted, lower)]
        if any(match.certain for match in found):
            return _ordered(found)
    if len(wanted.quote) + len(wanted.prefix) + len(wanted.suffix) >= _SHORTEST_APPROXIMATE:
        for page in _likely(nearest, wanted):
            here = _approximate(page, wanted)
            found += here
            if any(match.score >= 0.95 for match in here):
                return _ordered(found)
        if not any(match.certain for match in found):
            found += [match for pair in _pairs(nearest) for match in _approximately_crossing(*pair, wanted)]
    return _ordered(found)


def _likely(nearest: Sequence[Page], wanted: _Wanted) -> list[Page]:
    """The pages worth an approximate search: the three nearest, and those that share most short pieces of the quote."""
    if len(nearest) <= 8:
        return list(nearest)
    quote = wanted.quote[:600]
    pieces = {quote[at : at + 5] for at in range(0, max(1, len(quote) - 4), 2)}
    shares = {page.number: sum(piece in fold(page.text).text for piece in pieces) for page in nearest}
    close = list(nearest[:3]) if wanted.page is not None else []
    return close + sorted((page for page in nearest if page not in close), key=lambda page: -shares[page.number])[:6]


def _ordered(found: list[Match]) -> list[Match]:
    return sorted(found, key=lambda match: -match.score)


def _pairs(pages: Sequence[Page]) -> Iterator[tuple[Page, Page]]:
    numbered = {page.number: page for page in pages}
    return ((page, numbered[page.number + 1]) for page in pages if page.number + 1 in numbered)


def _exact(page: Page, wanted: _Wanted, lower: bool) -> list[Match]:
    folded = fold(page.text)
    text, quote = (folded.text.lower(), wanted.quote.lower()) if lower else (folded.text, wanted.quote)
    found: list[Match] = []
    at = text.find(quote)
    while at >= 0 and len(found) < 1000:
        end = at + len(quote)
        score = _score(folded, at, end, 1.0, wanted, page.number)
        if len(quote) >= _TELLING:
            score = max(score, MINIMUM + 0.2 * score)
        same = not lower or folded.text.startswith(wanted.quote, at)
        found.append(Match((Span(page.number, *folded.span(at, end)),), score, same))
        at = text.find(quote, at + 1)
    return found


def _approximate(page: Page, wanted: _Wanted) -> list[Match]:
    folded = fold(page.text)
    found = []
    for one in occurrences(folded.text, wanted.quote, _most_errors(wanted.quote)):
        if one.end <= one.start:
            continue
        likeness = 1 - one.errors / len(wanted.quote)
        score = _score(folded, one.start, one.end, likeness, wanted, page.number)
        span = Span(page.number, *folded.span(one.start, one.end))
        found.append(Match((span,), _believed(score, likeness, wanted), False, likeness))
    return found


def _most_errors(quote: str) -> int:
    return min(256, len(quote) // 2)


def _believed(score: float, likeness: float, wanted: _Wanted) -> float:
    """An approximate place counts as found only where enough of the quote itself is there, and it is not too short."""
    if len(wanted.quote) >= 2 * _TELLING and likeness >= 0.85:
        score = max(score, MINIMUM + 0.2 * score)
    telling = len(wanted.quote) + min(len(wanted.prefix), len(wanted.suffix))
    if likeness >= MINIMUM and (telling >= _TELLING or likeness >= 0.9):
        return min(score, likeness + 0.1)
    return min(score, MINIMUM - 0.01)


def _score(folded: Folded, start: int, end: int, likeness: float, wanted: _Wanted, page: int) -> float:
    before = _resembles(wanted.prefix, folded.text[max(0, start - len(wanted.prefix) - 8) : start], True)
    after = _resembles(wanted.suffix, folded.text[end : end + len(wanted.suffix) + 8], False)
    return (50 * likeness + 20 * before + 20 * after + 2 * _nearness(folded, start, wanted, page)) / 92


def _nearness(folded: Folded, start: int, wanted: _Wanted, page: int) -> float:
    if wanted.page is None:
        return 1.0
    if page != wanted.page:
        return 0.5 / (1 + abs(page - wanted.page))
    if wanted.start is None:
        return 1.0
    return 1 - 0.5 * min(1.0, abs(start - folded.index(wanted.start)) / max(1, len(folded.text)))


def _resembles(expected: str, here: str, at_end: bool) -> float:
    """How much of the expected surroundings is here, 0 to 1; what was not recorded cannot be missing."""
    if not expected or (here.endswith(expected) if at_end else here.startswith(expected)):
        return 1.0
    best = occurrences(here, expected, len(expected), limit=1)
    # Any two stretches of English are half alike under an alignment with free ends.
    return max(0.0, 1 - 2 * best[0].errors / len(expected)) if best else 0.0


def _crossing(first: Page, second: Page, wanted: _Wanted, lower: bool) -> list[Match]:
    """A quote that begins on one page and goes on on the next, whatever foot, head and figures stand in between."""
    # With what stands around it first: then even a single letter before the break can be told.
    contexts = dict.fromkeys([(wanted.prefix, wanted.suffix), ("", "")])
    for prefix, suffix in contexts if len(wanted.quote) >= 8 else ():
        best = max(_divided(first, second, wanted, prefix, suffix, lower), key=lambda match: match.score, default=None)
        if best is not None:
            return [best]
    return []


def _divided(first: Page, second: Page, wanted: _Wanted, prefix: str, suffix: str, lower: bool) -> Iterator[Match]:
    head, tail = fold(first.text), fold(second.text)
    one, other, quote, before, after = head.text, tail.text, wanted.quote, prefix, suffix
    if lower:
        one, other, quote, before, after = (text.lower() for text in (one, other, quote, before, after))
    # The longest beginning on the first page, by bisection: any shorter one is there as well.
    low, high = 0, len(quote) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if before + quote[:middle] in one else (low, middle - 1)
    for cut in range(low, max(0, low - 64), -1):
        on = other.find(quote[cut:] + after)
        at = one.rfind(before + quote[:cut]) + len(before) if on >= 0 else 0
        if on < 0 or at < len(before):
            continue
        stop = on + len(quote) - cut
        gap = len(one) - at - cut + on
        # A short piece could stand anywhere: it must be at the very break.
        shortest = 4 if gap < 80 else _TELLING // 2 if gap < 300 else _TELLING
        if min(cut + len(before), len(quote) - cut + len(after)) < shortest:
            continue
        around = _resembles(wanted.prefix, head.text[max(0, at - len(wanted.prefix) - 8) : at], True)
        around += _resembles(wanted.suffix, tail.text[stop : stop + len(wanted.suffix) + 8], False)
        score = MINIMUM + 0.2 / (1 + gap / 400) if around > 0.5 else MINIMUM - 0.01
        spans = (Span(first.number, *head.span(at, at + cut)), Span(second.number, *tail.span(on, stop)))
        yield Match(spans, score, not lower)


def _approximately_crossing(first: Page, second: Page, wanted: _Wanted) -> list[Match]:
    head, tail = fold(first.text), fold(second.text)
    base = max(0, len(head.text) - 2 * len(wanted.quote))
    text = head.text[base:] + tail.text[: 2 * len(wanted.quote)]
    seam = len(head.text) - base
    found = []
    for one in occurrences(text, wanted.quote, _most_errors(wanted.quote), limit=2):
        if one.start < seam < one.end:
            likeness = 1 - one.errors / len(wanted.quote)
            spans = (
                Span(first.number, *head.span(base + one.start, base + seam)),
                Span(second.number, *tail.span(0, one.end - seam)),
            )
            found.append(Match(spans, _believed(likeness, likeness, wanted), False, likeness))
    return found
