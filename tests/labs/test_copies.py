"""Labs of one's own: copies that know their original, new ones that pass their own test, and how code differs."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import make_lab
from cs229tui.errors import LabError, UsageError
from cs229tui.folders import Folders
from cs229tui.labkit.lab_file import load_spec
from cs229tui.labs import copies, find
from cs229tui.labs.code_difference import difference, unified
from cs229tui.labs.copies import TEMPLATE, copy_lab, editor_command, new_lab, original_of, updated_since
from cs229tui.labs.find import Lab, lab_named, labs


@pytest.fixture
def shipped_lab(tmp_path: Path, bench_folders: Folders, monkeypatch: pytest.MonkeyPatch) -> Lab:
    make_lab(tmp_path / "shipped")
    (tmp_path / "shipped" / "parabola" / "__pycache__").mkdir()
    (tmp_path / "shipped" / "parabola" / "__pycache__" / "main.pyc").write_bytes(b"x")
    (tmp_path / "shipped" / "parabola" / "RESULTS.md").write_text("# Results\n")
    monkeypatch.setattr(find, "shipped", lambda name: tmp_path / "shipped")
    return lab_named(bench_folders, "parabola")


def test_a_copy_stands_in_the_menu_under_its_own_name_and_key(bench_folders: Folders, shipped_lab: Lab):
    made = copy_lab(bench_folders, shipped_lab)
    assert (made.name, made.own, made.error) == ("my-parabola", True, "")
    assert made.key and made.key != shipped_lab.key
    assert [lab.name for lab in labs(bench_folders)] == ["parabola", "my-parabola"]
    # A lab that is run by hand is called by its folder: so its runs are the copy's, not the original's.
    assert load_spec(made.path).name == made.name
    assert not (made.path / "__pycache__").exists()
    assert not (made.path / "RESULTS.md").exists()  # what ours measured, the copy has not
    assert (made.path / "main.py").read_text() == shipped_lab.script.read_text()


def test_names_that_are_taken_are_not_taken_again(bench_folders: Folders, shipped_lab: Lab):
    names = [copy_lab(bench_folders, shipped_lab).name for _ in range(3)]
    assert names == ["my-parabola", "my-parabola-2", "my-parabola-3"]
    again = copy_lab(bench_folders, lab_named(bench_folders, "my-parabola-3"))
    assert again.name.startswith("my-parabola-3")
    assert original_of(bench_folders, again) == lab_named(bench_folders, "my-parabola-3")


def test_a_copy_knows_that_its_original_was_updated(bench_folders: Folders, shipped_lab: Lab):
    made = copy_lab(bench_folders, shipped_lab)
    original = original_of(bench_folders, made)
    assert original is not None and original.name == "parabola"
    assert updated_since(made, original) == []
    made.script.write_text("changed here")
    assert updated_since(made, original) == []
    shipped_lab.script.write_text("changed there")
    (shipped_lab.path / "more.py").write_text("")
    assert updated_since(made, original) == ["main.py", "more.py"]
    (made.path / copies.ORIGIN).write_text("{")
    assert original_of(bench_folders, made) == original
    assert updated_since(made, original) == []


def test_a_copy_that_cannot_be_made_leaves_nothing_behind(
    bench_folders: Folders, shipped_lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies, "write_whole", full)
    with pytest.raises(LabError, match="disk full"):
        copy_lab(bench_folders, shipped_lab)
    assert not (bench_folders.labs / "my-parabola").exists()


@pytest.mark.parametrize("name", ["", "Bad", "1st", "a b", "../x", "a--b", "a" * 41, "é", "-a"])
def test_a_new_lab_has_a_sound_name(bench_folders: Folders, name: str):
    with pytest.raises(UsageError):
        new_lab(bench_folders, name)
    assert not bench_folders.labs.exists()


def test_a_full_disk_is_named_once(bench_folders: Folders, shipped_lab: Lab, monkeypatch: pytest.MonkeyPatch):
    def full(source: str, target: str, **_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), source, None, target)

    monkeypatch.setattr(copies.shutil, "copyfile", full)
    with pytest.raises(LabError, match=r"my-parabola: No space left on device\. Is the disk full"):
        copy_lab(bench_folders, shipped_lab)


def test_a_new_lab_is_in_the_menu_and_not_made_twice(bench_folders: Folders, shipped_lab: Lab):
    made = new_lab(bench_folders, "edge-of-stability")
    assert made.spec is not None and made.error == ""
    assert made.title == "Edge of stability"
    assert made.spec.tries and made.spec.questions and len(made.spec.claims) == 2
    assert "lab run edge-of-stability" in (made.path / "README.md").read_text()
    for name in ("edge-of-stability", "parabola"):
        with pytest.raises(UsageError, match="already"):
            new_lab(bench_folders, name)


def test_the_template_fits_a_screen():
    assert len((TEMPLATE / "main.py").read_text().splitlines()) < 90
    assert {path.name for path in TEMPLATE.iterdir()} >= {"lab.toml", "main.py", "README.md", "test_main.py"}


def test_a_new_lab_passes_its_own_test(bench_folders: Folders):
    pytest.importorskip("torch")
    made = new_lab(bench_folders, "mine")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=made.path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_an_editor_is_what_she_has_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert editor_command(tmp_path) is None
    monkeypatch.setenv("EDITOR", f"{sys.executable} -m 'my editor'")
    assert editor_command(Path("x.py")) == [sys.executable, "-m", "my editor", "x.py"]
    monkeypatch.setenv("VISUAL", "not-a-program")
    assert (editor_command(Path("x.py")) or [""])[0] == sys.executable
    monkeypatch.setenv("EDITOR", "'unclosed")
    assert editor_command(Path("x.py")) is None


def test_a_difference_marks_the_words_that_changed(tmp_path: Path):
    for name, rate, more in (("a", "0.05", ""), ("b", "0.1", "\x1b[2Jnew\n")):
        (tmp_path / name).mkdir()
        lines = [f"line {at}" for at in range(20)]
        lines[5] = f"momentum = {rate}  # kept"
        (tmp_path / name / "main.py").write_text("\n".join(lines) + "\n")
        (tmp_path / name / "same.py").write_text("x\n")
        (tmp_path / name / "data.bin").write_bytes(name.encode())
        if more:
            (tmp_path / name / "new.py").write_text(more)
    main, new = difference(tmp_path / "a", tmp_path / "b")
    assert (main.name, main.added, main.taken) == ("main.py", 1, 1)
    taken, added = (next(line for line in main.lines if line.kind == kind) for kind in ("taken", "added"))
    assert [taken.text[start:end] for start, end in taken.changed] == ["05"]
    assert [added.text[start:end] for start, end in added.changed] == ["1"]
    assert (taken.left, added.right) == (6, 6)
    assert [(line.kind, line.text) for line in new.lines] == [("added", "new")]
    shown = unified([main, new], "a", "b")
    assert shown.startswith("--- a/main.py\n+++ b/main.py\n line 2\n")
    assert "-momentum = 0.05  # kept\n+momentum = 0.1  # kept\n" in shown
    assert difference(tmp_path / "a", tmp_path / "a") == []
    assert unified([], "a", "b") == ""
