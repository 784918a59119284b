"""How long a run still takes is said when it is known, as exactly as it is known."""

import pytest

from cs229tui.labs.pace import Pace, Remaining


def pace_of(*times: float) -> Pace:
    made = Pace()
    for step, t in enumerate(times):
        made.take(t, step)
    return made


def test_nothing_is_said_before_it_has_settled():
    assert pace_of().remaining(10) is None
    assert pace_of(0.0, 1.0, 2.0).remaining(10) is None
    assert pace_of(0.0, 1.0, 2.0, 3.0).remaining(10) == Remaining(10.0, 10.0, 10.0)


def test_it_is_the_pace_of_late_that_counts():
    times = [0.1 * at for at in range(21)] + [2.0 + at for at in range(1, 41)]
    left = pace_of(*times).remaining(10)
    assert left is not None and left.likely == pytest.approx(10.0)


def test_a_pace_that_changes_is_told_as_a_range():
    times = [float(at) for at in range(11)] + [10.0 + 3 * at for at in range(1, 11)]
    left = pace_of(*times).remaining(60)
    assert left is not None and (left.low, left.high) == (60, 180)
    assert left.words == "60 s–3 min"
    assert Remaining(50, 55, 52).words == "52 s"


def test_a_pause_is_left_out_but_what_comes_again_and_again_is_not():
    paused = [float(at) for at in range(10)] + [500.0 + at for at in range(10)]
    left = pace_of(*paused).remaining(10)
    assert left is not None and left.likely == pytest.approx(10.0)
    t, evaluates = 0.0, [0.0]
    for at in range(1, 31):
        t += 1.0 if at % 5 else 10.0
        evaluates.append(t)
    left = pace_of(*evaluates).remaining(10)
    assert left is not None and left.likely == pytest.approx(28.0)


def test_a_step_back_begins_anew():
    made = pace_of(0.0, 1.0, 2.0, 3.0, 4.0)
    made.take(5.0, 1)
    assert made.remaining(10) is None
