import itertools
from datetime import UTC, date, datetime, timedelta

import pytest

from cs229tui.course.load import load
from cs229tui.course.model import Course
from cs229tui.course.schedule import schedule, upcoming, week_of
from cs229tui.folders import shipped


@pytest.fixture(scope="module")
def course() -> Course:
    return load(shipped("data/course.toml"))


def test_the_term_as_it_was_held(course: Course) -> None:
    sittings = schedule(course)
    assert [sitting.lecture.number for sitting in sittings] == list(range(1, 13))
    assert sittings[0].start.date() == date(2023, 1, 26)
    assert sittings[-1].start.date() == date(2023, 4, 20)
    assert all(sitting.start.weekday() == 3 for sitting in sittings)
    assert {(sitting.start.hour, sitting.start.minute) for sitting in sittings} == {(15, 45)}
    assert date(2023, 3, 16) not in {sitting.start.date() for sitting in sittings}


def test_the_clocks_change_within_the_term(course: Course) -> None:
    offsets = {sitting.start.date(): sitting.start.utcoffset() for sitting in schedule(course)}
    assert offsets[date(2023, 3, 9)] == timedelta(hours=-5)
    assert offsets[date(2023, 3, 23)] == timedelta(hours=-4)


def test_a_term_of_ones_own_keeps_the_weekday_times_and_the_break(course: Course) -> None:
    held, own = schedule(course), schedule(course, date(2026, 9, 3))
    assert own[0].start.date() == date(2026, 9, 3)
    gaps = [(later.start.date() - sooner.start.date()).days for sooner, later in itertools.pairwise(own)]
    assert gaps == [(b.start.date() - a.start.date()).days for a, b in itertools.pairwise(held)]
    assert gaps.count(14) == 1
    # The clocks go back on 1 November 2026: the hour on the wall stays, the offset moves.
    assert {(sitting.start.hour, sitting.start.minute) for sitting in own} == {(15, 45)}
    assert own[0].start.utcoffset() == timedelta(hours=-4)
    assert own[-1].start.utcoffset() == timedelta(hours=-5)


def test_a_first_lecture_on_another_weekday_moves_all(course: Course) -> None:
    own = schedule(course, date(2026, 9, 1))
    assert {sitting.start.weekday() for sitting in own} == {1}


def test_what_comes_next(course: Course) -> None:
    sittings = schedule(course)

    def next_at(moment: datetime) -> int | None:
        found = upcoming(sittings, moment)
        return found.lecture.number if found else None

    assert next_at(datetime(2022, 12, 1, tzinfo=UTC)) == 1
    # 15:45 in Cambridge is 20:45 in UTC: the lecture is on until it ends at 18:30.
    assert next_at(datetime(2023, 1, 26, 21, 0, tzinfo=UTC)) == 1
    assert next_at(datetime(2023, 1, 26, 23, 31, tzinfo=UTC)) == 2
    assert next_at(datetime(2023, 3, 16, 12, 0, tzinfo=UTC)) == 8
    assert next_at(datetime(2023, 4, 21, tzinfo=UTC)) is None


def test_the_week_of_term(course: Course) -> None:
    sittings = schedule(course)
    assert week_of(sittings, datetime(2023, 1, 23, 12, tzinfo=UTC)) == 1
    assert week_of(sittings, datetime(2023, 2, 14, 12, tzinfo=UTC)) == 4
    # Sunday night in Cambridge is Monday in UTC.
    assert week_of(sittings, datetime(2023, 2, 13, 3, tzinfo=UTC)) == 3
    assert week_of(sittings, datetime(2023, 1, 22, 12, tzinfo=UTC)) is None
    assert week_of(sittings, datetime(2023, 4, 24, 12, tzinfo=UTC)) is None
    assert week_of((), datetime(2023, 4, 24, 12, tzinfo=UTC)) is None
