"""The rating table: what the student thinks of what she wrote, 0 to 2 points each. It is hers and never leaves."""

from collections.abc import Sequence

import msgspec

from cs229tui.clock import timestamp
from cs229tui.errors import UsageError
from cs229tui.library.database import Database, writing

MOST_POINTS = 2


def ratings(database: Database, annotations: Sequence[str]) -> dict[str, int]:
    """The points she gave, by annotation id; what she did not rate is not in it."""
    sql = "SELECT annotation, points FROM rating WHERE annotation IN (SELECT value FROM json_each(?))"
    rows = database.query(sql, [msgspec.json.encode(annotations).decode()])
    return {row["annotation"]: row["points"] for row in rows}


def rate(database: Database, annotation: str, points: int | None) -> int | None:
    """Give one of her annotations 0 to 2 points, or none again; returns what it had before. Raises `UsageError`."""
    if points is not None and not 0 <= points <= MOST_POINTS:
        raise UsageError(f"{points} is no rating.", "Give 0, 1 or 2 points.")
    with writing(database) as tables:
        before = ratings(database, [annotation]).get(annotation)
        if points is None:
            tables.table("rating").delete_where("annotation = ?", [annotation])
        else:
            row = {"annotation": annotation, "points": points, "updated": timestamp()}
            tables.table("rating").upsert(row, pk="annotation")
    return before
