"""Texts to train on, each with its name, source and licence; where one cannot be had, the next, and the lab says so."""

import hashlib
import os
import sysconfig
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.labkit.data.fetching import DataError, Progress
from cs229tui.labkit.data.places import contents, named_place
from cs229tui.labkit.data.registry import DATASETS

SOURCES = ("auto", "file", "shakespeare", "state-of-the-union", "library", "python")
LIBRARY_TEXT = "CS229TUI_LIBRARY_TEXT"  # a folder or file with the text of the student's readings, set by the launcher

_LIBRARY_LEAST = 200_000  # bytes; with less there is nothing to learn from

_NOT_LIBRARY = {"test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__"}


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
    source: str = "auto",
    file: str = "",
    limit: int = 2_000_000,
    note: Callable[[str], None] = lambda text: None,
    progress: Progress = lambda done, total: None,
) -> Corpus:
    """The text that `source` (one of `SOURCES`) names, at most its first `limit` bytes; `note` is told what was used.

    "auto" takes `file` where one is given, else tiny Shakespeare, the library's readings, Python's standard library;
    `progress` is told how far a download is.
    A source that cannot be had falls back along that order; a file that was named does not: `DataError`.
    """
    if source == "file" and not file:
        raise DataError("The data source is a file, but none is named.", "Name one: --file PATH")
    if file and source in ("auto", "file"):
        made = named_file(named_place(file))
    else:
        made = _first_available(source, limit, note, progress)
    data = made.data[:limit]
    while data and len(data) < len(made.data) and data[-1] & 0x80:  # do not cut inside a character
        data = data[:-1]
    cut = f", the first {len(data):,} of {len(made.data):,} bytes" if len(data) < len(made.data) else ""
    made = Corpus(made.name, made.source, made.licence, data, made.url)
    note(f"Text: {made.name} ({made.source}; {made.licence}){cut or f', {len(data):,} bytes'}.")
    return made


def _first_available(source: str, limit: int, note: Callable[[str], None], progress: Progress) -> Corpus:
    order: dict[str, Callable[[], Corpus]] = {
        "shakespeare": partial(registered, "shakespeare", note, progress),
        "library": library,
        "python": partial(standard_library, limit),
    }
    if source == "state-of-the-union":  # nobody has it by chance: only where it was asked for
        order = {source: partial(registered, source, note, progress)} | order
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


def registered(name: str, note: Callable[[str], None], progress: Progress) -> Corpus:
    """A text of the registry, from the cache or downloaded once; raises `DataError`."""
    dataset = DATASETS[name]
    (data,) = contents(dataset, note, progress).values()
    return Corpus(dataset.title, dataset.source, dataset.licence, data, dataset.parts[0].url)


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
    data = _joined(library_files(), limit)
    if not data:
        raise DataError("This Python comes without the source of its library.", "Name a text: --file PATH")
    version = f"Python {sysconfig.get_python_version()}"
    return Corpus(f"the standard library of {version}", "this machine", "PSF licence", data)


def library_files() -> list[Path]:
    """The files of Python's standard library on this machine, without its tests, in the order of their paths."""
    files: list[Path] = []
    for folder, inner, names in os.walk(sysconfig.get_path("stdlib")):
        inner[:] = [name for name in inner if name not in _NOT_LIBRARY]
        files += [Path(folder, name) for name in names if name.endswith(".py")]
    return sorted(files)


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
