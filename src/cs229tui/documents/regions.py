"""One page parted into what it is made of: text in columns, figures, tables, captions, footnotes; in reading order."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cs229tui.documents.grid import rows_of
from cs229tui.documents.layout import Line, PageLayout, Shape
from cs229tui.documents.measures import Measures, plain

CAPTION = re.compile(
    r"(?P<what>Figure|Fig\.?|Table|Tab\.|Algorithm|Listing|Supplementary (?:Figure|Table)|Extended Data (?:Figure|Fig\.|Table))"
    r"\s*(?P<number>[A-Z]?\.?\d+(?:[.-]\d+)*[a-z]?)\s*(?P<mark>[:.|]|[—–]|$)?",
    re.I,
)
_FOOTNOTE = re.compile(r"(?:[∗*†‡§¶⋆]+|\d{1,2})\s?[^\W\d_\s]|(?:[∗*†‡§¶⋆]+|\d{1,2})\s*(?:https?:|[“\"(])")
_CELL = 8.0

RegionKind = Literal["text", "figure", "table", "caption", "footnote", "code"]


@dataclass
class Box:
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, line: Line, margin: float = 2.0) -> bool:
        """Whether the middle of a line lies in it."""
        across, up = (line.left + line.right) / 2, (line.bottom + line.top) / 2
        return (
            self.left - margin <= across <= self.right + margin and self.bottom - margin <= up <= self.top + margin
        )

    def grow(self, other: "Box | Line | Shape") -> None:
        """Take another rectangle in."""
        self.left, self.right = min(self.left, other.left), max(self.right, other.right)
        self.bottom, self.top = min(self.bottom, other.bottom), max(self.top, other.top)

    def overlap(self, other: "Box | Line | Shape") -> float:
        """How many points of width both share."""
        return min(self.right, other.right) - max(self.left, other.left)


@dataclass
class Region(Box):
    """A part of a page: `lines` in reading order; `column` is 0 or 1, or -1 across both; `edges` the column's sides."""

    kind: RegionKind = "text"
    lines: list[Line] = field(default_factory=list)
    column: int = -1
    edges: tuple[float, float] = (0.0, 0.0)
    label: str = ""


def box_of(lines: Iterable[Line]) -> Box:
    """The rectangle around some lines."""
    lines = list(lines)
    return Box(
        min(line.left for line in lines),
        min(line.bottom for line in lines),
        max(line.right for line in lines),
        max(line.top for line in lines),
    )


def regions(page: PageLayout, lines: list[Line], measures: Measures, gutter: float | None, first: bool) -> list[Region]:
    """The regions of a page in reading order. `gutter` is where its two columns part, none where it has one."""
    found: list[Region] = []
    captions, lines = _captions(page, lines, measures, gutter)
    found += captions
    tables, lines = _tables(page, lines, captions, measures, first)
    found += tables
    figures, lines = _figures(page, lines, captions, tables, measures)
    found += figures
    figures, lines = _loose(page, lines, captions, found, measures, gutter)
    found += figures
    front: list[Region] = []
    if first:
        front, lines = _front(page, lines, measures)
    columns = _columns(page, lines, gutter)
    floats = list(found)
    for region in floats:
        region.column = -1 if gutter is None else _column_of(region, gutter)
    for column, column_lines in columns.items():
        edges = _edges(page, column_lines, column, gutter, measures)
        notes, column_lines = _footnotes(page, column_lines, edges, measures)
        for note in notes:
            note.column, note.edges = column, edges
        found += notes
        for block in _between(column_lines, floats, column):
            region = Region(*_sides(box_of(block)), "text", block, column, edges)
            found.append(region)
    for region in found:
        if region.edges == (0.0, 0.0):
            region.edges = (region.left, region.right)
    return front + _in_order(found)


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


def is_prose(page: PageLayout, line: Line, measures: Measures, least: float) -> bool:
    """Whether a line looks like running text at least `least` points wide."""
    if line.right - line.left < least or abs(line.size - measures.size) > 0.12 * measures.size:
        return False
    words = [word for word in plain(page, line).split() if len(word) > 1 and word[0].isalpha()]
    return len(words) >= 4


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.bottom, box.right, box.top


def _captions(
    page: PageLayout, lines: list[Line], measures: Measures, gutter: float | None
) -> tuple[list[Region], list[Line]]:
    """Captions with the lines that go on below them."""
    captions: list[Region] = []
    for line in lines:
        matched = CAPTION.match(plain(page, line))
        if matched and _begins_caption(page, line, lines, matched, measures):
            label = f"{_named(matched['what'].casefold())} {matched['number']}"
            captions.append(Region(*_sides(box_of([line])), "caption", [line], label=label))
    ruled = _ruled(page, lines, captions, measures)
    taken = {id(caption.lines[0]) for caption in captions}
    below = sorted(lines, key=lambda line: (-round(line.base), line.left))
    for caption in captions:
        first = caption.lines[0]
        column = -1 if gutter is None else _column_of(first, gutter)
        for line in below:
            if line.base > first.base + 0.1 or line is first:
                continue
            if gutter is not None and column != -1 and _column_of(line, gutter) != column:
                continue
            last = caption.lines[-1]
            gap = last.base - line.base
            narrow = min(caption.right - caption.left, line.right - line.left)
            if caption.overlap(line) < 0.3 * narrow and not (
                abs(gap) < 2 and 0 < line.left - last.right < 3 * first.size
            ):
                continue
            if id(line) in taken or gap > 1.45 * first.size:
                break
            if any(rule.holds(line, 0) and not rule.holds(first, 0) for rule in ruled):
                break
            if abs(line.size - first.size) > 0.08 * first.size and len(plain(page, line)) > 3:
                continue
            if line.left < caption.left - 2 * first.size and len(caption.lines) > 1:
                break
            caption.lines.append(line)
            taken.add(id(line))
            caption.grow(line)
    return captions, [line for line in lines if id(line) not in taken]


def _named(what: str) -> str:
    if "tab" in what:
        return "Table"
    if "algo" in what or "list" in what:
        return what.capitalize()
    return "Figure"


def _begins_caption(
    page: PageLayout, line: Line, lines: list[Line], matched: "re.Match[str]", measures: Measures
) -> bool:
    first = page.looks[line.pieces[0].look]
    main = page.looks[line.look]
    marked = matched["mark"] is not None and matched["mark"] != ""
    distinct = first.bold or first.italic or first.font != main.font or abs(line.size - measures.size) > 0.06 * measures.size
    if not marked and not distinct:
        return False
    # A sentence that happens to begin a line with "Figure 2." has its paragraph's line just above it.
    for other in lines:
        step = other.base - line.base
        if 0.5 * line.size < step < 1.35 * line.size and abs(other.size - line.size) < 0.5:
            shared = min(line.right, other.right) - max(line.left, other.left)
            if shared > 0.5 * (line.right - line.left) and is_prose(page, other, measures, 0.2 * page.width):
                return False
    return True


def _tables(
    page: PageLayout, lines: list[Line], captions: list[Region], measures: Measures, first: bool
) -> tuple[list[Region], list[Line]]:
    """What stands between rules of one width, with a table's caption beside it or in the shape of rows."""
    tables: list[Region] = []
    for box in _ruled(page, lines, captions, measures):
        inside = [line for line in lines if box.holds(line, 1.0)]
        if not inside:
            continue
        caption = _caption_near(box, captions)
        if caption is not None and caption.label.startswith("Figure"):
            continue
        code = caption is not None and not caption.label.startswith("Table")
        if caption is None and (_rows_with_gaps(inside) < 2 or first and any(l.size > 1.3 * measures.size for l in inside)):
            continue
        tables.append(Region(*_sides(box), "code" if code else "table", inside, label=caption.label if caption else ""))
        lines = [line for line in lines if not box.holds(line, 1.0)]
    return tables, lines


def _ruled(page: PageLayout, lines: list[Line], captions: list[Region], measures: Measures) -> list[Box]:
    rules = sorted(_whole_rules(page), key=lambda rule: -rule.top)
    used: set[int] = set()
    boxes: list[Box] = []
    for index, rule in enumerate(rules):
        if index in used or rule.right - rule.left < 50:
            continue
        box = Box(*_sides(rule))
        for other in range(index + 1, len(rules)):
            lower = rules[other]
            if abs(lower.left - rule.left) > 5 or abs(lower.right - rule.right) > 5:
                continue
            between = Box(rule.left, lower.top, rule.right, box.bottom)
            if any(
                between.bottom < caption.bottom and caption.top < between.top and between.overlap(caption) > 20
                for caption in captions
                if not caption.label.startswith(("Algorithm", "Listing"))
            ):
                break
            within = [line for line in lines if between.holds(line, 0)]
            prose = sum(is_prose(page, line, measures, 0.85 * (rule.right - rule.left)) for line in within)
            listing = any(
                caption.label.startswith(("Algorithm", "Listing")) and abs(caption.top - rule.top) < 40
                for caption in captions
            )
            if prose > (5 if listing else 1):
                break
            box.grow(lower)
            used.add(other)
        if box.top - box.bottom > 1.2 * measures.size:
            boxes.append(box)
    return boxes


def _whole_rules(page: PageLayout) -> list[Box]:
    """Level lines, those drawn in parts put together."""
    rules = sorted((s for s in page.shapes if s.kind == "rule"), key=lambda shape: (round(shape.top), shape.left))
    whole: list[Box] = []
    for rule in rules:
        if whole and abs(whole[-1].top - rule.top) < 1 and rule.left - whole[-1].right < 2:
            whole[-1].grow(rule)
        else:
            whole.append(Box(rule.left, rule.bottom, rule.right, rule.top))
    return whole


def _rows_with_gaps(lines: list[Line]) -> int:
    rows: Counter[int] = Counter(round(line.base / 2) for line in lines)
    return sum(1 for count in rows.values() if count > 1)


def _caption_near(box: Box, captions: list[Region]) -> Region | None:
    """The caption that belongs to a box: the nearest right above or below it, or inside it."""
    best: tuple[float, Region] | None = None
    for caption in captions:
        if box.overlap(caption) < 0.3 * min(box.right - box.left, caption.right - caption.left):
            continue
        distance = max(caption.bottom - box.top, box.bottom - caption.top, 0.0)
        if distance < 40 and (best is None or distance < best[0]):
            best = (distance, caption)
    return best[1] if best else None


def _figures(
    page: PageLayout, lines: list[Line], captions: list[Region], tables: list[Region], measures: Measures
) -> tuple[list[Region], list[Line]]:
    """Where something is drawn, with the text in it and the labels around it."""
    figures: list[Region] = []
    for box in _drawn(page, tables):
        inside = [line for line in lines if box.holds(line)]
        if sum(is_prose(page, line, measures, 0.3 * page.width) for line in inside) >= 2:
            continue
        caption = _caption_near(box, captions)
        high, wide = box.top - box.bottom, box.right - box.left
        if caption is None and (high < 40 or wide < 40):
            continue
        figures.append(Region(*_sides(box), "figure", [], label=caption.label if caption else ""))
    figures = _united(figures)
    margin = min((line.left for line in lines), default=0.0)
    for figure in figures:
        growing = True
        while growing:
            growing = False
            for line in lines:
                if line in figure.lines or not _is_label(page, line, figure, measures, margin):
                    continue
                figure.lines.append(line)
                if not figure.holds(line, 0):
                    growing = True
                if not any(figure.top < c.top + 1 and line.bottom < c.top and figure.overlap(c) > 0 for c in captions):
                    figure.grow(line)
    taken = {id(line) for figure in figures for line in figure.lines}
    return figures, [line for line in lines if id(line) not in taken]


def _is_label(page: PageLayout, line: Line, figure: Region, measures: Measures, margin: float) -> bool:
    if figure.holds(line):
        return not is_prose(page, line, measures, 0.4 * page.width)
    if not figure.holds(line, 16):
        return False
    above_or_below = line.bottom > figure.top - 2 or line.top < figure.bottom + 2
    inset = line.left > figure.left - 4 and line.right < figure.right + 4
    if above_or_below and inset and len(plain(page, line).split()) <= 7 and line.left > margin + 2 * measures.size and line.size < 1.15 * measures.size:
        return not is_prose(page, line, measures, 0.3 * page.width)
    look = page.looks[line.look]
    foreign = look.font != measures.font or abs(line.size - measures.size) > 0.1 * measures.size
    return foreign and line.right - line.left < 0.45 * page.width and not is_prose(page, line, measures, 0.2 * page.width)


def _united(figures: list[Region]) -> list[Region]:
    """Parts of one figure (panels that share a caption, or that touch) as one region."""
    united: list[Region] = []
    for figure in sorted(figures, key=lambda each: -each.top):
        for other in united:
            touching = other.overlap(figure) > -12 and max(other.bottom - figure.top, figure.bottom - other.top) < 12
            shared = min(other.top, figure.top) - max(other.bottom, figure.bottom)
            level = shared > 0.6 * min(other.top - other.bottom, figure.top - figure.bottom)
            beside = level and not (figure.label and other.label) and other.overlap(figure) > -150
            if (figure.label and figure.label == other.label) or touching or beside:
                other.grow(figure)
                other.label = other.label or figure.label
                break
        else:
            united.append(figure)
    return united


def _drawn(page: PageLayout, tables: list[Region]) -> list[Box]:
    """Rectangles around drawings that touch each other, found on a coarse grid."""
    shapes = [
        shape
        for shape in page.shapes
        if shape.kind in ("image", "form", "path")
        and not any(table.bottom - 2 <= shape.bottom and shape.top <= table.top + 2 and table.overlap(shape) > 0 for table in tables)
    ]
    owner: dict[tuple[int, int], int] = {}
    parent = list(range(len(shapes)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for index, shape in enumerate(shapes):
        for column in range(int(shape.left // _CELL), int(shape.right // _CELL) + 1):
            for row in range(int(shape.bottom // _CELL), int(shape.top // _CELL) + 1):
                other = owner.setdefault((column, row), index)
                if other != index:
                    parent[root(index)] = root(other)
    boxes: dict[int, Box] = {}
    counts: Counter[int] = Counter()
    for index, shape in enumerate(shapes):
        at = root(index)
        counts[at] += 5 if shape.kind != "path" else 1
        if at in boxes:
            boxes[at].grow(shape)
        else:
            boxes[at] = Box(shape.left, shape.bottom, shape.right, shape.top)
    return [
        box for at, box in boxes.items() if box.right - box.left > 20 and box.top - box.bottom > 20 and counts[at] >= 3
    ]


def _loose(
    page: PageLayout,
    lines: list[Line],
    captions: list[Region],
    found: list[Region],
    measures: Measures,
    gutter: float | None,
) -> tuple[list[Region], list[Line]]:
    """For captions that have nothing drawn or ruled beside them: the lines above or below that are no prose."""
    regions: list[Region] = []
    for caption in captions:
        near = [each for each in found if each.kind in ("figure", "table", "code") and each.label == caption.label]
        if near:
            continue
        width = 0.3 * page.width if gutter is None else 0.18 * page.width
        table = caption.label.startswith("Table")
        for upwards in ((False, True) if table or not caption.label.startswith("Figure") else (True, False)):
            gathered = _gather(page, lines, caption, upwards, measures, width)
            if len(gathered) >= 2:
                kind: RegionKind = "figure" if caption.label.startswith("Figure") else "table" if table else "code"
                regions.append(Region(*_sides(box_of(gathered)), kind, gathered, label=caption.label))
                taken = {id(line) for line in gathered}
                lines = [line for line in lines if id(line) not in taken]
                break
    return regions, lines


def _gather(
    page: PageLayout, lines: list[Line], caption: Region, upwards: bool, measures: Measures, width: float
) -> list[Line]:
    listing = caption.label.startswith(("Algorithm", "Listing"))
    edge = caption.top if upwards else caption.bottom
    gathered: list[Line] = []
    beside = [line for line in lines if (line.bottom > caption.top - 2 if upwards else line.top < caption.bottom + 2)]
    for line in sorted(beside, key=lambda each: each.bottom if upwards else -each.top):
        if caption.overlap(line) < 0 and not (caption.left - 60 < line.left and line.right < caption.right + 60):
            continue
        distance = line.bottom - edge if upwards else edge - line.top
        if distance > (1.3 if listing and gathered else 3.2) * measures.size:
            break
        if not listing and is_prose(page, line, measures, width):
            break
        look = page.looks[line.look]
        if look.bold and line.size >= measures.size and line.right - line.left > 60 and not gathered:
            break
        gathered.append(line)
        edge = max(edge, line.top) if upwards else min(edge, line.bottom)
    return gathered


def _front(page: PageLayout, lines: list[Line], measures: Measures) -> tuple[list[Region], list[Line]]:
    """The title and what stands between it and the abstract: one region a row of names, or a column of them."""
    largest = max((line for line in lines if line.base > 0.4 * page.height), key=lambda line: line.size, default=None)
    if largest is None or largest.size < 1.2 * measures.size:
        return [], lines
    title = [line for line in lines if line.size > 0.93 * largest.size and abs(line.base - largest.base) < 6 * largest.size]
    below = min(line.base for line in title)
    ends = [
        line.top
        for line in lines
        if line.base < below and re.match(r"(?:abstract|summary|1\.?\s+introduction|introduction)\b", plain(page, line), re.I)
    ]
    if not ends:
        ends = [
            line.top
            for line in lines
            if line.base < below - 1 and is_prose(page, line, measures, 0.33 * page.width)
            or (line.base < below and page.looks[line.look].bold and line.size > measures.size * 1.02)
        ]
    end = max(ends, default=below)
    front = [line for line in lines if end - 1 < line.base < below and line not in title]
    front = _without_prose(page, front, measures)
    taken = {id(line) for line in (*title, *front)}
    title.sort(key=lambda line: (-round(line.base), line.left))
    regions = [Region(*_sides(box_of(title)), "text", title, -1, label="title")]
    for block in _people(front):
        regions.append(Region(*_sides(box_of(block)), "text", block, -1, label="people"))
    return regions, [line for line in lines if id(line) not in taken]


def _without_prose(page: PageLayout, lines: list[Line], measures: Measures) -> list[Line]:
    """The lines up to the first sentences: an abstract need not say that it is one."""
    rows = rows_of(lines, 0.3)
    for index in range(len(rows) - 2):
        run = rows[index : index + 3]
        words = [word for row in run for line in row for word in plain(page, line).split() if word[0].isalpha()]
        small = sum(word[0].islower() for word in words)
        wide = all(max(line.right for line in row) - row[0].left > 0.4 * page.width for row in run)
        if wide and len(words) > 18 and small > 0.7 * len(words):
            return [line for row in rows[:index] for line in row]
    return lines


def _people(lines: list[Line]) -> list[list[Line]]:
    """Names with what stands under each of them; a row of names over one line of theirs is a block of its own."""
    blocks: list[list[Line]] = []
    above: list[list[Line]] = []
    for row in rows_of(lines, 0.3):
        columns = [
            next((block for block in above if _under(line, block[-1])), None) for line in row
        ]
        if len(row) == len(above) and all(columns):
            for line, block in zip(row, columns, strict=True):
                if block is not None:
                    block.append(line)
        elif len(row) > 1 and len(row) < len(above) and all(columns):
            for line, block in zip(row, columns, strict=True):
                if block is not None:
                    block.append(line)
        else:
            above = [[line] for line in row]
            blocks += above
    return _rows_united(blocks)


def _rows_united(blocks: list[list[Line]]) -> list[list[Line]]:
    """Names that stand in a row with nothing under them, as one block."""
    united: list[list[Line]] = []
    for block in blocks:
        last = united[-1] if united else None
        alone = last is not None and len(block) == 1 and all(abs(line.base - block[0].base) < 2 for line in last)
        if last is not None and alone:
            last.append(block[0])
        else:
            united.append(block)
    return united


def _under(line: Line, above: Line) -> bool:
    shared = min(above.right, line.right) - max(above.left, line.left)
    near = 0 < above.base - line.base < 1.7 * max(above.size, line.size)
    return near and shared > 0.4 * min(above.right - above.left, line.right - line.left)


def _columns(page: PageLayout, lines: list[Line], gutter: float | None) -> dict[int, list[Line]]:
    columns: dict[int, list[Line]] = {}
    for line in lines:
        columns.setdefault(-1 if gutter is None else _column_of(line, gutter), []).append(line)
    return columns


def _column_of(box: "Box | Line", gutter: float) -> int:
    if box.left < gutter - 8 and box.right > gutter + 8:
        return -1
    return 0 if (box.left + box.right) / 2 < gutter else 1


def _edges(
    page: PageLayout, lines: list[Line], column: int, gutter: float | None, measures: Measures
) -> tuple[float, float]:
    """The sides of a column: where most of its lines begin, and where the full ones end."""
    body = [line for line in lines if abs(line.size - measures.size) < 0.12 * measures.size] or lines
    begins: Counter[int] = Counter()
    for line in body:
        begins[round(line.left)] += 1 if line.right - line.left < 60 else 3
    left = max(begins, key=lambda at: begins[at] + begins[at - 1] + begins[at + 1] - 0.001 * at)
    rights = sorted(line.right for line in body if line.right - line.left > 60) or [max(line.right for line in body)]
    return float(left), rights[int(0.9 * (len(rights) - 1))]


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
    foot.reverse()
    starts = [index for index, line in enumerate(foot) if _FOOTNOTE.match(plain(page, line)) or _raised_start(page, line)]
    rule = any(
        shape.kind == "rule"
        and 0.08 * page.width < shape.right - shape.left < 0.35 * page.width
        and foot
        and -2 < shape.bottom - foot[0].base < 3 * measures.size
        for shape in page.shapes
    )
    if not foot or (not starts and not rule):
        return [], lines
    first = 0 if rule or not starts else starts[0]
    foot, starts = foot[first:], [index - first for index in starts]
    bounds = sorted({0, *(index for index in starts if index >= 0)})
    notes = [foot[start:end] for start, end in zip(bounds, [*bounds[1:], len(foot)], strict=True) if foot[start:end]]
    taken = {id(line) for line in foot}
    return (
        [Region(*_sides(box_of(note)), "footnote", note) for note in notes],
        [line for line in lines if id(line) not in taken],
    )


def _raised_start(page: PageLayout, line: Line) -> bool:
    first = line.pieces[0]
    mark = page.text[first.start : first.end].strip()
    raised = page.looks[first.look].size < 0.86 * line.size and first.base > line.base + 0.1 * line.size
    return raised and len(mark) <= 3 and bool(re.fullmatch(r"\d{1,3}|[a-z]|[∗*†‡§¶⋆]+", mark)) and len(plain(page, line)) > 6


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
            ordered.insert(at if caption.bottom > named[0].top - 4 else at + 1, caption)
    return ordered
