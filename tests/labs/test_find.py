"""Finding labs: ours and hers, a broken one beside them, each on a key of its own."""

from pathlib import Path

import pytest

from bench import make_lab
from cs229tui import folders
from cs229tui.errors import NotFoundError
from cs229tui.folders import Folders
from cs229tui.labs import find
from cs229tui.labs.find import lab_named, labs, labs_of_lecture, labs_of_reading
from cs229tui.labs.handouts import handouts


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the labs we ship."""
    folder = tmp_path / "shipped" / "labs"
    folder.mkdir(parents=True)
    monkeypatch.setattr(find, "shipped", lambda name: folder)
    return folder


def test_labs_come_by_lecture_ours_before_hers(bench_folders: Folders, shipped: Path):
    make_lab(shipped, "privacy", lecture=4)
    make_lab(shipped, "attention", lecture=1, key="a")
    make_lab(bench_folders.labs, "mine", lecture=1, key="m")
    assert [(lab.name, lab.own) for lab in labs(bench_folders)] == [
        ("attention", False),
        ("mine", True),
        ("privacy", False),
    ]


def test_a_broken_lab_is_listed_with_its_error_and_harms_no_other(bench_folders: Folders, shipped: Path):
    make_lab(shipped, "good")
    (make_lab(shipped, "bad") / "lab.toml").write_text("title = [bold\x1b[31m", "utf-8")
    bad = lab_named(bench_folders, "bad")
    assert bad.spec is None
    assert "lab.toml" in bad.error and "\x1b" not in bad.error
    assert lab_named(bench_folders, "good").spec is not None
    assert [reading.id for reading in handouts(bench_folders)] == ["lab-good"]


def test_a_lab_is_read_again_when_its_file_was_edited(bench_folders: Folders, shipped: Path):
    file = make_lab(shipped, "one") / "lab.toml"
    assert lab_named(bench_folders, "one").title == "One"
    file.write_text(file.read_text().replace('"One"', '"Another"'), "utf-8")
    assert lab_named(bench_folders, "one").title == "Another"


def test_a_copy_of_a_lab_of_ours_has_a_name_and_a_key_of_its_own(bench_folders: Folders, shipped: Path):
    make_lab(shipped, "privacy", key="p")
    make_lab(bench_folders.labs, "privacy", key="p")
    ours, hers = labs(bench_folders)
    assert (ours.name, ours.key) == ("privacy", "p")
    assert (hers.name, hers.key) == ("my-privacy", "P")


def test_a_key_that_the_screen_needs_is_replaced(bench_folders: Folders, shipped: Path):
    make_lab(shipped, "jokes", key="j")
    make_lab(shipped, "seven", key="7")
    keys = {lab.name: lab.key for lab in labs(bench_folders)}
    assert keys == {"jokes": "J", "seven": "v"}


def test_the_labs_of_a_lecture_and_of_a_reading(bench_folders: Folders, shipped: Path):
    make_lab(shipped, "attention", lecture=1)
    make_lab(shipped, "privacy", lecture=4)
    every = labs(bench_folders)
    assert [lab.name for lab in labs_of_lecture(every, 4)] == ["privacy"]
    assert [lab.name for lab in labs_of_reading(every, "vaswani-2017-attention")] == ["attention", "privacy"]
    assert labs_of_reading(every, "another") == []


def test_handouts_are_readings_of_the_lecture(bench_folders: Folders, shipped: Path):
    (make_lab(shipped, "bare") / "README.md").unlink()
    make_lab(shipped, "attention", lecture=1)
    (reading,) = handouts(bench_folders)
    assert (reading.id, reading.kind, reading.lectures) == ("lab-attention", "handout", (1,))


def test_a_lab_is_named_by_the_beginning_of_its_name(bench_folders: Folders, shipped: Path):
    make_lab(shipped, "attention")
    make_lab(shipped, "attack")
    assert lab_named(bench_folders, "atte").name == "attention"
    for name in ("att", "x", "", "\x1b[31m"):
        with pytest.raises(NotFoundError, match="no lab"):
            lab_named(bench_folders, name)


def test_the_labs_we_ship_are_right(bench_folders: Folders, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(find, "shipped", folders.shipped)
    for lab in labs(bench_folders):
        assert lab.error == ""
        assert lab.script.is_file() and lab.handout.is_file(), lab.name
