"""Which addresses a reading's document may come from, in which order, and what there is none of and why."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cs229tui.course.model import Reading
from cs229tui.documents.addresses import ADDED, candidates, is_web_address, parse_arxiv, same_address
from cs229tui.documents.fetching.receiving import Want
from cs229tui.documents.sites import is_abstract, nothing_to_keep, pdf_behind, text_behind

# What comes with the program, or is made by it.
OURS = frozenset({"guide", "handout"})
# These are web pages themselves; papers and books are only described on theirs.
_PAGES = frozenset({"blog", "web", "article", "course", "code"})
# The first page of a scanned book is not the book.
_ONE_OF_MANY = re.compile(r"/p\d+\.html?$")
_MEGABYTES: dict[Want, float] = {"pdf": 2.0, "page": 0.2, "text": 0.02}


@dataclass(frozen=True)
class Source:
    """An address, and what it is hoped to give."""

    address: str
    want: Want


@dataclass(frozen=True)
class Plan:
    """The addresses to ask for a reading, the best first; or, where there is none, `obstacle` says why."""

    reading: Reading
    sources: tuple[Source, ...] = ()
    obstacle: str = ""

    @property
    def megabytes(self) -> float:
        """About how much is going to come."""
        if not self.sources:
            return 0.0
        if self.sources[0].want == "pdf" and self.reading.pages:
            return 0.3 + 0.06 * self.reading.pages
        return _MEGABYTES[self.sources[0].want]


def plan(reading: Reading, html: bool = False) -> Plan:
    """What to ask for a reading's document; with `html` for arXiv's HTML version of a paper, and nothing else."""
    if reading.kind in OURS:
        return Plan(reading, obstacle="It comes with the program.")
    if html:
        return _html_plan(reading)
    sources = [Source(address, "pdf") for address in candidates(reading)]
    given = [reading.url, *reading.alt_urls]
    obstacles = [what for what in map(nothing_to_keep, given) if what]
    given = [address for address in given if is_web_address(address) and not nothing_to_keep(address)]
    pages = [Source(address, "page" if _is_page(reading, address) else "pdf") for address in given]
    texts = [Source(text, "text") for text in map(text_behind, given) if text]
    for source in (*texts, *pages) if reading.kind == "code" else (*pages, *texts):
        # A page about what is asked for already could only name it once more.
        behind = parse_arxiv(source.address) or any(pdf_behind(source.address) == known.address for known in sources)
        if not behind and not any(_same(source.address, known.address) for known in sources):
            sources.append(source)
    if reading.kind == "video":
        sources = []
    elif not sources and reading.doi:
        sources.append(Source(f"https://doi.org/{reading.doi}", "pdf"))
    if not sources:
        what = "a video" if reading.kind == "video" else obstacles[0] if obstacles else ""
        return Plan(reading, obstacle=f"It is {what}." if what else "No address of it is known.")
    return Plan(reading, tuple(dict.fromkeys(sources)))


def _html_plan(reading: Reading) -> Plan:
    for address in (reading.arxiv, reading.pdf_url, reading.url, *reading.alt_urls):
        if paper := parse_arxiv(address):
            other = f"https://ar5iv.labs.arxiv.org/html/{paper.id}"
            return Plan(reading, (Source(paper.html, "page"), Source(other, "page")))
    return Plan(reading, obstacle="It is not on arXiv, so there is no HTML version of it.")


def _is_page(reading: Reading, address: str) -> bool:
    """Whether what stands at an address is the reading itself, and not a page about it."""
    if is_abstract(address):
        return False
    if reading.kind in _PAGES or reading.group == ADDED:
        return True
    path = urlsplit(address).path.lower()
    return address == reading.url and path.endswith((".html", ".htm")) and not _ONE_OF_MANY.search(path)


def _same(one: str, other: str) -> bool:
    return same_address(one, other) and urlsplit(one).scheme == urlsplit(other).scheme
