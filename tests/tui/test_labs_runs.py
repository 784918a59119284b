"""The runs in the Labs tab: narrowed, ordered, folded, marked, deleted; and labs of every kind beside them."""

import shutil

import pytest
from textual.widgets import Input, Select, Static

from bench import make_lab
from cs229tui.folders import Folders
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, runs, save_run, save_runs
from cs229tui.tui.screens.lab_form import LabForm
from cs229tui.tui.screens.labs import LabsScreen
from cs229tui.tui.screens.labs_here import LabsHere
from cs229tui.tui.screens.run import RunScreen
from cs229tui.tui.widgets.lab_field import LabField
from cs229tui.tui.widgets.rows import Rows
from lab_screens import bench, until, words

pytestmark = pytest.mark.usefixtures("only_hers")


@pytest.fixture
def past(bench_library: Database, bench_folders: Folders) -> None:
    verdict = {"id": "falls", "verdict": "confirmed", "measured": 0.1}

    def made(id: str, day: int, **fields: object) -> RunRecord:
        folder = bench_folders.runs / id
        folder.mkdir(parents=True)
        usual = {
            "state": "done",
            "ended": f"2023-02-{day:02d}T12:00:{60 - day}.000Z",
            "verdicts": [verdict],
            "parameters": {"lr": 0.1},
        }
        began = f"2023-02-{day:02d}T12:00:00.000Z"
        return RunRecord(id, "parabola", "quick", str(folder), started=began, **(usual | fields))  # type: ignore[arg-type]

    save_runs(
        bench_library,
        [
            made("aa1", 1),
            made("aa2", 2, parameters={"lr": 0.2}),
            made("bb3", 3, state="failed", verdicts=[]),
            *(made(f"cc{one}", 3 + one, sweep="5eed", parameters={"lr": 0.1 * one, "seed": one}) for one in (1, 2, 3)),
        ],
    )


def listed(screen: LabsScreen) -> list[str]:
    return [row.key for row in screen.table.rows]


async def test_typing_narrows_and_is_kept_for_the_next_start(bench_folders: Folders, past: None):
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, screen):
        assert listed(screen) == ["sweep:5eed", "bb3", "aa2", "aa1"]
        await pilot.press("slash", *"lr=0.1 done")
        await until(pilot, lambda: listed(screen) == ["cc1", "aa1"])
        await pilot.press("enter", "o")
        assert app.focused is screen.table
        assert "longest first" in words(app) and "2 found" in words(app)
    async with bench() as (pilot, app, screen):
        assert listed(screen) == ["aa1", "cc1"]
        assert screen.query_one("#runs-typed", Input).value == "lr=0.1 done"
        screen.table.focus()
        await pilot.press("escape")
        assert len(listed(screen)) == 4
        await pilot.press("escape")
        assert app.focused is screen.query_one("#labs", Rows)


async def test_words_that_ask_for_nothing_are_told(bench_folders: Folders, past: None):
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, screen):
        await pilot.press("slash", *"since:soon")
        await until(pilot, lambda: "since: takes 2h, 3d, 2w" in words(app))
        assert listed(screen) == []


async def test_a_sweep_opens_and_folds_and_is_marked_whole(bench_folders: Folders, past: None):
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, screen):
        screen.table.focus()
        assert "▸ 3 runs" in words(app) and "3/3 done" in words(app)
        await pilot.press("enter")
        assert listed(screen)[:4] == ["sweep:5eed", "cc3", "cc2", "cc1"]
        await pilot.press("space")
        assert screen.marked == {"cc1", "cc2", "cc3"}
        assert "3 marked" in words(app)
        await pilot.press("space")
        assert screen.marked == {"cc1", "cc2"}
        await pilot.press("home", "enter")
        assert listed(screen) == ["sweep:5eed", "bb3", "aa2", "aa1"]
        app.open_labs_run("aa2")
        await until(pilot, lambda: screen.table.current == "aa2")


async def test_runs_are_deleted_when_pressed_twice_and_come_back(bench_folders: Folders, past: None):
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, screen):
        screen.table.focus()
        await pilot.press("end", "delete")
        assert len(runs(app.database)) == 6
        await pilot.press("delete")
        assert listed(screen) == ["sweep:5eed", "bb3", "aa2"]
        assert not (bench_folders.runs / "aa1").exists()
        await pilot.press("u")
        await until(pilot, lambda: listed(screen)[-1] == "aa1")
        assert (bench_folders.runs / "aa1").is_dir()


async def test_what_waits_shows_its_place(bench_folders: Folders, bench_library: Database, past: None):
    make_lab(bench_folders.labs)
    for number in (1, 2):
        folder = bench_folders.runs / f"q{number}"
        folder.mkdir()
        (folder / "queued").write_text("elsewhere\n")
        began = f"2023-02-0{number}T12:00:00.000Z"
        save_run(bench_library, RunRecord(f"q{number}", "parabola", "quick", str(folder), "queued", began))
    async with bench() as (_pilot, _app, screen):
        rows = screen._rows(screen.listing, {"q1": 1, "q2": 2}, 0, 2)
        assert [str(row.cells[4]).partition("queued")[2] for row in rows] == [", 1st", ", 2nd"]


async def test_several_values_in_a_field_start_a_sweep(bench_folders: Folders):
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, screen):
        await pilot.press("enter")
        form = app.screen
        assert isinstance(form, LabForm)
        form.query_one("#field-lr", LabField).text = "0.1, 0.2"
        form.query_one("#field-seed", LabField).text = "1..2"
        await pilot.pause()
        assert "2 lr × 2 seed = 4 runs · ~4 min, says the lab" in words(app).replace("2 seed × 2 lr", "2 lr × 2 seed")
        command = str(form.query_one("#form-command", Static).content)
        assert "--sweep lr=0.1,0.2" in command and "--sweep seed=1,2" in command
        await pilot.press("ctrl+r")
        await until(pilot, lambda: app.screen is screen and len(runs(app.database)) == 4)
        assert len({record.sweep for record in runs(app.database)}) == 1
        await until(pilot, lambda: screen.table.current.startswith("sweep:"))
        await until(pilot, lambda: all(record.state == "done" for record in runs(app.database)))


async def test_the_presets_value_and_the_last_values_come_back(bench_folders: Folders, past: None):
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, _screen):
        await pilot.press("enter")
        form = app.screen
        field = form.query_one("#field-lr", LabField)
        field.box.focus()
        field.text = "0.7"
        await pilot.press("ctrl+z")
        assert field.text == "0.1"
        await pilot.press("ctrl+l")
        assert field.text.startswith("0.3")
        assert "preset: 0.1" in words(app)


async def test_launchers_and_their_options(bench_folders: Folders, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.which", lambda name, *_: f"/usr/bin/{name}" if name == "sbatch" else None)
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, _screen):
        await pilot.press("enter")
        form = app.screen
        assert isinstance(form, LabForm)
        assert not form.query_one("#field-partition").display
        form.query_one("#field-launcher Select", Select).value = "slurm"
        form.query_one("#field-partition", LabField).text = "gpu; rm -rf ~"
        await pilot.pause()
        assert form.query_one("#field-partition").display
        line = str(form.query_one("#form-command", Static).content)
        assert "--launcher slurm" in line and "'partition=gpu; rm -rf ~'" in line


async def test_a_lab_that_is_gone_is_told_and_the_form_stays(bench_folders: Folders):
    folder = make_lab(bench_folders.labs, "my [b]lab ünï")
    async with bench() as (pilot, app, _screen):
        await pilot.press("enter")
        form = app.screen
        assert isinstance(form, LabForm)
        assert "'my [b]lab ünï'" in str(form.query_one("#form-command", Static).content)
        shutil.rmtree(folder)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: len(app._notifications) > 0)
        assert app.screen is form and runs(app.database) == []


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_many_labs_stand_beside_their_lecture(bench_folders: Folders, size: tuple[int, int]):
    for number in range(18):
        make_lab(bench_folders.labs, f"lab{number:02d}", lecture=1 + number % 12, key="z")
    (bench_folders.labs / "lab05" / "main.py").unlink()
    async with bench(size) as (pilot, app, screen):
        found = screen.query_one("#labs", Rows)
        assert [row.key for row in found.rows if not row.key] == []
        assert "L1" in words(app)
        screen.choose_lab("lab05")
        await pilot.pause()
        assert "broken" in words(app)
        await pilot.press("enter")
        assert app.screen is screen
        assert any("main.py is missing" in note.message for note in app._notifications)


async def test_a_list_of_labs_runs_one_by_its_key_and_comes_back(bench_folders: Folders):
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, _screen):
        await pilot.press("2")
        app.open_lecture(3)
        await pilot.pause()
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, LabsHere))
        assert "Labs of lecture 3" in words(app)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert [record.lab for record in runs(app.database)] == ["parabola"]


async def test_a_click_on_a_title_orders_by_it(bench_folders: Folders, past: None):
    make_lab(bench_folders.labs)
    async with bench() as (pilot, app, screen):
        header = "".join(segment.text for segment in screen.table.render_line(0))
        await pilot.click("#runs", offset=(header.index("took"), 0))
        await until(pilot, lambda: screen.wanted.order == "longest")
        assert "longest first" in words(app)
