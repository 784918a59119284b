"""The confusing passages: who has a question, who waits, what goes together, and in which order it is told."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cs229tui.annotations.confusion import ConfusingPassage, Question, confusion, nameless, ranked
from cs229tui.annotations.formats.confusing import confusion_csv, confusion_markdown, summary, where, who
from cs229tui.annotations.make import annotate_region, resolve
from cs229tui.course.model import Reading
from cs229tui.library.annotations import store_annotation
from cs229tui.library.documents import detach
from cs229tui.library.people import me
from discussed import asked, by, moment_asked, replied, topic_asked, voted, whole_asked

HOSTILE = "=cmd|' /C calc'!A0 [/nope] # x\n`= 1` <% x %>"


def test_people_are_counted_and_counted_again_while_they_wait(library):
    first = asked(library, "abadi", "clip the", "ana", page=1)
    for person in ("mei", "sam", "ana"):
        # Who asked does not have the question twice.
        voted(library, first, "me-too", person)
    (one,) = confusion(library, ["abadi"])
    assert (one.asked, one.waiting, one.score, one.unanswered) == (3, 3, 6, 1)
    assert one.first.also == ("mei", "sam")
    answer = replied(library, first, "sam")
    assert confusion(library, ["abadi"])[0].first.replies == 1
    assert confusion(library, ["abadi"])[0].score == 6, "a reply is no answer until the asker says so"
    voted(library, answer, "answer", "sam")
    assert confusion(library, ["abadi"])[0].score == 6, "nor when another says so"
    voted(library, answer, "answer", "ana")
    (one,) = confusion(library, ["abadi"])
    assert (one.asked, one.waiting, one.score, one.unanswered) == (3, 0, 3, 0)


def test_what_is_resolved_waits_no_more(library):
    mine = asked(library, "abadi", "clip the", "ana", page=1)
    mine = store_annotation(library, replace(mine, person=me(library), audience=""))
    resolve(library, mine.id)
    assert confusion(library, ["abadi"])[0].score == 1


def test_the_highest_score_comes_first_and_of_equal_ones_the_earlier(library):
    asked(library, "abadi", "tail. The end", "ana")
    asked(library, "abadi", "norm of each", "mei")
    late = confusion(library, ["abadi"])
    assert [one.first.page for one in late] == [1, 3]
    voted(library, asked(library, "abadi", "bound of the", "sam"), "me-too", "tom")
    # Pages 1 and 3 are paragraphs with page 2 between them.
    assert [(one.first.page, one.score) for one in confusion(library, ["abadi"])] == [(3, 6), (1, 2)]


def test_neighbouring_paragraphs_are_one_passage_and_its_quote_is_what_most_ask_about(library):
    for who_asks, quote in (("ana", "norm of each"), ("mei", "The moments accountant"), ("sam", "The end of")):
        made = asked(library, "abadi", quote, who_asks)
    voted(library, made, "me-too", "tom")
    found = confusion(library, ["abadi"])
    # One question each: the first paragraph takes the second, and the third is left.
    assert [[asked_.author for asked_ in one.questions] for one in found] == [["ana", "mei"], ["sam"]]
    another = asked(library, "abadi", "privacy loss", "lu")
    voted(library, another, "me-too", "tom")
    voted(library, another, "me-too", "kim")
    (one,) = confusion(library, ["abadi"])
    assert (len(one.questions), one.quote) == (4, "privacy loss")


def test_videos_by_time_whole_readings_and_topics(library):
    for second in (10, 50, 300):
        moment_asked(library, "talk", second, "ana")
    whole_asked(library, "talk", "mei")
    topic_asked(library, 3, "DP-SGD", "mei")
    topic_asked(library, 3, "dp-sgd", "sam")
    topic_asked(library, 4, "other", "sam")
    found = confusion(library, ["talk"], [3])
    assert [(where(one.first), len(one.questions)) for one in found] == [
        ("0:10", 2), ("lecture 3", 2), ("5:00", 1), ("whole reading", 1),
    ]  # fmt: skip


def test_boxes_and_words_that_are_lost(library):
    for box, person in (((10, 10, 50, 50), "ana"), ((40, 40, 60, 60), "mei"), ((300, 300, 310, 310), "sam")):
        by(library, annotate_region(library, "abadi", 2, box, "question", "What is it?", author=person), person)
    gone = asked(library, "abadi", "tail. The end", "kim")
    store_annotation(
        library, replace(gone, quote="words of another edition altogether, nowhere", start=1, end=9, document="b" * 64)
    )
    found = confusion(library, ["abadi"])
    assert [(one.first.page, len(one.questions), one.first.lost) for one in found] == [
        (2, 2, False), (2, 1, False), (3, 1, True),
    ]  # fmt: skip


def test_without_a_document_the_stored_places_are_used(library):
    asked(library, "abadi", "norm of each", "ana")
    asked(library, "abadi", "add noise", "mei")
    asked(library, "abadi", "tail. The end", "sam")
    detach(library, "abadi", "a" * 64)
    assert [(one.first.page, len(one.questions)) for one in confusion(library, ["abadi"])] == [(1, 2), (3, 1)]


def test_nothing_asked_is_nothing(library):
    assert confusion(library, ["abadi", "unknown"], [1]) == ()
    assert summary(()) == "no questions"
    assert "No questions." in confusion_markdown("X", (), {})


def test_ten_thousand_questions_are_ranked(library):
    first = asked(library, "abadi", "clip the", "ana", page=1)
    rows = [(f"q{number:05}", f"p{number % 50}", number % 3 + 1) for number in range(10_000)]
    with library.conn:
        library.conn.executemany(
            "INSERT INTO annotation (id, root, reading, kind, body, author, person, document, extractor, page, start,"
            ' "end", quote, created, updated) SELECT ?1, ?1, reading, kind, body, ?2, ?2, document, extractor, page,'
            f" start, \"end\", quote, created, updated FROM annotation WHERE id = '{first.id}'",
            [row[:2] for row in rows],
        )
    (one,) = confusion(library, ["abadi"])
    assert (one.asked, one.waiting) == (10_001, 10_001)


question = st.builds(
    Question,
    id=st.uuids().map(str),
    reading=st.just("r"),
    text=st.text(max_size=5),
    author=st.sampled_from(["ana", "mei"]),
    also=st.lists(st.sampled_from(["sam", "tom", "kim"]), unique=True).map(tuple),
    answered=st.booleans(),
    replies=st.integers(0, 3),
    created=st.just("2023-01-01"),
    page=st.integers(1, 3),
)
passage = st.builds(
    ConfusingPassage,
    st.lists(question, min_size=1, max_size=4).map(tuple),
    st.tuples(st.integers(0, 1), st.integers(1, 5)).map(lambda at: tuple(map(float, at))),
)


@given(st.lists(passage, min_size=1, max_size=6, unique_by=lambda one: one.at), st.data())
def test_one_more_person_never_ranks_a_passage_lower(passages, data):
    chosen = data.draw(st.sampled_from(passages))
    index = data.draw(st.integers(0, len(chosen.questions) - 1))
    more = tuple(
        replace(one, also=(*one.also, "one more")) if at == index else one for at, one in enumerate(chosen.questions)
    )
    raised = replace(chosen, questions=more)
    before = [one.at for one in ranked(passages)].index(chosen.at)
    after = [one.at for one in ranked([raised if one is chosen else one for one in passages])].index(chosen.at)
    assert after <= before


@given(st.lists(passage, max_size=6))
def test_the_order_does_not_depend_on_the_order_before(passages):
    assert [one.score for one in ranked(passages)] == [one.score for one in ranked(reversed(passages))]
    assert [one.score for one in ranked(passages)] == sorted((one.score for one in passages), reverse=True)


def test_a_report_in_markdown_runs_nothing_and_says_who_waits(library):
    first = asked(library, "abadi", "clip the", "ana", HOSTILE, page=1)
    voted(library, first, "me-too", "=mei")
    text = confusion_markdown("A *paper*", confusion(library, ["abadi"]), {})
    assert text == (
        "# What confuses people: A \\*paper\\*\n\n1 question asked 2 times on 1 passage, 1 unanswered.\n\n"
        "Ranked by score = times asked (a “me too” is one) + times still without an answer; of equal ones by"
        " place.\n\n## 1. page 1 (score 4)\n\n> clip the\n\n"
        "- \\=cmd\\|' /C calc'\\!A0 \\[/nope\\] \\# x \\`= 1\\` \\<% x %\\> (ana, also =mei; no reply yet)\n"
    )


def test_a_table_holds_no_formula(library):
    first = asked(library, "abadi", "clip the", "ana", HOSTILE, page=1)
    voted(library, first, "me-too", "=mei")
    (head, row) = csv.reader(io.StringIO(confusion_csv(confusion(library, ["abadi"]))))
    cells = dict(zip(head, row, strict=True))
    assert cells["question"].startswith("'=cmd") and cells["also"] == "'=mei"
    assert (cells["rank"], cells["score"], cells["people"], cells["answered"]) == ("1", "4", "2", "no")


def test_names_can_be_left_out(library):
    first = asked(library, "abadi", "clip the", "Ana Maria", page=1)
    voted(library, first, "me-too", "Mei Lin")
    found = nameless(confusion(library, ["abadi"]))
    for text in (confusion_markdown("X", found, {}), confusion_csv(found), repr(found)):
        assert "Ana" not in text and "Mei" not in text
    assert (found[0].score, who(found[0].first)) == (4, "2 people")


def test_a_report_on_several_readings_names_each(library):
    asked(library, "abadi", "clip the", "ana", page=1)
    catalog = {"abadi": Reading(id="abadi", title="DP", lectures=(1,), authors=("Martin Abadi",), year=2016)}
    assert "## 1. Abadi 16, page 1" in confusion_markdown("All", confusion(library, ["abadi"]), catalog, several=True)
