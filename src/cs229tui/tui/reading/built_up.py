"""Formulas that were drawn over several lines, read back: fractions, limits, tall brackets, matrices, cases.

A construct becomes one private character in its line, and its LaTeX is kept beside. A line is found by trying: the one
on which everything in a rectangle hangs.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from cs229tui.documents.formulas.signs import LARGE

MADE: Final = 0xE000
_MOST_ROWS, _WIDEST, _MOST_MADE, _MOST_TRIES = 60, 400, 2000, 2000
_CELL = re.compile(r".[\u0300-\u036f\u20d0-\u20ff]*", re.S)
_WORD = re.compile(r"arg max|arg min|lim|max|min|sup|inf|det|Pr")
_TALL = {"⎛⎝": "(", "⎞⎠": ")", "⎡⎣": "[", "⎤⎦": "]", "⎧⎩": "\\{", "⎫⎭": "\\}", "││": "|", "‖‖": "\\|"}
_TALL |= {"⎢⎣": "\\lfloor", "⎥⎦": "\\rfloor", "⎡⎢": "\\lceil", "⎤⎥": "\\rceil"}
_PAIRS = {"(": ")", "[": "]", "\\{": "\\}", "|": "|", "\\|": "\\|", "\\lfloor": "\\rfloor", "\\lceil": "\\rceil"}
_PIECES = frozenset("⎛⎜⎝⎞⎟⎠⎡⎢⎣⎤⎥⎦⎧⎪⎨⎩⎫⎬⎭│‖")
# What stands in no line as itself.
_DRAWN = (_PIECES | frozenset("─╰╯╭╮┬┴")) - frozenset("│‖")
_ARROW = re.compile(r"─([^\s─]+)→")
_MATRICES = {"(": "pmatrix", "[": "bmatrix", "\\{": "Bmatrix", "|": "vmatrix", "\\|": "Vmatrix"}
_LIMITED = frozenset(LARGE.values()) | {"lim", "max", "min", "sup", "inf", "det", "Pr", "arg max", "arg min"}


class Box(NamedTuple):
    """A rectangle of cells; `bottom` and `right` are the first beyond it."""

    top: int
    bottom: int
    left: int
    right: int


class Drawing:
    """The cells of a formula; `write` makes LaTeX of a line's text, `made` what its private characters stand for."""

    def __init__(self, lines: list[str], write: Callable[[str, list[str]], str]) -> None:
        found = [_CELL.findall(line) for line in lines]
        self.wide = max(map(len, found), default=0)
        self.cells = [row + [" "] * (self.wide - len(row)) for row in found]
        self.write = write
        self.made: list[str] = []
        self.tries = 0

    def lines(self) -> list[str] | None:
        """The text of each line; none where the drawing cannot be read."""
        if len(self.cells) > 1 and (len(self.cells) > _MOST_ROWS or self.wide > _WIDEST):
            return None
        return self._lines(Box(0, len(self.cells), 0, self.wide))

    def _lines(self, box: Box) -> list[str] | None:
        found: list[str] = []
        top = box.top
        while top < box.bottom:
            if self._blank(box._replace(top=top, bottom=top + 1)):
                top += 1
                continue
            for bottom in range(box.bottom, top, -1):
                line = self._line(box._replace(top=top, bottom=bottom))
                if line is not None:
                    found.append(line)
                    top = bottom
                    break
            else:
                return None
        return found

    def _blank(self, box: Box) -> bool:
        return all(cell == " " for row in self.cells[box.top : box.bottom] for cell in row[box.left : box.right])

    def _line(self, box: Box) -> str | None:
        """The text of the one line that a box holds."""
        for base in range(box.top, box.bottom):
            # A drawing of nothing but bars could be read in more ways than there is time for.
            self.tries += 1
            if self.tries > _MOST_TRIES:
                return None
            mark = len(self.made)
            text = self._on(base, box)
            if text is not None:
                return text
            del self.made[mark:]
        return None

    def _latex(self, box: Box) -> str | None:
        line = self._line(box)
        return None if line is None else self.write(line.strip(), self.made)

    def _on(self, base: int, box: Box) -> str | None:
        if box.bottom - box.top == 1:
            text = "".join(self.cells[base][box.left : box.right])
            return text if text.strip() and _DRAWN.isdisjoint(text) else None
        text = ""
        at = box.left
        if self._blank(box._replace(top=base, bottom=base + 1)):
            return None
        while at < box.right:
            found = self._construct(base, at, box)
            if found is not None and len(self.made) < _MOST_MADE:
                latex, at = found
                # A root has brackets only where it is drawn.
                bare = text.endswith("√") and latex.startswith("\\left( ")
                self.made.append(latex[7:-8] if bare else latex)
                text += chr(MADE + len(self.made) - 1)
                continue
            column = [row[at] for row in self.cells[box.top : box.bottom]]
            if any(cell != " " for number, cell in enumerate(column, box.top) if number != base):
                return None
            if self.cells[base][at] in _DRAWN:
                return None
            text += self.cells[base][at]
            at += 1
        return text

    def _construct(self, base: int, at: int, box: Box) -> tuple[str, int] | None:
        """The LaTeX of what begins in a column and stands over several rows, and where it ends."""
        cell = self.cells[base][at]
        if cell == "─":
            return self._fraction(base, at, box) or self._arrow(base, at, box)
        if cell in _PIECES:
            return self._fenced(base, at, box)
        if any(self.cells[row][at] == "╰" for row in range(base + 1, box.bottom)):
            return self._braced(base, at, box)
        return self._limits(base, at, box)

    def _fraction(self, base: int, at: int, box: Box) -> tuple[str, int] | None:
        end = at
        while end < box.right and self.cells[base][end] == "─":
            end += 1
        above = self._latex(Box(box.top, base, at, end))
        below = self._latex(Box(base + 1, box.bottom, at, end)) if above is not None else None
        return None if above is None or below is None else (rf"\frac{{{above}}}{{{below}}}", end)

    def _arrow(self, base: int, at: int, box: Box) -> tuple[str, int] | None:
        found = _ARROW.match("".join(cell[0] for cell in self.cells[base]), at, box.right)
        return (rf"\xrightarrow{{{self.write(found[1], self.made)}}}", found.end()) if found else None

    def _limits(self, base: int, at: int, box: Box) -> tuple[str, int] | None:
        row = "".join(cell[0] for cell in self.cells[base])
        word = _WORD.match(row, at)
        end = word.end() if word else at
        while end < box.right and not self._blank(Box(box.top, box.bottom, end, end + 1)):
            end += 1
        over, under = Box(box.top, base, at, end), Box(base + 1, box.bottom, at, end)
        sign = "".join(self.cells[base][at:end]).strip()
        if sign not in _LIMITED or (self._blank(over) and self._blank(under)):
            return None
        parts = [("" if self._blank(each) else self._latex(each)) for each in (under, over)]
        if parts[0] is None or parts[1] is None:
            return None
        made = rf"\operatorname*{{{sign.replace(' ', chr(92) + ',')}}}" if " " in sign else self.write(sign, self.made)
        return made + "".join(f"{mark}{{{part}}}" for mark, part in zip("_^", parts, strict=True) if part), end

    def _braced(self, base: int, at: int, box: Box) -> tuple[str, int] | None:
        row = next(row for row in range(base + 1, box.bottom) if self.cells[row][at] == "╰")
        end = at + 1
        while end < box.right and self.cells[row][end] in "─┬":
            end += 1
        if end >= box.right or self.cells[row][end] != "╯":
            return None
        end += 1
        inside, label = self._latex(Box(box.top, row, at, end)), self._latex(Box(row + 1, box.bottom, at, end))
        return None if inside is None or label is None else (rf"\underbrace{{{inside}}}_{{{label}}}", end)

    def _bracket(self, base: int, at: int, box: Box) -> tuple[str, int, int]:
        """The tall bracket in a column, and its first row and the one after its last; empty where there is none."""
        top, bottom = base, base + 1
        while top > box.top and self.cells[top - 1][at] in _PIECES and self.cells[top][at] not in "⎛⎞⎡⎤⎧⎫":
            top -= 1
        while bottom < box.bottom and self.cells[bottom][at] in _PIECES and self.cells[bottom - 1][at] not in "⎝⎠⎣⎦⎩⎭":
            bottom += 1
        return _TALL.get(self.cells[top][at] + self.cells[bottom - 1][at], ""), top, bottom

    def _fenced(self, base: int, at: int, box: Box) -> tuple[str, int] | None:
        opens, top, bottom = self._bracket(base, at, box)
        closes = _PAIRS.get(opens)
        if closes is None or bottom - top < 2:
            return None
        end = depth = 0
        for column in range(at + 1, box.right):
            if self.cells[base][column] in _PIECES and self._bracket(base, column, box)[1:] == (top, bottom):
                sign = self._bracket(base, column, box)[0]
                if sign == closes and not depth:
                    end = column
                    break
                depth += (sign == opens) - (sign == closes)
        if not end:
            rows = self._grid(Box(top, bottom, at + 1, box.right)) if opens == "\\{" else None
            return None if rows is None else (f"\\begin{{cases}} {rows} \\end{{cases}}", box.right)
        inside = Box(top, bottom, at + 1, end)
        latex = self._latex(inside)
        if latex is not None:
            return f"\\left{opens} {latex} \\right{closes}", end + 1
        rows = self._grid(inside) if opens in _MATRICES else None
        return None if rows is None else (f"\\begin{{{_MATRICES[opens]}}} {rows} \\end{{{_MATRICES[opens]}}}", end + 1)

    def _grid(self, box: Box) -> str | None:
        """Rows of cells, between which two columns are blank."""
        blank = "".join(
            " " if self._blank(box._replace(left=at, right=at + 1)) else "x" for at in range(box.left, box.right)
        )
        rows: list[list[str]] = []
        for found in re.finditer(r"x(?:\s?x)*", blank):
            column = self._lines(box._replace(left=box.left + found.start(), right=box.left + found.end()))
            if column is None:
                return None
            rows.append([self.write(line.strip(), self.made) for line in column])
        if not rows or len({len(column) for column in rows}) > 1:
            return None
        return " \\\\ ".join(" & ".join(cells) for cells in zip(*rows, strict=True))
