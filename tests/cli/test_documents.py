"""`attach`, `add`, `text` as a person uses them; `fetch` is in test_fetching.py."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs229tui.documents.fetching import arxiv
from cs229tui.documents.fetching.arxiv import Facts
from cs229tui.errors import FetchError

MARKDOWN = """# On clipping

We clip the norm of each gra\u00addient.

- first
- second

```
    x = 1
y = x
```
"""


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "On clipping [v2].md"
    path.write_text(MARKDOWN, "utf-8")
    return path


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No host can be found; the readings that were tried are listed."""
    tried: list[str] = []

    def nowhere(*_: Any, **__: Any) -> Any:
        tried.append("?")
        raise OSError("Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", nowhere)
    return tried


def test_attach_and_text(run: Callable[..., Any], paper: Path) -> None:
    done = run("attach", "vaswani", str(paper))
    assert (done.code, done.out) == (0, "vaswani-2017-attention  1 page\n")
    told = run("attach", "1706.03762", str(paper), "--json")
    assert told.json["id"] == "vaswani-2017-attention" and told.json["pages"] == 1 and len(told.json["document"]) == 64
    text = run("text", "vaswani")
    assert "# On clipping" in text.out and "We clip the norm of each gradient." in text.out
    blocks = run("text", "vaswani", "--page", "1", "--json").json
    assert all(set(block) == {"page", "kind", "level", "text"} and block["page"] == 1 for block in blocks)
    assert [block["text"] for block in blocks if block["kind"] == "code"] == ["    x = 1\ny = x"]
    listed = run("readings", "--json").json
    assert next(one for one in listed if one["id"] == "vaswani-2017-attention")["document"] == told.json["document"]


def test_what_cannot_be_is_said(run: Callable[..., Any], tmp_path: Path, paper: Path) -> None:
    fake = tmp_path / "fake.pdf"
    fake.write_bytes(b"<html>not a paper</html>")
    assert run("attach", "vaswani", str(fake)).code == 1
    assert run("attach", "vaswani", str(tmp_path / "none.pdf")).code == 1
    assert run("attach", "nope", str(paper)).code == 3
    missing = run("text", "vaswani")
    assert missing.code == 3 and "cs229tui fetch vaswani-2017-attention" in missing.err and not missing.out
    run("attach", "vaswani", str(paper))
    beyond = run("text", "vaswani", "--page", "7")
    assert beyond.code == 3 and "It has 1 page." in beyond.err
    assert run("text", "vaswani", "--page", "0").code == 2
    assert run("add", "no such thing").code == 2


def test_the_guide_is_there_without_a_network(run: Callable[..., Any], unreachable: list[str]) -> None:
    done = run("text", "guide")
    assert done.code == 0 and len(done.out) > 500
    assert not unreachable


def test_add_a_file_once(run: Callable[..., Any], paper: Path, tmp_path: Path) -> None:
    first = run("add", str(paper), "--json")
    assert first.code == 0 and first.json["new"] and first.json["document"]
    assert first.json["id"] == "on-clipping-v2"
    again = run("add", str(paper), "--json")
    assert (again.json["id"], again.json["new"]) == ("on-clipping-v2", False) and "already" in again.err
    other = tmp_path / "sub" / paper.name
    other.parent.mkdir()
    other.write_text("# Other\n\nText.\n", "utf-8")
    assert run("add", str(other), "--json").json["id"] == "on-clipping-v2-2"
    listed = {one["id"]: one for one in run("readings", "--json").json}
    assert {"on-clipping-v2", "on-clipping-v2-2"} <= set(listed)
    assert run("text", "on-clipping-v2-2").code == 0


def test_a_file_with_an_arxiv_name_is_the_papers_own(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "1706.03762v7.md"
    path.write_text("# Attention\n\nIs all you need.\n", "utf-8")
    told = run("add", str(path), "--json").json
    assert (told["id"], told["new"]) == ("vaswani-2017-attention", False) and told["document"]


def test_a_paper_of_the_course_is_known_by_its_title(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "download(3).md"
    path.write_text("# ATTENTION IS ALL YOU NEED\n\nText.\n", "utf-8")
    told = run("add", str(path), "--json").json
    assert (told["id"], told["new"]) == ("vaswani-2017-attention", False) and told["document"]
    assert run("text", "download-3").code == 3


def test_a_file_that_cannot_be_read_adds_nothing(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.4 broken")
    before = len(run("readings", "--json").json)
    assert run("add", str(path)).code == 1
    assert len(run("readings", "--json").json) == before


@pytest.mark.parametrize(
    ("what", "id"),
    [
        ("1706.03762", "vaswani-2017-attention"),
        ("arXiv:1706.03762v5", "vaswani-2017-attention"),
        ("https://arxiv.org/pdf/1706.03762v2.pdf", "vaswani-2017-attention"),
        ("http://export.arxiv.org/abs/1706.03762", "vaswani-2017-attention"),
        ("10.48550/arXiv.1706.03762", "vaswani-2017-attention"),
        ("https://doi.org/10.48550/arXiv.1706.03762", "vaswani-2017-attention"),
        ("https://lilianweng.github.io/posts/2021-07-11-diffusion-models", "weng-2021-diffusion-models"),
    ],
)
def test_what_the_course_has_is_found(run: Callable[..., Any], unreachable: list[str], what: str, id: str) -> None:
    done = run("add", what, "--json")
    assert (done.code, done.json["id"], done.json["new"]) == (0, id, False)
    assert not unreachable


def test_add_by_number_with_facts(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    facts = Facts("The Art of *Everything*", ("Ada Müller-Lüdenscheidt", "Bob Q"), 2024)
    monkeypatch.setattr(arxiv, "arxiv_facts", lambda *_: facts)
    told = run("add", "2499.12345v2", "--json").json
    assert told["id"] == "muller-ludenscheidt-2024-art-everything" and told["new"]
    assert (told["title"], told["authors"], told["year"]) == (facts.title, list(facts.authors), 2024)
    assert (told["arxiv"], told["pdf_url"]) == ("2499.12345", "https://arxiv.org/pdf/2499.12345v2")
    assert run("add", "https://arxiv.org/abs/2499.12345", "--json").json["id"] == told["id"]


def test_add_without_a_network_still_adds(run: Callable[..., Any], unreachable: list[str]) -> None:
    done = run("add", "hep-th/9901001", "--json")
    assert done.code == 0 and done.json["new"] and unreachable
    assert (done.json["id"], done.json["title"]) == ("arxiv-hep-th-9901001", "arXiv:hep-th/9901001")
    assert "title is not known yet" in done.err
    unreachable.clear()
    done = run("add", "10.1000/xyz.1", "--offline", "--json")
    assert (done.code, done.json["title"], unreachable) == (0, "10.1000/xyz.1", [])
    done = run("add", "https://example.org/papers/My%20Paper.pdf", "--json")
    assert (done.json["id"], done.json["pdf_url"]) == ("my-paper", "https://example.org/papers/My%20Paper.pdf")
    failed = run("add", "https://example.org/papers/My%20Paper.pdf", "--fetch", "--json")
    assert failed.code == 1 and failed.json["new"] is False and "example.org cannot be found" in failed.err


def test_a_paper_that_is_not_on_arxiv_is_not_added(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any) -> Facts:
        raise FetchError("arXiv has no paper 2499.99999.", "Check the number.")

    monkeypatch.setattr(arxiv, "arxiv_facts", none)
    assert run("add", "2499.99999").code == 1
    assert "2499.99999" not in run("readings", "--json").out


def test_a_stopgap_title_gives_way_to_the_documents(run: Callable[..., Any], tmp_path: Path) -> None:
    run("add", "https://example.org/p1.pdf", "--offline")
    paper = tmp_path / "p1.md"
    paper.write_text("# A Theory of Titles\n\nText.\n", "utf-8")
    run("attach", "p1", str(paper))
    assert next(one for one in run("readings", "--json").json if one["id"] == "p1")["title"] == "A Theory of Titles"


def test_nothing_heavy_is_loaded_for_a_query(paper: Path, run: Callable[..., Any]) -> None:
    run("attach", "vaswani", str(paper))
    run("annotate", "vaswani", "--quote", "clip the norm")
    heavy = "{'textual', 'torch', 'numpy', 'httpx', 'pypdf', 'pypdfium2', 'markdown_it', 'rich'}"
    for words in (["annotations", "--json"], ["text", "vaswani", "--json"], ["note", "list", "--json"]):
        code = f"""
import sys
from cs229tui import cli
sys.argv = {["cs229tui", *words]!r}
try:
    cli.main()
finally:
    print(sorted({heavy} & set(sys.modules)), file=sys.stderr)
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stderr.strip() == "[]", words
