"""A hybrid logical clock: wall time in milliseconds that never goes back and never falls behind what others wrote."""

from cs229tui.clock import now
from cs229tui.library.database import Database

AHEAD = 24 * 3600 * 1000
"""A moment further ahead of our own time than this many milliseconds comes from a clock that is wrong."""


def tick(database: Database) -> int:
    """The moment of a change that is being written, later than every one known; within a transaction."""
    wall = round(now().timestamp() * 1000)
    sql = "UPDATE hybrid_clock SET latest = max(latest + 1, ?) RETURNING latest"
    return int(database.execute(sql, [wall]).fetchone()[0])


def witness(database: Database, latest: int) -> None:
    """Take note of the latest moment others wrote at; one far ahead of our own time is not believed."""
    wall = round(now().timestamp() * 1000)
    if latest <= wall + AHEAD:
        database.execute("UPDATE hybrid_clock SET latest = max(latest, ?)", [latest])
