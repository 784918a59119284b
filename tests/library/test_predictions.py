"""What she expected is kept with its time, every answer of it; the latest counts."""

from pathlib import Path

import pytest

from cs229tui.library.database import Database, open_library
from cs229tui.library.predictions import answers, predict, predicted, predictions, predictions_of


@pytest.fixture
def library(tmp_path: Path) -> Database:
    return open_library(tmp_path / "library.db")


def test_the_latest_answer_counts_and_none_is_lost(library: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CS229TUI_NOW", "2023-02-14T12:00:00-05:00")
    predict(library, "parabola", {"first": " 4.17 ", "second": "it falls"})
    monkeypatch.setenv("CS229TUI_NOW", "2023-02-15T12:00:00-05:00")
    predict(library, "parabola", {"first": "4.2"})
    predict(library, "other", {"first": "no"})
    assert answers(library, "parabola") == {"first": "4.2", "second": "it falls"}
    assert [one.answer for one in predictions(library, "parabola")] == ["4.17", "it falls", "4.2"]
    assert len(predictions(library)) == 4
    assert predicted(library, "parabola")["first"].made.startswith("2023-02-15T17")
    assert predictions_of(library, "other") == [
        {"question": "first", "answer": "no", "made": predictions(library, "other")[0].made}
    ]


def test_nothing_and_the_same_again_are_not_kept(library: Database):
    assert len(predict(library, "parabola", {"first": "1", "second": "  "})) == 1
    assert predict(library, "parabola", {"first": "1 "}) == []
    assert len(predictions(library)) == 1
    assert answers(library, "nowhere") == {}
