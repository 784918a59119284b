"""Downloads of one address from servers of every kind."""

import dataclasses
import gzip
import json
import socket
import ssl
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from cs229tui.documents.fetching.arxiv import ArxivId, arxiv_facts, doi_facts, parse_atom
from cs229tui.documents.fetching.download import Validators, download
from cs229tui.documents.fetching.partial import claimed, downloads_folder, left_over
from cs229tui.documents.fetching.receiving import Progress, Want
from cs229tui.documents.fetching.refusals import CancelledError, CutOffError, PageInsteadError, UnreachableError
from cs229tui.documents.fetching.stopping import Stop
from cs229tui.documents.fetching.web import Manners, read
from cs229tui.errors import FetchError
from cs229tui.folders import Folders
from servers import MANNERS, PDF, Server, in_parts, says, send


def brought(
    mine: Folders,
    url: str,
    progress: Progress | None = None,
    *,
    want: Want = "pdf",
    known: Validators | None = None,
    cancel: Stop | None = None,
    manners: Manners = MANNERS,
) -> Path | None:
    """Fetch one address as the queue does, and leave the file where it is."""
    partial = claimed(mine, url, cancel)
    try:
        got = download(partial, mine.cache, want, progress, known=known, cancel=cancel, manners=manners)
        return got.path if got else None
    finally:
        partial.release()


def fetched(mine: Folders, url: str, want: Want = "pdf", manners: Manners = MANNERS) -> bytes:
    """What an address gives; nothing is left of it."""
    partial = claimed(mine, url)
    got = download(partial, mine.cache, want, manners=manners)
    assert got is not None
    content = got.path.read_bytes()
    partial.drop()
    partial.release()
    assert not left(mine)
    return content


def refused(mine: Folders, url: str, manners: Manners = MANNERS, want: Want = "pdf") -> FetchError:
    with pytest.raises(FetchError) as caught:
        brought(mine, url, manners=manners, want=want)
    assert not any(name.endswith((".pdf", ".html", ".md")) for name in left(mine))
    return caught.value


def left(mine: Folders) -> list[str]:
    """The files that downloads have left."""
    return sorted(path.name for path in downloads_folder(mine).glob("*"))


def test_a_pdf_comes_whole_and_progress_is_told(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = says()
    told: list[tuple[int, int]] = []
    path = brought(mine, server.url + "/a.pdf", lambda *far: told.append(far))
    assert path is not None and path.read_bytes() == PDF
    assert told[-1] == (len(PDF), len(PDF))
    asked = server.asked[0][1]
    assert asked["user-agent"].startswith("cs229tui/") and asked["accept-encoding"] == "identity"
    assert asked["host"] == server.url.removeprefix("http://")
    # What is whole and not read yet is not asked for again.
    assert brought(mine, server.url + "/a.pdf") == path and len(server.asked) == 1


def test_a_web_page_is_told_apart(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = says(b"<!DOCTYPE html><title>Just a moment</title>", Content_Type="text/html")
    server.answers["/b.pdf"] = says(b"\x89PNG....", Content_Type="image/png\x1b[2J")
    error = refused(mine, server.url + "/a.pdf")
    assert "web page, not a PDF" in error.what and "attach READING FILE" in error.remedy
    error = refused(mine, server.url + "/b.pdf")
    assert "image/png" in error.what and "\x1b" not in error.what
    assert not left(mine)


@pytest.mark.parametrize(
    ("status", "headers", "outcome", "remedy"),
    [
        (429, {"Retry-After": "90"}, "busy", "in 90 seconds"),
        (429, {"Retry-After": "7200"}, "busy", "in 2 hours"),
        (429, {"Retry-After": "-5"}, "busy", "some minutes"),
        (429, {}, "busy", "some minutes"),
        (503, {"Retry-After": "Mon, 23 Nov 2026 12:10:00 GMT"}, "busy", "in 10 minutes"),
        (503, {"Retry-After": "soon"}, "trouble", "later"),
        (500, {}, "trouble", "later"),
        (401, {}, "log-in", "attach READING FILE"),
        (402, {}, "paywalled", "Your library"),
        (403, {}, "refused", "attach READING FILE"),
        (403, {"Cf-Mitigated": "challenge"}, "refused", "browser"),
        (407, {}, "offline", "HTTPS_PROXY"),
        (451, {}, "refused", "attach"),
        (404, {}, "gone", "attach"),
        (410, {}, "gone", "attach"),
        (416, {}, "refused", "attach"),
        (418, {}, "refused", "attach"),
        (302, {}, "refused", "attach"),
        (304, {}, "refused", "attach"),
    ],
)
def test_every_refusal_is_reported_as_what_it_is(
    server: Server,
    mine: Folders,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    headers: dict[str, str],
    outcome: str,
    remedy: str,
) -> None:
    monkeypatch.setenv("CS229TUI_NOW", "2026-11-23T12:00:00+00:00")
    server.answers["/a.pdf"] = says(b"no", status, **headers)
    error = refused(mine, server.url + "/a.pdf")
    assert (error.outcome, str(status) in error.what) == (outcome, True) and remedy in error.remedy


def test_a_broken_connection_is_gone_on_with(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts()
    assert fetched(mine, server.url + "/a.pdf") == PDF
    assert [asked.get("range", "") for _, asked in server.asked] == ["", "bytes=40000-", "bytes=80000-"]


def test_a_download_goes_on_in_the_next_run(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    error = refused(mine, server.url + "/a.pdf")
    assert isinstance(error, CutOffError) and "goes on where it stopped" in error.remedy
    assert fetched(mine, server.url + "/a.pdf") == PDF
    assert server.asked[4][1]["range"] == "bytes=80000-"


def test_a_file_that_changed_meanwhile_is_fetched_anew(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    refused(mine, server.url + "/a.pdf")
    other = PDF.replace(b"\x00\x01", b"\xff\xff")
    server.answers["/a.pdf"] = in_parts(other, '"two"', 10**6)
    assert fetched(mine, server.url + "/a.pdf") == other


def test_without_a_tag_nothing_is_gone_on_with(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(tag="", piece=20_000)
    error = refused(mine, server.url + "/a.pdf")
    assert "broke the connection off" in error.what
    assert all("range" not in asked for _, asked in server.asked)


def test_a_range_answered_wrongly_does_not_corrupt(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    refused(mine, server.url + "/a.pdf")
    wrong = says(PDF[:100], 206, ETag='"one"', Content_Range=f"bytes 0-99/{len(PDF)}")
    right = says(PDF, ETag='"one"')
    server.answers["/a.pdf"] = lambda handler: (wrong if handler.headers.get("Range") else right)(handler)
    assert fetched(mine, server.url + "/a.pdf") == PDF


def test_a_range_that_is_refused_starts_over(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    refused(mine, server.url + "/a.pdf")
    server.answers["/a.pdf"] = lambda handler: send(handler, *((b"", 416) if handler.headers.get("Range") else (PDF,)))
    assert fetched(mine, server.url + "/a.pdf") == PDF


def test_damaged_notes_of_an_earlier_download_only_cost_the_start(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    refused(mine, server.url + "/a.pdf")
    (name,) = (name for name in left(mine) if name.endswith(".json"))
    url, part = server.url + "/a.pdf", downloads_folder(mine) / name.replace(".json", ".part")
    kept = part.read_bytes()
    whole = {"url": url, "whole": True, "suffix": ".pdf"}
    unsafe = {"url": url, "validator": "a\r\nX: y"}
    for notes in (
        "{",
        "[]",
        json.dumps(unsafe),
        '{"url": 3}',
        json.dumps(whole),
        json.dumps({"url": "https://b.example"}),
    ):
        part.write_bytes(kept)
        part.with_suffix(".json").write_text(notes)
        server.answers["/a.pdf"] = says()
        assert fetched(mine, url) == PDF and "range" not in server.asked[-1][1]


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
    assert "more than 2 MB" in refused(mine, server.url + "/a.pdf", small).what
    assert not left(mine)


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
    error = refused(mine, server.url + "/a.pdf", dataclasses.replace(MANNERS, total=0.2))
    assert "too slowly" in error.what


def test_a_server_that_falls_silent_is_left(server: Server, mine: Folders) -> None:
    release = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        release.wait(5)
        handler.close_connection = True

    server.answers["/a.pdf"] = silent
    error = refused(mine, server.url + "/a.pdf", dataclasses.replace(MANNERS, read=0.1))
    release.set()
    assert "stopped sending" in error.what


def test_a_lying_length_is_noticed(server: Server, mine: Folders) -> None:
    server.answers["/huge.pdf"] = says(Content_Length=str(10**12))
    server.answers["/none.pdf"] = says(PDF[:-7], Content_Length="", Connection="close")

    def closing(handler: BaseHTTPRequestHandler) -> None:
        says(Content_Length=str(len(PDF) + 50))(handler)
        handler.close_connection = True

    server.answers["/long.pdf"] = closing
    assert "broke the connection off" in refused(mine, server.url + "/long.pdf").what
    assert "more than" in refused(mine, server.url + "/huge.pdf").what
    assert "only the beginning" in refused(mine, server.url + "/none.pdf").what


def test_redirects_are_followed_up_to_a_point(server: Server, mine: Folders) -> None:
    for number in range(8):
        server.answers[f"/{number}"] = says(b"", 302, Location=f"/{number + 1}" if number < 7 else "/0")
    server.answers["/8"] = says()
    assert fetched(mine, _at(server, "/start", 3)) == PDF
    assert "too often" in refused(mine, server.url + "/0").what
    server.answers["/x"] = says(b"", 301, Location="/y#part")
    server.answers["/y"] = says(b"", 301, Location=server.url + "/x")
    assert "in a circle" in refused(mine, server.url + "/x").what


def _at(server: Server, path: str, hops: int) -> str:
    for number in range(hops):
        here = path if number == 0 else f"{path}{number}"
        server.answers[here] = says(b"", 307, Location=f"{path}{number + 1}?next=https://elsewhere.example/")
    server.answers[f"{path}{hops}"] = says()
    return server.url + path


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
    assert what in refused(mine, server.url + "/a.pdf").what


def test_this_machine_is_not_asked_unless_a_test_says_so(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = says()
    strict = dataclasses.replace(MANNERS, loopback=False)
    assert "not on the public internet" in refused(mine, server.url + "/a.pdf", strict).what
    local = server.url.replace("127.0.0.1", "localhost") + "/a.pdf"
    assert "not on the public internet" in refused(mine, local, strict).what
    assert not server.asked


def test_no_network_is_said_as_such(mine: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: Any, **__: Any) -> Any:
        raise OSError("Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", nowhere)
    error = refused(mine, "https://a.example/1.pdf")
    assert isinstance(error, UnreachableError) and error.outcome == "offline"
    assert error.what == "a.example cannot be found."
    assert "network" in error.remedy and "attach READING FILE" in error.remedy


def test_a_closed_port_is_unreachable(server: Server, mine: Folders) -> None:
    server.close()
    assert isinstance(refused(mine, server.url + "/a.pdf"), UnreachableError)


def test_stopping_keeps_what_is_there(server: Server, mine: Folders) -> None:
    stop = Stop()
    server.answers["/a.pdf"] = says(PDF * 20, ETag='"one"')
    with pytest.raises(CancelledError):
        brought(mine, server.url + "/a.pdf", lambda *_: stop.set(), cancel=stop)
    (partial,) = left_over(mine)
    assert partial.path.stat().st_size > 1024 and partial.notes.validator == '"one"'


def test_stopping_does_not_wait_for_the_server(server: Server, mine: Folders) -> None:
    stop, release = Stop(), threading.Event()

    def stalls(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        handler.wfile.write(PDF[:5000])
        handler.wfile.flush()
        threading.Timer(0.05, stop.set).start()
        release.wait(20)

    def mute(handler: BaseHTTPRequestHandler) -> None:
        threading.Timer(0.05, stop.set).start()
        release.wait(20)

    slow = dataclasses.replace(MANNERS, read=15, head=15)
    for path, answer in (("/stalls.pdf", stalls), ("/mute.pdf", mute)):
        stop = Stop()
        server.answers[path] = answer
        started = time.monotonic()
        with pytest.raises(CancelledError):
            brought(mine, server.url + path, cancel=stop, manners=slow)
        assert time.monotonic() - started < 5
    release.set()


def test_who_comes_second_waits_and_finds_it_whole(server: Server, mine: Folders) -> None:
    release, arrived = threading.Event(), threading.Event()

    def held(handler: BaseHTTPRequestHandler) -> None:
        arrived.set()
        release.wait(5)
        says()(handler)

    server.answers["/a.pdf"] = held
    found: list[Path | None] = []
    patient = dataclasses.replace(MANNERS, read=5)
    both = [
        threading.Thread(target=lambda: found.append(brought(mine, server.url + "/a.pdf", manners=patient)))
        for _ in range(2)
    ]
    for one in both:
        one.start()
    assert arrived.wait(5)
    release.set()
    for one in both:
        one.join(5)
    assert found[0] is not None and found[0] == found[1] and found[0].read_bytes() == PDF
    assert len(server.asked) == 1


def test_arxiv_is_asked_one_at_a_time_and_apart(server: Server, mine: Folders) -> None:
    polite = dataclasses.replace(MANNERS, polite_hosts=("127.0.0.1",), spacing=0.3)
    server.answers["/a"] = says(b"", 302, Location="/b")
    server.answers["/b"] = says(b"body")
    workers = [threading.Thread(target=read, args=(server.url + "/a", mine.cache, polite)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert [path for path, _ in server.asked] == ["/a", "/b", "/a", "/b"]
    gaps = [later - earlier for earlier, later in zip(server.times, server.times[1:], strict=False)]
    assert min(gaps) > 0.2
    (turn,) = (mine.cache / "turns").iterdir()
    turn.write_text("99999999999")
    read(server.url + "/b", mine.cache, polite)
    stop = Stop()
    stop.set()
    with pytest.raises(CancelledError):
        brought(mine, server.url + "/b", cancel=stop, manners=polite)


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


# Web pages and text

PAGE = "<!DOCTYPE html><html><head><title>Überblick</title></head><body><p>Müller schrieb es.</p></body></html>"


def test_a_page_is_kept_with_its_encoding_known(server: Server, mine: Folders) -> None:
    url = server.url + "/page"
    server.answers["/page"] = says(PAGE.encode("latin-1"), Content_Type="text/html; charset=ISO-8859-1")
    assert fetched(mine, url, "page").decode("utf-8-sig") == PAGE
    server.answers["/page"] = says(PAGE.encode(), Content_Type="text/html; charset=utf-8")
    assert fetched(mine, url, "page") == b"\xef\xbb\xbf" + PAGE.encode()
    # What the server does not know, or says wrongly, is left to the page itself.
    for kind in ("text/html", "text/html; charset=klingon", "text/html; charset=ascii", "text/html; charset=punycode"):
        server.answers["/page"] = says(PAGE.encode(), Content_Type=kind)
        assert fetched(mine, url, "page") == PAGE.encode()
    utf16 = b"\xff\xfe" + PAGE.encode("utf-16-le")
    server.answers["/page"] = says(utf16, Content_Type="text/html; charset=utf-8")
    assert fetched(mine, url, "page") == utf16


def test_where_a_page_is_wanted_a_pdf_will_do(server: Server, mine: Folders) -> None:
    server.answers["/x"] = says(Content_Type="text/html")
    assert fetched(mine, server.url + "/x", "page") == PDF
    assert "text/html" in server.asked[0][1]["accept"]


def test_text_is_text_only_where_it_is_wanted(server: Server, mine: Folders) -> None:
    server.answers["/README.md"] = says(b"# Title\n\nText.\n", Content_Type="text/plain; charset=utf-8")
    assert fetched(mine, server.url + "/README.md", "text") == b"# Title\n\nText.\n"
    assert fetched(mine, server.url + "/README.md", "page") == b"# Title\n\nText.\n"
    assert refused(mine, server.url + "/README.md").outcome == "changed"
    server.answers["/README.md"] = says(b"body { margin: 0 }", Content_Type="text/css")
    assert refused(mine, server.url + "/README.md", want="page").outcome == "changed"
    server.answers["/README.md"] = says(b"\0\1\2" * 500, Content_Type="text/plain")
    assert refused(mine, server.url + "/README.md", want="text").outcome == "changed"
    server.answers["/README.md"] = says(PAGE.encode(), Content_Type="text/plain")
    assert isinstance(refused(mine, server.url + "/README.md", want="text"), PageInsteadError)
    server.answers["/README.md"] = says(b"", Content_Type="text/plain")
    assert refused(mine, server.url + "/README.md", want="text").what == "127.0.0.1 sends nothing."


@pytest.mark.parametrize(
    ("page", "outcome", "what"),
    [
        ("<title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/x'></script>", "refused", "a person"),
        ("<form><input name=u><input type='password' name=p></form>", "log-in", "log in"),
        ("<p>Purchase this article for $39.95</p>", "paywalled", "sells it"),
        ("<p>Here was a paper once.</p>", "changed", "web page, not a PDF"),
    ],
)
def test_a_page_instead_of_a_pdf_is_told_by_what_it_is(
    server: Server, mine: Folders, page: str, outcome: str, what: str
) -> None:
    server.answers["/a.pdf"] = says(
        f"<!doctype html><html><body>{page}</body></html>".encode(), Content_Type="text/html"
    )
    error = refused(mine, server.url + "/a.pdf")
    assert error.outcome == outcome and what in error.what
    # The same with a status that refuses.
    server.answers["/a.pdf"] = says(f"<!doctype html><html><body>{page}</body></html>".encode(), 403)
    error = refused(mine, server.url + "/a.pdf")
    assert error.outcome == ("refused" if outcome == "changed" else outcome) and "403" in error.what


def test_a_page_names_its_pdf(server: Server, mine: Folders) -> None:
    meta = "<!-- x --><html><head><meta content='/files/a&amp;b.pdf' NAME=\"citation_pdf_url\"></head>"
    server.answers["/abs"] = says(meta.encode(), Content_Type="text/html")
    error = refused(mine, server.url + "/abs")
    assert isinstance(error, PageInsteadError) and error.pdf == server.url + "/files/a&b.pdf"
    for bad in ("javascript:alert(1)", "file:///etc/passwd", "http://[", ""):
        server.answers["/abs"] = says(f"<html><meta name=citation_pdf_url content='{bad}'>".encode())
        error = refused(mine, server.url + "/abs")
        assert isinstance(error, PageInsteadError) and not error.pdf


def test_a_page_that_is_a_log_in_or_a_check_is_not_kept(server: Server, mine: Folders) -> None:
    server.answers["/post"] = says(b"", 302, Location="/accounts/login?next=/post")
    server.answers["/accounts/login"] = says(PAGE.encode(), Content_Type="text/html")
    assert refused(mine, server.url + "/post", want="page").outcome == "log-in"
    # A page that is about logging in was asked for by its name.
    assert fetched(mine, server.url + "/accounts/login", "page")
    check = b"<!doctype html><html><title>Just a moment...</title></html>"
    server.answers["/post"] = says(check, Content_Type="text/html")
    assert refused(mine, server.url + "/post", want="page").outcome == "refused"
    speaks = f"<!doctype html><html><p>{'On CAPTCHAs. Are you a robot? ' * 2000}</html>".encode()
    server.answers["/post"] = says(speaks, Content_Type="text/html")
    assert fetched(mine, server.url + "/post", "page") == speaks


def test_a_page_that_breaks_off_is_noticed(server: Server, mine: Folders) -> None:
    server.answers["/p"] = says(PAGE.encode()[:-30], Content_Type="text/html", Content_Length="", Connection="close")
    assert "only the beginning of the page" in refused(mine, server.url + "/p", want="page").what
    server.answers["/p"] = says(b"  \n ", Content_Type="text/html")
    assert "empty page" in refused(mine, server.url + "/p", want="page").what


def test_a_page_has_a_smaller_limit(server: Server, mine: Folders) -> None:
    server.answers["/p"] = says(b"<html>" + b"x" * 50_000, Content_Type="text/html")
    small = dataclasses.replace(MANNERS, largest_page=20_000)
    assert refused(mine, server.url + "/p", small, want="page").outcome == "large"
    server.answers["/p"] = says(b"<html>" + b"x" * 50_000, Content_Length="", Connection="close")
    assert refused(mine, server.url + "/p", small, want="page").outcome == "large"


# Packed answers


@pytest.mark.parametrize("packing", ["gzip", "x-gzip", "deflate"])
def test_a_packed_answer_is_unpacked(server: Server, mine: Folders, packing: str) -> None:
    packed = zlib.compress(PDF) if packing == "deflate" else gzip.compress(PDF)
    server.answers["/a.pdf"] = says(packed, Content_Encoding=packing)
    assert fetched(mine, server.url + "/a.pdf") == PDF
    server.answers["/a.pdf"] = says(packed[:-100], Content_Encoding=packing)
    assert refused(mine, server.url + "/a.pdf").outcome == "cut off"
    server.answers["/a.pdf"] = says(b"%PDF-1.4 not packed at all" * 100, Content_Encoding=packing)
    assert "cannot be unpacked" in refused(mine, server.url + "/a.pdf").what


def test_an_answer_that_grows_without_end_is_left(server: Server, mine: Folders) -> None:
    import tracemalloc

    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = bomb.compress(b"%PDF-1.4\n") + b"".join(bomb.compress(bytes(1 << 20)) for _ in range(300)) + bomb.flush()
    server.answers["/a.pdf"] = says(body, Content_Encoding="gzip")
    small = dataclasses.replace(MANNERS, largest=5_000_000)
    tracemalloc.start()
    assert refused(mine, server.url + "/a.pdf", small).outcome == "large"
    assert tracemalloc.get_traced_memory()[1] < 12_000_000
    tracemalloc.stop()
    server.answers["/a.pdf"] = says(body, Content_Encoding="br")
    assert "packs its answer" in refused(mine, server.url + "/a.pdf").what


# Slow servers


def test_a_head_that_comes_letter_by_letter_ends(server: Server, mine: Folders) -> None:
    def loris(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(500):
            handler.wfile.write(b"X-%d: y\r\n" % number)
            handler.wfile.flush()
            time.sleep(0.01)

    server.answers["/a.pdf"] = loris
    started = time.monotonic()
    error = refused(mine, server.url + "/a.pdf", dataclasses.replace(MANNERS, head=0.2))
    assert error.outcome == "cut off" and time.monotonic() - started < 4


def test_a_head_without_end_is_left(server: Server, mine: Folders) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            handler.wfile.write(b"X: " + b"y" * 10_000 + b"\r\n")

    server.answers["/a.pdf"] = endless
    assert refused(mine, server.url + "/a.pdf").outcome == "cut off"


@pytest.mark.parametrize("nonsense", [b"\0\1\2\3\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"SSH-2.0-x\r\n", b""])
def test_what_is_no_answer_is_told(server: Server, mine: Folders, nonsense: bytes) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(nonsense)
        handler.close_connection = True

    server.answers["/a.pdf"] = answer
    assert refused(mine, server.url + "/a.pdf").outcome == "cut off"


# Asking whether it changed


def test_what_did_not_change_is_not_sent_again(server: Server, mine: Folders) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match") == '"one"':
            send(handler, b"", 304, ETag='"one"')
        else:
            send(handler, PDF, ETag='"one"', Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT")

    server.answers["/a.pdf"] = answer
    partial = claimed(mine, server.url + "/a.pdf")
    got = download(partial, mine.cache, manners=MANNERS)
    assert got is not None
    known = got.validators
    assert known == Validators('"one"', "Mon, 01 Jan 2024 00:00:00 GMT")
    partial.drop()
    partial.release()
    assert brought(mine, server.url + "/a.pdf", known=known) is None
    assert server.asked[1][1]["if-modified-since"] == known.modified
    assert fetched(mine, server.url + "/a.pdf") == PDF
    assert brought(mine, server.url + "/a.pdf", known=Validators('"two"')) is not None


def test_a_part_is_gone_on_with_even_where_we_ask_for_changes(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    refused(mine, server.url + "/a.pdf")
    server.answers["/a.pdf"] = in_parts(piece=10**6)
    assert brought(mine, server.url + "/a.pdf", known=Validators('"zero"')) is not None
    assert "if-none-match" not in server.asked[-1][1] and "range" in server.asked[-1][1]


def test_the_wrong_tag_when_going_on_begins_anew(server: Server, mine: Folders) -> None:
    server.answers["/a.pdf"] = in_parts(piece=20_000)
    refused(mine, server.url + "/a.pdf")
    other = PDF.replace(b"\x00\x01", b"\xff\xff")

    def liar(handler: BaseHTTPRequestHandler) -> None:
        # It heeds the range, and forgets that it is another file by now.
        start = int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        send(
            handler,
            other[start:],
            206 if start else 200,
            ETag='"two"',
            **({"Content_Range": f"bytes {start}-{len(other) - 1}/{len(other)}"} if start else {}),
        )

    server.answers["/a.pdf"] = liar
    assert fetched(mine, server.url + "/a.pdf") == other


# Networks


def test_over_ipv6(mine: Folders) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        six = Server("::1")
    except OSError:
        pytest.skip("no IPv6 loopback here")
    six.answers["/a.pdf"] = says()
    assert fetched(mine, six.url + "/a.pdf") == PDF
    assert six.asked[0][1]["host"].startswith("[::1]:")
    six.close()


def test_a_certificate_that_proves_nothing(mine: Folders, tmp_path: Path) -> None:
    made = Server()
    made.wrap(_self_signed(tmp_path))
    made.answers["/a.pdf"] = says()
    error = refused(mine, made.url.replace("http:", "https:") + "/a.pdf")
    assert error.outcome == "unsafe" and "cannot prove who it is" in error.what
    made.close()
    plain = Server()
    error = refused(mine, plain.url.replace("http:", "https:") + "/a.pdf")
    assert error.outcome in ("unsafe", "offline")
    plain.close()


def _self_signed(folder: Path) -> ssl.SSLContext:
    import subprocess

    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    try:
        subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    except OSError:
        pytest.skip("no openssl here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
