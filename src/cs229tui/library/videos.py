"""What is remembered of each video: the file it is watched from, where it was left, and how long it is."""

from typing import Any

import msgspec
from msgspec import structs

from cs229tui.clock import timestamp
from cs229tui.library.database import Database, writing


class VideoState(msgspec.Struct, frozen=True):
    """`file` is a path on the student's disk, empty where there is none; `position` and `length` are in seconds."""

    reading: str
    file: str = ""
    position: float | None = None
    length: float | None = None
    updated: str = ""


def video_state(database: Database, reading: str) -> VideoState:
    """What is remembered of one video; nothing yet where it was never watched."""
    rows = list(database.query("SELECT * FROM video WHERE reading = ?", [reading]))
    return VideoState(**rows[0]) if rows else VideoState(reading)


def update_video(database: Database, reading: str, **changes: Any) -> VideoState:
    """Change some of what is remembered; returns what it was before."""
    with writing(database) as tables:
        before = video_state(database, reading)
        after = structs.replace(before, **changes, updated=timestamp())
        tables.table("video").upsert(structs.asdict(after), pk="reading")
    return before
