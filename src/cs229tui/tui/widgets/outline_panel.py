"""The table of contents over the text: of the file, or where it has none, of the headings that were found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from cs229tui.clean import clean_line
from cs229tui.documents.flow import Flow
from cs229tui.library.documents import OutlineEntry
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.places import Places
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows


@dataclass(frozen=True)
class Heading:
    """A line of the table of contents; `level` counts from 0."""

    title: str
    level: int
    position: Position
    page: int


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


class OutlinePanel(ModalScreen[Position | None]):
    """Gives back where to go, or None."""

    CSS_PATH = "../styles/outline.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("outline")]

    def __init__(self, found: Sequence[Heading], here: Position, labels: dict[int, str]) -> None:
        super().__init__()
        self.found = found
        self.here = here
        self.labels = labels

    def compose(self) -> ComposeResult:
        with Vertical(classes="side panel") as box:
            box.border_title = Content("Outline")
            yield Rows(Column(flex=True), Column(right=True), quiet=False)
        yield KeyLine()

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.show(
            [
                Row(
                    str(number),
                    (
                        Content.styled("  " * heading.level + heading.title, "bold" if not heading.level else ""),
                        Content.styled(self.labels.get(heading.page) or str(heading.page), "$text-muted"),
                    ),
                )
                for number, heading in enumerate(self.found)
            ]
        )
        before = [number for number, heading in enumerate(self.found) if heading.position <= self.here]
        if before:
            rows.select(str(before[-1]))
        rows.focus()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        self.dismiss(self.found[int(event.key)].position)

    def action_back(self) -> None:
        """Close without going anywhere."""
        self.dismiss(None)
