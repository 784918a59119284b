"""On real papers: browsers' quotes stand on the same words here, and ours are in the text as browsers have it.

pdf.js joins the pieces of a page with nothing between them; pypdf's text without its line ends is close to that, and
another engine's than ours.
"""

import random
import unicodedata
from pathlib import Path

import pytest

from cs229tui.annotations.hypothesis.identity import Meant, Work
from cs229tui.annotations.hypothesis.incoming import Incoming
from cs229tui.annotations.hypothesis.mapping import local_id, received, sent
from cs229tui.annotations.hypothesis.wire import Row
from cs229tui.annotations.make import annotate_span
from cs229tui.annotations.place import placed
from cs229tui.annotations.works import works
from cs229tui.course.model import Reading
from cs229tui.documents.flow import Span
from cs229tui.documents.folding import fold
from cs229tui.documents.store import OpenDocument, attach_file, open_document
from cs229tui.folders import folders
from cs229tui.library.annotations import annotations_of
from cs229tui.library.database import Database, open_library, writing
from hypothesis_side import row_of

NAMES = ("1706.03762.pdf", "resnet.pdf")
TRIES = 80


@pytest.fixture(params=NAMES)
def paper(papers: Path, request: pytest.FixtureRequest) -> tuple[Database, OpenDocument, list[str]]:
    from pypdf import PdfReader

    mine = folders()
    database = open_library(mine.database)
    attach_file(database, mine, "paper", papers / request.param)
    texts = [page.extract_text().replace("\n", "") for page in PdfReader(papers / request.param).pages[:9]]
    return database, open_document(database, "paper"), texts


def _told(text: str) -> str:
    """What a comparison of two engines' texts goes by: letters and digits, in the order of the page."""
    return "".join(sign for sign in fold(text).text if sign.isalnum())


def test_quotes_from_a_browser_stand_on_the_same_words(paper: tuple[Database, OpenDocument, list[str]]) -> None:
    database, document, texts = paper
    chance = random.Random(8)
    reading = Reading(id="paper", title="A paper", lectures=(1,), arxiv="1706.03762")
    incoming = Incoming(database, "https://hypothes.is", "g", "", Meant(works(database, {"paper": reading})))
    rows: dict[str, tuple[Row, int, str]] = {}
    while len(rows) < TRIES:
        number = chance.randrange(len(texts))
        text = texts[number]
        start, length = chance.randrange(40, max(41, len(text) - 450)), chance.randrange(25, 400)
        exact = text[start : start + length]
        if len(_told(exact)) < 20:
            continue
        selectors = [
            {"type": "PageSelector", "index": number},
            {"type": "TextQuoteSelector", "exact": exact, "prefix": text[start - 32 : start], "suffix": ""},
        ]
        uri = "https://arxiv.org/pdf/1706.03762"
        row = row_of({"uri": uri, "text": "x", "target": [{"source": uri, "selector": selectors}]})
        rows[local_id(row.id)] = (row, number + 1, exact)
    with writing(database):
        incoming.take([row for row, _, _ in rows.values()])
    same = right = 0
    for one in placed(database, document, annotations_of(database, "paper")):
        _, page, exact = rows[one.annotation.id]
        if not one.spans:
            continue
        right += one.spans[0].page == page
        said = "".join(document.pages[span.page - 1].text[span.start : span.end] for span in one.spans)
        same += _told(said) == _told(exact)
    assert same >= 0.9 * TRIES
    assert right >= 0.98 * TRIES


def test_her_quotes_are_in_the_browsers_text(paper: tuple[Database, OpenDocument, list[str]]) -> None:
    database, document, texts = paper
    chance = random.Random(9)
    plain = ["".join(unicodedata.normalize("NFKD", text).split()) for text in texts]
    found = 0
    for _ in range(TRIES):
        page = document.pages[chance.randrange(len(texts))]
        start = chance.randrange(40, max(41, len(page.text) - 450))
        span = Span(page.number, start, start + chance.randrange(25, 400))
        one = annotate_span(database, "paper", [span], author="mei")
        body, _ = sent(one, Work("https://arxiv.org/pdf/1706.03762"), "g", (), document.pages)
        quote = next(part for part in body["target"][0]["selector"] if part["type"] == "TextQuoteSelector")
        # As the client compares: without spaces, under NFKD, and nothing else left out.
        wanted = "".join(unicodedata.normalize("NFKD", quote["exact"]).split())
        found += wanted in plain[page.number - 1]
        back = received(row_of(body), "paper", "g", id=one.id, person="p")
        assert fold(back.quote).text == fold(one.quote).text

    assert found >= 0.8 * TRIES
