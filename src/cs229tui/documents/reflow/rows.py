"""Rows of a column, and the parts of a document they make: blocks to be, still as lines on their pages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cs229tui.documents.flow import Area, BlockKind
from cs229tui.documents.reflow.grid import rows_of
from cs229tui.documents.reflow.layout import Line, PageLayout
from cs229tui.documents.reflow.measures import plain


@dataclass
class Row:
    """What is read as one line of a column: its fragments from left to right."""

    page: PageLayout
    lines: list[Line]
    left: float
    right: float
    base: float
    size: float
    top: float
    bottom: float

    @property
    def text(self) -> str:
        """The characters, roughly."""
        return " ".join(plain(self.page, line) for line in self.lines)

    @property
    def bold(self) -> bool:
        """Whether nearly all of it is bold."""
        return self._share("bold") > 0.85

    @property
    def italic(self) -> bool:
        """Whether nearly all of it slants."""
        return self._share("italic") > 0.85

    @property
    def mono(self) -> bool:
        """Whether nearly all of it is in a typewriter's face."""
        return self._share("mono") > 0.8

    @property
    def begins_bold(self) -> bool:
        """Whether its first word is bold."""
        return self.page.looks[self.lines[0].pieces[0].look].bold

    def _share(self, name: str) -> float:
        counts: Counter[bool] = Counter()
        for line in self.lines:
            for piece in line.pieces:
                look = self.page.looks[piece.look]
                if name == "bold" and look.maths:
                    continue
                counts[getattr(look, name)] += piece.end - piece.start
        return counts[True] / max(1, counts.total())


@dataclass
class Part:
    """A block to be, as rows; `edges` are its column's sides, `label` a figure's or table's name, `area` its place."""

    kind: BlockKind
    rows: list[Row]
    edges: tuple[float, float]
    level: int = 0
    label: str = ""
    page: int = 0
    area: Area | None = None

    @property
    def text(self) -> str:
        """The characters, roughly."""
        return " ".join(row.text for row in self.rows)


def rows(page: PageLayout, lines: Sequence[Line]) -> list[Row]:
    """Lines as rows, from the top."""
    return [_row(page, line) for line in rows_of(lines, 0.12)]


def _row(page: PageLayout, lines: list[Line]) -> Row:
    main = max(lines, key=lambda line: line.right - line.left)
    return Row(
        page,
        lines,
        min(line.left for line in lines),
        max(line.right for line in lines),
        main.base,
        main.size,
        max(line.top for line in lines),
        min(line.bottom for line in lines),
    )
