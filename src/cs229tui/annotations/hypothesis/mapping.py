"""An annotation of ours as Hypothesis has it, and one of theirs as we have it.

What Hypothesis has no word for (kind, colour, resolved, the words beyond a page's end) travels under a name of our own,
which its server keeps. Votes, marks of answers, earlier versions and what is said of a lecture have no counterpart.
"""

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Sequence
from typing import Any, get_args

import msgspec

from cs229tui.annotations.hypothesis.client import stamp
from cs229tui.annotations.hypothesis.identity import Work
from cs229tui.annotations.hypothesis.wire import EXTRA, Body, Extra, Row, Selector
from cs229tui.annotations.make import LONGEST_BODY, cleaned_tags
from cs229tui.clean import clean, clean_line
from cs229tui.clock import timestamp
from cs229tui.documents.anchors import LONGEST
from cs229tui.documents.folding import fold, readable
from cs229tui.documents.selections import CONTEXT, verified
from cs229tui.library.annotations import Annotation, Colour, Kind, Quad
from cs229tui.library.documents import Page

WORLD = "__world__"
QUESTION = "question"
_SHAPE_TEXT = 256
_NAMESPACE = uuid.UUID("b5d3f7f2-6a0e-4c53-9d55-54e9a3d0a1c7")
_COLOURS: tuple[Colour, ...] = get_args(Colour)
_MENTION = re.compile(r"<a\b[^<>]{0,500}\bdata-hyp-mention\b[^<>]{0,500}>([^<>]{0,200})</a>", re.IGNORECASE)
# How our pages mark a word that a line's end divides; a browser has the hyphen and no line end.
_DIVISION = re.compile("[\u2010\ufffe][ \t]*(?:\r?\n)?[ \t]*")


def audience_of(server: str, group: str) -> str:
    """A group there, as annotations name whom they go to."""
    return f"{server}/groups/{group}"


def group_of(audience: str) -> str:
    """The group's id in such an audience."""
    return audience.rpartition("/groups/")[2]


def local_id(remote: str) -> str:
    """The id here of an annotation that was made there; the same wherever and however often it is brought in."""
    return str(uuid.uuid5(_NAMESPACE, remote))


def digest(one: Annotation) -> str:
    """What tells whether an annotation says something else than before."""
    said = [one.kind, one.body, one.tags, one.colour if one.kind != "reply" else "", one.resolved]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:24]


def sent(
    one: Annotation, work: Work, group: str, references: Sequence[str] = (), pages: Sequence[Page] = ()
) -> tuple[Body, tuple[str, ...]]:
    """What to send for a new annotation, and what of it is lost; `references` are the ids there of what it answers, the
    first of all first. With its document's `pages` its place is told more exactly.
    """
    extra = Extra(one.id, one.kind, "" if one.colour == "yellow" else one.colour, one.resolved)
    target: dict[str, Any] = {"source": work.uri}
    lost: tuple[str, ...] = ()
    if not references:
        selectors, extra, lost = _selectors(one, extra, pages)
        if selectors:
            target["selector"] = selectors
    tags, extra = _tags(one, extra)
    body: Body = {
        "uri": work.uri,
        "document": work.document,
        "text": one.body,
        "tags": tags,
        "group": group,
        # Shared exactly where this says so in these words, private in every other case.
        "permissions": {"read": [f"group:{group}"]},
        "target": [target],
        EXTRA: msgspec.to_builtins(extra),
    }
    if references:
        body["references"] = list(references)
    return body, lost


def change(one: Annotation, before: Row) -> Body:
    """What to send for an annotation that is there and says something else here now; its place stays as it is."""
    there = before.ours
    extra = Extra(one.id, one.kind, "" if one.colour == "yellow" else one.colour, one.resolved, False, there.quote)
    tags, extra = _tags(one, extra)
    return {"text": one.body, "tags": tags, EXTRA: msgspec.to_builtins(extra)}


def received(
    row: Row, reading: str, audience: str, *, id: str, person: str, parent: str = "", root: str = ""
) -> Annotation:
    """The annotation a row is, cleaned; `id` is its own here, `parent` and `root` those of what it answers, if it does.

    Its place is what the row says: the page, the words, a box, a second.
    """
    ours = row.ours
    selectors = row.selectors()
    quote = next((one for one in selectors if one.type == "TextQuoteSelector" and one.exact), None)
    page = next((one.index for one in selectors if one.type == "PageSelector" and one.index is not None), None)
    second = next((one.start for one in selectors if one.type == "MediaTimeSelector" and one.start is not None), None)
    shape = next((one for one in selectors if one.type == "ShapeSelector" and one.shape), None)
    region = _region(shape) if shape and page is not None else None
    words = readable(clean(_healed(quote.exact or ""), LONGEST)) if quote else ""
    if region is not None and shape:
        words = clean_line(shape.text or words, 400)
    whole = clean_line(ours.quote, LONGEST)
    if words and whole and fold(whole).text.startswith(fold(words).text):
        words = whole
    body = clean(_MENTION.sub(r"\1", row.text), LONGEST_BODY).strip()
    tags = cleaned_tags(row.tags)
    kind = _kind(row, ours, body, tags, bool(words) or region is not None, bool(parent))
    if kind == "question" and ours.tagged:
        tags = tuple(tag for tag in tags if tag != QUESTION)
    place: dict[str, Any] = {}
    if not parent:
        place = {
            "page": page + 1 if page is not None and 0 <= page < 100_000 else None,
            "quote": words,
            "prefix": _around(quote.prefix if quote and region is None else ""),
            "suffix": _around(quote.suffix if quote and region is None else ""),
            "region": region,
            "second": round(second, 3) if second is not None and 0 <= second < 1e6 and not words else None,
        }
    created = _moment(row.created) or _moment(row.updated) or timestamp()
    return Annotation(
        id=id,
        reading=reading,
        kind=kind,
        author=author_of(row),
        body=body,
        colour=next((colour for colour in _COLOURS if colour == ours.colour), "yellow"),
        tags=tags,
        parent=parent or None,
        resolved=ours.resolved and kind in ("comment", "question"),
        created=created,
        updated=_moment(row.updated) or created,
        person=person,
        root=root or parent or id,
        audience="" if row.private else audience,
        **place,
    )


def author_of(row: Row) -> str:
    """What the author calls herself, or else her account's name."""
    name = row.user_info.display_name if row.user_info and row.user_info.display_name else ""
    return clean_line(name, 80) or clean_line(account_name(row.user), 80) or "somebody"


def account_name(userid: str) -> str:
    """The name in `acct:name@hypothes.is`."""
    return userid.removeprefix("acct:").rpartition("@")[0] or userid


def wire_words(text: str) -> str:
    """Words of a page as a browser's text has them, but for spaces: the hyphen of a divided word stays."""
    return unicodedata.normalize("NFC", readable(_DIVISION.sub("-", text)).replace("\u2010", "-"))


def _selectors(one: Annotation, extra: Extra, pages: Sequence[Page]) -> tuple[list[Body], Extra, tuple[str, ...]]:
    if one.second is not None:
        return [{"type": "MediaTimeSelector", "start": one.second, "end": one.second}], extra, ()
    if one.page is None:
        # On text that knows no pages the words alone have to do.
        found = [_quote(one.quote, one.prefix, one.suffix)] if one.quote else []
        return found, extra, ()
    numbered = {page.number: page for page in pages}
    here = numbered.get(one.page)
    found = [{"type": "PageSelector", "index": one.page - 1, "label": here.label if here else str(one.page)}]
    if one.region is not None:
        left, bottom, right, top = one.region
        shape = {"type": "rect", "left": left, "top": top, "right": right, "bottom": bottom}
        box: Body = {"type": "ShapeSelector", "anchor": "page", "shape": shape, "text": one.quote[:_SHAPE_TEXT]}
        if here:
            box["view"] = {"left": 0, "top": here.height, "right": here.width, "bottom": 0}
        return [*found, box], extra, ()
    if not one.quote:
        return found, extra, ()
    spans = verified(pages, one.page, one.start, one.end, one.quote) if one.start is not None and one.end else ()
    if here is None or not spans:
        return [*found, _quote(one.quote, one.prefix, one.suffix)], extra, ()
    first = spans[0]
    before, after = here.text[max(0, first.start - 3 * CONTEXT) : first.start], here.text[first.end :][: 3 * CONTEXT]
    exact = wire_words(here.text[first.start : first.end])
    found.append(_quote(exact, wire_words(before + "|")[:-1][-CONTEXT:], wire_words("|" + after)[1:][:CONTEXT]))
    offset = sum(_browser_length(page.text) for page in pages if page.number < one.page)
    start = offset + _browser_length(here.text[: first.start])
    end = start + _browser_length(here.text[first.start : first.end])
    found.append({"type": "TextPositionSelector", "start": start, "end": end})
    if len(spans) > 1:
        # Its own viewer cannot mark over a page's end, and shows nothing where it is asked to.
        extra = msgspec.structs.replace(extra, quote=one.quote)
        return found, extra, ("in a browser only its words on the first page are marked",)
    return found, extra, ()


def _quote(exact: str, prefix: str, suffix: str) -> Body:
    return {
        "type": "TextQuoteSelector",
        "exact": wire_words(exact),
        "prefix": wire_words(prefix + "|")[:-1] if prefix else "",
        "suffix": wire_words("|" + suffix)[1:] if suffix else "",
    }


def _browser_length(text: str) -> int:
    """How long a text is in a browser, about: line ends are not there, and it counts in UTF-16."""
    return len(text.replace("\n", "").replace("\r", "").encode("utf-16-le", "surrogatepass")) // 2


def _tags(one: Annotation, extra: Extra) -> tuple[list[str], Extra]:
    if one.kind == "question" and QUESTION not in one.tags:
        return [*one.tags, QUESTION], msgspec.structs.replace(extra, tagged=True)
    return list(one.tags), extra


def _kind(row: Row, ours: Extra, body: str, tags: tuple[str, ...], words: bool, answers: bool) -> Kind:
    if answers:
        return "reply"
    if not body and words:
        return "highlight"
    if row.private and body:
        return "note"
    asked = QUESTION in {tag.casefold() for tag in tags}
    if ours.kind == "question":
        # Where the tag was ours, taking it away in a browser takes the question back.
        return "question" if asked or not ours.tagged else "comment"
    return "question" if asked and ours.kind != "comment" else "comment"


def _region(one: Selector) -> Quad | None:
    shape = one.shape
    if shape is None:
        return None
    if shape.type == "point" and shape.x is not None and shape.y is not None:
        sides = (shape.x - 6, shape.y - 6, shape.x + 6, shape.y + 6)
    elif None in (shape.left, shape.bottom, shape.right, shape.top):
        return None
    else:
        left, right = sorted((shape.left or 0.0, shape.right or 0.0))
        bottom, top = sorted((shape.bottom or 0.0, shape.top or 0.0))
        sides = (left, bottom, right, top)
    if any(abs(side) > 1e5 for side in sides) or sides[0] >= sides[2] or sides[1] >= sides[3]:
        return None
    return sides[0], sides[1], sides[2], sides[3]


def _healed(text: str) -> str:
    return text.replace("\ufffe", "\u2010\n")


def _around(text: str | None) -> str:
    return readable(clean("|" + _healed(text) + "|", 4 * CONTEXT))[1:-1] if text else ""


def _moment(text: str) -> str:
    try:
        return stamp(text) if text else ""
    except ValueError:
        return ""
