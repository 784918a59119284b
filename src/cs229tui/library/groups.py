"""The joined_group table: the groups she is in, and the one that what she writes goes to."""

import msgspec

from cs229tui.library.database import Database


class JoinedGroup(msgspec.Struct, frozen=True):
    """A group she is in. `folder` is where it lies on this machine, `carrier` what brings it to the others; `current`
    says that what she writes goes there; `synced` is when it was last brought up to date.
    """

    id: str
    name: str
    folder: str
    carrier: str
    current: bool = False
    joined: str = ""
    synced: str | None = None


def joined_groups(database: Database) -> list[JoinedGroup]:
    """The groups she is in, the current one first."""
    sql = "SELECT * FROM joined_group ORDER BY current DESC, joined"
    return [JoinedGroup(**(row | {"current": bool(row["current"])})) for row in database.query(sql)]


def audience_now(database: Database) -> str:
    """The group that what she writes is shared with; empty for none."""
    row = database.execute("SELECT id FROM joined_group WHERE current = 1").fetchone()
    return str(row[0]) if row else ""
