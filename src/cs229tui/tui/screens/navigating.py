"""How the reader goes about a document: outline, pages, headings, annotations, and back from each jump."""

from textual.screen import Screen

from cs229tui.course.model import Reading
from cs229tui.documents.flow import Flow
from cs229tui.documents.store import OpenDocument
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.library.standing import root_of
from cs229tui.tui.reading.discussion import PassageThread
from cs229tui.tui.reading.jumps import Jumps
from cs229tui.tui.reading.landmarks import figures, stepped
from cs229tui.tui.reading.places import Range
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.reading.written import Written
from cs229tui.tui.screens.prompt import Prompt
from cs229tui.tui.screens.timing import Timing
from cs229tui.tui.widgets.annotation_pane import AnnotationPane, ThreadList
from cs229tui.tui.widgets.find_bar import FindBar
from cs229tui.tui.widgets.outline_panel import Heading, OutlinePanel, headings
from cs229tui.tui.widgets.passage import Passage
from cs229tui.tui.widgets.reading_lines import MapLine
from cs229tui.tui.widgets.thread_options import FOLDED

_NEED_NO_TEXT = frozenset({"annotate_whole", "back", "confusion", "conversations", "done", "lab"})


class Navigating(Timing):
    """A screen with a passage; what is under the cursor, what was found, and where one came from."""

    reading: Reading
    passage: Passage

    def __init__(self) -> None:
        super().__init__()
        self.document: OpenDocument | None = None
        self.written: Written | None = None
        self.threads: tuple[PassageThread, ...] = ()
        """What is written on the pages in view."""
        self.hits: tuple[Range, ...] = ()
        self._jumps = Jumps()
        self._known_headings: tuple[Flow, tuple[Heading, ...]] = ((), ())

    def _show_place(self) -> None:
        """Say where we are."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a text only a few keys mean something; a note begins with a selection, so it needs one."""
        if hasattr(Screen, f"action_{action}") or action == "undo":
            return True
        if self.document is None:
            return action in _NEED_NO_TEXT
        if action in ("note", "copy"):
            return self.passage.origin is not None
        return True

    def _jump_to(self, position: Position | None, none: str, place: str = "top") -> None:
        if position is None:
            self.notify(none, timeout=2)
            return
        self._jumps.leave(self.passage.cursor)
        self.passage.go(position, place)

    # Pages and headings

    def action_go_to(self) -> None:
        """Ask for a page and go there."""
        if self.document is None:
            return
        pages = self.document.record.pages

        def go(answer: str | None) -> None:
            if answer and answer.strip():
                with self.companion.reporting():
                    self._jump_to(self.passage.places.position(self._page(answer.strip())), "")

        labels = self.passage.labels
        first, last = (labels.get(page) or str(page) for page in (1, pages))
        printed = f"{first} to {last} as printed, or #1 to #{pages} counted from the first"
        asked = f"1 to {pages}" if (first, last) == ("1", str(pages)) else printed
        self.app.push_screen(Prompt("Go to page", f"{asked}."), go)

    def _page(self, answer: str) -> int:
        page = self.passage.page_named(answer)
        pages = self.document.record.pages if self.document else 0
        if page is None:
            raise UsageError(f"There is no page {answer[:20]!r}.", f"There are 1 to {pages}, counted from the first.")
        return page

    def action_outline(self) -> None:
        """Show the table of contents."""
        if self.document is None:
            return
        passage, found = self.passage, self._headings()
        if not found:
            self.notify("No headings were found in this text.", timeout=3)
            return

        def go(position: Position | None) -> None:
            if position is not None:
                self._jump_to(position, "")

        self.app.push_screen(OutlinePanel(found, passage.cursor, dict(passage.labels)), go)

    def _headings(self) -> tuple[Heading, ...]:
        if self.document is None:
            return ()
        flow = self.passage.flow
        if self._known_headings[0] is not flow:
            self._known_headings = flow, headings(flow, self.document.record.outline, self.passage.places)
        return self._known_headings[1]

    def action_heading(self, step: int) -> None:
        """To the next or the previous heading."""
        places = sorted({heading.position for heading in self._headings()})
        found = stepped(places, self.passage.cursor, step, self.passage.take_count())
        self._jump_to(found, "There is no other heading.")

    def action_figure(self, step: int) -> None:
        """To the next or the previous figure or table."""
        found = stepped(figures(self.passage.flow), self.passage.cursor, step, self.passage.take_count())
        self._jump_to(found, "There is no other figure or table.")

    def on_passage_jumped(self, event: Passage.Jumped) -> None:
        self._jumps.leave(event.start)

    def action_jump(self, direction: int) -> None:
        """Back to where the last jump started, or forward again."""
        here = self.passage.cursor
        for _ in range(self.passage.take_count()):
            position = self._jumps.back(here) if direction < 0 else self._jumps.ahead(here)
            if position is None:
                break
            here = position
        position = here if here != self.passage.cursor else None
        if position is None:
            self.notify("There is nowhere to go back to." if direction < 0 else "There is nothing ahead.", timeout=2)
        else:
            self.passage.go(position, "middle")

    def on_map_line_chosen(self, event: MapLine.Chosen) -> None:
        layout = self.passage.layout_now
        self._jump_to(layout.position(int(event.at * len(layout.lines)), 0), "")

    # What is written on the text

    def action_annotation(self, step: int) -> None:
        """To the next or the previous annotation."""
        here = self.passage.cursor
        for _ in range(self.passage.take_count()):
            here = (self.written.step(here, step) if self.written else None) or here
        none = "There is no other annotation." if self.threads else "Nothing is written on this text yet."
        self._jump_to(here if here != self.passage.cursor else None, none, "middle")

    def go_to_thread(self, id: str, remember: bool = True) -> bool:
        """To the passage of the thread that an annotation belongs to, or to what is said of the whole reading; says
        whether it is known where that is.
        """
        thread = root_of(self.companion.database, id)
        if self.written is None or not thread:
            return False
        pane = self.query_one(AnnotationPane)
        one = self.written.find(thread)
        if one is not None and one.root.lost:
            self.notify("Its words are not in this document; g shows the best guess.", severity="warning", timeout=4)
        if one is None or one.position is None:
            whole = one is None and any(root.id == thread for root in self.written.whole)
            if whole or one is not None:
                self._show_pane(True)
                self.call_after_refresh(pane.choose, id, thread)
            return whole
        if remember:
            self._jumps.leave(self.passage.cursor)
        self.passage.go(one.position, "middle")
        self.call_after_refresh(pane.choose, id, thread)
        return True

    def on_option_list_option_selected(self, event: ThreadList.OptionSelected) -> None:
        if (event.option_id or "").startswith(FOLDED):
            self.query_one(AnnotationPane).unfold((event.option_id or "").removeprefix(FOLDED))
        elif event.option_id and self.go_to_thread(event.option_id):
            if self.has_class("-narrow"):
                self.remove_class("-pane-shown")
            self.passage.focus()

    def on_passage_view_mark_chosen(self, event: Passage.MarkChosen) -> None:
        self.query_one(AnnotationPane).choose(event.id)

    def action_open_thread(self) -> None:
        """To the thread of the passage under the cursor."""
        mark = self.passage.mark_at(self.passage.cursor)
        if not mark:
            self.notify("Nothing is written here: a comments, q asks, H highlights.", timeout=3)
            return
        self._show_pane(True)
        self._show_place()
        self.query_one(AnnotationPane).choose(mark)
        self.query_one(ThreadList).focus()

    def action_threads(self) -> None:
        """Show or hide what is written beside the text."""
        self._show_pane(not self.query_one(AnnotationPane).display)
        if not self.query_one(AnnotationPane).display:
            self.passage.focus()
        elif self.has_class("-narrow"):
            self.query_one(ThreadList).focus()

    def _show_pane(self, shown: bool) -> None:
        self.set_class(not shown, "-pane-hidden")
        self.set_class(shown, "-pane-shown")

    def action_switch(self) -> None:
        """From the text to the threads, and back."""
        threads = self.query_one(ThreadList)
        if threads.has_focus or self.query_one(FindBar).has_focus_within:
            self.passage.focus()
        else:
            self._show_pane(True)
            threads.focus()

    # Out of the text

    def action_lab(self) -> None:
        """The labs that belong to this reading, each on its key."""
        from cs229tui.labs.find import labs, labs_of_reading
        from cs229tui.tui.on_labs import show_labs

        every = labs(self.companion.folders)
        found = labs_of_reading(every, self.reading.id) or [lab for lab in every if lab.reading == self.reading.id]
        if not found:
            raise NotFoundError("No lab belongs to this reading.", "6 shows the labs there are.")
        show_labs(self.companion, found, self.reading.short)
