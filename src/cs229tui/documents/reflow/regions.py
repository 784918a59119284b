"""One page parted into what it is made of: text in columns, figures, tables, captions, footnotes; in reading order."""

import re
from collections import Counter
from collections.abc import Sequence

from cs229tui.documents.reflow.boxes import Region, box_of, column_of, sides, words_of
from cs229tui.documents.reflow.captions import find_captions
from cs229tui.documents.reflow.drawn import find_figures, find_unframed
from cs229tui.documents.reflow.front import find_front
from cs229tui.documents.reflow.grid import rows_of
from cs229tui.documents.reflow.layout import Line, PageLayout, Piece
from cs229tui.documents.reflow.measures import Measures, plain
from cs229tui.documents.reflow.ruled import find_tables

_FOOTNOTE = re.compile(r"(?:[∗*†‡§¶⋆]+|\d{1,2})\s?[^\W\d_\s]|(?:[∗*†‡§¶⋆]+|\d{1,2})\s*(?:https?:|[“\"(])")


def regions(page: PageLayout, lines: list[Line], measures: Measures, gutter: float | None, first: bool) -> list[Region]:
    """The regions of a page in reading order. `gutter` is where its two columns part, none where it has one."""
    found: list[Region] = []
    captions, lines = find_captions(page, lines, measures, gutter)
    found += captions
    for caption in captions:
        caption.column = -1 if gutter is None else column_of(caption, gutter)
    tables, lines = find_tables(page, lines, captions, measures, first)
    found += tables
    figures, lines = find_figures(page, lines, captions, tables, measures)
    found += figures
    figures, lines = find_unframed(page, lines, captions, found, measures, gutter)
    found += figures
    front: list[Region] = []
    if first:
        front, lines = find_front(page, lines, measures, gutter)
    columns = _columns(page, lines, gutter)
    floats = list(found)
    for region in floats:
        region.column = -1 if gutter is None else column_of(region, gutter)
    for column, column_lines in columns.items():
        edges = _edges(page, column_lines, column, gutter, measures)
        aside, column_lines = _beside(page, column_lines, edges, measures)
        found += aside
        notes, column_lines = _footnotes(page, column_lines, edges, measures)
        for note in notes:
            note.column, note.edges = column, edges
        found += notes
        for block in _between(column_lines, floats, column):
            found += _side_by_side(page, block, column, edges)
    for region in found:
        if region.edges == (0.0, 0.0):
            region.edges = (region.left, region.right)
    return front + _in_order(found)


def _side_by_side(page: PageLayout, block: list[Line], column: int, edges: tuple[float, float]) -> list[Region]:
    """A block of text as one region; on a slide, what stands in columns of its own as one for each."""
    whole = Region(*sides(box_of(block)), "text", block, column, edges)
    rows = rows_of(block, 0.3)
    pairs = [row for row in rows if len(row) == 2 and row[1].left - row[0].right > row[0].size]
    if page.width < page.height or len(pairs) < 2:
        return [whole]
    gutter = max(row[0].right for row in pairs) + 1
    words = sum(len(plain(page, line).split()) for row in pairs for line in row)
    if gutter > min(row[1].left for row in pairs) or words < 6 * len(pairs):
        return [whole]
    first, last = rows.index(pairs[0]), rows.index(pairs[-1])
    # Above the columns, each of them with the lines that only one has, and below.
    groups: list[list[Line]] = [[line for row in rows[:first] for line in row]]
    within = [line for row in rows[first : last + 1] for line in row]
    below = rows[last + 1 :]
    while below and all(line.left >= gutter or line.right <= gutter for line in below[0]):
        within += below.pop(0)
    groups += [[line for line in within if line.right <= gutter], [line for line in within if line.right > gutter]]
    groups.append([line for row in below for line in row])
    found: list[Region] = []
    for group in groups:
        if group:
            box = box_of(group)
            top = min(box.top, found[-1].bottom) if found else box.top
            bounds = (box.left, box.right) if group in groups[1:3] else edges
            found.append(Region(box.left, min(box.bottom, top - 1), box.right, top, "text", group, column, bounds))
    return found


def find_gutter(page: PageLayout, lines: Sequence[Line], measures: Measures) -> float | None:
    """Where the text of a page parts into two columns; none where it runs across."""
    wide = [
        line
        for line in lines
        if line.right - line.left > 0.22 * page.width and abs(line.size - measures.size) < 0.25 * measures.size
    ]
    if len(wide) < 8:
        return None
    best: tuple[int, float] | None = None
    step = page.width / 100
    for index in range(35, 66):
        middle = index * step
        crossing = sum(1 for line in wide if line.left < middle - 3 and line.right > middle + 3)
        left = sum(1 for line in wide if line.right <= middle + 3)
        right = len(wide) - crossing - left
        if crossing <= 0.3 * len(wide) and min(left, right) >= 0.12 * len(wide):
            score = crossing * 100 + abs(index - 50)
            if best is None or score < best[0]:
                best = (score, middle)
    return best[1] if best else None


def usual_gutters(
    lines: Sequence[Sequence[Line]], gutters: Sequence[float | None], measures: Measures
) -> list[float | None]:
    """The gutters of all pages; one with too little on it to tell has that of most pages, if nothing crosses it."""
    known = [gutter for gutter in gutters if gutter is not None]
    if len(known) < 0.5 * len(gutters):
        return list(gutters)
    usual = sorted(known)[len(known) // 2]
    found: list[float | None] = []
    for on_page, gutter in zip(lines, gutters, strict=True):
        body = [line for line in on_page if abs(line.size - measures.size) < 0.25 * measures.size]
        crossing = sum(line.left < usual - 4 and line.right > usual + 4 for line in body)
        found.append(usual if gutter is None and body and crossing <= 0.1 * len(body) else gutter)
    return found


def _columns(page: PageLayout, lines: list[Line], gutter: float | None) -> dict[int, list[Line]]:
    if gutter is None:
        return {-1: lines} if lines else {}
    parted: dict[int, list[Line]] = {-1: [], 0: [], 1: []}
    for line in lines:
        parted[column_of(line, gutter)].append(line)
    for line in [line for line in parted[-1] if _is_overfull(line, parted)]:
        parted[-1].remove(line)
        parted[0].append(line)
    for line in parted[0][:]:
        # Nothing but a formula leaves so little room where the columns part.
        formula = page.looks[line.pieces[-1].look].maths
        near = (each for each in parted[1] if -1 < each.left - line.right < 0.75 * each.size and _is_level(each, line))
        other = next(near, None) if formula else None
        if other is not None:
            parted[0].remove(line)
            parted[1].remove(other)
            parted[-1] += [line, other]
    across = parted[-1] + [
        line
        for column in (0, 1)
        for line in parted[column]
        if any(_is_beside(line, wide) for wide in parted[-1]) and words_of(page, line) < 3
    ]
    across += [line for line in parted[0] if line not in across and _belongs_across(line, across, parted[1])]
    taken = {id(line) for line in across}
    columns: dict[int, list[Line]] = {}
    for line in lines:
        columns.setdefault(-1 if id(line) in taken else 0 if line in parted[0] else 1, []).append(line)
    return columns


def _is_overfull(line: Line, parted: dict[int, list[Line]]) -> bool:
    """Whether a line across the gutter is one of the left column that found no place to break."""
    near = [
        other
        for column in (-1, 0)
        for other in parted[column]
        if other is not line
        and abs(other.base - line.base) < 1.6 * line.size
        and abs(other.left - line.left) < 2.5 * line.size
    ]
    return bool(near) and all(other in parted[0] for other in near)


def _is_beside(line: Line, wide: Line) -> bool:
    """Whether a line stands in the row of one that runs across both columns: a part of its formula."""
    return _is_level(line, wide) and (line.left > wide.right or line.right < wide.left)


def _is_level(line: Line, other: Line) -> bool:
    shared = min(line.top, other.top) - max(line.bottom, other.bottom)
    return shared > 0.5 * min(line.top - line.bottom, other.top - other.bottom)


def _belongs_across(line: Line, across: list[Line], right: list[Line]) -> bool:
    """Whether a short line goes with lines across both columns: the last of a paragraph, the heading above one."""
    if any(abs(other.base - line.base) < 0.8 * line.size for other in right):
        return False
    return any(
        (0 < other.base - line.base < 1.5 * line.size or 0 < line.base - other.base < 2.2 * line.size)
        and abs(other.left - line.left) < 2 * line.size
        for other in across
    )


def _edges(
    page: PageLayout, lines: list[Line], column: int, gutter: float | None, measures: Measures
) -> tuple[float, float]:
    """The sides of a column: where most of its lines begin, and where the full ones end."""
    body = [line for line in lines if abs(line.size - measures.size) < 0.12 * measures.size] or lines
    begins: Counter[int] = Counter()
    for line in body:
        begins[round(line.left)] += 1 if line.right - line.left < 60 else 3
    shares = {at: begins[at] + begins[at - 1] + begins[at + 1] for at in list(begins)}
    most = max(shares.values())
    # Where most begin may be within a quote that fills the page; further left some lines are enough.
    left = min(at for at, share in shares.items() if share == most)
    further = [at for at, share in shares.items() if at < left - 2 and share >= max(9, 0.2 * most)]
    left = max(further, key=lambda at: shares[at], default=left)
    rights = sorted(line.right for line in body if line.right - line.left > 60) or [max(line.right for line in body)]
    return float(left), rights[int(0.9 * (len(rights) - 1))]


def _cut_at(line: Line, side: float, em: float) -> list[Line]:
    """A line, or its two parts where it goes on beyond a side of the text after a gap: a note stands beside it."""
    for index in range(1, len(line.pieces)):
        before, after = line.pieces[:index], line.pieces[index:]
        end = max(piece.right for piece in before)
        if before[0].left < side < after[0].left and after[0].left - end > 0.5 * em:
            return [_of_pieces(line, before), _of_pieces(line, after)]
    return [line]


def _of_pieces(line: Line, pieces: list[Piece]) -> Line:
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    bottom, top = min(piece.bottom for piece in pieces), max(piece.top for piece in pieces)
    return Line(pieces, left, bottom, right, top, line.base, line.size, line.look)


def _beside(
    page: PageLayout, lines: list[Line], edges: tuple[float, float], measures: Measures
) -> tuple[list[Region], list[Line]]:
    """Notes in the margin, beyond the sides of the text; one region each."""
    em = measures.size
    lines = [part for line in lines for part in _cut_at(line, edges[1] + 0.4 * em, em)]
    out = [line for line in lines if line.left > edges[1] + 0.7 * em or line.right < edges[0] - 0.7 * em]
    if not out or len(out) > 0.4 * len(lines) or edges[1] - edges[0] < 0.25 * page.width:
        return [], lines
    notes: list[list[Line]] = []
    for line in sorted(out, key=lambda line: -line.base):
        if notes and notes[-1][-1].base - line.base < 1.6 * line.size and abs(notes[-1][-1].left - line.left) < 3 * em:
            notes[-1].append(line)
        else:
            notes.append([line])
    taken = {id(line) for line in out}
    return (
        [Region(*sides(box_of(note)), "footnote", note, -1, (0.0, 0.0)) for note in notes],
        [line for line in lines if id(line) not in taken],
    )


def _footnotes(
    page: PageLayout, lines: list[Line], edges: tuple[float, float], measures: Measures
) -> tuple[list[Region], list[Line]]:
    """Small print at the foot of a column, below a short rule or beginning with a mark; a region each."""
    small = 0.94 * measures.size
    ordered = sorted(lines, key=lambda line: (line.base, -line.left))
    foot: list[Line] = []
    for line in ordered:
        # A footnote's mark alone can be a line of its own; any size is let through if it is so short.
        if line.size > small and line.right - line.left > 12:
            break
        if line.base > 0.62 * page.height:
            break
        foot.append(line)
    above = next((line for line in ordered[len(foot) :] if foot and line.base > foot[-1].base + 2), None)
    foot.reverse()
    starts = [index for index, line in enumerate(foot) if begins_note(page, line)]
    rules = [
        shape.bottom
        for shape in page.shapes
        if shape.kind == "rule"
        and abs(shape.left - edges[0]) < 4
        and 0.08 * page.width < shape.right - shape.left < 0.35 * page.width
        and foot
        and foot[-1].base < shape.bottom < foot[0].base + 3 * measures.size
    ]
    rule = bool(rules)
    if rules:
        below = [index for index, line in enumerate(foot) if line.base < rules[0]]
        foot, starts = foot[below[0] :], [index - below[0] for index in starts if index >= below[0]]
    # Small print that goes on above is no footnote: a page of references, a table.
    apart = bool(foot) and above is not None and above.base - foot[0].base > 1.25 * measures.leading
    apart = apart and above is not None and above.size > small and len(foot) < 15
    higher = bool(foot) and above is not None and above.size <= small
    if not foot or not (starts or rule or apart) or (higher and not rule):
        return [], lines
    first = 0 if rule or apart or not starts else starts[0]
    foot, starts = foot[first:], [index - first for index in starts]
    bounds = sorted({0, *(index for index in starts if index >= 0)})
    notes = [foot[start:end] for start, end in zip(bounds, [*bounds[1:], len(foot)], strict=True) if foot[start:end]]
    taken = {id(line) for line in foot}
    return (
        [Region(*sides(box_of(note)), "footnote", note) for note in notes],
        [line for line in lines if id(line) not in taken],
    )


def begins_note(page: PageLayout, line: Line) -> bool:
    """Whether a line begins with a footnote's mark."""
    return bool(_FOOTNOTE.match(plain(page, line))) or _raised_start(page, line)


def _raised_start(page: PageLayout, line: Line) -> bool:
    first = line.pieces[0]
    mark = page.text[first.start : first.end].strip()
    raised = page.looks[first.look].size < 0.86 * line.size and first.base > line.base + 0.1 * line.size
    return (
        raised
        and len(mark) <= 3
        and bool(re.fullmatch(r"\d{1,3}|[a-z]|[∗*†‡§¶⋆]+", mark))
        and len(plain(page, line)) > 6
    )


def _between(lines: list[Line], floats: list[Region], column: int) -> list[list[Line]]:
    """The lines of a column in groups, as its figures, tables and captions part them."""
    heights = sorted(
        ((each.top + each.bottom) / 2 for each in floats if each.column in (column, -1) or column == -1), reverse=True
    )
    groups: dict[int, list[Line]] = {}
    for line in lines:
        middle = (line.top + line.bottom) / 2
        groups.setdefault(sum(1 for height in heights if height > middle), []).append(line)
    return [groups[at] for at in sorted(groups)]


def _in_order(found: list[Region]) -> list[Region]:
    """Left column before right, between what runs across both; from top to bottom; captions beside what they name."""
    ordered: list[Region] = []
    across = sorted((region for region in found if region.column == -1), key=lambda region: -region.top)
    rest = [region for region in found if region.column != -1]
    for wide in across:
        middle = (wide.top + wide.bottom) / 2
        above = [region for region in rest if (region.top + region.bottom) / 2 > middle]
        ordered += sorted(above, key=lambda region: (region.column, -region.top))
        rest = [region for region in rest if (region.top + region.bottom) / 2 <= middle]
        ordered.append(wide)
    ordered += sorted(rest, key=lambda region: (region.column, -region.top))
    for caption in [region for region in ordered if region.kind == "caption"]:
        named = [region for region in ordered if region.label == caption.label and region.kind != "caption"]
        if named:
            ordered.remove(caption)
            at = ordered.index(named[0])
            # The rules of a listing may lie around its caption too.
            before = caption.bottom + caption.top > named[0].bottom + named[0].top
            ordered.insert(at if before else at + 1, caption)
    return ordered
