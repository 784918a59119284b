"""Pages as they are printed: whether keys wait while pages are drawn, and what a second visit sends to the terminal.

The terminal is taken to be one that shows kitty's images in cells; what it would be sent is counted.
"""

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from cs229tui.course.model import Reading
from cs229tui.documents.store import attach_file
from cs229tui.library.readings import add_reading
from cs229tui.tui.pictures.abilities import Abilities
from cs229tui.tui.pictures.terminal import Terminal
from cs229tui.workspace import Workspace
from reading import FRAME, Row, _longest, _made_up

TURNS = 40


def main() -> list[Row]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"CS229TUI_HOME": folder, "TEXTUAL_ANIMATIONS": "none"}
        workspace = Workspace()
        workspace.folders.settings.parent.mkdir(parents=True)
        workspace.folders.settings.touch()
        add_reading(workspace.database, Reading(id="paper", title="A long paper", lectures=(0,)))
        paper = _longest() or _made_up(Path(folder) / "paper.pdf")
        attach_file(workspace.database, workspace.folders, "paper", paper)
        turns, first, second = asyncio.run(_visits(workspace))
    return [
        ("pictures: page turn while pages are drawn, 95th percentile, against a frame", turns, FRAME, "ms", 1.0),
        ("pictures: image bytes of the second visit, against the first", second, first, "kB", 0.0),
    ]


async def _visits(workspace: Workspace) -> tuple[float, float, float]:
    """Milliseconds of a page turn while a key is held; kilobytes of images for a page's first and second visit."""
    from cs229tui.tui.app import Companion
    from cs229tui.tui.widgets.passage import Passage

    sent = 0
    drawn = 0.0
    before: int | None = None

    async def learn(_terminal: Terminal) -> Abilities:
        return Abilities("kitty", "taken to be so", cell=(10, 20))

    Terminal.learn = learn  # type: ignore[method-assign]

    class Watched(Companion):
        """Counts what goes to the terminal, and notes when a frame shows another page."""

        def write_to_terminal(self, text: str) -> None:
            nonlocal sent
            sent += len(text)

        def _display(self, *arguments: Any) -> None:
            nonlocal drawn, before
            super()._display(*arguments)
            if before is not None and self.screen.picture.page != before:
                drawn, before = time.perf_counter(), None

    app = Watched(workspace, "paper")
    async with app.run_test(size=(120, 40)) as pilot:
        while not isinstance(app.focused, Passage):
            await pilot.pause()
        await pilot.press("home", "p")
        await _quiet(pilot, lambda: sent)
        first = sent
        await pilot.press("p", "p")
        await _quiet(pilot, lambda: sent)
        second = sent - first
        turns = []
        for _ in range(TURNS):
            before = app.screen.picture.page
            began = time.perf_counter()
            await pilot.press("pagedown")
            turns.append((drawn - began) * 1e3)
    return statistics.quantiles(turns, n=20)[18], first / 1e3, second / 1e3


async def _quiet(pilot: Any, sent: Any) -> None:
    """Until a picture was sent and nothing more comes."""
    known, since = sent(), time.monotonic()
    while known == 0 or time.monotonic() - since < 1.0:
        await pilot.pause()
        await asyncio.sleep(0.02)
        if sent() != known:
            known, since = sent(), time.monotonic()
        if time.monotonic() - since > 20:
            raise SystemExit("no picture was sent")


if __name__ == "__main__":
    for what, ours, peer, unit, wanted in main():
        print(f"{what}: {ours:.3g} {unit} / {peer:.3g} {unit} = {ours / peer:.3g} (wanted {wanted:g})")
