"""Tables and listings: what stands between level rules of one width."""

from collections import Counter

from cs229tui.documents.reflow.boxes import Box, Region, box_of, caption_near, is_prose, sides
from cs229tui.documents.reflow.grid import rows_of
from cs229tui.documents.reflow.layout import Line, PageLayout
from cs229tui.documents.reflow.measures import Measures

# A page with more level lines than this is a drawing.
_MOST_RULES = 400


def find_tables(
    page: PageLayout, lines: list[Line], captions: list[Region], measures: Measures, first: bool
) -> tuple[list[Region], list[Line]]:
    """What stands between rules of one width, with a table's caption beside it or in the shape of rows."""
    tables: list[Region] = []
    for box in ruled_boxes(page, lines, captions, measures):
        inside = [line for line in lines if box.holds(line, 1.0)]
        if not inside:
            continue
        caption = caption_near(box, captions, "Table")
        if caption is not None and caption.label.startswith("Figure"):
            continue
        code = caption is not None and not caption.label.startswith("Table")
        titled = first and any(line.size > 1.3 * measures.size for line in inside)
        if caption is None and (titled or _rows_with_gaps(inside) < 2):
            continue
        table = Region(*sides(box), "code" if code else "table", inside, label=caption.label if caption else "")
        if caption is not None and not code:
            _take_rows(page, table, caption, [line for line in lines if not box.holds(line, 1.0)], measures)
        tables.append(table)
        taken = {id(line) for line in table.lines}
        lines = [line for line in lines if id(line) not in taken]
    return tables, lines


def _take_rows(page: PageLayout, table: Region, caption: Region, lines: list[Line], measures: Measures) -> None:
    """Rows above the first rule and below the last, for a table that has rules only between."""
    growing = True
    while growing:
        growing = False
        for row in rows_of([line for line in lines if line not in table.lines], 0.3):
            box = box_of(row)
            above = box.bottom > table.top - 2 and box.bottom - table.top < 0.8 * measures.size
            below = box.top < table.bottom + 2 and table.bottom - box.top < 0.8 * measures.size
            inset = table.left - 3 <= box.left and box.right <= table.right + 3
            cells = len(row) > 1 or (caption.bottom > box.top and above)
            if (
                inset
                and cells
                and (above or below)
                and not any(is_prose(page, line, measures, 0.5 * page.width) for line in row)
            ):
                table.lines += row
                table.grow(box)
                growing = True
                break


def ruled_boxes(page: PageLayout, lines: list[Line], captions: list[Region], measures: Measures) -> list[Box]:
    rules = sorted(_whole_rules(page), key=lambda rule: -rule.top)
    used: set[int] = set()
    boxes: list[Box] = []
    for index, rule in enumerate(rules):
        if index in used or rule.right - rule.left < 50:
            continue
        box = Box(*sides(rule))
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
    rules = [shape for shape in page.shapes if shape.kind == "rule"]
    if len(rules) > _MOST_RULES:
        return []
    rules.sort(key=lambda shape: (round(shape.top), shape.left))
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
