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
voted AS MATERIALIZED (
  SELECT said.root, sum(reaction.kind = 'upvote') AS upvotes, sum(reaction.kind = 'me-too') AS me_too,
    sum(reaction.kind = 'answer' AND reaction.person = root.person) AS answers, max(reaction.updated) AS latest
  FROM chosen JOIN annotation said ON said.root = chosen.id AND said.deleted IS NULL
  JOIN reaction ON reaction.target = said.id AND reaction.deleted IS NULL
  LEFT JOIN annotation root ON root.id = said.root AND root.deleted IS NULL
  GROUP BY said.root
)
INSERT INTO thread
SELECT said.root, coalesce(root.reading, min(said.reading)), coalesce(root.lecture, min(said.lecture)), root.page,
  root.start, root.second, coalesce(root.kind, ''), coalesce(root.person, ''),
  max(said.person = (SELECT id FROM person WHERE mine = 1)), coalesce(root.resolved, 0),
  count(*) - (root.id IS NOT NULL), coalesce(voted.upvotes, 0), coalesce(voted.me_too, 0), coalesce(voted.answers, 0),
  sum(said.unread), min(said.created), max(max(said.updated), coalesce(voted.latest, ''))
FROM chosen JOIN annotation said ON said.root = chosen.id AND said.deleted IS NULL
LEFT JOIN annotation root ON root.id = said.root AND root.deleted IS NULL
LEFT JOIN voted ON voted.root = said.root
GROUP BY said.root
"""
