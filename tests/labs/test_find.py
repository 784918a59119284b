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


def test_a_copy_stands_below_its_original_even_a_broken_one(bench_folders: Folders, shipped: Path):
    for name in ("attention", "privacy"):
        make_lab(shipped, name, lecture=4)
        make_lab(bench_folders.labs, name, lecture=4)
    (bench_folders.labs / "attention" / "lab.toml").write_text("title = 1", "utf-8")
    assert [lab.name for lab in labs(bench_folders)] == ["attention", "my-attention", "privacy", "my-privacy"]


def test_what_a_folder_of_hers_lacks_is_told(bench_folders: Folders):
    (make_lab(bench_folders.labs, "no script") / "main.py").unlink()
    (make_lab(bench_folders.labs, "no description") / "lab.toml").unlink()
    (bench_folders.labs / "notes").mkdir()
    without_toml, without_script = sorted(labs(bench_folders), key=lambda lab: lab.name)
    assert without_toml.spec is None and "lab.toml cannot be read: No such file" in without_toml.error
    assert without_script.spec is not None and "main.py is missing" in without_script.error
    assert all("lab new" in lab.error for lab in labs(bench_folders))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("title =", "titel =", "title is missing"),
        ('key = "p"', 'key = "pp"', "key must be one letter"),
        ("lecture = 3", 'lecture = "3"', "lecture must be a whole number"),
        ("minutes = 1\n", "minutes = -1\n", "[presets.quick] minutes must be at least 0"),
        ('device = "any"', 'device = "tpu"', '[presets.quick] device must be "any" or "cuda"'),
        ("default = 0.1", "default = 7", "[parameters.lr] default cannot be"),
        ("lr = 0.5", "speed = 0.5", "parameters.speed is not a parameter"),
        ("high = 0.5", "heigh = 0.5", "[claims falls.presets.quick]"),
        ("[[panels]]", "[panels]", "panels must be a list of tables"),
        ("[presets.quick]", "[presets.quick", "not valid TOML"),
    ],
)
def test_a_wrong_lab_toml_is_told_with_file_table_and_field(bench_folders: Folders, before: str, after: str, says: str):
    file = make_lab(bench_folders.labs) / "lab.toml"
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")
    (lab,) = labs(bench_folders)
    assert lab.spec is None
    assert str(file) in lab.error and says in lab.error


def test_five_hundred_labs_are_read_once(bench_folders: Folders, shipped: Path):
    for number in range(500):
        make_lab(bench_folders.labs, f"lab {number} ünï [bold]", lecture=number % 13)
    every = labs(bench_folders)
    assert len(every) == 500
    keys = [lab.key for lab in every if lab.key]
    assert len(keys) == len(set(keys)) > 30
    before = find._spec.cache_info().misses
    assert labs(bench_folders) == every
    assert find._spec.cache_info().misses == before


def test_a_copys_handout_is_a_reading_of_its_own(bench_folders: Folders, shipped: Path):
    make_lab(shipped, "privacy", lecture=4)
    (ours,) = handouts(bench_folders)
    make_lab(bench_folders.labs, "my-privacy", lecture=4)
    found = {reading.id: reading.title for reading in handouts(bench_folders)}
    assert found == {"lab-privacy": ours.title, "lab-my-privacy": "Lab: My-privacy (yours)"}
    ours_lab, hers = labs(bench_folders)
    assert (hers.reading, hers.copy_of) == ("lab-my-privacy", "privacy")
    assert hers.handout != ours_lab.handout
