"""Runs wait for their place: nothing starts twice, nothing stalls, and GPUs are given out by number."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bench import DONE, STOPS, STUBBORN, make_lab, until
from cs229tui.config import Settings
from cs229tui.errors import LabError
from cs229tui.folders import Folders
from cs229tui.labs import launch as bench
from cs229tui.labs import needs, process, queue
from cs229tui.labs.find import lab_named
from cs229tui.labs.history import refresh
from cs229tui.labs.life import look
from cs229tui.labs.run_folder import story_of
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, run

ONE = Settings(labs_at_once=1)


@pytest.fixture
def begun(bench_folders: Folders, bench_library: Database, torch_there: None):
    """Starts a lab whose main.py does what is given, one at a time on the CPU."""

    def begin(main: str, settings: Settings = ONE, **changed: str) -> RunRecord:
        name = f"lab{len(list(bench_folders.labs.glob('*')))}"
        make_lab(bench_folders.labs, name, main)
        return bench.launch(bench_library, bench_folders, settings, lab_named(bench_folders, name), changed=changed)

    return begin


def state(library: Database, record: RunRecord) -> str:
    return look(run(library, record.id)).record.state


def test_a_second_run_waits_behind_the_first_and_is_started_when_that_ends(begun, bench_library: Database):
    first, second, third = begun(STOPS), begun(DONE), begun(DONE)
    assert (first.state, first.device) == ("starting", "cpu")
    assert (second.state, third.state) == ("queued", "queued")
    two, three = queue.waiting(bench_library)
    assert two.record.id == second.id and two.behind is not None and two.behind.id == first.id
    assert str(two) == f"behind run {first.id[:8]} of {first.lab}"
    assert three.place == 2 and three.behind is not None and three.behind.id == second.id
    # Nobody looks from here on: what a run's guard does afterwards starts the next one, and that the one after it.
    bench.stop(run(bench_library, first.id))
    until(lambda: (Path(third.folder) / "exit").exists())
    assert state(bench_library, second) == state(bench_library, third) == "done"
    assert not list(Path(third.folder).glob("queued"))


def test_what_is_started_is_never_started_twice_by_many_who_look(
    begun, bench_library: Database, bench_folders: Folders
):
    first, second = begun(STUBBORN), begun(STOPS)
    code = (
        "from cs229tui.workspace import Workspace\nfrom cs229tui.config import Settings\n"
        "from cs229tui.labs.queue import pump\nw = Workspace()\n"
        "changed = pump(w.database, w.folders, Settings(labs_at_once=2))\n"
        "print([one.state for one in changed].count('starting'))\n"
    )
    lookers = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]  # fmt: skip
    started = [int(looker.communicate(timeout=60)[0]) for looker in lookers]
    assert sum(started) == 1
    assert state(bench_library, first) in ("starting", "running")
    assert state(bench_library, second) in ("starting", "running")


def test_a_killed_guard_and_a_removed_folder_do_not_stall_the_queue(
    begun, bench_library: Database, bench_folders: Folders
):
    first, second, third = begun(STUBBORN), begun(DONE), begun(DONE)
    here = process.process_of(Path(first.folder))
    assert here is not None
    os.killpg(here.pid, signal.SIGKILL)
    until(lambda: not process.alive(here))
    shutil.rmtree(second.folder)
    queue.refreshed(bench_library, bench_folders, ONE)
    assert run(bench_library, first.id).state == "lost"
    assert run(bench_library, second.id).state == "lost"
    assert "removed" in run(bench_library, second.id).reason
    until(lambda: state(bench_library, third) == "done")


def test_a_queue_outlives_a_restart_of_the_machine(begun, bench_library: Database, bench_folders: Folders):
    first, second = begun(STUBBORN), begun(DONE)
    file = Path(first.folder) / "process.json"
    here = process.process_of(Path(first.folder))
    assert here is not None
    os.killpg(here.pid, signal.SIGKILL)
    file.write_text(file.read_text().replace(here.boot, "another"))
    queue.refreshed(bench_library, bench_folders, ONE)
    assert "restarted" in run(bench_library, first.id).reason
    until(lambda: state(bench_library, second) == "done")


def test_a_run_that_waits_can_be_taken_out(begun, bench_library: Database, bench_folders: Folders):
    first, second = begun(STOPS), begun(DONE)
    assert bench.stop(second)
    refresh(bench_library, bench_folders)
    after = run(bench_library, second.id)
    assert (after.state, after.reason) == ("stopped", "It was taken out of the queue before it began.")
    assert after.seconds == 0.0
    assert queue.waiting(bench_library) == []
    assert state(bench_library, first) in ("starting", "running")


def test_a_run_that_waits_can_be_started_all_the_same(begun, bench_library: Database, bench_folders: Folders):
    first, second = begun(STOPS), begun(STOPS)
    now = queue.start_now(bench_library, bench_folders, ONE, second)
    assert now.state == "starting"
    with pytest.raises(LabError, match="does not wait"):
        queue.start_now(bench_library, bench_folders, ONE, second)
    until(lambda: state(bench_library, first) == state(bench_library, second) == "running")


def test_a_run_that_waits_on_another_machine_is_left_to_it(begun, bench_library: Database, bench_folders: Folders):
    first, second = begun(STOPS), begun(DONE)
    (Path(second.folder) / "queued").write_text("elsewhere\n")
    bench.stop(run(bench_library, first.id))
    queue.refreshed(bench_library, bench_folders, ONE)
    assert state(bench_library, second) == "queued"


def test_gpus_are_given_out_by_number(
    begun, bench_library: Database, bench_folders: Folders, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(needs, "gpu_present", lambda: True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    shows = "(folder / 'seen').write_text(os.environ['CUDA_VISIBLE_DEVICES'])\n" + STOPS
    runs = [begun(shows, device="cuda") for _ in range(3)]
    assert [one.device for one in runs] == ["cuda:3", "cuda:5", "cuda"]
    assert runs[2].state == "queued"
    beside = begun(DONE, device="cpu")  # a CPU is another device
    assert beside.state == "starting"
    until(lambda: (Path(runs[1].folder) / "seen").exists())
    assert (Path(runs[1].folder) / "seen").read_text() == "5"
    until(lambda: state(bench_library, runs[1]) == "running")
    bench.stop(run(bench_library, runs[1].id))
    until(lambda: state(bench_library, runs[2]) == "running")
    assert run(bench_library, runs[2].id).device == "cuda:5"
    assert story_of(Path(runs[2].folder))["device"] == "cuda:5"


def test_a_limit_of_two_takes_two(begun, bench_library: Database):
    two = Settings(labs_at_once=2)
    runs = [begun(STOPS, two) for _ in range(3)]
    assert [one.state for one in runs] == ["starting", "starting", "queued"]


def test_a_run_that_is_over_goes_on_in_its_folder(begun, bench_library: Database, bench_folders: Folders):
    first = begun('(folder / "words").write_text(" ".join(sys.argv))\n' + DONE)
    until(lambda: not look(first).alive)
    refresh(bench_library, bench_folders)
    over = run(bench_library, first.id)
    (Path(first.folder) / "checkpoint").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("cs229tui.labs.continuing.refuse", lambda record: None)
        again = bench.go_on(bench_library, bench_folders, ONE, over)
    assert again.id == first.id and again.state == "starting" and again.ended is None
    until(lambda: "--continue" in (Path(first.folder) / "words").read_text())
    # The end of before is not the end of now: a start has come behind it.
    until(lambda: not look(replace(again, state="starting")).alive)
    after = look(again).record
    assert (after.state, after.reason) == ("done", "")


def test_a_clock_that_jumps_ends_no_run(begun, bench_library: Database, monkeypatch: pytest.MonkeyPatch):
    record = begun(STOPS)
    until(lambda: state(bench_library, record) == "running")
    now = time.time()
    for moved in (now + 7 * 86_400, now - 7 * 86_400):
        monkeypatch.setattr(time, "time", lambda moved=moved: moved)
        assert look(run(bench_library, record.id)).record.state == "running"
