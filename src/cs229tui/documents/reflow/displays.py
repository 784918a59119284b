"""Displayed equations told from text, row by row, and the scripts that belong to neither put back into their lines."""

import re

from cs229tui.documents.reflow.measures import Measures, plain
from cs229tui.documents.reflow.rows import Row

BULLET = re.compile(r"[•◦▪‣∙·●○■□–—∗*⋄►▶➤✓-]\s*(?=\S)")
_EQUATION_NUMBER = re.compile(r"\(?\s*[A-Z]?\.?\d{1,3}(?:\.\d+)?[a-z]?\s*\)")
_SIGNS = frozenset("=+−-<>≤≥∈∑∏∫√|∥()[]{}^~·×/∗,.:;′←→↦≈≡∝∇∂∞∀∃⊤ 0123456789")
_WORDS = re.compile(r"[^\W\d_]{3,}")


def displayed(all_rows: list[Row], edges: tuple[float, float], measures: Measures) -> list[tuple[str, list[Row]]]:
    """Rows in groups of text and of displayed equations."""
    marks = [_is_equation(row, edges, measures) for row in all_rows]
    # A limit, a numerator or a bracket on a row of its own goes with the equation it touches.
    for _ in range(3):
        for index, row in enumerate(all_rows):
            if marks[index] or not _is_scrap(row, edges, measures):
                continue
            for other in (index - 1, index + 1):
                if 0 <= other < len(all_rows) and marks[other] and _touch(row, all_rows[other]):
                    marks[index] = True
    all_rows, marks = _scraps_kept(all_rows, marks, measures)
    groups: list[tuple[str, list[Row]]] = []
    for row, mark in zip(all_rows, marks, strict=True):
        kind = "equation" if mark else "text"
        if groups and groups[-1][0] == kind:
            groups[-1][1].append(row)
        else:
            groups.append((kind, [row]))
    return groups


def _scraps_kept(all_rows: list[Row], marks: list[bool], measures: Measures) -> tuple[list[Row], list[bool]]:
    """Scripts that stand too far off their line to have been read with it, put into the line they belong to."""
    kept: list[Row] = []
    left: list[bool] = []
    for index, (row, mark) in enumerate(zip(all_rows, marks, strict=True)):
        if not mark and row.size < 0.85 * measures.size and len(row.text) <= 30:
            for other in (index - 1, index + 1):
                if 0 <= other < len(all_rows) and not marks[other] and _inside(row, all_rows[other]):
                    _put_into(row, all_rows[other])
                    break
            else:
                kept.append(row)
                left.append(mark)
            continue
        kept.append(row)
        left.append(mark)
    return kept, left


def _inside(scrap: Row, row: Row) -> bool:
    near = abs(scrap.base - row.base) < 0.95 * row.size
    return near and row.size > 1.1 * scrap.size and row.left < scrap.left and scrap.right < row.right + 4


def _put_into(scrap: Row, row: Row) -> None:
    line = max((each for each in row.lines if each.left <= scrap.left), key=lambda each: each.left)
    for piece in (piece for each in scrap.lines for piece in each.pieces):
        at = next((index for index, each in enumerate(line.pieces) if each.left > piece.left), len(line.pieces))
        line.pieces.insert(at, piece)


def _is_equation(row: Row, edges: tuple[float, float], measures: Measures) -> bool:
    text = row.text
    indent = row.left - edges[0]
    if row.size < 0.85 * measures.size:
        return False
    bullet = BULLET.match(text) and text[0] not in "·-–−∗*"
    if indent < 0.9 * measures.size or bullet:
        return False
    if _EQUATION_NUMBER.fullmatch(text) and row.left > (edges[0] + edges[1]) / 2:
        return True
    numbered = len(row.lines) > 1 and _EQUATION_NUMBER.fullmatch(plain(row.page, row.lines[-1]))
    if numbered and row.lines[-1].left - row.lines[-2].right > 2 * measures.size and row.right > edges[1] - 3:
        return True
    maths = total = 0.0
    words = 0
    for line in row.lines:
        for piece in line.pieces:
            look = row.page.looks[piece.look]
            part = row.page.text[piece.start : piece.end]
            total += len(part)
            if look.maths:
                maths += len(part)
            else:
                maths += sum(0.4 if character.isdigit() else 1.0 for character in part if character in _SIGNS)
                words += len(_WORDS.findall(part))
    share = maths / max(1.0, total)
    has_maths = any(row.page.looks[piece.look].maths for line in row.lines for piece in line.pieces)
    if not has_maths and "=" not in text:
        return False
    full = row.right > edges[1] - measures.size and indent < 3 * measures.size
    if words >= 2 and full:
        return False
    relates = any(sign in text for sign in "=≤≥<>≈∼∝←→↦:")
    inset = indent > 2.5 * measures.size and row.right < edges[1] - measures.size
    return (share > 0.45 and words <= 4) or (share > 0.3 and words <= 6 and inset and relates)


def _is_scrap(row: Row, edges: tuple[float, float], measures: Measures) -> bool:
    text = row.text
    if row.left - edges[0] < 0.9 * measures.size:
        return False
    return len(text) <= 14 or (row.size < 0.85 * measures.size and len(text) <= 30)


def _touch(row: Row, other: Row) -> bool:
    # A limit's box keeps more distance than a line's.
    room = (0.6 if row.size < 0.85 * other.size else 0.25) * other.size
    return row.bottom < other.top + room and other.bottom < row.top + room
