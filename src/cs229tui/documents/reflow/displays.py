"""Displayed equations told from text, row by row."""

import re
from dataclasses import dataclass
from itertools import pairwise

from cs229tui.documents.reflow.measures import Measures, plain
from cs229tui.documents.reflow.rows import Row

BULLET = re.compile(r"[•◦▪‣∙·●○■□–—∗*⋄►▶➤✓-]\s*(?=\S)")
EQUATION_NUMBER = re.compile(r"\(?\s*[A-Z]?\.?\d{1,3}(?:\.\d+)*[a-z]?\s*\)")
_SIGNS = frozenset("=+−-<>≤≥∈∑∏∫√|∥()[]{}^~·×/∗,.:;′←→↦≈≡∝∇∂∞∀∃⊤ 0123456789")
_RELATIONS = "=≤≥<>≈∼∝←→↦:≜⩽⩾≡⇒∈"
_WORDS = re.compile(r"[^\W\d_]{3,}")
# Two words one after the other: text, not a formula's part.
_WORD_LIKE = re.compile(r"[^\W\d_]{3,} [^\W\d_]{2,}")
# The names of functions, which formulas have and which are no words.
_NAMES = re.compile(r"max|min|arg|sup|inf|lim|log|exp|sin|cos|tan|det|dim|ker|rank|sign|sgn|softmax|diag|var|cov", re.I)


def displayed(all_rows: list[Row], edges: tuple[float, float], measures: Measures) -> list[tuple[str, list[Row]]]:
    """Rows in groups of text and of displayed equations."""
    marks = [_is_equation(row, _apart(all_rows, at, measures), edges, measures) for at, row in enumerate(all_rows)]
    _join_tall(all_rows, marks)
    # A limit, a numerator or a bracket on a row of its own goes with the equation it touches.
    for _ in range(3):
        for index, row in enumerate(all_rows):
            if marks[index] or not _is_scrap(row, edges, measures):
                continue
            for other in (index - 1, index + 1):
                if 0 <= other < len(all_rows) and marks[other] and _touch(row, all_rows[other]):
                    marks[index] = True
    groups: list[tuple[str, list[Row]]] = []
    for row, mark in zip(all_rows, marks, strict=True):
        kind = "equation" if mark else "text"
        last = groups[-1] if groups else None
        # Two equations with much room between them are two, not one of two lines.
        parted = mark and last is not None and min(each.bottom for each in last[1]) - row.top > 1.1 * measures.size
        if last is not None and last[0] == kind and not parted:
            last[1].append(row)
        else:
            groups.append((kind, [row]))
    return groups


def _apart(rows: list[Row], at: int, measures: Measures) -> bool:
    """Whether there is more room above and below a row, with what it holds of limits and numerators, than in text."""
    room = 1.22 * measures.leading
    for beyond in (range(at - 1, max(-1, at - 5), -1), range(at + 1, min(len(rows), at + 5))):
        for other in beyond:
            if _WORD_LIKE.search(rows[other].text):
                if abs(rows[other].base - rows[at].base) <= room:
                    return False
                break
    return True


def _join_tall(rows: list[Row], marks: list[bool]) -> None:
    """Mark the rows that stand beside a tall sign of an equation: a brace's cases, a fraction's two parts."""
    for index, row in enumerate(rows):
        if not marks[index] or row.top - row.bottom < 1.7 * row.size:
            continue
        for other in (*range(index - 1, -1, -1), *range(index + 1, len(rows))):
            beside = row.bottom - 0.1 * row.size < rows[other].base < row.top - 0.4 * row.size
            if beside and not marks[other] and rows[other].left > row.left - row.size:
                marks[other] = True


@dataclass(frozen=True)
class _Content:
    """What a row is made of: the share of it that is mathematics, its words, whether anything is in a maths font."""

    share: float
    words: int
    maths: bool


def _content(row: Row) -> _Content:
    maths = total = 0.0
    words = 0
    has_maths = False
    for line in row.lines:
        for piece in line.pieces:
            look = row.page.looks[piece.look]
            part = row.page.text[piece.start : piece.end]
            total += len(part)
            if look.maths:
                has_maths = True
                maths += len(part)
            else:
                maths += sum(0.4 if character.isdigit() else 1.0 for character in part if character in _SIGNS)
                words += sum(not _NAMES.match(word) for word in _WORDS.findall(part))
    return _Content(maths / max(1.0, total), words, has_maths)


def _is_equation(row: Row, apart: bool, edges: tuple[float, float], measures: Measures) -> bool:
    text = row.text
    indent = row.left - edges[0]
    if row.size < 0.85 * measures.size:
        return False
    if EQUATION_NUMBER.fullmatch(text) and row.left > (edges[0] + edges[1]) / 2:
        return True
    relates = any(sign in text for sign in _RELATIONS)
    if not relates and not any(row.page.looks[piece.look].maths for line in row.lines for piece in line.pieces):
        return False
    content = _content(row)
    if _is_numbered(row, edges, measures) and (relates or content.maths):
        return True
    if indent < 0.9 * measures.size:
        # Set from the margin, or too wide for it: only where nothing else can be meant.
        return apart and relates and content.maths and content.share > 0.6 and content.words <= 3 and len(text) > 6
    if BULLET.match(text) and text[0] not in "·-–−∗*":
        return False
    if not content.maths and "=" not in text:
        return False
    full = row.right > edges[1] - measures.size and indent < 3 * measures.size
    if content.words >= 2 and full:
        return False
    inset = indent > 2.5 * measures.size and row.right < edges[1] - measures.size
    share, words = content.share, content.words
    return (share > 0.45 and words <= 4) or (share > 0.3 and words <= 6 and inset and relates)


def _is_numbered(row: Row, edges: tuple[float, float], measures: Measures) -> bool:
    """Whether a row ends in an equation's number at the right margin, away from what it numbers."""
    if row.right < edges[1] - 3 or not row.text.endswith(")"):
        return False
    if len(row.lines) > 1 and EQUATION_NUMBER.fullmatch(plain(row.page, row.lines[-1])):
        return row.lines[-1].left - row.lines[-2].right > 1.5 * measures.size
    pieces = row.lines[-1].pieces
    for before, piece in pairwise(pieces):
        last = row.page.text[piece.start : pieces[-1].end]
        if piece.left - before.right > 0.9 * measures.size and EQUATION_NUMBER.fullmatch(last):
            return True
    return False


def _is_scrap(row: Row, edges: tuple[float, float], measures: Measures) -> bool:
    text = row.text
    if row.left - edges[0] < 0.9 * measures.size:
        return False
    return len(text) <= 14 or (row.size < 0.85 * measures.size and len(text) <= 30)


def _touch(row: Row, other: Row) -> bool:
    # A limit's box keeps more distance than a line's.
    room = (0.6 if row.size < 0.85 * other.size else 0.25) * other.size
    return row.bottom < other.top + room and other.bottom < row.top + room
