"""Reading much in a process of its own, while this one stores what has been read: `portions` on the other core.

`python -m cs229tui.annotations.groups.apart`: what to read on standard input, portions in frames of four-byte length on
standard output, an empty one at the end.
"""

import gc
import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import msgspec

from cs229tui.annotations.groups.believing import Trust
from cs229tui.annotations.groups.folder import SharedFile
from cs229tui.annotations.groups.lines import Horizon
from cs229tui.annotations.groups.reading import PORTION, Portion, portions
from cs229tui.library.groups import FileState

_LENGTH = struct.Struct(">I")
# So many portions wait, at most, till the one before is stored.
_AHEAD = 1


class _Asked(msgspec.Struct, frozen=True):
    folder: str
    group: str
    files: list[SharedFile]
    known: dict[str, FileState]
    ahead: Horizon
    trust: Trust | None
    most: int


def portions_apart(
    folder: Path,
    group: str,
    files: list[SharedFile],
    known: Mapping[str, FileState],
    ahead: Horizon,
    trust: Trust | None = None,
    most: int = PORTION,
) -> Iterator[Portion]:
    """The same as `portions`. Where the other process dies, or cannot be had, the rest is read here."""
    states = dict(known)
    try:
        for portion in _from_child(_Asked(str(folder), group, files, states, ahead, trust, most)):
            states |= portion.states
            if trust is not None:
                trust.keys |= portion.met
            yield portion
    except (OSError, EOFError, msgspec.DecodeError):
        yield from portions(folder, group, files, states, ahead, trust, most)


def _from_child(asked: _Asked) -> Iterator[Portion]:
    """What the other process has read; raises `OSError` or `EOFError` where it is not there to its end."""
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "cs229tui.annotations.groups.apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    decoder = msgspec.msgpack.Decoder(Portion)
    try:
        if child.stdin is None or child.stdout is None:
            raise EOFError
        with child.stdin, child.stdout:
            child.stdin.write(msgspec.msgpack.encode(asked))
            child.stdin.close()
            while length := _LENGTH.unpack(_exactly(child.stdout, _LENGTH.size))[0]:
                yield decoder.decode(_exactly(child.stdout, length))
    finally:
        child.kill()
        child.wait()


def _exactly(source: IO[bytes], count: int) -> bytes:
    read = source.read(count)
    if len(read) < count:
        raise EOFError
    return read


def _main() -> None:
    # What it makes has no circles, and it ends soon.
    gc.disable()
    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Asked)
    waiting: queue.Queue[bytes] = queue.Queue(_AHEAD)
    sender = threading.Thread(target=_send, args=(waiting,), daemon=True)
    sender.start()
    encoder = msgspec.msgpack.Encoder()
    reading = portions(Path(asked.folder), asked.group, asked.files, asked.known, asked.ahead, asked.trust, asked.most)
    for portion in reading:
        waiting.put(encoder.encode(portion))
    waiting.put(b"")
    sender.join()


def _send(waiting: "queue.Queue[bytes]") -> None:
    try:
        while frame := waiting.get():
            sys.stdout.buffer.write(_LENGTH.pack(len(frame)) + frame)
            sys.stdout.buffer.flush()
        sys.stdout.buffer.write(_LENGTH.pack(0))
        sys.stdout.buffer.flush()
    except OSError:
        # Who asked is gone, and the other thread may wait for room for ever.
        os._exit(1)


if __name__ == "__main__":
    _main()
