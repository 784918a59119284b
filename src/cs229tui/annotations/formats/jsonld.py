"""W3C Web Annotations as a file, the form in which annotations leave and come back without losing anything.

Out, in, and out again gives the same bytes. What is the student's alone stays with her: what she has read, follows,
rated or placed by hand. Files of other programs are read as far as the model goes; what is not understood is said.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
from msgspec.structs import replace

from cs229tui.amounts import counted
from cs229tui.annotations.formats.contents import Contents
from cs229tui.annotations.make import LONGEST_BODY, cleaned_tags
from cs229tui.annotations.w3c import (
    CONTEXT,
    Target,
    WebAnnotation,
    annotation_from,
    is_reaction,
    reaction_from,
    web_annotation,
    web_reaction,
)
from cs229tui.annotations.works import works
from cs229tui.clean import clean, clean_line
from cs229tui.clock import timestamp
from cs229tui.documents.anchors import LONGEST as LONGEST_QUOTE
from cs229tui.errors import ReportableError, UsageError
from cs229tui.library.annotations import Annotation, Version
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import Database
from cs229tui.library.groups import joined_groups
from cs229tui.library.hypothesis import hypothesis_groups, stored
from cs229tui.library.people import me
from cs229tui.library.reactions import Reaction, ReactionKind
from cs229tui.library.taking_in import TakenIn, take_in

LONGEST = 200 * 1024 * 1024
_FARTHEST = 10_000_000
# A moment as we write it, and as it may stay: in this form moments sort as they follow each other.
_STORED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")


@dataclass(frozen=True)
class Parsed:
    """What a file of web annotations says, cleaned. By annotation ids: the `addresses` of the works they are
    on, and which are `foreign`, written by another program; `skipped` says of each item that was left out why.
    """

    annotations: tuple[Annotation, ...]
    reactions: tuple[Reaction, ...]
    versions: Mapping[str, tuple[Version, ...]]
    addresses: Mapping[str, str]
    foreign: frozenset[str]
    skipped: tuple[str, ...]


def jsonld(held: Contents) -> str:
    """One AnnotationCollection with a single page, as JSON."""
    items = [*_annotations(held), *(web_reaction(one) for one in held.reactions)]
    whole = {
        "@context": CONTEXT,
        "type": "AnnotationCollection",
        "label": "cs229tui annotations",
        "total": len(items),
        "first": {"type": "AnnotationPage", "startIndex": 0, "items": [msgspec.to_builtins(item) for item in items]},
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _annotations(held: Contents) -> Iterator[WebAnnotation]:
    for one in held.annotations:
        web = web_annotation(one, held.readings.get(one.reading))
        yield replace(web, versions=tuple(held.versions.get(one.id, ())))


def parse_jsonld(data: bytes) -> Parsed:
    """What a file says: a collection, a page, a list, a single annotation, or one in each line.

    Raises `ReportableError` for what is no JSON, or too large or too deep to be read.
    """
    annotations: dict[str, Annotation] = {}
    reactions: dict[str, Reaction] = {}
    versions: dict[str, tuple[Version, ...]] = {}
    addresses: dict[str, str] = {}
    foreign: set[str] = set()
    skipped: list[str] = []
    for number, item in enumerate(_items(data), 1):
        try:
            web = _shaped(item)
            if is_reaction(web):
                vote = _cleaned_vote(reaction_from(web))
                reactions[vote.id] = vote
            else:
                one = _placed(_cleaned(annotation_from(web)))
                before = tuple(_version(was) for was in web.versions)
                annotations[one.id] = one
                if isinstance(web.target, Target):
                    addresses[one.id] = clean_line(web.target.source, 2000)
                if not _ours(item):
                    foreign.add(one.id)
                if before:
                    versions[one.id] = before
        except (UsageError, msgspec.ValidationError) as error:
            what = error.what if isinstance(error, UsageError) else str(error)
            skipped.append(f"item {number}: {clean_line(what, 160)}")
    said = tuple(annotations.values()), tuple(reactions.values())
    return Parsed(*said, versions, addresses, frozenset(foreign), tuple(skipped))


def _items(data: bytes) -> list[Any]:
    if len(data) > LONGEST:
        raise ReportableError(f"The file has more than {LONGEST >> 20} MB.", "Take it apart into smaller ones.")
    whole = _decoded(data)
    if isinstance(whole, dict) and isinstance(whole.get("annotations"), list):
        raise UsageError("The file is an export of Hypothesis.", "Take it in with: cs229tui hypothesis import FILE")
    for name in ("first", "items", "resources"):
        if isinstance(whole, dict) and name in whole:
            whole = whole[name]
    return whole if isinstance(whole, list) else [whole]


def _decoded(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except RecursionError as error:
        raise ReportableError("The file is nested too deeply to be annotations.", "Nothing was changed.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        lines = [line for line in data.splitlines() if line.strip()]
        if len(lines) > 1:
            try:
                return [msgspec.json.decode(line) for line in lines]
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass
        said = clean_line(str(error), 120)
        raise ReportableError(f"The file is no JSON: {said}.", "Nothing was changed.") from error


def _shaped(item: Any) -> WebAnnotation:
    """An item in our shape, whoever wrote it; raises `UsageError`, `msgspec.ValidationError`."""
    if not isinstance(item, dict):
        raise UsageError("that is no annotation")
    if _ours(item):
        return msgspec.convert(item, WebAnnotation)
    from cs229tui.annotations.formats.foreign import shaped

    return shaped(item)


def _ours(item: dict[str, Any]) -> bool:
    # A reaction of ours has no word of its own, but always the shape of one.
    said = item.get("body")
    first = said[0] if isinstance(said, list) and said else None
    return any(key.startswith("cs229:") for key in item) or (
        item.get("motivation") in ("assessing", "classifying")
        and isinstance(first, dict)
        and first.get("value") in get_args(ReactionKind)
    )


def _cleaned(one: Annotation) -> Annotation:
    """What came from outside, safe to store and to show."""
    if not one.id:
        raise UsageError("that has no id")
    return replace(
        one,
        id=clean_line(one.id, 400),
        reading=clean_line(one.reading, 200),
        author=clean_line(one.author, 80) or "?",
        body=clean(one.body, LONGEST_BODY),
        tags=cleaned_tags(one.tags),
        parent=clean_line(one.parent, 400) if one.parent else None,
        document=clean_line(one.document, 200) if one.document else None,
        extractor=clean_line(one.extractor, 100),
        quote=clean(one.quote, LONGEST_QUOTE),
        prefix=clean(one.prefix, 200),
        suffix=clean(one.suffix, 200),
        created=_moment(one.created) if one.created else "",
        updated=_moment(one.updated) if one.updated else "",
        person=clean_line(one.person, 400),
        root=clean_line(one.root, 400),
        audience=clean_line(one.audience, 400),
        via=clean_line(one.via, 400),
    )


def _moment(text: str) -> str:
    """A moment as it is stored, UTC with a Z, of any ISO 8601 a file may have; raises `UsageError`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"“{clean_line(text, 40)}” is no moment") from error
    if not 1900 < moment.year < 9000:
        raise UsageError(f"nobody wrote in the year {moment.year}")
    if _STORED.fullmatch(text):
        return text
    # Another way to write it would not sort among the rest.
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def _cleaned_vote(vote: Reaction) -> Reaction:
    return replace(
        vote,
        target=clean_line(vote.target, 400),
        person=clean_line(vote.person, 400),
        author=clean_line(vote.author, 80) or "?",
        audience=clean_line(vote.audience, 400),
        created=_moment(vote.created),
        updated=_moment(vote.updated),
    )


def _placed(one: Annotation) -> Annotation:
    """The same, if there can be such a place; raises `UsageError`."""
    numbers = [*(one.region or ()), *(side for quad in one.quads for side in quad), one.second or 0.0]
    counted = [one.page if one.page is not None else 1, 1 + (one.start or 0), 1 + (one.end or 0)]
    if not all(1 <= count <= _FARTHEST for count in counted) or not all(abs(side) <= _FARTHEST for side in numbers):
        raise UsageError("there is no such place in a reading")
    if (one.second or 0) < 0 or (one.lecture is not None and not 0 <= one.lecture <= _FARTHEST):
        raise UsageError("there is no such moment or lecture")
    return one


def _version(was: Version) -> Version:
    return replace(was, updated=_moment(was.updated), body=clean(was.body, LONGEST_BODY), tags=cleaned_tags(was.tags))


def import_jsonld(
    database: Database, catalog: Catalog, data: bytes, name: str, reading: str = ""
) -> tuple[TakenIn, tuple[str, ...]]:
    """Take in what a file called `name` says; returns how much that was, and why what was left out was.

    What it says of works that are not in the catalog is on `reading`, or else kept under the name the file has for
    them. Words that it says
    are the student's own do not go to a group she is in: only what she writes does.
    """
    parsed, known = parse_jsonld(data), works(database, catalog)
    own, file = me(database), clean_line(name, 200)
    joined = {group.id for group in joined_groups(database)}
    joined |= {group.audience for group in hypothesis_groups(database)}

    def audience(said: Annotation | Reaction) -> str:
        return "" if said.audience in joined and said.person == own else said.audience

    found: dict[str, Annotation] = {}
    unnamed = 0
    for one in parsed.annotations:
        address = parsed.addresses.get(one.id, "")
        meant = known.reading(one.reading, address, one.document or "") or reading or one.reading or address
        if not meant and one.lecture is None and not one.parent:
            unnamed += 1
            continue
        found[one.id] = replace(
            one,
            reading=one.reading if one.lecture is not None or one.parent else meant,
            audience=audience(one),
            via=one.via or (file if one.id in parsed.foreign else ""),
        )
    made = [_dated(one, here) for one, here in _beside(_joined(database, found), database)]
    votes = [replace(vote, audience=audience(vote)) for vote in parsed.reactions]
    skipped = parsed.skipped
    if unnamed:
        skipped += (f"{counted(unnamed, 'annotation')} that name no work; say which it is with --reading",)
    return take_in(database, made, votes, parsed.versions), skipped


def _beside(found: Sequence[Annotation], database: Database) -> Iterator[tuple[Annotation, Annotation | None]]:
    """Each with what is here under its id, where that is asked for: of what does not say when it was written."""
    here = stored(database, [one.id for one in found if not one.updated])
    return ((one, here.get(one.id)) for one in found)


def _dated(one: Annotation, here: Annotation | None) -> Annotation:
    """With a moment: where it says none, when it first came, or when what it says changed."""
    if one.updated:
        return one
    same = here is not None and (here.kind, here.body, here.tags) == (one.kind, one.body, one.tags)
    now = timestamp()
    return replace(one, created=here.created if here else now, updated=here.updated if here and same else now)


def _joined(database: Database, found: Mapping[str, Annotation]) -> list[Annotation]:
    """Replies with the conversation that they belong to, which only our own files name; any other as it is."""
    here = stored(database, {one.parent for one in found.values() if one.parent and one.parent not in found})
    begun: dict[str, Annotation | None] = {}
    for one in found.values():
        chain: list[str] = []
        above: Annotation | None = one
        while above is not None and above.parent and above.id not in begun:
            chain.append(above.id)
            # A circle has no beginning, nor has what answers something that never came.
            begun[above.id] = None
            above = found.get(above.parent) or here.get(above.parent)
            if above is not None and above.id in here:
                # What is here knows its conversation.
                here |= stored(database, [above.root]) if above.root not in here else {}
                above = here.get(above.root)
                break
        root = begun[above.id] if above is not None and above.id in begun else above
        begun |= dict.fromkeys(chain, root)
    return [_below(one, begun.get(one.id)) for one in found.values()]


def _below(one: Annotation, root: Annotation | None) -> Annotation:
    if root is None or not one.parent:
        return one
    return replace(one, root=root.id, reading=root.reading, lecture=root.lecture)
