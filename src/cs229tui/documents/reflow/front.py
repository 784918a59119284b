"""The head of a paper: its title, and the people between it and the abstract."""

import re

from cs229tui.documents.reflow.boxes import Region, box_of, is_prose, sides
from cs229tui.documents.reflow.grid import rows_of
from cs229tui.documents.reflow.layout import Line, PageLayout
from cs229tui.documents.reflow.measures import Measures, plain

# A page may begin with a section of its own; its heading is no title.
_SECTION = re.compile(r"\d+(?:\.\d+)*\.?\s|(?:references|bibliography|abstract|acknowledge?ments?)\W*$", re.I)


def find_front(
    page: PageLayout, lines: list[Line], measures: Measures, gutter: float | None = None
) -> tuple[list[Region], list[Line]]:
    """The title and what stands between it and the abstract: one region a row of names, or a column of them."""
    high = [line for line in lines if line.base > 0.4 * page.height and not _SECTION.match(plain(page, line))]
    # A bullet or an initial may be larger than any word.
    high = [line for line in high if sum(map(str.isalpha, plain(page, line))) > 1]
    numbers = [line for line in lines if re.fullmatch(r"\d+(?:\.\d+)*\.?", plain(page, line))]
    high = [
        line
        for line in high
        if not any(
            abs(number.base - line.base) < 1 and 0 < line.left - number.right < 3 * line.size for number in numbers
        )
    ]
    largest = max(high, key=lambda line: line.size, default=None)
    if largest is None or largest.size < 1.15 * measures.size:
        return [], lines
    title = [
        line for line in lines if line.size > 0.93 * largest.size and abs(line.base - largest.base) < 6 * largest.size
    ]
    below = min(line.base for line in title)
    ends = [
        line.top
        for line in lines
        if line.base < below
        and re.match(r"(?:abstract|summary|1\.?\s+introduction|introduction)\b", plain(page, line), re.I)
    ]
    said = any(re.match("abstract|summary", plain(page, line), re.I) for line in lines if line.base < below)
    if not ends:
        ends = [
            line.top
            for line in lines
            if (line.base < below - 1 and is_prose(page, line, measures, 0.33 * page.width))
            or (line.base < below and line.size > measures.size * 1.07 and _SECTION.match(f"{plain(page, line)} "))
            or (line.base < below and page.looks[line.look].bold and line.size > measures.size * 1.02)
        ]
    end = max(ends, default=below)
    front = [line for line in lines if end - 1 < line.base < below and line not in title]
    if not said:
        front = _without_prose(page, front, 0.4)
    if gutter is not None:
        # The text of the other column may begin beside the authors' names, or above the abstract.
        halves = [[line for line in front if (line.left > gutter) == right] for right in (False, True)]
        front = [line for half in halves for line in _without_prose(page, half, 0.25)]
    taken = {id(line) for line in (*title, *front)}
    title.sort(key=lambda line: (-round(line.base), line.left))
    regions = [Region(*sides(box_of(title)), "text", title, -1, label="title")]
    for block in _people(front):
        regions.append(Region(*sides(box_of(block)), "text", block, -1, label="people"))
    return regions, [line for line in lines if id(line) not in taken]


def _without_prose(page: PageLayout, lines: list[Line], least: float) -> list[Line]:
    """The lines up to the first sentences, rows wider than `least` widths of the page: not all say "Abstract"."""
    rows = rows_of(lines, 0.3)
    for index in range(len(rows) - 2):
        run = rows[index : index + 3]
        words = [word for row in run for line in row for word in plain(page, line).split() if word[0].isalpha()]
        small = sum(word[0].islower() for word in words)
        wide = all(max(line.right for line in row) - row[0].left > least * page.width for row in run)
        if wide and len(words) > 18 and small > 0.7 * len(words):
            return [line for row in rows[:index] for line in row]
    return lines


def _people(lines: list[Line]) -> list[list[Line]]:
    """Names with what stands under each of them; a row of names over one line of theirs is a block of its own."""
    blocks: list[list[Line]] = []
    above: list[list[Line]] = []
    for row in rows_of(lines, 0.3):
        columns = [next((block for block in above if _under(line, block[-1])), None) for line in row]
        if (len(row) == len(above) and all(columns)) or (len(row) > 1 and len(row) < len(above) and all(columns)):
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
