"""Which conversation a reply belongs to, once what it answers is there: the same whatever came first.

A reply belongs to the conversation of what it answers. Where that is missing it belongs to the one its author names.
"""

from collections.abc import Iterable, Mapping, Sequence

from cs229tui.library.database import Database
from cs229tui.library.merging import Link, all_misplaced, links, mark_stale_roots, misplaced, move

_DEEPEST = 100_000


def settle(database: Database, changed: Sequence[str] | None) -> None:
    """Put right the roots of annotations that have come, changed or gone, and of all that hangs on them.

    `changed` is none where all may have.
    """
    waiting = misplaced(database, changed) if changed is not None else all_misplaced(database)
    known: dict[str, Link | None] = {}
    found: dict[str, str] = {}
    for _ in range(_DEEPEST):
        if not waiting:
            return
        if _learn(database, waiting, known):
            found.clear()
        moved: dict[str, tuple[str, str]] = {}
        stale: set[str] = set()
        for id in waiting:
            link = known[id]
            if link is None:
                continue
            root = _root(id, known, found)
            if root != link.root:
                moved[id] = (root, link.claimed)
                stale |= {root, link.root}
                known[id] = link._replace(root=root)
        move(database, moved)
        mark_stale_roots(database, stale)
        waiting = misplaced(database, list(moved)) if moved else []


def _learn(database: Database, ids: Iterable[str], known: dict[str, Link | None]) -> bool:
    """Fetch some annotations and all that they hang on, level by level; says whether there was something to fetch."""
    wanted = {id for id in ids if id not in known}
    new = bool(wanted)
    while wanted:
        found = links(database, wanted)
        known |= {id: found.get(id) for id in wanted}
        wanted = {above for link in found.values() for above in (link.parent, link.claimed) if above} - known.keys()
    return new


def _root(id: str, known: Mapping[str, Link | None], found: dict[str, str]) -> str:
    """Up from one to the next until nothing is above; what answers itself in a circle belongs to its least member, or
    to what all of it names. What has been `found` is not looked for again.
    """
    way: dict[str, None] = {}
    at = id
    while at not in way:
        link = known.get(at)
        if at in found or link is None or link.parent is None:
            root = found.get(at, at)
            break
        way[at] = None
        at = link.parent if known.get(link.parent) is not None else link.claimed
    else:
        steps = list(way)
        circle = steps[steps.index(at) :]
        claims = {link.claimed for one in circle if (link := known[one]) is not None}
        root = claims.pop() if len(claims) == 1 else min(circle)
    found |= dict.fromkeys(way, root)
    return root
