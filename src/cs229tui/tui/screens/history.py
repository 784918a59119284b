"""What a message said before it was changed: its versions, what changed in each, and any of them back again."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from cs229tui.annotations.history import word_diff
from cs229tui.library.annotations import Annotation, Version
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.messages import when
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

_STYLES = {"kept": "", "gone": "strike $error", "new": "underline $success"}
_LONGEST = 40_000


class HistorySheet(ModalScreen[Version | None]):
    """Gives back the version that is to be said again, or None. `mine`: whether she may change it."""

    CSS_PATH = "../styles/history.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("history")]

    def __init__(self, one: Annotation, before: Sequence[Version], mine: bool) -> None:
        super().__init__()
        now = Version(one.updated, one.kind, one.body, one.tags, one.colour)
        self.versions = (*before, now)
        self.mine = mine
        self.title_text = "What you wrote" if mine else f"What {one.author} wrote"

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet panel") as sheet:
            sheet.border_title = Content(self.title_text)
            yield Rows(Column(right=True), Column(), Column(flex=True), quiet=False)
            with VerticalScroll(id="changes", can_focus=False):
                yield Static(id="changed")
        yield KeyLine()

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        last = len(self.versions) - 1
        shown = []
        for number in range(last, -1, -1):
            version = self.versions[number]
            stamp = version.updated[:16].replace("T", " ")
            name = "as it is now" if number == last else "as it was first" if not number else "before that"
            row = (Content(stamp), Content(when(version.updated)), marks.muted(name))
            shown.append(Row(f"version:{number}", row))
        rows.show(shown)
        rows.focus()
        self._show()

    def on_rows_highlighted(self) -> None:
        self._show()
        self.refresh_bindings()

    @property
    def _number(self) -> int:
        return int(self.query_one(Rows).current.partition(":")[2] or len(self.versions) - 1)

    def _show(self) -> None:
        number = self._number
        version = self.versions[number]
        older = self.versions[number - 1] if number else Version("", version.kind, "", version.tags, version.colour)
        about = [
            f"{name}: {first} → {last}"
            for name, first, last in (
                ("kind", older.kind, version.kind),
                ("tags", " ".join(older.tags) or "none", " ".join(version.tags) or "none"),
                ("colour", older.colour, version.colour),
            )
            if first != last
        ]
        pieces = word_diff(older.body, version.body) if number else word_diff(version.body, version.body)
        words = Content.assemble(*((piece.text, _STYLES[piece.change]) for piece in pieces))
        if len(words) > _LONGEST:
            words = Content.assemble(words[:_LONGEST], ("…", "$text-muted"))
        told = Content.styled(" · ".join(about) + "\n", "$text-muted") if about else Content()
        self.query_one("#changed", Static).update(Content.assemble(told, words))
        self.query_one("#changes").scroll_home(animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is said now cannot be restored, nor what others wrote."""
        if action == "restore" and self.is_mounted:
            return self.mine and self._number < len(self.versions) - 1
        return True

    def on_rows_selected(self) -> None:
        if self.check_action("restore", ()):
            self.action_restore()

    def action_restore(self) -> None:
        """Let it say again what it said."""
        self.dismiss(self.versions[self._number])

    def action_copy(self) -> None:
        """Copy what it said."""
        copy = getattr(self.app, "copy", None)
        if copy is not None:
            copy(self.versions[self._number].body)

    def action_back(self) -> None:
        """Leave it as it is."""
        self.dismiss(None)
