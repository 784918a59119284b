"""The discussion on paper says what was said, in letters that are there, whatever was said."""

import io

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from cs229tui.annotations.formats import paper
from cs229tui.annotations.formats.contents import Contents
from cs229tui.annotations.formats.paper import comment_pages
from cs229tui.clean import clean, clean_line
from cs229tui.course.model import Reading
from cs229tui.library.annotations import Annotation
from hostile_text import HOSTILE

READING = Reading(id="abadi", title="DP <SGD> & more", lectures=(4,), authors=("Martin Abadi",), year=2016)
ASKED = Annotation(
    "1", "abadi", "question", "mei", "Why **each** & not <all>?\n\n- one\n\n```\nif x:\n    y\n```\n$$x^2$$", page=4,
    quote="clip the norm", root="1", created="2023-02-01T00:00:00Z", tags=("dp",),
)  # fmt: skip


def text_of(*said: Annotation) -> str:
    pdf = comment_pages(READING, Contents(said, (), {}, {"abadi": READING})).pdf
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_a_conversation_is_printed() -> None:
    answer = Annotation("2", "abadi", "reply", "sam", "Since.", parent="1", root="1", created="2023-02-02T00:00:00Z")
    text = text_of(ASKED, answer)
    for words in ("DP <SGD> & more", "Question · page 4", "clip the norm", "Why each & not <all>?", "if x:", "#dp"):
        assert words in text
    assert text.index("mei") < text.index("Since.") < text.index("sam")


def test_the_same_discussion_gives_the_same_bytes() -> None:
    held = Contents((ASKED,), (), {}, {"abadi": READING})
    assert comment_pages(READING, held) == comment_pages(READING, held)


def test_what_no_font_has_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "FONT_FILES", ())
    paper._fonts.cache_clear()
    try:
        made = comment_pages(READING, Contents((replace(ASKED, body="é 表 ∑"),), (), {}, {"abadi": READING}))
    finally:
        paper._fonts.cache_clear()
    assert made.missing == 2 and made.pdf.startswith(b"%PDF")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_printed_too(text: str) -> None:
    line = clean_line(text, 200)
    one = Annotation("1", "abadi", "comment", line, clean(text), tags=(line,), quote=clean(text), root="1", page=1)
    assert "Comment" in text_of(replace(one, created="2023-02-01T00:00:00Z"))
