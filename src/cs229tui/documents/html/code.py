"""Listings of code on a page: their lines, without the numbers and buttons that sites put beside them."""

import re

from lxml import etree  # type: ignore[import-untyped]

from cs229tui.clean import clean
from cs229tui.documents.formulas.latex import readable
from cs229tui.documents.html.maths import FORMULA, classes

_LONGEST = 400_000
_NUMBERS = frozenset(
    {
        *("lineno", "linenos", "linenodiv", "line-number", "line-numbers", "line-numbers-rows", "gutter", "ln", "lnt"),
        *("hljs-ln-numbers", "crayon-nums", "blob-num", "ltx_tag_listingline", "rouge-gutter", "prompt", "gp"),
    }
)
_LISTINGS = frozenset(
    {
        "highlighttable",
        "rouge-table",
        "lntable",
        "crayon-table",
        "codehilitetable",
        "highlight-table",
        "hljs-ln",
        "js-file-line-container",
    }
)
_LINES = frozenset({"div", "li", "p", "tr"})


def is_listing(element: etree._Element) -> bool:
    """Whether an element other than `pre` is a listing: a table of lines and their numbers, LaTeXML's own."""
    kinds = set(classes(element))
    return (element.tag == "table" and bool(kinds & _LISTINGS)) or "ltx_listing" in kinds


def is_formula_only(figure: etree._Element) -> bool:
    """Whether a figure is only a wrapper around nothing."""
    return not len(figure) and not (figure.text or "").strip()


def listing(element: etree._Element) -> str:
    """The lines of a listing as they stand."""
    parts: list[str] = []
    length = 0
    cells = [cell for cell in element.iter("td") if not _NUMBERS.intersection(classes(cell))]
    # Where the numbers stand in a column of their own, the code is in the other.
    inner = next((cell for cell in cells if next(cell.iter("pre", "code"), None) is not None), None)
    element = inner if inner is not None and len(cells) <= 3 else element
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, one in walk:
        if event == "start":
            if not isinstance(one.tag, str) or _NUMBERS.intersection(classes(one)) or one.get("data-line-number"):
                walk.skip_subtree()
                continue
            if one.tag == FORMULA:
                parts.append(readable(one.text or "", lines=False))
                walk.skip_subtree()
                continue
            if one.tag == "br":
                parts.append("\n")
            if one.tag in _LINES and parts and not "".join(parts[-3:]).endswith("\n"):
                parts.append("\n")
            parts.append(one.text or "")
        elif one is not element:
            line = one.tag in _LINES or "ltx_listingline" in classes(one)
            if line and parts and not "".join(parts[-3:]).endswith("\n"):
                parts.append("\n")
            parts.append(one.tail or "")
        length += len(parts[-1]) if parts else 0
        if length > _LONGEST:
            break
    text = clean("".join(parts)).replace("\u00a0", " ").expandtabs(4)
    return re.sub(r"\A(?:[ ]*\n)+|\s+\Z", "", re.sub(r"[ ]+\n", "\n", text))
