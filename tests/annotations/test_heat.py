"""Where a reading is written on and where time goes, and the strip it is drawn as, at any width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cs229tui.annotations.heat import NOTHING, PageHeat, heat, strip
from cs229tui.annotations.make import annotate_quote, annotate_reading
from cs229tui.library.annotations import store_annotation
from cs229tui.library.sessions import Session, save_session
from discussed import asked, replied

WHEN = "2023-01-20T12:00:00.000Z"


def pages(*values: tuple[int, float]) -> tuple[PageHeat, ...]:
    return tuple(PageHeat(number, {}, written, 0, seconds) for number, (written, seconds) in enumerate(values, 1))


def test_what_is_on_each_page_and_whose(library):
    annotate_quote(library, "abadi", "norm of each", 1, author="me")
    annotate_quote(library, "abadi", "add noise", 1, "note", "mine", author="me")
    annotate_reading(library, "abadi", "comment", "nowhere", author="me")
    question = asked(library, "abadi", "tail. The end", "ana")
    replied(library, replied(library, question, "mei"), "ana")
    moved = asked(library, "abadi", "privacy loss", "ana")
    # Written on another copy, whose pages are counted otherwise.
    store_annotation(library, replace(moved, document="b" * 64, page=9))
    save_session(library, Session("abadi", WHEN, WHEN, {1: 61.26, 7: 5.0}, "a" * 64))
    save_session(library, Session("abadi", WHEN, WHEN, {3: 61.0}, "b" * 64))
    assert heat(library, "abadi") == (
        PageHeat(1, {"highlight": 1, "note": 1}, 2, 0, 61.3),
        PageHeat(2, {"question": 1}, 0, 1, 0),
        PageHeat(3, {"question": 1, "reply": 2}, 0, 3, 0),
    )
    assert heat(library, "unknown") == ()


def test_a_strip_is_told_by_its_shape_alone():
    drawn = strip(pages((0, 0), (1, 10), (4, 0), (8, 80)), 4)
    assert drawn.written == "·▁▄█"
    assert drawn.time == "·▁·█"
    assert drawn.numbers == "1  4"
    assert drawn.pages == ((1, 1), (2, 2), (3, 3), (4, 4))


def test_few_pages_get_three_columns_each_and_many_share_one():
    assert strip(pages((1, 0), (2, 1)), 40).written == "▄▄▄███"
    assert strip(pages(*[(0, 0.0)] * 90, (3, 5.0), *[(0, 0.0)] * 9), 10).written == "·········█"
    assert strip(pages(*[(0, 0.0)] * 90, (3, 5.0), *[(0, 0.0)] * 9), 10).pages[9] == (91, 100)


@pytest.mark.parametrize(
    ("count", "width", "numbers"),
    [
        (1, 1, "1"),
        (1, 80, "1"),
        (3, 80, "1  2  3"),
        (15, 60, "1  2     4     6     8     10    12    14 15"),
        (43, 76, "1   5    10   15   20   25   30   35     43"),
        (2000, 60, "1    200   400   600   800   1000  1200  1400  1600     2000"),
        (9, 3, "1 9"),
        (9, 2, "1"),
    ],
)
def test_page_numbers_stand_at_their_pages(count, width, numbers):
    assert strip(pages(*[(0, 0.0)] * count), width).numbers == numbers


def test_nothing_is_an_empty_strip():
    assert strip((), 80).written == strip(pages((1, 1)), 0).written == ""


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 1e9)), min_size=1, max_size=2000),
    st.integers(1, 200),
)
def test_every_page_has_a_column_and_what_is_there_shows(values, width):
    drawn = strip(pages(*values), width)
    assert len(drawn.written) == len(drawn.time) == len(drawn.pages) <= width
    assert len(drawn.numbers) <= len(drawn.pages)
    covered = [page for first, last in dict.fromkeys(drawn.pages) for page in range(first, last + 1)]
    assert covered == list(range(1, len(values) + 1))
    for row, which in ((drawn.written, 0), (drawn.time, 1)):
        for (first, last), block in zip(drawn.pages, row, strict=True):
            assert (block == NOTHING) == (not any(value[which] for value in values[first - 1 : last]))
