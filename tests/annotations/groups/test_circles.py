import statistics
import uuid

import pytest

from cs229tui.annotations.groups.circles import LARGEST, circle_of

PEOPLE = [str(uuid.UUID(int=7919 * number + 12345, version=4)) for number in range(1_000)]


def circles(people: list[str], course: str) -> list[frozenset[str]]:
    """Every circle of a group."""
    left, found = set(people), []
    while left:
        circle = circle_of(min(left), people, course)
        found.append(circle)
        left -= circle
    return found


@pytest.mark.parametrize("count", [1, 2, 20, LARGEST, LARGEST + 1, 60, 100, 333, 1_000])
def test_everybody_is_in_one_circle_that_is_not_too_large(count: int) -> None:
    found = circles(PEOPLE[:count], "CS 229br")
    assert sum(map(len, found)) == count and set().union(*found) == set(PEOPLE[:count])
    assert max(map(len, found)) <= LARGEST
    if count <= LARGEST:
        assert len(found) == 1
    if count >= 100:
        assert 12 <= statistics.mean(map(len, found)) <= LARGEST


def test_who_comes_moves_nobody_but_by_parting_a_circle_in_two() -> None:
    for count in range(1, 200):
        before, after = circles(PEOPLE[:count], "c"), circles(PEOPLE[: count + 1], "c")
        new = PEOPLE[count]
        kept = {circle - {new} for circle in after} & set(before)
        parted = [circle for circle in before if circle not in kept]
        assert len(parted) <= 1
        for circle in after:
            rest = circle - {new}
            assert rest in kept or any(rest <= old for old in parted)


def test_everybody_sees_the_same_circle() -> None:
    circle = circle_of(PEOPLE[0], PEOPLE, "c")
    assert all(circle_of(one, reversed(PEOPLE), "c") == circle for one in circle)
    assert circle_of(PEOPLE[0], [], "c") == {PEOPLE[0]}
    assert circle_of(PEOPLE[0], PEOPLE, "another course") != circle
