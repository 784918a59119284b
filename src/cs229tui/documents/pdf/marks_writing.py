"""Writes a copy of a PDF with marks in it, each with a picture of itself. Runs only in the reading child.

The copy begins with the original's bytes, unchanged, wherever that can be done: what is known of the file by its bytes,
and its signatures, then hold for the copy too.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]
from pypdf.constants import UserAccessPermissions
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from cs229tui.documents.pdf.marks import Box, NewMark, WriteMarks, Written
from cs229tui.documents.pdf.marks_reading import OWN_KEY, opened, value_of
from cs229tui.documents.pdf.wire import Failed

_PRINT, _HIDDEN, _NO_ZOOM, _NO_ROTATE = 4, 2, 8, 16
_ICON = 22.0
_POPUP = 180.0, 100.0
_ZOTERO_LETTERS = "23456789ABCDEFGHIJKLMNPQRSTUVWXYZ"


def write_marks(request: WriteMarks) -> Written | Failed:
    """Write the copy, as an addition to the original's bytes or else anew; `Failed` says why neither can be."""
    reader = opened(request.path)
    if isinstance(reader, Failed):
        return reader
    behind = list(pypdf.PdfReader(request.behind).pages) if request.behind else []
    pages = len(reader.pages) + len(behind)
    if not reader.is_encrypted:
        try:
            _write(pypdf.PdfWriter(request.path, incremental=True), request, behind)
            if _whole(request.target, pages):
                return Written(False)
        except (MemoryError, OSError):
            raise
        except Exception:  # noqa: BLE001 - what cannot be added to is written anew
            reader = opened(request.path)
            if isinstance(reader, Failed):
                return reader
    elif not _may_be_marked(reader):
        return Failed("not-allowed")
    try:
        _write(pypdf.PdfWriter(clone_from=reader), request, behind)
    except (MemoryError, OSError):
        raise
    except Exception:  # noqa: BLE001 - a damaged file makes pypdf raise anything
        return Failed("damaged")
    return Written(True) if _whole(request.target, pages) else Failed("damaged")


def _may_be_marked(reader: pypdf.PdfReader) -> bool:
    allowed = reader.user_access_permissions
    return allowed is None or bool(allowed & UserAccessPermissions.ADD_OR_MODIFY)


def _whole(path: str, pages: int) -> bool:
    """Whether what was written can be read by another program's eyes."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return False
    try:
        return len(document) == pages
    finally:
        document.close()


def _write(writer: pypdf.PdfWriter, request: WriteMarks, behind: list[pypdf.PageObject]) -> None:
    added: list[DictionaryObject] = []
    on_page: dict[int, list[Any]] = {}
    icons: Counter[int] = Counter()
    boxes: list[Box] = []
    for new in request.marks:
        page = writer.pages[new.page - 1]
        box = new.box
        if box is None and new.answers >= 0:
            box = boxes[new.answers]
        elif box is None:
            box = _free_place(page, icons[new.page])
            icons[new.page] += 1
        boxes.append(box)
        mark = _dictionary(writer, new, box)
        mark[NameObject("/P")] = page.indirect_reference
        if new.answers >= 0:
            mark[NameObject("/IRT")] = added[new.answers].indirect_reference
            mark[NameObject("/RT")] = NameObject("/R")
        reference = writer._add_object(mark)
        added.append(mark)
        on_page.setdefault(new.page, []).append(reference)
        if new.contents and new.answers < 0:
            popup = writer._add_object(_popup(page, box, reference))
            mark[NameObject("/Popup")] = popup
            on_page[new.page].append(popup)
    for number, references in on_page.items():
        page = writer.pages[number - 1]
        there = value_of(page, "/Annots")
        kept = [each for each in there if not isinstance(each, NullObject)] if isinstance(there, ArrayObject) else []
        page[NameObject("/Annots")] = ArrayObject([*kept, *references])
    for page in behind:
        writer.add_page(page)
    with Path(request.target).open("wb") as file:
        writer.write_stream(file)


def _dictionary(writer: pypdf.PdfWriter, new: NewMark, box: Box) -> DictionaryObject:
    reply = new.answers >= 0
    flags = _PRINT | (_NO_ZOOM | _NO_ROTATE if new.kind == "Text" else 0) | (_HIDDEN if reply else 0)
    entries: dict[str, Any] = {
        "/Type": NameObject("/Annot"),
        "/Subtype": NameObject(f"/{new.kind}"),
        "/Rect": _array(box),
        "/F": NumberObject(flags),
        "/C": _array(new.colour),
        "/CA": NumberObject(1),
        "/NM": TextStringObject(new.name),
        "/T": TextStringObject(new.author),
        "/M": TextStringObject(new.modified),
        "/CreationDate": TextStringObject(new.created),
        # Zotero takes authors and tags from keys of its own and from no others.
        "/Zotero:AuthorName": TextStringObject(new.author),
        OWN_KEY: DictionaryObject({NameObject(f"/{key}"): TextStringObject(text) for key, text in new.own.items()}),
    }
    if new.contents:
        entries["/Contents"] = TextStringObject(new.contents)
    if new.subject:
        entries["/Subj"] = TextStringObject(new.subject)
    if new.tags:
        entries["/Zotero:Tags"] = TextStringObject(json.dumps(new.tags, ensure_ascii=False))
    if new.kind == "Highlight":
        # Acrobat's order of the corners, not the standard's: the upper two from the left, then the lower two.
        corners = [(left, top, right, top, left, low, right, low) for left, low, right, top in new.quads]
        entries["/QuadPoints"] = _array([number for quad in corners for number in quad])
        paths = " ".join(f"{a:.2f} {b:.2f} {c - a:.2f} {d - b:.2f} re" for a, b, c, d in new.quads)
        entries["/AP"] = _picture(writer, box, f"/G0 gs {_rgb(new)} rg {paths} f", "/Multiply")
    elif new.kind == "Square":
        a, b, c, d = box
        frame = f"/G0 gs {_rgb(new)} RG 2 w {a + 1:.2f} {b + 1:.2f} {c - a - 2:.2f} {d - b - 2:.2f} re S"
        entries["/BS"] = DictionaryObject({NameObject("/W"): NumberObject(2)})
        entries["/AP"] = _picture(writer, box, frame, "/Normal")
        # Without a key it takes no box.
        entries["/Zotero:Key"] = TextStringObject(_zotero_key(new.name))
    elif not reply:
        entries["/Name"] = NameObject("/Help" if new.subject == "Question" else "/Comment")
        entries["/AP"] = _picture(writer, (0, 0, _ICON, _ICON), f"/G0 gs {_rgb(new)} rg {_SPEECH}", "/Normal")
    return DictionaryObject({NameObject(key): value for key, value in entries.items()})


# A bubble of speech with three lines in it.
_SPEECH = (
    "0.25 G 0.8 w 2 7 m 2 20 l 20 20 l 20 7 l 11 7 l 6 2 l 6 7 l h B"
    " 1 w 5 16.5 m 17 16.5 l 5 13.5 m 17 13.5 l 5 10.5 m 13 10.5 l S"
)


def _picture(writer: pypdf.PdfWriter, box: Box, drawing: str, blend: str) -> DictionaryObject:
    form = StreamObject()
    form.set_data(drawing.encode("ascii"))
    state = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/ExtGState"),
            NameObject("/BM"): NameObject(blend),
            NameObject("/CA"): NumberObject(1),
            NameObject("/ca"): NumberObject(1),
        }
    )
    states = DictionaryObject({NameObject("/G0"): state})
    form.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/FormType"): NumberObject(1),
            NameObject("/BBox"): _array(box),
            NameObject("/Resources"): DictionaryObject({NameObject("/ExtGState"): states}),
        }
    )
    return DictionaryObject({NameObject("/N"): writer._add_object(form)})


def _popup(page: pypdf.PageObject, box: Box, parent: Any) -> DictionaryObject:
    wide, high = _POPUP
    right = float(page.cropbox.right)
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Popup"),
            NameObject("/Rect"): _array((right, box[3] - high, right + wide, box[3])),
            NameObject("/Parent"): parent,
            NameObject("/Open"): BooleanObject(False),
            NameObject("/F"): NumberObject(_PRINT | _NO_ZOOM | _NO_ROTATE),
        }
    )


def _free_place(page: pypdf.PageObject, taken: int) -> Box:
    """Where the next icon goes: in rows from the page's upper left corner."""
    try:
        left, top, right = float(page.cropbox.left), float(page.cropbox.top), float(page.cropbox.right)
    except (TypeError, ValueError, ArithmeticError):
        left, top, right = 0.0, 792.0, 612.0
    in_a_row = max(1, int((right - left - 12) // (_ICON + 4)))
    row, column = divmod(taken, in_a_row)
    x, y = left + 6 + column * (_ICON + 4), top - 6 - (row + 1) * (_ICON + 4)
    return x, y, x + _ICON, y + _ICON


def _array(numbers: Any) -> ArrayObject:
    return ArrayObject([FloatObject(round(number, 3)) for number in numbers])


def _rgb(new: NewMark) -> str:
    return " ".join(f"{part:.3f}" for part in new.colour)


def _zotero_key(name: str) -> str:
    digest = hashlib.sha256(name.encode()).digest()
    return "".join(_ZOTERO_LETTERS[byte % len(_ZOTERO_LETTERS)] for byte in digest[:8])
