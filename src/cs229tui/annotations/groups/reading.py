"""Reading what is new in a group's files: from where the last reading ended, a portion of lines at a time."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from cs229tui.amounts import counted
from cs229tui.annotations.groups.believing import Trust
from cs229tui.annotations.groups.folder import SharedFile, open_plain, room
from cs229tui.annotations.groups.lines import (
    LARGEST_FILE,
    LONGEST_LINE,
    MOST_LINES,
    BadLineError,
    ForeignLineError,
    Horizon,
    Line,
    digest_of,
    read_line,
)
from cs229tui.clean import clean
from cs229tui.library.groups import FileState, PutAside

_BLOCK = 1 << 20
_TOO_LONG = "A line is longer than a megabyte."
# How much of a line that is put aside is kept.
_KEPT = 4_000
PORTION = 3_000
"""Lines that are stored in one transaction: few enough that nobody waits for it."""


@dataclass
class Portion:
    """Some lines of some files, and how far those have been read with them: `bad` lines say nothing we understand,
    `late` ones have a clock that is far ahead, `aside` are about what others wrote. `warnings` are sentences by file,
    `met` the keys of people who had none.
    """

    lines: list[Line] = field(default_factory=list)
    states: dict[str, FileState] = field(default_factory=dict)
    aside: list[PutAside] = field(default_factory=list)
    bad: int = 0
    late: int = 0
    believed: int = 0
    warnings: dict[str, str] = field(default_factory=dict)
    met: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many lines were looked at."""
        return len(self.lines) + len(self.aside) + self.bad


def portions(
    folder: Path,
    group: str,
    files: list[SharedFile],
    known: Mapping[str, FileState],
    ahead: Horizon,
    trust: Trust | None = None,
    most: int = PORTION,
) -> Iterator[Portion]:
    """What is new in the files, in portions of about `most` lines. A file that cannot be read is told of and left."""
    portion = Portion()
    for file in files:
        before = known.get(file.path)
        if before and (before.inode, before.size, before.changed) == (file.inode, file.size, file.changed):
            continue
        after: FileState | None = None
        try:
            for state, raws in _raw_lines(room(folder, group) / file.path, file, before, most):
                started = replace(state, clock=after.clock, bad=after.bad) if after else state
                after = _take(portion, group, file, started, raws, ahead, trust)
                if portion.size >= most:
                    portion.met = trust.take_met() if trust else {}
                    yield portion
                    portion = Portion()
        except OSError as error:
            portion.warnings[file.path] = f"It cannot be read: {error.strerror or error}."
    if portion.states or portion.warnings:
        portion.met = trust.take_met() if trust else {}
        yield portion


def _take(
    portion: Portion,
    group: str,
    file: SharedFile,
    state: FileState,
    raws: list[bytes | None],
    ahead: Horizon,
    trust: Trust | None,
) -> FileState:
    """Read a file's next lines into the portion; returns its state with them."""
    believed, bad = state.clock, 0
    for raw in raws:
        try:
            if raw is None:
                raise BadLineError(_TOO_LONG)
            line = read_line(raw, group, file.author, file.device, believed, ahead, trust)
        except BadLineError as error:
            bad += 1
            portion.warnings.setdefault(file.path, error.what)
            continue
        except ForeignLineError as error:
            text = clean((raw or b"").decode("utf-8", "replace"), _KEPT)
            portion.aside.append(PutAside(file.path, digest_of(raw or b""), error.id, file.author, error.what, text))
            continue
        believed = max(believed, line.clock)
        portion.late += line.late
        portion.lines.append(line)
    if state.place < state.size and (state.place > LARGEST_FILE - LONGEST_LINE or state.lines >= MOST_LINES):
        size = f"{state.size / 1e6:.0f} MB" if state.lines < MOST_LINES else f"more than {counted(MOST_LINES, 'line')}"
        portion.warnings[file.path] = f"It is too large ({size}); the rest of it is not read."
    portion.bad += bad
    portion.believed = max(portion.believed, believed)
    after = replace(state, clock=believed, bad=state.bad + bad)
    portion.states[file.path] = after
    return after


def _raw_lines(
    path: Path, file: SharedFile, before: FileState | None, most: int
) -> Iterator[tuple[FileState, list[bytes | None]]]:
    """Whole lines, from where the last reading ended, or from the beginning where it is another file now; none stands
    for one that is too long. Each with the state that the file is in once they are stored.
    """
    with os.fdopen(open_plain(path), "rb", buffering=0) as source:
        facts = os.fstat(source.fileno())
        state = FileState(file.path)
        if before is not None and _goes_on(source.fileno(), facts.st_size, before):
            state = before
        # What was looked at when listing: where the file has changed since, it is looked at again next time.
        state = replace(state, inode=file.inode, size=file.size, changed=file.changed)
        place, lines, newest = state.place, state.lines, b""
        raws: list[bytes | None] = []
        rest, skipping, last = b"", 0, 0
        source.seek(place)
        position = place
        while position < LARGEST_FILE and lines < MOST_LINES:
            block = source.read(min(_BLOCK, LARGEST_FILE - position))
            if not block:
                break
            position += len(block)
            *whole, tail = (rest + block).split(b"\n")
            for raw in whole:
                length = len(raw) + 1 + skipping
                place += length
                lines += 1
                # Of what is too long nothing is kept to know it by: such a file is read anew when it has changed.
                newest = raw if not skipping else b""
                last = length if not skipping else 0
                # A bare line's end is what was written after a torn one, or nothing: no line.
                if skipping or len(raw) > LONGEST_LINE:
                    raws.append(None)
                elif raw.strip():
                    raws.append(raw)
                skipping = 0
                if lines == MOST_LINES:
                    break
            rest = tail
            if len(rest) > LONGEST_LINE or skipping:
                skipping, rest = skipping + len(rest), b""
            if len(raws) >= most:
                state = replace(state, place=place, last=last, digest=digest_of(newest), lines=lines)
                # Not read to its end: the next reading must not take it for unchanged.
                yield replace(state, size=-1), raws
                raws = []
    if place > state.place:
        state = replace(state, place=place, last=last, digest=digest_of(newest), lines=lines)
    yield state, raws


def _goes_on(descriptor: int, size: int, before: FileState) -> bool:
    """Whether the file still holds, where the last reading ended, the line that it ended with."""
    if before.place > size:
        return False
    if not before.last:
        return before.place == 0
    raw = os.pread(descriptor, before.last, before.place - before.last)
    return raw.endswith(b"\n") and digest_of(raw[:-1]) == before.digest
