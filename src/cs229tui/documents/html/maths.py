"""Every formula of a page, in whatever way it got there, made one element: `<formula>` with its LaTeX.

Known are MathJax 2 and 3, KaTeX, MathML, pictures of formulas (Wikipedia, WordPress), Distill's elements, LaTeXML's
tables of equations, and LaTeX that stands in the text and is set when the page is shown.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from lxml import etree  # type: ignore[import-untyped]

from cs229tui.clean import clean
from cs229tui.documents.formulas.signs import names
from cs229tui.documents.html.mathml import latex_of

FORMULA = "formula"
_ENVIRONMENTS = r"(?:align|equation|gather|multline|eqnarray|alignat|flalign|displaymath|math)\*?"
# Pages that set LaTeX when they are shown load something of that name.
_SETS_LATEX = re.compile(r"mathjax|katex|tex-mml|tex-chtml|tex-svg|math-renderer|d-front-matter", re.I)
# Kramdown and its like want the backslash of a bracket written twice.
_DISPLAYED = re.compile(
    r"\$\$(?P<dollars>.{1,12000}?)\$\$|\\{1,2}\[(?P<square>.{1,12000}?)\\{1,2}\]"
    rf"|(?P<whole>\\begin\{{(?P<name>{_ENVIRONMENTS})\}}.{{1,12000}}?\\end\{{(?P=name)\}})",
    re.S,
)
_INLINE = re.compile(
    r"\\{1,2}\((?P<round>.{1,1500}?)\\{1,2}\)|(?P<reference>\\(?:eqref|ref)\{[^{}]{1,80}\})"
    r"|(?<![\\$])\$(?P<dollar>(?!\s)(?:[^$\\]|\\.){1,1500}?)(?<!\s)\$(?![\d$])",
    re.S,
)
_LONG_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}(?:\s+[A-Za-z]{2,}){1,}")
_LATEX = re.compile(r"\\[A-Za-z]+|[_^]")
_NO_TEXT = frozenset({"script", "style", "code", "pre", "textarea", "kbd", "samp", "tt", "title", "option", FORMULA})
_RENDERED = names(
    "MathJax MathJax_Display MathJax_Preview MathJax_SVG MathJax_SVG_Display MathJax_CHTML MJXc-display mjx-chtml"
    " MathJax_MathML"
)
_PICTURES = re.compile(r"latex\.php|[?&]chl=|codecogs\.com|/math/render/|render/math\?")


def mark_formulas(root: etree._Element) -> None:
    """Put a `<formula>` (with `display` where it has a line of its own) in the place of every formula, in `root`."""
    source = _scripts(root)
    sets_latex = bool(_SETS_LATEX.search(source)) or root.find(".//{*}d-math") is not None
    _mark_scripts(root)
    _mark_rendered(root)
    _mark_equation_tables(root)
    _mark_mathml(root)
    _mark_pictures(root)
    _mark_written(root, sets_latex)


def formula(latex: str, display: bool = False) -> etree._Element:
    """An element that stands for a formula."""
    made = etree.Element(FORMULA)
    made.text = _stripped(latex)
    if display:
        made.set("display", "true")
    return made


def replaced(element: etree._Element, by: etree._Element | None) -> None:
    """Put one element in the place of another, with what follows it left as it is; or take it out."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    if by is not None:
        by.tail = tail
        parent.replace(element, by)
        return
    if tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)


def classes(element: etree._Element) -> list[str]:
    """The classes of an element."""
    return (element.get("class") or "").split()


def _stripped(latex: str) -> str:
    """LaTeX without the signs that told it from the text."""
    latex = clean(latex).strip()
    latex = re.sub(r"\A\\(?=\\[(\[])|\\(?=\\[)\]]\Z)", "", latex)
    for opens, closes in (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")):
        if latex.startswith(opens) and latex.endswith(closes) and len(latex) > len(opens) + len(closes):
            return latex[len(opens) : -len(closes)].strip()
    return latex


def _scripts(root: etree._Element) -> str:
    parts = [f"{script.get('src') or ''} {(script.text or '')[:2000]}" for script in root.iter("script", "link")]
    return " ".join(parts)[:200_000]


def _of_class(root: etree._Element, *names: str) -> list[etree._Element]:
    wanted = set(names)
    return [one for one in root.iter(etree.Element) if wanted.intersection(classes(one))]


def _mark_scripts(root: etree._Element) -> None:
    """MathJax 2 keeps the source in scripts, beside what it has made of it."""
    found = [script for script in root.iter("script") if (script.get("type") or "").lower().startswith("math/tex")]
    if found:
        for made in _of_class(root, *_RENDERED):
            if made.tag != "mjx-container":
                replaced(made, None)
    for script in found:
        if script.getparent() is not None:
            replaced(script, formula(script.text or "", "mode=display" in (script.get("type") or "").replace(" ", "")))


def _mark_rendered(root: etree._Element) -> None:
    """What KaTeX and MathJax have set already: the source or the MathML is in it, for those who cannot see."""
    for element in [*root.iter("mjx-container"), *_of_class(root, "katex-display", "katex", "MathJax", "MathJax_SVG")]:
        if element.getparent() is None or _inside_formula(element):
            continue
        latex = element.get("data-latex") or ""
        math = next(element.iter("math"), None)
        if math is None and (source := element.get("data-mathml")):
            math = etree.fromstring(source.encode(), etree.HTMLParser(encoding="utf-8", no_network=True))
        if not latex and math is not None:
            latex = latex_of(math)
        display = element.get("display") in ("true", "block") or "katex-display" in classes(element)
        display = display or (math is not None and math.get("display") == "block")
        parent = element.getparent()
        if parent is not None and {"MathJax_Display", "MathJax_SVG_Display"}.intersection(classes(parent)):
            display = True
        replaced(element, formula(latex or "\\text{[formula]}", display))
    for element in list(root.iter("d-math", "math-renderer", "tex-math", "la-tex")):
        display = element.get("block") is not None or "display" in (element.get("class") or "")
        replaced(element, formula("".join(element.itertext()), display))
    for element in _of_class(root, "math"):
        kinds = classes(element)
        if ("inline" in kinds or "display" in kinds) and not len(element):
            replaced(element, formula(element.text or "", "display" in kinds))


def _inside_formula(element: etree._Element) -> bool:
    return any(above.tag == FORMULA for above in element.iterancestors())


def _mark_equation_tables(root: etree._Element) -> None:
    """LaTeXML sets displayed equations as tables: a cell a column, the number in a cell of its own."""
    for table in [*root.iter("table", "div")]:
        if not {"ltx_equation", "ltx_equationgroup"}.intersection(classes(table)) or table.getparent() is None:
            continue
        rows = []
        for row in table.iter("tr"):
            if next(row.iter("math"), None) is None:
                continue
            cells, number = [], ""
            for cell in row.iter("td"):
                if "ltx_eqn_eqno" in classes(cell):
                    number = "".join(cell.itertext()).strip().strip("()") or number
                elif "ltx_eqn_center_padleft" not in classes(cell) and "ltx_eqn_center_padright" not in classes(cell):
                    cells.append(" ".join(_cell(cell)))
            rows.append(" & ".join(cells) + (f"\\tag{{{number}}}" if number else ""))
        if rows:
            made = formula("\\begin{aligned}" + " \\\\ ".join(rows) + "\\end{aligned}", True)
            names = [one.get("id") or "" for one in table.iter(etree.Element) if one.get("id")]
            made.set("names", " ".join(names[:50]))
            replaced(table, made)


def _cell(cell: etree._Element) -> Iterator[str]:
    if (cell.text or "").strip():
        yield f"\\text{{{(cell.text or '').strip()} }}"
    for child in cell.iter("math"):
        yield latex_of(child)
        if (child.tail or "").strip(" .,;\n"):
            yield f"\\text{{ {(child.tail or '').strip()}}}"
        elif (child.tail or "").strip():
            yield (child.tail or "").strip()


def _mark_mathml(root: etree._Element) -> None:
    for math in list(root.iter("math")):
        if math.getparent() is None:
            continue
        place = math
        # Wikipedia hides the MathML of a formula, and shows a picture of it.
        for above in math.iterancestors():
            if "mwe-math-element" in classes(above):
                place = above
                break
        display = math.get("display") == "block" or math.get("mode") == "display"
        display = display or any("mwe-math-fallback-image-display" in classes(image) for image in place.iter("img"))
        replaced(place, formula(latex_of(math), display))


def _mark_pictures(root: etree._Element) -> None:
    for image in list(root.iter("img")):
        address, alternative = image.get("src") or "", (image.get("alt") or "").strip()
        kinds = set(classes(image))
        named = kinds & {"latex", "tex", "math", "mathtex"} or any(kind.startswith("mwe-math") for kind in kinds)
        if not named and not _PICTURES.search(address):
            continue
        if not alternative:
            query = parse_qs(urlsplit(address).query) if len(address) < 4000 else {}
            alternative = next((query[name][0] for name in ("latex", "chl") if name in query), "")
        if alternative:
            parent = image.getparent()
            alone = parent is not None and parent.tag in ("p", "div", "center") and _alone(image, parent)
            displayed = "mwe-math-fallback-image-display" in kinds or alone
            replaced(image, formula(alternative, displayed))


def _alone(image: etree._Element, parent: etree._Element) -> bool:
    return len(parent) == 1 and not (parent.text or "").strip() and not (image.tail or "").strip(" .,;\u00a0\n")


def _mark_written(root: etree._Element, sets_latex: bool) -> None:
    """LaTeX between signs in the text. A dollar means money unless the page sets LaTeX and it looks like some."""
    inside = 0
    found: list[tuple[etree._Element, bool]] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if element.tag in _NO_TEXT:
                inside += 1
            elif not inside and _may_hold(element.text):
                found.append((element, False))
        else:
            if element.tag in _NO_TEXT:
                inside -= 1
            if not inside and element is not root and _may_hold(element.tail):
                found.append((element, True))
    for element, is_tail in found:
        text = (element.tail if is_tail else element.text) or ""
        pieces = list(_pieces(text, sets_latex))
        put_pieces(element, is_tail, pieces)


def _may_hold(text: str | None) -> bool:
    return text is not None and ("$" in text or "\\" in text)


def put_pieces(element: etree._Element, is_tail: bool, pieces: list[str | etree._Element]) -> None:
    """Text and formulas in the place of an element's text, or of the text after it."""
    # What a page spells as numbers (&#27;) need not be anything that a tree may hold.
    pieces = [clean(piece) if isinstance(piece, str) else piece for piece in pieces]
    first = pieces[0] if pieces and isinstance(pieces[0], str) else ""
    parent = element.getparent() if is_tail else element
    if parent is None:
        return
    at = parent.index(element) + 1 if is_tail else 0
    if is_tail:
        element.tail = first
    else:
        element.text = first
    made: list[etree._Element] = []
    for piece in pieces:
        if not isinstance(piece, str):
            made.append(piece)
        elif made:
            made[-1].tail = (made[-1].tail or "") + piece
    # All at once: one by one would count the children anew for each.
    parent[at:at] = made


def written_formulas(text: str) -> Iterator[tuple[int, int]]:
    """Where the formulas begin and end that a text with LaTeX in it (Markdown) has."""
    start = 0
    for match in _DISPLAYED.finditer(text):
        for inner in _in_lines(text[start : match.start()]):
            yield start + inner.start(), start + inner.end()
        yield match.span()
        start = match.end()
    for inner in _in_lines(text[start:]):
        yield start + inner.start(), start + inner.end()


def _in_lines(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _INLINE.finditer(text) if not match["dollar"] or looks_like_maths(match["dollar"]))


def written_formula(source: str, before: str = "", after: str = "") -> etree._Element:
    """The element for a formula as it is written, with its signs, between the text before and after it."""
    displayed = source.startswith(("$$", "\\[", "\\\\[", "\\begin"))
    if source.startswith("$$"):
        displayed = not _in_a_line(before + source + after, len(before), len(before) + len(source), source[2:-2])
    return formula(source, displayed)


def _pieces(text: str, sets_latex: bool) -> Iterator[str | etree._Element]:
    """A text parted into prose and formulas."""
    start = 0
    for match in _DISPLAYED.finditer(text):
        latex = match["dollars"] or match["square"] or match["whole"]
        if sets_latex or (_LATEX.search(latex) and match["whole"] is None):
            yield from inline_pieces(text[start : match.start()], sets_latex)
            # Jekyll writes two dollars for formulas in a line, too.
            yield formula(latex, not (match["dollars"] and _in_a_line(text, match.start(), match.end(), latex)))
            start = match.end()
    yield from inline_pieces(text[start:], sets_latex)


def _in_a_line(text: str, start: int, end: int, latex: str) -> bool:
    """Whether a formula between double dollars stands in the middle of a line of prose."""
    before, after = text[:start].rstrip(" "), text[end:].lstrip(" ")
    beside = bool(before) and not before.endswith("\n"), bool(after) and not after.startswith("\n")
    return any(beside) and "\n" not in latex.strip() and "\\begin" not in latex and all(beside)


def inline_pieces(text: str, sets_latex: bool) -> Iterator[str | etree._Element]:
    """Prose parted at the formulas that stand in its lines; the first piece is always prose."""
    start = 0
    for match in _INLINE.finditer(text):
        latex = match["round"] or match["reference"] or match["dollar"]
        if match["reference"] and not sets_latex:
            continue
        if match["dollar"] and not (sets_latex and looks_like_maths(latex)):
            continue
        if match["round"] and not (sets_latex or _LATEX.search(latex) or len(latex) < 4):
            continue
        yield _plain(text[start : match.start()], sets_latex)
        yield formula(latex)
        start = match.end()
    yield _plain(text[start:], sets_latex)


def _plain(prose: str, sets_latex: bool) -> str:
    """Prose as a page that sets LaTeX shows it."""
    return prose.replace("\\$", "$") if sets_latex else prose


def looks_like_maths(latex: str) -> bool:
    """Whether what stands between two dollars is a formula, not prose between two prices."""
    return bool(_LATEX.search(latex)) or (not _LONG_WORD.search(latex) and len(latex) < 120)
