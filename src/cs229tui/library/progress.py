"""How far the student is: by lecture, this week, and what comes next. Pure functions of what the library holds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import ceil

import msgspec

from cs229tui.course.model import Course, Lecture, Reading, Sitting
from cs229tui.course.schedule import schedule, upcoming
from cs229tui.library.readings import FINISHED, ReadingState
from cs229tui.library.sessions import Session

# A page leafed past is not a page read.
_SECONDS_FOR_A_PAGE = 5.0


class Progress(msgspec.Struct, frozen=True):
    """How far some readings are. `pages` counts only those whose length is known; `unknown` says how many are not.

    What is set aside is not done, and not waited for either.
    """

    required: int
    required_done: int
    required_aside: int
    readings: int
    done: int
    aside: int
    pages: int
    pages_read: int
    unknown: int

    @property
    def finished(self) -> bool:
        """Whether every required reading is done or set aside; of none required, every reading."""
        if self.required:
            return self.required_done + self.required_aside == self.required
        return self.done + self.aside == self.readings


class Due(msgspec.Struct, frozen=True):
    """The lecture to read for. `sitting` says when it is, or was where `self_paced`; `readings` are those left, the
    required ones first, else in the order of the page.
    """

    lecture: Lecture
    sitting: Sitting
    readings: tuple[Reading, ...]
    progress: Progress
    self_paced: bool


class Week(msgspec.Struct, frozen=True):
    """Active minutes by day from Monday, distinct pages read, and annotations, since `start` (Monday, 0:00)."""

    start: datetime
    minutes: tuple[float, ...]
    pages: int
    annotations: int


class Pace(msgspec.Struct, frozen=True):
    """What is left and how long it takes at `pages_a_day`; `unknown` readings have no known length and are not in it.

    `done_by` is the last day of reading, none where nothing of known length is left; `needed` is pages a day to be done
    by the day before the lecture, none where that is past.
    """

    pages_left: int
    unknown: int
    pages_a_day: int
    done_by: date | None
    needed: int | None


def length(reading: Reading, documents: Mapping[str, tuple[str, int]]) -> int | None:
    """A reading's pages: those of its document where it has one, else those the course file says; none if unknown."""
    return documents[reading.id][1] if reading.id in documents else reading.pages


def progress(
    readings: Iterable[Reading], states: Mapping[str, ReadingState], documents: Mapping[str, tuple[str, int]]
) -> Progress:
    """How far the student is with some readings; `documents` is what `attached` gives."""
    required = required_done = required_aside = count = done = aside = pages = pages_read = unknown = 0
    for reading in readings:
        state = states.get(reading.id) or ReadingState(reading.id)
        is_done, is_aside = state.status in FINISHED, state.status == "aside"
        count += 1
        done += is_done
        aside += is_aside
        required += reading.required
        required_done += reading.required and is_done
        required_aside += reading.required and is_aside
        long = length(reading, documents)
        if long is None:
            unknown += 1
        else:
            pages += long
            pages_read += _pages_read(state, long)
    return Progress(required, required_done, required_aside, count, done, aside, pages, pages_read, unknown)


def continuing(states: Mapping[str, ReadingState], limit: int = 5) -> list[ReadingState]:
    """What the student is in the middle of, last opened first; what she only marked as being read comes after."""
    begun = [
        state
        for state in states.values()
        if state.status == "reading" or (state.status == "unread" and state.opened is not None)
    ]
    return sorted(begun, key=lambda state: (state.opened or "", state.updated), reverse=True)[:limit]


def due(
    course: Course,
    states: Mapping[str, ReadingState],
    documents: Mapping[str, tuple[str, int]],
    moment: datetime,
    first_lecture: date | None = None,
) -> Due | None:
    """What to read next: for the lecture that is on or comes next; after the term, for the first unfinished lecture.

    None where a finished term has nothing left to read, or the course has no lecture.
    """
    sittings = schedule(course, first_lecture)
    coming = upcoming(sittings, moment)
    if coming is not None:
        return _due(course, coming, states, documents, self_paced=False)
    left = [_due(course, sitting, states, documents, self_paced=True) for sitting in sittings]
    unfinished = [entry for entry in left if not entry.progress.finished]
    return next(iter(unfinished), next((entry for entry in left if entry.readings), None))


def week_start(moment: datetime, zone: tzinfo | None = None) -> datetime:
    """Monday 0:00 of the week of `moment` in `zone`, or in this machine's own time."""
    local = moment.astimezone(zone)
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), time())
    # A naive time is taken in the machine's own zone, with the offset of that day: the clocks may change in between.
    return monday.replace(tzinfo=zone) if zone else monday.astimezone()


def week(sessions: Iterable[Session], annotations: int, moment: datetime, zone: tzinfo | None = None) -> Week:
    """The week of `moment` so far; sessions from before it are left out, each counts on the day it started."""
    start = week_start(moment, zone)
    seconds = [0.0] * 7
    pages: set[tuple[str, int]] = set()
    for session in sessions:
        started = datetime.fromisoformat(session.started)
        day = (started.astimezone(zone).date() - start.date()).days
        if 0 <= day < 7:
            seconds[day] += session.seconds
            read = (page for page, spent in session.pages.items() if page and spent >= _SECONDS_FOR_A_PAGE)
            pages |= {(session.reading, page) for page in read}
    return Week(start, tuple(spent / 60 for spent in seconds), len(pages), annotations)


def stored(moment: datetime) -> str:
    """A moment as the library stores times, for its `since` arguments."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def pace(
    readings: Sequence[Reading],
    states: Mapping[str, ReadingState],
    documents: Mapping[str, tuple[str, int]],
    pages_a_day: int,
    today: date,
    lecture: date | None = None,
) -> Pace:
    """How long the readings left take, from `today` on, and what it takes to be done before the `lecture`."""
    left = unknown = 0
    for reading in readings:
        state = states.get(reading.id) or ReadingState(reading.id)
        if state.status in FINISHED or state.status == "aside":
            continue
        long = length(reading, documents)
        if long is None:
            unknown += 1
        else:
            left += long - _pages_read(state, long)
    done_by = today + timedelta(days=ceil(left / pages_a_day) - 1) if left else None
    days = (lecture - today).days if lecture else 0
    return Pace(left, unknown, pages_a_day, done_by, ceil(left / days) if left and days > 0 else None)


def pace_text(pace: Pace, today: date, lecture: date | None = None) -> str:
    """One line about the pace: `on pace: done by Sat if 12 pages a day`, with what is not known said."""
    unknown = f"{pace.unknown} of unknown length" if pace.unknown else ""
    if pace.done_by is None:
        return f"{unknown}: open them to learn how long they are" if unknown else "nothing left to read"
    days = (pace.done_by - today).days
    day = "today" if days == 0 else f"by {pace.done_by:%a}" if days < 7 else f"by {pace.done_by.day} {pace.done_by:%b}"
    text = f"done {day} if {pace.pages_a_day} pages a day"
    if lecture is not None and lecture > today:
        late = pace.done_by >= lecture
        text = f"behind: {pace.needed} pages a day to be ready" if late else f"on pace: {text}"
    return f"{text}, and {unknown}" if unknown else text


def _due(
    course: Course,
    sitting: Sitting,
    states: Mapping[str, ReadingState],
    documents: Mapping[str, tuple[str, int]],
    self_paced: bool,
) -> Due:
    readings = course.readings_of(sitting.lecture.number)
    settled = FINISHED | {"aside"}
    left = [entry for entry in readings if entry.id not in states or states[entry.id].status not in settled]
    left.sort(key=lambda entry: not entry.required)
    return Due(sitting.lecture, sitting, tuple(left), progress(readings, states, documents), self_paced)


def _pages_read(state: ReadingState, pages: int) -> int:
    if state.status in FINISHED:
        return pages
    # The page that is open is not yet read.
    return min(max((state.page or 1) - 1, 0), pages)
