"""Cards from passages: what they hide, where they open, and as Anki takes them."""

import csv

from hypothesis import given
from hypothesis import strategies as st

from cs229tui.annotations.cards import anki, asked, card_on, hidden, told
from cs229tui.annotations.place import place_of
from cs229tui.course.model import Reading
from cs229tui.documents.flow import Span
from cs229tui.documents.store import open_document
from cs229tui.library.cards import Card, Memory, card
from cs229tui.library.database import Database
from cs229tui.library.passages import Passage
from small_paper import TEXTS, stored

ABADI = Reading(
    id="abadi", title="DP & <SGD>", lectures=(4,), authors=("A. Abadi",), year=2016, url="https://x.org/?a=1&b=2",
    topics=("differential privacy",),
)  # fmt: skip


def made(front: str, back: str = "", passage: Passage | None = None) -> Card:
    return Card("id-1", "abadi", front, back, passage, Memory(), "", "", "")


def test_words_are_hidden_without_the_spaces_around_them() -> None:
    assert hidden("clip the norm here", 4, 13) == "clip {{the norm}} here"
    assert hidden("clip", 2, 2) == "clip" and hidden("a  b", 1, 3) == "a  b"
    assert asked("clip {{the norm}} {{here}}") == "clip […] […]"


def test_the_turned_card_shows_what_was_hidden_and_says_nothing_twice() -> None:
    text, stretches = told(made("clip {{the norm}} {{here}}", "clip the  norm\nhere"))
    assert text == "clip the norm here" and [text[slice(*one)] for one in stretches] == ["the norm", "here"]
    assert told(made("clip {{it}}", "Because.\n\nYes."))[0] == "clip it\n\nBecause.\n\nYes."
    assert told(made("Why?", "Because.")) == ("Because.", ())
    assert told(made("a {{b")) == ("", ())


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_hiding_loses_nothing(text: str, one: int, other: int) -> None:
    text = text.replace("{", "").replace("}", "")
    start, end = sorted(min(at, len(text)) for at in (one, other))
    front = hidden(text, start, end)
    assert (told(made(front))[0] or front) == text


def test_a_card_opens_at_its_words_in_another_text_too(library: Database) -> None:
    start = TEXTS[1].index("moments")
    kept = card_on(library, "abadi", [Span(2, start, start + 18)], "What?", "")
    assert kept.passage is not None and kept.passage.quote == "moments accountant"
    assert card(library, kept.id).passage == kept.passage
    assert place_of(open_document(library, "abadi"), kept.passage) == Span(2, start, start + 18)
    # Another version of the paper: a page more, and the line broken elsewhere.
    stored(
        library, "abadi", ("A new page.", TEXTS[0], "Note that " + TEXTS[1].replace("moments ", "moments\n")), "b" * 64
    )
    found = place_of(open_document(library, "abadi"), kept.passage)
    assert found is not None and (found.page, found.start) == (3, start + 10)
    stored(library, "abadi", ("Nothing of the kind is said.",), "c" * 64)
    assert place_of(open_document(library, "abadi"), kept.passage) is None


def read(text: str) -> list[list[str]]:
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.reader(rows, delimiter="\t"))


def test_anki_gets_front_back_source_and_tags() -> None:
    passage = Passage("a" * 64, "x", 6, 0, 3, "abc")
    text = anki(
        [made('Why "clip"\tnow <b>?', "a\nb & c", passage), made("clip {{the}} {{norm}}", "See {this}.")],
        {"abadi": ABADI},
    )
    assert text.startswith("#separator:tab\n#html:true\n#notetype column:1\n#guid column:2\n")
    basic, cloze = read(text)
    assert basic == [
        *("Basic", "id-1", 'Why "clip"    now &lt;b&gt;?', "a<br>b &amp; c"),
        '<a href="https://x.org/?a=1&amp;b=2">Abadi 16: DP &amp; &lt;SGD&gt;, p. 6</a>',
        "cs229br abadi differential-privacy",
    ]
    assert read(anki([made("{{std::sort}} it")], {}))[0][2] == "{{c1::std:&#58;sort}} it"
    assert cloze[:4] == ["Cloze", "id-1", "clip {{c1::the}} {{c1::norm}}", "See {this}."]
    assert read(anki([made("x")], {}))[0] == ["Basic", "id-1", "x", "", "abadi", "cs229br abadi"]


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=5))
def test_whatever_a_card_says_is_one_line_of_six_fields(sides: list[tuple[str, str]]) -> None:
    clean = [tuple(" ".join(side.split("\0")).replace("\r", "\n") for side in pair) for pair in sides]
    text = anki([made(front, back) for front, back in clean], {"abadi": ABADI})
    lines = text.rstrip("\n").split("\n")
    assert len(lines) == 6 + len(sides)
    assert all(len(row) == 6 for row in csv.reader(lines[6:], delimiter="\t"))
