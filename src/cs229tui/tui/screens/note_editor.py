"""Writing a note: a title and Markdown, kept every few seconds and on leaving, so that nothing needs saving."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static, TextArea

from cs229tui.clean import clean_line
from cs229tui.errors import NotFoundError
from cs229tui.library.notes import Note, add_note, delete_note, note, update_note
from cs229tui.library.passages import Passage
from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.typing import Line, Page

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

_KEEP_SECONDS = 2.0


class NoteEditor(Screen[str | None]):
    """Edits the note `id`, or a new one on a reading or lecture; gives back the id of what was written."""

    CSS_PATH = "../styles/note_editor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("editor")]

    def __init__(
        self,
        id: str | None = None,
        reading: str | None = None,
        lecture: int | None = None,
        body: str = "",
        passage: Passage | None = None,
    ) -> None:
        super().__init__()
        self.passage = passage
        self.note_id = id
        self.reading = reading
        self.lecture = lecture
        self.first_body = body
        self._before: Note | None = None
        self._written: tuple[str, str] = ("", body)
        self._stored: tuple[str, str] = ("", "")
        self._stored_at = ""

    @property
    def companion(self) -> "Companion":
        """The app, by its own type."""
        return cast("Companion", self.app)

    def compose(self) -> ComposeResult:
        title, body = "", self.first_body
        if self.note_id:
            with self.companion.reporting():
                self._before = note(self.companion.database, self.note_id)
        if self._before is not None:
            title, body = self._before.title, self._before.body
            self.reading, self.lecture, self.passage = self._before.reading, self._before.lecture, self._before.passage
            self._written = self._stored = (title, body)
            self._stored_at = self._before.updated
        yield Static(self._about(), id="about")
        yield Line(title, placeholder="Title")
        yield Page(body, soft_wrap=True, tab_behavior="indent", show_line_numbers=False, compact=True)
        yield KeyLine()

    def _about(self) -> Content:
        if self.reading:
            found = self.companion.catalog().get(self.reading)
            where = f", p {self.passage.page}" if self.passage else ""
            return Content(f"Note on {found.short}{where}: {found.title}" if found else "Note")
        return Content(f"Note on lecture {self.lecture}" if self.lecture else "Note")

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        (area if self.note_id or self.first_body else self.query_one(Input)).focus()
        self.set_interval(_KEEP_SECONDS, self._keep_quietly)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._written = (event.value, self._written[1])

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        self._written = (self._written[0], event.text_area.text)

    def on_input_submitted(self) -> None:
        self.query_one(TextArea).focus()

    def _keep_quietly(self) -> None:
        with self.companion.reporting():
            self.keep()

    def on_unmount(self) -> None:
        # The program is closed while she writes: what is here is kept all the same.
        with self.companion.reporting():
            self.keep()

    def keep(self) -> None:
        """Store what is written, if it is new; what another copy of the program wrote meanwhile stays beside it."""
        written = self._written
        if written == self._stored or not any(text.strip() for text in written):
            return
        title, body = written
        title = clean_line(title) or _first_line(body)
        database = self.companion.database
        if self.note_id is not None and self._changed_elsewhere():
            self.app.notify("The note was changed in another window; yours is kept as a copy.", timeout=6)
            self.note_id = None
            title = f"{title} (copy)"
        if self.note_id is None:
            self.note_id = add_note(database, title, body, self.reading, self.lecture, self.passage).id
        else:
            update_note(database, self.note_id, title, body)
        self._stored, self._stored_at = written, note(database, self.note_id).updated

    def _changed_elsewhere(self) -> bool:
        try:
            return note(self.companion.database, self.note_id or "").updated != self._stored_at
        except NotFoundError:
            return True

    def action_done(self) -> None:
        """Keep what was written, and go back."""
        self.keep()
        app, before, id = self.companion, self._before, self.note_id
        if id is not None and before is None:
            app.push_undo("new note", lambda: delete_note(app.database, id))
        elif before is not None and self._stored != (before.title, before.body):
            app.push_undo(
                f"note “{before.title}”", lambda: update_note(app.database, before.id, before.title, before.body)
            )
        app.changed()
        self.dismiss(id)


def _first_line(body: str) -> str:
    lines = (line.lstrip("#>*- ").rstrip() for line in body.splitlines())
    return next((line for line in lines if line), "")[:80]
