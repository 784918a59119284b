"""Votes count once, only where they have a sense, and show in the conversation's row."""

import pytest

from cs229tui.annotations.make import annotate_quote, annotate_reading, edit, may_change, remove, reply
from cs229tui.annotations.votes import vote
from cs229tui.errors import UsageError
from cs229tui.library.annotations import Annotation, annotation, store_annotation, versions
from cs229tui.library.database import Database
from cs229tui.library.threads import ThreadFacts, thread_facts


def facts(library: Database, id: str) -> ThreadFacts:
    return thread_facts(next(library.query("SELECT * FROM thread WHERE id = ?", [id])))


def from_mei(library: Database, **more: object) -> Annotation:
    values = {"id": "m1", "reading": "abadi", "kind": "question", "body": "why?", "created": "2023-02-01T00:00:00.000Z"}
    made = Annotation(author="mei", person="mei-id", audience="group", updated=values["created"], **(values | more))  # type: ignore[arg-type]
    return store_annotation(library, made)


def test_a_vote_turns_round_and_counts_once(library: Database) -> None:
    asked = from_mei(library)
    assert vote(library, asked.id, "upvote", author="me") and vote(library, asked.id, "me-too", author="me")
    assert vote(library, asked.id, "upvote", True, author="me")
    assert (facts(library, asked.id).upvotes, facts(library, asked.id).me_too) == (1, 1)
    assert not vote(library, asked.id, "upvote", author="me")
    assert facts(library, asked.id).upvotes == 0


def test_only_the_asker_marks_the_answer(library: Database) -> None:
    mine = annotate_reading(library, "abadi", "question", "why?", author="me")
    answer = reply(library, mine.id, "because", author="mei")
    assert facts(library, mine.id).open
    assert vote(library, answer.id, "answer", author="me")
    assert not facts(library, mine.id).open and facts(library, mine.id).answers == 1
    theirs = from_mei(library)
    with pytest.raises(UsageError, match="who asked"):
        vote(library, reply(library, theirs.id, "so", author="me").id, "answer", author="me")


@pytest.mark.parametrize(("kind", "what"), [("upvote", "yourself"), ("me-too", "yourself"), ("answer", "reply")])
def test_a_vote_without_sense_is_refused(library: Database, kind: str, what: str) -> None:
    mine = annotate_reading(library, "abadi", "question", "why?", author="me")
    with pytest.raises(UsageError, match=what):
        vote(library, mine.id, kind, author="me")  # type: ignore[arg-type]


def test_what_others_wrote_stays_theirs(library: Database) -> None:
    theirs = from_mei(library)
    assert not may_change(library, theirs)
    for change in (lambda: edit(library, theirs.id, body="x"), lambda: remove(library, theirs.id)):
        with pytest.raises(UsageError, match="mei wrote this"):
            change()


def test_an_edit_keeps_what_was_said(library: Database) -> None:
    made = annotate_quote(library, "abadi", "moments accountant", 2, "comment", "frist", author="me")
    edit(library, made.id, body="first")
    edit(library, made.id, body="first!")
    assert [version.body for version in versions(library, made.id)] == ["frist", "first"]
    assert annotation(library, made.id).body == "first!"


def test_a_note_is_for_nobody_else(library: Database) -> None:
    library.execute(
        "INSERT INTO joined_group (id, name, folder, carrier, current, joined)"
        " VALUES ('g', 'n', 'f', 'folder', 1, 'now')"
    )
    note = annotate_reading(library, "abadi", "note", "mine", author="me")
    assert annotate_reading(library, "abadi", "comment", "ours", author="me").audience == "g"
    assert note.audience == "" and reply(library, note.id, "more", author="me").audience == ""
    edit(library, note.id, kind="comment")
    assert annotation(library, note.id).audience == "g"
