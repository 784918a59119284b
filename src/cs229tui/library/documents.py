"""The documents the program has read: their text by page, their flow, and the readings they belong to."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from cs229tui.clock import timestamp
from cs229tui.errors import NotFoundError
from cs229tui.library.database import Database, writing

Format = Literal["pdf", "html", "markdown", "text"]


class Link(msgspec.Struct, frozen=True, array_like=True):
    """A link on a page: its words are the characters `start` to `end` of the page's text.

    It leads to an address (`url`), or, where that is empty, to the character `place` of `page` (from 1) in the same
    document.
    """

    start: int
    end: int
    url: str = ""
    page: int = 0
    place: int = 0


class Page(msgspec.Struct, frozen=True):
    """A page's extracted text, a code point per character, with `boxes`: four float32 per character (left, bottom,
    right, top in PDF points), or empty where the format has no geometry. `number` counts from 1, `label` is printed;
    `links_of` decodes `links`.
    """

    number: int
    label: str
    width: float
    height: float
    text: str
    boxes: bytes = b""
    links: bytes = b""


class OutlineEntry(msgspec.Struct, frozen=True):
    """A line of the table of contents; `page` counts from 1, `place` is a character on it, `level` from 0."""

    title: str
    level: int
    page: int
    place: int = 0


class DocumentRecord(msgspec.Struct, frozen=True):
    """What is known of a file: its identity, size and extractor; `flow` holds its reflowed blocks, encoded."""

    sha256: str
    format: Format
    size: int
    pages: int
    title: str
    fingerprint: str
    extractor: str
    outline: tuple[OutlineEntry, ...]
    flow: bytes
    warnings: tuple[str, ...]
    added: str = ""


def encode_links(links: Iterable[Link]) -> bytes:
    """Links as a page keeps them."""
    made = tuple(links)
    return msgspec.msgpack.encode(made) if made else b""


def links_of(page: Page) -> tuple[Link, ...]:
    """The links on a page."""
    return msgspec.msgpack.decode(page.links, type=tuple[Link, ...]) if page.links else ()


def store_document(database: Database, record: DocumentRecord, pages: Iterable[Page]) -> None:
    """Keep a document with all its pages; one that is there already is replaced."""
    row = msgspec.structs.asdict(record) | {
        "outline": [msgspec.structs.astuple(entry) for entry in record.outline],
        "added": record.added or timestamp(),
    }
    with writing(database) as tables:
        tables.table("document").upsert(row, pk="sha256")
        tables.table("page").delete_where("document = ?", [record.sha256])
        tables.table("page").insert_all({"document": record.sha256} | msgspec.structs.asdict(page) for page in pages)


def attach(database: Database, reading: str, sha256: str, source: str) -> None:
    """Make a stored document the one `reading` is read from."""
    with writing(database) as tables:
        tables.table("attachment").delete_where("reading = ? AND document = ?", [reading, sha256])
        tables.table("attachment").insert(
            {"reading": reading, "document": sha256, "source": source, "added": timestamp()}
        )


def detach(database: Database, reading: str, sha256: str) -> None:
    """Let a reading no longer be read from a document; the document itself stays."""
    with writing(database) as tables:
        tables.table("attachment").delete_where("reading = ? AND document = ?", [reading, sha256])


def document(database: Database, sha256: str) -> DocumentRecord | None:
    """The document with that hash."""
    rows = list(database.query("SELECT * FROM document WHERE sha256 = ?", [sha256]))
    return _made(rows[0]) if rows else None


def document_of(database: Database, reading: str) -> DocumentRecord | None:
    """The document `reading` is read from, the last one attached."""
    sql = (
        "SELECT document.* FROM attachment JOIN document ON document.sha256 = attachment.document"
        " WHERE attachment.reading = ? ORDER BY attachment.seq DESC LIMIT 1"
    )
    rows = list(database.query(sql, [reading]))
    return _made(rows[0]) if rows else None


def readings_by_document(database: Database) -> dict[str, str]:
    """The reading that each document is attached to, by its SHA-256 and by its PDF fingerprint."""
    sql = (
        "SELECT sha256, fingerprint, reading FROM attachment JOIN document ON sha256 = attachment.document"
        " ORDER BY attachment.seq"
    )
    found: dict[str, str] = {}
    for row in database.query(sql):
        found[row["sha256"]] = row["reading"]
        if row["fingerprint"]:
            found[row["fingerprint"]] = row["reading"]
    return found


def attached_document(database: Database, reading: str) -> DocumentRecord:
    """The document `reading` is read from; raises `NotFoundError` where there is none."""
    record = document_of(database, reading)
    if record is None:
        raise NotFoundError(
            f"{reading} has no document yet.",
            f"Bring one in: cs229tui fetch {reading}, or cs229tui attach {reading} FILE.",
        )
    return record


class Version(msgspec.Struct, frozen=True):
    """A document attached to a reading: a file or a page, with where it came from and when."""

    sha256: str
    format: Format
    pages: int
    size: int
    title: str
    source: str
    added: str


def versions(database: Database, reading: str) -> tuple[Version, ...]:
    """Every document attached to a reading, the one it is read from first."""
    sql = (
        "SELECT document.sha256, document.format, document.pages, document.size, document.title, attachment.source,"
        " attachment.added FROM attachment JOIN document ON document.sha256 = attachment.document"
        " WHERE attachment.reading = ? ORDER BY attachment.seq DESC"
    )
    return tuple(Version(**row) for row in database.query(sql, [reading]))


def show_version(database: Database, reading: str, sha256: str) -> None:
    """Read `reading` from another of its documents from now on; where that came from, and when, stays."""
    with writing(database) as tables:
        rows = list(tables.table("attachment").rows_where("reading = ? AND document = ?", [reading, sha256]))
        tables.table("attachment").delete_where("reading = ? AND document = ?", [reading, sha256])
        tables.table("attachment").insert_all({key: row[key] for key in row if key != "seq"} for row in rows[:1])


def source_of(database: Database, sha256: str) -> str:
    """Where a document came from; empty where nobody knows."""
    sql = "SELECT source FROM attachment WHERE document = ? ORDER BY source LIKE 'http%' DESC, seq LIMIT 1"
    return next((str(row["source"]) for row in database.query(sql, [sha256])), "")


def attached(database: Database) -> dict[str, tuple[str, int]]:
    """For every reading that has one: its document's hash and number of pages."""
    sql = (
        "SELECT attachment.reading, document.sha256, document.pages FROM attachment"
        " JOIN document ON document.sha256 = attachment.document ORDER BY attachment.seq"
    )
    return {row["reading"]: (row["sha256"], row["pages"]) for row in database.query(sql)}


def fingerprints(database: Database) -> dict[str, str]:
    """pdf.js's fingerprint of every document that has one, by its hash."""
    return dict(database.execute("SELECT sha256, fingerprint FROM document WHERE fingerprint != ''").fetchall())


def page(database: Database, sha256: str, number: int) -> Page | None:
    """One page of a document with its boxes."""
    sql = "SELECT number, label, width, height, text, boxes, links FROM page WHERE document = ? AND number = ?"
    return next((Page(**row) for row in database.query(sql, [sha256, number])), None)


def page_texts(database: Database, sha256: str) -> list[Page]:
    """All pages of a document in order, without their boxes."""
    sql = "SELECT number, label, width, height, text, links FROM page WHERE document = ? ORDER BY number"
    return [Page(**row) for row in database.query(sql, [sha256])]


def _made(row: dict[str, Any]) -> DocumentRecord:
    row["outline"] = tuple(OutlineEntry(*entry) for entry in msgspec.json.decode(row["outline"]))
    row["warnings"] = tuple(msgspec.json.decode(row["warnings"]))
    return DocumentRecord(**row)
