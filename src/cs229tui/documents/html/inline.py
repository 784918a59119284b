"""The words of a line of a page as they are read: what is set high or low, code, links, formulas, small pictures."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urljoin

from lxml import etree  # type: ignore[import-untyped]

from cs229tui.clean import clean, clean_line
from cs229tui.documents.formulas.latex import readable
from cs229tui.documents.formulas.signs import LOWERED, RAISED
from cs229tui.documents.html import figures
from cs229tui.documents.html.maths import FORMULA, classes
from cs229tui.documents.text_document import Words, safe_address

_CODE = frozenset({"code", "kbd", "samp", "tt"})
_BACK = re.compile(r"\s*[#¶§🔗↩↑^⏎\ufe0e\ufe0f\u200b]+\s*|\s*(?:link to this heading|permalink|anchor)?\s*", re.I)
_SUPERSCRIPT = RAISED | {",": "˒"}


@dataclass
class _Open:
    """An element that was begun in a line and changes its words at its end."""

    element: etree._Element
    start: int
    target: str = ""


class Line:
    """Reads the elements of a line into words; `base` is the address of the page, `macros` its own LaTeX commands."""

    def __init__(self, base: str = "", macros: dict[str, str] | None = None) -> None:
        self.base = base
        self.macros: dict[str, str] = {} if macros is None else macros
        self.words = Words()
        self._open: list[_Open] = []

    def taken(self) -> Words:
        """The words so far; what was begun (a link over two paragraphs) goes on in the next."""
        words = self.words
        for begun in self._open:
            if begun.target:
                words.link(begun.start, begun.target)
            begun.start = 0
        self.words = Words()
        return words

    def text(self, text: str | None) -> None:
        if text:
            self.words.add(text)

    def begin(self, element: etree._Element) -> bool:
        """Begin an element; whether what is in it is done with already."""
        tag = element.tag
        if tag in ("a", "d-cite") and self._begin_link(element):
            return True
        if tag in _CODE:
            self._open.append(_Open(element, self.words.length))
            self.words.put("`")
        elif tag in ("sup", "sub"):
            self._open.append(_Open(element, self.words.length))
        elif tag == "q":
            self.words.add("“")
            self._open.append(_Open(element, self.words.length))
        elif tag == FORMULA:
            self.formula(element)
            return True
        elif tag == "img":
            self._picture(element)
            return True
        return False

    def end(self, element: etree._Element) -> None:
        if not self._open or self._open[-1].element is not element:
            return
        begun = self._open.pop()
        if begun.target:
            self.words.link(begun.start, begun.target)
        elif element.tag in _CODE:
            self._end_code(begun.start)
        elif element.tag == "q":
            self.words.put("”")
        elif element.tag in ("sup", "sub"):
            self._end_script(begun.start, element)

    def drop_space(self) -> None:
        """Let what comes next stand right after the last word."""
        if self.words.text.endswith(" "):
            self._replace(self.words.length - 1, "")

    def formula(self, element: etree._Element) -> None:
        text = clean(readable(element.text or "", lines=False, macros=self.macros))
        self.words.add(text if text.strip() else "")

    def target(self, href: str) -> str:
        """Where a link leads: an address, `#name` on this page, or nowhere."""
        href = href.strip()
        if not href or len(href) > 4000:
            return ""
        if href.startswith("#"):
            return f"#{unquote(href[1:])}"
        try:
            address, fragment = urldefrag(urljoin(self.base, href))
        except ValueError:
            return ""
        if fragment and self.base and address == urldefrag(self.base).url:
            return f"#{unquote(fragment)}"
        return safe_address(f"{address}#{fragment}" if fragment else address)

    def _begin_link(self, element: etree._Element) -> bool:
        if element.tag == "d-cite":
            keys = clean_line(element.get("key") or element.get("bibtex-key") or "", 200)
            if keys and not "".join(element.itertext()).strip():
                self.words.add(f" [{keys.replace(',', ', ')}]")
                return True
            return False
        text = "".join(element.itertext())
        pictured = next(element.iter("img", FORMULA), None) is not None
        if len(text) < 30 and not pictured and _BACK.fullmatch(text) and (text.strip() or not element.get("id")):
            self.words.name(element.get("name") or "")
            return True
        self._open.append(_Open(element, self.words.length, self.target(element.get("href") or "")))
        return False

    def _rest(self, start: int) -> str:
        return self.words.text[start:]

    def _replace(self, start: int, text: str) -> None:
        """Put another text in the place of the words from `start` on; links in it are kept where they can be."""
        words = self.words
        words.cut(start)
        words.put(text)
        beyond: list[tuple[int, int, str]] = []
        while words.links and words.links[-1][1] > words.length:
            beyond.append(words.links.pop())
        words.links += [(first, words.length, target) for first, _, target in beyond[::-1] if first < words.length]

    def _end_code(self, start: int) -> None:
        written = self._rest(start)
        inside = written[1:].strip()
        # A word of code in a link, or already between ticks, needs no more of them.
        self._replace(start, f"`{inside}`" if inside and "`" not in inside else inside)

    def _end_script(self, start: int, element: etree._Element) -> None:
        inside = self._rest(start).strip()
        if not inside:
            return
        word = element.tag == "sup" and inside.isascii() and inside.replace(" ", "").isalpha() and len(inside) > 1
        forms = _SUPERSCRIPT if element.tag == "sup" else LOWERED
        if len(inside) <= 12 and all(letter in forms for letter in inside.replace(" ", "")):
            # A word set high (the "th" of a date, "TM") reads better as it is.
            if not word:
                self._replace(start, "".join(forms[letter] for letter in inside.replace(" ", "")))
            return
        if word or inside in ("™", "®", "©", "℠"):
            return
        linked = bool(self.words.links) and self.words.links[-1][0] >= start
        if element.tag == "sub" and len(inside) <= 8 and not linked:
            self._replace(start, f"_{inside}" if inside.isalnum() else f"_{{{inside}}}")
        elif element.tag == "sup" and len(inside) <= 8 and not linked and not inside.startswith(("[", "(")):
            self._replace(start, f"^{inside}" if len(inside) < 2 else f"^{{{inside}}}")

    def _picture(self, element: etree._Element) -> None:
        alternative = clean_line(element.get("alt") or "", 80)
        if alternative and (len(alternative) <= 2 or "emoji" in " ".join(classes(element)).lower()):
            self.words.add(alternative)
        elif alternative:
            start = self.words.length
            self.words.add(f"[picture: {alternative}]")
            self.words.link(start, self.target(figures.address(element)))
