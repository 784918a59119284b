"""Downloads from servers of every kind, all of them on this machine."""

import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cs229tui.course.model import Reading
from cs229tui.documents.arxiv import ArxivId, arxiv_facts, doi_facts, parse_atom
from cs229tui.documents.fetch import download, fetch_reading
from cs229tui.documents.web import CancelledError, CutOffError, Manners, UnreachableError, read
from cs229tui.errors import FetchError
from cs229tui.folders import Folders, folders
from cs229tui.library.database import open_library
from cs229tui.library.documents import document_of

MANNERS = Manners(connect=2, read=1, total=20, spacing=0, polite_hosts=(), loopback=True)
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 400 + b"\n%%EOF\n"
Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A server that answers each path as the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.times: list[float] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                outer.times.append(time.monotonic())
                outer.answers[self.path.split("?")[0]](self)

            def log_message(self, *_: Any) -> None:
                """Nothing: the test's own output is enough."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Clients that leave early are what is tested here."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def mine() -> Folders:
    return folders()


def reading(*addresses: str, **facts: Any) -> Reading:
    return Reading(id="paper", title="A paper", lectures=(0,), pdf_url=addresses[0], alt_urls=addresses[1:], **facts)


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content_Length": str(len(body)), **headers}.items():
        if value:
            handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def says(body: bytes = PDF, status: int = 200, **headers: str) -> Answer:
    return lambda handler: send(handler, body, status, **headers)


def in_parts(body: bytes = PDF, tag: str = '"one"', piece: int = 40_000) -> Answer:
    """Breaks off after each piece, and goes on where asked as long as the tag is still right."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        start = 0
        asked = handler.headers.get("Range", "")
        if asked and handler.headers.get("If-Range") == tag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            handler.send_response(200)
        handler.send_header("ETag", tag)
        handler.send_header("Content-Length", str(len(body) - start))
        handler.end_headers()
        handler.wfile.write(body[start : start + piece])
        handler.wfile.flush()
        handler.close_connection = True

    return answer


def refused(mine: Folders, entry: Reading, manners: Manners = MANNERS) -> FetchError:
    with pytest.raises(FetchError) as caught:
        download(mine, entry, manners=manners)
    assert not (mine.cache / "downloads" / "paper.pdf").exists()
    return caught.value


def test_a_pdf_comes_whole_and_progress_is_told(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = says()
    told: list[tuple[int, int]] = []
    path, address = download(mine, reading(server.url + "/a.pdf"), lambda *far: told.append(far), manners=MANNERS)
    assert path.read_bytes() == PDF and address == server.url + "/a.pdf"
    assert told[-1] == (len(PDF), len(PDF))
    asked = server.asked[0][1]
    assert asked["user-agent"].startswith("cs229tui/") and asked["accept-encoding"] == "identity"
    assert asked["host"] == server.url.removeprefix("http://")
    assert [one.name for one in (mine.cache / "downloads").iterdir()] == ["paper.pdf"]


def test_a_web_page_is_told_apart(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = says(b"<!DOCTYPE html><title>Just a moment</title>", Content_Type="text/html")
    server.answers["/b.pdf"] = says(b"\x89PNG....", Content_Type="image/png\x1b[2J")
    error = refused(mine, reading(server.url + "/a.pdf"))
    assert "web page, not a PDF" in error.what and "attach paper FILE" in error.remedy
    error = refused(mine, reading(server.url + "/b.pdf"))
    assert "image/png" in error.what and "\x1b" not in error.what
    assert not list((mine.cache / "downloads").iterdir())


def test_the_next_address_is_tried_and_all_failures_are_told(server: Server, mine: Folders) -> None:
    server.answers |= {"/a.pdf": says(b"", 404), "/b.pdf": says(), "/c.pdf": says(b"", 403)}
    path, address = download(mine, reading(*(server.url + one for one in ("/a.pdf", "/b.pdf"))), manners=MANNERS)
    assert path.read_bytes() == PDF and address.endswith("/b.pdf")
    path.unlink()
    error = refused(mine, reading(*(server.url + one for one in ("/a.pdf", "/c.pdf"))))
    assert "status 404" in error.what and "Elsewhere: 127.0.0.1 does not give it to us (status 403)" in error.what


@pytest.mark.parametrize(
    ("status", "headers", "what", "remedy"),
    [
        (429, {"Retry-After": "90"}, "slow down", "in 90 seconds"),
        (429, {}, "slow down", "some minutes"),
        (503, {"Retry-After": "Mon, 23 Nov 2026 12:10:00 GMT"}, "slow down", "in 10 minutes"),
        (503, {"Retry-After": "soon"}, "trouble", "later"),
        (403, {}, "does not give", "attach paper FILE"),
        (410, {}, "no longer", "attach"),
        (418, {}, "status 418", "attach"),
        (302, {}, "status 302", "attach"),
    ],
)
def test_every_refusal_is_reported_as_what_it_is(
    server: Server,
    mine: Folders,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    headers: dict[str, str],
    what: str,
    remedy: str,
) -> None:
    monkeypatch.setenv("CS229TUI_NOW", "2026-11-23T12:00:00+00:00")
    server.answers["/a.pdf"] = says(b"no", status, **headers)
    error = refused(mine, reading(server.url + "/a.pdf"))
    assert what in error.what and remedy in error.remedy


def test_a_broken_connection_is_gone_on_with(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts()
    path, _ = download(mine, reading(server.url + "/a.pdf"), manners=MANNERS)
    assert path.read_bytes() == PDF
    assert [asked.get("range", "") for _, asked in server.asked] == ["", "bytes=40000-", "bytes=80000-"]


def test_a_download_goes_on_in_the_next_run(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    error = refused(mine, reading(server.url + "/a.pdf"))
    assert isinstance(error, CutOffError) and "goes on where it stopped" in error.remedy
    path, _ = download(mine, reading(server.url + "/a.pdf"), manners=MANNERS)
    assert path.read_bytes() == PDF
    assert server.asked[4][1]["range"] == "bytes=80000-"


def test_a_file_that_changed_meanwhile_is_fetched_anew(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    refused(mine, reading(server.url + "/a.pdf"))
    other = PDF.replace(b"\x00\x01", b"\xff\xff")
    server.answers["/a.pdf"] = in_parts(other, '"two"', 10**6)
    path, _ = download(mine, reading(server.url + "/a.pdf"), manners=MANNERS)
    assert path.read_bytes() == other


def test_without_a_tag_nothing_is_gone_on_with(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(tag="", piece=20_000)
    error = refused(mine, reading(server.url + "/a.pdf"))
    assert "broke the connection off" in error.what
    assert all("range" not in asked for _, asked in server.asked)


def test_a_range_answered_wrongly_does_not_corrupt(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    refused(mine, reading(server.url + "/a.pdf"))
    wrong = says(PDF[:100], 206, ETag='"one"', Content_Range=f"bytes 0-99/{len(PDF)}")
    right = says(PDF, ETag='"one"')
    server.answers["/a.pdf"] = lambda handler: (wrong if handler.headers.get("Range") else right)(handler)
    path, _ = download(mine, reading(server.url + "/a.pdf"), manners=MANNERS)
    assert path.read_bytes() == PDF


def test_a_range_that_is_refused_starts_over(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    refused(mine, reading(server.url + "/a.pdf"))
    server.answers["/a.pdf"] = lambda handler: send(handler, *((b"", 416) if handler.headers.get("Range") else (PDF,)))
    path, _ = download(mine, reading(server.url + "/a.pdf"), manners=MANNERS)
    assert path.read_bytes() == PDF


def test_damaged_notes_of_an_earlier_download_only_cost_the_start(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    refused(mine, reading(server.url + "/a.pdf"))
    notes = mine.cache / "downloads" / "paper.json"
    for left in ("{", "[]", json.dumps({"url": server.url + "/a.pdf", "validator": "a\r\nX: y"}), '{"url": 3}'):
        notes.write_text(left)
        server.answers["/a.pdf"] = says()
        path, _ = download(mine, reading(server.url + "/a.pdf"), manners=MANNERS)
        assert path.read_bytes() == PDF and "range" not in server.asked[-1][1]
        path.unlink()


def test_an_endless_answer_ends(server: Server, mine: Folders) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"%PDF-1.4\n")
        while True:
            handler.wfile.write(b"x" * 65536)

    server.answers["/a.pdf"] = endless
    small = dataclasses.replace(MANNERS, largest=2_000_000)
    assert "more than 2 MB" in refused(mine, reading(server.url + "/a.pdf"), small).what
    assert not list((mine.cache / "downloads").iterdir())


def test_a_trickle_ends_with_the_time(server: Server, mine: Folders) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        handler.wfile.write(PDF[:2000])
        for _ in range(200):
            handler.wfile.write(b"x" * 10)
            time.sleep(0.01)

    server.answers["/a.pdf"] = trickle
    error = refused(mine, reading(server.url + "/a.pdf"), dataclasses.replace(MANNERS, total=0.2))
    assert "too slowly" in error.what


def test_a_server_that_falls_silent_is_left(server: Server, mine: Folders) -> None:
    release = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        release.wait(5)
        handler.close_connection = True

    server.answers["/a.pdf"] = silent
    error = refused(mine, reading(server.url + "/a.pdf"), dataclasses.replace(MANNERS, read=0.1))
    release.set()
    assert "stopped sending" in error.what


def test_a_lying_length_is_noticed(server: Server, mine: Folders) -> None:
    server.answers["/huge.pdf"] = says(Content_Length=str(10**12))
    server.answers["/none.pdf"] = says(PDF[:-7], Content_Length="", Connection="close")

    def closing(handler: BaseHTTPRequestHandler) -> None:
        says(Content_Length=str(len(PDF) + 50))(handler)
        handler.close_connection = True

    server.answers["/long.pdf"] = closing
    assert "broke the connection off" in refused(mine, reading(server.url + "/long.pdf")).what
    assert "more than" in refused(mine, reading(server.url + "/huge.pdf")).what
    assert "only the beginning" in refused(mine, reading(server.url + "/none.pdf")).what


def test_redirects_are_followed_up_to_a_point(server: Server, mine: Folders) -> None:
    for number in range(8):
        server.answers[f"/{number}"] = says(b"", 302, Location=f"/{number + 1}" if number < 7 else "/0")
    server.answers["/8"] = says()
    path, _ = download(mine, _at(server, "/start", 3), manners=MANNERS)
    assert path.read_bytes() == PDF
    path.unlink()
    assert "too often" in refused(mine, reading(server.url + "/0")).what
    server.answers["/x"] = says(b"", 301, Location="/y#part")
    server.answers["/y"] = says(b"", 301, Location=server.url + "/x")
    assert "in a circle" in refused(mine, reading(server.url + "/x")).what


def _at(server: Server, path: str, hops: int) -> Reading:
    for number in range(hops):
        here = path if number == 0 else f"{path}{number}"
        server.answers[here] = says(b"", 307, Location=f"{path}{number + 1}?next=https://elsewhere.example/")
    server.answers[f"{path}{hops}"] = says()
    return reading(server.url + path)


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("file:///etc/passwd", "not an http"),
        ("ftp://127.0.0.1/x.pdf", "not an http"),
        ("http://user:pw@127.0.0.1/", "name or password"),
        ("http://10.0.0.1/x.pdf", "not on the public internet"),
        ("http://169.254.169.254/latest", "not on the public internet"),
        ("http://[::ffff:192.168.0.1]/", "not on the public internet"),
        ("http://[fe80::1]/", "not on the public internet"),
        ("http://0.0.0.0/", "not on the public internet"),
        ("http://2130706434/", "not on the public internet"),
        ("http://127.0.0.1:99999/", "not an address"),
        ("http://a<b/", "is not an address"),
    ],
)
def test_redirects_do_not_lead_where_they_must_not(server: Server, mine: Folders, target: str, what: str) -> None:
    server.answers["/a.pdf"] = says(b"", 302, Location=target)
    assert what in refused(mine, reading(server.url + "/a.pdf")).what


def test_this_machine_is_not_asked_unless_a_test_says_so(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = says()
    strict = dataclasses.replace(MANNERS, loopback=False)
    assert "not on the public internet" in refused(mine, reading(server.url + "/a.pdf"), strict).what
    local = reading(server.url.replace("127.0.0.1", "localhost") + "/a.pdf")
    assert "not on the public internet" in refused(mine, local, strict).what
    assert not server.asked


def test_no_network_is_said_as_such(mine: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: Any, **__: Any) -> Any:
        raise OSError("Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", nowhere)
    error = refused(mine, reading("https://a.example/1.pdf", "https://a.example/2.pdf", "https://b.example/3.pdf"))
    assert isinstance(error, UnreachableError)
    assert error.what == "a.example cannot be found. Elsewhere: b.example cannot be found."
    assert "network" in error.remedy and "attach paper FILE" in error.remedy


def test_a_closed_port_is_unreachable(server: Server, mine: Folders) -> None:
    server.close()
    assert isinstance(refused(mine, reading(server.url + "/a.pdf")), UnreachableError)


def test_a_reading_without_a_pdf_says_what_to_do(mine: Folders) -> None:
    entry = Reading(id="post", title="A post", lectures=(0,), url="https://example.org/post")
    with pytest.raises(FetchError, match="No PDF of post is known") as caught:
        download(mine, entry)
    assert "https://example.org/post" in caught.value.remedy


def test_stopping_keeps_what_is_there(server: Server, mine: Folders) -> None:
    stop = threading.Event()
    server.answers["/a.pdf"] = says(PDF * 20, ETag='"one"')
    with pytest.raises(CancelledError):
        download(mine, reading(server.url + "/a.pdf"), lambda *_: stop.set(), cancel=stop, manners=MANNERS)
    assert (mine.cache / "downloads" / "paper.part").stat().st_size > 1024


def test_two_copies_do_not_fetch_the_same(server: Server, mine: Folders) -> None:
    started, release = threading.Event(), threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        started.set()
        release.wait(5)
        says()(handler)

    server.answers["/a.pdf"] = slow
    patient = dataclasses.replace(MANNERS, read=5)
    first = threading.Thread(target=lambda: download(mine, reading(server.url + "/a.pdf"), manners=patient))
    first.start()
    assert started.wait(5)
    assert "by another cs229tui" in refused(mine, reading(server.url + "/a.pdf")).what
    release.set()
    first.join(5)
    assert (mine.cache / "downloads" / "paper.pdf").read_bytes() == PDF


def test_arxiv_is_asked_one_at_a_time_and_apart(server: Server, mine: Folders) -> None:
    polite = dataclasses.replace(MANNERS, polite_hosts=("127.0.0.1",), spacing=0.15)
    server.answers["/a"] = says(b"", 302, Location="/b")
    server.answers["/b"] = says(b"body")
    workers = [threading.Thread(target=read, args=(server.url + "/a", mine.cache, polite)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert [path for path, _ in server.asked] == ["/a", "/b", "/a", "/b"]
    gaps = [later - earlier for earlier, later in zip(server.times, server.times[1:], strict=False)]
    assert min(gaps) > 0.14
    (mine.cache / "arxiv.turn").write_text("99999999999")
    read(server.url + "/b", mine.cache, polite)
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError):
        download(mine, reading(server.url + "/b"), cancel=stop, manners=polite)


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2302.13971v1</id>
<published>2023-02-27T17:11:15Z</published><title>LLaMA: Open and
  Efficient \x7fModels</title><author><name>Hugo Touvron</name></author><author><name>Thibaut Lavril</name></author>
</entry></feed>"""


def test_facts_come_from_arxiv_and_crossref(server: Server, mine: Folders) -> None:
    server.answers["/query"] = says(ATOM.encode())
    facts = arxiv_facts(ArxivId("2302.13971", "v1"), mine.cache, MANNERS, server.url + "/query")
    assert facts.title == "LLaMA: Open and Efficient Models" and facts.year == 2023
    assert facts.authors == ("Hugo Touvron", "Thibaut Lavril")
    assert server.asked[0][0] == "/query?id_list=2302.13971v1&max_results=1"
    work = {"title": ["On <i>x</i>"], "author": [{"given": "A.", "family": "B"}], "issued": {"date-parts": [[1999, 1]]}}
    server.answers["/works/10.1000%2Fx"] = says(json.dumps({"message": work}).encode())
    assert doi_facts("10.1000/x", mine.cache, MANNERS, server.url + "/works/").title == "On x"
    server.answers["/works/10.1000%2Fx"] = says(b'{"message": {"title": 3, "author": "x"}}')
    with pytest.raises(FetchError):
        doi_facts("10.1000/x", mine.cache, MANNERS, server.url + "/works/")
    server.answers["/query"] = says(b"x" * 2_000_000)
    with pytest.raises(FetchError, match="without end"):
        arxiv_facts(ArxivId("2302.13971"), mine.cache, MANNERS, server.url + "/query")


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><feed/>',
        "<!DOCTYPE x><feed/>".encode("utf-16"),
        b"<feed",
        b"",
        b"<feed xmlns='http://www.w3.org/2005/Atom'/>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>http://arxiv.org/api/errors#x</id>"
        b"<title>Error</title></entry></feed>",
    ],
)
def test_answers_that_are_no_entry_are_refused(body: bytes) -> None:
    with pytest.raises(FetchError):
        parse_atom(body, ArxivId("2302.13971"))


def test_a_fetched_paper_becomes_the_document(server: Server, mine: Folders) -> None:
    import io

    import pypdf

    blank = io.BytesIO()
    writer = pypdf.PdfWriter()
    writer.add_blank_page(612, 792)
    writer.write(blank)
    server.answers["/a.pdf"] = says(blank.getvalue())
    database = open_library(mine.database)
    record = fetch_reading(database, mine, reading(server.url + "/a.pdf"), manners=MANNERS)
    assert document_of(database, "paper") == record and record.pages == 1
    assert not list((mine.cache / "downloads").iterdir())
    assert list(mine.documents.rglob("*.pdf"))
    assert database.execute("SELECT source FROM attachment").fetchone()[0] == server.url + "/a.pdf"
    database.close()
