"""Words, sentences and paragraphs of a flow, and what is copied of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.course.model import Reading
from cs229tui.documents.flow import Block
from cs229tui.tui.reading import selection as select
from cs229tui.tui.reading.hits import MOST, Haystack, Query, find_hits, next_hit
from cs229tui.tui.reading.jumps import Jumps
from cs229tui.tui.reading.selection import Selection

FLOW = (
    Block("page", "1", 1),
    Block("heading", "Private SGD", 1),
    Block("paragraph", "We clip the norm. Then we add noise (cf. Fig. 2, Abadi et al. 2016). It’s done!"),
    Block("page", "2", 2),
    Block("item", "• per-example gradients"),
    Block("item", "• noise"),
    Block("code", "g = clip(g)\ng += noise"),
)


def texts(flow, selection):
    return select.text_of(flow, selection)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("See Fig. 3. It is e.g. Clear.", ["See Fig. 3.", "It is e.g. Clear."]),
        ("By J. Smith et al. We agree.", ["By J. Smith et al. We agree."]),
        ("It is 3.5 days. “So?” he said. [1] says no.", ["It is 3.5 days.", "“So?” he said.", "[1] says no."]),
        ("It works.[12] We show why.", ["It works.[12]", "We show why."]),
        ("no full stop", ["no full stop"]),
        ("", []),
    ],
)  # fmt: skip
def test_sentences(text, found):
    assert [text[start:end] for start, end in select.sentences(text)] == found


@given(st.text(st.sampled_from("ab .?!AB\"')\n"), max_size=80))
def test_sentences_cover_what_is_not_space(text):
    covered = "".join(text[start:end] for start, end in select.sentences(text))
    assert covered.replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")


def test_pieces_at_a_position():
    assert texts(FLOW, select.word_at(FLOW, (2, 4))) == "clip"
    assert texts(FLOW, select.word_at(FLOW, (4, 4))) == "per-example"
    assert texts(FLOW, select.sentence_at(FLOW, (2, 30))) == "Then we add noise (cf. Fig. 2, Abadi et al. 2016)."
    assert texts(FLOW, select.sentence_at(FLOW, (6, 14))) == "g += noise"
    assert texts(FLOW, select.paragraph_at(FLOW, (1, 3))) == "Private SGD"


def test_words_forward_and_back_over_blocks_but_not_page_marks():
    assert select.next_start(FLOW, (1, 0), "word") == (1, 8)
    assert select.next_start(FLOW, (1, 8), "word") == (2, 0)
    assert select.previous_start(FLOW, (4, 0), "word") == (2, 78)
    assert select.next_start(FLOW, (2, 0), "sentence") == (2, 18)
    assert select.next_start(FLOW, (2, 75), "sentence") == (4, 0)
    assert select.next_start(FLOW, (6, 15), "word", 99) == (6, len(FLOW[6].text) - 1)
    assert select.word_end(FLOW, (1, 0)) == (1, 6)
    assert select.word_end(FLOW, (1, 6)) == (1, 10)


@given(st.integers(1, 6), st.integers(0, 200), st.integers(0, 300))
def test_characters_forward_and_back_are_inverse(block, offset, count):
    block = 2 if FLOW[block].kind == "page" else block
    start = (block, min(offset, len(FLOW[block].text) - 1))
    there = select.forward(FLOW, start, count)
    assert there[1] < len(FLOW[there[0]].text)
    if there != (6, len(FLOW[6].text) - 1):
        assert select.backward(FLOW, there, count) == start


def test_a_selection_has_both_its_ends_whichever_was_first():
    assert select.between(FLOW, (2, 3), (2, 6)) == select.between(FLOW, (2, 6), (2, 3)) == Selection((2, 3), (2, 7))


def test_copies_over_pages_keep_blocks_apart_and_lists_together():
    whole = Selection((2, 69), (6, 11))
    assert texts(FLOW, whole) == "It’s done!\n\n• per-example gradients\n• noise\n\ng = clip(g)"


def test_a_quote_says_where_it_is_from():
    reading = Reading(
        id="x", title="DP-SGD", lectures=(4,), authors=("Martín Abadi", "Ian Goodfellow", "X Y"), year=2016
    )
    assert select.citation(reading, "6") == "Abadi et al., 2016, DP-SGD, p. 6"
    quote = select.markdown_quote("one\n\ntwo", "Abadi, p. 6", "https://arxiv.org/abs/1607.00133")
    assert quote == "> one\n>\n> two\n>\n> — [Abadi, p. 6](https://arxiv.org/abs/1607.00133)\n"


def found(words, flow=FLOW, **how):
    return find_hits(Haystack(flow), Query(words, **how))


def test_small_letters_find_large_ones_and_large_ones_only_themselves():
    assert len(found("noise")) == 3
    assert found("sgd") == found("SGD") == [(1, 8, 11)]
    assert found("Noise") == []
    assert found("Noise", case="any") == found("noise")
    assert found("sgd", case="exact") == []
    assert found("add   noise") == [(2, 26, 35)]
    assert found("(cf.") == [(2, 36, 40)]
    assert found(" ") == []
    assert len(found("a", (Block("paragraph", "a" * (MOST + 9)),))) == MOST


def test_hits_go_round():
    hits = found("noise")
    assert next_hit(hits, (0, 0), 1) == 0
    assert next_hit(hits, hits[0][:2], 1) == 1
    assert next_hit(hits, hits[2][:2], 1) == 0
    assert next_hit(hits, hits[0][:2], -1) == 2
    assert next_hit([], (0, 0), 1) is None


def test_jumps_go_back_and_forward_until_a_new_one():
    jumps = Jumps()
    assert jumps.back((0, 0)) is None
    jumps.leave((1, 0))
    jumps.leave((5, 0))
    assert jumps.back((9, 0)) == (5, 0)
    assert jumps.back((5, 0)) == (1, 0)
    assert jumps.ahead((1, 0)) == (5, 0)
    jumps.leave((5, 0))
    assert jumps.ahead((7, 0)) is None
