"""What a reference card says: of each thing that is pointed to its name, its words, and what can be done; and where on
the screen the card stands.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from cs229tui.clean import clean, clean_line
from cs229tui.documents.crossrefs.pointers import Pointers
from cs229tui.documents.crossrefs.targets import Pointer, Target
from cs229tui.documents.flow import Block
from cs229tui.tui.reading.places import Places
from cs229tui.tui.reading.selection import sentences
from cs229tui.tui.reading.wrap import KEPT_LINES, Measure, shown, wrap

_LONGEST = 4000
_MOST_PAGES = 8
_AROUND = 6
WIDEST = 76


class Offer(NamedTuple):
    """Something the card can do: the action of the scope `reference`, and what that means here."""

    action: str
    words: str


class Face(NamedTuple):
    """One thing pointed to, as the card shows it. `kept` text has line ends of its own; `line` is it in a list."""

    title: str
    text: str
    line: str
    kept: bool = False
    offers: tuple[Offer, ...] = ()


class Box(NamedTuple):
    """A rectangle of cells on the screen."""

    x: int
    y: int
    width: int
    height: int


def face_of(pointers: Pointers, target: Target, places: Places, labels: Mapping[int, str]) -> Face:
    """What a target is: an entry as printed, a caption, an equation, a heading and its first sentence, an address."""
    if target.kind == "link":
        return Face("Link", clean_line(target.url, 1000), clean_line(target.url, 200))
    block = pointers.flow[target.block]
    page = places.page((target.block, target.offset))
    where = f"p {labels.get(page) or page}"
    if target.kind == "entry":
        entry = pointers.entries[target.entry]
        cited = cited_on(pointers.citing.get(target.entry, ()), places, labels)
        text = clean_line(entry.text, _LONGEST)
        return Face(" · ".join(part for part in (target.name, cited) if part), text, text)
    title = f"{target.name} · {where}" if target.name else where
    text, kept = clean(_words(pointers, target, block), _LONGEST), block.kind in KEPT_LINES
    return Face(title, text, clean_line(f"{target.name}  {text}", 200), kept)


def _words(pointers: Pointers, target: Target, block: Block) -> str:
    if block.kind in ("heading", "title"):
        for following in pointers.flow[target.block + 1 : target.block + 4]:
            if following.kind in ("paragraph", "item") and (pieces := sentences(following.text)):
                return f"{block.text}\n{following.text[pieces[0][0] : pieces[0][1]]}"
        return block.text
    if block.kind == "equation":
        return _around(block.text, target.offset)
    if target.kind == "place" and block.kind == "paragraph" and len(block.text) > _LONGEST:
        return block.text[target.offset :]
    return block.text


def _around(text: str, offset: int) -> str:
    """Of a display of many lines those around the one that is meant."""
    lines = text.split("\n")
    if len(lines) <= 2 * _AROUND:
        return text
    row = text.count("\n", 0, offset)
    return "\n".join(lines[max(0, row - _AROUND) : row + _AROUND + 1])


def cited_on(citing: Iterable[Pointer], places: Places, labels: Mapping[int, str]) -> str:
    """`cited 3 times: p 2, 5, 7`; empty where nothing cites it."""
    pages = [places.page((one.block, one.start)) for one in citing]
    if not pages:
        return ""
    named = list(dict.fromkeys(labels.get(page) or str(page) for page in pages))
    more = ", …" if len(named) > _MOST_PAGES else ""
    times = {1: "once", 2: "twice"}.get(len(pages)) or f"{len(pages)} times"
    return f"cited {times}: p {', '.join(named[:_MOST_PAGES])}{more}"


def body_lines(face: Face, width: int) -> list[str]:
    """The text of a face in lines of a width; kept lines are cut at it."""
    if face.kept:
        text = face.text.rstrip("\n")
        lines = text.split("\n")
        margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        return [shown(line[margin:]) for line in lines]
    paragraphs = tuple(Block("paragraph", part) for part in face.text.split("\n") if part.strip())
    layout = wrap(paragraphs, Measure(width, gap=0))
    return [shown(paragraphs[line.block].text[line.start : line.end].rstrip()) for line in layout.lines]


def place_card(room: Box, top: int, bottom: int, left: int, height_at: Callable[[int], int]) -> Box:
    """Where a card stands in the `room` of the screen: below the rows `top` to `bottom` of the words it is about, else
    above them, never over them; `height_at` says how high it would like to be at a width.
    """
    width = max(min(WIDEST, room.width), 8)
    wanted = max(height_at(width), 3)
    below, above = room.y + room.height - bottom - 1, top - room.y
    x = max(room.x, min(left, room.x + room.width - width))
    if wanted <= below or below >= above:
        return Box(x, bottom + 1, width, max(min(wanted, below), 3))
    height = max(min(wanted, above), 3)
    return Box(x, max(top - height, room.y), width, height)
