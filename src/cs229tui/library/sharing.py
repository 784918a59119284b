"""What of hers a group has not got yet, and what it must be told is no more: notes and what answers them never go."""

from typing import Any

import msgspec

from cs229tui.library.annotations import Annotation, annotations_where
from cs229tui.library.database import Database, writing
from cs229tui.library.hybrid_clock import tick
from cs229tui.library.reactions import Reaction


class Withdrawn(msgspec.Struct, frozen=True):
    """Something of hers that a group has and is to have no more: deleted, made a note, or taken out of the group."""

    id: str
    author: str
    created: str
    deleted: str
    clock: int
    body: str = ""


# Hers, for this group, and not below a note of hers, nor below what only she sees.
_SHARED = """
said.person = (SELECT id FROM person WHERE mine = 1) AND said.audience = :group AND said.kind != 'note'
AND said.deleted IS NULL AND NOT EXISTS (SELECT 1 FROM annotation root WHERE root.id = said.root AND root.id != said.id
  AND (root.kind = 'note' OR root.audience != said.audience))
"""
_NEWER = (
    "NOT EXISTS (SELECT 1 FROM published"
    " WHERE published.audience = :group AND published.id = said.id AND published.clock >= said.clock)"
)


def shared_annotations(database: Database, group: str) -> list[Annotation]:
    """Annotations of hers that are for a group and that it has not, or in an older version; oldest first."""
    sql = f"SELECT said.id FROM annotation said WHERE {_SHARED} AND {_NEWER} AND said.device = ''"  # noqa: S608
    ids = [str(row["id"]) for row in database.query(sql, {"group": group})]
    where = "id IN (SELECT value FROM json_each(?)) ORDER BY clock, id"
    return annotations_where(database, where, [msgspec.json.encode(ids).decode()])


def shared_reactions(database: Database, group: str) -> list[Reaction]:
    """Reactions of hers that are for a group and that it has not; oldest first."""
    sql = f"""
    SELECT target, kind, person, author, audience, created, updated, clock FROM reaction said
    WHERE person = (SELECT id FROM person WHERE mine = 1) AND audience = :group AND deleted IS NULL AND device = ''
      AND {_NEWER} AND NOT EXISTS (
        SELECT 1 FROM annotation target JOIN annotation root ON root.id = target.root
        WHERE target.id = said.target AND (root.kind = 'note' OR root.audience = ''))
    ORDER BY clock, id
    """  # noqa: S608
    return [Reaction(**row) for row in database.query(sql, {"group": group})]


def withdrawn(database: Database, group: str) -> list[Withdrawn]:
    """What of hers a group has and is to have no more."""
    sql = f"""
    SELECT said.id, said.author, said.created, coalesce(said.deleted, said.updated) AS deleted, said.clock, said.body
    FROM published JOIN annotation said ON said.id = published.id
    WHERE published.audience = :group AND published.gone = 0 AND said.clock > published.clock
      AND said.person = (SELECT id FROM person WHERE mine = 1) AND NOT ({_SHARED})
    UNION ALL
    SELECT said.id, said.author, said.created, said.deleted, said.clock, ''
    FROM published JOIN reaction said ON said.id = published.id
    WHERE published.audience = :group AND published.gone = 0 AND said.deleted IS NOT NULL
      AND said.clock > published.clock
    ORDER BY said.clock
    """  # noqa: S608
    return [Withdrawn(**row) for row in database.query(sql, {"group": group})]


def make_private(database: Database, group: str) -> None:
    """What she answered to something that has become a note since is private with it, from now on."""
    sql = (
        "SELECT said.id FROM annotation said JOIN annotation root ON root.id = said.root AND root.id != said.id"
        " WHERE said.person = (SELECT id FROM person WHERE mine = 1) AND said.audience = ?"
        " AND (root.kind = 'note' OR root.audience != said.audience) AND root.person = said.person"
    )
    ids: list[Any] = [row["id"] for row in database.query(sql, [group])]
    if not ids:
        return
    with writing(database):
        for id in ids:
            database.execute(
                "UPDATE annotation SET audience = '', clock = ?, device = '', digest = '' WHERE id = ?",
                [tick(database), id],
            )
