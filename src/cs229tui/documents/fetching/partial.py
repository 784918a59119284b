"""A download under way on the disk: its bytes so far, what proves that they are still the same, and whose it is."""

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from cs229tui.documents.fetching.refusals import CancelledError
from cs229tui.documents.fetching.turns import locked
from cs229tui.errors import FetchError
from cs229tui.folders import Folders

# Fewer bytes than this are not worth going on with; also how much is looked at to see what comes.
HEAD = 1024
_WAIT = 0.05
# In the order in which they may go: what names an address last, so that being killed leaves no file without one.
_SUFFIXES = (".pdf", ".html", ".md", ".txt", ".json-part", ".json", ".part")


class Notes(msgspec.Struct, frozen=True):
    """What is kept beside a download: its address, the `validator` that lets it be gone on with, and, once it is
    `whole`, the suffix of its file and what the server knows it by.
    """

    url: str
    validator: str = ""
    whole: bool = False
    suffix: str = ""
    etag: str = ""
    modified: str = ""


@dataclass
class Partial:
    """A download that this thread alone may go on with, until it is released."""

    file: IO[bytes]
    url: str
    notes: Notes
    size: int = 0

    @property
    def path(self) -> Path:
        """Where its bytes are while they come in."""
        return Path(self.file.name)

    @property
    def whole(self) -> Path | None:
        """The file, if all of it is there."""
        made = self.path.with_suffix(self.notes.suffix) if self.notes.whole else None
        return made if made and made.is_file() else None

    def restart(self) -> None:
        """Begin from nothing."""
        self.file.seek(0)
        self.file.truncate(0)
        self.size = 0
        self.remember(Notes(self.url))

    def remember(self, notes: Notes) -> None:
        """Keep the notes, so that the next program knows them even if this one is killed now."""
        self.notes = notes
        path = self.path.with_suffix(".json")
        fresh = self.path.with_suffix(".json-part")
        fresh.write_bytes(msgspec.json.encode(notes))
        fresh.replace(path)

    def complete(self, suffix: str, etag: str, modified: str, content: bytes | None = None) -> Path:
        """All of it is there: give it a name, and with it `content` where that is to be kept instead of the bytes."""
        made = self.path.with_suffix(suffix)
        made.unlink(missing_ok=True)
        self.file.flush()
        os.fsync(self.file.fileno())
        if content is not None:
            made.write_bytes(content)
        else:
            # Not moved: the lock that others wait for is on the file of the old name.
            try:
                made.hardlink_to(self.path)
            except OSError:
                shutil.copyfile(self.path, made)
        self.remember(Notes(self.url, "", True, suffix, etag, modified))
        return made

    def drop(self) -> None:
        """Take all of it from the disk."""
        self.notes = Notes(self.url)
        for suffix in _SUFFIXES:
            self.path.with_suffix(suffix).unlink(missing_ok=True)

    def release(self) -> None:
        """Let others have it; what nobody can go on with goes."""
        if not self.file.closed:
            if not self.notes.whole and (self.file.seek(0, os.SEEK_END) <= HEAD or not self.notes.validator):
                self.drop()
            self.file.close()


def claimed(folders: Folders, url: str, cancel: threading.Event | None = None) -> Partial:
    """The download of an address, held against all other programs and threads; waits while another has it.

    Raises `FetchError` where the cache cannot be written, `CancelledError`.
    """
    folder = downloads_folder(folders)
    path = folder / f"{hashlib.sha256(url.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}.part"
    stop = cancel or threading.Event()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            file = path.open("a+b")
            while not locked(file):
                if stop.wait(_WAIT):
                    file.close()
                    raise CancelledError("Stopped.")
            # Whoever had it may have finished and removed it, and somebody else begun anew under its name.
            if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                return _found(file, url)
            file.close()
    except OSError as error:
        raise FetchError(f"{folder} cannot be written: {error.strerror}.", "Check the disk and the folder.") from error


def _found(file: IO[bytes], url: str) -> Partial:
    """What an earlier download of the same address left, if it can be gone on with."""
    partial = Partial(file, url, Notes(url))
    notes = _notes(partial.path.with_suffix(".json"))
    size = file.seek(0, os.SEEK_END)
    if notes is None or notes.url != url:
        partial.restart()
    elif notes.whole and partial.path.with_suffix(notes.suffix).is_file():
        partial.notes = notes
    elif notes.validator.isascii() and notes.validator.isprintable() and notes.validator and size > HEAD:
        partial.notes, partial.size = notes, size
    else:
        partial.restart()
    return partial


def left_over(folders: Folders) -> Iterator[Partial]:
    """The downloads that nobody is at work on, each held until the next is asked for."""
    for path in sorted(downloads_folder(folders).glob("*.part")):
        try:
            with path.open("r+b") as file:
                if not locked(file):
                    continue
                notes = _notes(path.with_suffix(".json")) or Notes("")
                yield Partial(file, notes.url, notes, path.stat().st_size)
        except OSError:
            continue


def strays(folders: Folders) -> list[Path]:
    """Files among the downloads that belong to none."""
    found = downloads_folder(folders).glob("*")
    return sorted(path for path in found if path.suffix != ".part" and not path.with_suffix(".part").exists())


def downloads_folder(folders: Folders) -> Path:
    """Where downloads are until they are read."""
    return folders.cache / "downloads"


def _notes(path: Path) -> Notes | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Notes)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None
