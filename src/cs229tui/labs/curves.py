"""The curves of a run kept beside its events, so that a run of millions of points opens at once.

`curves.bin` is derived: a header, then plain arrays of doubles that are mapped into memory and drawn from there.
The header has what else a view shows (as events), and how far into events.jsonl all of it reaches. A file that is
stale, torn, or not ours is not used.
"""

import hashlib
import logging
import math
import mmap
import os
import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from cs229tui.clean import clean_line
from cs229tui.folders import folders
from cs229tui.labkit.events import EVENTS, encode
from cs229tui.labs.event_lines import decode
from cs229tui.labs.metrics import MOST
from cs229tui.labs.series import Ruler, Series
from cs229tui.labs.tiers import SIZES, Tier
from cs229tui.labs.watch import Follower, RunView

if TYPE_CHECKING:
    from cs229tui.labs.tiers import Numbers

CURVES = "curves.bin"
WORTH = 1_000_000  # bytes of events; a shorter file is read as quickly as its curves

_MAGIC = b"cs229tui curves1"
_FRAME = struct.Struct("<16sQLL")  # magic, bytes in the whole file, bytes in the header, its CRC
_KNOWN_BYTES = 256
_log = logging.getLogger(__name__)
Place = tuple[int, int]  # where an array begins, in doubles from the first array, and how many it has


class _Kept(msgspec.Struct, array_like=True):
    name: str
    ruler: int
    values: Place
    tiers: list[list[Place]]


class _Header(msgspec.Struct, array_like=True):
    order: str
    offset: int
    first: bytes
    before: bytes
    step: int
    seconds: float
    events: list[bytes]
    rulers: list[tuple[Place, Place]]
    metrics: list[_Kept]
    machine: list[_Kept]


class _ForeignError(ValueError):
    """What is in the file cannot be used."""


def open_run(folder: Path) -> Follower:
    """Follows a run from where its kept curves end, which are the follower's `view`; from its start without them."""
    for file in (folder / CURVES, _elsewhere(folder)):
        try:
            found = _load(folder, file)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, IndexError, msgspec.MsgspecError, struct.error) as error:
            _log.debug("the curves %s are not used: %s", file, error)
            continue
        return found
    return Follower(folder)


def keep(folder: Path) -> bool:
    """Keep the curves of a run for the next time; false where they are not worth it."""
    follower = open_run(folder)
    while events := follower.next():
        follower.view.fold(events)
    return follower.fresh and write(follower)


def write(follower: Follower) -> bool:
    """Keep what a follower's view has come to, in the run's folder, or in the cache; whether it was worth it."""
    reader = follower.reader
    if reader.offset < WORTH:
        return False
    for file in (follower.folder / CURVES, _elsewhere(follower.folder)):
        partial = file.with_name(f"{file.name}.{os.getpid()}.part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as out:
                _write(out, follower)
            partial.replace(file)
        except OSError as error:
            _log.debug("no curves were kept in %s: %s", file, error)
            partial.unlink(missing_ok=True)
            continue
        return True
    return False


def _elsewhere(folder: Path) -> Path:
    name = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:24]
    return folders().cache / "curves" / f"{name}.bin"


def _write(out: BinaryIO, follower: Follower) -> None:
    view = follower.view
    parts: list[Numbers] = []
    end = 0

    def place(numbers: "Numbers") -> Place:
        nonlocal end
        parts.append(numbers)
        end += len(numbers)
        return end - len(numbers), len(numbers)

    every = [*view.metrics.series.values(), *view.machine.series.values()]
    rulers = list({id(series.ruler): series.ruler for series in every}.values())
    places = [(place(ruler.steps), place(ruler.seconds)) for ruler in rulers]
    number = {id(ruler): at for at, ruler in enumerate(rulers)}

    def kept(found: dict[str, Series]) -> list[_Kept]:
        return [
            _Kept(
                name,
                number[id(series.ruler)],
                place(series.values),
                [[place(getattr(tier, part)) for part in Tier.PARTS] for tier in series.tiers],
            )
            for name, series in found.items()
        ]

    with (follower.folder / EVENTS).open("rb") as events:
        first = events.read(_KNOWN_BYTES)
    header = msgspec.msgpack.encode(
        _Header(
            sys.byteorder,
            follower.reader.offset,
            first,
            follower.reader.before,
            view.step,
            view.seconds,
            [encode(event) for event in view.kept()],
            places,
            kept(view.metrics.series),
            kept(view.machine.series),
        )
    )
    start = _behind(len(header))
    out.write(_FRAME.pack(_MAGIC, start + 8 * end, len(header), zlib.crc32(header)))
    out.write(header.ljust(start - _FRAME.size, b"\0"))
    for part in parts:
        out.write(part)


def _behind(header_bytes: int) -> int:
    """Where the arrays begin."""
    return -(-(_FRAME.size + header_bytes) // 8) * 8


def _load(folder: Path, file: Path) -> Follower:
    with file.open("rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        frame = opened.read(_FRAME.size)
        magic, length, header_bytes, check = _FRAME.unpack(frame)
        if magic != _MAGIC or length != size or length % 8 or _behind(header_bytes) > size:
            raise _ForeignError("it is another kind of file, or torn")
        encoded = opened.read(header_bytes)
        if zlib.crc32(encoded) != check:
            raise _ForeignError("its header is damaged")
        header = msgspec.msgpack.decode(encoded, type=_Header)
        whole = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    _recognise(folder, header)
    numbers = whole[_behind(header_bytes) :].cast("d")

    def read(place: Place) -> "Numbers":
        at, count = place
        if at < 0 or count < 0 or at + count > len(numbers):
            raise _ForeignError("an array is not in it")
        # What is next to nothing is taken out of the map, so that it can be added to without a copy.
        return numbers[at : at + count] if count > 64 else array("d", numbers[at : at + count])

    rulers = [_ruler(read(steps), read(seconds)) for steps, seconds in header.rulers]

    def series(found: Sequence[_Kept]) -> dict[str, Series]:
        if len(found) > MOST or any(clean_line(one.name, 80) != one.name for one in found):
            raise _ForeignError("its names are not ours")
        return {one.name: _series(rulers[one.ruler], read(one.values), one.tiers, read) for one in found}

    view = RunView()
    view.fold(event for line in header.events if (event := decode(line)) is not None)
    view.metrics.add(series(header.metrics))
    view.machine.add(series(header.machine))
    view.metrics.step = view.step = header.step
    view.seconds = header.seconds if math.isfinite(header.seconds) else 0.0
    return Follower(folder, view, header.offset, header.before)


def _recognise(folder: Path, header: _Header) -> None:
    """Whether the events are those whose curves these are."""
    if header.order != sys.byteorder or not 0 < len(header.before) <= header.offset:
        raise _ForeignError("it was made by another kind of machine")
    with (folder / EVENTS).open("rb") as events:
        first = events.read(len(header.first))
        events.seek(header.offset - len(header.before))
        if first != header.first or events.read(len(header.before)) != header.before:
            raise _ForeignError("the events are others")


def _ruler(steps: "Numbers", seconds: "Numbers") -> Ruler:
    if len(steps) != len(seconds):
        raise _ForeignError("steps and times do not belong together")
    ends = [axis[at] for axis in (steps, seconds) if len(axis) for at in (0, -1)]
    if not all(map(math.isfinite, ends)):
        raise _ForeignError("its steps are no numbers")
    return Ruler(steps, seconds)


def _series(ruler: Ruler, values: "Numbers", tiers: list[list[Place]], read: "Callable[[Place], Numbers]") -> Series:
    made = [Tier([read(place) for place in parts]) for parts in tiers]
    sums = [(len(getattr(tier, part)), size) for tier, size in zip(made, SIZES, strict=True) for part in Tier.PARTS]
    if len(values) != len(ruler) or any(count != len(values) // size for count, size in sums):
        raise _ForeignError("its sums are not those of its values")
    return Series(ruler, values, made)
