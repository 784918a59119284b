"""Formulas drawn with characters: numerators over bars, limits at their signs, brackets as tall as what is in them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cs229tui.documents.formulas.signs import lowered, raised
from cs229tui.documents.formulas.tree import (
    BLANK,
    NOWHERE,
    Cell,
    Fenced,
    Fraction,
    Grid,
    Limits,
    Node,
    Root,
    Row,
    Scripts,
    Sign,
    Space,
)


@dataclass(frozen=True)
class Cells:
    """Rows of equal width; `base` is the row that stands on the line."""

    rows: tuple[tuple[Cell, ...], ...]
    base: int = 0

    @property
    def width(self) -> int:
        return len(self.rows[0])

    @property
    def text(self) -> str:
        """The characters of the first row."""
        return "".join(shown for shown, _ in self.rows[0])


_EMPTY = Cells(((),))
_TALL = {
    "(": "⎛⎜⎜⎝", ")": "⎞⎟⎟⎠", "[": "⎡⎢⎢⎣", "]": "⎤⎥⎥⎦", "{": "⎧⎪⎨⎩", "}": "⎫⎪⎬⎭",
    "|": "││││", "∥": "‖‖‖‖", "‖": "‖‖‖‖", "⌊": "⎢⎢⎢⎣", "⌋": "⎥⎥⎥⎦", "⌈": "⎡⎢⎢⎢", "⌉": "⎤⎥⎥⎥",
}  # fmt: skip


def draw(node: Node, flat: bool = False) -> Cells:
    """The cells of a node; `flat` in one row, with brackets and signs instead of places."""
    match node:
        case Sign():
            # An accent that makes one letter of two shows as the page's own letter does; else it is one more sign.
            return Cells((((unicodedata.normalize("NFC", node.text + node.accent), node.place),),))
        case Space():
            return Cells(((BLANK,) * node.width,))
        case Row():
            return _draw_row(node.parts, flat)
        case Scripts():
            return beside(_scripts(node, None))
        case Limits():
            return _draw_limits(node, flat)
        case Fraction():
            return _draw_fraction(node, flat)
        case Root():
            return _draw_root(node, flat)
        case Fenced():
            body = draw(node.body, flat)
            if flat and node.after is None and isinstance(_only(node.body), Grid):
                return beside([_fence(node.before, body), body, _made("}")])
            return beside([_fence(node.before, body), body, _fence(node.after, body)])
        case Grid():
            return _draw_grid(node, flat)


def _draw_row(parts: Sequence[Node], flat: bool) -> Cells:
    drawn: list[Cells] = []
    for index, part in enumerate(parts):
        after = parts[index + 1] if index + 1 < len(parts) else None
        before = parts[index - 1] if index else None
        if isinstance(part, Scripts):
            drawn += _scripts(part, after)
            continue
        tall = not flat and (_needs_room(part, before) or (before is not None and _needs_room(before, part)))
        if tall and before is not None and not isinstance(before, Space) and not isinstance(part, Space | Scripts):
            drawn.append(Cells(((BLANK,),)))
        drawn.append(draw(part, flat))
    return beside(drawn)


def _scripts(part: Scripts, after: Node | None) -> list[Cells]:
    """Lowered, then raised; but primes first, and room before a letter that might be taken for more of them."""
    down, up = _script(part.down, False, part.up is not None), _script(part.up, True, False)
    if up.width and all(shown in "′∗*†" for shown, _ in up.rows[0]):
        return [up, _script(part.down, False, False)]
    last = up if up.width else down
    marked = last.width and last.rows[0][0][0] in "^_" and last.rows[0][-1][0] != "}"
    follows = isinstance(after, Sign) and after.text.isalnum()
    return [down, up, Cells(((BLANK,),))] if marked and follows else [down, up]


def _needs_room(part: Node, beside: Node | None) -> bool:
    """Whether a part would run into what stands beside it: a fraction's bar, a sum's limits."""
    if isinstance(beside, Sign) and (beside.fence or beside.text in ",.;"):
        return False
    return isinstance(part, Limits | Grid) or (isinstance(part, Fraction) and not part.level)


def _script(node: Node | None, up: bool, joined: bool) -> Cells:
    """A script in raised or lowered signs, or else behind ^ or _, in braces where its end would not be seen."""
    if node is None:
        return _EMPTY
    inner = draw(node, flat=True)
    plain = inner.text
    solid = [cell for cell in inner.rows[0] if cell != BLANK]
    turned = (raised if up else lowered)("".join(shown for shown, _ in solid))
    if turned is not None and len(turned) == len(solid):
        return Cells((tuple((shown, place) for shown, (_, place) in zip(turned, solid, strict=True)),))
    if plain.startswith("±"):
        return Cells((tuple(solid),))
    marked = _made("^" if up else "_")
    if inner.width == 1 or (plain.isalnum() and not joined and unicodedata.normalize("NFKD", plain) == plain):
        return beside([marked, inner])
    return beside([marked, _made("{"), inner, _made("}")])


def _draw_limits(node: Limits, flat: bool) -> Cells:
    sign = draw(node.sign, flat)
    if flat:
        sign = _bracketed(node.sign) if node.brace else sign
        return beside([sign, _script(node.under, False, True), _script(node.over, True, True)])
    over = draw(node.over) if node.over else None
    under = draw(node.under) if node.under else None
    if node.brace:
        wide = max(part.width for part in (over, sign, under) if part is not None)
        over = Cells((*_centred(over, wide).rows, _brace("╭┴╮", wide))) if over else None
        under = Cells((_brace("╰┬╯", wide), *_centred(under, wide).rows)) if under else None
    stacked = [part for part in (over, sign, under) if part is not None]
    wide = max(part.width for part in stacked)
    rows = tuple(row for part in stacked for row in _centred(part, wide).rows)
    return Cells(rows, (len(over.rows) if over else 0) + sign.base)


def _brace(ends: str, wide: int) -> tuple[Cell, ...]:
    half = (wide - 3) // 2
    drawn = ends[0] + "─" * half + ends[1] + "─" * (wide - 3 - half) + ends[2] if wide > 2 else "─" * wide
    return tuple((character, NOWHERE) for character in drawn)


def _draw_fraction(node: Fraction, flat: bool) -> Cells:
    if flat or node.level:
        one = beside([_bracketed(node.over, True), _made("/"), _bracketed(node.under)])
        return beside([_made("("), one, _made(")")]) if node.factor else one
    over, under = draw(node.over), draw(node.under)
    wide = max(over.width, under.width)
    # A fraction within a fraction has a shorter bar than the one it stands in.
    nested = isinstance(_only(node.over), Fraction) or isinstance(_only(node.under), Fraction)
    bar = (("─", NOWHERE),) * (wide + (2 if nested else 0))
    rows = (*_centred(over, len(bar)).rows, bar, *_centred(under, len(bar)).rows)
    return Cells(rows, len(over.rows))


def _only(node: Node) -> Node:
    while isinstance(node, Row) and len(node.parts) == 1:
        node = node.parts[0]
    return node


def _draw_root(node: Root, flat: bool) -> Cells:
    body = draw(node.body, flat)
    index = _script(node.index, True, False) if node.index else _EMPTY
    if len(body.rows) == 1:
        return beside([index, draw(node.sign), _bracketed(node.body)])
    return beside([index, draw(node.sign), _fence(Sign("("), body), body, _fence(Sign(")"), body)])


def _bracketed(node: Node, product: bool = False) -> Cells:
    """A node in one row, in brackets where it is more than one number, word or letter with its scripts; of letters
    that are multiplied only where a `product` may not stand.
    """
    drawn = draw(node, flat=True)
    parts = [part for part in (node.parts if isinstance(node, Row) else (node,)) if not isinstance(part, Scripts)]
    if len(parts) == 1 and isinstance(parts[0], Row) and all(isinstance(part, Sign) for part in parts[0].parts):
        # A word.
        return drawn
    if parts and isinstance(parts[0], Sign) and parts[0].text in "∂∇" and len(parts) == 2:
        parts = parts[1:]
    signs = [part for part in parts if isinstance(part, Sign)]
    plain = "".join(part.text for part in signs)
    one = len(parts) == 1 or plain.isdecimal() or (plain.isascii() and plain.isalpha() and len(plain) > 2) or product
    whole = len(signs) == len(parts) and one and (len(parts) == 1 or plain.isalnum())
    # A root and a function's value (P(i)) are seen to be one thing.
    named = all(isinstance(part, Sign) and part.text.isalpha() for part in parts[:-1])
    inside = bool(parts) and isinstance(parts[-1], Fenced | Root) and named and (product or not _is_factor(parts[-1]))
    return drawn if whole or inside else beside([_made("("), drawn, _made(")")])


def _is_factor(node: Node) -> bool:
    """Whether what stands in brackets is a sum: it is multiplied, not what a function is given."""
    body = node.body if isinstance(node, Fenced) else None
    return isinstance(body, Row) and any(isinstance(part, Sign) and part.text in "+−" for part in body.parts[1:])


def _fence(sign: Sign | None, body: Cells) -> Cells:
    """A bracket as tall as what it stands beside."""
    if sign is None:
        return _EMPTY
    high = len(body.rows)
    if high == 1 or sign.text not in _TALL:
        return draw(replace(sign, fence=False))
    top, middle, centre, bottom = tuple(_TALL[sign.text])
    column = [top, *[middle] * (high - 2), bottom]
    if high > 2 and centre != middle:
        column[min(max(body.base, 1), high - 2)] = centre
    left = list(sign.parts)
    rows = []
    for shown in column:
        part = next((part for part in left if part[0] == shown), None)
        if part is not None:
            left.remove(part)
        rows.append(((part or (shown, NOWHERE)),))
    return Cells(tuple(rows), body.base)


def _draw_grid(node: Grid, flat: bool) -> Cells:
    if flat:
        flat_rows = [[draw(cell, True) for cell in row] for row in node.rows]
        if node.paired:
            numbers = [_made("    " * bool(number) + number) for number in node.numbers]
            joined = [beside([*_paired(row), number]) for row, number in zip(flat_rows, numbers, strict=True)]
        else:
            joined = [beside(_between(row, _made(", "))) for row in flat_rows]
        return beside(_between(joined, _made("; ")))
    if node.paired:
        paired = tuple(row for line in columned(node) for row in line.rows)
        return Cells(paired, (len(paired) - 1) // 2)
    drawn = [[draw(cell) for cell in row] for row in node.rows]
    count = max(len(row) for row in drawn)
    widths = [max((row[at].width for row in drawn if at < len(row)), default=0) for at in range(count)]
    lines = []
    for row in drawn:
        cells = [*row, *[_EMPTY] * (count - len(row))]
        placed = [
            _centred(cell, wide) if node.centred else _padded(cell, wide)
            for cell, wide in zip(cells, widths, strict=True)
        ]
        lines.append(beside(_between(placed, Cells(((BLANK, BLANK),)))))
    rows: list[tuple[Cell, ...]] = []
    for line in lines:
        if rows and not node.centred and max(len(each.rows) for each in lines) > 1:
            rows.append((BLANK,) * line.width)
        rows += line.rows
    if len(lines) == 2 and not node.centred and len(rows) == 2:
        # Two cases with a line between them, on which their brace points to what they are the cases of.
        rows.insert(1, (BLANK,) * lines[0].width)
    return Cells(tuple(rows), (len(rows) - 1) // 2)


def columned(grid: Grid) -> list[Cells]:
    """The rows of a grid whose columns meet two by two at a sign, as wide as each other."""
    drawn = [[draw(cell) for cell in row] for row in grid.rows]
    count = max(map(len, drawn))
    widths = [max((row[at].width for row in drawn if at < len(row)), default=0) for at in range(count)]
    return [
        beside(
            _paired(
                [
                    _padded(cell, widths[at]) if at % 2 or count == 1 else flush(cell, widths[at])
                    for at, cell in enumerate([*row, *[_EMPTY] * (count - len(row))])
                ]
            )
        )
        for row in drawn
    ]


def _paired(cells: Sequence[Cells]) -> list[Cells]:
    """The cells of a row with room between each two pairs."""
    return [each for at, cell in enumerate(cells) for each in ((_made("   "), cell) if at and not at % 2 else (cell,))]


def _between(parts: Sequence[Cells], separator: Cells) -> list[Cells]:
    return [each for part in parts for each in (separator, part)][1:]


def _made(text: str) -> Cells:
    return Cells((tuple((character, NOWHERE) for character in text),))


def beside(parts: Sequence[Cells]) -> Cells:
    """Parts side by side on one baseline."""
    parts = [part for part in parts if part.width]
    if not parts:
        return _EMPTY
    over = max(part.base for part in parts)
    under = max(len(part.rows) - part.base for part in parts)
    rows: list[list[Cell]] = [[] for _ in range(over + under)]
    for part in parts:
        first = over - part.base
        for number, row in enumerate(rows):
            inside = first <= number < first + len(part.rows)
            row += part.rows[number - first] if inside else [BLANK] * part.width
    return Cells(tuple(tuple(row) for row in rows), over)


def _padded(part: Cells, wide: int) -> Cells:
    return Cells(tuple((*row, *[BLANK] * (wide - part.width)) for row in part.rows), part.base)


def flush(part: Cells, wide: int) -> Cells:
    """A part filled up with blanks before it."""
    return Cells(tuple((*[BLANK] * (wide - part.width), *row) for row in part.rows), part.base)


def _centred(part: Cells, wide: int) -> Cells:
    before = (wide - part.width) // 2
    after = wide - part.width - before
    return Cells(tuple((*[BLANK] * before, *row, *[BLANK] * after) for row in part.rows), part.base)
