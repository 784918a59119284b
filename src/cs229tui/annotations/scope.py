"""What a report is about: one reading, a lecture with its topics, or the whole course."""

import msgspec

from cs229tui.course.model import Course, Reading
from cs229tui.errors import NotFoundError
from cs229tui.library.annotations import counts
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import Database


class Scope(msgspec.Struct, frozen=True):
    """What is looked at: the ids of `readings`, and the `lectures` whose topics belong to it."""

    title: str
    readings: tuple[str, ...]
    lectures: tuple[int, ...] = ()
    reading: Reading | None = None
    """The one reading, where it is about no other."""


def scope(
    database: Database, course: Course, catalog: Catalog, reading: str | None = None, lecture: int | None = None
) -> Scope:
    """A reading, else a lecture, else everything that is written on; raises `NotFoundError`."""
    if reading is not None:
        known = catalog.get(reading) or Reading(id=reading, title=reading, lectures=(0,))
        return Scope(known.title, (reading,), reading=known)
    if lecture is not None:
        held = course.lecture(lecture)
        if held is None and lecture != 0:
            raise NotFoundError(f"There is no lecture {lecture}.", "List them with: cs229tui lectures")
        title = f"Lecture {lecture}, {held.title}" if held else "What is for the whole course"
        return Scope(title, tuple(entry.id for entry in course.readings_of(lecture)), (lecture,))
    written = counts(database)
    # In the order of the course; then what is no longer in it but was written on.
    known_ids = [id for id in catalog if id in written]
    gone = sorted(id for id in written if id and id not in catalog)
    return Scope(course.facts.title, (*known_ids, *gone), tuple(one.number for one in course.lectures))
