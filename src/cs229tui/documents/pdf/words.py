"""Words that a file draws in parts, made whole: accents over their letters, letters set apart. Geometry on `Glyphs`.

TeX's older fonts have no accented letters: "Hénaff" is drawn as an accent, a step back, and the letter. PDFium tells
the accent somewhere near, often with spaces or a line end that are not there. Between letters that are spaced out it
sees a space after each. An underscore, too, may be drawn: a short line at the feet of the letters.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs229tui.documents.pdf.extract import Drawing, Glyphs

ACCENTS = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "^": "\u0302", "˜": "\u0303", "~": "\u0303",
    "¸": "\u0327", "˚": "\u030a", "ˇ": "\u030c", "˘": "\u0306", "¯": "\u0304", "˙": "\u0307", "˝": "\u030b",
    "˛": "\u0328", "°": "\u030a",
}  # fmt: skip
_DOTLESS = {"ı": "i", "ȷ": "j"}


def make_whole(glyphs: Glyphs, mathematical: frozenset[int]) -> None:
    """Put accents on their letters, and take away the spaces within words.

    `mathematical` are the styles whose hats and bars are signs of mathematics, not accents.
    """
    characters = list(glyphs.text)
    _write_underscores(glyphs, characters)
    gone = _composed(glyphs, characters, mathematical) | _spaces_between_letters(glyphs)
    if gone or "".join(characters) != glyphs.text:
        _keep(glyphs, "".join(characters), [index for index in range(len(characters)) if index not in gone])


def _composed(glyphs: Glyphs, characters: list[str], mathematical: frozenset[int]) -> set[int]:
    """Give each letter the accent that lies over it; the accents then to go, and the gaps PDFium saw around them."""
    text, styles = glyphs.text, glyphs.styles
    accents = [
        index
        for index, character in enumerate(text)
        if (character in ACCENTS or unicodedata.combining(character))
        and styles[index] >= 0
        and styles[index] not in mathematical
    ]
    gone: set[int] = set()
    if not accents:
        return gone
    rows: dict[int, list[int]] = defaultdict(list)
    for index, character in enumerate(text):
        if character.isalpha() and character not in ACCENTS and styles[index] >= 0:
            rows[int(glyphs.y[index] // 4)].append(index)
    for accent in accents:
        letter = _under(glyphs, accent, rows)
        if letter is None:
            continue
        sign = ACCENTS.get(text[accent], text[accent])
        whole = unicodedata.normalize("NFC", _DOTLESS.get(characters[letter], characters[letter]) + sign)
        if len(whole) == 1:
            characters[letter] = whole
            gone |= {accent, *_gaps_around(glyphs, accent)}
    return gone


def _spaces_between_letters(glyphs: Glyphs) -> set[int]:
    """Spaces that PDFium made up within words whose letters are set apart, all by as much."""
    text, styles, x, wide = glyphs.text, glyphs.styles, glyphs.x, glyphs.wide
    last = len(text) - 1

    def gap(before: int, after: int) -> float | None:
        if before < 0 or after > last or not wide[before] or styles[before] < 0 or styles[after] != styles[before]:
            return None
        size = glyphs.looks[styles[before]].size
        return None if abs(glyphs.y[before] - glyphs.y[after]) > 0.05 * size else (x[after] - x[before] - wide[before])

    gone: set[int] = set()
    for index, character in enumerate(text):
        if character != " " or not 0 < index < last or glyphs.shown[4 * index + 2] - glyphs.shown[4 * index] > 0.01:
            continue
        here = gap(index - 1, index + 1)
        if here is None or not 0 < here < 0.17 * glyphs.looks[styles[index + 1]].size:
            continue
        one_on = 1 if index + 2 <= last and text[index + 2] != " " else 2
        one_back = 2 if text[index - 2] != " " else 3
        beside = gap(index + 1, index + 1 + one_on), gap(index - one_back, index - 1)
        if any(each is not None and 0.8 * here < each < 1.25 * here for each in beside):
            gone.add(index)
    return gone


def _write_underscores(glyphs: Glyphs, characters: list[str]) -> None:
    """Make an underscore of each made-up space between two characters in which a short line is drawn."""
    rules: dict[int, list[Drawing]] = defaultdict(list)
    for each in glyphs.drawings:
        if each.kind == "path" and each.top - each.bottom < 1.5 and 1 < each.right - each.left < 12:
            rules[int(each.top // 4)].append(each)
    if not rules:
        return
    boxes = glyphs.shown
    for index in range(1, len(characters) - 1):
        before, after = index - 1, index + 1
        if characters[index] != " " or boxes[4 * index + 2] - boxes[4 * index] > 0.01 or glyphs.styles[before] < 0:
            continue
        base, end, begin = glyphs.y[before], boxes[4 * before + 2], boxes[4 * after]
        size = glyphs.looks[glyphs.styles[before]].size
        if not 0.15 * size < begin - end < 0.9 * size or abs(base - glyphs.y[after]) > 0.05 * size:
            continue
        for row in (int(base // 4) - 1, int(base // 4)):
            for rule in rules[row]:
                within = end - 0.1 * size < rule.left and rule.right < begin + 0.1 * size
                if (
                    within
                    and -0.3 * size < rule.top - base < 0.1 * size
                    and rule.right - rule.left > 0.4 * (begin - end)
                ):
                    characters[index] = "_"
                    boxes[4 * index : 4 * index + 4] = array("f", (rule.left, base - 0.2 * size, rule.right, base))
                    glyphs.styles[index], glyphs.x[index], glyphs.y[index] = glyphs.styles[before], rule.left, base
                    glyphs.wide[index] = rule.right - rule.left


def _under(glyphs: Glyphs, accent: int, rows: dict[int, list[int]]) -> int | None:
    """The letter whose box holds the middle of the accent, nearly on the same line."""
    boxes = glyphs.shown
    left, right = boxes[4 * accent], boxes[4 * accent + 2]
    size = glyphs.looks[glyphs.styles[accent]].size
    middle, row = (left + right) / 2, int(glyphs.y[accent] // 4)
    best: tuple[float, int] | None = None
    for near in range(row - 1 - int(size // 8), row + 2 + int(size // 8)):
        for index in rows.get(near, ()):
            rise = glyphs.y[accent] - glyphs.y[index]
            begin, end = boxes[4 * index], boxes[4 * index + 2]
            if not -0.15 * size < rise < 0.4 * size or not begin - 0.3 < middle < end + 0.3:
                continue
            if min(right, end) - max(left, begin) < 0.55 * min(right - left, end - begin):
                continue
            if abs(glyphs.looks[glyphs.styles[index]].size - size) < 0.3 * size:
                away = abs((begin + end) / 2 - middle) + abs(rise)
                if best is None or away < best[0]:
                    best = away, index
    return best[1] if best else None


def _gaps_around(glyphs: Glyphs, accent: int) -> list[int]:
    """The white space that PDFium made up beside an accent, but for one, or all of it where a word goes on."""
    text = glyphs.text
    first = accent
    while first > 0 and glyphs.styles[first - 1] < 0 and text[first - 1].isspace():
        first -= 1
    last = accent
    while last + 1 < len(text) and glyphs.styles[last + 1] < 0 and text[last + 1].isspace():
        last += 1
    gaps = [index for index in range(first, last + 1) if index != accent]
    if not gaps or first == 0 or last + 1 == len(text):
        return []
    before, after = first - 1, last + 1
    size = glyphs.looks[glyphs.styles[accent]].size
    level = abs(glyphs.y[before] - glyphs.y[after]) < 0.5 * size
    gap = glyphs.shown[4 * after] - glyphs.shown[4 * before + 2]
    if level and -0.5 * size < gap < 0.13 * size:
        return gaps
    if level and gap < 3 * size:
        return gaps[1:]
    ends = [index for index in gaps if text[index] == "\n"]
    return [index for index in gaps if index not in ends[:1] and index != ends[0] - 1] if ends else gaps[1:]


def _keep(glyphs: Glyphs, text: str, kept: list[int]) -> None:
    """Leave only some of the characters."""
    same = glyphs.shown is glyphs.boxes
    glyphs.text = "".join(text[index] for index in kept)
    glyphs.boxes = array("f", [side for index in kept for side in glyphs.boxes[4 * index : 4 * index + 4]])
    glyphs.shown = (
        glyphs.boxes
        if same
        else array("f", [side for index in kept for side in glyphs.shown[4 * index : 4 * index + 4]])
    )
    glyphs.x, glyphs.y = (array("d", [each[index] for index in kept]) for each in (glyphs.x, glyphs.y))
    glyphs.wide = array("f", [glyphs.wide[index] for index in kept])
    glyphs.styles = array("h", [glyphs.styles[index] for index in kept])
    now = {index: place for place, index in enumerate(kept)}
    glyphs.hyphens = {now[index] for index in glyphs.hyphens if index in now}
