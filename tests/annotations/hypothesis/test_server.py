"""What a server may do that it should not: every answer has a message, loses nothing, and one can go on."""

import io
import logging
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from cs229tui.annotations.hypothesis.asking import (
    Asking,
    HypothesisError,
    TokenError,
    UncertainError,
    server_address,
)
from cs229tui.annotations.make import annotate_reading
from cs229tui.errors import UsageError
from cs229tui.library.annotations import annotations_of
from cs229tui.library.hypothesis import known_in, remember_group, use_group
from fake_hypothesis import TOKEN, FakeHypothesis, answer, new_id
from hypothesis_side import BRIEF, Side, client_of

Handler = BaseHTTPRequestHandler
HTML = b"<!doctype html><title>Log in to the network</title>"


def on(path: str, do: Callable[[Handler], None], method: str = "GET", skip: int = 0, times: int = 10**6) -> Any:
    """A fault at a path, after `skip` requests there and so many times."""
    left = {"skip": skip, "times": times}

    def fault(handler: Handler) -> bool:
        if not handler.path.startswith(path) or handler.command != method:
            return False
        if left["skip"] > 0:
            left["skip"] -= 1
            return False
        if left["times"] <= 0:
            return False
        left["times"] -= 1
        do(handler)
        return True

    return fault


def status(code: int) -> Callable[[Handler], None]:
    return lambda handler: answer(handler, code, {"status": "failure", "reason": f"because of {TOKEN} \x1b[2J"})


def half(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "90000")
    handler.end_headers()
    handler.wfile.write(b'{"total": 3, "rows": [{"id": "x"')
    handler.close_connection = True


def torn(handler: Handler) -> None:
    answer(handler, 200, b'{"total": 3, "rows": [{"id": "x"')


def slow(server: FakeHypothesis) -> Callable[[Handler], None]:
    """A letter a minute."""

    def do(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "4")
        handler.end_headers()
        for _ in range(4):
            server.clock.moment += 60
            handler.wfile.write(b" ")
            handler.wfile.flush()

    return do


def huge(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(20 * 2**20))
    handler.end_headers()
    try:
        for _ in range(20):
            handler.wfile.write(b" " * 2**20)
    except OSError:
        return


FAULTS: dict[str, tuple[Callable[[Handler], None], str]] = {
    "401": (status(401), "no longer accepts the token"),
    "403": (status(403), "does not allow that"),
    "404": (status(404), "may not see it"),
    "409": (status(409), "has that already"),
    "429": (status(429), "asked too often"),
    "500": (status(500), r"in trouble \(500\)"),
    "a web page": (lambda handler: answer(handler, 200, HTML, "text/html"), "answers with a web page"),
    "half an answer": (half, "broke"),
    "a torn answer": (torn, "answers what Hypothesis does not"),
    "a slow answer": (lambda handler: None, "does not answer in time"),
    "20 MB": (huge, "more than 4 MB"),
    "another type": (lambda handler: answer(handler, 200, ["rows"]), "answers what Hypothesis does not"),
    "another type within": (
        lambda handler: answer(handler, 200, {"total": "many", "rows": {}}),
        "answers what Hypothesis does not",
    ),
    "very deep": (lambda handler: answer(handler, 200, b"[" * 100_000), "answers what Hypothesis does not"),
    "no text": (lambda handler: answer(handler, 200, b'{"total\xff": 1, "rows": []}'), "what Hypothesis does not"),
    "another host": (
        lambda handler: _redirect(handler, "https://evil.example.org/api/search"),
        "the token goes nowhere else",
    ),
    "another port": (lambda handler: _redirect(handler, "http://127.0.0.1:9/api/search"), "goes nowhere else"),
}


def _redirect(handler: Handler, to: str) -> None:
    handler.send_response(302)
    handler.send_header("Location", to)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_while_receiving_loses_nothing(side: Side, name: str) -> None:
    do, message = FAULTS[name]
    for number in range(450):
        side.server.add(text=f"said {number}")
    if name == "a slow answer":
        do = slow(side.server)
    # The second page goes wrong, for as long as somebody asks.
    side.server.faults.append(on("/api/search", do, skip=1))
    with pytest.raises(HypothesisError, match=message) as caught:
        side.sync()
    said = str(caught.value)
    assert TOKEN not in said and "\x1b" not in said
    assert caught.value.remedy or name == "400"
    assert len(annotations_of(side.database, "abadi")) == 200
    side.server.faults.clear()
    done = side.sync()
    assert done.arrived.new == 250
    assert len({one.body for one in annotations_of(side.database, "abadi")}) == 450


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_while_sending_loses_and_doubles_nothing(side: Side, name: str) -> None:
    do, _ = FAULTS[name]
    remember_group(side.database, side.audience, "CS 229br")
    use_group(side.database, side.audience)
    for number in range(3):
        annotate_reading(side.database, "abadi", "comment", f"mine {number}", author="mei")
    if name == "a slow answer":
        do = slow(side.server)
    side.server.faults.append(on("/api/annotations", do, "POST", skip=1))
    try:
        done = side.sync()
    except HypothesisError as error:
        assert TOKEN not in str(error)
    else:
        # What is wrong with one annotation alone does not stop the others.
        assert name in ("403", "404", "409")
        assert len(done.departed.kept) == 2
    assert len(side.server.rows) == 1
    side.server.faults.clear()
    _let_pass(side)
    side.sync()
    assert sorted(row["text"] for row in side.server.rows.values()) == ["mine 0", "mine 1", "mine 2"]
    assert len(annotations_of(side.database, "abadi")) == 3


def _let_pass(side: Side) -> None:
    """What was on its way when it failed is looked for, for ten minutes."""
    long_ago = "2020-01-01T00:00:00.000Z"
    side.database.execute("UPDATE hypothesis_annotation SET since = ? WHERE state = 'posting'", [long_ago])


@pytest.mark.parametrize("lag", [0, 10_000])
def test_an_answer_that_was_lost_is_found_and_not_made_again(side: Side, lag: int) -> None:
    remember_group(side.database, side.audience, "CS 229br")
    use_group(side.database, side.audience)
    made = annotate_reading(side.database, "abadi", "comment", "once", author="mei")
    side.server.index_lag = lag

    def lost(handler: Handler) -> None:
        # It is made, and then the line breaks.
        side.server.faults.clear()
        side.server.reply("POST", "/api/annotations", [], side.server.last_sent, "acct:mei@hypothes.is")
        handler.close_connection = True

    side.server.faults.append(on("/api/annotations", lost, "POST"))
    if lag:
        with pytest.raises(UncertainError):
            side.sync()
        assert [one.state for one in known_in(side.database, side.audience)] == ["posting"]
        done = side.sync()
        assert [why for _, why in done.plan.kept] == ["it is on its way; the next sync looks whether it arrived"]
        side.server.index_lag = 0
    side.sync()
    assert len(side.server.rows) == 1
    (known,) = known_in(side.database, side.audience)
    assert (known.annotation, known.state) == (made.id, "same")


def test_an_expired_token_is_not_taken_for_an_empty_group(side: Side) -> None:
    for number in range(450):
        side.server.add(text=f"said {number}")
    side.sync()

    def expire(handler: Handler) -> None:
        side.server.tokens.clear()
        side.server.faults.clear()
        answer(handler, 200, {"total": 0, "rows": []})

    side.server.faults.append(on("/api/search", expire))
    with pytest.raises(TokenError, match="expired"):
        side.sync()
    assert len(annotations_of(side.database, "abadi")) == 450
    with pytest.raises(TokenError):
        side.sync()
    side.server.tokens[TOKEN] = "acct:mei@hypothes.is"
    assert side.sync().arrived.deleted == 0


def test_rows_that_cannot_be_read_are_left_out_and_told(side: Side) -> None:
    good = side.server.add(text="good")
    side.server.add(text="tags", tags=[1, 2])
    side.server.add(text="selector", target=[{"source": "x", "selector": [{"type": 7}, "x", {"exact": "y"}]}])
    side.server.add(text="references", references="x")
    side.server.add(text="odd", **{"cs229:annotation": [1, {"id": 2}]})
    done = side.sync()
    assert done.arrived.new == 3
    assert len(done.arrived.bad) == 2
    assert good["text"] in {one.body for one in annotations_of(side.database, "abadi")}


def test_a_server_that_repeats_itself_is_left(side: Side) -> None:
    rows = [side.server.add(text=f"said {number}") for number in range(200)]
    side.server.faults.append(on("/api/search", lambda handler: answer(handler, 200, {"total": 9, "rows": rows})))
    with pytest.raises(HypothesisError, match="again and again"):
        side.sync()


def test_its_limits_are_kept_without_being_refused(server: FakeHypothesis) -> None:
    server.limited = True
    client = client_of(server)
    for _ in range(100):
        client.profile()
    assert server.refused == 0
    # 44 at once, and four a second from then on.
    assert 13 <= server.clock.slept <= 15
    client.close()


def test_a_limit_that_others_use_up_is_waited_out(side: Side) -> None:
    side.server.add(text="said")
    side.server.faults.append(on("/api/search", status(429), times=2))
    before = side.server.clock.slept
    assert side.sync().arrived.new == 1
    assert side.server.clock.slept - before >= 3


def test_the_token_goes_to_its_server_only(side: Side) -> None:
    other = FakeHypothesis()
    side.server.faults.append(on("/api/profile", lambda handler: _redirect(handler, other.url + "/api/profile")))
    with pytest.raises(HypothesisError, match="goes nowhere else"):
        side.client.profile()
    assert not other.asked
    other.close()
    side.server.faults.clear()
    side.server.faults.append(on("/api/profile", lambda handler: _redirect(handler, "/api/profile/groups"), times=1))
    with pytest.raises(HypothesisError, match="what Hypothesis does not"):
        side.client.profile()
    assert side.server.asked[-1][2]["authorization"] == f"Bearer {TOKEN}"


def test_the_token_is_in_no_log(side: Side) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        side.sync()
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert TOKEN not in stream.getvalue()
    tables = [row["name"] for row in side.database.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        assert TOKEN not in str(list(side.database.query(f'SELECT * FROM "{table}"')))


def test_the_rest_of_the_interface(side: Side) -> None:
    row = side.server.add(text="Rude")
    side.server.add(text="reply", references=[row["id"]])
    side.client.flag(row["id"])
    assert side.server.flagged == [row["id"]]
    assert [one.text for one in side.client.replies(row["id"])] == ["reply"]
    side.server.groups["8JmD3iz1"].members |= {f"acct:s{number}@hypothes.is" for number in range(240)}
    assert len(list(side.client.members("8JmD3iz1"))) == 242
    assert "search" in side.client.links()
    assert side.client.create_group("A study group").name == "A study group"
    assert {one.name for one in side.client.own_groups()} == {"Public", "CS 229br", "A study group"}
    assert side.client.annotation(new_id()) is None
    side.client.delete(new_id())


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("https://hypothes.is/", "https://hypothes.is"),
        ("hypothes.is", "https://hypothes.is"),
        ("https://h.example.edu:8443/api", "https://h.example.edu:8443"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://hypothes.is", None),
        ("https://me:secret@hypothes.is", None),
        ("http://127.0.0.1.evil.org", None),
        ("file:///etc/passwd", None),
        ("https://hypothes.is\\@evil.org", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_servers_are_asked_safely(given: str, wanted: str | None) -> None:
    if wanted is None:
        with pytest.raises(UsageError) as caught:
            server_address(given)
        assert "secret" not in str(caught.value)
    else:
        assert server_address(given) == wanted


def test_a_server_that_is_not_there(side: Side) -> None:
    side.server.close()
    client = client_of(side.server, limits=BRIEF)
    with pytest.raises(HypothesisError, match="cannot be reached"):
        client.profile()
    asking = Asking("http://127.0.0.1:9", clock=side.server.clock, limits=BRIEF)
    with pytest.raises(HypothesisError):
        asking.ask("GET", "/profile")
    asking.close()
    client.close()


def test_moments_that_cannot_be_are_left_out_and_hide_nothing(server: FakeHypothesis, side: Side) -> None:
    server.add(text="of the year 1", updated="0001-01-01T00:00:00+14:00")
    server.add(text="of the year 9999", updated="9999-12-31T23:59:59-14:00")
    server.add(text="a clock that is ahead", updated="2080-01-01T00:00:00+00:00")
    server.add(text="without an id", id="")
    done = side.sync()
    assert (done.arrived.new, len(done.arrived.bad)) == (1, 3)
    server.add(text="said later")
    assert side.sync().arrived.new == 1
