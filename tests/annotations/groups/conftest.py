"""Two students on machines of their own, and the folder they share."""

from pathlib import Path

import pytest

from classroom import Student, shared_folder


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    return shared_folder(tmp_path / "shared")


@pytest.fixture
def mei(tmp_path: Path, shared: Path) -> Student:
    return Student(tmp_path / "mei", shared)


@pytest.fixture
def sam(tmp_path: Path, shared: Path) -> Student:
    return Student(tmp_path / "sam", shared)
