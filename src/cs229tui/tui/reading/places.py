"""Where the pages of a document stand in its flow: positions to (page, character), spans to ranges, and back."""

from bisect import bisect_left, bisect_right
from functools import cached_property

from cs229tui.documents.flow import Flow, Span, spans
from cs229tui.tui.reading.wrap import Position

Range = tuple[int, int, int]
"""Characters of one block: block, start, end."""


class Places:
    """The index of one flow; it does not depend on how the flow is laid out."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.starts: dict[int, Position] = {}
        """Where each page begins in the order of reading."""
        self._pages: list[int] = []
        latest, labels = 1, {}
        for number, block in enumerate(flow):
            if block.kind == "page":
                labels[block.level] = number
                latest = max(latest, block.level)
                self._pages.append(latest)
                continue
            for run in block.runs:
                self.starts.setdefault(run.page, (number, run.offset))
            self._pages.append(block.runs[0].page if block.runs else latest)
            latest = max(latest, self._pages[-1])
        self.empty = {page: number for page, number in labels.items() if page not in self.starts}
        """Pages without any text that is read, and the page blocks that stand for them."""
        self.starts |= {page: (number, 0) for page, number in self.empty.items()}

    @cached_property
    def breaks(self) -> dict[int, list[tuple[int, int]]]:
        """For each block in which a page begins: at which offset, which page."""
        found: dict[int, list[tuple[int, int]]] = {}
        for page, (block, offset) in sorted(self.starts.items(), key=lambda item: item[1]):
            found.setdefault(block, []).append((offset, page))
        return found

    @cached_property
    def _runs(self) -> list[tuple[int, int, int, int, int]]:
        return sorted(
            (run.page, run.start, run.start + run.length, number, run.offset)
            for number, block in enumerate(self.flow)
            for run in block.runs
        )

    def page(self, position: Position) -> int:
        """The page a position stands on, or the last one before it."""
        if not self.flow:
            return 1
        number = min(max(position[0], 0), len(self.flow) - 1)
        placed = self.flow[number].place(position[1])
        return placed[0] if placed else self._pages[number]

    def place(self, position: Position) -> tuple[int, int]:
        """The (page, character) of a position; where it has none of its own, that of the nearest text before it."""
        for number in range(min(position[0], len(self.flow) - 1), -1, -1):
            block = self.flow[number]
            placed = block.place(position[1] if number == position[0] else len(block.text))
            if placed:
                return placed
            if block.kind == "page":
                return block.level, 0
        return 1, 0

    def position(self, page: int, character: int = 0) -> Position:
        """Where a page's character stands; one not shown gives the next that is, a page not shown the nearest."""
        at = bisect_right(self._runs, (page, character, 1 << 60, 0, 0)) - 1
        if at >= 0 and self._runs[at][0] == page and character < self._runs[at][2]:
            _, start, _, block, offset = self._runs[at]
            return block, offset + character - start
        if character <= 0 and page in self.starts:
            return self.starts[page]
        if at + 1 < len(self._runs) and self._runs[at + 1][0] == page:
            return self._runs[at + 1][3], self._runs[at + 1][4]
        if at >= 0 and self._runs[at][0] == page:
            _, start, end, block, offset = self._runs[at]
            return block, offset + end - start - 1
        pages = sorted(self.starts)
        if not pages:
            return 0, 0
        return self.starts[pages[min(bisect_left(pages, page), len(pages) - 1)]]

    def ranges(self, span: Span) -> list[Range]:
        """What a span covers in the flow, a stretch for each block, in order; what joins two runs is covered too."""
        at = max(0, bisect_right(self._runs, (span.page, span.start, 1 << 60, 0, 0)) - 1)
        covered: dict[int, tuple[int, int]] = {}
        for number in range(at, len(self._runs)):
            page, start, end, block, offset = self._runs[number]
            if page > span.page or (page == span.page and start >= span.end):
                break
            low, high = max(start, span.start), min(end, span.end)
            if page == span.page and low < high:
                first, last = offset + low - start, offset + high - start
                known = covered.get(block)
                covered[block] = (min(first, known[0]), max(last, known[1])) if known else (first, last)
        return [(block, *ends) for block, ends in sorted(covered.items())]

    def spans(self, start: Position, end: Position) -> tuple[Span, ...]:
        """The stretches of pages between two positions (`end` excluded): one for each page, in the order of pages."""
        found: dict[int, tuple[int, int]] = {}
        for number in range(start[0], min(end[0], len(self.flow) - 1) + 1):
            block = self.flow[number]
            low = start[1] if number == start[0] else 0
            high = end[1] if number == end[0] else len(block.text)
            for span in spans(block, low, high):
                known = found.get(span.page, (span.start, span.end))
                found[span.page] = (min(known[0], span.start), max(known[1], span.end))
        return tuple(Span(page, *ends) for page, ends in sorted(found.items()))
