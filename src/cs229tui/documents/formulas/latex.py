"""LaTeX's mathematics made readable as plain Unicode text: `p_\\theta(x_{t-1})` is shown as `p_θ(xₜ₋₁)`.

What cannot be made readable stays as it is written. Nothing here fails or takes long on any input.
"""

import re
import unicodedata

from cs229tui.documents.formulas.display import displayed
from cs229tui.documents.formulas.parts import UnreadableError
from cs229tui.documents.formulas.reader import Reader
from cs229tui.documents.formulas.typeset import draw

LONGEST = 10_000
_COMMENT = re.compile(r"(?<!\\)%.*")


def readable(latex: str, *, lines: bool = True, macros: dict[str, str] | None = None) -> str:
    """A formula as Unicode text, or, where that cannot be, the LaTeX as it is written.

    `lines` builds it up over several (fractions over bars, limits at their signs); without, it is one line. `macros`
    holds the definitions of the page it stands on, and takes up those it makes itself.
    """
    source = " ".join(latex.split())
    if len(latex) > LONGEST:
        return source
    try:
        made = Reader(_COMMENT.sub("", latex), lines, {} if macros is None else macros).whole()
        rows = displayed(made) if lines else [draw(made, flat=True).rows[0]]
    except (UnreadableError, RecursionError):
        return source
    shown = ["".join(character for character, _ in row).rstrip() for row in rows]
    margin = min((len(row) - len(row.lstrip()) for row in shown if row), default=0)
    text = "\n".join(row[margin:] for row in shown).strip("\n")
    return unicodedata.normalize("NFC", text if lines else " ".join(text.split()))
