"""Finding in a text: what is found, how hits are stepped through and listed, and patterns that never end."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input

from cs229tui.documents.flow import Block
from cs229tui.tui.reading.hits import Haystack, PatternError, Query, find_hits, folded_text, within
from cs229tui.tui.reading.places import Places
from cs229tui.tui.widgets.find_bar import FindBar
from cs229tui.tui.widgets.outline_panel import MOST, OutlinePanel, hit_lines
from cs229tui.tui.widgets.rows import Rows
from open_reader import PARAGRAPHS, Opened


def found(text, words, **how):
    return [text[start:end] for _, start, end in find_hits(Haystack((Block("code", text),)), Query(words, **how))]


@pytest.mark.parametrize(
    ("text", "words", "hits"),
    [
        ("A naïve coöperation", "naive", ["naïve"]),
        ("A naive one", "naïve", ["naive"]),
        ("e\u0301tude", "étude", ["e\u0301tude"]),
        ("It is diﬃcult to ﬁnd", "difficult", ["diﬃcult"]),
        ("It is diﬃcult to ﬁnd", "find", ["ﬁnd"]),
        ("It is diﬃcult to", "fi", ["ﬃ"]),
        ("so we\ncan go", "we can", ["we\ncan"]),
        ("it’s “so”", "it's \"so\"", ["it’s “so”"]),
        ("pre–training and pretraining", "pre-training", ["pre–training", "pretraining"]),
        ("in\xadter\ufffenal", "internal", ["in\xadter\ufffenal"]),
        ("𝑥 + 𝑦", "x + y", ["𝑥 + 𝑦"]),
        ("a - b", "-", ["-"]),
        ("İstanbul STRASSE", "istanbul strasse", ["İstanbul STRASSE"]),
        ("abc", "d", []),
    ],
)  # fmt: skip
def test_plain_words(text, words, hits):
    assert found(text, words) == hits


def test_whole_words_and_case():
    text = "Net networks net, subnet NET"
    assert found(text, "net", whole=True) == ["Net", "net", "NET"]
    assert found(text, "NET") == ["NET"]
    assert found(text, "NET", case="any", whole=True) == ["Net", "net", "NET"]
    assert found(text, "net", case="exact") == ["net", "net", "net"]


def test_patterns():
    text = "Table 1, Table 12; naïve tables"
    assert found(text, r"table \d+", regex=True) == ["Table 1", "Table 12"]
    assert found(text, r"Table\b", regex=True) == ["Table", "Table"]
    assert found(text, r"\Wtable", regex=True) == [" Table", " table"]
    assert found(text, "naive|1", regex=True, whole=True) == ["1", "naïve"]
    assert found(text, "x*", regex=True) == []
    assert found(text, " ", regex=True) == []
    for wrong in ("(", "[a", "a{2,1}", "*", "\\", "x" * 9999):
        with pytest.raises(PatternError):
            found(text, wrong, regex=True)


def test_a_pattern_that_never_ends_is_ended(monkeypatch):
    monkeypatch.setattr("cs229tui.tui.reading.hits._SECONDS", 0.2)
    start = perf_counter()
    with pytest.raises(PatternError, match="too long"):
        found("a" * 100 + "b", "(a|aa)+$", regex=True)
    assert perf_counter() - start < 5


@given(st.text(st.sampled_from("aé\u0301ﬁﬃ“—İß𝑥\xad x"), max_size=30))
def test_folding_maps_every_character_back_in_order(text):
    folded, places = folded_text(text)
    if places is None:
        assert len(folded) == len(text)
    else:
        assert len(places) == len(folded)
        assert list(places) == sorted(places)


def test_hits_of_a_line():
    hits = [(1, 0, 3), (1, 5, 9), (2, 0, 2), (3, 4, 8)]
    assert within(hits, 1, 6, 20) == [(1, 5, 9)]
    assert within(hits, 1, 0, 5) == [(1, 0, 3)]
    assert within(hits, 2, 2, 9) == []
    assert within(hits, 3, 0, 4) == []


def test_a_hit_is_listed_with_its_words_around():
    flow = (Block("paragraph", "One two three four five\nsix seven eight nine ten eleven twelve"),)
    (line,) = hit_lines(flow, find_hits(Haystack(flow), Query("seven eight")), Places(flow))
    assert line.title == "… four five six seven eight nine ten eleven twelve"
    assert line.title[slice(*line.found)] == "seven eight"


def count_of(reader):
    return reader.screen.query_one("#find-count").render().plain


async def test_it_goes_round_and_says_so(workspace):
    async with Opened(workspace) as reader:
        await reader.press("slash", *"page 2.", "enter")
        assert "1 of 12" in count_of(reader)
        await reader.press("N")
        assert "from the end again · 12 of 12" in count_of(reader)
        await reader.press("n")
        assert "from the top again · 1 of 12" in count_of(reader)
        await reader.press("5", "n")
        assert count_of(reader) == "6 of 12"
        await reader.press("1", "2", "n")
        assert "from the top again · 6 of 12" in count_of(reader)


async def test_the_bars_keys_change_what_is_looked_for(workspace):
    async with Opened(workspace) as reader:
        await reader.press("slash", *"para")
        assert len(reader.screen.hits) == 6 * PARAGRAPHS
        await reader.press("alt+w")
        assert reader.screen.hits == ()
        assert "none" in count_of(reader) and "word" in count_of(reader)
        await reader.press("alt+w", "alt+c")
        assert reader.screen.hits == ()
        await reader.press("alt+c")
        assert len(reader.screen.hits) == 6 * PARAGRAPHS
        assert reader.screen.query_one(Input).value == "para"


async def test_a_pattern_is_looked_for_aside_and_says_what_is_wrong(workspace):
    async with Opened(workspace) as reader:
        await reader.press("slash", "alt+r")
        await reader.press(*r"page [23]\.")
        await reader.app.workers.wait_for_complete()
        await reader.pilot.pause()
        assert len(reader.screen.hits) == 2 * PARAGRAPHS
        await reader.press("(")
        await reader.app.workers.wait_for_complete()
        await reader.pilot.pause()
        assert reader.screen.hits == ()
        assert "missing )" in count_of(reader)


async def test_what_was_looked_for_comes_back(workspace):
    FindBar.PAST.clear()
    async with Opened(workspace) as reader:
        await reader.press("slash", *"noise", "enter", "escape", "slash", *"norm", "escape", "slash")
        words = reader.screen.query_one("#find-words", Input)
        await reader.press("alt+up")
        assert words.value == "norm"
        await reader.press("alt+up", "alt+up")
        assert words.value == "noise"
        await reader.press("alt+down")
        assert words.value == "norm"


async def test_the_word_under_the_cursor(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 28))
        await reader.press("asterisk")
        assert reader.screen.query_one(FindBar).words == "clip"
        assert reader.text.cursor == (4, reader.text.flow[4].text.index("clip"))
        assert reader.text.has_focus
        await reader.press("number_sign")
        assert reader.text.cursor == (3, reader.text.flow[3].text.index("clip"))
        await reader.press("ctrl+o")
        assert reader.text.cursor[0] == 4
        # What is typed next is looked for as before.
        await reader.press("slash", *"cl")
        assert len(reader.screen.hits) == 6 * PARAGRAPHS


async def test_what_is_selected_is_found_and_what_stands_once_stays(workspace):
    async with Opened(workspace) as reader:
        text = reader.text
        text.go((3, 0))
        await reader.press("v", "w", "w", "e", "asterisk")
        assert reader.screen.query_one(FindBar).words == "Paragraph 0 of"
        assert text.cursor[0] > 3 and text.selection is None
        last = text.cursor
        # Words of two paragraphs stand nowhere together.
        text.go((3, len(text.flow[3].text) - 9))
        await reader.press("v", "ctrl+down", "asterisk")
        assert reader.screen.hits == () and "none" in count_of(reader)
        assert text.cursor[0] == 3 != last[0]


async def test_all_hits_in_a_list(workspace):
    async with Opened(workspace) as reader:
        await reader.press("ctrl+l")
        assert reader.app.screen is reader.screen
        await reader.press("slash", *"accountant", "ctrl+l")
        panel = reader.app.screen
        assert isinstance(panel, OutlinePanel)
        assert len(panel.query_one(Rows).rows) == 72
        await reader.press("down", "down", "enter")
        assert reader.app.screen is reader.screen
        assert reader.text.cursor == reader.screen.hits[2][:2]
        assert "3 of 72" in count_of(reader)
        assert reader.text.has_focus


async def test_very_many_hits_are_listed_around_here(workspace):
    async with Opened(workspace) as reader:
        await reader.press("slash", "e", "enter", "G", "N", "ctrl+l")
        panel = reader.app.screen
        assert len(reader.screen.hits) > MOST
        assert len(panel.found) == MOST
        assert panel.more == len(reader.screen.hits) - MOST
        assert panel.query_one(Rows).current == str(MOST - 1)


async def test_a_search_goes_on_in_another_text(workspace):
    from open_reader import make_paper

    async with Opened(workspace) as reader:
        await reader.press("slash", *"clip", "enter")
        assert len(reader.screen.hits) == 72
        make_paper(workspace, sha256="e" * 64, extra="They clip too. ")
        reader.app.changed()
        await reader.pilot.pause()
        assert len(reader.screen.hits) == 144
