from collections.abc import Iterator
from pathlib import Path

import pytest

from cs229tui.library.database import Database, open_library


@pytest.fixture
def library_file(tmp_path: Path) -> Path:
    """Where the test's library is."""
    return tmp_path / "data" / "library.db"


@pytest.fixture
def database(library_file: Path) -> Iterator[Database]:
    """An empty library."""
    opened = open_library(library_file)
    yield opened
    opened.close()
