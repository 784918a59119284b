"""The documents that are kept on this machine: which there are, whether they are whole, which nobody needs."""

import hashlib
import threading
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cs229tui.documents.fetching.partial import downloads_folder, left_over, strays
from cs229tui.documents.store import document_path, outdated
from cs229tui.folders import Folders
from cs229tui.library.database import Database, writing
from cs229tui.library.documents import document

Progress = Callable[[int, int], None]
# damaged: the bytes are not those of the name; missing: no file; outdated: read by an older program; stray: a file that
# no document has.
Fault = Literal["damaged", "missing", "outdated", "stray"]


@dataclass(frozen=True)
class Kept:
    """A document on the shelf: the readings whose document it is, those that had it before, and its file."""

    sha256: str
    format: str
    pages: int
    size: int
    added: str
    source: str
    readings: tuple[str, ...]
    before: tuple[str, ...]
    annotations: int
    path: Path

    @property
    def used(self) -> bool:
        """Whether some reading is read from it now."""
        return bool(self.readings)


@dataclass(frozen=True)
class Faulty:
    """Something wrong with the shelf; `document` is empty for a stray file."""

    fault: Fault
    path: Path
    document: str = ""
    readings: tuple[str, ...] = ()
    size: int = 0


@dataclass(frozen=True)
class Prunable:
    """What can go: a document (`kept`), or a file of the cache; `why` says what it is."""

    why: str
    path: Path
    size: int
    kept: Kept | None = None


def shelf(database: Database, folders: Folders) -> list[Kept]:
    """Every document that the library has, those in use first, by the reading's id."""
    current: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    sources: dict[str, str] = {}
    newest: dict[str, str] = {}
    rows = list(database.query("SELECT reading, document, source FROM attachment ORDER BY seq"))
    for row in rows:
        newest[row["reading"]] = row["document"]
        sources[row["document"]] = row["source"]
    for row in rows:
        is_current = newest[row["reading"]] == row["document"]
        (current if is_current else before).setdefault(row["document"], []).append(row["reading"])
    written = {
        row["document"]: row["count"]
        for row in database.query(
            "SELECT document, count(*) AS count FROM annotation"
            " WHERE deleted IS NULL AND document IS NOT NULL GROUP BY document"
        )
    }
    found = [
        Kept(
            row["sha256"],
            row["format"],
            row["pages"],
            row["size"],
            row["added"],
            sources.get(row["sha256"], ""),
            tuple(sorted(current.get(row["sha256"], ()))),
            tuple(sorted(before.get(row["sha256"], ()))),
            written.get(row["sha256"], 0),
            document_path(folders, row["sha256"], row["format"]),
        )
        for row in database.query("SELECT sha256, format, pages, size, added FROM document")
    ]
    return sorted(found, key=lambda kept: (not kept.used, kept.readings or kept.before, kept.added))


def check(
    database: Database, folders: Folders, progress: Progress | None = None, cancel: threading.Event | None = None
) -> list[Faulty]:
    """Read every file that is kept and compare its hash; `progress` is told (bytes read, bytes in all)."""
    kept = shelf(database, folders)
    faults: list[Faulty] = []
    total, done = sum(one.size for one in kept), 0
    for one in kept:
        if cancel is not None and cancel.is_set():
            break
        readings = one.readings or one.before
        record = document(database, one.sha256)
        try:
            sha256 = _hash(one.path)
        except FileNotFoundError:
            faults.append(Faulty("missing", one.path, one.sha256, readings, one.size))
        except OSError:
            faults.append(Faulty("damaged", one.path, one.sha256, readings, one.size))
        else:
            if sha256 != one.sha256:
                faults.append(Faulty("damaged", one.path, one.sha256, readings, one.size))
            elif record is not None and one.used and outdated(record):
                faults.append(Faulty("outdated", one.path, one.sha256, readings, one.size))
        done += one.size
        if progress:
            progress(done, total)
    known = {one.path for one in kept}
    files = sorted(path for path in folders.documents.rglob("*") if path.is_file())
    faults += [Faulty("stray", path, size=path.stat().st_size) for path in files if path not in known]
    faults += [Faulty("stray", path, size=path.stat().st_size) for path in strays(folders)]
    return faults


def remove_strays(faults: Iterable[Faulty]) -> int:
    """Remove the files that no document has, and say how many bytes that were."""
    freed = 0
    for faulty in faults:
        if faulty.fault == "stray":
            faulty.path.unlink(missing_ok=True)
            freed += faulty.size
    return freed


def prunable(
    database: Database, folders: Folders, readings: Container[str], *, annotated: bool = False, unlisted: bool = False
) -> list[Prunable]:
    """What can go without anything that is read now going: what no reading has, versions that the same address or file
    has replaced, stray files, downloads nobody went on with, and what only makes the start quicker.

    What is written on stays unless `annotated`; documents of readings that are not among `readings` stay unless
    `unlisted`: they may be another course's.
    """
    found: list[Prunable] = []
    kept = shelf(database, folders)
    replaced = _replaced(database)
    for one in kept:
        if one.annotations and not annotated:
            continue
        if not one.used and all((reading, one.sha256) in replaced for reading in one.before):
            why = "an older version" if one.before else "no reading has it"
            found.append(Prunable(why, one.path, one.size, one))
        elif unlisted and not any(reading in readings for reading in (*one.readings, *one.before)):
            found.append(Prunable("its reading is not in this course", one.path, one.size, one))
    known = {one.path for one in kept}
    files = sorted(path for path in folders.documents.rglob("*") if path.is_file() and path not in known)
    found += [Prunable("a stray file", path, path.stat().st_size) for path in (*files, *strays(folders))]
    for partial in left_over(folders):
        parts = sorted(downloads_folder(folders).glob(f"{partial.path.stem}.*"))
        found += [Prunable("a download that was cut off", path, path.stat().st_size) for path in parts]
    copies = sorted(path for path in folders.cache.glob("*") if path.is_file())
    found += [Prunable("a copy that is made again", path, path.stat().st_size) for path in copies]
    return found


def _replaced(database: Database) -> set[tuple[str, str]]:
    """Readings and their documents that the same source has given a later one for."""
    sql = (
        "SELECT older.reading, older.document FROM attachment AS older"
        " JOIN attachment AS newer ON newer.reading = older.reading AND newer.source = older.source"
        " JOIN document AS first ON first.sha256 = older.document"
        " JOIN document AS second ON second.sha256 = newer.document"
        " WHERE second.added > first.added"
    )
    return {(row["reading"], row["document"]) for row in database.query(sql)}


def prune(database: Database, chosen: Iterable[Prunable]) -> int:
    """Remove these for good, and say how many bytes that were; what was written on them stays, without its text."""
    freed = 0
    for one in chosen:
        if one.kept is not None:
            with writing(database) as tables:
                for table in ("attachment", "download", "page"):
                    tables.table(table).delete_where("document = ?", [one.kept.sha256])
                tables.table("document").delete_where("sha256 = ?", [one.kept.sha256])
        one.path.unlink(missing_ok=True)
        freed += one.size
    return freed


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
