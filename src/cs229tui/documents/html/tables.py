"""Tables of a page: told from tables that only lay a page out, and set with their columns under each other."""

import re

from lxml import etree  # type: ignore[import-untyped]
from rich.cells import cell_len

from cs229tui.documents.text_document import Words

_MOST_CELLS = 20_000
_MOST_COLUMNS = 60
_WIDEST = 100
_FOLDED = 78
_LEAST = 6
_LAYOUT = ("table", "pre", "h1", "h2", "h3", "h4", "blockquote", "figure", "article", "section", "form")
_LONGEST_CELL = 500
_NUMBER = re.compile(
    r"[-+−±~≈<>≤≥$€£]?\s?\d[\d.,  ]*(?:[eE][-+−]?\d+)?\s?(?:%|±.*|[kKMBGTx×]|ms|s)?\*{0,2}|[-–—]|n/a|N/A"
)


def is_table(table: etree._Element) -> bool:
    """Whether a table holds a table, not the layout of a page."""
    if (table.get("role") or "") in ("presentation", "none"):
        return False
    if any(next(table.iter(tag), table) is not table for tag in _LAYOUT if tag != "table"):
        return False
    if any(inner is not table for inner in table.iter("table")):
        return False
    rows = rows_of(table)
    if len(rows) < 2 and not any(True for _ in table.iter("th")):
        return False
    if max((len(row) for row in rows), default=0) < 2:
        return False
    longest = max((sum(map(len, cell.itertext())) for row in rows for cell in row), default=0)
    return longest < _LONGEST_CELL or any(True for _ in table.iter("th"))


def rows_of(table: etree._Element) -> list[list[etree._Element]]:
    """The cells of a table's rows, heads first and feet last."""
    groups = {"thead": 0, "tfoot": 2}
    found: list[tuple[int, list[etree._Element]]] = []
    count = 0
    for row in table.iter("tr"):
        parent = row.getparent()
        cells = [cell for cell in row if cell.tag in ("td", "th")][:_MOST_COLUMNS]
        count += len(cells)
        if count > _MOST_CELLS:
            break
        if cells:
            found.append((groups.get(str(parent.tag) if parent is not None else "", 1), cells))
    return [cells for _, cells in sorted(found, key=lambda row: row[0])]


def spans(cell: etree._Element) -> tuple[int, int]:
    """How many columns and rows a cell takes."""

    def number(name: str) -> int:
        given = (cell.get(name) or "1").strip()
        return max(1, min(int(given), _MOST_COLUMNS)) if given.isdecimal() and len(given) < 5 else 1

    return number("colspan"), number("rowspan")


def in_columns(rows: list[list[tuple[Words, int, int]]]) -> Words:
    """Rows of (cell, columns, rows) with their columns under each other; long cells take several lines."""
    placed = _placed(rows)
    count = max((column + 1 for row in placed for column in row), default=0)
    natural = [1] * count
    for row in placed:
        for column, (words, wide) in row.items():
            if wide == 1:
                natural[column] = max(natural[column], cell_len(words.text.strip()))
    widths = _fitted(natural)
    numbers = {column for column in range(count) if _is_of_numbers(placed, column)}
    made = Words()
    for number, row in enumerate(placed):
        if number:
            made.put("\n")
        _set_row(made, row, widths, numbers)
    return made


def _is_of_numbers(placed: list[dict[int, tuple[Words, int]]], column: int) -> bool:
    """Whether a column holds numbers, as exact as each other, under its head; those stand at its right side."""
    cells = [row[column][0].text.strip() for row in placed[1:] if column in row and row[column][1] == 1]
    decimals = {len(cell.partition(".")[2]) for cell in cells if cell}
    return sum(map(bool, cells)) > 1 and len(decimals) == 1 and all(_NUMBER.fullmatch(cell) for cell in cells if cell)


def _placed(rows: list[list[tuple[Words, int, int]]]) -> list[dict[int, tuple[Words, int]]]:
    """For each row the cells by the column they begin in, with the columns they take."""
    taken: dict[tuple[int, int], bool] = {}
    placed: list[dict[int, tuple[Words, int]]] = []
    for number, row in enumerate(rows):
        column, cells = 0, {}
        for words, wide, high in row:
            while (number, column) in taken:
                column += 1
            if column >= _MOST_COLUMNS:
                break
            cells[column] = (words, wide)
            for below in range(1, min(high, len(rows) - number)):
                for beside in range(wide):
                    taken[number + below, column + beside] = True
            column += wide
        placed.append(cells)
    return [cells for cells in placed if cells]


def _fitted(natural: list[int]) -> list[int]:
    """Widths of the columns, so that the whole is no wider than a screen: the widest give way."""
    if sum(natural) + 2 * (len(natural) - 1) <= _WIDEST:
        return natural
    room = _FOLDED - 2 * (len(natural) - 1)
    if room < _LEAST * len(natural):
        return [min(width, 24) for width in natural]
    low, high = _LEAST, max(natural)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(width, middle) for width in natural) <= room:
            low = middle
        else:
            high = middle - 1
    return [min(width, low) for width in natural]


def _set_row(made: Words, row: dict[int, tuple[Words, int]], widths: list[int], numbers: set[int]) -> None:
    """Write a row, its cells folded to the width of their columns."""
    folded: list[tuple[int, Words, list[tuple[int, int]]]] = []
    for column, (words, wide) in sorted(row.items()):
        room = sum(widths[column : column + wide]) + 2 * (min(wide, len(widths) - column) - 1)
        folded.append((column, words, _lines(words.text, max(room, 1))))
    for _, words, _ in folded:
        for _, name in words.names:
            made.name(name)
    for line in range(max((len(lines) for _, _, lines in folded), default=0)):
        used = 0
        if line:
            made.put("\n")
        for column, words, lines in folded:
            if line >= len(lines):
                continue
            wanted = sum(widths[:column]) + 2 * column
            first, last = lines[line]
            if column in numbers and row[column][1] == 1:
                wanted += max(0, widths[column] - cell_len(words.text[first:last]))
            made.put(" " * max(wanted - used, 2 if used else 0))
            used = max(wanted, used + 2 if used else 0)
            start = made.length
            made.put(words.text[first:last])
            used += cell_len(words.text[first:last])
            for begin, end, target in words.links:
                if max(begin, first) < min(end, last):
                    made.links.append((start + max(begin, first) - first, start + min(end, last) - first, target))


def _lines(text: str, width: int) -> list[tuple[int, int]]:
    """Where the lines of a cell begin and end."""
    lines: list[tuple[int, int]] = []
    start = used = brk = 0
    for word in re.finditer(r"\S+", text):
        if lines or used:
            gap = word.start() - brk
        else:
            start, gap = word.start(), 0
        length = cell_len(word[0])
        if used and used + gap + length > width:
            lines.append((start, brk))
            start, used, gap = word.start(), 0, 0
        used += gap + length
        brk = word.end()
    if used:
        lines.append((start, brk))
    return lines
