"""What is written on the document that is open: threads by where they stand in its text, and their marks on it."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cs229tui.annotations.threads import Thread, threads
from cs229tui.clock import now
from cs229tui.documents.flow import Span
from cs229tui.library.annotations import Annotation
from cs229tui.tui import marks
from cs229tui.tui.reading.places import Places, Range
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.widgets.paint import Mark

NAMED_INKS = {"blue": "$primary", "green": "$success", "yellow": "$warning", "red": "$error", "purple": "$secondary"}
"""The colours of the theme that the inks of annotations go with, outside the text."""


@dataclass(frozen=True)
class PassageThread:
    """A thread and the `ranges` of the flow it is about: none where its words are not in this document, `page` then
    being where they once were.
    """

    thread: Thread
    ranges: tuple[Range, ...]
    page: int

    @property
    def root(self) -> Annotation | None:
        """What it begins with; none where that was deleted and the replies were not."""
        return self.thread.root

    @property
    def position(self) -> Position | None:
        """Where its passage begins."""
        return self.ranges[0][:2] if self.ranges else None

    @property
    def end(self) -> Position | None:
        """Where its passage ends."""
        return (self.ranges[-1][0], self.ranges[-1][2]) if self.ranges else None


def passage_threads(
    annotations: Iterable[Annotation], spans: Mapping[str, tuple[Span, ...]], places: Places
) -> tuple[PassageThread, ...]:
    """The threads in the order of the text, those without a passage last; `spans` says by annotation id where it is."""
    found = []
    for thread in threads(annotations):
        ranges = tuple(stretch for span in spans.get(thread.id, ()) for stretch in places.ranges(span))
        known = thread.root.page if thread.root else None
        found.append(PassageThread(thread, ranges, places.page(ranges[0][:2]) if ranges else known or 0))
    return tuple(sorted(found, key=lambda one: (one.position is None, one.position or (one.page, 0))))


def look_of(annotation: Annotation) -> tuple[str, str]:
    """The ink and the sign of an annotation, so that its kind shows without colour too."""
    if annotation.kind == "question":
        return "blue", "✓" if annotation.resolved else "?"
    if annotation.kind == "comment":
        return "green", "▪"
    return annotation.colour, "▏"


def when(stamp: str) -> str:
    """How long ago something was written; empty for a stamp that is none, which others' data may have."""
    try:
        return marks.ago(stamp, now())
    except (ValueError, TypeError):
        return ""


def marks_of(found: Iterable[PassageThread]) -> list[tuple[Range, Mark]]:
    """What to paint on the text, shorter passages over longer ones."""
    painted = [
        (stretch, Mark(stretch[1], stretch[2], *look_of(one.root), one.root.id))
        for one in found
        if one.root is not None
        for stretch in one.ranges
    ]
    return sorted(painted, key=lambda mark: mark[0][1] - mark[0][2])


def nearest(found: Sequence[PassageThread], position: Position) -> int | None:
    """The number of the innermost thread at a position, else of the last one that begins before it, else the first."""
    placed = [one.position for one in found if one.position is not None]
    if not placed:
        return None
    before = bisect_right(placed, position) - 1
    for number in range(before, max(before - 50, -1), -1):
        end = found[number].end
        if end is not None and end > position:
            return number
    return max(before, 0)


def step(found: Sequence[PassageThread], position: Position, direction: int) -> Position | None:
    """Where the next (1) or the previous (-1) passage with a thread begins, seen from a position."""
    placed = sorted({one.position for one in found if one.position is not None})
    others = [at for at in placed if (at > position if direction > 0 else at < position)]
    if not others:
        return None
    return others[0] if direction > 0 else others[-1]
