"""The web page says what was said and runs nothing, whatever that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html  # type: ignore[import-untyped]
from msgspec.structs import replace

from cs229tui.annotations.formats.contents import Contents
from cs229tui.annotations.formats.web_page import web_page
from cs229tui.clean import clean, clean_line
from cs229tui.course.model import Reading
from cs229tui.library.annotations import Annotation
from cs229tui.library.reactions import Reaction
from hostile_text import HOSTILE, RAW

READING = Reading(id="abadi", title="DP <SGD>", lectures=(4,), arxiv="1607.00133")
MOMENT = {"created": "2023-02-01T00:00:00Z", "updated": "2023-02-01T00:00:00Z"}
_ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "h1",
    "h2",
    "p",
    "a",
    "b",
    "i",
    "s",
    "em",
    "strong",
    "code",
    "pre",
    "br",
    "hr",
    "div",
    "span",
    "article",
}
_ALLOWED |= {"blockquote", "table", "tr", "td", "tbody"}


def page_of(*said: Annotation, votes: tuple[Reaction, ...] = ()) -> str:
    return web_page(Contents(said, votes, {}, {"abadi": READING}))


def test_a_conversation_reads_as_one() -> None:
    asked = Annotation("1", "abadi", "question", "me", "Why $\\sqrt{d_k}$ **now**?", page=4, quote="a <b>", person="me")
    answer = Annotation("2", "abadi", "reply", "mei", "Since `x < y`.", parent="1", root="1", person="mei")
    said = (replace(asked, root="1", **MOMENT), replace(answer, **MOMENT))
    text = page_of(*said, votes=(Reaction("2", "answer", "me", "me"), Reaction("1", "me-too", "mei", "mei")))
    tree = html.fromstring(text)
    assert tree.xpath("//blockquote/text()") == ["a <b>"] and tree.xpath("//strong[.='now']")
    assert tree.xpath("//a/@href") == ["https://arxiv.org/pdf/1607.00133#page=4"]
    assert "√" in text and tree.xpath("//code/text()") == ["x < y"] and "1 asked too" in text
    assert tree.xpath("//div[contains(@class, 'answer')]") and "the answer" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts(text: str) -> None:
    line = clean_line(text, 200)
    one = Annotation("1", "abadi", "comment", line, clean(text), tags=(line,), quote=line, root="1", page=1)
    assert_harmless(page_of(replace(one, **MOMENT)))


@given(st.text(max_size=200))
def test_no_body_makes_anything_but_text(text: str) -> None:
    one = Annotation("1", "abadi", "comment", "me", clean(text), root="1")
    assert_harmless(page_of(replace(one, **MOMENT)))


def assert_harmless(page: str) -> None:
    tree = html.fromstring(page)
    assert {element.tag for element in tree.iter() if isinstance(element.tag, str)} <= _ALLOWED
    assert not RAW & set(page)
    for element in tree.iter("a"):
        assert element.get("href").split(":")[0] in ("http", "https", "mailto")
    assert {name for element in tree.iter() for name in element.attrib} <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "style", "href", "rel", "title",
    }  # fmt: skip
