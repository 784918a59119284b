"""A reading with 5,000 threads against the same one with 5: opening it, turning pages, the list beside the text, news.

Every thread has answers and votes; what counts is our own time. A page with a hundred passages to paint and to list is
some more work than one with none, whatever is on the other pages.
"""

import asyncio
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from cs229tui.course.model import Reading
from cs229tui.documents.folding import readable
from cs229tui.documents.store import attach_file
from cs229tui.library.database import writing
from cs229tui.library.documents import page_texts
from cs229tui.library.readings import add_reading
from cs229tui.library.threads import refresh_threads
from cs229tui.workspace import Workspace
from reading import FRAME, _longest, _made_up

MANY, FEW, FOREIGN = 5000, 5, 5000
Row = tuple[str, float, float, str, float]


def main() -> list[Row]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    times: list[dict[str, float]] = []
    for count in (MANY, FEW):
        with tempfile.TemporaryDirectory() as folder:
            _library(Path(folder), count)
            times.append(asyncio.run(_read()))
    many, few = times
    rows = [
        (f"threads: {what} with {MANY:,} threads, against {FEW}", many[what], few[what], "ms", wanted)
        for what, wanted in (("open", 1.3), ("page turn", 2.0), ("a reply that came", 2.0))
    ]
    rows.append((f"threads: the list of a page with {MANY:,}, against a frame", many["list"], FRAME, "ms", 1.5))
    with tempfile.TemporaryDirectory() as folder:
        _library(Path(folder), FOREIGN, "another")
        first, again = asyncio.run(_placed())
        print(f"{FOREIGN:,} threads of another copy: placed in {first / 1e3:.1f} s, once")
        rows.append((f"threads: {FOREIGN:,} of another copy, opened again", again, few["open"], "ms", 1.5))
    return rows


def _library(folder: Path, count: int, extractor: str = "") -> Workspace:
    """A library with a long paper and so many threads on it, spread over its pages."""
    os.environ["CS229TUI_HOME"] = str(folder)
    paper = _longest() or _made_up(folder / "paper.pdf")
    workspace = Workspace()
    workspace.folders.settings.parent.mkdir(parents=True)
    workspace.folders.settings.touch()
    database = workspace.database
    add_reading(database, Reading(id="paper", title="A long paper", lectures=(0,)))
    record = attach_file(database, workspace.folders, "paper", paper)
    pages = [page for page in page_texts(database, record.sha256) if len(page.text) > 400]
    chance = random.Random(229)
    said, replies, votes = [], [], []
    base = {"reading": "paper", "audience": "g", "created": "2023-02-01T10:00:00Z", "updated": "2023-02-01T10:00:00Z"}
    for number in range(count):
        page = chance.choice(pages)
        start = chance.randrange(len(page.text) - 200)
        end = start + chance.randint(30, 150)
        root = f"root{number}"
        kind = chance.choice(["highlight", "comment", "question"])
        anchor = {
            "document": record.sha256,
            "extractor": extractor or record.extractor,
            "page": page.number,
            "start": start,
            "end": end,
            "quote": readable(page.text[start:end]),
            "prefix": readable(page.text[max(0, start - 32) : start]),
            "suffix": readable(page.text[end : end + 32]),
        }
        person = f"p{chance.randrange(20)}"
        words = "Why is $\\sqrt{d_k}$ *here*, and what of #attention?" if kind != "highlight" else ""
        said.append(
            base | anchor | {"id": root, "root": root, "kind": kind, "author": person, "person": person, "body": words}
        )
        for answer in range(chance.randint(0, 4)):
            id = f"{root}r{answer}"
            reply = {"id": id, "root": root, "parent": root, "kind": "reply", "author": "Mei", "person": "mei"}
            replies.append(base | reply | {"body": "Because the dot products grow with the dimension."})
            votes.append(
                {"id": f"v{id}", "target": id, "kind": "upvote", "person": person, "author": person}
                | {key: base[key] for key in ("created", "updated")}
            )
    with writing(database) as tables:
        for rows in (said, replies):
            tables.table("annotation").insert_all(rows)
        tables.table("reaction").insert_all(votes)
        refresh_threads(database, [f"root{number}" for number in range(count)])
    return workspace


async def _until(app: Any, pilot: Any) -> None:
    from cs229tui.tui.screens.reader import ReaderScreen

    while not (isinstance(app.screen, ReaderScreen) and app.screen.passage.has_focus):
        await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


async def _open(times: int) -> list[float]:
    """Milliseconds of work until the reader shows all, the first time and again."""
    from cs229tui.tui.app import Companion

    taken = []
    for _ in range(times):
        began = time.process_time()
        app = Companion(Workspace(), "paper")
        async with app.run_test(size=(120, 40)) as pilot:
            await _until(app, pilot)
            taken.append((time.process_time() - began) * 1e3)
    return taken


async def _read() -> dict[str, float]:
    """Milliseconds of work: to open, from a key to the next page's frame, until a new reply is shown, for a list."""
    from cs229tui.tui.app import Companion
    from cs229tui.tui.widgets.annotation_pane import AnnotationPane

    opens = await _open(5)
    drawn, top = 0.0, -1

    class Watched(Companion):
        """Notes when the first frame with another page is given to the terminal."""

        def _display(self, *arguments: Any) -> None:
            nonlocal drawn, top
            super()._display(*arguments)
            if top >= 0 and app.screen.passage.scroll_offset.y != top:
                drawn, top = time.process_time(), -1

    app = Watched(Workspace(), "paper")
    turns, news, lists = [], [], []
    async with app.run_test(size=(120, 40)) as pilot:
        await _until(app, pilot)
        app.screen._show_pane(True)
        await pilot.press("home")
        pane = app.screen.query_one(AnnotationPane)
        for _ in range(60):
            top = app.screen.passage.scroll_offset.y
            began = time.process_time()
            await pilot.press("space")
            turns.append((drawn - began) * 1e3)
            began = time.process_time()
            pane.list_now()
            await pilot.pause()
            lists.append((time.process_time() - began) * 1e3)
        for number in range(12):
            reply = {"id": f"new{number}", "root": "root0", "parent": "root0", "kind": "reply", "reading": "paper"}
            with writing(app.database) as tables:
                tables.table("annotation").insert(
                    reply | {"author": "Mei", "person": "mei", "body": "new", "created": "", "updated": ""}
                )
                refresh_threads(app.database, ["root0"])
            began = time.process_time()
            app.changed()
            await pilot.pause()
            news.append((time.process_time() - began) * 1e3)
    return {
        "open": min(opens),
        "page turn": statistics.median(turns),
        "a reply that came": statistics.median(news),
        "list": statistics.median(lists),
    }


async def _placed() -> tuple[float, float]:
    taken = await _open(5)
    return taken[0], min(taken[1:])


if __name__ == "__main__":
    for what, ours, peer, unit, wanted in main():
        print(f"{what}: {ours:.3g} {unit} / {peer:.3g} {unit} = {ours / peer:.3g} (wanted {wanted:g})")
