"""What can be done to what is written, wherever it is shown: answer, edit, delete, resolve, vote, follow, look at what
it said before, open what it links to; all that changes something can be undone.
"""

from collections.abc import Callable

from textual.events import Click

from cs229tui.annotations import make
from cs229tui.annotations.bodies import Run, RunKind, links_in
from cs229tui.annotations.votes import vote
from cs229tui.errors import UsageError
from cs229tui.library.annotations import Annotation, Kind, annotation, versions
from cs229tui.library.follows import follow, is_followed
from cs229tui.library.groups import audience_now
from cs229tui.library.reactions import ReactionKind
from cs229tui.tui.links import checked_link
from cs229tui.tui.reading.audiences import goes_to
from cs229tui.tui.reading.drafts import Drafts
from cs229tui.tui.reading.said import LINK, names_of
from cs229tui.tui.screens.timing import Timing
from cs229tui.tui.widgets.annotation_editor import NEW, AnnotationEditor, Written

_VOTED: dict[ReactionKind, tuple[str, str]] = {
    "upvote": ("upvoted", "upvote taken back"),
    "me-too": ("you have this question too", "no longer your question"),
    "answer": ("marked as the answer", "no longer the answer"),
}


class Answering(Timing):
    """A screen that shows annotations."""

    @property
    def drafts(self) -> Drafts:
        """What was written and not posted."""
        return Drafts(self.companion.folders.data / "drafts.json")

    def do_to(self, action: str, id: str) -> None:
        """Do something to the annotation with that id: `reply`, `edit`, `remove`, `resolve`, `upvote`, `me_too`,
        `answer`, `follow`, `history` or `links`. Raises `ReportableError` where that has no sense.
        """
        done: dict[str, Callable[[Annotation], None]] = {
            "reply": self._reply,
            "edit": self._edit,
            "remove": self._remove,
            "resolve": self._resolve,
            "upvote": lambda one: self._vote(one, "upvote"),
            "me_too": lambda one: self._vote(one, "me-too"),
            "answer": lambda one: self._vote(one, "answer"),
            "follow": self._follow,
            "history": self._history,
            "links": self._links,
        }
        done[action](annotation(self.companion.database, id))

    def write(
        self,
        title: str,
        quote: str,
        key: str,
        store: Callable[[Written], None],
        *,
        body: str = "",
        kind: Kind = "comment",
        kinds: tuple[Kind, ...] = NEW,
        audience: str | None = None,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        """Open the sheet one writes on, and `store` what is posted; its draft is forgotten once that has worked.

        What is new goes to the current group unless `audience` says otherwise; `closed` is called in any case.
        """
        database = self.companion.database
        goes = audience_now(database) if audience is None else audience
        editor = AnnotationEditor(
            title,
            quote,
            self.drafts,
            key,
            body,
            self.alive,
            kind=kind,
            kinds=kinds,
            goes_to=lambda chosen: goes_to(database, chosen, goes),
        )

        def post(written: Written | None) -> None:
            self.alive()
            closed()
            if written is not None:
                with self.companion.reporting():
                    store(written)
                    editor.forget_draft()

        self.companion.push_screen(editor, post)

    def _told(self, label: str, undo: Callable[[], object]) -> None:
        app = self.companion
        app.push_undo(label, undo)
        app.changed()
        app.notify(f"{label[0].upper()}{label[1:]} · u takes it back", timeout=3, markup=False)

    def _changed(self, before: Annotation, label: str) -> None:
        database = self.companion.database
        self._told(label, lambda: make.restore(database, before))

    def _remove(self, one: Annotation) -> None:
        self._changed(make.remove(self.companion.database, one.id), f"deleted {one.kind}")

    def _resolve(self, one: Annotation) -> None:
        # Whatever was said in it, it is the conversation that has come to its end.
        before = make.resolve(self.companion.database, one.root, not self._root(one).resolved)
        self._changed(before, f"{before.kind} open again" if before.resolved else f"{before.kind} resolved")

    def _root(self, one: Annotation) -> Annotation:
        return one if one.root in ("", one.id) else annotation(self.companion.database, one.root)

    # Writing

    def _reply(self, to: Annotation) -> None:
        app = self.companion

        def store(written: Written) -> None:
            made = make.reply(app.database, to.id, written.body, author=app.settings.author)
            app.push_undo("answer", lambda: make.remove(app.database, made.id))
            app.changed()

        self.write(
            f"Answer to {to.author}",
            to.body or to.quote,
            f"reply:{to.id}",
            store,
            kind="reply",
            kinds=("reply",),
            audience=to.audience,
        )

    def _edit(self, one: Annotation) -> None:
        database = self.companion.database
        if not make.may_change(database, one):
            raise UsageError(f"{one.author} wrote this.", "Answer it with r instead.")

        def store(written: Written) -> None:
            if (written.body, written.kind) != (one.body, one.kind):
                before = make.edit(database, one.id, body=written.body, kind=written.kind)
                self._changed(before, f"changed {one.kind}")

        kinds: tuple[Kind, ...] = (*NEW, "highlight") if one.start is not None else NEW
        self.write(
            "Answer (edit)" if one.kind == "reply" else "(edit)",
            one.quote,
            f"edit:{one.id}",
            store,
            body=one.body,
            # Words written on a highlight make it a comment.
            kind="comment" if one.kind == "highlight" else one.kind,
            kinds=("reply",) if one.kind == "reply" else kinds,
            audience=audience_now(database) if one.kind == "note" else one.audience,
        )

    # Votes and following

    def _vote(self, one: Annotation, kind: ReactionKind) -> None:
        database, author = self.companion.database, self.companion.settings.author
        stands = vote(database, one.id, kind, author=author)
        self._told(_VOTED[kind][0 if stands else 1], lambda: vote(database, one.id, kind, not stands, author=author))

    def _follow(self, one: Annotation) -> None:
        database, root = self.companion.database, one.root or one.id
        wanted = not is_followed(database, root)
        before = follow(database, root, wanted)
        told = "you follow this conversation" if wanted else "you no longer follow this conversation"
        self._told(told, lambda: follow(database, root, before))

    # What it said before

    def _history(self, one: Annotation) -> None:
        from cs229tui.library.annotations import Version
        from cs229tui.tui.screens.history import HistorySheet

        database = self.companion.database
        earlier = versions(database, one.id)
        if not earlier:
            self.companion.notify("It was never changed.", timeout=3)
            return

        def restore(version: Version | None) -> None:
            self.alive()
            if version is None:
                return
            with self.companion.reporting():
                before = make.edit(
                    database,
                    one.id,
                    body=version.body,
                    tags=version.tags,
                    kind=None if version.kind == one.kind else version.kind,
                    colour=version.colour,
                )
                self._changed(before, "an earlier version is back")

        self.companion.push_screen(HistorySheet(one, earlier, make.may_change(database, one)), restore)

    # What it links to

    def _links(self, one: Annotation) -> None:
        found = links_in(one.body)
        if not found:
            raise UsageError("It links to nothing.", "A link is [[a reading or note]], or an address.")
        if len(found) == 1:
            self._open(found[0])
            return
        from cs229tui.tui.screens.pick import Pick

        by_number = {str(number): run for number, run in enumerate(found)}
        options = [(number, *self._told_of(run)) for number, run in by_number.items()]

        def opened(number: str | None) -> None:
            self.alive()
            if number:
                with self.companion.reporting():
                    self._open(by_number[number])

        self.companion.push_screen(Pick("Open", options, None), opened)

    def on_click(self, event: Click) -> None:
        """Open the link in a message that was clicked."""
        link: tuple[RunKind, str] | None = event.style.meta.get(LINK)
        if link is not None:
            self.alive()
            with self.companion.reporting():
                self._open(Run(link[0], "", link[1]))

    def _told_of(self, run: Run) -> tuple[str, str]:
        """A link and, behind it, where it leads."""
        if run.kind == "passage":
            target = names_of(self.companion).find(run.target)
            return (target.title, target.kind) if target else (f"[[{run.target}]]", "not found")
        return run.text or run.target, checked_link(run.target)[1]

    def _open(self, run: Run) -> None:
        app = self.companion
        if run.kind != "passage":
            app.open_link(run.target)
            return
        target = names_of(app).find(run.target)
        if target is None:
            raise UsageError(f"Nothing here is called {run.target!r}.", "It may be a reading or note of who wrote it.")
        if target.kind == "reading":
            app.open_reading(target.id, target.page)
        else:
            app.open_row(f"{target.kind}:{target.id}")
