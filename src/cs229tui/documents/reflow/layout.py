"""Where things stand on one page: characters gathered into pieces of one style, pieces into lines. Pure geometry.

Made in the reading child from `Glyphs`, kept as MessagePack until every page is read, then `reflow` makes prose of it.
Points throughout, y upwards, the page turned as it is shown.
"""

import math
from typing import TYPE_CHECKING

import msgspec

from cs229tui.documents.pdf.glyphs import is_bold, is_italic, is_maths, is_mono, is_symbol_font

if TYPE_CHECKING:
    from cs229tui.documents.pdf.extract import Drawing, Glyphs


_MOST_LINES = 4000


class Look(msgspec.Struct, frozen=True, array_like=True):
    """A style as `reflow` needs it; `angle` in degrees."""

    font: str
    size: float
    bold: bool = False
    italic: bool = False
    mono: bool = False
    maths: bool = False
    symbol: bool = False
    angle: float = 0.0


class Piece(msgspec.Struct, array_like=True):
    """Characters `start` to `end` of the page's text: one look, one baseline, no wide gap."""

    start: int
    end: int
    left: float
    bottom: float
    right: float
    top: float
    base: float
    look: int


class Line(msgspec.Struct, array_like=True):
    """Pieces that are read as one line; `base` and `size` are those of its main text, not of its scripts."""

    pieces: list[Piece]
    left: float
    bottom: float
    right: float
    top: float
    base: float
    size: float
    look: int


class Shape(msgspec.Struct, frozen=True, array_like=True):
    """Something drawn: kind is `rule` (a thin level line), `bar` (an upright one), `image`, `form` or `path`."""

    kind: str
    left: float
    bottom: float
    right: float
    top: float


class PageLayout(msgspec.Struct, array_like=True):
    """One page; `lines` in the order of the file. `hyphens` are the places of the hyphens at line ends.

    `turns` says how the page was turned to be read: quarters clockwise, and how wide and high it was before;
    or 0 quarters, and how far its corner was from where the file counts from. `sides`,
    on a page with mathematics or tables, are its characters' boxes: four float32 each, left, bottom, right, top.
    """

    number: int
    width: float
    height: float
    text: str
    looks: list[Look]
    lines: list[Line]
    shapes: list[Shape]
    hyphens: list[int]
    plain: bool = False
    turns: list[tuple[int, float, float]] = []
    sides: bytes = b""


def encode_layout(layout: PageLayout) -> bytes:
    """A layout as the parent keeps it."""
    return msgspec.msgpack.encode(layout)


def decode_layout(stored: bytes) -> PageLayout:
    """A layout as it was kept."""
    return msgspec.msgpack.decode(stored, type=PageLayout)


def lay_out(number: int, glyphs: "Glyphs") -> PageLayout:
    """The lines of a page, in the order of the file."""
    looks = [
        Look(
            look.font,
            max(look.size, 0.1),
            is_bold(look.font, look.weight),
            is_italic(look.font, look.flags),
            is_mono(look.font, look.flags),
            is_maths(look.font),
            is_symbol_font(look.font),
            look.angle,
        )
        for look in glyphs.looks
    ]
    pieces = _pieces(glyphs, looks)
    lines = _lines(pieces, looks)
    if len(lines) > _MOST_LINES:
        # No page of text: a map, a plot drawn letter by letter, or a trap. Its places are of no use to anybody.
        return lay_out_text(number, glyphs.text)
    lines = _rejoined(lines)
    width, height = glyphs.across or glyphs.width, glyphs.up or glyphs.height
    shapes, hyphens = _shapes(glyphs), sorted(glyphs.hyphens)
    # Formulas and tables are taken apart letter by letter.
    fine = any(look.maths for look in looks) or sum(shape.kind == "rule" for shape in shapes) > 2
    sides = glyphs.shown.tobytes() if fine else b""
    return PageLayout(
        number, width, height, glyphs.text, looks, lines, shapes, hyphens, turns=glyphs.turns, sides=sides
    )


def lay_out_text(number: int, text: str) -> PageLayout:
    """The layout of a page whose characters have no known places: its lines, one below the other."""
    lines, start, base = [], 0, 792.0
    for line in text.split("\n"):
        base -= 12
        if stripped := line.strip():
            begin = start + line.index(stripped[0])
            end = begin + len(stripped)
            piece = Piece(begin, end, 72.0, base - 2, 72.0 + 5 * len(stripped), base + 8, base, 0)
            lines.append(Line([piece], piece.left, piece.bottom, piece.right, piece.top, base, 10.0, 0))
        start += len(line) + 1
    return PageLayout(number, 612.0, 792.0, text, [Look("", 10.0)], lines, [], [], True)


def _pieces(glyphs: "Glyphs", looks: list[Look]) -> list[Piece]:
    pieces: list[Piece] = []
    text, xs, ys = glyphs.text, glyphs.x, glyphs.y
    sides = (glyphs.shown[side::4] for side in range(4))
    every = zip(text, glyphs.styles, *sides, xs, ys, glyphs.wide, strict=True)
    maths = [look.maths for look in looks]
    current: Piece | None = None
    spaced = False
    size = 1.0
    last = len(text) - 1
    for index, (character, look, left, bottom, right, top, x, base, wide) in enumerate(every):
        if character in " \n\t\xa0":
            spaced = True
            continue
        if current is not None and not spaced and look == current.look and base == ys[index - 1] and x == xs[index - 1]:
            # The second letter of a ligature: one glyph, one origin.
            current.end = index + 1
            continue
        if look >= 0 and wide and not maths[look] and index < last and x != xs[index + 1]:
            # By its font's measure: a letter's ink may lean over the next word, an italic f's does.
            left, right = x, x + wide
        if current is not None and look == current.look and abs(base - current.base) < 0.06 * size + 0.05:
            gap = left - current.right
            if -0.4 * size < gap < 0.6 * size and not (spaced and gap < (0.2 if maths[look] else 0.06) * size):
                current.end = index + 1
                if right > current.right:
                    current.right = right
                if top > current.top:
                    current.top = top
                if bottom < current.bottom:
                    current.bottom = bottom
                spaced = False
                continue
        if look < 0:
            # PDFium made this character up, or its style is unknown: it goes with what stands before it.
            if current is not None and character == "\u2010":
                current.end = index + 1
            continue
        size = looks[look].size
        current = Piece(index, index + 1, left, bottom, right, top, base, look)
        if right <= left:
            current.right = left + 0.2 * size
        pieces.append(current)
        spaced = False
    return pieces


def _lines(pieces: list[Piece], looks: list[Look]) -> list[Line]:
    lines: list[Line] = []
    current: Line | None = None
    for piece in pieces:
        if current is not None and _belongs(piece, current, looks):
            _add(current, piece, looks)
        else:
            current = _line(piece, looks)
            lines.append(current)
    return lines


def _line(piece: Piece, looks: list[Look]) -> Line:
    size = looks[piece.look].size
    return Line([piece], piece.left, piece.bottom, piece.right, piece.top, piece.base, size, piece.look)


def _belongs(piece: Piece, line: Line, looks: list[Look]) -> bool:
    look, main = looks[piece.look], looks[line.look]
    if abs(look.angle - main.angle) > 2 or abs(look.angle) > 2:
        return (
            abs(look.angle - main.angle) <= 2
            and max(piece.left - line.right, line.left - piece.right) < look.size
            and max(piece.bottom - line.top, line.bottom - piece.top) < look.size
        )
    gap = piece.left - line.right
    em = max(look.size, line.size)
    if gap > 1.1 * em or piece.right < line.left:
        return False
    if look.symbol or main.symbol:
        overlap = min(piece.top, line.base + 0.75 * em) - max(piece.bottom, line.base - 0.3 * em)
        if main.symbol and not look.symbol:
            overlap = min(line.top, piece.base + 0.75 * em) - max(line.bottom, piece.base - 0.3 * em)
        return gap > -1.2 * em and overlap > 0.25 * min(em, piece.top - piece.bottom + 0.1)
    shift = piece.base - line.base
    if abs(shift) <= 0.12 * em:
        return gap > -0.6 * em
    if look.size <= 0.92 * line.size:
        return -0.55 * em < shift < 0.8 * em and gap > -2.5 * em
    if line.size <= 0.92 * look.size:
        return -0.8 * em < shift < 0.55 * em and gap > -1.0 * em
    # Scripts of scripts, and what follows a script that hangs a little off: as tall as the line, nearly on it.
    last = line.pieces[-1]
    return abs(shift) <= 0.3 * em and gap > -0.6 * em and abs(piece.base - last.base) <= 0.12 * em


def _add(line: Line, piece: Piece, looks: list[Look]) -> None:
    line.pieces.append(piece)
    line.left, line.right = min(line.left, piece.left), max(line.right, piece.right)
    line.bottom, line.top = min(line.bottom, piece.bottom), max(line.top, piece.top)
    look, main = looks[piece.look], looks[line.look]
    if main.symbol and not look.symbol:
        line.base, line.size, line.look = piece.base, look.size, piece.look
    elif look.symbol or piece.look == line.look:
        return
    elif look.size > 1.08 * line.size:
        line.base, line.size, line.look = piece.base, look.size, piece.look
    elif look.size > 0.92 * line.size and _extent(line, piece.look) > _extent(line, line.look):
        line.look, line.size = piece.look, look.size


def _extent(line: Line, look: int) -> int:
    return sum(piece.end - piece.start for piece in line.pieces if piece.look == look)


def _rejoined(lines: list[Line]) -> list[Line]:
    """Lines that the file draws in parts, far from each other in it, made whole again."""
    by_base = sorted(range(len(lines)), key=lambda index: -lines[index].base)
    gone: set[int] = set()
    for position, index in enumerate(by_base):
        if index in gone:
            continue
        line = lines[index]
        again = True
        while again:
            again = False
            for other_index in by_base[position + 1 :]:
                other = lines[other_index]
                if line.base - other.base > 0.1 * line.size:
                    break
                if other_index in gone or abs(other.size - line.size) > 0.1 * line.size:
                    continue
                gap = max(other.left - line.right, line.left - other.right)
                if -0.2 * line.size < gap < 0.7 * line.size:
                    _merge(line, other)
                    gone.add(other_index)
                    again = True
    return [line for index, line in enumerate(lines) if index not in gone]


def _merge(line: Line, other: Line) -> None:
    line.pieces = line.pieces + other.pieces if other.left >= line.left else other.pieces + line.pieces
    line.left, line.right = min(line.left, other.left), max(line.right, other.right)
    line.bottom, line.top = min(line.bottom, other.bottom), max(line.top, other.top)


def _shapes(glyphs: "Glyphs") -> list[Shape]:
    shapes: set[tuple[str, float, float, float, float]] = set()
    width, height = glyphs.across or glyphs.width, glyphs.up or glyphs.height
    area = width * height
    for drawing in glyphs.drawings:
        wide, high = drawing.right - drawing.left, drawing.top - drawing.bottom
        outside = drawing.right < 0 or drawing.top < 0 or drawing.left > width or drawing.bottom > height
        if outside or not math.isfinite(wide + high) or wide < 0 or high < 0 or wide * high > 0.75 * area:
            continue
        kind = drawing.kind
        if kind == "path" and high < 2.5 and wide > 4:
            kind = "rule"
        elif kind == "path" and wide < 2.5 and high > 4:
            kind = "bar"
        left, bottom, right, top = (round(side, 1) for side in sides_of(drawing))
        shapes.add((kind, left, bottom, right, top))
    return [Shape(*shape) for shape in sorted(shapes)[:4000]]


def sides_of(drawing: "Drawing") -> tuple[float, float, float, float]:
    """Left, bottom, right and top."""
    return drawing.left, drawing.bottom, drawing.right, drawing.top
