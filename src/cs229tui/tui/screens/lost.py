"""What has lost its words in the document that is open: its best guess, and where it belongs by her own choice."""

from cs229tui.annotations.make import may_change
from cs229tui.annotations.placing import attach
from cs229tui.documents.flow import Span
from cs229tui.library.annotations import annotation
from cs229tui.tui.reading.selection import Selection
from cs229tui.tui.screens.versions import Versions
from cs229tui.tui.widgets.annotation_pane import AnnotationPane, ThreadList


class Lost(Versions):
    """A screen with a passage to which lost annotations can be attached."""

    _lost = ""

    def do_to(self, action: str, id: str) -> None:
        """As elsewhere; and show the `guess` of a lost conversation, or `attach` it there; or choose a `colour`."""
        if action == "guess":
            self._show_guess(id)
        elif action == "attach":
            self._attach_to_guess(id)
        elif action == "colour":
            self._ask_colour_of(id)
        else:
            super().do_to(action, id)

    def _ask_colour_of(self, id: str) -> None:
        one = annotation(self.companion.database, id)
        if one.kind != "highlight":
            self.notify("Only a highlight has a colour to choose.", timeout=3)
        elif not may_change(self.companion.database, one):
            self.notify(f"{one.author} chose it.", timeout=3, markup=False)
        else:
            self.passage.focus()
            self.ask_colour(id)

    def action_attach(self) -> None:
        """With words selected: the lost conversation that was chosen belongs there. Else to the next lost one."""
        lost = self.written.lost if self.written is not None else ()
        if not lost:
            self.notify("Nothing that is written on this reading has lost its words.", timeout=3)
            return
        chosen = self.passage.selection
        ids = {one.id for one in lost}
        if self.passage.origin is None or chosen is None:
            self._to_next_lost()
        elif self._lost not in ids and len(ids) > 1:
            self.notify("Which one? Without a selection, A goes to the next that is lost.", timeout=4)
        else:
            id = self._lost if self._lost in ids else lost[0].id
            self._attach_lost(id, self.passage.places.spans(chosen.start, chosen.end))

    def _to_next_lost(self) -> None:
        self._show_pane(True)
        self._show_place()
        pane = self.query_one(AnnotationPane)

        def choose() -> None:
            pane.list_now()
            found = pane.next_lost()
            if found is not None:
                self._lost = found.id
                self.query_one(ThreadList).focus()

        self.call_after_refresh(choose)

    def _guessed(self, id: str) -> tuple[Span, ...]:
        lost = self.written.lost if self.written is not None else ()
        found = next((one for one in lost if one.id == id), None)
        if found is None:
            self.notify("It stands where its words are; only what is lost can be attached.", timeout=3)
            return ()
        self._lost = id
        if not found.root.spans:
            self.notify("Nothing here resembles its words. Select where it belongs, then A.", timeout=4)
            return ()
        return tuple(Span(*span) for span in found.root.spans)

    def _show_guess(self, id: str) -> None:
        spans = self._guessed(id)
        ranges = [stretch for span in spans for stretch in self.passage.places.ranges(span)]
        if not ranges:
            return
        start, end = ranges[0][:2], (ranges[-1][0], ranges[-1][2])
        self._jumps.leave(self.passage.cursor)
        self.passage.go(start, "middle")
        self.passage.choose(Selection(start, end), follow=False)
        if self.has_class("-narrow"):
            self._show_pane(False)
        self.passage.focus()
        self.notify("A attaches it to what is selected; v selects anew.", timeout=4)

    def _attach_to_guess(self, id: str) -> None:
        spans = self._guessed(id)
        if spans:
            self._attach_lost(id, spans)

    def _attach_lost(self, id: str, spans: tuple[Span, ...]) -> None:
        app, document = self.companion, self.document
        if document is None:
            return
        # What is listed follows later.
        left = sum(one.id != id for one in self.written.lost) if self.written is not None else 0
        undo = attach(app.database, self.reading.id, document, id, spans)
        app.push_undo("attached", undo)
        self.passage.unselect()
        self._lost = ""
        app.changed()
        more = f" · {left} more: A" if left else ""
        page = self.passage.labels.get(spans[0].page) or str(spans[0].page)
        app.notify(f"Attached on p {page} · u takes it back{more}", timeout=4, markup=False)
