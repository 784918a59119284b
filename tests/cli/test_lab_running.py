"""Sweeps, the queue, pausing and removing from the command line."""

import pytest

from bench import STOPS, make_lab, until
from cs229tui.folders import Folders
from cs229tui.library.database import Database
from cs229tui.library.runs import runs_of_sweep

pytestmark = pytest.mark.usefixtures("only_hers")


def test_a_sweep_is_started_and_stopped_as_one(run, bench_folders: Folders, bench_library: Database):
    make_lab(bench_folders.labs, main=STOPS)
    begun = run("lab", "run", "parabola", "--sweep", "lr=0.1,0.2", "--seeds", "2", "--json").json
    assert len(begun["runs"]) == 4
    assert sorted(one["state"] for one in begun["runs"])[0] == "queued"
    assert len(runs_of_sweep(bench_library, begun["sweep"])) == 4
    waiting = run("lab", "queue", "--json").json
    assert [one["place"] for one in waiting] == list(range(1, len(waiting) + 1))
    until(lambda: any(one["state"] == "running" for one in run("lab", "runs", "--json").json))
    stopped = run("lab", "stop", begun["sweep"], "--json")
    assert stopped.code == 0
    assert {one["state"] for one in stopped.json} == {"stopped"}
    assert len(stopped.json) == 4
    assert run("lab", "runs", "--alive", "--json").json == []
    assert len(run("lab", "remove", begun["sweep"], "--json").json) == 4
    assert run("lab", "runs", "--json").json == []
    assert len(list((bench_folders.data / "removed-runs").iterdir())) == 4


def test_a_great_many_want_a_yes(run, bench_folders: Folders):
    make_lab(bench_folders.labs)
    result = run("lab", "run", "parabola", "--seeds", "65")
    assert result.code == 2 and "65 runs" in result.err and "--yes" in result.err
    dry = run("lab", "run", "parabola", "--sweep", "lr=0.1,0.2", "--dry-run", "--json")
    assert dry.json["count"] == 2
    assert run("lab", "runs", "--json").json == []


def test_pausing_a_run_from_the_command_line(run, bench_folders: Folders):
    make_lab(bench_folders.labs, main=STOPS)
    id = run("lab", "run", "parabola", "--json").json["id"]
    until(lambda: run("lab", "runs", "--json").json[0]["state"] == "running")
    assert run("lab", "pause", id[:8]).out.split() == [id, "paused"]
    assert run("lab", "resume", id[:8]).out.split() == [id, "running"]
    assert run("lab", "remove", id[:8]).code == 1
    run("lab", "stop", "--all")
    assert run("lab", "pause", id[:8]).code == 1
