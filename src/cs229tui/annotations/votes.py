"""What one says of another's words without words: an upvote, "I have this question too", "this answers my question"."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cs229tui.errors import UsageError
from cs229tui.library.annotations import Annotation, annotation
from cs229tui.library.database import Database, writing
from cs229tui.library.people import me
from cs229tui.library.reactions import Reaction, ReactionKind, persons_of, reactions_to, set_reaction


@dataclass(frozen=True)
class Votes:
    """What was said of one annotation: how many upvotes and "me too", whether the asker marked it as the `answer`, and
    what of all this is her own (`mine`).
    """

    upvotes: int = 0
    me_too: int = 0
    answer: bool = False
    mine: frozenset[ReactionKind] = field(default_factory=frozenset)


def votes_on(database: Database, annotations: Sequence[Annotation]) -> dict[str, Votes]:
    """What was said of some annotations, by id; those of which nothing was said are left out."""
    by_id = {one.id: one for one in annotations}
    given: dict[str, list[Reaction]] = {}
    for reaction in reactions_to(database, list(by_id)):
        given.setdefault(reaction.target, []).append(reaction)
    if not given:
        return {}
    mine = me(database)
    askers = {one.id: one.person for one in annotations}
    wanted = {by_id[id].root for id, said in given.items() if any(one.kind == "answer" for one in said)}
    askers |= persons_of(database, [root for root in wanted if root not in askers])
    return {
        id: Votes(
            sum(one.kind == "upvote" for one in said),
            sum(one.kind == "me-too" for one in said),
            any(one.kind == "answer" and one.person == askers.get(by_id[id].root) for one in said),
            frozenset(one.kind for one in said if one.person == mine),
        )
        for id, said in given.items()
    }


def vote(database: Database, id: str, kind: ReactionKind, on: bool | None = None, *, author: str) -> bool:
    """Give or take back a reaction to an annotation, or turn it round where `on` is left out; returns whether it
    stands now. Raises `UsageError` where it has no sense, `NotFoundError`.
    """
    with writing(database):
        target = annotation(database, id)
        _refuse(database, target, kind)
        mine = me(database)
        stood = any(one.kind == kind and one.person == mine for one in reactions_to(database, [target.id]))
        wanted = not stood if on is None else on
        set_reaction(database, target.id, kind, wanted, author=author, audience=target.audience)
    return wanted


def _refuse(database: Database, target: Annotation, kind: ReactionKind) -> None:
    own = target.person == me(database)
    if kind == "upvote" and own:
        raise UsageError("You wrote this yourself.", "Upvotes are for what others wrote.")
    if kind == "me-too" and target.kind != "question":
        raise UsageError("Only a question can be one you have too.", "Upvote it instead.")
    if kind == "me-too" and own:
        raise UsageError("You asked this yourself.", "Others may say that they have the question too.")
    if kind == "answer":
        if target.kind != "reply":
            raise UsageError("Only a reply can be the answer.", "Choose the reply that answers your question.")
        root = annotation(database, target.root)
        if root.kind != "question" or root.person != me(database):
            raise UsageError("Only who asked can say what the answer is.", "Upvote it instead.")
