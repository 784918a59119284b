"""The links a PDF itself has on its pages, as PDFium tells them. Runs only in the reading child."""

from __future__ import annotations

import ctypes
from collections import defaultdict

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from cs229tui.documents.linking import web_address
from cs229tui.documents.pdf.places import PagePlaces, joined
from cs229tui.documents.pdf.wire import FoundLink

_MOST = 2000
_LONGEST_ADDRESS = 4000
_Target = tuple[str, int, float, float]


def read_links(document: ctypes.c_void_p, page: ctypes.c_void_p, text: str, places: PagePlaces) -> list[FoundLink]:
    """What is linked on a loaded page; where one target is linked in several parts in a row, they are one link."""
    stretches: dict[_Target, list[tuple[int, int]]] = defaultdict(list)
    place, link = ctypes.c_int(0), pdfium.FPDF_LINK()
    for _ in range(_MOST):
        if not pdfium.FPDFLink_Enumerate(page, ctypes.byref(place), ctypes.byref(link)):
            break
        target = _target(document, link)
        if target is not None:
            for rectangle in _rectangles(link):
                stretches[target] += places.within(*rectangle)
    found = [
        FoundLink(start, end, *target)
        for target, parts in stretches.items()
        for start, end in joined(text, parts)
        if start < end
    ]
    return sorted(found, key=lambda each: (each.start, each.end))


def place_of(destination: ctypes.c_void_p) -> tuple[float, float]:
    """How far across and how high on its page a destination is, -1 where it does not say."""
    flags = [ctypes.c_int() for _ in range(3)]
    sides = [ctypes.c_float() for _ in range(3)]
    if pdfium.FPDFDest_GetLocationInPage(destination, *map(ctypes.byref, flags), *map(ctypes.byref, sides)):
        across = sides[0].value if flags[0].value else -1.0
        return across, sides[1].value if flags[1].value else -1.0
    count, numbers = ctypes.c_ulong(), (ctypes.c_float * 4)()
    view = pdfium.FPDFDest_GetView(destination, ctypes.byref(count), numbers)
    if view in (pdfium.PDFDEST_VIEW_FITH, pdfium.PDFDEST_VIEW_FITBH) and count.value:
        return -1.0, numbers[0]
    if view == pdfium.PDFDEST_VIEW_FITR and count.value == 4:
        return numbers[0], numbers[3]
    return -1.0, -1.0


def _target(document: ctypes.c_void_p, link: ctypes.c_void_p) -> _Target | None:
    destination = pdfium.FPDFLink_GetDest(document, link)
    if not destination:
        action = pdfium.FPDFLink_GetAction(link)
        kind = pdfium.FPDFAction_GetType(action) if action else pdfium.PDFACTION_UNSUPPORTED
        if kind == pdfium.PDFACTION_URI:
            length = min(pdfium.FPDFAction_GetURIPath(document, action, None, 0), _LONGEST_ADDRESS)
            buffer = ctypes.create_string_buffer(max(1, length))
            pdfium.FPDFAction_GetURIPath(document, action, buffer, length)
            address = web_address(buffer.value.decode("utf-8", "replace"))
            return (address, 0, -1.0, -1.0) if address else None
        if kind != pdfium.PDFACTION_GOTO:
            return None
        destination = pdfium.FPDFAction_GetDest(document, action)
    index = pdfium.FPDFDest_GetDestPageIndex(document, destination) if destination else -1
    return ("", index + 1, *place_of(destination)) if index >= 0 else None


def _rectangles(link: ctypes.c_void_p) -> list[tuple[float, float, float, float]]:
    found = []
    corners = pdfium.FS_QUADPOINTSF()
    for index in range(min(pdfium.FPDFLink_CountQuadPoints(link), 50)):
        if pdfium.FPDFLink_GetQuadPoints(link, index, ctypes.byref(corners)):
            across = [getattr(corners, f"x{number}") for number in range(1, 5)]
            up = [getattr(corners, f"y{number}") for number in range(1, 5)]
            found.append((min(across), min(up), max(across), max(up)))
    sides = pdfium.FS_RECTF()
    if not found and pdfium.FPDFLink_GetAnnotRect(link, ctypes.byref(sides)):
        found.append((sides.left, min(sides.bottom, sides.top), sides.right, max(sides.bottom, sides.top)))
    return found
