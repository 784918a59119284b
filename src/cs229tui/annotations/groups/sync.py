"""A group brought up to date: what others wrote comes in, what is hers goes out."""

import fcntl
import gc
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec

from cs229tui.amounts import counted
from cs229tui.annotations.groups.apart import portions_apart
from cs229tui.annotations.groups.believing import Trust
from cs229tui.annotations.groups.catalogs import Matcher
from cs229tui.annotations.groups.folder import GroupError, SharedFile, another_device, device_of, shared_files
from cs229tui.annotations.groups.lines import horizon
from cs229tui.annotations.groups.merging import merge
from cs229tui.annotations.groups.places import settle
from cs229tui.annotations.groups.publishing import Outgoing, Sign, compact, preview, publish
from cs229tui.annotations.groups.reading import PORTION, Portion, portions
from cs229tui.annotations.groups.trust import note_met
from cs229tui.clock import now
from cs229tui.course.model import Reading
from cs229tui.folders import Folders
from cs229tui.library.database import Database, writing
from cs229tui.library.groups import (
    FileState,
    JoinedGroup,
    PutAside,
    Writer,
    file_states,
    forget_files,
    note_synced,
    put_aside,
    store_file_states,
    writers,
)
from cs229tui.library.hybrid_clock import witness
from cs229tui.library.much import (
    are_indexes_aside,
    finish,
    index_some,
    much_coming,
    put_away,
    refresh_some_threads,
    set_indexes_aside,
    size_of,
)
from cs229tui.library.people import me

__all__ = ["Outgoing", "SyncOutcome", "members", "preview", "sync"]

# Conversations, and annotations to be indexed, in one transaction.
_THREADS, _INDEXED = 5_000, 500
# A line has about so many bytes; from so many lines on they are much.
_USUAL_LINE, _MUCH = 1_000, 5_000
# Lines in one transaction then: an index's pages are written once for all of them, and nobody waits half a second.
_LARGE_PORTION = 2 * PORTION
_MOST_WARNINGS = 50
_WAIT_SECONDS = 10.0
_SYNCED_ANEW = timedelta(minutes=1)


class SyncOutcome(msgspec.Struct, frozen=True):
    """What a sync did: how many annotations, votes and marks are `new`, `changed` or `deleted` by others or on her
    other devices, how many of hers were `published`, how many lines were `bad` or put `aside`, and `warnings` to show.
    """

    new: int = 0
    changed: int = 0
    deleted: int = 0
    published: int = 0
    bad: int = 0
    aside: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def news(self) -> bool:
        """Whether anything came in."""
        return bool(self.new or self.changed or self.deleted)


def sync(
    database: Database,
    folders: Folders,
    group: JoinedGroup,
    catalog: Mapping[str, Reading],
    *,
    trust: Trust | None = None,
    sign: Sign | None = None,
    send: bool = True,
    index: bool = True,
    progress: Callable[[int], None] | None = None,
) -> SyncOutcome:
    """Read what is new in the group's folder, and append what is hers and not there; it may be repeated at any time.

    `trust` and `sign` check and make signatures, `send=False` only reads, `index=False` leaves the search index as it
    is where much came in (`index_some` goes on with it), `progress` is told how many lines were read.
    Stopped at any moment it goes on where it was the next time. Raises `GroupError`.
    """
    with _alone(folders), much_coming(database):
        try:
            files, warnings = shared_files(Path(group.folder), group.id)
        except GroupError:
            finish_interrupted(database)
            raise
        device = device_of(folders)
        known = file_states(database, group.id)
        many = _much(database, files, known)
        if many:
            new = portions_apart(Path(group.folder), group.id, files, known, horizon(), trust, _LARGE_PORTION)
        else:
            new = portions(Path(group.folder), group.id, files, known, horizon(), trust)
        with _uncollected() if many else nullcontext():
            came = _bring_in(database, group.id, new, device, Matcher(database, catalog), many, progress)
        _forget(database, group.id, known, {file.path for file in files})
        if many:
            _finish(database)
        while refresh_some_threads(database, _THREADS):
            pass
        while index and index_some(database, _INDEXED):
            pass
        if index and many:
            put_away(database)
        sent = 0
        if send:
            another = partial(another_device, folders)
            sent = publish(database, group, device, catalog, sign, files, another=another)
            compact(database, group, device, files)
        outcome = msgspec.structs.replace(came, published=sent, warnings=_some((*warnings, *came.warnings)))
        _note(database, group, outcome)
    return outcome


def _bring_in(
    database: Database,
    group: str,
    new: Iterable[Portion],
    device: str,
    match: Matcher,
    many: bool,
    progress: Callable[[int], None] | None,
) -> SyncOutcome:
    """Store what others wrote, a portion in a transaction."""
    came, read, late, mine = SyncOutcome(), 0, 0, me(database)
    warnings: dict[str, None] = {}
    for portion in new:
        with writing(database):
            merged = merge(database, group, portion.lines, mine, device, match, many)
            foreign = [
                PutAside("", line.digest, line.id, line.person, "Somebody else wrote under this id first.", "")
                for line in merged.foreign
            ]
            put_aside(database, group, [*portion.aside, *foreign])
            note_met(database, portion.met)
            store_file_states(database, group, portion.states.values())
            witness(database, portion.believed)
        came = SyncOutcome(
            came.new + merged.new,
            came.changed + merged.changed,
            came.deleted + merged.deleted,
            bad=came.bad + portion.bad,
            aside=came.aside + len(portion.aside) + len(foreign),
        )
        warnings |= dict.fromkeys(f"{path}: {said}" for path, said in portion.warnings.items())
        read, late = read + portion.size, late + portion.late
        if progress is not None:
            progress(read)
    if late:
        warnings[f"{counted(late, 'line')} came from a clock that is more than a day ahead."] = None
    return msgspec.structs.replace(came, warnings=tuple(warnings))


def _some(warnings: tuple[str, ...]) -> tuple[str, ...]:
    more = len(warnings) - _MOST_WARNINGS
    return (*warnings[:_MOST_WARNINGS], f"And {counted(more, 'more warning')}.") if more > 0 else warnings


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for circles among a hundred thousand things that have none: it takes a quarter of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def finish_interrupted(database: Database) -> None:
    """Put in order what a sync of much that was stopped has left: slower lists, conversations not told of."""
    if are_indexes_aside(database):
        _finish(database)


def _much(database: Database, files: Sequence[SharedFile], known: Mapping[str, FileState]) -> bool:
    """Whether more comes than there is: then the indexes are made once instead of for each line."""
    if are_indexes_aside(database):
        return True
    none = FileState("")
    coming = sum(max(0, file.size - known.get(file.path, none).place) for file in files) // _USUAL_LINE
    if coming < _MUCH or coming < size_of(database):
        return False
    set_indexes_aside(database)
    return True


def _finish(database: Database) -> None:
    with writing(database):
        settle(database, None)
    finish(database, _THREADS)


def members(database: Database, group: str) -> list[Writer]:
    """Everybody whose words are in a group, the most recent first."""
    return writers(database, group)


def _forget(database: Database, group: str, known: Mapping[str, object], there: set[str]) -> None:
    missing = known.keys() - there
    if missing:
        with writing(database):
            forget_files(database, group, missing)


def _note(database: Database, group: JoinedGroup, outcome: SyncOutcome) -> None:
    """Say when it was brought up to date; where nothing happened not each time, as every write makes screens look."""
    anew = (now() - _SYNCED_ANEW).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    if outcome.news or outcome.published or group.synced is None or group.synced < anew:
        note_synced(database, group.id)


@contextmanager
def _alone(folders: Folders) -> Iterator[None]:
    """No other copy of the program appends to the same file meanwhile; raises `GroupError` where one takes too long."""
    descriptor = os.open(folders.data / "groups.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise GroupError("Another copy of cs229tui is syncing a group.", "Try again in a moment.") from None
                time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)
