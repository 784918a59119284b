"""What arXiv and Crossref know of a paper: title, authors, year; asked politely, and trusted no further than that."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cs229tui.clean import clean_line
from cs229tui.documents.addresses import ArxivId
from cs229tui.documents.fetching.web import Manners, read
from cs229tui.errors import FetchError

ARXIV = "https://export.arxiv.org/api/query"
CROSSREF = "https://api.crossref.org/works/"
_ATOM = "{http://www.w3.org/2005/Atom}"
_LARGEST = 1_000_000
# Nobody waits long for a title: it can be had later, with the paper.
BRIEF = Manners(connect=6.0, read=10.0, total=20.0)


@dataclass(frozen=True)
class Facts:
    """A paper's bibliographic facts."""

    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None


def arxiv_facts(paper: ArxivId, cache: Path, manners: Manners = BRIEF, service: str = ARXIV) -> Facts:
    """What arXiv's Atom interface says of a paper; raises `FetchError`, also where there is no such paper."""
    address = f"{service}?id_list={quote(paper.id + paper.version)}&max_results=1"
    return parse_atom(read(address, cache, manners, _LARGEST), paper)


def doi_facts(doi: str, cache: Path, manners: Manners = BRIEF, service: str = CROSSREF) -> Facts:
    """What Crossref says of a DOI; raises `FetchError`."""
    return parse_crossref(read(service + quote(doi, safe=""), cache, manners, _LARGEST), doi)


def parse_atom(body: bytes, paper: ArxivId) -> Facts:
    """The facts in an Atom answer. A DOCTYPE, which could make it grow without end, is refused."""
    from xml.etree import ElementTree

    if len(body) > _LARGEST or re.search(rb"<!(?:DOCTYPE|ENTITY)", body, re.I) or b"\0" in body:
        raise FetchError("arXiv's answer is not one of its own.", "Try again later.")
    try:
        entry = ElementTree.fromstring(body).find(f"{_ATOM}entry")  # noqa: S314
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise FetchError("arXiv's answer cannot be read.", "Try again later.") from error
    title = clean_line(entry.findtext(f"{_ATOM}title") or "", 500) if entry is not None else ""
    if entry is None or not title or "/api/errors" in (entry.findtext(f"{_ATOM}id") or ""):
        raise FetchError(f"arXiv has no paper {paper.id}{paper.version}.", "Check the number.")
    authors = (clean_line(one.findtext(f"{_ATOM}name") or "", 200) for one in entry.findall(f"{_ATOM}author")[:3000])
    year = (entry.findtext(f"{_ATOM}published") or "")[:4]
    return Facts(title, tuple(author for author in authors if author), int(year) if year.isdecimal() else None)


def parse_crossref(body: bytes, doi: str) -> Facts:
    """The facts in Crossref's JSON."""
    try:
        message: Any = json.loads(body)["message"]
        titles, people = message.get("title") or [], message.get("author") or []
        title = clean_line(re.sub(r"<[^<>]{0,80}>", "", str(titles[0])), 500) if titles else ""
        named = [person for person in people[:3000] if isinstance(person, dict)]
        authors = [
            clean_line(f"{one.get('given') or ''} {one.get('family') or one.get('name') or ''}", 200) for one in named
        ]
        year = ((message.get("issued") or {}).get("date-parts") or [[None]])[0][0]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise FetchError("Crossref's answer cannot be read.", "Try again later.") from error
    if not title:
        raise FetchError(f"Crossref knows no title for {doi}.")
    return Facts(title, tuple(filter(None, authors)), year if isinstance(year, int) else None)
