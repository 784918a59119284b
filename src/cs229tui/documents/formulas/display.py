"""Formulas on lines of their own: folded where they are wide, their lines apart, their numbers at the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from cs229tui.documents.formulas.tree import BLANK, NOWHERE, Cell, Fenced, Grid, Node, Row, Sign, Space
from cs229tui.documents.formulas.typeset import Cells, beside, columned, draw, flush

# What a terminal of 80 columns shows with the formula's number beside it.
WIDE = 72
RELATIONS = frozenset("=≤≥<>≈≡∼∝≜→⇒⇔∈⊆⊂≠:≔←↦⩽⩾")
_BREAKS = frozenset("=≤≥≈≡∼∝≜→⇒+−")
# Where what stands on the left is longer, aligning with it would push everything else off the screen.
_WIDEST_LEFT = 24
# How many brackets within each other are opened to fold what is in them, and how wide a line may be for that.
_MOST_OPENED = 4
_NOBODY_READS = 2000


@dataclass(frozen=True)
class Line:
    """A line of a formula, how far it is set in, and its number."""

    cells: Cells
    shift: int = 0
    number: tuple[Cell, ...] = ()


def stacked(lines: Sequence[Line]) -> list[list[Cell]]:
    """The rows of lines below each other, with the numbers at the right."""
    wide = max((line.shift + line.cells.width for line in lines), default=-4)
    rows: list[list[Cell]] = []
    hangs = False
    for line in lines:
        if hangs and line.cells.base:
            # What hangs from one line would be read as standing on the next.
            rows.append([])
        hangs = line.cells.base + 1 < len(line.cells.rows)
        for index, cells in enumerate(line.cells.rows):
            number = line.number if index == line.cells.base else ()
            if not cells and not number:
                continue
            row = [*[BLANK] * line.shift, *cells]
            while row and row[-1] == BLANK:
                row.pop()
            rows.append([*row, *[BLANK] * (wide + 4 - len(row)), *number] if number else row)
    return rows


def folded(node: Node, width: int = WIDE) -> list[Node]:
    """A line that is too wide for small terminals, parted where there is much room or before a sign between terms."""
    if not isinstance(node, Row) or draw(node).width <= width:
        return [node]
    terms: list[list[Node]] = [[]]
    for part in node.parts:
        apart = isinstance(part, Space) and part.width > 1
        sign = isinstance(part, Sign) and part.text in _BREAKS and terms[-1][-1:] == [Space(1)] and len(terms[-1]) > 2
        # The beginning of a line up to its first relation is worth no line of its own.
        begun = len(terms) > 1 or any(isinstance(each, Sign) and each.text in RELATIONS for each in terms[0])
        sign = sign and (begun or draw(Row(tuple(terms[-1]))).width > width // 3)
        if (apart or sign) and terms[-1]:
            terms.append([])
        terms[-1].append(part)
    lines: list[list[Node]] = [[]]
    for term in terms:
        if lines[-1] and draw(Row((*lines[-1], *term))).width > width:
            lines.append([])
        lines[-1] += term[1:] if lines[1:] and not lines[-1] and isinstance(term[0], Space) else term
    parted = [Row(tuple(parts)) for parts in lines if parts]
    return [*parted] if all(draw(part).width <= width for part in parted) else [node]


def opened(node: Node, width: int) -> list[Node]:
    """A line folded even within its brackets, where there is no other way."""
    lines = folded(node, width)
    for _ in range(_MOST_OPENED):
        if not isinstance(node, Row) or len(lines) > 1 or not width < draw(node).width < _NOBODY_READS:
            break
        wide = [part for part in node.parts if isinstance(part, Fenced) and isinstance(part.body, Row)]
        if not wide:
            break
        widest = max(wide, key=lambda part: draw(part).width)
        at = next(index for index, part in enumerate(node.parts) if part is widest)
        ends = [[each] if each else [] for each in (widest.before, widest.after)]
        inside = widest.body.parts if isinstance(widest.body, Row) else ()
        node = Row((*node.parts[:at], *ends[0], *inside, *ends[1], *node.parts[at + 1 :]))
        lines = folded(node, width)
    return lines


def displayed(grid: Grid, width: int = WIDE) -> list[list[Cell]]:
    """The rows of a formula whose lines stand under each other at their signs."""
    left = max((draw(row[0]).width for row in grid.rows if len(row) > 1), default=0)
    left = left if left <= _WIDEST_LEFT and len(grid.rows) > 1 else 0
    table = columned(grid) if max(map(len, grid.rows)) > 2 else []
    table = table if all(row.width <= width for row in table) else []
    lines: list[Line] = []
    for at, row in enumerate(grid.rows):
        number = tuple((character, NOWHERE) for character in (grid.numbers[at] if grid.numbers else ""))
        if table:
            lines.append(Line(table[at], 0, number))
            continue
        head = draw(row[0]) if left and len(row) > 1 else None
        rest = [part for cell in row[1 if head else 0 :] for part in (cell.parts if isinstance(cell, Row) else (cell,))]
        first, *more = [draw(part) for part in opened(Row(tuple(rest)), width - left)]
        shift = 4 if at and not head and len(row) > 1 and not draw(row[0]).width else 0
        relation = next((at for at, cell in enumerate(first.rows[first.base]) if cell[0] in RELATIONS), 99)
        indent = left + 3 if head else relation + 2 if relation < _WIDEST_LEFT else 4
        own = [beside([flush(head, left), first]) if head else first, *more]
        lines += [
            Line(cells, shift + (indent if index else 0), number if index == len(own) - 1 else ())
            for index, cells in enumerate(own)
        ]
    return stacked(lines)
