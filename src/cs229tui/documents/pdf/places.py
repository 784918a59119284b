"""Which character of a page a link, a bookmark or a rectangle means. Pure geometry on the boxes as they are stored."""

import re
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

# How far to the left and the right of a destination the line it means may begin, in widths of the page: that of a
# caption stands where the caption's first word would be if it filled its column.
_ASIDE = -0.15, 0.3
_BETWEEN = re.compile(r",?\s+\(?(?=\d{4}\b)|\s*[\u2010.]?\s*")


@dataclass(frozen=True)
class _Begin:
    """Where a line begins: its first character, that one's left side, and the height of its middle."""

    character: int
    left: float
    middle: float
    size: float
    alone: bool = True


class PagePlaces:
    """One page's characters, to be asked for by where they stand; `boxes` are four numbers a character, see `Page`."""

    def __init__(self, text: str, boxes: "array[float] | bytes", width: float) -> None:
        self._text = text
        self._width = width
        self._boxes = _floats(boxes)
        self._begins: list[_Begin] | None = None
        self._rows: dict[int, list[int]] | None = None

    def below(self, height: float, across: float = -1.0) -> int:
        """The first character of the line nearest below a height of the page, of that column where `across` says one;
        both -1 where they are not known.
        """
        begins = self._begins = self._line_begins() if self._begins is None else self._begins
        if height < 0 or not begins:
            return 0
        lower = [begin for begin in begins if begin.middle <= height]
        if across > 0:
            least, most = (share * self._width for share in _ASIDE)
            near = [each for each in lower if least < each.left - across < most]
            lower = near or lower
        if not lower:
            return 0
        highest = max(lower, key=lambda begin: begin.middle)
        beside = [each for each in lower if highest.middle - each.middle < 0.5 * highest.size]
        return min(beside, key=lambda begin: begin.left).character

    def within(self, left: float, bottom: float, right: float, top: float) -> list[tuple[int, int]]:
        """The stretches of characters (start, end) whose middle a rectangle holds; no white space at their ends."""
        rows = self._rows = self._by_row() if self._rows is None else self._rows
        if top - bottom > 4000 or right <= left:
            return []
        boxes = self._boxes
        held = []
        for row in range(int(bottom // 8), int(top // 8) + 1):
            for index in rows.get(row, ()):
                x = (boxes[4 * index] + boxes[4 * index + 2]) / 2
                y = (boxes[4 * index + 1] + boxes[4 * index + 3]) / 2
                if left <= x <= right and bottom <= y <= top:
                    held.append(index)
        held.sort()
        found: list[tuple[int, int]] = []
        for index in held:
            if found and not self._text[found[-1][1] : index].strip():
                found[-1] = found[-1][0], index + 1
            else:
                found.append((index, index + 1))
        return found

    def _by_row(self) -> dict[int, list[int]]:
        rows: dict[int, list[int]] = defaultdict(list)
        heights = zip(self._text, self._boxes[1::4], self._boxes[3::4], strict=False)
        for index, (character, bottom, top) in enumerate(heights):
            if not character.isspace() and -1e5 < (middle := (bottom + top) / 2) < 1e5:
                rows[int(middle // 8)].append(index)
        return rows

    def _line_begins(self) -> list[_Begin]:
        begins: list[_Begin] = []
        sides = (self._boxes[side::4] for side in range(4))
        last_right = last_middle = 0.0
        for index, (character, left, bottom, right, top) in enumerate(zip(self._text, *sides, strict=False)):
            if character.isspace():
                continue
            size = top - bottom if top - bottom > 1.0 else 1.0
            if begins and bottom < last_middle < top and -size < left - last_right < 2 * size:
                if begins[-1].alone:
                    begins[-1] = replace(begins[-1], alone=False)
            else:
                begins.append(_Begin(index, left, (bottom + top) / 2, top - bottom))
            last_right, last_middle = right, (bottom + top) / 2
        # Characters on their own in a row are a text that runs up the margin.
        return [
            begin
            for last, begin, following in zip([None, *begins], begins, [*begins[1:], None], strict=False)
            if not begin.alone or not ((last and last.alone) or (following and following.alone))
        ]


def joined(text: str, stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches in order, those put together that a line's end parts, or what is between a name and its year."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        between = _BETWEEN.match(text, found[-1][1]) if found else None
        if between and between.end() >= start:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _floats(boxes: "array[float] | bytes") -> "array[float]":
    if isinstance(boxes, array):
        return boxes
    made = array("f")
    made.frombytes(boxes)
    return made
