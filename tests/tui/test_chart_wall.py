"""Plots looked at together: zoom, pan, crosshair, axes, smoothing, and what it costs when nothing has changed."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from cs229tui.labkit.spec import Panel
from cs229tui.labs.series import Curve, Series, Span
from cs229tui.tui.themes import OURS
from cs229tui.tui.widgets.chart_drawing import FAINT, Look, draw, whole
from cs229tui.tui.widgets.chart_legend import Entry, in_rows, width_of
from cs229tui.tui.widgets.chart_sharing import Plot
from cs229tui.tui.widgets.chart_sight import Sight
from cs229tui.tui.widgets.chart_wall import ChartWall

WHOLE = Span(0.0, 1000.0)
MOVES = st.lists(st.tuples(st.sampled_from(["zoom", "pan", "about"]), st.integers(-3, 3), st.floats(0, 1000)))


@given(MOVES, st.booleans())
def test_what_is_in_sight_is_always_a_part_of_the_whole(moves, log):
    whole_span = Span(WHOLE.start, WHOLE.end, log=log)
    sight = Sight(log_steps=log)
    for kind, by, about in moves:
        if kind == "pan":
            sight = sight.panned(whole_span, by)
        else:
            sight = sight.zoomed(whole_span, by, about if kind == "about" else None)
        span = sight.span(whole_span)
        assert whole_span.start <= span.start < span.end <= whole_span.end
        assert sight.follows == (span.end >= whole_span.end - 1e-6)


def test_zooming_keeps_the_step_one_points_at_where_it_is():
    sight = Sight().zoomed(WHOLE, 2, 300.0)
    span = sight.span(WHOLE)
    assert (span.end - span.start, span.share(300.0)) == pytest.approx((250.0, 0.3))
    assert sight.zoomed(WHOLE, -2, 300.0).span(WHOLE) == WHOLE


def test_a_zoomed_view_stays_while_data_come_and_follows_once_the_end_is_in_sight():
    back = Sight().zoomed(WHOLE, 2).panned(WHOLE, -2)
    grown = Span(0.0, 1100.0)
    assert back.span(grown) == back.span(WHOLE) == Span(625.0, 875.0)
    again = back.panned(WHOLE, 5)
    assert again.span(WHOLE) == Span(750.0, 1000.0) and again.span(grown) == Span(850.0, 1100.0)


def noisy(count: int, offset: float = 0.0) -> Series:
    made = Series()
    for step in range(count):
        made.append(step, offset + math.sin(step / 40) + (step % 7) / 20, seconds=step / 10 + (60 if step > 500 else 0))
    return made


class Walled(App[None]):
    CSS_PATH = "../../src/cs229tui/tui/styles/chart.tcss"

    def __init__(self, plots: list[Plot]) -> None:
        super().__init__()
        self.plots = plots
        for theme in OURS:
            self.register_theme(theme)
        self.theme = OURS[0].name

    def compose(self) -> ComposeResult:
        yield ChartWall()

    def on_mount(self) -> None:
        self.query_one(ChartWall).draw(self.plots)


@asynccontextmanager
async def wall_of(*plots: Plot, size: tuple[int, int] = (120, 40)) -> AsyncIterator[tuple[Pilot[None], ChartWall]]:
    app = Walled(list(plots))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot, app.query_one(ChartWall)


def plot(title: str, *lines: Series, log: bool = False) -> Plot:
    curves = tuple(Curve(f"curve {at}", line) for at, line in enumerate(lines))
    return Plot(Panel(title, tuple(curve.label for curve in curves), log), curves)


async def test_all_plots_are_looked_at_in_the_same_way():
    async with wall_of(plot("one", noisy(1000), noisy(1000, 2)), plot("two", noisy(500))) as (pilot, wall):
        wall.zoom(1)
        wall.crosshair(-1)  # it begins at the newest
        wall.crosshair(-10)
        wall.smoothing()
        await pilot.pause()
        looks = {chart.look for chart in wall.charts}
        assert len(wall.charts) == 2 and len(looks) == 1
        look = looks.pop()
        assert look.span == Span(499.5, 999.0) and look.smoothing > 0
        assert look.cross is not None and 900 < look.cross < 999
        one = wall.charts[0]
        step = int(look.cross)
        series = wall.plots[0].curves[0].line
        assert one.entries()[0].value.startswith(f"{series.values[step]:.4f}"[:5])
        assert f"step {step}" in str(one.border_title)
        wall.whole()
        assert wall.sight.cross is None and wall.sight.window is None


async def test_a_plot_that_counts_something_else_has_an_axis_and_a_crosshair_of_its_own():
    few = Series()
    for evaluations in (5, 9, 17, 35, 79):
        few.append(evaluations, 1 / evaluations, seconds=300 + evaluations)
    apart = Plot(Panel("FD", ("curve 0",), x="evaluations"), (Curve("curve 0", few),))
    async with wall_of(plot("loss", noisy(1000)), apart) as (pilot, wall):
        loss, chart = wall.charts
        assert wall.whole_span == loss.look.span == Span(0.0, 999.0) and chart.look.span == Span(5.0, 79.0)
        wall.zoom(1)
        wall.crosshair(-1)
        assert loss.look.span.start > 0 and chart.look.span == Span(5.0, 79.0) and chart.look.cross is None
        chart.post_message(chart.Pointed(chart, 30.0))
        await pilot.pause()
        assert chart.look.cross == 30.0 and loss.look.cross == 999.0
        assert "evaluations 30" in str(chart.border_title) and chart.entries()[0].value.startswith("0.028")
        wall.by_time()
        assert chart.look.span == loss.look.span, "seconds are the same for all"
        wall.by_time()
        wall.enlarge(apart.panel)
        await pilot.pause()
        wall.crosshair(-1)
        assert wall.charts[0].look.cross == 17.0, "from the point at 35, which is nearest, to the one before"
        wall.whole()
        assert wall.charts[0].look.cross is None


async def test_the_crosshair_steps_through_points_and_takes_the_view_along():
    async with wall_of(plot("one", noisy(1000))) as (_, wall):
        wall.zoom(8)
        wall.crosshair(-1)
        before = wall.sight.cross
        wall.crosshair(-1)
        assert before is not None and wall.sight.cross == before - 1
        for _ in range(5):
            wall.crosshair(-10)
        span = wall.sight.span(wall.whole_span)
        assert wall.sight.cross is not None and span.start <= wall.sight.cross <= span.end
        for _ in range(200):
            wall.crosshair(10)
        assert wall.sight.cross == 999 and wall.sight.follows


async def test_the_crosshair_moves_where_no_plot_has_room():
    async with wall_of(plot("one", noisy(100)), size=(120, 1)) as (pilot, wall):
        wall.crosshair(-1)
        for chart in wall.charts:
            chart.styles.width = 0
        await pilot.pause()
        wall.crosshair(-10)
        assert wall.sight.cross is not None and wall.sight.cross < 99


async def test_by_time_and_back_what_is_in_sight_stays():
    async with wall_of(plot("one", noisy(1000))) as (_, wall):
        wall.zoom(2)
        wall.pan(-3)
        wall.crosshair(-1)
        before = wall.sight
        wall.by_time()
        assert wall.sight.by_time and wall.sight.cross == pytest.approx(before.cross / 10, abs=61)
        wall.by_time()
        assert wall.sight.cross == before.cross
        assert wall.sight.window == pytest.approx(before.window, abs=1)


async def test_the_mouse_points_turns_and_drags():
    async with wall_of(plot("one", noisy(1000))) as (pilot, wall):
        chart = wall.charts[0]
        await pilot.hover(chart, offset=(60, 10))
        assert wall.sight.cross is not None and 400 < wall.sight.cross < 600
        wall.zoom(3, 500.0)
        span = wall.sight.span(wall.whole_span)
        await pilot.mouse_down(chart, offset=(60, 10))
        await pilot.hover(chart, offset=(80, 10))
        await pilot.mouse_up(chart, offset=(80, 10))
        assert wall.sight.span(wall.whole_span).start < span.start
        await pilot.hover(chart, offset=(0, 0))
        assert wall.sight.cross is None


async def test_a_plot_can_have_the_wall_for_itself():
    plots = [plot(f"p{at}", noisy(50)) for at in range(9)]
    async with wall_of(*plots, size=(80, 24)) as (_, wall):
        assert wall.pages > 1
        wall.turn(1)
        first = wall.charts[0].panel
        wall.enlarge()
        assert [chart.panel for chart in wall.charts] == [first] and wall.pages == 1
        wall.enlarge()
        assert len(wall.charts) > 1


async def test_what_has_not_changed_is_not_drawn_again():
    async with wall_of(plot("one", noisy(1000)), plot("two", noisy(1000))) as (pilot, wall):
        drawings = [chart._drawing for chart in wall.charts]
        wall.draw(wall.plots)
        await pilot.pause()
        assert all(chart._drawing is drawing for chart, drawing in zip(wall.charts, drawings, strict=True))
        wall.plots[0].curves[0].line.append(1000, 3.0)
        wall.draw(wall.plots)
        await pilot.pause()
        assert wall.charts[0]._drawing is not drawings[0]


async def test_axes_change_for_each_panel_from_its_own():
    async with wall_of(plot("one", noisy(100, 5), log=True), plot("two", noisy(100, 5))) as (_, wall):
        wall.axis()
        assert [chart.look.log for chart in wall.charts] == [False, True]
        wall.log_steps()
        assert all(chart.look.span.log for chart in wall.charts)
        assert wall.charts[0].border_title is not None


# What is drawn


def rows(curves: list[Curve], width: int = 60, height: int = 12, **look: object) -> list[tuple[str, tuple[int, ...]]]:
    return list(draw(curves, width, height, Look(whole(curves), **look)).rows)  # type: ignore[arg-type]


def owners(drawn: list[tuple[str, tuple[int, ...]]]) -> set[int]:
    return {owner for _, whose in drawn for owner in whose}


def test_a_band_lies_behind_its_line():
    low, mean, high = (noisy(100, offset) for offset in (-1, 0, 1))
    drawn = rows([Curve("loss", mean, band=(low, high))])
    assert {0, FAINT} <= owners(drawn)
    assert rows([Curve("loss", mean, band=(low, high))])[0][0].strip().split()[0] >= "2"


def test_a_smoothed_curve_has_its_raw_values_behind_it_and_ends_near_its_mean():
    series = Series()
    for step in range(2000):
        series.append(step, 5.0 + (-1) ** step)
    drawn = rows([Curve("loss", series)], height=13, smoothing=0.9)
    line = [number for number, (_, whose) in enumerate(drawn) if 0 in whose]
    assert FAINT in owners(drawn) and 5 <= min(line) <= max(line) <= 7


def test_smoothing_has_no_bias_at_the_beginning():
    series = Series()
    for step in range(100):
        series.append(step, 3.0)
    other = noisy(100, 3)
    drawn = rows([Curve("flat", series, tone=0), Curve("other", other)], smoothing=0.9)
    flat = {number for number, (_, whose) in enumerate(drawn[:-1]) if 0 in whose[:50]}
    assert len(flat) == 1


def test_a_constant_beside_others_is_a_dashed_line_from_edge_to_edge():
    base = Series()
    base.append(0, 0.5)
    drawn = rows([Curve("loss", noisy(100)), Curve("baseline", base)])
    row = next(whose for _, whose in drawn[:-1] if whose.count(1) > 10)
    assert 0.2 < row.count(1) / len(row) < 0.8
    assert max(at for at, owner in enumerate(row[:-2]) if owner == 1) > 50


def test_a_log_axis_of_steps_spreads_the_beginning():
    series = noisy(10_001)
    labels = rows([Curve("loss", series)])[-1][0].split()
    assert labels[0] == "0"
    curve = [Curve("loss", series)]
    span = whole(curve, log=True)
    assert draw(curve, 60, 12, Look(span)).rows[-1][0].split() == ["1", "10", "100", "1000", "10k"]


def test_time_is_told_in_round_times():
    curve = [Curve("loss", noisy(6000))]
    drawn = draw(curve, 80, 12, Look(whole(curve, by_time=True))).rows
    assert drawn[-1][0].split()[:3] == ["0", "2m", "4m"]


@given(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), max_size=60),
    st.integers(1, 70),
    st.integers(1, 20),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0.0, 0.9]),
    st.floats(-10, 100),
)
def test_any_curve_fits_any_size(values, width, height, log, log_steps, smoothing, cross):
    series = Series()
    for step, value in enumerate(values):
        series.append(step, value, seconds=step)
    curves = [Curve("a", series), Curve("b", noisy(30), band=(noisy(30, -1), noisy(30, 1)))]
    span = whole(curves, log=log_steps)
    drawn = draw(curves, width, height, Look(span, log, smoothing, cross)).rows
    assert len(drawn) == height
    assert {(len(characters), len(whose)) for characters, whose in drawn} == {(width, width)}


@given(st.lists(st.text("abc/._ 0123", min_size=1, max_size=30), min_size=1, max_size=26), st.integers(8, 120))
def test_a_legend_never_is_wider_or_higher_than_its_room(labels, width):
    entries = [Entry(chr(97 + at), label, "1.234", at) for at, label in enumerate(labels)]
    made = in_rows(entries, width, 3)
    assert 1 <= len(made) <= 4
    assert all(width_of(row[:-1]) <= width for row in made)


def test_a_legend_cuts_no_number_in_two():
    entries = [Entry(letter, label, "1", 0) for letter, label in zip("ab", ("lr=1e-3", "lr=3e-3"), strict=True)]
    assert "".join(piece for piece, _ in in_rows(entries, 60, 1)[0]).split() == ["a", "1e-3", "1", "b", "3e-3", "1"]
    entries = [Entry("a", "spread=0.05 seed=1", "1", 0), Entry("b", "spread=0.2 seed=1", "1", 0)]
    assert "".join(piece for piece, _ in in_rows(entries, 60, 1)[0]).split() == ["a", "0.05", "1", "b", "0.2", "1"]


def test_ten_curves_keep_their_names():
    entries = [Entry("abcdefghij"[at], f"layer.{at}.norm", "0.0186", at) for at in range(10)]
    text = ["".join(piece for piece, _ in row) for row in in_rows(entries, 36, 2)]
    assert text[0].split() == ["a", "0", "b", "1", "c", "2", "d", "3", "e", "4", "f", "5", "g", "6"]
    assert "1.5" in "".join(piece for row in in_rows([Entry("a", "x", "1.5", 0)] * 2, 36, 2) for piece, _ in row)
