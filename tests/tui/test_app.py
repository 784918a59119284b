"""The frame: tabs, undo, other copies' writes, keys of one's own, errors, copies and links."""

import base64
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.worker import WorkerFailed

from cs229tui.errors import ReportableError
from cs229tui.library.database import open_library
from cs229tui.library.readings import state_of, update_state
from cs229tui.tui import clipboard, links, outside, themes
from cs229tui.tui.actions import ACTIONS, TABS
from cs229tui.tui.app import Companion
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Rows
from cs229tui.tui.widgets.tab_bar import TabBar

Make = Callable[..., Companion]
ABADI = "abadi-2016-dp-sgd"


def toasts(app: Companion) -> str:
    return "\n".join(notification.message for notification in app._notifications)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_every_tab_opens_with_its_key_pressed_twice(companion: Make, size: tuple[int, int]) -> None:
    app = companion()
    async with app.run_test(size=size) as pilot:
        for number, (tab, label) in enumerate(TABS, 1):
            await pilot.press(str(number), str(number))
            await pilot.pause()
            assert app.current_mode == tab
            bar = app.screen.query_one(TabBar)
            assert f"{number} {label}" in bar.render().plain
            assert bar.region.height == 1
            assert app.screen.query_one(KeyLine).region.bottom == size[1]


async def test_a_click_on_a_tab_opens_it(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(100, 24)) as pilot:
        where = app.screen.query_one(TabBar).render().plain.index("3 Library")
        await pilot.click(TabBar, offset=(where, 0))
        await pilot.pause()
        assert app.current_mode == "library"


async def test_the_bar_says_where_in_the_term_we_are(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(100, 24)):
        assert app.screen.query_one(TabBar).render().plain.endswith("week 4 · Tue 14 Feb")


async def test_resizing_while_drawing_keeps_every_tab_alive(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        for key in "123456":
            await pilot.press(key)
            for size in ((40, 12), (20, 5), (80, 24), (200, 60), (120, 40)):
                await pilot.resize_terminal(*size)
                await pilot.press("down")
        assert app.is_running


async def test_a_change_is_taken_back_and_said(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(100, 30)) as pilot:
        rows = app.screen.query_one("#due", Rows)
        rows.select(f"reading:{ABADI}")
        await pilot.press("space")
        assert state_of(app.database, ABADI).status == "reading"
        await pilot.pause()
        assert rows.current == f"reading:{ABADI}"
        await pilot.press("u")
        assert state_of(app.database, ABADI).status == "unread"
        assert "Undone: Abadi+ 16: reading" in toasts(app)
        await pilot.press("u")
        assert "nothing to undo" in toasts(app)


async def test_another_copys_write_is_shown_and_the_cursor_stays(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        table = app.screen.query_one("#table", Rows)
        table.select(f"reading:{ABADI}")
        await pilot.pause()
        scroll = table.scroll_offset.y
        other = open_library(app.folders.database)
        update_state(other, ABADI, status="done")
        other.close()
        app._poll()
        await pilot.pause()
        row = next(row for row in table.rows if row.key == f"reading:{ABADI}")
        assert row.cells[0].plain == "✓"
        assert table.current == f"reading:{ABADI}"
        assert table.scroll_offset.y == scroll


async def test_keys_of_ones_own_work_and_an_unknown_id_is_told(companion: Make) -> None:
    app = companion('[keys]\n"app.library" = "f9"\n"app.quit" = "f10"\n"no.such" = "x"\n')
    async with app.run_test() as pilot:
        await pilot.press("f9")
        assert app.current_mode == "library"
        assert "no.such" in toasts(app)
        await pilot.press("ctrl+q")
    assert not app.is_running


async def test_a_key_for_leaving_cannot_be_taken_away(companion: Make) -> None:
    app = companion('[keys]\n"app.quit" = ""\n"app.search" = "ctrl+q"\n')
    async with app.run_test() as pilot:
        await pilot.press("ctrl+q")
        await pilot.pause()
    assert not app.is_running


async def test_ctrl_c_asks_once_and_leaves_the_second_time(companion: Make) -> None:
    app = companion()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+c")
        assert app.is_running
        assert "again" in toasts(app)
        await pilot.press("ctrl+c")
        await pilot.pause()
    assert not app.is_running


async def test_a_persons_error_is_told_and_nothing_ends(companion: Make) -> None:
    app = companion()

    def fail() -> None:
        raise ReportableError("It is [bold]full[/nope].", "Empty it.")

    async with app.run_test() as pilot:
        app.action_guide = fail  # type: ignore[method-assign]
        await pilot.press("f4")
        assert "It is [bold]full[/nope].\nEmpty it." in toasts(app)
        app.screen.call_later(fail)
        app.screen.call_next(fail)
        await pilot.pause()
        app.run_worker(fail, thread=True)
        with pytest.raises(WorkerFailed):
            await app.workers.wait_for_complete()
        await pilot.press("2")
        assert app.current_mode == "course"
        assert app.is_running


async def test_what_goes_on_being_wrong_is_told_once(companion: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(_: object) -> int:
        raise ReportableError("It is damaged.")

    app = companion()
    async with app.run_test() as pilot:
        monkeypatch.setattr("cs229tui.tui.app.version_of_data", damaged)
        for _ in range(3):
            app._poll()
        await pilot.pause()
        assert toasts(app).count("It is damaged.") == 1


async def test_a_warning_of_the_settings_is_shown_and_no_welcome(companion: Make) -> None:
    app = companion("text_width = 5\n")
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "text_width" in toasts(app)
        assert type(app.screen).__name__ == "TodayScreen"


async def test_a_theme_is_kept_and_an_unknown_one_told(companion: Make) -> None:
    app = companion('theme = "no-such"\n')
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.theme == "cs229-dark"
        assert "no-such" in toasts(app)
        for theme in ("cs229-light", "ansi-dark", "nord"):
            app.theme = theme
            await pilot.pause()
            assert f'theme = "{theme}"' in app.folders.settings.read_text()


async def test_copies_go_to_the_terminal_wrapped_for_tmux(companion: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = companion()
    monkeypatch.setattr(clipboard, "local_tools", list)
    async with app.run_test() as pilot:
        written: list[str] = []
        monkeypatch.setattr(app, "write_to_terminal", written.append)
        app.copy("ε = 2.9")
        await app.workers.wait_for_complete()
        monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
        app.copy("ε = 2.9")
        await app.workers.wait_for_complete()
        await pilot.pause()
    plain, wrapped = written
    encoded = base64.b64encode("ε = 2.9".encode()).decode()
    assert plain == f"\x1b]52;c;{encoded}\x07"
    assert wrapped == f"\x1bPtmux;\x1b\x1b]52;c;{encoded}\x07\x1b\\"


async def test_what_is_too_long_for_a_clipboard_is_in_a_file(companion: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = companion()
    monkeypatch.setattr(clipboard, "local_tools", list)
    async with app.run_test() as pilot:
        text = "x" * (clipboard.LIMIT + 1)
        app.copy(text, "a long text")
        await app.workers.wait_for_complete()
        await pilot.pause()
        path = app.folders.cache / "copied.txt"
        assert path.read_text() == text
        assert str(path) in toasts(app)


def test_the_local_tool_gets_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "local_tools", lambda: [["false"], ["sh", "-c", f'cat > "{tmp_path}/got"']])
    assert clipboard.copy_locally("été")
    assert (tmp_path / "got").read_text("utf-8") == "été"
    monkeypatch.setattr(clipboard, "local_tools", lambda: [["false"]])
    assert not clipboard.copy_locally("x")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "https://", "data:text/html,x", "https://a\x1b[31mb.c/", "x"]
)
def test_only_web_and_mail_addresses_are_opened(url: str) -> None:
    with pytest.raises(ReportableError):
        links.checked_link(url)


def test_the_host_is_shown_as_the_browser_will_see_it() -> None:
    assert links.checked_link("https://arxiv.org:443@evil.example/x")[1] == "evil.example"
    assert links.checked_link("https://аrxiv.org/x")[1].startswith("xn--")
    assert links.checked_link("mailto:a@b.c") == ("mailto:a@b.c", "a@b.c")


async def test_over_ssh_a_link_is_copied_not_opened(companion: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = companion()
    monkeypatch.setenv("DISPLAY", ":0")
    opened: list[str] = []
    copied: list[str] = []
    monkeypatch.setattr(links, "open_in_browser", lambda url: bool(opened.append(url)) or True)
    monkeypatch.setattr(outside, "copy", lambda app, text, name: copied.append(text))
    async with app.run_test():
        app.open_link("https://arxiv.org/abs/1607.00133")
        await app.workers.wait_for_complete()
        monkeypatch.setenv("SSH_TTY", "/dev/pts/0")
        app.open_link("https://arxiv.org/abs/1607.00133")
        await app.workers.wait_for_complete()
    assert opened == copied == ["https://arxiv.org/abs/1607.00133"]


async def test_two_copies_at_once_keep_both_writes(companion: Make) -> None:
    first, second = companion(), companion()
    async with first.run_test() as one, second.run_test() as two:
        update_state(first.database, ABADI, rating=4)
        first.changed()
        update_state(second.database, ABADI, priority=2)
        second.changed()
        first._poll()
        second._poll()
        await one.pause()
        await two.pause()
        state = state_of(first.database, ABADI)
        assert (state.rating, state.priority) == (4, 2)


def test_every_action_has_an_id_of_its_own_and_a_scope_that_is_bound() -> None:
    ids = [action.id for action in ACTIONS]
    assert len(ids) == len(set(ids))
    for action in ACTIONS:
        assert action.help.endswith((".", "…")), action.id
        assert not [key for key in action.keys.split(",") if not key.strip()], action.id


async def test_a_click_on_a_key_below_does_what_the_key_does(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(100, 24)) as pilot:
        where = app.screen.query_one(KeyLine).render().plain.index("? help")
        await pilot.click(KeyLine, offset=(where, 0))
        await pilot.pause()
        assert type(app.screen).__name__ == "HelpScreen"


async def test_another_first_lecture_moves_the_bar_at_once(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(100, 24)) as pilot:
        app.set_setting("first_lecture", date(2023, 2, 9))
        await pilot.pause()
        assert app.screen.query_one(TabBar).render().plain.endswith("week 2 · Tue 14 Feb")


async def test_one_key_for_two_actions_is_told_once(companion: Make) -> None:
    app = companion('[keys]\n"app.settings" = "2"\n')
    async with app.run_test() as pilot:
        await pilot.press("x", "x", "x")
        assert toasts(app).count("The same key") <= 1
        assert app.is_running


async def test_the_first_screen_has_the_theme_and_the_classes_of_its_size(companion: Make) -> None:
    app = companion('theme = "cs229-light"\n')
    async with app.run_test(size=(80, 16)) as pilot:
        light = Color.parse(themes.LIGHT.background or "")
        assert app.screen.styles.background == light
        assert app.screen.query_one("#due-panel").styles.border_title_color == Color.parse(themes.LIGHT.primary)
        assert {"-medium", "-low"} <= app.screen.classes
        await pilot.resize_terminal(120, 40)
        assert {"-wide", "-tall"} <= app.screen.classes
        assert not {"-medium", "-low"} & app.screen.classes
        await pilot.press("2", "1")
        assert app.screen.styles.background == light


async def test_the_styles_are_not_parsed_again_for_the_first_screen(
    companion: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[Stylesheet] = []
    monkeypatch.setattr(Stylesheet, "reparse", parsed.append)
    app = companion()
    async with app.run_test(size=(120, 40)):
        assert app.screen.query_one("#due", Rows).rows
        assert not parsed


async def test_no_tab_opens_in_a_line_of_text(companion: Make) -> None:
    app = companion()
    async with app.run_test() as pilot:
        for number in range(1, 7):
            await pilot.press(str(number))
            # A key that is typed before the screen is whole would be text otherwise.
            assert app.screen.AUTO_FOCUS not in (None, "*"), app.screen
            assert isinstance(app.focused, Rows), app.screen
