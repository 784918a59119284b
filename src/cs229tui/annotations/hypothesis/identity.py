"""Which work an annotation is on: the addresses a reading is known by there, and the reading an address means here."""

from dataclasses import dataclass, field
from typing import Any

from cs229tui.annotations.works import Works
from cs229tui.course.model import Reading
from cs229tui.documents.addresses import is_public, is_web_address, parse_arxiv, parse_doi
from cs229tui.documents.videos import video_of
from cs229tui.library.database import Database
from cs229tui.library.documents import document_of, source_of

# The server takes no longer name of a work.
_LONGEST = 3000
# Addresses that show another page through a proxy of the server's makers.
_THROUGH = ("https://via.hypothes.is/", "http://via.hypothes.is/")


@dataclass(frozen=True)
class Work:
    """What a work is called there: the address an annotation is filed under, and every other name of the same work."""

    uri: str
    others: tuple[str, ...] = ()
    doi: str = ""
    fingerprint: str = ""
    title: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Everything to search by."""
        return tuple(dict.fromkeys(name for name in (self.uri, *self.others) if name))

    @property
    def document(self) -> dict[str, Any]:
        """What is said of the work with an annotation; the server joins works by it."""
        # The server takes a DOI from here and not from a link.
        doi = {"dc": {"identifier": [f"doi:{self.doi}"]}, "highwire": {"doi": [self.doi]}} if self.doi else {}
        printed = {"documentFingerprint": self.fingerprint} if self.fingerprint else {}
        links = [{"href": name} for name in self.names]
        return {"title": [self.title or self.uri], "link": links} | printed | doi


def work_of(database: Database, reading: Reading, moment: bool = False) -> Work | None:
    """What a reading is called there, as a video where a `moment` of it is meant; none where it has no public name.

    The name of a file on this machine is never told.
    """
    video = video_of(reading) if moment else None
    if video is not None:
        return Work(video.url, (), "", "", reading.title)
    record = document_of(database, reading.id)
    fingerprint = record.fingerprint if record else ""
    source = source_of(database, record.sha256) if record else ""
    paper = parse_arxiv(reading.arxiv) if reading.arxiv else None
    doi = parse_doi(reading.doi) if reading.doi else ""
    names = [_public(source)]
    if paper:
        names += [paper.pdf, paper.abstract]
    names += [_public(address) for address in (reading.pdf_url, reading.url)]
    if fingerprint:
        names.append(f"urn:x-pdf:{fingerprint}")
    if doi:
        names.append(f"doi:{doi}")
    known = [name for name in dict.fromkeys(names) if name]
    # A file of her own has no name but its fingerprint, and a text file has none at all.
    return Work(known[0], tuple(known[1:]), doi, fingerprint, reading.title) if known else None


@dataclass
class Meant:
    """Finds the readings that addresses there mean, each once."""

    works: Works
    _found: dict[str, str | None] = field(default_factory=dict)

    def reading(self, *addresses: str) -> str | None:
        """The id of the reading that one of these addresses means; none where it is not among hers."""
        for address in addresses:
            if address not in self._found:
                self._found[address] = self._meant(address)
            if self._found[address]:
                return self._found[address]
        return None

    def _meant(self, address: str) -> str | None:
        for proxy in _THROUGH:
            address = address.removeprefix(proxy)
        try:
            return self.works.reading(address=address.split("#")[0].strip()) if address else None
        except ValueError:
            return None


def _public(address: str) -> str:
    """A web address that others can make something of, without what may be secret in it; empty for any other."""
    from urllib.parse import urlsplit

    address = address.split("#")[0].strip()
    if not is_web_address(address) or len(address) > _LONGEST:
        return ""
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    if parts.username or parts.password or "." not in host or host.endswith((".local", ".localhost", ".internal")):
        return ""
    try:
        return address if is_public(host) else ""
    except ValueError:
        return address
