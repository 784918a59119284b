"""One line of a group's file: read, checked and cleaned. Nothing in it is believed but what can be seen to be so."""

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from cs229tui.annotations.groups.folder import UUID
from cs229tui.annotations.w3c import Target, WebAnnotation, annotation_from, is_reaction, reaction_from
from cs229tui.clean import clean, clean_line
from cs229tui.clock import now, timestamp
from cs229tui.errors import ReportableError, UsageError
from cs229tui.library.annotations import Annotation, Quad
from cs229tui.library.hybrid_clock import AHEAD
from cs229tui.library.people import made_by
from cs229tui.library.reactions import Reaction

LONGEST_LINE, LARGEST_FILE, MOST_LINES = 1_000_000, 50_000_000, 50_000

Verify = Callable[[bytes, WebAnnotation], str]
"""Says why a line's signature is wrong, in a sentence; nothing where it is right, or where there is none to check."""

_IRI = re.compile(rf"urn:uuid:{UUID.pattern}")
_MOMENT = re.compile(r"[12]\d{3}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(\.\d{1,6})?Z")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST, _LARGEST_CLOCK = 2**31, 2**53
_MOST_TAGS, _MOST_QUADS = 50, 2_000
_LONGEST_BODY, _LONGEST_QUOTE = 100_000, 20_000
_LONGEST_VIDEO, _FARTHEST = 360_000.0, 1_000_000.0
_DECODER = msgspec.json.Decoder(WebAnnotation)


class BadLineError(ReportableError):
    """A line that says nothing we understand."""


class ForeignLineError(ReportableError):
    """A line about what another person wrote."""

    def __init__(self, id: str, why: str) -> None:
        super().__init__(why)
        self.id = id


class Line(msgspec.Struct, frozen=True):
    """What a line says: that `made` is so, or, where that is none, that what has this `id` is no more since `deleted`.

    The greatest (`clock`, `device`, `digest`) of an id stands. `late` says that the clock it was written at, `stamp`,
    was too far ahead to be true, so that it counts by its place in the file instead. `source` is the address of what
    it is about.
    """

    id: str
    person: str
    name: str
    clock: int
    stamp: int
    device: str
    digest: str
    made: Annotation | Reaction | None
    deleted: str = ""
    late: bool = False
    source: str = ""
    fingerprint: str = ""

    @property
    def rank(self) -> tuple[int, str, str]:
        """What decides between two lines of one id."""
        return (self.clock, self.device, self.digest)


def digest_of(line: bytes) -> str:
    """What tells lines of one moment apart."""
    return hashlib.blake2b(line, digest_size=16).hexdigest()


class Horizon(msgspec.Struct, frozen=True):
    """How far ahead of our own time others' clocks may be: hybrid time, the same as a moment, and what is now."""

    clock: int
    moment: str
    now: str


def horizon() -> Horizon:
    """A day from now."""
    present = now()
    ahead = present + timedelta(milliseconds=AHEAD)
    return Horizon(round(ahead.timestamp() * 1000), ahead.strftime("%Y-%m-%dT%H:%M:%S.000Z"), timestamp())


def read_line(
    raw: bytes, group: str, author: str, device: str, believed: int, ahead: Horizon, verify: Verify | None = None
) -> Line:
    """What a line in the file of an `author` and `device` says, cleaned.

    A clock beyond the horizon is not believed: the line then counts as one millisecond after `believed`, the latest
    that is believed of those before it in the file. Moments beyond it become now. Raises `BadLineError`, and
    `ForeignLineError` where it is about what somebody else wrote.
    """
    if len(raw) > LONGEST_LINE:
        raise BadLineError("A line is longer than a megabyte.")
    try:
        web = _DECODER.decode(raw)
    except (ValueError, RecursionError) as error:
        raise BadLineError(f"A line is no annotation: {clean_line(str(error), 100)}.") from error
    if not (_IRI.fullmatch(web.id) and _IRI.fullmatch(web.creator.id)):
        raise BadLineError("A line does not say what it is about, or who wrote it.")
    id, person = web.id[9:], web.creator.id[9:]
    if person != author:
        raise ForeignLineError(id, "It stands in another person's folder.")
    if made_by(id, person) is False:
        raise ForeignLineError(id, "Its id says that another person wrote it.")
    if verify is not None and (why := verify(raw, web)):
        raise ForeignLineError(id, clean_line(why, 200))
    if web.audience[9:] != group:
        raise BadLineError("A line is for another group.")
    if not (0 < web.clock < _LARGEST_CLOCK and _MOMENT.fullmatch(web.created) and _MOMENT.fullmatch(web.modified)):
        raise BadLineError("A line does not say when it was written.")
    late = web.clock > ahead.clock
    clock = believed + 1 if late else web.clock
    name = clean_line(web.creator.nickname, 80) or person[:8]
    if web.deleted:
        if not _MOMENT.fullmatch(web.deleted):
            raise BadLineError("A line does not say when it was deleted.")
        return Line(id, person, name, clock, web.clock, device, digest_of(raw), None, _moment(web.deleted, ahead), late)
    try:
        made = _reaction(web, id, group, name, ahead) if is_reaction(web) else _annotation(web, group, name, ahead)
    except UsageError as error:
        raise BadLineError(error.what) from error
    source = web.target.source[:2000] if isinstance(web.target, Target) else ""
    fingerprint = web.anchor.fingerprint[:200] if web.anchor else ""
    return Line(id, person, name, clock, web.clock, device, digest_of(raw), made, "", late, source, fingerprint)


def _reaction(web: WebAnnotation, id: str, group: str, name: str, ahead: Horizon) -> Reaction:
    made = reaction_from(web)
    if made.id != id:
        raise ForeignLineError(id, "Its id is not that of what it says.")
    return replace(
        made, author=name, audience=group, created=_moment(made.created, ahead), updated=_moment(made.updated, ahead)
    )


def _annotation(web: WebAnnotation, group: str, name: str, ahead: Horizon) -> Annotation:
    """The annotation with every text cleaned, and without whatever of its anchor cannot be."""
    said = annotation_from(web)
    if web.private:
        raise UsageError("A line is marked private.")
    if said.parent is not None and not (UUID.fullmatch(said.parent) and UUID.fullmatch(said.root)):
        raise UsageError("A line answers nothing that can be named.")
    if said.lecture is not None and not 0 <= said.lecture <= 999:
        raise UsageError("A line is on a lecture that cannot be.")
    if said.second is not None and not 0 <= said.second <= _LONGEST_VIDEO:
        raise UsageError("A line is on a second that cannot be.")
    if said.region is not None and not _drawn((said.region,)):
        raise UsageError("A line is on a box that cannot be.")
    page, start, end = said.page, said.start, said.end
    if page is not None and not 1 <= page < _LARGEST:
        page = None
    if start is not None and (end is None or not 0 <= start <= end < _LARGEST):
        start = None
    return replace(
        said,
        author=name,
        reading=clean_line(said.reading, 200),
        body=clean(said.body, _LONGEST_BODY),
        tags=tuple(tag for tag in (clean_line(tag, 100) for tag in said.tags[:_MOST_TAGS]) if tag),
        document=said.document if said.document and _SHA256.fullmatch(said.document) else None,
        extractor=clean_line(said.extractor, 100),
        page=page,
        start=start,
        end=end if start is not None else None,
        quote=clean(said.quote, _LONGEST_QUOTE),
        prefix=clean(said.prefix, 200),
        suffix=clean(said.suffix, 200),
        quads=said.quads if len(said.quads) <= _MOST_QUADS and _drawn(said.quads) else (),
        created=_moment(said.created, ahead),
        updated=_moment(said.updated, ahead),
        root=said.root if said.parent else said.id,
        audience=group,
        via=clean_line(said.via, 300),
    )


def _moment(said: str, ahead: Horizon) -> str:
    return said if said <= ahead.moment else ahead.now


def _drawn(boxes: Iterable[Quad]) -> bool:
    return all(-_FARTHEST <= side <= _FARTHEST for box in boxes for side in box)
