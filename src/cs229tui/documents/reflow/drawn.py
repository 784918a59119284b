"""Figures: what is drawn, with the text in and around it; and figures and tables that only their captions tell."""

import re
from collections import Counter

from cs229tui.documents.reflow.boxes import (
    Box,
    Region,
    RegionKind,
    box_of,
    caption_near,
    column_of,
    is_prose,
    sides,
    words_of,
)
from cs229tui.documents.reflow.layout import Line, PageLayout
from cs229tui.documents.reflow.measures import Measures, plain

_STEP = re.compile(
    r"(?:\d{1,2}:?\s+)?(?:for|while|repeat|until|if|else|end|return|require|ensure|input|output|data|result|initiali[sz]e"
    r"|procedure|function|def|parameters?|hyperparam\w*)\b",
    re.I,
)
_CELL = 8.0
_SENTENCE = 8
_MOST_CELLS = 400_000


def find_figures(
    page: PageLayout, lines: list[Line], captions: list[Region], tables: list[Region], measures: Measures
) -> tuple[list[Region], list[Line]]:
    """Where something is drawn, with the text in it and the labels around it."""
    figures: list[Region] = []
    for box in _drawn(page, tables):
        inside = [line for line in lines if box.holds(line)]
        if sum(is_prose(page, line, measures, 0.3 * page.width) for line in inside) >= 2:
            continue
        caption = caption_near(box, captions, "Figure")
        high, wide = box.top - box.bottom, box.right - box.left
        if caption is None and (high < 40 or wide < 40):
            continue
        figures.append(Region(*sides(box), "figure", [], label=caption.label if caption else ""))
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
    if (
        above_or_below
        and inset
        and len(plain(page, line).split()) <= 7
        and line.left > margin + 2 * measures.size
        and line.size < 1.15 * measures.size
    ):
        return not is_prose(page, line, measures, 0.3 * page.width)
    look = page.looks[line.look]
    foreign = look.font != measures.font or abs(line.size - measures.size) > 0.1 * measures.size
    return (
        foreign and line.right - line.left < 0.45 * page.width and not is_prose(page, line, measures, 0.2 * page.width)
    )


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
        and not any(
            table.bottom - 2 <= shape.bottom and shape.top <= table.top + 2 and table.overlap(shape) > 0
            for table in tables
        )
    ]
    owner: dict[tuple[int, int], int] = {}
    parent = list(range(len(shapes)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    cells = 0
    for index, shape in enumerate(shapes):
        cells += int((shape.right - shape.left) / _CELL + 1) * int((shape.top - shape.bottom) / _CELL + 1)
        if cells > _MOST_CELLS:
            break
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


def find_unframed(
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
        listing = caption.label.startswith(("Algorithm", "Listing"))
        ways = [(up, _gather(page, lines, caption, up, measures, width, gutter)) for up in (False, True)]
        if caption.label.startswith("Figure"):
            ways.reverse()
        elif listing:
            ways.sort(key=lambda way: -_steps(page, way[1]))
        for _, gathered in ways:
            if len(gathered) >= 2:
                kind: RegionKind = "figure" if caption.label.startswith("Figure") else "table" if table else "code"
                formulas = kind == "figure" and _maths(page, gathered) > 0.4
                box = sides(box_of(gathered))
                regions.append(Region(*box, kind, gathered, label=caption.label, formulas=formulas))
                taken = {id(line) for line in gathered}
                lines = [line for line in lines if id(line) not in taken]
                break
    return regions, lines


def _steps(page: PageLayout, lines: list[Line]) -> int:
    """How many lines begin as those of an algorithm do."""
    return sum(bool(_STEP.match(plain(page, line))) for line in lines)


def _maths(page: PageLayout, lines: list[Line]) -> float:
    """The share of the characters that are in fonts for mathematics."""
    counts: Counter[bool] = Counter()
    for piece in (piece for line in lines for piece in line.pieces):
        counts[page.looks[piece.look].maths] += piece.end - piece.start
    return counts[True] / max(1, counts.total())


def _gather(
    page: PageLayout,
    lines: list[Line],
    caption: Region,
    upwards: bool,
    measures: Measures,
    width: float,
    gutter: float | None,
) -> list[Line]:
    listing = caption.label.startswith(("Algorithm", "Listing"))
    figure = caption.label.startswith("Figure")

    def reads(line: Line) -> bool:
        # Nothing drawn vouches for this figure: a line of so many words is text, whatever its size.
        return is_prose(page, line, measures, width) or (figure and words_of(page, line) >= _SENTENCE)

    edge = caption.top if upwards else caption.bottom
    gathered: list[Line] = []
    beside = [line for line in lines if (line.bottom > caption.top - 2 if upwards else line.top < caption.bottom + 2)]
    # A figure made of formulas on a page with no prose above it is all there is above it.
    everything = upwards and not any(map(reads, beside))
    for line in sorted(beside, key=lambda each: each.bottom if upwards else -each.top):
        if gutter is not None and caption.column != -1 and column_of(line, gutter) not in (caption.column, -1):
            continue
        distance = line.bottom - edge if upwards else edge - line.top
        if not everything and distance > 3.2 * measures.size:
            break
        if listing and upwards and distance > 0.9 * measures.size:
            break
        if listing and gathered and distance > 0.8 * measures.size and is_prose(page, line, measures, width):
            # A listing's lines are set in from the prose that follows it, or stand close to each other.
            outdented = line.left < min(each.left for each in gathered) - 4
            if outdented or line.right - line.left > 0.7 * page.width:
                break
        # A table's lines may be long, but are set in from where text begins.
        inset = caption.label.startswith("Table") and line.left > caption.left + 1.5 * measures.size
        if not listing and not inset and reads(line):
            break
        look = page.looks[line.look]
        if not listing and look.bold and line.size >= measures.size and line.right - line.left > 60 and not gathered:
            break
        gathered.append(line)
        edge = max(edge, line.top) if upwards else min(edge, line.bottom)
    return gathered
