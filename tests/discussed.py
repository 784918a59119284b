"""A discussion on the small paper, or on any: what others say, and what they vote."""

from cs229tui.annotations.make import annotate_moment, annotate_quote, annotate_reading, annotate_topic, reply
from cs229tui.library.annotations import Annotation, store_annotation
from cs229tui.library.database import Database, writing
from cs229tui.library.people import meet
from cs229tui.library.reactions import reaction_id, roots_of
from cs229tui.library.threads import refresh_threads

GROUP = "6f1d2c3e-8a44-4c57-9d10-2b7a7d4f0c11"
WHEN = "2023-02-13T10:00:00.000Z"


def by(database: Database, one: Annotation, who: str, written: str = "") -> Annotation:
    """The same, written by somebody else."""
    from msgspec.structs import replace

    meet(database, who, who)
    when = written or one.created
    return store_annotation(database, replace(one, person=who, author=who, audience=GROUP, created=when, updated=when))


def asked(
    database: Database,
    reading: str,
    quote: str,
    who: str,
    body: str = "Why?",
    page: int | None = None,
    written: str = "",
) -> Annotation:
    """A question of somebody's about a passage."""
    made = annotate_quote(database, reading, quote, page, "question", body, author=who)
    return by(database, made, who, written)


def moment_asked(database: Database, reading: str, second: float, who: str) -> Annotation:
    """A question of somebody's about a moment of a video."""
    return by(database, annotate_moment(database, reading, second, "question", "Why now?", author=who), who)


def whole_asked(database: Database, reading: str, who: str) -> Annotation:
    """A question of somebody's about a whole reading."""
    return by(database, annotate_reading(database, reading, "question", "Why at all?", author=who), who)


def topic_asked(database: Database, lecture: int, topic: str, who: str) -> Annotation:
    """A question of somebody's about a topic of a lecture."""
    return by(database, annotate_topic(database, lecture, topic, "question", "Is it in the exam?", author=who), who)


def replied(database: Database, to: Annotation, who: str, written: str = "") -> Annotation:
    """Somebody's reply."""
    return by(database, reply(database, to.id, "Because.", author=who), who, written)


def voted(database: Database, to: Annotation, kind: str, who: str, created: str = WHEN) -> None:
    """Somebody's reaction."""
    with writing(database) as tables:
        row = {
            "id": reaction_id(to.id, who, kind),  # type: ignore[arg-type]
            "target": to.id,
            "kind": kind,
            "person": who,
            "author": who,
            "audience": GROUP,
            "created": created,
            "updated": created,
            "deleted": None,
        }
        tables.table("reaction").upsert(row, pk="id")
        refresh_threads(database, roots_of(database, [to.id]))
