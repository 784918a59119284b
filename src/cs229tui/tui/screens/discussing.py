"""How the reader shows what is written on the document that is open: of the pages in view, as it is now."""

import time
from time import monotonic

from textual.message import Message
from textual.timer import Timer
from textual.worker import Worker, get_current_worker

from cs229tui.documents.store import OpenDocument
from cs229tui.tui.reading.discussion import PassageThread, marks_of
from cs229tui.tui.reading.written import Written
from cs229tui.tui.screens.lost import Lost
from cs229tui.tui.widgets.annotation_pane import AnnotationPane, ThreadList

_AT_ONCE = 20
_LONGEST_REST = 0.5
_MAP_AFTER = 1.0
_PLACE_AFTER = 0.5


class Discussing(Lost):
    """A screen with a passage and the conversations on it."""

    class Placed(Message):
        """A worker found where annotations of other copies of the document stand in this one."""

        def __init__(self, document: str) -> None:
            super().__init__()
            self.document = document

    def __init__(self) -> None:
        super().__init__()
        self._not_yet = ""
        self._placing: Worker[None] | None = None
        self._map_timer: Timer | None = None
        self._place_timer: Timer | None = None
        self._painted_threads: tuple[PassageThread, ...] = ()

    def discuss(self, document: OpenDocument) -> None:
        """Show what is written on this document from now on."""
        self.written = Written(self.companion.database, self.reading.id, document, self.passage.places)
        self.workers.cancel_group(self, "placing")
        self._placing = None

    def _follow_discussion(self) -> None:
        """What is written may be other than it was: show that of the pages in view, look for what is not placed yet."""
        if self.written is None:
            return
        self.written.forget()
        self._show_place()
        if self.written.spots_wait and self._map_timer is None:
            self._map_timer = self.set_timer(_MAP_AFTER, self._show_map)
        # Changes come in bursts, and few of them are of other copies.
        if self._placing is None:
            self._place_elsewhere()
        elif self._place_timer is None:
            self._place_timer = self.set_timer(_PLACE_AFTER, self._place_elsewhere)

    def _show_map(self) -> None:
        self._map_timer = None
        if self.written is not None:
            self.written.spots_later()
            self._show_place()

    def _place_elsewhere(self) -> None:
        """Find what was written on other copies by its words, once for each; that takes a while, and half the time it
        rests, so that the keys are heard.
        """
        self._place_timer = None
        if self.document is None or self.written is None or (self._placing and not self._placing.is_finished):
            return
        document, reading, path = self.document, self.reading.id, self.companion.folders.database
        near, astray = self.passage.page, sorted(self.written.astray)

        def work() -> None:
            from cs229tui.annotations.placing import place_again, place_next
            from cs229tui.library.database import open_library
            from cs229tui.library.standing import said_in

            database, worker = open_library(path), get_current_worker()
            try:
                found = bool(astray)
                place_again(database, reading, document, said_in(database, astray) if astray else ())
                while not worker.is_cancelled:
                    began = monotonic()
                    done = place_next(database, reading, document, near, _AT_ONCE)
                    if not done:
                        break
                    found = True
                    time.sleep(min(monotonic() - began, _LONGEST_REST))
            finally:
                database.close()
            if found:
                self.post_message(self.Placed(document.record.sha256))

        self._placing = self.run_worker(work, group="placing", thread=True, exit_on_error=False)

    def on_discussing_placed(self, event: Placed) -> None:
        if self.document is None or event.document != self.document.record.sha256 or self.written is None:
            return
        self.written.forget()
        self.written.astray.clear()
        wanted, self._not_yet = self._not_yet, ""
        if wanted:
            self.go_to_thread(wanted, remember=False)
        self._show_place()

    def on_annotation_pane_seen(self) -> None:
        self._show_written()

    def on_annotation_pane_dwelt(self, event: AnnotationPane.Dwelt) -> None:
        from cs229tui.library.discussion import mark_read

        with self.companion.reporting():
            if mark_read(self.companion.database, [event.thread]):
                self.companion.changed()

    def _fetch_ahead(self, written: Written, first: int, last: int) -> None:
        for pages in ((first, last + 2), (first - 2, last)):
            written.on(*pages)

    def on_thread_list_asked(self, event: ThreadList.Asked) -> None:
        with self.companion.reporting():
            self.do_to(event.action, event.id)

    def _show_written(self) -> None:
        """Paint and list what is written on the pages in view."""
        written, passage = self.written, self.passage
        if written is None:
            return
        first, last = self.pages_pictured or (passage.places.page(passage.top), passage.places.page(passage.bottom))
        # A page more on either side, so that the next turn finds it there.
        self.threads = written.on(first - 1, last + 1)
        if self.threads is not self._painted_threads and self.threads != self._painted_threads:
            self._painted_threads = self.threads
            passage.paint(marks_of(self.threads))
            # What the next turn will show is there before it.
            self.call_after_refresh(self._fetch_ahead, written, first, last)
        self.set_class(not (self.threads or written.count or written.lost), "-no-threads")
        self.query_one(AnnotationPane).show(written, (first, last), passage.cursor)
        if written.astray:
            self._place_elsewhere()
