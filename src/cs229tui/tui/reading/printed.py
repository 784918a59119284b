"""What of a document stands where on its printed pages: marks to paint, figures to show alone, slides."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cs229tui.documents.flow import Area, Block, Flow, Span
from cs229tui.documents.selections import Quad, quads
from cs229tui.library.documents import Page
from cs229tui.tui.reading.places import Range
from cs229tui.tui.reading.wrap import Position

_ALONE = frozenset({"figure", "table", "equation", "code"})
_LARGE = frozenset({"figure", "table"})
_SAME_SIZE = 0.9


@dataclass(frozen=True)
class Exhibit:
    """A figure, table, equation or listing: the number of its block, and where it stands."""

    block: int
    kind: str
    area: Area


def boxes_of(flow: Flow, stretch: Range, page: Page) -> Iterator[Quad]:
    """The boxes in points, a line each, of what of a stretch of the flow stands on a page.

    Piece by piece: what stands between two pieces of a paragraph on the page, a footnote or a figure, is not of it.
    """
    block, start, end = stretch
    for run in flow[block].runs:
        low, high = max(start, run.offset), min(end, run.offset + run.length)
        if run.page == page.number and low < high:
            yield from quads(page, Span(page.number, run.start + low - run.offset, run.start + high - run.offset))


def stretches(flow: Flow, start: Position, end: Position) -> Iterator[Range]:
    """What is between two positions (`end` excluded), block by block."""
    for number in range(start[0], min(end[0], len(flow) - 1) + 1):
        low = start[1] if number == start[0] else 0
        high = end[1] if number == end[0] else len(flow[number].text)
        if low < high:
            yield number, low, high


def exhibits(flow: Flow) -> tuple[Exhibit, ...]:
    """All that can be shown alone, in the order of the text."""
    return tuple(
        Exhibit(number, block.kind, block.area)
        for number, block in enumerate(flow)
        if block.kind in _ALONE and block.area is not None
    )


def exhibit_near(found: Sequence[Exhibit], flow: Flow, position: Position) -> Exhibit | None:
    """What stands at a position, else the nearest figure or table on its page, else in the text."""
    here = [one for one in found if one.block == position[0]]
    if here:
        return here[0]
    large = [one for one in found if one.kind in _LARGE] or list(found)
    if not large:
        return None
    page = _page_of(flow[position[0]]) if position[0] < len(flow) else None

    def distance(one: Exhibit) -> tuple[bool, int]:
        return one.area.page != page, abs(one.block - position[0])

    return min(large, key=distance)


def _page_of(block: Block) -> int | None:
    return block.runs[0].page if block.runs else None


def are_slides(pages: Iterable[Page]) -> bool:
    """Whether a document looks like slides: wide pages, nearly all of one size."""
    sizes = [(round(page.width), round(page.height)) for page in pages]
    if len(sizes) < 2:
        return False
    common = max(set(sizes), key=sizes.count)
    return common[0] > common[1] and sizes.count(common) >= _SAME_SIZE * len(sizes)


def areas_by_page(flow: Flow) -> dict[int, list[tuple[int, Area]]]:
    """What stands where on each page: the numbers of blocks, and their areas."""
    found: dict[int, list[tuple[int, Area]]] = {}
    for number, block in enumerate(flow):
        if block.area is not None:
            found.setdefault(block.area.page, []).append((number, block.area))
    return found


def covered(areas: Iterable[tuple[int, Area]], region: Quad) -> int | None:
    """The block that a box is most alike in place and size; none where it touches none."""
    shares = [(_shared((area.left, area.bottom, area.right, area.top), region), number) for number, area in areas]
    share, number = max(shares, default=(0.0, 0))
    return number if share > 0 else None


def stub_of(flow: Flow, block: int | None, caption: str) -> tuple[Range, ...]:
    """The words that stand in the text for a box on a page, which is around `block`; else the label of its caption."""
    if block is None and caption:
        begins = caption[:24]
        block = next((n for n, one in enumerate(flow) if one.kind == "caption" and one.text[:24] == begins), None)
    if block is None:
        return ()
    words = flow[block].text
    if flow[block].kind == "caption":
        words = words[: words.find(":") + 1] or words[:12]
    return ((block, 0, len(words)),) if words else ()


def caption_of(flow: Flow, page: int, region: Quad) -> str:
    """What the text says of a box on a page: the caption of the figure or table it is on, the equation, the listing."""
    found = covered(areas_by_page(flow).get(page, ()), region)
    if found is None:
        return ""
    if flow[found].kind not in _LARGE:
        return flow[found].text
    near = sorted(range(max(found - 2, 0), min(found + 3, len(flow))), key=lambda number: abs(number - found))
    return next((flow[number].text for number in near if flow[number].kind == "caption"), flow[found].text)


def _shared(one: Quad, other: Quad) -> float:
    """How much of both two boxes have in common, 0 to 1: a box in another is not all of it."""
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - wide * high
    return wide * high / both if both else 0.0
