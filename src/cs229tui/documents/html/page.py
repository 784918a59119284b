"""A saved web page as a document: what it says as blocks, its formulas, links and pictures, its title and authors."""

import re
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

from cs229tui.clean import clean_line
from cs229tui.documents.html.about import About, about, headline
from cs229tui.documents.html.inline import Line
from cs229tui.documents.html.main_text import drop_links_around, main_text, strip_surroundings
from cs229tui.documents.html.maths import mark_formulas
from cs229tui.documents.html.parse import LONGEST, decoded, tree
from cs229tui.documents.html.reading import Reader
from cs229tui.documents.text_document import TextDocument, Words, Writer

# With fewer characters of text than this, a page is looked at for why that is.
_LITTLE = 500
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->|url:\s*(https?://\S+)\s*\n\s*saved date:", re.I)
_NEEDS_SCRIPT = re.compile(
    r"enable javascript|javascript (?:is )?(?:required|disabled)|without javascript|requires javascript", re.I
)
_LOG_IN = re.compile(r"\b(log|sign)[ -]?in\b|\bsubscribe to (?:read|continue)|\bcreate an account\b", re.I)
_CHECKS = re.compile(
    r"just a moment|attention required|are you (?:a )?(?:human|robot)|verify you are human|captcha|access denied", re.I
)


@dataclass(frozen=True)
class Unread:
    """A page that cannot be read, and why: `too-long`, `empty`, `needs-browser`, `log-in`, `refused`."""

    why: str


def read_page(data: bytes, address: str = "") -> TextDocument | Unread:
    """A page as it was saved; `address` is where it came from, for its relative links."""
    if len(data) > LONGEST:
        return Unread("too-long")
    text = decoded(data)
    root = tree(text)
    if root is None:
        return Unread("empty")
    found = about(root)
    base = _base(text, address, found)
    said = " ".join(" ".join(root.itertext("body", "p", "div", "noscript", "title", "h1", "h2")).split())[:4000]
    scripts = sum(1 for _ in root.iter("script"))
    asks = any((one.get("type") or "").lower() == "password" for one in root.iter("input"))
    mark_formulas(root)
    title = headline(root, found.title)
    strip_surroundings(root)
    main = main_text(root)
    drop_links_around(main)
    document = read_element(main, base, title, found)
    length = sum(len(block.text) for block in document.flow if block.kind not in ("page", "title", "figure"))
    if length < _LITTLE and (why := _why_little(said, scripts, asks, length)):
        return Unread(why)
    return document


def read_element(main: etree._Element, base: str = "", title: str = "", known: About | None = None) -> TextDocument:
    """The text of one element as a document; formulas in it are marked already."""
    writer = Writer()
    reader = Reader(writer, Line(base), title, _section(main, title))
    if title:
        words = Words()
        words.put(title)
        writer.write("title", words, 1)
        _byline(writer, main, known)
    reader.read(main)
    return writer.finished(title)


def _section(main: etree._Element, title: str) -> int:
    """The depth of the headings that part the text: the highest there are several of, else the highest."""
    depths: dict[int, int] = {}
    for heading in main.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        text = clean_line("".join(heading.itertext()), 300)
        if text and text != title:
            depth = int(str(heading.tag)[1])
            depths[depth] = depths.get(depth, 0) + 1
    return next((depth for depth in sorted(depths) if depths[depth] > 1), min(depths, default=2))


def _byline(writer: Writer, main: etree._Element, known: About | None) -> None:
    if known is None:
        return
    begins = " ".join("".join(main.itertext()).split())[:1500]
    authors = [name for name in known.authors if name not in begins]
    parts = [", ".join(authors) if len(authors) == len(known.authors) else "", known.date]
    writer.write("paragraph", " · ".join(part for part in parts if part))


def _base(text: str, address: str, found: About) -> str:
    """What relative links start from: the page's own word, where it was fetched, or where a browser saved it from."""
    from urllib.parse import urljoin

    if not address.startswith(("http://", "https://")):
        saved = _SAVED_FROM.search(text[:4000])
        address = (saved[1] or saved[2]) if saved else ""
    try:
        return urljoin(address, found.base) if found.base else address
    except ValueError:
        return address


def _why_little(said: str, scripts: int, asks: bool, length: int) -> str:
    """Why a page has so little text, if it is not just a short one."""
    if _CHECKS.search(said[:600]):
        return "refused"
    if asks or (_LOG_IN.search(said) and length < 250):
        return "log-in"
    if _NEEDS_SCRIPT.search(said) or (scripts and length < 25):
        return "needs-browser"
    return "" if length > 0 else "empty"
