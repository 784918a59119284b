"""Many annotations and reactions of others stored at once, each in the version that stands."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from cs229tui.library.annotations import Annotation
from cs229tui.library.database import Database
from cs229tui.library.reactions import Reaction

# The table's own defaults, too: a column in which all have them need not be written.
_DEFAULTS: dict[str, Any] = {
    field.name: field.default for field in msgspec.structs.fields(Annotation) if field.default is not msgspec.NODEFAULT
} | {"tags": "[]", "quads": "[]", "region": "[]"}
# So many new ones at once are put into the search index later.
_MANY = 300


class Standing(NamedTuple):
    """The version of an annotation or reaction that is stored; `device` is empty for what was written here."""

    person: str
    clock: int
    device: str
    digest: str
    audience: str
    deleted: bool


class Received(NamedTuple):
    """A version that came from another device, and what tells it from others of its moment."""

    said: Annotation
    device: str
    digest: str


def standing(database: Database, ids: Iterable[str]) -> dict[str, Standing]:
    """What is stored of some annotations and reactions, by id."""
    votes: list[str] = []
    others: list[str] = []
    for id in ids:
        # See `reaction_id`: no annotation's is of that version.
        (votes if id[14] == "5" else others).append(id)
    found: dict[str, Standing] = {}
    for table, wanted in (("annotation", others), ("reaction", votes)):
        sql = (
            f"SELECT id, person, clock, device, digest, audience, deleted IS NOT NULL FROM {table}"  # noqa: S608
            " WHERE id IN (SELECT value FROM json_each(?))"
        )
        for id, person, clock, device, digest, audience, deleted in database.execute(sql, [_json(wanted)]):
            found[id] = Standing(person, clock, device, digest, audience, bool(deleted))
    return found


def endings(database: Database, ids: Iterable[str]) -> dict[tuple[str, str], tuple[int, str, str]]:
    """What was said to be no more before it came: its rank by id and person."""
    if database.execute("SELECT 1 FROM ended LIMIT 1").fetchone() is None:
        return {}
    sql = "SELECT id, person, clock, device, digest FROM ended WHERE id IN (SELECT value FROM json_each(?))"
    return {(id, person): (clock, *rest) for id, person, clock, *rest in database.execute(sql, [_json(ids)])}


def note_endings(database: Database, ended: Iterable[tuple[str, str, int, str, str]]) -> None:
    """Take note of what is no more and has not come: id, person, clock, device, digest."""
    sql = (
        "INSERT INTO ended VALUES (?, ?, ?, ?, ?) ON CONFLICT (id, person) DO UPDATE SET clock = excluded.clock,"
        " device = excluded.device, digest = excluded.digest"
        " WHERE (excluded.clock, excluded.device, excluded.digest) > (clock, device, digest)"
    )
    database.conn.executemany(sql, ended)


def insert_received(database: Database, received: Sequence[Received], mine: str) -> None:
    """Store annotations that were not here; those of others are unread."""
    if not received:
        return
    first = database.execute("SELECT coalesce(max(seq), 0) + 1 FROM annotation").fetchone()[0]
    if len(received) >= _MANY:
        # The trigger leaves out what waits here.
        seqs = range(first, first + len(received))
        database.conn.executemany("INSERT INTO unindexed VALUES (?)", ((seq,) for seq in seqs))
    # Replies have no anchor: half of the columns.
    replies = [one for one in received if one.said.parent is not None]
    for some in ([one for one in received if one.said.parent is None], replies):
        if some:
            columns = _columns(some, mine)
            wanted = [name for name in columns if columns[name].count(_DEFAULTS.get(name)) < len(some)]
            sql = f"INSERT INTO annotation (seq, {_named(wanted)}) VALUES (?{', ?' * len(wanted)})"  # noqa: S608
            database.conn.executemany(sql, zip(count(first), *(columns[name] for name in wanted), strict=False))
            first += len(some)


def update_received(database: Database, received: Sequence[Received], mine: str) -> None:
    """Store newer versions of annotations that are here; one that was deleted and is another's is unread again."""
    columns = _columns(received, mine)
    unread = columns.pop("unread")
    sql = (
        f"UPDATE annotation SET ({_named(columns)}) = ({', '.join('?' * len(columns))}),"  # noqa: S608
        " unread = max(unread, deleted IS NOT NULL AND ?), deleted = NULL WHERE id = ?"
    )
    database.conn.executemany(sql, zip(*columns.values(), unread, columns["id"], strict=True))


def store_reactions(database: Database, received: Iterable[tuple[Reaction, str, str]]) -> None:
    """Store reactions with their devices and digests, in place of older versions."""
    sql = (
        "INSERT INTO reaction (id, target, kind, person, author, audience, created, updated, clock, device, digest)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET author = excluded.author,"
        " audience = excluded.audience, created = excluded.created, updated = excluded.updated, deleted = NULL,"
        " clock = excluded.clock, device = excluded.device, digest = excluded.digest"
    )
    database.conn.executemany(
        sql,
        (
            (one.id, one.target, one.kind, one.person, one.author, one.audience, one.created, one.updated, one.clock,
             device, digest)
            for one, device, digest in received
        ),
    )  # fmt: skip


def end_received(database: Database, ended: Sequence[tuple[str, int, str, str, str]]) -> None:
    """Put away annotations and reactions whose authors say so: moment, clock, device, digest, id."""
    for table in ("annotation", "reaction"):
        sql = (
            f"UPDATE {table} SET deleted = ?1, updated = max(updated, ?1), clock = ?2, device = ?3, digest = ?4"  # noqa: S608
            " WHERE id = ?5"
        )
        database.conn.executemany(sql, ended)


def keep_versions(database: Database, lost: Iterable[Annotation]) -> None:
    """Keep versions that do not stand, where they say something else than the one that does."""
    sql = (
        "INSERT OR IGNORE INTO annotation_version SELECT id, ?, ?, ?, ?, ? FROM annotation"
        " WHERE id = ? AND (kind, body, tags, colour) != (?, ?, ?, ?)"
    )
    rows = []
    for one in lost:
        said = (one.kind, one.body, _json(one.tags), one.colour)
        rows.append((one.updated, *said, one.id, *said))
    database.conn.executemany(sql, rows)


def keep_standing(database: Database, ids: Iterable[str]) -> None:
    """Keep what annotations say now, before a newer version takes its place."""
    sql = (
        "INSERT OR IGNORE INTO annotation_version SELECT id, updated, kind, body, tags, colour FROM annotation"
        " WHERE id IN (SELECT value FROM json_each(?)) AND deleted IS NULL"
    )
    database.execute(sql, [_json(ids)])


def forget_same_versions(database: Database, ids: Iterable[str]) -> None:
    """Let go of versions that say just what stands."""
    sql = (
        "DELETE FROM annotation_version WHERE annotation IN (SELECT value FROM json_each(?)) AND EXISTS (SELECT 1 FROM"
        " annotation WHERE id = annotation_version.annotation AND updated = annotation_version.updated)"
    )
    database.execute(sql, [_json(ids)])


def mark_stale(database: Database, ids: Iterable[str]) -> None:
    """The conversations that some annotations, or reactions to them, are in or begin wait to be told of anew."""
    sql = """
    INSERT OR IGNORE INTO stale_thread
    SELECT root FROM annotation WHERE id IN (SELECT value FROM json_each(:ids))
    UNION SELECT id FROM thread WHERE id IN (SELECT value FROM json_each(:ids))
    """
    database.execute(sql, {"ids": _json(ids)})


def mark_stale_roots(database: Database, roots: Iterable[str]) -> None:
    """Some conversations wait to be told of anew."""
    database.execute("INSERT OR IGNORE INTO stale_thread SELECT value FROM json_each(?)", [_json(roots)])


def targets_of(database: Database, reactions: Iterable[str]) -> list[str]:
    """The annotations that some reactions are to."""
    sql = "SELECT DISTINCT target FROM reaction WHERE id IN (SELECT value FROM json_each(?))"
    return [str(row[0]) for row in database.execute(sql, [_json(reactions)])]


class Link(NamedTuple):
    """Where a live reply hangs: its parent, and its root as stored and as its author says."""

    parent: str | None
    root: str
    claimed: str


def misplaced(database: Database, ids: Sequence[str]) -> list[str]:
    """Those among some annotations, and among what hangs on them, whose stored root may not be that of what they hang
    on.
    """
    wanted = {"ids": _json(ids)}
    sql = """
    WITH chosen AS MATERIALIZED (SELECT value AS id FROM json_each(:ids))
    SELECT reply.id FROM chosen JOIN annotation reply ON reply.id = chosen.id
    LEFT JOIN annotation parent ON parent.id = reply.parent AND parent.deleted IS NULL
    WHERE reply.parent IS NOT NULL AND reply.deleted IS NULL AND (parent.root != reply.root OR (parent.id IS NULL
      AND EXISTS (SELECT 1 FROM annotation root WHERE root.id = reply.root AND root.root != root.id)))
    UNION
    SELECT reply.id FROM chosen JOIN annotation one ON one.id = chosen.id JOIN annotation reply ON reply.parent = one.id
    WHERE reply.deleted IS NULL AND (one.deleted IS NOT NULL OR reply.root != one.root)
    UNION
    SELECT reply.id FROM chosen JOIN annotation one ON one.id = chosen.id AND one.parent IS NOT NULL
    JOIN annotation reply ON reply.root = one.id AND reply.deleted IS NULL
    UNION
    SELECT claimed_root.id FROM chosen JOIN claimed_root ON claimed_root.root = chosen.id
    """
    return [str(row[0]) for row in database.execute(sql, wanted)]


def all_misplaced(database: Database) -> list[str]:
    """Those among all annotations whose stored root may not be that of what they hang on."""
    sql = """
    SELECT reply.id FROM annotation reply LEFT JOIN annotation parent ON parent.id = reply.parent
      AND parent.deleted IS NULL
    WHERE reply.parent IS NOT NULL AND reply.deleted IS NULL AND (parent.root != reply.root OR (parent.id IS NULL
      AND EXISTS (SELECT 1 FROM annotation root WHERE root.id = reply.root AND root.root != root.id)))
    UNION SELECT id FROM claimed_root
    """
    return [str(row[0]) for row in database.execute(sql)]


def links(database: Database, ids: Iterable[str]) -> dict[str, Link]:
    """Where live annotations hang, by id."""
    sql = (
        "SELECT annotation.id, parent, annotation.root, coalesce(claimed_root.root, annotation.root) FROM annotation"
        " LEFT JOIN claimed_root USING (id)"
        " WHERE annotation.id IN (SELECT value FROM json_each(?)) AND deleted IS NULL"
    )
    return {id: Link(*rest) for id, *rest in database.execute(sql, [_json(ids)])}


def forget_claims(database: Database, ids: Iterable[str]) -> None:
    """Newer versions of these are stored: what their authors said before of where they belong counts no more."""
    database.execute("DELETE FROM claimed_root WHERE id IN (SELECT value FROM json_each(?))", [_json(ids)])


def move(database: Database, roots: Mapping[str, tuple[str, str]]) -> None:
    """Let replies belong to other conversations: by id, the root they have now and the one their author says."""
    rows = [(root, id) for id, (root, _) in roots.items()]
    database.conn.executemany("UPDATE annotation SET root = ? WHERE id = ?", rows)
    claims = [(id, claimed) for id, (_, claimed) in roots.items()]
    database.conn.executemany("INSERT OR REPLACE INTO claimed_root VALUES (?, ?)", claims)


def _columns(received: Sequence[Received], mine: str) -> dict[str, list[Any]]:
    """What stands in each column of the table, by its name; what others said is unread."""
    said = [one.said for one in received]
    columns = {name: [*map(attrgetter(name), said)] for name in Annotation.__struct_fields__}
    for name in ("tags", "quads", "region"):
        columns[name] = [msgspec.json.encode(one).decode() if one else "[]" for one in columns[name]]
    columns["unread"] = [person != mine for person in columns["person"]]
    return columns | {"device": [one.device for one in received], "digest": [one.digest for one in received]}


def _named(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _json(values: Iterable[str]) -> str:
    return msgspec.json.encode(list(values)).decode()
