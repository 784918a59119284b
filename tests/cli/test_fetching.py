"""`fetch` and `cache` as a person uses them, against a server on this machine."""

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from cs229tui.documents.fetching import queue
from cs229tui.workspace import Workspace
from servers import MANNERS, Server, says, send
from small_course import small_course


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(queue, "ANY", MANNERS)
    made = Server()
    yield made
    made.close()


@pytest.fixture
def course(server: Server, tmp_path: Path) -> Path:
    """A course of three texts, a page that is gone, one that is sold and a video."""
    kinds = {"alpha": "code", "beta": "code", "gamma": "code", "gone": "web", "sold": "web", "film": "video"}
    return small_course(tmp_path, server.url, kinds, required=("alpha", "gone"))


@pytest.fixture
def fetch(run: Callable[..., Any], course: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a command on that course; its pages are texts, so that nothing has to be read in by a child."""
    from cs229tui.documents.fetching import sources

    monkeypatch.setattr(sources, "text_behind", lambda address: address if server.url in address else "")
    for id in ("alpha", "beta", "gamma"):
        server.answers[f"/{id}"] = text(id)
    server.answers |= {"/gone": says(b"", 404), "/sold": says(b"", 402)}
    return lambda *words: run("--course", str(course), *words)


def text(word: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        tag = f'"{word}"'
        if handler.headers.get("If-None-Match") == tag:
            send(handler, b"", 304)
        else:
            send(handler, f"# On {word}\n\nIt is {word}.\n".encode(), ETag=tag, Content_Type="text/plain")

    return answer


def test_what_to_fetch_must_be_named(run: Callable[..., Any]) -> None:
    assert run("fetch").code == 2
    assert run("fetch", "--lecture", "99").code == 3
    assert run("fetch", "nope").code == 3


def test_everything_in_one_go(fetch: Callable[..., Any], server: Server) -> None:
    done = fetch("fetch", "--all")
    assert done.code == 1
    assert sorted(done.out.split()[::3]) == ["alpha", "beta", "gamma"] and "alpha  1 page" in done.out
    assert "3 fetched." in done.err and "gone (1)" in done.err and "paywalled (1)" in done.err
    assert "nothing to keep (1)\n  film: It is a video." in done.err
    assert "3 of 5 readings are here, 2 are not." in done.err
    count = len(server.asked)
    again = fetch("fetch", "--all", "--json")
    states = {one["id"]: (one["state"], one["outcome"]) for one in again.json}
    assert states == {
        "alpha": ("present", "kept"),
        "beta": ("present", "kept"),
        "gamma": ("present", "kept"),
        "gone": ("resting", "gone"),
        "sold": ("resting", "paywalled"),
        "film": ("nothing", "nothing"),
    }
    assert again.code == 1 and len(server.asked) == count
    assert "not asked again now" in fetch("fetch", "--all").err
    gone = next(one for one in again.json if one["id"] == "gone")
    assert gone["failures"][0]["since"] and "--again" in gone["remedy"]


def test_one_by_name(fetch: Callable[..., Any], server: Server) -> None:
    assert fetch("fetch", "alpha").out == "alpha  1 page\n"
    here = fetch("fetch", "alpha")
    assert (here.code, here.out) == (0, "") and "alpha is here already (1 page)" in here.err
    same = fetch("fetch", "alpha", "--refresh")
    assert (same.code, same.out) == (0, "alpha  1 page  unchanged\n")
    server.answers["/alpha"] = text("another")
    changed = fetch("fetch", "alpha", "--again")
    assert changed.out == "alpha  1 page  changed\n" and "the old one is kept" in changed.err
    gone = fetch("fetch", "gone")
    assert gone.code == 1 and "no longer has it" in gone.err and "cs229tui attach gone FILE" in gone.err
    # Asked for by its name, it is tried again.
    asked = len(server.asked)
    assert fetch("fetch", "gone").code == 1 and len(server.asked) > asked
    film = fetch("fetch", "film")
    assert film.code == 1 and "It is a video." in film.err and "in a browser" in film.err


def test_only_some(fetch: Callable[..., Any], server: Server) -> None:
    done = fetch("fetch", "--lecture", "1", "--required", "--json")
    assert {one["id"] for one in done.json} == {"alpha", "gone"}
    assert {one["id"] for one in fetch("fetch", "--required", "--dry-run", "--json").json} == {"alpha", "gone"}
    asked = len(server.asked)
    plan = fetch("fetch", "--all", "--dry-run")
    assert plan.code == 0 and f"{server.url}/beta" in plan.out and len(server.asked) == asked
    assert "alpha" in plan.out and "here already" in plan.out and "It is a video." in plan.out


def test_add_and_fetch(fetch: Callable[..., Any], server: Server) -> None:
    server.answers["/new"] = text("new")
    told = fetch("add", server.url + "/new", "--fetch", "--offline", "--json")
    assert told.code == 0 and told.json["new"] and told.json["document"]
    server.answers["/none"] = says(b"", 410)
    told = fetch("add", server.url + "/none", "--fetch", "--offline", "--json")
    assert told.code == 1 and told.json["new"] and "no longer has it" in told.err


def test_no_html_version(fetch: Callable[..., Any]) -> None:
    done = fetch("fetch", "alpha", "--html")
    assert done.code == 1 and "not on arXiv" in done.err


# Interrupted, and in a terminal

_PROGRAM = """
import sys
from servers import MANNERS
from cs229tui.documents.fetching import queue, sources
queue.ANY = MANNERS
sources.text_behind = lambda address: address if "127.0.0.1" in address else ""
from cs229tui import cli
sys.argv[0] = "cs229tui"
cli.main()
"""


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    path = tmp_path / "program.py"
    path.write_text(_PROGRAM)
    return [sys.executable, str(path)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}


def test_ctrl_c_stops_at_once_and_says_what_is_kept(
    fetch: Callable[..., Any], server: Server, course: Path, program: list[str]
) -> None:
    begun, release = threading.Event(), threading.Event()

    def goes_on(handler: BaseHTTPRequestHandler) -> None:
        # A word now and then, so that it never counts as broken off, however long the others take to be read.
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.end_headers()
        begun.set()
        while not release.wait(0.2):
            handler.wfile.write(b"word " * 20)
            handler.wfile.flush()

    # The others come first: one host is asked one thing at a time, in the order of the course.
    server.answers["/gamma"] = goes_on
    command = [*program, "--course", str(course), "fetch", "alpha", "beta", "gamma"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as went:
        assert begun.wait(20)
        assert went.stdout is not None and went.stdout.readline().endswith("1 page\n")
        went.send_signal(signal.SIGINT)
        started = time.monotonic()
        _, err = went.communicate(timeout=20)
    release.set()
    assert went.returncode == 1 and time.monotonic() - started < 10
    assert "Stopped:" in err and "of 3 readings are here" in err and "Run it again" in err and "Traceback" not in err
    server.answers["/gamma"] = text("gamma")
    assert {one["state"] for one in fetch("fetch", "alpha", "beta", "gamma", "--json").json} <= {"present", "fetched"}


def test_bars_are_drawn_where_somebody_looks(fetch: Callable[..., Any], course: Path, program: list[str]) -> None:
    leader, follower = pty.openpty()
    command = [*program, "--course", str(course), "fetch", "--all"]
    went = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=follower, text=True, env={**environment(), "TERM": "xterm-256color"}
    )
    os.close(follower)
    seen = b""
    try:
        while part := os.read(leader, 65536):
            seen += part
    except OSError:
        pass
    out, _ = went.communicate(timeout=20)
    os.close(leader)
    assert b"all" in seen and b"5 of 5" in seen and b"2 not to be had" in seen
    # Data go to standard output alone.
    assert out.splitlines() and all("page" in line for line in out.splitlines()) and "\x1b" not in out


# The shelf


def test_the_shelf_is_listed_checked_and_repaired(fetch: Callable[..., Any], server: Server) -> None:
    fetch("fetch", "alpha", "beta", "gamma")
    listed = fetch("cache", "list", "--json").json
    assert {one["readings"][0]: one["source"] for one in listed} == {
        id: f"{server.url}/{id}" for id in ("alpha", "beta", "gamma")
    }
    table = fetch("cache", "list")
    assert "alpha" in table.out and "markdown" in table.out and "3 documents" in table.err
    fine = fetch("cache", "check")
    assert (fine.code, fine.out) == (0, "") and "all is well" in fine.err
    files = {one["readings"][0]: Path(one["file"]) for one in listed}
    files["alpha"].write_text("something else")
    files["beta"].unlink()
    (files["gamma"].parent / "stray.pdf").write_text("x")
    found = fetch("cache", "check", "--json")
    assert found.code == 1 and {(one["fault"], *one["readings"]) for one in found.json["faults"]} == {
        ("damaged", "alpha"),
        ("missing", "beta"),
        ("stray",),
    }
    server.answers["/beta"] = says(b"", 404)
    mended = fetch("cache", "check", "--repair")
    assert mended.code == 1 and "1 missing" in mended.err
    assert "beta  is gone from the disk: 127.0.0.1 no longer has it" in mended.out
    assert "It is alpha." in files["alpha"].read_text() and not (files["gamma"].parent / "stray.pdf").exists()
    server.answers["/beta"] = text("beta")
    assert fetch("cache", "check", "--repair").code == 0 and files["beta"].is_file()
    # The text can be read all the while.
    assert "It is beta." in fetch("text", "beta").out


def test_what_an_older_program_read_is_read_again(fetch: Callable[..., Any]) -> None:
    fetch("fetch", "alpha")
    database = Workspace().database
    database.execute("UPDATE document SET extractor = 'old/0'")
    database.close()
    found = fetch("cache", "check", "--json")
    assert (found.code, found.json["faults"][0]["fault"]) == (0, "outdated")
    assert "all is well" in fetch("cache", "check", "--repair").err
    assert not fetch("cache", "check", "--json").json["faults"]


def test_pruning_says_first_what_goes(fetch: Callable[..., Any], server: Server) -> None:
    fetch("fetch", "alpha", "beta")
    assert fetch("annotate", "alpha", "--quote", "It is alpha").code == 0
    for id in ("alpha", "beta"):
        server.answers[f"/{id}"] = text(f"{id} anew")
    fetch("fetch", "alpha", "beta", "--again")
    asked = fetch("cache", "prune")
    assert asked.code == 2 and "beta" in asked.out and "an older version" in asked.out and "--yes" in asked.err
    # What something is written on stays, unless that is said.
    assert "alpha" not in asked.out
    before = len(fetch("cache", "list", "--json").json)
    told = fetch("cache", "prune", "--annotated", "--json").json
    assert not told["removed"] and any(one["annotations"] == 1 for one in told["found"])
    assert len(fetch("cache", "list", "--json").json) == before == 4
    done = fetch("cache", "prune", "--annotated", "--yes")
    assert done.code == 0 and "1 annotation on it" in done.out and "freed" in done.err
    assert len(fetch("cache", "list", "--json").json) == 2
    assert fetch("annotations", "alpha", "--json").json[0]["quote"] == "It is alpha"
    assert "all is well" in fetch("cache", "check").err


def test_another_courses_documents_are_not_pruned(fetch: Callable[..., Any], run: Callable[..., Any]) -> None:
    fetch("fetch", "alpha")
    documents = [one for one in run("cache", "prune", "--json").json["found"] if one["document"]]
    assert not documents
    unlisted = run("cache", "prune", "--unlisted", "--json").json["found"]
    assert [one["readings"] for one in unlisted if one["document"]] == [["alpha"]]
