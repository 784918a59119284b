"""Where a reading is written on, and where its time goes: page by page, and as a strip of blocks of any width."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from cs229tui.annotations.place import placed
from cs229tui.documents.store import open_document
from cs229tui.library.annotations import Annotation, annotations_of
from cs229tui.library.coverage import seconds_by_page
from cs229tui.library.database import Database
from cs229tui.library.documents import attached
from cs229tui.library.people import me
from cs229tui.library.sessions import sessions

_BLOCKS = "▁▂▃▄▅▆▇█"
NOTHING = "·"
# A page gets no more columns than these.
_WIDEST_PAGE = 3


class PageHeat(msgspec.Struct, frozen=True):
    """What is on a page (from 1): annotations by `kinds`, replies counting where their conversation began; of them
    `mine` by the student and `others` not; and the active `seconds` that she spent on it.
    """

    page: int
    kinds: dict[str, int]
    mine: int
    others: int
    seconds: float

    @property
    def annotations(self) -> int:
        """All that is written there."""
        return self.mine + self.others


class Strip(msgspec.Struct, frozen=True):
    """A heat as it is drawn: a row of what is written, one of the time spent, and the page numbers under them.

    `pages` are the first and the last page of each column, so that one can point at it.
    """

    written: str
    time: str
    numbers: str
    pages: tuple[tuple[int, int], ...]


def heat(database: Database, reading: str) -> tuple[PageHeat, ...]:
    """Every page of the document a reading is read from; none where it has no document."""
    here = attached(database).get(reading)
    if here is None:
        return ()
    sha256, count = here
    said = annotations_of(database, reading)
    pages = _pages(database, reading, sha256, said)
    mine = me(database)
    kinds: list[Counter[str]] = [Counter() for _ in range(count + 1)]
    own: Counter[int] = Counter()
    for one in said:
        page = pages.get(one.root or one.id)
        if page is not None and 1 <= page <= count:
            kinds[page][one.kind] += 1
            own[page] += one.person == mine
    spent = seconds_by_page(sessions(database, reading=reading), sha256)
    return tuple(
        PageHeat(page, dict(kinds[page]), own[page], kinds[page].total() - own[page], round(spent.get(page, 0.0), 1))
        for page in range(1, count + 1)
    )


def strip(pages: Sequence[PageHeat], width: int) -> Strip:
    """Pages as rows of blocks in at most `width` columns; of pages that share a column the fullest shows.

    The fullest column has the full block, and whatever is not nothing has at least the lowest.
    """
    if not pages or width < 1:
        return Strip("", "", "", ())
    count = len(pages)
    if count <= width:
        wide = min(_WIDEST_PAGE, width // count)
        columns = [(number, number) for number in range(count) for _ in range(wide)]
    else:
        columns = [(at * count // width, (at + 1) * count // width - 1) for at in range(width)]
    return Strip(
        _blocks([max(page.annotations for page in pages[first : last + 1]) for first, last in columns]),
        _blocks([max(page.seconds for page in pages[first : last + 1]) for first, last in columns]),
        _numbers([(pages[first].page, pages[last].page) for first, last in columns]),
        tuple((pages[first].page, pages[last].page) for first, last in columns),
    )


def _pages(database: Database, reading: str, sha256: str, said: Sequence[Annotation]) -> dict[str, int]:
    """The page each conversation is on; of what was written on another copy, where its words are in this one."""
    roots = [one for one in said if one.kind != "reply"]
    found = {one.id: one.page for one in roots if one.page is not None and one.document == sha256}
    elsewhere = [one for one in roots if one.page is not None and one.id not in found]
    if elsewhere:
        for here in placed(database, open_document(database, reading), elsewhere):
            if here.spans:
                found[here.annotation.id] = here.spans[0].page
    return found


def _blocks(values: Sequence[float]) -> str:
    most = max(values, default=0.0)
    return "".join(
        NOTHING if value <= 0 else _BLOCKS[max(1, round(value / most * len(_BLOCKS))) - 1] for value in values
    )


def _numbers(columns: Sequence[tuple[int, int]]) -> str:
    """Page numbers, each at the first column of its page: round ones, as many as have room, the first and the last."""
    count = columns[-1][1]
    longest = len(str(count))
    step = next((step for step in _steps(count) if len(columns) * step >= count * (longest + 2)), count)
    room = [" "] * len(columns)
    last = min(next(at for at, (_, end) in enumerate(columns) if end == count), len(columns) - longest)
    if count > 1 and last >= 2:
        room[last : last + longest] = str(count)
    before = 0
    for at, (first, end) in enumerate(columns):
        page = 1 if first == 1 else end // step * step
        words = str(page)
        # The next cell stays free too, or two numbers would be one.
        taken = room[max(at - 1, 0) : at + len(words) + 1]
        if (
            page >= first
            and page not in (before, count * (count > 1))
            and at + len(words) <= len(columns)
            and not "".join(taken).strip()
        ):
            room[at : at + len(words)] = words
        before = max(before, page)
    return "".join(room).rstrip()


def _steps(count: int) -> list[int]:
    """1, 2, 5, 10, 20, 50, …"""
    return [factor * 10**power for power in range(len(str(count)) + 1) for factor in (1, 2, 5)]
