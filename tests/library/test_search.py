import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs229tui.course.model import Reading
from cs229tui.library.annotations import Annotation, delete_annotation, store_annotation
from cs229tui.library.database import Database
from cs229tui.library.documents import DocumentRecord, Page, attach, store_document
from cs229tui.library.notes import add_note, delete_note, update_note
from cs229tui.library.search import Hit, parse, search

CATALOG = {
    reading.id: reading
    for reading in (
        Reading(
            id="vaswani-2017-attention",
            title="Attention Is All You Need",
            lectures=(1,),
            authors=("Ashish Vaswani", "Noam Shazeer"),
            year=2017,
            arxiv="1706.03762",
            topics=("transformers",),
        ),
        Reading(id="abadi-2016-dp-sgd", title="Deep Learning with Differential Privacy", lectures=(4,), year=2016),
        Reading(id="schrodinger-1926", title="Über die Schrödinger-Gleichung", lectures=(0,)),
        Reading(id="visual-attention", title="Visual models of attention", lectures=(0,)),
    )
}


def paper(database: Database, sha: str, reading: str, *texts: str) -> None:
    """Store and attach a document of these pages."""
    record = DocumentRecord(sha, "pdf", 10, len(texts), "", "", "test/1", (), b"", ())
    store_document(database, record, [Page(number, str(number), 1, 1, text) for number, text in enumerate(texts, 1)])
    attach(database, reading, sha, "test")


def kinds(hits: list[Hit]) -> list[tuple[str, str]]:
    return [(hit.kind, hit.id) for hit in hits]


def test_every_kind_is_found(database: Database) -> None:
    paper(database, "aa", "abadi-2016-dp-sgd", "nothing", "We clip each gradient to norm C.\nThen add noise.")
    store_annotation(
        database, Annotation("n1", "abadi-2016-dp-sgd", "question", "mei", body="Why clip each?", page=2, start=8)
    )
    note = add_note(database, "On clipping", "A gradient is clipped by its norm.", "abadi-2016-dp-sgd")
    hits = search(database, CATALOG, "clip")
    assert kinds(hits) == [("note", note.id), ("annotation", "n1"), ("page", "abadi-2016-dp-sgd")]
    page = hits[2]
    assert (page.page, page.place, page.title) == (2, 3, "Deep Learning with Differential Privacy")
    assert page.snippet == "We clip each gradient to norm C. Then add noise."
    assert [page.snippet[start:end] for start, end in page.marks] == ["clip"]
    assert hits[1].label == "question · mei" and hits[1].page == 2


def test_readings_are_found_by_all_that_names_them(database: Database) -> None:
    for query in ("attention need", "vaswani", "shaz", "1706.03762", "transformers", "ATTENTION is", "vaswani 2017"):
        assert search(database, CATALOG, query)[0].id == "vaswani-2017-attention", query
    assert search(database, CATALOG, "schrod")[0].id == "schrodinger-1926"
    assert search(database, CATALOG, "SCHRÖDINGER gleich")[0].id == "schrodinger-1926"


def test_a_title_that_begins_so_comes_first(database: Database) -> None:
    assert kinds(search(database, CATALOG, "attention")) == [
        ("reading", "vaswani-2017-attention"),
        ("reading", "visual-attention"),
    ]


def test_the_last_word_is_a_beginning_until_a_space_follows(database: Database) -> None:
    add_note(database, "x", "gradients")
    assert len(search(database, CATALOG, "gradi")) == 1
    assert search(database, CATALOG, "gradi ") == []
    assert search(database, CATALOG, "gradi gradients") == []


def test_quoted_words_stand_together(database: Database) -> None:
    add_note(database, "one", "the moments accountant is tight")
    add_note(database, "two", "an accountant of moments")
    assert [hit.title for hit in search(database, {}, '"moments accountant"')] == ["one"]
    assert [hit.title for hit in search(database, {}, '"moments acc')] == ["one"]
    assert len(search(database, {}, "moments accountant")) == 2
    (hit,) = search(database, {}, '"moments accountant" tight')
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["moments accountant", "tight"]


def test_a_word_parted_at_a_line_end_is_found_and_placed(database: Database) -> None:
    text = "a re\u2010 \ngulariser and the gradi\u2010\nent of it"
    paper(database, "bb", "abadi-2016-dp-sgd", text)
    (hit,) = search(database, CATALOG, "gradient")
    assert hit.place == text.index("gradi")
    assert hit.snippet == "a regulariser and the gradient of it"
    assert search(database, CATALOG, "regulariser")[0].place == text.index("re\u2010")
    assert search(database, CATALOG, "ent ") == []


def test_letters_with_marks_are_found_without_them(database: Database) -> None:
    paper(database, "cc", "abadi-2016-dp-sgd", "The Erdős–Rényi model of naïve Bayes")
    (hit,) = search(database, CATALOG, "erdos renyi")
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["Erdős", "Rényi"]


def test_of_few_matches_the_best_come_first(database: Database) -> None:
    add_note(database, "once", "entropy " + "and other words " * 50)
    add_note(database, "often", "entropy entropy entropy")
    add_note(database, "again once", "entropy " + "and other words " * 50)
    assert search(database, {}, "entropy")[0].title == "often"


def test_of_many_matches_the_newest_come_first(database: Database) -> None:
    for number in range(450):
        store_annotation(database, Annotation(f"n{number:03d}", "x", "comment", "mei", body="the same thing"))
    hits = search(database, {}, "same", limit=10)
    assert [hit.id for hit in hits] == [f"n{number}" for number in range(449, 439, -1)]


def test_each_kind_gets_its_share_of_the_room(database: Database) -> None:
    paper(database, "dd", "abadi-2016-dp-sgd", *["attention here"] * 30)
    for number in range(30):
        store_annotation(database, Annotation(f"n{number:03d}", "x", "comment", "mei", body="attention"))
    hits = search(database, CATALOG, "attention", limit=20)
    assert len(hits) == 20
    counted = [sum(hit.kind == kind for hit in hits) for kind in ("reading", "note", "annotation", "page")]
    assert counted == [2, 0, 9, 9]
    assert search(database, CATALOG, "attention", limit=0) == []


def test_what_is_deleted_or_replaced_is_not_found(database: Database) -> None:
    note = add_note(database, "x", "ephemeral")
    store_annotation(database, Annotation("n1", "x", "comment", "mei", body="ephemeral"))
    paper(database, "ee", "abadi-2016-dp-sgd", "ephemeral")
    assert len(search(database, CATALOG, "ephemeral")) == 3
    paper(database, "ff", "abadi-2016-dp-sgd", "a newer copy")
    delete_note(database, note.id)
    delete_annotation(database, "n1")
    assert search(database, CATALOG, "ephemeral") == []
    delete_note(database, note.id, undo=True)
    delete_annotation(database, "n1", undo=True)
    assert len(search(database, CATALOG, "ephemeral")) == 2
    update_note(database, note.id, "x", "lasting")
    store_annotation(database, Annotation("n1", "x", "comment", "mei", body="lasting", tags=("exam prep",)))
    assert search(database, CATALOG, "ephemeral") == []
    assert len(search(database, CATALOG, "lasting")) == 2
    assert search(database, CATALOG, "exam")[0].snippet == "exam prep"


def test_the_indexes_agree_with_the_tables_after_all_changes(database: Database) -> None:
    test_what_is_deleted_or_replaced_is_not_found(database)
    paper(database, "ee", "abadi-2016-dp-sgd", "text ex\u2010 \ntracted again", "and more")
    database.execute("UPDATE page SET text = 'changed' WHERE number = 2")
    database.execute("DELETE FROM page WHERE document = 'ff'")
    for table in ("page_text", "annotation_text", "note_text"):
        database.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")


HOSTILE = ['"', '""', "'", "*", "AND", "a AND", "NEAR(", "NEAR(a b, 2)", "x:y", "-z", "^a", "(", "a OR", "{a}:b", "\\"]


@pytest.mark.parametrize("query", [*HOSTILE, "", " ", "\x00", "a\x00b", "\ud800", "_", "…", "½", "%", "a" * 5000])
def test_nothing_typed_breaks_it(database: Database, query: str) -> None:
    add_note(database, "AND", 'NEAR "z" x:y')
    search(database, CATALOG, query)


@given(st.text(st.one_of(st.sampled_from("\"*():^-+ {}'ANDORNEAR"), st.characters()), max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_text_at_all_breaks_it(database: Database, query: str) -> None:
    try:
        search(database, CATALOG, query)
    except sqlite3.Error as error:
        raise AssertionError(query) from error


def test_a_query_without_a_word_finds_nothing(database: Database) -> None:
    add_note(database, "x", "y")
    for query in ("", "   ", '"', "***", "_ _"):
        assert search(database, CATALOG, query) == []


def test_a_word_typed_twice_counts_once() -> None:
    assert parse("the the").phrases == (("the",),)
    assert parse("the cat the").fts == ('"cat"', '"the" *')


def test_marks_lie_within_long_excerpts(database: Database) -> None:
    add_note(database, "x", "word " * 400 + "needle in\n\na stack " + "word " * 400)
    (hit,) = search(database, {}, "needle stack")
    assert hit.snippet.startswith("…") and hit.snippet.endswith("…") and "\n" not in hit.snippet
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["needle", "stack"]
    assert len(hit.snippet) < 160
