"""What the reader can do to a passage and to what is written on it; every change can be undone."""

from collections.abc import Callable
from functools import partial
from typing import get_args

from cs229tui.annotations import make
from cs229tui.annotations.cards import passage_at
from cs229tui.errors import ReportableError
from cs229tui.library.annotations import Annotation, Colour, Kind, annotation
from cs229tui.tui.reading import selection as select
from cs229tui.tui.reading.drafts import Drafts
from cs229tui.tui.reading.selection import Selection
from cs229tui.tui.screens.following import Following
from cs229tui.tui.widgets.annotation_editor import AnnotationEditor

_COLOURS: tuple[Colour, ...] = get_args(Colour)
_TITLES = {"comment": "Comment", "question": "Question"}


class Annotating(Following):
    """A screen with a passage one can write on."""

    _colour: Colour = "yellow"

    @property
    def drafts(self) -> Drafts:
        """What was written and not posted."""
        return Drafts(self.companion.folders.data / "drafts.json")

    def _chosen(self) -> Selection:
        """What is selected, else the sentence under the cursor."""
        return self.passage.selection or select.sentence_at(self.passage.flow, self.passage.cursor)

    def _where(self, chosen: Selection) -> str:
        page = self.passage.places.page(chosen.start)
        return self.passage.labels.get(page) or str(page)

    # Copies

    def action_copy(self) -> None:
        """Copy the selection as text."""
        text = select.text_of(self.passage.flow, self._chosen())
        self.passage.unselect()
        self.companion.copy(text)

    def action_copy_quote(self) -> None:
        """Copy the selection as a Markdown quote that says where it is from."""
        chosen = self._chosen()
        self.passage.unselect()
        self.companion.copy(self._quoted(chosen), "the quote with its source")

    def _quoted(self, chosen: Selection) -> str:
        text = select.text_of(self.passage.flow, chosen)
        return select.markdown_quote(text, select.citation(self.reading, self._where(chosen)), self.reading.url)

    def action_note(self) -> None:
        """Write a note that begins with the selection."""
        chosen = self._chosen()
        quoted = self._quoted(chosen)
        spans = self.passage.places.spans(chosen.start, chosen.end)
        passage = passage_at(self.companion.database, self.reading.id, spans)
        self.passage.unselect()
        self.companion.write_note(reading=self.reading.id, body=quoted + "\n", passage=passage)

    # Writing on a passage

    def action_highlight(self) -> None:
        """Highlight it in the colour last used; a letter right after changes the colour."""
        made = self._write(self._chosen(), "highlight", "")
        self.passage.expect("colour? " + "  ".join(f"{colour[0]} {colour}" for colour in _COLOURS), self._colours(made))

    def _colours(self, made: Annotation) -> dict[str, Callable[[], None]]:
        return {colour[0]: partial(self._recolour, made.id, colour) for colour in _COLOURS}

    def _recolour(self, id: str, colour: Colour) -> None:
        self._colour = colour
        with self.companion.reporting():
            make.edit(self.companion.database, id, colour=colour)
            self.companion.changed()

    def action_annotate(self, kind: Kind) -> None:
        """Write a comment or a question on it."""
        chosen = self._chosen()
        quote = select.text_of(self.passage.flow, chosen)
        if not quote:
            self.companion.notify("There is no text here to write on.", timeout=3)
            return
        page, place = self.passage.places.place(chosen.start)
        key = f"{kind}:{self.reading.id}:{page}:{place}"

        def post(body: str | None) -> None:
            self.alive()
            if body is None:
                return
            with self.companion.reporting():
                self._write(chosen, kind, body)
                self.drafts.keep(key, "")

        title = f"{_TITLES[kind]} on p {self._where(chosen)}"
        self.companion.push_screen(AnnotationEditor(title, quote, self.drafts, key, alive=self.alive), post)

    def _write(self, chosen: Selection, kind: Kind, body: str) -> Annotation:
        app = self.companion
        spans = self.passage.places.spans(chosen.start, chosen.end)
        made = make.annotate_span(
            app.database,
            self.reading.id,
            spans,
            kind,
            body,
            colour=self._colour if kind == "highlight" else "yellow",
            author=app.settings.author,
        )
        app.push_undo(f"{kind} on p {self._where(chosen)}", lambda: make.remove(app.database, made.id))
        self.passage.unselect()
        app.changed()
        return made

    # What is written

    def action_open_thread(self) -> None:
        """While text is selected: highlight it; else to the thread of the passage under the cursor."""
        if self.passage.origin is not None:
            self.action_highlight()
        else:
            super().action_open_thread()

    def do_to(self, action: str, id: str) -> None:
        """Reply to, edit, remove or resolve the annotation with that id."""
        one = annotation(self.companion.database, id)
        if action == "reply":
            self._reply(one)
        elif action == "edit":
            self._edit(one)
        elif action == "remove":
            self._changed(make.remove(self.companion.database, one.id), f"deleted {one.kind}")
        elif action == "resolve":
            self._changed(
                make.resolve(self.companion.database, one.id, not one.resolved),
                "question open again" if one.resolved else "question answered",
            )

    def _changed(self, before: Annotation, label: str) -> None:
        app = self.companion
        app.push_undo(label, lambda: make.restore(app.database, before))
        app.changed()
        app.notify(f"{label[0].upper()}{label[1:]} · u takes it back", timeout=3, markup=False)

    def _reply(self, to: Annotation) -> None:
        key = f"reply:{to.id}"

        def post(body: str | None) -> None:
            self.alive()
            if body is None:
                return
            app = self.companion
            with app.reporting():
                made = make.reply(app.database, to.id, body, author=app.settings.author)
                self.drafts.keep(key, "")
                app.push_undo("answer", lambda: make.remove(app.database, made.id))
                app.changed()

        said = to.body or to.quote
        self.companion.push_screen(
            AnnotationEditor(f"Answer to {to.author}", said, self.drafts, key, alive=self.alive), post
        )

    def _edit(self, one: Annotation) -> None:
        if one.author != self.companion.settings.author:
            raise ReportableError(f"{one.author} wrote this.", "Answer it with r instead.")
        key = f"edit:{one.id}"

        def post(body: str | None) -> None:
            self.alive()
            if body is None or body == one.body:
                return
            with self.companion.reporting():
                # Words written on a highlight make it a comment.
                kind: Kind | None = "comment" if one.kind == "highlight" else None
                self._changed(make.edit(self.companion.database, one.id, body=body, kind=kind), f"changed {one.kind}")
                self.drafts.keep(key, "")

        editor = AnnotationEditor(f"Edit {one.kind}", one.quote, self.drafts, key, one.body, self.alive)
        self.companion.push_screen(editor, post)
