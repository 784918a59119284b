"""The names and values of a plot's curves, in as much room as there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from textual.content import Content

from cs229tui.tui.widgets.chart_drawing import AXIS

Piece = tuple[str, int]  # a text and whose it is
_LIMITS = (60, 30, 20, 14, 10, 7, 4, 0)
_BETWEEN = 2


@dataclass(frozen=True)
class Entry:
    """A curve by its letter (empty where it is alone), its label, its value as words, and its place for the colour."""

    letter: str
    label: str
    value: str
    owner: int

    def text(self, limit: int = 1000) -> str:
        """`a train 2.31`, the label cut to `limit` characters."""
        return " ".join(part for part in (self.letter, _cut(self.label, limit), self.value) if part)


def in_a_line(entries: Sequence[Entry], limit: int = 1000) -> list[Piece]:
    """All entries beside each other."""
    pieces: list[Piece] = []
    for entry in entries:
        if pieces:
            pieces.append((" " * _BETWEEN, AXIS))
        pieces.append((entry.text(limit), entry.owner))
    return pieces


def in_rows(entries: Sequence[Entry], width: int, most: int) -> list[list[Piece]]:
    """The entries in columns, in at most `most` rows: labels lose what they have in common, and then their ends."""
    entries = _without_common(entries)
    for limit in _LIMITS:
        cell = max(Content(entry.text(limit)).cell_length for entry in entries) + _BETWEEN
        columns = max((width + _BETWEEN) // cell, 1)
        if -(-len(entries) // columns) <= most and cell - _BETWEEN <= width:
            break
    rows: list[list[Piece]] = []
    shown = entries if len(entries) <= columns * most else entries[: max(columns * most - 1, 0)]
    for at in range(0, len(shown), columns):
        row: list[Piece] = []
        for entry in shown[at : at + columns]:
            text = entry.text(limit)
            row.append((text + " " * (cell - Content(text).cell_length), entry.owner))
        rows.append(row)
    if len(shown) < len(entries) and most:
        more = (f"+{len(entries) - len(shown)} more", AXIS)
        if len(shown) % columns or not rows:
            rows = rows or [[]]
            rows[-1].append(more)
        else:
            rows.append([more])
    return rows


def width_of(pieces: Sequence[Piece]) -> int:
    """Cells that the pieces take."""
    return sum(Content(text).cell_length for text, _ in pieces)


def _without_common(entries: Sequence[Entry]) -> list[Entry]:
    labels = [entry.label for entry in entries]
    start = 0
    if len(labels) > 1:
        alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*labels, strict=False))
        prefix = "".join(letters[0] for letters in alike)
        start = max(prefix.rfind(sign) for sign in " /=.:_-") + 1
    return [Entry(entry.letter, entry.label[start:], entry.value, entry.owner) for entry in entries]


def _cut(label: str, limit: int) -> str:
    return label if len(label) <= limit else f"{label[: limit - 1]}…" if limit > 1 else ""
