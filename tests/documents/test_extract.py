"""What the reading child tells of a page."""

import hashlib
import re
from array import array
from pathlib import Path

import pytest

from cs229tui.documents.pdf.document import PdfFile, open_pdf
from cs229tui.documents.pdf.wire import Failed, PageRead
from cs229tui.documents.reflow.layout import PageLayout, decode_layout
from cs229tui.documents.reflow.measures import plain
from pdfs import BOLD, MONO, Put, Rule, paragraph, pdf, width


def opened(folder: Path, data: bytes) -> PdfFile:
    path = folder / "paper.pdf"
    path.write_bytes(data)
    file = open_pdf(str(path))
    assert not isinstance(file, Failed), file
    return file


def read(folder: Path, data: bytes, number: int = 1) -> PageRead:
    return opened(folder, data).read(number)


def layout_of(page: PageRead) -> PageLayout:
    return decode_layout(page.layout)


def test_a_page_has_one_box_for_each_character(tmp_path: Path) -> None:
    page = read(tmp_path, pdf([[Put(72, 700, "Clip each gradient"), Put(72, 688, "and add noise.")]]))
    assert page.text == "Clip each gradient \nand add noise."
    boxes = array("f")
    boxes.frombytes(page.boxes)
    assert len(boxes) == 4 * len(page.text)
    left, bottom, right, top = boxes[:4]
    assert 71 < left < 73 and 695 < bottom <= 700 and left < right < 85 and 705 < top < 712


def test_line_end_hyphens_have_a_sign_of_their_own(tmp_path: Path) -> None:
    page = read(tmp_path, pdf([[Put(72, 700, "the well-known gradi-"), Put(72, 688, "ent of the loss")]]))
    assert "gradi\u2010ent" in page.text
    assert "well-known" in page.text
    assert layout_of(page).hyphens == [page.text.index("\u2010")]


def test_nothing_a_terminal_obeys_comes_out(tmp_path: Path) -> None:
    hostile = pdf([[Put(72, 700, "before \x1b]52;c;x\x07\x1b[2J \x9b31m after")]], title="T\x1b[31m")
    page = read(tmp_path, hostile)
    assert "before" in page.text and "after" in page.text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", page.text)
    assert "\x1b" not in opened(tmp_path, hostile).title


def test_outline_title_and_labels(tmp_path: Path) -> None:
    items = [Put(72, 700, "1 Introduction", 14, BOLD), *paragraph("some words of it " * 20, 72, 680, 400)]
    items += [Put(72, 500, "2 Method", 14, BOLD), Put(72, 480, "We clip.")]
    file = opened(
        tmp_path, pdf([items, []], title="A paper", outline=[("Introduction", 1, 715), ("Method", 1, 515)], labels="r")
    )
    assert file.title == "A paper"
    assert [line[:3] for line in file.outline] == [("Introduction", 0, 1), ("Method", 0, 1)]
    page = file.read(1)
    assert page.label == "i"
    places = dict(page.places)
    assert page.text[places[0] :].startswith("1 Introduction")
    assert page.text[places[1] :].startswith("2 Method")


def test_fingerprint_is_the_one_of_pdf_js(tmp_path: Path) -> None:
    identifier = bytes(range(16))
    assert opened(tmp_path, pdf([[]], identifier=identifier)).fingerprint == identifier.hex()
    for other in (None, bytes(16), b"short"):
        data = pdf([[Put(72, 700, "x" * 40) for _ in range(30)]], identifier=other)
        digest = hashlib.md5(data[:1024], usedforsecurity=False).hexdigest()
        assert opened(tmp_path, data).fingerprint == digest


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_turned_page_reads_like_an_upright_one(tmp_path: Path, rotate: int) -> None:
    items = [
        Put(300 + 12 * row, 100, text, angle=90) for row, text in enumerate(("First line of it", "and a second one"))
    ]
    page = read(tmp_path, pdf([items], rotate=rotate))
    assert (page.width, page.height) == ((792, 612) if rotate % 180 else (612, 792))
    layout = layout_of(page)
    assert {round(look.angle) % 360 for look in layout.looks} == {0}
    first, second = sorted(layout.lines, key=lambda line: -line.base)
    assert plain(layout, first) == "First line of it" and plain(layout, second) == "and a second one"
    assert first.base - second.base == pytest.approx(12, abs=0.1)
    boxes = array("f")
    boxes.frombytes(page.boxes)
    at = 4 * page.text.index("First")
    assert 288 < boxes[at] < 301 and 99 < boxes[at + 1] < 101  # where the file has it, whatever way it is read


def test_styles_are_told_apart(tmp_path: Path) -> None:
    items = [Put(72, 700, "Bold head", 14, BOLD), Put(72, 680, "code()", 9, MONO), Put(72, 660, "plain text")]
    looks = {(look.size, look.bold, look.mono) for look in layout_of(read(tmp_path, pdf([items]))).looks}
    assert looks == {(14, True, False), (9, False, True), (10, False, False)}


def test_accents_that_are_drawn_by_themselves_belong_to_their_letters(tmp_path: Path) -> None:
    line = Put(72, 700, "Mr. H", 10)
    at = 72 + width("Mr. H") + 0.3
    accents = [Put(at + 0.6, 700.2, "\u00b4", 10), Put(at, 700, "enaff was there", 10)]
    page = read(tmp_path, pdf([[line, *accents, Put(72, 680, "a ^ b and c ~ d")]]))
    assert page.text.split("\n")[0].split() == ["Mr.", "Hénaff", "was", "there"]
    assert "a ^ b and c ~ d" in page.text
    assert len(page.boxes) == 16 * len(page.text)


def test_letters_set_apart_are_one_word(tmp_path: Path) -> None:
    letters = [Put(72 + 7.5 * index, 700, letter, 10, MONO) for index, letter in enumerate("CLASS")]
    page = read(tmp_path, pdf([[*letters, Put(130, 700, "and some words after it")]]))
    assert page.text.startswith("CLASS")


def test_an_underscore_that_is_drawn_is_one(tmp_path: Path) -> None:
    end = 72 + width("conv")
    items = [Put(72, 700, "conv"), Rule(end + 0.7, 699, 3.6), Put(end + 5, 700, "two of them")]
    assert read(tmp_path, pdf([items])).text.startswith("conv_two of them")


def test_places_count_from_the_page_s_corner(tmp_path: Path) -> None:
    items = [Put(72, 700, "First line of it"), Put(72, 688, "and the second")]
    plain_file = pdf([items])
    moved = plain_file.replace(b"[0 0 612 792]", b"[50 100 662 892]")
    page = read(tmp_path, moved)
    layout = layout_of(page)
    assert layout.lines[0].left == pytest.approx(22, abs=0.5) and layout.lines[0].base == pytest.approx(600, abs=0.5)
    boxes = array("f")
    boxes.frombytes(page.boxes)
    assert 71 < boxes[0] < 73  # where the file has it


def test_what_is_left_of_a_file_that_is_cut_off_is_read(tmp_path: Path) -> None:
    whole = pdf([[Put(72, 700, f"This is page {number} of it.")] for number in range(1, 5)])
    file = opened(tmp_path, whole[: whole.index(b"page 3")])
    assert file.warnings
    assert "This is page 1" in file.read(1).text
