"""What the documents' tests share: folders, a server, PDFs made for a test, and real papers, each read once."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cs229tui.documents.flow import Flow, decode
from cs229tui.documents.pdf.engine import Extraction, PdfEngine
from cs229tui.folders import Folders, folders
from pdfs import Item, pdf
from servers import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on this machine, with nothing on it."""
    made = Server()
    yield made
    made.close()


@pytest.fixture
def mine() -> Folders:
    """The folders of the test's own home."""
    return folders()


@pytest.fixture
def read_pdf(tmp_path: Path) -> Callable[..., Extraction]:
    """Makes a PDF of pages as `pdfs.pdf` has them, and reads it."""

    def made(*pages: Sequence[Item], **options: Any) -> Extraction:
        path = tmp_path / "paper.pdf"
        path.write_bytes(pdf(pages, **options))
        with PdfEngine(path) as engine:
            return engine.extract()

    return made


@pytest.fixture(scope="session")
def paper(papers: Path) -> Callable[[str], Extraction]:
    """Reads a real paper by its name; skips the test where it is not among those given."""

    @cache
    def read(name: str) -> Extraction:
        file = papers / f"{name}.pdf"
        if not file.exists():
            pytest.skip(f"{name} is not among the papers")
        with PdfEngine(file) as engine:
            return engine.extract()

    return read


@pytest.fixture(scope="session")
def flow_of_paper(paper: Callable[[str], Extraction]) -> Callable[[str], Flow]:
    """What the reader shows of a real paper."""
    return cache(lambda name: decode(paper(name).flow))
