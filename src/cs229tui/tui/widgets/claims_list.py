"""What the lab claims and what the student expected, each with what came of it; the cursor opens the paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from cs229tui.course.model import Reading
from cs229tui.labkit.events import ClaimVerdict
from cs229tui.labkit.spec import CONFIRMED, NOT_CONFIRMED, NOT_TESTED, Claim, Spec
from cs229tui.labs.predictions import Expected
from cs229tui.labs.watch import RunView
from cs229tui.labs.words import figure, untested, wanted_of
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted
from cs229tui.tui.widgets.run_parts import verdict_sign

_INDENT = "  "


@dataclass(frozen=True)
class Entry:
    """A claim (or what she expected) in a line or two, and what is told of it under the cursor."""

    key: str
    lines: tuple[Content, ...]
    more: tuple[Content, ...] = ()
    claim: Claim | None = field(default=None, compare=False)


class ClaimsList(ScrollView, can_focus=True):
    """Claims under a cursor, which is seen when the list has the focus."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("claims")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"claims--cursor"}

    @dataclass
    class Chosen(Message):
        """The paper of a claim is to be opened."""

        claim: Claim

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, classes="panel")
        self.entries: tuple[Entry, ...] = ()
        self.cursor = 0
        self._told: tuple[Spec | None, str, RunView, bool, Mapping[str, Reading], Sequence[Expected]] | None = None
        self._lines: list[tuple[int, Content]] = []

    def show(
        self,
        spec: Spec | None,
        preset: str,
        view: RunView,
        alive: bool,
        readings: Mapping[str, Reading],
        expected: Sequence[Expected] = (),
    ) -> None:
        """Show the claims as they stand; those a lab no longer declares are shown by their id."""
        self._told = (spec, preset, view, alive, readings, expected)
        self._lay_out()

    @property
    def count(self) -> int:
        """How many lines it takes without a cursor."""
        return max(sum(len(entry.lines) for entry in self.entries), 1)

    # Lines

    def _lay_out(self) -> None:
        if self._told is None or self.size.width < 8:
            return
        width = self.scrollable_content_region.width
        entries = _entries(*self._told, width)
        if entries == self.entries and self._lines and self._lines[0][1].cell_length <= width:
            self._compose_lines(width)
            return
        self.entries = entries
        self.cursor = min(self.cursor, max(len(entries) - 1, 0))
        self._compose_lines(width)

    def _compose_lines(self, width: int) -> None:
        lines: list[tuple[int, Content]] = []
        for at, entry in enumerate(self.entries):
            lines += [(at, line) for line in entry.lines]
            if at == self.cursor and self.has_focus:
                for told in entry.more:
                    lines += [(at, line) for line in _hanging(told, width)]
        self._lines = lines or [(-1, muted("This lab makes no claims."))]
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def on_resize(self, _event: Resize) -> None:
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        if at >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        entry, content = self._lines[at]
        under = self.has_focus and entry == self.cursor
        style = self.get_visual_style("claims--cursor") if under else self.visual_style
        strips = Visual.to_strips(self, content.truncate(width, ellipsis=True), width, 1, style, pad=True)
        return strips[0] if strips else Strip.blank(width, self.rich_style)

    # Keys and mouse

    def watch_has_focus(self, focused: bool) -> None:
        super().watch_has_focus(focused)
        self._compose_lines(self.scrollable_content_region.width)
        if focused:
            self._to_cursor()

    def action_cursor(self, steps: int) -> None:
        """Another claim."""
        self.cursor = min(max(self.cursor + steps, 0), max(len(self.entries) - 1, 0))
        self._compose_lines(self.scrollable_content_region.width)
        self._to_cursor()

    def _to_cursor(self) -> None:
        rows = [y for y, (entry, _) in enumerate(self._lines) if entry == self.cursor]
        if rows:
            self.scroll_to_region(Region(0, rows[0], 1, len(rows)), animate=False, force=True, x_axis=False)

    def action_choose(self) -> None:
        """Open the paper where the claim's figure stands."""
        claim = self.entries[self.cursor].claim if self.entries else None
        if claim is not None:
            self.post_message(self.Chosen(claim))

    def on_click(self, event: Click) -> None:
        at = event.get_content_offset(self)
        y = (at.y if at else -1) + self.scroll_offset.y
        if not 0 <= y < len(self._lines) or self._lines[y][0] < 0:
            return
        if self._lines[y][0] == self.cursor and event.chain > 1:
            self.action_choose()
        self.cursor = self._lines[y][0]
        self._compose_lines(self.scrollable_content_region.width)
        self._to_cursor()


def _entries(
    spec: Spec | None,
    preset: str,
    view: RunView,
    alive: bool,
    readings: Mapping[str, Reading],
    expected: Sequence[Expected],
    width: int,
) -> tuple[Entry, ...]:
    claims = spec.claims if spec else ()
    known = {claim.id for claim in claims}
    made = [_claim(claim, preset, view, alive, readings, width) for claim in claims if preset in claim.presets]
    for entry in view.verdicts.values():
        if entry.id not in known:
            sign = verdict_sign(entry.verdict)
            made.append(Entry(entry.id, _fit(sign, Content(entry.id), Content(), _measured(entry), width)))
    made += [_expected(one, width) for one in expected]
    told, left = untested(spec, preset) if spec else ("", [])
    if told:
        more = tuple(Content.assemble(muted(f"{name}  "), claim.text) for name, claim in left)
        made.append(Entry("others", (Content.assemble(verdict_sign(NOT_TESTED), " ", muted(told)),), more))
    return tuple(made)


def _claim(claim: Claim, preset: str, view: RunView, alive: bool, readings: Mapping[str, Reading], width: int) -> Entry:
    entry = view.verdicts.get(claim.id)
    reading = readings.get(claim.reading)
    name = reading.short if reading else claim.reading
    source = muted(f"{name}{f', {claim.figure}' if claim.figure else ''}")
    text = Content(claim.text)
    if entry is not None:
        sign, facts = verdict_sign(entry.verdict), _measured(entry, claim.unit, wanted_of(claim, preset))
    elif not alive:
        sign, facts = verdict_sign(NOT_TESTED), muted("not reached")
    else:
        series = view.series.get(claim.metric)
        so_far = f"{figure(series.last)} so far  " if series and series.last is not None else ""
        sign, facts = verdict_sign(None), Content.assemble(so_far, muted(f"wanted {wanted_of(claim, preset)}"))
    return Entry(
        claim.id, _fit(sign, text, source, facts, width), _more(claim, entry, name, reading is not None), claim
    )


def _more(claim: Claim, entry: ClaimVerdict | None, name: str, known: bool) -> tuple[Content, ...]:
    """What the verdict means, and what the paper has in its place."""
    told = []
    if entry is not None and entry.verdict in (CONFIRMED, NOT_CONFIRMED):
        meaning = claim.confirmed if entry.verdict == CONFIRMED else claim.not_confirmed
        if meaning:
            told.append(Content.assemble(muted("means  "), meaning))
    where = f", page {claim.page}" if claim.page else ""
    place = f"{name}, {claim.figure}{where}" if claim.figure else f"{name}{where}"
    opens = "; enter opens it" if known else ""
    told.append(Content.assemble(muted("paper  "), claim.paper, muted(f"  ({place}{opens})" if claim.paper else "")))
    if not claim.paper:
        told[-1] = Content.assemble(muted("paper  "), muted(f"{place}{opens}"))
    return tuple(told)


def _expected(one: Expected, width: int) -> Entry:
    unit = f" {one.question.unit}" if one.question.unit else ""
    sign = Content.styled("»", "$secondary")
    said = one.answer if unit.strip() and unit.strip() in one.answer else f"{one.answer}{unit}"
    facts = Content.assemble(muted("you said "), said)
    if one.measured is not None:
        facts = Content.assemble(facts, muted("  the run "), f"{figure(one.measured)}{unit}")
    more = []
    if one.difference:
        more.append(Content.assemble(muted("so     "), one.difference))
    if one.over and one.question.answer:
        more.append(Content.assemble(muted("told   "), one.question.answer))
    elif not one.over:
        more.append(muted("what came of it stands here when the run is done"))
    return Entry(f"?{one.question.id}", _fit(sign, Content(one.question.text), Content(), facts, width), tuple(more))


def _measured(entry: ClaimVerdict, unit: str = "", want: str = "") -> Content:
    if entry.verdict == NOT_TESTED and entry.measured is None:
        return muted("not reached")
    want = want or entry.wanted
    bare = want.removesuffix(f" {unit}") if unit else want
    measured = f"measured {figure(entry.measured)}{f' {unit}' if unit else ''}"
    return Content.assemble(measured, muted(f"  wanted {bare}") if bare else "")


def _fit(sign: Content, text: Content, source: Content, facts: Content, width: int) -> tuple[Content, ...]:
    """One line where all of it fits, without the source where only that is too much, else two."""
    for middle in (Content.assemble("  ", source) if source else Content(), Content()):
        used = 2 + text.cell_length + middle.cell_length + 3 + facts.cell_length
        if used <= width:
            return (Content.assemble(sign, " ", text, middle, " " * (width - used + 3), facts),)
    lines = (Content.assemble(sign, " ", text), Content.assemble(_INDENT, facts))
    return tuple(line.truncate(width, ellipsis=True) for line in lines)


def _hanging(told: Content, width: int) -> list[Content]:
    """What is told of a claim, indented, in lines of a width."""
    lines = told.wrap(max(width - 11, 10))
    return [Content.assemble(_INDENT * 2 if not at else " " * 11, line) for at, line in enumerate(lines)]
