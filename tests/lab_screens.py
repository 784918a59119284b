"""What the tests of the labs' screens share: the program on the tab Labs or on one run, waiting for what it shows."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from cs229tui.library.runs import RunRecord
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.labs import LabsScreen
from cs229tui.tui.screens.run import RunScreen
from cs229tui.workspace import Workspace


def welcomed() -> Companion:
    """The program of somebody who was welcomed before."""
    workspace = Workspace()
    workspace.folders.settings.parent.mkdir(parents=True, exist_ok=True)
    workspace.folders.settings.touch()
    return Companion(workspace)


@asynccontextmanager
async def bench(size: tuple[int, int] = (120, 40)) -> AsyncIterator[tuple[Pilot[None], Companion, LabsScreen]]:
    app = welcomed()
    async with app.run_test(size=size) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: isinstance(app.screen, LabsScreen) and app.screen.bench.needs is not None)
        assert isinstance(app.screen, LabsScreen)
        yield pilot, app, app.screen


@asynccontextmanager
async def watching(
    record: RunRecord, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[None], RunScreen]]:
    app = welcomed()
    async with app.run_test(size=size) as pilot:
        app.open_run(record.id)
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.life is not None)
        assert isinstance(app.screen, RunScreen)
        yield pilot, app.screen


async def until(pilot: Pilot[None], what: Callable[[], object]) -> None:
    for _ in range(400):
        if what():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came: " + words(pilot.app))


def over(screen: RunScreen) -> bool:
    return screen.life is not None and not screen.life.alive and screen.whole and not screen._dirty


def words(shown: App[Any] | Screen[Any]) -> str:
    """All that can be read on the screen."""
    return "\n".join("".join(segment.text for segment in line) for line in shown.screen._compositor.render_strips())
