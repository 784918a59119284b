"""Pages drawn by PDFium in the reading child, a part at a time and to the pixel."""

import ctypes
from typing import Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from cs229tui.documents.pdf.wire import Draw, Drawn, Failed

# Of one drawing, and of the page it is part of; beyond that a person asks for a larger zoom than anyone can use.
MOST_PIXELS = 16_000_000
LONGEST_SIDE = 60_000
_WHITE = 0xFFFFFFFF
_FINE = 1_000_000


class Easel:
    """The page drawn last is kept loaded: its other parts and other sizes are asked for next."""

    def __init__(self, document: ctypes.c_void_p) -> None:
        self._document = document
        self._number = 0
        self._page: Any = None

    def draw(self, wanted: Draw) -> Drawn | Failed:
        """Draw what is asked for; `Failed` where the page cannot be loaded or the picture would be too large."""
        width, height = wanted.right - wanted.left, wanted.bottom - wanted.top
        whole = max(wanted.width, wanted.height)
        near = max(abs(wanted.left), abs(wanted.top))
        if min(width, height, wanted.width, wanted.height) < 1 or width * height > MOST_PIXELS:
            return Failed("memory")
        if max(whole, near) > LONGEST_SIDE:
            return Failed("memory")
        page = self._load(wanted.page)
        if not page:
            return Failed("damaged")
        bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGR, None, 0)
        if not bitmap:
            return Failed("memory")
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
            flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
            pdfium.FPDF_RenderPageBitmap(bitmap, page, -wanted.left, -wanted.top, wanted.width, wanted.height, 0, flags)
            stride = pdfium.FPDFBitmap_GetStride(bitmap)
            buffer = pdfium.FPDFBitmap_GetBuffer(bitmap)
            pixels = ctypes.string_at(buffer, stride * height)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
        return Drawn(pixels, stride, _matrix(page))

    def _load(self, number: int) -> Any:
        if number != self._number:
            if self._page:
                pdfium.FPDF_ClosePage(self._page)
            self._page = pdfium.FPDF_LoadPage(self._document, number - 1)
            self._number = number
        return self._page


def _matrix(page: Any) -> tuple[float, float, float, float, float, float]:
    """Where points of the page stand on it as it is shown: PDFium knows its rotation and crop box."""

    def shown(x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, x, y, across, down)
        return across.value / _FINE, down.value / _FINE

    far = 1000.0
    (e, f), (ax, ay), (cx, cy) = shown(0, 0), shown(far, 0), shown(0, far)
    return (ax - e) / far, (ay - f) / far, (cx - e) / far, (cy - f) / far, e, f
