from collections.abc import Callable
from pathlib import Path

import pytest

from cs229tui.library.documents import DocumentRecord, Page, attach, store_document
from cs229tui.library.lectures import update_lecture
from cs229tui.workspace import Workspace

Run = Callable[..., object]
READING_KEYS = "id title authors year kind lectures required status page pages url arxiv pdf_url document".split()  # noqa: SIM905
VASWANI = "vaswani-2017-attention"


def give_document(workspace: Workspace, reading: str, *texts: str) -> None:
    record = DocumentRecord("ab" * 32, "pdf", 10, len(texts), "", "", "t/1", (), b"", ())
    store_document(workspace.database, record, [Page(n, str(n), 1, 1, text) for n, text in enumerate(texts, 1)])
    attach(workspace.database, reading, record.sha256, "t")


def test_lectures(run: Run, workspace: Workspace) -> None:
    update_lecture(workspace.database, workspace.course.key, 4, attended=True)
    run("set", "abadi-2016-dp-sgd", "--status", "done")
    lectures = run("lectures", "--json").json
    assert [list(entry) for entry in lectures] == [["number", "title", "date", "topics", "readings", "progress"]] * 12
    fourth = lectures[3]
    assert (fourth["number"], fourth["date"], len(fourth["readings"])) == (4, "2023-02-16", 23)
    assert (fourth["progress"]["required"], fourth["progress"]["required_done"]) == (16, 1)
    assert fourth["progress"]["attended"] is True


def test_lectures_stand_on_the_students_calendar(run: Run, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("first_lecture = 2026-09-03\n")
    dates = [entry["date"] for entry in run("lectures", "--json").json]
    assert dates[0] == "2026-09-03" and dates[-1] == "2026-11-26"


def test_readings_and_their_filters(run: Run) -> None:
    every = run("readings", "--json").json
    assert all(list(entry) == READING_KEYS for entry in every)
    assert sum(not {"guide"} & {entry["id"]} and not entry["id"].startswith("lab-") for entry in every) == 160
    assert len(run("readings", "--required", "--json").json) == 95
    fourth = run("readings", "--lecture", "4", "--required", "--kind", "paper", "--json").json
    assert 0 < len(fourth) < 16
    assert all(4 in entry["lectures"] and entry["required"] and entry["kind"] == "paper" for entry in fourth)
    run("set", VASWANI, "--status", "done")
    assert [entry["id"] for entry in run("readings", "--status", "done", "--json").json] == [VASWANI]
    assert run("readings", "--status", "aside", "--json").json == []


def test_what_is_not_known_is_null(run: Run) -> None:
    by_id = {entry["id"]: entry for entry in run("readings", "--json").json}
    paper, blog = by_id[VASWANI], by_id["barak-2022-uneasy-relationship"]
    assert (paper["arxiv"], paper["year"], paper["document"]) == ("1706.03762", 2017, None)
    assert (blog["arxiv"], blog["pdf_url"], blog["pages"], blog["page"]) == (None, None, None, None)


def test_set_changes_what_it_is_told_and_says_so(run: Run) -> None:
    made = run("set", VASWANI, "--page", "3", "--rating", "4", "--priority", "2", "--json").json
    assert (made["id"], made["status"], made["page"]) == (VASWANI, "reading", 3)
    assert (made["rating"], made["priority"], made["place"]) == (4, 2, 0)
    told = run("set", VASWANI, "--status", "skimmed")
    assert told.out == "" and "skimmed" in told.err and "page 3" in told.err
    cleared = run("set", VASWANI, "--rating", "0", "--json").json
    assert (cleared["rating"], cleared["page"], cleared["status"]) == (None, 3, "skimmed")


def test_set_knows_where_a_document_ends(run: Run, workspace: Workspace) -> None:
    give_document(workspace, VASWANI, "some words", "more")
    assert run("set", VASWANI, "--page", "2", "--place", "3", "--json").json["place"] == 3
    beyond = run("set", VASWANI, "--page", "3")
    assert beyond.code == 2 and "2 pages" in beyond.err
    assert run("set", VASWANI, "--page", "2", "--place", "99").code == 2
    entry = run("readings", "--status", "reading", "--json").json[0]
    assert (entry["page"], entry["pages"], entry["document"]) == (2, 2, "ab" * 32)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("set", "nothing", "--page", "1"), 3, "no reading 'nothing'"),
        (("set", "a", "--page", "1"), 3, "could be"),
        (("set", VASWANI), 2, "Nothing to set"),
        (("set", VASWANI, "--page", "0"), 2, "--page"),
        (("set", VASWANI, "--rating", "6"), 2, "--rating"),
        (("set", VASWANI, "--status", "eaten"), 2, "--status"),
        (("set", VASWANI, "--place", "4"), 2, "--page"),
        (("readings", "--lecture", "77"), 3, "no lecture 77"),
        (("readings", "--kind", "poem"), 2, "'poem'"),
        (("nonsense",), 2, "nonsense"),
        (("--course", "/no/such/file.toml", "lectures"), 1, "cannot be read"),
    ],
)
def test_errors_have_a_message_and_a_code(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    result = run(*words)
    assert result.code == code and result.out == ""
    assert said in result.err and "Traceback" not in result.err


def test_a_course_of_ones_own(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        '[course]\ncode = "X"\ntitle = "X"\nterm = "T"\nfirst_lecture = 2030-01-03\nlast_lecture = 2030-01-03\n'
        'lecture_count = 1\nmeeting = {weekday = "Thursday", start = "10:00", end = "11:00", timezone = "UTC"}\n'
        '[[lecture]]\nnumber = 1\ndate = 2030-01-03\ntitle = "Only"\n'
        '[[reading]]\nid = "r"\ntitle = "R"\nlectures = [1]\n'
    )
    (only,) = run("--course", str(file), "lectures", "--json").json
    assert (only["title"], only["readings"]) == ("Only", ["r"])
    file.write_text(file.read_text() + '[[reading]]\nid = "r"\ntitle = "R"\nlectures = [1]\n')
    twice = run("--course", str(file), "readings")
    assert twice.code == 1 and "reading r" in twice.err and "twice" in twice.err


def test_text_is_for_people_and_pipes(run: Run) -> None:
    lines = run("readings", "--lecture", "2").out.splitlines()
    assert len(lines) == 5 and all(line == line.rstrip() for line in lines)
    assert len(run("lectures").out.splitlines()) == 12


def test_a_broken_library_is_a_message(run: Run, home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "library.db").write_bytes(b"no database " * 1000)
    for words in (("readings",), ("search", "x"), ("backup", str(home / "b.db"))):
        result = run(*words)
        assert result.code == 1 and "damaged" in result.err and "restore" in result.err


def test_a_library_damaged_inside_is_a_message(run: Run, workspace: Workspace, home: Path) -> None:
    workspace.database.conn.execute("PRAGMA writable_schema=ON")
    workspace.database.conn.execute("UPDATE sqlite_master SET sql = 'nonsense' WHERE name = 'reading_state'")
    workspace.database.conn.commit()
    workspace.database.close()
    result = run("readings")
    assert result.code == 1 and "damaged" in result.err and "Traceback" not in result.err


def test_a_wrong_settings_file_is_told_and_does_not_stop(run: Run, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("text_width = 1\n")
    result = run("lectures", "--json")
    assert result.code == 0 and len(result.json) == 12
    assert "text_width" in result.err


def test_a_reader_that_goes_away_is_no_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("cs229tui.cli.course.show_json", gone)
    monkeypatch.setattr("cs229tui.reporting.os.dup2", lambda *_: None)
    result = run("lectures", "--json")
    assert result.code == 1 and result.err == ""


def test_version_and_help(run: Run) -> None:
    assert run("--version").out.startswith("cs229tui, version")
    assert "readings" in run("--help").out
