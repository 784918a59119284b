"""A document as it is read: blocks of reflowed text, each character of which knows the page character it came from.

This is the meeting point of the room: extractors and `reflow` make a `Flow`, the reader, the command line and the
annotations use it. It knows no PDF and no screen.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

import msgspec

BlockKind = Literal[
    "title",
    "heading",
    "paragraph",
    "item",
    "quote",
    "code",
    "equation",
    "table",
    "figure",
    "caption",
    "footnote",
    "reference",
    "page",
]


class Run(msgspec.Struct, frozen=True, array_like=True):
    """`length` characters of a block from `offset` on are those from `start` on in the text of `page` (from 1)."""

    offset: int
    page: int
    start: int
    length: int


class Area(msgspec.Struct, frozen=True, array_like=True):
    """A rectangle on a page (from 1), in the points that the page's stored boxes count in, y upwards."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


class Block(msgspec.Struct, frozen=True, array_like=True):
    """A paragraph, heading, … as it is shown: `text` has no line ends but in code, equations and tables.

    `level` is a heading's depth (1 …) or an item's indent (0 …). `runs`, ordered by offset, say where the characters
    come from; characters between runs (the space a line end became) belong to no page. A `page` block marks where the
    page `level` begins, and carries its printed label as text. `area` is where a figure, a table, an equation or code
    stands, with what is drawn of it; none where nobody knows.
    """

    kind: BlockKind
    text: str
    level: int = 0
    runs: tuple[Run, ...] = ()
    area: Area | None = None

    def place(self, offset: int) -> tuple[int, int] | None:
        """The (page, character) of the block's character at `offset`, or of the nearest before it, else after it."""
        if not self.runs:
            return None
        at = bisect_right(self.runs, offset, key=lambda run: run.offset) - 1
        if at < 0:
            return self.runs[0].page, self.runs[0].start
        run = self.runs[at]
        return run.page, run.start + min(offset - run.offset, run.length - 1)

    def offset(self, page: int, character: int) -> int | None:
        """Where in the block the character of a page stands; none if it is not in this block."""
        for run in self.runs:
            if run.page == page and run.start <= character < run.start + run.length:
                return run.offset + character - run.start
        return None


Flow = tuple[Block, ...]


@dataclass(frozen=True)
class Span:
    """A stretch of one page's text: `start` up to but without `end`, in code points of the page (from 1)."""

    page: int
    start: int
    end: int


def encode(flow: Flow) -> bytes:
    """A flow as it is stored."""
    return msgspec.msgpack.encode(flow)


def decode(stored: bytes) -> Flow:
    """A flow as it was stored."""
    return msgspec.msgpack.decode(stored, type=tuple[Block, ...])


def spans(block: Block, start: int, end: int) -> tuple[Span, ...]:
    """The stretches of pages that a block's characters `start` to `end` cover; one for each page that is touched."""
    found: dict[int, tuple[int, int]] = {}
    for run in block.runs:
        low, high = max(start, run.offset), min(end, run.offset + run.length)
        if low < high:
            first, last = run.start + low - run.offset, run.start + high - run.offset
            before = found.get(run.page, (first, last))
            found[run.page] = (min(before[0], first), max(before[1], last))
    return tuple(Span(page, *ends) for page, ends in sorted(found.items()))
