"""Titles of readings that the student added: the document's own, and what stands for one until it is known."""

import re
from urllib.parse import unquote, urlsplit

import msgspec

from cs229tui.clean import clean_line
from cs229tui.course.model import Reading
from cs229tui.library.database import Database
from cs229tui.library.documents import DocumentRecord
from cs229tui.library.readings import add_reading, added_readings

_JUNK_TITLE = re.compile(
    r"(?i)^(untitled|microsoft word|powerpoint|document\d*|title)\b|\.(docx?|tex|dvi|pdf|ps|indd)$|^arxiv:"
)


def retitled(database: Database, reading: Reading, record: DocumentRecord) -> Reading:
    """The reading, under its document's title where the student added it and it had only a stopgap for one."""
    title = plausible_title(record.title)
    if not title or reading.title not in _stopgaps(reading) or reading.id not in _own(database):
        return reading
    better = msgspec.structs.replace(reading, title=title)
    add_reading(database, better)
    return better


def plausible_title(title: str) -> str:
    """The title a file carries, if a person could have meant it as one; else empty."""
    found = clean_line(title, 300)
    return found if len(found) >= 4 and re.search(r"[^\W\d_]{2}", found) and not _JUNK_TITLE.search(found) else ""


def last_part(address: str) -> str:
    """The end of an address, as a person reads it: a stopgap for a title."""
    parts = urlsplit(address)
    name = unquote(parts.path).rstrip("/").rsplit("/", 1)[-1]
    return clean_line(f"{name}?{unquote(parts.query)}" if parts.query else name, 200)


def _stopgaps(reading: Reading) -> set[str]:
    names = {f"arXiv:{reading.arxiv}", reading.doi, reading.id, reading.url, reading.pdf_url}
    return names | {last_part(address) for address in (reading.url, reading.pdf_url) if address}


def _own(database: Database) -> set[str]:
    return {reading.id for reading in added_readings(database)}
