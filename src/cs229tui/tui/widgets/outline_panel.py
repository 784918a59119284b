"""Places of the text in a list over it, narrowed by typing: the table of contents (of the file, or where it has none,
of the headings that were found), or all hits of a search.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from cs229tui.clean import clean_line
from cs229tui.documents.flow import Flow
from cs229tui.library.documents import OutlineEntry
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.hits import folded_text
from cs229tui.tui.reading.places import Places, Range
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows
from cs229tui.tui.widgets.typing import Line

MOST = 1000
"""No more hits than this are listed, those around where we are."""
_BEFORE = 18
_AROUND = 60


@dataclass(frozen=True)
class Heading:
    """A line of the list; `level` counts from 0, `found` are the characters of the title that a search found."""

    title: str
    level: int
    position: Position
    page: int
    found: tuple[int, int] = (0, 0)


def headings(flow: Flow, entries: Sequence[OutlineEntry], places: Places) -> tuple[Heading, ...]:
    """The document's outline, else the headings of its flow."""
    if entries:
        return tuple(
            Heading(clean_line(entry.title, 200), entry.level, places.position(entry.page, entry.place), entry.page)
            for entry in entries
        )
    return tuple(
        Heading(clean_line(block.text, 200), max(block.level - 1, 0), (number, 0), places.page((number, 0)))
        for number, block in enumerate(flow)
        if block.kind in ("heading", "title") and block.text
    )


def hit_lines(flow: Flow, hits: Sequence[Range], places: Places) -> tuple[Heading, ...]:
    """What was found, each with a few words around it."""
    lines = []
    for block, start, end in hits:
        text = flow[block].text
        low = max(start - _BEFORE, 0)
        if low:
            low = max(text.find(" ", low, start) + 1, low)
        before, found = (" ".join(part.split()) for part in (text[low:start], text[start:end]))
        lead = ("… " if low else "") + before + (" " if before and text[start - 1].isspace() else "")
        after = text[end : end + _AROUND].replace("\n", " ")
        title = clean_line(f"{lead}{found}{after}", 200)
        lines.append(
            Heading(title, 0, (block, start), places.page((block, start)), (len(lead), len(lead) + len(found)))
        )
    return tuple(lines)


class OutlinePanel(ModalScreen[Position | None]):
    """Gives back where to go, or None."""

    CSS_PATH = "../styles/outline.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("outline")]

    def __init__(
        self,
        found: Sequence[Heading],
        here: Position,
        labels: dict[int, str],
        title: str = "Outline",
        more: int = 0,
    ) -> None:
        super().__init__()
        self.found = found
        self.here = here
        self.labels = labels
        self.named = clean_line(title, 60)
        self.more = more

    def compose(self) -> ComposeResult:
        with Vertical(classes="side panel") as box:
            box.border_title = Content(self.named)
            if self.more:
                box.border_subtitle = Content(f"{self.more} more before and after these")
            yield Line(placeholder="type to narrow")
            yield Rows(Column(most=2), Column(flex=True), Column(right=True), quiet=False)
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(Rows).can_focus = False
        self._show("")
        self.query_one(Input).focus()

    def _show(self, typed: str) -> None:
        rows = self.query_one(Rows)
        words = folded_text(typed.casefold())[0].split()
        numbered = [
            (number, heading)
            for number, heading in enumerate(self.found)
            if not words or all(word in folded_text(heading.title.casefold())[0] for word in words)
        ]
        before = [number for number, heading in numbered if heading.position <= self.here]
        at = before[-1] if before else numbered[0][0] if numbered else -1
        rows.empty = "nothing like it"
        rows.show([self._row(number, heading, number == at) for number, heading in numbered])
        rows.select(str(at))

    def _row(self, number: int, heading: Heading, here: bool) -> Row:
        title = Content.styled(heading.title, "bold" if not heading.level and heading.found == (0, 0) else "")
        if heading.found != (0, 0):
            title = title.stylize("bold $accent", *heading.found)
        page = self.labels.get(heading.page) or str(heading.page)
        return Row(
            str(number),
            (
                Content.styled("▸" if here else "", "$accent"),
                Content("  " * heading.level) + title,
                Content.styled(page, "$text-muted"),
            ),
        )

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show(event.value)

    def action_go(self) -> None:
        """Go to the line under the cursor."""
        self.query_one(Rows).action_choose()

    def action_move(self, steps: int) -> None:
        """Move the cursor by so many lines."""
        self.query_one(Rows).action_cursor(steps)

    def on_rows_selected(self, event: Rows.Selected) -> None:
        self.dismiss(self.found[int(event.key)].position)

    def action_back(self) -> None:
        """Close without going anywhere."""
        self.dismiss(None)
