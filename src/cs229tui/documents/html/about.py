"""What a page says of itself: its title, who wrote it and when."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from cs229tui.clean import clean_line

_PARTS = re.compile(r"\s+[|·•–—»«:-]\s+|\s*[|»]\s*")
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?")
_MONTHS = "January February March April May June July August September October November December"
_LONGEST = 300


@dataclass(frozen=True)
class About:
    """A page's title, authors, day, and the address that its relative links start from, each empty if unknown."""

    title: str
    authors: tuple[str, ...]
    date: str
    base: str


def about(root: etree._Element) -> About:
    """What the head of a page tells."""
    said: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").lower()
        content = clean_line(meta.get("content") or "", _LONGEST)
        if name and content:
            said.setdefault(name, []).append(content)
    linked = list(_json_ld(root))
    # Drawings have titles of their own.
    titles = [
        one for one in root.iter("title") if one.getparent() is not None and one.getparent().tag in ("head", "html")
    ]
    title = clean_line("".join(titles[0].itertext()), _LONGEST) if titles else ""
    base = next((one.get("href") or "" for one in root.iter("base") if one.get("href")), "")
    first = _first(said, "citation_title", "og:title", "twitter:title", "dc.title")
    return About(_without_site(first or title, said), _authors(said, linked), _date(root, said, linked), base)


def headline(root: etree._Element, title: str) -> str:
    """The title as the page shows it: its own heading, where that is the same or the only one."""
    headings = [clean_line("".join(one.itertext()), _LONGEST) for one in root.iter("h1")]
    headings = [heading.rstrip("#¶ ") for heading in headings if heading]
    plain = _letters(title)
    same = next((one for one in headings if _letters(one) and (_letters(one) in plain or plain in _letters(one))), "")
    return same or (title if title else headings[0] if headings else "")


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _first(said: dict[str, list[str]], *names: str) -> str:
    return next((said[name][0] for name in names if name in said), "")


def _without_site(title: str, said: dict[str, list[str]]) -> str:
    """A title less the site's name after or before it."""
    site = _letters(_first(said, "og:site_name", "application-name"))
    parts = _PARTS.split(title)
    if len(parts) < 2:
        return title
    for part, rest in ((parts[-1], title[: title.rfind(parts[-1])]), (parts[0], title[len(parts[0]) :])):
        if _letters(part) and (_letters(part) == site or (not site and len(part) < 25 and len(rest) > 2 * len(part))):
            return rest.strip(" |·•–—»«:-") or title
    return title


def _authors(said: dict[str, list[str]], linked: list[dict[str, Any]]) -> tuple[str, ...]:
    found = said.get("citation_author") or said.get("dc.creator") or said.get("author") or said.get("article:author")
    if not found:
        found = []
        for thing in linked:
            people = thing.get("author")
            for person in people if isinstance(people, list) else [people]:
                name = person.get("name") if isinstance(person, dict) else person
                if isinstance(name, str):
                    found.append(clean_line(name, 100))
    kept = [re.sub(r"^[Bb]y\s+", "", name) for name in found if "/" not in name and 2 < len(name) < 200]
    return tuple(dict.fromkeys(kept))[:20]


def _date(root: etree._Element, said: dict[str, list[str]], linked: list[dict[str, Any]]) -> str:
    names = ("article:published_time", "citation_publication_date", "citation_date", "dc.date", "datepublished", "date")
    found = _first(said, *names)
    if not found:
        found = next((str(thing["datePublished"]) for thing in linked if thing.get("datePublished")), "")
    if not found:
        found = next((one.get("datetime") or "" for one in root.iter("time") if one.get("datetime")), "")
    match = _DATE.search(found)
    if not match or not 1 <= int(match[2]) <= 12:
        return ""
    month = _MONTHS.split()[int(match[2]) - 1]
    return f"{int(match[3])} {month} {match[1]}" if match[3] and 1 <= int(match[3]) <= 31 else f"{month} {match[1]}"


def _json_ld(root: etree._Element) -> Iterator[dict[str, Any]]:
    for script in root.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json" or len(script.text or "") > 300_000:
            continue
        try:
            said = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        things = said if isinstance(said, list) else [said]
        for thing in things[:20]:
            if isinstance(thing, dict):
                yield thing
                graph = thing.get("@graph")
                yield from (one for one in (graph if isinstance(graph, list) else [])[:20] if isinstance(one, dict))
