"""Many documents at once, from servers on this machine; most are texts, which no child process has to read."""

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pypdf
import pytest

from cs229tui.course.model import Reading
from cs229tui.documents.fetching import queue as queues
from cs229tui.documents.fetching.download import download
from cs229tui.documents.fetching.keeping import has_title, settle
from cs229tui.documents.fetching.outcome import Result, Step
from cs229tui.documents.fetching.partial import claimed, downloads_folder
from cs229tui.documents.fetching.queue import FetchQueue
from cs229tui.documents.fetching.sources import Source
from cs229tui.documents.fetching.web import Manners
from cs229tui.documents.fetching.wishes import Wish, wishes
from cs229tui.documents.store import attach_file
from cs229tui.folders import Folders
from cs229tui.library.database import Database, open_library
from cs229tui.library.documents import DocumentRecord, attached, document_of
from cs229tui.library.downloads import Download, download_of, downloads, record_download, resting
from servers import MANNERS, Answer, Server, in_parts, says, send

WAIT = 20.0


@pytest.fixture
def other() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def database(mine: Folders) -> Iterator[Database]:
    made = open_library(mine.database)
    yield made
    made.close()


def reading(id: str, **facts: Any) -> Reading:
    return Reading(id=id, title=f"On {id}", lectures=(0,), **facts)


def wish(id: str, *addresses: str, **facts: Any) -> Wish:
    return Wish(reading(id), tuple(Source(address, "text") for address in addresses), **facts)


def text(word: str) -> bytes:
    return f"# On {word}\n\nWe speak of {word}.\n".encode()


def tells(word: str, **headers: str) -> Answer:
    return says(text(word), Content_Type="text/plain", **headers)


def run(mine: Folders, *wanted: Wish, manners: Manners = MANNERS) -> dict[str, Result]:
    """Fetch all, and say what became of each; nothing may be left in the cache."""
    events: list[Step | Result] = []
    queue = FetchQueue(mine, events.append, manners=manners)
    queue.add(wanted)
    assert queue.wait(WAIT)
    results = [event for event in events if isinstance(event, Result)]
    assert len(results) == len(wanted)
    return {result.reading.id: result for result in results}


def left(mine: Folders) -> list[str]:
    return sorted(path.name for path in downloads_folder(mine).glob("*"))


def test_what_comes_is_the_document(server: Server, mine: Folders, database: Database) -> None:
    server.answers["/a"] = tells("alpha", ETag='"one"')
    result = run(mine, wish("a", server.url + "/a"))["a"]
    record = document_of(database, "a")
    assert record is not None
    assert (result.state, result.document, result.pages) == ("fetched", record.sha256, 1)
    assert (result.outcome, result.address, result.what) == ("kept", server.url + "/a", "")
    row = download_of(database, "a", server.url + "/a")
    assert row is not None and (row.outcome, row.etag, row.document) == ("kept", '"one"', record.sha256)
    assert database.execute("SELECT source FROM attachment").fetchone()[0] == server.url + "/a"
    assert not left(mine)


def test_a_pdf_and_a_page_are_read_in(server: Server, mine: Folders, database: Database) -> None:
    blank = io.BytesIO()
    writer = pypdf.PdfWriter()
    writer.add_blank_page(612, 792)
    writer.write(blank)
    server.answers["/a.pdf"] = says(blank.getvalue())
    result = run(mine, Wish(reading("a"), (Source(server.url + "/a.pdf", "pdf"),)))["a"]
    assert result.state == "fetched" and list(mine.documents.rglob("*.pdf")) and not left(mine)


def test_the_next_address_is_tried_and_all_failures_are_told(server: Server, mine: Folders, database: Database) -> None:
    server.answers |= {"/a": says(b"", 404), "/b": tells("beta"), "/c": says(b"", 403)}
    a, b, c = (server.url + path for path in ("/a", "/b", "/c"))
    results = run(mine, wish("first", a, b), wish("second", a, c))
    assert results["first"].state == "fetched" and results["first"].address == b
    second = results["second"]
    assert (second.state, second.outcome) == ("failed", "gone")
    assert "status 404" in second.what and "Elsewhere: 127.0.0.1 does not give it to us (status 403)" in second.what
    assert "attach second FILE" in second.remedy
    assert {address: row.outcome for address, row in downloads(database)["second"].items()} == {a: "gone", c: "refused"}


def test_what_cannot_be_read_is_no_document(server: Server, mine: Folders, database: Database) -> None:
    server.answers |= {"/a": says(b"%PDF-1.4 broken" + b" " * 2000 + b"%%EOF"), "/b": tells("beta")}
    wanted = Wish(reading("a"), (Source(server.url + "/a", "pdf"), Source(server.url + "/b", "text")))
    result = run(mine, wanted)["a"]
    assert result.state == "fetched" and result.address.endswith("/b") and not left(mine)
    row = download_of(database, "a", server.url + "/a")
    assert row is not None and row.outcome == "unreadable" and "What 127.0.0.1 gave" in row.detail


def test_a_page_that_names_its_pdf_leads_there(server: Server, mine: Folders) -> None:
    page = b"<html><meta name='citation_pdf_url' content='/x.pdf'><p>Abstract</html>"
    server.answers |= {"/abs": says(page, Content_Type="text/html"), "/x.pdf": says(page, Content_Type="text/html")}
    result = run(mine, Wish(reading("a"), (Source(server.url + "/abs", "pdf"),)))["a"]
    # The PDF it names is that page again: it is not asked a third time.
    assert result.outcome == "changed" and [path for path, _ in server.asked] == ["/abs", "/x.pdf"]
    blank = io.BytesIO()
    writer = pypdf.PdfWriter()
    writer.add_blank_page(612, 792)
    writer.write(blank)
    server.answers["/x.pdf"] = says(blank.getvalue())
    result = run(mine, Wish(reading("a"), (Source(server.url + "/abs", "pdf"),)))["a"]
    assert result.state == "fetched" and result.address.endswith("/x.pdf")


def test_one_address_for_two_readings_is_fetched_once(server: Server, other: Server, mine: Folders) -> None:
    server.answers["/a"] = tells("alpha")
    other.answers["/gone"] = says(b"", 404)
    a = server.url + "/a"
    results = run(mine, wish("one", a), wish("two", a), wish("three", other.url + "/gone", a))
    assert {result.state for result in results.values()} == {"fetched"}
    assert len({result.document for result in results.values()}) == 1
    assert [path for path, _ in server.asked] == ["/a"]
    # Nor in a later run.
    assert run(mine, wish("four", a))["four"].state == "fetched" and len(server.asked) == 1


def test_two_programs_do_not_fetch_the_same(server: Server, mine: Folders) -> None:
    begun, release = threading.Event(), threading.Event()

    def held(handler: BaseHTTPRequestHandler) -> None:
        begun.set()
        release.wait(WAIT)
        tells("alpha")(handler)

    server.answers["/a"] = held
    patient = dataclasses.replace(MANNERS, read=WAIT, head=WAIT)
    results: list[Result] = []
    queues = [
        FetchQueue(mine, lambda event: results.append(event) if isinstance(event, Result) else None, manners=patient)
        for _ in range(2)
    ]
    queues[0].add([wish("a", server.url + "/a")])
    assert begun.wait(WAIT)
    queues[1].add([wish("a", server.url + "/a")])
    release.set()
    assert queues[0].wait(WAIT) and queues[1].wait(WAIT)
    assert [result.state for result in results] == ["fetched", "fetched"] and len(server.asked) == 1


def test_hosts_are_asked_side_by_side_each_one_at_a_time(mine: Folders) -> None:
    servers = [Server() for _ in range(6)]
    lock, now, most, by_host = threading.Lock(), 0, 0, [0] * len(servers)
    together = threading.Barrier(4, timeout=WAIT)

    def answer(index: int) -> Answer:
        def answered(handler: BaseHTTPRequestHandler) -> None:
            nonlocal now, most
            with lock:
                now += 1
                by_host[index] += 1
                most = max(most, now)
                assert by_host[index] == 1
            if index < 4 and handler.path.startswith("/0"):
                together.wait()
            with lock:
                now -= 1
                by_host[index] -= 1
            tells(f"word {index} {handler.path}")(handler)

        return answered

    wanted = []
    for index, one in enumerate(servers):
        for number in range(3):
            one.answers[f"/{number}"] = answer(index)
    for number in range(3):
        wanted += [wish(f"r{index}-{number}", f"{one.url}/{number}") for index, one in enumerate(servers)]
    patient = dataclasses.replace(MANNERS, read=WAIT, head=WAIT)
    results = run(mine, *wanted, manners=patient)
    assert {result.state for result in results.values()} == {"fetched"}
    assert most == 4
    for one in servers:
        one.close()


def test_a_host_is_left_in_peace_between_requests(server: Server, mine: Folders) -> None:
    for name in "abc":
        server.answers[f"/{name}"] = tells(name)
    run(mine, *(wish(name, f"{server.url}/{name}") for name in "abc"), manners=dataclasses.replace(MANNERS, pause=0.3))
    gaps = [later - earlier for earlier, later in zip(server.times, server.times[1:], strict=False)]
    assert len(gaps) == 2 and min(gaps) > 0.2


def test_programs_take_turns_fairly(server: Server, mine: Folders) -> None:
    patient = dataclasses.replace(MANNERS, pause=0.1)
    order: list[str] = []

    def told(event: Step | Result) -> None:
        if isinstance(event, Result):
            order.append(event.reading.id[0])

    queues = []
    for name in "ab":
        for number in range(12):
            server.answers[f"/{name}{number}"] = tells(f"{name} {number}")
        queue = FetchQueue(mine, told, manners=patient)
        queue.add([wish(f"{name}{number}", f"{server.url}/{name}{number}") for number in range(12)])
        queues.append(queue)
    assert all(queue.wait(WAIT) for queue in queues)
    # Neither has to wait until the other has all it wants.
    assert "b" in order[:12] and "a" in order[12:]


# Servers in trouble


def after(count: int, first: Answer, then: Answer) -> Answer:
    """`first` so many times, after that `then`."""
    left = [count]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        left[0] -= 1
        (first if left[0] >= 0 else then)(handler)

    return answer


def test_trouble_is_waited_out(server: Server, mine: Folders) -> None:
    server.answers["/a"] = after(2, says(b"", 500), tells("alpha"))
    server.answers["/b"] = after(1, says(b"", 429, Retry_After="1"), tells("beta"))
    server.answers["/c"] = says(b"", 500)
    a, b, c = (server.url + path for path in ("/a", "/b", "/c"))
    results = run(mine, wish("a", a), wish("c", c), wish("b", b))
    assert (results["a"].state, results["b"].state) == ("fetched", "fetched")
    assert (results["c"].outcome, sum(path == "/c" for path, _ in server.asked)) == ("trouble", 3)


def test_a_host_that_wants_peace_for_long_gets_it(server: Server, mine: Folders, database: Database) -> None:
    server.answers["/a"] = says(b"", 429, Retry_After="3600")
    server.answers["/b"] = tells("beta")
    wanted = [reading("a", pdf_url=server.url + "/a"), reading("b", pdf_url=server.url + "/b")]
    asked, settled = wishes(database, wanted)
    results = run(mine, *asked)
    assert not settled and [result.outcome for result in results.values()] == ["busy", "busy"]
    assert "in 60 minutes" in results["b"].remedy and len(server.asked) == 1
    # It is not asked in the next run either, even by name, before that time; but for one who insists.
    asked, settled = wishes(database, wanted, insist=True)
    assert not asked and [result.state for result in settled] == ["resting", "resting"]
    assert "left alone until" in settled[0].remedy
    asked, settled = wishes(database, wanted, again=True)
    assert len(asked) == 2


def test_a_broken_connection_goes_on_in_the_same_run(server: Server, mine: Folders) -> None:
    body = text("alpha") + b"x " * 50_000
    server.answers["/a"] = in_parts(body, piece=40_000)
    result = run(mine, wish("a", server.url + "/a"))["a"]
    assert result.state == "fetched" and len(server.asked) > 1


def test_without_a_network_nobody_waits(mine: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def nowhere(host: str, *_: Any, **__: Any) -> Any:
        tried.append(host)
        raise OSError("Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", nowhere)
    wanted = [
        wish(f"r{number}", f"https://h{number}.example/x", f"https://g{number}.example/x") for number in range(40)
    ]
    results = run(mine, *wanted)
    assert {result.outcome for result in results.values()} == {"offline"} and len(tried) < 12
    assert any("no network" in result.what for result in results.values())


def test_a_host_that_is_down_is_not_asked_for_all(server: Server, mine: Folders) -> None:
    gone = Server()
    gone.close()
    server.answers["/b"] = tells("beta")
    wanted = [wish(f"r{number}", gone.url + f"/{number}") for number in range(20)]
    results = run(mine, *wanted, wish("b", server.url + "/b"))
    assert results.pop("b").state == "fetched"
    assert {result.outcome for result in results.values()} == {"offline"}


# Asking again


def test_unchanged_changed_and_gone(server: Server, mine: Folders, database: Database) -> None:
    url = server.url + "/a"

    def answer(tag: str, word: str) -> Answer:
        def answered(handler: BaseHTTPRequestHandler) -> None:
            if handler.headers.get("If-None-Match") == tag:
                send(handler, b"", 304, ETag=tag)
            else:
                send(handler, text(word), ETag=tag, Content_Type="text/plain")

        return answered

    entry = reading("a", pdf_url=url)
    source = (Source(url, "text"),)

    def again() -> Result:
        asked, _ = wishes(database, [entry], again=True)
        return run(mine, dataclasses.replace(asked[0], sources=source))["a"]

    server.answers["/a"] = answer('"one"', "alpha")
    first = run(mine, wish("a", url))["a"]
    asked, settled = wishes(database, [entry])
    assert not asked and settled[0].state == "present"
    same = again()
    assert (same.state, same.document) == ("unchanged", first.document)
    server.answers["/a"] = answer('"two"', "beta")
    changed = again()
    assert changed.state == "changed" and changed.document != first.document
    assert "the old one is kept" in changed.remarks[0]
    current = document_of(database, "a")
    assert current is not None and current.sha256 == changed.document
    assert database.execute("SELECT count(*) FROM attachment").fetchone()[0] == 2
    # The same bytes under another tag are the same.
    server.answers["/a"] = answer('"three"', "beta")
    assert again().state == "unchanged"
    server.answers["/a"] = says(b"", 404)
    gone = again()
    assert (gone.state, gone.outcome) == ("failed", "gone")
    # The document stays, and what it was known by too.
    assert attached(database)["a"][0] == changed.document
    row = download_of(database, "a", url)
    assert row is not None and (row.outcome, row.etag, row.document) == ("gone", '"three"', changed.document)


def test_the_version_that_is_read_stays(server: Server, mine: Folders, database: Database) -> None:
    # No tags: the server sends all of it again.
    server.answers |= {"/pdf": tells("alpha"), "/html": tells("beta")}
    run(mine, wish("a", server.url + "/pdf"))
    html = run(mine, wish("a", server.url + "/html"))["a"].document
    assert attached(database)["a"][0] == html
    assert run(mine, wish("a", server.url + "/pdf", again=True))["a"].state == "unchanged"
    assert attached(database)["a"][0] == html
    server.answers["/pdf"] = tells("gamma")
    assert run(mine, wish("a", server.url + "/pdf", again=True))["a"].state == "changed"
    assert attached(database)["a"][0] == html


def page(word: str, nonce: str = "1") -> bytes:
    prose = f"<p>We speak of {word} at length, since it matters to whoever reads about {word} in the evening.</p>" * 8
    return (
        f"<!DOCTYPE html><html><head><title>On {word}</title><meta name='nonce' content='{nonce}'></head>"
        f"<body><article><h1>On {word}</h1>{prose}</article></body></html>"
    ).encode("latin-1")


def test_a_web_page_becomes_a_document(server: Server, mine: Folders, database: Database) -> None:
    entry = reading("a", kind="blog", url=server.url + "/post")
    server.answers["/post"] = says(page("Zürich"), Content_Type="text/html; charset=iso-8859-1")
    first = run(mine, *wishes(database, [entry])[0])["a"]
    record = document_of(database, "a")
    assert first.state == "fetched" and record is not None and record.format == "html"
    text = "".join(row["text"] for row in database.query("SELECT text FROM page"))
    assert "speak of Zürich at length" in text
    # What nobody reads has changed: it is the same page, and no second document.
    server.answers["/post"] = says(page("Zürich", "2"), Content_Type="text/html; charset=iso-8859-1")
    same = run(mine, *wishes(database, [entry], again=True)[0])["a"]
    assert (same.state, same.document) == ("unchanged", first.document)
    assert len(list(mine.documents.rglob("*.html"))) == 1
    server.answers["/post"] = says(page("Genève"), Content_Type="text/html; charset=iso-8859-1")
    changed = run(mine, *wishes(database, [entry], again=True)[0])["a"]
    assert changed.state == "changed" and len(list(mine.documents.rglob("*.html"))) == 2


def test_a_page_that_is_only_a_program_is_told(server: Server, mine: Folders, database: Database) -> None:
    entry = reading("a", kind="web", url=server.url + "/app")
    server.answers["/app"] = says(b"<!doctype html><html><body><div id=root></div><script>x()</script></body></html>")
    result = run(mine, *wishes(database, [entry])[0])["a"]
    assert (result.state, result.outcome) == ("failed", "unreadable") and not left(mine)
    assert "127.0.0.1" in result.what


def test_what_lately_failed_for_good_rests(server: Server, mine: Folders, database: Database) -> None:
    server.answers["/a"] = says(b"", 404)
    entry = reading("a", pdf_url=server.url + "/a")
    run(mine, *wishes(database, [entry])[0])
    asked, settled = wishes(database, [entry])
    assert not asked and settled[0].state == "resting" and settled[0].outcome == "gone"
    assert settled[0].failures[0].since and "--again" in settled[0].remedy
    assert len(wishes(database, [entry], insist=True)[0]) == len(wishes(database, [entry], again=True)[0]) == 1


def test_how_long_an_address_rests(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def on(day: str, outcome: str) -> Download:
        monkeypatch.setenv("CS229TUI_NOW", f"2026-11-{day}T12:00:00+00:00")
        record_download(database, Download("a", "https://a.example/", outcome))
        found = download_of(database, "a", "https://a.example/")
        assert found is not None
        return found

    first = on("01", "gone")
    assert resting(first)
    second = on("09", "gone")
    assert second.since == first.since and second.asked > first.asked
    assert not resting(on("10", "trouble"))
    assert on("11", "gone").since.startswith("2026-11-11")
    monkeypatch.setenv("CS229TUI_NOW", "2026-11-19T12:00:00+00:00")
    found = download_of(database, "a", "https://a.example/")
    assert found is not None and not resting(found)


# Stopping


def test_stopping_ends_at_once_and_keeps_what_came(server: Server, mine: Folders) -> None:
    release, begun = threading.Event(), threading.Event()
    body = text("alpha") + b"x " * 50_000

    def stalls(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Content-Type", "text/plain")
        handler.send_header("ETag", '"one"')
        handler.end_headers()
        handler.wfile.write(body[:60_000])
        handler.wfile.flush()
        release.wait(WAIT)
        handler.close_connection = True

    def told(event: Step | Result) -> None:
        if isinstance(event, Result):
            results.append(event)
        elif event.done > 10_000:
            begun.set()

    server.answers |= {"/a": stalls, "/b": tells("beta")}
    results: list[Result] = []
    queue = FetchQueue(mine, told, manners=dataclasses.replace(MANNERS, read=WAIT, head=WAIT))
    queue.add([wish("a", server.url + "/a"), *(wish(f"b{n}", server.url + "/b") for n in range(30))])
    assert begun.wait(WAIT)
    started = time.monotonic()
    queue.stop()
    assert queue.wait(WAIT) and time.monotonic() - started < 5
    assert len(results) == 31 and {result.outcome for result in results} == {"stopped"}
    release.set()
    server.answers["/a"] = in_parts(body, piece=10**6)
    assert run(mine, wish("a", server.url + "/a"))["a"].state == "fetched"
    assert server.asked[-1][1]["range"].startswith("bytes=") and not left(mine)


def test_more_can_be_added_at_any_time(server: Server, mine: Folders) -> None:
    done: list[Result] = []
    queue = FetchQueue(mine, lambda event: done.append(event) if isinstance(event, Result) else None, manners=MANNERS)
    for number in range(12):
        server.answers[f"/{number}"] = tells(f"word {number}")
        queue.add([wish(f"r{number}", f"{server.url}/{number}")])
        if number % 3 == 0:
            assert queue.wait(WAIT)
    assert queue.wait(WAIT) and len(done) == 12


def test_what_breaks_a_thread_is_raised(server: Server, mine: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(queues, "download", broken)
    queue = FetchQueue(mine, lambda _: None, manners=MANNERS)
    queue.add([wish("a", server.url + "/a")])
    with pytest.raises(RuntimeError, match="a fault of ours"):
        queue.wait(WAIT)


# Being killed

_PROGRAM = """
import json, sys
sys.path.insert(0, {tests!r})
from test_queue import MANNERS, FetchQueue, folders, wish
wanted = [wish(f"r{{number}}", f"{{sys.argv[1]}}/{{number}}") for number in range(int(sys.argv[2]))]
queue = FetchQueue(folders(), lambda event: print(event, flush=True), manners=MANNERS)
queue.add(wanted)
queue.wait(60)
"""


def test_being_killed_at_any_time_changes_nothing_in_the_end(server: Server, mine: Folders, tmp_path: Path) -> None:
    count = 6
    for number in range(count):
        server.answers[f"/{number}"] = in_parts(text(f"word {number}") + b"y " * 60_000, piece=50_000)
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM.format(tests=str(Path(__file__).parent)))
    command = [sys.executable, str(program), server.url, str(count)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    for lines in (2, 9, 20):
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            for _ in range(lines):
                if not running.stdout.readline():
                    break
            running.send_signal(signal.SIGKILL)
            running.stdout.read()
    database = open_library(mine.database)
    try:
        settle(database, mine)
        here = attached(database)
        run(mine, *(wish(f"r{n}", f"{server.url}/{n}") for n in range(count) if f"r{n}" not in here))
        assert set(attached(database)) == {f"r{number}" for number in range(count)}
        rows = downloads(database)
        assert all(row.outcome == "kept" and row.etag for each in rows.values() for row in each.values())
        assert len(rows) == count
        assert not left(mine)
        kept = sorted(path.name for path in mine.documents.rglob("*") if path.is_file())
        assert kept == sorted(f"{sha}.md" for sha, _ in attached(database).values())
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    finally:
        database.close()


def test_what_was_killed_between_keeping_and_noting_is_settled(
    server: Server, mine: Folders, database: Database
) -> None:

    url = server.url + "/a"
    server.answers |= {"/a": tells("alpha", ETag='"one"'), "/b": tells("beta")}
    partial = claimed(mine, url)
    arrived = download(partial, mine.cache, "text", manners=MANNERS)
    assert arrived is not None
    attach_file(database, mine, "a", arrived.path, source=url)
    partial.release()
    assert left(mine)
    run(mine, wish("b", server.url + "/b"))
    assert not left(mine)
    row = download_of(database, "a", url)
    assert (
        row is not None and (row.outcome, row.etag) == ("kept", '"one"') and row.document == attached(database)["a"][0]
    )


# Another paper than was meant


@pytest.mark.parametrize(
    ("title", "first", "same"),
    [
        ("Attention Is All You Need", "Attention Is All\nYou Need\nAbstract. The dominant", True),
        ("Deep Residual Learning for Image Recognition", "DEEP RESIDUAL LEARN\ufffeING FOR IMAGE RECOGNITION", True),
        ("Deep Residual Learning for Image Recognition", "Mastering Chess and Shogi by Self-Play", False),
        ("On x", "Nothing of it", True),
    ],
)
def test_another_work_is_noticed(title: str, first: str, same: bool) -> None:
    entry = Reading(id="x", title=title, lectures=(0,))
    record = DocumentRecord("0" * 64, "pdf", 1, 1, "", "", "test/1", (), b"", ())
    assert has_title(entry, record, [first + " and so on" * 60]) is same
    assert has_title(entry, record, ["Copyright 1999"])
    assert has_title(Reading(id="x", title=title, lectures=(0,), kind="web"), record, [first * 60])


def test_events_are_plain(server: Server, mine: Folders) -> None:
    server.answers["/a"] = tells("alpha")
    events: list[Step | Result] = []
    queue = FetchQueue(mine, events.append, manners=MANNERS)
    queue.add([wish("a", server.url + "/a")])
    assert queue.wait(WAIT)
    phases = [event.phase for event in events if isinstance(event, Step)]
    assert phases[0] == "asking" and "downloading" in phases and phases[-1] == "reading in"
    assert json.dumps(dataclasses.asdict(events[-1])["state"]) == '"fetched"'
