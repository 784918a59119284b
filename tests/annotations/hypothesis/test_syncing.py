"""Both sides brought up to date: what comes, what goes, what is deleted, and what changed on both."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cs229tui.annotations.hypothesis.conflicts import conflicts, settle
from cs229tui.annotations.hypothesis.mapping import local_id
from cs229tui.annotations.make import annotate_quote, annotate_reading, annotate_topic, edit, remove, reply
from cs229tui.annotations.place import placed
from cs229tui.annotations.threads import threads
from cs229tui.documents.store import open_document
from cs229tui.library.annotations import Annotation, annotation, annotations_of, versions
from cs229tui.library.hypothesis import hypothesis_groups, known_in, remember_group, use_group
from cs229tui.library.people import me
from fake_hypothesis import MEI, SAM, quote
from hypothesis_side import GROUP, Side


def ours(side: Side, **wanted: Any) -> list[Annotation]:
    return [
        one
        for one in annotations_of(side.database, "abadi")
        if all(getattr(one, name) == value for name, value in wanted.items())
    ]


def use(side: Side) -> None:
    remember_group(side.database, side.audience, "CS 229br")
    use_group(side.database, side.audience)


def test_what_others_write_in_a_browser_stands_on_the_same_words(side: Side) -> None:
    # As pdf.js has it: no space where a line ends, the hyphen of a divided word, a ligature.
    row = side.server.add(
        text="Why each?",
        target=quote("norm of each gradi-ent, and add", "We clip the \u21132 ", " noise to the average of them.", 1),
    )
    side.server.add(text="An e\ufb03cient one", target=quote("an e\ufb03cientbound", page=3))
    arrived = side.sync().arrived
    assert (arrived.new, arrived.bad) == (2, [])
    one = annotation(side.database, local_id(row["id"]))
    assert (one.kind, one.author, one.person, one.unread) == ("comment", "Sam", SAM, True)
    assert (one.page, one.quote) == (1, "norm of each gradient, and add")
    assert one.audience == side.audience
    assert one.via == f"{side.server.url}/a/{row['id']}"
    document = open_document(side.database, "abadi")
    found = placed(side.database, document, annotations_of(side.database, "abadi"))
    assert [one.score for one in found] == [1.0, 1.0]
    text = document.pages[0].text
    span = found[0].spans[0]
    assert " ".join(text[span.start : span.end].replace("\u2010 \n", "").split()) == "norm of each gradient, and add"
    assert found[1].spans[0].page == 3


def test_what_she_writes_stands_there_as_the_browser_looks_for_it(side: Side) -> None:
    use(side)
    made = annotate_quote(
        side.database,
        "abadi",
        "norm of each gradient",
        kind="question",
        body="Why $\\ell_2$?",
        tags=["dp"],
        author="mei",
    )
    done = side.sync()
    assert done.departed.created == 1
    (row,) = side.server.rows.values()
    assert row["text"] == "Why $\\ell_2$?"
    assert row["tags"] == ["dp", "question"]
    assert row["permissions"]["read"] == [f"group:{GROUP}"]
    assert row["uri"] == "https://arxiv.org/pdf/1607.00133"
    page, words, place = row["target"][0]["selector"]
    assert (page["type"], page["index"]) == ("PageSelector", 0)
    assert words["exact"] == "norm of each gradi-ent"
    assert words["prefix"].endswith("We clip the \u21132 ")
    # In a browser the line's end is not there, so that its offsets are one less.
    assert place["end"] - place["start"] == len("norm of each gradi- ent")
    assert row["cs229:annotation"]["id"] == made.id
    again = side.sync()
    assert (again.arrived.new, again.arrived.changed, len(again.plan)) == (0, 0, 0)


def test_replies_come_and_go_in_their_conversation(side: Side) -> None:
    use(side)
    asked = annotate_quote(side.database, "abadi", "privacy loss", kind="question", body="How?", author="mei")
    answer = reply(side.database, asked.id, "Like this.", author="mei")
    side.sync()
    roots = {row["cs229:annotation"]["id"]: row for row in side.server.rows.values()}
    assert roots[answer.id]["references"] == [roots[asked.id]["id"]]
    told = side.server.add(
        text="Or so.", references=[roots[asked.id]["id"], roots[answer.id]["id"]], target=[{"source": "x"}]
    )
    side.sync()
    one = annotation(side.database, local_id(told["id"]))
    assert (one.kind, one.parent, one.root) == ("reply", answer.id, asked.id)
    reply(side.database, one.id, "I see.", author="mei")
    side.sync()
    last = max(side.server.rows.values(), key=lambda row: row["created"])
    assert last["references"] == [roots[asked.id]["id"], roots[answer.id]["id"], told["id"]]


def test_a_reply_waits_for_what_it_answers(side: Side) -> None:
    side.server.add(text="Late", references=["gone-root", "gone-parent"])
    first = side.server.add(text="A", references=[], target=quote("privacy loss", page=2))
    second = side.server.add(text="B", references=[first["id"]])
    side.server.rows[first["id"]]["references"] = [second["id"]]
    own = side.server.add(text="Me")
    side.server.rows[own["id"]]["references"] = [own["id"]]
    done = side.sync("abadi")
    assert done.arrived.new == 4
    found = threads(annotations_of(side.database, "abadi"))
    assert sum(len(thread.replies) + (thread.root is not None) for thread in found) == 4


def test_edits_and_deletions_go_both_ways(side: Side) -> None:
    use(side)
    made = annotate_quote(side.database, "abadi", "privacy loss", kind="comment", body="One", author="mei")
    theirs = side.server.add(text="Theirs", target=quote("privacy loss", page=2))
    side.sync()
    (row,) = [row for row in side.server.rows.values() if row["user"] == MEI]
    edit(side.database, made.id, body="Two", colour="red")
    side.server.change(theirs["id"], text="Theirs, better")
    done = side.sync()
    assert (done.arrived.changed, done.departed.updated) == (1, 1)
    assert side.server.rows[row["id"]]["text"] == "Two"
    assert side.server.rows[row["id"]]["cs229:annotation"]["colour"] == "red"
    other = annotation(side.database, local_id(theirs["id"]))
    assert other.body == "Theirs, better"
    assert [was.body for was in versions(side.database, other.id)] == ["Theirs"]
    side.server.change(row["id"], text="Three, in the browser")
    side.sync()
    assert annotation(side.database, made.id).body == "Three, in the browser"
    assert annotation(side.database, made.id).start == made.start
    assert annotation(side.database, made.id).colour == "red"
    remove(side.database, made.id)
    del side.server.rows[theirs["id"]]
    done = side.sync()
    assert (done.arrived.deleted, done.departed.deleted) == (1, 1)
    assert not side.server.rows
    assert not ours(side)
    assert not known_in(side.database, side.audience)


def test_what_changed_on_both_sides_is_kept_as_both(side: Side) -> None:
    use(side)
    made = annotate_quote(side.database, "abadi", "privacy loss", kind="comment", body="One", author="mei")
    side.sync()
    (row,) = side.server.rows.values()
    for mine in (True, False):
        here, there = f"Here {mine}", f"There {mine}"
        edit(side.database, made.id, body=here)
        side.server.change(row["id"], text=there)
        done = side.sync()
        assert (done.arrived.conflicts, done.departed.updated) == (1, 0)
        assert side.server.rows[row["id"]]["text"] == there
        assert annotation(side.database, made.id).body == here
        (one,) = conflicts(side.database)
        assert one.here is not None and one.there is not None
        assert (one.here.body, one.there.body) == (here, there)
        assert side.sync().arrived.conflicts == 0
        assert len(conflicts(side.database)) == 1
        settle(side.database, made.id[:8], mine=mine)
        side.sync()
        assert not conflicts(side.database)
        said = here if mine else there
        assert (side.server.rows[row["id"]]["text"], annotation(side.database, made.id).body) == (said, said)
    assert "Here False" in [was.body for was in versions(side.database, made.id)]


def test_deleted_there_and_changed_here_is_a_conflict(side: Side) -> None:
    use(side)
    made = annotate_quote(side.database, "abadi", "privacy loss", kind="comment", body="One", author="mei")
    side.sync()
    side.server.rows.clear()
    edit(side.database, made.id, body="Two")
    done = side.sync()
    assert done.arrived.conflicts == 1
    (one,) = conflicts(side.database)
    assert one.there is None
    settle(side.database, made.id, mine=True)
    assert side.sync().departed.created == 1
    (row,) = side.server.rows.values()
    assert row["text"] == "Two"
    remove(side.database, made.id)
    side.server.change(row["id"], text="Three")
    assert side.sync().arrived.conflicts == 1
    assert side.server.rows
    settle(side.database, made.id, mine=False)
    assert annotation(side.database, made.id).body == "Three"


def test_private_notes_never_leave(side: Side) -> None:
    use(side)
    annotate_quote(side.database, "abadi", "privacy loss", kind="note", body="Only me", author="mei")
    assert not side.sync().plan.new
    made = annotate_quote(side.database, "abadi", "privacy loss", kind="comment", body="All", author="mei")
    side.sync()
    edit(side.database, made.id, kind="note")
    assert side.sync().departed.deleted == 1
    assert not side.server.rows
    assert annotation(side.database, made.id).kind == "note"
    assert not any("Only me" in str(asked) for asked in side.server.asked)


def test_what_is_private_there_stays_private_here(side: Side) -> None:
    row = side.server.add(MEI, text="To myself", permissions={"read": [MEI]}, target=quote("privacy loss", page=2))
    done = side.sync()
    assert done.arrived.private == 1
    one = annotation(side.database, local_id(row["id"]))
    assert (one.kind, one.audience, one.person) == ("note", "", me(side.database))
    assert not len(side.sync().plan)
    assert side.server.rows


def test_what_has_no_counterpart_stays_and_says_so(side: Side) -> None:
    use(side)
    annotate_topic(side.database, 4, "privacy", "question", "Is it?", author="mei")
    annotate_reading(side.database, "guide", "comment", "Good", author="mei")
    done = side.sync()
    assert not side.server.rows
    assert sorted(why for _, why in done.plan.kept) == [
        "Hypothesis has no place for what is said of a lecture",
        "its reading has no public address",
    ]


def test_nothing_goes_before_she_has_seen_it(side: Side) -> None:
    use(side)
    annotate_reading(side.database, "abadi", "comment", "Good", author="mei")
    shown: list[int] = []
    done = side.sync(agreed=lambda plan: bool(shown.append(len(plan))))
    assert done.refused and shown == [1] and not side.server.rows
    side.sync(agreed=lambda plan: True)
    assert len(side.server.rows) == 1
    annotate_reading(side.database, "abadi", "comment", "Still", author="mei")
    side.sync(agreed=lambda plan: bool(shown.append(len(plan))))
    assert shown == [1]
    assert len(side.server.rows) == 2
    assert [group.agreed is not None for group in hypothesis_groups(side.database)] == [True]


def test_a_dry_run_changes_nothing(side: Side) -> None:
    use(side)
    annotate_reading(side.database, "abadi", "comment", "Good", author="mei")
    side.server.add(text="Theirs")
    done = side.sync(dry_run=True)
    assert (done.arrived.new, len(done.plan.new)) == (1, 1)
    assert len(ours(side)) == 1
    assert len(side.server.rows) == 1
    assert side.sync().arrived.new == 1


def test_two_machines_of_one_student_have_one_annotation(side: Side, second: Side) -> None:
    use(side)
    made = annotate_quote(
        side.database, "abadi", "privacy loss", kind="question", body="One?", colour="blue", author="mei"
    )
    answer = reply(side.database, made.id, "Yes.", author="mei")
    side.sync()
    second.server.change(max(side.server.rows, key=lambda id: side.server.rows[id]["created"]), text="Yes!")
    second.sync()
    one = annotation(second.database, made.id)
    assert (one.kind, one.colour, one.tags, one.person) == ("question", "blue", (), me(second.database))
    assert annotation(second.database, answer.id).parent == made.id
    edit(second.database, made.id, body="Two?")
    assert second.sync().departed.updated == 1
    side.sync()
    assert annotation(side.database, made.id).body == "Two?"
    assert len(ours(side)) == 2


def test_a_reply_that_comes_before_its_root_joins_it(side: Side, second: Side) -> None:
    use(side)
    made = annotate_quote(side.database, "abadi", "privacy loss", kind="question", body="One?", author="mei")
    side.sync()
    (row,) = side.server.rows.values()
    side.server.add(text="Early", references=[row["id"]])
    # The root is changed last, and so it comes last.
    edit(side.database, made.id, body="Two?")
    side.sync()
    second.sync()
    (early,) = ours(second, kind="reply")
    assert (early.parent, early.root) == (made.id, made.id)


def test_nobody_can_pass_off_words_as_hers(side: Side) -> None:
    use(side)
    made = annotate_reading(side.database, "abadi", "comment", "Mine", author="mei")
    side.server.add(text="Forged", **{"cs229:annotation": {"id": made.id, "kind": "comment"}})
    side.sync()
    assert annotation(side.database, made.id).body == "Mine"
    assert [one.person for one in ours(side, body="Forged")] == [SAM]


def test_works_that_are_not_among_her_readings_wait(side: Side) -> None:
    side.server.add(text="On another", uri="https://example.org/paper.pdf")
    done = side.sync()
    assert (done.arrived.new, done.arrived.elsewhere) == (0, 1)
    side.catalog["new"] = type(side.catalog["abadi"])(
        id="new", title="New", lectures=(0,), pdf_url="https://example.org/paper.pdf"
    )
    done = side.sync()
    assert done.arrived.new == 1
    assert annotations_of(side.database, "new")[0].body == "On another"
    assert side.sync().arrived.new == 0


def test_what_a_moderator_hides_is_not_taken_for_empty(side: Side) -> None:
    row = side.server.add(text="Rude", target=quote("privacy loss", page=2))
    side.sync()
    side.server.change(row["id"], hidden=True)
    side.sync()
    assert annotation(side.database, local_id(row["id"])).body == "Rude"


def test_one_reading_is_found_under_all_its_names(side: Side) -> None:
    side.server.add(text="By its number", uri="https://arxiv.org/abs/1607.00133")
    side.server.add(text="Elsewhere", uri="https://other.example.org/x.pdf")
    side.server.join_uris("https://mirror.example.org/dp.pdf", "https://arxiv.org/pdf/1607.00133")
    side.server.add(text="On a mirror", uri="https://mirror.example.org/dp.pdf")
    done = side.sync("abadi")
    assert done.arrived.new == 2
    assert {one.body for one in ours(side)} == {"By its number", "On a mirror"}


def test_a_thousand_of_one_moment_all_come(side: Side) -> None:
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    for number in range(150):
        side.server.add(text=f"before {number}")
    for number in range(1000):
        side.server.add(text=f"same {number}", at=moment)
    for number in range(50):
        side.server.add(text=f"after {number}")
    done = side.sync()
    assert done.arrived.new == 1200
    assert len({one.body for one in ours(side)}) == 1200
    assert side.sync().arrived.new == 0


def test_an_index_that_lags_deletes_nothing(side: Side) -> None:
    use(side)
    annotate_reading(side.database, "abadi", "comment", "New", author="mei")
    side.server.add(text="Old")
    side.sync()
    side.server.unindexed = set(side.server.rows)
    side.server.index_lag = 1000
    done = side.sync()
    assert done.arrived.deleted == 0
    assert len(ours(side)) == 2


def test_whoever_left_the_group_loses_nothing(side: Side) -> None:
    from cs229tui.annotations.hypothesis.asking import HypothesisError

    side.server.add(text="Stays")
    side.sync()
    side.server.groups[GROUP].members.discard(MEI)
    with pytest.raises(HypothesisError, match="may not see it"):
        side.sync()
    assert len(ours(side)) == 1
