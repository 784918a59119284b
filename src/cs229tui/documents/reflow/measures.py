"""What holds for a document as a whole: its body text's size and leading, and its words."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cs229tui.documents.reflow.hyphens import WORD, heals
from cs229tui.documents.reflow.layout import Line, PageLayout

_PARTED = re.compile("[^\\s]*\u2010[^\\s]*")
_REFERENCES = re.compile(r"(?:\d{1,2}\.?\s+)?(?:references|bibliography)", re.I)
_ENOUGH = 300
_COMPOUND = re.compile(r"[^\W_]+(?:-[^\W_]+)+")


@dataclass(frozen=True)
class Measures:
    """The body text's size and font, the usual distance of its lines, and the words the document uses within lines."""

    size: float
    font: str
    leading: float
    words: Counter[str]
    compounds: frozenset[str]

    def heals(self, before: str, after: str) -> bool:
        """Whether the hyphen between two parts of a word at a line's end is only the line's, not the word's."""
        return heals(before, after, self.words, self.compounds)


def measure(pages: Sequence[PageLayout]) -> Measures:
    """Read the measures off all pages."""
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    for page, line in _before_references(pages):
        look = page.looks[line.look]
        if abs(look.angle) < 2:
            count = sum(piece.end - piece.start for piece in line.pieces)
            sizes[round(line.size, 1)] += count
            fonts[look.font] += count
    size = _mode(sizes)
    leading: Counter[float] = Counter()
    words: Counter[str] = Counter()
    compounds: set[str] = set()
    for page in pages:
        for above, line in zip(page.lines, page.lines[1:], strict=False):
            step = above.base - line.base
            if abs(line.size - size) < 0.5 and 0.9 * size < step < 2.2 * size:
                leading[round(step * 2) / 2] += 1
        for written in _PARTED.sub(" ", page.text).split("\n"):
            found = WORD.findall(written)
            words.update(word.casefold() for word in (found[:-1] if written.rstrip().endswith("-") else found))
            compounds.update(match.casefold() for match in _COMPOUND.findall(written))
    return Measures(
        size, fonts.most_common(1)[0][0] if fonts else "", _mode(leading) or 1.2 * size, words, frozenset(compounds)
    )


def _before_references(pages: Sequence[PageLayout]) -> Iterator[tuple[PageLayout, Line]]:
    """The lines that can tell the body's type: in a short paper the small print of the references may outweigh it."""
    seen = 0
    for page in pages:
        for line in page.lines:
            if seen > _ENOUGH and _REFERENCES.fullmatch(plain(page, line)):
                return
            seen += sum(piece.end - piece.start for piece in line.pieces)
            yield page, line


def _mode(counts: Counter[float]) -> float:
    """The most frequent value, near ones counted together."""
    if not counts:
        return 0.0
    return max(counts, key=lambda value: sum(n for other, n in counts.items() if abs(other - value) <= 0.25))


def plain(page: PageLayout, line: Line) -> str:
    """A line's characters, roughly."""
    parts: list[str] = []
    end = line.pieces[0].start
    for piece in line.pieces:
        # Small capitals are pieces of one word: nothing stands between them.
        parts.append(" " if piece.start != end else "")
        parts.append(page.text[piece.start : piece.end])
        end = piece.end
    return " ".join("".join(parts).split())
