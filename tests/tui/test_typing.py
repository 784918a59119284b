from collections.abc import Callable

import pytest
from textual import events
from textual.widgets import Input, TextArea

from cs229tui.tui.app import Companion

HOSTILE = "one\x1b]52;c;aGk=\x07 \u202etwo\x9b2J\nthree"


async def test_a_paste_into_a_line_is_clean_and_cut_to_what_fits(companion: Callable[..., Companion]) -> None:
    app = companion()
    async with app.run_test() as pilot:
        await pilot.press("slash")
        line = app.screen.query_one(Input)
        app.post_message(events.Paste("\n\n"))
        app.post_message(events.Paste(HOSTILE))
        await pilot.pause()
        assert line.value == "one two three"
        app.post_message(events.Paste("word " * 20_000))
        await pilot.pause()
        assert line.value.startswith("one two threeword word") and len(line.value) == 2000
        app.post_message(events.Paste("no room"))
        await pilot.pause()
        assert len(line.value) == 2000


async def test_a_paste_into_a_page_is_clean(companion: Callable[..., Companion]) -> None:
    app = companion()
    async with app.run_test() as pilot:
        await pilot.press("5", "n")
        page = app.screen.query_one(TextArea)
        page.focus()
        app.post_message(events.Paste(HOSTILE))
        await pilot.pause()
        assert page.text == "one two\nthree"


@pytest.mark.parametrize("key", ["f3", "ctrl+p", "comma"])
async def test_a_list_survives_a_terminal_without_room(companion: Callable[..., Companion], key: str) -> None:
    app = companion()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        for size in ((6, 20), (2, 2), (1, 1), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert app.is_running
