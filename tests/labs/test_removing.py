"""Runs are taken away with their folders, and come back."""

import time
from pathlib import Path

import pytest

from bench import STOPS, until
from cs229tui.errors import LabError
from cs229tui.folders import Folders
from cs229tui.labs.history import refresh
from cs229tui.labs.life import look
from cs229tui.labs.removing import bring_back, remove
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, runs, save_run


def test_a_run_goes_with_its_folder_and_comes_back(begin, bench_library: Database, bench_folders: Folders):
    record = begin()
    until(lambda: not look(record).alive)
    refresh(bench_library, bench_folders)
    (done,) = runs(bench_library)
    removed = remove(bench_library, bench_folders, [done])
    assert runs(bench_library) == [] and not Path(done.folder).exists()
    assert refresh(bench_library, bench_folders) == []
    bring_back(bench_library, removed)
    assert runs(bench_library) == [done] and (Path(done.folder) / "events.jsonl").exists()


def test_one_that_goes_on_stays_and_so_do_the_others(begin, bench_library: Database, bench_folders: Folders):
    record = begin(STOPS)
    until(lambda: look(record).record.state == "running")
    with pytest.raises(LabError, match="still goes on"):
        remove(bench_library, bench_folders, [record])
    assert Path(record.folder).is_dir() and len(runs(bench_library)) == 1


def test_a_folder_elsewhere_is_not_touched_and_old_ones_go(bench_library: Database, bench_folders: Folders, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    old = bench_folders.data / "removed-runs" / f"{time.time() - 1e6:.0f}-old"
    old.mkdir(parents=True)
    record = RunRecord("a", "parabola", "quick", str(precious), "done", "2023-02-14T12:00:00.000Z")
    save_run(bench_library, record)
    (removed,) = remove(bench_library, bench_folders, [record])
    assert removed.folder is None and precious.is_dir() and not old.exists()
    bring_back(bench_library, [removed])
    assert runs(bench_library) == [record]
