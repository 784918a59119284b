"""Formulas within lines of text, in one row: x_i², (a + b)/c, √(d_k)."""

import re
from collections.abc import Sequence
from itertools import pairwise

from cs229tui.documents.formulas.tree import NOWHERE, Cell
from cs229tui.documents.formulas.typeset import draw
from cs229tui.documents.reflow.atoms import ACCENTS, atoms_of
from cs229tui.documents.reflow.bars import rules_of, with_bars
from cs229tui.documents.reflow.layout import Line, PageLayout, Piece
from cs229tui.documents.reflow.maths import line_of
from cs229tui.documents.reflow.terms import line as one_line
from cs229tui.documents.reflow.text import Text

# What a formula may have in the font of the text: numbers, signs, the names of functions.
_UPRIGHT = re.compile(r"(?:[ˆ˜¯˙¨ˇ˘\d\s=+\-−()\[\]{}.,:;|/<>*!]|max|min|arg|log|exp|sup|inf|lim|sin|cos|tanh?|det|Pr)+")
_ACCENT = re.compile("[ˆ˜¯˙]")
_SCRIPT = 0.86
_LONGEST = 400
# A page with more drawn on it than this is a drawing: its rules are not looked through for each line.
_MOST_SHAPES = 600


def formulas(page: PageLayout, line: Line) -> list[tuple[int, int]]:
    """The stretches of a line's pieces that are formulas with scripts, bars, roots or accents; the rest is text."""
    pieces, size = line.pieces, line.size
    if not page.sides or not any(page.looks[piece.look].maths for piece in pieces):
        return []
    # Small print that stands on the line is no script.
    maths = [
        page.looks[piece.look].maths
        or (page.looks[piece.look].size < _SCRIPT * size and abs(piece.base - line.base) > 0.05 * size)
        for piece in pieces
    ]
    upright = [bool(_UPRIGHT.fullmatch(page.text[piece.start : piece.end])) for piece in pieces]
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(pieces):
        if not maths[at]:
            at += 1
            continue
        start = end = at
        while start > (found[-1][1] if found else 0) and upright[start - 1]:
            start -= 1
        while end < len(pieces) and (maths[end] or upright[end]):
            end += 1
        if _is_formula(page, pieces[start:end], size):
            found.append((start, end))
        at = end
    return found


def accents_apart(page: PageLayout, pieces: list[Piece]) -> list[Piece]:
    """Pieces in which accents without a letter of their own font are by themselves: that letter is a formula's."""
    if not page.sides or not any(_ACCENT.search(page.text, piece.start, piece.end) for piece in pieces):
        return pieces
    sides = memoryview(page.sides).cast("f")
    parted: list[Piece] = []
    for piece in pieces:
        start = piece.start
        cuts = {at for found in _ACCENT.finditer(page.text, piece.start, piece.end) for at in found.span()}
        for end in sorted({*cuts, piece.end} - {piece.start}):
            # A blank at an end belongs to neither part.
            low, high = start, end
            while low < high and page.text[low].isspace():
                low += 1
            while low < high and page.text[high - 1].isspace():
                high -= 1
            if low < high:
                left, right = sides[4 * low], sides[4 * high - 2]
                parted.append(Piece(low, high, left, piece.bottom, right, piece.top, piece.base, piece.look))
            start = end
    return parted


def _is_formula(page: PageLayout, pieces: Sequence[Piece], size: float) -> bool:
    looks = [page.looks[piece.look] for piece in pieces]
    stacked = any(
        abs(before.base - piece.base) > 0.3 * size and piece.left < before.right - 0.5 * (before.right - before.left)
        for before, piece in pairwise(pieces)
    )
    if not stacked and not any(look.maths for look in looks) and not _barred(page, pieces):
        return False
    if sum(piece.end - piece.start for piece in pieces) > _LONGEST:
        return False
    if any(look.size < _SCRIPT * size for look in looks):
        return True
    signs = "".join(page.text[piece.start : piece.end] for piece in pieces)
    return any(sign == "√" or (sign in ACCENTS and not sign.isascii()) for sign in signs)


def _barred(page: PageLayout, pieces: Sequence[Piece]) -> bool:
    """Whether a fraction's bar lies among some pieces."""
    left, right = min(piece.left for piece in pieces) - 2, max(piece.right for piece in pieces) + 2
    bottom, top = min(piece.bottom for piece in pieces), max(piece.top for piece in pieces)
    return len(page.shapes) < _MOST_SHAPES and any(
        shape.kind == "rule" and left < shape.left and shape.right < right and bottom < shape.bottom < top
        for shape in page.shapes
    )


def formula_text(page: PageLayout, pieces: Sequence[Piece], of: Line) -> Text:
    """A stretch of a line as a formula in one row."""
    atoms = atoms_of(page, pieces)
    rules = rules_of(page, atoms) if atoms and len(page.shapes) < _MOST_SHAPES else []
    node, _, _ = one_line(with_bars(atoms, rules, line_of), line_of, (of.base, of.size))
    text = Text()
    take(page, text, draw(node, flat=True).rows[0])
    return text


def take(page: PageLayout, text: Text, cells: Sequence[Cell]) -> None:
    """Add cells to a text, each with its place."""
    shown: list[str] = []
    begin = following = NOWHERE
    for sign, place in cells:
        # What stands one after the other on the page, or nowhere, is added at once.
        if place != following or (place == NOWHERE) != (begin == NOWHERE):
            _add(page, text, shown, begin)
            shown, begin, following = [], place, place
        shown.append(sign[:1] if place != NOWHERE else sign)
        following += place != NOWHERE
        if place != NOWHERE and len(sign) > 1:
            _add(page, text, shown, begin)
            shown, begin, following = [sign[1:]], NOWHERE, NOWHERE
    _add(page, text, shown, begin)


def _add(page: PageLayout, text: Text, shown: list[str], begin: int) -> None:
    if shown:
        together = "".join(shown)
        if begin == NOWHERE:
            text.add(together)
        else:
            text.take(page.number, begin, together)
