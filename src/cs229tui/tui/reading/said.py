"""A body as it is shown: Markdown with its formulas as Unicode, tags, names and links, in lines of a given width.

What is a link, a name or a tag shows without colour too. Markup in a body is only text: it is never read as Textual's.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.style import Style

from cs229tui.amounts import counted
from cs229tui.annotations.bodies import LONGEST_SHOWN, Block, Run, Within, read_body
from cs229tui.annotations.named import Named
from cs229tui.clean import clean

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

MUTED = "$text-muted"
LINK = "link"
"""Under this the style of a link has what a click is to open: the kind of the run, and its target."""
_MOST_LINES = 600
_KEPT = 1024
_MOST_COLUMNS = 12
_WIDEST_RULE = 24
_WITHOUT_WIDTH = 10_000

_shown: OrderedDict[tuple[str, int, int, Named | None], Content] = OrderedDict()
_names: "WeakKeyDictionary[Companion, Named]" = WeakKeyDictionary()


def names_of(app: "Companion") -> Named:
    """What can be named in the library as it is now."""
    readings = app.catalog()
    known = _names.get(app)
    # The catalog is a new one after every change of the library.
    if known is None or known.readings is not readings or known.me != app.settings.author:
        known = _names[app] = Named(app.database, readings, app.settings.author)
    return known


def said(body: str, width: int = 0, names: Named | None = None, most: int = _MOST_LINES) -> Content:
    """A body in lines of at most `width` cells (0: not wrapped) and no more than `most` of them; what is left out is
    told in a line of its own. `names` says what `@names` and `[[links]]` mean.
    """
    named = names if "@" in body or "[[" in body else None
    key = (body, width, most, named)
    found = _shown.get(key)
    if found is None:
        found = _shown[key] = _said(body, width, named, most)
        while len(_shown) > _KEPT:
            _shown.popitem(last=False)
    else:
        _shown.move_to_end(key)
    return found


def _said(body: str, width: int, names: Named | None, most: int) -> Content:
    read = read_body(body)
    lines: list[Content] = []
    before: Block | None = None
    cut = False
    for block in read.blocks:
        if before is not None and _apart(before, block):
            lines.append(Content())
        for line in _block(block, width or _WITHOUT_WIDTH, names):
            lines.append(line)
            if len(lines) > most:
                cut = True
                break
        before = block
        if cut:
            break
    del lines[most:]
    if read.left:
        lines.append(Content.styled(f"… {counted(read.left, 'character')} more", MUTED))
    elif cut:
        lines.append(Content.styled("… more", MUTED))
    return Content("\n").join(lines)


def _apart(before: Block, block: Block) -> bool:
    """Whether an empty line stands between two blocks."""
    return not (before.within or block.within) and before.kind in ("paragraph", "table") and block.kind != "code"


def _block(block: Block, width: int, names: Named | None) -> Iterator[Content]:
    first, rest = _margins(block.within, width)
    room = max(width - rest.cell_length, 8)
    for index, line in enumerate(_lines(block, room, names)):
        yield Content.assemble(rest if index else first, line)


def _margins(within: Sequence[Within], width: int) -> tuple[Content, Content]:
    """What stands before the first line of a block and before its others: bars of quotes, markers of lists."""
    first: list[tuple[str, str]] = []
    rest: list[tuple[str, str]] = []
    for one in within:
        sign = f"{one.marker} " if one.marker else "│ "
        blank = " " * cell_len(sign) if one.marker else sign
        # Deeper than half the width, nothing could be read.
        if sum(cell_len(text) for text, _ in rest) + cell_len(blank) > width // 2:
            break
        first.append((sign if one.first or not one.marker else blank, MUTED))
        rest.append((blank, MUTED))
    return Content.assemble(*first), Content.assemble(*rest)


def _lines(block: Block, width: int, names: Named | None) -> Iterator[Content]:
    if block.kind == "rule":
        yield Content.styled("─" * min(width, _WIDEST_RULE), MUTED)
    elif block.kind == "code":
        yield from _code(block, width)
    elif block.kind == "table":
        yield from _table(block, width, names)
    else:
        yield from _paragraph(block, width, names)


def _paragraph(block: Block, width: int, names: Named | None) -> Iterator[Content]:
    style = "" if block.kind == "paragraph" else "bold" if block.level < 3 else "bold italic"
    parts: list[Content | tuple[str, str]] = []
    for run in block.runs:
        if run.kind in ("break", "display"):
            if parts:
                yield from _wrapped(parts, width, style)
            parts = []
        if run.kind == "display":
            yield from _display(run.text, width)
        elif run.kind != "break":
            parts += _run(run, names)
    if parts:
        yield from _wrapped(parts, width, style)


def _wrapped(parts: Sequence[Content | tuple[str, str]], width: int, style: str = "") -> Iterator[Content]:
    line = Content.assemble(*parts).rstrip()
    if style:
        line = line.stylize_before(style)
    if not line.plain.strip():
        return
    if line.cell_length <= width:
        yield line
    else:
        yield from (one.rstrip() for one in line.wrap(width))


def _display(latex: str, width: int) -> Iterator[Content]:
    from cs229tui.documents.formulas.latex import readable

    room = max(width - 2, 8)
    shown = clean(readable(latex)).split("\n")
    if any(cell_len(row) > room for row in shown):
        # Rows of a formula make no sense when the screen breaks them.
        yield from _wrapped([(clean(readable(latex, lines=False)), "")], width)
        return
    yield from (Content(f"  {row}") for row in shown)


def _code(block: Block, width: int) -> Iterator[Content]:
    room = max(width - 2, 4)
    for line in block.runs[0].text.split("\n"):
        rest = line.expandtabs(4)
        while True:
            piece = rest if cell_len(rest) <= room else set_cell_size(rest, room)
            yield Content.assemble(("┊ ", MUTED), (piece, "$accent"))
            # A wide character that did not fit has become a space.
            taken = len(piece) if rest.startswith(piece) else len(piece) - 1
            rest = rest[max(taken, 1) :]
            if not rest:
                break


def _table(block: Block, width: int, names: Named | None) -> Iterator[Content]:
    rows = [
        [Content.assemble(*(part for run in cell for part in _run(run, names))) for cell in row[:_MOST_COLUMNS]]
        for row in block.rows
    ]
    columns = max(map(len, rows), default=0)
    widths = [max((row[at].cell_length for row in rows if at < len(row)), default=0) for at in range(columns)]
    fits = sum(widths) + 2 * (columns - 1) <= width
    for number, row in enumerate(rows):
        parts: list[Content | tuple[str, str]] = []
        for at, cell in enumerate(row):
            pad = widths[at] - cell.cell_length if fits and at + 1 < columns else 0
            parts += [cell.stylize_before("bold") if not number else cell, (" " * pad, "")]
            if at + 1 < len(row):
                parts.append(("  ", "") if fits else (" · ", MUTED))
        yield from _wrapped(parts, width)
        if not number and fits:
            yield Content.styled("  ".join("─" * one for one in widths), MUTED)


def _run(run: Run, names: Named | None) -> list[Content | tuple[str, str]]:
    look = " ".join(name for name in ("bold", "italic", "strike") if getattr(run, name))
    parts: list[Content | tuple[str, str]] = [(text, f"{look} {style}".strip()) for text, style in _parts(run, names)]
    if run.kind in ("passage", "url", "image") and run.target:
        return [Content.assemble(*parts).stylize(Style.from_meta({LINK: (run.kind, run.target)}))]
    return parts


def _parts(run: Run, names: Named | None) -> Iterator[tuple[str, str]]:
    if run.kind in ("formula", "display"):
        from cs229tui.documents.formulas.latex import readable

        yield clean(readable(run.text, lines=False)), ""
    elif run.kind == "code":
        yield from (("`", MUTED), (run.text, "$accent"), ("`", MUTED))
    elif run.kind == "tag":
        yield f"#{run.text}", "$secondary"
    elif run.kind == "mention":
        person = names.person(run.text) if names is not None else ""
        mine = names is not None and names.is_me(run.text)
        yield f"@{person or run.text}", "bold underline $warning" if mine else "bold $secondary"
    elif run.kind == "passage":
        yield from _passage(run, names)
    elif run.kind == "url":
        yield from _address(run.text, run.target)
    elif run.kind == "image":
        yield from _address(f"[picture: {run.text}]" if run.text else "[picture]", run.target)
    else:
        yield run.text.replace("\n", " "), ""


def _passage(run: Run, names: Named | None) -> Iterator[tuple[str, str]]:
    target = names.find(run.target) if names is not None else None
    wanted = run.text.partition("|")
    if target is None:
        yield from (("[[", MUTED), (wanted[2] or wanted[0], MUTED), ("]] ?", MUTED))
        return
    page = f" p {target.page}" if target.page and target.kind == "reading" else ""
    sign = {"reading": "→", "note": "✎", "annotation": "↳"}[target.kind]
    # In one word, so that they are not parted at the end of a line.
    yield sign, "$primary"
    yield (wanted[2].strip() or f"{target.title}{page}"), "underline $primary"


def _address(words: str, target: str) -> Iterator[tuple[str, str]]:
    yield words or target, "underline $primary"
    parts = urlsplit(target)
    host = parts.path if parts.scheme == "mailto" else parts.hostname or ""
    # Words may say anything; where they lead is said behind them.
    if words and words != target and host:
        yield f" ↗{host[:60]}", MUTED


__all__ = ["LONGEST_SHOWN", "names_of", "said"]
