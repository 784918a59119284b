"""Finding words in a flow: plain text, small letters match large ones unless the query has a large one."""

import re
from bisect import bisect_left

from cs229tui.documents.flow import Flow
from cs229tui.tui.reading.places import Range
from cs229tui.tui.reading.wrap import Position

MOST = 5000
"""No more hits than this are shown; a single letter in a long paper has more."""


def find_hits(flow: Flow, query: str) -> list[Range]:
    """All places of a query in a flow, in order, `MOST` at most; white space in it matches any white space."""
    words = query.split()
    if not words:
        return []
    flags = 0 if any(character.isupper() for character in query) else re.IGNORECASE
    pattern = re.compile(r"\s+".join(map(re.escape, words)), flags)
    found: list[Range] = []
    for number, block in enumerate(flow):
        if block.kind == "page":
            continue
        found.extend((number, *match.span()) for match in pattern.finditer(block.text))
        if len(found) >= MOST:
            return found[:MOST]
    return found


def next_hit(hits: list[Range], position: Position, step: int) -> int | None:
    """The number of the hit after (`step` 1) or before (-1) a position, going round at the ends."""
    if not hits:
        return None
    keys = [(block, start) for block, start, _ in hits]
    if step > 0:
        return bisect_left(keys, (position[0], position[1] + 1)) % len(hits)
    return (bisect_left(keys, position) - 1) % len(hits)
