"""Fetching from the screens: one, many, what is said meanwhile and after, stopping."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cs229tui.documents.fetching import queue, sources
from cs229tui.library.documents import attached
from cs229tui.library.downloads import Download, record_download
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.not_here import NotHereScreen
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.widgets.rows import Rows
from cs229tui.workspace import Workspace
from servers import MANNERS, Server, says, send
from small_course import small_course

SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(queue, "ANY", MANNERS)
    made = Server()
    monkeypatch.setattr(sources, "text_behind", lambda address: address if made.url in address else "")
    yield made
    made.close()


def text(word: str, held: threading.Event | None = None) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if held is not None:
            held.wait(10)
        send(handler, f"# On {word}\n\nIt is {word}.\n".encode(), Content_Type="text/plain")

    return answer


@pytest.fixture
def app(companion: Callable[..., Companion], server: Server, tmp_path: Path) -> Companion:
    """The program on a course of three texts, one that is gone and a video, opened on Today."""
    kinds = {"alpha": "code", "beta": "code", "gamma": "code", "gone": "web", "film": "video"}
    path = small_course(tmp_path, server.url, kinds)
    for id in ("alpha", "beta", "gamma"):
        server.answers[f"/{id}"] = text(id)
    server.answers["/gone"] = says(b"", 404)
    companion()
    return Companion(Workspace(path))


async def done(app: Companion, pilot: Pilot[None]) -> None:
    for _ in range(400):
        await pilot.pause(0.02)
        if not app.fetching._wanted:
            return
    raise AssertionError("it does not end")


def said(app: Companion) -> str:
    return "\n".join(notification.message for notification in app._notifications)


async def test_one_is_fetched_and_told(app: Companion) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        table = app.screen.query_one("#table", Rows)
        table.select("reading:alpha")
        await pilot.press("f")
        await done(app, pilot)
        assert "alpha" in attached(app.database) and app.activity is None
        assert "is here: enter opens it" in said(app)
        table.select("reading:gone")
        await pilot.press("f")
        await done(app, pilot)
        assert "no longer has it" in said(app)
        table.select("reading:film")
        await pilot.press("f")
        await pilot.pause()
        assert "It is a video." in said(app)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tab", ["1", "2", "3"])
async def test_all_that_are_listed(app: Companion, size: tuple[int, int], tab: str) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.press(tab)
        await pilot.pause()
        await pilot.press("F")
        await pilot.pause()
        assert isinstance(app.screen, Pick)
        options = {label: remark for _, label, remark in app.screen.options}
        assert "4 to fetch, about 1 MB" in options.values()
        assert "nothing to fetch" in options["Everything required (0)"]
        await pilot.press("end", "enter")
        await pilot.pause()
        await done(app, pilot)
        assert set(attached(app.database)) == {"alpha", "beta", "gamma"}
        assert "3 of 4 came." in said(app) and "f8 shows why 1 did not" in said(app)


async def test_how_far_it_is_is_told_and_f6_stops_it(app: Companion, server: Server) -> None:
    release = threading.Event()
    server.answers["/beta"] = text("beta", release)
    async with app.run_test(size=(120, 40)) as pilot:
        app.fetching.add_all(app.catalog().values())
        for _ in range(400):
            await pilot.pause(0.02)
            if app.activity is not None and "1/4" in app.activity.plain:
                break
        assert app.activity is not None and "1/4" in app.activity.plain
        app.fetching.add("beta")
        await pilot.pause()
        assert "on its way already" in said(app)
        await pilot.press("f6")
        await pilot.pause()
        assert app.activity is None and "Stopped" in said(app)
        release.set()
        await pilot.press("f6")
        await pilot.pause()
        assert "Nothing is being fetched." in said(app)
        # And on again.
        app.fetching.add_all(app.catalog().values())
        await done(app, pilot)
        assert set(attached(app.database)) == {"alpha", "beta", "gamma"}


@pytest.mark.parametrize("size", [(40, 12), *SIZES])
async def test_what_is_not_here_and_why(app: Companion, server: Server, size: tuple[int, int]) -> None:
    refused = "a.example does not give it to us (status 403)."
    record_download(app.database, Download("alpha", "https://a.example/", "refused", refused))
    async with app.run_test(size=size) as pilot:
        app.fetching.add_all([app.catalog()[id] for id in ("gone", "film")])
        await done(app, pilot)
        await pilot.press("f8")
        await pilot.pause()
        assert isinstance(app.screen, NotHereScreen)
        rows = app.screen.query_one(Rows)
        keys = [row.key for row in rows.rows if row.key]
        assert keys == ["reading:gone", "reading:alpha", "reading:film"]
        rows.select("reading:alpha")
        await pilot.pause()
        assert refused in str(app.screen.query_one("#hint").render())
        await pilot.press("f")
        await done(app, pilot)
        await pilot.pause()
        assert "alpha" in attached(app.database)
        assert "reading:alpha" not in [row.key for row in rows.rows]
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, NotHereScreen)


async def test_the_library_shows_what_was_looked_for_in_vain(app: Companion) -> None:
    gone = "a.example no longer has it at that address (status 404)."
    record_download(app.database, Download("alpha", "https://a.example/", "gone", gone))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        table = app.screen.query_one("#table", Rows)
        table.select("reading:alpha")
        await pilot.pause()
        assert "×" in str([row.cells[-1] for row in table.rows if row.key == "reading:alpha"])
        assert gone in str(app.screen.query_one("#hint").render())


async def test_a_file_is_attached_beside_it(app: Companion, tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("# Mine\n\nText.\n")
    bad = tmp_path / "bad.pdf"
    bad.write_text("no pdf")
    async with app.run_test(size=(120, 40)) as pilot:
        app.fetching.attach("film", path)
        await done(app, pilot)
        assert "film" in attached(app.database)
        app.fetching.attach("alpha", bad)
        await done(app, pilot)
        assert "is not a PDF" in said(app)


async def test_leaving_does_not_wait_for_a_server(app: Companion, server: Server) -> None:
    release = threading.Event()
    server.answers["/alpha"] = text("alpha", release)
    async with app.run_test(size=(80, 24)) as pilot:
        app.fetching.add("alpha")
        await pilot.pause(0.05)
        app.exit()
    release.set()
