"""What one says of another's words without words: an upvote, "I have this question too", "this answers my question"."""

from cs229tui.errors import UsageError
from cs229tui.library.annotations import Annotation, annotation
from cs229tui.library.database import Database, writing
from cs229tui.library.people import me
from cs229tui.library.reactions import ReactionKind, reactions_to, set_reaction


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
