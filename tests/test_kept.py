"""What was parsed once: the same when read back, made again when its source or the copy itself has changed."""

import tomllib
from pathlib import Path

import pytest

from cs229tui.course.load import load, parse
from cs229tui.course.model import Course
from cs229tui.errors import CourseError
from cs229tui.folders import shipped
from cs229tui.kept import kept

COURSE = shipped("data/course.toml")


def load_kept(file: Path, cache: Path) -> Course:
    """The course as the workspace loads it."""
    return kept(cache, "course", (file,), Course, lambda: load(file))


def test_the_kept_copy_is_the_same_course_and_follows_the_file(tmp_path: Path) -> None:
    file, cache = tmp_path / "course.toml", tmp_path / "cache"
    text = COURSE.read_text("utf-8")
    file.write_text(text, "utf-8")
    first = load_kept(file, cache)
    assert [path.name for path in cache.iterdir()] == ["course"]
    assert load_kept(file, cache) == first == parse(tomllib.loads(text))
    file.write_text(text.replace("Foundations of Deep Learning", "Foundations of Something"), "utf-8")
    assert load_kept(file, cache).facts.title == "Foundations of Something"


def test_an_unchanged_source_is_not_read_again(tmp_path: Path) -> None:
    made = []

    def make() -> tuple[int, ...]:
        made.append(1)
        return (1, 2)

    assert [kept(tmp_path, "pair", (COURSE,), tuple[int, ...], make) for _ in range(3)] == [(1, 2)] * 3
    assert len(made) == 1


def test_a_missing_source_says_so(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="cannot be read"):
        load_kept(tmp_path / "none.toml", tmp_path / "cache")


@pytest.mark.parametrize("damage", [b"", b"\x93", b"\x00" * 5000, b"garbage"])
def test_a_damaged_copy_is_read_again(tmp_path: Path, damage: bytes) -> None:
    first = load_kept(COURSE, tmp_path)
    copy = tmp_path / "course"
    copy.write_bytes(damage)
    assert load_kept(COURSE, tmp_path) == first
    whole = bytearray(copy.read_bytes())
    whole[len(whole) // 2] ^= 1
    copy.write_bytes(whole)
    assert load_kept(COURSE, tmp_path) == first


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert len(load_kept(COURSE, tmp_path / "file").readings) == 160
