"""What she expects is asked once, before the first run is seen, while the run goes on behind."""

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from bench import make_lab
from cs229tui.folders import Folders
from cs229tui.library.predictions import answers, predictions
from cs229tui.library.runs import runs
from cs229tui.tui.app import Companion
from cs229tui.tui.reading.drafts import Drafts
from cs229tui.tui.screens.lab_form import LabForm
from cs229tui.tui.screens.predicting import PredictingScreen
from cs229tui.tui.screens.run import RunScreen
from cs229tui.tui.widgets.typing import Line, Page
from lab_screens import bench, until

QUESTIONS = """
[[questions]]
id = "first"
text = "What is the first loss [bold]?"
unit = "nats"
metric = "train"

[[questions]]
id = "which"
text = "Which curve ends lower?"
choices = ["train", "held [out]"]

[[questions]]
id = "why"
text = "And why?"
"""


@pytest.fixture(autouse=True)
def lab(bench_folders: Folders, only_hers: None) -> Path:
    folder = make_lab(bench_folders.labs)
    with (folder / "lab.toml").open("a", encoding="utf-8") as file:
        file.write(QUESTIONS)
    return folder


async def asked(pilot: Pilot[None], app: Companion) -> PredictingScreen:
    await pilot.press("p")
    await until(pilot, lambda: isinstance(app.screen, PredictingScreen))
    assert isinstance(app.screen, PredictingScreen)
    return app.screen


async def test_answers_are_checked_kept_and_written_into_the_run(bench_folders: Folders):
    async with bench() as (pilot, app, _):
        sheet = await asked(pilot, app)
        await until(pilot, lambda: len(runs(app.database)) == 1)
        await pilot.press(*"much", "enter", "down", "enter", *"as", "ctrl+s")
        assert app.screen is sheet
        problem = sheet.query_one("#question-first .question-problem", Static)
        assert "'much' is not a number" in str(problem.content) and problem.display
        assert app.focused is sheet.query_one("#answer-first", Line)
        sheet.query_one("#answer-first", Line).value = "4.2 nats"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert answers(app.database, "parabola") == {"first": "4.2", "which": "held [out]", "why": "as"}
        (record,) = runs(app.database)
        story = json.loads((Path(record.folder) / "run.json").read_text("utf-8"))
        assert [one["answer"] for one in story["predictions"]] == ["4.2", "held [out]", "as"]
        assert Drafts(bench_folders.data / "drafts.json").get("prediction:parabola:first") == ""


async def test_escape_skips_keeps_the_draft_and_asks_until_a_result_was_seen(bench_folders: Folders):
    async with bench() as (pilot, app, _):
        await asked(pilot, app)
        await pilot.press(*"4.1", "escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert predictions(app.database) == []
        assert "4.1" in (bench_folders.data / "drafts.json").read_text("utf-8")
        app.pop_screen()
        await until(pilot, lambda: runs(app.database)[0].state == "done")
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_nothing_answered_is_no_answer():
    async with bench() as (pilot, app, _):
        sheet = await asked(pilot, app)
        await pilot.press("ctrl+s")
        assert app.screen is sheet
        assert any("Nothing is answered" in note.message for note in app._notifications)


async def test_later_she_may_say_it_anew_and_every_answer_is_kept():
    async with bench() as (pilot, app, _):
        sheet = await asked(pilot, app)
        sheet.query_one("#answer-first", Line).value = "4"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        app.pop_screen()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LabForm))
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PredictingScreen))
        again = app.screen
        assert again.query_one("#answer-first", Line).value == "4"
        again.query_one("#answer-why", Page).text = "since it falls"
        again.query_one("#answer-first", Line).value = "5"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, LabForm))
        assert answers(app.database, "parabola") == {"first": "5", "why": "since it falls"}
        assert len(predictions(app.database)) == 3


async def test_a_draft_is_there_again():
    async with bench() as (pilot, app, _):
        await asked(pilot, app)
        await pilot.press(*"4.", "escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        app.pop_screen()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LabForm))
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PredictingScreen))
        assert app.screen.query_one("#answer-first", Line).value == "4."


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_the_first_question_is_in_sight(size: tuple[int, int]):
    async with bench(size) as (pilot, app, _):
        sheet = await asked(pilot, app)
        assert sheet.query_one("#answer-first").region.bottom < size[1]
        assert sheet.query_one("#answer-first").region.height == 1
