"""Much stored at once: indexes are set aside meanwhile; rows of conversations and the search index are made after."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from cs229tui.library.database import Database, writing
from cs229tui.library.threads import refresh_threads

# In KiB, negative; in pages of 4 KiB.
_ROOM = {"cache_size": -96_000, "wal_autocheckpoint": 100_000}


@contextmanager
def much_coming(database: Database) -> Iterator[None]:
    """Let a connection keep more of the library in memory, and let its log grow, while much is stored."""
    before = [int(database.execute(f"PRAGMA {name}").fetchone()[0]) for name in _ROOM]
    try:
        for name, value in _ROOM.items():
            database.execute(f"PRAGMA {name}={value}")
        yield
    finally:
        for name, value in zip(_ROOM, before, strict=True):
            database.execute(f"PRAGMA {name}={value}")


def set_indexes_aside(database: Database) -> None:
    """Let much be stored at twice the speed; until `finish` makes the indexes again lists are only slower."""
    with writing(database):
        found = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('annotation', 'thread')"
            " AND sql IS NOT NULL"
        ).fetchall()
        for name, sql in found:
            database.execute("INSERT INTO index_aside VALUES (?, ?)", [name, sql])
            database.execute(f"DROP INDEX {name}")


def are_indexes_aside(database: Database) -> bool:
    """Whether much is being stored, or was when the program was stopped."""
    return database.execute("SELECT 1 FROM index_aside LIMIT 1").fetchone() is not None


def finish(database: Database, most: int) -> None:
    """Make the indexes again that were set aside, and have all conversations told of anew, in small transactions."""
    for name, sql in database.execute("SELECT name, sql FROM index_aside WHERE sql LIKE '% annotation %'").fetchall():
        _put_back(database, name, sql)
    told = database.execute("SELECT DISTINCT root FROM annotation WHERE deleted IS NULL").fetchall()
    # What was told of and is not there any more.
    told += database.execute(
        "SELECT id FROM thread WHERE NOT EXISTS (SELECT 1 FROM annotation WHERE root = thread.id AND deleted IS NULL)"
    ).fetchall()
    for start in range(0, len(told), most):
        with writing(database):
            _tell_anew(database, [str(row[0]) for row in told[start : start + most]])
    for name, sql in database.execute("SELECT name, sql FROM index_aside").fetchall():
        _put_back(database, name, sql)


def _put_back(database: Database, name: str, sql: str) -> None:
    with writing(database):
        if database.execute("DELETE FROM index_aside WHERE name = ?", [name]).rowcount:
            database.execute(sql)


def size_of(database: Database) -> int:
    """How many annotations there are, more or less."""
    return int(database.execute("SELECT coalesce(max(seq), 0) FROM annotation").fetchone()[0])


def put_away(database: Database) -> None:
    """Bring what was stored from the log into the library itself; nobody waits for it here."""
    database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def refresh_some_threads(database: Database, most: int) -> int:
    """Make the rows of some of the conversations that wait anew, in a transaction; returns how many."""
    with writing(database):
        sql = "SELECT id FROM stale_thread LIMIT ?"
        ids = [str(row[0]) for row in database.execute(sql, [most])]
        if ids:
            _tell_anew(database, ids)
            database.execute("DELETE FROM stale_thread WHERE id IN (SELECT value FROM json_each(?))", [_json(ids)])
    return len(ids)


def _tell_anew(database: Database, ids: Sequence[str]) -> None:
    # What answers a reading's conversation is on that reading, whatever its author's machine calls it.
    database.execute(
        "UPDATE annotation SET reading = root.reading FROM annotation AS root"
        " WHERE annotation.root IN (SELECT value FROM json_each(?)) AND annotation.deleted IS NULL"
        " AND root.id = annotation.root AND root.deleted IS NULL AND annotation.reading != root.reading",
        [_json(ids)],
    )
    refresh_threads(database, ids)


def index_some(database: Database, most: int) -> int:
    """Put some of the annotations that wait for it into the search index, in a transaction; returns how many."""
    with writing(database):
        row = database.execute(
            "SELECT max(seq) FROM (SELECT seq FROM unindexed ORDER BY seq LIMIT ?)", [most]
        ).fetchone()
        if row[0] is None:
            return 0
        database.execute(
            "INSERT INTO annotation_text (rowid, body, quote, tags) SELECT seq, body, quote, tags FROM annotation_live"
            " WHERE seq IN (SELECT seq FROM unindexed WHERE seq <= ?)",
            [row[0]],
        )
        return database.execute("DELETE FROM unindexed WHERE seq <= ?", [row[0]]).rowcount


def _json(values: Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()
