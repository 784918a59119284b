"""Metrics taken in by the thousand are those that were logged, whatever the order in which names come together."""

import math

from hypothesis import given
from hypothesis import strategies as st

from cs229tui.labkit.events import Metric
from cs229tui.labs.metrics import Metrics

LINES = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1),
    ),
    max_size=40,
)


def expected(lines: list[tuple[int, dict[str, float | None]]]) -> dict[str, list[tuple[int, float | None]]]:
    """By hand: each name on its own; a step that was there before takes back what came from it on."""
    found: dict[str, list[tuple[int, float | None]]] = {}
    for step, values in lines:
        for name, value in values.items():
            kept = [(other, kept) for other, kept in found.get(name, []) if other < step]
            found[name] = [*kept, (step, value)]
    return found


@given(LINES, st.integers(1, 7))
def test_every_name_has_its_own_points_in_pieces_of_any_size(lines, piece):
    metrics = Metrics()
    events = [Metric(float(at), step, values) for at, (step, values) in enumerate(lines)]
    for at in range(0, len(events), piece):
        metrics.take(events[at : at + piece])
    found = {
        name: [
            (int(step), None if math.isnan(value) else value)
            for step, value in zip(series.steps, series.values, strict=True)
        ]
        for name, series in metrics.series.items()
    }
    # A name that is logged together with one that goes back a step goes back with it, and only then.
    assert found == expected(lines)
    assert all(len(series.seconds) == len(series) for series in metrics.series.values())
    assert all(list(series.seconds) == sorted(series.seconds) for series in metrics.series.values())


def test_metrics_of_one_line_share_their_steps():
    metrics = Metrics()
    metrics.take(Metric(step / 2, step, {"a": 1.0, "b": 2.0}) for step in range(10))
    assert metrics.series["a"].ruler is metrics.series["b"].ruler
    metrics.take([Metric(6.0, 10, {"a": 1.0})])
    assert metrics.series["a"].ruler is not metrics.series["b"].ruler
    assert (len(metrics.series["a"]), len(metrics.series["b"])) == (11, 10)
    assert list(metrics.series["a"].seconds)[-2:] == [4.5, 6.0]


def test_a_step_that_is_done_again_takes_everything_back_from_there():
    metrics = Metrics()
    metrics.take(Metric(float(step), step, {"a": float(step)}) for step in range(10))
    metrics.take([Metric(9.0, 5, {"late": 1.0})])
    metrics.cut(3.5)
    assert list(metrics.series["a"].values) == [0, 1, 2, 3]
    assert len(metrics.series["late"]) == 0
    assert metrics.step == 3


def test_names_and_orders_without_end_are_bounded():
    metrics = Metrics()
    metrics.take(Metric(0.0, step, {f"n{step % 997}": 1.0, f"m{step % 991}": 1.0}) for step in range(3000))
    assert len(metrics.series) == 200
    assert len(metrics._plans) <= 256
