"""What is written on the document that is open, fetched a few pages at a time: thousands are no more work than five."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import groupby

from cs229tui.annotations.placing import copy_of
from cs229tui.annotations.threads import threads
from cs229tui.documents.flow import Area, Span
from cs229tui.documents.folding import readable
from cs229tui.documents.selections import Quad, verified
from cs229tui.documents.store import OpenDocument
from cs229tui.library.database import Database
from cs229tui.library.standing import (
    Root,
    Spot,
    count_threads,
    lost_on,
    page_beyond,
    root_on,
    rootless,
    roots_on,
    roots_on_whole,
    said_in,
    spots,
)
from cs229tui.tui.reading import discussion, printed
from cs229tui.tui.reading.discussion import Guess, PassageThread, Talk, in_order
from cs229tui.tui.reading.places import Places, Range
from cs229tui.tui.reading.wrap import Position

_MOST_PAGES = 40
_MOST_KNOWN = 20_000
_SPOTS = 200
_FEW = 500


class Written:
    """The conversations on one open document; `forget` when the library has changed."""

    def __init__(self, database: Database, reading: str, document: OpenDocument, places: Places) -> None:
        self._database = database
        self._document = document
        self._places = places
        self.copy = copy_of(reading, document)
        self.astray: set[str] = set()
        """What claims to stand in this document and does not: to be looked for by its words."""
        self.age = 0
        """How often it was asked for anew."""
        self._pages: dict[int, tuple[PassageThread, ...]] = {}
        self._spots: list[Spot] | None = None
        self._spots_age = 0
        self._ranges: dict[str, tuple[tuple[object, ...], tuple[Range, ...]]] = {}
        self.forget()

    def forget(self) -> None:
        """What was fetched may not be so any more. Where words stand is kept: it holds for as long as they do."""
        self.age += 1
        self._views: dict[tuple[int, int], tuple[PassageThread, ...]] = {}
        self._pages.clear()
        self._lost: tuple[PassageThread, ...] | None = None
        self._whole: list[Root] | None = None
        self._rootless: list[str] | None = None
        self._count: int | None = None
        if len(self._ranges) > _MOST_KNOWN:
            self._ranges.clear()

    # Where it stands

    def on(self, first: int, last: int) -> tuple[PassageThread, ...]:
        """What stands on some pages, in the order of the text; what began on the page before may go on there."""
        known = self._views.get((first, last))
        if known is not None:
            return known
        if len(self._views) > _MOST_PAGES:
            self._views.clear()
        wanted = range(max(first - 1, 1), last + 1)
        missing = [page for page in wanted if page not in self._pages]
        if missing:
            if len(self._pages) > _MOST_PAGES:
                self._pages.clear()
                missing = list(wanted)
            found = roots_on(self._database, self.copy, missing[0], missing[-1])
            placed = sorted((self._placed(root) for root in found), key=lambda one: one.page)
            pages = {page: tuple(ones) for page, ones in groupby(placed, key=lambda one: one.page)}
            for page in range(missing[0], missing[-1] + 1):
                self._pages[page] = pages.get(page, ())
        view = self._views[first, last] = in_order(one for page in wanted for one in self._pages[page])
        return view

    def _placed(self, root: Root) -> PassageThread:
        page = root.spans[0][0] if root.spans and not root.lost else root.page or 1
        if root.lost:
            return PassageThread(root, (), page)
        if root.region is not None and root.spans is None:
            return PassageThread(root, self._stub(root, page, root.region), page, self._places.position(page))
        ranges = self._stretches(root)
        if not ranges and root.quote and root.spans is None:
            self.astray.add(root.id)
            return PassageThread(root, (), page)
        return PassageThread(root, ranges, page, None if root.quote else self._places.position(page))

    def _stretches(self, root: Root) -> tuple[Range, ...]:
        made_of = (root.page, root.start, root.end, root.quote, root.spans)
        known = self._ranges.get(root.id)
        if known is None or known[0] != made_of:
            ranges = tuple(stretch for span in self._spans(root) for stretch in self._places.ranges(span))
            known = self._ranges[root.id] = (made_of, ranges)
        return known[1]

    def _stub(self, root: Root, page: int, region: Quad) -> tuple[Range, ...]:
        made_of = (page, region, root.quote)
        known = self._ranges.get(root.id)
        if known is None or known[0] != made_of:
            block = printed.covered(self._areas.get(page, ()), region)
            known = self._ranges[root.id] = (made_of, printed.stub_of(self._places.flow, block, root.quote))
        return known[1]

    @cached_property
    def _areas(self) -> dict[int, list[tuple[int, Area]]]:
        return printed.areas_by_page(self._places.flow)

    def _spans(self, root: Root) -> Sequence[Span]:
        if root.spans is not None:
            return [Span(*span) for span in root.spans]
        if not root.quote or root.page is None or root.start is None or root.end is None:
            return ()
        return verified(self._document.pages, root.page, root.start, root.end, root.quote)

    def find(self, id: str) -> PassageThread | None:
        """Where the conversation `id` stands, or that it is lost; none where nobody knows."""
        root = root_on(self._database, self.copy, id)
        return self._placed(root) if root is not None else None

    def step(self, position: Position, direction: int) -> Position | None:
        """Where the next (1) or the previous (-1) passage begins about which anything is said."""
        page = self._places.page(position)
        found = discussion.step(self.on(page - 1, page + 1), position, direction)
        beyond: int | None = page + direction
        while found is None and beyond is not None:
            beyond = page_beyond(self._database, self.copy, beyond, direction)
            if beyond is not None:
                found = discussion.step(self.on(beyond, beyond), position, direction)
        return found

    def spots(self) -> list[Spot]:
        """What a map of the document shows; where there is very much, as it was until `spots_later` is called."""
        if self._spots is None or (self._spots_age != self.age and self.count <= _FEW):
            self._spots_age = self.age
            width = sum(len(page.text) for page in self._document.pages) // _SPOTS
            self._spots = spots(self._database, self.copy, max(width, 1))
        return self._spots

    @property
    def spots_wait(self) -> bool:
        """Whether the map is behind."""
        return self._spots is not None and self._spots_age != self.age

    def spots_later(self) -> None:
        """Let the map be up to date when it is next asked for."""
        self._spots = None

    # What is said

    @property
    def lost(self) -> tuple[PassageThread, ...]:
        """What has lost its words here, the surest guess first."""
        if self._lost is None:
            self._lost = tuple(self._placed(root) for root in lost_on(self._database, self.copy))
        return self._lost

    @property
    def whole(self) -> list[Root]:
        """What is said of the whole reading."""
        if self._whole is None:
            self._whole = roots_on_whole(self._database, self.copy.reading)
        return self._whole

    @property
    def rootless(self) -> list[str]:
        """Conversations without a beginning."""
        if self._rootless is None:
            self._rootless = rootless(self._database, self.copy.reading)
        return self._rootless

    @property
    def count(self) -> int:
        """How many conversations there are."""
        if self._count is None:
            self._count = count_threads(self._database, self.copy.reading)
        return self._count

    def talks(self, ids: Sequence[str], places: Iterable[PassageThread] = ()) -> list[Talk]:
        """Some conversations with all that was said in them, in the order given."""
        said = said_in(self._database, ids)
        made = {thread.id: thread for thread in threads(said)}
        where = {one.id: one for one in places}
        return [Talk(made[id], where.get(id)) for id in ids if id in made]

    def guess(self, one: PassageThread) -> Guess | None:
        """Where one that is lost most likely stood, if anything here resembles it."""
        if not one.root.spans:
            return None
        page, start, end = one.root.spans[0]
        words = readable(self._document.pages[page - 1].text[start:end])
        ranges = tuple(stretch for span in one.root.spans for stretch in self._places.ranges(Span(*span)))
        return Guess(page, words, one.root.score, ranges)
