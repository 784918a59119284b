"""What is written on a document, a few pages at a time: where it stands there, by its own anchor or by its words."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from cs229tui.clock import timestamp
from cs229tui.library.annotations import Annotation, Colour, Kind, Quad, annotations_where
from cs229tui.library.database import Database, writing
from cs229tui.library.passages import Passage

Spans = tuple[tuple[int, int, int], ...]
"""Stretches of pages: page, start, end."""


class Copy(NamedTuple):
    """A reading as it is open: its document (a SHA-256) and who counted its characters."""

    reading: str
    document: str
    extractor: str


class Root(msgspec.Struct, frozen=True):
    """What a conversation begins with, as much of it as its mark needs.

    `spans` is where it was found in the document that is open, with its `score`, or its best guess where it is `lost`;
    none where its own anchor counts in that document.
    """

    id: str
    kind: Kind
    colour: Colour
    resolved: bool
    page: int | None
    start: int | None
    end: int | None
    quote: str
    region: Quad | None = None
    author: str = ""
    spans: Spans | None = None
    score: float = 1.0
    lost: bool = False


class Standing(msgspec.Struct, frozen=True):
    """Where an annotation, which was last changed at `told`, was found in a copy; `lost` if `spans` are but a guess."""

    annotation: str
    told: str
    spans: Spans
    score: float
    lost: bool = False


class Spot(NamedTuple):
    """The most telling mark of a stretch of the text."""

    page: int
    start: int
    kind: Kind
    colour: Colour
    resolved: bool


_COLUMNS = ", ".join(
    f"said.{name}"
    for name in ("id", "kind", "colour", "resolved", "page", "start", '"end"', "quote", "region", "author")
)
_ROOTS = "said.parent IS NULL AND said.deleted IS NULL"
# A region is one of the page, whoever counted its characters.
_OWN = "said.document = :document AND (said.extractor = :extractor OR said.region != '[]')"
_MOVED = (
    "EXISTS (SELECT 1 FROM standing WHERE standing.document = :document AND standing.annotation = said.id"
    " AND standing.extractor = :extractor AND standing.told = said.updated)"
)
_FOUND = "standing.reading = :reading AND standing.document = :document AND standing.extractor = :extractor"
# A question that waits before one that has its answer, then what has words, then the rest.
_RANK = "CASE said.kind WHEN 'question' THEN said.resolved WHEN 'comment' THEN 2 WHEN 'note' THEN 3 ELSE 4 END"


def _made(row: dict[str, Any], lost: bool = False) -> Root:
    row["resolved"] = bool(row["resolved"])
    row["region"] = tuple(msgspec.json.decode(row["region"])) or None
    if "spans" in row:
        row["spans"] = tuple(tuple(span) for span in msgspec.json.decode(row["spans"]))
    return Root(**row, lost=lost)


def roots_on(database: Database, copy: Copy, first: int, last: int) -> list[Root]:
    """What begins a conversation on some pages of a copy, in the order of the pages' text."""
    values = copy._asdict() | {"first": first, "last": last}
    own = (
        f"SELECT {_COLUMNS} FROM annotation said WHERE said.reading = :reading AND said.page BETWEEN :first AND :last"  # noqa: S608
        f" AND {_ROOTS} AND {_OWN} AND NOT {_MOVED} ORDER BY said.page, said.start, said.created"
    )
    found = (
        f"SELECT {_COLUMNS}, standing.spans, standing.score FROM standing JOIN annotation said"  # noqa: S608
        f" ON said.id = standing.annotation WHERE {_FOUND} AND standing.page BETWEEN :first AND :last AND {_ROOTS}"
        " ORDER BY standing.page, standing.start, said.created"
    )
    return [_made(row) for sql in (own, found) for row in database.query(sql, values)]


def root_on(database: Database, copy: Copy, id: str) -> Root | None:
    """What begins the conversation `id`, if it stands somewhere in a copy, or is known to be lost there."""
    values = copy._asdict() | {"id": id}
    found = (
        f"SELECT {_COLUMNS}, standing.spans, standing.score, standing.page AS here FROM standing JOIN annotation said"  # noqa: S608
        f" ON said.id = standing.annotation WHERE {_FOUND} AND said.id = :id AND {_ROOTS}"
    )
    own = f"SELECT {_COLUMNS} FROM annotation said WHERE said.id = :id AND {_ROOTS} AND {_OWN}"  # noqa: S608
    for row in database.query(found, values):
        return _made(row, row.pop("here") is None)
    return next((_made(row) for row in database.query(own, values)), None)


def root_of(database: Database, id: str) -> str:
    """The conversation that an annotation belongs to; empty where there is no such annotation any more."""
    row = database.execute("SELECT root FROM annotation WHERE id = ? AND deleted IS NULL", [id]).fetchone()
    # A conversation may go on without what it began with.
    found = row or database.execute("SELECT id FROM thread WHERE id = ?", [id]).fetchone()
    return str(found[0] or id) if found else ""


def page_beyond(database: Database, copy: Copy, page: int, direction: int) -> int | None:
    """The next (1) or the previous (-1) page after `page` on which anything is written."""
    beyond, order = (">", "ASC") if direction > 0 else ("<", "DESC")
    own = (
        f"SELECT said.page AS page FROM annotation said WHERE said.reading = :reading AND said.page {beyond} :page"  # noqa: S608
        f" AND {_ROOTS} AND {_OWN} AND NOT {_MOVED} ORDER BY said.page {order} LIMIT 1"
    )
    found = (
        "SELECT standing.page AS page FROM standing JOIN annotation said ON said.id = standing.annotation"  # noqa: S608
        f" WHERE {_FOUND} AND standing.page {beyond} :page AND {_ROOTS} ORDER BY standing.page {order} LIMIT 1"
    )
    values = copy._asdict() | {"page": page}
    pages = [int(row["page"]) for sql in (own, found) for row in database.query(sql, values)]
    return min(pages, key=lambda at: at * direction, default=None)


def spots(database: Database, copy: Copy, width: int) -> list[Spot]:
    """A mark for every `width` characters of a page on which anything is written: what a map of it shows."""
    values = copy._asdict() | {"width": max(width, 1)}
    shown = f"said.kind, said.colour, said.resolved, min({_RANK}) AS rank"
    # SQLite takes the other columns from the row that has the minimum.
    own = (
        f"SELECT said.page, coalesce(said.start, 0) AS start, {shown} FROM annotation said"  # noqa: S608
        f" WHERE said.reading = :reading AND said.page > 0 AND {_ROOTS} AND {_OWN} AND NOT {_MOVED}"
        " GROUP BY said.page, said.start / :width"
    )
    found = (
        f"SELECT standing.page, standing.start, {shown} FROM standing JOIN annotation said"  # noqa: S608
        f" ON said.id = standing.annotation WHERE {_FOUND} AND standing.page > 0 AND {_ROOTS}"
        " GROUP BY standing.page, standing.start / :width"
    )
    rows = (row for sql in (own, found) for row in database.query(sql, values))
    return [Spot(row["page"], row["start"], row["kind"], row["colour"], bool(row["resolved"])) for row in rows]


def lost_on(database: Database, copy: Copy, limit: int = 100) -> list[Root]:
    """What has lost its words in a copy, with the best guess for `spans`, the surest guess first."""
    sql = (
        f"SELECT {_COLUMNS}, standing.spans, standing.score FROM standing JOIN annotation said"  # noqa: S608
        f" ON said.id = standing.annotation WHERE {_FOUND} AND standing.page IS NULL AND {_ROOTS}"
        " ORDER BY standing.score DESC, said.created LIMIT :limit"
    )
    return [_made(row, lost=True) for row in database.query(sql, copy._asdict() | {"limit": limit})]


def roots_on_whole(database: Database, reading: str, limit: int = 50) -> list[Root]:
    """What begins a conversation on a whole reading, the newest first."""
    sql = (
        f"SELECT {_COLUMNS} FROM thread JOIN annotation said ON said.id = thread.id WHERE thread.reading = ?"  # noqa: S608
        f" AND thread.page IS NULL AND thread.second IS NULL AND thread.lecture IS NULL AND thread.kind != ''"
        f" AND said.quote = '' AND said.document IS NULL AND {_ROOTS} ORDER BY thread.latest DESC LIMIT ?"
    )
    return [_made(row) for row in database.query(sql, [reading, limit])]


def rootless(database: Database, reading: str, limit: int = 20) -> list[str]:
    """Conversations whose beginning is gone or has not arrived, the newest first."""
    sql = (
        "SELECT id FROM thread WHERE reading = ? AND page IS NULL AND second IS NULL AND kind = ''"
        " ORDER BY latest DESC LIMIT ?"
    )
    return [str(row["id"]) for row in database.query(sql, [reading, limit])]


def count_threads(database: Database, reading: str) -> int:
    """How many conversations there are on a reading."""
    return int(database.execute("SELECT count(*) FROM thread WHERE reading = ?", [reading]).fetchone()[0])


def said_in(database: Database, roots: Sequence[str]) -> list[Annotation]:
    """All that is said in some conversations."""
    ids = "(SELECT value FROM json_each(:ids))"
    # Of two conditions joined by OR neither would be looked up in its index.
    where = (
        f"seq IN (SELECT seq FROM annotation WHERE root IN {ids} AND deleted IS NULL"  # noqa: S608
        f" UNION SELECT seq FROM annotation WHERE id IN {ids} AND deleted IS NULL)"
    )
    return annotations_where(database, where, {"ids": msgspec.json.encode(roots).decode()})


def unplaced(database: Database, copy: Copy, page: int, limit: int) -> list[Annotation]:
    """What was written on other copies and was not looked for in this one yet, the nearest to a page first."""
    where = (
        "id IN (SELECT said.id FROM annotation said LEFT JOIN standing ON standing.document = :document"  # noqa: S608
        f" AND standing.annotation = said.id WHERE said.reading = :reading AND {_ROOTS} AND said.second IS NULL"
        " AND (said.quote != '' OR said.page IS NOT NULL)"
        f" AND NOT coalesce({_OWN}, 0) AND (standing.annotation IS NULL OR standing.extractor != :extractor"
        " OR standing.told != said.updated) ORDER BY abs(coalesce(said.page, 100000) - :page), said.start LIMIT :limit)"
    )
    return annotations_where(database, where, copy._asdict() | {"page": page, "limit": limit})


def keep_standing(database: Database, copy: Copy, found: Iterable[Standing]) -> None:
    """Keep where annotations stand in a copy, instead of what was known before."""
    rows = [_row(copy, one) for one in found]
    if rows:
        with writing(database) as tables:
            tables.table("standing").upsert_all(rows, pk=("document", "annotation"))


def _row(copy: Copy, one: Standing) -> dict[str, object]:
    first = None if one.lost else one.spans[0]
    return {
        "document": copy.document,
        "annotation": one.annotation,
        "reading": copy.reading,
        "extractor": copy.extractor,
        "told": one.told,
        "page": first[0] if first else None,
        "start": first[1] if first else None,
        "spans": one.spans,
        "score": round(one.score, 3),
    }


# By hand


def hand_placements(database: Database, ids: Sequence[str]) -> dict[str, list[Passage]]:
    """Where she put annotations by hand, in whatever copy, by annotation, the latest first."""
    sql = (
        'SELECT annotation, document, extractor, page, start, "end", quote, prefix, suffix FROM placement'
        " WHERE annotation IN (SELECT value FROM json_each(?)) ORDER BY updated DESC"
    )
    found: dict[str, list[Passage]] = {}
    for row in database.query(sql, [msgspec.json.encode(ids).decode()]):
        found.setdefault(row.pop("annotation"), []).append(Passage(**row))
    return found


def place_by_hand(database: Database, copy: Copy, where: Passage, there: Standing) -> None:
    """Keep that she put an annotation there."""
    with writing(database) as tables:
        row = msgspec.structs.asdict(where) | {"annotation": there.annotation, "updated": timestamp()}
        tables.table("placement").upsert(row, pk=("annotation", "document"))
        keep_standing(database, copy, [there])


def unplace(database: Database, copy: Copy, id: str, before: Passage | None) -> None:
    """Take back what was put there by hand: it stands again where it did `before`, or is looked for anew."""
    with writing(database) as tables:
        tables.table("placement").delete_where("annotation = ? AND document = ?", [id, copy.document])
        tables.table("standing").delete_where("annotation = ? AND document = ?", [id, copy.document])
        if before is not None:
            row = msgspec.structs.asdict(before) | {"annotation": id, "updated": timestamp()}
            tables.table("placement").insert(row)
