"""What stands over the tabs: search, settings, help, the palette and the welcome."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from textual.widgets import Input

from cs229tui.config import Settings, SettingsError
from cs229tui.library.notes import add_note
from cs229tui.tui.app import Companion
from cs229tui.tui.palette import Everything, Palette
from cs229tui.tui.screens.help import HelpScreen
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.screens.prompt import Prompt
from cs229tui.tui.screens.search import SearchScreen
from cs229tui.tui.screens.settings import meanings, parsed
from cs229tui.tui.screens.today import TodayScreen
from cs229tui.tui.screens.welcome import WelcomeScreen
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Rows

Make = Callable[..., Companion]
SIZES = [(40, 12), (80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES)
async def test_search_finds_as_one_types_and_enter_opens(
    companion: Make, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = companion()
    opened: list[tuple[object, ...]] = []
    monkeypatch.setattr(app, "open_reading", lambda *given: opened.append(given))
    add_note(app.database, "Clipping [bold]norms[/nope]", "about gradients")
    async with app.run_test(size=size) as pilot:
        await pilot.press("slash", *"differential privacy abadi")
        await pilot.pause(0.1)
        assert isinstance(app.screen, SearchScreen)
        rows = app.screen.query_one(Rows)
        assert rows.current.startswith("reading:abadi-2016-dp-sgd")
        await pilot.press("enter")
        assert opened == [("abadi-2016-dp-sgd", None, None)]
        app.screen.query_one(Input).value = "clipping"
        await pilot.pause(0.1)
        headings = [row.cells[0].plain for row in rows.rows if not row.key and row.cells]
        assert headings[-1] == "Notes"
        while not rows.current.startswith("note:"):
            await pilot.press("down")
        await pilot.press("enter")
        await pilot.pause()
        assert app.current_mode == "notes"


async def test_search_says_when_nothing_is_found_and_goes_back(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"qqqqqq")
        await pilot.pause(0.1)
        assert "Nothing is found" in str(app.screen.query_one("#said").render())
        await pilot.press("down", "up", "enter", "pagedown", "escape")
        assert isinstance(app.screen, TodayScreen)


async def test_every_setting_is_listed_with_its_meaning(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("comma")
        rows = app.screen.query_one(Rows)
        assert [row.key for row in rows.rows] == list(Settings.__struct_fields__)
        assert set(meanings()) == set(Settings.__struct_fields__)


async def test_settings_are_changed_checked_undone_and_reset(companion: Make) -> None:
    app = companion("# mine\nname = 'Ana'\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("comma")
        rows = app.screen.query_one(Rows)
        rows.select("justify")
        await pilot.press("enter")
        assert app.settings.justify
        await pilot.press("u")
        assert not app.settings.justify
        rows.select("text_width")
        await pilot.press("enter")
        app.screen.query_one(Input).value = "7"
        await pilot.press("enter")
        assert app.settings.text_width == 84
        await pilot.press("enter")
        app.screen.query_one(Input).value = "100"
        await pilot.press("enter")
        await pilot.pause()
        assert app.settings.text_width == 100
        rows.select("name")
        await pilot.press("backspace")
        assert app.settings.name == ""
        rows.select("theme")
        await pilot.press("enter")
        assert isinstance(app.screen, Pick)
        app.screen.query_one(Rows).select("value:cs229-light")
        await pilot.press("enter")
        await pilot.pause()
        assert app.theme == "cs229-light"
        text = app.folders.settings.read_text()
        assert "# mine" in text
        assert "text_width = 100" in text
        await pilot.press("escape")
        assert isinstance(app.screen, TodayScreen)


def test_what_is_typed_for_a_setting_is_understood_or_refused() -> None:
    assert parsed("first_lecture", "2026-09-03") == date(2026, 9, 3)
    assert parsed("pages_a_day", " 20 ") == 20
    assert parsed("name", "  ") is None
    for name, text in (("first_lecture", "soon"), ("pages_a_day", "many")):
        with pytest.raises(SettingsError):
            parsed(name, text)


@pytest.mark.parametrize("tab", ["1", "2", "3", "4", "5", "6"])
async def test_help_shows_the_keys_of_each_screen_and_does_what_a_line_says(companion: Make, tab: str) -> None:
    app = companion()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(tab)
        await pilot.pause()
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        rows = app.screen.query_one(Rows)
        keys = {row.key.removeprefix("action:") for row in rows.rows}
        assert {"app.search", "app.quit", "list.choose"} <= keys
        rows.select("action:app.course")
        await pilot.press("enter")
        await pilot.pause()
        assert app.current_mode == "course"


async def test_help_shows_keys_of_ones_own(companion: Make) -> None:
    app = companion('[keys]\n"app.library" = "f9"\n')
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f1")
        rows = app.screen.query_one(Rows)
        row = next(row for row in rows.rows if row.key == "action:app.library")
        assert row.cells[0].plain == "f9"


async def test_the_palette_reaches_every_action_of_the_screen_also_from_a_line_of_text(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        await pilot.press("i")
        found = {command.title for command in Everything(app.screen)._actions_here()}
        assert {"library: reverse", "library: kind", "Today", "settings", "undo", "quit"} <= found


async def test_the_palette_finds_readings_lectures_themes_and_runs_actions(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p", "ctrl+p")
        assert isinstance(app.screen, Palette)
        provider = Everything(app.screen_stack[-2])
        await provider.startup()
        for query, wanted in (("abadi", "read: Abadi+ 16"), ("privacy in", "lecture 4"), ("cs229-light", "theme:")):
            hits = [hit async for hit in provider.search(query)]
            best = max(hits, key=lambda hit: hit.score)
            assert any(str(hit.text).startswith(wanted) for hit in hits), (query, best)
        lectures = [hit async for hit in provider.search("lecture 9: test")]
        await pilot.press("escape", "escape")
        max(lectures, key=lambda hit: hit.score).command()
        await pilot.pause()
        assert app.current_mode == "course"
        assert app.screen.query_one("#lectures", Rows).current == "lecture:9"


@pytest.mark.parametrize("size", SIZES)
async def test_welcome_asks_once_and_keeps_the_answers(companion: Make, size: tuple[int, int]) -> None:
    app = companion(welcomed=False)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, WelcomeScreen)
        await pilot.press(*"Mei", "enter", *"2026-9", "enter")
        assert isinstance(app.screen, WelcomeScreen)
        await pilot.press(*(["backspace"] * 6), *"2026-09-03", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TodayScreen)
    assert (app.settings.name, app.settings.first_lecture) == ("Mei", date(2026, 9, 3))
    again = companion(welcomed=False)
    async with again.run_test(size=size) as pilot:
        await pilot.pause()
        assert isinstance(again.screen, TodayScreen)
        assert again.settings.name == "Mei"


@pytest.mark.parametrize("keys", [("escape",), ("enter", "enter"), ("tab", "enter"), ("ctrl+s",)])
async def test_welcome_is_passed_over_by_any_way_out(companion: Make, home: Path, keys: tuple[str, ...]) -> None:
    app = companion(welcomed=False)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert isinstance(app.screen, TodayScreen)
    assert app.folders.settings.exists()


async def test_welcome_may_begin_with_the_guide(companion: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = companion(welcomed=False)
    opened: list[str] = []
    monkeypatch.setattr(app, "open_reading", opened.append)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("f4")
        await pilot.pause()
    assert opened == ["guide"]


async def test_every_key_pressed_twice_on_every_tab_ends_nothing(
    companion: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = companion()
    monkeypatch.setattr(app, "open_link", lambda url: None)
    monkeypatch.setattr(app.fetching, "add", lambda id: None)
    keys = "abcdefghijlmnoprstuvwxyz+-=[]<>GLY"
    async with app.run_test(size=(80, 24)) as pilot:
        for tab in "1235":
            await pilot.press("escape", "escape", tab)
            for key in keys:
                await pilot.press(key, key, "escape", "escape", "escape")
                while len(app.screen_stack) > 1:
                    app.pop_screen()
        assert app.is_running


@pytest.mark.parametrize("make", [lambda: Pick("Which", [("a", "A", "")], None), lambda: Prompt("What")])
async def test_under_a_box_stand_the_keys_of_the_box(companion: Make, make: Callable[[], Pick | Prompt]) -> None:
    app = companion()
    async with app.run_test(size=(80, 24)) as pilot:
        box = make()
        app.push_screen(box)
        await pilot.pause()
        assert "esc cancel" in box.query_one(KeyLine).render().plain
