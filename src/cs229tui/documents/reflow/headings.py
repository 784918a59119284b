"""Which parts are headings, and how deep: by the file's outline, their numbers, and their looks."""

import re
from collections import Counter
from collections.abc import Sequence

from cs229tui.documents.flow import Block
from cs229tui.documents.reflow.measures import Measures
from cs229tui.documents.reflow.paragraphs import KNOWN, SECTION
from cs229tui.documents.reflow.rows import Part

_LONGEST = 180


class Headings:
    """The outline of a file and what was learnt about its headings' looks."""

    def __init__(self, outline: Sequence[tuple[str, int, int, int]], measures: Measures) -> None:
        self._measures = measures
        self._outline: dict[int, dict[str, int]] = {}
        for title, level, page, _ in outline:
            self._outline.setdefault(page, {})[_bare(title)] = level + 1
        self._looks: dict[tuple[float, bool], Counter[int]] = {}

    def placed(self, parts: Sequence[Part]) -> list[Part]:
        """The parts, with headings told from paragraphs that only look like one, and their levels."""
        known = [self._known_level(part) for part in parts]
        for part, level in zip(parts, known, strict=True):
            if level and part.rows:
                self._looks.setdefault(_look(part), Counter())[level] += 1
        placed: list[Part] = []
        last = 0
        for part, level in zip(parts, known, strict=True):
            if part.kind in ("heading", "paragraph") and level:
                part.kind, part.level = "heading", level
            elif part.kind == "heading":
                part.level = self._guessed(part, last)
                if not part.level:
                    part.kind, part.level = "paragraph", 0
            last = part.level if part.kind == "heading" else last
            placed.append(part)
        return placed

    def _known_level(self, part: Part) -> int:
        if part.kind not in ("heading", "paragraph") or not part.rows or len(part.rows) > 4 or part.label:
            return 0
        text = part.text
        if len(text) > _LONGEST:
            return 0
        bare = _bare(text)
        for page in (part.page, part.page - 1, part.page + 1):
            level = self._outline.get(page, {}).get(bare)
            if level and (part.kind == "heading" or page == part.page):
                return min(level, 6)
        if part.kind != "heading":
            return 0
        matched = SECTION.match(text)
        if matched:
            return matched["number"].count(".") + 1
        return 1 if KNOWN.fullmatch(text) else 0

    def _guessed(self, part: Part, last: int) -> int:
        """The level of a heading without a number: that of those which look like it, or one below `last`, the one
        before it.
        """
        text = part.text
        if len(part.rows) > 3 or len(text) > _LONGEST or len(text) < 3 or text.endswith((",", ";")):
            return 0
        if text.endswith(".") and not part.rows[0].bold:
            return 0
        seen = self._looks.get(_look(part))
        if seen:
            return seen.most_common(1)[0][0]
        ratio = part.rows[0].size / max(self._measures.size, 0.1)
        level = min(1 if ratio > 1.35 else 2 if ratio > 1.12 else 3, last + 1)
        self._looks.setdefault(_look(part), Counter())[level] += 1
        return level


def _look(part: Part) -> tuple[float, bool]:
    row = part.rows[0]
    return round(row.size * 2) / 2, row.bold


def _bare(text: str) -> str:
    """A title without its number, its case and its signs."""
    return re.sub(r"[\W_]+", "", SECTION.sub("", text, count=1)).casefold()


def outline_of(blocks: Sequence[Block]) -> tuple[tuple[str, int, int, int], ...]:
    """An outline for a file that has none: its headings."""
    return tuple(
        (block.text, block.level - 1, place[0], place[1])
        for block in blocks
        if block.kind == "heading" and (place := block.place(0))
    )
