"""The follow table: the conversations she follows by her choice; without one she follows those she wrote in."""

from cs229tui.clock import timestamp
from cs229tui.library.database import Database, writing

FOLLOWED = "coalesce((SELECT followed FROM follow WHERE follow.thread = thread.id), thread.mine)"
"""For queries over `thread`: 1 where she follows it."""


def is_followed(database: Database, thread: str) -> bool:
    """Whether she follows the conversation that begins with that annotation."""
    row = database.execute(f"SELECT {FOLLOWED} FROM thread WHERE id = ?", [thread]).fetchone()  # noqa: S608
    return bool(row and row[0])


def choice(database: Database, thread: str) -> bool | None:
    """What she chose; None where she chose nothing."""
    row = database.execute("SELECT followed FROM follow WHERE thread = ?", [thread]).fetchone()
    return None if row is None else bool(row[0])


def follow(database: Database, thread: str, chosen: bool | None) -> bool | None:
    """Follow a conversation, no longer follow it, or (None) leave it to whether she wrote in it; returns what she had
    chosen before, for undo.
    """
    with writing(database) as tables:
        before = choice(database, thread)
        if chosen is None:
            tables.table("follow").delete_where("thread = ?", [thread])
        else:
            row = {"thread": thread, "followed": int(chosen), "updated": timestamp()}
            tables.table("follow").upsert(row, pk="thread")
    return before
