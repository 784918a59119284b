"""The text of one region parted into paragraphs, headings, list items, equations and code, still as lines."""

import re
from dataclasses import replace

from cs229tui.documents.flow import BlockKind
from cs229tui.documents.reflow.boxes import Region, area_of, box_of
from cs229tui.documents.reflow.displays import BULLET, displayed
from cs229tui.documents.reflow.layout import Line, PageLayout, Piece
from cs229tui.documents.reflow.measures import Measures
from cs229tui.documents.reflow.rows import BULLETS, Part, Row, rows

NUMBERED = re.compile(r"\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)](?=\s|$)")
SECTION = re.compile(
    r"(?:(?:Appendix|Chapter|Section|Part)\s+)?(?P<number>(?:[A-Z]|\d{1,2}|[IVX]{1,5})(?:\.\d{1,2})*)\.?\s+(?=\S)"
)
KNOWN = re.compile(
    r"(?:abstract|introduction|references|bibliography|acknowledge?ments?|appendix|appendices|conclusions?|discussion|"
    r"related work|contents|broader impact|supplementary materials?|methods?|results|author contributions|summary)\W*",
    re.I,
)
# A page with more drawings than this is a picture; its dots are no bullets.
_MOST_SHAPES = 600
# What is stated, proved or given in bold is no heading.
_STATEMENT = re.compile(
    r"(?:theorem|lemma|proof|proposition|corollary|definition|remark|example|claim|assumption|conjecture|observation|fact"
    r"|figure|fig|table|algorithm|listing|step|key ?words|index terms|question|answer|note|hint|solution|problem"
    r"|exercise)\b",
    re.I,
)
_ENDS = tuple('.!?:;”"')


def part_text(region: Region, page: PageLayout, measures: Measures) -> list[Part]:
    """The parts of a text region, in order."""
    parts: list[Part] = []
    for kind, group in displayed(rows(page, region.lines), region.edges, measures):
        if kind == "equation":
            area = area_of(box_of(line for row in group for line in row.lines), page)
            parts.append(Part("equation", group, region.edges, page=page.number, area=area))
        else:
            parts += _paragraphs(group, region.edges, measures)
    return parts


def _paragraphs(group: list[Row], edges: tuple[float, float], measures: Measures) -> list[Part]:
    parts: list[Part] = []
    left, right = edges
    em = measures.size
    starts = [_begins(before, row, edges, measures) for before, row in zip([None, *group], group, strict=False)]
    group = [
        part
        for row, start in zip(map(_with_bullet, group), starts, strict=True)
        for part in _without_run_in(row, start, measures)
    ]
    for row, after in zip(group, [*group[1:], None], strict=True):
        current = parts[-1] if parts else None
        before = current.rows[-1] if current else None
        kind, level = _kind(row, before, current, edges, measures)
        if kind == "paragraph" and _stands_alone(row, before, after, edges, measures):
            kind = "heading"
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
    if row.run_in:
        return "heading", 0
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
    if row.bullet is not None:
        return "item", _level(indent, em)
    if bullet and text[0] in BULLETS:
        return "item", _level(indent, em)
    apart = before is None or within_item or gap > 1.25 * measures.leading or before.text.endswith(_ENDS)
    if bullet and apart and text[0] in "–∗*-·⋄" and len(text) > 4 and text[1] in " \u2009":
        return "item", _level(indent, em)
    if NUMBERED.match(text) and len(text) > 4 and not _is_heading_style(row, measures):
        short = before is not None and before.right < edges[1] - 4 * em
        leads = before is None or (current is not None and current.kind == "heading")
        begins = leads or within_item or gap > 1.25 * measures.leading or indent > 0.6 * em or short
        ended = leads or within_item or (before is not None and before.text.endswith((*_ENDS, ")") if short else _ENDS))
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


def _with_bullet(row: Row) -> Row:
    """A row with what is known of a bullet that is drawn before it, or around its number."""
    if len(row.page.shapes) > _MOST_SHAPES:
        return row
    number = bool(re.match(r"\d{1,2}\s", row.text))
    for shape in row.page.shapes:
        wide, high = shape.right - shape.left, shape.top - shape.bottom
        if shape.kind in ("rule", "bar") or not 0.2 < wide / row.size < 1.3 or not 0.2 < high / row.size < 1.3:
            continue
        middle = (shape.bottom + shape.top) / 2
        if not row.base - 0.2 * row.size < middle < row.base + 0.8 * row.size:
            continue
        if 0 <= row.left - shape.right < 1.8 * row.size or (number and shape.left < row.left < shape.right):
            return replace(row, bullet="" if number and shape.left < row.left < shape.right else "•")
    return row


def _begins(before: Row | None, row: Row, edges: tuple[float, float], measures: Measures) -> bool:
    """Whether a row is the first of its paragraph, by what stands above it."""
    return (
        before is None
        or before.base - row.base > 1.25 * measures.leading
        or before.right < edges[1] - 2 * measures.size
        or before.text.endswith(_ENDS)
    )


def _without_run_in(row: Row, start: bool, measures: Measures) -> list[Row]:
    """A row as it is, or a heading at its beginning and the rest of it: "3.2.1 Details. We train …"."""
    main = row.page.looks[row.lines[-1].look]
    if row.bullet is not None or main.bold or main.italic or row.bold or row.italic:
        return [row]
    pieces = [piece for line in row.lines for piece in line.pieces]
    count = 0
    for piece in pieces:
        look = row.page.looks[piece.look]
        if not (look.bold or look.italic):
            break
        count += 1
    head, rest = pieces[:count], pieces[count:]
    if not head or not rest or head[-1].end - head[0].start > 90 or head[-1].end - head[0].start < 6:
        return [row]
    if abs(row.size - measures.size) > 0.1 * measures.size or not _is_run_in(row, head, rest, start):
        return [row]
    return [replace(_row_of(row, head), run_in=True), _row_of(row, rest)]


def _is_run_in(row: Row, head: list[Piece], rest: list[Piece], start: bool) -> bool:
    """Whether the bold or slanting pieces that a row begins with are a heading, not only words to be stressed."""
    matched = SECTION.match(row.text)
    if matched and "." in matched["number"]:
        return True
    text = row.page.text[head[0].start : head[-1].end].strip()
    if not start or _STATEMENT.match(text) or len(text.split()) > 9:
        return False
    if re.match(r"\d{1,2}\)\s", text):
        return text.endswith(":")
    bold = all(row.page.looks[piece.look].bold for piece in head)
    apart = rest[0].left - head[-1].right > 0.7 * row.size
    return bold and text[0].isupper() and (text.endswith(".") or (apart and text[-1].isalnum()))


def with_quotes(parts: list[Part]) -> list[Part]:
    """The parts, with paragraphs that are set in by as much on either side told as quotes; an abstract is none, and
    stands before the first heading or below its own.
    """
    above = ""
    for part in parts:
        above = part.text if part.kind == "heading" else above
        within = above and not re.match("abstract|summary", above, re.I)
        if part.kind != "paragraph" or part.label or len(part.rows) < 2 or not within:
            continue
        em = part.rows[0].size
        column = [(row, row.left - part.edges[0], part.edges[1] - row.right) for row in part.rows]
        left = min(begin for _, begin, _ in column)
        right = sorted(end for _, _, end in column[:-1])[(len(column) - 1) // 2]
        full = [row for row, _, end in column[:-1] if abs(end - right) < 0.3 * em]
        even = all(begin < left + 2 * em for _, begin, _ in column[:1]) and all(
            begin < left + 0.3 * em for _, begin, _ in column[1:]
        )
        if 1.2 * em < left < 6 * em and abs(left - right) < 0.8 * em and even and len(full) > 0.6 * (len(column) - 1):
            part.kind = "quote"
    return parts


def _row_of(row: Row, pieces: list[Piece]) -> Row:
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    line = Line(pieces, left, row.bottom, right, row.top, row.base, row.size, pieces[-1].look)
    return Row(row.page, [line], left, right, row.base, row.size, row.top, row.bottom)


def _stands_alone(
    row: Row, before: Row | None, after: Row | None, edges: tuple[float, float], measures: Measures
) -> bool:
    """Whether a short row in a face of its own, apart from what is above and from what follows, is a heading."""
    text = row.text
    if len(text) > 90 or text.endswith((".", ",", ";", ":")) or row.right > edges[1] - 2 * measures.size:
        return False
    if row.size < 0.82 * measures.size or after is None or sum(map(str.isalpha, text)) < 4 or not text[0].isalnum():
        return False
    usual = 1.15 * measures.leading
    apart = before is None or before.base - row.base > usual
    if not apart or not (row.bold or row.italic):
        return False
    if after.bold == row.bold and after.italic == row.italic:
        return False
    follows = row.base - after.base
    middle = abs((row.left + row.right) / 2 - (edges[0] + edges[1]) / 2) < measures.size
    return bool(SECTION.match(text)) or follows > usual or middle


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
        return (
            before.run_in
            or gap > 1.9 * row.size
            or abs(before.size - row.size) > 0.06 * em
            or bool(SECTION.match(row.text))
        )
    if abs(before.size - row.size) > 0.1 * em and len(row.text) > 8 and len(before.text) > 8:
        return True
    # Beside a figure the lines of a paragraph end where the figure begins.
    beside = [other.right for other in current.rows[-4:-1] if other.page is before.page]
    right = min(right, max(beside)) if len(beside) > 1 else right
    usual = measures.leading * row.size / em
    # Lines that a tall formula holds apart touch it.
    if gap > 1.28 * usual and gap > 1.45 * row.size and before.bottom - row.top > 0.15 * row.size:
        return True
    short = before.right < right - 2.0 * em
    first = len(current.rows) == 1
    indented = row.left > left + 0.7 * em and row.left < left + 4 * em
    flush = before.left < left + 0.4 * em
    if indented and flush and (short or before.text.endswith(_ENDS) or not first):
        return True
    if short and before.text.endswith(_ENDS) and 0.7 * em < row.left - before.left < 3 * em:
        return True
    ended = before.text.endswith((".", "!", "?", ":", ".)", ".”"))
    if short and ended and before.right < right - 0.25 * (right - left) and row.text[:1].isupper():
        return True
    return row.begins_bold and not before.bold and short and ended
