"""A Hypothesis server, and machines beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_hypothesis import FakeClock, FakeHypothesis
from hypothesis_side import Side, client_of, library_at


@pytest.fixture
def server() -> Iterator[FakeHypothesis]:
    fake = FakeHypothesis(FakeClock())
    yield fake
    fake.close()


@pytest.fixture
def side(server: FakeHypothesis, tmp_path: Path) -> Iterator[Side]:
    client, database = client_of(server), library_at(tmp_path / "library.db")
    yield Side(server, client, database)
    client.close()
    database.close()


@pytest.fixture
def second(server: FakeHypothesis, tmp_path: Path) -> Iterator[Side]:
    """Another machine of the same student."""
    client, database = client_of(server), library_at(tmp_path / "second.db")
    yield Side(server, client, database)
    client.close()
    database.close()
