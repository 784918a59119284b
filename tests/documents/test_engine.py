"""The reading child: what it survives, what it reports, and that it never outlives its parent."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from cs229tui.documents.flow import decode
from cs229tui.documents.pdf.child import ChildDiedError
from cs229tui.documents.pdf.engine import PdfEngine
from cs229tui.documents.pdf.wire import LONGEST_FRAME, Open, Reflow, Reply, frame, length_of, read_request
from cs229tui.errors import DocumentError
from pdfs import Put, filler, flate_bomb, form_recursion, paragraph, pdf, with_pages_tree


def engine(folder: Path, data: bytes, patience: float = 20.0) -> PdfEngine:
    path = folder / "paper.pdf"
    path.write_bytes(data)
    return PdfEngine(path, patience)


def test_frames_carry_requests() -> None:
    import io

    sent = frame(Open("/x.pdf")) + frame(Reflow((b"1", b""), ("i", "ii"), (("One", 0, 1, 5),)))
    stream = io.BytesIO(sent)
    assert read_request(stream) == Open("/x.pdf")
    assert read_request(stream) == Reflow((b"1", b""), ("i", "ii"), (("One", 0, 1, 5),))
    assert read_request(stream) is None
    assert length_of(b"\xff\xff\xff\xff") > LONGEST_FRAME


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"hello", "not a PDF"),
        (b"%PDF-1.4\n" + bytes(range(256)) * 20, "damaged"),
        (with_pages_tree("<< /Type /Pages /Count 0 /Kids [] >>"), "no pages"),
        (with_pages_tree("<< /Type /Pages /Count 2147483648 /Kids [] >>"), "no pages"),
        (with_pages_tree("<< /Type /Pages /Count 1 /Kids [2 0 R] >>"), "paper.pdf"),
    ],
)
def test_broken_files_are_errors(tmp_path: Path, data: bytes, message: str) -> None:
    with engine(tmp_path, data) as opened, pytest.raises(DocumentError, match=message):
        opened.extract()


def test_too_many_pages(tmp_path: Path) -> None:
    kids = "3 0 R " * 5001
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"
    tree = f"<< /Type /Pages /Count 5001 /Kids [{kids}] >>"
    data = with_pages_tree(tree).replace(b"xref\n0 3", b"3 0 obj\n" + page + b"\nendobj\nxref\n0 3")
    with engine(tmp_path, data) as opened, pytest.raises(DocumentError, match="5001 pages"):
        opened.extract()


def test_a_page_that_hangs_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    with engine(tmp_path, form_recursion(), patience=1.0) as opened:
        extraction = opened.extract()
    assert extraction.warnings == ("Page 1 could not be read: it took too long.",)
    assert [page.text for page in extraction.pages] == ["", "The second page is whole."]
    assert [block.text for block in decode(extraction.flow) if block.kind in ("paragraph", "figure")] == [
        "This page could not be read.",
        "The second page is whole.",
    ]


def test_a_page_of_scattered_letters_does_not_hold_us_up(tmp_path: Path) -> None:
    scattered = [Put((number * 37) % 600, (number * 91) % 780, "x", 4) for number in range(6000)]
    with engine(tmp_path, pdf([scattered, paragraph(filler(60), 72, 700, 400)])) as opened:
        extraction = opened.extract()
    assert extraction.warnings == ()
    assert any(block.text.endswith(filler(60)) for block in decode(extraction.flow))


def test_what_cannot_be_told_apart_is_shown_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = paragraph(filler(60), 72, 700, 400)
    with engine(tmp_path, pdf([lines])) as opened:
        asked = opened._asked

        def refuse(request: Reflow) -> Reply:
            if not request.simply:
                raise ChildDiedError("it took too long")
            return asked(request)

        monkeypatch.setattr(opened, "_asked", refuse)
        extraction = opened.extract()
    assert "line by line" in extraction.warnings[0]
    shown = [block.text for block in decode(extraction.flow) if block.kind == "paragraph"]
    assert shown == [line.text for line in lines]


def test_a_bomb_does_not_reach_us(tmp_path: Path) -> None:
    before = _memory()
    with engine(tmp_path, flate_bomb(100)) as opened:
        try:
            opened.extract()
        except DocumentError as error:
            assert "memory" in error.what or "damaged" in error.what
    assert _memory() - before < 50 << 20


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_many_pages(tmp_path: Path) -> None:
    seen: list[int] = []
    pages = [[Put(72, 700, f"This is page {number}, and there are more.")] for number in range(1, 301)]
    with engine(tmp_path, pdf(pages)) as opened:
        extraction = opened.extract(lambda done, of: seen.append(done))
    assert seen == list(range(1, 301))
    assert extraction.pages[299].text.startswith("This is page 300")


def test_a_file_that_only_the_second_library_opens_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pypdfium2  # type: ignore[import-untyped]

    from cs229tui.documents.pdf import document as reading
    from cs229tui.documents.pdf.wire import Failed

    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf([paragraph(filler(60), 72, 700, 400)], title="Second way", identifier=bytes(range(16))))

    def refuse(*_: object) -> None:
        raise pypdfium2.PdfiumError("Data format error")

    monkeypatch.setattr(reading.pypdfium2, "PdfDocument", refuse)
    file = reading.open_pdf(str(path))
    assert not isinstance(file, Failed)
    assert file.extractor.startswith("pypdf/")
    assert (file.title, file.fingerprint) == ("Second way", bytes(range(16)).hex())
    page = file.read(1)
    assert page.text.split()[:3] == filler(60).split()[:3]
    assert page.boxes == b""


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(form_recursion())
    script = """
        import os, sys, signal, threading, time
        from pathlib import Path
        from cs229tui.documents.pdf.engine import PdfEngine
        engine = PdfEngine(Path(sys.argv[1]))
        engine.open()
        print(engine.process, flush=True)
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
        engine.extract()
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.wait(20)
    parent.stdout.close()
    end = time.monotonic() + 10
    while _runs(child) and time.monotonic() < end:
        time.sleep(0.02)
    assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
