"""What the Course tab lists for a lecture, the whole course or the homework: pure functions of course and state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from cs229tui.course.model import Assignment, Course, Lecture, Reading, Sitting
from cs229tui.library.lectures import LectureState
from cs229tui.library.readings import ReadingState
from cs229tui.tui import marks
from cs229tui.tui.widgets.rows import Row

HOMEWORK = "homework:"
# The page's own headings for the homework's readings begin so; the rest of lecture 0 is the course's.
_HOMEWORK_GROUP = "Homework"
BLANK = Row("", ())


@dataclass(frozen=True)
class Library:
    """The state that the rows show, read once."""

    catalog: Mapping[str, Reading]
    states: Mapping[str, ReadingState]
    attached: Mapping[str, tuple[str, int]]
    lectures: Mapping[int, LectureState]

    def state(self, id: str) -> ReadingState:
        """The state of a reading; a fresh one where nothing is recorded."""
        return self.states.get(id) or ReadingState(id)


def readings_at(library: Library, key: str) -> list[Reading]:
    """The readings of `lecture:N`, of the course-wide list (`lecture:0`) or of the homework, in the page's order."""
    if key.startswith(HOMEWORK):
        return [reading for reading in library.catalog.values() if _is_homework(reading)]
    number = int(key.partition(":")[2])
    return [
        reading
        for reading in library.catalog.values()
        if number in reading.lectures and not (number == 0 and _is_homework(reading))
    ]


def _is_homework(reading: Reading) -> bool:
    return 0 in reading.lectures and reading.group.startswith(_HOMEWORK_GROUP)


def heading(text: str) -> Row:
    """A line that names what follows."""
    return Row("", (Content.styled(text, "bold $secondary"),))


def reading_rows(readings: Iterable[Reading], library: Library) -> list[Row]:
    """Readings below the headings of their groups, in the order given."""
    rows: list[Row] = []
    group = None
    for reading in readings:
        if reading.group != group:
            group = reading.group
            rows += [*([BLANK] if rows else []), heading(group or "Readings")]
        rows.append(reading_row(reading, library))
    return rows


def reading_row(reading: Reading, library: Library) -> Row:
    """Sign, short name, title, required mark, standing."""
    state = library.state(reading.id)
    return Row(
        f"reading:{reading.id}",
        (
            marks.sign(state.status),
            Content(reading.short),
            Content.assemble(reading.title, *([(f"  {reading.focus}", "$text-muted")] if reading.focus else [])),
            Content.styled("req", "$text-muted") if reading.required else Content(),
            marks.standing(state, marks.pages_of(reading, library.attached)),
        ),
    )


def link_rows(links: Mapping[str, str]) -> list[Row]:
    """Links by name; enter opens one."""
    return [
        Row(f"link:{url}", (marks.muted("↗"), Content(name), marks.muted(url), Content(), Content()))
        for name, url in links.items()
        if url.startswith(("http://", "https://", "mailto:"))
    ]


def lecture_head(sitting: Sitting, moment: datetime) -> Content:
    """When, by whom, on what."""
    lecture = sitting.lecture
    when = f"{marks.clock(sitting.start)} · {marks.until(moment, sitting.start, sitting.end)}"
    speaker = lecture.speaker + (f", {lecture.speaker_affiliation}" if lecture.speaker_affiliation else "")
    parts = [Content.assemble(when, (f" · {speaker}" if speaker else "", "$text-muted"))]
    if lecture.topics:
        parts.append(marks.muted(", ".join(lecture.topics)))
    parts += [
        marks.muted(text) for text in (lecture.note, lecture.unverified and f"unverified: {lecture.unverified}") if text
    ]
    return Content("\n").join(parts)


def lecture_rows(library: Library, lecture: Lecture, labs: Sequence[Row], talk: Sequence[Row] = ()) -> list[Row]:
    """Everything of a lecture: readings by group, links, `labs`, `talk`, what the student did."""
    rows = reading_rows(readings_at(library, f"lecture:{lecture.number}"), library)
    if labs:
        rows += [BLANK, heading("Lab"), *labs]
    links = link_rows(lecture.links)
    if links:
        rows += [BLANK, heading("Links"), *links]
    state = library.lectures.get(lecture.number, LectureState(lecture.number))
    did = (("attended", state.attended, "t"), ("watched", state.watched, "w"), ("slides_read", state.slides_read, "s"))
    rows += [*talk, BLANK, heading("You")]
    rows += [
        Row(
            f"toggle:{field}",
            (
                Content.styled("✓", "$success") if value else marks.muted("○"),
                Content(field.replace("_", " ")),
                marks.muted(f"key {key}"),
            ),
        )
        for field, value, key in did
    ]
    return rows


def course_head(course: Course) -> Content:
    """What the course is, who gives it, when it meets and what it expects."""
    facts = course.facts
    meeting = f"{facts.meeting.weekday}s {facts.meeting.start} to {facts.meeting.end} {facts.meeting.room}".strip()
    people = ", ".join((facts.instructor, *facts.teaching_fellows)).strip(", ")
    lines = [
        Content(facts.title),
        *(
            marks.muted(text)
            for text in (f"{facts.institution} · {facts.term} · {meeting}".strip(" ·"), people)
            if text
        ),
    ]
    if facts.prerequisites:
        lines.append(marks.muted("expects: " + ", ".join(facts.prerequisites)))
    return Content("\n").join(lines)


def wide_rows(course: Course, library: Library) -> list[Row]:
    """What belongs to the whole course: its readings, our guide and handouts, what the student added, links."""
    rows = reading_rows(readings_at(library, "lecture:0"), library)
    links = link_rows({name.replace("_", " "): url for name, url in course.facts.links.items()})
    return [*rows, *([BLANK, heading("Links"), *links] if links else [])]


def assignment_head(assignment: Assignment) -> Content:
    """When the homework is due, what it is for and what is handed in."""
    parts = [Content(f"due {marks.day(assignment.due)} {assignment.due.year}"), marks.muted(assignment.purpose)]
    parts.append(
        marks.muted("hand in: " + "; ".join(assignment.deliverables)) if assignment.deliverables else Content()
    )
    return Content("\n").join(part for part in parts if part)


def assignment_rows(library: Library, assignment: Assignment) -> list[Row]:
    """The homework's parts, its files and its readings."""
    rows = [heading("Parts")] if assignment.parts else []
    rows += [Row(f"part:{number}", (marks.muted("·"), *_part(part))) for number, part in enumerate(assignment.parts)]
    links = {"sheet": assignment.pdf_url, "source": assignment.tex_url, "hand in": assignment.submit_url}
    links |= {f"copy {number}": url for number, url in enumerate(assignment.alt_urls, 1)}
    linked = link_rows(links)
    rows += [BLANK, heading("Links"), *linked] if linked else []
    readings = readings_at(library, f"{HOMEWORK}{assignment.id}")
    return [*rows, *([BLANK] if rows else []), *reading_rows(readings, library)]


def _part(part: str) -> tuple[Content, Content]:
    name, colon, text = part.partition(": ")
    return (Content(name), Content(text)) if colon else (Content(), Content(part))
