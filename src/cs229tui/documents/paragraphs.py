"""The text of one region parted into paragraphs, headings, list items, equations and code, still as lines."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from cs229tui.documents.boxes import Region
from cs229tui.documents.flow import BlockKind
from cs229tui.documents.grid import rows_of
from cs229tui.documents.layout import Line, PageLayout
from cs229tui.documents.measures import Measures, plain

BULLET = re.compile(r"[•◦▪‣∙·●○■□–—∗*⋄►▶➤✓-]\s*(?=\S)")
NUMBERED = re.compile(r"\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)](?=\s|$)")
SECTION = re.compile(
    r"(?:(?:Appendix|Chapter|Section|Part)\s+)?(?P<number>(?:[A-Z]|\d{1,2}|[IVX]{1,5})(?:\.\d{1,2})*)\.?\s+(?=\S)"
)
KNOWN = re.compile(
    r"(?:abstract|introduction|references|bibliography|acknowledge?ments?|appendix|appendices|conclusions?|discussion|"
    r"related work|contents|broader impact|supplementary materials?|methods?|results|author contributions|summary)\W*",
    re.I,
)
_EQUATION_NUMBER = re.compile(r"\(?\s*[A-Z]?\.?\d{1,3}(?:\.\d+)?[a-z]?\s*\)")
_SIGNS = frozenset("=+−-<>≤≥∈∑∏∫√|∥()[]{}^~·×/∗,.:;′←→↦≈≡∝∇∂∞∀∃⊤ 0123456789")
_WORDS = re.compile(r"[^\W\d_]{3,}")
_ENDS = tuple('.!?:;”"')


@dataclass
class Row:
    """What is read as one line of a column: its fragments from left to right."""

    page: PageLayout
    lines: list[Line]
    left: float
    right: float
    base: float
    size: float
    top: float
    bottom: float

    @property
    def text(self) -> str:
        """The characters, roughly."""
        return " ".join(plain(self.page, line) for line in self.lines)

    @property
    def bold(self) -> bool:
        """Whether nearly all of it is bold."""
        return self._share("bold") > 0.85

    @property
    def italic(self) -> bool:
        """Whether nearly all of it slants."""
        return self._share("italic") > 0.85

    @property
    def mono(self) -> bool:
        """Whether nearly all of it is in a typewriter's face."""
        return self._share("mono") > 0.8

    @property
    def begins_bold(self) -> bool:
        """Whether its first word is bold."""
        return self.page.looks[self.lines[0].pieces[0].look].bold

    def _share(self, name: str) -> float:
        counts: Counter[bool] = Counter()
        for line in self.lines:
            for piece in line.pieces:
                look = self.page.looks[piece.look]
                if name == "bold" and look.maths:
                    continue
                counts[getattr(look, name)] += piece.end - piece.start
        return counts[True] / max(1, counts.total())


@dataclass
class Part:
    """A block to be, as rows; `edges` are its column's sides. `label` names a figure or table."""

    kind: BlockKind
    rows: list[Row]
    edges: tuple[float, float]
    level: int = 0
    label: str = ""
    page: int = 0
    joined: list[Row] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The characters, roughly."""
        return " ".join(row.text for row in self.rows)


def rows(page: PageLayout, lines: Sequence[Line]) -> list[Row]:
    """Lines as rows, from the top."""
    return [_row(page, line) for line in rows_of(lines, 0.12)]


def _row(page: PageLayout, lines: list[Line]) -> Row:
    main = max(lines, key=lambda line: line.right - line.left)
    return Row(
        page,
        lines,
        min(line.left for line in lines),
        max(line.right for line in lines),
        main.base,
        main.size,
        max(line.top for line in lines),
        min(line.bottom for line in lines),
    )


def part_text(region: Region, page: PageLayout, measures: Measures) -> list[Part]:
    """The parts of a text region, in order."""
    parts: list[Part] = []
    for kind, group in _displayed(rows(page, region.lines), region.edges, measures):
        if kind == "equation":
            parts.append(Part("equation", group, region.edges, page=page.number))
        else:
            parts += _paragraphs(group, region.edges, measures)
    return parts


def _displayed(all_rows: list[Row], edges: tuple[float, float], measures: Measures) -> list[tuple[str, list[Row]]]:
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


def _paragraphs(group: list[Row], edges: tuple[float, float], measures: Measures) -> list[Part]:
    parts: list[Part] = []
    left, right = edges
    em = measures.size
    for row in group:
        current = parts[-1] if parts else None
        before = current.rows[-1] if current else None
        kind, level = _kind(row, before, current, edges, measures)
        if (
            current is None
            or before is None
            or kind != current.kind
            or (kind == "item" and level >= 0)
            or (kind not in ("code", "item") and _breaks(before, row, current, left, right, em, measures))
        ):
            parts.append(Part(kind, [row], edges, max(level, 0), page=row.page.number))
        else:
            current.rows.append(row)
    return parts


def _kind(
    row: Row, before: Row | None, current: Part | None, edges: tuple[float, float], measures: Measures
) -> tuple[BlockKind, int]:
    """What a row begins or goes on with; an item that begins has its level, one that goes on has -1."""
    em = measures.size
    text = row.text
    indent = row.left - edges[0]
    gap = before.base - row.base if before else 10 * em
    if row.mono and len(text) > 3:
        goes_on = current is not None and current.kind in ("paragraph", "item") and gap < 1.28 * measures.leading
        if not (goes_on and row.left < edges[0] + 3 * em):
            return "code", 0
    within_item = current is not None and current.kind == "item" and before is not None
    bullet = BULLET.match(text)
    if bullet and text[0] in "•◦▪‣●■►▶➤✓○□":
        return "item", _level(indent, em)
    apart = before is None or within_item or gap > 1.25 * measures.leading or before.text.endswith(_ENDS)
    if bullet and apart and text[0] in "–∗*-·⋄" and len(text) > 4 and text[1] in " \u2009":
        return "item", _level(indent, em)
    if NUMBERED.match(text) and len(text) > 4 and not _is_heading_style(row, measures):
        short = before is not None and before.right < edges[1] - 4 * em
        begins = before is None or within_item or gap > 1.25 * measures.leading or indent > 0.6 * em or short
        ended = before is None or before.text.endswith((*_ENDS, ")") if short else _ENDS) or within_item
        if begins and ended and (indent > 0.3 * em or text[0] in "(0123456789"):
            return "item", _level(indent, em)
    if within_item and current is not None and before is not None:
        first = current.rows[0].left
        hanging = row.left > first + 0.3 * em and gap < 1.8 * measures.leading
        unfinished = row.left > first - 0.3 * em and gap < 1.28 * measures.leading
        unfinished = unfinished and not before.text.endswith(_ENDS)
        if (hanging or unfinished) and abs(row.size - before.size) < 0.1 * em and not _is_heading_style(row, measures):
            return "item", -1
    if _is_heading_style(row, measures):
        return "heading", 0
    return "paragraph", 0


def _level(indent: float, em: float) -> int:
    return max(0, min(3, round((indent - 2.5 * em) / (2.2 * em))))


def _is_heading_style(row: Row, measures: Measures) -> bool:
    """Whether a row is set apart: larger, all bold, or numbered in capitals."""
    text = row.text
    if len(text) > 160 or not any(character.isalpha() for character in text):
        return False
    if row.size > 1.07 * measures.size:
        return len(text) > 1
    if KNOWN.fullmatch(text) and len(text) < 40:
        return True
    if row.size < 0.93 * measures.size and not SECTION.match(text):
        return False
    if row.bold:
        return not text.endswith((",", ";")) and len(text) > 2
    letters = [character for character in text if character.isalpha()]
    capitals = sum(character.isupper() for character in letters) / max(1, len(letters))
    return capitals > 0.9 and len(letters) > 4 and (bool(SECTION.match(text)) or bool(KNOWN.fullmatch(text)))


def _breaks(before: Row, row: Row, current: Part, left: float, right: float, em: float, measures: Measures) -> bool:
    """Whether a new paragraph begins at `row`."""
    gap = before.base - row.base
    if current.kind == "heading":
        return gap > 1.9 * row.size or abs(before.size - row.size) > 0.06 * em or bool(SECTION.match(row.text))
    if abs(before.size - row.size) > 0.1 * em and len(row.text) > 8 and len(before.text) > 8:
        return True
    usual = measures.leading * row.size / em
    if gap > 1.28 * usual and gap > 1.45 * row.size:
        return True
    short = before.right < right - 2.0 * em
    first = len(current.rows) == 1
    indented = row.left > left + 0.7 * em and row.left < left + 4 * em
    flush = before.left < left + 0.4 * em
    if indented and flush and (short or before.text.endswith(_ENDS) or not first):
        return True
    ended = before.text.endswith((".", "!", "?", ":", ".)", ".”"))
    if short and ended and before.right < right - 0.25 * (right - left) and row.text[:1].isupper():
        return True
    return row.begins_bold and not before.bold and short and ended
