from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cs229tui.course.load import load
from cs229tui.course.model import Course, Reading
from cs229tui.folders import shipped
from cs229tui.library.progress import continuing, due, pace, pace_text, progress, stored, week, week_start
from cs229tui.library.readings import ReadingState
from cs229tui.library.sessions import Session

TERM = datetime(2023, 2, 14, 12, tzinfo=UTC)
AFTER = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def course() -> Course:
    return load(shipped("data/course.toml"))


def reading(id: str, pages: int | None = None, required: bool = True) -> Reading:
    return Reading(id=id, title=id, lectures=(1,), pages=pages, required=required)


def states(**status: str) -> dict[str, ReadingState]:
    return {id: ReadingState(id, status) for id, status in status.items()}  # type: ignore[arg-type]


def test_progress_counts_what_is_done_and_says_what_it_does_not_know() -> None:
    readings = [reading("a", 10), reading("b", 20), reading("c"), reading("d", 5, required=False)]
    known = states(a="done", d="skimmed") | {"b": ReadingState("b", "reading", page=6)}
    far = progress(readings, known, {})
    assert (far.required, far.required_done, far.readings, far.done) == (3, 1, 4, 2)
    assert (far.pages, far.pages_read, far.unknown) == (35, 20, 1)
    assert not far.finished
    assert progress(readings, known, {"c": ("sha", 9)}).pages == 44
    # The document at hand counts, not the length that was published.
    assert progress(readings, known, {"b": ("sha", 5)}).pages_read == 20


def test_what_is_set_aside_is_not_done_and_not_waited_for() -> None:
    far = progress([reading("a"), reading("b")], states(a="done", b="aside"), {})
    assert (far.required_done, far.required_aside, far.finished) == (1, 1, True)
    assert not progress([reading("a", required=False)], {}, {}).finished
    assert progress([], {}, {}).finished


def test_what_one_is_in_the_middle_of_comes_last_opened_first() -> None:
    known = {
        "old": ReadingState("old", "reading", opened="2023-02-01"),
        "new": ReadingState("new", "reading", opened="2023-02-03"),
        "peeked": ReadingState("peeked", "unread", opened="2023-02-02"),
        "marked": ReadingState("marked", "reading", updated="2023-02-09"),
        "done": ReadingState("done", "done", opened="2023-02-04"),
        "aside": ReadingState("aside", "aside", opened="2023-02-05"),
        "never": ReadingState("never", "unread", priority=2),
    }
    assert [state.reading for state in continuing(known)] == ["new", "peeked", "old", "marked"]
    assert len(continuing(known, limit=1)) == 1


def test_in_term_the_next_lecture_is_due_required_readings_first(course: Course) -> None:
    found = due(course, {"abadi-2016-dp-sgd": ReadingState("abadi-2016-dp-sgd", "done")}, {}, TERM)
    assert found is not None and found.lecture.number == 4 and not found.self_paced
    assert found.progress.required == 16 and found.progress.required_done == 1
    flags = [entry.required for entry in found.readings]
    assert flags == sorted(flags, reverse=True) and len(flags) == 22
    assert "abadi-2016-dp-sgd" not in {entry.id for entry in found.readings}


def test_before_the_term_the_first_lecture_is_due(course: Course) -> None:
    found = due(course, {}, {}, datetime(2022, 9, 1, tzinfo=UTC))
    assert found is not None and found.lecture.number == 1 and not found.self_paced


def test_after_the_term_one_goes_at_ones_own_pace(course: Course) -> None:
    found = due(course, {}, {}, AFTER)
    assert found is not None and found.lecture.number == 1 and found.self_paced
    first = {entry.id: ReadingState(entry.id, "done") for entry in course.readings_of(1) if entry.required}
    found = due(course, first, {}, AFTER)
    assert found is not None and found.lecture.number == 2
    required = {entry.id: ReadingState(entry.id, "skimmed") for entry in course.readings if entry.required}
    found = due(course, required, {}, AFTER)
    assert found is not None and found.lecture.number == 1 and not any(entry.required for entry in found.readings)
    everything = {entry.id: ReadingState(entry.id, "done") for entry in course.readings}
    assert due(course, everything, {}, AFTER) is None


def test_a_term_of_ones_own_is_in_term(course: Course) -> None:
    found = due(course, {}, {}, AFTER, date(2026, 4, 30))
    assert found is not None and found.lecture.number == 2 and not found.self_paced


def test_the_week_adds_up_by_the_students_own_days() -> None:
    zone = ZoneInfo("America/New_York")
    sessions = [
        # Sunday evening in New York is Monday in UTC: last week's.
        Session("x", "2023-02-13T03:00:00.000Z", "", {1: 600.0}),
        Session("x", "2023-02-13T15:00:00.000Z", "", {1: 60.0, 2: 3.0}),
        Session("x", "2023-02-15T01:00:00.000Z", "", {1: 120.0, 3: 60.0}),
        Session("y", "2023-02-15T15:00:00.000Z", "", {1: 6.0}),
    ]
    found = week(sessions, 7, datetime(2023, 2, 15, 18, tzinfo=UTC), zone)
    assert found.start == datetime(2023, 2, 13, tzinfo=zone)
    assert [round(minutes, 2) for minutes in found.minutes] == [1.05, 3.0, 0.1, 0, 0, 0, 0]
    assert (found.pages, found.annotations) == (3, 7)


def test_the_week_begins_on_monday_even_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    sunday = datetime(2023, 3, 26, 20, tzinfo=zone)
    assert stored(week_start(sunday, zone)) == "2023-03-19T23:00:00.000Z"
    assert week_start(sunday).weekday() == 0


def test_the_pace_says_when_and_what_it_takes() -> None:
    readings = [reading("a", 20), reading("b", 10), reading("c", 100)]
    known = {"a": ReadingState("a", "reading", page=9), "c": ReadingState("c", "done")}
    tuesday, thursday = date(2023, 2, 14), date(2023, 2, 16)
    found = pace(readings, known, {}, 12, tuesday, thursday)
    assert (found.pages_left, found.unknown, found.done_by, found.needed) == (22, 0, date(2023, 2, 15), 11)
    assert pace_text(found, tuesday, thursday) == "on pace: done by Wed if 12 pages a day"
    slow = pace(readings, known, {}, 5, tuesday, thursday)
    assert pace_text(slow, tuesday, thursday) == "behind: 11 pages a day to be ready"
    assert pace_text(pace(readings, known, {}, 30, tuesday), tuesday) == "done today if 30 pages a day"
    assert pace_text(pace(readings, known, {}, 1, tuesday), tuesday) == "done by 7 Mar if 1 pages a day"


def test_the_pace_is_honest_about_unknown_lengths() -> None:
    today = date(2023, 2, 14)
    found = pace([reading("a", 10), reading("b"), reading("c")], {}, {}, 5, today)
    assert (found.pages_left, found.unknown) == (10, 2)
    assert pace_text(found, today) == "done by Wed if 5 pages a day, and 2 of unknown length"
    unknown = pace([reading("b")], {}, {}, 5, today)
    assert unknown.done_by is None and "unknown" in pace_text(unknown, today)
    assert pace_text(pace([], {}, {}, 5, today), today) == "nothing left to read"
