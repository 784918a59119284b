"""What narrows the list of conversations, in words: the chips above it, what can be chosen, what was chosen last."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import msgspec
from msgspec.structs import replace

from cs229tui.clean import clean_line, clean_values
from cs229tui.course.model import Course
from cs229tui.errors import ReportableError
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import Database
from cs229tui.library.discussion import (
    Order,
    View,
    Wanted,
    counted_by,
    counted_by_person,
    counted_by_tag,
)
from cs229tui.library.people import people
from cs229tui.whole import write_whole

VIEWS: dict[View, str] = {
    "unread": "unread",
    "unanswered": "unanswered questions",
    "mine": "mine",
    "mentions": "mentioning me",
    "followed": "followed",
    "missing": "beginning missing",
}
ORDERS: dict[Order, str] = {
    "newest": "newest first",
    "upvoted": "most upvoted",
    "asked": "most asked too",
    "place": "by place",
}
KINDS = {"question": "questions", "comment": "comments", "highlight": "highlights", "note": "private notes"}

Options = list[tuple[str, str, str]]
"""What can be chosen: value, label, remark."""


class Kept(msgspec.Struct, frozen=True):
    """What is kept from one start to the next: what the list is narrowed to, and when Discuss was looked at last."""

    wanted: Wanted = Wanted()
    seen: str = ""


def read_kept(path: Path) -> Kept:
    """What was kept; nothing where the file is missing or says something else."""
    try:
        return msgspec.convert(clean_values(json.loads(path.read_text("utf-8"))), Kept)
    except (OSError, ValueError, RecursionError):
        return Kept()


def keep(path: Path, kept: Kept) -> None:
    """Keep it; raises `ReportableError`."""
    try:
        write_whole(path, msgspec.json.encode(kept).decode())
    except OSError as error:
        raise ReportableError(f"What Discuss lists cannot be kept: {error.strerror}.", "Check the folder.") from error


def chips(wanted: Wanted, short: Mapping[str, str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each filter as (what it is, in words); `short` and `names` name readings and people."""
    found = [(f"views:{view}", VIEWS[view]) for view in wanted.views]
    if wanted.kind:
        found.append(("kind", KINDS.get(wanted.kind, wanted.kind)))
    if wanted.standing:
        found.append(("standing", wanted.standing))
    if wanted.lecture is not None:
        found.append(("lecture", f"lecture {wanted.lecture}" if wanted.lecture else "course-wide"))
    if wanted.reading:
        found.append(("reading", short.get(wanted.reading, wanted.reading)))
    if wanted.person:
        found.append(("person", f"@{names.get(wanted.person, 'somebody')}"))
    if wanted.tag:
        found.append(("tag", f"#{wanted.tag}"))
    if wanted.circle:
        found.append(("circle", "my circle"))
    return found


def without(wanted: Wanted, chip: str) -> Wanted:
    """What is left when one filter is taken away."""
    field, _, value = chip.partition(":")
    if field == "views":
        return replace(wanted, views=tuple(view for view in wanted.views if view != value))
    return replace(wanted, **{field: getattr(Wanted(), field)})


def next_view(wanted: Wanted, step: int) -> Wanted:
    """The next list, or the one before: all, unread, unanswered, …"""
    order: list[tuple[View, ...]] = [(), *((view,) for view in get_args(View))]
    here = order.index(wanted.views) if wanted.views in order else 0
    return replace(wanted, views=order[(here + step) % len(order)])


def options(field: str, wanted: Wanted, database: Database, course: Course, catalog: Catalog, own: str) -> Options:
    """What one filter can be set to, with how many conversations have it."""
    if field == "views":
        return [(view, words, "") for view, words in VIEWS.items() if view not in wanted.views]
    if field == "kind":
        by_kind = counted_by(database, "kind")
        return [(kind, words, str(by_kind.get(kind, 0))) for kind, words in KINDS.items()]
    if field == "tag":
        return [(tag, f"#{clean_line(tag, 60)}", str(count)) for tag, count in counted_by_tag(database)]
    if field == "person":
        names = names_of(database, own)
        spoke = sorted(counted_by_person(database).items(), key=lambda one: -one[1])
        return [(id, names.get(id, "somebody"), str(count)) for id, count in spoke if id]
    on_readings = counted_by(database, "reading")
    if field == "reading":
        order = [id for id in catalog if id in on_readings] + sorted(id for id in on_readings if id not in catalog)
        return [(id, _title(catalog, id), str(on_readings[id])) for id in order if id]
    on_lectures = counted_by(database, "lecture")
    found = []
    for lecture in course.lectures:
        count = on_lectures.get(lecture.number, 0)
        count += sum(on_readings.get(reading.id, 0) for reading in course.readings_of(lecture.number))
        found.append((str(lecture.number), f"{lecture.number} · {lecture.title}", str(count or "")))
    return found


def chosen(wanted: Wanted, field: str, value: str) -> Wanted:
    """The same with one filter set to a value, or with none of it where that is empty."""
    if field == "views":
        return replace(wanted, views=(*wanted.views, value)) if value else replace(wanted, views=())
    if field == "lecture":
        return replace(wanted, lecture=int(value) if value else None)
    return replace(wanted, **{field: value})


def names_of(database: Database, own: str) -> dict[str, str]:
    """Everybody's name by id; her own is in her settings."""
    return {id: clean_line(own if one.mine else one.name, 60) or "somebody" for id, one in people(database).items()}


def _title(catalog: Catalog, id: str) -> str:
    reading = catalog.get(id)
    return f"{reading.short} · {clean_line(reading.title, 80)}" if reading else clean_line(id, 80)
