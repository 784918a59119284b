from collections.abc import Callable
from pathlib import Path

import pytest

from cs229tui.workspace import Workspace

Run = Callable[..., object]
PAPER = """# A paper

Attention is known [1], and so is the rest [1, 2].

## References

[1] Ashish Vaswani and Noam Shazeer. Attention is all you need. arXiv:1706.03762, 2017.

[2] Anna Author. Nowhere to be found. doi: 10.1000/xyz, 1999.
"""


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "paper.md"
    path.write_text(PAPER, "utf-8")
    return path


def test_references_say_how_often_and_what_they_are(run: Run, workspace: Workspace, paper: Path) -> None:
    assert run("add", str(paper)).code == 0
    first, second = run("references", "paper", "--json").json
    assert list(first) == [
        "number", "label", "cited", "pages", "reading", "arxiv", "doi", "url", "title", "authors", "year", "text"
    ]  # fmt: skip
    assert (first["cited"], first["pages"], first["reading"]) == (2, [1], "vaswani-2017-attention")
    assert (second["cited"], second["reading"], second["doi"]) == (1, None, "10.1000/xyz")
    assert (second["title"], second["authors"], second["year"]) == ("Nowhere to be found", ["Anna Author"], 1999)
    lines = run("references", "paper").out.splitlines()
    assert lines[0].startswith("1  2×  vaswani-2017-attention")
    assert "doi 10.1000/xyz" in lines[1]


def test_a_document_without_references_and_one_that_is_not_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("# A note\n\nIt cites nobody.\n", "utf-8")
    run("add", str(tmp_path / "note.md"))
    nothing = run("references", "note")
    assert (nothing.code, nothing.out) == (0, "") and "No list of references" in nothing.err
    assert run("references", "note", "--json").json == []
    assert run("references", "abadi-2016-dp-sgd").code == 3
    assert run("references", "no-such").code == 3
