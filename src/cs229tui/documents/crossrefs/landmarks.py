"""What a text can mention by a number: its sections, figures, tables, equations, statements and footnotes."""

import re
from collections.abc import Sequence

from cs229tui.documents.crossrefs.targets import Target, TargetKind
from cs229tui.documents.flow import Block, Flow
from cs229tui.documents.listed import letters
from cs229tui.library.documents import OutlineEntry

STATEMENTS = (
    "theorem|lemma|definition|proposition|corollary|claim|remark|example|assumption|conjecture|fact|observation|"
    "property|problem|exercise|condition|hypothesis|protocol|mechanism"
)
_NUMBER = r"(?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,3}){0,4}"
_SECTION = re.compile(
    rf"(?:(?P<word>(?i:appendix|chapter|section|part))\s+)?(?P<label>{_NUMBER}|[A-Z](?:\.\d{{1,2}}){{0,3}}|[IVX]{{1,5}})"
    r"(?:[.:)]|\s*[—–-])?(?=\s+\S|$)"
)
_CAPTION = re.compile(
    rf"(?P<word>(?:supplementary|supplemental|extended data)?\s*(?:figure|fig|table|tab|algorithm|alg|listing))\.?\s*"
    rf"(?P<label>{_NUMBER}|[IVX]{{1,5}}\b)",
    re.I,
)
_STUB = re.compile(rf"(?P<word>figure|table)\s(?P<label>{_NUMBER})\son\spage", re.I)
_STATEMENT = re.compile(rf"(?P<word>(?i:{STATEMENTS}))\s+(?P<label>{_NUMBER}|[A-Z])(?=\s*[.:(—–]|\s+[A-Z]|$)")
_EQUATION = re.compile(r"(?:^|\s)\(\s*((?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?|[A-Z]\.\d{1,2})\s*\)\s*$")
_FOOTNOTE = re.compile(
    r"\s*(?:([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})|\^\{(\d{1,3})\}|(\d{1,3})(?=\s|[A-Z“\"(])(?!\s?(?:st|nd|rd|th)\b)|([∗*†‡§¶‖]+))"
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹∗", "0123456789*")
_KINDS: dict[str, TargetKind] = {"fig": "figure", "tab": "table", "alg": "algorithm", "lis": "algorithm"}
_CONTENTS = re.compile(r"(?P<dots>(?:\.\s?){4,})?\s*(?<=[\s.])(?:\d{1,4}|[ivxl]{1,7})\s*$")
_MOST_LINES = 400
_MOST_OUTLINE = 5000


def plain_mark(text: str) -> str:
    """A footnote mark as its digits or sign."""
    return text.translate(_SUPERSCRIPTS).strip("^{}")


def label_key(label: str) -> str:
    """A number as it is looked up: `S2` for `S.2`, `B.1` for `b.1`."""
    return label.upper().rstrip(".")


def _title(text: str) -> str:
    """A heading's or outline's words without its number, as letters."""
    text = text[:300].strip()
    match = _SECTION.match(text)
    return letters(text[match.end() :]) if match and match.end() < len(text) else letters(text)


def _section_word(label: str) -> str:
    """What a numbered part is called: letters number appendices, but for the Roman ones."""
    return "Appendix" if label[0].isalpha() and not re.fullmatch(r"[IVX]{1,5}", label) else "Section"


class Landmarks:
    """Everything in one flow that has a number, by kind and number."""

    def __init__(self, flow: Flow, outline: Sequence[OutlineEntry] = ()) -> None:
        self.flow = flow
        self._found: dict[tuple[str, str], list[Target]] = {}
        self._ranks: dict[tuple[str, str], int] = {}
        self.footnotes: dict[tuple[int, str], Target] = {}
        """Footnote blocks by page and mark."""
        self._titles: dict[str, list[int]] = {}
        self._at: dict[int, Target] = {}
        for number, block in enumerate(flow):
            if block.kind == "heading":
                self._titles.setdefault(_title(block.text), []).append(number)
        self._listed = {_title(entry.title) for entry in outline[:_MOST_OUTLINE]} | self._titles.keys()
        for number, block in enumerate(flow):
            if block.text:
                self._look(number, block)
        self._take_outline(outline)

    def find(self, kind: str, label: str) -> tuple[Target, ...]:
        """What has this number: a kind of target, or the lower-case word of a statement."""
        return tuple(self._found.get((kind, label_key(label)), ()))

    def at(self, block: int) -> Target | None:
        """What a block is, where it has a number."""
        return self._at.get(block)

    def _keep(self, key: tuple[str, str], target: Target, rank: int) -> None:
        """Of the same number the surest kind of block counts, and all blocks of that kind."""
        self._at.setdefault(target.block, target)
        known = self._ranks.get(key)
        if known is None or rank < known:
            self._ranks[key], self._found[key] = rank, [target]
        elif rank == known and len(self._found[key]) < 5:
            self._found[key].append(target)

    def _look(self, number: int, block: Block) -> None:
        text = block.text[:300]
        if block.kind == "heading":
            self._heading(number, text)
        if block.kind == "equation":
            self._equation(number, block.text)
        if block.kind == "footnote":
            self._footnote(number, block)
        if block.kind in ("caption", "figure", "paragraph", "heading", "code", "table", "item"):
            self._caption(number, block.kind, text)
        if block.kind in ("paragraph", "heading", "item", "quote") and (match := _STATEMENT.match(text)):
            word, label = match["word"].lower(), match["label"]
            key = (word, label_key(label))
            # A theorem that is restated in the appendix is the same, and its first place comes first.
            self._keep(key, Target("statement", f"{word.capitalize()} {label}", number), 0)

    def _heading(self, number: int, text: str) -> None:
        # A line of a table of contents leads to its section and is none.
        contents = _CONTENTS.search(text)
        if contents and (contents["dots"] or _title(text[: contents.start()]) in self._listed):
            return
        if match := _SECTION.match(text):
            label, word = match["label"], (match["word"] or "").lower()
            if label.isalpha() and not word and not re.match(rf"{label}[.:)]\s|{label}\s+[A-Z]", text):
                return
            if label == "A" and not word and not self._found and re.match(r"A\s", text):
                # "A Note on …": the article; an appendix comes after numbered sections.
                return
            name = f"{word.capitalize() or _section_word(label)} {label}"
            kind = word if word in ("chapter", "part") else "section"
            self._keep((kind, label_key(label)), Target("section", name, number), 0)

    def _equation(self, number: int, text: str) -> None:
        start = 0
        for line in text.split("\n")[:_MOST_LINES]:
            if match := _EQUATION.search(line, max(0, len(line) - 24)):
                label = match[1]
                self._keep(("equation", label_key(label)), Target("equation", f"Equation ({label})", number, start), 0)
            start += len(line) + 1

    def _footnote(self, number: int, block: Block) -> None:
        if (match := _FOOTNOTE.match(block.text)) and block.runs:
            mark = plain_mark(match[0].strip())
            target = Target("footnote", f"Footnote {mark}", number)
            self.footnotes.setdefault((block.runs[0].page, mark), target)
            self._keep(("footnote", mark), target, 0)

    def _caption(self, number: int, kind: str, text: str) -> None:
        match = (_STUB if kind == "figure" else _CAPTION).match(text)
        if match is None:
            return
        word = match["word"].lower().split()[-1]
        found = _KINDS[word[:3]]
        after = text[match.end() :]
        titled = bool(re.match(r"\s*(?:[.:|—–]|$)", after))
        if kind == "caption":
            rank = 0
        elif kind == "figure":
            rank = 3
        elif titled or (kind in ("code", "table", "heading") and re.match(r"\s+[A-Z(]", after)):
            # Else the paragraph only begins with the words, as in "Algorithm 1 outlines …".
            rank = 1
        elif found == "algorithm" and re.match(r"\s+[A-Z]", after):
            rank = 2
        else:
            return
        named = {"figure": "Figure", "table": "Table"}.get(found) or ("Listing" if word == "listing" else "Algorithm")
        target = Target(found, f"{named} {match['label']}", number)
        self._keep((word if word == "listing" else found, label_key(match["label"])), target, rank)

    def _take_outline(self, outline: Sequence[OutlineEntry]) -> None:
        """The file's own table of contents knows the numbers of headings that the text does not show as such."""
        for entry in outline[:_MOST_OUTLINE]:
            title = entry.title.strip()[:300]
            match = _SECTION.match(title)
            if not match:
                continue
            label = match["label"]
            if label.isalpha() and not match["word"] and (len(label) > 1 or label == "A"):
                continue
            key = ("section", label_key(label))
            if key in self._found:
                continue
            block = self._titled(_title(title), entry.page)
            if block is not None:
                word = (match["word"] or _section_word(label)).capitalize()
                self._keep(key, Target("section", f"{word} {label}", block), 1)

    def _titled(self, title: str, page: int) -> int | None:
        for number in self._titles.get(title, ()):
            runs = self.flow[number].runs
            if runs and runs[0].page == page:
                return number
        return None
