"""What came from others that is for the student: answers to what she wrote, and where somebody says her name."""

from cs229tui.library.annotations import Annotation, annotations_where
from cs229tui.library.database import Database
from cs229tui.library.discussion import mentioned

_MOST = 200


def newest(database: Database) -> int:
    """The number of what came or was written last; what comes later has a greater one."""
    return int(database.execute("SELECT coalesce(max(seq), 0) FROM annotation").fetchone()[0])


def for_her(database: Database, since: int, name: str) -> list[Annotation]:
    """Of what others wrote and came after `since`, and she has not seen: answers in conversations that she began or to
    something of hers, and what mentions `@name`; newest first.
    """
    where = (
        "seq > :since AND unread = 1 AND deleted IS NULL AND person != (SELECT id FROM person WHERE mine = 1)"
        " ORDER BY seq DESC LIMIT :most"
    )
    hers = (
        "SELECT count(*) FROM annotation WHERE id IN (?, ?) AND deleted IS NULL"
        " AND person = (SELECT id FROM person WHERE mine = 1)"
    )
    found = annotations_where(database, where, {"since": since, "most": _MOST})
    return [
        one
        for one in found
        if mentioned(one.body, name) or (one.parent and database.execute(hers, [one.parent, one.root]).fetchone()[0])
    ]
