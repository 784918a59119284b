"""Bringing files in, keeping them, and opening them again."""

import hashlib
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cs229tui.documents import store
from cs229tui.documents.store import (
    attach_file,
    document_path,
    ensure_guides,
    open_document,
    outdated,
    read_again,
)
from cs229tui.errors import DocumentError, NotFoundError
from cs229tui.folders import Folders
from cs229tui.library.database import Database, open_library
from cs229tui.library.documents import DocumentRecord, attached, document
from pdfs import Put, encrypted, filler, paragraph, pdf


@pytest.fixture
def database(mine: Folders) -> Iterator[Database]:
    opened = open_library(mine.database)
    yield opened
    opened.close()


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf([paragraph(filler(80), 72, 700, 400), paragraph(filler(60, "beta"), 72, 700, 400)], title="P"))
    return path


def strays(mine: Folders) -> list[Path]:
    return list(mine.documents.glob(".part-*")) if mine.documents.exists() else []


def test_attach_then_open(database: Database, mine: Folders, paper: Path) -> None:
    seen: list[tuple[int, int]] = []
    record = attach_file(database, mine, "abadi", paper, lambda done, of: seen.append((done, of)))
    assert record.sha256 == hashlib.sha256(paper.read_bytes()).hexdigest()
    assert (record.pages, record.title, record.format) == (2, "P", "pdf")
    assert seen == [(1, 2), (2, 2)]
    assert document_path(mine, record.sha256, "pdf").read_bytes() == paper.read_bytes()
    paper.unlink()
    opened = open_document(database, "abadi")
    assert [page.number for page in opened.pages] == [1, 2]
    assert opened.flow[1].text == filler(80)
    assert not outdated(opened.record)
    assert strays(mine) == []


def test_opening_touches_no_file_and_no_pdf_library(database: Database, mine: Folders, paper: Path) -> None:
    attach_file(database, mine, "abadi", paper)
    script = """
        import sys
        from cs229tui.folders import folders
        from cs229tui.library.database import open_library
        from cs229tui.documents.store import open_document
        assert open_document(open_library(folders().database), "abadi").flow
        heavy = {"pypdf", "pypdfium2", "markdown_it", "httpx", "textual", "rich.progress"} & set(sys.modules)
        assert not heavy, heavy
    """
    for path in mine.documents.rglob("*.pdf"):
        path.unlink()
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


def test_known_bytes_are_not_read_again(
    database: Database, mine: Folders, paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = attach_file(database, mine, "abadi", paper)
    monkeypatch.setattr(store, "_read", lambda *_: pytest.fail("read again"))
    again = attach_file(database, mine, "abadi", paper)
    other = attach_file(database, mine, "karras", paper)
    assert first.sha256 == again.sha256 == other.sha256
    assert set(attached(database)) == {"abadi", "karras"}


def test_an_older_extractor_still_opens_and_is_read_anew_on_request(
    database: Database, mine: Folders, paper: Path
) -> None:
    record = attach_file(database, mine, "abadi", paper)
    database.execute("UPDATE document SET extractor = 'pdfium/1.0+0'")
    assert outdated(open_document(database, "abadi").record)
    fresh = read_again(database, mine, "abadi")
    assert fresh.extractor == record.extractor
    assert not outdated(open_document(database, "abadi").record)
    document_path(mine, record.sha256, "pdf").unlink()
    with pytest.raises(DocumentError, match="gone"):
        read_again(database, mine, "abadi")


def test_attaching_again_after_an_update_reads_again(database: Database, mine: Folders, paper: Path) -> None:
    attach_file(database, mine, "abadi", paper)
    database.execute("UPDATE document SET extractor = 'pdfium/1.0+0'")
    assert not outdated(attach_file(database, mine, "abadi", paper))


def test_nothing_attached(database: Database, mine: Folders) -> None:
    with pytest.raises(NotFoundError, match="no document yet"):
        open_document(database, "abadi")


HTML = b"<!DOCTYPE html><html><body>Just a moment...</body></html>"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.pdf", b"", "is empty"),
        ("x.pdf", HTML, "is a web page"),
        ("x.html", HTML, "check for robots"),
        ("x.html", b"<html><body><div id=app></div><script>x</script></body></html>", "only in a browser"),
        ("x.pdf", b"not at all", "is not a PDF"),
        ("x.bin", b"\x7fELF\0\0\0", "neither a PDF nor text"),
        ("x.txt", "caf\xe9".encode("latin-1"), "not UTF-8"),
        ("x.md", b"<div></div>", "has no text"),
        ("x.pdf", b"%PDF-1.7\nrubbish", "damaged"),
        ("x.pdf", pdf([paragraph(filler(80), 72, 700, 400)])[:700], "damaged"),
        ("x.pdf", encrypted(pdf([[Put(72, 700, "text")]]), "secret"), "needs a password"),
    ],
)
def test_what_cannot_be_read_says_why_and_leaves_nothing(
    database: Database, mine: Folders, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=message) as caught:
        attach_file(database, mine, "abadi", path)
    assert name in caught.value.what
    assert attached(database) == {}
    assert [path for path in mine.documents.rglob("*") if path.is_file()] == []


def test_missing_files_and_folders(database: Database, mine: Folders, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="There is no file"):
        attach_file(database, mine, "abadi", tmp_path / "nowhere.pdf")
    with pytest.raises(DocumentError, match="is a folder"):
        attach_file(database, mine, "abadi", tmp_path)


def test_a_pipe_is_not_waited_for(database: Database, mine: Folders, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "paper.pdf")
    with pytest.raises(DocumentError, match="a pipe or a device"):
        attach_file(database, mine, "abadi", tmp_path / "paper.pdf")


def test_a_file_too_large(database: Database, mine: Folders, paper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LARGEST_FILE", 100)
    with pytest.raises(DocumentError, match="larger than"):
        attach_file(database, mine, "abadi", paper)
    assert strays(mine) == []


def test_hostile_names_are_shown_clean(database: Database, mine: Folders, tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\nb.pdf"
    path.write_bytes(b"")
    with pytest.raises(DocumentError) as caught:
        attach_file(database, mine, "abadi", path)
    assert "\x1b" not in str(caught.value) and "\n" not in str(caught.value)


def test_cancelling_leaves_nothing(database: Database, mine: Folders, paper: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(DocumentError, match="cancelled"):
        attach_file(database, mine, "abadi", paper, cancel=cancel)
    assert attached(database) == {}
    assert strays(mine) == []


def test_being_killed_leaves_no_half_document(database: Database, mine: Folders, paper: Path) -> None:
    script = """
        import os, signal, sys
        from pathlib import Path
        from cs229tui.documents.store import attach_file
        from cs229tui.folders import folders
        from cs229tui.library.database import open_library
        attach_file(open_library(folders().database), folders(), "abadi", Path(sys.argv[1]),
                    lambda done, of: os.kill(os.getpid(), signal.SIGKILL))
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(paper)], check=False)
    assert killed.returncode < 0
    assert attached(database) == {}
    assert len(strays(mine)) == 1
    attach_file(database, mine, "abadi", paper)
    assert strays(mine) == []
    assert open_document(database, "abadi").pages


def test_markdown_and_text(database: Database, mine: Folders, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("# Notes\n\nOn *clipping*.\n")
    record = attach_file(database, mine, "mine", notes)
    assert (record.format, record.title, record.pages) == ("markdown", "Notes", 1)
    assert [block.kind for block in open_document(database, "mine").flow] == ["page", "title", "paragraph"]
    plain = tmp_path / "plain"
    plain.write_text("Just words.\n")
    assert attach_file(database, mine, "plain", plain).format == "text"


def test_the_newest_attachment_is_read(database: Database, mine: Folders, paper: Path, tmp_path: Path) -> None:
    first = attach_file(database, mine, "abadi", paper)
    other = tmp_path / "other.md"
    other.write_text("# Other\n")
    second = attach_file(database, mine, "abadi", other)
    assert open_document(database, "abadi").record.sha256 == second.sha256
    attach_file(database, mine, "abadi", paper)
    assert open_document(database, "abadi").record.sha256 == first.sha256
    assert isinstance(document(database, second.sha256), DocumentRecord)


def test_guides_are_readings_and_follow_their_files(database: Database, mine: Folders, tmp_path: Path) -> None:
    handout = tmp_path / "README.md"
    handout.write_text("# A lab\n\nRun it.\n")
    wanted = {"lab-transformer": handout, "lab-gone": tmp_path / "gone.md"}
    ensure_guides(database, mine, wanted)
    assert open_document(database, "guide").pages
    assert open_document(database, "lab-transformer").record.title == "A lab"
    assert "lab-gone" not in attached(database)
    before = database.execute("SELECT count(*) FROM attachment").fetchone()[0]
    ensure_guides(database, mine, wanted)
    assert database.execute("SELECT count(*) FROM attachment").fetchone()[0] == before
    handout.write_text("# A better lab\n\nRun it.\n")
    ensure_guides(database, mine, wanted)
    assert open_document(database, "lab-transformer").record.title == "A better lab"


def test_a_read_only_folder(database: Database, mine: Folders, paper: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    mine.documents.mkdir(parents=True)
    mine.documents.chmod(0o500)
    try:
        with pytest.raises(DocumentError, match="cannot be"):
            attach_file(database, mine, "abadi", paper)
    finally:
        mine.documents.chmod(0o700)
