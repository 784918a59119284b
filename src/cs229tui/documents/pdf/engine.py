"""Reading PDFs from a safe distance: the child process is started, watched, and replaced when a page kills it."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import msgspec

from cs229tui.clean import clean_line
from cs229tui.documents.linking import MOST_LINKS, web_address, with_written
from cs229tui.documents.pdf.child import CancelledError, Child, ChildDiedError
from cs229tui.documents.pdf.places import PagePlaces
from cs229tui.documents.pdf.wire import (
    Done,
    Draw,
    Drawn,
    Failed,
    Open,
    Opened,
    PageRead,
    ReadPages,
    Reflow,
    Reflowed,
    Reply,
)
from cs229tui.errors import DocumentError
from cs229tui.library.documents import Link

Progress = Callable[[int, int], None]

_PATIENCE = 20.0
_MOST_RESTARTS = 25
_MOST_CHARACTERS = 40_000_000


@dataclass(frozen=True)
class Extraction:
    """A PDF as it was read: its pages in order, each one's links, its flow, encoded, what is known of it as a whole.

    A line of the outline is (title, level from 0, page from 1, character on the page).
    """

    opened: Opened
    pages: tuple[PageRead, ...]
    outline: tuple[tuple[str, int, int, int], ...]
    flow: bytes
    title: str
    warnings: tuple[str, ...]
    links: tuple[tuple[Link, ...], ...] = ()


class PdfEngine:
    """One PDF file and the child that reads it, started when first needed; a context manager."""

    def __init__(
        self, path: Path, patience: float = _PATIENCE, cancel: threading.Event | None = None, name: str = ""
    ) -> None:
        self._path = path
        self._name = name or clean_line(path.name, 120)
        self._patience = patience
        self._cancel = cancel
        self._child: Child | None = None

    def __enter__(self) -> "PdfEngine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process(self) -> int | None:
        """The child's process id, while there is one."""
        return self._child.process if self._child else None

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def open(self) -> Opened:
        """Start the child and have it open the file; raises `DocumentError`."""
        self.close()
        try:
            self._child = Child(self._patience, self._cancel)
            self._child.ask(Open(str(self._path.absolute())))
            reply = self._child.reply()
        except ChildDiedError as death:
            self.close()
            raise DocumentError(
                f"{self._name} cannot be read: {death.how}.", "It is damaged or made to do harm; try another copy."
            ) from death
        if isinstance(reply, Opened):
            return reply
        self.close()
        raise explained(reply, self._name)

    def extract(self, progress: Progress | None = None) -> Extraction:
        """Read every page and reflow them all; a page that cannot be read is empty and becomes a warning."""
        opened = self.open()
        pages, warnings = self._pages(opened, progress)
        if not any(page.layout for page in pages):
            raise DocumentError(
                f"No page of {self._name} can be read: {warnings[0] if warnings else 'it is damaged'}",
                "Try another copy.",
            )
        return self._reflowed(opened, pages, warnings)

    def draw(self, wanted: Draw) -> Drawn:
        """Part of a page; raises `DocumentError`, and then the next page may be asked for as before."""
        try:
            if self._child is None:
                self.open()
            child = self._child
            if child is None:
                raise DocumentError(f"{self._name} cannot be opened.")
            child.ask(wanted)
            reply = child.reply()
        except ChildDiedError as death:
            self._child = None
            raise DocumentError(f"Page {wanted.page} cannot be drawn: {death.how}.") from death
        except CancelledError:
            # It has been ended, while it was starting perhaps.
            self._child = None
            raise
        rows = wanted.bottom - wanted.top
        if isinstance(reply, Drawn) and len(reply.pixels) == rows * reply.stride >= 3 * rows * (
            wanted.right - wanted.left
        ):
            return reply
        if not isinstance(reply, Drawn | Failed):
            # A child that answers what was not asked has lost its place.
            self.close()
        raise DocumentError(f"Page {wanted.page} cannot be drawn.")

    def _pages(self, opened: Opened, progress: Progress | None) -> tuple[list[PageRead], list[str]]:
        pages: list[PageRead] = []
        warnings = list(opened.warnings)
        characters = restarts = 0
        deadline = time.monotonic() + 60 + opened.pages
        asked = False
        while len(pages) < opened.pages:
            number = len(pages) + 1
            try:
                if restarts > _MOST_RESTARTS or characters > _MOST_CHARACTERS or time.monotonic() > deadline:
                    warnings.append(f"The pages from {number} on were not read: the document asks too much.")
                    pages += [_empty(missing) for missing in range(number, opened.pages + 1)]
                    break
                if self._child is None:
                    self.open()
                    asked = False
                child = self._child
                if child is None:
                    raise ChildDiedError("it could not be started")
                if not asked:
                    child.ask(ReadPages(number))
                    asked = True
                reply = child.reply()
                if not isinstance(reply, PageRead) or reply.number != number:
                    child.close()
                    raise ChildDiedError("it needed more memory than a document may have")
            except ChildDiedError as death:
                self.close()
                restarts += 1
                warnings.append(f"Page {number} could not be read: {death.how}.")
                pages.append(_empty(number))
                continue
            characters += len(reply.text)
            pages.append(_checked(reply))
            if reply.warning:
                warnings.append(clean_line(reply.warning, 300))
            if progress is not None:
                progress(number, opened.pages)
        return pages, warnings

    def _asked(self, request: Reflow) -> Reply:
        child = self._child = self._child or Child(self._patience, self._cancel)
        child.ask(request)
        return child.reply(self._patience + 0.1 * len(request.layouts))

    def _asked_simply(self, request: Reflow) -> Reply:
        try:
            return self._asked(msgspec.structs.replace(request, simply=True))
        except ChildDiedError as death:
            self.close()
            raise DocumentError(
                f"The text of {self._name} cannot be put in order: {death.how}.", "Try another copy."
            ) from death

    def _reflowed(self, opened: Opened, pages: list[PageRead], warnings: list[str]) -> Extraction:
        outline = tuple(
            (title, level, page, dict(pages[page - 1].places).get(index, 0))
            for index, (title, level, page, _) in enumerate(opened.outline)
        )
        request = Reflow(
            tuple(page.layout for page in pages), tuple(page.label for page in pages), outline, opened.title
        )
        try:
            if self._child is not None:
                # The `Done` after the last page.
                while not isinstance(self._child.reply(), Done):
                    continue
            reply = self._asked(request)
        except ChildDiedError:
            self.close()
            warnings = [*warnings, "The document is too complicated to tell its parts apart; it is shown line by line."]
            reply = self._asked_simply(request)
        if not isinstance(reply, Reflowed):
            raise DocumentError(f"The text of {self._name} cannot be put in order.", "Try another copy.")
        read = tuple(_with_kept(page, kept) for page, kept in zip(pages, reply.kept_hyphens, strict=True))
        return Extraction(
            opened,
            read,
            reply.outline,
            reply.flow,
            reply.title or opened.title,
            (*warnings, *reply.warnings),
            _links(read),
        )


def _links(pages: Sequence[PageRead]) -> tuple[tuple[Link, ...], ...]:
    """The links of each page; what leads to a height of a page now leads to the character that stands there."""
    places: dict[int, PagePlaces] = {}
    found = []
    for page in pages:
        links = []
        for link in page.links[:MOST_LINKS]:
            if not 0 <= link.start < link.end <= len(page.text):
                continue
            if link.url:
                links.append(Link(link.start, link.end, web_address(link.url)))
            elif 1 <= link.page <= len(pages):
                target = pages[link.page - 1]
                if link.page not in places:
                    places[link.page] = PagePlaces(target.text, target.boxes, target.width)
                there = places[link.page].below(link.height, link.across)
                links.append(Link(link.start, link.end, "", link.page, there))
        found.append(with_written(links, page.text))
    return tuple(found)


def _with_kept(page: PageRead, kept: tuple[int, ...]) -> PageRead:
    if not kept:
        return page
    characters = list(page.text)
    for place in kept:
        characters[place] = "-"
    return msgspec.structs.replace(page, text="".join(characters))


def _checked(page: PageRead) -> PageRead:
    if page.boxes and len(page.boxes) != 16 * len(page.text):
        return msgspec.structs.replace(page, boxes=b"")
    return page


def _empty(number: int) -> PageRead:
    return PageRead(number, str(number), 612.0, 792.0, "", b"", b"")


def explained(reply: Reply, name: str) -> DocumentError:
    """Why a file cannot be read, as the child said it."""
    why, detail = (reply.why, clean_line(reply.detail, 200)) if isinstance(reply, Failed) else ("", "")
    match why:
        case "not-pdf":
            return DocumentError(
                f"{name} is not a PDF.", "Check the download: it may be a web page saved under that name."
            )
        case "password":
            return DocumentError(f"{name} is encrypted and needs a password.", "Save a copy without a password first.")
        case "security":
            return DocumentError(
                f"{name} is protected in a way we cannot read.", "Save a copy without protection first."
            )
        case "too-many-pages":
            return DocumentError(f"{name} has {detail} pages; the most we read is 5000.", "Split it first.")
        case "no-pages":
            return DocumentError(f"{name} has no pages.", "It is damaged or cut off: download it again.")
        case "memory":
            return DocumentError(f"{name} needs more memory than a document may have.", "Try another copy.")
        case "not-allowed":
            return DocumentError(
                f"{name} is protected: its owner does not allow annotations.", "Export as Markdown instead."
            )
        case "missing":
            return DocumentError(f"{name} cannot be opened: {detail}.")
        case _:
            return DocumentError(f"{name} is damaged and cannot be read.", "It may be cut off: download it again.")
