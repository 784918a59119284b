"""Reading a course file: TOML in, a checked `Course` out, or an error that names the entry and the field."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from cs229tui.clean import clean_values
from cs229tui.course.model import Assignment, Course, Discussion, Facts, Lecture, Reading
from cs229tui.errors import CourseError

_LIMIT = 20_000_000
_LIMIT_ENTRIES = 20_000
T = TypeVar("T", Facts, Lecture, Assignment, Reading, Discussion)


def load(path: Path) -> Course:
    """The course in the TOML file at `path`; raises `CourseError`."""
    try:
        if path.stat().st_size > _LIMIT:
            raise CourseError(
                f"{path} is too large for a course file.", "Give a file of the shape of data/course.toml."
            )
        if not path.is_file() and not path.is_dir():
            # A pipe that nobody writes to would keep us waiting, and a device never ends.
            raise CourseError(f"{path} is a pipe or a device, not a file.", "Check the path given to --course.")
        tables = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.", "Check the path given to --course.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CourseError(f"{path} is not valid TOML: {error}.", "Mend that line and try again.") from error
    return parse(tables, str(path))


def parse(tables: dict[str, Any], source: str = "course file") -> Course:
    """The course in already parsed TOML `tables`; `source` names them in errors."""
    unknown = set(tables) - {"course", "vocabulary", "discussion", "lecture", "assignment", "reading"}
    if unknown:
        raise CourseError(
            f"{source}: unknown table {sorted(unknown)[0]!r}.", "See data/course.toml for those there are."
        )
    tables = clean_values(tables)
    vocabulary = tables.get("vocabulary", {})
    if not isinstance(vocabulary, dict) or not all(isinstance(text, str) for text in vocabulary.values()):
        raise CourseError(f"{source}: vocabulary must map topics to texts.", 'Write it as topic = "meaning".')
    course = Course(
        facts=_table(tables.get("course", {}), Facts, source, "course"),
        lectures=_tables(tables, "lecture", Lecture, "number", source),
        readings=_tables(tables, "reading", Reading, "id", source),
        assignments=_tables(tables, "assignment", Assignment, "id", source),
        vocabulary=vocabulary,
        discussion=_table(tables.get("discussion", {}), Discussion, source, "discussion"),
    )
    _check(course, source)
    return course


def _tables(tables: dict[str, Any], name: str, kind: type[T], key: str, source: str) -> tuple[T, ...]:
    entries = tables.get(name, [])
    if not isinstance(entries, list) or len(entries) > _LIMIT_ENTRIES:
        raise CourseError(f"{source}: {name} must be a list of tables.", f"Write each as [[{name}]].")
    made = []
    for position, entry in enumerate(entries, 1):
        label = entry.get(key, f"number {position}") if isinstance(entry, dict) else f"number {position}"
        made.append(_table(entry, kind, source, f"{name} {label}"))
    return tuple(made)


def _table(entry: Any, kind: type[T], source: str, label: str) -> T:
    try:
        return msgspec.convert(entry, kind)
    except msgspec.ValidationError as error:
        raise CourseError(f"{source}: {label}: {error}.".replace("$.", ""), "Mend that entry and try again.") from error


def _check(course: Course, source: str) -> None:
    def fail(what: str) -> CourseError:
        return CourseError(f"{source}: {what}.", "Mend that entry and try again.")

    for name, ids in (
        ("lecture", [str(lecture.number) for lecture in course.lectures]),
        ("reading", [reading.id for reading in course.readings]),
        ("assignment", [assignment.id for assignment in course.assignments]),
    ):
        twice = _repeated(ids)
        if twice:
            raise fail(f"{name} {twice}: this {'number' if name == 'lecture' else 'id'} is used twice")
    try:
        ZoneInfo(course.facts.meeting.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise fail(f"course: meeting.timezone {course.facts.meeting.timezone!r} is not a known time zone") from error
    for field in ("start", "end"):
        try:
            hour, minute = map(int, getattr(course.facts.meeting, field).split(":"))
            valid = 0 <= hour < 24 and 0 <= minute < 60
        except ValueError:
            valid = False
        if not valid:
            raise fail(f"course: meeting.{field} is not a time HH:MM")
    dates = {"course: first_lecture": course.facts.first_lecture}
    dates |= {f"lecture {lecture.number}: date": lecture.date for lecture in course.lectures}
    for field, day in dates.items():
        # All dates move together with the student's own first lecture, and must stay dates.
        if not 1900 <= day.year < 2200:
            raise fail(f"{field} {day} is not in a year from 1900 to 2199")
    numbers = {lecture.number for lecture in course.lectures} | {0}
    for reading in course.readings:
        if (
            not reading.id
            or not all(letter.isalnum() or letter in "-_." for letter in reading.id)
            or reading.id[0] == "."
        ):
            raise fail(f"reading {reading.id!r}: id may hold letters, digits, '-', '_' and '.' only")
        if not reading.title:
            raise fail(f"reading {reading.id}: title is empty")
        if not reading.lectures or not set(reading.lectures) <= numbers:
            raise fail(f"reading {reading.id}: lectures {list(reading.lectures)} names a lecture that is not there")
        missing = [topic for topic in reading.topics if course.vocabulary and topic not in course.vocabulary]
        if missing:
            raise fail(f"reading {reading.id}: topics: {missing[0]!r} is not in the vocabulary")
        for field in ("url", "pdf_url"):
            url = getattr(reading, field)
            if url and urlsplit(url).scheme not in ("http", "https"):
                raise fail(f"reading {reading.id}: {field} is not an http or https address")
    facts, days = course.facts, sorted(lecture.date for lecture in course.lectures)
    for field, said, found in (
        ("lecture_count", facts.lecture_count, len(days)),
        ("first_lecture", facts.first_lecture, days[0] if days else facts.first_lecture),
        ("last_lecture", facts.last_lecture, days[-1] if days else facts.last_lecture),
    ):
        if said != found:
            raise fail(f"course: {field} is {said}, but going by the lectures it is {found}")


def _repeated(ids: Iterable[str]) -> str | None:
    return next((name for name, count in Counter(ids).items() if count > 1), None)
