"""Everything in one document that points somewhere, found block by block as it is asked for."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

from cs229tui.documents.crossrefs.citations import Citation, Citing
from cs229tui.documents.crossrefs.entries import Entry, entries_of
from cs229tui.documents.crossrefs.landmarks import Landmarks
from cs229tui.documents.crossrefs.mentions import bare_equations, footnote_marks, mentions
from cs229tui.documents.crossrefs.targets import Pointer, Target, TargetKind
from cs229tui.documents.flow import Flow, Span
from cs229tui.documents.linking import written_links
from cs229tui.library.documents import Link, OutlineEntry, Page, links_of

_LONGEST = 60_000
_PARTS = 4
"""Blocks over which an entry may go on, page marks with them."""
_CITING = frozenset({"paragraph", "item", "quote", "caption", "footnote", "table", "heading"})
_MENTIONING = _CITING - {"heading"}
_BY_BLOCK: dict[str, TargetKind] = {
    "heading": "section",
    "title": "section",
    "caption": "figure",
    "figure": "figure",
    "table": "table",
    "equation": "equation",
    "footnote": "footnote",
}


class Located(Protocol):
    """Where the characters of the pages stand in the flow."""

    def position(self, page: int, character: int = 0) -> tuple[int, int]:
        """The block and offset of a page's character."""

    def ranges(self, span: Span) -> list[tuple[int, int, int]]:
        """The stretches of blocks that a stretch of a page covers."""


class Pointers:
    """The pointers of one flow. Where the words are clear they count; where they leave a doubt the file's own links
    settle it; and what only the file links is a pointer too.
    """

    def __init__(
        self,
        flow: Flow,
        pages: Sequence[Page] = (),
        outline: Sequence[OutlineEntry] = (),
        located: Located | None = None,
    ) -> None:
        self.flow = flow
        self.entries: tuple[Entry, ...] = entries_of(flow)
        self._blocks = {entry.block: number for number, entry in enumerate(self.entries)}
        self.landmarks = Landmarks(flow, outline)
        self._citing = Citing(self.entries, (block.text for block in flow if block.kind in ("paragraph", "item")))
        self._located = located
        self._links: dict[int, list[tuple[int, int, Link]]] = defaultdict(list)
        if located is not None:
            self._take_links(pages, located)
        self._known: dict[int, tuple[Pointer, ...]] = {}

    def of(self, block: int) -> tuple[Pointer, ...]:
        """The pointers of a block, in order; they do not overlap."""
        known = self._known.get(block)
        if known is None:
            known = self._known[block] = tuple(self._find(block)) if 0 <= block < len(self.flow) else ()
        return known

    def every(self) -> Iterable[Pointer]:
        """The pointers of all blocks, in order."""
        for block in range(len(self.flow)):
            yield from self.of(block)

    def at(self, position: tuple[int, int]) -> Pointer | None:
        """The pointer whose words hold a position."""
        return next((one for one in self.of(position[0]) if one.start <= position[1] < one.end), None)

    def step(self, position: tuple[int, int], direction: int) -> Pointer | None:
        """The next pointer that begins after (1) a position, or before it (-1)."""
        block, offset = position
        while 0 <= block < len(self.flow):
            here = self.of(block)
            starts = [one.start for one in here]
            if direction > 0:
                at = bisect_right(starts, offset)
                if at < len(here):
                    return here[at]
            else:
                at = bisect_left(starts, offset) - 1
                if at >= 0:
                    return here[at]
            block += direction
            offset = -1 if direction > 0 else 1 << 60
        return None

    def entry_at(self, block: int) -> int | None:
        """The entry of the references (from 0) that a block is, or goes on."""
        for start in range(block, max(block - _PARTS, -1), -1):
            if start in self._blocks:
                return self._blocks[start]
            if self.flow[start].kind not in ("reference", "page"):
                break
        return None

    @cached_property
    def citing(self) -> dict[int, list[Pointer]]:
        """By entry, the pointers that cite it."""
        found: dict[int, list[Pointer]] = defaultdict(list)
        for pointer in self.every():
            for target in pointer.targets:
                if target.kind == "entry":
                    found[target.entry].append(pointer)
        return dict(found)

    def addresses(self, entry: int) -> list[str]:
        """The addresses that stand in an entry of the references."""
        first = self.entries[entry].block
        return [
            target.url
            for block in range(first, min(first + _PARTS, len(self.flow)))
            if self.entry_at(block) == entry
            for pointer in self.of(block)
            for target in pointer.targets
            if target.url
        ]

    def target(self, entry: int) -> Target:
        """The entry as something to point to."""
        one = self.entries[entry]
        return Target("entry", f"[{one.label or one.number}]", one.block, entry=entry)

    # Finding

    def _find(self, number: int) -> list[Pointer]:
        block = self.flow[number]
        text = block.text[:_LONGEST]
        if not text or block.kind == "page":
            return []
        found: list[Pointer] = []
        listed = number in self._blocks or block.kind == "reference"
        if not listed and block.kind in _CITING:
            cited = self._citing.find(text)
            found += [self._cites(number, one) for one in cited]
            if block.kind in _MENTIONING:
                named = [*mentions(text, self.landmarks, cited), *bare_equations(text, self.landmarks)]
                if block.runs:
                    named += footnote_marks(text, lambda offset: (block.place(offset) or (0, 0))[0], self.landmarks)
                found = _merged(found, [Pointer(number, one.start, one.end, one.targets) for one in named])
        found = [one for one in found if all(target.block != number for target in one.targets)]
        return self._with_links(number, text, _apart(found))

    def _cites(self, block: int, one: Citation) -> Pointer:
        return Pointer(block, one.start, one.end, tuple(self.target(entry) for entry in one.entries))

    def _with_links(self, number: int, text: str, found: list[Pointer]) -> list[Pointer]:
        linked: list[Pointer] = []
        for start, end, link in self._links.get(number, ()):
            target = self._linked(link, text[start:end])
            over = [one for one in found if one.start < end and one.end > start]
            if target is None or start >= end:
                continue
            if not over:
                linked.append(Pointer(number, start, end, (target,)))
            elif target.kind != "link" and len(over) == 1:
                found[found.index(over[0])] = _settled(over[0], target)
        found = _apart([*found, *linked])
        written = [
            Pointer(number, link.start, link.end, (Target("link", link.url, url=link.url),))
            for link in written_links(text)
            if link.url.startswith("http")
        ]
        return _apart([*found, *written])

    def _linked(self, link: Link, words: str) -> Target | None:
        if link.url:
            return Target("link", link.url, url=link.url) if link.url.startswith("http") else None
        if self._located is None:
            return None
        block, offset = self._located.position(link.page, link.place)
        if not 0 <= block < len(self.flow):
            return None
        entry = self.entry_at(block)
        if entry is not None:
            return self.target(entry)
        if numbered := self.landmarks.at(block):
            return numbered
        kind = _BY_BLOCK.get(self.flow[block].kind, "place")
        return Target(kind, words.strip()[:60], block, 0 if kind != "place" else offset)

    def _take_links(self, pages: Sequence[Page], located: Located) -> None:
        for page in pages:
            for link in links_of(page):
                for block, start, end in located.ranges(Span(page.number, link.start, link.end)):
                    if block < len(self.flow) and self.flow[block].kind != "page":
                        self._links[block].append((start, end, link))


def _merged(cited: list[Pointer], named: list[Pointer]) -> list[Pointer]:
    """Both; a raised number that may be a citation or a footnote points to either."""
    by_place = {(one.start, one.end): one for one in cited}
    rest = []
    for one in named:
        if known := by_place.get((one.start, one.end)):
            by_place[one.start, one.end] = Pointer(one.block, one.start, one.end, (*known.targets, *one.targets))
        else:
            rest.append(one)
    return [*by_place.values(), *rest]


def _settled(one: Pointer, linked: Target) -> Pointer:
    """A pointer whose words and link are both known: the link chooses among several, and knows the headings best."""
    same = tuple(other for other in one.targets if other.block == linked.block)
    if not same and linked.kind == one.targets[0].kind == "section":
        same = (replace(linked, name=one.targets[0].name),)
    return Pointer(one.block, one.start, one.end, same) if same else one


def _apart(found: list[Pointer]) -> list[Pointer]:
    """In order, and of those that overlap the one that was named first."""
    kept: list[Pointer] = []
    taken: list[tuple[int, int]] = []
    for one in found:
        at = bisect_left(taken, (one.start, one.end))
        if (at and taken[at - 1][1] > one.start) or (at < len(taken) and taken[at][0] < one.end):
            continue
        taken.insert(at, (one.start, one.end))
        kept.append(one)
    return sorted(kept, key=lambda one: one.start)
