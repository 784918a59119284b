import os
from pathlib import Path
from typing import Any

import pytest

from cs229tui.course.load import load, parse
from cs229tui.errors import CourseError
from cs229tui.folders import shipped

COURSE = shipped("data/course.toml")


@pytest.fixture
def tables() -> dict[str, Any]:
    """A small valid course."""
    return {
        "course": {
            "code": "X 1",
            "title": "A course",
            "term": "Autumn 2030",
            "first_lecture": "2030-09-05",
            "last_lecture": "2030-09-12",
            "lecture_count": 2,
            "meeting": {"weekday": "Thursday", "start": "10:00", "end": "11:30", "timezone": "Europe/Berlin"},
        },
        "vocabulary": {"logic": "the study of proof"},
        "lecture": [
            {"number": 1, "date": "2030-09-05", "title": "One"},
            {"number": 2, "date": "2030-09-12", "title": "Two"},
        ],
        "assignment": [{"id": "hw0", "title": "Homework", "due": "2030-09-10"}],
        "reading": [
            {"id": "a-2020-one", "title": "A", "lectures": [1], "topics": ["logic"], "url": "https://example.org/a"},
            {"id": "b-2021-two", "title": "B", "lectures": [1, 2]},
        ],
    }


def test_the_shipped_course_holds_the_facts() -> None:
    course = load(COURSE)
    assert [lecture.number for lecture in course.lectures] == list(range(1, 13))
    assert len(course.readings) == 160
    assert sum(reading.required for reading in course.readings) == 95
    counts = {number: len(course.readings_of(number)) for number in range(13)}
    assert list(counts.values()) == [20, 18, 5, 8, 23, 4, 6, 12, 4, 16, 23, 7, 17]
    required = [sum(reading.required for reading in course.readings_of(number)) for number in range(13)]
    assert required == [1, 6, 4, 3, 16, 4, 6, 4, 4, 12, 17, 6, 15]
    assert len([reading for reading in course.readings if reading.arxiv]) == 78
    assert len([reading for reading in course.readings if reading.pdf_url]) == 104
    (homework,) = course.assignments
    assert homework.pages == 5
    assert len(list(course.readings_of(0))) == 20
    assert course.facts.meeting.start == "15:45"
    assert course.key == "CS 229br Spring 2023"


def test_every_reading_of_the_shipped_course_has_what_screens_need() -> None:
    for reading in load(COURSE).readings:
        assert reading.title and reading.short
        assert reading.url or reading.pdf_url, reading.id


def test_a_small_course_of_another_shape_is_taken(tables: dict[str, Any]) -> None:
    course = parse(tables)
    assert course.facts.code == "X 1"
    assert [reading.id for reading in course.readings_of(1)] == ["a-2020-one", "b-2021-two"]
    assert course.lecture(3) is None
    assert course.reading("nothing") is None


def edited(tables: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """`tables` with the field at a dotted `path` set, or taken out where `value` is None."""
    *way, last = path.split(".")
    place: Any = tables
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return tables


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("reading.1.id", "a-2020-one", ["reading a-2020-one", "used twice"]),
        ("lecture.1.number", 1, ["lecture 1", "used twice"]),
        ("reading.0.lectures", [7], ["reading a-2020-one", "lectures"]),
        ("reading.0.lectures", [], ["reading a-2020-one", "lectures"]),
        ("reading.0.lectures", "one", ["reading a-2020-one", "lectures"]),
        ("reading.0.title", "", ["reading a-2020-one", "title"]),
        ("reading.0.title", None, ["reading a-2020-one", "title"]),
        ("reading.0.year", "last", ["reading a-2020-one", "year"]),
        ("reading.0.requird", True, ["reading a-2020-one", "requird"]),
        ("reading.0.topics", ["magic"], ["reading a-2020-one", "topics", "magic"]),
        ("reading.0.url", "javascript:alert(1)", ["reading a-2020-one", "url"]),
        ("reading.0.pdf_url", "file:///etc/passwd", ["reading a-2020-one", "pdf_url"]),
        ("reading.1.id", "../../x", ["'../../x'", "id"]),
        ("reading.1.id", "", ["reading ''", "id"]),
        ("lecture.0.date", "soon", ["lecture 1", "date"]),
        ("lecture.0.date", "9999-12-31", ["lecture 1", "date", "9999-12-31"]),
        ("lecture.0.number", -1, ["lecture -1", "number"]),
        ("reading.0.year", 10**30, ["reading a-2020-one", "year"]),
        ("reading.0.pages", -4, ["reading a-2020-one", "pages"]),
        ("course.first_lecture", "0001-01-01", ["first_lecture", "0001-01-01"]),
        ("course.first_lecture", "2030-08-29", ["first_lecture", "2030-08-29", "2030-09-05"]),
        ("course.last_lecture", "2030-09-19", ["last_lecture", "2030-09-19"]),
        ("course.lecture_count", 3, ["lecture_count is 3"]),
        ("lecture.0.title", 5, ["lecture 1", "title"]),
        ("assignment.0.due", "never", ["assignment hw0", "due"]),
        ("course.first_lecture", None, ["course", "first_lecture"]),
        ("course.meeting.timezone", "Mars/Olympus", ["meeting.timezone", "Mars/Olympus"]),
        ("course.meeting.start", "25:00", ["meeting.start"]),
        ("course.meeting.end", "late", ["meeting.end"]),
        ("vocabulary", ["logic"], ["vocabulary"]),
        ("extra", {}, ["extra"]),
        ("reading", {"id": "a"}, ["reading", "list"]),
    ],
)
def test_an_error_names_the_entry_and_the_field(
    tables: dict[str, Any], path: str, value: Any, named: list[str]
) -> None:
    with pytest.raises(CourseError) as caught:
        parse(edited(tables, path, value), "my.toml")
    assert "my.toml" in str(caught.value)
    for name in named:
        assert name in caught.value.what
    assert caught.value.remedy


def test_what_a_terminal_would_obey_is_taken_out_of_titles(tables: dict[str, Any]) -> None:
    course = parse(edited(tables, "reading.0.title", "[bold]\x1b]0;owned\x07 Evil\u202e title\nline"))
    assert course.readings[0].title == "[bold] Evil title line"


@pytest.mark.parametrize("content", [b"[course\n", b"\xff\xfe\x00", b"x = 1\nx = 2\n"])
def test_a_file_that_is_not_toml_is_an_error_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "course.toml"
    file.write_bytes(content)
    with pytest.raises(CourseError, match="not valid TOML") as caught:
        load(file)
    assert caught.value.remedy


def test_a_byte_order_mark_and_other_line_ends_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "course.toml"
    file.write_bytes(b"\xef\xbb\xbf" + shipped("data/course.toml").read_bytes().replace(b"\n", b"\r\n"))
    assert load(file) == load(shipped("data/course.toml"))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "course.toml")
    with pytest.raises(CourseError, match="a pipe or a device"):
        load(tmp_path / "course.toml")


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(CourseError, match="cannot be read"):
            load(path)


def test_readings_are_named_as_people_name_them() -> None:
    named = {reading.id: reading.short for reading in load(COURSE).readings}
    assert named["abadi-2016-dp-sgd"] == "Abadi+ 16"
    assert {"von Neumann 58", "Hugging Face 22", "Weights & Biases"} <= set(named.values())
