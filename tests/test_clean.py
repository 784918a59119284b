import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from cs229tui.clean import _FORBIDDEN, _MARKS, _SEQUENCES, clean, clean_characters, clean_line

# Text with far more of what does harm than chance would bring.
HARM = "\x1b\x9b\x9d\x90\x07\x00\x7f\x85\r\n\t[]0;31mh\\\u202e\u2066\u200f\u200b\ufeff\ufffe\ud800\ue000\u0301\u0489"
texts = st.text(st.one_of(st.sampled_from(HARM), st.characters()), max_size=200)


def slowly(text: str) -> str:
    """What `clean` does, without its short ways."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = re.sub(_FORBIDDEN, "", re.sub(_SEQUENCES, "", text))
    return unicodedata.normalize("NFC", re.sub(_MARKS, r"\1", text))


def harmless(letter: str) -> bool:
    return letter in "\n\t" or (
        unicodedata.category(letter) not in ("Cc", "Cs", "Co")
        and unicodedata.bidirectional(letter) not in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        and letter not in "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\ufeff\ufffe\uffff\u061c"
    )


@given(texts)
def test_nothing_that_a_terminal_obeys_survives(text: str) -> None:
    assert all(harmless(letter) for letter in clean(text))


@given(texts)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(texts)
def test_a_line_is_one_line(text: str) -> None:
    line = clean_line(text)
    assert "\n" not in line and "\t" not in line and line == line.strip()


@given(texts)
def test_positions_stay_where_they_must(text: str) -> None:
    safe = clean_characters(text)
    assert len(safe) == len(text)
    assert all(harmless(letter) for letter in safe)


@given(texts, st.integers(1, 50))
def test_a_limit_holds(text: str, limit: int) -> None:
    assert len(clean(text, limit)) <= limit
    assert len(clean_line(text, limit)) <= limit


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="\xa0"), max_size=100))
def test_plain_text_stays(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


def test_a_sequence_goes_with_its_parameters() -> None:
    assert clean("a\x1b[31;1mred\x1b[0m b") == "ared b"
    assert clean("\x1b]52;c;ZXZpbA==\x07text") == "text"
    assert clean("\x1b]0;title\x1b\\text") == "text"
    assert clean("\x1bPq#0\x1b\\text") == "text"
    assert clean("\x9b2Jtext") == "text"


def test_marks_cannot_pile_up() -> None:
    assert len(clean("a" + "\u0301" * 100)) <= 5


def test_a_long_hostile_text_takes_no_time() -> None:
    assert clean("\x1b]" * 200_000) == ""


plain = st.text(st.one_of(st.characters(max_codepoint=0x7E), st.characters(categories=("L", "M", "N", "P", "S", "Zs"))))


@given(st.one_of(texts, plain))
def test_the_short_ways_give_what_the_long_one_does(text: str) -> None:
    assert clean(text) == slowly(text)


def test_of_what_is_printable_only_tags_are_forbidden() -> None:
    printable = "".join(letter for letter in map(chr, range(0x110000)) if letter.isprintable())
    assert re.sub(_FORBIDDEN, "", printable) == re.sub("[\U000e0000-\U000e0fff]", "", printable)
    assert re.sub(_SEQUENCES, "", printable) == printable
