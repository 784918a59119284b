"""Bringing a reading's PDF in from the network: streamed to a partial file, resumed, checked, and only then kept."""

import json
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from cs229tui.clean import clean_line
from cs229tui.course.model import Reading
from cs229tui.documents.adding import retitled
from cs229tui.documents.addresses import candidates, slug
from cs229tui.documents.store import attach_file
from cs229tui.documents.web import (
    CancelledError,
    CutOffError,
    Manners,
    UnreachableError,
    explained,
    locked,
    opened,
    status_error,
)
from cs229tui.errors import FetchError
from cs229tui.folders import Folders
from cs229tui.library.database import Database
from cs229tui.library.documents import DocumentRecord

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int, int], None]
_HEAD = 1024
_ATTEMPTS = 4
_ANY = Manners()


@dataclass
class _Partial:
    """A download under way: its open file, how much of it is there, and what proves it is still the same one."""

    file: IO[bytes]
    notes: Path
    size: int = 0
    validator: str = ""
    url: str = ""

    def restart(self) -> None:
        self.file.seek(0)
        self.file.truncate(0)
        self.size, self.validator, self.url = 0, "", ""
        self.notes.unlink(missing_ok=True)

    def remember(self, url: str, validator: str) -> None:
        self.url, self.validator = url, validator
        self.notes.write_text(json.dumps({"url": url, "validator": validator}), "utf-8")


def fetch_reading(
    database: Database,
    folders: Folders,
    reading: Reading,
    progress: Progress | None = None,
    *,
    reading_in: Progress | None = None,
    cancel: threading.Event | None = None,
    manners: Manners = _ANY,
) -> DocumentRecord:
    """Download the reading's PDF and make it its document.

    `progress` is told (bytes done, bytes in all or 0 where that is unknown), `reading_in` (pages read, pages in all);
    setting `cancel` stops it. Raises `FetchError`, or `DocumentError` for a file that cannot be read.
    """
    path, url = download(folders, reading, progress, cancel=cancel, manners=manners)
    try:
        record = attach_file(database, folders, reading.id, path, reading_in, source=url, cancel=cancel)
    finally:
        path.unlink(missing_ok=True)
    retitled(database, reading, record)
    return record


def download(
    folders: Folders,
    reading: Reading,
    progress: Progress | None = None,
    *,
    cancel: threading.Event | None = None,
    manners: Manners = _ANY,
) -> tuple[Path, str]:
    """The reading's PDF as a whole file in the cache, and the address it came from; raises `FetchError`."""
    addresses = candidates(reading)
    if not addresses:
        raise FetchError(
            f"No PDF of {reading.id} is known.",
            f"Open {reading.url or 'its page'} in a browser (o), or attach a file: cs229tui attach {reading.id} FILE.",
        )
    folder = folders.cache / "downloads"
    failures: list[FetchError] = []
    unreachable: set[str] = set()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{slug(reading.id, 120)}.part").open("a+b") as file:
            if not locked(file):
                raise FetchError(f"{reading.id} is being fetched by another cs229tui.", "Let it finish.")
            for address in addresses:
                host = urlsplit(address).hostname or ""
                if host in unreachable:
                    continue
                try:
                    return _downloaded(file, folders.cache, address, progress, cancel, manners), address
                except CancelledError:
                    raise
                except FetchError as error:
                    failures.append(error)
                    if isinstance(error, UnreachableError):
                        unreachable.add(host)
            if file.seek(0, os.SEEK_END) == 0:
                Path(file.name).unlink(missing_ok=True)
                Path(file.name).with_suffix(".json").unlink(missing_ok=True)
    except OSError as error:
        raise FetchError(
            f"{reading.id} cannot be written: {error.strerror}.", "Check the disk and the cache folder."
        ) from error
    raise _summary(reading, failures)


def _downloaded(
    file: IO[bytes],
    cache: Path,
    url: str,
    progress: Progress | None,
    cancel: threading.Event | None,
    manners: Manners,
) -> Path:
    """Get one address into the partial file, going on where a broken connection left it; then give it its name."""
    name = Path(file.name)
    partial = _found(file, name.with_suffix(".json"), url)
    deadline = time.monotonic() + manners.total
    host = urlsplit(url).hostname or ""
    for attempt in range(_ATTEMPTS):
        before = partial.size
        try:
            with opened(url, cache, manners, _headers(partial), cancel) as response:
                if response.status_code == 416 and partial.size:
                    partial.restart()
                    continue
                if response.status_code not in (200, 206):
                    raise status_error(response, host)
                _receive(response, partial, url, progress, cancel, manners, deadline)
            break
        except CutOffError as error:
            done = f" after {partial.size / 1e6:.1f} MB" if partial.size else ""
            if not partial.validator:
                partial.restart()
            again = attempt + 1 < _ATTEMPTS and (partial.size > before or (before and not partial.size))
            if not again or time.monotonic() > deadline:
                remedy = "Run it again: it goes on where it stopped." if partial.size else "Try again."
                raise CutOffError(error.what.rstrip(".") + f"{done}.", remedy) from error
    else:
        raise FetchError(f"{host} does not let the download go on.", "Try again.")
    file.flush()
    os.fsync(file.fileno())
    whole = name.with_suffix(".pdf")
    name.replace(whole)
    partial.notes.unlink(missing_ok=True)
    return whole


def _found(file: IO[bytes], notes: Path, url: str) -> _Partial:
    """What an earlier download of the same address left, if it can be gone on with."""
    partial = _Partial(file, notes)
    try:
        left = json.loads(notes.read_text("utf-8"))
        same = isinstance(left, dict) and left.get("url") == url and isinstance(left.get("validator"), str)
    except (OSError, ValueError):
        same = False
    size = file.seek(0, os.SEEK_END)
    if same and left["validator"].isascii() and left["validator"].isprintable() and size > _HEAD:
        partial.size, partial.validator, partial.url = size, left["validator"], url
    else:
        partial.restart()
    return partial


def _headers(partial: _Partial) -> dict[str, str]:
    headers = {"Accept": "application/pdf, */*;q=0.5"}
    if partial.size and partial.validator:
        headers |= {"Range": f"bytes={partial.size}-", "If-Range": partial.validator}
    return headers


def _receive(
    response: "httpx.Response",
    partial: _Partial,
    url: str,
    progress: Progress | None,
    cancel: threading.Event | None,
    manners: Manners,
    deadline: float,
) -> None:
    host = urlsplit(url).hostname or ""
    encoded = response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")
    length = response.headers.get("content-length", "")
    expected = int(length) if length.isdigit() and len(length) < 16 and not encoded else 0
    if response.status_code == 206:
        place = re.fullmatch(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)", response.headers.get("content-range", ""))
        if encoded or not place or int(place[1]) != partial.size:
            partial.restart()
            raise CutOffError(f"{host} goes on at another place than we asked for.", "Try again.")
        total = int(place[2]) if place[2] != "*" else (partial.size + expected if expected else 0)
    else:
        if partial.size:
            partial.restart()
        total = expected
        validator = response.headers.get("etag", "") or response.headers.get("last-modified", "")
        # A weak tag does not promise the same bytes.
        partial.remember(url, "" if encoded or validator.startswith("W/") else validator)
    if total > manners.largest:
        partial.restart()
        raise _too_large(host, manners)
    head = b"" if partial.size == 0 else None
    with explained(host):
        for chunk in response.iter_bytes() if encoded else response.iter_raw():
            if cancel is not None and cancel.is_set():
                raise CancelledError("Stopped.", "Run it again: it goes on where it stopped.")
            if head is not None:
                head += chunk
                if len(head) < _HEAD:
                    continue
                chunk, head = _checked(head, response, host), None
            partial.file.write(chunk)
            partial.size += len(chunk)
            if partial.size > manners.largest:
                partial.restart()
                raise _too_large(host, manners)
            if time.monotonic() > deadline:
                partial.file.flush()
                raise CutOffError(f"{host} sends too slowly.", "Run it again: it goes on where it stopped.")
            if progress:
                progress(partial.size, max(total, partial.size) if total else 0)
    if head is not None:
        partial.size += partial.file.write(_checked(head, response, host))
    partial.file.flush()
    if total and partial.size != total:
        if partial.size > total:
            partial.restart()
        raise CutOffError(f"{host} sent {partial.size:,} bytes instead of {total:,}.", "Try again.")
    if not total and not _has_end(partial):
        partial.restart()
        raise CutOffError(f"{host} sent only the beginning of the PDF.", "Try again.")


def _has_end(partial: _Partial) -> bool:
    """Whether a PDF whose length nobody announced ends as one."""
    partial.file.seek(max(0, partial.size - 8192))
    return b"%%EOF" in partial.file.read()


def _checked(head: bytes, response: "httpx.Response", host: str) -> bytes:
    """The first bytes, if they are a PDF's."""
    if b"%PDF-" in head[:_HEAD]:
        return head
    kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if "html" in kind or start.startswith((b"<!doctype html", b"<html", b"<head", b"<script")):
        raise FetchError(
            f"{host} gives a web page, not a PDF.",
            "Open it with o in the program or in a browser, or attach a file: cs229tui attach READING FILE.",
        )
    what = f"something else ({clean_line(kind, 60)})" if kind and kind != "application/pdf" else "something else"
    raise FetchError(f"{host} gives {what}, not a PDF.", "Attach a file: cs229tui attach READING FILE.")


def _too_large(host: str, manners: Manners) -> FetchError:
    return FetchError(
        f"{host} sends more than {manners.largest / 1e6:.0f} MB.",
        "If that is right, download it in a browser and attach the file.",
    )


def _summary(reading: Reading, failures: list[FetchError]) -> FetchError:
    """One error for all addresses: that of the first, as the course's own link, and what the others said."""
    first = failures[0]
    others = [error for error in failures[1:] if error.what != first.what]
    also = " Elsewhere: " + " ".join(error.what for error in others) if others else ""
    made = type(first) if isinstance(first, (UnreachableError, CutOffError)) else FetchError
    return made(f"{first.what}{also}", first.remedy.replace("READING", reading.id))
