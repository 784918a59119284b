"""Annotations and reactions that come from a file, put beside what is there: nothing newer is lost, nothing doubled."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from cs229tui.library.annotations import Annotation, Version
from cs229tui.library.database import Database, writing
from cs229tui.library.hybrid_clock import tick
from cs229tui.library.hypothesis import put_annotations
from cs229tui.library.people import me, meet_all
from cs229tui.library.reactions import Reaction, roots_of
from cs229tui.library.threads import refresh_threads


class TakenIn(msgspec.Struct, frozen=True):
    """How many annotations and reactions were new, were changed by the file, were there already, and were left as they
    are: newer here, deleted here, said in a group, or by somebody else.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0


def take_in(
    database: Database,
    annotations: Iterable[Annotation],
    reactions: Iterable[Reaction] = (),
    versions: Mapping[str, Sequence[Version]] | None = None,
) -> TakenIn:
    """Store what a file holds, all or nothing; what is newer counts, and what it said before is kept."""
    counted = {"new": 0, "updated": 0, "unchanged": 0, "kept": 0}
    said = list(annotations)
    with writing(database) as tables:
        own = me(database)
        sql = (
            "SELECT id, updated, deleted, person, audience FROM annotation WHERE id IN (SELECT value FROM json_each(?))"
        )
        there = {row[0]: row[1:] for row in database.execute(sql, [_json([one.id for one in said])])}
        made: list[Annotation] = []
        for one in said:
            outcome = _outcome(there.get(one.id), one)
            counted[outcome] += 1
            if outcome in ("new", "updated"):
                made.append(replace(one, audience="" if one.kind == "note" else one.audience))
        meet_all(database, {one.person: one.author for one in made if one.person != own})
        put_annotations(database, made)
        history = [asdict(was) | {"annotation": one.id} for one in made for was in (versions or {}).get(one.id, ())]
        if history:
            tables.table("annotation_version").insert_all(history, ignore=True)
        touched: set[str] = set()
        for vote in reactions:
            row = asdict(vote) | {"id": vote.id, "deleted": None, "clock": tick(database), "device": "", "digest": ""}
            there = database.execute("SELECT updated FROM reaction WHERE id = ?", [vote.id]).fetchone()
            if there is not None:
                counted["unchanged" if there[0] >= vote.updated else "kept"] += 1
                continue
            counted["new"] += 1
            tables.table("reaction").insert(row, pk="id")
            touched.update(roots_of(database, [vote.target]))
        refresh_threads(database, touched)
    return TakenIn(**counted)


def _outcome(there: Sequence[Any] | None, one: Annotation) -> str:
    if there is None:
        return "new"
    updated, deleted, person, audience = there
    if updated == one.updated and deleted is None:
        return "unchanged"
    # What others read is changed by its author's own hand, and nobody's words become another's.
    if deleted is not None or updated > one.updated or audience or person != one.person:
        return "kept"
    return "updated"


def _json(values: object) -> str:
    return msgspec.json.encode(values).decode()
