"""Annotations as W3C Web Annotations, the form in which they leave without losing anything.

The model is that of https://www.w3.org/TR/annotation-model/. What it has no word for (our offsets, with the bytes and
the extractor they hold for; kind, colour and resolution) stands under `cs229:` names.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cs229tui.course.model import Reading
from cs229tui.documents.videos import video_of
from cs229tui.library.annotations import Annotation, Kind

CONTEXT = ["http://www.w3.org/ns/anno.jsonld", {"cs229": "urn:cs229tui:ns#"}]
_PDF_FRAGMENT = "http://tools.ietf.org/rfc/rfc3778"
_MEDIA_FRAGMENT = "http://www.w3.org/TR/media-frags/"
_MOTIVATIONS: dict[Kind, str] = {
    "highlight": "highlighting",
    "comment": "commenting",
    "question": "questioning",
    "reply": "replying",
}


def web_annotation(one: Annotation, reading: Reading | None = None) -> dict[str, Any]:
    """One annotation as a JSON-LD object, without its `@context`."""
    made: dict[str, Any] = {
        "id": f"urn:uuid:{one.id}",
        "type": "Annotation",
        "motivation": _MOTIVATIONS[one.kind],
        "creator": {"type": "Person", "nickname": one.author},
        "created": one.created,
        "modified": one.updated,
    }
    bodies: list[dict[str, str]] = []
    if one.body:
        purpose = "replying" if one.kind == "reply" else "commenting"
        bodies.append({"type": "TextualBody", "value": one.body, "format": "text/markdown", "purpose": purpose})
    bodies += [{"type": "TextualBody", "value": tag, "purpose": "tagging"} for tag in one.tags]
    if bodies:
        made["body"] = bodies
    made["target"] = f"urn:uuid:{one.parent}" if one.parent else _target(one, reading)
    made["cs229:reading"] = one.reading
    made["cs229:colour"] = one.colour
    if one.kind == "question":
        made["cs229:resolved"] = one.resolved
    if one.document and one.page is not None:
        made["cs229:anchor"] = {
            "sha256": one.document,
            "extractor": one.extractor,
            "page": one.page,
            "start": one.start,
            "end": one.end,
            "quads": [list(quad) for quad in one.quads],
        }
    return made


def collection(
    annotations: Iterable[Annotation], readings: Mapping[str, Reading], label: str = "cs229tui annotations"
) -> dict[str, Any]:
    """Annotations as one AnnotationCollection with a single page."""
    items = [web_annotation(one, readings.get(one.reading)) for one in annotations]
    return {
        "@context": CONTEXT,
        "type": "AnnotationCollection",
        "label": label,
        "total": len(items),
        "first": {"type": "AnnotationPage", "startIndex": 0, "items": items},
    }


def _target(one: Annotation, reading: Reading | None) -> dict[str, Any]:
    target: dict[str, Any] = {"source": _source(one, reading)}
    if one.second is not None:
        # A range without an end: the moment from which on it is about.
        value = f"{one.second:.3f}".rstrip("0").rstrip(".")
        target["selector"] = [{"type": "FragmentSelector", "conformsTo": _MEDIA_FRAGMENT, "value": f"t=npt:{value}"}]
        return target
    if not one.quote:
        return target
    quote = {"type": "TextQuoteSelector", "exact": one.quote, "prefix": one.prefix, "suffix": one.suffix}
    target["selector"] = [quote]
    if one.page is not None:
        page = {"type": "FragmentSelector", "conformsTo": _PDF_FRAGMENT, "value": f"page={one.page}"}
        target["selector"].insert(0, {**page, "refinedBy": dict(quote)})
    return target


def _source(one: Annotation, reading: Reading | None) -> str:
    if reading is not None:
        video = video_of(reading) if one.second is not None else None
        if video is not None:
            return video.url
        address = f"https://arxiv.org/abs/{reading.arxiv}" if reading.arxiv else reading.url or reading.pdf_url
        if address:
            return address
    return f"urn:sha256:{one.document}" if one.document else f"urn:cs229tui:reading:{one.reading}"
