"""Texts to train on, each with its name, source and licence; where one cannot be had, the next, and the lab says so."""

import hashlib
import os
import sysconfig
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.errors import LabError

SOURCES = ("auto", "file", "shakespeare", "library", "python")
LIBRARY_TEXT = "CS229TUI_LIBRARY_TEXT"  # a folder or file with the text of the student's readings, set by the launcher

SHAKESPEARE_URL = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
SHAKESPEARE_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
_SHAKESPEARE_LIMIT = 2_000_000  # bytes; the file has 1,115,394
_DOWNLOAD_SECONDS = 30.0
_CONNECT_SECONDS = 5.0
_LIBRARY_LEAST = 200_000  # bytes; with less there is nothing to learn from

_NOT_LIBRARY = {"test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__"}


class DataError(LabError):
    """A text that was asked for cannot be used."""


@dataclass(frozen=True)
class Corpus:
    """A text as bytes, and what it is; `sha256` is of `data`, and `url` where it can be had, if anywhere."""

    name: str
    source: str
    licence: str
    data: bytes
    url: str = ""

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def corpus(
    source: str = "auto", file: str = "", limit: int = 2_000_000, note: Callable[[str], None] = lambda text: None
) -> Corpus:
    """The text that `source` (one of `SOURCES`) names, at most its first `limit` bytes; `note` is told what was used.

    "auto" takes `file` where one is given, else tiny Shakespeare, the library's readings, Python's standard library.
    A source that cannot be had falls back along that order; a file that was named does not: `DataError`.
    """
    if source == "file" and not file:
        raise DataError("The data source is a file, but none is named.", "Name one: --file PATH")
    if file and source in ("auto", "file"):
        try:
            made = named_file(Path(file).expanduser())
        except RuntimeError as error:  # ~somebody, and there is no such person
            raise DataError(f"{file} names no folder: {error}.", "Name the file in full.") from error
    else:
        made = _first_available(source, limit, note)
    data = made.data[:limit]
    while data and len(data) < len(made.data) and data[-1] & 0x80:  # do not cut inside a character
        data = data[:-1]
    cut = f", the first {len(data):,} of {len(made.data):,} bytes" if len(data) < len(made.data) else ""
    made = Corpus(made.name, made.source, made.licence, data, made.url)
    note(f"Text: {made.name} ({made.source}; {made.licence}){cut or f', {len(data):,} bytes'}.")
    return made


def _first_available(source: str, limit: int, note: Callable[[str], None]) -> Corpus:
    order: dict[str, Callable[[], Corpus]] = {
        "shakespeare": tiny_shakespeare,
        "library": library,
        "python": partial(standard_library, limit),
    }
    if source not in order and source != "auto":
        raise DataError(f"There is no data source {clean_line(source, 40)!r}.", f"Choose one of {', '.join(SOURCES)}.")
    tries = [source] if source != "auto" else []
    tries += [name for name in order if name != source]
    if source == "library":  # her own readings, or what every machine has: a download was not asked for
        tries.remove("shakespeare")
    for name in tries:
        try:
            return order[name]()
        except DataError as error:
            if name == tries[-1]:
                raise
            note(f"{error.what} Trying the next text.")
    raise AssertionError  # the last try returned or raised


def named_file(path: Path) -> Corpus:
    """The text file at `path`; raises `DataError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{clean_line(str(path))} cannot be read: {error.strerror}.", "Check the path.") from error
    if b"\0" in data[:100_000]:
        raise DataError(f"{clean_line(str(path))} is not a text file.", "Name a plain text, such as a .txt.")
    return Corpus(clean_line(path.name, 80), "your file", "yours to know", _unix(data))


def tiny_shakespeare() -> Corpus:
    """Karpathy's 1.1 MB of Shakespeare, from the cache or downloaded once; raises `DataError`."""
    path = cache_folder() / "tinyshakespeare.txt"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.", "Remove it and try again.") from error
    if hashlib.sha256(data).hexdigest() != SHAKESPEARE_SHA256:
        data = download(SHAKESPEARE_URL, path, SHAKESPEARE_SHA256, _SHAKESPEARE_LIMIT)
    return Corpus("tiny Shakespeare", "karpathy/char-rnn", "public domain", data, SHAKESPEARE_URL)


def library() -> Corpus:
    """The text of the student's own readings, where the launcher provides it; raises `DataError`."""
    place = os.environ.get(LIBRARY_TEXT, "")
    path = Path(place)
    if not place or not path.exists():
        raise DataError("No text of the library's readings is at hand.", "Start the lab from cs229tui.")
    files = [path] if path.is_file() else sorted(path.rglob("*.txt")) + sorted(path.rglob("*.md"))
    data = _joined(files, 64_000_000)
    if len(data) < _LIBRARY_LEAST:
        raise DataError(
            f"The library's readings hold only {len(data):,} bytes of text; {_LIBRARY_LEAST:,} are needed.",
            "Fetch more readings, or choose another text.",
        )
    return Corpus("your library", f"{len(files)} readings", "as each reading says; for yourself only", data)


def standard_library(limit: int = 2_000_000) -> Corpus:
    """The source of Python's standard library on this machine, without its tests, in the order of the paths."""
    root = Path(sysconfig.get_path("stdlib"))
    files = sorted(file for file in root.rglob("*.py") if not _NOT_LIBRARY & set(file.relative_to(root).parts))
    data = _joined(files, limit)
    if not data:
        raise DataError("This Python comes without the source of its library.", "Name a text: --file PATH")
    version = f"Python {sysconfig.get_python_version()}"
    return Corpus(f"the standard library of {version}", "this machine", "PSF licence", data)


def cache_folder() -> Path:
    """Where downloaded data are kept: below CS229TUI_HOME where that is set, else in the user's cache."""
    home = os.environ.get("CS229TUI_HOME")
    if home:
        return Path(home).expanduser().absolute() / "cache" / "data"
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cs229tui" / "data"


def download(url: str, path: Path, sha256: str, limit: int) -> bytes:
    """The bytes at `url`, checked against `sha256` and kept at `path`; raises `DataError`.

    At most `limit` bytes and thirty seconds; written to a temporary file first, so that `path` is whole or not there.
    """
    shown = f"{path.name} could not be downloaded"
    deadline = time.monotonic() + _DOWNLOAD_SECONDS
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "cs229tui-labkit"})  # noqa: S310 - https, ours
        with urllib.request.urlopen(request, timeout=_CONNECT_SECONDS) as answer:  # noqa: S310
            data = b""
            while chunk := answer.read(65536):
                data += chunk
                if len(data) > limit or time.monotonic() > deadline:
                    raise DataError(f"{shown}: it is too large or too slow.", "Name a text: --file PATH")
    except (OSError, ValueError) as error:  # URLError, timeouts and what is not HTTP are all OSError
        raise DataError(f"{shown}: {clean_line(str(error), 200)}.", "Name a text: --file PATH") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DataError(f"{shown}: what came is not the file we know.", "Name a text: --file PATH")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}.", "Free some space.") from error
    return data


def _joined(files: Iterable[Path], limit: int) -> bytes:
    parts, size = [], 0
    for file in files:
        try:
            data = file.read_bytes()
        except OSError:  # a broken link in an installation must not end the run; it changes the text, not its meaning
            continue
        parts.append(_unix(data))
        size += len(data) + 1
        if size > limit:
            break
    return b"\n".join(parts)


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")
