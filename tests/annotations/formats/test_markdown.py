"""Annotations as Markdown that shows just what was said."""

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from cs229tui.annotations.formats.contents import Contents, contents
from cs229tui.annotations.formats.markdown import escaped, lecture_markdown, reading_markdown
from cs229tui.annotations.make import annotate_quote, annotate_reading, annotate_topic, reply, resolve
from cs229tui.annotations.votes import vote
from cs229tui.course.model import Reading
from cs229tui.library.annotations import Annotation, store_annotation
from cs229tui.library.database import Database

READING = Reading(
    id="abadi", title="DP [bold] *SGD*", lectures=(4,), authors=("Martin Abadi",), year=2016, arxiv="1607.00133"
)


def test_a_reading_in_the_order_of_its_text(library: Database) -> None:
    question = annotate_quote(library, "abadi", "moments accountant", 2, "question", "Tight?", ["d p"], author="mei")
    reply(library, question.id, "Nearly:\n\n$x^2$", author="sam")
    resolve(library, question.id)
    annotate_quote(library, "abadi", "norm of each gradient", 1, author="mei")
    text = reading_markdown(READING, contents(library, {"abadi": READING}))
    assert text.startswith("# DP \\[bold\\] \\*SGD\\*\n\nMartin Abadi · 2016\n\n<https://arxiv.org/abs/1607.00133>\n")
    assert text.index("## Highlight, [page 1](<https://arxiv.org/pdf/1607.00133#page=1>)") < text.index(
        "## Question, [page 2](<https://arxiv.org/pdf/1607.00133#page=2>) (answered)"
    )
    assert "> norm of each gradient" in text
    assert "Tight?\n\n— mei · " in text and "#d-p" in text
    assert "- **sam** (" in text and "): Nearly:\n\n  $x^2$" in text


@example("0)")
@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=40))
def test_escaped_text_shows_just_itself(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(escaped(text))
    shown = "".join(child.content for token in tokens if token.type == "inline" for child in token.children or [])
    kinds = {child.type for token in tokens for child in token.children or []}
    assert kinds <= {"text", "text_special"}
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    if "&" not in text:
        assert shown == " ".join(text.split())


def test_a_body_cannot_run_anything() -> None:
    body = "---\n# Big\n<script>x</script> <% tp %> `= this` `<% y %>` <https://a.b> `vector<int>`"
    one = Annotation("1", "abadi", "comment", "mei<", body, page=1, quote="# x <b>")
    text = reading_markdown(READING, Contents((one,), (), {}, {}))
    assert "\n---" not in text and "### Big" in text and "<script" not in text and "<%" not in text
    assert "`= this" not in text and "<https://a.b>" in text and "`vector<int>`" in text
    assert "> \\# x \\<b\\>" in text and "mei\\<" in text


def test_votes_answers_topics_and_whole_readings_are_told(library: Database) -> None:
    asked = annotate_reading(library, "abadi", "question", "why?", author="me")
    answer = reply(library, asked.id, "because", author="sam")
    vote(library, answer.id, "answer", author="me")
    theirs = Annotation("t", "abadi", "question", "mei", "how?", person="mei", page=3)
    store_annotation(library, replace(theirs, created="2023-02-01T00:00:00Z", updated="2023-02-01T00:00:00Z"))
    for kind in ("upvote", "me-too"):
        vote(library, "t", kind, author="me")  # type: ignore[arg-type]
    annotate_topic(library, 4, "privacy", "comment", "well", author="me")
    held = contents(library, {"abadi": READING})
    text = reading_markdown(READING, held)
    assert "## Question, whole reading (answered)" in text and "the answer): because" in text
    assert "— mei · 2023-02-01 · 1 upvote · 1 asked too ^c-t" in text
    assert lecture_markdown(4, "Privacy", held).startswith("# Lecture 4 · Privacy\n\n## Comment, privacy\n\nwell\n")
