"""Flash cards: made in the reader in one key, asked, changed, put away, opened at their passage."""

from collections.abc import Callable

import pytest
from textual.widgets import Static, TextArea

from cs229tui.library.cards import Card, add_card, cards
from cs229tui.library.notes import notes
from cs229tui.library.passages import Passage
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.card_editor import CardEditor
from cs229tui.tui.screens.cards import CardsScreen
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.screens.review import ReviewScreen
from cs229tui.tui.screens.today import TodayScreen
from cs229tui.tui.widgets.rows import Rows
from small_paper import TEXTS, stored

Make = Callable[..., Companion]
ABADI = "abadi-2016-dp-sgd"
START = TEXTS[1].index("moments")
PASSAGE = Passage("a" * 64, "test/1", 2, START, START + 18, "moments accountant")


def text(app: Companion, id: str) -> str:
    return str(app.screen.query_one(f"#{id}", Static).visual)


@pytest.fixture
def paper(companion: Make) -> Companion:
    app = companion()
    stored(app.database, ABADI, TEXTS, "a" * 64)
    return app


def kept(app: Companion) -> Card:
    (one,) = cards(app.database)
    return one


@pytest.mark.parametrize("size", [(60, 14), (80, 24), (120, 40)])
async def test_a_word_is_hidden_in_its_sentence_in_one_key(paper: Companion, size: tuple[int, int]) -> None:
    async with paper.run_test(size=size) as pilot:
        paper.open_reading(ABADI, 1)
        await pilot.pause()
        await pilot.press("w", "v", "e", "C")
        await pilot.pause()
        editor = paper.screen
        assert isinstance(editor, CardEditor)
        assert (editor.side("front"), editor.side("back")) == ("Differential {{privacy}}.", "Differential privacy.")
        await pilot.press("ctrl+s")
        await pilot.pause()
        one = kept(paper)
        assert (one.reading, one.front) == (ABADI, "Differential {{privacy}}.")
        assert one.passage is not None and (one.passage.page, one.passage.quote) == (1, "privacy")
        assert isinstance(paper.screen, ReaderScreen) and paper.screen.passage.selection is None
        await pilot.press("u")
        assert cards(paper.database) == []


async def test_without_a_selection_the_sentence_is_the_back(paper: Companion) -> None:
    async with paper.run_test() as pilot:
        paper.open_reading(ABADI, 1)
        await pilot.pause()
        await pilot.press("C")
        await pilot.pause()
        editor = paper.screen
        assert isinstance(editor, CardEditor)
        assert (editor.side("front"), editor.side("back")) == ("", "Differential privacy.")
        await pilot.press("ctrl+s")
        assert paper.screen is editor, "a card that asks nothing is not kept"
        await pilot.press(*"What?", "escape")
        await pilot.pause()
        assert cards(paper.database) == []
        await pilot.press("C")
        await pilot.pause()
        assert isinstance(paper.screen, CardEditor) and paper.screen.side("front") == "What?"
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert (kept(paper).front, kept(paper).back) == ("What?", "Differential privacy.")
        await pilot.press("C")
        await pilot.pause()
        assert isinstance(paper.screen, CardEditor) and paper.screen.side("front") == ""


async def test_words_are_hidden_by_a_key(paper: Companion) -> None:
    add_card(paper.database, ABADI, "clip each\ngradient here", "")
    async with paper.run_test() as pilot:
        paper.open_cards()
        await pilot.pause()
        await pilot.press("e")
        await pilot.pause()
        editor = paper.screen
        assert isinstance(editor, CardEditor)
        area = editor.query_one("#front", TextArea)
        area.move_cursor((1, 3))
        await pilot.press("ctrl+t")
        assert area.text == "clip each\n{{gradient}} here" and area.cursor_location == (1, 12)
        area.selection = type(area.selection)((0, 0), (0, 4))
        await pilot.press("ctrl+t", "ctrl+s")
        await pilot.pause()
        assert kept(paper).front == "{{clip}} each\n{{gradient}} here"
        await pilot.press("u")
        assert kept(paper).front == "clip each\ngradient here"


async def test_cards_are_asked_and_answered(paper: Companion) -> None:
    add_card(paper.database, ABADI, "The {{moments accountant}} [x].", "", PASSAGE)
    add_card(paper.database, ABADI, "Why?", "Because.")
    async with paper.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(paper.screen, TodayScreen)
        assert any(row.key == "cards:due" and row.cells[1].plain == "2 due" for row in today(paper))
        paper.open_row("cards:due")
        await pilot.pause()
        assert isinstance(paper.screen, ReviewScreen)
        assert text(paper, "front") == "The […] [x]." and "2 due" in text(paper, "head")
        await pilot.press("3")
        await pilot.pause()
        assert text(paper, "front") == "The […] [x].", "no answer before the back was seen"
        await pilot.press("space")
        await pilot.pause()
        assert text(paper, "front") == "The moments accountant [x]." and "1 again 1 min" in text(paper, "answers")
        await pilot.press("3")
        await pilot.pause()
        assert text(paper, "front") == "Why?"
        await pilot.press("enter")
        await pilot.pause()
        assert text(paper, "back") == "Because."
        await pilot.press("4")
        await pilot.pause()
        assert text(paper, "front") == "All known. The next comes in 10 min."
        await pilot.press("u")
        await pilot.pause()
        assert text(paper, "back") == "Because." and "1 answered" in text(paper, "head")
        assert [len(one.memory.reviews) for one in cards(paper.database)] == [0, 1]
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(paper.screen, CardsScreen)
        assert [row.cells[0].plain for row in paper.screen.query_one(Rows).rows] == ["now", "10 min"]


def today(app: Companion) -> list:
    return list(app.screen.query_one("#continue", Rows).rows)


async def test_a_card_opens_at_its_passage_and_is_put_away(paper: Companion) -> None:
    made = add_card(paper.database, ABADI, "What keeps track?", "The moments accountant", PASSAGE)
    async with paper.run_test() as pilot:
        await pilot.press("5", "c")
        await pilot.pause()
        assert isinstance(paper.screen, CardsScreen) and "moments accountant" in text(paper, "said")
        await pilot.press("o")
        await pilot.pause()
        reader = paper.screen
        assert isinstance(reader, ReaderScreen)
        assert reader.passage.places.place(reader.passage.cursor) == (2, START)
        await pilot.press("escape", "d")
        await pilot.pause()
        assert cards(paper.database) == [] and text(paper, "said") == ""
        await pilot.press("e", "o", "d", "u")
        await pilot.pause()
        assert kept(paper).id == made.id


async def test_search_opens_a_card(paper: Companion) -> None:
    add_card(paper.database, ABADI, "first", "")
    made = add_card(paper.database, ABADI, "zebra", "")
    async with paper.run_test() as pilot:
        await pilot.press("slash", *"zebra")
        await pilot.pause(0.1)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(paper.screen, CardsScreen)
        assert paper.screen.query_one(Rows).current == made.id


async def test_a_note_on_a_selection_opens_at_its_words(paper: Companion) -> None:
    async with paper.run_test() as pilot:
        paper.open_reading(ABADI, 2, START)
        await pilot.pause()
        await pilot.press("v", "e", "w", "e", "n")
        await pilot.pause()
        assert "p 2" in text(paper, "about")
        await pilot.press("escape", "escape")
        await pilot.pause()
        (note,) = notes(paper.database)
        assert note.passage is not None and (note.passage.page, note.passage.quote) == (2, "moments accountant")
        await pilot.press("5")
        await pilot.pause()
        assert paper.screen.query_one("#list", Rows).rows[0].cells[1].plain == "Abadi+ 16 p 2"
        await pilot.press("o")
        await pilot.pause()
        reader = paper.screen
        assert isinstance(reader, ReaderScreen)
        assert reader.passage.places.place(reader.passage.cursor) == (2, START)


async def test_a_passage_that_is_gone_is_told(paper: Companion) -> None:
    stored(paper.database, ABADI, ("Quite another text.", "And more of it."), "b" * 64)
    add_card(paper.database, ABADI, "front", "", PASSAGE)
    async with paper.run_test() as pilot:
        paper.open_cards()
        await pilot.pause()
        await pilot.press("o")
        await pilot.pause()
        assert any("not in this document" in note.message for note in paper._notifications)
        reader = paper.screen
        assert isinstance(reader, ReaderScreen) and reader.passage.page == 2
