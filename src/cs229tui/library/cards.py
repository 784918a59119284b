"""Flash cards: what they ask, the passage they were made from, and when each should be asked next.

When that is, the FSRS scheduler says (https://github.com/open-spaced-repetition, MIT).
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec
from msgspec import structs

from cs229tui.clean import clean
from cs229tui.clock import now, timestamp
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.library.database import Database, writing
from cs229tui.library.passages import Passage
from cs229tui.library.progress import stored

if TYPE_CHECKING:
    from fsrs.card import CardDict

LONGEST = 20_000
Rating = Literal["again", "hard", "good", "easy"]
RATINGS: tuple[Rating, ...] = get_args(Rating)
_PLACE = structs.fields(Passage)
_COLUMNS = "id, reading, front, back, memory, due, created, updated, " + ", ".join(
    f'"{field.name}"' for field in _PLACE
)


class Memory(msgspec.Struct, frozen=True):
    """What the scheduler keeps of a card (`card`, in its own words), and every answer given: when, and which."""

    card: dict[str, Any] | None = None
    reviews: tuple[tuple[str, Rating], ...] = ()


class Card(msgspec.Struct, frozen=True):
    """One flash card; `due` is when it should be asked next."""

    id: str
    reading: str
    front: str
    back: str
    passage: Passage | None
    memory: Memory
    due: str
    created: str
    updated: str


def cards(database: Database, due: datetime | None = None, reading: str | None = None) -> list[Card]:
    """The cards, those that are due first; only what is due at a moment, or of one reading, where that is given."""
    where, values = "", []
    if due is not None:
        where += " AND due <= ?"
        values.append(stored(due))
    if reading is not None:
        where += " AND reading = ?"
        values.append(reading)
    sql = f"SELECT {_COLUMNS} FROM card WHERE deleted IS NULL{where} ORDER BY due, seq"  # noqa: S608
    return [_made(row) for row in database.query(sql, values)]


def card(database: Database, id: str) -> Card:
    """The card with that id, or whose id begins so; raises `NotFoundError`."""
    sql = f"SELECT {_COLUMNS} FROM card WHERE id >= ? AND id < ? AND deleted IS NULL LIMIT 2"  # noqa: S608
    rows = list(database.query(sql, [id, id + "\uffff"])) if id else []
    if len(rows) != 1:
        raise NotFoundError(f"There is no card {id!r}.", "List them with: cs229tui cards")
    return _made(rows[0])


def count_due(database: Database, moment: datetime) -> int:
    """How many cards are due."""
    sql = "SELECT count(*) FROM card WHERE deleted IS NULL AND due <= ?"
    return int(database.execute(sql, [stored(moment)]).fetchone()[0])


def next_due(database: Database) -> datetime | None:
    """When the next card is due, or was."""
    found = database.execute("SELECT min(due) FROM card WHERE deleted IS NULL").fetchone()[0]
    return datetime.fromisoformat(found) if found else None


def add_card(database: Database, reading: str, front: str, back: str = "", passage: Passage | None = None) -> Card:
    """Keep a new card, due at once; raises `UsageError` where it asks nothing."""
    moment = timestamp()
    made = Card(str(uuid.uuid4()), reading, *_sides(front, back), passage, Memory(), moment, moment, moment)
    _store(database, made)
    return made


def update_card(database: Database, id: str, front: str, back: str) -> Card:
    """Change what a card says; returns it as it was before, for `restore_card`."""
    with writing(database):
        before = card(database, id)
        new_front, new_back = _sides(front, back)
        _store(database, structs.replace(before, front=new_front, back=new_back, updated=timestamp()))
    return before


def delete_card(database: Database, id: str) -> Card:
    """Put a card away; returns it, for `restore_card`."""
    with writing(database) as tables:
        before = card(database, id)
        moment = timestamp()
        tables.execute("UPDATE card SET deleted = ?, updated = ? WHERE id = ?", [moment, moment, before.id])
    return before


def restore_card(database: Database, before: Card) -> None:
    """Undo a change, an answer or a removal: the card is again as it was."""
    _store(database, structs.replace(before, updated=timestamp()))


def answer(database: Database, id: str, rating: Rating) -> Card:
    """Record how well a card was known, and when to ask it again; returns it as it was before, for `restore_card`."""
    with writing(database):
        before = card(database, id)
        moment = now()
        scheduled = _reviewed(before, rating, moment)
        after = structs.replace(
            before,
            memory=Memory(dict(scheduled), (*before.memory.reviews, (stored(moment), rating))),
            due=stored(datetime.fromisoformat(scheduled["due"])),
            updated=timestamp(),
        )
        _store(database, after)
    return before


def intervals(one: Card) -> dict[Rating, timedelta]:
    """After each answer: how long until the card is asked again."""
    moment = now()
    return {rating: datetime.fromisoformat(_reviewed(one, rating, moment)["due"]) - moment for rating in RATINGS}


def _reviewed(one: Card, rating: Rating, moment: datetime) -> "CardDict":
    from fsrs import Card as Scheduled
    from fsrs import Rating as Answer
    from fsrs import Scheduler

    # A card's number is not used; without one the scheduler would wait a millisecond to make one.
    known = Scheduled.from_dict(one.memory.card) if one.memory.card else Scheduled(card_id=0, due=moment)  # type: ignore[arg-type]
    # Without its random share, so that what is announced is what happens.
    scheduler = Scheduler(enable_fuzzing=False)
    return scheduler.review_card(known, Answer(RATINGS.index(rating) + 1), moment)[0].to_dict()


def _sides(front: str, back: str) -> tuple[str, str]:
    sides = clean(front).strip(), clean(back).strip()
    if not sides[0]:
        raise UsageError("A card needs a front.", "Write a question, or hide words of the sentence in {{…}}.")
    if any(len(side) > LONGEST for side in sides):
        raise UsageError(f"A side of a card has at most {LONGEST:,} characters.", "Put the rest in a note.")
    return sides


def _made(row: dict[str, Any]) -> Card:
    place = {field.name: row.pop(field.name) for field in _PLACE}
    row["passage"] = Passage(**place) if place["document"] and place["page"] is not None else None
    row["memory"] = msgspec.json.decode(row["memory"], type=Memory)
    return Card(**row)


def _store(database: Database, one: Card) -> None:
    row = structs.asdict(one)
    passage: Passage | None = row.pop("passage")
    row["memory"] = msgspec.json.encode(one.memory).decode()
    place: Sequence[tuple[str, Any]] = tuple(structs.asdict(passage).items()) if passage else ()
    with writing(database) as tables:
        tables.table("card").upsert(row | dict(place) | {"deleted": None}, pk="id")
