"""`confusion` and `score` at the command line."""

import csv
import io
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

import cs229tui
from cs229tui.annotations.make import annotate_quote
from cs229tui.library.annotations import store_annotation
from cs229tui.library.ratings import rate
from discussed import GROUP, asked, topic_asked, voted
from small_paper import TEXTS, stored

ABADI = "abadi-2016-dp-sgd"


@pytest.fixture
def discussed(workspace):
    stored(workspace.database, ABADI, TEXTS, "a" * 64)
    question = asked(workspace.database, ABADI, "clip the", "Ana Maria", "=1+1 [/nope]", page=1)
    voted(workspace.database, question, "me-too", "Mei Lin")
    topic_asked(workspace.database, 4, "DP-SGD", "Sam")
    return workspace.database


def test_a_reading_as_text_and_as_json(discussed, run):
    told = run("confusion", ABADI)
    assert told.code == 0
    assert told.out.splitlines()[:2] == [
        "1. page 1, score 4  “clip the”",
        "   ? =1+1 [/nope]  (Ana Maria, also Mei Lin; no reply yet)",
    ]
    assert "written ███······\n" in told.out and told.out.endswith("page    1  2  3\n")
    assert "1 question asked 2 times on 1 passage, 1 unanswered." in told.err
    found = run("confusion", ABADI, "--json").json
    (passage,) = found["passages"]
    assert (passage["rank"], passage["score"], passage["page"], passage["questions"][0]["people"]) == (1, 4, 1, 2)
    assert [page["others"] for page in found["pages"]] == [1, 0, 0]


def test_a_lecture_has_its_readings_and_its_topics_and_the_course_has_all(discussed, run):
    for words in (("--lecture", "4"), ()):
        found = run("confusion", *words, "--json").json
        assert [(one["reading"], one["lecture"]) for one in found["passages"]] == [(ABADI, None), (None, 4)]
    assert "Abadi+ 16, page 1" in run("confusion").out


def test_markdown_and_csv_without_names(discussed, run):
    text = run("confusion", ABADI, "--markdown", "--no-names").out
    assert "2 people; no reply yet" in text and "Ana" not in text and "Mei" not in text
    rows = list(csv.DictReader(io.StringIO(run("confusion", "--csv").out)))
    assert [row["question"] for row in rows] == ["'=1+1 [/nope]", "Is it in the exam?"]
    assert "Ana" not in run("confusion", "--csv", "--no-names").out + run("confusion", "--json", "--no-names").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("confusion", "--csv", "--json"), 2),
        (("confusion", ABADI, "--lecture", "4"), 2),
        (("confusion", "--lecture", "99"), 3),
        (("confusion", "unheard-of"), 3),
        (("score",), 2),
        (("score", ABADI, "--lecture", "4"), 2),
        (("score", "--lecture", "99"), 3),
    ],
)
def test_what_makes_no_sense_is_told(run, words, code):
    told = run(*words)
    assert (told.code, told.out) == (code, "")
    assert "Traceback" not in told.err


def test_with_nothing_written_it_says_so(run):
    told = run("confusion", ABADI)
    assert (told.code, told.out) == (0, "") and "no questions" in told.err


@pytest.fixture
def rated(discussed):
    mine = annotate_quote(discussed, ABADI, "norm of each", 1, "comment", "words", author="me")
    mine = store_annotation(discussed, replace(mine, created="2023-02-10T12:00:00.000Z", audience=GROUP))
    rate(discussed, mine.id, 2)
    return mine


def test_a_score_shows_every_figure_with_its_target(rated, run):
    told = run("score", ABADI)
    assert told.code == 0
    assert re.search(r"comments +2 points +8 points +\+15 of 60 %", told.out)
    assert [line.split("  ")[0] for line in told.out.splitlines()] == [
        "comments", "spread", "sittings", "to the end", "active time", "responses", "upvotes",
    ]  # fmt: skip
    found = run("score", ABADI, "--json").json
    assert (found["total"], found["score"], found["scale"], found["unrated"]) == (15, 0, 3, 0)
    assert found["comments"][0]["points"] == 2 and found["comments"][0]["counts"]
    of_lecture = run("score", "--lecture", "4", "--json").json
    assert {one["reading"]: one["total"] for one in of_lecture}[ABADI] == 15


def test_her_points_change_nothing_that_leaves(rated, workspace, run, tmp_path, monkeypatch):
    monkeypatch.setenv("CS229TUI_NOW", "2023-02-14T12:00:00-05:00")
    kept = []
    for points in (2, 0, None):
        rate(workspace.database, rated.id, points)
        folder = tmp_path / f"out-{points}"
        assert run("export", str(folder)).code == 0
        kept.append({file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()})
    assert kept[0] == kept[1] == kept[2]


def test_no_code_that_shares_or_exports_knows_of_the_score():
    source = Path(cs229tui.__file__).parent
    knows = re.compile(
        r"library\.ratings|own_work|annotations\.score\b|formats\.scoring|(FROM|INTO|JOIN) rating\b|\"rating\"\)"
    )
    knowing = {
        file.relative_to(source).as_posix() for file in source.rglob("*.py") if knows.search(file.read_text("utf-8"))
    }
    assert knowing == {
        "annotations/formats/scoring.py",
        "annotations/own_work.py",
        "cli/score.py",
        "library/ratings.py",
        "tui/screens/score.py",
    }
