"""The documentation that is made by a command is what the command makes now."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from cs229tui.course.load import load
from cs229tui.folders import shipped
from cs229tui.tui.actions import ACTIONS

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """`docs/make.py` as a module."""
    spec = importlib.util.spec_from_file_location("docs_make", ROOT / "docs" / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_keys_is_the_registry(maker: ModuleType) -> None:
    assert (ROOT / "docs" / "keys.md").read_text("utf-8") == maker.keys(), "run: make docs"


def test_every_picture_that_is_shown_is_there() -> None:
    shown = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert shown
    assert [path for path in shown if not (ROOT / path).is_file()] == []


def test_every_action_is_named_once_and_explained() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert all(action.help.endswith((".", "…")) for action in ACTIONS)


def test_every_reading_that_the_documentation_names_is_there() -> None:
    known = {reading.id for reading in load(shipped("data/course.toml")).readings}
    for page in ("README.md", "docs/guide.md", "labs/README.md"):
        text = (ROOT / page).read_text("utf-8")
        assert set(re.findall(r"\b[a-z]+-\d{4}-[a-z0-9-]+\b", text)) <= known, page
