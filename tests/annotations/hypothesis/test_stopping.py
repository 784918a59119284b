"""A sync that is stopped, or made twice at once: nothing is lost, nothing is there twice."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cs229tui.annotations.hypothesis.syncing import sync
from cs229tui.annotations.make import annotate_reading
from cs229tui.library.annotations import annotations_of
from cs229tui.library.database import open_library
from cs229tui.library.hypothesis import known_in, remember_group, use_group
from fake_hypothesis import FakeHypothesis, quote
from hypothesis_side import CATALOG, GROUP, Side, client_of

COUNT = 1500


def fill(server: FakeHypothesis) -> None:
    moment = datetime(2026, 10, 1, tzinfo=UTC)
    for number in range(COUNT):
        # Three hundred share one moment, and the others theirs with two more.
        at = moment + timedelta(hours=100 if 500 <= number < 800 else number // 3)
        server.add(f"acct:student{number % 9}@hypothes.is", at=at, text=f"said {number}", target=quote("privacy loss"))


@pytest.mark.parametrize("stops", [(1,), (200, 900), (500, 600, 700, 1400)])
def test_stopping_anywhere_loses_and_doubles_nothing(side: Side, stops: tuple[int, ...]) -> None:
    side.server.limited = True
    fill(side.server)
    for stop in stops:

        def told(what: str, done: int, total: int, stop: int = stop) -> None:
            if len(annotations_of(side.database, "abadi")) >= stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            side.sync(told=told)
        assert not side.database.conn.in_transaction
    side.sync()
    found = annotations_of(side.database, "abadi")
    assert len(found) == len({one.body for one in found}) == COUNT
    assert side.sync().arrived.new == 0
    assert side.server.refused == 0


def test_stopping_between_two_sent_ones_sends_the_rest_later(side: Side) -> None:
    remember_group(side.database, side.audience, "CS 229br")
    use_group(side.database, side.audience)
    for number in range(12):
        annotate_reading(side.database, "abadi", "comment", f"mine {number}", author="mei")

    def told(what: str, done: int, total: int) -> None:
        if what == "sent" and done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side.sync(told=told)
    assert len(side.server.rows) == 5
    assert side.sync().departed.created == 7
    assert sorted(row["text"] for row in side.server.rows.values()) == sorted(f"mine {n}" for n in range(12))


def test_sending_keeps_to_the_limit_of_new_ones(side: Side) -> None:
    side.server.limited = True
    remember_group(side.database, side.audience, "CS 229br")
    use_group(side.database, side.audience)
    for number in range(40):
        annotate_reading(side.database, "abadi", "comment", f"mine {number}", author="mei")
    assert side.sync().departed.created == 40
    assert side.server.refused == 0
    # Eight at once, and four a second from then on.
    assert 7.5 <= side.server.clock.slept <= 9


def test_two_copies_at_once_do_the_work_of_one(server: FakeHypothesis, tmp_path: Path, side: Side) -> None:
    remember_group(side.database, side.audience, "CS 229br")
    use_group(side.database, side.audience)
    for number in range(10):
        annotate_reading(side.database, "abadi", "comment", f"mine {number}", author="mei")
    for number in range(250):
        server.add(text=f"theirs {number}")
    done: list[int] = []

    def copy() -> None:
        database, client = open_library(tmp_path / "library.db"), client_of(server)
        try:
            done.append(sync(client, database, CATALOG, GROUP).departed.created)
        finally:
            client.close()
            database.close()

    threads = [threading.Thread(target=copy) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 10 and len(done) == 3
    side.sync()
    texts = [row["text"] for row in server.rows.values()]
    assert len(texts) == len(set(texts)) == 260
    found = [one.body for one in annotations_of(side.database, "abadi")]
    assert len(found) == len(set(found)) == 260
    assert {one.state for one in known_in(side.database, side.audience)} == {"same"}
