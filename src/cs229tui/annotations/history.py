"""What changed between two versions of what was written, word by word."""

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
# Comparing word by word takes the square of their number; longer texts are compared by their lines.
_MOST_WORDS = 3_000
_MOST_LINES = 3_000


class Piece(NamedTuple):
    """A stretch of text that both have (`kept`), or only the older (`gone`), or only the newer (`new`)."""

    text: str
    change: Literal["kept", "gone", "new"] = "kept"


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """What of `before` is gone and what of `after` is new, in the order of reading."""
    if before == after:
        return (Piece(after),) if after else ()
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > _MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if len(old) + len(new) > _MOST_LINES:
        old, new = [before], [after]
    pieces: list[Piece] = []
    for tag, first, last, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, fresh = "".join(old[first:last]), "".join(new[start:stop])
        if tag == "equal":
            pieces.append(Piece(fresh))
            continue
        if gone:
            pieces.append(Piece(gone, "gone"))
        if fresh:
            pieces.append(Piece(fresh, "new"))
    return tuple(pieces)
