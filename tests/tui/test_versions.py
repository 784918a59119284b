"""Going from one version of a reading to another in the reader."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from cs229tui.course.model import Reading
from cs229tui.documents.store import attach_file
from cs229tui.library.readings import add_reading
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.screens.versions import VersionList
from cs229tui.workspace import Workspace
from pdfs import paragraph, pdf

WORDS = "network gradient noise privacy budget example layer weight sample batch clip norm model loss step".split()  # noqa: SIM905


def words(page: int) -> list[str]:
    return [f"{WORDS[(page * 5 + place * place) % 15]}{page}.{place}" for place in range(220)]


@pytest.fixture
def workspace(home: Path, tmp_path: Path) -> Workspace:
    """A paper of six pages as PDF, and the same words as a web page in three sections."""
    made = Workspace()
    made.folders.settings.parent.mkdir(parents=True)
    made.folders.settings.write_text('name = "mei"\n')
    (tmp_path / "paper.pdf").write_bytes(pdf([paragraph(" ".join(words(page)), 72, 700, 400) for page in range(6)]))
    sections = "".join(
        f"<h2>Part {part}</h2>" + "".join(f"<p>{' '.join(words(page))}</p>" for page in (2 * part, 2 * part + 1))
        for part in range(3)
    )
    (tmp_path / "paper.html").write_text(f"<html><body><article><h1>Paper</h1>{sections}</article></body></html>")
    paper = Reading(
        id="paper", title="Paper", lectures=(0,), url="https://arxiv.org/abs/1607.00133", arxiv="1607.00133"
    )
    add_reading(made.database, paper)
    attach_file(made.database, made.folders, "paper", tmp_path / "paper.html")
    attach_file(made.database, made.folders, "paper", tmp_path / "paper.pdf")
    return made


async def settled(app: Companion, pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await app.workers.wait_for_complete()
    for _ in range(6):
        await pilot.pause()


async def opened(app: Companion, pilot: Pilot[None]) -> ReaderScreen:
    for _ in range(4):
        await pilot.pause()
    await settled(app, pilot)
    assert isinstance(app.screen, ReaderScreen)
    return app.screen


def words_at_top(screen: ReaderScreen) -> str:
    passage = screen.passage
    block, offset = passage.top
    return passage.flow[block].text[offset : offset + 200]


async def test_the_next_version_is_one_key_away_and_the_place_is_kept(workspace: Workspace) -> None:
    app = Companion(workspace, "paper")
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await opened(app, pilot)
        assert screen.document is not None and screen.document.record.format == "pdf"
        screen.passage.go(screen.passage.places.position(4, 0), "top")
        await settled(app, pilot, "j", "j", "j")
        before = words_at_top(screen)
        await settled(app, pilot, "V")
        assert isinstance(app.screen, VersionList)
        assert [label for _, label, _ in app.screen.options] == ["  HTML", "▸ PDF"]
        await settled(app, pilot, "V")
        assert app.screen is screen and screen.document.record.format == "html"
        assert before.split()[1] in words_at_top(screen)
        await settled(app, pilot, "V", "V")
        assert screen.document.record.format == "pdf"
        assert before.split()[1] in words_at_top(screen)
        await settled(app, pilot, "V", "escape")
        assert screen.document.record.format == "pdf"


async def test_what_was_written_on_one_stands_on_the_same_words_of_the_other(workspace: Workspace) -> None:
    app = Companion(workspace, "paper")
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await opened(app, pilot)
        screen.passage.go(screen.passage.places.position(3, 400))
        await settled(app, pilot, "v", "w", "w", "w", "w", "w", "w", "H")
        (thread,) = screen.threads
        assert thread.root is not None
        quote = thread.root.quote
        await settled(app, pilot, "V", "V")
        (thread,) = screen.threads
        assert thread.position is not None
        block, offset = thread.position
        assert " ".join(screen.passage.flow[block].text[offset : offset + len(quote)].split()) == " ".join(
            quote.split()
        )


async def test_what_was_written_on_the_page_stands_in_the_file_and_back(workspace: Workspace) -> None:
    app = Companion(workspace, "paper")
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await opened(app, pilot)
        await settled(app, pilot, "V", "V")
        assert screen.document is not None and screen.document.record.format == "html" and screen.written is not None
        screen.passage.go(screen.passage.places.position(2, 300))
        await settled(app, pilot, "v", "w", "w", "w", "w", "H")
        (thread,) = screen.threads
        there, own = thread.position, thread.root.spans
        assert own is None
        await settled(app, pilot, "V", "V")
        assert screen.document.record.format == "pdf"
        (thread,) = screen.threads
        assert thread.root.spans is not None and thread.position is not None
        block, offset = thread.position
        assert screen.passage.flow[block].text[offset:].startswith(thread.root.quote.split()[0])
        await settled(app, pilot, "V", "V")
        (thread,) = screen.threads
        assert (thread.position, thread.root.spans) == (there, None)


async def test_what_is_not_here_is_offered(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from cs229tui.library.documents import detach, versions

    html = next(one for one in versions(workspace.database, "paper") if one.format == "html")
    detach(workspace.database, "paper", html.sha256)
    asked: list[tuple[str, bool]] = []
    app = Companion(workspace, "paper")
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await opened(app, pilot)
        monkeypatch.setattr(
            type(app.fetching), "add", lambda _self, id, *, html=False, again=False: asked.append((id, html))
        )
        await settled(app, pilot, "V")
        assert isinstance(app.screen, VersionList)
        assert [label for _, label, _ in app.screen.options] == ["▸ PDF", "  Get the HTML version"]
        await settled(app, pilot, "down", "enter")
        assert app.screen is screen
    assert asked == [("paper", True)]
