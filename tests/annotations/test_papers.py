"""Annotations on real papers: what a reader selects or copies out of the reflowed text is found, now and later."""

import random
from pathlib import Path

import pytest
from msgspec.structs import replace

from cs229tui.annotations.make import annotate_quote, annotate_span
from cs229tui.annotations.place import placed
from cs229tui.documents.flow import Block, spans
from cs229tui.documents.folding import fold
from cs229tui.documents.store import OpenDocument, attach_file, open_document
from cs229tui.errors import AnchorError
from cs229tui.folders import folders
from cs229tui.library.database import Database, open_library


@pytest.fixture
def transformer(papers: Path) -> tuple[Database, OpenDocument, list[Block]]:
    mine = folders()
    database = open_library(mine.database)
    attach_file(database, mine, "vaswani", papers / "1706.03762.pdf")
    document = open_document(database, "vaswani")
    return database, document, [block for block in document.flow if block.kind == "paragraph" and len(block.text) > 200]


def test_words_copied_from_the_reflowed_text_are_found(
    transformer: tuple[Database, OpenDocument, list[Block]],
) -> None:
    database, _, paragraphs = transformer
    chooser, found, asked = random.Random(4), 0, 60
    for _ in range(asked):
        words = chooser.choice(paragraphs).text.split()
        start = chooser.randrange(len(words) - 20)
        quote = " ".join(words[start : start + chooser.randint(8, 20)])
        try:
            made = annotate_quote(database, "vaswani", quote, author="me")
        except AnchorError as error:
            assert "closest" in error.remedy or "ambiguous" in error.what
        else:
            found += fold(made.quote).text.casefold() == fold(quote).text.casefold()
    assert found >= 0.85 * asked


def test_selections_survive_another_extraction(transformer: tuple[Database, OpenDocument, list[Block]]) -> None:
    database, document, paragraphs = transformer
    chooser, made = random.Random(5), []
    for _ in range(60):
        block = chooser.choice(paragraphs)
        start = chooser.randrange(len(block.text) - 60)
        selected = spans(block, start, start + chooser.randint(30, 400))
        made.append(annotate_span(database, "vaswani", selected, author="me"))
        assert made[-1].quads and len(made[-1].prefix) <= 32
    here = {one.annotation.id: one for one in placed(database, document, made)}
    moved = [replace(one, extractor="older/1", start=(one.start or 0) + 11) for one in made]
    again = {one.annotation.id: one for one in placed(database, document, moved)}
    for one in made:
        assert here[one.id].spans and here[one.id].score == 1.0
        there, expected = again[one.id].spans, here[one.id].spans
        assert [span.page for span in there] == [span.page for span in expected]
        assert abs(there[0].start - expected[0].start) < 6
