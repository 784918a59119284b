from collections.abc import Callable

import pytest

from cs229tui.library.notes import add_note
from cs229tui.workspace import Workspace

Run = Callable[..., object]


def test_search_finds_and_keeps_its_keys(run: Run, workspace: Workspace) -> None:
    made = add_note(workspace.database, "Clipping", "on differential privacy")
    hits = run("search", "differential", "privacy", "--json").json
    assert all(list(hit) == ["kind", "id", "reading", "page", "second", "snippet"] for hit in hits)
    assert {"kind": "reading", "reading": "abadi-2016-dp-sgd"}.items() <= hits[0].items() or len(hits) > 1
    assert made.id in {hit["id"] for hit in hits}
    assert len(run("search", "privacy", "--limit", "2", "--json").json) == 2


def test_search_for_people(run: Run) -> None:
    assert "abadi-2016-dp-sgd" in run("search", "abadi").out
    nothing = run("search", "zzzz")
    assert (nothing.code, nothing.out) == (0, "") and "Nothing" in nothing.err


@pytest.mark.parametrize("query", ['"', "NEAR(", "a AND", "x:y", "*", "é\udcff"])
def test_nothing_typed_breaks_it(run: Run, query: str) -> None:
    assert run("search", "--json", "--", query).code == 0


def test_search_wants_a_query(run: Run) -> None:
    assert run("search").code == 2
