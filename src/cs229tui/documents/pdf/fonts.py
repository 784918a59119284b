"""What an embedded Type 1 font calls its glyphs: the one thing that tells a sign where a file maps none to Unicode."""

import ctypes
import re
import unicodedata
from functools import lru_cache

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from cs229tui.documents.pdf.glyphs import BRACKET_PARTS

# The encoding stands in the font's clear text, which is a few kilobytes long.
_HEAD = 1 << 16
_ENTRY = re.compile(rb"dup\s+(\d{1,3})\s*/([!-.0-~]{1,64})\s+put")
# Names that Adobe's list gives another meaning, or that only TeX's fonts have.
_OWN = {
    "lscript": "ℓ", "owner": "∋", "lessequal": "≤", "lessmuch": "≪", "greatermuch": "≫", "mapsto": "↦",
    "epsilon1": "ϵ", "phi1": "φ", "phi": "ϕ", "star": "⋆", "visiblespace": "␣", "vector": "⃗", "slurabove": "⌢",
    "bracehtipdownleft": "⏟", "bracehtipdownright": "⏟", "bracehtipupleft": "⏟", "bracehtipupright": "⏟",
    "radicalvertex": "√", "vextendsingle": "|", "vextenddouble": "∥", "hatwide": "^", "hatwider": "^", "hatwidest": "^",
    "tildewide": "~", "tildewider": "~", "tildewidest": "~",
}  # fmt: skip


def named_sign(font: int, code: int) -> str | None:
    """The character that the font (at an address of PDFium's) has at a code, by the name it gives its glyph."""
    return _signs(font).get(code)


def forget_names() -> None:
    """To be called when a document is opened: the addresses of an earlier one's fonts may be used again."""
    _signs.cache_clear()


@lru_cache(maxsize=512)
def _signs(font: int) -> dict[int, str]:
    handle = ctypes.cast(font, pdfium.FPDF_FONT)
    length = ctypes.c_size_t()
    if not pdfium.FPDFFont_GetIsEmbedded(handle) or not pdfium.FPDFFont_GetFontData(handle, None, 0, length):
        return {}
    if not 0 < length.value < 1 << 24:
        return {}
    data = (ctypes.c_uint8 * length.value)()
    if not pdfium.FPDFFont_GetFontData(handle, data, length.value, length):
        return {}
    head = bytes(data[:_HEAD]).split(b"eexec", 1)[0]
    named = ((int(code), _sign(name.decode("ascii"))) for code, name in _ENTRY.findall(head))
    return {code: sign for code, sign in named if sign}


def _sign(name: str) -> str | None:
    from pypdf._codecs.adobe_glyphs import adobe_glyphs

    name = name.split(".", 1)[0]
    sign = _OWN.get(name) or adobe_glyphs.get(f"/{name}", "")
    if len(sign) != 1:
        return None
    if 0xE000 <= ord(sign) < 0xF900:
        return BRACKET_PARTS.get(ord(sign))
    plain = unicodedata.normalize("NFKC", sign) if ord(sign) >= 0x1D400 else sign
    return plain if len(plain) == 1 else sign
