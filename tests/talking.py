"""What people say, for tests: messages by others and by the student, stored as they would come in."""

import uuid
from collections.abc import Sequence
from typing import Any

from cs229tui.library.annotations import Annotation, store_annotation
from cs229tui.library.database import Database, writing
from cs229tui.library.people import me, meet
from cs229tui.library.reactions import ReactionKind, reaction_id, roots_of
from cs229tui.library.threads import refresh_threads

GROUP = "5f2d0b1e-0000-4000-8000-000000000001"


def person(name: str) -> str:
    """The id of somebody called so."""
    return str(uuid.uuid5(uuid.UUID(GROUP), name))


def say(
    database: Database,
    who: str,
    body: str = "",
    kind: str = "comment",
    *,
    hour: int = 0,
    to: Annotation | None = None,
    unread: bool = False,
    **more: Any,
) -> Annotation:
    """What `who` (“me”: the student) said in an hour of the first of March; in reply `to` something."""
    moment = f"2026-03-{1 + hour // 24:02d}T{hour % 24:02d}:00:00.000Z"
    named: dict[str, Any] = {"reading": "paper"}
    if to is not None:
        kind = "reply"
        named = {"reading": to.reading, "lecture": to.lecture, "parent": to.id, "root": to.root}
    if who != "me":
        meet(database, person(who), who)
    made = Annotation(
        id=str(uuid.uuid4()),
        kind=kind,  # type: ignore[arg-type]
        body=body,
        author="Ana" if who == "me" else who,
        person=me(database) if who == "me" else person(who),
        audience="" if kind == "note" else GROUP,
        created=moment,
        updated=moment,
        unread=unread,
        **(named | more),
    )
    return store_annotation(database, made)


def react(database: Database, target: Annotation, kind: ReactionKind, people: Sequence[str]) -> None:
    """What people say of something without words."""
    with writing(database) as tables:
        for who in people:
            id = me(database) if who == "me" else person(who)
            row = {"id": reaction_id(target.id, id, kind), "target": target.id, "kind": kind, "person": id}
            row |= {"author": who, "created": target.created, "updated": target.created}
            tables.table("reaction").upsert(row, pk="id")
        refresh_threads(database, roots_of(database, [target.id]))
