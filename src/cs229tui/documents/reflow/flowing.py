"""The layouts of all pages made into one flow: parts joined across columns and pages, floats moved out of sentences."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cs229tui.documents.flow import Block, BlockKind, encode
from cs229tui.documents.pdf.wire import Reflow, Reflowed
from cs229tui.documents.reflow.boxes import Box, Region, area_of
from cs229tui.documents.reflow.compose import line_text, paragraph_text
from cs229tui.documents.reflow.equations import equation_text
from cs229tui.documents.reflow.grid import rows_of
from cs229tui.documents.reflow.headings import Headings, outline_of
from cs229tui.documents.reflow.layout import PageLayout, decode_layout
from cs229tui.documents.reflow.margins import (
    running,
    with_initials,
    without_furniture,
    without_line_numbers,
    without_unseen,
)
from cs229tui.documents.reflow.measures import Measures, measure
from cs229tui.documents.reflow.paragraphs import part_text, with_quotes
from cs229tui.documents.reflow.references import entries
from cs229tui.documents.reflow.regions import begins_note, find_gutter, regions, usual_gutters
from cs229tui.documents.reflow.rows import Part, rows
from cs229tui.documents.reflow.tables import table_text
from cs229tui.documents.reflow.text import Text

_JOINABLE: frozenset[BlockKind] = frozenset({"paragraph", "item", "quote", "reference"})
_TERMINAL = re.compile(r"[.!?:][)\]”\"'’]*(?:[\d,∗*†‡¹²³⁴⁵⁶⁷⁸⁹⁰]*)$")
_UNREAD = "This page could not be read."
_SCAN = "This page has no text (a scan?)"


def reflow_pages(request: Reflow) -> Reflowed:
    """Make the flow of a document from its pages' layouts."""
    layouts = [decode_layout(stored) if stored else None for stored in request.layouts]
    pages = [layout for layout in layouts if layout is not None]
    without_furniture(pages)
    for page in pages:
        without_unseen(page)
        without_line_numbers(page)
        with_initials(page)
    measures = measure(pages)
    parts = _simply(pages, measures) if request.simply else _parts(pages, measures, Headings(request.outline, measures))
    maker = _Maker(measures, request.labels, len(layouts))
    instead = {
        page.number: Block("figure", _SCAN, area=area_of(Box(0, 0, page.width, page.height), page))
        for page in pages
        if not page.text.strip()
    }
    instead |= {number: Block("figure", _UNREAD) for number, layout in enumerate(layouts, 1) if layout is None}
    maker.write(parts, instead)
    kept = tuple(tuple(sorted(maker.kept.get(number, ()))) for number in range(1, len(layouts) + 1))
    title = next((block.text for block in maker.blocks if block.kind == "title"), "")
    outline = request.outline or outline_of(maker.blocks)
    empty = [page.number for page in pages if not page.text.strip()]
    warnings: tuple[str, ...] = ()
    if empty:
        which = "No page" if len(empty) == len(layouts) else f"{len(empty)} of {len(layouts)} pages"
        warnings = (
            f"{which} {'has' if len(empty) == len(layouts) else 'have no'} text: a scan? Its words cannot be read.",
        )
    return Reflowed(encode(tuple(maker.blocks)), kept, outline, title or request.title, warnings)


def _parts(pages: Sequence[PageLayout], measures: Measures, headings: Headings) -> list[Part]:
    """Every page's parts in reading order, headings known and references parted."""
    dropped = running(pages)
    left = [
        [line for index, line in enumerate(page.lines) if index not in gone]
        for page, gone in zip(pages, dropped, strict=True)
    ]
    upright = [
        [line for line in lines if abs(page.looks[line.look].angle) < 2]
        for page, lines in zip(pages, left, strict=True)
    ]
    gutters = usual_gutters(
        upright, [find_gutter(page, lines, measures) for page, lines in zip(pages, upright, strict=True)], measures
    )
    parts: list[Part] = []
    for page, gone, every, lines, gutter in zip(pages, dropped, left, upright, gutters, strict=True):
        if not page.text.strip():
            continue
        heads = [page.lines[index] for index in gone if page.lines[index].bottom > 0.8 * page.height]
        turned = [line for line in every if abs(page.looks[line.look].angle) >= 2]
        for region in regions(page, lines, measures, gutter, page.number == 1 and not page.plain):
            if region.kind == "table":
                # Heads that are turned to be narrow.
                region.lines += [line for line in turned if region.holds(line)]
            for line in turned if region.kind == "figure" else ():
                # What is written up its side belongs to a plot.
                if region.holds(line, 14):
                    region.grow(line)
            for head in heads if region.kind == "figure" else ():
                # Some figures are drawn larger than they show, up into the page's head.
                if region.holds(head) and head.bottom > region.bottom + 20:
                    region.top = min(region.top, head.bottom - 4)
            parts += _of_region(region, page, measures)
    return with_quotes(entries(headings.placed(parts), measures))


def _simply(pages: Sequence[PageLayout], measures: Measures) -> list[Part]:
    parts: list[Part] = []
    for page in pages:
        lines = [line for line in page.lines if abs(page.looks[line.look].angle) < 2]
        if lines:
            edges = min(line.left for line in lines), max(line.right for line in lines)
            parts += [Part("paragraph", rows(page, [line]), edges, label="line", page=page.number) for line in lines]
    return parts


def _of_region(region: Region, page: PageLayout, measures: Measures) -> list[Part]:
    if region.label == "title":
        return [Part("title", rows(page, region.lines), region.edges, 1, page=page.number)]
    if region.label == "people":
        return [Part("paragraph", rows(page, region.lines), region.edges, label="people", page=page.number)]
    if region.kind == "text":
        return part_text(region, page, measures)
    made = rows(page, region.lines) if region.lines else []
    area = area_of(region, page) if region.kind in ("figure", "table", "code") else None
    part = Part(region.kind, made, region.edges, label=region.label, page=page.number, area=area)
    return [Part("equation", made, region.edges, page=page.number, area=area), part] if region.formulas else [part]


@dataclass
class _Maker:
    """Blocks as they are written; `kept` collects the hyphens at line ends that belong to their words."""

    measures: Measures
    labels: Sequence[str]
    pages: int

    def __post_init__(self) -> None:
        self.blocks: list[Block] = []
        self.kept: dict[int, set[int]] = {}
        self._marked = 0
        self._justified = False

    def write(self, parts: list[Part], instead: Mapping[int, Block]) -> None:
        """Write all parts, each page's mark before the first block that begins on it; `instead` for pages without."""
        self._justified = _justified(parts)
        waiting = list(parts)
        while waiting:
            part = waiting.pop(0)
            if part.kind in _JOINABLE and not part.label:
                self._take_on(part, waiting)
            elif part.kind == "footnote":
                _take_on_note(part, waiting)
            self._mark(part.page, instead)
            self._block(part)
        self._mark(self.pages, instead)

    def _take_on(self, part: Part, waiting: list[Part]) -> None:
        """Give an unfinished part its continuation, from beyond floats, notes and the page's end."""
        at = 0
        while at < len(waiting):
            follower = waiting[at]
            if follower.kind in ("figure", "table", "caption", "footnote", "code") and (
                follower.kind not in ("code", "table") or follower.label
            ):
                at += 1
                continue
            if not _continues(part, follower, at > 0, self._justified):
                return
            part.rows = part.rows + follower.rows
            part.edges = follower.edges
            waiting.pop(at)
            if part.rows[-1].page.number - part.page > 3:
                return

    def _mark(self, page: int, instead: Mapping[int, Block]) -> None:
        while self._marked < page:
            self._marked += 1
            self.blocks.append(Block("page", self.labels[self._marked - 1], self._marked))
            if self._marked in instead:
                self.blocks.append(instead[self._marked])

    def _block(self, part: Part) -> None:
        text = self._text(part)
        shown = text.text.rstrip()
        if not shown.strip():
            return
        runs = tuple(run for run in text.runs if run.offset < len(shown))
        if runs and runs[-1].offset + runs[-1].length > len(shown):
            last = runs[-1]
            runs = (*runs[:-1], type(last)(last.offset, last.page, last.start, len(shown) - last.offset))
        self.blocks.append(Block(part.kind, shown, part.level, runs, part.area))

    def _text(self, part: Part) -> Text:
        page = part.rows[0].page if part.rows else None
        if part.kind == "figure" or page is None:
            text = Text()
            text.add(f"{part.label} on page {part.page}" if part.label else f"Figure on page {part.page}")
            return text
        lines = [line for row in part.rows for line in row.lines]
        if part.kind == "equation":
            return equation_text(page, lines)
        if part.kind in ("table", "code"):
            return table_text(page, lines) if part.kind == "table" else code_text(page, part)
        if part.label == "people":
            return self._people(part)
        text = paragraph_text(
            [(row.page, line) for row in part.rows for line in row.lines], self.measures.heals, self._keep
        )
        if part.kind != "item" or not part.rows[0].bullet:
            return text
        item = Text()
        item.add(f"{part.rows[0].bullet} ")
        item.append(text)
        return item

    def _people(self, part: Part) -> Text:
        text = Text()
        for row in part.rows:
            following = paragraph_text([(row.page, line) for line in row.lines], self.measures.heals, self._keep)
            if text.length and following.length:
                goes_on = text.text.rstrip().endswith((",", "and", "&", ";"))
                text.add(" " if goes_on else " · ")
            text.append(following)
        return text

    def _keep(self, page: int, character: int) -> None:
        self.kept.setdefault(page, set()).add(character)


def code_text(page: PageLayout, part: Part) -> Text:
    """Code or an algorithm: its lines, indented as they stand."""
    text = Text()
    left = min(row.left for row in part.rows)
    # A typewriter's asterisk hangs off its line, which is why the lines are told anew.
    lines = [line for row in part.rows for line in row.lines]
    for fragments in rows_of(lines, 0.5):
        if text.length:
            text.add("\n")
        column = 0
        for line in fragments:
            wanted = round((line.left - left) / (0.55 * line.size))
            following = line_text(page, line)
            spaces = max(min(wanted, 100) - column, 1 if column else 0)
            text.add(" " * spaces)
            text.append(following)
            column += spaces + following.length
    return text


def _take_on_note(part: Part, waiting: list[Part]) -> None:
    """Give a footnote that goes on at the foot of the next column or page what stands there before the first mark."""
    while part.rows and not _TERMINAL.search(part.rows[-1].text.rstrip()):
        last = part.rows[-1]
        follower = next((each for each in waiting if each.kind == "footnote"), None)
        if follower is None or not follower.rows or follower.rows[0].page.number - last.page.number > 1:
            return
        first = follower.rows[0]
        new_column = first.page is not last.page or first.base > last.base
        if not new_column or begins_note(first.page, first.lines[0]) or abs(first.size - last.size) > 0.08 * last.size:
            return
        part.rows = part.rows + follower.rows
        waiting[:] = [each for each in waiting if each is not follower]


def _continues(part: Part, follower: Part, apart: bool, justified: bool) -> bool:
    """Whether `follower` goes on with the sentence or paragraph that `part` leaves open."""
    if (
        follower.kind not in ("paragraph", "quote")
        or (follower.kind == "quote" != part.kind)
        or follower.label == "people"
        or not part.rows
        or not follower.rows
    ):
        return part.kind == follower.kind == "reference" and follower.level < 0
    last, first = part.rows[-1], follower.rows[0]
    if abs(last.size - first.size) > 0.08 * last.size or part.kind == "reference":
        return False
    same_column = last.page.number == first.page.number and part.edges == follower.edges and last.base > first.base
    before, after = last.text.rstrip(), first.text.lstrip()
    if not before or not after:
        return False
    if same_column and not apart:
        # Parted only because something stands beside them, or by a line that its formula makes high.
        full = last.right > part.edges[1] - 2.5 * last.size
        reach = 2.6 if full and first.left < follower.edges[0] + 0.5 * first.size else 1.4
        return after[0].islower() and not _TERMINAL.search(before) and last.base - first.base < reach * last.size
    if before.endswith(("\u2010", "-", ",")) or after[0].islower():
        return True
    full = last.right > part.edges[1] - 2.5 * last.size
    if _TERMINAL.search(before):
        flush = first.left < follower.edges[0] + 0.5 * first.size
        near = first.page.number - last.page.number <= 1 and len(after) > 40
        # The last line of a paragraph hardly ever fills its column to the point.
        filled = -0.5 < last.right - part.edges[1] < 2 and justified
        joins = (full and _indents(part)) or (filled and not before.endswith(":"))
        return near and part.kind == "paragraph" and flush and not first.begins_bold and joins
    return full and not first.begins_bold


def _justified(parts: Sequence[Part]) -> bool:
    """Whether the lines of this document's paragraphs end where their column does."""
    ends = [
        abs(row.right - part.edges[1]) < 1
        for part in parts
        if part.kind == "paragraph" and not part.label and len(part.rows) > 2
        for row in part.rows[:-1]
    ]
    return sum(ends) > 0.6 * len(ends)


def _indents(part: Part) -> bool:
    """Whether the part begins with an indented line, as every paragraph then does in its document."""
    return len(part.rows) > 1 and part.rows[0].left > part.rows[1].left + 0.5 * part.rows[0].size
