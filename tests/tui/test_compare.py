"""The compare screen: settings with their spread, live runs, what is drawn and what is not, code and export."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from bench import make_lab
from cs229tui.folders import Folders
from cs229tui.labs import find
from cs229tui.labs.copies import copy_lab
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, run
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.compare import CompareScreen
from cs229tui.tui.screens.compare_code import CompareCode
from cs229tui.tui.screens.comparing import compare_runs
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.screens.run import RunScreen
from cs229tui.tui.widgets.chart_wall import ChartWall
from cs229tui.tui.widgets.rows import Rows
from cs229tui.tui.widgets.sweep_plot import SweepPlot
from cs229tui.workspace import Workspace
from lab_screens import until, welcomed, words
from made_runs import falling, made_run

HOSTILE = "a[/b]\x1b[1m"


@pytest.fixture(autouse=True)
def only_hers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "shipped", lambda name: tmp_path / "none")


@pytest.fixture
def sweep(bench_folders: Folders, bench_library: Database) -> list[RunRecord]:
    make_lab(bench_folders.labs)
    return [
        made_run(
            bench_folders.runs,
            f"run-{lr}-{seed}",
            {"train": falling(1 + lr + seed / 100), "held out": falling(2 + lr)},
            {"lr": lr, "seed": seed},
            claims={"falls": ("confirmed" if lr > 0.01 else "not confirmed", lr)},
            sweep="s1",
            database=bench_library,
        )
        for lr in (0.003, 0.03, 0.3)
        for seed in (1, 2)
    ]


@asynccontextmanager
async def comparing(
    records: Sequence[RunRecord], size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[None], CompareScreen]]:
    app = welcomed()
    async with app.run_test(size=size) as pilot:
        screen = CompareScreen(records)
        await app.push_screen(screen)
        await until(pilot, lambda: screen.whole and not screen._dirty)
        yield pilot, screen


def drawn(screen: CompareScreen) -> list[str]:
    """The labels of the curves of the first plot."""
    return [curve.label for curve in screen.query_one(ChartWall).plots[0].curves]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_sweep_is_one_comparison(sweep: list[RunRecord], size: tuple[int, int]):
    async with comparing(sweep, size) as (_, screen):
        shown = words(screen.companion)
        assert "parabola · 6 runs, 3 settings · lr differs" in shown
        assert drawn(screen) == ["lr=3e-3", "lr=0.03", "lr=0.3"]
        assert all(curve.band is not None for curve in screen.query_one(ChartWall).plots[0].curves)
        assert "0.1018 ± 0.0007" in shown or "0.10180 ± 0.00071" in shown
        assert "✗ 0/1" in shown and "✓ 1/1" in shown
        assert "train at the end" in shown and "1e-3" not in shown
        assert [point.value for point in screen.query_one(SweepPlot).points] == [0.003, 0.03, 0.3]


async def test_settings_are_taken_out_and_in_and_left_out_altogether(sweep: list[RunRecord]):
    async with comparing(sweep) as (pilot, screen):
        await pilot.press("space")
        await until(pilot, lambda: drawn(screen) == ["lr=0.03", "lr=0.3"])
        assert len(screen.query_one(SweepPlot).points) == 2
        await pilot.press("k", "space")
        await until(pilot, lambda: len(drawn(screen)) == 3)
        await pilot.press("delete")
        await until(pilot, lambda: len(screen.comparison.groups) == 2)
        await pilot.press("u")
        await until(pilot, lambda: len(screen.comparison.groups) == 3)


async def test_seeds_stand_for_themselves_with_m(sweep: list[RunRecord]):
    async with comparing(sweep) as (pilot, screen):
        await pilot.press("m")
        await until(pilot, lambda: len(drawn(screen)) == 6)
        assert "lr=3e-3 seed=1" in words(screen.companion)
        assert screen.query_one(ChartWall).plots[0].curves[0].band is None


async def test_keys_look_at_the_plots(sweep: list[RunRecord]):
    async with comparing(sweep) as (pilot, screen):
        await pilot.press("left")
        wall = screen.query_one(ChartWall)
        assert wall.sight.cross is not None
        await pilot.press("plus", "t", "s", "y", "0", "right_square_bracket", "v", "v")
        assert wall.sight.by_time and wall.sight.window is None


async def test_enter_opens_the_run_asked_for(sweep: list[RunRecord]):
    async with comparing(sweep) as (pilot, _):
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Pick))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen))
        assert isinstance(pilot.app.screen, RunScreen)
        assert pilot.app.screen.run_id == "run-0.003-2"


async def test_two_runs_that_differ_by_their_seed_are_two_lines_at_first(sweep: list[RunRecord]):
    async with comparing(sweep[:2]) as (pilot, screen):
        assert len(drawn(screen)) == 2
        await pilot.press("m")
        await until(pilot, lambda: len(drawn(screen)) == 1)


async def test_a_run_that_goes_on_is_followed(bench_folders: Folders, bench_library: Database):
    done = made_run(bench_folders.runs, "a", {"loss": falling(1)}, {"lr": 0.1}, database=bench_library)
    going = made_run(
        bench_folders.runs, "b", {"loss": falling(2)}, {"lr": 0.2}, state="running", database=bench_library
    )
    async with comparing([done, going]) as (pilot, screen):
        assert "running" in words(screen.companion)
        with (Path(going.folder) / "events.jsonl").open("a") as file:
            file.write(json.dumps({"kind": "metric", "t": 5, "step": 11, "values": {"loss": 0.012345}}) + "\n")
            file.write(json.dumps({"kind": "end", "t": 6, "state": "done", "seconds": 6}) + "\n")
        await until(pilot, lambda: screen.runs["b"].record.state == "done" and not screen._dirty)
        assert "0.01235" in words(screen.companion) or "0.01234" in words(screen.companion)


async def test_runs_with_nothing_in_common_and_hostile_names(bench_folders: Folders, bench_library: Database):
    runs = [
        made_run(bench_folders.runs, "a", {HOSTILE: falling(1)}, {"text": HOSTILE}, database=bench_library),
        made_run(bench_folders.runs, "b", {"other": [(0, None)]}, lab="gone", database=bench_library),
        made_run(bench_folders.runs, "c", {}, {"text": "[bold]"}, lab="gone", state="failed", database=bench_library),
    ]
    async with comparing(runs) as (pilot, screen):
        shown = words(screen.companion)
        assert "a[/b]" in shown and "text=a[/b]" in shown and "\x1b" not in shown
        assert "NaN" in shown and "failed" in shown
        for key in ("m", "y", "t", "right_square_bracket", "d"):
            await pilot.press(key)
            await pilot.pause()


async def test_code_is_compared_beside_the_results(bench_folders: Folders, bench_library: Database):
    runs = [
        made_run(
            bench_folders.runs, name, {"loss": falling(at)}, code=f"rate = {at}  # [bold]\n", database=bench_library
        )
        for at, name in enumerate(("a", "b"), 1)
    ]
    async with comparing(runs) as (pilot, screen):
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareCode))
        shown = words(screen.companion)
        assert "code 1 → code 2" in shown
        assert "− rate = 1  # [bold]" in shown and "+ rate = 2  # [bold]" in shown
        assert "+0.1" in shown
        await pilot.press("escape")
        assert pilot.app.screen is screen


async def test_a_file_that_is_there_is_not_replaced_unasked(sweep: list[RunRecord], tmp_path: Path):
    target = tmp_path / "out.csv"
    target.write_text("hers")
    async with comparing(sweep) as (pilot, _):
        await pilot.press("x")
        await pilot.pause()
        pilot.app.screen.query_one("Input").value = str(target)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Pick))
        assert target.read_text() == "hers"
        await pilot.press("down", "enter")
        await until(pilot, lambda: target.read_text() != "hers" and target.with_name("out-finals.csv").exists())
        assert target.read_text().startswith("run,lab,preset,seed,lr,metric")


async def test_from_the_labs_a_marked_sweep_is_compared(sweep: list[RunRecord]):
    workspace = Workspace()
    workspace.folders.settings.parent.mkdir(parents=True, exist_ok=True)
    workspace.folders.settings.touch()
    app = Companion(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: app.screen.query("#runs"))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.whole)
        assert isinstance(app.screen, CompareScreen)
        assert len(app.screen.records) == 2
        await pilot.press("escape")
        app.open_run(sweep[0].id)
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.record is not None)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.whole)
        assert isinstance(app.screen, CompareScreen)
        assert len(app.screen.records) == 6


async def test_e_makes_a_copy_that_is_in_the_menu_at_once(
    sweep: list[RunRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    make_lab(tmp_path / "ours", "ridge", key="r")
    monkeypatch.setattr(find, "shipped", lambda name: tmp_path / "ours")
    workspace = Workspace()
    workspace.folders.settings.parent.mkdir(parents=True, exist_ok=True)
    workspace.folders.settings.touch()
    app = Companion(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: app.screen.query("#labs"))
        listed = app.screen.query_one("#labs", Rows)
        listed.select("ridge")
        await pilot.press("e")
        await until(pilot, lambda: listed.select("my-ridge"))
        assert (workspace.folders.labs / "my-ridge" / "main.py").is_file()
        await pilot.press("e")  # her own is opened, not copied: no editor is named, so it says where it lies
        await pilot.pause()
        assert not (workspace.folders.labs / "my-ridge-2").exists()


async def test_the_first_run_of_a_copy_is_put_beside_the_original(
    bench_folders: Folders, bench_library: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    make_lab(tmp_path / "ours", "ridge", key="r")
    monkeypatch.setattr(find, "shipped", lambda name: tmp_path / "ours")
    copied = copy_lab(bench_folders, find.lab_named(bench_folders, "ridge"))
    for name, lab, lr in (("like", "ridge", 0.1), ("unlike", "ridge", 0.2), ("hers", copied.name, 0.1)):
        made_run(bench_folders.runs, name, {"loss": falling(1)}, {"lr": lr}, lab=lab, database=bench_library)
    app = welcomed()
    async with app.run_test(size=(120, 40)) as pilot:
        compare_runs(app, [run(bench_library, "hers")])
        await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.whole)
        assert isinstance(app.screen, CompareScreen)
        assert {record.id for record in app.screen.records} == {"like", "hers"}
