"""Stored annotations find their passages in whatever copy of the paper is open."""

from msgspec.structs import replace

from cs229tui.annotations.make import annotate_quote, annotate_span, reply
from cs229tui.annotations.place import Placed, placed
from cs229tui.documents.flow import Span
from cs229tui.documents.folding import fold
from cs229tui.documents.store import open_document
from cs229tui.library.annotations import annotations_of
from cs229tui.library.database import Database
from small_paper import TEXTS, stored


def all_placed(library: Database) -> list[Placed]:
    return placed(library, open_document(library, "abadi"), annotations_of(library, "abadi"))


def test_the_same_document_places_by_offsets(library: Database) -> None:
    made = annotate_quote(library, "abadi", "we clip", 2, author="mei", nth=2)
    reply(library, made.id, "why?", author="sam")
    (one,) = all_placed(library)
    assert one.span == Span(2, made.start or 0, made.end or 0) and one.score == 1.0 and not one.orphan


def test_another_copy_with_other_line_breaks_places_by_quote(library: Database) -> None:
    made = [
        annotate_quote(library, "abadi", "norm of each gradient", 1, author="mei"),
        annotate_quote(library, "abadi", "we clip", 2, author="mei", nth=2),
        annotate_span(library, "abadi", [Span(2, len(TEXTS[1]) - 9, len(TEXTS[1])), Span(3, 0, 11)], author="mei"),
    ]
    other = (
        "A new cover page.",
        TEXTS[0].replace("gradi\u2010 \nent", "gradient").replace(" and ", "\nand "),
        "Running head\n" + TEXTS[1],
        "4\n" + TEXTS[2].replace("\ufb03", "ffi"),
    )
    stored(library, "abadi", other, "b" * 64, "other/2")
    document = open_document(library, "abadi")
    found = {one.annotation.id: one for one in placed(library, document, annotations_of(library, "abadi"))}
    for one in made:
        there = found[one.id]
        text = "".join(document.pages[span.page - 1].text[span.start : span.end] for span in there.spans)
        assert fold(text).text == fold(one.quote).text
        assert there.score >= 0.75
    assert [span.page for span in found[made[0].id].spans] == [2]
    clipped = found[made[1].id].span
    assert clipped and document.pages[2].text[clipped.end :].startswith(" the sum")
    assert [span.page for span in found[made[2].id].spans] == [3, 4]


def test_offsets_that_no_longer_read_as_the_quote_are_not_believed(library: Database) -> None:
    made = annotate_quote(library, "abadi", "moments accountant", 2, author="mei")
    assert made.start is not None and made.end is not None
    wrong = replace(made, start=made.start + 20, end=made.end + 20)
    (one,) = placed(library, open_document(library, "abadi"), [wrong])
    assert one.span == Span(2, made.start, made.end)


def test_a_passage_that_is_gone_leaves_an_orphan_with_a_guess(library: Database) -> None:
    kept = annotate_quote(library, "abadi", "privacy loss", 2, author="mei")
    lost = annotate_quote(library, "abadi", "moments accountant keeps track", 2, "comment", "hm", author="mei")
    gone = annotate_quote(library, "abadi", "efficient bound of the tail", 3, author="mei")
    stored(library, "abadi", ("A. ", "The moment account lost some tracks of privacy loss.", "zzz"), "c" * 64)
    by_id = {one.annotation.id: one for one in all_placed(library)}
    assert by_id[lost.id].orphan and by_id[lost.id].guess is not None and by_id[lost.id].score < 0.75
    assert by_id[gone.id].orphan
    assert kept.id in by_id
    order = [one.annotation.id for one in all_placed(library)]
    assert len(order) == 3


def test_an_annotation_without_a_passage_is_no_orphan(library: Database) -> None:
    made = replace(annotate_quote(library, "abadi", "privacy loss", 2, author="mei"), quote="", page=None, start=None)
    (one,) = placed(library, open_document(library, "abadi"), [made])
    assert one.span is None and not one.orphan
