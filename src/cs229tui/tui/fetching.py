"""Bringing documents in while the screens go on: the command line's own queue, told in the last line."""

import threading
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content

from cs229tui.errors import FetchError, ReportableError
from cs229tui.tui import marks

if TYPE_CHECKING:
    from cs229tui.course.model import Reading
    from cs229tui.documents.fetching.outcome import Result, Step
    from cs229tui.documents.fetching.queue import FetchQueue

_BETWEEN_DRAWINGS = 0.1


class Fetching:
    """What is fetched or attached, how far it is, and what became of it; all of it known to the app's own thread."""

    def __init__(self, app: "Companion") -> None:
        self.app = app
        self.results: dict[str, Result] = {}
        self._queue: FetchQueue | None = None
        self._wanted: set[str] = set()
        self._ended = 0
        self._under_way: dict[str, Step] = {}
        self._drawn = 0.0
        self._attaching = threading.Lock()

    # What the screens call

    def add(self, id: str, *, html: bool = False, again: bool = False) -> None:
        """Fetch the document of one reading, or the HTML version that arXiv has of it."""
        self.add_all([self.app.catalog()[id]], html=html, again=again or html, insist=True)

    def add_all(
        self, readings: "Iterable[Reading]", *, html: bool = False, again: bool = False, insist: bool = False
    ) -> None:
        """Fetch what of these is not here and may be had, after what is under way already."""
        from cs229tui.documents.fetching.wishes import wishes

        fresh = [reading for reading in readings if reading.id not in self._wanted]
        if not fresh:
            self.app.notify("It is on its way already.", timeout=2)
            return
        asked, settled = wishes(self.app.database, fresh, html=html, again=again, insist=insist)
        for result in settled:
            self.results[result.reading.id] = result
        if asked:
            queue = self._running()
            self._wanted |= {wish.reading.id for wish in asked}
            queue.add(asked)
            self._show()
            if len(asked) > 1:
                self.app.notify(f"{len(asked)} readings are being fetched; f6 stops it.", timeout=4)
        elif len(fresh) == 1:
            self._tell_one(settled[0])
        else:
            self.app.notify("There is nothing new to fetch; f8 shows what could not be had.", timeout=4)

    def attach(self, id: str, path: Path) -> None:
        """Read a file and make it the document of a reading."""
        reading = self.app.catalog()[id]
        if id in self._wanted:
            self.app.notify(f"{reading.short} is on its way already.", timeout=2, markup=False)
            return
        self._wanted.add(id)
        cancel = self._running().cancel
        threading.Thread(target=self._attach, args=(reading, path, cancel), name="attaching", daemon=True).start()

    def stop(self) -> bool:
        """Stop what is under way and forget what waits; says whether there was anything."""
        if self._queue is not None:
            self._queue.stop()
            self._queue = None
        busy = bool(self._wanted)
        self._wanted.clear()
        self._under_way.clear()
        self._ended = 0
        if busy:
            self.app.show_activity(None)
        return busy

    # The threads

    def _running(self) -> "FetchQueue":
        from cs229tui.documents.fetching.queue import FetchQueue

        if self._queue is None:
            made: FetchQueue

            def told(event: "Step | Result") -> None:
                # Told by a thread of a queue that was stopped meanwhile, it is no news.
                if not made.cancel.is_set() and self._is_worth_drawing(event):
                    self.app.call_from_thread(self._hear, event)

            self._queue = made = FetchQueue(self.app.folders, told)
        return self._queue

    def _is_worth_drawing(self, event: "Step | Result") -> bool:
        from cs229tui.documents.fetching.outcome import Result

        moment = monotonic()
        if isinstance(event, Result):
            return True
        if moment - self._drawn < _BETWEEN_DRAWINGS:
            return False
        self._drawn = moment
        return True

    def _attach(self, reading: "Reading", path: Path, cancel: threading.Event) -> None:
        from cs229tui.documents.fetching.outcome import Failure, Result, Step
        from cs229tui.documents.store import attach_file
        from cs229tui.library.database import open_library

        def progress(done: int, total: int) -> None:
            step = Step(reading, "reading in", done, total)
            if not cancel.is_set() and self._is_worth_drawing(step):
                self.app.call_from_thread(self._hear, step)

        with self._attaching:
            try:
                database = open_library(self.app.folders.database)
                try:
                    record = attach_file(database, self.app.folders, reading.id, path, progress, cancel=cancel)
                finally:
                    database.close()
                result = Result(reading, "fetched", record.sha256, record.pages, remarks=record.warnings)
            except ReportableError as error:
                result = Result(reading, "failed", failures=(Failure("", "unreadable", error.what, error.remedy),))
        if not cancel.is_set():
            self.app.call_from_thread(self._hear, result)

    # What comes of it, in the app's own thread

    def _hear(self, event: "Step | Result") -> None:
        from cs229tui.documents.fetching.outcome import Result

        id = event.reading.id
        if not isinstance(event, Result):
            if id in self._wanted:
                self._under_way[id] = event
            self._show()
            return
        if id not in self._wanted:
            return
        self._under_way.pop(id, None)
        self.results[id] = event
        self._ended += 1
        self.app.changed()
        if self._ended < len(self._wanted):
            self._show()
            return
        results = [self.results[id] for id in self._wanted]
        self._wanted.clear()
        self._ended = 0
        self.app.show_activity(None)
        if len(results) == 1:
            self._tell_one(event)
        else:
            self._tell_all(results)

    def _show(self) -> None:
        """The one that was heard of last, and how many there are."""
        step = next(reversed(self._under_way.values()), None)
        parts: list[Content | tuple[str, str]] = []
        if step is None:
            parts.append(("fetching ", "$text-muted"))
        else:
            verb = "reading in" if step.phase == "reading in" else "fetching"
            parts += [(f"{verb} {step.reading.short} ", "$text-muted")]
            if step.total:
                parts += [marks.bar_of(step.done, step.total, 8), Content(f" {step.done / step.total:.0%}")]
            else:
                parts += [Content(f"{step.done / 1e6:.1f} MB" if step.done else "…")]
        if len(self._wanted) > 1:
            parts += [(f"  {self._ended}/{len(self._wanted)}", "bold")]
        self.app.show_activity(Content.assemble(*parts))

    def _tell_one(self, result: "Result") -> None:
        from cs229tui.documents.fetching.outcome import HERE

        name = result.reading.short
        if result.state not in HERE:
            self.app.report(FetchError(result.what, result.remedy))
        elif result.state == "present":
            self.app.notify(f"{name} is here already: enter opens it.", timeout=3, markup=False)
        else:
            same = " is still the same" if result.state == "unchanged" else " is here: enter opens it"
            self.app.notify("\n".join((f"{name}{same}.", *result.remarks)), timeout=4, markup=False)

    def _tell_all(self, results: "list[Result]") -> None:
        from cs229tui.documents.fetching.outcome import HERE

        here = sum(result.state in HERE for result in results)
        missing = len(results) - here
        text = f"{here} of {len(results)} came."
        if missing:
            text += f" f8 shows why {missing} did not."
        self.app.notify(text, severity="warning" if missing else "information", timeout=8)


if TYPE_CHECKING:
    from cs229tui.tui.app import Companion
