"""What the tests of a run's screen share: the program on one run, waiting for what it shows."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from cs229tui.library.runs import RunRecord
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.run import RunScreen
from cs229tui.workspace import Workspace


@asynccontextmanager
async def watching(
    record: RunRecord, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[None], RunScreen]]:
    workspace = Workspace()
    workspace.folders.settings.parent.mkdir(parents=True, exist_ok=True)
    workspace.folders.settings.touch()
    app = Companion(workspace)
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
    raise AssertionError("it never came")


def over(screen: RunScreen) -> bool:
    return screen.life is not None and not screen.life.alive and screen.whole and not screen._dirty


def words(screen: RunScreen) -> str:
    """All that can be read on the screen."""
    return "\n".join("".join(segment.text for segment in line) for line in screen._compositor.render_strips())
