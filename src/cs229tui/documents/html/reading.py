"""A page's main text read into blocks, from its first element to its last; nothing here calls itself, however deep
the page goes.
"""

import re
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]

from cs229tui.clean import clean, clean_line
from cs229tui.documents.flow import BlockKind
from cs229tui.documents.formulas.latex import readable
from cs229tui.documents.formulas.signs import RAISED, names
from cs229tui.documents.html import code, figures, tables
from cs229tui.documents.html.figures import same
from cs229tui.documents.html.inline import Line
from cs229tui.documents.html.maths import FORMULA, classes
from cs229tui.documents.text_document import Words, Writer

# The width of the text as it is set at first, less the indent of a display.
_HEADINGS = {f"h{depth}": depth for depth in range(1, 7)}
_BLOCKS = names(
    "address article aside blockquote body center details dd div dl dt fieldset figcaption figure footer header"
    " hgroup hr html li main ol p pre section summary table tbody td tfoot th thead tr ul caption legend d-article"
    " dir d-title d-abstract d-byline iframe video"
) | set(_HEADINGS)
_NOTES = frozenset({"footnotes", "footnote-list", "endnotes", "footnotes-list", "footnote-definitions"})
_REFERENCES = frozenset({"references", "ltx_biblist", "reflist", "bibliography", "csl-bib-body", "mw-references-wrap"})
_REFERENCES_HEADING = re.compile(
    r"(?:\d+\.?\s+)?(?:references|bibliography|works cited|literature(?: cited)?)\W*", re.I
)
_ENTRY = re.compile(r"\[\w{1,12}\]\s|\d{1,3}\.\s")
_ASIDE_NOTES = frozenset({"ltx_note", "sidenote", "marginnote", "margin-note", "side-note"})
_PRINTED_NOTES = names("ltx_role_footnote ltx_role_endnote ltx_role_footnotetext ltx_role_thanks")
# Parts that a style sheet, not a space, keeps apart.
_SPACED = frozenset(
    {"ltx_tag_bibitem", "ltx_personname", "ltx_tag_figure", "ltx_bibblock", "ltx_creator", "ltx_contact"}
)
_RUN_IN = frozenset({"ltx_title_theorem", "ltx_title_proof", "ltx_runin", "ltx_title_paragraph"})


@dataclass
class _List:
    """A list that is being read: the number of its next item, none where items have bullets."""

    number: int | None
    fresh: bool = False
    tag: str = ""
    marker: str = ""
    style: str = ""


@dataclass
class Reader:
    """Reads elements into a writer. `section` is the depth of the headings that begin a page."""

    writer: Writer
    line: Line
    title: str = ""
    section: int = 2
    _lists: list[_List] = field(default_factory=list)
    _quotes: int = 0
    _headings: list[int] = field(default_factory=list)
    _captions: int = 0
    _terms: int = 0
    _notes: list[BlockKind] = field(default_factory=list)
    _later: list[tuple[str, Words, str]] = field(default_factory=list)
    _run_in: bool = False
    _breaks: int = 0
    _referring: bool = False
    _noted: int = 0
    _level: int = 0
    _titled: bool = False

    def read(self, element: etree._Element) -> None:
        """Read an element with all that is in it."""
        walk = etree.iterwalk(element, events=("start", "end"))
        for event, one in walk:
            if event == "start":
                if self._begin(one):
                    walk.skip_subtree()
                else:
                    self._text(one.text)
            else:
                self._end(one)
                if one is not element:
                    self._text(one.tail)
        self._flush()
        self._release_notes()

    def _text(self, text: str | None) -> None:
        if text:
            if text.strip():
                self._breaks = 0
            self.line.text(text)

    # Elements

    def _begin(self, one: etree._Element) -> bool:
        """Begin an element; whether what is in it is done with."""
        tag = one.tag
        if not isinstance(tag, str):
            return True
        kinds = set(classes(one))
        if _ASIDE_NOTES & kinds or tag == "d-footnote" or (tag == "aside" and not self._quotes):
            return self._side_note(one)
        if (tag in _BLOCKS and not self._run_in) or "ltx_creator" in kinds:
            self._flush()
        for name in (one.get("id"), one.get("name") if tag == "a" else None):
            if name:
                self.line.words.name(name)
        if {"ltx_break", "ltx_author_notes"} & kinds and self.line.words:
            # What a style sheet sets on lines of its own: an author's name, where from, what else.
            self.line.drop_space()
            self.line.text(" · ")
            return bool(tag == "br")
        if tag in ("br", "hr"):
            self._break()
            return True
        if tag == FORMULA and one.get("display") and not self._headings and not self._captions:
            self._equation(one)
            return True
        if tag in ("img", "picture", "video", "iframe"):
            return self._picture(one)
        if tag == "pre" or code.is_listing(one):
            self._flush()
            self.writer.write("code", code.listing(one))
            return True
        if tag == "table":
            return self._table(one)
        if tag in _BLOCKS:
            self._begin_block(one, tag, kinds)
            return tag == "figure" and code.is_formula_only(one)
        if "ltx_tag_item" in kinds and self._lists:
            return self._marker(one)
        return self.line.begin(one)

    def _begin_block(self, one: etree._Element, tag: str, kinds: set[str]) -> None:
        if kinds & _REFERENCES or one.get("role") == "doc-bibliography" or (tag == "ol" and "references" in kinds):
            self._notes.append("reference")
        elif kinds & _NOTES or one.get("role") == "doc-endnotes":
            self._notes.append("footnote")
        if tag in _HEADINGS:
            if kinds & _RUN_IN:
                return
            self._headings.append(_HEADINGS[tag])
        elif tag in ("ul", "ol", "dir"):
            start = (one.get("start") or "1").strip()
            number = int(start) if start.isdecimal() and len(start) < 6 else 1
            self._lists.append(_List(number if tag == "ol" else None, tag=tag, style=one.get("type") or ""))
        elif tag == "li" and self._lists:
            self._lists[-1].fresh = True
        elif tag == "blockquote":
            self._quotes += 1
        elif tag in ("figcaption", "caption"):
            self._captions += 1
        elif tag == "dd":
            self._lists.append(_List(None, tag="dd"))

    def _end(self, one: etree._Element) -> None:
        tag = one.tag
        if not isinstance(tag, str):
            return
        if tag not in _BLOCKS:
            self.line.end(one)
            if _SPACED & set(classes(one)):
                self.line.text(" ")
            return
        kinds = set(classes(one))
        if tag in _HEADINGS and kinds & _RUN_IN:
            self._run_in = bool(self.line.words)
            self.line.text(" ")
            return
        self._run_in = False
        self._flush()
        self._release_notes()
        if tag in _HEADINGS and self._headings:
            self._headings.pop()
        elif tag in ("ul", "ol", "dir", "dd"):
            if self._lists and self._lists[-1].tag == tag:
                self._lists.pop()
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif tag in ("figcaption", "caption"):
            self._captions = max(0, self._captions - 1)
        if self._notes and (
            kinds & (_REFERENCES | _NOTES) or (one.get("role") or "") in ("doc-endnotes", "doc-bibliography")
        ):
            self._notes.pop()

    def _break(self) -> None:
        """A line break; two of them part paragraphs."""
        self._breaks += 1
        if self._breaks > 1:
            self._flush()
        else:
            self.line.text(" ")

    # Blocks

    def _flush(self) -> None:
        """Write the words so far as a block of the kind that they are in."""
        words = self.line.taken()
        self._breaks = 0
        if not words:
            # What links lead to stands at what comes next.
            for _, name in words.names:
                self.line.words.name(name)
            return
        self._write(words)

    def _release_notes(self) -> None:
        """Write the notes to the paragraph that ends."""
        later, self._later = self._later, []
        for mark, note, name in later:
            note.names.append((0, name))
            self.writer.write("footnote", note, shown=f"{mark} " if mark else "")

    def _write(self, words: Words) -> None:
        text = words.text.strip()
        if self._headings:
            self._heading(words, self._headings[-1])
        elif self._captions:
            self.writer.write("caption", words)
        elif self._notes:
            self._note(words)
        elif self._referring and _ENTRY.match(text):
            self.writer.write("reference", words)
        elif self._lists:
            self._item(words)
        else:
            self.writer.write("quote" if self._quotes else "paragraph", words)

    def _heading(self, words: Words, depth: int) -> None:
        text = clean_line(words.text, 300)
        self._referring = bool(_REFERENCES_HEADING.fullmatch(text))
        if self.title and same(text, self.title) and len(self.writer.outline) < 3 and not self._titled:
            # The title stands at the top already.
            self._titled = True
            for _, name in words.names:
                self.line.words.name(name)
            return
        if depth <= self.section and (self.writer.crowded or not self.writer.page):
            self.writer.begin_page()
        # A level that is left out is no level.
        self._level = min(max(1, depth - self.section + 1), self._level + 1)
        self.writer.heading(words, self._level)

    def _marker(self, one: etree._Element) -> bool:
        """The sign of a list's item, where the page writes it out."""
        here, mark = self._lists[-1], clean_line("".join(one.itertext()), 12)
        if here.fresh and mark not in ("", "•", "–", "-", "∗", "*", "·"):
            here.marker = f"{mark} "
        return True

    def _item(self, words: Words) -> None:
        here = self._lists[-1]
        level = max(0, len(self._lists) - 1)
        if not here.fresh:
            self.writer.write("reference" if self._referring else "item", words, level, "  ")
            return
        here.fresh = False
        shown = "• " if here.number is None else f"{_numbered(here.number, here.style)}. "
        if here.number is not None:
            here.number += 1
        shown, here.marker = here.marker or shown, ""
        self.writer.write("reference" if self._referring else "item", words, level, shown)

    def _note(self, words: Words) -> None:
        """An entry of a list of notes or references: its number is the list's, unless it brings its own."""
        here = self._lists[-1] if self._lists else None
        shown = ""
        if here is not None and here.fresh:
            here.fresh = False
            if here.number is not None and not _ENTRY.match(words.text):
                shown = f"{here.number}. "
                here.number += 1
        self.writer.write(self._notes[-1], words, shown=shown)

    def _equation(self, one: etree._Element) -> None:
        self._flush()
        named = [*(one.get("names") or "").split(), one.get("id") or ""]
        text = clean(readable(one.text or "", macros=self.line.macros))
        words = Words()
        for name in [*named, *(name for _, name in self.line.words.names)]:
            words.name(name)
        words.put(text.strip("\n"))
        if words:
            self.line.words = Words()
            self.writer.write("equation", words)

    def _table(self, one: etree._Element) -> bool:
        if not tables.is_table(one):
            return False
        caption = next((child for child in one if child.tag == "caption"), None)
        if caption is not None and (words := self.phrase(caption)):
            self.writer.write("caption", words)
        rows = [[(self.phrase(cell), *tables.spans(cell)) for cell in row] for row in tables.rows_of(one)]
        words = tables.in_columns(rows)
        for _, name in self.line.words.names:
            words.name(name)
        self.writer.write("table", words)
        return True

    def phrase(self, element: etree._Element) -> Words:
        """The words of an element as one line."""
        line = Line(self.line.base, self.line.macros)
        walk = etree.iterwalk(element, events=("start", "end"))
        for event, one in walk:
            if event == "start":
                if one is not element and (not isinstance(one.tag, str) or line.begin(one)):
                    walk.skip_subtree()
                    continue
                if one.tag in _BLOCKS or one.tag == "br":
                    line.text(" ")
                line.text(one.text)
            else:
                line.end(one)
                if one is not element:
                    line.text(" " if one.tag in _BLOCKS else None)
                    line.text(one.tail)
        return line.taken()

    def _side_note(self, one: etree._Element) -> bool:
        """A note beside the text or at the foot of a page: it comes after the paragraph, a mark stays in the line."""
        kinds = set(classes(one))
        if "ltx_note" in kinds and not kinds & _PRINTED_NOTES:
            return True
        content = next((part for part in one.iter("span") if "ltx_note_content" in classes(part)), one)
        marks = [mark for mark in content.iter("sup", "span") if {"ltx_note_mark", "ltx_tag_note"} & set(classes(mark))]
        mark = clean_line("".join(marks[0].itertext()), 8) if marks else ""
        for each in marks:
            each.text, each[:] = "", []
        words = self.phrase(content)
        if not words:
            return True
        if not mark and ("marginnote" in kinds or one.tag == "aside"):
            self._later.append(("", words, ""))
            return True
        self._noted += 1
        mark = mark or str(self._noted)
        name = f" note {self._noted}"
        self.line.drop_space()
        start = self.line.words.length
        self.line.words.put("".join(RAISED.get(letter, letter) if letter.isdecimal() else letter for letter in mark))
        self.line.words.link(start, f"#{name}")
        self._later.append((mark, words, name))
        return True

    def _picture(self, one: etree._Element) -> bool:
        """A picture as a stub that leads to it; small ones stay in their line."""
        if one.tag == "picture":
            return False
        if one.tag == "img" and (figures.is_small(one) or self._headings):
            return self.line.begin(one)
        said, address = figures.told(one), figures.address(one)
        target = self.line.target(address)
        if not said and not target and (not address or figures.is_trace(one)):
            return True
        if one.tag == "img" and figures.in_prose(one):
            return self.line.begin(one)
        word = "Figure" if one.tag == "img" else "Video"
        self._flush()
        words = Words()
        for _, name in self.line.words.names:
            words.name(name)
        self.line.words = Words()
        words.put(f"[{word}: {said}]" if said and not same(said, figures.caption(one)) else f"[{word}]")
        words.link(0, target)
        self.writer.write("figure", words)
        return True


def _numbered(number: int, style: str) -> str:
    """The number of a list's item, in the letters or Roman figures that its page asks for."""
    if style in ("a", "A") and 1 <= number <= 26:
        return chr(ord(style) + number - 1)
    if style in ("i", "I") and 1 <= number <= 20:
        roman = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split()[number - 1]  # noqa: SIM905
        return roman if style == "i" else roman.upper()
    return str(number)
