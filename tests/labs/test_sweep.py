"""A grid of parameters is checked before anything starts, and is started, told and stopped as one."""

import pytest

from bench import DONE, make_lab
from cs229tui.config import Settings
from cs229tui.errors import LabError, ReportableError, UsageError
from cs229tui.folders import Folders
from cs229tui.labkit.spec import ParameterError
from cs229tui.labs import find, launch, queue, sweep
from cs229tui.labs.find import Lab, lab_named
from cs229tui.labs.needs import Need
from cs229tui.labs.run_folder import Story
from cs229tui.library.database import Database
from cs229tui.library.runs import runs

NEED = Need("There is no GPU.", "Choose another preset.")


@pytest.fixture(autouse=True)
def only_hers(tmp_path, monkeypatch: pytest.MonkeyPatch, torch_there: None) -> None:
    monkeypatch.setattr(find, "shipped", lambda name: tmp_path / "none")


@pytest.fixture
def planned(bench_folders: Folders, bench_library: Database):
    make_lab(bench_folders.labs, main=DONE)

    def plan(words: list[str], seeds: int = 1, **changed: str) -> sweep.Sweep:
        lab = lab_named(bench_folders, "parabola")
        return sweep.planned(bench_library, Settings(), lab, "quick", changed, sweep.grid(words), seeds)

    return plan


def test_every_combination_is_run_with_every_seed(planned):
    plan = planned(["lr=0.1,0.2", "text=a,b"], seeds=3, seed="7")
    assert len(plan.changed) == 12
    assert {(one["lr"], one["text"]) for one in plan.changed} == {
        ("0.1", "a"),
        ("0.1", "b"),
        ("0.2", "a"),
        ("0.2", "b"),
    }
    assert {one["seed"] for one in plan.changed} == {7, 8, 9}


def test_the_same_value_said_twice_is_run_once(planned):
    assert [one["lr"] for one in planned(["lr=0.1,1e-1,0.10,0.2"]).changed] == ["0.1", "0.2"]


def test_how_long_it_takes_is_said_by_the_places_there_are(planned, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cs229tui.labs.queue.limit", lambda kind, settings: 2)
    plan = planned(["lr=0.1,0.2,0.3,0.4"])
    assert (plan.seconds, plan.said) == (120.0, True)


@pytest.mark.parametrize(
    ("words", "seeds", "changed"),
    [
        (["lr=0.1,7"], 1, {}), (["speed=1,2"], 1, {}), (["lr"], 1, {}), (["lr="], 1, {}), (["lr=0.1,"], 1, {}),
        (["lr=0.1", "lr=0.2"], 1, {}), (["lr=0.1,0.2"], 1, {"lr": "0.3"}), (["seed=1,2"], 2, {}),
    ],
)  # fmt: skip
def test_a_wrong_grid_starts_nothing(planned, bench_library: Database, words: list[str], seeds: int, changed):
    with pytest.raises((UsageError, ParameterError)):
        planned(words, seeds, **changed)
    assert runs(bench_library) == []


def test_a_sweep_of_which_one_lacks_its_device_starts_nothing(
    planned, bench_folders: Folders, bench_library: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "cs229tui.labs.launch.unmet", lambda preset, device, *_, **__: NEED if device == "cuda" else None
    )
    with pytest.raises(LabError, match="no GPU"):
        sweep.begin(bench_library, bench_folders, Settings(), planned(["device=cpu,cuda"]))
    assert runs(bench_library) == []


def test_a_sweep_that_finds_the_disk_full_leaves_none_waiting(
    planned, bench_folders: Folders, bench_library: Database, monkeypatch: pytest.MonkeyPatch
):
    write, known = launch.write_story, []

    def full(lab: Lab, story: Story) -> None:
        known.append(story)
        if len(known) == 3:
            raise LabError("It cannot be written: No space left on device.")
        write(lab, story)

    monkeypatch.setattr(launch, "write_story", full)
    with pytest.raises(LabError, match="No space"):
        sweep.begin(bench_library, bench_folders, Settings(), planned(["lr=0.1,0.2,0.3,0.4"]))
    assert [(run.state, "No space" in run.reason) for run in runs(bench_library)] == [("failed", True)] * 2
    assert not queue.waiting(bench_library)


def test_errors_are_for_people():
    with pytest.raises(ReportableError, match="NAME=VALUE"):
        sweep.grid(["=1"])
