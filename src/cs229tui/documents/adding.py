"""Adding a reading that is not in the course: from a file, an address, an arXiv id or a DOI."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cs229tui.clean import clean_line
from cs229tui.course.model import Reading
from cs229tui.documents.addresses import (
    ADDED,
    ArxivId,
    is_web_address,
    parse_arxiv,
    parse_doi,
    slug,
    unused,
)
from cs229tui.documents.listed import by_address, by_arxiv, by_doi, by_title
from cs229tui.documents.store import Progress, attach_file
from cs229tui.documents.titles import last_part, plausible_title
from cs229tui.documents.videos import video_at
from cs229tui.errors import DocumentError, FetchError, UsageError
from cs229tui.folders import Folders, expanded
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import Database
from cs229tui.library.documents import DocumentRecord, attached, detach
from cs229tui.library.readings import add_reading

_SMALL_WORDS = frozenset({"a", "an", "the", "of", "on", "for", "in", "and", "to", "with", "is", "are", "via", "from"})


@dataclass(frozen=True)
class Added:
    """A reading that is now in the library; `new` unless it was there before, `warning` if something is missing."""

    reading: Reading
    new: bool
    record: DocumentRecord | None = None
    warning: str = ""


def add(
    database: Database,
    folders: Folders,
    catalog: Catalog,
    what: str,
    progress: Progress | None = None,
    offline: bool = False,
) -> Added:
    """Add what a person named. Facts are asked of arXiv or Crossref, and do without where these cannot be reached.

    A file becomes the document of its reading at once; nothing else is downloaded. What is in the library already, by
    number, address or bytes, is found and not added again. Raises `UsageError`, `DocumentError`.
    """
    path = expanded(what)
    if path.is_file():
        return _add_file(database, folders, catalog, path, progress)
    if paper := parse_arxiv(what):
        return _add_arxiv(database, folders, catalog, paper, offline)
    if doi := parse_doi(what):
        return _add_doi(database, folders, catalog, doi, offline)
    if is_web_address(what):
        return _add_address(database, catalog, what.strip())
    raise UsageError(
        f"{clean_line(what, 120)!r} is no file, address, arXiv id or DOI.",
        "For example: cs229tui add paper.pdf, or https://…, or 2302.13971",
    )


def _add_file(database: Database, folders: Folders, catalog: Catalog, path: Path, progress: Progress | None) -> Added:
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {error.strerror}.", "Check the file.") from error
    for reading_id, (known, _) in attached(database).items():
        if known == sha256 and reading_id in catalog:
            record = attach_file(database, folders, reading_id, path, progress)
            return Added(catalog[reading_id], False, record)
    # A file that is named as arXiv names it is that paper.
    paper = parse_arxiv(path.stem)
    if paper and (listed := by_arxiv(catalog, paper)):
        return Added(listed, False, attach_file(database, folders, listed.id, path, progress))
    stem = clean_line(path.stem, 200)
    reading_id = unused(slug(f"arxiv-{paper.id}" if paper else stem), catalog)
    record = attach_file(database, folders, reading_id, path, progress)
    if listed := by_title(catalog, record.title):
        # Only now that it was read do we know what it is: the known bytes are not read again.
        record = attach_file(database, folders, listed.id, path, progress)
        detach(database, reading_id, record.sha256)
        return Added(listed, False, record)
    title = plausible_title(record.title) or " ".join(re.sub(r"[_]+", " ", stem).split()) or reading_id
    reading = Reading(
        id=reading_id,
        title=title,
        lectures=(0,),
        group=ADDED,
        url=paper.abstract if paper else "",
        arxiv=paper.id if paper else "",
    )
    add_reading(database, reading)
    return Added(reading, True, record)


def _add_arxiv(database: Database, folders: Folders, catalog: Catalog, paper: ArxivId, offline: bool) -> Added:
    from cs229tui.documents.fetching.arxiv import Facts, arxiv_facts

    if listed := by_arxiv(catalog, paper):
        return Added(listed, False)
    warning = ""
    try:
        facts = Facts(f"arXiv:{paper.id}") if offline else arxiv_facts(paper, folders.cache)
    except FetchError as error:
        if "no paper" in error.what:
            raise
        facts, warning = Facts(f"arXiv:{paper.id}"), f"{error.what} Its title is not known yet."
    if listed := by_title(catalog, facts.title):
        return Added(listed, False)
    reading = Reading(
        id=unused(_named(facts.title, facts.authors, facts.year, f"arxiv-{paper.id}"), catalog),
        title=facts.title,
        lectures=(0,),
        group=ADDED,
        authors=facts.authors,
        year=facts.year,
        url=paper.abstract,
        pdf_url=paper.pdf,
        arxiv=paper.id,
    )
    add_reading(database, reading)
    return Added(reading, True, warning=warning)


def _add_doi(database: Database, folders: Folders, catalog: Catalog, doi: str, offline: bool) -> Added:
    from cs229tui.documents.fetching.arxiv import Facts, doi_facts

    if listed := by_doi(catalog, doi):
        return Added(listed, False)
    warning = ""
    try:
        facts = Facts(doi) if offline else doi_facts(doi, folders.cache)
    except FetchError as error:
        facts, warning = Facts(doi), f"{error.what} Its title is not known yet."
    if listed := by_title(catalog, facts.title):
        return Added(listed, False)
    reading = Reading(
        id=unused(_named(facts.title, facts.authors, facts.year, doi), catalog),
        title=facts.title,
        lectures=(0,),
        group=ADDED,
        authors=facts.authors,
        year=facts.year,
        url=f"https://doi.org/{doi}",
        doi=doi,
    )
    add_reading(database, reading)
    return Added(reading, True, warning=warning)


def _add_address(database: Database, catalog: Catalog, address: str) -> Added:
    if listed := by_address(catalog, address):
        return Added(listed, False)
    parts = urlsplit(address)
    if parts.username or parts.password:
        raise UsageError("The address carries a name or password.", "Take it out.")
    name, video = last_part(address), video_at(address)
    if video and video.provider in ("youtube", "vimeo"):
        name = f"{video.provider} {video.id}"
    title = re.sub(r"(?i)\.(pdf|html?)$", "", name) or parts.hostname or address
    reading = Reading(
        id=unused(slug(title), catalog),
        title=name or address,
        lectures=(0,),
        group=ADDED,
        kind="video" if video else "paper" if parts.path.lower().endswith(".pdf") else "web",
        url=clean_line(address, 2000),
        pdf_url=clean_line(address, 2000) if parts.path.lower().endswith(".pdf") else "",
    )
    add_reading(database, reading)
    return Added(reading, True)


def _named(title: str, authors: tuple[str, ...], year: int | None, otherwise: str) -> str:
    """An id in the way of the course's own: abadi-2016-deep-learning-differential."""
    if not authors:
        return slug(otherwise)
    words = [word for word in slug(title).split("-") if word not in _SMALL_WORDS][:3]
    return slug("-".join([authors[0].split()[-1], str(year or ""), *words]))
