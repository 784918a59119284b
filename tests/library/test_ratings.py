"""Her own points: given, changed, taken back."""

import pytest

from cs229tui.errors import UsageError
from cs229tui.library.ratings import rate, ratings


def test_points_are_given_and_taken_back(database):
    assert rate(database, "one", 2) is None
    assert rate(database, "two", 0) is None
    assert ratings(database, ["one", "two", "three"]) == {"one": 2, "two": 0}
    assert rate(database, "one", 1) == 2
    assert rate(database, "one", None) == 1
    assert rate(database, "one", None) is None
    assert ratings(database, ["one", "two"]) == {"two": 0}


@pytest.mark.parametrize("points", [-1, 3])
def test_there_are_no_other_points(database, points):
    with pytest.raises(UsageError):
        rate(database, "one", points)
