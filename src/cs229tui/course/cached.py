"""A parsed course kept beside the other things that can be made again: TOML takes fifty milliseconds, this takes one.

The copy is known by the file's path, size and time of change and by the shape this program gives a course; anything
else, damage included, means that the file is read again.
"""

import logging
import os
import zlib
from pathlib import Path

import msgspec

from cs229tui import __version__
from cs229tui.course.model import Course
from cs229tui.errors import CourseError

_log = logging.getLogger(__name__)


class _Copy(msgspec.Struct, array_like=True):
    """What is kept; `check` is a CRC of the encoded course, so that a damaged copy is not taken for a course."""

    source: str
    check: int
    course: msgspec.Raw


def load_cached(path: Path, cache: Path) -> Course:
    """The course in the TOML file at `path`, or its copy in the folder `cache`; raises `CourseError`."""
    try:
        stat = path.stat()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.", "Check the path given to --course.") from error
    shape = (Path(__file__).with_name("model.py").stat().st_mtime_ns, __version__)
    source = f"{path.absolute()} {stat.st_size} {stat.st_mtime_ns} {shape}"
    # Two files of one name only take turns: `source` tells them apart.
    kept = cache / f"course-{zlib.crc32(os.fsencode(path.absolute())):08x}"
    return _read(kept, source) or _made(path, kept, source)


def _read(kept: Path, source: str) -> Course | None:
    try:
        copy = msgspec.msgpack.decode(kept.read_bytes(), type=_Copy)
        encoded = bytes(copy.course)
        if copy.source != source or copy.check != zlib.crc32(encoded):
            return None
        return msgspec.msgpack.decode(encoded, type=Course)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        _log.debug("the course's copy is not used: %s", error)
        return None


def _made(path: Path, kept: Path, source: str) -> Course:
    from cs229tui.course.load import load

    course = load(path)
    encoded = msgspec.msgpack.encode(course)
    copy = msgspec.msgpack.encode(_Copy(source, zlib.crc32(encoded), msgspec.Raw(encoded)))
    partial = kept.with_name(f"{kept.name}.{os.getpid()}.part")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(copy)
        partial.replace(kept)
    except OSError as error:
        # Without a copy the next start is a little slower, and that is all.
        _log.debug("no copy of the course was kept: %s", error)
    return course
