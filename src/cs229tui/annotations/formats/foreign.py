"""Web annotations as other programs write them, brought into our shape.

The model leaves much open: a body may be a text, a list or an object, a target an address or a list, a creator a name.
https://www.w3.org/TR/annotation-model/ and, with `resource` and `on`, its ancestor that picture viewers still write.
"""

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cs229tui.annotations.w3c import AnchorFacts, Body, Creator, Selector, Target, WebAnnotation, urn
from cs229tui.errors import UsageError

_PAGE = re.compile(r"(?:^|&)page=(\d{1,6})(?:&|$)")
_TIME = re.compile(r"(?:^|&)t=(?:npt:)?(\d{1,7}(?:\.\d{1,6})?)(?:[,&s]|$)")
_ENDS = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6])>", re.IGNORECASE)
_TIMES = ("created", "generated", "modified")
_KNOWN = {"highlighting", "commenting", "questioning", "replying"}


def shaped(item: Mapping[str, Any]) -> WebAnnotation:
    """An annotation in our shape, `created` at no time where it does not say when; raises `UsageError` for what has no
    target.
    """
    motivations = _texts(item.get("motivation"))
    bodies = _flat(item.get("body", item.get("resource")))
    words = list(_words(bodies, _text(item.get("bodyValue")), "tagging" if motivations == ["tagging"] else ""))
    motivation = next((one for one in motivations if one in _KNOWN), "")
    target = _first(_flat(item.get("target", item.get("on"))))
    if not motivation:
        said = any(body.purpose != "tagging" for body in words)
        motivation = "commenting" if said else "highlighting"
    # Some say who wrote it and when of each body, and not of the whole.
    said_by = [one for one in (item, *bodies) if isinstance(one, Mapping)]
    created = next((_text(one.get(name)) for one in said_by for name in _TIMES if _text(one.get(name))), "")
    about, facts, second = _about(target, motivation)
    return WebAnnotation(
        id=_text(item.get("id")) or _text(item.get("@id")) or _made_id(item),
        type="Annotation",
        creator=_creator(next((_first(one["creator"]) for one in said_by if one.get("creator")), None)),
        created=created,
        modified=_text(item.get("modified")) or created,
        motivation=motivation,
        body=tuple(words),
        target=about,
        anchor=facts,
        second=second,
    )


def _flat(value: Any, depth: int = 0) -> list[Any]:
    """What a value names: itself, the members of a list or composite, the first to choose from."""
    if isinstance(value, list):
        return [one for inner in value for one in _flat(inner, depth + 1)] if depth < 8 else []
    if isinstance(value, Mapping) and isinstance(value.get("items"), list):
        members = value["items"][:1] if value.get("type") == "Choice" else value["items"]
        return _flat(members, depth + 1)
    return [] if value is None else [value]


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    """The last words of the IRIs that a value holds: `oa:commenting` says `commenting`."""
    every = value if isinstance(value, list) else [value]
    return [re.split(r"[:/#]", one)[-1] for one in every if isinstance(one, str)]


def _made_id(item: Mapping[str, Any]) -> str:
    return urn(str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(item, sort_keys=True, ensure_ascii=True))))


def _creator(value: Any) -> Creator:
    if isinstance(value, str):
        return Creator(value, "Person", re.split(r"[:/#]", value.rstrip("/"))[-1])
    if not isinstance(value, Mapping):
        return Creator("urn:uuid:unknown", "Person", "?")
    name = next((_text(value.get(key)) for key in ("nickname", "name", "displayName") if _text(value.get(key))), "")
    return Creator(_text(value.get("id")) or f"name:{name}", "Person", name)


def _words(bodies: Iterable[Any], plain: str, purpose: str) -> Iterator[Body]:
    if plain:
        yield Body("TextualBody", plain, "commenting")
    for one in bodies:
        if isinstance(one, str):
            # The address of a body that is elsewhere.
            yield Body("TextualBody", one, "commenting")
        elif isinstance(one, Mapping):
            text = _text(one.get("value")) or _text(one.get("chars"))
            if _text(one.get("format")) == "text/html" and text:
                text = _unmarked(text)
            meant = next(iter(_texts(one.get("purpose"))), "") or purpose
            text = text or _named(one.get("source")) or _named(one)
            if text:
                yield Body("TextualBody", text, "tagging" if meant == "tagging" else "commenting")


def _named(value: Any) -> str:
    """What something that is elsewhere is called, or its address."""
    if not isinstance(value, Mapping):
        return _text(value)
    return _text(value.get("label")) or _text(value.get("id"))


def _unmarked(text: str) -> str:
    """The words of HTML, a line for each of its paragraphs."""
    from lxml import etree, html  # type: ignore[import-untyped]

    try:
        found = html.fromstring(f"<div>{_ENDS.sub(lambda end: end[0] + chr(10), text)}</div>")
    except (etree.LxmlError, ValueError):
        return text
    return str(found.text_content()).strip()


def _about(target: Any, motivation: str) -> tuple[str | Target, AnchorFacts | None, float | None]:
    if motivation == "replying":
        parent = target if isinstance(target, str) else _text(target.get("id")) if isinstance(target, Mapping) else ""
        if not parent:
            raise UsageError("that answers nothing")
        return parent, None, None
    if isinstance(target, str) and target:
        address, _, fragment = target.partition("#")
        return Target(address), _facts(fragment), _second(fragment)
    if not isinstance(target, Mapping):
        raise UsageError("that is about nothing")
    source = _first(target.get("source") or target.get("full")) or target.get("id") or ""
    address = source if isinstance(source, str) else _text(source.get("id")) if isinstance(source, Mapping) else ""
    selectors = list(_selectors(target.get("selector")))
    if not address and not selectors:
        raise UsageError("that is about nothing")
    fragments, quote = [], None
    for selector in selectors:
        if _text(selector.get("exact")):
            quote = quote or Selector(
                "TextQuoteSelector",
                exact=_text(selector.get("exact")),
                prefix=_text(selector.get("prefix")),
                suffix=_text(selector.get("suffix")),
            )
        fragments.append(_text(selector.get("value")))
    address, _, fragment = address.partition("#")
    joined = "&".join(filter(None, [fragment, *fragments]))
    return Target(address, (quote,) if quote else ()), _facts(joined), _second(joined)


def _selectors(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping):
            yield one
            if depth < 8:
                yield from _selectors(one.get("refinedBy"), depth + 1)


def _facts(fragment: str) -> AnchorFacts | None:
    page = _PAGE.search(fragment)
    return AnchorFacts("", "", int(page[1])) if page and int(page[1]) > 0 else None


def _second(fragment: str) -> float | None:
    moment = _TIME.search(fragment)
    return float(moment[1]) if moment else None
