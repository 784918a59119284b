"""Curves in braille: exact on small inputs, honest about gaps, zero and nonsense."""

import math

import pytest

from cs229tui.labs.series import Series
from cs229tui.tui.widgets.chart_drawing import AXIS, draw, nice_step


def series_of(*values: float | None) -> Series:
    made = Series()
    for step, value in enumerate(values):
        made.append(step, value)
    return made


def text(*curves: Series, width: int = 24, height: int = 6, log: bool = False, zoom: int = 0) -> list[str]:
    return ["".join(cell.character for cell in row) for row in draw(curves, width, height, log, zoom)]


def test_a_line_from_corner_to_corner():
    assert text(series_of(*range(11)), width=14, height=4) == [
        "10 ┈┈┈┈┈┈┈⢀⡠⠔⠊",
        "       ⣀⠔⠊⠁   ",
        " 0 ⣀⠤⠒⠉┈┈┈┈┈┈┈",
        "   0        10",
    ]


def test_a_zigzag_touches_top_and_bottom():
    assert text(series_of(*[0, 10] * 5, 0), width=24, height=6) == [
        "10 ┈⢀⢇┈┈⢀⢇┈┈⢀⢧┈┈┈⡸⡀┈┈⡸⡀┈",
        "    ⢸⢸  ⢸⢸  ⢸⠘⡄  ⡇⡇  ⡇⡇ ",
        " 5 ┈⡇┈⡇┈⡇┈⡇┈⡇┈⢣┈⢸┈⢸┈⢸┈⢸┈",
        "   ⢸  ⢸⢸  ⢸⢸  ⠘⡄⡇  ⡇⡇  ⡇",
        " 0 ⡎┈┈⠈⡎┈┈⠈⡎┈┈┈⢳⠁┈┈⢱⠁┈┈⢱",
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
        "    0             10",
    ]


def test_curves_that_cross():
    assert text(series_of(1, 2, 3), series_of(3, 2, 1), width=20, height=5) == [
        "3 ⢣┈⢠⠃┈┈┈┈┈┈┈┈┈┈┈┈ a",
        "   ⢇⠎               ",
        "2 ┈⡜⡄┈┈┈┈┈┈┈┈┈┈┈┈┈  ",
        "1 ⡜┈⠘⡄┈┈┈┈┈┈┈┈┈┈┈┈ b",
        "  0             10  ",
    ]


def test_only_nan_says_so():
    assert any("NaN" in row for row in text(series_of(None, None)))


def test_a_log_axis_leaves_out_what_it_cannot_show():
    rows = text(series_of(100.0, 0.0, -5.0, 1.0, 10.0), log=True)
    assert any(row.startswith("100 ") for row in rows)
    assert any(row.lstrip().startswith("1 ") for row in rows)
    assert any("positive" in row for row in text(series_of(-1.0, 0.0), width=50, log=True))


def test_each_curve_has_its_letter_and_its_own_cells():
    drawn = draw((series_of(1, 2, 3), series_of(3, 2, 1)), 24, 6)
    owners = {cell.owner for row in drawn for cell in row}
    assert {0, 1} <= owners
    ends = [row[-1] for row in drawn]
    assert [(cell.character, cell.owner) for cell in ends if cell.owner >= 0] == [("a", 0), ("b", 1)]


def test_letters_that_meet_make_room():
    drawn = draw([series_of(1, 2) for _ in range(3)], 24, 6)
    letters = [row[-1].character for row in drawn if row[-1].owner >= 0]
    assert sorted(letters) == ["a", "b", "c"]


@pytest.mark.parametrize("values", [(5.0,), (0.0, 0.0), (1e-300, 1e300), (-1e9, 1e9), (3.0, 3.0 + 1e-15)])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("size", [(12, 3), (24, 6), (118, 30)])
def test_every_drawing_fits_exactly(values: tuple[float, ...], log: bool, size: tuple[int, int]):
    drawn = draw([series_of(*values)], *size, log)
    assert len(drawn) == size[1]
    assert {len(row) for row in drawn} == {size[0]}
    assert all(len(cell.character) == 1 for row in drawn for cell in row)


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (5, 2), (11, 9)])
def test_no_room_is_no_error(size: tuple[int, int]):
    drawn = draw([series_of(1, 2)], *size)
    assert len(drawn) == size[1]
    assert all(cell.owner == AXIS for row in drawn for cell in row)


def test_closer_shows_the_newest_steps():
    series = series_of(*(float(value) for value in range(101)))
    assert text(series, width=40)[-1].split()[0] == "0"
    assert float(text(series, width=40, zoom=2)[-1].split()[0]) >= 75
    assert text(series, width=40, zoom=2)[0].split()[0] == "100"


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
