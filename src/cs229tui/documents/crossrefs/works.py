"""Which work an entry of the references is: title, authors, year, number on arXiv, DOI, address; and which reading."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from cs229tui.course.model import Reading
from cs229tui.documents.addresses import parse_arxiv, parse_doi
from cs229tui.documents.crossrefs.entries import Entry
from cs229tui.documents.crossrefs.names import head_of
from cs229tui.documents.linking import written_links
from cs229tui.documents.listed import by_address, by_arxiv, by_doi, by_title, letters
from cs229tui.library.catalog import Catalog

_AFTER_HEAD = re.compile(r"[\s.,:;]*(?:[(\[]?\s*(?:1[5-9]|20)\d\d[a-z]?\s*[)\]]?[\s.,:;]*)?")
_QUOTED = re.compile(r"[“\"‘«]([^”\"’»]{4,300})[”\"’»]")
_TITLE_END = re.compile(
    r"(?<=[^\W_]{2})\.(?=\s|$)|(?<=[)\]’”\"])\.(?=\s|$)|[?!](?=\s+(?:[A-Z0-9(]|arXiv))|,\s+(?:in\s+[A-Z]|arXiv|CoRR|Proc|pages|vol|"
    r"(?:1[5-9]|20)\d\d)|\.\s*(?=arXiv|CoRR|In\s[A-Z])"
)
_ABBREVIATED = re.compile(r"\b(?:vs|cf|et al|e\.g|i\.e|no|vol|pp|ed|eds|st|dr|proc|conf|int)$", re.I)
_NUMBER_ALONE = re.compile(r"(?<![\d.])(\d{4}\.\d{4,5})(?:v\d{1,2})?(?![\d.]*\d)")
_LONGEST_TITLE = 300
_SAFE_TITLE = 18


@dataclass(frozen=True)
class Work:
    """What an entry says of the work it stands for; what it does not say is empty, `year` None."""

    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    arxiv: str = ""
    doi: str = ""
    url: str = ""

    @property
    def names(self) -> str:
        """What `cs229tui add` takes for it: its number on arXiv, else its DOI, else its address."""
        return self.arxiv or self.doi or self.url

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        if self.arxiv:
            return f"https://arxiv.org/abs/{self.arxiv}"
        return f"https://doi.org/{self.doi}" if self.doi else self.url


def cited_work(entry: Entry, addresses: Iterable[str] = ()) -> Work:
    """The work an entry stands for; `addresses` are the links of the file on its words, which end more surely."""
    body = entry.body
    head = head_of(body)
    arxiv = doi = url = ""
    for address in (*addresses, *(link.url for link in written_links(body))):
        if paper := parse_arxiv(address):
            arxiv = arxiv or paper.id
        elif found := parse_doi(address):
            doi = doi or found
        elif address.startswith("http"):
            url = url or address
    if not arxiv and (number := _NUMBER_ALONE.search(body)):
        # "CoRR, 1507.06228, 2015": a number in arXiv's way stands for nothing else.
        month = int(number[1][2:4])
        arxiv = number[1] if 1 <= month <= 12 and "doi" not in body[max(0, number.start() - 8) : number.start()] else ""
    year = int(entry.years[0][:4]) if entry.years else None
    return Work(title_of(body, head.end), head.authors, year, arxiv, doi, url)


def linked_work(address: str) -> Work:
    """The work at an address."""
    paper, doi = parse_arxiv(address), parse_doi(address)
    return Work("", arxiv=paper.id if paper else "", doi="" if paper else doi, url=address)


def title_of(body: str, end: int) -> str:
    """The title in an entry's words; `end` says where its authors end."""
    if (quoted := _QUOTED.search(body)) and quoted.start() < end + 40:
        return quoted[1].strip(" ,.")
    after = _AFTER_HEAD.match(body, end)
    start = after.end() if after else end
    stretch = body[start : start + _LONGEST_TITLE]
    for stop in _TITLE_END.finditer(stretch):
        if stop.start() >= 4 and not _ABBREVIATED.search(stretch[: stop.start()]):
            kept = stop.end() if stop[0][:1] in "?!" else stop.start()
            return stretch[:kept].strip()
    return stretch.strip(" .")


def listed_work(catalog: Catalog, work: Work, text: str = "") -> Reading | None:
    """The reading that a work is: by its number on arXiv, its DOI, its address or its title, in `text` too."""
    if work.arxiv and (paper := parse_arxiv(work.arxiv)) and (found := by_arxiv(catalog, paper)):
        return found
    if work.doi and (found := by_doi(catalog, work.doi)):
        return found
    if found := by_title(catalog, work.title):
        return found
    if work.url and (found := by_address(catalog, work.url)):
        return found
    return _within(catalog, text) if text else None


def _within(catalog: Catalog, text: str) -> Reading | None:
    """The reading whose title stands in an entry as a whole, between two ends of sentences."""
    spelt = [(letter, at) for at, character in enumerate(text) for letter in letters(character)]
    plain = "".join(letter for letter, _ in spelt)
    for reading in catalog.values():
        title = _title_letters(reading.title)
        at = plain.find(title) if len(title) >= _SAFE_TITLE else -1
        if at < 0:
            continue
        before = text[: spelt[at][1]].rstrip()
        after = text[spelt[at + len(title) - 1][1] + 1 :].lstrip()
        if before[-1:] in ".,:“\"'‘)”]" and after[:1] in ".,?!”\"'’([":
            return reading
    return None


@lru_cache(maxsize=2048)
def _title_letters(title: str) -> str:
    return letters(title)
