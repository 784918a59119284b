"""Flash cards: kept, changed, put away, asked when they are due, found by their words."""

from datetime import datetime, timedelta

import pytest

from cs229tui.errors import NotFoundError, UsageError
from cs229tui.library.cards import (
    RATINGS,
    add_card,
    answer,
    card,
    cards,
    count_due,
    delete_card,
    intervals,
    next_due,
    restore_card,
    update_card,
)
from cs229tui.library.database import Database
from cs229tui.library.passages import Passage
from cs229tui.library.search import search

PASSAGE = Passage("a" * 64, "test/1", 2, 10, 25, "the moments acc", "before", "after")
START = datetime.fromisoformat("2023-02-14T12:00:00+00:00")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch):
    """Sets the clock to so long after the start."""

    def set_clock(later: timedelta = timedelta()) -> datetime:
        moment = START + later
        monkeypatch.setenv("CS229TUI_NOW", moment.isoformat())
        return moment

    set_clock()
    return set_clock


def test_a_card_keeps_its_passage_and_is_due_at_once(database: Database, at) -> None:
    made = add_card(database, "abadi", " Why per \x1b[31mexample? ", "Sensitivity.", PASSAGE)
    assert (made.front, made.back, made.passage) == ("Why per example?", "Sensitivity.", PASSAGE)
    assert card(database, made.id[:6]) == made
    assert cards(database) == cards(database, due=at()) == cards(database, reading="abadi") == [made]
    assert cards(database, reading="other") == []
    assert count_due(database, at()) == 1 and next_due(database) == START


def test_a_card_needs_a_front(database: Database) -> None:
    with pytest.raises(UsageError, match="front"):
        add_card(database, "abadi", "  ", "back")
    with pytest.raises(UsageError, match="at most"):
        add_card(database, "abadi", "x", "y" * 20_001)
    with pytest.raises(NotFoundError):
        card(database, "x")


def test_changes_and_removals_are_undone(database: Database, at) -> None:
    made = add_card(database, "abadi", "front", "back", PASSAGE)
    before = update_card(database, made.id, "other", "back 2")
    assert card(database, made.id).front == "other" and before == made
    restore_card(database, before)
    assert card(database, made.id).back == "back"
    gone = delete_card(database, made.id)
    assert cards(database) == [] and count_due(database, at()) == 0
    restore_card(database, gone)
    assert cards(database)[0].passage == PASSAGE


def test_an_answer_says_when_it_is_asked_next(database: Database, at) -> None:
    made = add_card(database, "abadi", "front", "back")
    announced = intervals(made)
    assert list(announced) == list(RATINGS)
    assert announced["again"] < announced["hard"] < announced["good"] < announced["easy"]
    before = answer(database, made.id, "good")
    after = card(database, made.id)
    assert before == made and datetime.fromisoformat(after.due) - START == announced["good"]
    assert after.memory.reviews == (("2023-02-14T12:00:00.000Z", "good"),)
    assert count_due(database, at()) == 0
    restore_card(database, before)
    assert count_due(database, at()) == 1 and card(database, made.id).memory.reviews == ()


def test_what_is_known_comes_back_later_each_time_and_sooner_when_forgotten(database: Database, at) -> None:
    made = add_card(database, "abadi", "front", "back")
    waits, later = [], timedelta()
    for _ in range(6):
        moment = at(later)
        answer(database, made.id, "good")
        waits.append(datetime.fromisoformat(card(database, made.id).due) - moment)
        later += waits[-1]
    assert waits == sorted(waits) and waits[-1] > timedelta(days=30)
    moment = at(later)
    answer(database, made.id, "again")
    assert datetime.fromisoformat(card(database, made.id).due) - moment < timedelta(days=1)
    assert len(card(database, made.id).memory.reviews) == 7


def test_a_clock_that_was_set_back_is_survived(database: Database, at) -> None:
    made = add_card(database, "abadi", "front", "back")
    answer(database, made.id, "easy")
    moment = at(timedelta(days=-400))
    answer(database, made.id, "good")
    assert datetime.fromisoformat(card(database, made.id).due) > moment


def test_cards_are_found_by_both_sides(database: Database) -> None:
    made = add_card(database, "abadi", "What is the {{moments accountant}}?", "It tracks naïve losses.", PASSAGE)
    for words in ("accountant", "naive loss"):
        (hit,) = search(database, {}, words)
        assert (hit.kind, hit.id, hit.page) == ("card", made.id, 2) and hit.marks
    update_card(database, made.id, "Something else", "")
    assert search(database, {}, "accountant") == [] and len(search(database, {}, "else")) == 1
    delete_card(database, made.id)
    assert search(database, {}, "else") == []
    restore_card(database, made)
    assert len(search(database, {}, "accountant")) == 1
