"""Bringing documents in while the screens go on: one at a time, in a thread of its own, told in the last line."""

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content

from cs229tui.errors import ReportableError
from cs229tui.tui import marks

if TYPE_CHECKING:
    from cs229tui.course.model import Reading
    from cs229tui.library.database import Database
    from cs229tui.tui.app import Companion

_BETWEEN_DRAWINGS = 0.1
Progress = Callable[[int, int], None]
Task = Callable[["Database", Progress, threading.Event], None]


class Fetching:
    """The queue of documents to fetch or attach, and what is under way now (`activity`, empty when idle)."""

    def __init__(self, app: "Companion") -> None:
        self.app = app
        self._waiting: deque[tuple[Reading, str, Task]] = deque()
        self._busy = False
        self._drawn = 0.0
        self._cancel = threading.Event()

    def add(self, id: str) -> None:
        """Download the document of a reading after those that wait already."""
        reading = self.app.catalog()[id]

        def fetch(database: "Database", progress: Progress, cancel: threading.Event) -> None:
            from cs229tui.documents.fetch import fetch_reading

            fetch_reading(database, self.app.folders, reading, progress, reading_in=progress, cancel=cancel)

        self._queue(reading, "fetching", fetch)

    def attach(self, id: str, path: Path) -> None:
        """Read a file and make it the document of a reading."""
        reading = self.app.catalog()[id]

        def attach(database: "Database", progress: Progress, cancel: threading.Event) -> None:
            from cs229tui.documents.store import attach_file

            attach_file(database, self.app.folders, id, path, progress, cancel=cancel)

        self._queue(reading, "reading in", attach)

    def stop(self) -> bool:
        """Stop what is under way and forget what waits; says whether there was anything."""
        self._waiting.clear()
        self._cancel.set()
        return self._busy

    def _queue(self, reading: "Reading", verb: str, task: Task) -> None:
        if any(waiting.id == reading.id for waiting, _, _ in self._waiting):
            self.app.notify(f"{reading.short} is waiting already.", timeout=2, markup=False)
            return
        self._waiting.append((reading, verb, task))
        if self._busy:
            self.app.notify(f"{reading.short} comes next.", timeout=2, markup=False)
            return
        self._busy = True
        self._cancel.clear()
        self.app.run_worker(self._work, group="fetching", thread=True, exit_on_error=False)

    def _work(self) -> None:
        # In a worker with a connection of its own; the app's thread notices its writes as it does another program's.
        from cs229tui.library.database import open_library

        try:
            database = open_library(self.app.folders.database)
            try:
                while self._waiting:
                    reading, verb, task = self._waiting.popleft()
                    self._one(database, reading, verb, task)
            finally:
                database.close()
        except ReportableError as error:
            self.app.call_from_thread(self.app.report, error)
        finally:
            self._busy = False
            self.app.call_from_thread(self.app.show_activity, None)

    def _one(self, database: "Database", reading: "Reading", verb: str, task: Task) -> None:
        def progress(done: int, total: int) -> None:
            moment = monotonic()
            if moment - self._drawn < _BETWEEN_DRAWINGS and done < total:
                return
            self._drawn = moment
            far = Content.assemble(marks.bar_of(done, total, 10), f" {done / total:.0%}") if total else Content("…")
            shown = Content.assemble((f"{verb} {reading.short} ", "$text-muted"), far)
            self.app.call_from_thread(self.app.show_activity, shown)

        progress(0, 0)
        try:
            task(database, progress, self._cancel)
        except ReportableError as error:
            if not self._cancel.is_set():
                self.app.call_from_thread(self.app.report, error)
        else:
            self.app.call_from_thread(
                self.app.notify, f"{reading.short} is here: enter opens it.", timeout=4, markup=False
            )
