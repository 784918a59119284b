"""Progress bars for commands that take a while, where somebody looks at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cs229tui.clean import clean_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from cs229tui.documents.fetching.outcome import Result, Step

Pages = Callable[[int, int], None]


@contextmanager
def bar_of(name: str, unit: str = "pages") -> Iterator[Pages]:
    """A progress bar on standard error, if that is a terminal; what is given is told units done and units in all."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    with _progress(TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()) as shown:
        shown.columns = (*shown.columns, TextColumn(unit), TimeRemainingColumn())
        task = shown.add_task(clean_line(name, 40), total=None, visible=False)

        def told(done: int, total: int) -> None:
            shown.update(task, completed=done, total=total or None, visible=True)

        yield told


@contextmanager
def bars_of(count: int) -> "Iterator[Callable[[Step | Result], None]]":
    """A bar for each file under way and one for all `count`, on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda event: None
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    from cs229tui.documents.fetching.outcome import HERE, Result

    label = TextColumn("{task.description}", markup=False)
    far = TextColumn("{task.fields[far]}", markup=False)
    with _progress(label, BarColumn(), far, TimeRemainingColumn()) as shown:
        every = shown.add_task("all", total=count, far=f"0 of {count}")
        tasks: dict[str, TaskID] = {}
        ended = failed = 0

        def told(event: "Step | Result") -> None:
            nonlocal ended, failed
            id = event.reading.id
            if isinstance(event, Result):
                if id in tasks:
                    shown.remove_task(tasks.pop(id))
                ended += 1
                failed += event.state not in HERE
                far = f"{ended} of {count}" + (f", {failed} not to be had" if failed else "")
                shown.update(every, completed=ended, far=far)
                return
            if id not in tasks:
                tasks[id] = shown.add_task(clean_line(event.reading.short, 24), total=None, far="")
            shown.update(tasks[id], completed=event.done, total=event.total or None, far=_far(event))

        yield told


def _far(step: "Step") -> str:
    if step.phase == "asking":
        return "waiting for its turn"
    if step.phase == "downloading":
        total = f" of {step.total / 1e6:.1f}" if step.total else ""
        return f"{step.done / 1e6:.1f}{total} MB"
    return f"page {step.done} of {step.total}"


def _progress(*columns: object) -> "Progress":
    from rich.console import Console
    from rich.progress import Progress

    # Lines for standard output go above the bars only where both are the same terminal.
    return Progress(
        *columns,  # type: ignore[arg-type]
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
