"""What came from a Hypothesis server says so beside its author's name."""

import pytest

from cs229tui.annotations.named import Named
from cs229tui.library.annotations import Annotation
from cs229tui.tui.reading.messages import Around, author


@pytest.mark.parametrize(
    ("via", "shown"),
    [
        ("https://hypothes.is/a/HqdxoM-KSUOySOiYhN6p7A", "Sam · hypothes.is"),
        ("https://www.h.example.edu/a/x", "Sam · h.example.edu"),
        ("paper.pdf", "Sam ◇"),
        ("javascript:alert(1)", "Sam ◇"),
        ("https://[", "Sam ◇"),
        ("", "Sam ◇"),
    ],
)
def test_where_it_is_from_stands_beside_the_name(via: str, shown: str) -> None:
    one = Annotation(id="x", reading="r", kind="comment", author="Sam", person="p", audience="g", via=via)
    assert author(one, Around(names=_nobody(), me="me")).plain == shown


def _nobody() -> Named:
    return Named.__new__(Named)
