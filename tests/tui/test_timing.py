"""The time spent with a reading, as the screens measure and show it."""

from collections.abc import Callable

import pytest

from cs229tui.library.sessions import sessions
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.widgets.reading_lines import MapLine
from small_paper import TEXTS, stored

Make = Callable[..., Companion]
ABADI = "abadi-2016-dp-sgd"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moment, in seconds, to be moved on."""
    moment = [1000.0]
    monkeypatch.setattr("cs229tui.tui.screens.timing.monotonic", lambda: moment[0])
    return moment


@pytest.fixture
def paper(companion: Make) -> Companion:
    app = companion(reading=ABADI)
    # 2200 characters need two minutes at the usual pace.
    stored(app.database, ABADI, tuple("words " * 366 + text for text in TEXTS), "a" * 64)
    return app


def reader(app: Companion) -> ReaderScreen:
    assert isinstance(app.screen, ReaderScreen)
    return app.screen


def spent(app: Companion) -> list[tuple[str | None, dict[int, float]]]:
    return [(one.document, one.pages) for one in sessions(app.database, reading=ABADI)]


async def test_pages_are_read_or_skimmed_and_shown_so(paper: Companion, clock: list[float]) -> None:
    async with paper.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for _ in range(4):
            clock[0] += 20
            await pilot.press("l")
        await pilot.press("2", "G")
        clock[0] += 10
        await pilot.press("l")
        await pilot.pause()
        assert reader(paper).coverage().pages == ("read", "skimmed", "unseen")
        line = reader(paper).query_one(MapLine)
        assert "read 1 · skimmed 1 of 3 pages · 2 min" in line.render().plain
        # The part in sight, then what was read, skimmed and not seen.
        await pilot.press("G")
        await pilot.pause()
        drawn = line.render().plain
        assert drawn.index("━") < drawn.index("─") < drawn.index("═")


@pytest.mark.parametrize("keys", [("question_mark",), ("slash", "escape", "comma"), ("ctrl+p",)])
async def test_time_on_a_screen_in_front_is_not_reading(paper: Companion, clock: list[float], keys) -> None:
    async with paper.run_test() as pilot:
        await pilot.pause()
        clock[0] += 10
        await pilot.press(*keys)
        await pilot.pause()
        screen = next(one for one in paper.screen_stack if isinstance(one, ReaderScreen))
        assert paper.screen is not screen
        for _ in range(5):
            clock[0] += 10
            screen.save_sitting()
        await pilot.press("escape")
        await pilot.pause()
        clock[0] += 5
        reader(paper).save_sitting()
        assert spent(paper) == [("a" * 64, {1: 15.0})]


async def test_writing_on_a_passage_is_time_spent_with_it(paper: Companion, clock: list[float]) -> None:
    async with paper.run_test() as pilot:
        await pilot.pause()
        await pilot.press("a", "x")
        await pilot.pause()
        for _ in range(3):
            clock[0] += 10
            await pilot.press("y")
            await pilot.pause()
        await pilot.press("ctrl+s")
        await pilot.pause()
        reader(paper).save_sitting()
        assert spent(paper) == [("a" * 64, {1: 30.0})]


async def test_without_the_focus_and_idle_nothing_counts(paper: Companion, clock: list[float]) -> None:
    async with paper.run_test() as pilot:
        await pilot.pause()
        clock[0] += 10
        paper.app_focus = False
        await pilot.pause()
        for _ in range(9):
            clock[0] += 15
            reader(paper).save_sitting()
        paper.app_focus = True
        await pilot.pause()
        for _ in range(20):
            clock[0] += 15
            reader(paper).save_sitting()
        assert spent(paper) == [("a" * 64, {1: 70.0})]


async def test_stopped_and_gone_on_the_time_between_does_not_count(paper: Companion, clock: list[float]) -> None:
    async with paper.run_test() as pilot:
        await pilot.pause()
        clock[0] += 10
        reader(paper).save_sitting()
        clock[0] += 50
        await pilot.press("l")
        clock[0] += 10
        reader(paper).save_sitting()
        assert spent(paper) == [("a" * 64, {1: 20.0})]


async def test_another_document_is_another_sitting(paper: Companion, clock: list[float]) -> None:
    async with paper.run_test() as pilot:
        await pilot.pause()
        clock[0] += 10
        stored(paper.database, ABADI, ("A newer version.", "Of two pages."), "b" * 64)
        paper.changed()
        await pilot.pause()
        assert reader(paper).coverage().pages == ("unseen", "unseen")
        clock[0] += 20
        reader(paper).save_sitting()
        assert sorted(spent(paper), key=str) == [("a" * 64, {1: 10.0}), ("b" * 64, {1: 20.0})]


async def test_a_clock_of_the_machine_set_back_ends_no_sitting_before_it_began(
    paper: Companion, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with paper.run_test() as pilot:
        await pilot.pause()
        monkeypatch.setenv("CS229TUI_NOW", "2023-02-10T12:00:00-05:00")
        clock[0] += 10
        reader(paper).save_sitting()
        (sitting,) = sessions(paper.database, reading=ABADI)
        assert sitting.ended == sitting.started
