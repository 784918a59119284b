"""Annotations and reactions in the shape of the W3C Web Annotation model, both ways and without loss.

The model is that of https://www.w3.org/TR/annotation-model/. What it has no word for stands under `cs229:` names. The
structs are what our own files hold, field by field in this order, so that the same thing is always the same bytes; what
other programs write more freely is brought into this shape in `formats/jsonld.py`.
"""

from collections.abc import Mapping

import msgspec

from cs229tui.course.model import Reading
from cs229tui.documents.videos import video_of
from cs229tui.errors import UsageError
from cs229tui.library.annotations import Annotation, Colour, Kind, Quad, Version
from cs229tui.library.reactions import Reaction, ReactionKind

CONTEXT = ["http://www.w3.org/ns/anno.jsonld", {"cs229": "urn:cs229tui:ns#"}]
PDF_FRAGMENT = "http://tools.ietf.org/rfc/rfc3778"
MEDIA_FRAGMENT = "http://www.w3.org/TR/media-frags/"
_URN = "urn:uuid:"
_MOTIVATIONS: dict[Kind, str] = {
    "highlight": "highlighting",
    "comment": "commenting",
    "question": "questioning",
    "note": "commenting",
    "reply": "replying",
}
_KINDS: dict[str, Kind] = {motivation: kind for kind, motivation in _MOTIVATIONS.items() if kind != "note"}
_REACTIONS: dict[ReactionKind, str] = {"upvote": "assessing", "me-too": "assessing", "answer": "classifying"}


class Creator(msgspec.Struct, frozen=True, gc=False):
    """Who wrote it: an id as an IRI, and the name they give."""

    id: str
    type: str
    nickname: str


class Body(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Words, a tag, or what a reaction says."""

    type: str
    value: str
    purpose: str
    format: str = ""


class Selector(
    msgspec.Struct, frozen=True, omit_defaults=True, rename={"conforms_to": "conformsTo", "refined_by": "refinedBy"}
):
    """A TextQuoteSelector or a FragmentSelector."""

    type: str
    conforms_to: str = ""
    value: str = ""
    exact: str = ""
    prefix: str = ""
    suffix: str = ""
    refined_by: "Selector | None" = None


class Target(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What it is about: the address of the work, and where in it."""

    source: str
    selector: tuple[Selector, ...] = ()


class AnchorFacts(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where exactly, in these bytes (`sha256`, pdf.js's `fingerprint`) as `extractor` counts; see `Annotation`."""

    sha256: str
    extractor: str
    page: int | None = None
    start: int | None = None
    end: int | None = None
    quads: tuple[Quad, ...] = ()
    fingerprint: str = ""


class WebAnnotation(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    rename={
        name: f"cs229:{name}"
        for name in (
            "private", "reading", "lecture", "colour", "resolved", "root", "region", "anchor", "second", "quote",
            "via", "versions", "clock", "deleted", "seq", "key", "signature",
        )
    },
):  # fmt: skip
    """One annotation, reaction or tombstone. A tombstone has the moment of its deletion in `deleted`, and no target.

    `clock` is the version's hybrid time, `seq` its number in a group's file; `key` and `signature` are Ed25519, base64.
    """

    id: str
    type: str
    creator: Creator
    created: str
    modified: str
    motivation: str = ""
    body: tuple[Body, ...] = ()
    target: str | Target | None = None
    audience: str = ""
    private: bool = False
    reading: str = ""
    lecture: int | None = None
    colour: str = "yellow"
    resolved: bool = False
    root: str = ""
    region: Quad | None = None
    anchor: AnchorFacts | None = None
    second: float | None = None
    quote: str = ""
    via: str = ""
    versions: tuple[Version, ...] = ()
    clock: int = 0
    deleted: str = ""
    seq: int = 0
    key: str = ""
    signature: str = ""


def urn(id: str) -> str:
    """An id as an IRI: a UUID as `urn:uuid:…`, what is an address already as it is."""
    return id if ":" in id else _URN + id


def bare(iri: str) -> str:
    """The id in an IRI that `urn` made."""
    return iri.removeprefix(_URN)


def web_annotation(one: Annotation, reading: Reading | None = None, fingerprint: str = "") -> WebAnnotation:
    """An annotation in the W3C shape; `reading` gives the address of the work, `fingerprint` is its PDF's."""
    body: list[Body] = []
    if one.body:
        purpose = "replying" if one.kind == "reply" else "commenting"
        body.append(Body("TextualBody", one.body, purpose, "text/markdown"))
    body += [Body("TextualBody", tag, "tagging") for tag in one.tags]
    anchored = one.document or one.page is not None
    selector = _selector(one)
    quoted = any(part.exact or (part.refined_by and part.refined_by.exact) for part in selector)
    return WebAnnotation(
        id=urn(one.id),
        type="Annotation",
        motivation=_MOTIVATIONS[one.kind],
        creator=Creator(urn(one.person or "unknown"), "Person", one.author),
        created=one.created,
        modified=one.updated,
        body=tuple(body),
        target=urn(one.parent) if one.parent else Target(_source(one, reading), selector),
        audience=urn(one.audience) if one.audience else "",
        private=one.kind == "note",
        reading=one.reading,
        lecture=one.lecture,
        colour=one.colour,
        resolved=one.resolved,
        root=urn(one.root) if one.root and one.root != one.id else "",
        region=one.region,
        anchor=AnchorFacts(one.document or "", one.extractor, one.page, one.start, one.end, one.quads, fingerprint)
        if anchored
        else None,
        second=one.second,
        quote="" if quoted else one.quote,
        via=one.via,
    )


def web_reaction(one: Reaction) -> WebAnnotation:
    """A reaction in the W3C shape: an annotation of the annotation."""
    return WebAnnotation(
        id=urn(one.id),
        type="Annotation",
        motivation=_REACTIONS[one.kind],
        creator=Creator(urn(one.person), "Person", one.author),
        created=one.created,
        modified=one.updated,
        body=(Body("TextualBody", one.kind, "classifying"),),
        target=urn(one.target),
        audience=urn(one.audience) if one.audience else "",
    )


def tombstone(
    id: str, person: str, author: str, created: str, deleted: str, audience: str, clock: int
) -> WebAnnotation:
    """What says that an annotation or a reaction is no more."""
    return WebAnnotation(
        id=urn(id),
        type="Annotation",
        creator=Creator(urn(person), "Person", author),
        created=created,
        modified=deleted,
        audience=urn(audience) if audience else "",
        clock=clock,
        deleted=deleted,
    )


def is_reaction(web: WebAnnotation) -> bool:
    """Whether it is a reaction to an annotation."""
    return web.motivation in ("assessing", "classifying")


def annotation_from(web: WebAnnotation) -> Annotation:
    """The annotation that `web_annotation` made it of; texts are as they came, not cleaned. Raises `UsageError`."""
    kind = "note" if web.private else _KINDS.get(web.motivation)
    if kind is None or web.target is None or (kind == "reply") != isinstance(web.target, str):
        raise UsageError("That is no annotation of a known kind.", "It was left out.")
    quote = _quote_in(web.target) if isinstance(web.target, Target) else None
    anchor = web.anchor or AnchorFacts("", "")
    id = bare(web.id)
    parent = bare(web.target) if isinstance(web.target, str) else None
    return Annotation(
        id=id,
        reading=web.reading,
        kind=kind,
        author=web.creator.nickname,
        body=next(iter([part.value for part in web.body if part.purpose in ("commenting", "replying")]), ""),
        colour=_COLOURS.get(web.colour, "yellow"),
        tags=tuple([part.value for part in web.body if part.purpose == "tagging"]),
        parent=parent,
        resolved=web.resolved,
        document=anchor.sha256 or None,
        extractor=anchor.extractor,
        page=anchor.page,
        start=anchor.start,
        end=anchor.end,
        quote=quote.exact if quote else web.quote,
        prefix=quote.prefix if quote else "",
        suffix=quote.suffix if quote else "",
        quads=anchor.quads,
        second=web.second,
        created=web.created,
        updated=web.modified,
        person=bare(web.creator.id),
        root=bare(web.root) if web.root else parent or id,
        lecture=web.lecture,
        region=web.region,
        audience=bare(web.audience),
        via=web.via,
        clock=web.clock,
    )


def reaction_from(web: WebAnnotation) -> Reaction:
    """The reaction that `web_reaction` made it of; raises `UsageError`."""
    said = web.body[0].value if web.body else ""
    if not isinstance(web.target, str) or said not in _REACTIONS:
        raise UsageError("That is no reaction of a known kind.", "It was left out.")
    return Reaction(
        target=bare(web.target),
        kind=said,
        person=bare(web.creator.id),
        author=web.creator.nickname,
        audience=bare(web.audience),
        created=web.created,
        updated=web.modified,
        clock=web.clock,
    )


_COLOURS: Mapping[str, Colour] = {
    "yellow": "yellow",
    "red": "red",
    "green": "green",
    "blue": "blue",
    "purple": "purple",
}


def _selector(one: Annotation) -> tuple[Selector, ...]:
    if one.second is not None:
        # A range without an end: the moment from which on it is about.
        value = f"{one.second:.3f}".rstrip("0").rstrip(".")
        return (Selector("FragmentSelector", MEDIA_FRAGMENT, f"t=npt:{value}"),)
    found: list[Selector] = []
    words = one.quote and one.region is None and one.lecture is None
    quote = Selector("TextQuoteSelector", exact=one.quote, prefix=one.prefix, suffix=one.suffix) if words else None
    if one.page is not None:
        found.append(Selector("FragmentSelector", PDF_FRAGMENT, f"page={one.page}", refined_by=quote))
    if quote:
        found.append(quote)
    return tuple(found)


def _quote_in(target: Target) -> Selector | None:
    for part in target.selector:
        if part.type == "TextQuoteSelector":
            return part
    return None


def _source(one: Annotation, reading: Reading | None) -> str:
    if reading is not None:
        video = video_of(reading) if one.second is not None else None
        if video is not None:
            return video.url
        address = f"https://arxiv.org/abs/{reading.arxiv}" if reading.arxiv else reading.url or reading.pdf_url
        if address:
            return address
    if one.lecture is not None:
        return f"urn:cs229tui:lecture:{one.lecture}"
    return f"urn:sha256:{one.document}" if one.document else f"urn:cs229tui:reading:{one.reading}"
