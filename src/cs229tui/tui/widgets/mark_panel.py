"""The marks of a reading in a list over its text, and the capital ones of all readings."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from cs229tui.clean import clean_line
from cs229tui.library.marks import Mark, marks_for, remove_mark, set_mark
from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion


class MarkPanel(ModalScreen[Mark | None]):
    """Gives back the mark to go to, or None. `labels` are the printed numbers of this reading's pages."""

    CSS_PATH = "../styles/outline.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("marks")]

    def __init__(self, reading: str, labels: Mapping[int, str]) -> None:
        super().__init__()
        self.reading = reading
        self.labels = labels
        self.marks: Sequence[Mark] = ()

    @property
    def companion(self) -> "Companion":
        """The app, by its own type."""
        return cast("Companion", self.app)

    def compose(self) -> ComposeResult:
        with Vertical(classes="side panel") as box:
            box.border_title = Content("Marks")
            yield Rows(Column(), Column(flex=True), Column(most=18, drop=1), Column(right=True), quiet=False)
        yield KeyLine()

    def on_mount(self) -> None:
        self._show()
        self.query_one(Rows).focus()

    def _show(self) -> None:
        self.marks = marks_for(self.companion.database, self.reading)
        rows = self.query_one(Rows)
        rows.empty = "No marks: m and a letter sets one, ' and the letter goes there."
        rows.show([self._row(mark) for mark in self.marks])

    def _row(self, mark: Mark) -> Row:
        here = mark.reading == self.reading
        known = self.companion.catalog().get(mark.reading)
        page = (self.labels.get(mark.page) if here else "") or str(mark.page)
        return Row(
            mark.name,
            (
                Content.styled(mark.name, "bold $accent"),
                Content(clean_line(mark.quote, 120)),
                Content.styled("" if here else clean_line(known.short if known else mark.reading, 40), "$text-muted"),
                Content.styled(page, "$text-muted"),
            ),
        )

    def _chosen(self, name: str) -> Mark | None:
        return next((mark for mark in self.marks if mark.name == name), None)

    def on_rows_selected(self, event: Rows.Selected) -> None:
        self.dismiss(self._chosen(event.key))

    def action_remove(self) -> None:
        """Forget the mark."""
        mark = self._chosen(self.query_one(Rows).current)
        if mark is not None:
            app = self.companion
            remove_mark(app.database, mark)
            app.push_undo(f"mark {mark.name}", partial(set_mark, app.database, mark))
            app.changed()
            self._show()

    def action_undo(self) -> None:
        """Take back the last change."""
        self.companion.action_undo()
        self._show()

    def action_back(self) -> None:
        """Close without going anywhere."""
        self.dismiss(None)
