"""How much a sitting with ten papers, opened one after the other, adds to the process.

`CS229TUI_PAPERS` names a folder of real papers, taken in turn, each time as other bytes; else ten are made up.
"""

import asyncio
import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAPERS = 10
MOST_MIB = 60.0
Row = tuple[str, float, float, str, float]


def main() -> list[Row]:
    """Rows of what, ours, peer, unit, wanted ratio; measured in a process of its own."""
    asked = [sys.executable, __file__]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    grown = float(done.stdout.split()[-1])
    return [("memory: grown by opening ten papers, against 60 MiB", grown, MOST_MIB, "MiB", 1.0)]


def _library(folder: Path) -> list[str]:
    from cs229tui.course.model import Reading
    from cs229tui.documents.store import attach_file
    from cs229tui.library.readings import add_reading
    from cs229tui.workspace import Workspace
    from reading import _made_up

    workspace = Workspace()
    workspace.folders.settings.parent.mkdir(parents=True)
    workspace.folders.settings.touch()
    given = os.environ.get("CS229TUI_PAPERS")
    papers = sorted(Path(given).glob("*.pdf")) if given else [_made_up(folder / "paper.pdf")]
    names = [f"paper-{number}" for number in range(PAPERS)]
    for number, name in enumerate(names):
        copy = folder / f"{name}.pdf"
        # A comment after the end makes it another document.
        copy.write_bytes(papers[number % len(papers)].read_bytes() + b"\n%% %d\n" % number)
        add_reading(workspace.database, Reading(id=name, title=name, lectures=(0,)))
        attach_file(workspace.database, workspace.folders, name, copy)
    return names


async def _grown(names: list[str]) -> float:
    from cs229tui.tui.app import Companion
    from cs229tui.tui.widgets.passage import Passage
    from cs229tui.workspace import Workspace

    app = Companion(Workspace(), None)
    before = 0.0
    async with app.run_test(size=(120, 40)) as pilot:
        # The first is opened once before, so that what every reader loads once is not counted as a paper's.
        for turn, name in enumerate([names[0], *names]):
            app.open_reading(name)
            await _until(pilot, lambda: isinstance(app.focused, Passage))
            for key in ("space", "space", "G", "home"):
                await pilot.press(key)
            await pilot.press("escape")
            await _until(pilot, lambda: not isinstance(app.focused, Passage))
            gc.collect()
            if turn == 0:
                before = _resident()
        return _resident() - before


async def _until(pilot: Any, reached: Callable[[], bool]) -> None:
    while not reached():
        await pilot.pause()


def _resident() -> float:
    """MiB of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"CS229TUI_HOME": home, "TEXTUAL_ANIMATIONS": "none"}
        print(asyncio.run(_grown(_library(Path(home)))))
