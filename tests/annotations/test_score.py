"""The score: every published figure as it is published, worked examples by hand, and what holds for any work."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cs229tui.annotations.score import Comment, Sitting, Work, credit, openings, score, spread
from cs229tui.course.model import Discussion, Part

DUE = datetime(2023, 2, 16, 20, 45, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = Discussion(late_days=4, reply_days=2)
ONLY_COMMENTS = Discussion(
    late_days=4,
    reply_days=2,
    comments=Part(weight=100, target=4),
    **{name: Part(weight=0, target=1) for name in ("sittings", "to_the_end", "active_time", "responses", "upvotes")},  # type: ignore[arg-type]
)


def comment(
    points: int | None, late: float = -1.0, place: float | None = None, reply: bool = False, id: str = ""
) -> Comment:
    """A comment so many days after the deadline."""
    return Comment(id or f"{points} {late} {place} {reply}", DUE + late * DAY, points, place, reply)


def earned(work: Work, rules: Discussion = RULES, due: datetime | None = DUE) -> dict[str, float]:
    """What each component gives, to a tenth of a percent."""
    return {one.name: round(one.earned, 1) for one in score(rules, work, due).components}


def test_late_work_decays_linearly_as_published():
    assert credit(DUE, DUE, 4) == 1
    assert credit(DUE + 1 * DAY, DUE, 4) == 0.75
    assert credit(DUE + 3 * DAY, DUE, 4) == 0.25, "three quarters through the late period gives a quarter"
    assert credit(DUE + 4 * DAY, DUE, 4) == 0
    assert credit(DUE + 400 * DAY, DUE, 4) == 0
    assert credit(DUE + 1 * DAY, DUE, 0) == 0
    assert credit(DUE + 400 * DAY, None, 4) == 1


def test_the_best_comments_count_by_her_own_points():
    work = Work(tuple(comment(points, id=str(n)) for n, points in enumerate((2, 0, 1, 2, None, 1, 0))))
    found = score(RULES, work, DUE)
    # 2 + 2 + 1 + 1 of 4 × 2, of 60 percent.
    assert (found.components[0].figure, found.components[0].target, found.components[0].earned) == (6, 8, 45)
    assert (found.unrated, set(found.counted)) == (1, {"0", "2", "3", "5"})


def test_unrated_comments_have_no_points():
    found = score(RULES, Work((comment(None), comment(None, -2))), DUE)
    assert (found.total, found.unrated, found.counted) == (0, 2, ())


@pytest.mark.parametrize(
    ("places", "touched", "possible", "lost"),
    [
        ((0.1, 0.3, 0.6, 0.9), 4, 4, 0.0),
        ((0.1, 0.1, 0.3, 0.9), 3, 4, 2.0),  # a third of 10 % of 60 %
        ((0.1, 0.1, 0.2, 0.2), 1, 4, 6.0),  # all of it
        ((0.1, 0.2), 1, 2, 3.0),  # 10 % of the 30 % that two comments earn
        ((0.1,), 1, 1, 0.0),
        ((), 0, 0, 0.0),
        ((0.0, 1.0), 2, 2, 0.0),
    ],
)
def test_comments_all_in_one_place_lose_ten_percent_of_what_they_earn(places, touched, possible, lost):
    assert spread(places, 4) == (touched, possible)
    work = Work(tuple(comment(2, place=place, id=str(n)) for n, place in enumerate(places)))
    assert earned(work)["spread"] == -lost


def test_of_comments_worth_the_same_those_in_other_places_count():
    crowded = [comment(2, place=0.1, id=f"a{n}") for n in range(6)]
    apart = [comment(2, -0.5, place, id=f"b{place}") for place in (0.3, 0.6, 0.9)]
    found = score(RULES, Work((*crowded, *apart)), DUE)
    assert found.counted == ("a0", "b0.3", "b0.6", "b0.9")
    assert found.components[1].earned == 0


def test_late_comments_count_less():
    assert earned(Work((comment(2, 1.0),)), ONLY_COMMENTS)["comments"] == 18.8  # 2 × 0.75 of 8
    assert earned(Work((comment(2, 3.0),)), ONLY_COMMENTS)["comments"] == 6.2


def test_replies_in_the_window_count_in_full_but_to_no_more_than_before():
    before, window = comment(2, -1), [comment(2, 1, reply=True, id=f"r{n}") for n in range(3)]
    # 2 before, so 2 of the replies' 6 count in full, and 4 as late work: 2 + 2 + 4 × 0.75 of 8.
    assert earned(Work((before, *window)), ONLY_COMMENTS)["comments"] == 87.5
    # Nothing before: only what late work earns, 6 × 0.75 of 8.
    assert earned(Work(tuple(window)), ONLY_COMMENTS)["comments"] == 56.2
    strict = replace(ONLY_COMMENTS, late_days=0)
    assert earned(Work(tuple(window)), strict)["comments"] == 0
    assert earned(Work((before, *window)), strict)["comments"] == 50
    # What is no reply has no window, and after it there is none.
    assert earned(Work((before, comment(2, 1))), strict)["comments"] == 25
    assert earned(Work((before, comment(2, 2.1, reply=True))), strict)["comments"] == 25


def test_sittings_are_parted_by_more_than_half_an_hour():
    at = DUE - 3 * DAY
    minutes = [(0, 10), (35, 40), (70, 80), (111, 112)]
    sittings = tuple(
        Sitting(at + timedelta(minutes=first), at + timedelta(minutes=last), 60) for first, last in minutes
    )
    # Gaps of 25, 30 and 31 minutes.
    assert openings(reversed(sittings)) == [sittings[0].started, sittings[3].started]
    assert earned(Work(sittings=sittings))["sittings"] == 20
    assert openings([]) == []


def test_reading_time_responses_and_upvotes():
    early, late = DUE - DAY, DUE + 2 * DAY
    work = Work(
        comments=(comment(1, id="early"), comment(1, 2.0, id="late")),
        sittings=(Sitting(early, early, 600, 0.5), Sitting(late, late, 600, 0.4)),
        responses=("early", "late", "gone"),
        received=("early",),
        given=(early, late),
        pages=10,
    )
    found = {one.name: one for one in score(RULES, work, DUE).components}
    assert found["to_the_end"].figure == pytest.approx(70)  # 50 + 40 × 0.5
    assert found["to_the_end"].earned == pytest.approx(14)
    assert (found["active_time"].figure, found["active_time"].target) == (15, 20)
    assert found["active_time"].earned == 15
    assert (found["responses"].figure, found["responses"].earned) == (1.5, 7.5)
    assert (found["upvotes"].figure, found["upvotes"].earned) == (2.5, 6.25)


def test_a_video_asks_for_its_length_and_what_is_of_unknown_length_for_nothing():
    sitting = Sitting(DUE - DAY, DUE - DAY, 300, 1)
    assert earned(Work(sittings=(sitting,), length=600))["active_time"] == 10
    assert earned(Work(sittings=(sitting,)))["active_time"] == 0


def test_several_ways_lead_to_full_credit_and_no_further():
    at = DUE - DAY
    everything = Work(
        comments=tuple(comment(2, place=n / 4, id=str(n)) for n in range(4)),
        sittings=(Sitting(at, at, 6000, 1), Sitting(at - DAY, at - DAY, 6000)),
        responses=("1",) * 9,
        given=(at,) * 9,
        pages=10,
    )
    found = score(RULES, everything, DUE)
    assert sum(one.earned for one in found.components) == 140
    assert (found.total, found.on(3)) == (100, 3)
    without_comments = score(RULES, replace(everything, comments=(), responses=()), DUE)
    assert (without_comments.total, without_comments.on(3)) == (70, 2)
    assert [replace(found, total=total).on(3) for total in (0, 16, 17, 49.9, 50, 84)] == [0, 0, 1, 1, 2, 3]


moments = st.floats(-10, 10).map(lambda days: DUE + days * DAY)
comments = st.builds(
    Comment,
    st.uuids().map(str),
    moments,
    st.none() | st.integers(0, 2),
    st.none() | st.floats(0, 1),
    st.booleans(),
)
sittings = st.builds(
    lambda start, seconds, seen: Sitting(start, start + timedelta(seconds=seconds), seconds, seen),
    moments,
    st.floats(0, 90_000),
    st.floats(0, 1),
)
parts = st.builds(Part, weight=st.integers(0, 100), target=st.integers(1, 1000))
rules = st.builds(
    Discussion,
    scale=st.integers(1, 100),
    spread_penalty=st.integers(0, 100),
    late_days=st.integers(0, 365),
    reply_days=st.integers(0, 365),
    comments=st.builds(Part, weight=st.integers(0, 100), target=st.integers(1, 12)),
    sittings=parts,
    to_the_end=parts,
    active_time=parts,
    responses=parts,
    upvotes=parts,
)
works = st.builds(
    Work,
    st.lists(comments, max_size=12).map(tuple),
    st.lists(sittings, max_size=6).map(tuple),
    given=st.lists(moments, max_size=4).map(tuple),
    pages=st.none() | st.integers(1, 2000),
    length=st.none() | st.floats(1, 90_000),
)


@given(rules, works, st.none() | st.just(DUE))
def test_a_score_is_from_0_to_100_and_no_part_gives_more_than_its_weight(rules, work, due):
    found = score(rules, work, due)
    assert 0 <= found.total <= 100
    assert 0 <= found.on(rules.scale) <= rules.scale
    for one in found.components:
        low, high = (one.weight, 0) if one.name == "spread" else (0, one.weight)
        assert low - 1e-9 <= one.earned <= high + 1e-9
    assert len(found.counted) <= rules.comments.target


@given(works, st.data())
def test_a_better_rating_never_gives_fewer_points(work, data):
    if not work.comments:
        return
    index = data.draw(st.integers(0, len(work.comments) - 1))
    raised = tuple(replace(one, points=2) if at == index else one for at, one in enumerate(work.comments))
    before, after = (
        score(RULES, replace(work, comments=some), DUE).components[0].figure for some in (work.comments, raised)
    )
    assert after >= before - 1e-9


@given(works)
def test_without_a_deadline_nothing_counts_less(work):
    free, held = score(ONLY_COMMENTS, work, None), score(ONLY_COMMENTS, work, DUE)
    assert free.components[0].figure >= held.components[0].figure - 1e-9
