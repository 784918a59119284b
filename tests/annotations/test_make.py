"""Making annotations on selections and quotes, answering, changing and taking back."""

import pytest

from cs229tui.annotations.make import annotate_quote, annotate_span, edit, remove, reply, resolve, restore
from cs229tui.documents.flow import Span
from cs229tui.errors import AnchorError, NotFoundError, UsageError
from cs229tui.library.annotations import annotation, annotations_of
from cs229tui.library.database import Database
from small_paper import TEXTS

# Where the last word of page 2 is divided.
END = TEXTS[1].index("\u2010")


def test_a_quote_is_found_over_line_break_hyphen_and_case(library: Database) -> None:
    made = annotate_quote(library, "abadi", "Norm of each gradient", 1, author="mei", tags=["#dp", "dp", " clipping "])
    assert made.quote == "norm of each gradient"
    assert made.prefix.endswith("We clip the ℓ2 ") and made.suffix == ", and add noise to the average o"
    assert (made.page, made.extractor, made.document, made.tags) == (1, "test/1", "a" * 64, ("dp", "clipping"))
    assert annotations_of(library, "abadi") == [made]


def test_a_selection_over_a_page_break_is_one_annotation(library: Database) -> None:
    made = annotate_span(library, "abadi", [Span(2, END - 6, END), Span(3, 0, 11)], "comment", "neat", author="mei")
    assert (made.page, made.start, made.end) == (2, END - 6, END)
    assert made.quote == "It continues here"


@pytest.mark.parametrize(
    ("quote", "page", "what", "remedy"),
    [
        ("We clip", 2, "ambiguous: it stands 2 times on page 2", "--nth"),
        ("WE CLIP THE", None, "ambiguous: it stands 3 times on pages 1, 2", "its page"),
        ("moments accountant", 1, "not on page 1", "on page 2"),
        (
            "the moments accountant forgets the privacy law",
            2,
            "not on page 2",
            "closest is on page 2: “The moments acc",
        ),
        ("quantum chromodynamics on the lattice", 2, "not on page 2", "Check the words"),
        ("\u00ad - ", 1, "empty", ""),
    ],
)
def test_missing_and_ambiguous_quotes_say_so(
    library: Database, quote: str, page: int | None, what: str, remedy: str
) -> None:
    with pytest.raises(AnchorError) as caught:
        annotate_quote(library, "abadi", quote, page, author="mei")
    assert what in caught.value.what
    assert remedy in caught.value.remedy
    assert not annotations_of(library, "abadi")


def test_a_quote_of_the_reflowed_text_is_found(library: Database) -> None:
    assert annotate_quote(library, "abadi", "The end of d_{model} is near", 3, author="mei").quote.startswith("The end")


def test_nth_chooses_among_equal_places(library: Database) -> None:
    first = annotate_quote(library, "abadi", "we clip", 2, author="mei", nth=1)
    second = annotate_quote(library, "abadi", "we clip", 2, author="mei", nth=2)
    assert first.start is not None and second.start is not None and first.start < second.start
    with pytest.raises(AnchorError, match="2 times"):
        annotate_quote(library, "abadi", "we clip", 2, author="mei", nth=3)


def test_a_nearly_equal_passage_is_taken_and_told(library: Database) -> None:
    made = annotate_quote(library, "abadi", "moments acountant keeps track of the privacy loss", 2, author="mei")
    assert made.quote == "moments accountant keeps track of the privacy loss"


def test_what_cannot_be_is_refused(library: Database) -> None:
    with pytest.raises(UsageError, match="no page 9"):
        annotate_quote(library, "abadi", "clip", 9, author="mei")
    with pytest.raises(UsageError, match="question needs"):
        annotate_quote(library, "abadi", "moments accountant", 2, "question", " \n", author="mei")
    with pytest.raises(NotFoundError, match="no document"):
        annotate_quote(library, "nothing", "clip", author="mei")
    with pytest.raises(AnchorError, match="Nothing is selected"):
        annotate_span(library, "abadi", [Span(1, 21, 22)], author="mei")
    with pytest.raises(AnchorError, match="Nothing is selected"):
        annotate_span(library, "abadi", [], author="mei")


def test_hostile_words_are_cleaned_and_kept_as_words(library: Database) -> None:
    made = annotate_quote(
        library,
        "abadi",
        "moments accountant",
        2,
        "comment",
        "\x1b]52;c;x\x07 [/nope]\u202e",
        ["\x1b[2Ja b"],
        author="\x9bme",
    )
    assert (made.body, made.tags) == ("[/nope]", ("a b",))
    assert "\x9b" not in made.author


def test_replies_edits_answers_and_undo(library: Database) -> None:
    question = annotate_quote(library, "abadi", "moments accountant", 2, "question", "Is it tight?", author="mei")
    answer = reply(library, question.id[:8], "See the **appendix**.", author="sam")
    assert (answer.parent, answer.reading, answer.kind, answer.page) == (question.id, "abadi", "reply", None)
    before = edit(library, question.id, body="Is it really tight?", tags=["bound"], colour="red")
    assert before.body == "Is it tight?"
    now = annotation(library, question.id)
    assert (now.body, now.tags, now.colour, now.start) == ("Is it really tight?", ("bound",), "red", question.start)
    restore(library, before)
    assert annotation(library, question.id).body == "Is it tight?"
    restore(library, resolve(library, question.id))
    assert not annotation(library, question.id).resolved
    gone = remove(library, question.id)
    assert [one.id for one in annotations_of(library, "abadi")] == [answer.id]
    restore(library, gone)
    assert len(annotations_of(library, "abadi")) == 2
    with pytest.raises(UsageError):
        resolve(library, answer.id)
    with pytest.raises(UsageError):
        edit(library, answer.id, kind="comment")
    with pytest.raises(UsageError):
        edit(library, question.id, body="  ")
    with pytest.raises(NotFoundError):
        reply(library, "nope", "words", author="sam")
