"""The student becoming, on this device, the person that she is on another."""

from cs229tui.errors import UsageError
from cs229tui.library.database import Database, writing
from cs229tui.library.people import me


def become(database: Database, person: str) -> None:
    """Let her be that person; raises `UsageError` where she has written something here, whose ids name who she was."""
    with writing(database):
        before = me(database)
        if before == person:
            return
        for table in ("annotation", "reaction"):
            sql = f"SELECT count(*) FROM {table} WHERE person = ? AND deleted IS NULL"  # noqa: S608
            if database.execute(sql, [before]).fetchone()[0]:
                raise UsageError(
                    "You have written on this device already, as somebody else.",
                    "Be the same person before you write: on a new device, import who you are first.",
                )
        database.execute("DELETE FROM person WHERE id = ?", [person])
        database.execute("UPDATE person SET id = ?, key = '' WHERE mine = 1", [person])
