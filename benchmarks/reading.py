"""The reader on a long paper: opening it where it was left, turning pages, following a change of width.

`CS229TUI_PAPERS` names a folder of real papers, of which the longest is taken; else one of 43 pages is made up.
"""

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cs229tui.course.model import Reading
from cs229tui.documents.store import attach_file, open_document
from cs229tui.folders import Folders
from cs229tui.library.readings import add_reading, update_state
from cs229tui.workspace import Workspace

FRAME = 33.0
PAGES, LINES, WORDS = 43, 52, 12
Row = tuple[str, float, float, str, float]


def main() -> list[Row]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CS229TUI_HOME"] = folder
        os.environ["TEXTUAL_ANIMATIONS"] = "none"
        paper = _longest() or _made_up(Path(folder) / "paper.pdf")
        workspace = Workspace()
        workspace.folders.settings.parent.mkdir(parents=True)
        workspace.folders.settings.touch()
        add_reading(workspace.database, Reading(id="paper", title="A long paper", lectures=(0,)))
        record = attach_file(workspace.database, workspace.folders, "paper", paper)
        print(f"{paper.name}: {record.pages} pages")
        update_state(workspace.database, "paper", page=record.pages * 2 // 3, place=40)
        peer = _best(lambda: _pypdf_text(paper), 2)
        opened = _best(lambda: _open(workspace.folders), 7)
        wrapped, textwrapped = _wrapping(workspace.folders)
        turns, resizes = asyncio.run(_turns(workspace))
        return [
            ("reading: open a long paper at its last place, against pypdf's text", opened, peer, "ms", 0.1),
            ("reading: page turn, 95th percentile, against a frame", _percentile(turns), FRAME, "ms", 1.0),
            ("reading: new width to next frame, median, against 100 ms", statistics.median(resizes), 100.0, "ms", 1.0),
            ("reading: wrap the whole paper, against textwrap", wrapped, textwrapped, "ms", 1.0),
        ]


def _longest() -> Path | None:
    given = os.environ.get("CS229TUI_PAPERS")
    if not given:
        return None
    from pypdf import PdfReader

    return max(Path(given).glob("*.pdf"), key=lambda path: len(PdfReader(path).pages), default=None)


def _best(work: Callable[[], object], times: int) -> float:
    """Milliseconds of the fastest of some runs: what is asked for is our time, not that of the machine's other work."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1e3)
    return min(taken)


def _percentile(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


def _pypdf_text(paper: Path) -> None:
    from pypdf import PdfReader

    for page in PdfReader(paper).pages:
        page.extract_text()


def _open(folders: Folders) -> None:
    """From the database file to the strips of the first screen."""
    from textual.color import Color

    from cs229tui.library.database import open_library
    from cs229tui.library.readings import state_of
    from cs229tui.tui.reading.places import Places
    from cs229tui.tui.reading.wrap import Measure, wrap
    from cs229tui.tui.widgets.paint import Frame, draw_line, make_inks

    database = open_library(folders.database)
    document = open_document(database, "paper")
    state = state_of(database, "paper")
    places = Places(document.flow)
    layout = wrap(document.flow, Measure(76), places.breaks)
    top = layout.row(places.position(state.page or 1, state.place))
    inks = make_inks(Color.parse("#14171c"), Color.parse("#d9dce3"), Color.parse("#8ab4e8"), Color.parse("#e3b27a"))
    for row in range(top, min(top + 40, len(layout.lines))):
        draw_line(layout, row, (), inks, Frame(20, 120))
    database.close()


def _wrapping(folders: Folders) -> tuple[float, float]:
    import textwrap

    from cs229tui.library.database import open_library
    from cs229tui.tui.reading.places import Places
    from cs229tui.tui.reading.wrap import Measure, wrap

    database = open_library(folders.database)
    flow = open_document(database, "paper").flow
    database.close()
    breaks = Places(flow).breaks
    print(f"{sum(len(block.text) for block in flow):,} characters")
    ours = _best(lambda: wrap(flow, Measure(76), breaks), 7)
    peer = _best(lambda: [textwrap.wrap(block.text, 76) for block in flow], 3)
    return ours, peer


async def _turns(workspace: Workspace) -> tuple[list[float], list[float]]:
    """Milliseconds from a key to the screen drawn, for page after page there and back; and for changes of width."""
    from cs229tui.tui.app import Companion
    from cs229tui.tui.screens.reader import ReaderScreen

    drawn = 0.0
    before: object = None

    def shown() -> object:
        return app.screen.passage.scroll_offset, id(app.screen.passage.layout_now)

    class Watched(Companion):
        """Notes when the first frame with another text is given to the terminal: the pilot waits longer than that."""

        def _display(self, *arguments: Any) -> None:
            nonlocal drawn, before
            super()._display(*arguments)
            if before is not None and shown() != before:
                drawn, before = time.perf_counter(), None

    app = Watched(workspace, "paper")
    async with app.run_test(size=(120, 40)) as pilot:
        while not (isinstance(app.screen, ReaderScreen) and app.screen.passage.has_focus):
            await pilot.pause()
        await pilot.press("home")
        turns, resizes = [], []
        for key, times in (("space", 50), ("pageup", 30)):
            for _ in range(times):
                before = shown()
                began = time.perf_counter()
                await pilot.press(key)
                turns.append((drawn - began) * 1e3)
        for width in range(60, 84):
            before = shown()
            began = time.perf_counter()
            await pilot.resize_terminal(width, 40)
            resizes.append((drawn - began) * 1e3)
    return turns, resizes


def _made_up(path: Path) -> Path:
    """A PDF of plain text, always the same one."""
    chance = random.Random(229)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 11))) for _ in range(4000)]
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for _ in range(PAGES):
        lines = "".join(f"({' '.join(chance.choices(words, k=WORDS))}) ' " for _ in range(LINES))
        stream = f"BT /F 9 Tf 12 TL 60 740 Td {lines} ET".encode()
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
            % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (PAGES, b" ".join(kids))
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    path.write_bytes(out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer)
    return path


if __name__ == "__main__":
    for what, ours, peer, unit, wanted in main():
        print(f"{what}: {ours:.3g} {unit} / {peer:.3g} {unit} = {ours / peer:.3g} (wanted {wanted:g})")
