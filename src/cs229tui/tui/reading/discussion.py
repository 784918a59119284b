"""What is written on the document that is open: where it stands in its text, how its marks look, who said what."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cs229tui.annotations.threads import Thread
from cs229tui.library.annotations import Colour, Kind
from cs229tui.library.standing import Root
from cs229tui.tui.reading.places import Range
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.widgets.paint import Mark

NAMED_INKS = {"blue": "$primary", "green": "$success", "yellow": "$warning", "red": "$error", "purple": "$secondary"}
"""The colours of the theme that the inks of annotations go with, outside the text."""
ONLY_YOU = "⌂"
"""The sign of what nobody else sees, a house: fonts of terminals seldom have a padlock."""


class Marked(Protocol):
    """What a mark's look depends on."""

    @property
    def kind(self) -> Kind: ...

    @property
    def colour(self) -> Colour: ...

    @property
    def resolved(self) -> bool: ...


@dataclass(frozen=True)
class PassageThread:
    """What begins a conversation, and the `ranges` of the flow it is about: none where it has no words here. `page` is
    where it stands or, where it is lost, once stood; `at` is where it is shown if it is about no words.
    """

    root: Root
    ranges: tuple[Range, ...]
    page: int
    at: Position | None = None

    @property
    def id(self) -> str:
        """The conversation's id."""
        return self.root.id

    @property
    def position(self) -> Position | None:
        """Where its passage begins."""
        return self.ranges[0][:2] if self.ranges else self.at

    @property
    def end(self) -> Position | None:
        """Where its passage ends."""
        return (self.ranges[-1][0], self.ranges[-1][2]) if self.ranges else self.at


@dataclass(frozen=True)
class Talk:
    """A conversation with all that was said in it, and where it stands, if anywhere."""

    thread: Thread
    where: PassageThread | None = None

    @property
    def unread(self) -> int:
        """How much of it the student has not seen."""
        return sum(said.unread for said in self.thread.annotations)


@dataclass(frozen=True)
class Guess:
    """Where words that are lost most likely stood: the page, what is there instead, how sure that is (0 to 1)."""

    page: int
    words: str
    score: float
    ranges: tuple[Range, ...]


def look_of(one: Marked) -> tuple[str, str]:
    """The ink and the sign of an annotation, so that its kind, and a highlight's colour, show without colour too."""
    if one.kind == "question":
        return "blue", "✓" if one.resolved else "?"
    if one.kind == "comment":
        return "green", "▪"
    if one.kind == "note":
        return "purple", ONLY_YOU
    return one.colour, one.colour[0]


def map_look(one: Marked) -> tuple[str, str]:
    """The sign and the ink of an annotation on the map, where letters are those of marks."""
    ink, sign = look_of(one)
    return "▏" if one.kind == "highlight" else sign, ink


def marks_of(found: Iterable[PassageThread]) -> list[tuple[Range, Mark]]:
    """What to paint on the text, shorter passages over longer ones."""
    painted = [
        (stretch, Mark(stretch[1], stretch[2], *look_of(one.root), one.root.id))
        for one in found
        for stretch in one.ranges
    ]
    return sorted(painted, key=lambda mark: mark[0][1] - mark[0][2])


def in_order(found: Iterable[PassageThread]) -> tuple[PassageThread, ...]:
    """The conversations in the order of the text, those without a place last."""
    return tuple(sorted(found, key=lambda one: (one.position is None, one.position or (one.page, 0))))


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
