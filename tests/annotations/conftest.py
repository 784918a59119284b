"""A library with one small paper in it."""

from pathlib import Path

import pytest

from cs229tui.library.database import Database, open_library
from small_paper import TEXTS, stored


@pytest.fixture
def library(tmp_path: Path) -> Database:
    database = open_library(tmp_path / "library.db")
    stored(database, "abadi", TEXTS, "a" * 64)
    return database
