"""Curves in braille: exact on small inputs, honest about gaps, zero and nonsense."""

import math

import pytest

from cs229tui.labs.series import Curve, Series, Span
from cs229tui.tui.widgets.chart_axes import nice_step, value_scale
from cs229tui.tui.widgets.chart_drawing import AXIS, Drawing, Look, draw, whole


def series_of(*values: float | None) -> Series:
    made = Series()
    for step, value in enumerate(values):
        made.append(step, value)
    return made


def drawn(*lines: Series, width: int = 24, height: int = 6, span: Span | None = None, **look: object) -> Drawing:
    curves = [Curve(f"curve {at}", line) for at, line in enumerate(lines)]
    return draw(curves, width, height, Look(span or whole(curves), **look))  # type: ignore[arg-type]


def text(*lines: Series, **look: object) -> list[str]:
    return [row for row, _ in drawn(*lines, **look).rows]  # type: ignore[arg-type]


def test_a_line_from_corner_to_corner():
    assert text(series_of(*range(11)), width=14, height=4) == [
        "10 ┈┈┈┈┈┈┈⢀⠤⠔⠉",
        "       ⣀⠤⠊⠁   ",
        " 0 ⡠⠤⠊⠉┈┈┈┈┈┈┈",
        "   0    5   10",
    ]


def test_a_zigzag_touches_top_and_bottom():
    assert text(series_of(*[0, 10] * 5, 0), width=24, height=6) == [
        "10 ┈⢀⢇┈┈⢀⢇┈┈┈⡼⡀┈┈⡸⡀┈┈⡸⡀┈",
        "    ⢸⢸  ⢸⢸  ⢠⠃⡇  ⡇⡇  ⡇⡇ ",
        " 5 ┈⡇┈⡇┈⡇┈⡇┈⡜┈⢸┈⢸┈⢸┈⢸┈⢸┈",
        "   ⢸  ⢸⢸  ⢸⢠⠃  ⡇⡇  ⡇⡇  ⡇",
        " 0 ⡎┈┈⠈⡎┈┈⠈⡞┈┈┈⢱⠁┈┈⢱⠁┈┈⢱",
        "   0         5        10",
    ]


def test_nan_is_a_gap():
    assert text(series_of(*[1.0] * 5, *[None] * 5, *[1.0] * 5), width=33, height=4) == [
        "                                 ",
        "1.0 ⠤⠤⠤⠤⠤⠤⠤⠤⠄┈┈┈┈┈┈┈┈┈┈┈⠠⠤⠤⠤⠤⠤⠤⠤⠤",
        "                                 ",
        "    0                  10        ",
    ]


def test_on_a_log_axis_a_power_is_a_line():
    assert text(series_of(100.0, 10.0, 1.0), width=20, height=6, log=True) == [
        "100 ⢣┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈",
        "    ⠈⡆              ",
        " 10 ┈⢱┈┈┈┈┈┈┈┈┈┈┈┈┈┈",
        "      ⢇             ",
        "  1 ┈┈⠘⡄┈┈┈┈┈┈┈┈┈┈┈┈",
        "    0       5     10",
    ]


def test_curves_that_cross():
    assert text(series_of(1, 2, 3), series_of(3, 2, 1), width=20, height=5) == [
        "3 ⢣┈⢠⠃┈┈┈┈┈┈┈┈┈┈┈┈ a",
        "   ⢇⠎               ",
        "2 ┈⡜⡄┈┈┈┈┈┈┈┈┈┈┈┈┈  ",
        "1 ⡜┈⠘⡄┈┈┈┈┈┈┈┈┈┈┈┈ b",
        "  0       5     10  ",
    ]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    ("low", "high"), [(5e-324, 5e-324), (5e-324, 1e-323), (1e-310, 1.7e308), (1.79e308, 1.79e308), (-1.7e308, 1.7e308)]
)
def test_the_least_and_the_greatest_numbers_have_a_scale(low: float, high: float, log: bool):
    scale = value_scale([low], [high], log, 10)
    if scale is None:
        assert log and low < 0
        return
    assert scale.low < scale.high and scale.ticks
    assert 0 <= scale.place(high, 40) <= scale.place(low, 40) <= 39


def test_only_nan_says_so():
    assert any("NaN" in row for row in text(series_of(None, None)))


def test_a_log_axis_leaves_out_what_it_cannot_show():
    rows = text(series_of(100.0, 0.0, -5.0, 1.0, 10.0), log=True)
    assert any(row.startswith("100 ") for row in rows)
    assert any(row.lstrip().startswith("1 ") for row in rows)
    assert any("positive" in row for row in text(series_of(-1.0, 0.0), width=50, log=True))


def test_each_curve_has_its_letter_and_its_own_cells():
    rows = drawn(series_of(1, 2, 3), series_of(3, 2, 1)).rows
    assert {0, 1} <= {owner for _, owners in rows for owner in owners}
    assert [(characters[-1], owners[-1]) for characters, owners in rows if owners[-1] >= 0] == [("a", 0), ("b", 1)]


def test_letters_that_meet_make_room():
    rows = drawn(*[series_of(1, 2) for _ in range(3)]).rows
    letters = [characters[-1] for characters, owners in rows if owners[-1] >= 0]
    assert sorted(letters) == ["a", "b", "c"]


@pytest.mark.parametrize("values", [(5.0,), (0.0, 0.0), (1e-300, 1e300), (-1e9, 1e9), (3.0, 3.0 + 1e-15)])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("size", [(12, 3), (24, 6), (118, 30)])
def test_every_drawing_fits_exactly(values: tuple[float, ...], log: bool, size: tuple[int, int]):
    rows = drawn(series_of(*values), width=size[0], height=size[1], log=log).rows
    assert len(rows) == size[1]
    assert {(len(characters), len(owners)) for characters, owners in rows} == {(size[0], size[0])}


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (5, 2), (11, 9)])
def test_no_room_is_no_error(size: tuple[int, int]):
    rows = drawn(series_of(1, 2), width=size[0], height=size[1]).rows
    assert len(rows) == size[1]
    assert all(owner == AXIS for _, owners in rows for owner in owners)


def test_a_part_of_the_steps_has_an_axis_of_its_own():
    series = series_of(*(float(value) for value in range(101)))
    assert text(series, width=40)[-1].split()[0] == "0"
    part = text(series, width=40, span=Span(75, 100))
    assert float(part[-1].split()[0]) >= 75
    assert part[0].split()[0] == "100"
    assert all(float(row.split()[0]) >= 75 for row in part[:-1] if row[0].isdigit())


def test_very_many_points_keep_their_one_spike():
    series = Series()
    for step in range(200_000):
        series.append(step, 50.0 if step == 66_666 else 1.0)
    rows = text(series, width=80, height=12)
    assert any("⠀" < character <= "⣿" for character in rows[0][4:])


@pytest.mark.parametrize(
    ("span", "count", "step"), [(10, 5, 2), (1, 4, 0.5), (7, 3, 5), (0.003, 3, 0.001), (99, 10, 10), (1e6, 4, 500_000)]
)
def test_ticks_are_nice(span: float, count: int, step: float):
    assert math.isclose(nice_step(span, count), step)
