"""What a selection of text means: words, sentences and paragraphs in a flow, how to go from one to the next, copies.

Pure functions over positions. A selection holds the characters from its start up to but without its end.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cs229tui.course.model import Reading
from cs229tui.documents.flow import Flow
from cs229tui.tui.reading.wrap import KEPT_LINES, Position

_WORD = re.compile(r"\w+(?:[’'\u2010-](?=\w)\w+)*|[^\w\s]+")
_END = re.compile(r"[.!?…]+[\"')\]”’]*(?:\[\d+(?:[,–-]\s?\d+)*\])?\s+(?=[\"“‘'(\[]?[A-Z0-9\u0391-\u03a9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|al|etc|resp|approx|Fig|Figs|Eq|Eqs|Sec|Sect|Ch|Chap|App|Tab|Thm|Def|Prop|No|Nos|Vol|pp?|"
    r"ed|eds|Dr|Prof|Mr|Mrs|Ms|St|Jr|w\.r\.t|s\.t|a\.k\.a|Ref|Refs|Alg)|(?:^|[\s(])[A-Z])\.$"
)


@dataclass(frozen=True)
class Selection:
    """Characters from `start` up to but without `end`."""

    start: Position
    end: Position


def between(flow: Flow, one: Position, other: Position) -> Selection:
    """The selection from the character at one position to that at the other, both in it, whichever comes first."""
    start, last = min(one, other), max(one, other)
    return Selection(start, (last[0], min(last[1] + 1, len(flow[last[0]].text))))


def _readable(flow: Flow, block: int) -> bool:
    return bool(flow[block].text) and flow[block].kind != "page"


def _block(flow: Flow, block: int, step: int) -> int | None:
    block += step
    while 0 <= block < len(flow):
        if _readable(flow, block):
            return block
        block += step
    return None


def first(flow: Flow) -> Position:
    """Where the text begins."""
    block = _block(flow, -1, 1)
    return (0 if block is None else block), 0


def forward(flow: Flow, position: Position, count: int = 1) -> Position:
    """The position `count` characters on; the last one of the flow at most."""
    block, offset = position
    offset += count
    while offset >= len(flow[block].text):
        following = _block(flow, block, 1)
        if following is None:
            return block, max(len(flow[block].text) - 1, 0)
        offset -= max(len(flow[block].text), 1)
        block = following
    return block, offset


def backward(flow: Flow, position: Position, count: int = 1) -> Position:
    """The position `count` characters back; the first one of the flow at least."""
    block, offset = position
    offset -= count
    while offset < 0:
        before = _block(flow, block, -1)
        if before is None:
            return block, 0
        block = before
        offset += len(flow[block].text)
    return block, offset


@lru_cache(maxsize=64)
def words(text: str) -> list[tuple[int, int]]:
    """Where the words of a text stand, signs between them too."""
    return [match.span() for match in _WORD.finditer(text)]


@lru_cache(maxsize=64)
def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text begin and end, without the spaces between them."""
    found, start = [], 0
    for match in _END.finditer(text):
        if not _ABBREVIATION.search(text, max(start, match.start() - 8), match.start() + 1):
            found.append((start, start + len(text[start : match.end()].rstrip())))
            start = match.end()
    if text[start:].strip():
        found.append((start, len(text.rstrip())))
    return found


def _around(pieces: list[tuple[int, int]], offset: int) -> tuple[int, int] | None:
    at = bisect_right(pieces, offset, key=lambda piece: piece[0]) - 1
    return pieces[max(at, 0)] if pieces else None


def _piece(flow: Flow, position: Position, pieces: list[tuple[int, int]]) -> Selection:
    block, offset = position
    start, end = _around(pieces, offset) or (0, len(flow[block].text))
    return Selection((block, start), (block, end))


def word_at(flow: Flow, position: Position) -> Selection:
    """The word at a position, or the one before it."""
    return _piece(flow, position, words(flow[position[0]].text))


def sentence_at(flow: Flow, position: Position) -> Selection:
    """The sentence at a position; a line of code, an equation or a table."""
    text = flow[position[0]].text
    if flow[position[0]].kind in KEPT_LINES:
        start = text.rfind("\n", 0, position[1]) + 1
        end = text.find("\n", position[1])
        return Selection((position[0], start), (position[0], end if end >= 0 else len(text)))
    return _piece(flow, position, sentences(text))


def paragraph_at(flow: Flow, position: Position) -> Selection:
    """The block at a position."""
    return Selection((position[0], 0), (position[0], len(flow[position[0]].text)))


def next_start(flow: Flow, position: Position, unit: str, count: int = 1) -> Position:
    """The start of the next word or sentence (`unit`)."""
    cut = words if unit == "word" else sentences
    for _ in range(count):
        block, offset = position
        later = next((start for start, _ in cut(flow[block].text) if start > offset), None)
        if later is None:
            following = _block(flow, block, 1)
            if following is None:
                return block, max(len(flow[block].text) - 1, 0)
            block, later = following, 0
        position = block, later
    return position


def previous_start(flow: Flow, position: Position, unit: str, count: int = 1) -> Position:
    """The start of this word or sentence (`unit`), or where that is where we are, of the one before."""
    cut = words if unit == "word" else sentences
    for _ in range(count):
        block, offset = position
        earlier = [start for start, _ in cut(flow[block].text) if start < offset]
        if not earlier:
            before = _block(flow, block, -1)
            if before is None:
                return block, 0
            block, earlier = before, [start for start, _ in cut(flow[before].text)] or [0]
        position = block, earlier[-1]
    return position


def word_end(flow: Flow, position: Position, count: int = 1) -> Position:
    """The last character of this word, or where that is where we are, of the next."""
    for _ in range(count):
        block, offset = position
        later = next((end - 1 for _, end in words(flow[block].text) if end - 1 > offset), None)
        if later is None:
            following = _block(flow, block, 1)
            if following is None:
                return block, max(len(flow[block].text) - 1, 0)
            ends = words(flow[following].text)
            block, later = following, ends[0][1] - 1 if ends else 0
        position = block, later
    return position


def step_block(flow: Flow, position: Position, step: int, count: int = 1) -> Position:
    """The start of the block `count` further on (`step` 1) or back (-1, this one's start first)."""
    block, offset = position
    for _ in range(count):
        if step < 0 and offset > 0:
            offset = 0
            continue
        following = _block(flow, block, step)
        if following is None:
            break
        block, offset = following, 0
    return block, offset


def stretches(flow: Flow, selection: Selection) -> Iterator[tuple[int, int, int]]:
    """What is selected of each block, page marks left out: block, start, end."""
    for block in range(selection.start[0], selection.end[0] + 1):
        low = selection.start[1] if block == selection.start[0] else 0
        high = selection.end[1] if block == selection.end[0] else len(flow[block].text)
        if _readable(flow, block) and low < high:
            yield block, low, high


def text_of(flow: Flow, selection: Selection) -> str:
    """The selected text, a blank line between blocks; page marks are not part of it."""
    parts: list[str] = []
    before = ""
    for block, low, high in stretches(flow, selection):
        if parts:
            parts.append("\n" if before == flow[block].kind in ("item", "reference") else "\n\n")
        parts.append(flow[block].text[low:high])
        before = flow[block].kind
    return "".join(parts).strip()


def citation(reading: Reading, page: str = "") -> str:
    """How a quote names where it is from: authors, year, title, page."""
    parts = [
        part
        for part in (reading.surnames, str(reading.year or ""), reading.title, f"p. {page}" if page else "")
        if part
    ]
    return ", ".join(parts)


def markdown_quote(text: str, source: str, link: str = "") -> str:
    """A Markdown block quote with its source below it."""
    quoted = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    return f"{quoted}\n>\n> — [{source}]({link})\n" if link else f"{quoted}\n>\n> — {source}\n"
