"""What PDFium sees on a page: every character with its box, its origin and its style. Runs only in the reading child.

The text of a page has one code point for each of PDFium's characters (two where PDFium halves one beyond U+FFFF).
PDFium's own additions stay, at their places: a line end is CR LF and becomes a space and a newline; a made-up space is
a space; the hyphen PDFium finds at a line's end (it reports U+0002, or U+FFFE) becomes U+2010, which stands for nothing
else: a U+2010 of the document's own becomes a plain `-`. (`reflow` decides which of those hyphens belong to their word,
and those become `-` as well.) An accent that is drawn over a letter becomes part of it, and has no place of its own.
What a terminal might obey becomes U+FFFD; so does a glyph whose meaning a file does not tell, but for the signs of
TeX's fonts for mathematics, whose codes are known.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from array import array
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import count as count_from
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from cs229tui.clean import clean_characters
from cs229tui.documents.pdf.fonts import forget_names, named_sign
from cs229tui.documents.pdf.glyphs import OLD_TEXT_SIGNS, is_italic, is_maths, is_symbol_font, letter_of, sign_of
from cs229tui.documents.pdf.words import make_whole

MOST_CHARACTERS = 250_000
MOST_DRAWINGS = 20_000

if TYPE_CHECKING:
    from collections.abc import Callable

LINE_END_HYPHEN = "\u2010"
_MATRIX = pdfium.FS_MATRIX()


@dataclass(frozen=True)
class Style:
    """How characters are set: `size` in points as drawn, `angle` in degrees, the rest as the font says."""

    font: str
    size: float
    weight: int
    flags: int
    angle: float


@dataclass(frozen=True)
class Drawing:
    """Where something other than text is drawn, in points: an image, a form, a path (with thin ones for rules)."""

    kind: str
    left: float
    bottom: float
    right: float
    top: float


@dataclass
class Glyphs:
    """A page taken apart. Arrays count characters; boxes are four float32 each: left, bottom, right, top in points.

    `across` and `up` are the page's width and height as it is read, 0 where they are its own.
    `turns` says how it was turned to be read: quarters clockwise, and how wide and high it was before.
    `styles` indexes `looks`; -1 is a character PDFium made up. `wide` is how far a character moves the next one on,
    in points, 0 where the font does not tell. `shown`, `x`, `y` and `drawings` are turned like the page.
    """

    text: str
    boxes: array[float]
    shown: array[float]
    x: array[float]
    y: array[float]
    wide: array[float]
    styles: array[int]
    looks: list[Style]
    drawings: list[Drawing]
    width: float
    height: float
    cut: bool = False
    hyphens: set[int] = field(default_factory=set)
    across: float = 0.0
    up: float = 0.0
    turns: list[tuple[int, float, float]] = field(default_factory=list)


def read_glyphs(page: ctypes.c_void_p) -> Glyphs:
    """Everything a loaded page shows, in PDFium's order."""
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    textpage = pdfium.FPDFText_LoadPage(page)
    if not textpage:
        nothing, places = array("f"), array("d")
        return Glyphs("", nothing, nothing, places, places, nothing, array("h"), [], [], width, height)
    try:
        glyphs = _characters(textpage, width, height)
    finally:
        pdfium.FPDFText_ClosePage(textpage)
    glyphs.drawings = _drawings(page)
    _from_corner(page, glyphs)
    rotation = pdfium.FPDFPage_GetRotation(page)
    if rotation % 4:
        wide, high = (height, width) if rotation % 2 else (width, height)
        _turn(glyphs, rotation % 4, wide, high)
    # A page whose text runs up or down its side, such as a wide table's, is read as one would turn it.
    if quarters := _sideways(glyphs):
        _turn(glyphs, quarters, width, height)
        if quarters % 2:
            glyphs.across, glyphs.up = height, width
    make_whole(glyphs, frozenset(index for index, look in enumerate(glyphs.looks) if is_maths(look.font)))
    return glyphs


def _from_corner(page: ctypes.c_void_p, glyphs: Glyphs) -> None:
    """Count what `layout` looks at from the page's lower left corner, wherever the file counts from."""
    sides = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, ctypes.byref(sides)):
        return
    left, bottom = min(sides.left, sides.right), min(sides.bottom, sides.top)
    if abs(left) < 0.5 and abs(bottom) < 0.5:
        return
    glyphs.shown = array("f", glyphs.boxes)
    for index, side in enumerate(glyphs.boxes):
        glyphs.shown[index] = side - (bottom if index % 2 else left)
    for index in range(len(glyphs.text)):
        glyphs.x[index] -= left
        glyphs.y[index] -= bottom
    glyphs.drawings = [
        Drawing(each.kind, each.left - left, each.bottom - bottom, each.right - left, each.top - bottom)
        for each in glyphs.drawings
    ]
    glyphs.turns.append((0, left, bottom))


def _sideways(glyphs: Glyphs) -> int:
    """By how many quarters, clockwise, most of a page's text must be turned to be upright."""
    counts: Counter[int] = Counter()
    for style, count in Counter(glyphs.styles).items():
        if style >= 0:
            counts[round(glyphs.looks[style].angle / 90) % 4] += count
    quarters, count = counts.most_common(1)[0] if counts else (0, 0)
    return quarters if count > 0.7 * counts.total() else 0


def _characters(textpage: ctypes.c_void_p, width: float, height: float) -> Glyphs:
    count = max(0, pdfium.FPDFText_CountChars(textpage))
    cut = count > MOST_CHARACTERS
    count = min(count, MOST_CHARACTERS)
    address = ctypes.cast(textpage, ctypes.c_void_p).value
    codes = list(map(_plain_calls("FPDFText_GetUnicode", 0, ctypes.c_uint), repeat(address), range(count)))
    indices = list(range(count))
    if any(0xD800 <= code < 0xE000 for code in codes):
        codes, indices = _whole(codes)
        count = len(codes)
    # PDFium writes straight into these: a rectangle is left, top, right, bottom.
    raw, x, y = array("f", bytes(16 * count)), array("d", bytes(8 * count)), array("d", bytes(8 * count))
    to_box, to_x, to_y = (each.buffer_info()[0] for each in (raw, x, y))
    loose, origin = _plain_calls("FPDFText_GetLooseCharBox", 1), _plain_calls("FPDFText_GetCharOrigin", 2)
    every = repeat(address)
    deque(map(loose, every, indices, count_from(to_box, 16)), 0)
    deque(map(origin, every, indices, count_from(to_x, 8), count_from(to_y, 8)), 0)
    boxes = array("f", raw)
    boxes[1::4], boxes[3::4] = raw[3::4], raw[1::4]
    styles, looks, fonts = _styles(textpage, indices)
    hyphens = {
        at for at, code in enumerate(codes) if code in (2, 0xFFFE) and pdfium.FPDFText_IsHyphen(textpage, indices[at])
    }
    _measure_symbols(textpage, indices, boxes, styles, looks)
    return Glyphs(
        _text(codes, styles, looks, hyphens, _signs(textpage, indices, codes, styles, looks, fonts)),
        boxes,
        boxes,
        x,
        y,
        _advances(codes, x, boxes, styles, looks, fonts),
        styles,
        looks,
        [],
        width,
        height,
        cut,
        hyphens,
    )


def _advances(
    codes: list[int], x: array[float], boxes: array[float], styles: array[int], looks: list[Style], fonts: list[int]
) -> array[float]:
    """How far each character moves the next one on, by its box; of one that slants, by its font if that says less."""
    upright = [abs(look.angle) < 2 for look in looks]
    slants = [
        level and is_italic(look.font, look.flags) and "math" not in look.font.casefold()
        for look, level in zip(looks, upright, strict=True)
    ]
    known: dict[tuple[int, int], float] = {}
    width = ctypes.c_float()
    wide = array("f", bytes(4 * len(codes)))
    for at, (style, code, left, right) in enumerate(zip(styles, codes, x, boxes[2::4], strict=True)):
        if style < 0 or code <= 32 or not upright[style]:
            continue
        if right > left:
            wide[at] = right - left
        if not slants[style] or not fonts[style]:
            continue
        key = style, code
        if key not in known:
            handle = ctypes.cast(fonts[style], pdfium.FPDF_FONT)
            told = pdfium.FPDFFont_GetGlyphWidth(handle, code, 1000.0, ctypes.byref(width))
            known[key] = width.value * looks[style].size / 1000 if told else 0.0
        if 0 < known[key] < wide[at]:
            wide[at] = known[key]
    return wide


@cache
def _plain_calls(name: str, pointers: int, gives: type = ctypes.c_int) -> Callable[..., Any]:
    """A function of PDFium on (text page, index, addresses …) that takes plain numbers: half the cost of each call."""
    address = ctypes.cast(getattr(pdfium, name), ctypes.c_void_p).value
    prototype = ctypes.CFUNCTYPE(gives, ctypes.c_void_p, ctypes.c_int, *[ctypes.c_void_p] * pointers)
    return prototype(address or 0)


def _whole(codes: list[int]) -> tuple[list[int], list[int]]:
    """PDFium's UTF-16 halves put together: the code points, and the index of the first half of each."""
    whole: list[int] = []
    indices: list[int] = []
    for index, code in enumerate(codes):
        if 0xDC00 <= code < 0xE000 and whole and 0xD800 <= whole[-1] < 0xDC00:
            point = 0x10000 + ((whole[-1] - 0xD800) << 10) + (code - 0xDC00)
            # Letters of mathematics (bold, italic, …) as plain letters: they are found, and every font has them.
            plain = unicodedata.normalize("NFKC", chr(point)) if 0x1D400 <= point < 0x1D800 else ""
            whole[-1] = ord(plain) if len(plain) == 1 else point
        else:
            whole.append(code)
            indices.append(index)
    return whole, indices


def _signs(
    textpage: ctypes.c_void_p,
    indices: list[int],
    codes: list[int],
    styles: array[int],
    looks: list[Style],
    fonts: list[int],
) -> dict[int, str]:
    """The characters of mathematical fonts that mean something else than PDFium says, by their places."""
    maths = {index for index, look in enumerate(looks) if is_maths(look.font)}
    nameless = {index for index, look in enumerate(looks) if not look.font}
    signs: dict[int, str] = _text_signs(codes, styles, nameless) if nameless else {}
    if not maths:
        return signs
    unmapped = _plain_calls("FPDFText_HasUnicodeMapError", 0)
    for at, style in enumerate(styles):
        code = codes[at]
        if style not in maths:
            continue
        font = looks[style].font
        if code == 0 or unmapped(textpage, indices[at]) == 1:
            # The code is then the font's own, which only its glyph's name or the font's usual encoding explains.
            sign = named_sign(fonts[style], code) or sign_of(font, code)
        else:
            sign = letter_of(font, code)
        if sign:
            signs[at] = sign
    return signs


def _text_signs(codes: list[int], styles: array[int], nameless: set[int]) -> dict[int, str]:
    """Ligatures, quotes and dashes of TeX's old fonts that are drawn as pictures and have neither names nor encodings.

    Only in fonts that are plainly for text: mathematical ones have other signs at these codes.
    """
    letters = Counter(style for style, code in zip(styles, codes, strict=True) if 97 <= code <= 122)
    every = Counter(style for style, code in zip(styles, codes, strict=True) if code > 32)
    text = {style for style in nameless if letters[style] > 40 and letters[style] > 0.6 * every[style]}
    # Quotes and dashes stand at codes of ASCII's: only in a font that has TeX's ligatures too.
    ligatures = {style for style, code in zip(styles, codes, strict=True) if 0x0B <= code <= 0x0F}
    return {
        at: OLD_TEXT_SIGNS[code]
        for at, (style, code) in enumerate(zip(styles, codes, strict=True))
        if style in text and code in OLD_TEXT_SIGNS and (code < 32 or style in ligatures)
    }


def _text(codes: list[int], styles: array[int], looks: list[Style], hyphens: set[int], signs: dict[int, str]) -> str:
    characters = [chr(code) if 0 < code < 0x110000 else "\ufffd" for code in codes]
    for index, code in enumerate(codes):
        if index in hyphens:
            characters[index] = LINE_END_HYPHEN
        elif code == 0x2010:
            characters[index] = "-"
        elif code == 13 and styles[index] < 0:
            characters[index] = " "
        elif index in signs:
            characters[index] = signs[index]
    return clean_characters("".join(characters))


def _styles(textpage: ctypes.c_void_p, indices: list[int]) -> tuple[array[int], list[Style], list[int]]:
    """For every character the index of its style, looked up once for each text object; the styles; their fonts."""
    of_object: dict[int, int] = {}
    known: dict[tuple[Style, int], int] = {}
    styles = array("h", bytes(2 * len(indices)))
    text_object = _plain_calls("FPDFText_GetTextObject", 0, ctypes.c_void_p)
    page = ctypes.cast(textpage, ctypes.c_void_p).value
    number, last = -1, 0
    for at, address in enumerate(map(text_object, repeat(page), indices)):
        if address != last:
            last = address
            if not address:
                number = -1
            elif (told := of_object.get(address)) is not None:
                number = told
            else:
                style = _style(page, indices[at], address)
                number = known.setdefault(style, len(known)) if len(known) < 30_000 else 0
                of_object[address] = number
        styles[at] = number
    return styles, [style for style, _ in known], [font for _, font in known]


def _style(page: int | None, index: int, text_object: int) -> tuple[Style, int]:
    matrix = _MATRIX
    _plain_calls("FPDFText_GetMatrix", 1)(page, index, ctypes.addressof(matrix))
    size = _plain_calls("FPDFText_GetFontSize", 0, ctypes.c_double)(page, index) * math.hypot(matrix.c, matrix.d)
    angle = math.degrees(math.atan2(matrix.b, matrix.a))
    address = _font_of()(text_object)
    name, weight, flags = _font(address) if address else ("", 400, 0)
    return Style(name, round(size, 2), weight, flags, round(angle, 1)), address or 0


@cache
def _font_of() -> Callable[[int], int | None]:
    address = ctypes.cast(pdfium.FPDFTextObj_GetFont, ctypes.c_void_p).value
    return ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(address or 0)


@lru_cache(maxsize=4096)
def _font(address: int) -> tuple[str, int, int]:
    handle = ctypes.cast(address, pdfium.FPDF_FONT)
    buffer = ctypes.create_string_buffer(256)
    length = pdfium.FPDFFont_GetBaseFontName(handle, buffer, 256)
    name = buffer.raw[: max(0, min(length, 256) - 1)].decode("utf-8", "replace")
    return name, pdfium.FPDFFont_GetWeight(handle), max(0, pdfium.FPDFFont_GetFlags(handle))


def forget_fonts() -> None:
    """To be called when a document is opened: the addresses of an earlier one's fonts may be used again."""
    _font.cache_clear()
    forget_names()


def _measure_symbols(
    textpage: ctypes.c_void_p, indices: list[int], boxes: array[float], styles: array[int], looks: list[Style]
) -> None:
    """Give the glyphs of symbol fonts their ink's height: their roots and big operators hang from their origin."""
    symbols = {index for index, look in enumerate(looks) if is_symbol_font(look.font)}
    if not symbols:
        return
    sides = [ctypes.c_double() for _ in range(4)]
    left, right, bottom, top = (ctypes.byref(side) for side in sides)
    for at, style in enumerate(styles):
        if style in symbols and pdfium.FPDFText_GetCharBox(textpage, indices[at], left, right, bottom, top):
            boxes[4 * at + 1], boxes[4 * at + 3] = sides[2].value, sides[3].value


_KINDS = {
    pdfium.FPDF_PAGEOBJ_PATH: "path",
    pdfium.FPDF_PAGEOBJ_IMAGE: "image",
    pdfium.FPDF_PAGEOBJ_SHADING: "image",
    pdfium.FPDF_PAGEOBJ_FORM: "form",
}


def _drawings(page: ctypes.c_void_p) -> list[Drawing]:
    found = []
    sides = [ctypes.c_float() for _ in range(4)]
    left, bottom, right, top = (ctypes.byref(side) for side in sides)
    for index in range(min(pdfium.FPDFPage_CountObjects(page), MOST_DRAWINGS * 10)):
        handle = pdfium.FPDFPage_GetObject(page, index)
        kind = _KINDS.get(pdfium.FPDFPageObj_GetType(handle))
        if kind and pdfium.FPDFPageObj_GetBounds(handle, left, bottom, right, top):
            found.append(Drawing(kind, *(side.value for side in sides)))
            if len(found) == MOST_DRAWINGS:
                break
    return found


def _turn(glyphs: Glyphs, rotation: int, wide: float, high: float) -> None:
    """Turn what `layout` looks at, on a page `wide` and `high`, by quarters clockwise; the stored boxes stay."""

    def turned(x: float, y: float) -> tuple[float, float]:
        return ((y, wide - x), (wide - x, high - y), (high - y, x))[rotation - 1]

    def turned_box(left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        (x0, y0), (x1, y1) = turned(left, bottom), turned(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    glyphs.turns.append((rotation, wide, high))
    shown = array("f")
    for index in range(len(glyphs.text)):
        shown.extend(turned_box(*glyphs.shown[4 * index : 4 * index + 4]))
        glyphs.x[index], glyphs.y[index] = turned(glyphs.x[index], glyphs.y[index])
    glyphs.shown = shown
    glyphs.drawings = [
        Drawing(each.kind, *turned_box(each.left, each.bottom, each.right, each.top)) for each in glyphs.drawings
    ]
    glyphs.looks = [replace(look, angle=_normal(look.angle - 90 * rotation)) for look in glyphs.looks]


def _normal(angle: float) -> float:
    return (angle + 180) % 360 - 180
