"""A progress bar for commands that take a while, where somebody looks at a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from cs229tui.clean import clean_line


class Bar(Protocol):
    """Tells how far a reading is: in bytes while it is downloaded, then in pages while it is read."""

    def downloading(self, done: int, total: int) -> None:
        """Bytes done, bytes in all or 0 where nobody knows."""

    def reading_in(self, done: int, total: int) -> None:
        """Pages done, pages in all."""


class _Silent:
    """Where nobody looks at a terminal, nothing moves."""

    def downloading(self, done: int, total: int) -> None: ...

    def reading_in(self, done: int, total: int) -> None: ...


@contextmanager
def bar_of(name: str) -> Iterator[Bar]:
    """A progress bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield _Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    label = TextColumn("{task.description}", markup=False)
    columns = (label, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        name = clean_line(name, 40)
        task = shown.add_task(name, total=None, start=False, visible=False)

        class Drawn:
            def downloading(self, done: int, total: int) -> None:
                shown.start_task(task)
                shown.update(task, completed=done, total=total or None, visible=True)

            def reading_in(self, done: int, total: int) -> None:
                shown.update(task, description=f"{name[:30]}: page {done} of {total}", visible=True)

        yield Drawn()
