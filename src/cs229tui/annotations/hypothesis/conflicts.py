"""What was changed both here and on a Hypothesis server: shown, kept as both, and settled by her."""

from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from cs229tui.annotations.hypothesis.incoming import said_by
from cs229tui.annotations.hypothesis.mapping import digest
from cs229tui.annotations.hypothesis.wire import Row
from cs229tui.errors import NotFoundError
from cs229tui.library.annotations import Annotation
from cs229tui.library.database import Database, writing
from cs229tui.library.hypothesis import (
    Known,
    forget_known,
    keep_known,
    known_in,
    present,
    put_annotations,
    stored,
    take_out,
)


@dataclass(frozen=True)
class Conflict:
    """An annotation that was changed on both sides: as it is `here` (None: deleted), and `there` (None: deleted)."""

    known: Known
    here: Annotation | None
    there: Annotation | None


def conflicts(database: Database, audience: str = "") -> list[Conflict]:
    """What was changed on both sides, in one group or in all."""
    found = known_in(database, audience, ("conflict",))
    ids = [one.annotation for one in found]
    here, stands = stored(database, ids), present(database, ids)
    return [
        Conflict(
            one,
            here[one.annotation] if stands[one.annotation] else None,
            _theirs(one, here[one.annotation]),
        )
        for one in found
        if one.annotation in here
    ]


def settle(database: Database, id: str, *, mine: bool) -> Conflict:
    """Let one side of a conflict count from now on; the other stays among the earlier versions where it was hers.

    Hers goes to the server with the next sync. Raises `NotFoundError`.
    """
    with writing(database):
        meant = [one for one in conflicts(database) if one.known.annotation.startswith(id)] if id else []
        if len(meant) != 1:
            raise NotFoundError(f"There is no conflict {id!r}.", "List them with: cs229tui hypothesis conflicts")
        one = meant[0]
        if one.there is None:
            if not mine:
                take_out(database, [one.known.annotation])
            forget_known(database, [one.known.annotation])
            return one
        if not mine:
            put_annotations(database, [one.there])
        keep_known(database, [replace(one.known, state="same", digest=digest(one.there), theirs="")])
        return one


def _theirs(known: Known, here: Annotation) -> Annotation | None:
    if not known.theirs:
        return None
    row = msgspec.json.decode(known.theirs, type=Row)
    return said_by(row, here, known.audience)
