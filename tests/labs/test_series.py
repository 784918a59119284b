"""A series is read at any resolution without losing its extremes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.labs.series import Column, Series, Span


def series_of(values: list[float | None]) -> Series:
    made = Series()
    for step, value in enumerate(values):
        made.append(step, value)
    return made


def test_a_point_a_column():
    assert series_of([3.0, 1.0, 2.0]).columns(Span(0, 2), 3) == [
        Column(0, 3, 3, 3, 3, 3, 3, False),
        Column(1, 1, 1, 1, 1, 1, 1, False),
        Column(2, 2, 2, 2, 2, 2, 2, False),
    ]


def test_many_points_a_column_keep_first_least_greatest_last():
    assert series_of([5.0, 9.0, 1.0, 4.0]).columns(Span(0, 10), 2) == [Column(0, 5, 1, 9, 4, 4.75, 1, False)]


def test_nan_is_a_gap_and_no_bound():
    series = series_of([1.0, None, None, 2.0])
    assert [(column.place, column.gap) for column in series.columns(Span(0, 3), 4)] == [(0, False), (3, True)]
    assert series.extent() == (1.0, 2.0)
    assert series.last == 2.0
    assert series_of([None]).last is None


@pytest.mark.parametrize("count", [7_000, 100_000])
def test_from_afar_no_spike_is_lost(count: int):
    values: list[float | None] = [math.sin(at / 500) for at in range(count)]
    values[count // 3] = 50.0
    values[count // 2] = -50.0
    columns = series_of(values).columns(Span(0, count - 1), 100)
    assert len(columns) == 100
    assert max(column.high for column in columns) == 50.0
    assert min(column.low for column in columns) == -50.0
    assert not any(column.gap for column in columns)


def test_from_afar_a_long_gap_is_still_one():
    values: list[float | None] = [1.0] * 40_000
    values[10_000:20_000] = [None] * 10_000
    columns = series_of(values).columns(Span(0, 39_999), 50)
    assert sum(column.gap for column in columns) == 1
    assert not {column.place for column in columns} & set(range(14, 24))


def test_a_continued_run_takes_back_what_came_after():
    series = series_of([1.0, 2.0, 99.0, 4.0])
    series.append(2, 3.0)
    assert list(series.steps) == [0, 1, 2]
    assert list(series.values) == [1, 2, 3]
    assert series.extent() == (1.0, 3.0)


VALUES = st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9), st.just(0.0)), max_size=400)


@given(VALUES, st.integers(2, 60), st.integers(1, 40))
def test_nothing_is_lost_and_nothing_made_up(values: list[float | None], count: int, times: int):
    series = series_of(values * times)
    every = [value for value in values if value is not None]
    columns = series.columns(Span(0, max(len(series) - 1, 1)), count)
    assert min((column.low for column in columns), default=None) == min(every, default=None)
    assert max((column.high for column in columns), default=None) == max(every, default=None)
    assert min((column.positive for column in columns), default=math.inf) == min(
        (value for value in every if value > 0), default=math.inf
    )
    places = [column.place for column in columns]
    assert places == sorted(set(places)) and all(0 <= place < count for place in places)
    assert all(column.low <= column.mean <= column.high for column in columns)
    assert all(column.low <= column.first <= column.high >= column.last >= column.low for column in columns)
    assert series.extent() == (min(every, default=math.inf), max(every, default=-math.inf))


@given(
    st.lists(st.floats(-100, 100), min_size=300, max_size=3000),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(2, 50),
    st.booleans(),
)
def test_a_part_in_sight_shows_what_lies_in_it(values: list[float], one: float, other: float, count: int, log: bool):
    series = series_of(list(values))
    start, end = sorted((one * len(values), other * len(values)))
    span = Span(start, end, log=log)
    inside = [value for step, value in enumerate(values) if start <= step <= end and (step or not log)]
    columns = series.columns(span, count)
    if end <= start:
        assert columns == []
        return
    if not inside:
        return
    # Groups that reach over the edge of what is in sight may show what lies just beside it.
    near = values[max(int(start) - 128, 0) : int(end) + 130]
    assert min(near) <= min(column.low for column in columns) <= min(inside)
    assert max(inside) <= max(column.high for column in columns) <= max(near)


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=50, unique=True), st.floats(-10, 2e6))
def test_the_crosshair_reads_the_nearest_point(steps: list[int], x: float):
    series = Series()
    for step in sorted(steps):
        series.append(step, step / 2, seconds=step / 10)
    found = series.ruler.nearest(x, by_time=False)
    assert abs(series.steps[found] - x) == min(abs(step - x) for step in steps)
    assert series.ruler.nearest(series.seconds[found], by_time=True) == found


def test_by_time_a_pause_is_wide():
    series = Series()
    for step in range(20):
        series.append(step, 1.0, seconds=step if step < 10 else step + 80)
    places = [column.place for column in series.columns(Span(0, 99, by_time=True), 100)]
    assert places == [*range(10), *range(90, 100)]


def test_a_clock_that_goes_back_does_not_fold_the_curve():
    series = Series()
    for step, second in enumerate([0.0, 5.0, 3.0, 6.0]):
        series.append(step, 1.0, second)
    assert list(series.seconds) == [0.0, 5.0, 5.0, 6.0]


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=600), st.integers(0, 600))
def test_what_was_taken_back_leaves_no_trace(values: list[float], keep: int):
    series, never = series_of(list(values) * 4), series_of((list(values) * 4)[:keep])
    series.tiers  # noqa: B018
    if keep < len(series):
        series.ruler.cut(keep)
        series.cut(keep)
    span = Span(0, 4 * len(values))
    assert series.columns(span, 20) == never.columns(span, 20) or keep >= len(values) * 4
