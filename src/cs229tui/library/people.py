"""The person table: who writes. A name is what its owner claims; the id tells people apart."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping

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


def people(database: Database, ids: Iterable[str] | None = None) -> dict[str, Person]:
    """Everybody known, or those of some ids, by id."""
    if ids is None:
        rows = database.query("SELECT * FROM person")
    else:
        chosen = msgspec.json.encode(list(ids)).decode()
        rows = database.query("SELECT * FROM person WHERE id IN (SELECT value FROM json_each(?))", [chosen])
    return {row["id"]: Person(**(row | {"mine": bool(row["mine"])})) for row in rows}


def meet(database: Database, id: str, name: str) -> None:
    """Take note of somebody, or of the name they go by now."""
    sql = (
        "INSERT INTO person (id, name, seen) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, seen = excluded.seen WHERE mine = 0"
    )
    with writing(database):
        database.execute(sql, [id, name, timestamp()])


def meet_all(database: Database, names: Mapping[str, str]) -> None:
    """Take note of many people, or of the names they go by now, by id; in the transaction of what they said."""
    sql = (
        "INSERT INTO person (id, name, seen) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, seen = excluded.seen WHERE mine = 0"
    )
    moment = timestamp()
    database.conn.executemany(sql, [(id, name, moment) for id, name in names.items()])


def new_id(person: str) -> str:
    """A new id for what a person writes: a UUID of version 8, half of it chance, half a hash of that and the person.

    So nobody else can write something under that id, and it is seen of a line alone that it is not its author's.
    """
    chance = secrets.token_hex(8)[:15]
    return _shaped(chance, person)


def made_by(id: str, person: str) -> bool | None:
    """Whether `new_id` made an id for this person; none where the id is of a kind that does not tell."""
    if len(id) != 36 or id[14] != "8":
        return None
    return id == _shaped(id[:8] + id[9:13] + id[15:18], person)


def _shaped(chance: str, person: str) -> str:
    proof = hashlib.blake2b(f"{chance} {person}".encode(), digest_size=8).hexdigest()
    return f"{chance[:8]}-{chance[8:12]}-8{chance[12:]}-8{proof[:3]}-{proof[3:15]}"
