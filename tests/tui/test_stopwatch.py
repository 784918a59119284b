"""The watch that runs along with a video in the browser."""

from hypothesis import given
from hypothesis import strategies as st

from cs229tui.tui.reading.stopwatch import Stopwatch


def test_it_runs_stands_and_is_set() -> None:
    watch = Stopwatch(930.0)
    assert watch.position(5.0) == 930 and not watch.running(5.0)
    watch.start(10.0)
    assert watch.position(40.0) == 960 and watch.running(40.0)
    watch.set(100.0, 50.0)
    assert watch.position(60.0) == 110
    watch.stop(60.0)
    assert watch.position(1000.0) == 110 and not watch.running(1000.0)
    watch.start(1000.0)
    assert watch.position(1001.0) == 111


def test_it_ends_with_the_video_or_when_it_was_forgotten() -> None:
    watch = Stopwatch(0.0, length=60.0)
    watch.start(0.0)
    assert watch.running(59.0) and not watch.running(61.0) and watch.position(500.0) == 60
    watch.set(500.0, 500.0)
    assert watch.position(500.0) == 60
    forgotten = Stopwatch()
    forgotten.start(0.0)
    assert not forgotten.running(90_000.0) and forgotten.position(90_000.0) == 3 * 3600


@given(st.lists(st.tuples(st.sampled_from(["start", "stop", "set"]), st.floats(0, 1000), st.floats(-50, 5000))))
def test_it_is_always_within_the_video(events: list[tuple[str, float, float]]) -> None:
    watch, moment = Stopwatch(0.0, 1234.0), 0.0
    for event, later, second in events:
        moment += later
        if event == "set":
            watch.set(second, moment)
        else:
            getattr(watch, event)(moment)
        assert 0 <= watch.position(moment) <= 1234
