"""Whatever a PDF is, reading it ends soon, in its text or in a sentence that says what is wrong."""

import random
import re
import time
from pathlib import Path

import pytest

from cs229tui.documents.flow import decode
from cs229tui.documents.pdf.engine import Extraction, PdfEngine
from cs229tui.errors import DocumentError
from hostile import KINDS

PATIENCE = 2.5
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def outcome(path: Path) -> Extraction | str:
    """What reading the file gives: its text, or what a person is told."""
    try:
        with PdfEngine(path, PATIENCE) as engine:
            return engine.extract()
    except DocumentError as error:
        return str(error)


def assert_sound(extraction: Extraction) -> None:
    """Nothing a terminal would obey, every run on its page, every link on its words."""
    texts = {page.number: page.text for page in extraction.pages}
    for page, links in zip(extraction.pages, extraction.links, strict=True):
        assert not FORBIDDEN.search(page.text + page.label)
        assert not page.boxes or len(page.boxes) == 16 * len(page.text)
        for link in links:
            assert 0 <= link.start < link.end <= len(page.text)
            assert link.url or 0 <= link.place <= len(texts[link.page])
    for block in decode(extraction.flow):
        assert not FORBIDDEN.search(block.text)
        for run in block.runs:
            assert run.length > 0 and run.start + run.length <= len(texts[run.page])
            assert run.offset + run.length <= len(block.text)
    assert not FORBIDDEN.search("".join((extraction.title, *extraction.warnings)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_file(tmp_path: Path, kind: str) -> None:
    build, expected = KINDS[kind]
    path = tmp_path / "paper.pdf"
    path.write_bytes(build())
    begun = time.monotonic()
    found = outcome(path)
    assert time.monotonic() - begun < 8 * PATIENCE
    if isinstance(found, str):
        assert expected in ("", "!") or (expected.startswith("!") and expected[1:] in found), found
        assert found.startswith(("paper.pdf", "No page", "The text of")) and not FORBIDDEN.search(found)
        assert "Traceback" not in found and len(found) < 500
    else:
        assert not expected.startswith("!"), "it was read"
        assert_sound(found)
        read = " ".join(block.text for block in decode(found.flow))
        assert expected in " ".join(read.split())


@pytest.mark.parametrize("seed", range(6))
def test_a_real_paper_damaged_by_chance(papers: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(min(papers.glob("*.pdf"), key=lambda paper: paper.stat().st_size).read_bytes())
    for _ in range(200):
        at = chance.randrange(20, len(data))
        data[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
    path = tmp_path / "paper.pdf"
    path.write_bytes(data)
    found = outcome(path)
    if isinstance(found, Extraction):
        assert_sound(found)
