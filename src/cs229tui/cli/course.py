"""The course and where the student stands in it: `lectures`, `readings`, `set`."""

from collections.abc import Mapping
from typing import Any

import click

from cs229tui.amounts import counted
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.course.model import Reading
from cs229tui.course.schedule import schedule
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.library.documents import attached, page
from cs229tui.library.lectures import LectureState, lecture_states
from cs229tui.library.progress import length, progress
from cs229tui.library.readings import STATUSES, ReadingState, states, update_state
from cs229tui.workspace import Workspace


@click.command("lectures")
@json_option
@pass_workspace
def lectures_command(workspace: Workspace, as_json: bool) -> None:
    """List the lectures, on your calendar, with how far you are."""
    entries = lecture_entries(workspace)
    if as_json:
        show_json(entries)
        return
    rows = [
        (
            entry["number"],
            entry["date"],
            f"{entry['progress']['required_done']}/{entry['progress']['required']}",
            f"{entry['progress']['done']}/{entry['progress']['readings']}",
            entry["title"],
        )
        for entry in entries
    ]
    show_table(rows, ("no", "date", "required", "all", "title"))


def lecture_entries(workspace: Workspace) -> list[dict[str, Any]]:
    """Every lecture as `lectures --json` gives it."""
    course, database = workspace.course, workspace.database
    known, documents = states(database), attached(database)
    followed = lecture_states(database, course.key)
    entries = []
    for sitting in schedule(course, workspace.settings.first_lecture):
        lecture = sitting.lecture
        readings = course.readings_of(lecture.number)
        far = progress(readings, known, documents)
        did = followed.get(lecture.number, LectureState(lecture.number))
        entries.append(
            {
                "number": lecture.number,
                "title": lecture.title,
                "date": sitting.start.date().isoformat(),
                "topics": list(lecture.topics),
                "readings": [reading.id for reading in readings],
                "progress": {
                    "required": far.required,
                    "required_done": far.required_done,
                    "readings": far.readings,
                    "done": far.done,
                    "aside": far.aside,
                    "pages": far.pages,
                    "pages_read": far.pages_read,
                    "pages_unknown": far.unknown,
                    "attended": did.attended,
                    "watched": did.watched,
                    "slides_read": did.slides_read,
                },
            }
        )
    return entries


@click.command("readings")
@click.option("--lecture", type=int, metavar="N", help="Only those of lecture N; 0 is the course as a whole.")
@click.option("--status", type=click.Choice(STATUSES), help="Only those with this status.")
@click.option("--kind", metavar="K", help="Only those of this kind: paper, blog, book, video, …")
@click.option("--required", is_flag=True, help="Only required ones.")
@json_option
@pass_workspace
def readings_command(
    workspace: Workspace, lecture: int | None, status: str | None, kind: str | None, required: bool, as_json: bool
) -> None:
    """List the readings: the course's, the guide and handouts, and your own."""
    catalog = workspace.catalog()
    if lecture not in (None, 0) and workspace.course.lecture(lecture or 0) is None:
        raise NotFoundError(f"There is no lecture {lecture}.", "List them with: cs229tui lectures")
    kinds = sorted({reading.kind for reading in catalog.values()})
    if kind is not None and kind not in kinds:
        raise UsageError(f"No reading is a {kind!r}.", f"There are: {', '.join(kinds)}.")
    known, documents = states(workspace.database), attached(workspace.database)
    entries = [
        reading_entry(reading, known.get(reading.id), documents)
        for reading in catalog.values()
        if (lecture is None or lecture in reading.lectures)
        and (kind is None or reading.kind == kind)
        and (reading.required or not required)
    ]
    if status is not None:
        entries = [entry for entry in entries if entry["status"] == status]
    if as_json:
        show_json(entries)
        return
    rows = [
        (
            entry["id"],
            ",".join(map(str, entry["lectures"])),
            "required" if entry["required"] else "",
            entry["status"],
            f"{entry['page'] or ''}/{entry['pages'] or '?'}" if entry["page"] or entry["pages"] else "",
            entry["kind"],
            entry["title"],
        )
        for entry in entries
    ]
    show_table(rows, ("id", "lecture", "required", "status", "page", "kind", "title"))


def reading_entry(
    reading: Reading, state: ReadingState | None, documents: Mapping[str, tuple[str, int]]
) -> dict[str, Any]:
    """A reading as `readings --json` gives it; what is not known is null."""
    state = state or ReadingState(reading.id)
    return {
        "id": reading.id,
        "title": reading.title,
        "authors": list(reading.authors),
        "year": reading.year,
        "kind": reading.kind,
        "lectures": list(reading.lectures),
        "required": reading.required,
        "status": state.status,
        "page": state.page,
        "pages": length(reading, documents),
        "url": reading.url or None,
        "arxiv": reading.arxiv or None,
        "pdf_url": reading.pdf_url or None,
        "document": documents[reading.id][0] if reading.id in documents else None,
    }


@click.command("set")
@click.argument("reading")
@click.option("--status", type=click.Choice(STATUSES), help="How far you are with it.")
@click.option("--page", "page_number", type=click.IntRange(min=1), help="The page you have reached, from 1.")
@click.option("--place", type=click.IntRange(min=0), help="The character on that page, from 0.")
@click.option("--rating", type=click.IntRange(0, 5), help="1 to 5; 0 takes it away.")
@click.option("--priority", type=click.IntRange(0, 3), help="0 to 3, 3 the most urgent.")
@json_option
@pass_workspace
def set_command(
    workspace: Workspace,
    reading: str,
    status: str | None,
    page_number: int | None,
    place: int | None,
    rating: int | None,
    priority: int | None,
    as_json: bool,
) -> None:
    """Set where you stand with READING."""
    database, wanted = workspace.database, workspace.reading(reading)
    documents = attached(database)
    before = states(database).get(wanted.id, ReadingState(wanted.id))
    changes: dict[str, Any] = {}
    if status is not None:
        changes["status"] = status
    if page_number is not None:
        changes |= {"page": page_number, "place": 0}
        if status is None and before.status == "unread":
            changes["status"] = "reading"
    if place is not None:
        changes["place"] = place
    if rating is not None:
        changes["rating"] = rating or None
    if priority is not None:
        changes["priority"] = priority
    if not changes:
        raise UsageError("Nothing to set was given.", "Give --status, --page, --place, --rating or --priority.")
    _check_place(workspace, wanted, documents, changes.get("page", before.page), changes.get("place"))
    update_state(database, wanted.id, **changes)
    state = states(database)[wanted.id]
    if as_json:
        entry = reading_entry(wanted, state, documents)
        show_json(entry | {"place": state.place, "rating": state.rating, "priority": state.priority})
    else:
        at = f", page {state.page}" if state.page else ""
        stars = f", rated {state.rating} of 5" if state.rating else ""
        urgent = f", priority {state.priority}" if state.priority else ""
        say(f"{wanted.id}: {state.status}{at}{stars}{urgent}.")


def _check_place(
    workspace: Workspace,
    reading: Reading,
    documents: Mapping[str, tuple[str, int]],
    number: int | None,
    place: int | None,
) -> None:
    """Whether the page, and the character on it, are there; without a document that cannot be known."""
    if number is None:
        if place is not None:
            raise UsageError("A place is a character on a page.", "Give --page too.")
        return
    if reading.id not in documents:
        return
    sha256, pages = documents[reading.id]
    if number > pages:
        raise UsageError(f"{reading.id} has {counted(pages, 'page')}; there is no page {number}.")
    found = page(workspace.database, sha256, number) if place else None
    if place and found and place > len(found.text):
        raise UsageError(f"Page {number} of {reading.id} has {len(found.text)} characters; there is no {place}.")
