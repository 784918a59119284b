"""Which reading of ours an annotation of somebody else is on: readings have other ids where they were added by hand."""

from collections.abc import Mapping

from cs229tui.course.model import Reading
from cs229tui.documents.addresses import parse_arxiv, parse_doi, plain_address
from cs229tui.library.database import Database
from cs229tui.library.documents import readings_by_document


class Matcher:
    """Finds our reading for another's by its id, else by arXiv id, DOI or address, else by the file itself."""

    def __init__(self, database: Database, catalog: Mapping[str, Reading]) -> None:
        self._catalog = catalog
        self._database = database
        self._known: dict[tuple[str, str, str, str], str] = {}
        self._works: dict[str, str] | None = None
        self._files: dict[str, str] = {}

    def __call__(self, reading: str, source: str, document: str, fingerprint: str) -> str:
        """Our id of the reading; the one given where it is none of ours."""
        if reading in self._catalog or not (source or document or fingerprint):
            return reading
        asked = (reading, source, document, fingerprint)
        if asked not in self._known:
            self._known[asked] = self._found(source, document, fingerprint) or reading
        return self._known[asked]

    def _found(self, source: str, document: str, fingerprint: str) -> str:
        if self._works is None:
            self._works = {}
            for one in self._catalog.values():
                for name in (one.arxiv, one.doi and f"doi:{one.doi}", one.url, one.pdf_url, *one.alt_urls):
                    for key in _keys(name) if name else ():
                        self._works.setdefault(key, one.id)
            self._files = readings_by_document(self._database)
        works = (self._works.get(key, "") for key in _keys(source))
        return next(filter(None, works), "") or self._files.get(document) or self._files.get(fingerprint) or ""


def _keys(address: str) -> list[str]:
    """What may tell a work: its arXiv id, its DOI, its address."""
    paper, doi = parse_arxiv(address), parse_doi(address)
    found = [f"arxiv:{paper.id}"] if paper else []
    found += [f"doi:{doi.casefold()}"] if doi else []
    return [*found, " ".join(plain_address(address))] if "://" in address else found
