"""Starting and stopping runs from a screen without making it wait."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from cs229tui.errors import ReportableError
from cs229tui.labkit.spec import Value
from cs229tui.labs import continuing, launch, process
from cs229tui.labs.find import Lab
from cs229tui.library.database import open_library
from cs229tui.library.runs import RunRecord

if TYPE_CHECKING:
    from cs229tui.labs.form import Filled
    from cs229tui.library.database import Database
    from cs229tui.tui.app import Companion

Begun = TypeVar("Begun")
_AT_ONCE_SECONDS = 0.6
_last: tuple[tuple[object, ...], float] = ((), 0.0)


def _again_at_once(*what: object) -> bool:
    """Whether the same was asked for a moment ago: a key that was pressed twice starts one run."""
    global _last
    before, at = _last
    _last = what, time.monotonic()
    return what == before and time.monotonic() - at < _AT_ONCE_SECONDS


def start(
    app: "Companion",
    lab: Lab,
    preset: str,
    changed: Mapping[str, Value],
    then: Callable[[RunRecord], None],
    launcher: str = "local",
    options: Mapping[str, str] | None = None,
) -> None:
    """Start a run and hand it to `then`; what prevents it is told."""
    if _again_at_once(lab.name, preset, changed, launcher, options):
        return
    more = (lab, preset, changed, launcher, options)
    _launch(app, lambda database: launch.launch(database, app.folders, app.settings, *more), then)


def start_sweep(app: "Companion", lab: Lab, filled: "Filled", then: Callable[[list[RunRecord]], None]) -> None:
    """Start the runs that a form stands for and hand them to `then`; what prevents them is told."""
    from cs229tui.labs import sweep

    def begin(database: "Database") -> list[RunRecord]:
        plan = sweep.planned(
            database, app.settings, lab, filled.preset, filled.changed, filled.swept, launcher=filled.launcher
        )
        return sweep.begin(database, app.folders, app.settings, plan, filled.launcher, filled.options)

    _launch(app, begin, then)


def start_again(app: "Companion", record: RunRecord, then: Callable[[RunRecord], None]) -> None:
    """Start a run like an earlier one and hand it to `then`; what prevents it is told."""
    _launch(app, lambda database: launch.again(database, app.folders, app.settings, record), then)


def go_on(app: "Companion", record: RunRecord, then: Callable[[RunRecord], None]) -> None:
    """Continue a run from its last checkpoint and hand it to `then`; what prevents it or changes it is told."""

    def begin(database: "Database") -> RunRecord:
        changed = continuing.differences(record)
        begun = launch.go_on(database, app.folders, app.settings, record)
        for text in changed:
            app.call_from_thread(app.notify, text, severity="warning", markup=False)
        return begun

    _launch(app, begin, then)


def start_now(app: "Companion", record: RunRecord, then: Callable[[RunRecord], None]) -> None:
    """Start a run that waits in the queue and hand it to `then`; what prevents it is told."""
    from cs229tui.labs.queue import start_now as begin

    _launch(app, lambda database: begin(database, app.folders, app.settings, record), then)


def stop(
    app: "Companion", record: RunRecord, then: Callable[[], None] = lambda: None, grace: float | None = None
) -> None:
    """Stop a run, by force after the `grace`, and call `then` when it is gone; raises `LabError` where it cannot be."""
    launch.stoppable(record)
    seconds = process.GRACE_SECONDS if grace is None else grace

    def work() -> None:
        # Leaving the program must not wait for a lab that does not listen; the lab was asked, and that stands.
        try:
            gone = launch.stop(record, seconds, given_up=lambda: not app.is_running)
        except ReportableError as error:
            app.call_from_thread(app.report, error)
        else:
            if gone:
                app.call_from_thread(then)

    app.run_worker(work, name=f"stop {record.id[:8]}", group="stop", thread=True)


def _launch(app: "Companion", begin: Callable[["Database"], Begun], then: Callable[[Begun], None]) -> None:
    def done(begun: Begun) -> None:
        app.changed()
        then(begun)

    def work() -> None:
        # A connection belongs to one thread. Asking PyTorch for a GPU takes seconds, hence the thread.
        try:
            with closing(open_library(app.folders.database)) as database:
                begun = begin(database)
        except ReportableError as error:
            app.call_from_thread(app.report, error)
        else:
            app.call_from_thread(done, begun)

    app.run_worker(work, name="launch", group="launch", thread=True)
