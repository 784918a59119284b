"""The groups she is in, the one that what she writes goes to, and how far each one's files have been read."""

import sqlite3
from collections.abc import Iterable

import msgspec

from cs229tui.clock import timestamp
from cs229tui.errors import NotFoundError
from cs229tui.library.database import Database, writing
from cs229tui.library.people import me


class JoinedGroup(msgspec.Struct, frozen=True):
    """A group she is in. `folder` is where it lies on this machine, `carrier` what brings it to the others, `course`
    the key of the course it is about; `current` says that what she writes goes there; `synced` is when it was last
    brought up to date.
    """

    id: str
    name: str
    folder: str
    carrier: str
    course: str = ""
    current: bool = False
    joined: str = ""
    synced: str | None = None


class FileState(msgspec.Struct, frozen=True):
    """How far a file of a group has been read: up to byte `place`, the end of a line of `last` bytes with that
    `digest`. `changed` is in nanoseconds; of its `lines` so many are `bad`; `clock` is the latest moment believed.
    """

    path: str
    inode: int = 0
    size: int = 0
    changed: int = 0
    place: int = 0
    last: int = 0
    digest: str = ""
    lines: int = 0
    bad: int = 0
    clock: int = 0


class PutAside(msgspec.Struct, frozen=True):
    """A line that was not applied, and why: it is about what another person wrote."""

    path: str
    digest: str
    id: str
    person: str
    reason: str
    line: str
    seen: str = ""


class Writer(msgspec.Struct, frozen=True):
    """Somebody whose words came with a group: how many annotations, and when the last was written or changed."""

    person: str
    name: str
    mine: bool
    annotations: int
    latest: str


def joined_groups(database: Database) -> list[JoinedGroup]:
    """The groups she is in, the current one first."""
    sql = "SELECT * FROM joined_group ORDER BY current DESC, joined"
    return [JoinedGroup(**(row | {"current": bool(row["current"])})) for row in database.query(sql)]


def joined_group(database: Database, name: str) -> JoinedGroup:
    """The group with that id or name, or the only one whose id or name begins so; raises `NotFoundError`."""
    every = joined_groups(database)
    wanted = name.strip().casefold()
    exact = [one for one in every if wanted in (one.id, one.name.casefold())]
    close = exact or [
        one for one in every if wanted and (one.id.startswith(wanted) or one.name.casefold().startswith(wanted))
    ]
    if len(close) == 1:
        return close[0]
    hint = "Yours are: " + ", ".join(f"{one.name} ({one.id[:8]})" for one in every) if every else "You are in none."
    raise NotFoundError(f"{name!r} is {'more than one' if close else 'none'} of your groups.", hint)


def audience_now(database: Database) -> str:
    """The group that what she writes is shared with, one of ours or of Hypothesis; empty for none."""
    sql = (
        "SELECT id FROM joined_group WHERE current = 1"
        " UNION ALL SELECT audience FROM hypothesis_group WHERE current = 1"
    )
    row = database.execute(sql).fetchone()
    return str(row[0]) if row else ""


def store_group(database: Database, group: JoinedGroup) -> JoinedGroup:
    """Take note that she is in a group, or of what changed about it; where it is current, no other is any more."""
    stored = msgspec.structs.replace(group, joined=group.joined or timestamp())
    with writing(database) as tables:
        if stored.current:
            database.execute("UPDATE joined_group SET current = 0 WHERE id != ?", [stored.id])
        tables.table("joined_group").upsert(msgspec.structs.asdict(stored), pk="id")
    return stored


def choose_group(database: Database, id: str) -> None:
    """Let what she writes go to that group from now on; with an empty id to nobody."""
    with writing(database):
        database.execute("UPDATE joined_group SET current = 0")
        database.execute("UPDATE joined_group SET current = 1 WHERE id = ?", [id])


def forget_group(database: Database, id: str) -> None:
    """She is no longer in a group; what came with it stays, and so does what lies in its folder."""
    with writing(database):
        for table, column in (("joined_group", "id"), ("group_file", "audience")):
            database.execute(f"DELETE FROM {table} WHERE {column} = ?", [id])  # noqa: S608


def note_synced(database: Database, id: str) -> None:
    """The group is up to date as of now."""
    with writing(database):
        database.execute("UPDATE joined_group SET synced = ? WHERE id = ?", [timestamp(), id])


def file_states(database: Database, group: str) -> dict[str, FileState]:
    """How far each file of a group has been read, by its path."""
    sql = f"SELECT {_STATE} FROM group_file WHERE audience = ?"  # noqa: S608
    return {row["path"]: FileState(**row) for row in database.query(sql, [group])}


_STATE = "path, inode, size, changed, place, last, digest, lines, bad, clock"


def store_file_states(database: Database, group: str, states: Iterable[FileState]) -> None:
    """Take note of how far files have been read; in the transaction that stores what they said."""
    sql = f"INSERT OR REPLACE INTO group_file (audience, {_STATE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    database.conn.executemany(sql, ((group, *msgspec.structs.astuple(state)) for state in states))


def forget_files(database: Database, group: str, paths: Iterable[str]) -> None:
    """Files that are no longer there."""
    sql = "DELETE FROM group_file WHERE audience = ? AND path = ?"
    database.conn.executemany(sql, [(group, path) for path in paths])


def published(database: Database, group: str) -> dict[str, tuple[int, bool]]:
    """What of hers lies in a group's folder, by id: in which version, and whether it is said to be no more."""
    sql = "SELECT id, clock, gone FROM published WHERE audience = ?"
    return {row["id"]: (row["clock"], bool(row["gone"])) for row in database.query(sql, [group])}


def note_published(database: Database, group: str, versions: Iterable[tuple[str, int, bool]]) -> None:
    """Take note of what of hers lies in a group's folder: ids, versions, and whether each is said to be no more."""
    sql = (
        "INSERT INTO published (audience, id, clock, gone) VALUES (?, ?, ?, ?) ON CONFLICT (audience, id)"
        " DO UPDATE SET clock = excluded.clock, gone = excluded.gone WHERE excluded.clock > clock"
    )
    try:
        database.conn.executemany(sql, [(group, *version) for version in versions])
    except sqlite3.Error as error:
        from cs229tui.library.database import explained

        raise explained(error) from error


def put_aside(database: Database, group: str, lines: Iterable[PutAside]) -> None:
    """Keep lines that were not applied, each once."""
    sql = (
        "INSERT OR IGNORE INTO put_aside (audience, path, digest, id, person, reason, line, seen)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    )
    moment = timestamp()
    database.conn.executemany(
        sql, [(group, one.path, one.digest, one.id, one.person, one.reason, one.line, moment) for one in lines]
    )


def lines_put_aside(database: Database, group: str, limit: int = 200) -> list[PutAside]:
    """The newest lines that were not applied."""
    sql = (
        "SELECT path, digest, id, person, reason, line, seen FROM put_aside WHERE audience = ?"
        " ORDER BY seen DESC, path, digest LIMIT ?"
    )
    return [PutAside(**row) for row in database.query(sql, [group, limit])]


def writers(database: Database, group: str) -> list[Writer]:
    """Everybody whose words came with a group, and the student herself, the most recent first."""
    sql = (
        "SELECT annotation.person, coalesce(nullif(person.name, ''), max(author)) AS name, coalesce(mine, 0) AS mine,"
        " count(*) AS annotations, max(updated) AS latest FROM annotation LEFT JOIN person ON person.id ="
        " annotation.person WHERE audience = ? AND deleted IS NULL GROUP BY annotation.person ORDER BY latest DESC"
    )
    return [Writer(**(row | {"mine": bool(row["mine"])})) for row in database.query(sql, [group])]


def others(database: Database) -> set[str]:
    """The ids of everybody but the student."""
    mine = me(database)
    return {str(row["id"]) for row in database.query("SELECT id FROM person")} - {mine}
