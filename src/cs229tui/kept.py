"""What was parsed once and is kept for the next start: TOML takes fifty milliseconds, its copy takes one.

A copy is known by where it came from (paths, sizes, times of change) and by this program's version; anything else,
damage included, means that the source is read again.
"""

import logging
import os
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from cs229tui import __version__

_log = logging.getLogger(__name__)
T = TypeVar("T")


class _Copy(msgspec.Struct, array_like=True):
    """What is kept; `check` is a CRC of the encoded value, so that a damaged copy is not taken for one."""

    source: str
    check: int
    value: msgspec.Raw


def kept(cache: Path, name: str, sources: Iterable[Path], shape: type[T], make: Callable[[], T]) -> T:
    """What `make` gives of the files `sources`, or its copy `name` in the folder `cache`; raises what `make` raises.

    `shape` is the value's type, one that msgspec can decode.
    """
    source = f"{__version__} " + " ".join(_fingerprint(path) for path in sources)
    file = cache / name
    found = _read(file, source, shape)
    if found is None:
        found = make()
        _write(file, source, found)
    return found


def _fingerprint(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return f"{path.absolute()} none"
    return f"{path.absolute()} {stat.st_size} {stat.st_mtime_ns}"


def _read(file: Path, source: str, shape: type[T]) -> T | None:
    try:
        copy = msgspec.msgpack.decode(file.read_bytes(), type=_Copy)
        encoded = bytes(copy.value)
        if copy.source != source or copy.check != zlib.crc32(encoded):
            return None
        return msgspec.msgpack.decode(encoded, type=shape)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        _log.debug("the copy %s is not used: %s", file, error)
        return None


def _write(file: Path, source: str, value: object) -> None:
    encoded = msgspec.msgpack.encode(value)
    partial = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(msgspec.msgpack.encode(_Copy(source, zlib.crc32(encoded), msgspec.Raw(encoded))))
        partial.replace(file)
    except OSError as error:
        # Without a copy the next start is a little slower, and that is all.
        _log.debug("no copy %s was kept: %s", file, error)
