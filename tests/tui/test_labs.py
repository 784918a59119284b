"""The Labs tab: one key starts a lab; the form checks what it is given; the history follows."""

from pathlib import Path

import pytest
from textual.widgets import Input, Select, Static

from bench import STOPS, make_lab
from cs229tui.errors import DatabaseError
from cs229tui.folders import Folders
from cs229tui.labs import needs
from cs229tui.library.runs import run as run_of
from cs229tui.library.runs import runs
from cs229tui.tui.screens import labs as labs_screen
from cs229tui.tui.screens import launching
from cs229tui.tui.screens.lab_form import LabForm
from cs229tui.tui.screens.labs import LabsScreen
from cs229tui.tui.screens.run import RunScreen
from cs229tui.tui.widgets.rows import Rows
from lab_screens import bench, until, words

pytestmark = pytest.mark.usefixtures("only_hers")


async def test_its_key_starts_a_lab_at_once(bench_folders: Folders):
    make_lab(bench_folders.labs, key="p")
    async with bench() as (pilot, app, _screen):
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        (record,) = runs(app.database)
        assert (record.lab, record.preset) == ("parabola", "quick")
        await until(pilot, lambda: run_of(app.database, record.id).state == "done")
        app.pop_screen()
        await until(pilot, lambda: "✓ 1/1" in words(app))
        history = app.screen.query_one("#runs", Rows)
        assert [row.key for row in history.rows] == [record.id]
        history.focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_labs_stand_under_their_lecture_with_their_needs(bench_folders: Folders):
    make_lab(bench_folders.labs, lecture=4)
    (make_lab(bench_folders.labs, "evil [bold]") / "lab.toml").write_text("x = [/nope]\x1b[31m", "utf-8")
    async with bench() as (pilot, app, _screen):
        shown = words(app)
        assert "Lecture 4 · " in shown
        assert "[p]" in shown
        assert "✗ full" in shown and "This needs an NVIDIA or AMD GPU" in shown
        assert "evil [bold]" in shown and "broken" in shown
        await pilot.press("down")
        assert "lab.toml" in words(app) and "\x1b" not in words(app)
        await pilot.press("enter")
        assert isinstance(app.screen, LabsScreen)


async def test_without_torch_a_key_tells_what_to_do(bench_folders: Folders, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(needs, "_torch_here", lambda: "")
    needs._asked.cache_clear()
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, _screen):
        assert "PyTorch is not installed." in words(app)
        await pilot.press("p")
        await until(pilot, lambda: len(app._notifications) > 0)
        (note,) = app._notifications
        assert "pip install" in note.message
        assert isinstance(app.screen, LabsScreen)
        assert runs(app.database) == []


async def test_the_form_checks_and_starts(bench_folders: Folders):
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, _screen):
        await pilot.press("enter")
        form = app.screen
        assert isinstance(form, LabForm)
        command = form.query_one("#form-command", Static)
        assert str(command.content) == "cs229tui lab run parabola --preset quick"
        field = form.query_one("#field-lr Input", Input)
        field.value = "7"
        await pilot.pause()
        assert form.query_one("#field-lr").has_class("-wrong")
        assert "0 to 1" in str(form.query_one("#field-lr .field-help", Static).content)
        await pilot.press("ctrl+r")
        assert app.screen is form and app.focused is field
        field.value = "0.25"
        form.query_one("#field-device Input", Input).value = "cpu"
        await pilot.pause()
        assert str(command.content) == "cs229tui lab run parabola --preset quick --param device=cpu --param lr=0.25"
        assert not form.query_one("#field-lr").has_class("-wrong")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        (record,) = runs(app.database)
        assert (record.parameters["lr"], record.parameters["device"]) == (0.25, "cpu")
        await until(pilot, lambda: run_of(app.database, record.id).state == "done")


async def test_the_form_has_what_the_variant_makes_use_of(bench_folders: Folders):
    lab = make_lab(bench_folders.labs) / "lab.toml"
    head, presets = lab.read_text("utf-8").split("[presets", 1)
    variant = '[parameters.variant]\ntype = "choice"\nchoices = ["line", "curve"]\ndefault = "line"\nhelp = "which"\n'
    bend = '[parameters.bend]\ntype = "float"\ndefault = 1.0\nhelp = "how much"\nvariants = ["curve"]\n'
    lab.write_text(f"{head}{variant}{bend}[presets{presets}", "utf-8")
    async with bench() as (pilot, app, _screen):
        await pilot.press("enter")
        form = app.screen
        command = form.query_one("#form-command", Static)
        bend = form.query_one("#field-bend")
        chosen = form.query_one("#field-variant Select", Select)
        assert not bend.display
        chosen.value = "curve"
        await until(pilot, lambda: bend.display)
        form.query_one("#field-bend Input", Input).value = "2"
        await until(pilot, lambda: "bend=2.0" in str(command.content))
        chosen.value = "line"  # what stands in a hidden field is not asked for
        await until(pilot, lambda: not bend.display)
        assert str(command.content) == "cs229tui lab run parabola --preset quick"
        chosen.value = "line, curve"
        await until(pilot, lambda: bend.display)


async def test_a_preset_fills_the_form_and_says_what_it_lacks(bench_folders: Folders):
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, _screen):
        await pilot.press("enter", "down")
        form = app.screen
        assert isinstance(form, LabForm)
        assert form.query_one("#field-lr Input", Input).value == "0.5"
        assert "GPU" in str(form.query_one("#form-problem", Static).content)
        await pilot.press("enter")
        await until(pilot, lambda: len(app._notifications) > 0)
        assert app.screen is form
        assert runs(app.database) == []
        await pilot.press("escape")
        assert isinstance(app.screen, LabsScreen)


async def test_a_run_is_stopped_from_the_list_when_pressed_twice(bench_folders: Folders, begin):
    record = begin(STOPS)
    async with bench() as (pilot, app, _screen):
        await until(pilot, lambda: run_of(app.database, record.id).state == "running")
        await until(pilot, lambda: "▸ running" in words(app))
        await pilot.press("s")
        assert run_of(app.database, record.id).state == "running"
        await pilot.press("s")
        await until(pilot, lambda: run_of(app.database, record.id).state == "stopped")
        await until(pilot, lambda: "■ stopped" in words(app))
        await pilot.press("s")
        assert any("No run is going on" in note.message for note in app._notifications)


async def test_the_cursor_goes_from_the_labs_to_the_runs_and_back(bench_folders: Folders, begin):
    begin(STOPS)
    async with bench() as (pilot, app, screen):
        await until(pilot, lambda: len(screen.table.rows) == 1)
        await pilot.press("down")
        assert app.focused is screen.query_one("#runs", Rows)
        await pilot.press("up")
        assert app.focused is screen.query_one("#labs", Rows)


async def test_open_lab_puts_the_cursor_there(bench_folders: Folders):
    make_lab(bench_folders.labs, "one")
    make_lab(bench_folders.labs, "two", lecture=5)
    async with bench() as (pilot, app, screen):
        await pilot.press("1")
        app.open_lab("two")
        await until(pilot, lambda: screen.query_one("#labs", Rows).current == "two")
        assert app.screen is screen


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_every_size_shows_labs_and_runs(bench_folders: Folders, size: tuple[int, int]):
    make_lab(bench_folders.labs)
    async with bench(size) as (pilot, app, screen):
        for id in ("#labs", "#runs"):
            region = screen.query_one(id).region
            assert region.height >= 4 and region.bottom <= size[1]
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen.query_one("#form-fields").region.bottom <= size[1]


async def test_a_library_that_cannot_be_opened_is_told_and_tried_again(
    bench_folders: Folders, monkeypatch: pytest.MonkeyPatch
):
    def held(path: Path) -> None:
        raise DatabaseError("The library is in use by another program.", "Close what holds it and try again.")

    def told() -> bool:
        return any("in use" in toast.message for toast in app._notifications)

    make_lab(bench_folders.labs, key="p")
    async with bench() as (pilot, app, screen):
        monkeypatch.setattr(labs_screen, "open_library", held)
        monkeypatch.setattr(launching, "open_library", held)
        screen._refresh_runs()
        await until(pilot, told)
        assert screen._runs_folder == 0
        app.clear_notifications()
        await pilot.press("p")
        await until(pilot, told)
        assert app.is_running and runs(app.database) == []
