"""Which reading of the catalog a work is: by its number on arXiv, its DOI, its title, or an address."""

import unicodedata

from cs229tui.course.model import Reading
from cs229tui.documents.addresses import ArxivId, parse_arxiv, same_address
from cs229tui.library.catalog import Catalog

_SHORTEST_TITLE = 12


def letters(text: str) -> str:
    """A text's letters and digits alone, without case or accents: what names and titles are compared by."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def by_arxiv(catalog: Catalog, paper: ArxivId) -> Reading | None:
    """The reading that is this paper on arXiv, in any version."""
    for reading in catalog.values():
        known = parse_arxiv(reading.arxiv or reading.url or reading.pdf_url)
        if known and known.id.casefold() == paper.id.casefold():
            return reading
    return None


def by_doi(catalog: Catalog, doi: str) -> Reading | None:
    """The reading with this DOI."""
    return next((one for one in catalog.values() if one.doi and one.doi.casefold() == doi.casefold()), None)


def by_title(catalog: Catalog, title: str) -> Reading | None:
    """The reading with this title; titles too short to tell works apart find none."""
    wanted = letters(title)
    if len(wanted) < _SHORTEST_TITLE:
        return None
    return next((reading for reading in catalog.values() if letters(reading.title) == wanted), None)


def by_address(catalog: Catalog, address: str) -> Reading | None:
    """The reading that is found at this address, or one of its other addresses."""
    for reading in catalog.values():
        if any(same_address(address, known) for known in (reading.url, reading.pdf_url, *reading.alt_urls)):
            return reading
    return None
