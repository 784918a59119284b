"""Markdown and plain text made into pages and a flow, with the same contract as a PDF: every character has its place.

A page is a level-2 section. Its text is what is shown, block after block with an empty line between, so that a block is
one run. HTML is dropped, and so are links to anything but http, https and mail.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

from cs229tui.clean import clean, clean_line
from cs229tui.documents.flow import Block, BlockKind, Flow, Run
from cs229tui.documents.reflow.grid import aligned
from cs229tui.library.documents import OutlineEntry, Page

if TYPE_CHECKING:
    from markdown_it.token import Token

_REVISION = "1"
LONGEST_TEXT = 20 * 1024 * 1024
_PLAIN_PAGE = 3000
_SAFE_LINK = re.compile(r"(?:https?://|mailto:)", re.I)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.S)


@dataclass(frozen=True)
class TextDocument:
    """A text as it was read; pages have no geometry."""

    pages: tuple[Page, ...]
    flow: Flow
    title: str
    outline: tuple[OutlineEntry, ...]


def markdown_extractor() -> str:
    """The name and version that offsets into Markdown pages count in."""
    return f"markdown-it/{version('markdown-it-py')}+{_REVISION}"


def text_extractor() -> str:
    """The name and version that offsets into plain text pages count in."""
    return f"text/{_REVISION}"


@dataclass
class _Writer:
    """Pages and blocks as they grow."""

    texts: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    outline: list[OutlineEntry] = field(default_factory=list)

    def begin_page(self) -> None:
        self.texts.append("")
        self.blocks.append(Block("page", str(len(self.texts)), len(self.texts)))

    def write(self, kind: BlockKind, text: str, level: int = 0, shown: str = "") -> None:
        """Add a block; `shown` stands before it and belongs to no page (a bullet, a number)."""
        if not text.strip():
            return
        if not self.texts:
            self.begin_page()
        before = self.texts[-1]
        start = len(before) + 2 if before else 0
        self.texts[-1] = f"{before}\n\n{text}" if before else text
        self.blocks.append(Block(kind, shown + text, level, (Run(len(shown), len(self.texts), start, len(text)),)))

    def finished(self, title: str) -> TextDocument:
        if not self.texts:
            self.begin_page()
        pages = tuple(Page(number, str(number), 0.0, 0.0, text) for number, text in enumerate(self.texts, 1))
        return TextDocument(pages, tuple(self.blocks), title, tuple(self.outline))


def read_markdown(source: str) -> TextDocument:
    """Markdown (CommonMark with tables) as a document."""
    from markdown_it import MarkdownIt

    source = _FRONT_MATTER.sub("", clean(source))
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    # A link the library refuses would stay as it is written; we take them all and drop the bad ones ourselves.
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    tokens = reader.parse(source)
    top = sum(1 for token in tokens if token.type == "heading_open" and token.tag == "h1")
    writer = _Writer()
    title = ""
    lists: list[int | None] = []
    quotes = 0
    fresh_item = False
    index = 0
    while index < len(tokens):
        token = tokens[index]
        match token.type:
            case "heading_open":
                text = _inline(tokens[index + 1])
                depth = int(token.tag[1])
                if not writer.texts or (depth == 2 and "\n\n" in writer.texts[-1]):
                    writer.begin_page()
                level = max(1, depth if top > 1 else depth - 1)
                if depth == 1 and not title:
                    title = clean_line(text, 300)
                    writer.write("title", text, 1)
                else:
                    place = len(writer.texts[-1]) + 2 if writer.texts[-1] else 0
                    writer.outline.append(OutlineEntry(clean_line(text, 300), level - 1, len(writer.texts), place))
                    writer.write("heading", text, level)
            case "inline" if tokens[index - 1].type == "paragraph_open":
                text = _inline(token)
                if lists and fresh_item:
                    number = lists[-1]
                    marker = "• " if number is None else f"{number}. "
                    if number is not None:
                        lists[-1] = number + 1
                    writer.write("item", text, len(lists) - 1, marker)
                    fresh_item = False
                elif lists:
                    writer.write("item", text, len(lists) - 1, "  ")
                else:
                    writer.write("quote" if quotes else "paragraph", text)
            case "fence" | "code_block":
                writer.write("code", clean(token.content).rstrip("\n").expandtabs(4))
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                fresh_item = True
            case "blockquote_open":
                quotes += 1
            case "blockquote_close":
                quotes -= 1
            case "table_open":
                end = next(at for at in range(index, len(tokens)) if tokens[at].type == "table_close")
                writer.write("table", _table(tokens[index:end]))
                index = end
            case _:
                pass
        index += 1
    return writer.finished(title)


def _table(tokens: "Sequence[Token]") -> str:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(_inline(token))
    return "\n".join(aligned(rows))


def _inline(token: "Token") -> str:
    """The text of an inline token: marks dropped, code in backticks, a link's address after its text."""
    parts: list[str] = []
    targets: list[tuple[str, int]] = []
    for child in token.children or []:
        match child.type:
            case "text":
                parts.append(child.content)
            case "code_inline":
                parts.append(f"`{child.content}`")
            case "softbreak" | "hardbreak":
                parts.append(" ")
            case "image":
                parts.append(f"[picture: {child.content}]" if child.content else "[picture]")
            case "link_open":
                targets.append((str(child.attrGet("href") or ""), len(parts)))
            case "link_close":
                target, start = targets.pop()
                if _SAFE_LINK.match(target) and "".join(parts[start:]) not in (target, target.removeprefix("mailto:")):
                    parts.append(f" ({target})")
            case _:
                pass
    return clean_line("".join(parts))


def read_text(source: str) -> TextDocument:
    """Plain text: paragraphs between empty lines, indented ones kept as they are; a form feed ends a page."""
    writer = _Writer()
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
