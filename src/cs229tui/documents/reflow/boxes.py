"""Rectangles on a page, and what a page is parted into."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from cs229tui.documents.flow import Area
from cs229tui.documents.reflow.layout import Line, PageLayout, Shape
from cs229tui.documents.reflow.measures import Measures

RegionKind = Literal["text", "figure", "table", "caption", "footnote", "code"]


@dataclass
class Box:
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, line: Line, margin: float = 2.0) -> bool:
        """Whether the middle of a line lies in it."""
        across, up = (line.left + line.right) / 2, (line.bottom + line.top) / 2
        return self.left - margin <= across <= self.right + margin and self.bottom - margin <= up <= self.top + margin

    def grow(self, other: "Box | Line | Shape") -> None:
        """Take another rectangle in."""
        self.left, self.right = min(self.left, other.left), max(self.right, other.right)
        self.bottom, self.top = min(self.bottom, other.bottom), max(self.top, other.top)

    def overlap(self, other: "Box | Line | Shape") -> float:
        """How many points of width both share."""
        return min(self.right, other.right) - max(self.left, other.left)


@dataclass
class Region(Box):
    """A part of a page: `lines` in reading order; `column` is 0 or 1, or -1 across both; `edges` the column's sides.

    `formulas`: a figure that is made of nothing else, and can be read.
    """

    kind: RegionKind = "text"
    lines: list[Line] = field(default_factory=list)
    column: int = -1
    edges: tuple[float, float] = (0.0, 0.0)
    label: str = ""
    formulas: bool = False


def area_of(box: Box, page: PageLayout) -> Area:
    """A rectangle of the page as it is read, with a hair's breadth around it, as one of the page as the file has it."""
    left, bottom, right, top = box.left - 2, box.bottom - 2, box.right + 2, box.top + 2
    within = max(left, 0.0), max(bottom, 0.0), min(right, page.width), min(top, page.height)
    if within[2] - within[0] > 0.4 * (right - left) and within[3] - within[1] > 0.4 * (top - bottom):
        # What is drawn beyond the page's edge nobody sees.
        left, bottom, right, top = within
    for quarters, wide, high in reversed(page.turns):
        if quarters == 0:
            left, bottom, right, top = left + wide, bottom + high, right + wide, top + high
        elif quarters == 1:
            left, bottom, right, top = wide - top, left, wide - bottom, right
        elif quarters == 2:
            left, bottom, right, top = wide - right, high - top, wide - left, high - bottom
        else:
            left, bottom, right, top = bottom, high - right, top, high - left
    return Area(page.number, *(round(side, 1) for side in (left, bottom, right, top)))


def box_of(lines: Iterable[Line]) -> Box:
    """The rectangle around some lines."""
    lines = list(lines)
    return Box(
        min(line.left for line in lines),
        min(line.bottom for line in lines),
        max(line.right for line in lines),
        max(line.top for line in lines),
    )


def sides(box: Box) -> tuple[float, float, float, float]:
    """Left, bottom, right and top."""
    return box.left, box.bottom, box.right, box.top


def column_of(box: "Box | Line", gutter: float) -> int:
    """The column a box stands in, -1 where it stands across both."""
    if box.left < gutter - 8 and box.right > gutter + 8:
        return -1
    return 0 if (box.left + box.right) / 2 < gutter else 1


def is_prose(page: PageLayout, line: Line, measures: Measures, least: float) -> bool:
    """Whether a line looks like running text at least `least` points wide."""
    if line.right - line.left < least or abs(line.size - measures.size) > 0.12 * measures.size:
        return False
    return words_of(page, line) >= 4


def words_of(page: PageLayout, line: Line) -> int:
    """How many words of more than one letter a line has; the letters of a formula are no words."""
    text = " ".join(page.text[piece.start : piece.end] for piece in line.pieces if not page.looks[piece.look].maths)
    return sum(len(word) > 1 and word[0].isalpha() for word in text.split())


def caption_near(box: Box, captions: list[Region], what: str) -> Region | None:
    """The caption that belongs to a box: the nearest right above or below it, or inside it; one for `what` first."""
    best: tuple[float, Region] | None = None
    for caption in captions:
        if box.overlap(caption) < 0.3 * min(box.right - box.left, caption.right - caption.left):
            continue
        distance = max(caption.bottom - box.top, box.bottom - caption.top, 0.0)
        if not caption.label.startswith(what):
            distance += 20
        if distance < 42 and (best is None or distance < best[0]):
            best = (distance, caption)
    return best[1] if best else None
