"""Perusall's scoring of a discussion as it is published, for a student to see for herself where she stands.

Several components, each a share of its target times its weight; the weights may add to more than 100 percent, so that
there are several ways to full credit, and the sum is capped at 100. What counts how much is for the course file to say
(course/model.py `Discussion`; data/course.toml tells which numbers are Perusall's). Nothing is judged here: the points
are those she gave, and what she did not rate has none yet. Perusall's, as it is published:

- Work after the deadline counts less, linearly, to nothing at the end of the late period: three quarters through, 25 %.
- Replies in the reply window after the deadline count in full, but to no more than was earned before the deadline; what
  is beyond that is late work.
- Comments all in one place lose a part of what they earn, 10 % at most.

And ours, where none is: what she does counts as much as the moment she does it, and what others do (reply, upvote) as
much as the comment they do it to. The reading is cut into as many stretches as comments count: where those that count
touch as many of them as they could nothing is lost, and where they touch only one, all of the penalty.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from cs229tui.course.model import Discussion, Part

# Perusall's newer bands: two points are a comment that meets what is expected.
FULL_POINTS = 2
ComponentName = Literal["comments", "spread", "sittings", "to_the_end", "active_time", "responses", "upvotes"]


class Comment(msgspec.Struct, frozen=True):
    """Something she wrote that may count. `points` are hers, none where she gave none; `place` is where in the reading
    it stands, 0 to 1, none for what is on no passage.
    """

    id: str
    written: datetime
    points: int | None = None
    place: float | None = None
    reply: bool = False


class Sitting(msgspec.Struct, frozen=True):
    """A time of reading: active `seconds`, and what share (0 to 1) of the reading was `seen` in it and never before."""

    started: datetime
    ended: datetime
    seconds: float
    seen: float = 0.0


class Work(msgspec.Struct, frozen=True):
    """All that counts for one reading. `responses` and `received` name the comment that each reply and each upvote of
    others is to; `given` are the moments of hers. `length` is a video's, in seconds.
    """

    comments: tuple[Comment, ...] = ()
    sittings: tuple[Sitting, ...] = ()
    responses: tuple[str, ...] = ()
    received: tuple[str, ...] = ()
    given: tuple[datetime, ...] = ()
    pages: int | None = None
    length: float | None = None


class Component(msgspec.Struct, frozen=True):
    """One line of the score: how far (`figure`) she is of `target`, and how many percent that contributes."""

    name: ComponentName
    figure: float
    target: float
    weight: float
    earned: float


class Score(msgspec.Struct, frozen=True):
    """A reading's score. `total` is in percent, capped at 100; `unrated` comments have no points yet."""

    components: tuple[Component, ...]
    total: float
    unrated: int
    counted: tuple[str, ...]
    deadline: datetime | None = None

    def on(self, scale: int) -> int:
        """The total on a scale from 0, rounded to a whole number as Perusall's is."""
        return int(self.total / 100 * scale + 0.5)


def credit(moment: datetime, deadline: datetime | None, late_days: int) -> float:
    """What work at a moment counts, 0 to 1: all until the deadline, then linearly less to the late period's end."""
    if deadline is None or moment <= deadline:
        return 1.0
    if not late_days:
        return 0.0
    return max(0.0, 1.0 - (moment - deadline) / timedelta(days=late_days))


def score(rules: Discussion, work: Work, deadline: datetime | None = None) -> Score:
    """What the work on one reading earns by the rules of the course."""
    most = rules.comments.target
    points, counted = _points(rules, work.comments, deadline)
    earned = _earned(rules.comments, points, most * FULL_POINTS)
    touched, possible = spread([one.place for one in counted if one.place is not None], most)
    lost = earned * rules.spread_penalty / 100 * (possible - touched) / (possible - 1) if possible > 1 else 0.0

    def at(moment: datetime) -> float:
        return credit(moment, deadline, rules.late_days)

    worth = {one.id: at(one.written) for one in work.comments}
    seen = 100 * sum(one.seen * at(one.started) for one in work.sittings)
    minutes = sum(one.seconds * at(one.started) for one in work.sittings) / 60
    upvotes = sum(map(at, work.given)) + sum(worth.get(id, 0.0) for id in work.received)
    needed = work.length / 60 if work.length else (work.pages or 0) * rules.active_time.target
    components = [
        Component("comments", points, most * FULL_POINTS, rules.comments.weight, earned),
        Component("spread", touched, possible or most, -rules.spread_penalty * earned / 100, -lost),
        _component("sittings", rules.sittings, sum(map(at, openings(work.sittings)))),
        _component("to_the_end", rules.to_the_end, seen),
        _component("active_time", rules.active_time, minutes, needed),
        _component("responses", rules.responses, sum(worth.get(id, 0.0) for id in work.responses)),
        _component("upvotes", rules.upvotes, upvotes),
    ]
    total = min(100.0, max(0.0, sum(one.earned for one in components)))
    unrated = sum(one.points is None for one in work.comments)
    return Score(tuple(components), total, unrated, tuple(one.id for one in counted), deadline)


def openings(sittings: Iterable[Sitting], gap: timedelta = timedelta(minutes=30)) -> list[datetime]:
    """When each sitting began, those that a longer gap does not part being one."""
    found: list[datetime] = []
    ended: datetime | None = None
    for one in sorted(sittings, key=lambda one: one.started):
        if ended is None or one.started - ended > gap:
            found.append(one.started)
        ended = max(ended or one.ended, one.ended)
    return found


def spread(places: Sequence[float], stretches: int) -> tuple[int, int]:
    """How many of so many equal stretches of a reading some places (0 to 1) touch, and how many they could."""
    return len({_stretch(place, stretches) for place in places}), min(len(places), stretches)


def _points(
    rules: Discussion, comments: Sequence[Comment], deadline: datetime | None
) -> tuple[float, tuple[Comment, ...]]:
    """The points of the best comments, and which they are."""
    most = rules.comments.target
    worth = {one.id: (one.points or 0) * credit(one.written, deadline, rules.late_days) for one in comments}
    if deadline is not None:
        end = deadline + timedelta(days=rules.reply_days)
        before = _best([(one, worth[one.id]) for one in comments if one.written <= deadline], most)
        left = sum(value for _, value in before)
        window = [one for one in comments if one.reply and deadline < one.written <= end]
        for one in sorted(window, key=lambda one: (-(one.points or 0), one.written, one.id)):
            # In full as far as that goes; the rest is late work like any other.
            full = min(left, one.points or 0)
            left -= full
            worth[one.id] += full * (1 - credit(one.written, deadline, rules.late_days))
    best = _best([(one, worth[one.id]) for one in comments], most)
    return sum(value for _, value in best), tuple(one for one, _ in best)


def _best(valued: Sequence[tuple[Comment, float]], most: int) -> list[tuple[Comment, float]]:
    """The comments worth most, if anything; of equal ones those in another stretch, then the earliest."""
    left = sorted((one for one in valued if one[1] > 0), key=lambda one: (-one[1], one[0].written, one[0].id))
    chosen: list[tuple[Comment, float]] = []
    touched: set[int] = set()
    while left and len(chosen) < most:
        equal = [one for one in left if one[1] == left[0][1]]
        fresh = (one for one in equal if one[0].place is not None and _stretch(one[0].place, most) not in touched)
        taken = next(fresh, equal[0])
        if taken[0].place is not None:
            touched.add(_stretch(taken[0].place, most))
        left.remove(taken)
        chosen.append(taken)
    return chosen


def _stretch(place: float, stretches: int) -> int:
    return min(stretches - 1, int(max(0.0, place) * stretches))


def _component(name: ComponentName, part: Part, figure: float, target: float | None = None) -> Component:
    wanted = part.target if target is None else target
    return Component(name, figure, wanted, part.weight, _earned(part, figure, wanted))


def _earned(part: Part, figure: float, target: float) -> float:
    return part.weight * min(1.0, figure / target) if target > 0 else 0.0
