"""Which key each person's words are signed with, as it was when it was first seen or as the student said since."""

from collections.abc import Iterable

import msgspec

from cs229tui.library.database import Database, writing


def trusted_keys(database: Database) -> dict[str, str]:
    """The key of everybody who has one, base64, by the person's id."""
    return {row["id"]: row["key"] for row in database.query("SELECT id, key FROM person WHERE key != ''")}


def trust_key(database: Database, person: str, key: str, instead: bool = False) -> None:
    """Trust the first key that was seen of a person, or, `instead` of the one there is, another; empty for none."""
    sql = "INSERT INTO person (id, key) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET key = excluded.key"
    with writing(database):
        database.execute(sql if instead else f"{sql} WHERE key = ''", [person, key])


def forget_aside(database: Database, person: str) -> None:
    """Let go of the lines of a person that were not applied, and of how far that person's files were read."""
    with writing(database):
        database.execute("DELETE FROM put_aside WHERE person = ?", [person])
        database.execute("DELETE FROM group_file WHERE path >= ? AND path < ?", [f"{person}/", f"{person}0"])


def aside_of(database: Database, person: str) -> list[tuple[str, str, str]]:
    """The group, digest and words of each line of a person that was not applied, the newest first."""
    sql = "SELECT audience, digest, line FROM put_aside WHERE person = ? ORDER BY seen DESC, digest"
    return [(row["audience"], row["digest"], row["line"]) for row in database.query(sql, [person])]


def forget_aside_lines(database: Database, digests: Iterable[str]) -> None:
    """Let go of lines that were not applied, and need not be."""
    with writing(database):
        database.execute(
            "DELETE FROM put_aside WHERE digest IN (SELECT value FROM json_each(?))",
            [msgspec.json.encode(list(digests)).decode()],
        )
