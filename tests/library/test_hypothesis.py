"""The Hypothesis tables."""

from pathlib import Path

import pytest

from cs229tui.library.database import Database, open_library
from cs229tui.library.groups import audience_now
from cs229tui.library.hypothesis import (
    Known,
    claim_posting,
    cursor,
    hypothesis_groups,
    keep_known,
    known_remotes,
    move_cursor,
    remember_group,
    use_group,
)

HERE = "https://hypothes.is/groups/8JmD3iz1"


@pytest.fixture
def library(tmp_path: Path) -> Database:
    return open_library(tmp_path / "library.db")


def test_what_she_writes_goes_to_one_place(library: Database) -> None:
    remember_group(library, HERE, "CS 229br")
    remember_group(library, HERE + "2", "Another")
    assert audience_now(library) == ""
    use_group(library, HERE)
    use_group(library, HERE + "2")
    assert audience_now(library) == HERE + "2"
    row = "(id, name, folder, carrier, current, joined) VALUES ('g', 'Ours', '/x', 'folder', ?, '')"
    library.execute(f"INSERT INTO joined_group {row}", [1])
    assert audience_now(library) == "g"
    assert not any(group.current for group in hypothesis_groups(library))
    use_group(library, HERE)
    assert audience_now(library) == HERE
    assert library.execute("SELECT current FROM joined_group").fetchone()[0] == 0
    library.execute("UPDATE joined_group SET current = 1")
    assert audience_now(library) == "g"
    use_group(library, "")
    assert audience_now(library) == "g"


def test_a_cursor_never_goes_back(library: Database) -> None:
    move_cursor(library, HERE, "", "2026-11-02")
    move_cursor(library, HERE, "", "2026-11-01")
    move_cursor(library, HERE, "abadi", "2026-10-01")
    assert (cursor(library, HERE, ""), cursor(library, HERE, "abadi")) == ("2026-11-02", "2026-10-01")


def test_one_copy_of_the_program_posts(library: Database) -> None:
    assert claim_posting(library, "a", HERE, "d", "2000")
    assert not claim_posting(library, "a", HERE, "d", "2000")
    assert claim_posting(library, "a", HERE, "d", "9000")
    keep_known(library, [Known("a", "remote", HERE, True, "same")])
    assert not claim_posting(library, "a", HERE, "d", "9000")
    assert known_remotes(library, ["remote"])["remote"].annotation == "a"
