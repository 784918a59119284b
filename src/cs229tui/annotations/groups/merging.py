"""Which version of a thing stands, when lines of many files come in any order, twice, or not yet.

Of the lines of one id that with the greatest clock, device and digest stands, the same on every machine. Only its
author has a say in it. So merging is commutative, associative and idempotent.
"""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from cs229tui.annotations.groups.catalogs import Matcher
from cs229tui.annotations.groups.lines import Line
from cs229tui.annotations.groups.places import settle
from cs229tui.library import merging as store
from cs229tui.library.database import Database
from cs229tui.library.groups import note_published
from cs229tui.library.merging import Received, Standing
from cs229tui.library.people import meet_all


class Merged(msgspec.Struct, frozen=True):
    """What some lines brought: how many new things, how many newer versions, how many that are no more; and the lines
    that were not applied since somebody else had said something under their id.
    """

    new: int = 0
    changed: int = 0
    deleted: int = 0
    foreign: tuple[Line, ...] = ()


def merge(
    database: Database, group: str, lines: Sequence[Line], mine: str, device: str, match: Matcher, many: bool = False
) -> Merged:
    """Store what lines of a group's files say, where it stands; within the transaction that notes how far they were
    read. `mine` and `device` are the student's id and that of this machine. Where `many` come, which conversation
    each belongs to is left for later.
    """
    best, lost = _contest(lines)
    there = store.standing(database, (line.id for line in best))
    ended = store.endings(database, (line.id for line in best))
    new: dict[str, Line] = {}
    newer: list[Line] = []
    gone: list[Line] = []
    early: list[Line] = []
    foreign: list[Line] = []
    for line in best:
        known = there.get(line.id)
        if known is not None and known.person != line.person:
            foreign.append(line)
        elif known is not None and not _beats(line, known, mine, device):
            lost.append(line)
        elif line.ends and known is None:
            early.append(line)
        elif line.ends:
            # What she took out of the group, or made a note, is still hers.
            if known is not None and (known.audience == group or line.person != mine):
                gone.append(line)
        elif ended.get((line.id, line.person), (0, "", "")) >= line.rank:
            lost.append(line)
        elif known is None:
            # An id that does not say whose it is belongs to who comes first.
            if new.setdefault(line.id, line) is not line:
                foreign.append(line)
        else:
            newer.append(line)
    fresh = list(new.values())
    _store(database, fresh, newer, gone, early, mine, match)
    if not many:
        _place(database, fresh, newer, gone)
    store.keep_versions(database, [line.said for line in lost if line.said])
    note_published(database, group, [(line.id, line.stamp, line.ends) for line in lines if line.person == mine])
    meet_all(database, {line.person: line.name for line in best if line.person != mine})
    back = sum(there[line.id].deleted for line in newer)
    went = sum(not there[line.id].deleted for line in gone)
    return Merged(len(new) + back, len(newer) - back, went, tuple(foreign))


def _contest(lines: Iterable[Line]) -> tuple[list[Line], list[Line]]:
    """The lines that stand among those by one person of one id, and those that do not."""
    best: dict[tuple[str, str], Line] = {}
    lost: list[Line] = []
    for line in lines:
        other = best.setdefault((line.id, line.person), line)
        if line.rank > other.rank:
            best[line.id, line.person] = line
            lost.append(other)
        elif other is not line:
            lost.append(line)
    return list(best.values()), lost


def _beats(line: Line, known: Standing, mine: str, device: str) -> bool:
    if known.device or known.person != mine:
        return line.rank > (known.clock, known.device, known.digest)
    # Written here: what comes back from this machine's own file is no news.
    if line.device == device:
        return line.stamp > known.clock
    return (line.clock, line.device) > (known.clock, device)


def _store(
    database: Database,
    new: list[Line],
    newer: list[Line],
    gone: list[Line],
    early: list[Line],
    mine: str,
    match: Matcher,
) -> None:
    said = [line.id for line in newer if line.said]
    # The conversations they were in; those that they are in then are marked by `_place`.
    store.mark_stale(database, [line.id for line in (*newer, *gone)])
    store.keep_standing(database, said)
    store.insert_received(database, _received(new, match), mine)
    store.update_received(database, _received(newer, match), mine)
    store.forget_same_versions(database, said)
    store.forget_claims(database, said)
    votes = [(line.vote, line.device, line.digest) for line in (*new, *newer) if line.vote]
    store.store_reactions(database, votes)
    store.end_received(database, [(line.deleted, line.clock, line.device, line.digest, line.id) for line in gone])
    store.note_endings(database, [(line.id, line.person, line.clock, line.device, line.digest) for line in early])


def _place(database: Database, new: list[Line], newer: list[Line], gone: list[Line]) -> None:
    """Have the conversations told of anew that these are in, or are reactions in."""
    said = [line.id for line in (*new, *newer) if line.said]
    said += [line.id for line in gone]
    settle(database, said)
    targets = [line.vote.target for line in (*new, *newer) if line.vote]
    targets += store.targets_of(database, [line.id for line in gone]) if gone else []
    store.mark_stale(database, [*said, *targets])


def _received(lines: Iterable[Line], match: Matcher) -> list[Received]:
    found = []
    for line in lines:
        said = line.said
        if said is not None:
            reading = match(said.reading, line.source, said.document or "", line.fingerprint)
            if reading != said.reading:
                said = replace(said, reading=reading)
            found.append(Received(said, line.device, line.digest))
    return found
