"""Bringing files in, and opening what was brought in: from the database alone, no file is touched."""

import hashlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.clock import timestamp
from cs229tui.documents.flow import Flow, decode, encode
from cs229tui.documents.pdf.wire import pdf_extractors
from cs229tui.errors import DocumentError
from cs229tui.folders import Folders, shipped
from cs229tui.library.database import Database, writing
from cs229tui.library.documents import (
    DocumentRecord,
    Format,
    OutlineEntry,
    Page,
    attach,
    attached_document,
    document,
    document_of,
    encode_links,
    page_texts,
    source_of,
    store_document,
)

Progress = Callable[[int, int], None]

LARGEST_FILE = 200 * 1024 * 1024
_SUFFIX: dict[Format, str] = {"pdf": ".pdf", "html": ".html", "markdown": ".md", "text": ".txt"}
# A notebook is JSON around Markdown.
_MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd", ".ipynb"})
_HTML = frozenset({".html", ".htm", ".xhtml", ".shtml"})
_STRAY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class OpenDocument:
    """A document ready to be read: what is known of it, its blocks, and its pages' text without boxes."""

    record: DocumentRecord
    flow: Flow
    pages: tuple[Page, ...]


def attach_file(
    database: Database,
    folders: Folders,
    reading_id: str,
    path: Path,
    progress: Progress | None = None,
    *,
    source: str = "",
    cancel: threading.Event | None = None,
) -> DocumentRecord:
    """Keep a copy of a PDF, web page, Markdown or text file, read it, and make it the document of `reading_id`.

    Bytes that are known already are not read again. `progress` is told (pages done, pages in all); `source` is where
    the file came from, by default its name; setting `cancel` stops the reading. Raises `DocumentError`. The database is
    written last and in one transaction, so that being killed leaves the library as it was.
    """
    from cs229tui.documents.versions import carry_place

    name = clean_line(path.name, 120)
    partial, sha256, size = _copied(path, folders.documents)
    try:
        kind = _format_of(partial, name)
        known = document(database, sha256)
        target = document_path(folders, sha256, kind)
        if known is not None and not outdated(known):
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(target)
            before = document_of(database, reading_id)
            attach(database, reading_id, sha256, source or name)
            carry_place(database, reading_id, before)
            return known
        record, pages = _read(partial, name, kind, sha256, size, progress, cancel, source)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.replace(target)
    except OSError as error:
        raise DocumentError(
            f"{name} cannot be kept: {error.strerror}.", "Check the disk and the data folder."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    before = document_of(database, reading_id)
    with writing(database):
        store_document(database, record, pages)
        attach(database, reading_id, sha256, source or name)
    carry_place(database, reading_id, before)
    return record


def open_document(database: Database, reading_id: str) -> OpenDocument:
    """The document of a reading, from the database alone; raises `NotFoundError` when nothing is attached."""
    record = attached_document(database, reading_id)
    return OpenDocument(record, decode(record.flow), tuple(page_texts(database, record.sha256)))


def document_path(folders: Folders, sha256: str, kind: Format) -> Path:
    """Where the program's copy of a document is."""
    return folders.documents / sha256[:2] / f"{sha256}{_SUFFIX[kind]}"


def outdated(record: DocumentRecord) -> bool:
    """Whether a document was read by an older extractor than today's; it can be read on, or `read_again`."""
    return record.extractor not in _extractors(record.format)


def read_again(
    database: Database,
    folders: Folders,
    reading_id: str,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> DocumentRecord:
    """Read a reading's document anew from the program's copy, with today's extractor; raises `DocumentError`."""
    record = attached_document(database, reading_id)
    path = document_path(folders, record.sha256, record.format)
    if not path.is_file():
        raise DocumentError(f"The copy of {reading_id}'s document is gone.", "Attach or fetch it again.")
    source = source_of(database, record.sha256)
    fresh, pages = _read(path, reading_id, record.format, record.sha256, record.size, progress, cancel, source)
    store_document(database, fresh, pages)
    return fresh


def ensure_guides(database: Database, folders: Folders, handouts: Mapping[str, Path]) -> None:
    """Make our guide and the labs' handouts (reading id to file) readable, and bring them up to date when they change.

    Costs one look at each file when nothing changed. A handout that is missing is left out.
    """
    for reading_id, path in {"guide": shipped("docs/guide.md"), **handouts}.items():
        try:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            continue
        current = document_of(database, reading_id)
        if current is None or current.sha256 != sha256 or outdated(current):
            attach_file(database, folders, reading_id, path, source="cs229tui")


def _extractors(kind: Format) -> tuple[str, ...]:
    if kind == "pdf":
        return pdf_extractors()
    if kind == "html":
        from cs229tui.documents.html.engine import html_extractor

        return (html_extractor(),)
    from cs229tui.documents.markdown import markdown_extractor, text_extractor

    return (markdown_extractor() if kind == "markdown" else text_extractor(),)


def _copied(path: Path, folder: Path) -> tuple[Path, str, int]:
    """A private copy of the file under a name of its own, its SHA-256 and its size."""
    name = clean_line(path.name, 120)
    if path.is_dir():
        raise DocumentError(f"{name} is a folder.", "Name a PDF, web page, Markdown or text file in it.")
    if path.exists() and not path.is_file():
        # A pipe that nobody writes to would keep us waiting, and a device never ends.
        raise DocumentError(f"{name} is a pipe or a device, not a file.", "Save what it gives to a file first.")
    digest, size = hashlib.sha256(), 0
    partial = folder / f".part-{os.getpid()}-{uuid.uuid4().hex}"
    try:
        with path.open("rb") as source:
            folder.mkdir(parents=True, exist_ok=True)
            _sweep(folder)
            with partial.open("xb") as copy:
                while part := source.read(1 << 20):
                    size += len(part)
                    if size > LARGEST_FILE:
                        raise DocumentError(
                            f"{name} is larger than {LARGEST_FILE >> 20} MB.", "Split it, or make a smaller copy."
                        )
                    digest.update(part)
                    copy.write(part)
                copy.flush()
                os.fsync(copy.fileno())
        if size == 0:
            raise DocumentError(f"{name} is empty.", "It may be a download that failed: get it again.")
    except FileNotFoundError as error:
        raise DocumentError(f"There is no file {clean_line(str(path), 300)}.", "Check the path.") from error
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise DocumentError(f"{name} cannot be read or copied: {error.strerror}.") from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return partial, digest.hexdigest(), size


def _sweep(folder: Path) -> None:
    """Remove the copies that programs which were killed left behind."""
    for stray in folder.glob(".part-*"):
        try:
            owner = int(stray.name.split("-")[1])
            if owner != os.getpid() and (not _alive(owner) or time.time() - stray.stat().st_mtime > _STRAY_SECONDS):
                stray.unlink(missing_ok=True)
        except (ValueError, IndexError, OSError):
            continue


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _format_of(path: Path, name: str) -> Format:
    """What a file is, by its bytes first and its name second; raises `DocumentError` for what we do not read."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    suffix = Path(name).suffix.casefold()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml", b"<!--")) and suffix not in _MARKDOWN:
        if suffix == ".pdf":
            raise DocumentError(
                f"{name} is a web page, not a PDF.",
                "The site may have asked to log in: open it in a browser and save the PDF itself.",
            )
        return "html"
    if suffix in _HTML:
        return "html"
    if suffix == ".pdf":
        raise DocumentError(f"{name} is not a PDF.", "The download may have failed: get it again.")
    if b"\0" in head:
        raise DocumentError(f"{name} is neither a PDF nor text.", "PDFs, web pages, Markdown and text can be attached.")
    return "markdown" if suffix in _MARKDOWN else "text"


def _read(
    path: Path,
    name: str,
    kind: Format,
    sha256: str,
    size: int,
    progress: Progress | None,
    cancel: threading.Event | None,
    source: str,
) -> tuple[DocumentRecord, tuple[Page, ...]]:
    if kind != "pdf":
        return _read_text(path, name, kind, sha256, size, progress, cancel, source)
    from cs229tui.documents.pdf.engine import PdfEngine

    with PdfEngine(path, cancel=cancel, name=name) as engine:
        extraction = engine.extract(progress)
    record = DocumentRecord(
        sha256,
        "pdf",
        size,
        len(extraction.pages),
        extraction.title,
        extraction.opened.fingerprint,
        extraction.opened.extractor,
        tuple(OutlineEntry(*line) for line in extraction.outline),
        extraction.flow,
        extraction.warnings,
        timestamp(),
    )
    pages = tuple(
        Page(page.number, page.label, page.width, page.height, page.text, page.boxes, encode_links(links))
        for page, links in zip(extraction.pages, extraction.links, strict=True)
    )
    return record, pages


def _read_text(
    path: Path,
    name: str,
    kind: Format,
    sha256: str,
    size: int,
    progress: Progress | None,
    cancel: threading.Event | None,
    source: str,
) -> tuple[DocumentRecord, tuple[Page, ...]]:
    from cs229tui.documents.markdown import LONGEST_TEXT, read_markdown, read_text
    from cs229tui.documents.notebook import as_markdown

    if size > LONGEST_TEXT and kind != "html":
        raise DocumentError(f"{name} is a text of more than {LONGEST_TEXT >> 20} MB.", "Split it first.")
    try:
        if kind == "html":
            from cs229tui.documents.html.engine import read_saved_page

            read = read_saved_page(path, name, source, cancel)
        else:
            text = path.read_bytes().decode("utf-8-sig")
            read = read_markdown(as_markdown(text) or text, source) if kind == "markdown" else read_text(text)
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name} is not UTF-8 text.", "Save it as UTF-8 first.") from error
    if not any(page.text for page in read.pages):
        raise DocumentError(f"{name} has no text.", "Nothing was changed.")
    if progress is not None:
        progress(len(read.pages), len(read.pages))
    record = DocumentRecord(
        sha256,
        kind,
        size,
        len(read.pages),
        read.title,
        "",
        _extractors(kind)[0],
        read.outline,
        encode(read.flow),
        (),
        timestamp(),
    )
    return record, read.pages
