"""Tables as text: cells in columns that stand under each other, numbers by their points, heads over what they span."""

import re
from collections.abc import Sequence

from cs229tui.documents.formulas.tree import BLANK, NOWHERE
from cs229tui.documents.reflow.boxes import Box
from cs229tui.documents.reflow.cells import Cell, rows_and_columns
from cs229tui.documents.reflow.inline import take
from cs229tui.documents.reflow.layout import Line, PageLayout
from cs229tui.documents.reflow.text import Text

# What fits on a wide terminal; what is wider is shown in another order if there is a better one.
_WIDE = 118
_NUMBER = re.compile(
    r"[(\[]?[+\-−–±~≈<>]?\s?(?P<whole>\d[\d,\u2009 ]*)?(?P<rest>\.\d+)?[%×±)\]†‡∗*\dKMBkx.\-−– ()ᵃᵇᶜ/]*"
)
_NONE = frozenset({"-", "–", "—", "−", "N/A", "n/a", "·", "∗", "*"})


def table_text(page: PageLayout, lines: Sequence[Line]) -> Text:
    """The lines of a table with its columns under each other."""
    rows, columns = rows_and_columns(page, lines)
    if not rows:
        return Text()
    if _width(rows, columns) > _WIDE:
        swapped = _swapped(rows, columns) or _stacked(rows, columns)
        if swapped:
            return _text(page, swapped)
    rules = _rules(page, rows)
    body = next((at for at, row in enumerate(rows) if rules and row[0].base < max(rules)), 1)
    drawn = _drawn(rows, columns, body)
    return _text(page, _ruled(rules, rows, drawn))


def _text(page: PageLayout, drawn: Sequence[Sequence[tuple[str, int]]]) -> Text:
    text = Text()
    for row in drawn:
        cells = list(row)
        while cells and cells[-1] == BLANK:
            cells.pop()
        if text.length:
            text.add("\n")
        take(page, text, cells)
    return text


def _width(rows: Sequence[Sequence[Cell]], columns: int) -> int:
    """About how wide the table is, in cells of the screen."""
    widths = [0] * columns
    for row in rows:
        for cell in row:
            if cell.first == cell.last:
                widths[cell.first] = max(widths[cell.first], cell.shown.width)
    return sum(widths) + 2 * (columns - 1)


def _drawn(rows: Sequence[Sequence[Cell]], columns: int, body: int) -> list[list[tuple[str, int]]]:
    """The rows as cells; those from `body` on are no heads."""
    shifts = _aligned(rows[body:], columns)
    widths = [1] * columns
    for row in rows:
        for cell in row:
            if cell.first == cell.last:
                widths[cell.first] = max(widths[cell.first], cell.shown.width + shifts.get(id(cell), 0))
    for cell in sorted((cell for row in rows for cell in row), key=lambda cell: cell.last - cell.first):
        room = sum(widths[cell.first : cell.last + 1]) + 2 * (cell.last - cell.first)
        widths[cell.last] += max(0, cell.shown.width - room) if cell.last > cell.first else 0
    offsets = [sum(widths[:index]) + 2 * index for index in range(columns)]
    drawn: list[list[tuple[str, int]]] = []
    for row in rows:
        over = max(cell.shown.base for cell in row)
        under = max(len(cell.shown.rows) - cell.shown.base for cell in row)
        made: list[list[tuple[str, int]]] = [[] for _ in range(over + under)]
        for cell in row:
            room = sum(widths[cell.first : cell.last + 1]) + 2 * (cell.last - cell.first)
            # A head over several columns stands over their middle.
            shift = (room - cell.shown.width) // 2 if cell.last > cell.first else shifts.get(id(cell), 0)
            end = max(len(line) for line in made)
            column = max(offsets[cell.first] + max(0, shift), end + 2 if end else 0)
            for number, shown in enumerate(cell.shown.rows, over - cell.shown.base):
                line = made[number]
                line += [BLANK] * (column - len(line))
                line += shown
        drawn += made
    return drawn


def _aligned(rows: Sequence[Sequence[Cell]], columns: int) -> dict[int, int]:
    """How far the numbers of each column that is one of numbers are set in, so that their points stand in line."""
    shifts: dict[int, int] = {}
    for column in range(columns):
        cells = [cell for row in rows for cell in row if cell.first == cell.last == column]
        parts = {id(cell): _before_point(cell.text) for cell in cells}
        numbers = [each for each in parts.values() if each is not None]
        words = [cell for cell in cells if parts[id(cell)] is None and cell.text.strip() not in _NONE]
        if len(numbers) < 2 or len(words) > 0.2 * len(numbers):
            continue
        most = max(numbers)
        for cell in cells:
            before = parts[id(cell)]
            if before is None and cell.text.strip() in _NONE:
                before = 1
            if before is not None:
                shifts[id(cell)] = most - before
    return shifts


def _before_point(text: str) -> int | None:
    """How many characters of a number stand before its point; none if it is no number."""
    found = _NUMBER.fullmatch(text.strip())
    if not found or not (found["whole"] or found["rest"]):
        return None
    if found["rest"]:
        return found.start("rest")
    return len(text[: found.end("whole")].rstrip())


def _rules(page: PageLayout, rows: Sequence[Sequence[Cell]]) -> list[float]:
    """The heights of the lines that the page has across the table, but for tables with one under each row."""
    cells = [cell for row in rows for cell in row]
    box = Box(
        min(cell.left for cell in cells),
        min(cell.base for cell in cells),
        max(cell.right for cell in cells),
        max(cell.base for cell in cells),
    )
    rules = sorted(
        shape.bottom
        for shape in page.shapes
        if shape.kind == "rule"
        and box.bottom < shape.bottom < box.top
        and box.overlap(shape) > 0.85 * (box.right - box.left)
    )
    return rules if len(rules) < 0.6 * len(rows) else rules[-1:]


def _ruled(
    rules: Sequence[float], rows: Sequence[Sequence[Cell]], drawn: list[list[tuple[str, int]]]
) -> list[list[tuple[str, int]]]:
    """The drawn rows with a line between two of them where the page has one."""
    wide = max(len(row) for row in drawn)
    lines: list[list[tuple[str, int]]] = []
    at = 0
    for index, row in enumerate(rows):
        if index and any(row[0].base < rule < rows[index - 1][0].base for rule in rules):
            lines.append([("─", NOWHERE)] * wide)
        high = max(cell.shown.base for cell in row) + max(len(cell.shown.rows) - cell.shown.base for cell in row)
        lines += drawn[at : at + high]
        at += high
    return lines


def _swapped(rows: Sequence[Sequence[Cell]], columns: int) -> list[list[tuple[str, int]]] | None:
    """A wide table of few rows with rows and columns swapped; none where cells span columns or it would not help."""
    simple = all(cell.first == cell.last and len(cell.shown.rows) == 1 for row in rows for cell in row)
    if not simple or columns < 1.5 * len(rows) or len(rows) > 12:
        return None
    made: list[list[Cell]] = [[] for _ in range(columns)]
    for at, row in enumerate(rows):
        for cell in row:
            made[cell.first].append(Cell(cell.left, cell.right, 0, cell.size, cell.shown, at, at))
    drawn = _drawn([row for row in made if row], len(rows), 0)
    if max(len(row) for row in drawn) > _WIDE:
        return None
    note = [(sign, NOWHERE) for sign in "[rows and columns swapped]"]
    return [note, *drawn]


def _stacked(rows: Sequence[Sequence[Cell]], columns: int) -> list[list[tuple[str, int]]] | None:
    """A wide table whose cells are prose, column after column; none where they are not."""
    cells = [cell for row in rows for cell in row]
    prose = [cell for cell in cells if len(cell.text.split()) >= 4]
    if len(prose) < 0.6 * len(cells) or columns < 2:
        return None
    made: list[list[tuple[str, int]]] = [[(sign, NOWHERE) for sign in "[columns one after the other]"]]
    for column in range(columns):
        if len(made) > 1:
            made.append([])
        for row in rows:
            for cell in row:
                if cell.first == column:
                    made += [list(shown) for shown in cell.shown.rows]
    return made
