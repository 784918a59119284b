"""One open PDF in the reading child: PDFium first, pypdf where PDFium cannot open the file."""

import contextlib
import hashlib
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from cs229tui.clean import clean_characters, clean_line
from cs229tui.documents.pdf.wire import Draw, Drawn, Failed, Opened, PageRead, pdf_extractors

if TYPE_CHECKING:
    from cs229tui.documents.pdf.drawing import Easel

MOST_PAGES = 5000
_MOST_OUTLINE = 5000
_PASSWORD, _SECURITY = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY


class PdfFile(ABC):
    """A PDF whose pages can be read one by one."""

    extractor: str
    pages: int
    title: str
    fingerprint: str
    outline: tuple[tuple[str, int, int, float], ...] = ()
    warnings: tuple[str, ...] = ()

    def description(self) -> Opened:
        """What the parent is told first."""
        return Opened(self.pages, self.title, self.fingerprint, self.extractor, self.outline, self.warnings)

    def read_safely(self, number: int) -> PageRead:
        """Page `number` as `read` gives it, or empty where reading it fails in a way that nobody foresaw."""
        try:
            return self.read(number)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - of a hostile file one page is lost, not the rest
            return _unread(number, str(number))

    @abstractmethod
    def read(self, number: int) -> PageRead:
        """Page `number`, from 1; one that cannot be read comes empty, with a warning."""

    @abstractmethod
    def draw(self, wanted: Draw) -> Drawn | Failed:
        """Part of a page at an exact size in pixels."""


def open_pdf(path: str) -> PdfFile | Failed:
    """Open the file with whichever library can; `Failed` says why neither could."""
    try:
        with Path(path).open("rb") as stream:
            head = stream.read(1024)
    except OSError as error:
        return Failed("missing", str(error))
    if b"%PDF-" not in head:
        return Failed("not-pdf")
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == _PASSWORD or "password" in str(error).casefold():
            return Failed("password")
        if code == _SECURITY:
            return Failed("security")
        again = _open_with_pypdf(path, head)
        return _open_mended(path, head) or again if isinstance(again, Failed) and again.why == "damaged" else again
    pages = len(document)
    if pages > MOST_PAGES:
        return Failed("too-many-pages", str(pages))
    if pages < 1:
        return _open_mended(path, head) or Failed("no-pages")
    return _Pdfium(document, head)


def _open_mended(path: str, head: bytes) -> PdfFile | None:
    """A file that is cut off, with the pages that are left of it."""
    from cs229tui.documents.pdf.mending import LARGEST, mended

    if Path(path).stat().st_size > LARGEST:
        return None
    whole = mended(Path(path).read_bytes())
    if whole is None:
        return None
    try:
        document = pypdfium2.PdfDocument(whole)
    except pypdfium2.PdfiumError:
        return None
    if not 0 < len(document) <= MOST_PAGES:
        return None
    opened = _Pdfium(document, head)
    opened.warnings = ("The file is damaged, perhaps cut off: these are the pages that were found in it.",)
    return opened


def _fingerprint(identifier: bytes, head: bytes) -> str:
    """The identity pdf.js gives a file: its own identifier, else a digest of its beginning."""
    if len(identifier) == 16 and any(identifier):
        return identifier.hex()
    return hashlib.md5(head, usedforsecurity=False).hexdigest()


class _Pdfium(PdfFile):
    def __init__(self, document: pypdfium2.PdfDocument, head: bytes) -> None:
        from cs229tui.documents.pdf.extract import forget_fonts

        forget_fonts()
        self.extractor = pdf_extractors()[0]
        self._document = document
        self.pages = len(document)
        identifier = b""
        with contextlib.suppress(pypdfium2.PdfiumError, ValueError, UnicodeError):
            identifier = document.get_identifier(pdfium.FILEIDTYPE_PERMANENT) or b""
        self.fingerprint = _fingerprint(identifier, head)
        self.title = ""
        with contextlib.suppress(pypdfium2.PdfiumError, UnicodeError):
            self.title = clean_line(document.get_metadata_value("Title"), 300)
        self._across: list[float] = []
        self._easel: Easel | None = None
        self.outline = tuple(self._outline())

    def _outline(self) -> list[tuple[str, int, int, float]]:
        from cs229tui.documents.pdf.links import place_of

        lines: list[tuple[str, int, int, float]] = []
        with contextlib.suppress(pypdfium2.PdfiumError, UnicodeError, RecursionError):
            for bookmark in self._document.get_toc(max_depth=8):
                target = bookmark.get_dest()
                page = target.get_index() if target else None
                title = clean_line(bookmark.get_title(), 300)
                if page is None or not 0 <= page < self.pages or not title:
                    continue
                across, height = place_of(target.raw)
                lines.append((title, min(bookmark.level, 20), page + 1, height))
                self._across.append(across)
                if len(lines) >= _MOST_OUTLINE:
                    break
        return lines

    def read(self, number: int) -> PageRead:
        from cs229tui.documents.pdf.extract import read_glyphs
        from cs229tui.documents.pdf.links import read_links
        from cs229tui.documents.pdf.places import PagePlaces
        from cs229tui.documents.reflow.layout import encode_layout, lay_out

        label = str(number)
        with contextlib.suppress(pypdfium2.PdfiumError, UnicodeError):
            label = clean_line(self._document.get_page_label(number - 1) or "", 20) or str(number)
        page = pdfium.FPDF_LoadPage(self._document.raw, number - 1)
        if not page:
            return _unread(number, label)
        try:
            glyphs = read_glyphs(page)
            stand = PagePlaces(glyphs.text, glyphs.boxes, glyphs.width)
            links = read_links(self._document.raw, page, glyphs.text, stand)
        finally:
            pdfium.FPDF_ClosePage(page)
        layout = lay_out(number, glyphs)
        places = tuple(
            (index, stand.below(height, self._across[index]))
            for index, (_, _, target, height) in enumerate(self.outline)
            if target == number and height >= 0
        )
        return PageRead(
            number,
            label,
            glyphs.width,
            glyphs.height,
            glyphs.text,
            glyphs.boxes.tobytes(),
            encode_layout(layout),
            places,
            f"Page {number} is longer than we read; its end is missing." if glyphs.cut else "",
            tuple(links),
        )

    def draw(self, wanted: Draw) -> Drawn | Failed:
        from cs229tui.documents.pdf.drawing import Easel

        if self._easel is None:
            self._easel = Easel(self._document.raw)
        return self._easel.draw(wanted)


def _unread(number: int, label: str) -> PageRead:
    return PageRead(number, label, 612.0, 792.0, "", b"", b"", (), f"Page {number} is damaged and could not be read.")


def _open_with_pypdf(path: str, head: bytes) -> PdfFile | Failed:
    import logging

    import pypdf

    logging.disable(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            return Failed("password")
        pages = len(reader.pages)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a damaged file makes pypdf raise anything
        return Failed("damaged")
    if pages > MOST_PAGES:
        return Failed("too-many-pages", str(pages))
    if pages < 1:
        return Failed("no-pages")
    return _Pypdf(reader, pages, head)


class _Pypdf(PdfFile):
    def __init__(self, reader: Any, pages: int, head: bytes) -> None:
        self.extractor = pdf_extractors()[1]
        self._reader = reader
        self.pages = pages
        self.title = ""
        identifier = b""
        with contextlib.suppress(Exception):
            self.title = clean_line(str(reader.metadata.title or ""), 300) if reader.metadata else ""
        with contextlib.suppress(Exception):
            identifier = bytes(reader.trailer["/ID"][0].original_bytes)
        self.fingerprint = _fingerprint(identifier, head)
        self.warnings = ("The file is damaged; it was read in a second way, without the places of its characters.",)

    def read(self, number: int) -> PageRead:
        from cs229tui.documents.reflow.layout import encode_layout, lay_out_text

        try:
            page = self._reader.pages[number - 1]
            text = clean_characters(page.extract_text().replace("\u2010", "-"))[:250_000]
            width, height = float(page.mediabox.width), float(page.mediabox.height)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a damaged file makes pypdf raise anything; the page is lost, not the rest
            return _unread(number, str(number))
        return PageRead(number, str(number), width, height, text, b"", encode_layout(lay_out_text(number, text)))

    def draw(self, wanted: Draw) -> Drawn | Failed:
        return Failed("damaged")
