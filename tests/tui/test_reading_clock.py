"""Active reading time, on a clock of our own."""

from hypothesis import given
from hypothesis import strategies as st

from cs229tui.tui.reading.reading_clock import ReadingClock


def test_time_runs_while_there_are_signs_of_life():
    clock = ReadingClock(60, 1000.0)
    for moment in (1030.0, 1070.0, 1100.0):
        clock.touch(moment)
    assert clock.seconds == 100


def test_idle_time_counts_up_to_its_limit_and_no_further():
    clock = ReadingClock(60, 0.0)
    clock.advance(3600.0)
    assert clock.seconds == 60
    clock.touch(3600.0)
    clock.advance(3610.0)
    assert clock.seconds == 70


def test_without_the_focus_nothing_counts():
    clock = ReadingClock(60, 0.0)
    clock.blur(10.0)
    clock.advance(30.0)
    assert clock.seconds == 10
    clock.focus(100.0)
    clock.advance(105.0)
    assert clock.seconds == 15


def test_a_key_proves_the_focus_where_the_terminal_tells_nothing():
    clock = ReadingClock(60, 0.0)
    clock.blur(10.0)
    clock.touch(20.0)
    clock.advance(25.0)
    assert clock.seconds == 15


def test_each_page_has_its_own_time():
    clock = ReadingClock(60, 0.0, page=3)
    clock.turn(10.0, 4)
    clock.touch(15.0)
    clock.turn(15.0, 3)
    clock.advance(16.0)
    assert clock.pages == {3: 11.0, 4: 5.0}


@given(
    st.lists(st.tuples(st.sampled_from(["touch", "advance", "blur", "focus", "turn"]), st.floats(0, 500)), max_size=40)
)
def test_never_more_than_the_time_that_passed(events):
    clock, moment = ReadingClock(60, 0.0), 0.0
    for number, (event, later) in enumerate(events):
        moment += later
        if event == "turn":
            clock.turn(moment, number)
        else:
            getattr(clock, event)(moment)
    assert 0 <= clock.seconds <= moment + 1e-6
    assert all(seconds > 0 for seconds in clock.pages.values())


def test_while_the_program_stands_still_nothing_counts():
    clock = ReadingClock(60, 0.0, longest_gap=40)
    clock.advance(15.0)
    # Stopped with ctrl+z, or the machine slept.
    clock.advance(515.0)
    clock.touch(515.0)
    clock.advance(525.0)
    assert clock.seconds == 25


def test_a_clock_that_jumps_back_takes_nothing_away_and_counts_nothing_twice():
    clock = ReadingClock(60, 1000.0)
    clock.touch(1010.0)
    clock.touch(900.0)
    clock.advance(1000.0)
    assert clock.seconds == 10
    clock.touch(1015.0)
    assert clock.seconds == 15
