"""Documents that an older version of the program read are read anew while they are open."""

import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from cs229tui.course.model import Reading
from cs229tui.documents.flow import decode, encode
from cs229tui.documents.store import attach_file, document_path, open_document, outdated
from cs229tui.library.documents import store_document
from cs229tui.library.readings import add_reading, update_state
from cs229tui.tui.app import Companion
from cs229tui.tui.screens import renewing
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.workspace import Workspace
from pdfs import filler, paragraph, pdf


@pytest.fixture
def workspace(home: Path, tmp_path: Path) -> Workspace:
    """A paper of eight pages, kept as an older program would have read it: every block has more than it should."""
    made = Workspace()
    made.folders.settings.parent.mkdir(parents=True)
    made.folders.settings.write_text('name = "mei"\n')
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf([paragraph(filler(400, str(page)), 72, 700, 400) for page in range(8)]))
    add_reading(made.database, Reading(id="paper", title="Paper", lectures=(0,), authors=("A",), year=2016))
    record = attach_file(made.database, made.folders, "paper", path)
    opened = open_document(made.database, "paper")
    blocks = tuple(
        msgspec.structs.replace(block, text=block.text[:-30], runs=block.runs[:1])
        if block.kind == "paragraph"
        else block
        for block in opened.flow
    )
    old = msgspec.structs.replace(record, flow=encode(blocks), extractor="pdfium/1.0+0")
    store_document(made.database, old, opened.pages)
    return made


async def opened(app: Companion, pilot: Pilot[None]) -> ReaderScreen:
    """The reader's screen when everything that goes on behind it is done."""
    for _ in range(4):
        await pilot.pause()
    await app.workers.wait_for_complete()
    for _ in range(6):
        await pilot.pause()
    assert isinstance(app.screen, ReaderScreen)
    return app.screen


async def test_the_new_text_takes_the_old_one_s_place(workspace: Workspace) -> None:
    before = open_document(workspace.database, "paper")
    assert outdated(before.record)
    update_state(workspace.database, "paper", page=5, place=300)
    app = Companion(workspace, "paper")
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await opened(app, pilot)
        passage = screen.passage
        assert screen.document is not None and not outdated(screen.document.record)
        assert passage.flow == decode(screen.document.record.flow) != before.flow
        page, place = passage.places.place(passage.top)
        assert page == 5 and abs(place - 300) < 250


async def test_nothing_changes_under_a_selection(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    selected, read_again = threading.Event(), renewing.read_again

    def once_selected(*given: Any, **named: Any) -> Any:
        selected.wait(60)
        return read_again(*given, **named)

    monkeypatch.setattr(renewing, "read_again", once_selected)
    app = Companion(workspace, "paper")
    async with app.run_test(size=(100, 30)) as pilot:
        while not (isinstance(app.screen, ReaderScreen) and app.screen.document):
            await pilot.pause()
        await pilot.press("v", "l", "l")
        selected.set()
        screen = await opened(app, pilot)
        assert screen.passage.selection
        assert screen.document is not None and outdated(screen.document.record)
    assert not outdated(open_document(workspace.database, "paper").record)


async def test_a_copy_that_is_gone_is_read_on_as_it_is(workspace: Workspace) -> None:
    before = open_document(workspace.database, "paper")
    document_path(workspace.folders, before.record.sha256, "pdf").unlink()
    app = Companion(workspace, "paper")
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await opened(app, pilot)
        assert screen.passage.flow == before.flow
        assert not app._notifications
