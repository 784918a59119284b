"""Captions: where one begins, how far it goes, and which figure or table it belongs to."""

import re

from cs229tui.documents.reflow.boxes import Region, box_of, column_of, is_prose, sides
from cs229tui.documents.reflow.layout import Line, PageLayout
from cs229tui.documents.reflow.measures import Measures, plain
from cs229tui.documents.reflow.ruled import ruled_boxes

CAPTION = re.compile(
    r"(?P<what>Figure|Fig\.?|Table|Tab\.|Algorithm|Listing|Supplementary (?:Figure|Table)"
    r"|Extended Data (?:Figure|Fig\.|Table))"
    r"\s*(?P<number>[A-Z]?\.?\d+(?:[.-]\d+)*[a-z]?|[IVX]{1,5}\b)(?![,;)])\s*(?P<mark>[:.|]|[—–]|$)?",
    re.I,
)


def find_captions(
    page: PageLayout, lines: list[Line], measures: Measures, gutter: float | None
) -> tuple[list[Region], list[Line]]:
    """Captions with the lines that go on below them."""
    captions: list[Region] = []
    for line in lines:
        matched = CAPTION.match(plain(page, line))
        if matched and _begins_caption(page, line, lines, matched, measures):
            label = f"{_named(matched['what'].casefold())} {matched['number']}"
            captions.append(Region(*sides(box_of([line])), "caption", [line], label=label))
    ruled = ruled_boxes(page, lines, captions, measures)
    taken = {id(caption.lines[0]) for caption in captions}
    below = sorted(lines, key=lambda line: (-round(line.base), line.left))
    for caption in captions:
        first = caption.lines[0]
        column = -1 if gutter is None else column_of(first, gutter)
        for line in below:
            if line.base > first.base + 0.1 or line is first:
                continue
            if gutter is not None and column != -1 and column_of(line, gutter) != column:
                continue
            last = caption.lines[-1]
            gap = last.base - line.base
            narrow = min(caption.right - caption.left, line.right - line.left)
            others = any(
                other is not caption
                and abs(other.lines[0].base - first.base) < 3 * first.size
                and other.overlap(line) > 0.5 * narrow
                for other in captions
            )
            if caption.overlap(line) < 0.3 * narrow and not (
                not others and abs(gap) < 2 and 0 < line.left - last.right < 1.5 * first.size and id(line) not in taken
            ):
                continue
            if id(line) in taken or gap > 1.45 * first.size:
                break
            if any(rule.holds(line, 0) and not rule.holds(first, 0) for rule in ruled):
                break
            # A caption in small capitals: those of a line may all be the small ones.
            capitals = plain(page, line).isupper() and plain(page, last).isupper() and line.size > 0.75 * first.size
            if abs(line.size - first.size) > 0.1 * first.size and len(plain(page, line)) > 3 and not capitals:
                continue
            centred = abs(caption.left + caption.right - line.left - line.right) < first.size
            if line.left < caption.left - 2 * first.size and len(caption.lines) > 1 and not centred:
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
    distinct = (
        first.bold or first.italic or first.font != main.font or abs(line.size - measures.size) > 0.06 * measures.size
    )
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
