"""Where the student stands with each reading, and the readings she added herself."""

from typing import Any, Literal, get_args

import msgspec
from msgspec import structs

from cs229tui.clock import timestamp
from cs229tui.course.model import Reading
from cs229tui.errors import UsageError
from cs229tui.library.database import Database, writing

Status = Literal["unread", "reading", "skimmed", "done", "aside"]
STATUSES: tuple[Status, ...] = get_args(Status)
FINISHED: frozenset[Status] = frozenset({"skimmed", "done"})


class ReadingState(msgspec.Struct, frozen=True):
    """One reading's state; `page` counts from 1, `place` is a character on it, `opened` when it was last read."""

    reading: str
    status: Status = "unread"
    page: int | None = None
    place: int = 0
    rating: int | None = None
    priority: int = 0
    opened: str | None = None
    updated: str = ""


def state_of(database: Database, reading: str) -> ReadingState:
    """The state of one reading; a fresh one where nothing is recorded."""
    rows = list(database.query("SELECT * FROM reading_state WHERE reading = ?", [reading]))
    return ReadingState(**rows[0]) if rows else ReadingState(reading)


def states(database: Database) -> dict[str, ReadingState]:
    """All recorded states by reading id."""
    return {row["reading"]: ReadingState(**row) for row in database.query("SELECT * FROM reading_state")}


def update_state(database: Database, reading: str, **changes: Any) -> ReadingState:
    """Change some fields of a reading's state; returns the state as it was before, for undo."""
    with writing(database):
        before = state_of(database, reading)
        _store(database, structs.replace(before, **changes, updated=timestamp()))
    return before


def restore_state(database: Database, before: ReadingState) -> None:
    """Put back what `update_state` returned, except where the reader has moved on to meanwhile."""
    with writing(database):
        current = state_of(database, before.reading)
        _store(database, structs.replace(before, opened=current.opened, updated=timestamp()))


def _store(database: Database, state: ReadingState) -> None:
    if state.status not in STATUSES:
        raise UsageError(f"{state.status!r} is not a status.", f"Use one of: {', '.join(STATUSES)}.")
    if state.rating is not None and not 1 <= state.rating <= 5:
        raise UsageError("A rating is 1 to 5.", "0 takes it away.")
    if not 0 <= state.priority <= 3:
        raise UsageError("A priority is 0 to 3.", "3 is the most urgent.")
    if state.page is not None and state.page < 1:
        raise UsageError("Pages count from 1.")
    database.tables.table("reading_state").upsert(structs.asdict(state), pk="reading")


def added_readings(database: Database) -> tuple[Reading, ...]:
    """The readings the student added, oldest first; they belong to no lecture but the course-wide list."""
    return tuple(
        Reading(
            id=row["id"],
            title=row["title"],
            lectures=(0,),
            group="Added by you",
            authors=tuple(msgspec.json.decode(row["authors"])),
            year=row["year"],
            kind=row["kind"],
            url=row["url"],
            pdf_url=row["pdf_url"],
            arxiv=row["arxiv"],
            doi=row["doi"],
        )
        for row in database.query("SELECT * FROM reading ORDER BY added, id")
    )


def add_reading(database: Database, reading: Reading) -> None:
    """Keep a reading of the student's own; adding the same id again brings its facts up to date."""
    kept = ("id", "title", "authors", "year", "kind", "url", "pdf_url", "arxiv", "doi")
    row = {name: getattr(reading, name) for name in kept}
    with writing(database) as tables:
        known = list(database.query("SELECT added FROM reading WHERE id = ?", [reading.id]))
        tables.table("reading").upsert(row | {"added": known[0]["added"] if known else timestamp()}, pk="id")


def remove_reading(database: Database, reading: str) -> None:
    """Forget a reading the student added; its notes and annotations stay and can be found by its id."""
    with writing(database) as tables:
        tables.table("reading").delete_where("id = ?", [reading])
