"""The highlights and notes that any program put into a PDF, taken in as annotations of a reading.

The file may be the reading's own document or another copy: what stands below a highlight is found again by its words.
What was taken in before is known by its name (/NM), else by its page, place, words and author. A mark that says of
nobody who made it is hers; every other name but her own is another person. What is taken in is shared with nobody.
"""

import hashlib
import json
import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from cs229tui.annotations.formats.pdf.colours import colour_of, hexadecimal, nearest
from cs229tui.annotations.formats.pdf.dates import moment_of
from cs229tui.annotations.formats.pdf.writing import MISSING
from cs229tui.annotations.make import LONGEST_BODY, anchored, cleaned_tags
from cs229tui.clean import clean, clean_line
from cs229tui.clock import timestamp
from cs229tui.documents.anchors import best_guess
from cs229tui.documents.flow import Span
from cs229tui.documents.folding import fold, readable
from cs229tui.documents.pdf.marking import read_marks
from cs229tui.documents.pdf.marks import NOTE_KINDS, TEXT_KINDS, Box, Mark, PageMarks
from cs229tui.documents.selections import CONTEXT, make_anchor
from cs229tui.documents.store import LARGEST_FILE, OpenDocument, open_document
from cs229tui.errors import AnchorError, DocumentError
from cs229tui.library.annotations import Annotation, Colour, Kind, annotations_of
from cs229tui.library.database import Database, writing
from cs229tui.library.documents import page
from cs229tui.library.pdf_marks import KnownMark, keep_marks, known_marks
from cs229tui.library.people import me
from cs229tui.library.taking_in import take_in

Progress = Callable[[int, int], None]

_NAMESPACE = uuid.UUID("6a1d3d0c-6a58-4f0e-9a35-0b8f4a5f8d11")
_KINDS: dict[str, Kind] = {one: one for one in ("highlight", "comment", "question", "note", "reply")}
_COLOURS: dict[str, Colour] = {one: one for one in ("yellow", "red", "green", "blue", "purple")}
_PART = re.compile(r"#\d{1,4}$")
_LONGEST_QUOTE = 20_000


@dataclass(frozen=True)
class Imported:
    """What became of a file's marks, in numbers; `skipped` says why some were left out, `lost` have no passage here."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    lost: int = 0
    skipped: dict[str, int] = field(default_factory=dict)


def import_pdf(
    database: Database,
    reading: str,
    path: Path,
    *,
    name: str,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> Imported:
    """Take in the marks of the PDF at `path` as annotations of a reading; `name` is what the student calls herself.

    All or nothing. Raises `NotFoundError` where the reading has no document, `DocumentError` for a file that cannot be
    read.
    """
    document = open_document(database, reading)
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            raise DocumentError(f"{clean_line(str(path), 300)} is no PDF file that can be read.", "Check the path.")
    except OSError as error:
        raise DocumentError(f"{clean_line(str(path), 300)} cannot be read: {error.strerror}.") from error
    marks = read_marks(path, progress, cancel)
    reader = _Reader(database, document, reading, name, clean_line(path.name, 200))
    reader.skipped.update({"too many in one file": marks.left_out} if marks.left_out else {})
    for there in marks.pages:
        reader.read(there)
    return reader.stored()


@dataclass
class _Found:
    """A mark on its way to an annotation; those on the next pages that continue it add their `spans`."""

    mark: Mark
    page: PageMarks
    name: str
    pieces: list[tuple[PageMarks, Mark]]


class _Reader:
    """Collects the marks of one file."""

    def __init__(self, database: Database, document: OpenDocument, reading: str, name: str, via: str) -> None:
        self.skipped: Counter[str] = Counter()
        self._database = database
        self._document = document
        self._reading = reading
        self._mine = name.casefold()
        self._me = me(database)
        self._via = via
        self._found: dict[str, _Found] = {}
        self._texts = {one.number: one.text for one in document.pages}

    def read(self, there: PageMarks) -> None:
        """The marks of the next page."""
        for number, mark in enumerate(there.marks):
            name = clean_line(mark.name, 300)
            whole = clean_line(mark.own.get("Part", ""), 100)
            if mark.state:
                self.skipped["a state of a review, no words"] += 1
                continue
            if whole and whole in self._found:
                self._found[whole].pieces.append((there, mark))
                continue
            if not name:
                name = _digest(there.number, mark.kind, mark.quads or mark.box, mark.contents, mark.author)
            name = _PART.sub("", name) if whole else name
            if name in self._found:
                if self._found[name].mark == replace(mark, key=self._found[name].mark.key):
                    self.skipped["twice in the file"] += 1
                    continue
                name = f"{name} {there.number}.{number}"
            self._found[name] = _Found(mark, there, name, [(there, mark)])

    def stored(self) -> Imported:
        """Put what was collected beside what is there."""
        with writing(self._database):
            return self._store()

    def _store(self) -> Imported:
        ids = self._ids()
        names = {one.mark.key: name for name, one in self._found.items() if one.mark.key}
        made: dict[str, Annotation] = {}
        colours: dict[str, str] = {}
        for name, found in self._found.items():
            annotation = self._annotation(found, ids[name], ids, names)
            if annotation is not None:
                made[annotation.id] = annotation
                colours[annotation.id] = _colour_code(found.mark)
        self._cut_circles(made)
        known = known_marks(self._database, list(made))
        here = {one.id: one for one in annotations_of(self._database, self._reading)}
        # Programs that rewrite a file may drop the names: what says the same at the same place is the same.
        alike = {_likeness(one) for one in here.values() if one.quote}
        counted: Counter[str] = Counter()
        take: list[Annotation] = []
        keep: list[tuple[str, str, str]] = []
        moment = timestamp()
        for one in made.values():
            before, digest = known.get(one.id), _digest(_told(one))
            if before is None:
                outcome = "unchanged" if _likeness(one) in alike else "new"
            else:
                outcome = self._outcome(before, here.get(one.id), one, digest)
            if outcome in ("new", "updated"):
                take.append(one if before is None else _renewed(one, before, moment))
                keep.append((one.id, digest, colours[one.id]))
            if outcome in ("new", "updated", "unchanged"):
                counted[outcome] += 1
            else:
                self.skipped[outcome] += 1
        take_in(self._database, take)
        keep_marks(self._database, keep, moment)
        lost = sum(bool(one.quote) and one.start is None and one.region is None for one in take)
        return Imported(counted["new"], counted["updated"], counted["unchanged"], lost, dict(self.skipped))

    def _outcome(self, before: KnownMark, here: Annotation | None, one: Annotation, digest: str) -> str:
        if before.deleted:
            return "deleted here"
        if before.digest == digest or (here is not None and _essence(here) == _essence(one)):
            return "unchanged"
        if before.person != self._me and before.audience:
            return "another's words, which only they change"
        # Of what never came from a file, its date says whether it was changed there; dates there have no milliseconds.
        changed_here = before.updated > before.taken if before.digest else before.updated[:19] >= one.updated[:19]
        return "changed here since: yours is kept" if changed_here else "updated"

    def _ids(self) -> dict[str, str]:
        """The annotations' ids: a mark's name where it is one of ours or of nobody, else made of it."""
        names = {name: _uuid(name) for name in self._found}
        here = known_marks(self._database, [id for id in names.values() if id])
        ids = {}
        for name, id in names.items():
            there = here.get(id)
            mark = self._found[name].mark
            ours = there.reading == self._reading if there else bool(mark.own) and self._person(mark)[0]
            ids[name] = id if id and ours else str(uuid.uuid5(_NAMESPACE, f"{self._reading}\0{name}"))
        return ids

    def _person(self, mark: Mark) -> tuple[bool, str]:
        """Whether a mark is hers, and its author's name."""
        author = clean_line(mark.zotero_author or mark.author, 80)
        if mark.own.get("Person") == self._me:
            return True, author
        return not author or author.casefold() == self._mine, author

    def _annotation(self, one: _Found, id: str, ids: dict[str, str], names: dict[str, str]) -> Annotation | None:
        mark = one.mark
        if mark.own.get("Kind") == MISSING:
            return None
        hers, author = self._person(mark)
        created, changed = moment_of(mark.created), moment_of(mark.modified)
        moment = timestamp()
        body = _body(mark)
        above = names.get(mark.answers, "") if mark.answers and not mark.grouped else ""
        parent = ids[above] if above else None
        if above and self._found[above].mark.own.get("Kind") == MISSING:
            # The conversation goes on here as it did there, without its beginning.
            parent = _uuid(above) or parent
        given = _KINDS.get(mark.own.get("Kind", ""))
        shape = Annotation(
            id=id,
            reading=self._reading,
            kind="reply" if parent else "comment" if body else "highlight",
            author=author or self._mine or "me",
            body=body,
            colour=_COLOURS.get(mark.own.get("Colour", "")) or nearest(colour_of(mark.colour)),
            tags=_tags(mark.zotero_tags),
            parent=parent,
            root=parent or id,
            resolved=mark.own.get("Resolved") == "yes",
            created=created or changed or moment,
            updated=changed or created or moment,
            person=self._me if hers else f"pdf:{author}",
            via=self._via,
        )
        if hers and not author:
            shape = replace(shape, author=self._mine or "me")
        if parent:
            if not body:
                self.skipped["an answer without words"] += 1
                return None
            return shape
        shape = self._anchored(one, shape)
        if given in ("comment", "question", "note") and body:
            shape = replace(shape, kind=given if given != "note" or hers else "comment")
        return shape if self._says_something(shape) else None

    def _says_something(self, one: Annotation) -> bool:
        if one.body or one.quote or one.region:
            return True
        self.skipped["neither words nor a place"] += 1
        return False

    def _anchored(self, one: _Found, shape: Annotation) -> Annotation:
        mark, number = one.mark, one.page.number
        if mark.kind in TEXT_KINDS:
            found = self._passage(one)
            if found is not None:
                same = fold(found["quote"]).text == fold(shape.body).text
                # Some programs keep the words below a highlight as its note.
                return replace(shape, **found, **({"body": "", "kind": "highlight"} if same else {}))
        quote = clean(mark.own.get("Quote", ""), _LONGEST_QUOTE)
        if quote:
            prefix, suffix = (clean(mark.own.get(key, ""), 4 * CONTEXT) for key in ("Prefix", "Suffix"))
            hint = mark.own.get("Page", "")
            at = int(hint) if hint.isdecimal() and len(hint) < 6 else number
            return replace(shape, **self._by_quote(quote, prefix, suffix, at))
        if mark.own.get("Kind") and mark.kind == "Text":
            second = mark.own.get("Second", "")
            told = re.fullmatch(r"\d{1,6}(\.\d{1,3})?", second)
            return replace(shape, second=float(second)) if told else shape
        around = _around(mark)
        if around is None:
            return shape
        record = self._document.record
        caption = clean_line(mark.own.get("Caption", ""), 400)
        if record.format != "pdf" or number > record.pages:
            return replace(shape, quote=caption)
        kind: Kind = "comment" if shape.body else "highlight"
        if mark.kind in NOTE_KINDS and not shape.body:
            return shape
        return replace(
            shape,
            kind=kind,
            document=record.sha256,
            extractor=record.extractor,
            page=number,
            region=around,
            quote=caption,
        )

    def _passage(self, one: _Found) -> dict[str, Any] | None:
        """What a text mark is on: the words, and where they stand in the reading's document."""
        parts = [(there, _stretch(there, mark)) for there, mark in one.pieces]
        spans = [(there, span) for there, span in parts if span is not None]
        if not spans:
            return None
        record = self._document.record
        # The same text on the page: then the places are the same, and nothing need be looked for.
        if record.format == "pdf" and all(_same(there.text, self._texts.get(there.number, "")) for there, _ in spans):
            pages = [page(self._database, record.sha256, there.number) for there, _ in spans]
            wanted = [Span(there.number, *span) for there, span in spans]
            try:
                anchor = make_anchor(record.sha256, record.extractor, [each for each in pages if each], wanted)
            except AnchorError:
                return None
            return anchored(anchor)
        quote = clean(readable("\n".join(there.text[start:end] for there, (start, end) in spans)), _LONGEST_QUOTE)
        if not fold(quote).text:
            return None
        (first_page, (start, _)), (last_page, (_, end)) = spans[0], spans[-1]
        prefix = readable(first_page.text[max(0, start - 3 * CONTEXT) : start] + "|")[:-1][-CONTEXT:]
        suffix = readable("|" + last_page.text[end : end + 3 * CONTEXT])[1:][:CONTEXT]
        return self._by_quote(quote, clean(prefix), clean(suffix), first_page.number)

    def _by_quote(self, quote: str, prefix: str, suffix: str, number: int) -> dict[str, Any]:
        record = self._document.record
        words: dict[str, Any] = {"quote": quote, "prefix": prefix, "suffix": suffix}
        match = best_guess(self._document.pages, quote, number, prefix, suffix)
        if match is None or not match.certain:
            return words | {"page": number}
        pages = [page(self._database, record.sha256, span.page) for span in match.spans]
        anchor = make_anchor(record.sha256, record.extractor, [each for each in pages if each], match.spans)
        first = anchor.spans[0]
        return words | {
            "quote": anchor.quote,
            "document": record.sha256,
            "extractor": record.extractor,
            "page": first.page,
            "start": first.start,
            "end": first.end,
            "quads": anchor.quads,
        }

    def _cut_circles(self, made: dict[str, Annotation]) -> None:
        """Give every answer its conversation; answers in a circle, or to what was left out, begin their own."""
        for id in list(made):
            at, seen = made[id], {id}
            while at.parent in made and at.parent not in seen:
                seen.add(at.parent or "")
                at = made[at.parent or ""]
            if at.parent in seen or (at.parent and at.parent not in made and not self._known_parent(at.parent)):
                made[at.id] = replace(at, parent=None, root=at.id, kind="comment")
                at = made[at.id]
            root = at.parent or at.id
            if made[id].root != root:
                made[id] = replace(made[id], root=root)

    def _known_parent(self, id: str) -> bool:
        return any(one.mark.own.get("Kind") == MISSING and _uuid(name) == id for name, one in self._found.items())


def _renewed(one: Annotation, before: KnownMark, moment: str) -> Annotation:
    return replace(one, person=before.person, audience=before.audience, updated=moment)


def _essence(one: Annotation) -> tuple[object, ...]:
    """What a person would call the same annotation unchanged."""
    region = tuple(round(side) for side in one.region or ())
    words = fold(one.quote).text[:400]
    return one.kind, one.body, one.colour, one.tags, one.resolved, words, region, one.parent, one.second


def _told(one: Annotation) -> tuple[object, ...]:
    """All that a file says of an annotation."""
    said = (one.kind, one.author, one.body, one.colour, one.tags, one.parent, one.resolved, one.quote, one.region)
    return (*said, one.page, one.start)


def _likeness(one: Annotation) -> tuple[object, ...]:
    return (one.page, fold(one.quote).text, one.start, one.body, one.author.casefold()) if one.quote else (one.id,)


def _digest(*told: object) -> str:
    return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _uuid(name: str) -> str:
    try:
        return name if str(uuid.UUID(name)) == name else ""
    except ValueError:
        return ""


def _colour_code(mark: Mark) -> str:
    colour = colour_of(mark.colour)
    return hexadecimal(colour) if colour is not None else ""


def _body(mark: Mark) -> str:
    """The words of a mark, without what was put around them for programs that show no threads."""
    body = clean(mark.contents, LONGEST_BODY).strip()
    tail, head = (clean(mark.own.get(key, "")).strip() for key in ("Tail", "Head"))
    if tail and body.endswith(tail):
        body = body[: -len(tail)].strip()
    if head and body.startswith(head):
        body = body[len(head) :].strip()
    return body


def _tags(told: str) -> tuple[str, ...]:
    try:
        tags = json.loads(told) if told else []
    except (ValueError, RecursionError):
        return ()
    return cleaned_tags(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def _around(mark: Mark) -> Box | None:
    boxes: Iterable[Box] = mark.quads or ((mark.box,) if mark.box else ())
    sides = list(zip(*boxes, strict=True))
    if not sides:
        return None
    left, bottom, right, top = min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
    if not (left < right and bottom < top):
        return None
    return round(left, 2), round(bottom, 2), round(right, 2), round(top, 2)


def _stretch(there: PageMarks, mark: Mark) -> tuple[int, int] | None:
    """The stretch of the page's text that a mark covers, as one piece."""
    stretches = [(start, end) for start, end in mark.stretches if 0 <= start < end <= len(there.text)]
    if not stretches:
        return None
    start, end = min(start for start, _ in stretches), max(end for _, end in stretches)
    # Where its lines are strewn over the text, the longest piece is what it is surely on.
    if 2 * sum(end - start for start, end in stretches) >= end - start:
        return start, end
    return max(stretches, key=lambda stretch: stretch[1] - stretch[0])


def _same(text: str, stored: str) -> bool:
    return len(text) == len(stored) and text.replace("\u2010", "-") == stored.replace("\u2010", "-")
