"""What is selected, made into an anchor: the words, what stands around them, and where they are on the page."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from cs229tui.documents.anchors import LONGEST
from cs229tui.documents.flow import Span
from cs229tui.documents.folding import fold, readable
from cs229tui.errors import AnchorError
from cs229tui.library.documents import Page

CONTEXT = 32
Quad = tuple[float, float, float, float]


@dataclass(frozen=True)
class Anchor:
    """A passage and what it takes to find it again; `quads` are boxes in PDF points, one a line of its first page."""

    document: str
    extractor: str
    spans: tuple[Span, ...]
    quote: str
    prefix: str
    suffix: str
    quads: tuple[Quad, ...]


def make_anchor(document: str, extractor: str, pages: Sequence[Page], spans: Sequence[Span]) -> Anchor:
    """The anchor of a selection; `pages` must hold the pages it touches, those with boxes give quads.

    Raises AnchorError where nothing but white space is selected.
    """
    numbered = {page.number: page for page in pages}
    whole = _joined(spans, numbered)
    # A word divided by the page break has its hyphen just after the selected letters.
    pieces = [(numbered[span.page].text, span) for span in whole]
    quote = readable(
        "\n".join(text[span.start : span.end + (text[span.end : span.end + 1] == "\u2010")] for text, span in pieces)
    )
    if not whole or not fold(quote).text:
        raise AnchorError("Nothing is selected.", "Select some words first.")
    if len(quote) > LONGEST:
        raise AnchorError("That is too much text for one annotation.", "Select a shorter passage.")
    first, last = whole[0], whole[-1]
    before = numbered[first.page].text[max(0, first.start - 3 * CONTEXT) : first.start]
    after = numbered[last.page].text[last.end : last.end + 3 * CONTEXT]
    prefix, suffix = readable(before + "|")[:-1][-CONTEXT:], readable("|" + after)[1:][:CONTEXT]
    return Anchor(document, extractor, whole, quote, prefix, suffix, quads(numbered[first.page], first))


def quads(page: Page, span: Span) -> tuple[Quad, ...]:
    """The boxes of a stretch of a page, one for each line it stands on; none where the page has no geometry."""
    if len(page.boxes) < 16 * span.end:
        return ()
    numbers = array("f", page.boxes[16 * span.start : 16 * span.end])
    lines: list[list[float]] = []
    for index in range(span.end - span.start):
        left, bottom, right, top = numbers[4 * index : 4 * index + 4]
        if page.text[span.start + index].isspace() or right <= left or top <= bottom:
            continue
        height = top - bottom
        line = lines[-1] if lines else None
        if (
            line
            and min(top, line[3]) - max(bottom, line[1]) > 0.4 * min(height, line[3] - line[1])
            and -2 * height < left - line[2] < 4 * height
        ):
            line[0], line[1] = min(line[0], left), min(line[1], bottom)
            line[2], line[3] = max(line[2], right), max(line[3], top)
        else:
            lines.append([left, bottom, right, top])
    return tuple((round(a, 2), round(b, 2), round(c, 2), round(d, 2)) for a, b, c, d in lines)


def verified(pages: Sequence[Page], page: int, start: int, end: int, quote: str) -> tuple[Span, ...]:
    """The spans of a quote that begins exactly there, the pages it runs on to included; none if the text differs."""
    numbered = {one.number: one for one in pages}
    rest = fold(quote).text
    spans: list[Span] = []
    while page in numbered:
        text = numbered[page].text
        if not spans:
            if not 0 <= start < end <= len(text):
                return ()
            here = fold(text[start:end]).text
            if not here or not rest.startswith(here):
                return ()
            spans.append(Span(page, start, end))
            rest = rest[len(here) :]
        else:
            folded = fold(text)
            at = folded.text.find(rest)
            if at < 0:
                return ()
            return (*spans, Span(page, *folded.span(at, at + len(rest))))
        if not rest:
            return tuple(spans)
        page += 1
    return ()


def _joined(spans: Sequence[Span], pages: dict[int, Page]) -> tuple[Span, ...]:
    """One span for each page, without white space at its ends."""
    found: dict[int, tuple[int, int]] = {}
    for span in spans:
        if span.page not in pages:
            continue
        start, end = found.get(span.page, (span.start, span.end))
        found[span.page] = (min(start, span.start), max(end, span.end))
    joined = []
    for number, (start, end) in sorted(found.items()):
        text = pages[number].text
        start, end = max(0, start), min(end, len(text))
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if start < end:
            joined.append(Span(number, start, end))
    return tuple(joined)
