"""Rows of a column, and the parts of a document they make: blocks to be, still as lines on their pages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cs229tui.documents.flow import Area, BlockKind
from cs229tui.documents.reflow.atoms import ACCENTS
from cs229tui.documents.reflow.grid import rows_of
from cs229tui.documents.reflow.layout import Line, PageLayout
from cs229tui.documents.reflow.measures import plain

BULLETS = frozenset("•◦▪‣●■►▶➤✓○□∙◆◇")


@dataclass
class Row:
    """What is read as one line of a column: its fragments from left to right.

    `run_in` is a heading that stood at the beginning of its paragraph; `bullet` a sign that is drawn before an item,
    empty where it is drawn around the item's number.
    """

    page: PageLayout
    lines: list[Line]
    left: float
    right: float
    base: float
    size: float
    top: float
    bottom: float
    run_in: bool = False
    bullet: str | None = None

    @cached_property
    def text(self) -> str:
        """The characters, roughly."""
        return " ".join(plain(self.page, line) for line in self.lines)

    @cached_property
    def bold(self) -> bool:
        """Whether nearly all of it is bold."""
        return self._share("bold") > 0.85

    @cached_property
    def italic(self) -> bool:
        """Whether nearly all of it slants."""
        return self._share("italic") > 0.85

    @cached_property
    def mono(self) -> bool:
        """Whether nearly all of it is in a typewriter's face."""
        return self._share("mono") > 0.8

    @cached_property
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
    """Lines as rows, from the top; scripts and small fractions too far off a line to be read with it put into it."""
    for bullet in [line for line in lines if plain(page, line) in BULLETS]:
        # A bullet of a larger font may hang a little below the line it stands before.
        beside = (line for line in lines if line is not bullet and 0 < line.left - bullet.right < 3 * line.size)
        level = next((line for line in beside if abs(line.base - bullet.base) < 0.45 * line.size), None)
        if level is not None:
            bullet.base = level.base
    return [_row(page, line) for line in _whole(page, rows_of(lines, 0.12))]


def _whole(page: PageLayout, found: list[list[Line]]) -> list[list[Line]]:
    kept: list[list[Line]] = []
    largest = max((line.size for row in found for line in row), default=0.0)
    for index, row in enumerate(found):
        if all(line.size * 1.15 >= largest and len(line.pieces) > 2 for line in row):
            kept.append(row)
            continue
        hosts = [other for other in found[max(0, index - 3) : index + 4] if other is not row and other]
        row[:] = [scrap for scrap in row if not _taken_in(page, scrap, hosts)]
        if row:
            kept.append(row)
    for row in kept:
        for at in range(len(row) - 1, 0, -1):
            # A fraction's two parts, one of which goes on with the line: one line.
            if row[at].left < row[at - 1].right - 0.5 * row[at].size:
                _put_into(row.pop(at), row[at - 1])
    return kept


def _taken_in(page: PageLayout, scrap: Line, hosts: list[list[Line]]) -> bool:
    """Put a small line that stands within a row's reach into that one, where it belongs from left to right."""
    if sum(piece.end - piece.start for piece in scrap.pieces) > 60 or abs(page.looks[scrap.look].angle) > 2:
        return False
    accent = all(sign in ACCENTS for piece in scrap.pieces for sign in page.text[piece.start : piece.end])
    middle = (scrap.bottom + scrap.top) / 2
    best: tuple[float, list[Line]] | None = None
    for row in hosts:
        size = max(line.size for line in row)
        distance = abs(middle - row[0].base - 0.25 * size)
        if (
            (size > 1.15 * scrap.size or accent)
            and distance < 0.95 * size
            and row[0].left - 0.6 * size < scrap.right
            and scrap.left < max(line.right for line in row) + 0.6 * size
            and (best is None or distance < best[0])
        ):
            best = distance, row
    if best is None:
        return False
    _put_into(scrap, min(best[1], key=lambda line: max(line.left - scrap.right, scrap.left - line.right)))
    return True


def _put_into(scrap: Line, host: Line) -> None:
    for piece in scrap.pieces:
        at = next((index for index, each in enumerate(host.pieces) if each.left > piece.left), len(host.pieces))
        host.pieces.insert(at, piece)
    host.left, host.right = min(host.left, scrap.left), max(host.right, scrap.right)
    host.bottom, host.top = min(host.bottom, scrap.bottom), max(host.top, scrap.top)


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
