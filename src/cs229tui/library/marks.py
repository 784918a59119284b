"""Places the student named with a letter: small letters belong to one reading, capital ones to all of them together."""

import msgspec

from cs229tui.clock import timestamp
from cs229tui.errors import UsageError
from cs229tui.library.database import Database, writing


class Mark(msgspec.Struct, frozen=True):
    """A letter on the character `place` of a `page` (from 1); `quote` is what the page says from there on."""

    reading: str
    name: str
    page: int
    place: int
    quote: str = ""
    updated: str = ""

    @property
    def everywhere(self) -> bool:
        """Whether the letter names this place from every reading."""
        return self.name.isupper()


def set_mark(database: Database, mark: Mark) -> Mark | None:
    """Name a place; returns the mark that had the letter before, for undo. Raises `UsageError`."""
    if not (len(mark.name) == 1 and mark.name.isalpha() and mark.name.isascii()):
        raise UsageError(f"{mark.name[:1]!r} cannot name a place.", "A mark is a letter: a to z here, A to Z anywhere.")
    with writing(database) as tables:
        before = mark_named(database, mark.name, mark.reading)
        if before is not None:
            remove_mark(database, before)
        row = msgspec.structs.asdict(mark) | {"updated": mark.updated or timestamp()}
        tables.table("mark").insert(row)
    return before


def remove_mark(database: Database, mark: Mark) -> None:
    """Forget a mark."""
    with writing(database) as tables:
        tables.table("mark").delete_where("reading = ? AND name = ?", [mark.reading, mark.name])


def mark_named(database: Database, name: str, reading: str) -> Mark | None:
    """The mark with that letter, as seen from a reading."""
    return next((mark for mark in marks_for(database, reading) if mark.name == name), None)


def marks_for(database: Database, reading: str) -> list[Mark]:
    """The marks that a reading sees: its own in the order of the text, then the capital letters of others."""
    sql = "SELECT * FROM mark WHERE reading = ? OR name BETWEEN 'A' AND 'Z' ORDER BY reading <> ?, page, place, name"
    own = list(database.query(sql, [reading, reading]))
    return [Mark(**row) for row in own]
