"""LaTeX's mathematics made readable as plain Unicode text: `p_\\theta(x_{t-1})` is shown as `p_θ(xₜ₋₁)`.

What cannot be made readable stays as it is written. Nothing here fails or takes long on any input.
"""

import re
import unicodedata

from rich.cells import cell_len

from cs229tui.documents.formulas.commands import UnreadableError
from cs229tui.documents.formulas.layout import CLOSING, OPENING
from cs229tui.documents.formulas.reader import Reader

LONGEST = 10_000
_COMMENT = re.compile(r"(?<!\\)%.*")


def readable(latex: str, *, lines: bool = True, macros: dict[str, str] | None = None) -> str:
    """A formula as Unicode text, or, where that cannot be, the LaTeX as it is written.

    `lines` lets it have several (aligned equations, cases, matrices); without, it is one line. `macros` holds the
    definitions of the page it stands on, and takes up those it makes itself.
    """
    source = " ".join(latex.split())
    if len(latex) > LONGEST:
        return source
    try:
        made = Reader(_COMMENT.sub("", latex), lines, {} if macros is None else macros).whole()
    except (UnreadableError, RecursionError):
        return source
    rows = [row.rstrip() for row in made.rows]
    margin = min((len(row) - len(row.lstrip()) for row in rows if row), default=0)
    text = "\n".join(row[margin:] for row in rows if row)
    return unicodedata.normalize("NFC", text if lines else re.sub(r"\s+", " ", text))


def folded(text: str, width: int) -> str:
    """A formula's lines broken, where they are wider than `width`, before the outermost relation or operator."""
    return "\n".join(piece for line in text.split("\n") for piece in _folded(line, width))


def _folded(line: str, width: int) -> list[str]:
    pieces: list[str] = []
    indent = len(line) - len(line.lstrip()) + 4
    while cell_len(line) > width and len(pieces) < 200:
        at = _best_break(line, width)
        if not at:
            break
        pieces.append(line[:at].rstrip())
        line = " " * min(indent, width // 3) + line[at:].lstrip()
    return [*pieces, line]


def _best_break(line: str, width: int) -> int:
    """Where the line is best broken: at a space before a sign, as little inside brackets and as late as possible."""
    depth, best, cost = 0, 0, 0.0
    for place, letter in enumerate(line[:width]):
        depth += (letter in OPENING) - (letter in CLOSING)
        if letter == " " and place > width // 4 and line[place + 1 :]:
            follows = line[place + 1]
            reluctance = 0 if follows in "=≤≥<>≈∼∝≔≡∈→⟹←⟺" else 2 if follows in "+−·×±∥" else 6
            price = 6 * max(depth, 0) + reluctance - 8 * place / width
            if not best or price <= cost:
                best, cost = place + 1, price
    return best
