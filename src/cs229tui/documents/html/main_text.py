"""Where on a page its text is: what stands around it is taken out, and the element that holds it is found."""

import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from cs229tui.clean import clean_line
from cs229tui.documents.formulas.signs import names
from cs229tui.documents.html.maths import FORMULA, classes, replaced

# Elements that hold nothing to read.
_DROPPED = frozenset(
    {
        *(
            "script",
            "style",
            "noscript",
            "template",
            "link",
            "meta",
            "nav",
            "form",
            "button",
            "input",
            "select",
            "dialog",
        ),
        *("textarea", "object", "embed", "canvas", "svg", "menu", "audio", "map", "area", "param", "source", "track"),
        *("d-front-matter", "d-bibliography", "d-appendix", "d-contents", "d-footnote-list", "d-citation-list", "rp"),
        *("frame", "frameset", "noframes", "applet", "basefont", "marquee", "ins-ad", "portal"),
    }
)
_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "tablist", "toolbar", "menu"}
)
# Parts of the names that people give to what surrounds a text. A part is what stands between hyphens, underscores and
# capitals, or a whole name.
_AROUND = names(
    """
    ad ads adsense advert advertisement sponsor sponsored promo promotion banner cookie cookies consent gdpr onetrust
    comment comments disqus respond commentlist share sharing sharer sharedaddy social socials addtoany jp-relatedposts
    related recommended recommendations recommend morefrom readmore newsletter subscribe subscription signup paywall
    sidebar sidenav nav navbar navigation menu breadcrumb breadcrumbs pagination pager paginav masthead topbar toolbar
    footer sitefooter toc tocify tableofcontents table-of-contents skiplink skip-link skip-to-content screenreader
    sr-only visually-hidden screen-reader-text popup modal overlay lightbox tooltip widget widgets
    navbox navbox-styles catlinks printfooter noprint editsection mw-editsection mw-jump-link mw-indicators jump-link
    headerlink copybtn anchorjs-link outbrain taboola likes claps reactions rating prev-next prevnext postnav
    post-navigation nav-links site-header site-footer page-header-nav global-header header-anchor ltx_page_footer
    ltx_page_header ltx_page_navbar ltx_page_logo ltx_dates package-alerts theme-toggle author-bio authorbox
    input_prompt output_prompt jp-InputPrompt jp-OutputPrompt sphx-glr-download-link-note
    ambox hatnote siteSub contentSub coordinates sistersitebox portalbox vertical-navbox metadata dropdown
    reader-tools edit-page bottom-nav page-nav post-tags tags-links entry-utility sharing-buttons
    bd-sidebar sphinxsidebar
    """
)
_NEVER = frozenset(
    {"html", "body", "main", "article", FORMULA, "pre", "code", "h1", "table", "figure", "math", "p", "li"}
)
_NOTES = re.compile(
    r"side-?note|margin-?note|foot-?note|callout|admonition|\btip\b|\bwarning\b|\bnote\b|ltx_note", re.I
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
# What the makers of pages call the element that holds the text, the surest first.
_HOLDERS: tuple[tuple[str, str], ...] = (
    ("itemprop", "articleBody"),
    ("class", "ltx_document"),
    ("tag", "d-article"),
    ("class", "mw-parser-output"),
    ("class", "markdown-body"),
    *(("class", name) for name in ("entry-content", "post-content", "article-content", "article-body", "post-body")),
    *(("class", name) for name in ("article__body", "story-body", "blog-content", "post__content", "body", "post")),
    ("tag", "main"),
    ("role", "main"),
    ("tag", "article"),
)
_MOST = 0.5
_DESCEND = 0.75
# A line of prose has at least so many characters; what is shorter may be a menu's.
_LINE = 70
_INLINE = frozenset(
    {
        *(
            "a",
            "abbr",
            "b",
            "big",
            "cite",
            "code",
            "em",
            "font",
            "i",
            "kbd",
            "mark",
            "q",
            "s",
            "small",
            "span",
            "strong",
        ),
        *("sub", "sup", "tt", "u", "var", "br", "wbr", "img", "time", "samp", "del", "ins", "label", "bdi", FORMULA),
    }
)
_SILENT = frozenset({"script", "style", "noscript", "template", "select", "textarea"})
_KEPT_AT_END = re.compile(
    r"reference|bibliograph|further|reading|link|resource|see also|note|acknowledg|literature|source", re.I
)
_SKIPPED_TAGS = frozenset({"p", "ul", "ol", "dl", "pre", "blockquote", "figure", "a", "tr", "thead", "tbody"})


def strip_surroundings(root: etree._Element) -> None:
    """Take out of the tree what is not shown or belongs to the site instead of the text."""
    weights = _weights(root)
    whole = weights.get(root, 0)
    inside = 0
    unwanted: list[etree._Element] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        is_article = element.tag in ("article", "main", "d-article") or element.get("role") == "main"
        if event == "end":
            inside -= is_article
            continue
        inside += is_article
        if element is not root and _unwanted(element, weights.get(element, 0), whole, bool(inside)):
            inside -= is_article
            unwanted.append(element)
            walk.skip_subtree()
    for element in unwanted:
        replaced(element, _stub(element) if element.tag == "svg" else None)


def _stub(drawing: etree._Element) -> etree._Element | None:
    """A picture in the place of a drawing that is a figure, so that it is told that there is one."""
    above: etree._Element | None = drawing.getparent()
    for _ in range(5):
        if above is None:
            return None
        if above.tag == "figure" or "ltx_figure" in classes(above):
            title = next(drawing.iter("title", "{*}title"), None)
            stub = etree.Element("img")
            stub.set(
                "alt", clean_line(drawing.get("aria-label") or (title.text if title is not None else "") or "a drawing")
            )
            return stub
        above = above.getparent()
    return None


def _unwanted(element: etree._Element, weight: float, whole: float, inside: bool) -> bool:
    tag = element.tag
    if tag == FORMULA or not isinstance(tag, str):
        return not isinstance(tag, str)
    if tag in _DROPPED:
        # Some old sites put the whole page into a form.
        return tag != "form" or weight < 0.5 * whole
    if tag == "iframe":
        return _video(element) == ""
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        return weight < 0.5 * whole
    if (element.get("role") or "") in _ROLES:
        return weight < 0.5 * whole
    if tag in _NEVER:
        # Wikipedia's notices and boxes of links are tables.
        return tag == "table" and weight < 0.35 * whole and any(kind in _AROUND for kind in classes(element))
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    if tag == "aside":
        return not (_NOTES.search(name) or inside) or _links(element) > 0.4
    if tag in ("footer", "header"):
        return weight < 0.3 * whole and not (_NOTES.search(name) or (tag == "header" and inside))
    return bool(name.strip()) and weight < 0.35 * whole and _named_around(name) and not _NOTES.search(name)


def _named_around(names: str) -> bool:
    for name in names.split():
        if name.startswith(("has-", "no-", "with-", "is-", "js-", "wp-block", "col-", "elementor")):
            continue
        if name in _AROUND or name.lower() in _AROUND:
            return True
        parts = re.split(r"[-_:]+|(?<=[a-z])(?=[A-Z])", name)
        if len(parts) > 1 and any(part.lower() in _AROUND for part in (parts[0], parts[-1])):
            return True
    return False


def _video(element: etree._Element) -> str:
    address = element.get("src") or element.get("data-src") or ""
    return address if re.search(r"youtube(-nocookie)?\.com|youtu\.be|vimeo\.com", address) else ""


def _weights(root: etree._Element) -> dict[etree._Element, float]:
    """How much prose each element holds: characters that are no links, long lines for more than scraps."""
    weights: dict[etree._Element, float] = {}
    # For each open element: the characters of the line that it is in or begins, and what its blocks weigh so far.
    stack: list[tuple[int, float]] = [(0, 0.0)]
    linked = silent = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        quiet = element.tag in _SILENT
        if event == "start":
            linked += element.tag == "a"
            silent += quiet
            stack.append((0 if linked or silent else _length(element.text), 0.0))
            continue
        linked -= element.tag == "a"
        silent -= quiet
        characters, weight = stack.pop()
        above, others = stack[-1]
        tail = 0 if linked or silent else _length(element.tail)
        if element.tag in _INLINE:
            # Its words are part of the line that it stands in.
            weights[element] = weight + characters
            stack[-1] = (above + characters + tail, others + weight)
            continue
        weights[element] = weight + (characters if element.tag == "pre" else _worth(characters))
        stack[-1] = (above + tail, others + weights[element])
    return weights


def _length(text: str | None) -> int:
    return len(text.strip()) if text else 0


def _worth(characters: int) -> float:
    return float(characters) if characters >= _LINE else 0.2 * characters


def _links(element: etree._Element) -> float:
    """The share of an element's text that is links."""
    text = sum(len(piece.strip()) for piece in element.itertext())
    linked = sum(len(piece.strip()) for link in element.iter("a") for piece in link.itertext())
    return linked / text if text else 1.0


def main_text(root: etree._Element) -> etree._Element:
    """The element that holds what the page says."""
    body = root.find(".//body")
    body = root if body is None else body
    weights = _weights(body)
    whole = weights.get(body, 0)
    held = next(_holders(body, weights, _MOST * whole), None)
    if held is None:
        return _narrowed(body, weights)
    # What was held for all of the text may lack its beginning.
    above = held.getparent()
    while above is not None and above is not body and any(_is_prose(one, weights) for one in above if one is not held):
        held, above = above, above.getparent()
    return _narrowed(held, weights)


def _holders(body: etree._Element, weights: dict[etree._Element, float], least: float) -> Iterator[etree._Element]:
    by_name: dict[tuple[str, str], etree._Element] = {}
    for element in body.iter(etree.Element):
        keys = [("tag", element.tag), ("role", element.get("role") or ""), ("itemprop", element.get("itemprop") or "")]
        keys += [("class", name) for name in classes(element)]
        for key in keys:
            if weights[element] >= least and (key not in by_name or weights[element] > weights[by_name[key]]):
                by_name[key] = element
    for key in _HOLDERS:
        if key in by_name:
            yield by_name[key]


def _narrowed(element: etree._Element, weights: dict[etree._Element, float]) -> etree._Element:
    """Down to where the text is spread over many children, past wrappers and columns of next to nothing."""
    while True:
        children = [child for child in element if isinstance(child.tag, str)]
        heaviest = max(children, key=lambda child: weights.get(child, 0), default=None)
        if heaviest is None or heaviest.tag in _SKIPPED_TAGS - {"tr", "tbody"}:
            return element
        alone = weights.get(heaviest, 0) >= _DESCEND * max(weights.get(element, 0), 1)
        beside = [child for child in children if child is not heaviest]
        if not alone or any(_belongs(child, weights) for child in beside):
            return element
        element = heaviest


def _belongs(sibling: etree._Element, weights: dict[etree._Element, float]) -> bool:
    """Whether what stands beside a text belongs to it: a heading, a paragraph."""
    if next(sibling.iter("h1", "h2"), None) is not None:
        return True
    return _is_prose(sibling, weights)


def _is_prose(element: etree._Element, weights: dict[etree._Element, float]) -> bool:
    """Whether an element is a paragraph; some sites put each of the first into an element of its own."""
    alone = element[0] if element.tag == "div" and len(element) == 1 else element
    return alone.tag in ("p", "blockquote", "pre") and weights.get(element, 0) >= _LINE


def drop_links_around(main: etree._Element) -> None:
    """Take out the lists of links that stand before the text begins and after it ends: menus no name gave away."""
    blocks = list(main.iter("ul", "ol", "div", "table", "center", "p", "section", "td", "dl", "h3", "h4"))
    weights = _weights(main)
    prose = [place for place, block in enumerate(blocks) if _worth_of(block, weights) >= _LINE]
    whole = sum(map(len, main.itertext()))
    if not prose or weights[main] < 0.5 * whole or weights[main] < 10 * _LINE:
        return
    for place, block in enumerate(blocks):
        if prose[0] < place < prose[-1] or block.getparent() is None or weights[block] >= _LINE:
            continue
        if sum(1 for _ in block.iter("a", "img")) < 3 or _links(block) < 0.7:
            continue
        before = block.getprevious()
        named = "" if before is None else "".join(before.itertext())[:80]
        if place < prose[0] or not _KEPT_AT_END.search(named + "".join(block.itertext())[:40]):
            replaced(block, None)


def _worth_of(block: etree._Element, weights: dict[etree._Element, float]) -> float:
    """What a block weighs of its own, without the blocks in it."""
    return weights[block] - sum(weights[child] for child in block if child in weights and child.tag not in _INLINE)
