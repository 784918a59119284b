"""The pdf_mark table: what annotations inside PDFs said when they were last taken in."""

from collections.abc import Iterable, Sequence

import msgspec

from cs229tui.library.database import Database, writing


class KnownMark(msgspec.Struct, frozen=True):
    """An annotation that a PDF's may be: whether it was `deleted` here, what it says, and what that file last said.

    `digest` and `taken` are empty for one that never came from a PDF.
    """

    id: str
    reading: str
    person: str
    audience: str
    deleted: bool
    updated: str
    digest: str = ""
    taken: str = ""


def known_marks(database: Database, ids: Sequence[str]) -> dict[str, KnownMark]:
    """Those of some annotations that are stored, deleted ones too, by id."""
    sql = (
        "SELECT said.id, reading, person, audience, deleted IS NOT NULL AS deleted, updated,"
        " coalesce(mark.digest, '') AS digest, coalesce(taken, '') AS taken"
        " FROM annotation said LEFT JOIN pdf_mark mark ON mark.annotation = said.id"
        " WHERE said.id IN (SELECT value FROM json_each(?))"
    )
    rows = database.query(sql, [msgspec.json.encode(ids).decode()])
    return {row["id"]: KnownMark(**(row | {"deleted": bool(row["deleted"])})) for row in rows}


def keep_marks(database: Database, marks: Iterable[tuple[str, str, str]], taken: str) -> None:
    """Keep what a file said of annotations: (id, digest, colour)."""
    with writing(database) as tables:
        tables.table("pdf_mark").upsert_all(
            ({"annotation": id, "digest": digest, "colour": colour, "taken": taken} for id, digest, colour in marks),
            pk="annotation",
        )


def mark_colours(database: Database, reading: str) -> dict[str, str]:
    """The colours that annotations of a reading had in the PDF they came from, by id."""
    sql = (
        "SELECT mark.annotation, mark.colour FROM pdf_mark mark JOIN annotation said ON said.id = mark.annotation"
        " WHERE said.reading = ? AND mark.colour != ''"
    )
    return {row["annotation"]: row["colour"] for row in database.query(sql, [reading])}
