"""What can be done to what is written, wherever it is shown: answer, edit, delete, resolve; all can be undone."""

from cs229tui.annotations import make
from cs229tui.errors import ReportableError
from cs229tui.library.annotations import Annotation, Kind, annotation
from cs229tui.tui.reading.drafts import Drafts
from cs229tui.tui.screens.timing import Timing
from cs229tui.tui.widgets.annotation_editor import AnnotationEditor


class Answering(Timing):
    """A screen that shows annotations."""

    @property
    def drafts(self) -> Drafts:
        """What was written and not posted."""
        return Drafts(self.companion.folders.data / "drafts.json")

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
