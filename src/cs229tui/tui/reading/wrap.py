"""A flow laid out in lines of a width, each cell of which knows its character, and each character its cell.

Knows nothing of Textual. Prose is wrapped at spaces; code, equations and tables keep their own lines. A `Position` is a
block and an offset in its text; it means the same at every width.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import get_character_cell_size

from cs229tui.documents.flow import Block, Flow

Position = tuple[int, int]

KEPT_LINES = frozenset({"code", "equation", "table"})
"""Kinds whose line ends are their own."""

# What a terminal shows in exactly one cell: a text made of these alone needs no measuring. Kept in step with
# `rich.cells` by a test.
_ONE_CELL = re.compile(
    "[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u209c\u20a0-\u20bf"
    "\u2100-\u214f\u2190-\u22ff\u2500-\u25fc\ufb00-\ufb06\ufffd\U0001d400-\U0001d7ff]*\\Z"
)
_MARKER = re.compile(r"(?:[•◦▪∙·–—*‣⁃-]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)]|\[\d{1,3}\])\s+")
# A control that got this far is shown as a space; a variation selector would change the width of what is before it.
_SHOWN = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ") | dict.fromkeys((0xFE0E, 0xFE0F, 0x200D), "")
_CLOSE = frozenset({("item", "item"), ("reference", "reference"), ("footnote", "footnote"), ("figure", "caption")})


_PARAGRAPHS = ("paragraph", "paragraph")
# What begins, and what goes on below an equation, needs no sign that a new paragraph begins.
_UNINDENTED_AFTER = frozenset({"", "title", "heading", "equation"})


class Line(NamedTuple):
    """One line of the screen: characters `start` to `end` of a block, from cell `indent` on; block -1 is a blank line
    between blocks, an empty line of a block stands between its spaced lines.

    `page` is the number of the page that begins on this line, else 0.
    """

    block: int
    start: int
    end: int
    indent: int
    page: int = 0

    @property
    def blank(self) -> bool:
        """Whether nothing is written on it."""
        return self.start == self.end


@dataclass(frozen=True)
class Measure:
    """How text is set: the column's width in cells, whether its right edge is straight, how many blank lines stand
    between paragraphs, how far a paragraph's first line is indented, and of how many lines each one takes the room.
    """

    width: int
    justify: bool = False
    gap: int = 1
    indent: int = 0
    spacing: int = 1


class Layout:
    """The lines of a flow at one measure; made by `wrap`."""

    def __init__(
        self, flow: Flow, measure: Measure, lines: list[Line], first: list[int], narrow: Sequence[bool]
    ) -> None:
        self.flow = flow
        self.measure = measure
        self.lines = lines
        self._first = first
        self._narrow = narrow

    def row(self, position: Position) -> int:
        """The line on which a position stands; for a block that is not shown, the line that comes next."""
        block, offset = position
        if not self.lines:
            return 0
        block = max(0, min(block, len(self.flow) - 1))
        low, high = self._first[block], self._first[block + 1]
        while low < high and self.lines[low].block < 0:
            low += 1
        if low >= high:
            return min(self._shown(high), len(self.lines) - 1)
        return max(low, bisect_right(self.lines, offset, low, high, key=_start) - 1)

    def column(self, position: Position) -> int:
        """The cell of the text column in which a position's character begins."""
        line = self.lines[self.row(position)]
        at = min(max(position[1] - line.start, 0), max(line.end - line.start, 0)) if position[0] == line.block else 0
        columns = self.columns(line)
        return line.indent + (at if columns is None else columns[at])

    def position(self, row: int, column: int) -> Position:
        """The position nearest to a cell; of a blank line it is the start of the line after it, else before it."""
        if not self.lines:
            return 0, 0
        row = max(0, min(row, len(self.lines) - 1))
        line = self.lines[row]
        if line.block < 0:
            after = self._shown(row)
            if after < len(self.lines):
                return self.lines[after].block, self.lines[after].start
            row = next((at for at in range(row, -1, -1) if self.lines[at].block >= 0), 0)
            line, column = self.lines[row], self.measure.width
        last = max(line.end - line.start - 1, 0)
        if last and self.flow[line.block].text[line.start + last] == "\n":
            last -= 1
        cell = max(column - line.indent, 0)
        columns = self.columns(line)
        if columns is None:
            return line.block, line.start + min(cell, last)
        return line.block, line.start + min(max(bisect_right(columns, cell) - 1, 0), last)

    def columns(self, line: Line) -> list[int] | None:
        """For each character of a line the cell, from its indent, where it begins, and the cell after the last.

        None where every character takes one cell, as in most lines.
        """
        if line.block < 0:
            return None
        narrow = self._narrow[line.block]
        if narrow and not self.measure.justify:
            return None
        text = self.flow[line.block].text[line.start : line.end]
        widths = [1] * len(text) if narrow else [cell_width(character) for character in text]
        if self.measure.justify and not self._stretch(line, text, widths) and narrow:
            return None
        columns = [0]
        for width in widths:
            columns.append(columns[-1] + width)
        return columns

    def _stretch(self, line: Line, text: str, widths: list[int]) -> bool:
        block = self.flow[line.block]
        if line.end >= len(block.text) or block.kind not in ("paragraph", "item", "quote", "footnote"):
            return False
        body = text.rstrip()
        marker = _MARKER.match(text) if line.start == 0 and block.kind == "item" else None
        gaps = [at for at, character in enumerate(body) if character == " " and at >= (marker.end() if marker else 0)]
        extra = self.measure.width - line.indent - sum(widths[: len(body)])
        # A line with few words is left ragged: rivers are worse than an uneven edge.
        if not gaps or not 0 < 2 * extra <= 3 * len(gaps):
            return False
        # Every other line is filled from its other end: wide gaps below each other would run down the page as rivers.
        if line.start % 2:
            gaps.reverse()
        for number, at in enumerate(gaps):
            widths[at] += (number + 1) * extra // len(gaps) - number * extra // len(gaps)
        return True

    def _shown(self, row: int) -> int:
        while row < len(self.lines) and self.lines[row].block < 0:
            row += 1
        return row


def cell_width(character: str) -> int:
    """The cells a character takes on the screen as `shown` gives it."""
    code = ord(character)
    if code < 0xA0:
        return 1
    return 0 if code in (0xFE0E, 0xFE0F, 0x200D) else get_character_cell_size(character)


def shown(text: str) -> str:
    """The characters of a line as they may go to the terminal."""
    return text if text.isprintable() and text.isascii() else text.translate(_SHOWN)


def wrap(flow: Flow, measure: Measure, breaks: Mapping[int, Sequence[tuple[int, int]]] | None = None) -> Layout:
    """Lay a flow out in lines; `breaks` says for a block at which of its offsets which page begins.

    Every character of every block but the page marks is in exactly one line, in order; spaces and line ends at which
    a line was broken belong to the line before.
    """
    lines: list[Line] = []
    first: list[int] = []
    narrow: list[bool] = []
    breaks = breaks or {}
    before = ""
    for number, block in enumerate(flow):
        first.append(len(lines))
        text = block.text
        fits = _ONE_CELL.match(text) is not None
        narrow.append(fits)
        if not text or (block.kind == "page" and number not in breaks):
            continue
        if lines:
            kinds = (before, block.kind)
            gap = 0 if kinds in _CLOSE else measure.gap if kinds == _PARAGRAPHS else 1
            lines.extend([Line(-1, 0, 0, 0)] * (gap + measure.spacing - 1))
        begin = len(lines)
        if block.kind in KEPT_LINES:
            _keep(lines, number, block, measure.width)
        else:
            indent, hang = _indents(block, measure.width)
            if measure.indent and block.kind == "paragraph" and before not in _UNINDENTED_AFTER:
                indent = min(measure.indent, measure.width // 8)
            (_fold if fits else _measure)(lines, number, text, indent, hang, measure.width)
            if measure.spacing > 1:
                lines[begin:] = _spaced(lines[begin:], measure.spacing)
        for offset, page in breaks.get(number, ()):
            at = max(begin, bisect_right(lines, offset, begin, key=_start) - 1)
            lines[at] = lines[at]._replace(page=lines[at].page or page)
        before = block.kind
    first.append(len(lines))
    return Layout(flow, measure, lines, first, narrow)


def _spaced(lines: Sequence[Line], spacing: int) -> list[Line]:
    """The lines of a block with empty ones between them; each has the place of the line below it."""
    spaced = list(lines[:1])
    for line in lines[1:]:
        spaced += [Line(line.block, line.start, line.start, line.indent)] * (spacing - 1)
        spaced.append(line)
    return spaced


def _start(line: Line) -> int:
    return line.start


def _indents(block: Block, width: int) -> tuple[int, int]:
    """The indent of a block's first line and that of the others."""
    if block.kind == "item":
        indent = min(2 * block.level + 2, width // 4)
        marker = _MARKER.match(block.text)
        return indent, min(indent + (marker.end() if marker else 0), width // 3)
    if block.kind == "reference":
        return 0, min(4, width // 8)
    if block.kind == "footnote":
        return min(2, width // 8), min(4, width // 8)
    if block.kind in ("quote", "caption", "figure"):
        indent = min(4 if block.kind == "quote" else 2, width // 8)
        return indent, indent
    return 0, 0


def _keep(lines: list[Line], number: int, block: Block, width: int) -> None:
    start, text = 0, block.text
    longest = max(map(len, text.split("\n")))
    indent = max(0, min(4 if block.kind == "equation" else 2, width - longest))
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        lines.append(Line(number, start, end, indent))
        start = end


def _fold(lines: list[Line], number: int, text: str, indent: int, hang: int, width: int) -> None:
    """Wrap a text in which every character takes one cell."""
    start, length, room = 0, len(text), max(width - indent, 1)
    while length - start > room:
        end = text.rfind(" ", start, start + room + 1) + 1
        if end <= start + room // 2:
            end = _inside(text, start, start + room) or end or start + room
        while end < length and text[end] == " ":
            end += 1
        lines.append(Line(number, start, end, indent))
        start, indent = end, hang
        room = max(width - hang, 1)
    if start < length:
        lines.append(Line(number, start, length, indent))


def _inside(text: str, start: int, limit: int) -> int:
    """Where a long word (an address, a compound) may be broken so that the line ends at `limit` or before it, or 0."""
    low = start + (limit - start) // 2
    end = max(text.rfind(sign, low, limit) for sign in "-/–—_&=?") + 1
    if end > low:
        return end
    return 0 if " " in text[start:limit] else limit


def _measure(lines: list[Line], number: int, text: str, indent: int, hang: int, width: int) -> None:
    """Wrap a text with characters that take no cell or two."""
    start, used, room, brk, length = 0, 0, max(width - indent, 2), 0, len(text)
    at = 0
    while at < length:
        character = text[at]
        wide = cell_width(character)
        if used + wide > room and not (character == " " and brk != at):
            end = brk if brk > start else at
            if end == start:
                end = at + 1
            lines.append(Line(number, start, end, indent))
            start = at = brk = end
            used, indent = 0, hang
            room = max(width - hang, 2)
            continue
        used += wide
        at += 1
        # A line may end after a space, and between two wide characters, which have no spaces.
        if character == " " or (wide == 2 and at < length and cell_width(text[at]) == 2):
            brk = at
    if start < length:
        lines.append(Line(number, start, length, indent))
