"""The annotation table: what stands on which passage, and the replies to it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from cs229tui.clock import timestamp
from cs229tui.errors import NotFoundError
from cs229tui.library.database import Database, writing
from cs229tui.library.hybrid_clock import tick
from cs229tui.library.people import me
from cs229tui.library.threads import refresh_threads

Kind = Literal["highlight", "comment", "question", "note", "reply"]
Quad = tuple[float, float, float, float]
Colour = Literal["yellow", "red", "green", "blue", "purple"]
_COLUMNS = (
    'id, reading, kind, body, colour, tags, author, parent, resolved, document, extractor, page, start, "end",'
    " quote, prefix, suffix, quads, second, created, updated, person, root, lecture, region, audience, via,"
    " clock, unread"
)


class Annotation(msgspec.Struct, frozen=True, gc=False):
    """An annotation with its anchor. `start` and `end` are code points on `page` (from 1) as `extractor` counts them in
    `document` (a SHA-256); `quads` are boxes in PDF points, [left, bottom, right, top]; `second` is a video's.

    Instead of words, a `region` of a page may be meant, the `quote` then being what the text says of it (a caption), or
    a `lecture` without a reading, the `quote` then being the topic. With none of these it is on the whole reading. A
    reply has no anchor; `root` is what its conversation begins with. A note is private: it has no `audience` (a group's
    id), and never gets one. `person` wrote it, under the name `author`; it came `via` an address or a file.
    """

    id: str
    reading: str
    kind: Kind
    author: str
    body: str = ""
    colour: Colour = "yellow"
    tags: tuple[str, ...] = ()
    parent: str | None = None
    resolved: bool = False
    document: str | None = None
    extractor: str = ""
    page: int | None = None
    start: int | None = None
    end: int | None = None
    quote: str = ""
    prefix: str = ""
    suffix: str = ""
    quads: tuple[Quad, ...] = ()
    second: float | None = None
    created: str = ""
    updated: str = ""
    person: str = ""
    root: str = ""
    lecture: int | None = None
    region: Quad | None = None
    audience: str = ""
    via: str = ""
    clock: int = 0
    unread: bool = False


class Version(msgspec.Struct, frozen=True):
    """What an annotation said until it was changed; `updated` is when it had come to say so."""

    updated: str
    kind: Kind
    body: str
    tags: tuple[str, ...]
    colour: Colour


def _made(row: dict[str, Any]) -> Annotation:
    row["tags"] = tuple(msgspec.json.decode(row["tags"]))
    row["quads"] = tuple(tuple(quad) for quad in msgspec.json.decode(row["quads"]))
    row["region"] = tuple(msgspec.json.decode(row["region"])) or None
    row["resolved"], row["unread"] = bool(row["resolved"]), bool(row["unread"])
    return Annotation(**row)


def _json(values: Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()


def annotations_where(
    database: Database, where: str, values: Sequence[object] | Mapping[str, object]
) -> list[Annotation]:
    """The annotations of which a condition holds; for this room, where the tables are known."""
    sql = f"SELECT {_COLUMNS} FROM annotation WHERE {where}"  # noqa: S608
    return [_made(row) for row in database.query(sql, values)]


def annotations_of(database: Database, reading: str) -> list[Annotation]:
    """Everything on one reading, replies too, in the order of the text, or of the video."""
    return annotations_where(
        database, "reading = ? AND deleted IS NULL ORDER BY page, second, start, created", [reading]
    )


def annotations_on_lecture(database: Database, lecture: int) -> list[Annotation]:
    """Everything on a lecture and its topics, replies too, oldest first."""
    return annotations_where(
        database, "lecture = ? AND reading = '' AND deleted IS NULL ORDER BY created, id", [lecture]
    )


def annotation(database: Database, id: str) -> Annotation:
    """The annotation with that id, or whose id begins so; raises `NotFoundError`."""
    # A range of the key's index; U+FFFF comes after whatever an id may hold.
    found = (
        annotations_where(database, "id >= ? AND id < ? AND deleted IS NULL LIMIT 2", [id, id + "\uffff"]) if id else []
    )
    if len(found) != 1:
        raise NotFoundError(f"There is no annotation {id!r}.", "List them with: cs229tui annotations")
    return found[0]


def store_annotation(database: Database, made: Annotation) -> Annotation:
    """Insert what the student wrote here, or replace all of one that has its id; what it said before is kept.

    Where it says no `person` she wrote it, and where it says no `root` it goes with its parent. Returns it as stored.
    """
    with writing(database) as tables:
        stored = msgspec.structs.replace(
            made,
            person=made.person or me(database),
            root=made.root or _root(database, made),
            audience="" if made.kind == "note" else made.audience,
            clock=tick(database),
        )
        row = msgspec.structs.asdict(stored)
        keep_version(database, row)
        row |= {"region": list(stored.region or ()), "device": "", "digest": "", "deleted": None}
        tables.table("annotation").upsert(row, pk="id")
        refresh_threads(database, [stored.root])
    return stored


def _root(database: Database, made: Annotation) -> str:
    if made.parent is None:
        return made.id
    above = database.execute("SELECT root FROM annotation WHERE id = ?", [made.parent]).fetchone()
    return str(above[0]) if above else made.parent


def keep_version(database: Database, row: Mapping[str, Any]) -> None:
    """Keep what an annotation says now, where the row that is about to replace it says something else."""
    sql = (
        "INSERT OR IGNORE INTO annotation_version SELECT id, updated, kind, body, tags, colour FROM annotation"
        " WHERE id = ? AND deleted IS NULL AND (kind, body, json(tags), colour) != (?, ?, json(?), ?)"
    )
    database.execute(sql, [row["id"], row["kind"], row["body"], _json(row["tags"]), row["colour"]])


def versions(database: Database, id: str) -> list[Version]:
    """What an annotation said before, oldest first."""
    return versions_of(database, [id]).get(id, [])


def versions_of(database: Database, ids: Sequence[str]) -> dict[str, list[Version]]:
    """What some annotations said before, oldest first, by id; those that were never edited are not in it."""
    sql = (
        "SELECT annotation, updated, kind, body, tags, colour FROM annotation_version"
        " WHERE annotation IN (SELECT value FROM json_each(?)) ORDER BY annotation, updated"
    )
    found: dict[str, list[Version]] = {}
    for row in database.query(sql, [_json(ids)]):
        tags = tuple(msgspec.json.decode(row.pop("tags")))
        found.setdefault(row.pop("annotation"), []).append(Version(**row, tags=tags))
    return found


def edited_among(database: Database, ids: Sequence[str]) -> frozenset[str]:
    """Those of some annotations that once said something else."""
    sql = "SELECT DISTINCT annotation FROM annotation_version WHERE annotation IN (SELECT value FROM json_each(?))"
    return frozenset(str(row["annotation"]) for row in database.query(sql, [_json(ids)]))


def delete_annotation(database: Database, id: str, undo: bool = False) -> None:
    """Put an annotation away, or bring it back; replies to it stay stored."""
    moment = timestamp()
    with writing(database):
        database.execute(
            "UPDATE annotation SET deleted = ?, updated = ?, clock = ?, device = '', digest = '' WHERE id = ?",
            [None if undo else moment, moment, tick(database), id],
        )
        roots = database.execute("SELECT root FROM annotation WHERE id = ?", [id]).fetchall()
        refresh_threads(database, [str(row[0]) for row in roots])


def counts(database: Database) -> dict[str, int]:
    """How many annotations each reading has, by reading id."""
    sql = "SELECT reading, count(*) AS n FROM annotation WHERE deleted IS NULL GROUP BY reading"
    return {row["reading"]: row["n"] for row in database.query(sql)}


def count_since(database: Database, moment: str) -> int:
    """How many annotations the student wrote or changed since a moment (UTC ISO 8601)."""
    mine = "person = (SELECT id FROM person WHERE mine = 1)"
    sql = f"SELECT count(*) FROM annotation WHERE {mine} AND updated >= ? AND deleted IS NULL"  # noqa: S608
    return int(database.execute(sql, [moment]).fetchone()[0])
