"""The names and values of a plot's curves, in as much room as there is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from textual.content import Content

from cs229tui.tui.widgets.chart_drawing import AXIS

Piece = tuple[str, int]  # a text and whose it is
# What is tried in turn, as characters of a label and whether its value is told: names go before values, but for a few
# letters of each.
_FORMS = ((60, True), (30, True), (20, True), (14, True), (10, True), (7, True))
_NAMED = ((20, False), (14, False), (10, False), (7, False), (4, False))
_BARE = ((0, True),)
_BETWEEN = 2
_SIGNS = " /=.:_-"
# A number is one word: 1e-3 and 3e-3 have no end in common, nor 0.05 and 0.2 a beginning.
_WORDS = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![^ /=.:_-])|[ /=.:_-]|[^ /=.:_-]+")


@dataclass(frozen=True)
class Entry:
    """A curve by its letter (empty where it is alone), its label, its value as words, and its place for the colour."""

    letter: str
    label: str
    value: str
    owner: int

    def text(self, limit: int = 1000, valued: bool = True) -> str:
        """`a train 2.31`, the label cut to `limit` characters."""
        return " ".join(part for part in (self.letter, _cut(self.label, limit), self.value if valued else "") if part)


def in_a_line(entries: Sequence[Entry]) -> list[Piece]:
    """All entries beside each other."""
    pieces: list[Piece] = []
    for entry in entries:
        if pieces:
            pieces.append((" " * _BETWEEN, AXIS))
        pieces.append((entry.text(), entry.owner))
    return pieces


def in_rows(entries: Sequence[Entry], width: int, most: int, reading: bool = False) -> list[list[Piece]]:
    """The entries in columns, in at most `most` rows: labels lose what they have in common, their ends, their values.

    `reading` says that the values are what one looks for.
    """
    entries = _without_common(entries)
    for limit, valued in (*_FORMS, *(_BARE if reading else ()), *_NAMED, *_BARE):
        cell = max(Content(entry.text(limit, valued)).cell_length for entry in entries) + _BETWEEN
        columns = max((width + _BETWEEN) // cell, 1)
        if -(-len(entries) // columns) <= most and cell - _BETWEEN <= width:
            break
    rows: list[list[Piece]] = []
    shown = entries if len(entries) <= columns * most else entries[: max(columns * most - 1, 0)]
    for at in range(0, len(shown), columns):
        row: list[Piece] = []
        for entry in shown[at : at + columns]:
            text = entry.text(limit, valued)
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
    """The entries without the words with which all their labels begin and end: `0`, `1` of `layer.0.norm` and so on."""
    labels = [_WORDS.findall(entry.label) for entry in entries]
    first, last = _alike(labels), 0
    if first < min(map(len, labels)):
        last = _alike([label[first:][::-1] for label in labels])
    short = ["".join(label[first : len(label) - last]).strip(_SIGNS) for label in labels]
    return [replace(entry, label=label or entry.label) for entry, label in zip(entries, short, strict=True)]


def _alike(labels: Sequence[Sequence[str]]) -> int:
    """With how many words all of several labels begin."""
    if len(labels) < 2:
        return 0
    return sum(1 for _ in takewhile(lambda words: len(set(words)) == 1, zip(*labels, strict=False)))


def _cut(label: str, limit: int) -> str:
    return label if len(label) <= limit else f"{label[: limit - 1]}…" if limit > 1 else ""
