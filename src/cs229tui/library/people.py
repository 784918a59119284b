"""The person table: who writes. A name is what its owner claims; the id tells people apart."""

import msgspec

from cs229tui.clock import timestamp
from cs229tui.library.database import Database, writing


class Person(msgspec.Struct, frozen=True):
    """Somebody who wrote something. `key` is the Ed25519 key that was trusted at first sight, base64; `seen` is when
    something of theirs came last. The student's own `name` is in her settings, and empty here.
    """

    id: str
    name: str = ""
    mine: bool = False
    key: str = ""
    seen: str = ""


def me(database: Database) -> str:
    """The id of the student herself."""
    return str(database.execute("SELECT id FROM person WHERE mine = 1").fetchone()[0])


def people(database: Database) -> dict[str, Person]:
    """Everybody known, by id."""
    return {row["id"]: Person(**(row | {"mine": bool(row["mine"])})) for row in database.query("SELECT * FROM person")}


def meet(database: Database, id: str, name: str) -> None:
    """Take note of somebody, or of the name they go by now."""
    sql = (
        "INSERT INTO person (id, name, seen) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, seen = excluded.seen WHERE mine = 0"
    )
    with writing(database):
        database.execute(sql, [id, name, timestamp()])
