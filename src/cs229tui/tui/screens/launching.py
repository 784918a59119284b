"""Starting and stopping runs from a screen without making it wait."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from cs229tui.errors import ReportableError
from cs229tui.labkit.spec import Value
from cs229tui.labs import launch, process
from cs229tui.labs.find import Lab
from cs229tui.library.database import open_library
from cs229tui.library.runs import RunRecord

if TYPE_CHECKING:
    from cs229tui.library.database import Database
    from cs229tui.tui.app import Companion


def start(
    app: "Companion", lab: Lab, preset: str, changed: Mapping[str, Value], then: Callable[[RunRecord], None]
) -> None:
    """Start a run and hand it to `then`; what prevents it is told."""
    _launch(app, lambda database: launch.launch(database, app.folders, app.settings, lab, preset, changed), then)


def start_again(app: "Companion", record: RunRecord, then: Callable[[RunRecord], None]) -> None:
    """Start a run like an earlier one and hand it to `then`; what prevents it is told."""
    _launch(app, lambda database: launch.again(database, app.folders, app.settings, record), then)


def stop(
    app: "Companion", record: RunRecord, then: Callable[[], None] = lambda: None, grace: float | None = None
) -> None:
    """Stop a run, by force after the `grace`, and call `then` when it is gone; raises `LabError` where it cannot be."""
    running = launch.process_to_stop(record)
    seconds = process.GRACE_SECONDS if grace is None else grace

    def work() -> None:
        # Leaving the program must not wait for a lab that does not listen; the lab was asked, and that stands.
        gone = process.stop(Path(record.folder), running, seconds, given_up=lambda: not app.is_running)
        if gone:
            app.call_from_thread(then)

    app.run_worker(work, name=f"stop {record.id[:8]}", group="stop", thread=True)


def _launch(app: "Companion", begin: Callable[["Database"], RunRecord], then: Callable[[RunRecord], None]) -> None:
    def done(record: RunRecord) -> None:
        app.changed()
        then(record)

    def work() -> None:
        # A connection belongs to one thread. Asking PyTorch for a GPU takes seconds, hence the thread.
        try:
            with closing(open_library(app.folders.database)) as database:
                record = begin(database)
        except ReportableError as error:
            app.call_from_thread(app.report, error)
        else:
            app.call_from_thread(done, record)

    app.run_worker(work, name="launch", group="launch", thread=True)
