"""How the parts of a formula stand beside and under each other as text: spacing, scripts, brackets, rows of cells."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from rich.cells import cell_len

from cs229tui.documents.formulas.signs import LOWERED, RAISED

Kind = Literal[
    "letter", "binary", "relation", "open", "close", "comma", "function", "large", "fraction", "text", "space"
]

OPENING, CLOSING = frozenset("([⟨⌊⌈⟦⌜⌞⟮{"), frozenset(")]⟩⌋⌉⟧⌝⌟⟯}")
_OPERAND = frozenset({"letter", "close", "fraction"})
_BEGINS = frozenset({"letter", "open", "fraction", "large", "function"})
_WORD = re.compile(r"[A-Za-z]{3,}")
_WIDEST_LEFT = 24


class Part(NamedTuple):
    """A piece of a formula: its rows, of which `base` is the one the rest of the line stands on.

    `single`: it needs no brackets when something is done to it.
    """

    rows: tuple[str, ...]
    kind: Kind = "letter"
    single: bool = True
    base: int = 0

    @property
    def text(self) -> str:
        return self.rows[self.base]


def sign(text: str, kind: Kind = "letter") -> Part:
    """One sign, or a word."""
    return Part((text,), kind)


def joined(parts: Sequence[Part], tight: bool = False) -> Part:
    """Parts in a row, with the spaces that readers of mathematics expect; `tight` (in scripts) has none."""
    parts = [part for part in parts if part.kind == "space" or any(part.rows)]
    pieces: list[Part] = []
    before: Part | None = None
    for place, part in enumerate(parts):
        after = next((other for other in parts[place + 1 :] if other.kind != "space"), None)
        if part.kind == "space":
            pieces.append(part)
            continue
        if part.kind == "fraction" and (
            (before is not None and before.kind in (*_OPERAND, "function"))
            or (after is not None and after.kind in _BEGINS)
        ):
            part = bracketed(part)._replace(kind="letter")
        spaced = bool(pieces) and pieces[-1].text.endswith(" ")
        unary = part.kind == "binary" and (before is None or before.kind not in (*_OPERAND, "text"))
        if before is not None and not spaced and _gap(before, part, unary, tight):
            pieces.append(sign(" ", "space"))
        pieces.append(part)
        # What comes after a sign of its own (a minus in front) stands close to it.
        before = part._replace(kind="open") if unary else part
    made = beside(pieces)
    solid = [part for part in parts if part.kind != "space"]
    functions = bool(solid) and all(part.kind == "function" for part in solid)
    kind: Kind = solid[0].kind if len(solid) == 1 or functions else "letter"
    return Part(made.rows, kind, _is_single(solid), made.base)


def _gap(before: Part, part: Part, unary: bool, tight: bool) -> bool:
    kinds = (before.kind, part.kind)
    if "function" in kinds and part.kind not in ("close", "comma", "relation", "binary") and before.kind != "open":
        return part.kind != "open"
    if kinds[0] == "large":
        return part.kind not in ("close", "comma") and not tight
    if tight or "text" in kinds or before.kind == "open" or part.kind == "close":
        return False
    if part.kind == "comma":
        return False
    if "relation" in kinds or before.kind == "comma":
        return True
    if before.kind == "binary" or (part.kind == "binary" and not unary):
        return True
    return part.kind == "large" and before.kind in _OPERAND


def _is_single(parts: Sequence[Part]) -> bool:
    """Whether it stands as one: a sign, a name with its arguments in brackets, or something in brackets."""
    if len(parts) == 1:
        return parts[0].single
    if all(part.kind == "function" for part in parts) or (len(parts) == 2 and parts[0].text in ("∂", "d", "δ", "Δ")):
        return True
    start = 0 if parts and parts[0].kind == "open" else 1
    if len(parts) < 2 or parts[start].kind != "open" or parts[-1].kind != "close":
        return False
    depth = 0
    for part in parts[start:-1]:
        depth += (part.kind == "open") - (part.kind == "close")
        if depth <= 0:
            return False
    return parts[0].kind in ("letter", "function", "open")


def beside(parts: Sequence[Part]) -> Part:
    """Parts next to each other on their base lines, as they are."""
    if all(len(part.rows) == 1 for part in parts):
        return Part(("".join(part.rows[0] for part in parts),))
    above = max(part.base for part in parts)
    below = max(len(part.rows) - part.base for part in parts)
    rows = []
    for line in range(-above, below):
        row = ""
        for part in parts:
            place = part.base + line
            width = max(map(cell_len, part.rows))
            row += padded(part.rows[place] if 0 <= place < len(part.rows) else "", width)
        rows.append(row.rstrip())
    return Part(tuple(rows), base=above)


def padded(text: str, width: int, right: bool = False) -> str:
    """Text filled up with spaces to a width in cells."""
    space = " " * max(0, width - cell_len(text))
    return space + text if right else text + space


def bracketed(part: Part, left: str = "(", right: str = ")") -> Part:
    """The part in brackets."""
    if len(part.rows) > 1:
        return beside([sign(left), part, sign(right)])
    return Part((f"{left}{part.text}{right}",))


def solid(part: Part) -> Part:
    """The part, in brackets unless it stands as one."""
    return part if part.single else bracketed(part)


def fraction(above: Part, below: Part) -> Part:
    """One part over another, on one line."""
    above = above if above.single or not re.search(r"[ /∑∏∫]", above.text) else bracketed(above)
    # A sum in the brackets says that they hold a factor, not what a function is given.
    product = below.single and len(below.rows) == 1 and re.match(r"[^(]*[^(√∛∜]\(.* [+−] ", below.text)
    return beside([above, sign("/"), bracketed(below) if product else solid(below)])._replace(
        kind="fraction", single=False
    )


def scripted(base: Part, low: Part | None, high: Part | None, braces: bool) -> Part:
    """A part with what stands below and above its end; `braces`: a letter follows, which must not run into it."""
    base = base if base.kind in ("large", "function", "relation", "binary", "close") else solid(base)
    added = ""
    if low is not None:
        added += _script(low.text, LOWERED, "_", braces or high is not None)
    if high is not None:
        added += _script(high.text, RAISED, "^", braces)
    rows = list(base.rows)
    rows[base.base] += added
    return Part(tuple(rows), base.kind, True, base.base)


def _script(text: str, forms: dict[str, str], mark: str, braces: bool) -> str:
    text = text.strip()
    if not text:
        return ""
    packed = text.replace(" ", "")
    if all(letter in forms for letter in packed) and not _WORD.search(packed):
        return "".join(forms[letter] for letter in packed)
    if text == "." or (len(text) == 1) or (text.isalnum() and text.isascii() and not braces):
        return mark + text
    return f"{mark}{{{text}}}"


def columns(rows: Sequence[Sequence[Part]]) -> Part:
    """Rows of an aligned display under each other: the sign at which they are aligned stands in one column."""
    widths = _widths(rows)
    # Where what stands on the left is long once, aligning would push everything else off the screen.
    aligned = len(rows) > 1 and (not widths or widths[0] <= _WIDEST_LEFT)
    lines: list[str] = []
    for number, row in enumerate(rows):
        cells: list[Part] = []
        for place, cell in enumerate(row):
            cells.append(sign(_between(place, cell), "space"))
            if aligned and place < len(row) - 1:
                cell = cell._replace(rows=tuple(padded(line, widths[place], place % 2 == 0) for line in cell.rows))
            cells.append(cell)
        lines += _indented(beside(cells).rows, "    " if number and not aligned and not any(row[0].rows) else "")
    return Part(tuple(line.rstrip() for line in lines), single=False)


def with_gaps(row: Sequence[Part]) -> list[str]:
    """The texts of a row's cells, with the spaces between them, for one line."""
    return [_between(place, cell) + cell.text for place, cell in enumerate(row)]


def _between(place: int, cell: Part) -> str:
    """What stands before a cell: cells come in pairs, parted at the sign at which they are aligned."""
    if place and place % 2 == 0:
        return "   "
    leads = cell.kind in ("relation", "binary") or re.match(r"[^\w(\[{]\s", cell.text)
    return " " if place and leads else ""


def _indented(rows: Sequence[str], indent: str) -> list[str]:
    return [indent + row.lstrip() if indent else row for row in rows]


def _widths(rows: Sequence[Sequence[Part]]) -> list[int]:
    count = max((len(row) for row in rows), default=0)
    return [
        max((cell_len(line) for row in rows if column < len(row) for line in row[column].rows), default=0)
        for column in range(count)
    ]


def grid(rows: Sequence[Sequence[Part]], left: str, right: str) -> Part:
    """A matrix or a list of cases, between tall brackets."""
    widths = _widths(rows)
    lines: list[str] = []
    for row in rows:
        cells: list[Part] = []
        for place, cell in enumerate(row):
            if place:
                cells.append(sign("  ", "space"))
            cells.append(cell._replace(rows=tuple(padded(line, widths[place]) for line in cell.rows)))
        lines += beside(cells).rows if cells else [""]
    width = max(map(cell_len, lines), default=0)
    opens, closes = _tall(left, len(lines)), _tall(right, len(lines))
    made = [
        f"{begin}{' ' if left == '{' else ''}{padded(line, width)}{end}"
        for begin, line, end in zip(opens, lines, closes, strict=True)
    ]
    return Part(tuple(line.rstrip() for line in made), base=(len(made) - 1) // 2)


_TALL = {
    "(": "⎛⎜⎝",
    ")": "⎞⎟⎠",
    "[": "⎡⎢⎣",
    "]": "⎤⎥⎦",
    "|": "│││",
    "‖": "‖‖‖",
    "{": "⎧⎪⎩",
    "}": "⎫⎪⎭",
}


def _tall(bracket: str, height: int) -> list[str]:
    if height == 1 or bracket not in _TALL:
        return [bracket] * height
    top, middle, bottom = tuple(_TALL[bracket])
    pieces = [top, *[middle] * (height - 2), bottom]
    if bracket in "{}" and height > 2:
        pieces[height // 2] = "⎨" if bracket == "{" else "⎬"
    return pieces
