"""Making what came in the document of its reading, and knowing whether it is another than before."""

import re
import threading
import time
from collections.abc import Callable, Sequence

from cs229tui.course.model import Reading
from cs229tui.documents.addresses import ADDED
from cs229tui.documents.fetching.download import Arrived
from cs229tui.documents.fetching.outcome import Result, State
from cs229tui.documents.fetching.partial import left_over
from cs229tui.documents.folding import fold
from cs229tui.documents.store import attach_file, document_path
from cs229tui.documents.titles import retitled
from cs229tui.folders import Folders
from cs229tui.library.database import Database, writing
from cs229tui.library.documents import DocumentRecord, attach, detach, document, page_texts
from cs229tui.library.downloads import Download, download_of, kept_from, record_download

Progress = Callable[[int, int], None]
_FORGOTTEN_SECONDS = 7 * 24 * 3600
# A scan whose few words are of a stamp tells nothing.
_TOO_LITTLE = 400
# How many letters a part of a title has that is not in other papers by chance, and how many of a paper its head has.
_SHORT = 14
_HEAD_LETTERS = 700
# What is on their pages need not have their names.
_UNTITLED = frozenset({"web", "course", "code", "slides", "video"})


def keep(
    database: Database,
    folders: Folders,
    reading: Reading,
    arrived: Arrived,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> Result:
    """Read what an address gave, make it the document of `reading`, and note what the server knows it by.

    Where the address gave another one before, that one stays, so that what was written on it can be placed anew; a page
    of which only what nobody reads has changed is the same page. Raises `DocumentError`.
    """
    address = arrived.partial.url
    size = arrived.path.stat().st_size
    earlier = _earlier(database, reading, address)
    current = _current(database, reading)
    record = attach_file(database, folders, reading.id, arrived.path, progress, source=address, cancel=cancel)
    remarks = record.warnings
    state: State
    if earlier is None or earlier.sha256 == record.sha256:
        state = "fetched" if earlier is None else "unchanged"
    elif _reads_the_same(database, earlier, record):
        attach(database, reading.id, earlier.sha256, address)
        detach(database, reading.id, record.sha256)
        forget_unused(database, folders, record)
        state, record = "unchanged", earlier
    else:
        state = "changed"
        remarks = ("It changed: the new one is here, and the old one is kept.", *remarks)
    if state == "fetched" and not has_title(
        reading, record, [page.text for page in page_texts(database, record.sha256)]
    ):
        remarks = ("It may be another work: its first pages do not have the title.", *remarks)
    if earlier is not None and current is not None and current[0] not in (earlier.sha256, record.sha256):
        # She reads another version than this address gives, and goes on with it.
        attach(database, reading.id, *current)
    known = arrived.validators
    record_download(database, Download(reading.id, address, "kept", "", known.etag, known.modified, record.sha256))
    retitled(database, reading, record)
    return Result(reading, state, record.sha256, record.pages, address, size, remarks)


def keep_known(database: Database, folders: Folders, reading: Reading, address: str) -> Result | None:
    """Give `reading` the document that the same address gave to another; None where there is none, or not its file."""
    row = kept_from(database, address)
    record = document(database, row.document) if row and row.document else None
    if row is None or record is None or not document_path(folders, record.sha256, record.format).is_file():
        return None
    attach(database, reading.id, record.sha256, address)
    record_download(database, Download(reading.id, address, "kept", "", row.etag, row.modified, record.sha256))
    retitled(database, reading, record)
    return Result(reading, "fetched", record.sha256, record.pages, address)


def keep_unchanged(database: Database, reading: Reading, address: str) -> Result:
    """Note that an address still gives what it gave."""
    row = download_of(database, reading.id, address)
    record = document(database, row.document) if row and row.document else None
    if row is None or record is None:
        return Result(reading, "unchanged", address=address)
    kept = Download(reading.id, address, "kept", "", row.etag, row.modified, row.document)
    record_download(database, kept)
    return Result(reading, "unchanged", record.sha256, record.pages, address)


def settle(database: Database, folders: Folders) -> None:
    """Bring to an end what a program that was killed left behind: what was kept already, what nobody goes on with."""
    sql = "SELECT reading, document FROM attachment WHERE source = ?"
    for partial in left_over(folders):
        owners = list(database.query(sql, [partial.url])) if partial.notes.whole else []
        for owner in owners:
            before = download_of(database, owner["reading"], partial.url)
            if before is None or before.outcome != "kept":
                notes = partial.notes
                kept = Download(
                    owner["reading"], partial.url, "kept", "", notes.etag, notes.modified, owner["document"]
                )
                record_download(database, kept)
        old = time.time() - partial.path.stat().st_mtime > _FORGOTTEN_SECONDS
        if owners or old or not partial.url or not (partial.notes.whole or partial.notes.validator):
            partial.drop()


def has_title(reading: Reading, record: DocumentRecord, texts: Sequence[str]) -> bool:
    """Whether a document has the words of the reading's title where titles are; yes where that cannot be told."""
    if reading.kind in _UNTITLED or reading.group == ADDED:
        return True
    words = [_plain(word) for word in re.findall(r"\w{4,}", reading.title)]
    first = _plain("\n".join([record.title, *texts[:3]])[:20_000])
    if len(words) < 2 or len(first) < _TOO_LITTLE:
        return True
    # As printed, without its subtitle too; or most of its words where titles stand, in another order or wording.
    whole = any(
        len(part) > _SHORT and part in first for part in map(_plain, (reading.title, *reading.title.split(": ")))
    )
    return whole or sum(word in first[:_HEAD_LETTERS] for word in words) * 5 >= len(words) * 3


def forget_unused(database: Database, folders: Folders, record: DocumentRecord) -> bool:
    """Take a document that no reading has from the library and the disk; says whether it is gone."""
    with writing(database) as tables:
        if tables.table("attachment").count_where("document = ?", [record.sha256]):
            return False
        tables.table("download").delete_where("document = ?", [record.sha256])
        tables.table("page").delete_where("document = ?", [record.sha256])
        tables.table("document").delete_where("sha256 = ?", [record.sha256])
    document_path(folders, record.sha256, record.format).unlink(missing_ok=True)
    return True


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text).text.casefold()))


def _earlier(database: Database, reading: Reading, address: str) -> DocumentRecord | None:
    """What an address gave to a reading before, if that is still one of its documents."""
    row = download_of(database, reading.id, address)
    if row is None or row.document is None:
        return None
    sql = "SELECT 1 FROM attachment WHERE reading = ? AND document = ?"
    held = list(database.query(sql, [reading.id, row.document]))
    return document(database, row.document) if held else None


def _current(database: Database, reading: Reading) -> tuple[str, str] | None:
    """The hash and the source of the document a reading is read from."""
    sql = "SELECT document, source FROM attachment WHERE reading = ? ORDER BY seq DESC LIMIT 1"
    return next(((row["document"], row["source"]) for row in database.query(sql, [reading.id])), None)


def _reads_the_same(database: Database, one: DocumentRecord, other: DocumentRecord) -> bool:
    if one.format != "html" or other.format != "html" or one.extractor != other.extractor:
        return False
    texts = [[page.text for page in page_texts(database, record.sha256)] for record in (one, other)]
    return texts[0] == texts[1]
