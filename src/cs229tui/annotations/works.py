"""Which of her readings others mean: by the id of the course, the address of the work, or the bytes they read it in."""

from dataclasses import dataclass, field

from cs229tui.documents.addresses import is_web_address, parse_arxiv, parse_doi
from cs229tui.documents.listed import by_address, by_arxiv, by_doi
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import Database
from cs229tui.library.documents import readings_by_document


@dataclass(frozen=True)
class Works:
    """Her readings, and by the SHA-256 and the PDF fingerprint of each document the reading it is attached to."""

    catalog: Catalog
    documents: dict[str, str]
    _known: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def reading(self, named: str = "", address: str = "", sha256: str = "", fingerprint: str = "") -> str | None:
        """The id of the reading that is meant; none where it is no reading of hers. `named` counts first."""
        if named in self.catalog:
            return named
        found = self.documents.get(sha256) or self.documents.get(fingerprint)
        if found is not None:
            return found
        asked = (named, address)
        if asked not in self._known:
            self._known[asked] = self._at(address)
        return self._known[asked]

    def _at(self, address: str) -> str | None:
        if address.startswith("urn:x-pdf:"):
            return self.documents.get(address.removeprefix("urn:x-pdf:"))
        if "://" in address and not is_web_address(address):
            return None
        paper, doi = parse_arxiv(address), parse_doi(address)
        found = (
            (by_arxiv(self.catalog, paper) if paper else None)
            or (by_doi(self.catalog, doi) if doi else None)
            or (by_address(self.catalog, address) if address else None)
        )
        return found.id if found else None


def works(database: Database, catalog: Catalog) -> Works:
    """Her readings as of now, to be asked many times."""
    return Works(catalog, readings_by_document(database))
