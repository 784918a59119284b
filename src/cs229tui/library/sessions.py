"""Sessions: how long, when and on which pages the student actively read, or watched."""

import uuid

import msgspec

from cs229tui.library.database import Database, writing


class Session(msgspec.Struct):
    """One sitting with one reading; `pages` maps a page number of `document` (a SHA-256) to active seconds. What has no
    pages, as a video, counts them under 0.
    """

    reading: str
    started: str
    ended: str
    pages: dict[int, float] = {}
    document: str | None = None
    id: str = msgspec.field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def seconds(self) -> float:
        """Active seconds in all."""
        return sum(self.pages.values())


def save_session(database: Database, session: Session) -> None:
    """Store a session; called again while it goes on, so that a crash loses little."""
    row = msgspec.structs.asdict(session) | {
        "seconds": session.seconds,
        "pages": {page: round(seconds, 1) for page, seconds in session.pages.items()},
    }
    with writing(database) as tables:
        tables.table("session").upsert(row, pk="id")


def sessions(database: Database, since: str = "", reading: str | None = None) -> list[Session]:
    """The sessions that started at `since` (UTC ISO 8601) or later, oldest first."""
    where, values = (" AND reading = ?", [since, reading]) if reading else ("", [since])
    return [
        Session(
            row["reading"],
            row["started"],
            row["ended"],
            {int(page): seconds for page, seconds in msgspec.json.decode(row["pages"]).items()},
            row["document"],
            row["id"],
        )
        for row in database.query(f"SELECT * FROM session WHERE started >= ?{where} ORDER BY started", values)  # noqa: S608
    ]


def seconds_by_reading(database: Database) -> dict[str, float]:
    """Active seconds in all, by reading id."""
    return {
        row["reading"]: row["seconds"]
        for row in database.query("SELECT reading, sum(seconds) AS seconds FROM session GROUP BY reading")
    }
