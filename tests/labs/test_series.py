"""A series is read at any resolution without losing its extremes."""

import math

import pytest

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
