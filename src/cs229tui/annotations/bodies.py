"""What a body says: Markdown with LaTeX, `#tags`, `@names`, `[[links]]` and addresses, read into blocks and runs.

Screens, HTML and PDF are made from these. A body is what anybody may have written: nothing here fails or takes long.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from cs229tui.clean import clean, clean_line
from cs229tui.documents.markdown import CODE

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

RunKind = Literal["text", "code", "formula", "display", "tag", "mention", "passage", "url", "image", "break"]
BlockKind = Literal["paragraph", "heading", "code", "table", "rule"]

LONGEST_SHOWN = 20_000
"""No more characters of a body than this are read; what is beyond is counted."""
_DEEPEST = 40
_MOST_BLOCKS = 2_000
# Nobody writes so many formulas; looking for the end of each would take long.
_MOST_FORMULAS = 400
# Signs of their own stand for formulas and links while Markdown is read: `clean` has taken them out of all the rest.
_OPEN, _CLOSE = "\ue000", "\ue001"
_SET_ASIDE = re.compile(f"{_OPEN}(\\d{{1,9}}){_CLOSE}")
_URL = r"https?://[^\s<>\ue000-\ue001]{1,2000}"
_ADDRESS = re.compile(_URL)
_PASSAGE = re.compile(r"\[\[([^\[\]\n]{1,200})\]\]")
_HASH = r"(?<![\w#/&@.:\-\\])#(?=[\w-]{0,100}[^\W\d_])\w[\w-]{0,99}"
_AT = r"(?<![\w@/.:\\])@\w[\w.\-]{0,79}"
_WORDS = re.compile(rf"(?P<url>{_URL})|(?P<tag>{_HASH})|(?P<mention>{_AT})")
# Hypothesis writes a mention as a link with its own attributes around the name.
_ANCHORED_NAME = re.compile(r"<a\s[^<>]{0,400}?data-hyp-mention[^<>]{0,400}>(@[^<>]{1,80})</a>")
_APART = re.compile(r"[\s._\-]+")
_SCHEMES = frozenset({"http", "https", "mailto"})


class Run(Struct, frozen=True):
    """A stretch of text of one kind and look.

    `text` is what is read: words, code, LaTeX (`formula` in the line, `display` on its own), the tag or name without
    its sign. `target` is the address of a `url` or `image`, and what stands in the brackets of a `passage`.
    """

    kind: RunKind
    text: str
    target: str = ""
    bold: bool = False
    italic: bool = False
    strike: bool = False


class Within(Struct, frozen=True):
    """What a block stands in: a quote (no marker), or an item of a list; `first` where the marker goes before it."""

    marker: str = ""
    first: bool = False


class Block(Struct, frozen=True):
    """A paragraph, heading of a `level`, code in a `language` (one run), table (`rows` of cells of runs) or rule."""

    kind: BlockKind
    runs: tuple[Run, ...] = ()
    within: tuple[Within, ...] = ()
    level: int = 0
    language: str = ""
    rows: tuple[tuple[tuple[Run, ...], ...], ...] = ()


class Body(Struct, frozen=True):
    """The blocks of a body in their order, and how many characters were `left` unread."""

    blocks: tuple[Block, ...]
    left: int = 0

    @property
    def runs(self) -> Iterator[Run]:
        """Every run, those in tables too."""
        for block in self.blocks:
            yield from block.runs
            for row in block.rows:
                for cell in row:
                    yield from cell


@lru_cache(maxsize=512)
def read_body(source: str, longest: int = LONGEST_SHOWN) -> Body:
    """A body as blocks and runs; no more than its first `longest` characters."""
    left = max(0, len(source) - longest)
    text = _ANCHORED_NAME.sub(r"\1", clean(source[:longest]))
    aside: dict[int, Run] = {}
    marked = _without_formulas(text, aside)
    try:
        blocks = tuple(_blocks(_markdown().parse(marked), aside))
    except (ValueError, RecursionError):
        blocks = ()
    # What cannot be read, or lies in more quotes than anybody writes, is shown as it is written.
    return Body(blocks or (Block("paragraph", (Run("text", text),)),), left)


def tags_in(body: str) -> tuple[str, ...]:
    """The tags written in a body, without `#`, each once; none in code, formulas, addresses and headings."""
    if "#" not in body:
        return ()
    return tuple(dict.fromkeys(run.text for run in read_body(body).runs if run.kind == "tag"))


def links_in(body: str) -> tuple[Run, ...]:
    """The links in a body in their order, each once: `passage` runs for `[[…]]`, `url` and `image` runs for others."""
    found = (run for run in read_body(body).runs if run.kind in ("passage", "url", "image") and run.target)
    return tuple({run.target: run for run in found}.values()) if "[" in body or ":" in body else ()


def mention_key(name: str) -> str:
    """What two spellings of a name have in common: `@Mei_Chen` means Mei Chen, and so does `@meichen`."""
    return _APART.sub("", name).casefold()


def mention_of(name: str) -> str:
    """A name as it is written after `@`: in one word."""
    return "_".join(re.findall(r"\w[\w.\-]*", name))[:80]


def unbalanced(body: str) -> str:
    """What is wrong with the formulas of a body as far as its signs tell, in a few words; empty where nothing is."""
    prose = CODE.sub("", body[:LONGEST_SHOWN])
    prose = _ADDRESS.sub("", prose)
    if prose.count("$$") % 2:
        return "a $$ has no other"
    for opens, closes in (("\\(", "\\)"), ("\\[", "\\]")):
        if prose.count(opens) != prose.count(closes):
            return f"{opens} and {closes} do not match"
    aside: dict[int, Run] = {}
    rest = _SET_ASIDE.sub("", _without_formulas(prose, aside))
    # A dollar before a number is money.
    single = re.findall(r"(?<![\\$])\$(?![\d$])", rest)
    if single:
        return "a $ has no other"
    for run in aside.values():
        bare = re.sub(r"\\[{}\\]", "", run.text)
        if run.kind in ("formula", "display") and bare.count("{") != bare.count("}"):
            return "the braces of a formula do not match"
    return ""


# Reading


@lru_cache(maxsize=1)
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # HTML is shown as it is written. Addresses that run something (javascript:, file:, data:) are no links there.
    return MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST}).enable(["table", "strikethrough"])


def _without_formulas(source: str, aside: dict[int, Run]) -> str:
    """The source with a sign in the place of each formula and `[[link]]`, which Markdown would take for its own."""
    parts: list[str] = []
    end = 0
    for code in CODE.finditer(source):
        parts += [_set_aside(source[end : code.start()], aside), code[0]]
        end = code.end()
    return "".join([*parts, _set_aside(source[end:], aside)])


def _set_aside(prose: str, aside: dict[int, Run]) -> str:
    from cs229tui.documents.html.maths import written_formula, written_formulas

    def keep(run: Run) -> str:
        number = len(aside)
        aside[number] = run
        return f"{_OPEN}{number}{_CLOSE}"

    parts: list[str] = []
    end = 0
    if ("$" in prose or "\\" in prose) and sum(prose.count(sign) for sign in ("\\(", "\\[", "\\b")) < _MOST_FORMULAS:
        # In an address a dollar is one of its letters.
        hidden = _ADDRESS.sub(lambda found: found[0].replace("$", " "), prose)
        for start, stop in written_formulas(hidden):
            written = prose[start:stop]
            read = written_formula(written, prose[max(0, start - 200) : start], prose[stop : stop + 200])
            run = Run("display" if read.get("display") else "formula", read.text or "", written)
            parts += [prose[end:start], keep(run)]
            end = stop
    marked = "".join([*parts, prose[end:]])
    if "[[" not in marked:
        return marked
    return _PASSAGE.sub(lambda found: keep(Run("passage", found[1].strip(), found[1].strip())), marked)


def _restored(text: str, aside: dict[int, Run]) -> str:
    """Text (code, addresses) with what was set aside as it is written."""

    def written(found: re.Match[str]) -> str:
        run = aside.get(int(found[1]))
        return "" if run is None else f"[[{run.target}]]" if run.kind == "passage" else run.target

    # A link may hold a formula that was set aside before it.
    for _ in range(2):
        if _OPEN not in text:
            break
        text = _SET_ASIDE.sub(written, text)
    # Markdown's own &#…; may have made what `clean` had taken out.
    return clean(text)


def _blocks(tokens: "Sequence[Token]", aside: dict[int, Run]) -> Iterator[Block]:
    within: list[Within] = []
    lists: list[int | None] = []
    level = 0
    rows: list[list[tuple[Run, ...]]] = []
    made = 0

    def place() -> tuple[Within, ...]:
        here = tuple(within)
        within[:] = [replace(one, first=False) if one.first else one for one in within]
        return here

    for token in tokens:
        block: Block | None = None
        if token.type == "blockquote_open":
            within.append(Within())
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None)
        elif token.type == "list_item_open":
            number = lists[-1]
            within.append(Within("•" if number is None else f"{number}.", True))
            lists[-1] = None if number is None else number + 1
        elif token.type in ("blockquote_close", "list_item_close"):
            within.pop()
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type in ("fence", "code_block"):
            text = _restored(token.content, aside).rstrip("\n")
            language = clean_line(_restored(token.info, aside), 30).split(" ")[0]
            block = Block("code", (Run("code", text),), place(), language=language)
        elif token.type == "hr":
            block = Block("rule", (), place())
        elif token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            block = Block("table", (), place(), rows=tuple(map(tuple, rows)))
            rows = []
        elif token.type == "inline":
            runs = tuple(_runs(token.children or (), aside, plain=bool(level)))
            if rows:
                rows[-1].append(runs)
            elif runs:
                block = Block("heading" if level else "paragraph", runs, place(), level)
        if block is not None:
            yield block
            made += 1
            if made >= _MOST_BLOCKS:
                return


def _runs(tokens: "Sequence[Token]", aside: dict[int, Run], plain: bool) -> Iterator[Run]:
    look = {"bold": 0, "italic": 0, "strike": 0}
    names = {"strong": "bold", "em": "italic", "s": "strike"}
    address: str | None = None
    label: list[Run] = []
    for token in tokens:
        name, _, _ = token.type.partition("_")
        made: list[Run] = []
        if name in names:
            look[names[name]] += token.nesting
        elif token.type == "link_open":
            address, label = _restored(str(token.attrs.get("href", "")), aside), []
        elif token.type == "link_close":
            made = _linked(label, address or "")
            address = None
        elif name == "image":
            alternative = clean_line(_restored(token.content, aside), 200)
            made = [Run("image", alternative, _checked(_restored(str(token.attrs.get("src", "")), aside)))]
        elif token.type == "code_inline":
            made = [Run("code", _restored(token.content, aside))]
        elif name in ("softbreak", "hardbreak"):
            made = [Run("break", "\n")]
        elif token.content:
            made = list(_pieces(token.content, aside, plain or address is not None))
        styled = (replace(run, **{key: bool(count) for key, count in look.items()}) for run in made)
        if address is not None:
            label += styled
        else:
            yield from styled


def _linked(label: Sequence[Run], address: str) -> list[Run]:
    """A link with its words; one whose address is no web or mail address is words with the address behind them."""
    target = _checked(address)
    if not target:
        return [*label, Run("text", f" ({clean_line(address, 200)})")] if address else list(label)
    words = clean_line(" ".join("".join(run.text for run in label).split()), 400)
    formula = any(run.kind in ("formula", "display") for run in label)
    return [*label, Run("url", "", target)] if formula else [Run("url", words or target, target)]


def _checked(address: str) -> str:
    try:
        parts = urlsplit(address)
        known = parts.scheme in _SCHEMES and bool(parts.hostname if parts.scheme != "mailto" else parts.path)
    except ValueError:
        return ""
    return address if known and clean_line(address) == address else ""


def _pieces(text: str, aside: dict[int, Run], plain: bool) -> Iterator[Run]:
    """Text parted at what was set aside, and, unless `plain`, at tags, names and addresses."""
    end = 0
    for found in _SET_ASIDE.finditer(text):
        yield from _worded(clean(text[end : found.start()]), plain)
        # Each is given back once: who forges such signs gets nothing for it.
        run = aside.pop(int(found[1]), None)
        if run is not None:
            yield replace(run, text=_restored(run.text, aside), target=_restored(run.target, aside))
        end = found.end()
    yield from _worded(clean(text[end:]), plain)


def _worded(text: str, plain: bool) -> Iterator[Run]:
    end = 0
    for found in () if plain else _WORDS.finditer(text):
        kind, word = found.lastgroup, found[0]
        stop = found.end()
        if kind == "url":
            word = _trimmed(word)
            stop = found.start() + len(word)
        elif kind == "mention":
            word = word.rstrip(".-")
            stop = found.start() + len(word)
        if stop <= end or len(word) < 2 or (kind == "url" and not _checked(word)):
            continue
        if found.start() > end:
            yield Run("text", text[end : found.start()])
        if kind == "url":
            yield Run("url", word, word)
        elif kind == "tag":
            yield Run("tag", word[1:].rstrip("-"))
        else:
            yield Run("mention", word[1:])
        end = stop
    if end < len(text):
        yield Run("text", text[end:])


def _trimmed(url: str) -> str:
    """An address without the punctuation of the sentence it ends."""
    while url and (url[-1] in ".,;:!?'\"*_]}" or (url[-1] == ")" and url.count(")") > url.count("("))):
        url = url[:-1]
    return url
