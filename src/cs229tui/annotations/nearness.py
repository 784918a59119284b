"""What stands near what: places in a text by their paragraphs, boxes of a page by what they share."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from cs229tui.documents.flow import Flow
from cs229tui.library.annotations import Quad

# A quote through more paragraphs than these is as good as about the whole reading; it counts where it begins.
_LONGEST = 12
# How much of the smaller one a box and what is printed must share to be the same thing.
_SHARED = 0.3


class Paragraphs:
    """The numbers of a text's blocks: paragraphs, headings, figures, … in the order of the text, over page breaks."""

    def __init__(self, flow: Flow) -> None:
        blocks = [block for block in flow if block.kind != "page"]
        self._starts = sorted(
            (run.page, run.start, number) for number, block in enumerate(blocks) for run in block.runs
        )
        self._areas = defaultdict(list)
        for number, block in enumerate(blocks):
            if block.area is not None:
                area = block.area
                self._areas[area.page].append((number, (area.left, area.bottom, area.right, area.top)))

    def at(self, page: int, character: int) -> int:
        """The number of the block that a page's character is in; of what is in none, of the nearest before it."""
        after = bisect_right(self._starts, (page, character, 2**31))
        before = self._starts[after - 1] if after else None
        if before is None or (before[0] != page and after < len(self._starts) and self._starts[after][0] == page):
            return self._starts[after][2] if after < len(self._starts) else 0
        return before[2]

    def under(self, page: int, box: Quad) -> int | None:
        """The number of the figure, table or equation that a box on a page shares most with, if that is enough."""
        found = max(((_shared(box, area), -number) for number, area in self._areas[page]), default=(0.0, 0))
        return -found[1] if found[0] >= _SHARED else None


def near(touched: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Which of some things go together, by the paragraphs (first, last) that each touches: lists of their indices.

    The paragraph that most touch, of equal ones the first, takes what touches it or a neighbour; then the next does.
    """
    by_paragraph: dict[int, list[int]] = defaultdict(list)
    for index, (first, last) in enumerate(touched):
        for paragraph in range(first, (last if last - first < _LONGEST else first) + 1):
            by_paragraph[paragraph].append(index)
    taken: set[int] = set()
    found = []
    for paragraph in sorted(by_paragraph, key=lambda one: (-len(by_paragraph[one]), one)):
        # Where its own are all taken, its neighbours' may still be the middle of something.
        if taken.issuperset(by_paragraph[paragraph]):
            continue
        around = {index for step in (-1, 0, 1) for index in by_paragraph.get(paragraph + step, ())}
        together = sorted(around - taken)
        taken.update(together)
        found.append(together)
    return found


def overlapping(boxes: Sequence[Quad]) -> list[list[int]]:
    """Which boxes of a page go together: lists of their indices, each the highest box left with all that overlap it."""
    groups: list[list[int]] = []
    reached: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda one: (-boxes[one][3], boxes[one])):
        box = boxes[index]
        # From above down: what ends above this box meets none that follows.
        reached = [group for group in reached if boxes[group[0]][1] < box[3]]
        group = next((group for group in reached if _shared(boxes[group[0]], box) > 0), None)
        if group is None:
            group = []
            groups.append(group)
            reached.append(group)
        group.append(index)
    return groups


def _shared(one: Quad, other: Quad) -> float:
    """What two boxes share, of the smaller one: 0 to 1."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
