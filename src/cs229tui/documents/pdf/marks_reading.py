"""Finds the marks in a PDF: pypdf reads their dictionaries, PDFium the text below. Runs only in the reading child.

Every key of a dictionary may be missing, null, of any type, or lead in a circle: each is looked at alone, and what
makes no sense counts as not there.
"""

from __future__ import annotations

import html
import logging
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from cs229tui.documents.pdf.document import MOST_PAGES
from cs229tui.documents.pdf.extract import forget_fonts, read_glyphs
from cs229tui.documents.pdf.marks import (
    BOX_KINDS,
    KINDS,
    LONGEST_TEXT,
    MOST_MARKS,
    MOST_QUADS,
    MOST_TEXT,
    TEXT_KINDS,
    Box,
    Mark,
    MarksEnd,
    PageMarks,
)
from cs229tui.documents.pdf.places import PagePlaces, joined
from cs229tui.documents.pdf.wire import Failed

OWN_KEY = "/CS229tui"
_FARTHEST = 1e6
_LONGEST_NAME = 1000
_TAG = re.compile(r"<[^<>]{0,4000}>")
_BREAK = re.compile(r"</p\s*>|<br\s*/?>", re.I)


def opened(path: str) -> pypdf.PdfReader | Failed:
    """The file as pypdf has it, without a password, or why it cannot be had."""
    logging.disable(logging.CRITICAL)
    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            if b"%PDF-" not in stream.read(1024):
                return Failed("not-pdf")
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            return Failed("password")
        count = len(reader.pages)
    except OSError as error:
        return Failed("missing", str(error))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a damaged file makes pypdf raise anything
        return Failed("damaged")
    if count > MOST_PAGES:
        return Failed("too-many-pages", str(count))
    return reader if count else Failed("no-pages")


def count_marks(path: str) -> MarksEnd | Failed:
    """How many marks a file has, replies and all."""
    reader = opened(path)
    if isinstance(reader, Failed):
        return reader
    found = 0
    for number in range(len(reader.pages)):
        found += sum(1 for _ in _raw_marks(reader, number, MOST_MARKS))
    return MarksEnd(found)


def read_marks(path: str) -> Iterator[PageMarks | MarksEnd | Failed]:
    """The marks of each page, and the end."""
    reader = opened(path)
    if isinstance(reader, Failed):
        yield reader
        return
    texts = _Texts(path, len(reader.pages))
    found = left_out = said = 0
    unread = []
    for index in range(len(reader.pages)):
        marks: list[Mark] = []
        try:
            for raw, key in _raw_marks(reader, index, MOST_MARKS * 10):
                found += 1
                mark = _mark(raw, key) if found - left_out <= MOST_MARKS and said < MOST_TEXT else None
                if mark is None:
                    left_out += 1
                    continue
                said += len(mark.contents)
                marks.append(mark)
            text, marks = texts.below(index, marks) if marks else ("", [])
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - of a hostile file one page is lost, not the rest
            unread.append(index + 1)
            text, marks = "", []
        yield PageMarks(index + 1, len(reader.pages), text, tuple(marks))
    yield MarksEnd(found, left_out, tuple(unread[:100]))


def _raw_marks(reader: pypdf.PdfReader, index: int, most: int) -> Iterator[tuple[DictionaryObject, str]]:
    """The dictionaries on a page that are marks, each once, and their keys."""
    try:
        page = reader.pages[index]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a page that is none has no marks
        return
    annots = value_of(page, "/Annots")
    seen: set[str | int] = set()
    for entry in list(annots)[:most] if isinstance(annots, ArrayObject) else ():
        raw = _resolved(entry)
        key = _key(entry)
        if not isinstance(raw, DictionaryObject) or (key or id(raw)) in seen:
            continue
        seen.add(key or id(raw))
        if _name(raw, "/Subtype") in KINDS:
            yield raw, key


def _mark(raw: DictionaryObject, key: str) -> Mark:
    kind = _name(raw, "/Subtype")
    box = _box(_numbers(raw, "/Rect", 4))
    quads = _quads(raw) if kind in TEXT_KINDS else ()
    if kind in TEXT_KINDS and not quads and box:
        quads = (box,)
    contents = _text(raw, "/Contents", LONGEST_TEXT)
    popup = value_of(raw, "/Popup")
    if not contents.strip() and isinstance(popup, DictionaryObject):
        contents = _text(popup, "/Contents", LONGEST_TEXT)
    if not contents.strip():
        contents = _plain(_text(raw, "/RC", LONGEST_TEXT))
    own = value_of(raw, OWN_KEY)
    return Mark(
        kind,
        key,
        _key(raw.raw_get("/IRT")) if "/IRT" in raw else "",
        _name(raw, "/RT") == "Group",
        bool(_text(raw, "/StateModel", 100)),
        box,
        quads,
        (),
        contents,
        _text(raw, "/T", _LONGEST_NAME),
        _text(raw, "/Zotero:AuthorName", _LONGEST_NAME),
        _text(raw, "/Zotero:Tags", LONGEST_TEXT),
        _text(raw, "/NM", _LONGEST_NAME),
        _text(raw, "/CreationDate", 60),
        _text(raw, "/M", 60),
        tuple(_numbers(raw, "/C", 4)) or (tuple(_numbers(raw, "/IC", 4)) if kind in BOX_KINDS else ()),
        _own(own) if isinstance(own, DictionaryObject) else {},
    )


class _Texts:
    """The text of the pages that have marks, as the reader has it; PDFium opens the file for the first of them."""

    def __init__(self, path: str, pages: int) -> None:
        self._path = path
        self._pages = pages
        self._document: Any = None
        self._tried = False

    def below(self, index: int, marks: list[Mark]) -> tuple[str, list[Mark]]:
        """A page's text, and the marks with the stretches of it that they are on."""
        import msgspec

        if not any(mark.quads for mark in marks):
            return "", marks
        if not self._tried:
            self._tried = True
            forget_fonts()
            try:
                document = pypdfium2.PdfDocument(self._path)
                self._document = document if len(document) == self._pages else None
            except pypdfium2.PdfiumError:
                self._document = None
        page = pdfium.FPDF_LoadPage(self._document.raw, index) if self._document else None
        if not page:
            return "", marks
        try:
            glyphs = read_glyphs(page)
        finally:
            pdfium.FPDF_ClosePage(page)
        places = PagePlaces(glyphs.text, glyphs.boxes, glyphs.width)
        found = []
        for mark in marks:
            stretches = [stretch for quad in mark.quads for stretch in places.within(*quad)]
            found.append(msgspec.structs.replace(mark, stretches=tuple(joined(glyphs.text, stretches)[:MOST_QUADS])))
        return glyphs.text, found


def value_of(holder: DictionaryObject, key: str) -> PdfObject | None:
    """What stands under a key, references followed; none where there is nothing or it cannot be had."""
    return _resolved(holder.raw_get(key)) if key in holder else None


def _resolved(value: Any) -> PdfObject | None:
    try:
        for _ in range(20):
            if not isinstance(value, IndirectObject):
                return value if isinstance(value, PdfObject) else None
            value = value.pdf.get_object(value)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a reference to a damaged object is a reference to nothing
        return None
    return None


def _key(value: object) -> str:
    return f"{value.idnum} {value.generation}" if isinstance(value, IndirectObject) else ""


def _name(holder: DictionaryObject, key: str) -> str:
    value = value_of(holder, key)
    return str(value)[1:_LONGEST_NAME] if isinstance(value, NameObject) else ""


def _text(holder: DictionaryObject, key: str, longest: int) -> str:
    """A text under a key, wherever it is kept; what is no text is empty."""
    value = value_of(holder, key)
    if isinstance(value, StreamObject):
        try:
            value = ByteStringObject(value.get_data()[: 4 * longest])
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a stream that cannot be unpacked says nothing
            return ""
    if isinstance(value, ByteStringObject):
        data = bytes(value)[: 4 * longest]
        for encoding in ("utf-16" if data[:2] in (b"\xfe\xff", b"\xff\xfe") else "utf-8-sig", "latin-1"):
            try:
                return data.decode(encoding)[:longest]
            except UnicodeDecodeError:
                continue
    if isinstance(value, TextStringObject):
        # Halves of characters cannot be sent on.
        return value[:longest].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return ""


def _numbers(holder: DictionaryObject, key: str, most: int) -> list[float]:
    values = value_of(holder, key)
    if not isinstance(values, ArrayObject):
        return []
    found = []
    for entry in list(values)[:most]:
        value: Any = _resolved(entry)
        if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > _FARTHEST:
            return []
        found.append(float(value))
    return found


def _box(numbers: list[float]) -> Box | None:
    if len(numbers) != 4:
        return None
    left, bottom, right, top = numbers
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _quads(raw: DictionaryObject) -> tuple[Box, ...]:
    """The boxes of QuadPoints, in whichever order their corners come."""
    numbers = _numbers(raw, "/QuadPoints", 8 * MOST_QUADS)
    found = []
    for at in range(0, len(numbers) - 7, 8):
        across, up = numbers[at : at + 8 : 2], numbers[at + 1 : at + 8 : 2]
        if min(across) < max(across) and min(up) < max(up):
            found.append((min(across), min(up), max(across), max(up)))
    return tuple(found)


def _plain(rich: str) -> str:
    """The words of rich text, which is XHTML."""
    lines = html.unescape(_TAG.sub("", _BREAK.sub("\n", rich))).splitlines()
    return "\n".join(line.strip() for line in lines).strip()


def _own(holder: DictionaryObject) -> dict[str, str]:
    told: Callable[[str], str] = lambda key: _text(holder, key, LONGEST_TEXT)  # noqa: E731
    return {str(key)[1:40]: told(key) for key in list(holder)[:20] if isinstance(key, str) and key.startswith("/")}
