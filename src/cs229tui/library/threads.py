"""The thread table: a row for every conversation, made of annotations and reactions, so that lists are quick."""

from collections.abc import Iterable
from typing import Any

import msgspec

from cs229tui.library.database import Database


class ThreadFacts(msgspec.Struct, frozen=True):
    """A conversation in a row. `id` is its root's; `kind` is empty where the root is gone or has not arrived yet.

    `mine` says that the student wrote in it, `answers` counts the replies the asker marked, `upvotes` and `unread`
    count in all of it, `latest` is when something was last said or changed.
    """

    id: str
    reading: str
    lecture: int | None
    page: int | None
    start: int | None
    second: float | None
    kind: str
    person: str
    mine: bool
    resolved: bool
    replies: int
    upvotes: int
    me_too: int
    answers: int
    unread: int
    created: str
    latest: str

    @property
    def open(self) -> bool:
        """Whether it is a question that waits for its answer."""
        return self.kind == "question" and not self.answers and not self.resolved


def thread_facts(row: dict[str, Any]) -> ThreadFacts:
    """A row of the table as facts."""
    return ThreadFacts(**(row | {"mine": bool(row["mine"]), "resolved": bool(row["resolved"])}))


def refresh_threads(database: Database, ids: Iterable[str]) -> None:
    """Make the rows of some conversations anew; within the transaction that changed them."""
    wanted = msgspec.json.encode(sorted(set(ids))).decode()
    database.execute("DELETE FROM thread WHERE id IN (SELECT value FROM json_each(?))", [wanted])
    database.execute(_MADE, {"ids": wanted})


_MADE = """
WITH chosen AS MATERIALIZED (SELECT value AS id FROM json_each(:ids)),
said AS MATERIALIZED (
  SELECT one.root, one.id, one.reading, one.lecture, one.person, one.unread, one.created, one.updated
  FROM chosen JOIN annotation one ON one.root = chosen.id AND one.deleted IS NULL
),
voted AS MATERIALIZED (
  SELECT said.root, sum(reaction.kind = 'upvote') AS upvotes, sum(reaction.kind = 'me-too') AS me_too,
    sum(reaction.kind = 'answer' AND reaction.person = root.person) AS answers, max(reaction.updated) AS latest
  FROM said JOIN reaction ON reaction.target = said.id AND reaction.deleted IS NULL
  LEFT JOIN annotation root ON root.id = said.root AND root.deleted IS NULL
  GROUP BY said.root
),
together AS MATERIALIZED (
  SELECT root AS id, min(reading) AS reading, min(lecture) AS lecture, count(*) AS said, sum(unread) AS unread,
    max(person = (SELECT id FROM person WHERE mine = 1)) AS mine, min(created) AS created, max(updated) AS updated
  FROM said GROUP BY root
)
INSERT INTO thread
SELECT together.id, coalesce(root.reading, together.reading), coalesce(root.lecture, together.lecture), root.page,
  root.start, root.second, coalesce(root.kind, ''), coalesce(root.person, ''), together.mine,
  coalesce(root.resolved, 0), together.said - (root.id IS NOT NULL), coalesce(voted.upvotes, 0),
  coalesce(voted.me_too, 0), coalesce(voted.answers, 0), together.unread, together.created,
  max(together.updated, coalesce(voted.latest, ''))
FROM together LEFT JOIN annotation root ON root.id = together.id AND root.deleted IS NULL
LEFT JOIN voted ON voted.root = together.id
"""
