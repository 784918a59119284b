"""What an export holds, gathered once for all formats: what was said, in order, the votes, and what it said before."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cs229tui.amounts import counted
from cs229tui.annotations.threads import threads
from cs229tui.course.model import Reading
from cs229tui.library.annotations import Annotation, Version, annotations_of, counts, versions_of
from cs229tui.library.database import Database
from cs229tui.library.reactions import Reaction, ReactionKind, reactions_to


@dataclass(frozen=True)
class Contents:
    """Annotations and replies in the order of the readings and of their texts, with the reactions to them, what they
    said before they were edited (by their ids), and the readings they are on (by theirs).
    """

    annotations: tuple[Annotation, ...]
    reactions: tuple[Reaction, ...]
    versions: Mapping[str, Sequence[Version]]
    readings: Mapping[str, Reading]

    @cached_property
    def _votes(self) -> Counter[tuple[str, ReactionKind]]:
        return Counter((one.target, one.kind) for one in self.reactions)

    @cached_property
    def answers(self) -> frozenset[str]:
        """The replies that whoever asked says are the answer."""
        every = {one.id: one for one in self.annotations}
        return frozenset(
            one.target
            for one in self.reactions
            if one.kind == "answer"
            and (target := every.get(one.target)) is not None
            and (root := every.get(target.root)) is not None
            and root.person == one.person
        )

    def votes(self, one: Annotation, kind: ReactionKind) -> int:
        """How many people said that of an annotation."""
        return self._votes[one.id, kind]

    def on(self, reading: str) -> tuple[Annotation, ...]:
        """What was said on one reading; of the empty name, on lectures."""
        return tuple(one for one in self.annotations if one.reading == reading)


def byline(one: Annotation, held: Contents) -> str:
    """Who said it and when, what others say of it without words, and its tags, in a line."""
    ups, too = held.votes(one, "upvote"), held.votes(one, "me-too")
    facts = [
        f"— {one.author}",
        one.created[:10],
        counted(ups, "upvote") if ups else "",
        f"{too} asked too" if too else "",
        "the answer" if one.id in held.answers else "",
        " ".join(f"#{tag}" for tag in one.tags),
    ]
    return " · ".join(fact for fact in facts if fact)


def contents(
    database: Database, readings: Mapping[str, Reading], only: Sequence[str] = (), private: bool = False
) -> Contents:
    """What was said on the readings `only` names, or on all and on lectures; private notes only where asked for."""
    marked = counts(database)
    # In the order of the course; then what is no longer in it but was written on; lectures last.
    known = [id for id in readings if id in marked]
    order = only or [*known, *sorted(id for id in marked if id and id not in readings), ""]
    every = [thread for id in order for thread in threads(annotations_of(database, id))]
    found = [one for thread in every for one in thread.annotations]
    if not private:
        hidden = {one.id for one in found if one.kind == "note"}
        found = [one for one in found if one.root not in hidden]
    ids = [one.id for one in found]
    return Contents(tuple(found), tuple(reactions_to(database, ids)), versions_of(database, ids), readings)
