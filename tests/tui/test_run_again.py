"""A run's screen beyond its panels: claims and predictions, what went wrong, the log, replays, folders of others."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bench import DONE
from cs229tui.labkit.events import End, Metric
from cs229tui.labkit.spec import Question
from cs229tui.labs.history import run_in
from cs229tui.labs.launch import pause, resume
from cs229tui.labs.life import Life, look
from cs229tui.labs.output import MOST_BYTES, OutputFollower
from cs229tui.labs.predictions import expectations, number_in
from cs229tui.labs.replaying import Player, Replay, nearest_speed
from cs229tui.labs.series import Series
from cs229tui.labs.troubles import NanWatch, troubles
from cs229tui.labs.watch import RunView
from cs229tui.library.runs import RunRecord
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.lab_form import LabForm
from cs229tui.tui.screens.prompt import Prompt
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.screens.run import RunScreen
from cs229tui.tui.screens.run_tries import TriesScreen
from cs229tui.tui.widgets.claims_list import ClaimsList
from cs229tui.tui.widgets.log_pane import LogPane
from cs229tui.tui.widgets.panel_wall import PanelWall
from cs229tui.workspace import Workspace
from lab_screens import over, until, watching, words

MADE = Path(__file__).parent.parent / "labs_made"


@pytest.fixture
def everything(begin, bench_folders):
    """Starts the lab that logs everything."""
    bench_folders.labs.mkdir(parents=True, exist_ok=True)
    shutil.copytree(MADE / "everything", bench_folders.labs / "everything")
    return lambda **changed: begin(name="everything", **{"pace": "0", **changed})


# What a run says of itself


def life(state: str, folder: Path, **more: object) -> Life:
    record = RunRecord("r", "lab", "quick", str(folder), state, "2023-02-14T12:00:00.000Z")  # type: ignore[arg-type]
    return Life(record, **more)  # type: ignore[arg-type]


def test_each_trouble_is_told_with_what_to_do(tmp_path):
    (tmp_path / "events.jsonl").touch()
    said = troubles(life("running", tmp_path, silent=45.0), {}, None)
    assert "Nothing was heard for 45 s" in said[0].what and "x stops it" in said[0].remedy
    assert "Space" in troubles(life("running", tmp_path, paused=True), {}, None)[0].remedy
    assert "by force" in troubles(life("running", tmp_path, stopping=True), {}, None)[0].remedy
    failed = replace(life("failed", tmp_path).record, reason="The kernel ended it: the machine was out of memory.")
    told = troubles(Life(failed), {}, 400)[0]
    assert told.kind == "error" and "memory" in told.what and "step 400" in told.remedy
    assert troubles(life("queued", tmp_path), {}, None, "It waits: 2nd in the queue.")[0].what.endswith("queue.")
    assert "folder is gone" in troubles(life("running", tmp_path / "gone"), {}, None)[0].what
    assert troubles(life("running", tmp_path), {}, None) == []
    (tmp_path / "empty").mkdir()
    assert troubles(life("starting", tmp_path / "empty"), {}, None) == []
    assert "file of events is gone" in troubles(life("starting", tmp_path / "empty"), {}, None, heard=True)[0].what


def test_nan_is_dated_to_where_it_began_and_forgotten_when_it_is_over():
    loss, watch = Series(), NanWatch()
    for step in range(10):
        loss.append(step, 1.0 if step < 7 else None)
    watch.look({"loss": loss})
    assert watch.since == {"loss": 7}
    assert "loss is NaN since step 7" in troubles(life("running", Path("/")), watch.since, None)[-1].what
    loss.append(10, 0.5)
    watch.look({"loss": loss})
    assert watch.since == {}


async def test_a_lab_that_learns_nothing_more_is_told_above_its_panels(everything):
    async with watching(everything(breaks="30")) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        assert "train is NaN since step 30" in words(screen)


async def test_a_folder_that_is_removed_is_told_and_the_screen_goes_on(everything):
    record = everything(pace="0.02", steps="4000")
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: screen.view.step > 3)
        shutil.rmtree(record.folder, ignore_errors=True)
        await until(
            pilot, lambda: "folder" in words(screen) and ("gone" in words(screen) or "removed" in words(screen))
        )
        await pilot.press("right_square_bracket", "l", "l")
        assert screen.is_current


# Predictions and claims


@pytest.mark.parametrize(
    ("text", "number"), [("4.2", 4.2), ("about 4,2 nats", 4.2), ("1e-3", 1e-3), ("\u22123", -3.0), ("no idea", None)]
)
def test_her_number_is_found_in_what_she_wrote(text, number):
    assert number_in(text) == number


def test_a_question_may_ask_for_where_a_metric_begins():
    view = RunView()
    view.fold([Metric(0.0, 0, {"loss": 4.0}), Metric(1.0, 1, {"loss": 1.0}), End(2.0, "done")])
    first, last = (Question(id, "?", metric=metric) for id, metric in (("a", "loss[0]"), ("b", "loss")))
    told = expectations([first, last], {"a": "4.2", "b": "none"}, view)
    assert [one.measured for one in told] == [4.0, 1.0]
    assert told[0].difference == "You said 0.2 more (5 %). Very close." and told[1].difference == ""


async def test_the_prediction_stands_beside_the_result_and_never_before(everything):
    record = everything(pace="0.01", steps="80")
    pause(record)
    path = Path(record.folder) / "run.json"
    story = json.loads(path.read_text("utf-8"))
    story["predictions"] = [{"question": "end", "answer": "0.2", "made": record.started}]
    path.write_text(json.dumps(story), "utf-8")
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: screen.view.start is not None and screen._answers)
        (expected,) = screen._expected()
        assert expected.measured is None and not expected.difference
        await until(pilot, lambda: "you said 0.2 nats" in words(screen))
        resume(record)
        await until(pilot, lambda: over(screen))
        (expected,) = expectations(screen.spec.questions, screen._answers, screen.view)
        assert expected.measured is not None and expected.difference.startswith("You said ")
        assert "you said 0.2 nats" in words(screen) and "the run " in words(screen)


async def test_a_claim_opens_its_paper_at_the_figures_page_and_escape_comes_back(everything):
    async with watching(everything()) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        await pilot.press("j")
        claims = screen.query_one(ClaimsList)
        await until(pilot, lambda: claims.has_focus)
        await until(pilot, lambda: "It learns: what it sees" in words(screen))
        assert "a model that learns" in words(screen)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(screen.companion.screen, ReaderScreen))
        reader = screen.companion.screen
        assert isinstance(reader, ReaderScreen) and reader.wanted[0] == 3
        await pilot.press("escape")
        await until(pilot, lambda: screen.is_current)
        await pilot.click(claims, offset=(10, 1))
        assert claims.cursor == 0


async def test_what_to_try_next_says_what_differs_and_starts_it(everything):
    async with watching(everything()) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(screen.companion.screen, TriesScreen))
        await until(pilot, lambda: "steps 60 → 180" in words(screen.companion.screen))
        await pilot.press("f")  # the form, with what it would change
        await until(pilot, lambda: isinstance(screen.companion.screen, LabForm))
        await until(pilot, lambda: "--param steps=180" in words(screen.companion.screen))
        await pilot.press("escape", "n")
        await until(pilot, lambda: isinstance(screen.companion.screen, TriesScreen))
        await pilot.press("enter")
        await until(
            pilot, lambda: isinstance(screen.companion.screen, RunScreen) and screen.companion.screen is not screen
        )
        fresh = screen.companion.screen
        assert isinstance(fresh, RunScreen)
        await until(pilot, lambda: fresh.record is not None and fresh.record.parameters["steps"] == 180)


# What it prints


def test_output_is_followed_bounded_and_begun_anew_by_carriage_returns(tmp_path):
    log, follower = tmp_path / "output.log", OutputFollower(tmp_path)
    assert follower.read() == []
    log.write_bytes(b"one\n10 %\r20 %\r\nthree \x1b[31mred\nhalf")
    assert follower.read() == ["one", "20 %", "three red"]
    assert follower.part == "half"
    with log.open("ab") as file:
        file.write(b" a line\n")
        file.write(b"5 %\r9 %")
    assert follower.read() == ["half a line"]
    assert follower.part == "9 %"
    with log.open("ab") as file:
        file.write(b"\n" + b"x" * 99 + b"\n" + b"y\n" * (2 * MOST_BYTES))
    lines = follower.read()
    assert follower.renewed and follower.skipped > 0 and len(lines) <= MOST_BYTES // 2
    log.write_bytes(b"shorter\n")
    assert follower.read() == ["shorter"] and follower.renewed


async def test_the_log_filters_follows_and_stays_where_one_reads(begin):
    async with watching(begin("for at in range(300): print('line', at)\n" + DONE)) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        await pilot.press("l")
        pane = screen.query_one(LogPane)
        await until(pilot, lambda: len(pane.lines) == 300)
        await until(pilot, lambda: "line 299" in words(screen))
        await pilot.press("home")
        assert not pane.following
        pane.take(["later"], "", False, 0)
        await pilot.pause()
        assert pane.scroll_offset.y == 0
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(screen.companion.screen, Prompt))
        await pilot.press(*"line 29", "enter")
        await until(pilot, lambda: screen.is_current and pane.words == "line 29")
        await until(pilot, lambda: "line 298" in words(screen) and "11 of" in words(screen))
        await pilot.press("escape")
        assert pane.words == "" and pane.display
        await pilot.press("escape")
        assert not pane.display and screen.is_current


# Told again


def test_a_replay_hands_out_what_had_happened_by_then(tmp_path):
    lines = [{"kind": "metric", "t": float(at), "step": at, "values": {"a": at}} for at in range(100)]
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")
    replay = Replay(tmp_path)
    assert len(replay.until(9.5)) == 10
    assert replay.until(9.9) == []
    assert len(replay.until(float("inf"))) == 90 and not replay.until(float("inf")) and replay.over
    replay.rewind()
    assert len(replay.until(0.0)) == 1


def test_a_player_keeps_time_pauses_and_seeks():
    player = Player(100.0, speed=10.0)
    player.moved -= 2.0
    assert 20.0 <= player.now() < 30.0
    player.pause()
    held = player.now()
    player.moved -= 5.0
    assert player.now() == held
    player.seek(500.0)
    assert player.now() == 100.0
    player.change(1)
    assert player.speed == 20.0 and nearest_speed(23.0) == 20.0


async def test_a_finished_run_is_told_again_and_changes_nothing(everything):
    record = everything()
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        before = screen.record
        await pilot.press("R")
        assert screen.player is not None
        screen.player.pause()
        screen.player.seek(0.0)
        await until(pilot, lambda: "replay" in words(screen) and screen.view.step < 60)
        screen.player.seek(screen.player.length)
        await until(pilot, lambda: screen.view.end is not None)
        screen.player.seek(0.0)
        await until(pilot, lambda: screen.view.end is None)
        await pilot.press("escape")
        await until(pilot, lambda: screen.player is None and over(screen))
        assert screen.record == before and look(record).record.state == "done" and screen.view.step == 60


# The run of somebody else


async def test_a_folder_without_a_row_is_watched_and_what_needs_one_says_so(everything, tmp_path):
    record = everything()
    app = Companion(Workspace())
    app.folders.settings.parent.mkdir(parents=True, exist_ok=True)
    app.folders.settings.touch()
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: over(screen))
    elsewhere = tmp_path / "shared" / "run"
    shutil.copytree(record.folder, elsewhere)
    found = run_in(elsewhere)
    assert found is not None
    app.first_run = (found, False, None)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        screen = app.screen
        assert isinstance(screen, RunScreen)
        await until(pilot, lambda: over(screen))
        assert screen.query_one(PanelWall).places
        await pilot.press("r")
        await pilot.pause()
        assert any("not in your library" in note.message for note in app._notifications)
        await pilot.press("escape")
        await until(pilot, lambda: app._exit)


async def test_two_screens_watch_one_run(everything):
    record = everything(pace="0.01", steps="120")
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: screen.view.step > 3)
        screen.companion.open_run(record.id)
        await until(pilot, lambda: screen.companion.screen is not screen)
        other = screen.companion.screen
        assert isinstance(other, RunScreen)
        await until(pilot, lambda: over(other))
        await pilot.press("escape")
        await until(pilot, lambda: screen.is_current and over(screen))
        assert screen.view.step == other.view.step == 120
