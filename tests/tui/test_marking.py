"""Marks and jumps: letters on places, in one reading and across, held over changes of the text."""

import msgspec
import pytest

from cs229tui.documents.store import open_document
from cs229tui.errors import UsageError
from cs229tui.library.marks import Mark, mark_named, marks_for, remove_mark, set_mark
from cs229tui.tui.reading.jumps import Jumps
from cs229tui.tui.reading.marking import found_again, mark_at
from cs229tui.tui.reading.places import Places
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.widgets.mark_panel import MarkPanel
from cs229tui.tui.widgets.rows import Rows
from open_reader import Opened, make_paper


def test_small_letters_belong_to_a_reading_and_capital_ones_to_all(workspace):
    database = workspace.database
    assert set_mark(database, Mark("one", "a", 1, 5)) is None
    set_mark(database, Mark("two", "a", 2, 0))
    set_mark(database, Mark("one", "A", 3, 0))
    before = set_mark(database, Mark("two", "A", 4, 0))
    assert before is not None and before.reading == "one"
    assert mark_named(database, "a", "one").page == 1
    assert mark_named(database, "A", "one").page == mark_named(database, "A", "three").page == 4
    assert [(mark.reading, mark.name) for mark in marks_for(database, "one")] == [("one", "a"), ("two", "A")]
    set_mark(database, before)
    assert [(mark.reading, mark.name) for mark in marks_for(database, "one")] == [("one", "a"), ("one", "A")]
    remove_mark(database, before)
    assert mark_named(database, "A", "one") is None
    for name in ("1", "é", "ab", ""):
        with pytest.raises(UsageError):
            set_mark(database, Mark("one", name, 1, 0))


def test_a_mark_is_found_again_by_its_words(workspace):
    opened = open_document(workspace.database, "paper")
    pages, places = opened.pages, Places(opened.flow)
    place = pages[2].text.index("Paragraph 4")
    mark = mark_at("paper", "a", pages, places, places.position(3, place))
    assert (mark.page, mark.place, mark.quote[:22]) == (3, place, "Paragraph 4 of page 3.")
    # Its words are those of its block.
    assert mark_at("paper", "a", pages, places, places.position(3, 0)).quote == "3 Section"
    assert found_again(pages, mark) == (3, place)
    # Another extraction divides a word, spells a ligature out and has lost a page before it.
    text = "A running head\n" + pages[2].text.replace("gradient", "gra-\ndient")
    others = [msgspec.structs.replace(pages[2], number=2, text=text)]
    assert found_again(others, mark) == (2, text.index("Paragraph 4"))
    assert found_again(pages, Mark("paper", "a", 1, 0, "words that nobody has ever written anywhere")) is None
    assert found_again(pages, Mark("paper", "a", 6, 3)) == (6, 3)


async def test_a_letter_marks_a_place_and_goes_there_and_back(workspace):
    async with Opened(workspace) as reader:
        text = reader.text
        text.go((20, 4))
        await reader.press("m", "a")
        assert "mark a set" in text.said
        await reader.press("G", "apostrophe", "a")
        assert text.cursor == (20, 4)
        await reader.press("apostrophe", "apostrophe")
        assert text.cursor[0] == len(text.flow) - 1
        await reader.press("grave_accent", "grave_accent", "ctrl+o")
        assert text.cursor[0] == len(text.flow) - 1
        await reader.press("alt+right")
        assert text.cursor == (20, 4)
        await reader.press("apostrophe", "z")
        assert "no mark z" in text.said
        await reader.press("j")
        assert text.said == ""
        assert ("a", (20, 4)) in reader.screen.marks


async def test_a_key_that_is_no_letter_is_itself(workspace):
    async with Opened(workspace) as reader:
        before = reader.text.cursor
        await reader.press("m", "down")
        assert reader.text.cursor > before
        assert marks_for(workspace.database, "paper") == []


async def test_setting_a_mark_is_undone(workspace):
    async with Opened(workspace) as reader:
        await reader.press("m", "a", "G", "m", "a", "u")
        assert mark_named(workspace.database, "a", "paper").page == 1
        await reader.press("u")
        assert marks_for(workspace.database, "paper") == []


async def test_the_list_goes_deletes_and_brings_back(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((20, 0))
        await reader.press("m", "b", "g", "g", "m", "a", "M")
        panel = reader.app.screen
        assert isinstance(panel, MarkPanel)
        assert [row.key for row in panel.query_one(Rows).rows] == ["a", "b"]
        await reader.press("x")
        assert [row.key for row in panel.query_one(Rows).rows] == ["b"]
        await reader.press("u")
        assert [row.key for row in panel.query_one(Rows).rows] == ["a", "b"]
        await reader.press("j", "enter")
        assert reader.text.cursor == (20, 0)
        await reader.press("M", "escape")
        assert reader.app.screen is reader.screen


async def test_a_capital_letter_opens_the_other_reading_and_comes_back(workspace):
    make_paper(workspace, id="other", sha256="d" * 64)
    async with Opened(workspace) as reader:
        reader.text.go((30, 0))
        await reader.press("m", "A")
        reader.app.open_reading("other")
        for _ in range(4):
            await reader.pilot.pause()
        await reader.press("2", "G", "m", "B", "apostrophe", "A")
        for _ in range(4):
            await reader.pilot.pause()
        screens = [screen for screen in reader.app.screen_stack if isinstance(screen, ReaderScreen)]
        assert [screen.reading.id for screen in screens] == ["paper"]
        assert reader.text.cursor == (30, 0)
        await reader.press("apostrophe", "B")
        for _ in range(4):
            await reader.pilot.pause()
        assert reader.app.screen.reading.id == "other"
        assert reader.app.screen.passage.page == 2


async def test_far_moves_are_jumps_and_counts_go_several_back(workspace):
    async with Opened(workspace) as reader:
        text = reader.text
        await reader.press("3", "G", "right_square_bracket", "G", "g", "g")
        await reader.press("3", "ctrl+o")
        assert text.page == 3
        await reader.press("ctrl+i")
        assert text.page == 4


async def test_jumps_and_marks_survive_another_text(workspace):
    async with Opened(workspace) as reader:
        await reader.press("m", "a", "4", "G", "m", "b", "6", "G")
        make_paper(workspace, sha256="e" * 64, extra="More words than before. ")
        reader.app.changed()
        await reader.pilot.pause()
        assert reader.screen.document.record.sha256 == "e" * 64
        await reader.press("ctrl+o")
        assert reader.text.page == 4
        await reader.press("ctrl+o")
        assert reader.text.page == 1
        await reader.press("apostrophe", "b")
        assert reader.text.page == 4


def test_jumps_are_carried_over():
    jumps = Jumps()
    jumps.leave((1, 0))
    jumps.leave((5, 0))
    assert jumps.back((7, 0)) == (5, 0)
    jumps.carry(lambda position: (position[0] + 10, position[1]))
    assert jumps.ahead((15, 0)) == (17, 0)
    assert jumps.back((17, 0)) == (15, 0)
    assert jumps.last == (17, 0)
