"""One line of a group's file: read, checked and cleaned. Nothing in it is believed but what can be seen to be so."""

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from cs229tui.annotations.groups.believing import Trust
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


class Line(msgspec.Struct, frozen=True, gc=False):
    """What a line says: an annotation, as it `said` it, or a `vote`, or that what has this `id` is no more since
    `deleted`.

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
    said: Annotation | None = None
    vote: Reaction | None = None
    deleted: str = ""
    late: bool = False
    source: str = ""
    fingerprint: str = ""

    @property
    def ends(self) -> bool:
        """Whether it says that something is no more."""
        return self.said is None and self.vote is None

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
    raw: bytes, group: str, author: str, device: str, believed: int, ahead: Horizon, trust: Trust | None = None
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
        id = web.id[9:]
        if not _IRI.fullmatch(web.id):
            raise BadLineError("A line does not say what it is about.")
        if web.creator.id != f"urn:uuid:{author}":
            raise ForeignLineError(id, "It stands in another person's folder.")
        if made_by(id, author) is False:
            raise ForeignLineError(id, "Its id says that another person wrote it.")
        if trust is not None and (why := trust.why_not(raw, web)):
            raise ForeignLineError(id, clean_line(why, 200))
        return _read(raw, web, id, group, author, device, believed, ahead)
    except UsageError as error:
        raise BadLineError(error.what) from error
    except (ValueError, RecursionError) as error:
        raise BadLineError(f"A line is no annotation: {clean_line(str(error), 100)}.") from error


def _read(
    raw: bytes, web: WebAnnotation, id: str, group: str, author: str, device: str, believed: int, ahead: Horizon
) -> Line:
    if web.audience[9:] != group:
        raise BadLineError("A line is for another group.")
    same = web.created == web.modified
    if not (0 < web.clock < _LARGEST_CLOCK and _MOMENT.fullmatch(web.created)):
        raise BadLineError("A line does not say when it was written.")
    if not (same or _MOMENT.fullmatch(web.modified)):
        raise BadLineError("A line does not say when it was changed.")
    late = web.clock > ahead.clock
    clock = believed + 1 if late else web.clock
    # Nearly every line holds nothing that would have to be cleaned: other controls than these are no JSON.
    plain = raw.isascii() and b"\\" not in raw and b"\x7f" not in raw
    name = web.creator.nickname
    if not (plain and 0 < len(name) <= 80 and name == " ".join(name.split())):
        name = clean_line(name, 80) or author[:8]
    if web.deleted:
        if not _MOMENT.fullmatch(web.deleted):
            raise BadLineError("A line does not say when it was deleted.")
        moment = _moment(web.deleted, ahead)
        return Line(id, author, name, clock, web.clock, device, digest_of(raw), deleted=moment, late=late)
    if is_reaction(web):
        vote = _reaction(web, id, group, name, clock, ahead)
        return Line(id, author, name, clock, web.clock, device, digest_of(raw), vote=vote, late=late)
    said = _annotation(web, group, name, clock, plain, ahead)
    source = web.target.source[:2000] if isinstance(web.target, Target) else ""
    fingerprint = web.anchor.fingerprint[:200] if web.anchor else ""
    return Line(id, author, name, clock, web.clock, device, digest_of(raw), said, None, "", late, source, fingerprint)


def _reaction(web: WebAnnotation, id: str, group: str, name: str, clock: int, ahead: Horizon) -> Reaction:
    made = reaction_from(web)
    if made.id != id:
        raise ForeignLineError(id, "Its id is not that of what it says.")
    return replace(
        made,
        author=name,
        audience=group,
        created=_moment(made.created, ahead),
        updated=_moment(made.updated, ahead),
        clock=clock,
    )


def _annotation(web: WebAnnotation, group: str, name: str, clock: int, plain: bool, ahead: Horizon) -> Annotation:
    """The annotation with every text cleaned, and without whatever of its anchor cannot be."""
    said = annotation_from(web)
    if web.private:
        raise BadLineError("A line is marked private.")
    if said.id[14] == "5":
        raise BadLineError("A line has the id of a reaction and is none.")
    if said.parent is not None and not (UUID.fullmatch(said.parent) and UUID.fullmatch(said.root)):
        raise BadLineError("A line answers nothing that can be named.")
    changes = {} if plain and len(web.via) <= 300 else _cleaned(said)
    if said.author != name:
        changes["author"] = name
    if said.clock != clock:
        changes["clock"] = clock
    if plain:
        changes |= _shortened(said)
    if said.parent is None and said.root != said.id:
        changes["root"] = said.id
    if said.updated > ahead.moment or said.created > ahead.moment:
        changes |= {"created": _moment(said.created, ahead), "updated": _moment(said.updated, ahead)}
    if said.page is not None or said.start is not None or said.document or said.quads:
        changes |= _possible(said)
    if said.lecture is not None and not 0 <= said.lecture <= 999:
        raise BadLineError("A line is on a lecture that cannot be.")
    if said.second is not None and not 0 <= said.second <= _LONGEST_VIDEO:
        raise BadLineError("A line is on a second that cannot be.")
    if said.region is not None and not _drawn((said.region,)):
        raise BadLineError("A line is on a box that cannot be.")
    return replace(said, **changes) if changes else said


# The texts of an annotation: what cleans each, and how long it may be.
_TEXTS: dict[str, tuple[Callable[[str, int], str], int]] = {
    "reading": (clean_line, 200),
    "body": (clean, _LONGEST_BODY),
    "extractor": (clean_line, 100),
    "quote": (clean, _LONGEST_QUOTE),
    "prefix": (clean, 200),
    "suffix": (clean, 200),
    "via": (clean_line, 300),
}


def _cleaned(said: Annotation) -> dict[str, Any]:
    changes: dict[str, Any] = {name: how(getattr(said, name), most) for name, (how, most) in _TEXTS.items()}
    changes["tags"] = _tags(said)
    return changes


def _shortened(said: Annotation) -> dict[str, Any]:
    """What is too long, or no tag, in an annotation that is clean."""
    changes: dict[str, Any] = {}
    if len(said.body) > _LONGEST_BODY or len(said.quote) > _LONGEST_QUOTE or len(said.prefix) + len(said.suffix) > 200:
        changes = _cleaned(said)
    if len(said.reading) > 200 or len(said.extractor) > 100:
        changes = _cleaned(said)
    if said.tags:
        changes["tags"] = _tags(said)
    return changes


def _tags(said: Annotation) -> tuple[str, ...]:
    return tuple(tag for tag in (clean_line(tag, 100) for tag in said.tags[:_MOST_TAGS]) if tag)


def _possible(said: Annotation) -> dict[str, Any]:
    """What of an anchor has to go since it cannot be."""
    changes: dict[str, Any] = {}
    if said.page is not None and not 1 <= said.page < _LARGEST:
        changes["page"] = None
    if said.start is None or said.end is None or not 0 <= said.start <= said.end < _LARGEST:
        changes |= {"start": None, "end": None}
    if said.document and not _SHA256.fullmatch(said.document):
        changes["document"] = None
    if said.quads and not (len(said.quads) <= _MOST_QUADS and _drawn(said.quads)):
        changes["quads"] = ()
    return changes


def _moment(said: str, ahead: Horizon) -> str:
    return said if said <= ahead.moment else ahead.now


def _drawn(boxes: Iterable[Quad]) -> bool:
    return all(-_FARTHEST <= side <= _FARTHEST for box in boxes for side in box)
