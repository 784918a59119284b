"""The reaction table: upvotes, "I have this question too", and the asker's marks of what answers her question."""

import uuid
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from cs229tui.clock import timestamp
from cs229tui.library.database import Database, writing
from cs229tui.library.hybrid_clock import tick
from cs229tui.library.people import me
from cs229tui.library.threads import refresh_threads

ReactionKind = Literal["upvote", "me-too", "answer"]
# Ids made of target, person and kind, so that what is done twice, or on two devices, is done once.
_NAMESPACE = uuid.UUID("3d0b7a5e-5b0f-4a0c-9f0e-2c7b9d1e6a48")


class Reaction(msgspec.Struct, frozen=True, gc=False):
    """What `person` says of the annotation `target` without words; `author` is the name they give."""

    target: str
    kind: ReactionKind
    person: str
    author: str
    audience: str = ""
    created: str = ""
    updated: str = ""
    clock: int = 0

    @property
    def id(self) -> str:
        """Its id, the same wherever it is made."""
        return reaction_id(self.target, self.person, self.kind)


def reaction_id(target: str, person: str, kind: ReactionKind) -> str:
    """The id of what a person says of a target."""
    return str(uuid.uuid5(_NAMESPACE, f"{target} {person} {kind}"))


_COLUMNS = "target, kind, person, author, audience, created, updated, clock"


def reactions_to(database: Database, targets: Sequence[str]) -> list[Reaction]:
    """Every reaction to any of some annotations, oldest first."""
    sql = (
        f"SELECT {_COLUMNS} FROM reaction WHERE target IN (SELECT value FROM json_each(?))"  # noqa: S608
        " AND deleted IS NULL ORDER BY created"
    )
    return [Reaction(**row) for row in database.query(sql, [msgspec.json.encode(targets).decode()])]


def set_reaction(
    database: Database, target: str, kind: ReactionKind, on: bool, *, author: str, audience: str = ""
) -> bool:
    """The student's own reaction, given or taken back; returns whether it stood before."""
    moment = timestamp()
    with writing(database) as tables:
        person = me(database)
        id = reaction_id(target, person, kind)
        row = database.execute("SELECT created, deleted FROM reaction WHERE id = ?", [id]).fetchone()
        before = row is not None and row[1] is None
        if before == on:
            return before
        made: dict[str, Any] = {
            "id": id,
            "target": target,
            "kind": kind,
            "person": person,
            "author": author,
            "audience": audience,
            "created": row[0] if row else moment,
            "updated": moment,
            "deleted": None if on else moment,
            "clock": tick(database),
            "device": "",
            "digest": "",
        }
        tables.table("reaction").upsert(made, pk="id")
        refresh_threads(database, roots_of(database, [target]))
    return before


def roots_of(database: Database, annotations: Sequence[str]) -> list[str]:
    """The conversations that some annotations belong to."""
    sql = "SELECT DISTINCT root FROM annotation WHERE id IN (SELECT value FROM json_each(?))"
    return [str(row["root"]) for row in database.query(sql, [msgspec.json.encode(annotations).decode()])]


def persons_of(database: Database, annotations: Sequence[str]) -> dict[str, str]:
    """Who wrote some annotations, by id; nobody for those put away."""
    sql = "SELECT id, person FROM annotation WHERE id IN (SELECT value FROM json_each(?)) AND deleted IS NULL"
    return {row["id"]: row["person"] for row in database.query(sql, [msgspec.json.encode(annotations).decode()])}
