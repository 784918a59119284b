"""The reader at every size of a terminal, and when the size changes in the middle of something."""

import pytest
from textual.events import Key

from cs229tui.tui.screens.reader import ReaderScreen
from open_reader import Opened, make_paper

SIZES = [(40, 12), (80, 24), (240, 70), (20, 6)]
DOINGS = {
    "reading": ("3", "G", "j"),
    "selecting": ("3", "G", "v", "5", "j"),
    "selecting a piece": ("3", "G", "v", "i"),
    "finding": ("slash", "n", "o", "i"),
    "with hits": ("slash", "n", "o", "i", "enter", "n"),
    "in the list of hits": ("slash", "n", "o", "i", "ctrl+l", "down"),
    "in the outline": ("o", "3"),
    "in the marks": ("m", "a", "M"),
    "setting type": ("z",),
    "at a figure": ("f", "f"),
    "at the end": ("G",),
    "in the threads": ("s", "H", "escape", "t"),
    "commenting": ("s", "a", "h", "m"),
    "asking for a page": ("colon", "3"),
    "looking at a card": ("K",),
}


@pytest.mark.parametrize("doing", DOINGS)
async def test_it_works_at_every_size_and_through_changes(workspace, doing):
    make_paper(workspace, id="book", sha256="f" * 64, figures=True)
    async with Opened(workspace, size=(40, 12), reading="book") as reader:
        await reader.press(*DOINGS[doing])
        screen = reader.screen
        text, on_top = screen.passage, reader.app.screen
        cursor, selection, hits = text.cursor, text.selection, screen.hits
        for size in SIZES:
            await reader.pilot.resize_terminal(*size)
            await reader.pilot.pause()
            assert reader.app.screen is on_top
            assert (text.cursor, text.selection, screen.hits) == (cursor, selection, hits)
            if text.size.height > 1:
                assert 0 <= text.layout_now.row(cursor) - text.scroll_offset.y < text.size.height
            for row in range(text.size.height):
                assert text.render_line(row).cell_length == text.size.width
        await reader.press("down", "escape", "escape")
        assert reader.app._exception is None


@pytest.mark.parametrize("size", SIZES)
async def test_keys_at_every_size(workspace, size):
    async with Opened(workspace, size=size) as reader:
        named = {"}": "right_curly_bracket", "{": "left_curly_bracket", "]": "right_square_bracket"}
        named |= {"[": "left_square_bracket", "'": "apostrophe", "*": "asterisk"}
        keys = "j k space w b } { ] [ v i w o escape m a ' a z w z s z i z I z j z s f F * n N"
        for key in keys.split():
            # Posted at once, as a key held down is: the pilot waits for each.
            reader.app.post_message(Key(named.get(key, key), key if len(key) == 1 else None))
        await reader.press("M", "escape")
        assert reader.app._exception is None
        assert isinstance(reader.app.screen, ReaderScreen)
