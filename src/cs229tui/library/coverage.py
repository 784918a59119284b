"""Which pages were read, which only skimmed: the active time on each against what its length needs at her own pace."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from cs229tui.library.database import Database
from cs229tui.library.sessions import Session

Seen = Literal["read", "skimmed", "unseen"]

# What a person reads of a paper in a minute, in characters: about 200 words.
USUAL_PACE = 1100.0
# A page is read after half the time it needs: nobody reads every word of it. A page leafed past is not skimmed.
_READ, _SKIMMED = 0.5, 0.08
_SKIMMED_SECONDS = 4.0
# A page of figures or of a few words needs a look as well.
_LEAST_SECONDS = 8.0
# Her pace is learned from pages of some text that she took her time with, once there are enough of them; slower or
# faster than this, the time was not spent reading from end to end.
_ENOUGH_PAGES, _SOME_TEXT = 20, 500
_SLOWEST, _FASTEST = 250.0, 3000.0
_LATEST_SESSIONS = 100


class Coverage(msgspec.Struct, frozen=True):
    """How each page of a document was seen, from page 1, at so many characters a minute (`pace`)."""

    pages: tuple[Seen, ...]
    seconds: tuple[float, ...]
    pace: float

    def count(self, seen: Seen) -> int:
        """How many pages were seen so."""
        return self.pages.count(seen)


def coverage(lengths: Sequence[int], seconds: Mapping[int, float], pace: float = USUAL_PACE) -> Coverage:
    """How pages of so many characters were seen in so many active seconds, by page number."""
    spent = tuple(seconds.get(number, 0.0) for number in range(1, len(lengths) + 1))
    return Coverage(tuple(_seen(*page, pace) for page in zip(lengths, spent, strict=True)), spent, pace)


def seconds_by_page(sessions: Iterable[Session], document: str) -> dict[int, float]:
    """Active seconds by page of a document; page numbers of another one mean nothing in it.

    Sessions from before documents were told apart count as this one's.
    """
    spent: Counter[int] = Counter()
    for session in sessions:
        if session.document in (None, document):
            for page, seconds in session.pages.items():
                spent[page] += seconds  # type: ignore[assignment]
    return dict(spent)


def page_lengths(database: Database, document: str) -> tuple[int, ...]:
    """Characters on each page of a document, from page 1."""
    rows = database.query("SELECT length(text) AS length FROM page WHERE document = ? ORDER BY number", [document])
    return tuple(row["length"] for row in rows)


def own_pace(database: Database) -> float | None:
    """Her reading pace in characters a minute: the median over the pages she read lately; none before there are enough.

    Half the pages of a library may be figures or references: the median does not mind.
    """
    sql = (
        "WITH latest AS (SELECT document, pages FROM session WHERE document IS NOT NULL ORDER BY started DESC LIMIT ?),"
        " spent AS (SELECT document, CAST(key AS INTEGER) AS number, sum(value) AS seconds"
        " FROM latest, json_each(latest.pages) GROUP BY document, number HAVING seconds >= ?),"
        " timed AS (SELECT length(page.text) AS length, seconds FROM spent JOIN page USING (document, number))"
        " SELECT length * 60 / seconds AS pace FROM timed WHERE length >= ? AND pace BETWEEN ? AND ?"
    )
    values = [_LATEST_SESSIONS, _SOME_TEXT * 60 / _FASTEST, _SOME_TEXT, _SLOWEST, _FASTEST]
    found = sorted(row["pace"] for row in database.query(sql, values))
    return found[len(found) // 2] if len(found) >= _ENOUGH_PAGES else None


def _seen(length: int, seconds: float, pace: float) -> Seen:
    needed = max(length * 60 / pace, _LEAST_SECONDS)
    if seconds >= _READ * needed:
        return "read"
    return "skimmed" if seconds >= max(1.0, min(_SKIMMED * needed, _SKIMMED_SECONDS)) else "unseen"
