"""`lab watch`: by id and by folder, known to the library or not, without a terminal."""

import shutil
from pathlib import Path

from bench import DONE, make_lab
from cs229tui.folders import Folders


def ran(run, bench_folders: Folders) -> Path:
    """The folder of a run that is over."""
    make_lab(bench_folders.labs, main=DONE)
    assert run("lab", "run", "parabola", "--wait").code == 0
    (folder,) = (path for path in bench_folders.runs.iterdir() if path.is_dir())
    return folder


def test_a_folder_of_the_library_is_its_run(run, bench_folders: Folders):
    result = run("lab", "watch", str(ran(run, bench_folders)))
    assert result.code == 0
    assert "✓ the loss falls" in result.out


def test_a_folder_that_no_library_knows_is_watched_and_not_taken_in(run, bench_folders: Folders, tmp_path: Path):
    elsewhere = tmp_path / "shared"
    shutil.copytree(ran(run, bench_folders), elsewhere)
    before = run("lab", "runs", "--json").json
    result = run("lab", "watch", "--plain", str(elsewhere))
    assert result.code == 0
    assert "✓ the loss falls" in result.out
    assert run("lab", "runs", "--json").json == before


def test_a_folder_without_a_run_says_what_one_has(run, tmp_path: Path):
    result = run("lab", "watch", str(tmp_path))
    assert (result.code, result.out) == (3, "")
    assert "run.json" in result.err


def test_a_replay_needs_the_screen(run, bench_folders: Folders):
    result = run("lab", "watch", "--replay", "10", str(ran(run, bench_folders)))
    assert result.code == 2
    assert "terminal" in result.err
