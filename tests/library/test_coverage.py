"""Pages read, skimmed and never seen, by the time on each against its length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.library.coverage import USUAL_PACE, coverage, own_pace, page_lengths, seconds_by_page
from cs229tui.library.database import Database
from cs229tui.library.sessions import Session, save_session, sessions
from small_paper import stored

HERE, THERE = "a" * 64, "b" * 64


def test_a_page_is_read_after_half_of_what_its_length_needs() -> None:
    # 2200 characters need 120 s at 1100 a minute.
    seen = coverage((2200,) * 6, {1: 60.0, 2: 59.0, 3: 4.0, 4: 3.9, 6: 1000.0})
    assert seen.pages == ("read", "skimmed", "skimmed", "unseen", "unseen", "read")
    assert (seen.count("read"), seen.count("skimmed"), seen.seconds[0]) == (2, 2, 60.0)


def test_a_short_page_needs_a_look() -> None:
    assert coverage((0, 0, 0, 300), {1: 4.0, 2: 1.0, 3: 0.9, 4: 1.5}).pages == ("read", "skimmed", "unseen", "skimmed")


def test_a_fast_reader_needs_less() -> None:
    assert coverage((2200,), {1: 35.0}).pages == ("skimmed",)
    assert coverage((2200,), {1: 35.0}, pace=2200).pages == ("read",)


@given(
    st.lists(st.integers(0, 20_000), max_size=20),
    st.dictionaries(st.integers(-3, 40), st.floats(0, 1e6)),
    st.floats(100, 5000),
)
def test_more_time_never_makes_less_of_a_page(lengths: list[int], spent: dict[int, float], pace: float) -> None:
    order = ["unseen", "skimmed", "read"]
    before = coverage(lengths, spent, pace)
    after = coverage(lengths, {page: seconds + 5 for page, seconds in spent.items()}, pace)
    assert len(before.pages) == len(lengths)
    assert all(order.index(one) <= order.index(other) for one, other in zip(before.pages, after.pages, strict=True))


def test_page_numbers_of_another_document_mean_nothing_here(database: Database) -> None:
    for document, pages in (
        (HERE, {1: 10.0, 2: 5.0}),
        (THERE, {1: 900.0}),
        (None, {2: 7.0, 99: 50.0}),
        (HERE, {1: 2.0}),
    ):
        save_session(database, Session("x", "2023-02-01T10:00:00.000Z", "", pages, document))
    kept = sessions(database, reading="x")
    assert {one.document for one in kept} == {HERE, THERE, None}
    assert seconds_by_page(kept, HERE) == {1: 12.0, 2: 12.0, 99: 50.0}
    # Pages that an older version had and this one has not are left out.
    assert coverage((100, 100), seconds_by_page(kept, HERE)).pages == ("read", "read")


def test_two_programs_at_once_add_up(database: Database) -> None:
    one, other = (Session("x", "2023-02-01T10:00:00.000Z", "", {1: 5.0}, HERE) for _ in range(2))
    save_session(database, one)
    save_session(database, other)
    one.pages = {1: 8.0}
    save_session(database, one)
    assert seconds_by_page(sessions(database), HERE) == {1: 13.0}


def test_her_pace_is_learned_once_there_are_enough_pages(database: Database) -> None:
    stored(database, "x", tuple("word " * 400 for _ in range(25)), HERE)
    assert page_lengths(database, HERE) == (2000,) * 25
    save_session(database, Session("x", "2023-02-01T10:00:00.000Z", "", dict.fromkeys(range(1, 20), 60.0), HERE))
    assert own_pace(database) is None
    # What was only leafed through, and what lay open for an hour, says nothing of her pace.
    save_session(database, Session("x", "2023-02-02T10:00:00.000Z", "", {20: 3.0, 21: 3600.0}, HERE))
    assert own_pace(database) is None
    save_session(database, Session("x", "2023-02-03T10:00:00.000Z", "", {22: 80.0, 23: 30.0, 0: 500.0}, HERE))
    assert own_pace(database) == pytest.approx(2000)
    assert own_pace(database) != USUAL_PACE
