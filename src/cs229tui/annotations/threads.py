"""Annotations and their replies as conversations."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from cs229tui.library.annotations import Annotation


@dataclass(frozen=True)
class Reply:
    """A reply at its `depth` in the thread, from 1."""

    annotation: Annotation
    depth: int


@dataclass(frozen=True)
class Thread:
    """A conversation: its `root`, none where that is gone or never arrived, and the replies in reading order."""

    id: str
    root: Annotation | None
    replies: tuple[Reply, ...]

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """Everything said, the root first."""
        said = tuple(reply.annotation for reply in self.replies)
        return (self.root, *said) if self.root else said


def threads(annotations: Iterable[Annotation]) -> list[Thread]:
    """The conversations among these, by the place of their roots; those whose root is missing last.

    Replies follow what they answer, oldest first. A circle of replies, which only damaged data has, is cut open.
    """
    every = {one.id: one for one in annotations}
    children: dict[str, list[Annotation]] = {}
    for one in every.values():
        if one.parent is not None:
            children.setdefault(one.parent, []).append(one)
    for answers in children.values():
        answers.sort(key=lambda one: (one.created, one.id))
    seen: set[str] = set()
    roots = sorted((one for one in every.values() if one.parent is None), key=_place)
    found = [Thread(one.id, one, _replies(one.id, children, seen)) for one in roots if not _add(seen, one.id)]
    for missing in sorted({one.parent for one in every.values() if one.parent and one.parent not in every}):
        found.append(Thread(missing, None, _replies(missing, children, seen)))
    for one in sorted(every.values(), key=lambda one: (one.created, one.id)):
        if one.id not in seen and one.parent:
            found.append(Thread(one.parent, None, _replies(one.parent, children, seen)))
    return found


def _replies(root: str, children: dict[str, list[Annotation]], seen: set[str]) -> tuple[Reply, ...]:
    found: list[Reply] = []
    waiting = [(one, 1) for one in reversed(children.get(root, []))]
    while waiting:
        one, depth = waiting.pop()
        if _add(seen, one.id):
            continue
        found.append(Reply(one, depth))
        waiting += [(answer, depth + 1) for answer in reversed(children.get(one.id, []))]
    return tuple(found)


def _add(seen: set[str], id: str) -> bool:
    """Whether it was there already."""
    if id in seen:
        return True
    seen.add(id)
    return False


def _place(one: Annotation) -> tuple[int, float, int, str]:
    second = one.second if one.second is not None and one.page is None else inf
    return one.page or 2**31, second, one.start or 0, one.created
