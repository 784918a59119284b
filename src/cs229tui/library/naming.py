"""What can be named in what one writes: the titles of notes, the people met, the tags used before."""

from cs229tui.library.database import Database

# Tags of more annotations than this would be of no help, and long to look through.
_LATEST = 5_000


def note_titles(database: Database) -> dict[str, str]:
    """The notes' titles by id, newest first."""
    sql = "SELECT id, title FROM note WHERE deleted IS NULL ORDER BY updated DESC"
    return {row["id"]: row["title"] for row in database.query(sql)}


def people_met(database: Database) -> list[str]:
    """The names of the others, by when something of theirs came last."""
    sql = "SELECT DISTINCT name FROM person WHERE mine = 0 AND name != '' ORDER BY seen DESC"
    return [str(row["name"]) for row in database.query(sql)]


def tags_used(database: Database) -> list[str]:
    """The tags of the latest annotations, the most used first."""
    sql = (
        "SELECT value AS tag, count(*) AS n FROM"
        " (SELECT tags FROM annotation WHERE deleted IS NULL ORDER BY seq DESC LIMIT ?) latest, json_each(latest.tags)"
        " GROUP BY value ORDER BY n DESC, value LIMIT 500"
    )
    return [str(row["tag"]) for row in database.query(sql, [_LATEST])]
