"""Which lectures the student attended or watched, and whose slides she read."""

import msgspec

from cs229tui.clock import timestamp
from cs229tui.library.database import Database, writing


class LectureState(msgspec.Struct, frozen=True):
    """What the student did with one lecture."""

    lecture: int
    attended: bool = False
    watched: bool = False
    slides_read: bool = False


def lecture_states(database: Database, course: str) -> dict[int, LectureState]:
    """All recorded lecture states of a course, by lecture number."""
    rows = database.query(
        "SELECT lecture, attended, watched, slides_read FROM lecture_state WHERE course = ?", [course]
    )
    return {
        row["lecture"]: LectureState(
            row["lecture"], bool(row["attended"]), bool(row["watched"]), bool(row["slides_read"])
        )
        for row in rows
    }


def update_lecture(database: Database, course: str, lecture: int, **changes: bool) -> LectureState:
    """Change some fields of a lecture's state; returns the state as it was before, for undo."""
    with writing(database) as tables:
        before = lecture_states(database, course).get(lecture, LectureState(lecture))
        after = msgspec.structs.replace(before, **changes)
        row = msgspec.structs.asdict(after) | {"course": course, "updated": timestamp()}
        tables.table("lecture_state").upsert(row, pk=("course", "lecture"))
    return before
