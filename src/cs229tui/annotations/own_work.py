"""The student's work on a reading, gathered from her library for the score, and the deadline it is held to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

import msgspec

from cs229tui.annotations.score import Comment, Score, Sitting, Work, score
from cs229tui.clock import now
from cs229tui.course.model import Course, Reading
from cs229tui.course.schedule import schedule
from cs229tui.library.annotations import Annotation, annotations_of, counts
from cs229tui.library.coverage import USUAL_PACE, coverage, own_pace, page_lengths
from cs229tui.library.database import Database
from cs229tui.library.documents import attached
from cs229tui.library.people import me
from cs229tui.library.ratings import ratings
from cs229tui.library.reactions import reactions_to
from cs229tui.library.sessions import seconds_by_reading, sessions
from cs229tui.library.videos import video_state

_COUNT = ("comment", "question", "reply")


class Graded(msgspec.Struct, frozen=True):
    """A reading with its score, and what she wrote on it that may count, oldest first, with the `points` she gave."""

    reading: Reading
    score: Score
    written: tuple[Annotation, ...]
    points: dict[str, int]


def graded(
    database: Database, course: Course, reading: Reading, lecture: int | None = None, first_lecture: date | None = None
) -> Graded:
    """How she stands with a reading, held to the deadline of a lecture, or of the first lecture that it is for."""
    said = annotations_of(database, reading.id)
    mine = me(database)
    written = sorted((one for one in said if one.person == mine and one.kind in _COUNT), key=lambda one: one.created)
    points = ratings(database, [one.id for one in written])
    work = work_on(database, reading, said, points)
    begun = min([*(one.written for one in work.comments), *(one.started for one in work.sittings)], default=now())
    due = deadline(course, reading, lecture, first_lecture, begun)
    return Graded(reading, score(course.discussion, work, due), tuple(written), points)


def worked_on(database: Database) -> list[str]:
    """The readings that she read or that are written on, by id, those with the most active time first."""
    spent = seconds_by_reading(database)
    return sorted({*spent, *(id for id in counts(database) if id)}, key=lambda id: (-spent.get(id, 0.0), id))


def deadline(
    course: Course, reading: Reading, lecture: int | None, first_lecture: date | None, begun: datetime
) -> datetime | None:
    """When a reading has to be read: as its lecture begins, by the student's own calendar.

    There is none for what is course-wide, nor for what she began after the term was over and without dates of her own.
    """
    sittings = schedule(course, first_lecture)
    wanted = {lecture} if lecture else set(reading.lectures)
    starts = [sitting.start for sitting in sittings if sitting.lecture.number in wanted]
    if not starts or (first_lecture is None and begun > sittings[-1].end):
        return None
    return min(starts)


def work_on(database: Database, reading: Reading, said: Sequence[Annotation], points: Mapping[str, int]) -> Work:
    """What she did on a reading; `said` is everything written on it, `points` what she gave her own."""
    mine = me(database)
    document = attached(database).get(reading.id)
    lengths = page_lengths(database, document[0]) if document else ()
    long = _length(database, reading)
    by_id = {one.id: one for one in said}
    own = {one.id for one in said if one.person == mine and one.kind in _COUNT}
    comments = []
    for id in own:
        one, written = by_id[id], moment_of(by_id[id].created)
        if written is not None:
            place = _place(by_id.get(one.root, one), lengths, long)
            comments.append(Comment(id, written, points.get(id), place, one.kind == "reply"))
    replies = (one for one in said if one.kind == "reply" and one.person != mine)
    votes = [one for one in reactions_to(database, list(by_id)) if one.kind != "answer"]
    given = (one.created for one in votes if one.person == mine and one.target not in own)
    return Work(
        tuple(sorted(comments, key=lambda one: (one.written, one.id))),
        tuple(_sittings(database, reading.id, lengths, document[0] if document else None, long)),
        tuple(to for one in replies if (to := next((id for id in (one.parent, one.root) if id in own), None))),
        tuple(one.target for one in votes if one.person != mine and one.target in own),
        tuple(moment for stamp in given if (moment := moment_of(stamp)) is not None),
        len(lengths) or reading.pages,
        long,
    )


def moment_of(stamp: str) -> datetime | None:
    """A stored moment; none for what is no time, which others' data may have."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _length(database: Database, reading: Reading) -> float | None:
    """How long a video is, in seconds, as the player or the course file says; none for what is no video."""
    if reading.kind != "video":
        return None
    said = 0.0
    for part in reading.length.split(":") if reading.length else ():
        said = said * 60 + int(part)
    return video_state(database, reading.id).length or said or None


def _place(root: Annotation, lengths: Sequence[int], long: float | None) -> float | None:
    """Where in the reading a conversation stands, 0 to 1, by the characters or the seconds before it."""
    if root.second is not None and long:
        return min(1.0, max(0.0, root.second / long))
    if root.page is None or not 1 <= root.page <= len(lengths):
        return None
    return (sum(lengths[: root.page - 1]) + min(root.start or 0, lengths[root.page - 1])) / max(1, sum(lengths))


def _sittings(
    database: Database, reading: str, lengths: Sequence[int], document: str | None, long: float | None
) -> Iterable[Sitting]:
    """Her sessions, each with the share of the reading that had not been seen before it."""
    pace = own_pace(database) or USUAL_PACE
    spent: Counter[int] = Counter()
    watched = before = 0.0
    for session in sessions(database, reading=reading):
        started, ended = moment_of(session.started), moment_of(session.ended)
        if started is None or ended is None:
            continue
        watched += session.seconds
        if session.document in (None, document):
            for page, seconds in session.pages.items():
                spent[page] += seconds  # type: ignore[assignment]
        seen = min(1.0, watched / long) if long else 0.0
        if lengths and not long:
            seen = 1 - coverage(lengths, spent, pace).count("unseen") / len(lengths)
        yield Sitting(started, ended, session.seconds, seen - before)
        before = seen
