"""Library: one table that is narrowed, sorted, rated and cleared."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from cs229tui.library.documents import DocumentRecord, attach, store_document
from cs229tui.library.readings import state_of, update_state
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.widgets.rows import Rows

Make = Callable[..., Companion]
ABADI = "abadi-2016-dp-sgd"


async def library(app: Companion, pilot: Pilot[None]) -> Rows:
    await pilot.press("3")
    await pilot.pause()
    return app.screen.query_one("#table", Rows)


def ids(table: Rows) -> list[str]:
    return [row.key.removeprefix("reading:") for row in table.rows]


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_every_reading_is_there_in_the_order_of_the_course(companion: Make, size: tuple[int, int]) -> None:
    app = companion()
    async with app.run_test(size=size) as pilot:
        table = await library(app, pilot)
        assert len(table.rows) == len(app.catalog()) >= 160
        assert ids(table)[0] == app.course.readings_of(1)[0].id
        assert table.has_focus
        assert table.size.height >= 5


async def test_typing_narrows_and_escape_clears(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        table = await library(app, pilot)
        await pilot.press("i", *"differential abadi")
        assert ids(table) == [ABADI]
        await pilot.press(*" qqq")
        assert ids(table) == []
        assert "Nothing matches; esc clears." in table.render_line(1).text
        await pilot.press("escape")
        assert len(table.rows) >= 160
        assert table.has_focus
        assert app.screen.query_one(Input).value == ""


async def test_the_filters_and_what_they_leave(companion: Make) -> None:
    app = companion()
    update_state(app.database, ABADI, status="reading")
    record = DocumentRecord("a" * 64, "pdf", 1, 14, "t", "", "x/1", (), b"", ())
    store_document(app.database, record, [])
    attach(app.database, ABADI, "a" * 64, "x.pdf")
    async with app.run_test(size=(120, 40)) as pilot:
        table = await library(app, pilot)
        await pilot.press("l")
        assert isinstance(app.screen, Pick)
        app.screen.query_one(Rows).select("value:4")
        await pilot.press("enter")
        await pilot.pause()
        of_the_course = [reading.id for reading in app.course.readings_of(4)]
        assert ids(table) == [*of_the_course, "lab-dp_sgd"], "the handout of its lab is a reading, too"
        await pilot.press("m")
        assert all(app.catalog()[id].required for id in ids(table))
        await pilot.press("d")
        assert ids(table) == [ABADI]
        await pilot.press("escape", "s")
        app.screen.query_one(Rows).select("value:reading")
        await pilot.press("enter")
        await pilot.pause()
        assert ids(table) == [ABADI]
        await pilot.press("escape", "t", "escape", "c")
        app.screen.query_one(Rows).select("value:video")
        await pilot.press("enter")
        await pilot.pause()
        assert {app.catalog()[id].kind for id in ids(table)} == {"video"}


async def test_sorting_by_keys_and_by_clicks_keeps_the_cursor(companion: Make) -> None:
    app = companion()
    update_state(app.database, ABADI, rating=5)
    async with app.run_test(size=(120, 40)) as pilot:
        table = await library(app, pilot)
        table.select(f"reading:{ABADI}")
        header = table.render_line(0).text
        await pilot.click("#table", offset=(header.index("title") + 1, 0))
        titles = [app.catalog()[id].title.casefold() for id in ids(table)]
        assert titles == sorted(titles)
        await pilot.click("#table", offset=(header.index("title") + 1, 0))
        assert [app.catalog()[id].title.casefold() for id in ids(table)] == sorted(titles, reverse=True)
        assert table.current == f"reading:{ABADI}"
        for _ in range(12):
            await pilot.press("right")
        await pilot.press("v", "v")
        assert sorted(ids(table)) == sorted(app.catalog())


async def test_status_rating_and_priority_can_be_undone(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        table = await library(app, pilot)
        table.select(f"reading:{ABADI}")
        await pilot.press("space", "r", "r", "plus", "plus", "minus")
        state = state_of(app.database, ABADI)
        assert (state.status, state.rating, state.priority) == ("reading", 2, 1)
        await pilot.pause()
        row = table.rows[table.cursor]
        assert (row.cells[8].plain, row.cells[9].plain) == ("★★", "!")
        await pilot.press(*"uuuuuu")
        state = state_of(app.database, ABADI)
        assert (state.status, state.rating, state.priority) == ("unread", None, 0)


async def test_a_file_from_the_disk_is_taken_in_and_a_missing_one_told(
    companion: Make, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        table = await library(app, pilot)
        table.select(f"reading:{ABADI}")
        taken: list[object] = []
        monkeypatch.setattr(app.fetching, "attach", lambda id, path: taken.append((id, path.name)))
        await pilot.press("a", *"/no/such", "enter")
        await pilot.pause()
        assert any("no file" in notification.message for notification in app._notifications)
        await pilot.press("a")
        app.screen.query_one(Input).value = __file__.replace(" ", "\\ ")
        await pilot.press("enter")
        await pilot.pause()
        assert taken == [(ABADI, "test_library_tab.py")]
