"""How long it takes to list 100,000 annotations' conversations in every way there is, after each letter typed, too."""

import json
import random
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from cs229tui.library.database import Database, open_library, writing
from cs229tui.library.discussion import Around, Listing, Wanted, waiting
from cs229tui.library.threads import refresh_threads

ANNOTATIONS, PEOPLE, SCREEN = 100_000, 1_000, 64
WANTED_MS = 50.0
WAYS = {
    "newest": Wanted(),
    "most upvoted": Wanted(order="upvoted"),
    "most asked too": Wanted(order="asked"),
    "by place": Wanted(order="place"),
    "unread": Wanted(views=("unread",)),
    "unanswered": Wanted(views=("unanswered",)),
    "mine": Wanted(views=("mine",)),
    "mentioning me": Wanted(views=("mentions",)),
    "followed": Wanted(views=("followed",)),
    "questions": Wanted(kind="question"),
    "a lecture": Wanted(lecture=4),
    "the commonest word": Wanted(typed="word0"),
    "a letter": Wanted(typed="w"),
    "a rare word": Wanted(typed="word7000"),
    "two words": Wanted(typed="word0 word50"),
    "a person": Wanted(typed="@person_77"),
    "a tag": Wanted(typed="#tag3"),
    "a word of mine, unread": Wanted(typed="word0", views=("unread", "mine")),
}


def main() -> list[tuple[str, float, float, str, float]]:
    """Rows of what, ours, peer, unit, wanted ratio: the slowest list against 50 ms, and a hundred times the rows."""
    with tempfile.TemporaryDirectory() as folder:
        large = _library(Path(folder, "large.db"), ANNOTATIONS)
        times = {
            name: _milliseconds(lambda wanted=wanted: _first_screen(large, wanted)) for name, wanted in WAYS.items()
        }
        start = _milliseconds(lambda: waiting(large, "Ana", 5))
        worst = max(times, key=lambda name: times[name])
        print(f"the slowest list was {worst!r}; the newest took {times['newest']:.1f} ms")
        last = Listing(large, Wanted(), Around("Ana"))
        ends = [_milliseconds(lambda at=at: last.stretch(at, at + SCREEN)) for at in (0, len(last) - SCREEN)]
    return [
        ("conversations: slowest of 18 lists, ms against 50", times[worst], WANTED_MS, "ms", 1.0),
        ("conversations: what waits on Today, ms against a frame", start, 33.0, "ms", 1.0),
        ("conversations: the last screen against the first", ends[1], ends[0], "ms", 2.0),
    ]


def _first_screen(database: Database, wanted: Wanted) -> None:
    Listing(database, wanted, Around("Ana", ("reading4", "reading5"))).stretch(0, SCREEN)


def _milliseconds(run: Callable[[], object]) -> float:
    """The best of five: what is asked for is our time, not that of the machine's other work."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times) * 1000


def _library(path: Path, count: int) -> Database:
    """So many annotations by a thousand people, half of them replies."""
    database = open_library(path)
    chance = random.Random(1)
    words = [f"word{number}" for number in range(8_000)]
    often = [1 / (number + 1) for number in range(8_000)]
    mine = database.execute("SELECT id FROM person WHERE mine = 1").fetchone()[0]
    people = [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(PEOPLE)]
    rows, roots = [], []
    for number in range(count):
        id = str(uuid.UUID(int=chance.getrandbits(128)))
        root = chance.choice(roots) if roots and chance.random() < 0.5 else id
        if root == id:
            roots.append(id)
        kind = "reply" if root != id else chance.choice(["question", "comment", "comment", "highlight"])
        body = " ".join(chance.choices(words, often, k=30)) + (" @Ana?" if number % 997 == 0 else "")
        stamp = (
            f"2026-{1 + number * 10 // count:02d}-{1 + number % 28:02d}T{number % 24:02d}:00:00.{number % 1000:03d}Z"
        )
        person = mine if number % 500 == 0 else people[number % PEOPLE]
        tags = json.dumps([f"tag{number % 97}"] if number % 5 == 0 else [])
        row = (
            id,
            f"reading{number % 150}",
            kind,
            body,
            tags,
            f"Person {number % PEOPLE}",
            root if root != id else None,
        )
        rows.append(
            (*row, number % 20 + 1, number % 3000, f"quote {number}", stamp, stamp, person, root, number % 7 == 0)
        )
    columns = (
        "id, reading, kind, body, tags, author, parent, page, start, quote, created, updated, person, root, unread"
    )
    votes = [
        (str(number), rows[chance.randrange(count)][0], chance.choice(["upvote", "me-too"]), people[number % PEOPLE])
        for number in range(count // 3)
    ]
    with writing(database):
        named = [(id, f"Person {number}") for number, id in enumerate(people)]
        database.conn.executemany("INSERT INTO person (id, name) VALUES (?, ?)", named)
        marks = ", ".join("?" * (columns.count(",") + 1))
        database.conn.executemany(f"INSERT INTO annotation ({columns}) VALUES ({marks})", rows)
        database.conn.executemany(
            "INSERT INTO reaction (id, target, kind, person, author, created, updated) VALUES (?, ?, ?, ?, '', '', '')",
            votes,
        )
        refresh_threads(database, roots)
    return database
