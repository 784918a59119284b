"""What holds for a document as a whole: its body text's size and leading, its words, and what its pages repeat."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cs229tui.documents.reflow.hyphens import WORD, heals
from cs229tui.documents.reflow.layout import Line, PageLayout

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"(?:page\s*)?[-–—]?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—]?(?:\s*(?:of|/)\s*\d{1,4})?", re.I)
_PARTED = re.compile("[^\\s]*\u2010[^\\s]*")
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
    for page in pages:
        for line in page.lines:
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


def _mode(counts: Counter[float]) -> float:
    """The most frequent value, near ones counted together."""
    if not counts:
        return 0.0
    return max(counts, key=lambda value: sum(n for other, n in counts.items() if abs(other - value) <= 0.25))


def running(pages: Sequence[PageLayout]) -> list[set[int]]:
    """For each page the indices of its lines that are not its text: running heads and feet, page numbers, stamps."""
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    edges = [_edge_lines(page) for page in pages]
    for at, page in enumerate(pages):
        for index in edges[at]:
            seen[_key(page, page.lines[index])].add(at)
    least = 2 if len(pages) < 5 else 3
    dropped: list[set[int]] = []
    for at, page in enumerate(pages):
        gone = {index for index, line in enumerate(page.lines) if _is_stamp(page, line)}
        for index in edges[at]:
            line = page.lines[index]
            text = plain(page, line)
            near = sum(len(seen.get((_key(page, line)[0], _key(page, line)[1] + shift), ())) for shift in (-1, 0, 1))
            repeated = near >= least and len(pages) > 1 and not text.endswith((".", ":"))
            if repeated or (_PAGE_NUMBER.fullmatch(text) and _outermost(page, line)):
                gone.add(index)
        dropped.append(gone)
    return dropped


def without_furniture(pages: Sequence[PageLayout]) -> None:
    """Take away the rules and pictures that pages repeat at one place: the lines of heads and feet, a logo."""
    seen = Counter(shape for page in pages for shape in set(page.shapes))
    least = max(3, 0.2 * len(pages))
    for page in pages:
        page.shapes = [shape for shape in page.shapes if seen[shape] < least]


def _outermost(page: PageLayout, line: Line) -> bool:
    """Whether nothing stands beyond a line, and next to nothing beside it."""
    beside = [other for other in page.lines if abs(other.base - line.base) < 2 and other is not line]
    high = line.base > page.height / 2
    beyond = any((other.base > line.base + 2) if high else (other.base < line.base - 2) for other in page.lines)
    return len(beside) <= 1 and not beyond


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


def _key(page: PageLayout, line: Line) -> tuple[str, int]:
    return _DIGITS.sub("#", plain(page, line)).casefold(), round(line.base / 4)


def _edge_lines(page: PageLayout) -> list[int]:
    """Lines in the outer margins with nothing beyond them: at most two rows above and two below."""
    upright = [index for index, line in enumerate(page.lines) if abs(page.looks[line.look].angle) < 2]
    if not upright or page.plain:
        return []
    rows = sorted({round(page.lines[index].base) for index in upright})
    low, high = rows[:3], rows[-3:]
    return [
        index
        for index in upright
        if (round(page.lines[index].base) in low and page.lines[index].base < 0.13 * page.height)
        or (round(page.lines[index].base) in high and page.lines[index].base > 0.86 * page.height)
    ]


def _is_stamp(page: PageLayout, line: Line) -> bool:
    """Turned text in a margin, such as arXiv's."""
    look = page.looks[line.look]
    return abs(look.angle) > 2 and (line.right < 0.1 * page.width or line.left > 0.92 * page.width)
