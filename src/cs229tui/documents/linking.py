"""Links in texts: which addresses are fit to be followed, and those that are only written out."""

import re
from urllib.parse import quote, urlsplit

from cs229tui.clean import clean
from cs229tui.library.documents import Link

MOST_LINKS = 2000
_LONGEST = 2000
_MOST_LINES = 4
_ADDRESS = r"[^\s<>\"“”{}|\\^`\ufffd]"
_WRITTEN = re.compile(
    rf"(?P<url>\b(?:https?:\s?//\s?|www\.(?=[\w-]+\.)){_ADDRESS}{{3,{_LONGEST}}})"
    rf"|\b(?:doi:?\s?)?(?P<doi>10\.\d{{4,9}}/{_ADDRESS}{{1,200}})"
    r"|\barxiv(?:\s(?:preprint|e-prints?|:))?[\s:]\s?(?:arxiv:\s?|abs/)?"
    r"(?P<arxiv>\d{4}\.\d{4,5}(?:v\d{1,2})?|[a-z-]{2,10}(?:\.[a-z]{2})?/\d{7}(?:v\d{1,2})?)\b"
    r"|\babs/(?P<abs>\d{4}\.\d{4,5}(?:v\d{1,2})?|[a-z-]{2,10}/\d{7})\b"
    r"|(?<![\w.+-])(?P<mail>[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,12})\b",
    re.I,
)
# What an address may be parted after at a line's end, and what then does not go on with it.
_OPEN_END = tuple("/=&?#%_~-\u2010")
_WORD = re.compile(rf"{_ADDRESS}+")
_LINE_END = re.compile(r"[ ]?\n[ ]?(?=\S)")
_NEW_SENTENCE = re.compile(r"(?:[A-Z][a-z]*|[a-z]+|[\[(]\d+[\])]?)[,;.:]?(?=\s|$)")
_AFTER = ".,;:!?'’”\"*†‡"
_OPEN = re.compile(r"(?:https?:|www\.|10\.\d{4,9}/)\S*$", re.I)


def web_address(text: str) -> str:
    """An http, https or mailto address as it may be followed, empty where it is none."""
    wanted = "".join(clean(text, _LONGEST + 1).split())
    try:
        parts = urlsplit(wanted)
        host = parts.hostname
    except ValueError:
        return ""
    if len(wanted) > _LONGEST or "\ufffd" in wanted:
        return ""
    if parts.scheme in ("http", "https") and host and "." in host:
        return quote(wanted, safe="%/:?#[]@!$&'()*+,;=~-._")
    return wanted if parts.scheme == "mailto" and "@" in parts.path else ""


def written_links(text: str) -> list[Link]:
    """The addresses, DOIs and arXiv ids that a text spells out, in order; those parted by a line's end made whole."""
    found: list[Link] = []
    end = 0
    for match in _WRITTEN.finditer(text):
        if match.start() < end:
            continue
        kind = match.lastgroup or ""
        start, end = match.span() if kind == "url" else match.span(kind)
        if kind in ("url", "doi"):
            end = _trimmed(text, start, _extended(text, end, start))
        address = web_address(_address(kind, "".join(text[start:end].replace("\u2010", "-").split())))
        if address:
            found.append(Link(start, end, address))
        if len(found) >= MOST_LINKS:
            break
    return found


def with_written(links: list[Link], text: str) -> tuple[Link, ...]:
    """The links a file has on a page and, where it has none, those its text spells out; in order."""
    taken = bytearray(len(text) + 1)
    for link in links:
        taken[link.start : link.end] = b"\1" * (link.end - link.start)
    more = [link for link in written_links(text) if not any(taken[link.start : link.end])]
    return tuple(sorted([*links, *more], key=lambda link: (link.start, link.end))[:MOST_LINKS])


def goes_on(address: str, rest: str) -> bool:
    """Whether an address that ends a line goes on with the word that begins the next one."""
    if not rest or rest.startswith(("http", "www.")):
        return False
    if address.endswith("."):
        return bool(re.match(r"[a-z0-9]", rest)) and bool(re.search(r"[/.-]\w|\d", rest))
    if address.endswith(":"):
        return rest.startswith("//")
    plain_word = _NEW_SENTENCE.match(rest)
    return address.endswith(_OPEN_END) and not (plain_word and address.endswith("/") and rest[0].isupper())


def parted(before: str, after: str) -> bool:
    """Whether the end of a line stands within an address."""
    open_address = _OPEN.search(before)
    rest = _WORD.match(after)
    return bool(open_address and rest and goes_on(open_address[0], rest[0]))


def _extended(text: str, end: int, start: int) -> int:
    """Where an address ends that may go on beyond the end of its line."""
    for _ in range(_MOST_LINES):
        parted = _LINE_END.match(text, end)
        rest = _WORD.match(text, parted.end()) if parted else None
        if rest is None or not goes_on(text[start:end], rest[0]):
            break
        end = rest.end()
    return end


def _trimmed(text: str, start: int, end: int) -> int:
    """Without the signs that belong to the sentence around it."""
    while end > start:
        last = text[end - 1]
        opening = {")": "(", "]": "[", ">": "<"}.get(last)
        if last not in _AFTER and (opening is None or text.count(opening, start, end) >= text.count(last, start, end)):
            break
        end -= 1
    return end


def _address(kind: str, written: str) -> str:
    match kind:
        case "doi":
            return f"https://doi.org/{written}"
        case "arxiv" | "abs":
            return f"https://arxiv.org/abs/{written}"
        case "mail":
            return f"mailto:{written}"
        case _:
            return written if written.casefold().startswith("http") else f"https://{written}"
