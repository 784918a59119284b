"""What an embedded Type 1 font calls its glyphs: the one thing that tells a sign where a file maps none to Unicode."""

import ctypes
import re
from functools import lru_cache

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

# The encoding stands in the font's clear text, which is a few kilobytes long.
_HEAD = 1 << 16
_ENTRY = re.compile(rb"dup\s+(\d{1,3})\s*/([!-.0-~]{1,64})\s+put")
# The names that only fonts for mathematics have; PDFium knows Adobe's.
_NAMES = {
    "lscript": "ℓ", "epsilon1": "ϵ", "theta1": "ϑ", "pi1": "ϖ", "rho1": "ϱ", "sigma1": "ς", "phi1": "φ", "phi": "ϕ",
    "star": "⋆", "prime": "′", "latticetop": "⊤", "perpendicular": "⊥", "mapsto": "↦", "owner": "∋", "defines": "≜",
    "lessorequalslant": "⩽", "greaterorequalslant": "⩾", "lessequal": "≤", "greaterequal": "≥", "lessmuch": "≪",
    "greatermuch": "≫", "follows": "≻", "precedes": "≺", "precedesequal": "⪯", "followsequal": "⪰", "minusplus": "∓",
    "plusminus": "±", "diamondmath": "⋄", "circleplus": "⊕", "circleminus": "⊖", "circlemultiply": "⊗",
    "circledivide": "⊘", "circledot": "⊙", "similar": "∼", "similarequal": "≃", "approxequal": "≈", "equivalence": "≡",
    "equivasymptotic": "≍", "reflexsubset": "⊆", "reflexsuperset": "⊇", "propersubset": "⊂", "propersuperset": "⊃",
    "subsetsqequal": "⊑", "supersetsqequal": "⊒", "unionsq": "⊔", "intersectionsq": "⊓", "wreathproduct": "≀",
    "coproduct": "∐", "turnstileleft": "⊢", "turnstileright": "⊣", "visiblespace": "␣", "vector": "⃗", "tie": "⁀",
    "dotlessj": "ȷ", "weierstrass": "℘", "partialdiff": "∂", "nabla": "∇", "negationslash": "\u0338", "square": "□",
    "squaresolid": "■", "lessorsimilar": "≲", "greaterorsimilar": "≳", "hatwide": "^", "hatwider": "^",
    "hatwidest": "^", "tildewide": "~", "tildewider": "~", "tildewidest": "~", "radicalvertex": "√",
    "vextendsingle": "|", "vextenddouble": "∥", "arrowleft": "←", "arrowright": "→", "arrowdblright": "⇒",
    "arrowdblleft": "⇐", "arrowboth": "↔", "arrowdblboth": "⇔", "bracehtipdownleft": "⏟", "bracehtipdownright": "⏟",
    "bracehtipupleft": "⏟", "bracehtipupright": "⏟",
}  # fmt: skip
_SIZES = re.compile(r"(?P<stem>[A-Za-z]+?)(?:text|display|[bB]igg?|v)(?:\d)?")
_SIZED = {
    "parenleft": "(", "parenright": ")", "bracketleft": "[", "bracketright": "]", "braceleft": "{", "braceright": "}",
    "floorleft": "⌊", "floorright": "⌋", "ceilingleft": "⌈", "ceilingright": "⌉", "angbracketleft": "⟨",
    "angbracketright": "⟩", "bar": "|", "bardbl": "∥", "slash": "/", "backslash": "\\", "radical": "√",
    "summation": "∑", "product": "∏", "coproduct": "∐", "integral": "∫", "contintegral": "∮", "union": "⋃",
    "intersection": "⋂", "unionmulti": "⨄", "unionsq": "⊔", "logicaland": "⋀", "logicalor": "⋁", "circledot": "⊙",
    "circleplus": "⊕", "circlemultiply": "⊗",
}  # fmt: skip
# A tall bracket's parts: top, what is between, bottom, and a brace's middle.
_PARTS = {
    "parenleft": "⎛⎜⎝", "parenright": "⎞⎟⎠", "bracketleft": "⎡⎢⎣", "bracketright": "⎤⎥⎦", "braceleft": "⎧⎪⎩⎨",
    "braceright": "⎫⎪⎭⎬",
}  # fmt: skip
_PART = re.compile(r"(?P<stem>[a-z]+?)(?P<part>tp|ex|bt|mid)")


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
    name = name.split(".", 1)[0]
    if sign := _NAMES.get(name):
        return sign
    if (sized := _SIZES.fullmatch(name)) and sized["stem"] in _SIZED:
        return _SIZED[sized["stem"]]
    if (part := _PART.fullmatch(name)) and part["stem"] in _PARTS:
        signs = _PARTS[part["stem"]]
        at = ("tp", "ex", "bt", "mid").index(part["part"])
        return signs[at] if at < len(signs) else None
    return _SIZED.get(name)
