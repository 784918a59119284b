"""Pictures and videos on a page: what is told of them, where they are, which are only signs in a line."""

import re

from lxml import etree  # type: ignore[import-untyped]

from cs229tui.clean import clean_line
from cs229tui.documents.html.maths import classes

_TINY = re.compile(r"0*[1-9]?\d(?:px)?|[1-2]?em")
_NO_ALTERNATIVES = frozenset({"refer to caption", "image", "figure", "img", "photo", "picture", "drawing"})


def told(picture: etree._Element) -> str:
    """What the page says instead of a picture, unless it says nothing."""
    said = clean_line(picture.get("alt") or picture.get("title") or "", 400)
    return "" if said.casefold() in _NO_ALTERNATIVES else said


def is_trace(picture: etree._Element) -> bool:
    """Whether a picture is there to count readers."""
    return _number(picture.get("width") or "") in (1, 2)


def address(image: etree._Element) -> str:
    """Where a picture is, also on pages that load it late."""
    for name in ("data-src", "data-original", "data-lazy-src", "data-orig-file", "src"):
        found = (image.get(name) or "").strip()
        if found and not found.startswith("data:"):
            return str(found)
    several = (image.get("srcset") or image.get("data-srcset") or "").split(",")
    return str(several[-1].split()[0]) if several[-1].split() else ""


def is_small(image: etree._Element) -> bool:
    """Whether a picture is a sign in a line: an emoji, an icon."""
    sides = [(image.get(name) or "").strip() for name in ("width", "height")]
    given = [side for side in sides if side]
    if "ltx_graphics" in classes(image):
        return False
    icon = any(kind.lower() in ("emoji", "icon", "avatar", "badge", "wp-smiley") for kind in classes(image))
    return icon or (bool(given) and all(_TINY.fullmatch(side) and _number(side) <= 40 for side in given))


def _number(side: str) -> int:
    return int(re.sub(r"\D", "", side)[:6] or 0)


def in_prose(image: etree._Element) -> bool:
    """Whether a picture stands in the middle of a line of text."""
    around = image.getparent()
    if around is None:
        return False
    before, after = image.getprevious(), image.getnext()
    said = (before.tail if before is not None else around.text) or ""
    follows = (image.tail or "") + ("" if after is None or after.tag == "br" else "".join(after.itertext()))
    return around.tag in ("p", "li", "span", "a", "td") and bool(said.strip()) and bool(follows.strip(" .,"))


def caption(image: etree._Element) -> str:
    """The caption of the figure that a picture is in."""
    for depth, above in enumerate(image.iterancestors()):
        if above.tag == "figure":
            found = next(above.iter("figcaption"), None)
            return clean_line("".join(found.itertext()), 1000) if found is not None else ""
        if depth > 6:
            break
    return ""


def same(one: str, other: str) -> bool:
    """Whether two texts have the same letters."""
    letters = ["".join(filter(str.isalnum, text.casefold())) for text in (one, other)]
    return bool(letters[0]) and letters[0] == letters[1]
