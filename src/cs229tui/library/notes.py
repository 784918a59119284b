"""Notes: Markdown of the student's own, free-standing or on a reading or lecture."""

import uuid
from typing import Any

import msgspec

from cs229tui.clean import clean, clean_line
from cs229tui.clock import timestamp
from cs229tui.errors import NotFoundError
from cs229tui.library.database import Database, writing
from cs229tui.library.passages import Passage

_COLUMNS = "id, title, body, reading, lecture, created, updated, passage"


class Note(msgspec.Struct, frozen=True):
    """One note; `body` is Markdown, `passage` what of its reading it begins with."""

    id: str
    title: str
    body: str
    reading: str | None
    lecture: int | None
    created: str
    updated: str
    passage: Passage | None = None


def notes(database: Database, reading: str | None = None, limit: int = -1) -> list[Note]:
    """The notes, newest first; those of one reading where it is given."""
    where, values = ("AND reading = ?", [reading]) if reading else ("", [])
    sql = f"SELECT {_COLUMNS} FROM note WHERE deleted IS NULL {where} ORDER BY updated DESC LIMIT ?"  # noqa: S608
    return [_made(row) for row in database.query(sql, [*values, limit])]


def note(database: Database, id: str) -> Note:
    """The note with that id, or whose id begins so; raises `NotFoundError`."""
    rows = list(
        database.query(
            f"SELECT {_COLUMNS} FROM note WHERE id >= ? AND id < ? AND deleted IS NULL LIMIT 2",  # noqa: S608
            [id, id + "\uffff"],
        )
    )
    if len(rows) != 1 or not id:
        raise NotFoundError(f"There is no note {id!r}.", "List them with: cs229tui note list")
    return _made(rows[0])


def add_note(
    database: Database,
    title: str,
    body: str = "",
    reading: str | None = None,
    lecture: int | None = None,
    passage: Passage | None = None,
) -> Note:
    """Write a new note."""
    moment = timestamp()
    title = clean_line(title, 300) or "Untitled"
    made = Note(str(uuid.uuid4()), title, clean(body), reading, lecture, moment, moment, passage)
    kept = msgspec.json.encode(passage).decode() if passage else ""
    with writing(database) as tables:
        tables.table("note").insert(msgspec.structs.asdict(made) | {"passage": kept})
    return made


def _made(row: dict[str, Any]) -> Note:
    row["passage"] = msgspec.json.decode(row["passage"], type=Passage) if row["passage"] else None
    return Note(**row)


def update_note(database: Database, id: str, title: str, body: str) -> None:
    """Replace a note's text."""
    with writing(database) as tables:
        tables.execute(
            "UPDATE note SET title = ?, body = ?, updated = ? WHERE id = ?",
            [clean_line(title, 300) or "Untitled", clean(body), timestamp(), id],
        )


def delete_note(database: Database, id: str, undo: bool = False) -> None:
    """Put a note away, or bring it back."""
    moment = timestamp()
    with writing(database) as tables:
        tables.execute("UPDATE note SET deleted = ?, updated = ? WHERE id = ?", [None if undo else moment, moment, id])
