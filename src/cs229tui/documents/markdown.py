"""Markdown and plain text made into pages and a flow, with the same contract as a PDF: every character has its place.

Markdown becomes HTML first, and is read as a web page is; the formulas in it are set aside before, for Markdown would
take their signs for its own.
"""

import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from cs229tui.clean import clean, clean_line
from cs229tui.documents.text_document import TextDocument, Writer

if TYPE_CHECKING:
    from lxml import etree  # type: ignore[import-untyped]

_REVISION = "3"
LONGEST_TEXT = 20 * 1024 * 1024
_PLAIN_PAGE = 3000
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n(?:---|\.\.\.)\n", re.S)
_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.M)
# Code keeps what looks like a formula; so do the addresses of links.
CODE = re.compile(
    r"(^[ ]{0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^[ ]{0,3}\2[`~]*[ ]*$|\Z)|(?<!`)(`+)(?!`)[^`].*?(?<!`)\3(?!`))", re.S | re.M
)
# Signs of their own stand for the formulas while Markdown is read: `clean` has taken them out of everything else.
_OPEN, _CLOSE = "\ue000", "\ue001"
_SET_ASIDE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_PUNCTUATION = re.compile(r"[^\w\- ]")


def markdown_extractor() -> str:
    """The name and version that offsets into Markdown pages count in."""
    return f"markdown-it/{version('markdown-it-py')}+{_REVISION}"


def text_extractor() -> str:
    """The name and version that offsets into plain text pages count in."""
    return "text/1"


def read_markdown(source: str, address: str = "") -> TextDocument:
    """Markdown (CommonMark with tables and footnotes, HTML and LaTeX in it) as a document; it came from `address`."""
    from cs229tui.documents.html.main_text import strip_surroundings
    from cs229tui.documents.html.page import read_element
    from cs229tui.documents.html.parse import tree

    source = clean(source)
    front = _FRONT_MATTER.match(source)
    title = _TITLE.search(front[1]) if front else None
    formulas: list[str] = []
    html = _html(_without_formulas(source[front.end() :] if front else source, formulas))
    root = tree(f"<body>{html}</body>")
    if root is None:
        return Writer().finished("")
    _with_formulas(root, formulas)
    strip_surroundings(root)
    _name_headings(root)
    first = next(root.iter("h1"), None)
    shown = clean_line("".join(first.itertext()), 300) if first is not None else ""
    return read_element(root, address, shown or clean_line(title[1] if title else "", 300))


def _html(source: str) -> str:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    reader.use(deflist_plugin).use(footnote_plugin)
    # A link the library refuses would stay as it is written; we take them all and drop the bad ones ourselves.
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    return str(reader.render(source))


def _without_formulas(source: str, formulas: list[str]) -> str:
    """The source with a sign in the place of each formula; the formulas, as they are written, in their order."""
    parts: list[str] = []
    end = 0
    for block in CODE.finditer(source):
        parts += [_set_aside(source[end : block.start()], formulas), block[0]]
        end = block.end()
    return "".join([*parts, _set_aside(source[end:], formulas)])


def _set_aside(prose: str, formulas: list[str]) -> str:
    from cs229tui.documents.html.maths import written_formulas

    if "$" not in prose and "\\" not in prose:
        return prose
    parts: list[str] = []
    end = 0
    for start, stop in written_formulas(prose):
        parts += [prose[end:start], f"{_OPEN}{len(formulas)}{_CLOSE}"]
        formulas.append(prose[start:stop])
        end = stop
    return "".join([*parts, prose[end:]])


def _with_formulas(root: "etree._Element", formulas: list[str]) -> None:
    """Put the formulas back: as elements in prose, as they are written in code."""
    from cs229tui.documents.html.maths import put_pieces, written_formula

    def written(text: str) -> str:
        return _SET_ASIDE.sub(lambda found: formulas[int(found[1])], text)

    def pieces(text: str, in_code: bool) -> "Iterator[str | etree._Element]":
        if in_code:
            yield written(text)
            return
        end = 0
        for found in _SET_ASIDE.finditer(text):
            yield text[end : found.start()]
            yield written_formula(formulas[int(found[1])], text[: found.start()], text[found.end() :])
            end = found.end()
        yield text[end:]

    if not formulas:
        return
    for element in list(root.iter()):
        for name, value in element.attrib.items():
            if _OPEN in value:
                element.set(name, written(value))
        in_code = element.tag in ("code", "pre")
        around = element.getparent()
        tail_in_code = around is not None and around.tag in ("code", "pre")
        if _OPEN in (element.text or ""):
            put_pieces(element, False, list(pieces(element.text or "", in_code)))
        if _OPEN in (element.tail or ""):
            put_pieces(element, True, list(pieces(element.tail or "", tail_in_code)))


def _name_headings(root: "etree._Element") -> None:
    """Give headings the names by which links in the same text call them: `## Run it` is `#run-it`."""
    for heading in root.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        if not heading.get("id"):
            plain = _PUNCTUATION.sub("", "".join(heading.itertext()).strip().casefold())
            heading.set("id", plain.replace(" ", "-"))


def read_text(source: str) -> TextDocument:
    """Plain text: paragraphs between empty lines, indented ones kept as they are; a form feed ends a page."""
    writer = Writer()
    for sheet in source.split("\f"):
        length = 0
        for paragraph in re.split(r"\n[ \t]*\n", clean(sheet).strip("\n")):
            if not paragraph.strip():
                continue
            if not length or length > _PLAIN_PAGE:
                writer.begin_page()
                length = 0
            lines = paragraph.rstrip().expandtabs(4).split("\n")
            if all(line.startswith("    ") or not line.strip() for line in lines):
                writer.write("code", "\n".join(lines))
            else:
                writer.write("paragraph", clean_line(" ".join(lines)))
            length += len(paragraph)
    return writer.finished("")
