"""Lines made into running text that remembers, character by character, where on the page it stands.

What may differ between a block's text and the page's, within a run: a script shown with Unicode's raised or lowered
signs, a letter with its accent, a line end shown as a space; NFKD without combining characters makes the two equal.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

from msgspec import structs

from cs229tui.documents.formulas.signs import lowered, raised
from cs229tui.documents.linking import parted
from cs229tui.documents.reflow.inline import accents_apart, formula_text, formulas
from cs229tui.documents.reflow.layout import Line, PageLayout, Piece
from cs229tui.documents.reflow.text import Text

HYPHEN = "\u2010"
Heal = Callable[[str, str], bool]

_ACCENTS = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "^": "\u0302", "˜": "\u0303", "~": "\u0303",
    "¸": "\u0327", "˚": "\u030a", "ˇ": "\u030c", "˘": "\u0306", "¯": "\u0304", "˙": "\u0307", "˝": "\u030b",
}  # fmt: skip
_LAST_WORD = re.compile(r"[^\s(\[“\"'‘]*$")
_FIRST_WORD = re.compile(r"^[^\s]*")


def line_text(page: PageLayout, line: Line) -> Text:
    """One line: its formulas in one row each, the text between them as it stands."""
    text = Text()
    done = 0
    line = structs.replace(line, pieces=accents_apart(page, line.pieces))
    for start, end in [*formulas(page, line), (len(line.pieces), len(line.pieces))]:
        for formula, pieces in ((False, line.pieces[done:start]), (True, line.pieces[start:end])):
            if not pieces:
                continue
            if done and text.length:
                before = line.pieces[done - 1]
                # A script hangs on what it stands at; a fraction's raised part does not.
                hangs = pieces[0].left - before.right < 0.15 * line.size
                _space(page, line, text, before, pieces[0], _direction(page, line, pieces[0]) if hangs else 0)
            text.append(formula_text(page, pieces, line) if formula else _plain_text(page, line, pieces))
            done += len(pieces)
    return text


def _plain_text(page: PageLayout, line: Line, pieces: Sequence[Piece]) -> Text:
    """Pieces of a line: spaces where there is room, scripts raised and lowered, stacked fractions with a slash."""
    text = Text()
    before: Piece | None = None
    script: list[Piece] = []
    direction = 0
    over = False
    for index, piece in enumerate(pieces):
        turned = _direction(page, line, piece)
        if script and (turned != direction or piece.left - script[-1].right > 0.35 * line.size):
            if turned < 0 < direction and before and _is_fraction(page, before, piece):
                # A fraction within a line: its parts as they are, with a slash.
                _write_small(page, text, script)
                text.add("/")
                over = True
            else:
                _end_script(page, text, script, direction, over, None if turned else piece)
                over = False
            script = []
        if piece.end - piece.start == 1 and page.text[piece.start] in _ACCENTS and page.text[piece.start] not in "^~`":
            continue
        if not script and before is not None and not _stacked(before, piece):
            over_bar = turned > 0 and any(_is_fraction(page, piece, under) for under in pieces[index + 1 : index + 4])
            _space(page, line, text, before, piece, 0 if over_bar else turned)
        if turned:
            script.append(piece)
        else:
            _write(page, text, piece)
        direction, before = turned, piece
    if script:
        _end_script(page, text, script, direction, over, None)
    return text


def _end_script(
    page: PageLayout, text: Text, script: list[Piece], direction: int, under: bool, after: Piece | None
) -> None:
    if under:
        _write_small(page, text, script)
        return
    # A word needs no braces where what follows cannot be taken for its end: d_model = 512.
    end = script[-1].end
    joined = after is not None and after.start == end and page.text[after.start].isalnum()
    _write_script(page, text, script, direction, joined)


def paragraph_text(lines: Sequence[tuple[PageLayout, Line]], heal: Heal, kept: Callable[[int, int], None]) -> Text:
    """Lines joined; `heal(before, after)` says whether a hyphen between two parts of a word is to go, and `kept` is
    told (page, character) of those that stay.
    """
    text = Text()
    for page, line in lines:
        following = line_text(page, line)
        if not following.length:
            continue
        join_line(text, following, heal, kept)
    return text


def join_line(text: Text, following: Text, heal: Heal, kept: Callable[[int, int], None]) -> None:
    """Add a line after a line, with a space, or without one where a word was parted."""
    so_far = text.text
    if not so_far:
        text.append(following)
        return
    last = so_far[-1]
    if parted(so_far[-400:], following.text):
        if last == HYPHEN:
            _plain_hyphen(text, kept)
    elif last in (HYPHEN, "-") and len(so_far) > 1 and so_far[-2].isalnum():
        matched = _LAST_WORD.search(so_far[:-1])
        before = matched.group() if matched else ""
        first = _FIRST_WORD.match(following.text)
        after = first.group() if first else ""
        if last == HYPHEN and after and heal(before, after):
            text.drop_last()
        elif last == HYPHEN:
            _plain_hyphen(text, kept)
        elif after and after[0].isalpha() and heal(before, after):
            text.drop_last()
    elif last not in "—–/" or so_far.endswith((" /", " –")) or len(so_far) == 1:
        text.add(" ")
    text.append(following)


def _plain_hyphen(text: Text, kept: Callable[[int, int], None]) -> None:
    """Make the hyphen at the end one of the word's own."""
    run = text.runs[-1]
    text.drop_last()
    place = run.start + run.length - 1
    text.take(run.page, place, "-")
    kept(run.page, place)


def _direction(page: PageLayout, line: Line, piece: Piece) -> int:
    """1 for a superscript, -1 for a subscript, 0 for text on the line."""
    look = page.looks[piece.look]
    if look.size > (0.8 if look.symbol else 0.86) * line.size:
        return 0
    shift = (piece.base - line.base) / line.size
    if shift > 0.16:
        return 1
    return -1 if shift < -0.08 else 0


def _stacked(before: Piece, piece: Piece) -> bool:
    return piece.left < before.right - 0.5 * (before.right - before.left) and abs(piece.base - before.base) > 1


def _is_fraction(page: PageLayout, over: Piece, under: Piece) -> bool:
    if over.base <= under.base:
        return False
    left, right = max(over.left, under.left), min(over.right, under.right)
    middle = (left + right) / 2
    return any(
        shape.kind == "rule" and shape.left - 1 <= middle <= shape.right + 1 and under.bottom < shape.top < over.top
        for shape in page.shapes
    )


def _space(page: PageLayout, line: Line, text: Text, before: Piece, piece: Piece, turned: int) -> None:
    between = page.text[before.end : piece.start]
    gap = (piece.left - before.right) / line.size
    looks = page.looks
    maths = looks[before.look].maths or looks[piece.look].maths
    sign, next_sign = page.text[before.end - 1], page.text[piece.start]
    least = 0.04
    if gap < 0.1 and any(sign in _ACCENTS and not sign.isascii() for sign in between):
        return
    after = page.text[piece.start + 1 : piece.start + 2]
    # ".5" and ", . . . ," are not what ends a sentence.
    dots = (next_sign == "." and (after.isalnum() or sign in ",;.")) or (next_sign == "," and sign == ".")
    if next_sign in ".,;:!?)]" and not turned and not dots:
        least = 0.45
    elif turned > 0 and not next_sign.isalpha():
        # A mark that stands apart (",† equal advising"); else it belongs to what is before it.
        least = 0.2 if between.isspace() and sign in ",;.)" and not maths else 0.6
    elif next_sign in "-–" and after.isalnum() and looks[before.look].size < 0.86 * line.size:
        least = 0.14
    elif turned:
        least = 0.2
    elif sign in ",;" or dots:
        least = 0.04 if sign in ",;" else 0.1
    elif maths:
        least = 0.09 if sign.isalnum() and next_sign.isalnum() else 0.14
        if next_sign in ")]},.;:" or sign in "([{":
            least = 0.3
    if between and not between.strip():
        if gap > least:
            if between == " ":
                text.take(page.number, before.end, " ")
            else:
                text.add(" ")
    elif gap > max(0.12 if sign in ",;" and maths else 0.2, least):
        text.add(" ")


def _write(page: PageLayout, text: Text, piece: Piece) -> None:
    part = page.text[piece.start : piece.end]
    if part.isascii() and "\n" not in part and "^" not in part and "`" not in part and "~" not in part:
        text.take(page.number, piece.start, part)
        return
    start = piece.start
    for index, character in enumerate(part):
        place = piece.start + index
        if character == "\ufffd" or (character in _ACCENTS and _carried(part, index)):
            shown = ""
        elif index and part[index - 1] in _ACCENTS and _carried(part, index - 1):
            shown = unicodedata.normalize("NFC", character + _ACCENTS[part[index - 1]])
        elif character == "\n":
            shown = " "
        else:
            continue
        text.take(page.number, start, part[start - piece.start : index])
        text.take(page.number, place, shown)
        start = place + 1
    text.take(page.number, start, part[start - piece.start :])


def _carried(part: str, index: int) -> bool:
    """Whether the accent at `index` belongs on the letter after it (TeX draws it on its own, before the letter)."""
    if index + 1 >= len(part) or not part[index + 1].isalpha() or part[index] in "^~`":
        return False
    return len(unicodedata.normalize("NFC", part[index + 1] + _ACCENTS[part[index]])) == 1


def _write_small(page: PageLayout, text: Text, pieces: list[Piece]) -> None:
    """Small pieces as a line of their own, in which smaller ones are scripts again."""
    size = max(page.looks[piece.look].size for piece in pieces)
    main = next(piece for piece in pieces if page.looks[piece.look].size == size)
    if len(pieces) > 1 and any(page.looks[piece.look].size <= 0.86 * size for piece in pieces):
        line = Line(pieces, main.left, main.bottom, main.right, main.top, main.base, size, main.look)
        text.append(line_text(page, line))
        return
    before: Piece | None = None
    for piece in pieces:
        between = page.text[before.end : piece.start] if before else ""
        if before is not None and between.isspace() and piece.left - before.right > 0.25 * size:
            text.add(" ")
        _write(page, text, piece)
        before = piece


def _write_script(page: PageLayout, text: Text, pieces: list[Piece], direction: int, joined: bool) -> None:
    inner = Text()
    _write_small(page, inner, pieces)
    plain = inner.text
    if not plain:
        return
    turned = raised(plain) if direction > 0 else lowered(plain)
    if turned is not None:
        inner.parts = [turned]
        text.append(inner)
        return
    # At the beginning of a line a raised text is a footnote's mark, and stays as it is.
    written = text.text
    attached = bool(written) and not written[-1].isspace()
    braces = attached and len(plain) > 1 and (joined or not plain.isalnum())
    if attached:
        text.add("^" if direction > 0 else "_")
    if braces:
        text.add("{")
    text.append(inner)
    if braces:
        text.add("}")
