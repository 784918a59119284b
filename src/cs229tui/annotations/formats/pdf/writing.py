"""The discussion of a reading written into a copy of its PDF, for Acrobat, Preview, Okular, Zotero and browsers.

What comes back when such a file is imported again: highlights with their places, kinds, colours, words, tags, authors,
dates to the second, threads, regions, what is on the whole reading, orphans. What does not: votes and marks of answers,
what was said before an edit, the group it was shared with, from where it came, the exact clock; of quotes only what
stands on the page. Most programs show no threads, so what was answered also stands below the words it answers.
"""

import os
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cs229tui.amounts import counted
from cs229tui.annotations.formats.pdf.colours import COLOURS, rgb
from cs229tui.annotations.formats.pdf.colours import nearest as nearest_colour
from cs229tui.annotations.formats.pdf.dates import pdf_date
from cs229tui.annotations.place import Placed, placed
from cs229tui.annotations.threads import Thread, threads
from cs229tui.documents.flow import Span
from cs229tui.documents.pdf.marking import write_marks
from cs229tui.documents.pdf.marks import NewMark
from cs229tui.documents.selections import quads
from cs229tui.documents.store import OpenDocument, document_path, open_document
from cs229tui.documents.videos import moment
from cs229tui.errors import DocumentError, NotFoundError, ReportableError, UsageError
from cs229tui.folders import Folders
from cs229tui.library.annotations import Annotation, annotations_of
from cs229tui.library.database import Database
from cs229tui.library.documents import page
from cs229tui.library.pdf_marks import mark_colours

Progress = Callable[[int, int], None]

MISSING = "missing"
_SUBJECTS = {"highlight": "Highlight", "comment": "Comment", "question": "Question", "note": "Private note"}
_MOST_QUOTED = 400


@dataclass(frozen=True)
class AnnotatedPdf:
    """What was written: `threads` begun on the reading, `replies` to them, `orphans` whose passage is not in this copy,
    `private` notes. `exact` where the file begins with the original's bytes; else it was written anew.
    """

    file: Path
    threads: int
    replies: int
    orphans: int
    private: int
    exact: bool


def annotated_pdf(
    database: Database,
    folders: Folders,
    reading: str,
    target: Path,
    *,
    private: bool = False,
    force: bool = False,
    behind: bytes = b"",
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> AnnotatedPdf:
    """Write a copy of a reading's PDF with what was said on it to `target`; `private`: her private notes too.

    `behind` is a PDF of our own making whose pages go behind the paper's: see `formats/paper.py`.
    The file appears when it is whole. `force` replaces one that is there, but never the original. Raises
    `NotFoundError`, `UsageError`, `DocumentError`.
    """
    document = open_document(database, reading)
    record = document.record
    if record.format != "pdf":
        raise UsageError(f"{reading} is read from a {record.format} document, not from a PDF.", "Export as Markdown.")
    source = document_path(folders, record.sha256, "pdf")
    if not source.is_file():
        raise DocumentError(f"The copy of {reading}'s document is gone.", "Attach or fetch it again.")
    _refuse(target, source, folders, force)
    talks = threads(annotations_of(database, reading))
    if not private:
        talks = [talk for talk in talks if talk.root is None or talk.root.kind != "note"]
    if not talks:
        raise NotFoundError(f"Nothing is written on {reading} yet.", "Annotate it first.")
    roots = [talk.root for talk in talks if talk.root is not None]
    places = {one.annotation.id: one for one in placed(database, document, roots)}
    writer = _Writer(database, document, mark_colours(database, reading))
    for number, talk in enumerate(talks, 1):
        writer.add(talk, places.get(talk.id))
        if progress is not None:
            progress(number, len(talks) + 1)
    exact = _written(source, target, writer.marks, reading, force, cancel, behind)
    if progress is not None:
        progress(len(talks) + 1, len(talks) + 1)
    return AnnotatedPdf(
        target,
        len(talks),
        sum(len(talk.replies) for talk in talks),
        sum(place.orphan for place in places.values()),
        sum(root.kind == "note" for root in roots),
        exact,
    )


def _refuse(target: Path, source: Path, folders: Folders, force: bool) -> None:
    if target.absolute().parent.resolve().is_relative_to(folders.data.resolve()):
        raise UsageError("That is the program's own folder.", "Choose a place of your own.")
    if target.is_dir():
        raise UsageError(f"{target} is a folder.", "Give the file a name.")
    if not target.exists():
        return
    if not target.is_file():
        raise UsageError(f"{target} is no file.", "Give another name.")
    if not force:
        raise ReportableError(f"{target} is there already.", "Give another name, or --force to replace it.")
    if target.stat().st_size == source.stat().st_size and target.read_bytes() == source.read_bytes():
        raise ReportableError(f"{target} is the original.", "It is never changed: give another name.")


def _written(
    source: Path,
    target: Path,
    marks: list[NewMark],
    name: str,
    force: bool,
    cancel: threading.Event | None,
    behind: bytes,
) -> bool:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=target.parent, prefix=".cs229tui-", suffix=".part")
    except OSError as error:
        raise DocumentError(f"{target} cannot be written: {error.strerror}.", "Choose another place.") from error
    partial, after = Path(made), Path(f"{made}-behind")
    try:
        if behind:
            after.write_bytes(behind)
        exact = write_marks(source, partial, marks, name, cancel, after if behind else None)
        os.fsync(handle)
        if not force and target.exists():
            raise ReportableError(f"{target} is there already.", "Give another name, or --force to replace it.")
        partial.replace(target)
    except OSError as error:
        raise DocumentError(f"{target} cannot be written: {error.strerror}.", "Choose another place.") from error
    finally:
        os.close(handle)
        partial.unlink(missing_ok=True)
        after.unlink(missing_ok=True)
    return exact


class _Writer:
    """Collects the marks of one file; a reply names the one it answers by its place among them."""

    def __init__(self, database: Database, document: OpenDocument, colours: dict[str, str]) -> None:
        self.marks: list[NewMark] = []
        self._database = database
        self._document = document
        self._colours = colours

    def add(self, talk: Thread, place: Placed | None) -> None:
        """The marks of a conversation."""
        first = len(self.marks)
        tail = _tail(talk)
        if talk.root is None:
            own = {"Kind": MISSING, "Tail": tail}
            text = "A conversation whose beginning is missing." + tail
            head = NewMark("Text", 1, None, (), talk.id, text, "", "", "", _rgb("#aaaaaa"), own=own)
            self.marks.append(head)
        else:
            self._root(talk.root, place, tail)
        indices = {talk.id: first}
        above = self.marks[first]
        for reply in talk.replies:
            one = reply.annotation
            indices[one.id] = len(self.marks)
            own = {"Kind": "reply", "Person": one.person}
            self.marks.append(
                self._mark(
                    one, "Text", above.page, above.box, (), one.body, own, answers=indices.get(one.parent or "", first)
                )
            )

    def _root(self, root: Annotation, place: Placed | None, tail: str) -> None:
        own = {"Kind": root.kind, "Person": root.person, "Colour": root.colour}
        own |= {"Tail": tail} if tail else {}
        own |= {"Resolved": "yes"} if root.resolved else {}
        text = root.body + tail
        if root.region is not None and root.page and root.page <= self._document.record.pages:
            own |= {"Caption": root.quote} if root.quote else {}
            self.marks.append(self._mark(root, "Square", root.page, root.region, (), text, own))
            return
        boxes = self._boxes(place.spans if place else ())
        if boxes:
            # A passage over a page's end is a mark on each of the pages; the words are with the first.
            for number, (at, lines) in enumerate(boxes, 1):
                around = (
                    min(line[0] for line in lines),
                    min(line[1] for line in lines),
                    max(line[2] for line in lines),
                    max(line[3] for line in lines),
                )
                part = own if number == 1 else {"Part": root.id}
                made = self._mark(root, "Highlight", at, around, lines, text if number == 1 else "", part)
                name = made.name if number == 1 else f"{root.id}#{number}"
                self.marks.append(_renamed(made, name))
            return
        number, head = self._elsewhere(root, place)
        own |= {"Head": head, "Quote": root.quote, "Prefix": root.prefix, "Suffix": root.suffix} if root.quote else {}
        own |= {"Page": str(root.page)} if root.page else {}
        own |= {"Head": head, "Second": f"{root.second:g}"} if root.second is not None else {}
        self.marks.append(self._mark(root, "Text", number, None, (), head + text, own))

    def _boxes(self, spans: Iterable[Span]) -> list[tuple[int, tuple[tuple[float, float, float, float], ...]]]:
        found = []
        for span in spans:
            there = page(self._database, self._document.record.sha256, span.page)
            lines = quads(there, span) if there is not None else ()
            if lines:
                found.append((span.page, lines))
        return found

    def _elsewhere(self, root: Annotation, place: Placed | None) -> tuple[int, str]:
        """The page for what has no passage here, and what is said before its words."""
        if root.second is not None:
            return 1, f"At {moment(root.second)} of the video.\n\n"
        if not root.quote:
            return 1, ""
        quote = root.quote if len(root.quote) <= _MOST_QUOTED else root.quote[: _MOST_QUOTED - 1] + "…"
        span = place.span or place.guess if place else None
        number = span.page if span else min(root.page or 1, self._document.record.pages)
        if place and place.spans:
            return number, f"On “{quote}”\n\n"
        where = f"perhaps on this page, {number}" if span else f"it was on page {root.page or '?'}"
        return number, f"The passage is not found in this copy ({where}): “{quote}”\n\n"

    def _mark(
        self,
        one: Annotation,
        kind: str,
        number: int,
        box: tuple[float, float, float, float] | None,
        lines: tuple[tuple[float, float, float, float], ...],
        text: str,
        own: dict[str, str],
        answers: int = -1,
    ) -> NewMark:
        return NewMark(
            kind,
            number,
            box,
            lines,
            one.id,
            text.strip(),
            one.author,
            pdf_date(one.created),
            pdf_date(one.updated),
            self._colour(one),
            _SUBJECTS.get(one.kind, ""),
            one.tags,
            answers,
            own,
        )

    def _colour(self, one: Annotation) -> tuple[float, float, float]:
        """The colour it had where it came from, unless she gave it another."""
        before = rgb(self._colours.get(one.id, ""))
        return before if before is not None and nearest_colour(before) == one.colour else _rgb(COLOURS[one.colour])


def _renamed(mark: NewMark, name: str) -> NewMark:
    from msgspec.structs import replace

    return replace(mark, name=name)


def _rgb(code: str) -> tuple[float, float, float]:
    return rgb(code) or (1.0, 0.83, 0.0)


def _tail(talk: Thread) -> str:
    """What was answered, as words below the words."""
    lines = []
    for reply in talk.replies:
        one = reply.annotation
        said = one.body.replace("\n", "\n" + "  " * reply.depth)
        lines.append(f"{'  ' * (reply.depth - 1)}— {one.author} ({one.created[:10]}): {said}")
    if not lines:
        return ""
    return "\n\n" + counted(len(lines), "answer") + ":\n" + "\n".join(lines)
