import pytest
from msgspec.structs import replace

from cs229tui.course.model import Reading
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.library.annotations import (
    Annotation,
    annotation,
    annotations_of,
    count_since,
    counts,
    delete_annotation,
    store_annotation,
)
from cs229tui.library.catalog import GUIDE, catalog, pick
from cs229tui.library.database import Database
from cs229tui.library.documents import (
    DocumentRecord,
    OutlineEntry,
    Page,
    attach,
    attached,
    document,
    document_of,
    page,
    page_texts,
    store_document,
)
from cs229tui.library.lectures import LectureState, lecture_states, update_lecture
from cs229tui.library.notes import add_note, delete_note, note, notes, update_note
from cs229tui.library.people import me
from cs229tui.library.readings import (
    add_reading,
    added_readings,
    remove_reading,
    restore_state,
    state_of,
    states,
    update_state,
)
from cs229tui.library.runs import RunRecord, run, runs, save_run
from cs229tui.library.sessions import Session, save_session, seconds_by_reading, sessions


def test_a_reading_never_touched_has_a_fresh_state(database: Database) -> None:
    state = state_of(database, "x")
    assert (state.status, state.page, state.rating, state.priority) == ("unread", None, None, 0)
    assert states(database) == {}


def test_a_state_changes_and_goes_back(database: Database) -> None:
    assert update_state(database, "x", status="reading", page=3).status == "unread"
    before = update_state(database, "x", status="done", rating=5)
    assert state_of(database, "x").page == 3
    update_state(database, "x", opened="2023-02-01T00:00:00.000Z")
    restore_state(database, before)
    state = state_of(database, "x")
    assert (state.status, state.rating, state.page) == ("reading", None, 3)
    assert state.opened == "2023-02-01T00:00:00.000Z"


@pytest.mark.parametrize("wrong", [{"status": "eaten"}, {"rating": 6}, {"rating": 0}, {"priority": 4}, {"page": 0}])
def test_a_state_that_cannot_be_is_refused(database: Database, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        update_state(database, "x", **wrong)
    assert states(database) == {}


def test_lecture_states_are_kept_by_course(database: Database) -> None:
    assert update_lecture(database, "A 2023", 4, attended=True) == LectureState(4)
    assert update_lecture(database, "A 2023", 4, slides_read=True) == LectureState(4, attended=True)
    assert lecture_states(database, "A 2023") == {4: LectureState(4, attended=True, slides_read=True)}
    assert lecture_states(database, "B 2024") == {}


def test_added_readings_come_back_as_they_were(database: Database) -> None:
    made = Reading(id="mine", title="Mine", lectures=(0,), authors=("Zoë", "Ken"), year=2020, arxiv="2001.00001")
    add_reading(database, made)
    add_reading(database, Reading(id="mine", title="Mine, again", lectures=(0,), authors=("Zoë", "Ken")))
    (found,) = added_readings(database)
    assert (found.title, found.authors, found.group) == ("Mine, again", ("Zoë", "Ken"), "Added by you")
    remove_reading(database, "mine")
    assert added_readings(database) == ()


def test_notes_are_written_changed_put_away_and_brought_back(database: Database) -> None:
    made = add_note(database, "A \x1b[31mtitle\nof two lines", "body\x07", reading="x", lecture=4)
    assert (made.title, made.body) == ("A title of two lines", "body")
    assert note(database, made.id[:8]) == made
    assert notes(database, reading="x") == [made] and notes(database, reading="y") == []
    update_note(database, made.id, "", "new")
    assert (note(database, made.id).title, note(database, made.id).body) == ("Untitled", "new")
    delete_note(database, made.id)
    assert notes(database) == []
    delete_note(database, made.id, undo=True)
    assert len(notes(database)) == 1


@pytest.mark.parametrize("name", ["", "nothing", "%", "_"])
def test_what_is_not_there_is_not_found(database: Database, name: str) -> None:
    add_note(database, "one")
    store_annotation(database, Annotation("abc", "x", "comment", "me"))
    for look in (note, annotation, run):
        with pytest.raises(NotFoundError) as caught:
            look(database, name)
        assert caught.value.exit_code == 3


def test_an_id_that_begins_two_is_not_guessed(database: Database) -> None:
    for id in ("abc1", "abc2"):
        store_annotation(database, Annotation(id, "x", "comment", "me"))
    assert annotation(database, "abc1").id == "abc1"
    with pytest.raises(NotFoundError):
        annotation(database, "abc")


def mark(id: str, **more: object) -> Annotation:
    created = f"2023-02-{int(id):02d}T00:00:00.000Z"
    return Annotation(
        id, **({"reading": "x", "kind": "comment", "author": "me", "created": created, "updated": created} | more)
    )  # type: ignore[arg-type]


def test_an_annotation_comes_back_whole(database: Database) -> None:
    made = mark(
        "1",
        kind="question",
        body="why?",
        tags=("a b", "ü"),
        document="ff",
        extractor="e/1",
        page=2,
        start=5,
        end=9,
        quote="quote",
        prefix="before",
        suffix="after",
        quads=((1.0, 2.0, 3.5, 4.0),),
    )
    stored = store_annotation(database, made)
    assert annotation(database, "1") == stored
    assert stored == replace(made, person=me(database), root="1", clock=stored.clock)


def test_annotations_stand_in_the_order_of_the_text(database: Database) -> None:
    store_annotation(database, mark("1", page=2, start=5))
    store_annotation(database, mark("2", page=1, start=90))
    store_annotation(database, mark("3", page=2, start=1))
    store_annotation(database, mark("4", reading="other"))
    assert [entry.id for entry in annotations_of(database, "x")] == ["2", "3", "1"]
    assert counts(database) == {"x": 3, "other": 1}


def test_what_was_written_since_is_counted(database: Database) -> None:
    for number in "1234":
        store_annotation(database, mark(number))
    # What others wrote is none of her week.
    store_annotation(database, replace(mark("5"), person="another", updated="2023-02-09T00:00:00.000Z"))
    assert count_since(database, "2023-02-03T00:00:00.000Z") == 2
    delete_annotation(database, "4")
    assert count_since(database, "2023-02-03T00:00:00.000Z") == 1


def test_a_hundred_thousand_annotations_are_found_by_an_index(database: Database) -> None:
    asked: list[str] = []
    database.conn.set_trace_callback(asked.append)
    annotations_of(database, "x")
    counts(database)
    count_since(database, "2023")
    database.conn.set_trace_callback(None)
    looked = [sql for sql in asked if sql.startswith("SELECT") and "FROM annotation" in sql]
    assert len(looked) == 3
    for sql in looked:
        plan = " ".join(str(row[3]) for row in database.conn.execute(f"EXPLAIN QUERY PLAN {sql}"))
        assert "USING INDEX" in plan or "USING COVERING INDEX" in plan, (sql, plan)


def record(sha: str, pages: int = 2) -> DocumentRecord:
    outline = (OutlineEntry("One", 0, 1), OutlineEntry("Two", 1, 2, 30))
    return DocumentRecord(sha, "pdf", 99, pages, "Title", "fp", "e/1", outline, b"flow", ("a warning",), "2023")


def test_a_document_comes_back_whole(database: Database) -> None:
    pages = [Page(1, "i", 612.0, 792.0, "one", b"\x00\x01"), Page(2, "1", 612.0, 792.0, "two")]
    store_document(database, record("aa"), pages)
    assert document(database, "aa") == record("aa")
    assert page(database, "aa", 1) == pages[0]
    assert [entry.text for entry in page_texts(database, "aa")] == ["one", "two"]
    assert page(database, "aa", 3) is None and document(database, "bb") is None
    store_document(database, record("aa", 1), pages[:1])
    assert [entry.number for entry in page_texts(database, "aa")] == [1]


def test_the_document_attached_last_counts(database: Database) -> None:
    store_document(database, record("aa"), [])
    store_document(database, record("bb", 7), [])
    attach(database, "x", "aa", "a.pdf")
    attach(database, "x", "bb", "b.pdf")
    assert attached(database) == {"x": ("bb", 7)}
    attach(database, "x", "aa", "a.pdf")
    found = document_of(database, "x")
    assert found is not None and found.sha256 == "aa"
    assert document_of(database, "y") is None


def test_sessions_grow_and_add_up(database: Database) -> None:
    sitting = Session("x", "2023-02-01T10:00:00.000Z", "2023-02-01T10:10:00.000Z", {1: 30.0})
    save_session(database, sitting)
    sitting.pages[2] = 12.5
    save_session(database, sitting)
    save_session(database, Session("x", "2023-02-03T10:00:00.000Z", "2023-02-03T10:00:05.000Z", {1: 5.0}))
    assert seconds_by_reading(database) == {"x": 47.5}
    assert [entry.pages for entry in sessions(database)] == [{1: 30.0, 2: 12.5}, {1: 5.0}]
    assert len(sessions(database, since="2023-02-02")) == 1
    assert sessions(database, reading="y") == []


def test_runs_are_kept_and_found_newest_first(database: Database) -> None:
    first = RunRecord("r-1", "transformer", "quick", "/runs/1", "running", "2023-02-01", {"steps": 10})
    save_run(database, first)
    save_run(database, RunRecord("r-2", "dp_sgd", "quick", "/runs/2", "done", "2023-02-02"))
    ended = RunRecord(**{**vars(first), "state": "failed", "reason": "no memory", "verdicts": [{"id": "a"}]})
    save_run(database, ended)
    assert run(database, "r-1") == ended
    assert [entry.id for entry in runs(database)] == ["r-2", "r-1"]
    assert [entry.id for entry in runs(database, lab="transformer")] == ["r-1"]


def entry(id: str, **more: str) -> Reading:
    return Reading(id=id, title=id, lectures=(0,), **more)  # type: ignore[arg-type]


def test_a_reading_is_picked_by_id_arxiv_doi_or_a_beginning() -> None:
    known = {
        one.id: one
        for one in (
            entry("abadi-2016-dp-sgd", arxiv="1607.00133"),
            entry("abadi-2017-more"),
            entry("vaswani-2017", doi="10.1/ABC"),
            GUIDE,
        )
    }
    for name in ("abadi-2016-dp-sgd", "1607.00133", "arXiv:1607.00133", "abadi-2016", "ABADI-2016"):
        assert pick(known, name).id == "abadi-2016-dp-sgd"
    for name in ("10.1/abc", "https://doi.org/10.1/ABC", "vas"):
        assert pick(known, name).id == "vaswani-2017"
    with pytest.raises(NotFoundError, match="2 readings"):
        pick(known, "abadi")
    with pytest.raises(NotFoundError) as caught:
        pick(known, "sgd")
    assert "abadi-2016-dp-sgd" in caught.value.remedy
    with pytest.raises(NotFoundError):
        pick(known, "")


def test_the_course_comes_before_what_was_added(database: Database) -> None:
    from cs229tui.course.load import load
    from cs229tui.folders import shipped

    course = load(shipped("data/course.toml"))
    add_reading(database, entry("mine"))
    add_reading(database, entry(course.readings[0].id))
    every = catalog(course, database)
    assert list(every)[-1] == "mine"
    assert every[course.readings[0].id] == course.readings[0]
    assert "guide" in every
