"""What of her library counts for the score, and to which deadline."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from cs229tui.annotations.make import annotate_quote, annotate_reading, reply
from cs229tui.annotations.own_work import deadline, graded, work_on, worked_on
from cs229tui.course.load import load
from cs229tui.course.model import Reading
from cs229tui.library.annotations import annotations_of, store_annotation
from cs229tui.library.people import me
from cs229tui.library.ratings import rate
from cs229tui.library.sessions import Session, save_session
from discussed import asked, replied, voted
from small_course import small_course
from small_paper import TEXTS

PAPER = Reading(id="abadi", title="DP", lectures=(1,))
EARLY, LATE = "2023-01-20T12:00:00.000Z", "2023-01-28T12:00:00.000Z"


@pytest.fixture
def course(tmp_path: Path):
    return load(small_course(tmp_path, "https://example.org", {"abadi": "paper"}))


def work(library):
    return work_on(library, PAPER, annotations_of(library, "abadi"), {})


def test_her_comments_questions_and_replies_count_where_they_stand(library):
    kinds = {"comment": "norm of each", "question": "add noise", "note": "the average", "highlight": "We clip"}
    for kind, quote in kinds.items():
        annotate_quote(library, "abadi", quote, 1, kind, "" if kind == "highlight" else "words", author="me")
    annotate_reading(library, "abadi", "comment", "all of it", author="me")
    other = asked(library, "abadi", "tail. The end", "ana")
    reply(library, other.id, "So.", author="me")
    found = work(library).comments
    assert sorted((one.reply, one.place is None) for one in found) == [
        (False, False), (False, False), (False, True), (True, False),
    ]  # fmt: skip
    places = sorted(one.place for one in found if one.place is not None)
    lengths = [len(text) for text in TEXTS]
    expected = (sum(lengths[:2]) + TEXTS[2].index("tail.")) / sum(lengths)
    assert places[-1] == pytest.approx(expected)
    assert places[0] == pytest.approx(TEXTS[0].index("norm") / sum(lengths))


def test_what_others_do_counts_on_what_she_wrote(library):
    mine = annotate_quote(library, "abadi", "norm of each", 1, "question", "Why?", author="me")
    other = asked(library, "abadi", "tail. The end", "ana")
    answer = replied(library, mine, "sam")
    replied(library, answer, "mei")
    own = reply(library, other.id, "So.", author="me")
    replied(library, own, "ana")
    reply(library, mine.id, "I know now.", author="me")
    for target, kind, who in (
        (mine, "me-too", "sam"),
        (own, "upvote", "ana"),
        (other, "upvote", "sam"),
        (own, "answer", "ana"),
    ):
        voted(library, target, kind, who)
    voted(library, other, "upvote", me(library))
    voted(library, mine, "upvote", me(library))
    found = work(library)
    assert sorted(found.responses) == sorted([mine.id, mine.id, own.id])
    assert sorted(found.received) == sorted([mine.id, own.id])
    assert len(found.given) == 1, "votes on her own words are none"


def test_pages_count_once_and_only_where_she_spent_time(library):
    for start, pages in ((EARLY, {1: 60.0, 2: 0.2}), (LATE, {1: 60.0, 3: 60.0})):
        save_session(library, Session("abadi", start, start, pages, "a" * 64))
    save_session(library, Session("abadi", LATE, LATE, {2: 60.0}, "b" * 64))
    found = work(library)
    assert [round(one.seen, 3) for one in found.sittings] == [0.333, 0.333, 0]
    assert (found.pages, found.length) == (3, None)
    assert worked_on(library) == ["abadi"]


def test_a_video_is_seen_by_the_seconds_watched(library):
    video = Reading(id="talk", title="Talk", lectures=(1,), kind="video", length="10:00")
    for start, seconds in ((EARLY, 300.0), (LATE, 900.0)):
        save_session(library, Session("talk", start, start, {0: seconds}))
    found = work_on(library, video, (), {})
    assert (found.length, [one.seen for one in found.sittings]) == (600, [0.5, 0.5])


def test_her_points_come_with_the_score(library, course):
    mine = annotate_quote(library, "abadi", "norm of each", 1, "comment", "words", author="me")
    mine = store_annotation(library, replace(mine, created=EARLY))
    assert graded(library, course, PAPER).score.unrated == 1
    assert rate(library, mine.id, 2) is None
    found = graded(library, course, PAPER)
    assert (found.points, found.score.unrated, found.score.components[0].earned) == ({mine.id: 2}, 0, 15)
    assert found.score.deadline == datetime(2023, 1, 26, 20, 45, tzinfo=UTC)


def test_the_deadline_is_the_lecture_by_her_own_calendar(course):
    during, after = datetime(2023, 1, 20, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    assert deadline(course, PAPER, None, None, during) == datetime(2023, 1, 26, 20, 45, tzinfo=UTC)
    assert deadline(course, PAPER, 1, date(2026, 9, 3), after) == datetime(2026, 9, 3, 19, 45, tzinfo=UTC)
    assert deadline(course, PAPER, None, None, after) is None, "she takes it alone, after the term"
    assert deadline(course, replace(PAPER, lectures=(0,)), None, None, during) is None
    assert deadline(course, PAPER, 7, None, during) is None


def test_a_moment_that_is_none_does_not_count(library):
    mine = annotate_quote(library, "abadi", "norm of each", 1, "comment", "words", author="me")
    store_annotation(library, replace(mine, created="whenever"))
    assert work(library).comments == ()
