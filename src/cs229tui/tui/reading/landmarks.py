"""What one steps to in a text besides its headings: figures and tables."""

from collections.abc import Sequence

from cs229tui.documents.flow import Flow
from cs229tui.tui.reading.wrap import Position

_SHOWN = frozenset({"figure", "table"})


def figures(flow: Flow) -> tuple[Position, ...]:
    """Where each figure and table begins: its stub or its lines, else its caption where nothing else is left of it."""
    kinds = [(block.kind, number) for number, block in enumerate(flow) if block.text and block.kind != "page"]
    found: list[Position] = []
    for at, (kind, number) in enumerate(kinds):
        beside = {kinds[near][0] for near in (at - 1, at + 1) if 0 <= near < len(kinds)}
        before = kinds[at - 1][0] if at else ""
        # A table may be cut in stretches, and stubs stand in rows: what is one on the page is one here.
        if kind in _SHOWN and before != kind:
            # The words of a table stand above it, and are to be seen with it.
            above = kinds[at - 1][1] if kind == "table" and before == "caption" else number
            found.append((above if flow[above].text.startswith("Tab") else number, 0))
        elif kind == "caption" and not beside & _SHOWN:
            found.append((number, 0))
    return tuple(found)


def stepped(places: Sequence[Position], here: Position, step: int, count: int = 1) -> Position | None:
    """The `count`-th of these places after (`step` 1) or before (-1) here, the last there is at most."""
    others = [at for at in places if (at > here if step > 0 else at < here)]
    if not others:
        return None
    return others[min(count, len(others)) - 1] if step > 0 else others[-min(count, len(others))]
