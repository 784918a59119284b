"""The sheet one writes on: its kinds, preview and completion, and that what is typed is kept with its kind."""

import json

import pytest
from textual import events

from cs229tui.library.people import meet
from cs229tui.tui.widgets.annotation_editor import AnnotationEditor
from cs229tui.tui.widgets.writing_page import WritingPage
from open_reader import Opened


def sheet(reader) -> AnnotationEditor:
    assert isinstance(reader.app.screen, AnnotationEditor)
    return reader.app.screen


def page(reader) -> WritingPage:
    return sheet(reader).query_one(WritingPage)


def about(reader) -> str:
    return sheet(reader).query_one("#about").render().plain


async def test_the_kind_is_changed_in_place_and_a_private_note_says_so(workspace) -> None:
    async with Opened(workspace) as reader:
        await reader.press("a", *"mine", "ctrl+t")
        assert sheet(reader).kind == "question" and "only on this machine" in about(reader)
        await reader.press("ctrl+t")
        assert sheet(reader).kind == "note" and "only you" in about(reader)
        assert "Private note on p" in str(sheet(reader).query_one(".sheet").border_title)
        await reader.press("ctrl+s")
        assert [(one.kind, one.body, one.audience) for one in reader.annotations()] == [("note", "mine", "")]
        assert json.loads((workspace.folders.data / "drafts.json").read_text()) == {}


async def test_a_draft_comes_back_with_its_kind(workspace) -> None:
    async with Opened(workspace) as reader:
        await reader.press("a", *"why", "ctrl+t", "escape")
        await reader.press("a")
        assert (sheet(reader).kind, page(reader).text) == ("question", "why")


async def test_tab_takes_a_name_and_escape_closes_only_the_offer(workspace) -> None:
    meet(workspace.database, "p1", "Mei Ng")
    async with Opened(workspace) as reader:
        await reader.press("a", *"ask @me")
        assert page(reader).offering
        await reader.press("tab")
        assert page(reader).text == "ask @Mei_Ng " and not page(reader).offering
        await reader.press(*"@me", "escape")
        assert not page(reader).offering
        await reader.press("i")
        assert not page(reader).offering and isinstance(reader.app.screen, AnnotationEditor)


async def test_enter_takes_a_reading_and_undo_gives_it_back(workspace) -> None:
    async with Opened(workspace) as reader:
        await reader.press("a", *"see [[paper", "enter")
        assert page(reader).text == "see [[paper]]"
        await reader.press("ctrl+z")
        assert page(reader).text == "see [[paper"


async def test_tags_used_before_are_offered_and_join_the_annotation(workspace) -> None:
    async with Opened(workspace) as reader:
        await reader.press("a", *"on #privacy", "ctrl+s")
        assert reader.annotations()[0].tags == ("privacy",)
        await reader.press("a", *"also #pri", "tab")
        assert page(reader).text == "also #privacy "


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (30, 8)])
async def test_the_preview_shows_formulas_beside_or_instead(workspace, size) -> None:
    async with Opened(workspace, size) as reader:
        await reader.press("a", *"$x^2$", "ctrl+r")
        editor = sheet(reader)
        editor._look()
        await reader.pilot.pause()
        assert editor.query_one("#shown").render().plain == "x²"
        assert editor.query_one("#preview").display and page(reader).display is (size[0] >= 100)
        await reader.press("ctrl+r")
        assert page(reader).has_focus and not editor.query_one("#preview").display


async def test_a_formula_that_is_not_closed_is_told_quietly(workspace) -> None:
    async with Opened(workspace) as reader:
        await reader.press("a", *"of $x")
        sheet(reader)._look()
        assert "a $ has no other" in about(reader)


async def test_a_paste_of_a_megabyte_is_cut_and_wide_characters_stay(workspace) -> None:
    async with Opened(workspace, (80, 24)) as reader:
        await reader.press("a", *"字")
        page(reader).post_message(events.Paste("漢\x1b[31m" * 200_000))
        await reader.pilot.pause()
        await reader.pilot.pause()
        text = page(reader).text
        assert len(text) == 100_000 and text.startswith("字漢") and "\x1b" not in text
        sheet(reader)._look()
        assert "0 characters left" in about(reader)
        await reader.press("escape")


async def test_an_edit_can_make_it_a_highlight_without_words(workspace) -> None:
    async with Opened(workspace) as reader:
        await reader.press("a", *"x", "ctrl+s")
        reader.screen.do_to("edit", reader.annotations()[0].id)
        await reader.pilot.pause()
        await reader.press("ctrl+t", "ctrl+t", "ctrl+t", "backspace", "ctrl+s")
        assert [(one.kind, one.body) for one in reader.annotations()] == [("highlight", "")]
