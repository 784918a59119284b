"""Runs side by side: what differs, seeds as one line with its spread, and nothing that sounds better than it is."""

import math
import time
from pathlib import Path

import pytest

from cs229tui.labs.compare import Comparison, by_parameter, compare, held, setting, swept
from cs229tui.labs.series import Series
from cs229tui.labs.spreads import Spread, line, plus_minus, spread
from made_runs import falling, made_run


def series(*points: tuple[float, float | None]) -> Series:
    made = Series()
    for step, value in points:
        made.append(step, value, step / 10)
    return made


@pytest.fixture
def sweep(tmp_path: Path) -> Comparison:
    runs = [
        made_run(
            tmp_path,
            f"{lr}-{seed}",
            {"loss": falling(1 + lr + seed / 100)},
            {"lr": lr, "seed": seed},
            claims={"falls": ("confirmed" if lr > 0.01 or seed == 1 else "not confirmed", lr)},
            summary={"best": lr, "text": "words", "on": True},
        )
        for lr in (0.3, 0.003, 0.03)
        for seed in (1, 2, 3)
    ]
    return compare([held(run) for run in runs])


def test_seeds_of_a_setting_are_one_group_and_settings_stand_in_order(sweep: Comparison):
    assert sweep.differing == ("lr",)
    assert [group.label for group in sweep.groups] == ["lr=3e-3", "lr=0.03", "lr=0.3"]
    assert sweep.seeds == "9 runs, 3 settings"
    assert sweep.finals == ("loss", "best")
    low = sweep.groups[0].spread("loss")
    assert low.n == 3
    assert low.mean == pytest.approx(0.1023)
    assert low.deviation == pytest.approx(0.001)
    assert str(low) == "0.1023 ± 0.0010"


def test_verdicts_of_seeds_are_counted_with_what_was_measured(sweep: Comparison):
    mixed, sure, _ = (group.verdict("falls") for group in sweep.groups)
    assert (mixed.confirmed, mixed.tested, mixed.verdict) == (1, 3, None)
    assert str(mixed) == "~ 1/3 0.003"
    assert sure.verdict == "confirmed"
    assert str(sweep.groups[0].verdict("nothing")) == "–"


def test_what_was_swept_is_the_axis_of_the_results(sweep: Comparison):
    assert swept(sweep) == "lr"
    ((_, points),) = by_parameter(sweep, "lr", "loss").items()
    assert [value for value, _ in points] == [0.003, 0.03, 0.3]
    assert [result.n for _, result in points] == [3, 3, 3]


def test_each_run_can_stand_for_itself(sweep: Comparison):
    alone = compare(sweep.runs, mean=False)
    assert len(alone.groups) == 9
    assert alone.groups[0].label == "lr=0.3 seed=1"


def test_the_mean_of_seeds_is_that_of_each_step_with_its_deviation():
    made = line([series((0, 1.0), (1, 2.0)), series((0, 3.0), (1, 4.0))])
    assert made is not None and made.low is not None and made.high is not None
    assert list(made.mean.values) == [2.0, 3.0]
    assert list(made.low.values) == pytest.approx([2 - math.sqrt(2), 3 - math.sqrt(2)])
    assert (made.count, made.interpolated, made.thinned) == ("n=2", False, False)


def test_seeds_of_different_lengths_say_how_many_there_are():
    made = line([series((0, 1.0), (1, 1.0), (2, 5.0)), series((0, 3.0), (1, 3.0))])
    assert made is not None
    assert list(made.mean.values) == [2.0, 2.0, 5.0]
    assert made.count == "n=1–2"
    assert not made.interpolated


def test_seeds_that_share_no_steps_are_interpolated_and_it_is_said():
    made = line([series((0, 0.0), (2, 2.0)), series((1, 5.0), (3, 5.0))])
    assert made is not None
    assert made.interpolated
    assert list(made.mean.steps) == [0, 1, 2, 3]
    assert list(made.mean.values) == [0.0, 3.0, 3.5, 5.0]


def test_a_gap_is_not_bridged_and_a_seed_that_diverged_is_missed():
    made = line([series((0, 1.0), (2, None), (4, 1.0)), series((0, 1.0), (1, 1.0), (2, None), (3, 3.0), (4, 3.0))])
    assert made is not None
    assert list(made.mean.values)[:2] == [1.0, 1.0]
    assert math.isnan(made.mean.values[2])
    assert list(made.mean.values)[3:] == [3.0, 2.0]
    assert made.count == "n=1–2"


def test_by_time_the_seconds_are_what_is_shared():
    made = line([series((0, 1.0), (10, 3.0)), series((0, 1.0), (10, 5.0))], by_time=True)
    assert made is not None
    assert list(made.mean.seconds) == [0.0, 1.0]


def test_a_diverged_seed_is_told_in_the_result(tmp_path: Path):
    good = made_run(tmp_path, "a", {"loss": [(0, 1.0), (1, 0.5)]}, {"seed": 1})
    bad = made_run(tmp_path, "b", {"loss": [(0, 1.0), (1, None)]}, {"seed": 2})
    (group,) = compare([held(good), held(bad)]).groups
    assert str(group.spread("loss")) == "0.5 (1 without)"
    assert math.isnan(held(bad).finals["loss"])


def test_runs_of_different_labs_and_presets_are_told_apart_by_these(tmp_path: Path):
    ours = made_run(tmp_path, "a", {"loss": falling(1)}, {"width": 8})
    hers = made_run(tmp_path, "b", {"loss": falling(1)}, {"width": 9, "extra": 1}, lab="my-parabola")
    other = made_run(tmp_path, "c", {"accuracy": falling(1)}, {"depth": 3}, lab="ridge", preset="full")
    made = compare([held(ours), held(hers), held(other)])
    assert made.differing == ("lab", "preset", "width")
    assert [group.label for group in made.groups] == ["parabola quick", "my-parabola quick", "ridge full"]
    assert made.metrics == ("loss", "accuracy")
    assert made.groups[2].line("loss") is None
    assert str(made.groups[2].spread("loss")) == ""
    assert swept(made) == "width"


def test_another_code_is_another_setting_and_a_waiting_run_has_that_of_the_others(tmp_path: Path):
    before = made_run(tmp_path, "a", {"loss": falling(1)}, {"seed": 1}, code="x = 1\n")
    after = made_run(tmp_path, "b", {"loss": falling(2)}, {"seed": 1}, code="x = 2\n")
    waiting = made_run(tmp_path, "c", {}, {"seed": 2}, state="queued")
    assert [group.label for group in compare([held(before), held(after)]).groups] == ["code 1", "code 2"]
    assert len(compare([held(before), held(waiting)]).groups) == 1


def test_a_run_that_has_not_measured_yet_is_not_without_a_result(tmp_path: Path):
    done = made_run(tmp_path, "a", {"loss": falling(1)}, {"seed": 1})
    waiting = made_run(tmp_path, "b", {}, {"seed": 2}, state="queued")
    (group,) = compare([held(done), held(waiting)]).groups
    assert str(group.spread("loss")) == "0.1"
    assert group.states() == "1 done, 1 queued"


def test_a_folder_that_is_gone_is_a_run_without_curves(tmp_path: Path):
    record = made_run(tmp_path, "a", {"loss": falling(1)})
    for path in Path(record.folder).iterdir():
        path.unlink()
    made = compare([held(record)])
    assert made.metrics == ()
    assert made.groups[0].line("loss") is None


def test_numbers_are_said_as_fine_as_their_spread():
    assert plus_minus(3.21449, 0.0213) == "3.214 ± 0.021"
    assert plus_minus(1234.5, 12.0) == "1 234 ± 12"
    assert plus_minus(2.0, 0.0) == "2"
    assert str(spread([])) == ""
    assert str(spread([1e308, 1e308, 1e308])) == "1.00e308"
    assert str(spread([1e200, 3e200])) == "2e+200 ± 1.4e+200"
    assert "inf" in str(spread([-1.7e308, 1.7e308]))
    assert str(Spread(math.nan, None, 0, 2)) == "NaN"
    assert [setting(value) for value in (3e-3, 0.5, 600, True, None, "", "/a/b.txt", 1e7)] == [
        *("3e-3", "0.5", "600", "on", "–", "“”", "b.txt", "1e7"),
    ]


def test_fifty_long_runs_take_moments():
    steps = range(20_000)
    every = []
    for seed in range(50):
        made = Series()
        made.ruler.extend([float(step) for step in steps], [step / 100 for step in steps])
        made.extend([1 / (step + 1 + seed) for step in steps])
        every.append(made)
    best = math.inf
    for _ in range(3):
        begun = time.process_time()
        made_line = line(every)
        best = min(best, time.process_time() - begun)
    assert made_line is not None and made_line.thinned
    assert len(made_line.mean) == 2000
    assert best < 2.0
