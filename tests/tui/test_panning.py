"""Lines that are not wrapped, wider than the screen: the cursor, the mouse and what was found are on what is seen."""

import re

from textual.app import App, ComposeResult

from cs229tui.documents.flow import Block
from cs229tui.tui.widgets.passage import Passage

LONG = "".join(f"{number:04d}" for number in range(0, 200, 2))
FLOW = (
    Block("paragraph", "Before the code stands a line.", 0),
    Block("code", f"{LONG}\nshort\n{LONG}", 0),
    Block("paragraph", "After the code stands a line.", 0),
)


class Coded(App[None]):
    def compose(self) -> ComposeResult:
        yield Passage(FLOW)

    def on_mount(self) -> None:
        self.query_one(Passage).focus()

    @property
    def passage(self) -> Passage:
        return self.query_one(Passage)

    def row(self, block: int, offset: int = 0) -> int:
        return self.passage.layout_now.row((block, offset)) - self.passage.scroll_offset.y


def drawn(app: Coded, row: int) -> str:
    return "".join(segment.text for segment in app.passage.render_line(row))


async def test_the_cursor_takes_the_lines_along() -> None:
    app = Coded()
    async with app.run_test(size=(60, 12)) as pilot:
        app.passage.go((1, 0))
        await pilot.press("dollar_sign")
        assert app.passage.cursor == (1, len(LONG) - 1)
        assert drawn(app, app.row(1)).rstrip().endswith(LONG[-8:])
        await pilot.press("0")
        assert LONG[:12] in drawn(app, app.row(1))
        # As a hit far to the right is gone to.
        app.passage.go((1, 200), "middle")
        assert LONG[200:204] in drawn(app, app.row(1))


async def test_down_a_table_that_is_moved_the_cursor_stays_in_sight() -> None:
    app = Coded()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("greater_than_sign", "greater_than_sign", "j")
        assert app.passage.cursor == (1, 16)
        assert LONG[16:24] in drawn(app, app.row(1)) and LONG[:4] not in drawn(app, app.row(1))


async def test_a_click_is_on_the_character_that_is_seen() -> None:
    app = Coded()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
        row = app.row(1)
        at = re.search(r"\d", drawn(app, row))
        assert at is not None
        await pilot.click(Passage, offset=(at.start() + 5, row))
        assert app.passage.cursor == (1, 24 + 5)
        # A line that is wrapped did not move.
        await pilot.click(Passage, offset=(at.start() + 5, app.row(2)))
        assert app.passage.cursor == (2, 5)
