"""Appending what is hers to her own file of a group: each version once, and nothing that is private, ever."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec
from msgspec.structs import replace

from cs229tui.annotations.groups.folder import UUID, SharedFile, cannot, gone, open_plain, room
from cs229tui.annotations.groups.lines import LARGEST_FILE, LONGEST_LINE, MOST_LINES
from cs229tui.annotations.w3c import WebAnnotation, bare, tombstone, web_annotation, web_reaction
from cs229tui.course.model import Reading
from cs229tui.library.annotations import Annotation
from cs229tui.library.database import Database, writing
from cs229tui.library.documents import fingerprints
from cs229tui.library.groups import JoinedGroup, note_published
from cs229tui.library.people import me
from cs229tui.library.reactions import Reaction
from cs229tui.library.sharing import Withdrawn, make_private, shared_annotations, shared_reactions, withdrawn

Sign = Callable[[WebAnnotation], WebAnnotation]
"""Gives a line its author's key and signature."""


class Outgoing(msgspec.Struct, frozen=True):
    """What the next sync puts into a group's folder: annotations and reactions that are new or changed, and what is to
    be said to be no more.
    """

    annotations: tuple[Annotation, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()

    @property
    def count(self) -> int:
        """How many lines that are."""
        return len(self.annotations) + len(self.reactions) + len(self.withdrawn)


def preview(database: Database, group: str) -> Outgoing:
    """What the next sync would put into a group's folder, for her to see before; nothing is changed."""
    return Outgoing(
        tuple(shared_annotations(database, group)),
        tuple(shared_reactions(database, group)),
        tuple(withdrawn(database, group)),
    )


def publish(
    database: Database,
    group: JoinedGroup,
    device: str,
    catalog: Mapping[str, Reading],
    sign: Sign | None = None,
    files: Iterable[SharedFile] = (),
    *,
    another: Callable[[], str],
) -> int:
    """Append to her file of this device what the group has not got; returns how many lines. Raises `GroupError`.

    Where that file is as large as others read one, this machine goes on as `another` device, in a new file. The caller
    holds the lock, and has read `files`, so that what was written and not noted is not written twice.
    """
    make_private(database, group.id)
    going = preview(database, group.id)
    if not going.count:
        return 0
    folder, mine = Path(group.folder), me(database)
    own = sorted((one for one in files if (one.author, one.device) == (mine, device)), key=lambda one: one.generation)
    path = room(folder, group.id) / (own[-1].path if own else f"{mine}/{device}.jsonl")
    lines = [*_lines(database, going, group.id, mine, catalog)]
    try:
        done = _append(path, lines, sign)
        while done < len(lines):
            done += _append(room(folder, group.id) / mine / f"{another()}.jsonl", lines[done:], sign)
    except OSError as error:
        raise (cannot("written", folder, error) if room(folder, group.id).is_dir() else gone(folder)) from error
    with writing(database):
        note_published(database, group.id, ((bare(web.id), web.clock, bool(web.deleted)) for web in lines))
    return len(lines)


def _lines(
    database: Database, going: Outgoing, group: str, mine: str, catalog: Mapping[str, Reading]
) -> Iterable[WebAnnotation]:
    prints = fingerprints(database)
    made: list[WebAnnotation] = []
    for one in going.annotations:
        web = web_annotation(one, catalog.get(one.reading), prints.get(one.document or "", ""))
        # What it came from on this machine, a file perhaps, is nobody's business.
        made.append(replace(web, clock=one.clock, via=""))
    made += [replace(web_reaction(one), clock=one.clock) for one in going.reactions]
    made += [tombstone(one.id, mine, one.author, one.created, one.deleted, group, one.clock) for one in going.withdrawn]
    return sorted(made, key=lambda web: web.clock)


def _append(path: Path, lines: Iterable[WebAnnotation], sign: Sign | None) -> int:
    """Append as many lines as others read of one file, each whole or not at all, and wait until they are on the disk;
    returns how many. Raises `OSError`.
    """
    # The group's own folder is not made here: a stick that was pulled out leaves an empty place behind.
    path.parent.mkdir(exist_ok=True)
    descriptor = open_plain(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        number = _numbered(descriptor, size)
        written = bytearray(b"\n" if torn else b"")
        # Numbers count lines that were compacted away, and never less than there are; a torn line's end is one, too.
        room_for = MOST_LINES - torn - (number if number < MOST_LINES // 2 else _count(descriptor))
        done = 0
        for web in islice(lines, max(0, room_for)):
            numbered = replace(web, seq=number + done + 1)
            raw = msgspec.json.encode(sign(numbered) if sign else numbered)
            if size + len(written) and size + len(written) + len(raw) >= LARGEST_FILE:
                break
            written += raw + b"\n"
            done += 1
        if done:
            _write(descriptor, size, bytes(written))
        return done
    finally:
        os.close(descriptor)


def _count(descriptor: int) -> int:
    """How many lines the file has."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        return sum(block.count(b"\n") for block in iter(lambda: file.read(LONGEST_LINE), b""))


def _write(descriptor: int, size: int, written: bytes) -> None:
    done = 0
    try:
        while done < len(written):
            done += os.write(descriptor, written[done : done + LONGEST_LINE])
        os.fsync(descriptor)
    except OSError:
        # Half a line is no line. Where even this fails it is ended before the next one.
        with suppress(OSError):
            os.ftruncate(descriptor, size + written.rfind(b"\n", 0, done) + 1)
        raise


def _numbered(descriptor: int, size: int) -> int:
    """The number of the last whole line."""
    tail = os.pread(descriptor, LONGEST_LINE, max(0, size - LONGEST_LINE))
    for raw in reversed(tail.split(b"\n")):
        with suppress(msgspec.DecodeError, RecursionError):
            return msgspec.json.decode(raw, type=WebAnnotation).seq
    return 0


def compact(
    database: Database, group: JoinedGroup, device: str, files: Iterable[SharedFile], always: bool = False
) -> int:
    """Write her file of this device anew with what stands only, where that is worth it; the older one goes once the new
    one is on the disk. Returns how many lines went. Raises `GroupError`.
    """
    mine = me(database)
    own = sorted((one for one in files if (one.author, one.device) == (mine, device)), key=lambda one: one.generation)
    if not own:
        return 0
    here = room(Path(group.folder), group.id)
    newest = own[-1]
    try:
        for older in own[:-1]:
            (here / older.path).unlink(missing_ok=True)
        if not always and newest.size < LARGEST_FILE // 2:
            return 0
        with os.fdopen(open_plain(here / newest.path), "rb") as source:
            raws = source.read().split(b"\n")
        standing = _standing(raws)
        before = sum(1 for raw in raws if raw)
        if not always and 2 * len(standing) > before and before < MOST_LINES // 2:
            return 0
        fresh = here / f"{mine}/{device}.{newest.generation + 1}.jsonl"
        partial = fresh.with_suffix(".part")
        partial.unlink(missing_ok=True)
        descriptor = open_plain(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        try:
            _write(descriptor, 0, b"".join(raw + b"\n" for raw in standing))
        finally:
            os.close(descriptor)
        partial.rename(fresh)
        _sync_folder(fresh.parent)
        (here / newest.path).unlink()
    except OSError as error:
        raise cannot("written", Path(group.folder), error) from error
    return before - len(standing)


def _standing(raws: Iterable[bytes]) -> list[bytes]:
    """The lines that stand, byte for byte, so that signatures hold, in their order."""
    best: dict[str, tuple[int, int, bytes]] = {}
    for order, raw in enumerate(raws):
        with suppress(msgspec.DecodeError, RecursionError):
            web = msgspec.json.decode(raw, type=WebAnnotation)
            if UUID.fullmatch(bare(web.id)):
                best[web.id] = max(best.get(web.id, (0, 0, b"")), (web.clock, order, raw))
    return [raw for _, _, raw in sorted(best.values(), key=lambda entry: entry[1])]


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
