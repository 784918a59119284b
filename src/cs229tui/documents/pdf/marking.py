"""Asks a reading child for the marks of a PDF, or for a copy with marks in it; hostile files harm only the child."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.documents.pdf.child import Child, ChildDiedError
from cs229tui.documents.pdf.engine import explained
from cs229tui.documents.pdf.marks import CountMarks, MarksEnd, NewMark, PageMarks, ReadMarks, WriteMarks, Written
from cs229tui.errors import DocumentError

Progress = Callable[[int, int], None]

_PATIENCE = 60.0
_LONGEST = 180.0
# Attaching a paper waits so long to be told of its marks, and no longer.
_GLANCE = 5.0


@dataclass(frozen=True)
class FileMarks:
    """The marks of a file: its pages with any, in order; how many marks were too many to read; pages not looked at."""

    pages: tuple[PageMarks, ...]
    left_out: int = 0
    unread: tuple[int, ...] = ()


def read_marks(
    path: Path, progress: Progress | None = None, cancel: threading.Event | None = None, patience: float = _PATIENCE
) -> FileMarks:
    """Every mark in the file at `path`; `progress` is told pages done and in all. Raises `DocumentError`."""
    name = clean_line(path.name, 120)
    pages: list[PageMarks] = []
    end = time.monotonic() + _LONGEST
    try:
        with closing(Child(patience, cancel)) as child:
            child.ask(ReadMarks(str(path.absolute())))
            while isinstance(reply := child.reply(max(0.1, min(patience, end - time.monotonic()))), PageMarks):
                if reply.marks:
                    pages.append(reply)
                if progress is not None:
                    progress(reply.number, reply.pages)
    except ChildDiedError as death:
        raise DocumentError(
            f"The annotations in {name} cannot be read: {death.how}.", "It is damaged or made to do harm."
        ) from death
    if isinstance(reply, MarksEnd):
        return FileMarks(tuple(pages), reply.left_out, reply.unread)
    raise explained(reply, name)


def native_annotations(path: Path, patience: float = _GLANCE) -> int:
    """How many annotations a PDF holds, links and form fields not counted; 0 where that cannot be told."""
    try:
        with closing(Child(patience, None)) as child:
            child.ask(CountMarks(str(path.absolute())))
            reply = child.reply()
    except ChildDiedError:
        return 0
    return reply.found if isinstance(reply, MarksEnd) else 0


def write_marks(
    path: Path,
    target: Path,
    marks: Sequence[NewMark],
    name: str,
    cancel: threading.Event | None = None,
    behind: Path | None = None,
) -> bool:
    """Fill the file at `target` with a copy of the PDF at `path` that has these marks too, and the pages `behind`.

    Returns whether the copy begins with the original's bytes. Raises `DocumentError`.
    """
    try:
        with closing(Child(_LONGEST, cancel)) as child:
            after = str(behind.absolute()) if behind else ""
            child.ask(WriteMarks(str(path.absolute()), str(target.absolute()), tuple(marks), after))
            reply = child.reply()
    except ChildDiedError as death:
        raise DocumentError(f"{name} cannot be annotated: {death.how}.", "Export as Markdown instead.") from death
    if isinstance(reply, Written):
        return not reply.rewritten
    raise explained(reply, name)
