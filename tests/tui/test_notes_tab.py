"""Notes: written, kept without saving, shown as Markdown, put away and brought back."""

from collections.abc import Callable

import pytest
from textual.widgets import Markdown, TextArea

from cs229tui.library.database import open_library
from cs229tui.library.notes import add_note, notes, update_note
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.note_editor import NoteEditor
from cs229tui.tui.screens.notes import NotesScreen
from cs229tui.tui.widgets.rows import Rows

Make = Callable[..., Companion]
ABADI = "abadi-2016-dp-sgd"


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_a_note_is_written_with_a_title_or_its_first_line(companion: Make, size: tuple[int, int]) -> None:
    app = companion()
    async with app.run_test(size=size) as pilot:
        await pilot.press("5", "n", *"Title", "enter", *"Body 1", "escape")
        assert isinstance(app.screen, NotesScreen)
        await pilot.press("n", "enter", *"# First line", "enter", *"more", "escape")
        await pilot.pause()
        kept = {note.title: note.body for note in notes(app.database)}
        assert kept == {"Title": "Body 1", "First line": "# First line\nmore"}
        assert len(app.screen.query_one("#list", Rows).rows) == 2


async def test_an_empty_note_is_not_kept(companion: Make) -> None:
    app = companion()
    async with app.run_test() as pilot:
        await pilot.press("5", "n", "escape")
        assert notes(app.database) == []
        assert isinstance(app.screen, NotesScreen)


async def test_the_preview_is_markdown_and_follows_the_cursor(companion: Make) -> None:
    app = companion()
    add_note(app.database, "One", "# Heading\n\ntext [bold]x[/nope]")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("5")
        await pilot.pause(0.2)
        shown = app.screen.query_one(Markdown)
        assert shown.source == "# Heading\n\ntext [bold]x[/nope]"
        assert app.screen.query_one("#preview").border_title == "One"


async def test_a_draft_is_kept_every_few_seconds_and_when_the_program_ends(companion: Make) -> None:
    app = companion()
    async with app.run_test() as pilot:
        await pilot.press("5", "n", "tab", *"draft")
        screen = app.screen
        assert isinstance(screen, NoteEditor)
        screen._keep_quietly()
        assert [note.body for note in notes(app.database)] == ["draft"]
        await pilot.press(*" more", "ctrl+q")
    database = open_library(app.folders.database)
    assert [note.body for note in notes(database)] == ["draft more"]
    database.close()


async def test_deleting_and_editing_are_taken_back(companion: Make) -> None:
    app = companion()
    made = add_note(app.database, "One", "text")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("5")
        await pilot.pause()
        await pilot.press("d")
        assert notes(app.database) == []
        await pilot.press("u")
        assert [note.id for note in notes(app.database)] == [made.id]
        await pilot.pause()
        await pilot.press("e", *" more", "escape")
        assert notes(app.database)[0].body == "text more"
        await pilot.press("u")
        assert notes(app.database)[0].body == "text"


async def test_what_another_copy_wrote_meanwhile_is_not_lost(companion: Make) -> None:
    app = companion()
    made = add_note(app.database, "One", "text")
    async with app.run_test() as pilot:
        await pilot.press("5")
        await pilot.pause()
        await pilot.press("e", *" mine")
        other = open_library(app.folders.database)
        # The clock of this test stands still, so the other copy's moment is set by hand.
        update_note(other, made.id, "One", "theirs")
        other.conn.execute("UPDATE note SET updated = '2023-02-14T18:00:00.000Z'")
        other.close()
        await pilot.press("escape")
        kept = {note.title: note.body for note in notes(app.database)}
        assert kept == {"One": "theirs", "One (copy)": "text mine"}


async def test_a_note_on_a_reading_begins_there_and_says_so(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        app.screen.query_one("#table", Rows).select(f"reading:{ABADI}")
        await pilot.press("n", *"Clipping", "enter", *"why?", "escape")
        note = notes(app.database)[0]
        assert (note.title, note.reading) == ("Clipping", ABADI)
        await pilot.press("5")
        await pilot.pause()
        assert app.screen.query_one("#list", Rows).rows[0].cells[1].plain == "Abadi+ 16"


async def test_escape_leaves_the_text_at_once(companion: Make) -> None:
    app = companion()
    add_note(app.database, "One", "text")
    async with app.run_test() as pilot:
        await pilot.press("5")
        await pilot.pause()
        await pilot.press("e")
        assert isinstance(app.focused, TextArea)
        await pilot.press("escape")
        assert isinstance(app.screen, NotesScreen)
