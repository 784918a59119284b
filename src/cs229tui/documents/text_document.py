"""Texts that come without pages (web pages, Markdown, plain text) put into pages, blocks and links as they are read.

The text of a page is what is shown, block after block with an empty line between, so that a block is one run: every
character has its place, as in a PDF.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from cs229tui.clean import clean, clean_line
from cs229tui.documents.flow import Block, BlockKind, Flow, Run
from cs229tui.library.documents import Link, OutlineEntry, Page, encode_links

# A page without a heading ends at the first block after so many characters: about what two printed pages hold.
_LONG_PAGE = 6000
_SPACE = re.compile(r"[ \t\n\f\r\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_SAFE = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]", re.I)
LONGEST_ADDRESS = 2000


@dataclass(frozen=True)
class TextDocument:
    """A text as it was read; pages have no geometry."""

    pages: tuple[Page, ...]
    flow: Flow
    title: str
    outline: tuple[OutlineEntry, ...]


def safe_address(address: str) -> str:
    """The address, if it is one that a text may lead to (http, https, mail); else empty."""
    address = clean_line(address, LONGEST_ADDRESS + 1)
    return address if _SAFE.match(address) and len(address) <= LONGEST_ADDRESS else ""


class Words:
    """The text of a block as it grows, with what its words lead to: an address, or `#name` in the same document."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._ends_in_space = True
        self.links: list[tuple[int, int, str]] = []
        self.names: list[tuple[int, str]] = []

    @property
    def length(self) -> int:
        return self._length

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, text: str) -> None:
        """Add prose: white space of any kind and length is one space, none at the beginning."""
        text = _SPACE.sub(" ", clean(text))
        if self._ends_in_space:
            text = text.lstrip(" ")
        self.put(text)

    def put(self, text: str) -> None:
        """Add clean text as it is."""
        if text:
            self._parts.append(text)
            self._length += len(text)
            self._ends_in_space = text[-1] in " \n"

    def cut(self, length: int) -> None:
        """Keep the first `length` characters; what leads on from the others is the caller's to mend."""
        kept = self.text[:length]
        self._parts, self._length, self._ends_in_space = [kept], len(kept), not kept or kept[-1] in " \n"

    def link(self, start: int, target: str) -> None:
        """Let what was written from `start` on lead to `target`."""
        written = self.text[start:]
        first = start + len(written) - len(written.lstrip())
        last = start + len(written.rstrip())
        if first < last and target:
            self.links.append((first, last, target))

    def name(self, name: str) -> None:
        """Let links to `#name` lead to what comes next."""
        if name:
            self.names.append((self._length, name))

    def append(self, other: Self) -> None:
        """Add another block's words."""
        start = self._length
        self.put(other.text)
        self.links += [(start + first, start + last, target) for first, last, target in other.links]
        self.names += [(start + place, name) for place, name in other.names]

    def __bool__(self) -> bool:
        return bool(self.text.strip())


@dataclass
class Writer:
    """Pages, blocks and links as they grow."""

    blocks: list[Block] = field(default_factory=list)
    outline: list[OutlineEntry] = field(default_factory=list)
    _lengths: list[int] = field(default_factory=list)
    _parts: list[list[str]] = field(default_factory=list)
    _links: list[tuple[int, int, int, str]] = field(default_factory=list)
    _names: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def page(self) -> int:
        """The number of the page that is written on; 0 before the first."""
        return len(self._parts)

    @property
    def blank(self) -> bool:
        """Whether nothing stands on the page yet."""
        return not self._parts or not self._parts[-1]

    @property
    def crowded(self) -> bool:
        """Whether the page holds more than its title."""
        return bool(self._parts) and len(self._parts[-1]) > 1

    def begin_page(self) -> None:
        self._parts.append([])
        self._lengths.append(0)
        self.blocks.append(Block("page", str(self.page), self.page))

    def write(self, kind: BlockKind, words: Words | str, level: int = 0, shown: str = "") -> None:
        """Add a block; `shown` stands before it and belongs to no page (a bullet, a number)."""
        plain = words if isinstance(words, str) else words.text
        text = plain.rstrip() if isinstance(words, Words) else plain
        if not text.strip():
            return
        if not self._parts or (self._lengths[-1] > _LONG_PAGE and kind in ("paragraph", "heading", "quote", "item")):
            self.begin_page()
        start = self._lengths[-1] + 2 if self._parts[-1] else 0
        if isinstance(words, Words):
            self._links += [
                (self.page, start + first, start + last, target)
                for first, last, target in words.links
                if last <= len(text)
            ]
            for place, name in words.names:
                self._names.setdefault(name, (self.page, start + min(place, len(text) - 1)))
        self._parts[-1].append(text)
        self._lengths[-1] = start + len(text)
        self.blocks.append(Block(kind, shown + text, level, (Run(len(shown), self.page, start, len(text)),)))

    def heading(self, words: Words, level: int) -> None:
        """Add a heading of a depth (from 1), to the outline too."""
        if not words:
            return
        if not self._parts or self._lengths[-1] > _LONG_PAGE:
            self.begin_page()
        place = self._lengths[-1] + 2 if self._parts[-1] else 0
        self.outline.append(OutlineEntry(clean_line(words.text, 300), level - 1, self.page, place))
        self.write("heading", words, level)

    def finished(self, title: str) -> TextDocument:
        if not self._parts:
            self.begin_page()
        links: list[list[Link]] = [[] for _ in self._parts]
        for page, start, end, target in self._links:
            if link := self._link(start, end, target):
                links[page - 1].append(link)
        pages = tuple(
            Page(number, str(number), 0.0, 0.0, "\n\n".join(parts), links=encode_links(_in_order(links[number - 1])))
            for number, parts in enumerate(self._parts, 1)
        )
        return TextDocument(pages, tuple(self.blocks), title, tuple(self.outline))

    def _link(self, start: int, end: int, target: str) -> Link | None:
        if not target.startswith("#"):
            return Link(start, end, target)
        page, place = self._names.get(target[1:], (0, 0))
        return Link(start, end, "", page, place) if page else None


def _in_order(links: Iterable[Link]) -> list[Link]:
    return sorted(links, key=lambda link: (link.start, link.end))
