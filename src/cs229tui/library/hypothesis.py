"""The Hypothesis tables: her account, her groups there, what is both here and there, and how far a group was read."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from msgspec.structs import asdict

from cs229tui.clock import timestamp
from cs229tui.library.annotations import Annotation, annotations_where, keep_version
from cs229tui.library.database import Database, writing
from cs229tui.library.hybrid_clock import tick
from cs229tui.library.threads import refresh_threads

State = Literal["same", "posting", "conflict", "elsewhere", "hidden"]


class Account(msgspec.Struct, frozen=True):
    """Who the student is on a server, as of when her token was last checked."""

    server: str
    userid: str
    name: str = ""


class HypothesisGroup(msgspec.Struct, frozen=True):
    """A group there. `audience` is its address, `current` says that what she writes goes there, `agreed` is when she
    first let something go.
    """

    audience: str
    name: str
    current: bool = False
    agreed: str | None = None
    synced: str | None = None


class Known(msgspec.Struct, frozen=True):
    """An annotation that is there, `remote` being its id there; see the migration for its states."""

    annotation: str
    remote: str | None
    audience: str
    mine: bool
    state: State
    updated: str = ""
    digest: str = ""
    since: str = ""
    theirs: str = ""
    shared: bool = True


def account(database: Database, server: str) -> Account | None:
    """Who she is on a server; none where she never logged in."""
    rows = database.query("SELECT * FROM hypothesis_account WHERE server = ?", [server])
    return next((Account(**row) for row in rows), None)


def accounts(database: Database) -> list[Account]:
    """Who she is, on every server that she logged in to."""
    return [Account(**row) for row in database.query("SELECT * FROM hypothesis_account ORDER BY server")]


def set_account(database: Database, server: str, userid: str, name: str) -> None:
    """Take note of who she is on a server."""
    with writing(database):
        database.execute("INSERT OR REPLACE INTO hypothesis_account VALUES (?, ?, ?)", [server, userid, name])


def hypothesis_groups(database: Database) -> list[HypothesisGroup]:
    """The groups she uses, the current one first."""
    sql = "SELECT * FROM hypothesis_group ORDER BY current DESC, name"
    return [HypothesisGroup(**(row | {"current": bool(row["current"])})) for row in database.query(sql)]


def remember_group(database: Database, audience: str, name: str) -> HypothesisGroup:
    """Keep a group, or the name it has now."""
    with writing(database):
        sql = (
            "INSERT INTO hypothesis_group (audience, name) VALUES (?, ?)"
            " ON CONFLICT (audience) DO UPDATE SET name = excluded.name"
        )
        database.execute(sql, [audience, name])
    return next(group for group in hypothesis_groups(database) if group.audience == audience)


def use_group(database: Database, audience: str) -> None:
    """Let what she writes go to a group from now on; to none of these where `audience` is empty."""
    with writing(database):
        database.execute("UPDATE hypothesis_group SET current = 0 WHERE current = 1")
        database.execute("UPDATE hypothesis_group SET current = 1 WHERE audience = ?", [audience])


def agree(database: Database, audience: str) -> None:
    """She saw what would go to a group, and lets it go."""
    with writing(database):
        database.execute("UPDATE hypothesis_group SET agreed = ? WHERE audience = ?", [timestamp(), audience])


def mark_synced(database: Database, audience: str) -> None:
    """A group was brought up to date now."""
    with writing(database):
        database.execute("UPDATE hypothesis_group SET synced = ? WHERE audience = ?", [timestamp(), audience])


def cursor(database: Database, audience: str, reading: str) -> str:
    """How far a group was read; empty for not at all."""
    sql = "SELECT updated FROM hypothesis_cursor WHERE audience = ? AND reading = ?"
    row = database.execute(sql, [audience, reading]).fetchone()
    return str(row[0]) if row else ""


def move_cursor(database: Database, audience: str, reading: str, updated: str) -> None:
    """Note how far a group was read; it never goes back. Within the transaction that stores what was read."""
    sql = (
        "INSERT INTO hypothesis_cursor VALUES (?, ?, ?)"
        " ON CONFLICT (audience, reading) DO UPDATE SET updated = max(updated, excluded.updated)"
    )
    database.execute(sql, [audience, reading, updated])


def known_remotes(database: Database, remotes: Iterable[str]) -> dict[str, Known]:
    """What is known of some annotations there, by their ids there."""
    return {one.remote: one for one in _select(database, "remote", remotes) if one.remote}


def known_here(database: Database, annotations: Iterable[str]) -> dict[str, Known]:
    """What is known of some annotations, by their ids here."""
    return {one.annotation: one for one in _select(database, "annotation", annotations)}


def known_in(database: Database, audience: str, states: Sequence[State] = ()) -> list[Known]:
    """Everything known of a group, or what is in some states; of all groups where `audience` is empty."""
    sql = (
        "SELECT * FROM hypothesis_annotation WHERE (:audience = '' OR audience = :audience)"
        " AND (:states = '[]' OR state IN (SELECT value FROM json_each(:states))) ORDER BY rowid"
    )
    rows = database.query(sql, {"audience": audience, "states": _json(states)})
    return [_known(row) for row in rows]


def known_on(database: Database, audience: str, reading: str) -> list[Known]:
    """What is known of a group on one reading, as far as it is there and here."""
    sql = f"SELECT hypothesis_annotation.* {_ON_READING}"
    return [_known(row) for row in database.query(sql, [audience, reading])]


def count_known(database: Database, audience: str, reading: str) -> int:
    """How many annotations are known to be there, in all of a group or on one reading of it."""
    there = "remote IS NOT NULL AND NOT (state = 'conflict' AND theirs = '')"
    if reading:
        sql = f"SELECT count(*) {_ON_READING} AND {there}"
        return int(database.execute(sql, [audience, reading]).fetchone()[0])
    sql = f"SELECT count(*) FROM hypothesis_annotation WHERE audience = ? AND {there}"  # noqa: S608
    return int(database.execute(sql, [audience]).fetchone()[0])


def taken_back(database: Database, audience: str, reading: str = "") -> list[Known]:
    """What she wrote that is there, and that she put away here or no longer shares with that group."""
    sql = (
        "SELECT hypothesis_annotation.* FROM hypothesis_annotation JOIN annotation ON annotation.id = annotation"
        " WHERE hypothesis_annotation.audience = ? AND mine = 1 AND state = 'same' AND remote IS NOT NULL"
        " AND (deleted IS NOT NULL OR (shared = 1 AND annotation.audience != hypothesis_annotation.audience))"
        " AND (? = '' OR reading = ?) ORDER BY hypothesis_annotation.rowid"
    )
    return [_known(row) for row in database.query(sql, [audience, reading, reading])]


def keep_known(database: Database, known: Iterable[Known]) -> None:
    """Store what is known; within the transaction that stores what came with it."""
    sql = (
        "INSERT OR REPLACE INTO hypothesis_annotation (annotation, remote, audience, mine, state, updated, digest,"
        " since, theirs, shared) VALUES (:annotation, :remote, :audience, :mine, :state, :updated, :digest, :since,"
        " :theirs, :shared)"
    )
    database.conn.executemany(sql, [asdict(one) for one in known])


def forget_known(database: Database, annotations: Iterable[str]) -> None:
    """Let go of what is known of some annotations, by their ids here."""
    with writing(database):
        sql = "DELETE FROM hypothesis_annotation WHERE annotation IN (SELECT value FROM json_each(?))"
        database.execute(sql, [_json(list(annotations))])


def claim_posting(database: Database, annotation: str, audience: str, digest: str, lost_before: str) -> bool:
    """Take it on oneself to post an annotation; False where another copy of the program did, or it is there.

    A claim from before the moment `lost_before` counts no more.
    """
    with writing(database):
        lost = "DELETE FROM hypothesis_annotation WHERE annotation = ? AND state = 'posting' AND since < ?"
        database.execute(lost, [annotation, lost_before])
        sql = (
            "INSERT OR IGNORE INTO hypothesis_annotation (annotation, audience, mine, state, digest, since)"
            " VALUES (?, ?, 1, 'posting', ?, ?)"
        )
        return database.execute(sql, [annotation, audience, digest, timestamp()]).rowcount == 1


def written_for(database: Database, audience: str, reading: str = "") -> list[str]:
    """The ids of what she wrote for a group, on one reading or everywhere, in the order of writing."""
    sql = (
        "SELECT id FROM annotation WHERE audience = ? AND deleted IS NULL AND (? = '' OR reading = ?)"
        " AND person = (SELECT id FROM person WHERE mine = 1) ORDER BY created, seq"
    )
    return [str(row["id"]) for row in database.query(sql, [audience, reading, reading])]


def put_annotations(database: Database, made: Sequence[Annotation]) -> None:
    """Store annotations as they came; what one said before is kept. Within a transaction.

    One that was put away here is brought back, one that was read stays read.
    """
    if not made:
        return
    moment = tick(database)
    names = [name for name in Annotation.__struct_fields__ if name != "clock"]
    columns = ", ".join(f'"{name}"' for name in (*names, "clock"))
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in (*names, "clock") if name not in ("id", "unread"))
    sql = (
        f"INSERT INTO annotation ({columns}) VALUES ({', '.join('?' * (len(names) + 1))})"  # noqa: S608
        f" ON CONFLICT (id) DO UPDATE SET {changed}, deleted = NULL, device = '', digest = ''"
    )
    there = present(database, [one.id for one in made])
    for one in made:
        if one.id in there:
            keep_version(database, asdict(one))
    rows = []
    for one in made:
        row = asdict(one) | {"region": one.region or ()}
        rows.append([*(_column(row[name]) for name in names), moment])
    database.conn.executemany(sql, rows)
    refresh_threads(database, [one.root for one in made])


def stored(database: Database, annotations: Iterable[str]) -> dict[str, Annotation]:
    """Some annotations by their ids, those that were put away too."""
    found = annotations_where(database, "id IN (SELECT value FROM json_each(?))", [_json(list(annotations))])
    return {one.id: one for one in found}


def present(database: Database, annotations: Iterable[str]) -> dict[str, bool]:
    """Which of some annotations are stored, and whether they are more than put away."""
    sql = "SELECT id, deleted IS NULL AS stands FROM annotation WHERE id IN (SELECT value FROM json_each(?))"
    return {row["id"]: bool(row["stands"]) for row in database.query(sql, [_json(list(annotations))])}


def rename_above(database: Database, before: str, after: str) -> None:
    """Let what answers an annotation under one id answer it under another; within a transaction."""
    database.execute("UPDATE annotation SET parent = ? WHERE parent = ?", [after, before])
    database.execute("UPDATE annotation SET root = ? WHERE root = ?", [after, before])
    refresh_threads(database, [before, after])


def take_out(database: Database, annotations: Sequence[str]) -> None:
    """Put annotations away that are no more where they came from; within a transaction."""
    wanted = _json(annotations)
    moment = timestamp()
    sql = (
        "UPDATE annotation SET deleted = ?, updated = ?, clock = ?, device = '', digest = ''"
        " WHERE deleted IS NULL AND id IN (SELECT value FROM json_each(?))"
    )
    database.execute(sql, [moment, moment, tick(database), wanted])
    rows = database.query("SELECT root FROM annotation WHERE id IN (SELECT value FROM json_each(?))", [wanted])
    refresh_threads(database, {row["root"] for row in rows})


_ON_READING = (
    "FROM hypothesis_annotation JOIN annotation ON annotation.id = annotation"
    " WHERE hypothesis_annotation.audience = ? AND reading = ?"
)


def _column(value: object) -> object:
    if isinstance(value, tuple):
        return _json(value)
    return int(value) if isinstance(value, bool) else value


def _select(database: Database, column: str, wanted: Iterable[str]) -> list[Known]:
    sql = f"SELECT * FROM hypothesis_annotation WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608
    return [_known(row) for row in database.query(sql, [_json(list(wanted))])]


def _known(row: dict[str, object]) -> Known:
    return Known(**(row | {"mine": bool(row["mine"]), "shared": bool(row["shared"])}))  # type: ignore[arg-type]


def _json(values: object) -> str:
    return msgspec.json.encode(values).decode()
