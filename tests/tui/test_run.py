"""The run screen: live, at the end, after a crash, and under a hostile lab."""

from pathlib import Path

from textual.widgets import Static

from bench import DONE, STOPS, STUBBORN
from cs229tui.labs.life import look
from cs229tui.library.runs import run as run_of
from cs229tui.library.runs import runs
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.run import RunScreen
from cs229tui.tui.widgets.chart import Chart
from cs229tui.tui.widgets.claims_list import ClaimsList
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.log_pane import MOST_LINES, LogPane
from cs229tui.tui.widgets.panel_wall import PanelWall
from cs229tui.tui.widgets.run_parts import RunHeader
from cs229tui.workspace import Workspace
from lab_screens import over, until, watching, words

TALKS = (
    "import math\nstart(40)\n"
    "for step in range(40):\n"
    "    train = None if 10 < step < 20 else math.exp(-step / 9)\n"
    "    event('metric', step=step, values={'train': train, 'held out': 1.0})\n"
    "    event('progress', step=step, of=40, rate=12.5, unit='steps/s')\n"
)
HOSTILE = (
    "print('\\x1b[2J\\x1b[31mred [bold]x[/nope]')\n"
    "log.write('garbage\\n{\"kind\":\\n\\x1b[2J\\n')\n"
    "start(5)\nevent('note', text='\\x1b[2J[bold]note[/nope]')\n"
    "event('metric', step=1, values={'a[/b]\\x1b[1m': 1.0})\n"
    "event('text', step=1, name='s[/x]', text='\\x1b]0;evil\\x07[bold]text[/nope]')\n"
    "raise RuntimeError('boom [/red] \\x1b[31m')\n"
)


async def test_a_run_is_drawn_to_its_end_and_its_row_follows(begin):
    record = begin(TALKS + DONE.replace("start()", ""))
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        shown = words(screen)
        assert "Parabola · quick · run" in shown and "✓ done" in shown
        assert "a train" in shown and "b held out" in shown
        assert "to be or not" in shown
        assert "✓ the loss falls" in shown and "measured 0.1 nats" in shown
        assert "– 1 more claim, for another preset: full" in shown
        assert "Confirmed 1 of 1 claims tested; 1 not tested." in shown and "1 of 1 confirmed" in shown
        assert run_of(screen.companion.database, record.id).state == "done"


async def test_a_finished_run_is_shown_as_it_was(begin, bench_folders):
    record = begin(DONE)
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        await pilot.press("escape")
        assert screen.companion.screen is not screen
        screen.companion.open_run(record.id[:6])
        await pilot.pause()
        again = screen.companion.screen
        assert isinstance(again, RunScreen)
        await until(pilot, lambda: over(again))
        assert "✓ the loss falls" in words(again)


def keys(screen: RunScreen) -> str:
    return screen.query_one(KeyLine).render().plain


async def test_progress_pause_and_stop(begin):
    listens = "signal.signal(signal.SIGTERM, lambda *_: asked.append(1))\n"
    waits = "while not asked:\n    time.sleep(0.01)\nend('stopped')\n"
    record = begin(listens + TALKS + waits)
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: screen.view.progress is not None and screen.life.word == "running")
        await until(pilot, lambda: "12.5 steps/s" in words(screen))
        assert "… the loss falls" in words(screen)
        await pilot.press("space")
        assert look(record).paused
        assert "‖ paused" in words(screen) or screen.life.word == "paused"
        await until(pilot, lambda: "space resume" in keys(screen))
        await pilot.press("space")
        assert not look(record).paused
        await until(pilot, lambda: "space pause" in keys(screen))
        assert "try next" not in keys(screen)
        await pilot.press("x")
        assert look(record).word == "running"
        await pilot.press("x")
        await until(pilot, lambda: over(screen))
        assert screen.life.record.state == "stopped"
        # What a run that is over cannot do is not offered.
        await until(pilot, lambda: "pause" not in keys(screen) and "stop" not in keys(screen))
        assert "n try next" in keys(screen)
        assert run_of(screen.companion.database, record.id).state == "stopped"


async def test_a_run_that_does_not_listen_is_ended_by_a_third_press(begin):
    record = begin(STUBBORN)
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: screen.view.start is not None)
        await pilot.press("x", "x")
        await until(pilot, lambda: screen.life.word == "stopping")
        await pilot.press("x")
        await until(pilot, lambda: over(screen))
        assert screen.life.record.state == "stopped"
        assert "by force" in words(screen) or "ended before it could" in words(screen)


async def test_restart_shows_the_new_run(begin):
    record = begin(DONE, lr="0.3")
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        await pilot.press("r")
        await until(pilot, lambda: screen.companion.screen is not screen)
        fresh = screen.companion.screen
        assert isinstance(fresh, RunScreen)
        await until(pilot, lambda: fresh.life is not None and over(fresh))
        assert fresh.run_id != record.id
        newest = runs(screen.companion.database)[0]
        assert newest.parameters["lr"] == 0.3


async def test_restart_of_a_run_that_goes_on_stops_it_first(begin):
    record = begin(STOPS)
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: screen.view.start is not None)
        await pilot.press("r", "r")
        await until(pilot, lambda: screen.companion.screen is not screen)
        fresh = screen.companion.screen
        assert isinstance(fresh, RunScreen)
        await until(pilot, lambda: fresh.record is not None and fresh.record.state == "running")
        assert look(record).record.state == "stopped"
        await pilot.press("x", "x")
        await until(pilot, lambda: over(fresh))


async def test_a_crash_says_why_and_a_hostile_lab_reaches_nothing(begin):
    record = begin(HOSTILE)
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        shown = words(screen)
        assert "✗ failed" in shown
        assert "RuntimeError: boom [/red]" in shown
        assert "[bold]note[/nope]" in shown and "[bold]text[/nope]" in shown and "a[/b]" in shown
        assert "\x1b" not in shown and "evil" not in shown
        await pilot.press("l")
        log = screen.query_one(LogPane)
        await until(pilot, lambda: log.lines)
        assert log.lines[0] == "red [bold]x[/nope]"


async def test_a_flood_of_output_shows_its_end_only(begin):
    record = begin("for at in range(60000): print(at, 'x' * 90)\n" + DONE)
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        await pilot.press("l")
        log = screen.query_one(LogPane)
        await until(pilot, lambda: log.lines and log.lines[-1].startswith("59999 "))
        assert len(log.lines) <= MOST_LINES and log.following
        assert "59999 " in words(screen)


async def test_axis_zoom_and_more_plots_than_fit(begin):
    many = "    event('metric', step=step, values={f'm{n}': step + n for n in range(9)})"
    async with watching(begin(f"start()\nfor step in range(50):\n{many}\nend()"), size=(80, 24)) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        wall = screen.query_one(PanelWall)
        assert wall.pages == 3
        first = [chart.panel.title for chart in wall.charts]
        await pilot.press("right_square_bracket")
        assert first == ["m0", "m1", "m2", "m3"]
        assert [chart.panel.title for chart in wall.charts] == ["m4", "m5", "m6", "m7"]
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert [chart.panel.title for chart in wall.charts] == ["m8"]
        await pilot.press("y", "plus")
        look = wall.charts[0].look
        assert look.log and look.span.end - look.span.start < 49
        await pilot.press("0", "left")
        assert wall.charts[0].look.cross == 49
        assert "step 49" in words(screen)


async def test_every_size_shows_header_curves_and_claims(begin):
    record = begin(TALKS + DONE.replace("start()", ""))
    for size in ((40, 12), (80, 24), (120, 40), (200, 60)):
        async with watching(record, size) as (pilot, screen):
            await until(pilot, lambda screen=screen: over(screen))
            for kind in (RunHeader, Chart, ClaimsList):
                region = screen.query(kind).first().region
                assert region.height > 0 and region.bottom <= size[1], (kind, size, region)
            if size[0] > 40:
                assert words(screen).count("✓") >= 2


async def test_a_run_of_a_lab_that_is_gone_can_still_be_looked_at(begin, bench_folders):
    record = begin(DONE)
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: over(screen))
    import shutil

    shutil.rmtree(bench_folders.labs)
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        assert "✓ falls" in words(screen)
        await pilot.press("r", "h")
        assert screen.is_current


async def test_an_unknown_run_is_told_and_left(begin, bench_folders):
    app = Companion(Workspace())
    Path(app.folders.settings).parent.mkdir(parents=True, exist_ok=True)
    Path(app.folders.settings).touch()
    async with app.run_test() as pilot:
        app.open_run("nowhere")
        await until(pilot, lambda: not isinstance(app.screen, RunScreen))
        assert any("no run" in note.message for note in app._notifications)


async def test_notes_are_shown_newest_first(begin):
    record = begin("start()\nevent('note', text='first')\nevent('note', text='second')\n" + DONE.replace("start()", ""))
    async with watching(record) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        assert str(screen.query_one("#run-note", Static).content).startswith("second · first")
