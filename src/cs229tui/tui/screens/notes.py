"""The tab Notes: the student's notes on the left, the one under the cursor as Markdown on the right."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.timer import Timer

from cs229tui.clock import now
from cs229tui.library.notes import Note, delete_note, notes
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.screens.tab import TabScreen
from cs229tui.tui.widgets.rows import Column, Row, Rows

if TYPE_CHECKING:
    from textual.widgets import Markdown

# The preview waits until the cursor rests: Markdown is the slowest thing we draw.
_REST_SECONDS = 0.08
_NEEDS_NOTE = frozenset({"edit", "delete", "copy", "reading"})


class NotesScreen(TabScreen):
    """Newest first; n writes a new one."""

    TAB: ClassVar[str] = "notes"
    CSS_PATH = "../styles/notes.tcss"
    AUTO_FOCUS = "#list"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("notes")]

    def __init__(self) -> None:
        super().__init__()
        self._notes: dict[str, Note] = {}
        self._timer: Timer | None = None
        self._drawn: tuple[str, str] | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal():
            yield Rows(
                Column(flex=True),
                Column(most=18, drop=1),
                Column(right=True, drop=2),
                id="list",
                classes="panel",
                quiet=False,
                empty="No note yet; n writes one.",
            )
            yield VerticalScroll(id="preview", classes="panel")

    def on_mount(self) -> None:
        self.query_one("#list").border_title = "Notes"
        super().on_mount()
        self.query_one("#list", Rows).focus()

    # What is shown

    def refresh_data(self) -> None:
        app = self.companion
        catalog, moment = app.catalog(), now()
        self._notes = {note.id: note for note in notes(app.database)}
        rows = []
        for note in self._notes.values():
            on = (
                catalog[note.reading].short + (f" p {note.passage.page}" if note.passage else "")
                if note.reading in catalog
                else f"lecture {note.lecture}"
                if note.lecture
                else ""
            )
            stamp = marks.ago(note.updated, moment)
            rows.append(Row(f"note:{note.id}", (Content(note.title), marks.muted(on), marks.muted(stamp))))
        self.query_one("#list", Rows).show(rows)
        self._preview_soon()

    def _current(self) -> Note | None:
        return self._notes.get(self.query_one("#list", Rows).current.removeprefix("note:"))

    def on_rows_highlighted(self) -> None:
        self._preview_soon()
        self.refresh_bindings()

    def _preview_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_REST_SECONDS, self._preview)

    async def _preview(self) -> None:
        note = self._current()
        panel = self.query_one("#preview", VerticalScroll)
        panel.border_title = Content(note.title) if note else ""
        wanted = (note.id, note.body) if note else None
        if wanted == self._drawn:
            return
        same = wanted is not None and self._drawn is not None and wanted[0] == self._drawn[0]
        self._drawn = wanted
        await (await self._markdown()).update(note.body if note else "")
        if not same:
            panel.scroll_home(animate=False)

    async def _markdown(self) -> "Markdown":
        from textual.widgets import Markdown

        panel = self.query_one("#preview", VerticalScroll)
        for widget in panel.query(Markdown):
            return widget
        made = Markdown("", open_links=False)
        await panel.mount(made)
        return made

    # What can be done

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a note is there where one is."""
        return self._current() is not None if action in _NEEDS_NOTE and self.is_mounted else True

    def on_markdown_link_clicked(self, event: "Markdown.LinkClicked") -> None:
        with self.companion.reporting():
            self.companion.open_link(event.href)

    def on_rows_selected(self) -> None:
        self.action_edit()

    def action_new(self) -> None:
        """Write a new note."""
        self.companion.write_note()

    def action_edit(self) -> None:
        """Edit the note."""
        from cs229tui.tui.screens.note_editor import NoteEditor

        note = self._current()
        if note is not None:
            self.app.push_screen(NoteEditor(note.id))

    def action_delete(self) -> None:
        """Put the note away."""
        app, note = self.companion, self._current()
        if note is not None:
            delete_note(app.database, note.id)
            app.push_undo(f"deleted “{note.title}”", lambda: delete_note(app.database, note.id, undo=True))
            app.changed()
            app.notify("Deleted; u brings it back.", timeout=3)

    def action_copy(self) -> None:
        """Copy the note's text."""
        note = self._current()
        if note is not None:
            self.companion.copy(note.body, f"the note “{note.title}”")

    def action_reading(self) -> None:
        """Open what the note is on."""
        note = self._current()
        if note is not None and note.reading:
            self.companion.open_passage(note.reading, note.passage)
        elif note is not None and note.lecture:
            self.companion.open_lecture(note.lecture)
        else:
            self.app.notify("This note stands alone.", timeout=2)

    def action_cards(self) -> None:
        """Show the flash cards."""
        self.companion.open_cards()

    def action_side(self, step: int) -> None:
        """To the text of the note, or back to the list."""
        self.set_class(step > 0, "-text")
        self.query_one("#preview" if step > 0 else "#list").focus()

    def choose_note(self, id: str) -> None:
        """Put the cursor on a note."""
        self.refresh_data()
        self.query_one("#list", Rows).select(f"note:{id}")
