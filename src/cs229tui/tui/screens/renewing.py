"""How the reader brings a document up to date that an older version of the program read, while it is being read."""

import threading

from textual.message import Message

from cs229tui.documents.store import OpenDocument, outdated, read_again
from cs229tui.errors import ReportableError
from cs229tui.tui.screens.boxing import Boxing

_BUSY_SECONDS = 2.0


class Renewing(Boxing):
    """A screen with a passage whose text is read anew where today's extractor would read it better."""

    class Renewed(Message):
        """A worker has read this document anew."""

        def __init__(self, document: str) -> None:
            super().__init__()
            self.document = document

    def __init__(self) -> None:
        super().__init__()
        self._called_off = threading.Event()

    def reopen(self) -> None:
        """Show the document as the library has it now."""

    def on_unmount(self) -> None:
        self._called_off.set()

    def renew(self, document: OpenDocument) -> None:
        """Read the document anew in a worker if its extractor is outdated; what is shown stays until that is done."""
        folders, reading = self.companion.folders, self.reading.id

        def work() -> None:
            from cs229tui.library.database import open_library

            if not outdated(document.record):
                return
            database = open_library(folders.database)
            try:
                read_again(database, folders, reading, cancel=self._called_off)
            except ReportableError:
                # Its copy is gone, or it was called off: the text that is there reads on as it did.
                return
            finally:
                database.close()
            self.post_message(self.Renewed(document.record.sha256))

        self.run_worker(work, group="renewing", thread=True, exclusive=True, exit_on_error=False)

    def on_renewing_renewed(self, event: Renewed) -> None:
        """Show the new text at the same place, but not under somebody's hands."""
        if self.document is None or self.document.record.sha256 != event.document:
            return
        passage = self.passage
        if passage.selection or passage.asking or passage.count or self.hits or not self.is_current:
            self.set_timer(_BUSY_SECONDS, lambda: self.post_message(self.Renewed(event.document)))
            return
        top, cursor = (passage.places.place(at) for at in (passage.top, passage.cursor))
        self.reopen()

        def back() -> None:
            passage.go(passage.places.position(*cursor))
            passage.scroll_to(y=passage.layout_now.row(passage.places.position(*top)), animate=False)

        self.call_after_refresh(back)
