"""Annotated PDFs written, shown, read back, and files of other programs taken in."""

import io
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs229tui.annotations.formats.pdf.colours import COLOURS, colour_of, nearest, rgb
from cs229tui.annotations.formats.pdf.dates import moment_of, pdf_date
from cs229tui.annotations.formats.pdf.reading import Imported, import_pdf
from cs229tui.annotations.formats.pdf.writing import annotated_pdf
from cs229tui.annotations.make import (
    annotate_quote,
    annotate_reading,
    annotate_region,
    edit,
    remove,
    reply,
)
from cs229tui.documents.pdf.child import CancelledError
from cs229tui.documents.pdf.marking import native_annotations, read_marks
from cs229tui.documents.store import attach_file
from cs229tui.errors import DocumentError, NotFoundError, ReportableError, UsageError
from cs229tui.folders import Folders, folders
from cs229tui.library.annotations import annotations_of
from cs229tui.library.database import Database, open_library
from cs229tui.library.pdf_marks import mark_colours
from cs229tui.library.people import me
from hostile import made
from pdfs import Put, encrypted, paragraph, pdf

FIRST = "The gradient of the loss is clipped before any noise is added to it, and each step is paid for."
SECOND = "The accountant keeps the ledger of what was spent, page by page, until the budget is gone."
PAPER = pdf([paragraph(FIRST, 72, 700, 300), paragraph(SECOND, 72, 700, 300)], title="A paper")
R = "abadi"
LINE = (72, 698, 372, 710)


@pytest.fixture
def mine() -> Folders:
    return folders()


@pytest.fixture
def library(mine: Folders, tmp_path: Path) -> Database:
    database = open_library(mine.database)
    path = tmp_path / "paper.pdf"
    path.write_bytes(PAPER)
    attach_file(database, mine, R, path)
    return database


@pytest.fixture
def taken(library: Database, tmp_path: Path) -> Callable[..., Imported]:
    """Takes in the marks of a page, given as PDF dictionaries, or a whole file."""

    def take(*marks: str, file: bytes | None = None, name: str = "ada") -> Imported:
        path = tmp_path / "marked.pdf"
        path.write_bytes(file or marked(marks))
        return import_pdf(library, R, path, name=name)

    return take


def marked(marks: Sequence[str], page: str = "", box: str = "/MediaBox [0 0 612 792]") -> bytes:
    """The paper's first page with these annotations, objects 6 and on."""
    lines = " ".join(
        f"BT /F1 10 Tf {item.words:.3f} Tw 1 0 0 1 {item.x} {item.y} Tm ({item.text}) Tj ET"
        for item in paragraph(FIRST, 72, 700, 300)
    )
    kids = " ".join(f"{6 + index} 0 R" for index in range(len(marks)))
    return made(
        lines.encode(), page=f"{page} /Annots [{kids}]", box=box, more=tuple(mark.encode("latin-1") for mark in marks)
    )


def quad(left: float, bottom: float, right: float, top: float, order: str = "acrobat") -> str:
    upper, lower = f"{left} {top} {right} {top}", f"{left} {bottom} {right} {bottom}"
    return f"/QuadPoints [{upper} {lower if order == 'acrobat' else f'{right} {bottom} {left} {bottom}'}]"


def highlight(more: str = "", quads: str = "", kind: str = "Highlight") -> str:
    return f"<< /Type /Annot /Subtype /{kind} /Rect [72 698 372 710] {quads or quad(*LINE)} {more} >>"


def written(library: Database, mine: Folders, tmp_path: Path, **options: bool) -> Path:
    target = tmp_path / "out.pdf"
    annotated_pdf(library, mine, R, target, **options)
    return target


# Out


def test_the_copy_begins_with_the_original_and_shows_its_marks(
    library: Database, mine: Folders, tmp_path: Path
) -> None:
    one = annotate_quote(
        library, R, "gradient of the loss", kind="question", body="Why? ∑ 😀", tags=["dp"], author="ada"
    )
    answer = reply(library, one.id, "For its bound.", author="ada")
    target = written(library, mine, tmp_path)
    assert target.read_bytes().startswith(PAPER)
    marks = [raw.get_object() for raw in pypdf.PdfReader(target).pages[0]["/Annots"]]
    first = marks[0]
    left, bottom, right, top = one.quads[0]
    assert first["/Subtype"] == "/Highlight" and first["/NM"] == one.id and first["/T"] == "ada"
    assert [float(each) for each in first["/QuadPoints"]] == pytest.approx(
        [left, top, right, top, left, bottom, right, bottom], abs=0.01
    )
    assert first["/Contents"].startswith("Why? ∑ 😀") and "— ada" in first["/Contents"]
    assert first["/Zotero:AuthorName"] == "ada" and first["/Zotero:Tags"] == '["dp"]'
    assert first["/Popup"].get_object()["/Parent"].get_object()["/NM"] == one.id
    back = next(mark for mark in marks if mark["/NM"] == answer.id) if all("/NM" in m for m in marks) else marks[2]
    assert back["/IRT"].get_object()["/NM"] == one.id and back["/RT"] == "/R"
    before, after = (
        pypdfium2.PdfDocument(source)[0].render(scale=1).to_pil().convert("RGB") for source in (PAPER, target)
    )
    spot = (int((left + right) / 2), int(792 - top) + 1)
    assert before.getpixel(spot) == (255, 255, 255) != after.getpixel(spot)
    assert before.crop((0, 200, 612, 792)).tobytes() == after.crop((0, 200, 612, 792)).tobytes()


def test_round_trip(library: Database, mine: Folders, tmp_path: Path) -> None:
    one = annotate_quote(
        library, R, "clipped before any noise", kind="comment", body="Here.", author="ada", colour="red"
    )
    reply(library, one.id, "There.", author="ada")
    annotate_quote(library, R, "added to it", author="ada", colour="purple")
    annotate_region(library, R, 2, (100, 100, 300, 200), body="A box", author="ada", caption="Figure 1")
    annotate_reading(library, R, "question", "On all of it", author="ada")
    annotate_quote(library, R, "The accountant", kind="note", body="secret", author="ada")
    said = {each.id: each for each in annotations_of(library, R)}
    target = written(library, mine, tmp_path, private=True)
    assert import_pdf(library, R, target, name="ada") == Imported(unchanged=6)
    with open_library(tmp_path / "other.db").conn as connection:
        other = Database(connection)
        source = tmp_path / "again.pdf"
        source.write_bytes(PAPER)
        attach_file(other, mine, R, source)
        assert import_pdf(other, R, target, name="ada").new == 6
        for each in annotations_of(other, R):
            was = said[each.id]
            for field in (
                "kind",
                "body",
                "colour",
                "tags",
                "quote",
                "prefix",
                "page",
                "start",
                "end",
                "region",
                "parent",
            ):
                assert getattr(each, field) == getattr(was, field), field
            assert each.created[:19] == was.created[:19] and each.person == me(other)


def test_private_notes_stay_unless_asked_for(library: Database, mine: Folders, tmp_path: Path) -> None:
    annotate_quote(library, R, "The accountant", kind="note", body="secret", author="ada")
    with pytest.raises(NotFoundError):
        annotated_pdf(library, mine, R, tmp_path / "out.pdf")
    annotate_quote(library, R, "ledger", author="ada")
    assert b"secret" not in written(library, mine, tmp_path).read_bytes()


def test_nothing_is_overwritten(library: Database, mine: Folders, tmp_path: Path) -> None:
    annotate_quote(library, R, "ledger", author="ada")
    target = written(library, mine, tmp_path)
    with pytest.raises(ReportableError, match="there already"):
        annotated_pdf(library, mine, R, target)
    annotated_pdf(library, mine, R, target, force=True)
    original = tmp_path / "paper.pdf"
    with pytest.raises(ReportableError, match="original"):
        annotated_pdf(library, mine, R, original, force=True)
    with pytest.raises(UsageError):
        annotated_pdf(library, mine, R, mine.documents / "x.pdf", force=True)
    assert original.read_bytes() == PAPER
    assert not list(tmp_path.glob(".cs229tui-*"))


def test_a_protected_file_is_written_anew_or_refused(mine: Folders, tmp_path: Path) -> None:
    library = open_library(mine.database)
    path = tmp_path / "locked.pdf"
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(PAPER)))
    writer.encrypt("", "owner", algorithm="RC4-128")
    writer.write(path)
    attach_file(library, mine, R, path)
    annotate_quote(library, R, "ledger", author="ada")
    assert not annotated_pdf(library, mine, R, tmp_path / "out.pdf").exact
    assert native_annotations(tmp_path / "out.pdf") == 1


# In


def test_what_each_program_writes(library: Database, taken: Callable[..., Imported]) -> None:
    done = taken(
        highlight(
            '/NM (Zotero-ABCD2345) /Zotero:Key (ABCD2345) /Zotero:AuthorName (mei) /Zotero:Tags (["dp"])'
            " /C [1 0.4 0.4] /Contents (z) /M (D:20230102030405)"
        ),
        highlight(
            "/T (sam) /NM (okular-{1}) /C [0 1 0] /CA 0.5 /Contents (o) /CreationDate (D:20230102030405+01'00')",
            quad(72, 686, 200, 698),
        ),
        highlight(
            '/T (ADA) /C [1 1 0] /RC (<?xml version="1.0"?><body><p>rich &amp; plain</p></body>)',
            quad(72, 674, 120, 686, "standard"),
        ),
        highlight("/C [0.4 0.6 1]", quad(72, 662, 160, 674), "Underline"),
        "<< /Subtype /Text /Rect [10 10 30 30] /T (mei) /Contents (a note) /M (yesterday) >>",
        "<< /Subtype /FreeText /Rect [100 100 200 130] /Contents (typed) >>",
        "<< /Subtype /Square /Rect [300 300 200 200] /Contents (box) >>",
        "<< /Subtype /Ink /Rect [20 20 90 90] /InkList [[20 20 90 90]] >>",
        "<< /Subtype /Link /Rect [0 0 9 9] >>",
        "<< /Subtype /Popup /Parent 6 0 R >>",
        "<< /Subtype /Text /IRT 6 0 R /Rect [0 0 9 9] /T (sam) /Contents (I agree) >>",
        "<< /Subtype /Text /IRT 16 0 R /Rect [0 0 9 9] /T (mei) /Contents (So do I) >>",
    )
    assert done.new == 10 and not done.lost
    every = {one.body or one.quote: one for one in annotations_of(library, R)}
    zotero = every["z"]
    assert (zotero.author, zotero.person, zotero.colour, zotero.tags) == ("mei", "pdf:mei", "red", ("dp",))
    assert zotero.quote.startswith("The gradient of the loss") and zotero.page == 1 and zotero.start == 0
    assert zotero.updated == "2023-01-02T03:04:05.000Z" and zotero.via == "marked.pdf" and not zotero.audience
    assert every["o"].colour == "green" and every["o"].created == "2023-01-02T02:04:05.000Z"
    assert every["rich & plain"].person == me(library) and every["rich & plain"].kind == "comment"
    assert every["box"].region == (200, 200, 300, 300) and every["typed"].region == (100, 100, 200, 130)
    assert every["I agree"].parent == zotero.id and every["So do I"].root == zotero.id
    assert mark_colours(library, R)[zotero.id] == "#ff6666"


def test_twice_is_as_good_as_once(library: Database, taken: Callable[..., Imported]) -> None:
    marks = [highlight("/NM (a) /Contents (one)"), highlight("/Contents (two)", quad(72, 686, 200, 698))]
    assert taken(*marks).new == 2
    assert taken(*marks) == Imported(unchanged=2)
    assert taken(highlight("/NM (a) /Contents (one, changed)"), marks[1]) == Imported(updated=1, unchanged=1)
    changed = next(one for one in annotations_of(library, R) if one.body == "one, changed")
    edit(library, changed.id, "mine now")
    again = taken(highlight("/NM (a) /Contents (there too)"), marks[1])
    assert again.skipped == {"changed here since: yours is kept": 1}
    remove(library, changed.id)
    assert taken(highlight("/NM (a) /Contents (there too)"), marks[1]).skipped == {"deleted here": 1}
    assert len(annotations_of(library, R)) == 1


def test_another_copy_is_found_by_its_words(library: Database, taken: Callable[..., Imported]) -> None:
    other = pdf([[Put(90, 500, "Front matter of another copy.")], paragraph(FIRST, 100, 400, 200)])
    plain = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(other)))
    from pypdf.annotations import Highlight
    from pypdf.generic import ArrayObject, FloatObject

    points = ArrayObject(FloatObject(each) for each in (100, 410, 300, 410, 100, 398, 300, 398))
    plain.add_annotation(1, Highlight(rect=(100, 398, 300, 410), quad_points=points))
    out = io.BytesIO()
    plain.write(out)
    assert taken(file=out.getvalue()).new == 1
    (one,) = annotations_of(library, R)
    assert one.page == 1 and one.start == 0 and one.quote.startswith("The gradient of the loss")


def test_turned_and_cropped_pages(library: Database, tmp_path: Path) -> None:
    path = tmp_path / "turned.pdf"
    path.write_bytes(marked([highlight()], "/Rotate 90 /CropBox [50 600 400 780]"))
    assert import_pdf(library, R, path, name="ada").new == 1
    (one,) = annotations_of(library, R)
    assert one.quote.startswith("The gradient of the loss is clipped")


def test_marks_that_lie(library: Database, taken: Callable[..., Imported]) -> None:
    esc = r"/Contents (\033]52;c;x\007 \033[2J ../../etc/passwd [/nope]) /T (\342\200\256eve\033[31m) /NM (../../\033x)"
    done = taken(
        highlight(esc),
        "null",
        "6 0 R",
        "[1 2 3]",
        "<< /Rect [0 0 9 9] >>",
        "<< /Subtype 5 /Rect (x) >>",
        "<< /Subtype /Highlight /QuadPoints [1 2 3] /Rect [1 2] /Contents null /T [] /NM << >> /C (red) /M 5 >>",
        "<< /Subtype /Text /IRT 14 0 R /RT /R /Contents (round) /Rect [0 0 9 9] >>",
        "<< /Subtype /Text /IRT 13 0 R /RT /R /Contents (and round) /Rect [0 0 9 9] >>",
        f"<< /Subtype /Text /Rect [0 0 9 9] /Contents ({'x' * 10_000_000}) >>",
    )
    every = annotations_of(library, R)
    assert done.new == len(every) and done.skipped
    for one in every:
        assert len(one.body) <= 100_000 and "\x1b" not in repr(one) and "\u202e" not in one.author
        assert "\\x1b" not in repr(one)
    assert sum(one.parent is None for one in every if "round" in one.body) == 1


def test_too_many_marks_are_told(library: Database, taken: Callable[..., Imported]) -> None:
    done = taken(*(["<< /Subtype /Text /Rect [0 0 9 9] /Contents (x) >>"] * 21_000))
    assert done.skipped["too many in one file"] >= 999
    assert done.new <= 20_001


@pytest.mark.parametrize("data", [b"", b"hello", PAPER[:400], encrypted(PAPER, "secret")])
def test_files_that_cannot_be_read_are_said_so(library: Database, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.pdf"
    path.write_bytes(data)
    with pytest.raises(DocumentError):
        import_pdf(library, R, path, name="ada")
    assert native_annotations(path) == 0


def test_a_pipe_and_a_cancelled_import(library: Database, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.pdf"
    os.mkfifo(pipe)
    with pytest.raises(DocumentError):
        import_pdf(library, R, pipe, name="ada")
    path = tmp_path / "paper.pdf"
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError):
        import_pdf(library, R, path, name="ada", cancel=stop)


_VALUES = st.sampled_from(
    ["null", "true", "-1", "1e30", "/Name", "(text)", "<feff d800>", "[]", "[1 2 3 4 5 6 7 8]", "[null (a) /b 6 0 R]",
     "<< /A 6 0 R >>", "6 0 R", "7 0 R", "99 0 R", "3 0 R", "4 0 R", "(D:20239999)", "[[[]]]", "(\\377\\376\\000\\330)"]
)  # fmt: skip
_KEYS = st.sampled_from(
    ["Subtype", "Rect", "QuadPoints", "Contents", "RC", "T", "NM", "M", "CreationDate", "C", "IC", "IRT", "RT", "Popup",
     "Zotero:Tags", "Zotero:AuthorName", "CS229tui", "StateModel", "AP", "P"]
)  # fmt: skip


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(_KEYS, _VALUES, max_size=8), min_size=20, max_size=40))
def test_any_dictionary_is_survived(
    library: Database, taken: Callable[..., Imported], entries: list[dict[str, str]]
) -> None:
    marks = [
        "<< /Subtype /Highlight " + " ".join(f"/{key} {value}" for key, value in entry.items()) + " >>"
        for entry in entries
    ]
    first = taken(*marks)
    again = taken(*marks)
    assert again.new == 0 and again.unchanged >= first.new


# Colours and dates


def test_colours() -> None:
    for name, code in COLOURS.items():
        assert nearest(rgb(code)) == name
    told = {(1, 1, 0): "yellow", (1, 0.6, 0): "yellow", (1, 0.75, 0.8): "red", (0, 1, 1): "blue", (1, 0, 1): "purple"}
    assert {numbers: nearest(colour_of(numbers)) for numbers in told} == told
    assert nearest(colour_of([])) == nearest(colour_of([0.5])) == nearest(colour_of([0, 0, 1, 0])) == "yellow"


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("D:20230102030405+01'00'", "2023-01-02T02:04:05.000Z"),
        ("D:20230102030405Z00'00'", "2023-01-02T03:04:05.000Z"),
        ("20230102", "2023-01-02T00:00:00.000Z"),
        ("2023-01-02T03:04:05Z", "2023-01-02T03:04:05.000Z"),
        ("D:2023", "2023-01-01T00:00:00.000Z"),
        ("D:20231340", ""),
        ("D:00000000", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_dates(date: str, moment: str) -> None:
    assert moment_of(date) == moment


def test_dates_out() -> None:
    assert moment_of(pdf_date("2026-11-23T18:40:00.123Z")) == "2026-11-23T18:40:00.000Z"


# Real papers


def test_the_marks_of_a_real_paper(papers: Path, mine: Folders, tmp_path: Path) -> None:
    path = papers / "1706.03762.pdf"
    if not path.exists():
        pytest.skip("the paper is not among those given")
    library = open_library(mine.database)
    attach_file(library, mine, R, path)
    found = native_annotations(path)
    assert found > 50
    done = import_pdf(library, R, path, name="ada")
    assert done.lost == 0 and done.new >= found - 2
    every = annotations_of(library, R)
    assert all(one.quote and one.start is not None for one in every if one.region is None and one.kind == "highlight")
    began = time.process_time()
    target = tmp_path / "out.pdf"
    assert annotated_pdf(library, mine, R, target).exact
    assert time.process_time() - began < 5
    assert target.read_bytes().startswith(path.read_bytes())
    assert len([mark for there in read_marks(target).pages for mark in there.marks]) >= 2 * found - 2
    assert import_pdf(library, R, target, name="ada").new == 0


def test_an_unknown_reading(library: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        import_pdf(library, "nothing", tmp_path / "paper.pdf", name="ada")
