"""Links on pages: those a file has, and the addresses its text spells out."""

import io
import time
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link as Annotation
from pypdf.generic import (
    ArrayObject,
    FloatObject,
    NameObject,
    NullObject,
    NumberObject,
    TextStringObject,
)

from cs229tui.documents.linking import web_address, with_written, written_links
from cs229tui.documents.pdf.engine import Extraction, PdfEngine
from cs229tui.documents.store import attach_file, open_document
from cs229tui.folders import folders
from cs229tui.library.database import open_library
from cs229tui.library.documents import Link, links_of
from pdfs import Put, filler, paragraph, pdf, width


def read(folder: Path, data: bytes) -> Extraction:
    path = folder / "paper.pdf"
    path.write_bytes(data)
    with PdfEngine(path) as engine:
        return engine.extract()


def linked(data: bytes, *links: tuple[tuple[float, float, float, float], object]) -> bytes:
    """The file with links on its first page: rectangles, and an address, (page, left, height) or a name."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    for rectangle, target in links:
        made = Annotation(rect=rectangle, url="x")
        action = made[NameObject("/A")]
        if isinstance(target, str):
            action[NameObject("/URI")] = TextStringObject(target)
        else:
            del made[NameObject("/A")]
            made[NameObject("/Dest")] = destination(writer, target) if isinstance(target, tuple) else target
        writer.add_annotation(0, made)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def around(put: Put, words: str) -> tuple[float, float, float, float]:
    """The rectangle of some words of a text."""
    before, _, _ = put.text.partition(words)
    left = put.x + width(before)
    return left - 1, put.y - 3, left + width(words) + 1, put.y + 9


def destination(writer: PdfWriter, target: tuple[int, float | None, float]) -> ArrayObject:
    page, left, height = target
    across = NullObject() if left is None else FloatObject(left)
    reference = writer.pages[page - 1].indirect_reference
    assert reference is not None
    return ArrayObject([reference, NameObject("/XYZ"), across, FloatObject(height), NumberObject(0)])


def words(extraction: Extraction, page: int = 1) -> list[tuple[str, str]]:
    """What is linked on a page, and where it leads: an address, or the beginning of what stands there."""
    text = extraction.pages[page - 1].text
    found = []
    for link in extraction.links[page - 1]:
        target = extraction.pages[link.page - 1].text[link.place :] if link.page else ""
        found.append((text[link.start : link.end], link.url or target[:12]))
    return found


TWO_COLUMNS = [
    *paragraph("left " * 90, 60, 640, 230),
    Put(60, 400, "[7] A. Author. The left entry."),
    Put(320, 410, "[9] Another one above it on the right."),
    Put(320, 398, "[8] B. Writer. The right entry."),
]


def test_links_of_the_file_lie_on_their_words(tmp_path: Path) -> None:
    line = Put(72, 700, "as in [7] and in others [8] one can see the code here.")
    data = linked(
        pdf([[line], TWO_COLUMNS]),
        (around(line, "7"), (2, 60, 411)),
        (around(line, "8"), (2, 320, 409)),
        (around(line, "code"), "https://example.org/code"),
        (around(line, "here"), "javascript:alert(1)"),
    )
    assert words(read(tmp_path, data)) == [
        ("7", "[7] A. Autho"),
        ("8", "[8] B. Write"),
        ("code", "https://example.org/code"),
    ]


def test_a_destination_without_a_side_takes_the_nearest_line_below(tmp_path: Path) -> None:
    body = paragraph(filler(80), 72, 700, 400)
    data = linked(pdf([[Put(72, 700, "Next")], body]), ((70, 695, 100, 712), (2, None, 697.0)))
    extraction = read(tmp_path, data)
    second = body[1].text
    assert words(extraction) == [("Next", second[:12])]


def test_a_link_over_two_lines_is_one(tmp_path: Path) -> None:
    page = [Put(72, 700, "we follow all of abadi"), Put(72, 688, "et al. in this.")]
    address = "https://example.org/a"
    data = linked(pdf([page]), (around(page[0], "abadi"), address), (around(page[1], "et al."), address))
    ((shown, url),) = words(read(tmp_path, data))
    assert (" ".join(shown.split()), url) == ("abadi et al.", address)


def test_links_are_kept_with_their_page(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf([[Put(72, 700, "See https://example.org/data for it.")], [Put(72, 700, "No link.")]]))
    rooms = folders()
    database = open_library(rooms.database)
    attach_file(database, rooms, "abadi", path)
    first, second = open_document(database, "abadi").pages
    (link,) = links_of(first)
    assert first.text[link.start : link.end] == link.url == "https://example.org/data"
    assert links_of(second) == ()
    database.close()


def test_turned_pages_have_their_links_in_place(tmp_path: Path) -> None:
    page = [Put(300, 100, "Turned words of it", angle=90)]
    data = linked(pdf([page], rotate=90), ((288, 95, 305, 132), "https://example.org/t"))
    assert words(read(tmp_path, data)) == [("Turned", "https://example.org/t")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://example.org/a_(b), and", [("https://example.org/a_(b)", "https://example.org/a_(b)")]),
        ("(https://example.org/a).", [("https://example.org/a", "https://example.org/a")]),
        ("at www.example.org/x; then", [("www.example.org/x", "https://www.example.org/x")]),
        (
            "https://github.com/tensorflow/ \ntensor2tensor. \nWe",
            [("https://github.com/tensorflow/ \ntensor2tensor", "https://github.com/tensorflow/tensor2tensor")],
        ),
        ("URL https://arxiv. \norg/abs/2001.08361.", [("https://arxiv. \norg/abs/2001.08361", "")]),
        ("from http://example.org/. \nWe then", [("http://example.org/", "")]),
        ("from http://example.org/ \nWe then", [("http://example.org/", "")]),
        (
            "a-b https://example.org/long\u2010name x",
            [("https://example.org/long\u2010name", "https://example.org/long-name")],
        ),
        ("arXiv preprint arXiv:1607.06450, 2016.", [("1607.06450", "https://arxiv.org/abs/1607.06450")]),
        ("CoRR, abs/1409.0473, 2014", [("1409.0473", "https://arxiv.org/abs/1409.0473")]),
        ("arXiv:hep-th/9901001v2", [("hep-th/9901001v2", "https://arxiv.org/abs/hep-th/9901001v2")]),
        ("doi: 10.18653/v1/N19-1357.", [("10.18653/v1/N19-1357", "https://doi.org/10.18653/v1/N19-1357")]),
        ("avaswani@google.com", [("avaswani@google.com", "mailto:avaswani@google.com")]),
        ("a rate of 10.5/2 and e.g. this, i.e. www. nothing", []),
        ("javascript:alert(1) file:///etc/passwd ftp://a.b/c", []),
    ],
)
def test_addresses_that_are_written_out(text: str, expected: list[tuple[str, str]]) -> None:
    found = [(text[link.start : link.end], link.url) for link in written_links(text)]
    assert [shown for shown, _ in found] == [shown for shown, _ in expected]
    for (_, url), (shown, wanted) in zip(found, expected, strict=True):
        assert url == (wanted or "".join(shown.split()))


def test_only_addresses_of_the_web_and_of_people_are_followed() -> None:
    assert web_address("HTTPS://Example.org/ä b") == "HTTPS://Example.org/%C3%A4b"
    assert web_address("mailto:a@b.org") == "mailto:a@b.org"
    for other in ("javascript:alert(1)", "file:///etc/passwd", "http://", "http://[", "x", "https://localhost", ""):
        assert web_address(other) == ""
    assert "\x1b" not in web_address("https://example.org/\x1b]52;c;x\x07y")


def test_what_the_file_links_is_not_linked_again() -> None:
    text = "see https://example.org/a now"
    own = Link(4, 25, "https://example.org/other")
    assert with_written([own], text) == (own,)


def test_hostile_text_is_searched_in_no_time() -> None:
    begun = time.perf_counter()
    for piece in ("https://", "http://a.b/ \n", "www.", "10.1234/", "a@b.", "arXiv: ", "(", "https://a.b/(((", "a.@a."):
        assert len(written_links((piece * 60_000)[:250_000])) <= 2000
    assert time.perf_counter() - begun < 20
