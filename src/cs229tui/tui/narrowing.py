"""Narrowing and ordering the table of all readings: pure functions over the catalog and the student's state."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from cs229tui.clean import clean_line
from cs229tui.course.model import Reading
from cs229tui.library.readings import STATUSES
from cs229tui.tui.course_rows import Library


@dataclass(frozen=True)
class Narrowing:
    """What a reading must be to be listed; None and False ask for nothing. `words` must all be found in it."""

    words: str = ""
    lecture: int | None = None
    status: str | None = None
    kind: str | None = None
    topic: str | None = None
    required: bool = False
    document: bool = False

    @property
    def is_open(self) -> bool:
        """Whether everything is let through."""
        return self == Narrowing()

    def chips(self) -> list[str]:
        """The filters in words, for the line above the table."""
        named = []
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if value is True:
                named.append({"required": "required", "document": "has document"}[field.name])
            elif value is not None and value is not False:
                named.append("course-wide" if field.name == "lecture" and value == 0 else f"{field.name} {value}")
        return named

    def lets_through(self, reading: Reading, library: Library) -> bool:
        """Whether a reading is listed."""
        if self.lecture is not None and self.lecture not in reading.lectures:
            return False
        if self.status is not None and library.state(reading.id).status != self.status:
            return False
        if self.kind is not None and reading.kind != self.kind:
            return False
        if self.topic is not None and self.topic not in reading.topics:
            return False
        if (self.required and not reading.required) or (self.document and reading.id not in library.attached):
            return False
        text = _searchable(reading)
        return all(word in text for word in clean_line(self.words).casefold().split())


def _searchable(reading: Reading) -> str:
    parts = (reading.title, *reading.authors, reading.id, reading.group, *reading.topics, reading.kind, reading.arxiv)
    return " ".join((*parts, str(reading.year or ""))).casefold()


# The columns of the table that can be sorted by, in the order they stand.
ORDERS: tuple[str, ...] = (
    "status",
    "lecture",
    "author",
    "title",
    "year",
    "kind",
    "required",
    "pages",
    "rating",
    "priority",
)


def ordered(readings: Iterable[Reading], library: Library, order: str, reverse: bool) -> list[Reading]:
    """The readings sorted by one of `ORDERS`; equal ones keep the order of the course, unknown values come last."""
    keys: dict[str, Callable[[Reading], object]] = {
        "status": lambda reading: STATUSES.index(library.state(reading.id).status),
        "lecture": lambda reading: min(reading.lectures) or 99,
        "author": lambda reading: reading.short.casefold(),
        "title": lambda reading: reading.title.casefold(),
        "year": lambda reading: reading.year,
        "kind": lambda reading: reading.kind,
        "required": lambda reading: not reading.required,
        "pages": lambda reading: library.attached[reading.id][1] if reading.id in library.attached else reading.pages,
        "rating": lambda reading: library.state(reading.id).rating,
        "priority": lambda reading: -library.state(reading.id).priority,
    }
    key = keys[order]
    listed = [(key(reading), reading) for reading in readings]
    known = [pair for pair in listed if pair[0] is not None]
    known.sort(key=lambda pair: pair[0], reverse=reverse)  # type: ignore[arg-type, return-value]
    return [reading for _, reading in known] + [reading for value, reading in listed if value is None]


def choices(library: Library, field: str) -> list[tuple[str, str]]:
    """The values that a filter can take, as (value, label with how many readings it has)."""
    counts: dict[str, int] = {}
    for reading in library.catalog.values():
        values: Iterable[str]
        if field == "lecture":
            values = {str(number) for number in reading.lectures}
        elif field == "status":
            values = [library.state(reading.id).status]
        elif field == "kind":
            values = [reading.kind]
        else:
            values = reading.topics
        for value in values:
            counts[value] = counts.get(value, 0) + 1
    if field == "lecture":
        found = sorted(counts, key=lambda value: int(value) or 99)
    elif field == "status":
        found = [status for status in STATUSES if status in counts]
    else:
        found = sorted(counts, key=lambda value: (-counts[value], value))
    return [(value, str(counts[value])) for value in found]
