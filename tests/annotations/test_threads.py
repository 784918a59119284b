"""Conversations: order, missing parents, circles."""

from hypothesis import given
from hypothesis import strategies as st

from cs229tui.annotations.threads import threads
from cs229tui.library.annotations import Annotation


def said(id: str, parent: str | None = None, page: int | None = None, created: str = "") -> Annotation:
    return Annotation(id, "abadi", "reply" if parent else "question", "mei", page=page, parent=parent, created=created)


def test_replies_follow_what_they_answer_oldest_first() -> None:
    every = [
        said("late", page=9, created="1"),
        said("root", page=2, created="2"),
        said("b", "root", created="4"),
        said("a", "root", created="3"),
        said("a1", "a", created="9"),
    ]
    first, second = threads(every)
    assert [(reply.annotation.id, reply.depth) for reply in first.replies] == [("a", 1), ("a1", 2), ("b", 1)]
    assert (first.id, second.id, [one.id for one in first.annotations]) == ("root", "late", ["root", "a", "a1", "b"])


def test_a_missing_beginning_leaves_a_placeholder() -> None:
    found = threads([said("x", "gone", created="1"), said("y", "x", created="2"), said("root", page=1)])
    assert [(thread.id, thread.root is None, len(thread.replies)) for thread in found] == [
        ("root", False, 0),
        ("gone", True, 2),
    ]


def test_a_circle_is_cut_open() -> None:
    found = threads([said("x", "y"), said("y", "x"), said("self", "self")])
    assert sorted(one.id for thread in found for one in thread.annotations) == ["self", "x", "y"]


@given(st.dictionaries(st.integers(0, 12), st.none() | st.integers(0, 14), max_size=13))
def test_nothing_is_lost_or_shown_twice(parents: dict[int, int | None]) -> None:
    every = [said(str(id), None if parent is None else str(parent)) for id, parent in parents.items()]
    shown = [one.id for thread in threads(every) for one in thread.annotations]
    assert sorted(shown) == sorted(one.id for one in every)


def test_a_very_long_thread_does_not_overflow() -> None:
    every = [said("0", page=1)] + [said(str(depth), str(depth - 1)) for depth in range(1, 5000)]
    assert len(threads(every)[0].replies) == 4999
