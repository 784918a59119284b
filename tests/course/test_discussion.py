"""The rules of the discussion in a course file: documented, typed, and never misread."""

from pathlib import Path

import pytest

from cs229tui.course.load import load
from cs229tui.course.model import Discussion, Part
from cs229tui.errors import CourseError
from cs229tui.folders import shipped
from small_course import small_course


def course(tmp_path: Path, table: str) -> Discussion:
    path = small_course(tmp_path, "https://example.org", {"one": "paper"})
    path.write_text(path.read_text("utf-8") + table, "utf-8")
    return load(path).discussion


def test_the_shipped_rules_are_the_defaults_and_say_where_each_is_from():
    file = shipped("data/course.toml")
    assert load(file).discussion == Discussion()
    text = file.read_text("utf-8")
    table = text[text.index("\n[discussion]\n") :].split("\n[vocabulary]")[0]
    values = [line for line in table.splitlines() if "=" in line]
    assert len(values) == len(Discussion.__struct_fields__)
    assert all("OURS" in line or "PERUSALL" in line for line in values)


def test_weights_add_to_more_than_full_credit():
    rules = Discussion()
    parts = (getattr(rules, name) for name in Discussion.__struct_fields__)
    assert sum(part.weight for part in parts if isinstance(part, Part)) > 100


def test_a_course_without_rules_has_the_defaults(tmp_path):
    assert course(tmp_path, "") == Discussion()


def test_one_value_can_be_changed_alone(tmp_path):
    changed = course(tmp_path, "\n[discussion]\nscale = 10\ncomments = { weight = 100, target = 7 }\n")
    assert (changed.scale, changed.comments, changed.sittings) == (
        10,
        Part(weight=100, target=7),
        Discussion().sittings,
    )


@pytest.mark.parametrize(
    "table",
    [
        "[discussion]\nscal = 3",
        "[discussion]\nscale = 0",
        "[discussion]\nscale = 'three'",
        "[discussion]\nspread_penalty = 101",
        "[discussion]\nspread_penalty = nan",
        "[discussion]\nlate_days = -1",
        "[discussion]\ncomments = 4",
        "[discussion]\ncomments = { weight = 60 }",
        "[discussion]\ncomments = { weight = 60, target = 0 }",
        "[discussion]\ncomments = { weight = 200, target = 4 }",
        "[discussion]\ncomments = { weight = 60, target = 4, quality = 1 }",
        "[[discussion]]\nscale = 3",
    ],
)
def test_what_is_wrong_is_refused_by_name(tmp_path, table):
    with pytest.raises(CourseError, match="discussion"):
        course(tmp_path, f"\n{table}\n")
