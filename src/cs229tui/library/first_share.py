"""What the student wrote before she was in a group: given to one all at once, and taken back all at once."""

import msgspec

from cs229tui.clock import timestamp
from cs229tui.library.annotations import Annotation, annotations_where
from cs229tui.library.database import Database, writing
from cs229tui.library.hybrid_clock import tick
from cs229tui.library.threads import refresh_threads

# Hers, for nobody yet, and no note; what answers something goes only with what it answers.
_EARLIER = """
SELECT id FROM annotation WHERE person = (SELECT id FROM person WHERE mine = 1) AND audience = '' AND kind != 'note'
AND deleted IS NULL AND (parent IS NULL OR root IN (SELECT id FROM annotation WHERE parent IS NULL AND audience = ''
  AND kind != 'note' AND deleted IS NULL AND person = (SELECT id FROM person WHERE mine = 1)))
"""


def earlier(database: Database) -> list[Annotation]:
    """What she wrote for nobody else so far and could share, newest first."""
    return annotations_where(database, f"id IN ({_EARLIER}) ORDER BY updated DESC, id", [])


def private_notes(database: Database) -> int:
    """How many notes she has on passages; they never go."""
    sql = "SELECT count(*) FROM annotation WHERE kind = 'note' AND deleted IS NULL"
    return int(database.execute(sql).fetchone()[0])


def share_earlier(database: Database, group: str) -> int:
    """Let all of `earlier` go to a group from now on, all or nothing; returns how much that is."""
    with writing(database):
        ids = [str(row["id"]) for row in database.query(_EARLIER)]
        for id in ids:
            _give(database, id, group)
        refresh_threads(database, ids)
    return len(ids)


def withdraw_all(database: Database, group: str) -> int:
    """Let nothing of hers be in a group any more: her words stay here, for herself; her votes there are taken back.

    The group learns of it with the next sync. Returns how much it was.
    """
    mine = "person = (SELECT id FROM person WHERE mine = 1) AND audience = ? AND deleted IS NULL"
    with writing(database):
        words = [str(row["id"]) for row in database.query(f"SELECT id FROM annotation WHERE {mine}", [group])]  # noqa: S608
        votes = [str(row["id"]) for row in database.query(f"SELECT id FROM reaction WHERE {mine}", [group])]  # noqa: S608
        for id in words:
            _give(database, id, "")
        moment = timestamp()
        for id in votes:
            sql = "UPDATE reaction SET deleted = ?, updated = ?, clock = ?, device = '', digest = '' WHERE id = ?"
            database.execute(sql, [moment, moment, tick(database), id])
        roots = database.query(
            "SELECT DISTINCT root FROM annotation WHERE id IN (SELECT value FROM json_each(?)) OR id IN"
            " (SELECT target FROM reaction WHERE id IN (SELECT value FROM json_each(?)))",
            [_json(words), _json(votes)],
        )
        refresh_threads(database, [str(row["root"]) for row in roots])
    return len(words) + len(votes)


def _give(database: Database, id: str, group: str) -> None:
    database.execute(
        "UPDATE annotation SET audience = ?, clock = ?, device = '', digest = '' WHERE id = ?",
        [group, tick(database), id],
    )


def _json(values: list[str]) -> str:
    return msgspec.json.encode(values).decode()
