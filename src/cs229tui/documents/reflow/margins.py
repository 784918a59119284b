"""What stands around the text and is none of it: running heads and feet, page numbers, stamps, the numbers of lines."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from cs229tui.documents.reflow.layout import Line, PageLayout, Piece
from cs229tui.documents.reflow.measures import plain

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"(?:page\s*)?[-–—]?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—]?(?:\s*(?:of|/)\s*\d{1,4})?", re.I)
_NUMBER = re.compile(r"\d{1,4}")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
# Fewer numbers in a row down a margin may be anything.
_LEAST_NUMBERED = 8


def running(pages: Sequence[PageLayout]) -> list[set[int]]:
    """For each page the indices of its lines that are not its text: running heads and feet, page numbers, stamps."""
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    edges = [_edge_lines(page) for page in pages]
    for at, page in enumerate(pages):
        for index in edges[at]:
            seen[_key(page, page.lines[index])].add(at)
    least = 2 if len(pages) < 5 else 3
    numbers, heads = _page_numbers(pages), _heads(pages)
    dropped: list[set[int]] = []
    places: Counter[int] = Counter()
    for at, page in enumerate(pages):
        gone = {index for index, line in enumerate(page.lines) if _is_stamp(page, line)} | numbers[at] | heads[at]
        for index in edges[at]:
            line = page.lines[index]
            text = plain(page, line)
            near = sum(len(seen.get((_key(page, line)[0], _key(page, line)[1] + shift), ())) for shift in (-1, 0, 1))
            repeated = near >= least and len(pages) > 1 and not text.endswith((".", ":"))
            # A sentence that two pages begin with is one; what three of them have above or below all else is none.
            repeated = repeated or (near >= 3 and _outermost(page, line))
            # The title of a slide that is shown step by step is at one place on all its steps.
            repeated = repeated and (near > 0.7 * len(pages) or not _is_slide_title(page, line))
            if repeated or (_PAGE_NUMBER.fullmatch(text) and _outermost(page, line)):
                gone.add(index)
        dropped.append(gone)
        places.update({round(page.lines[index].base) for index in gone & set(edges[at])})
    # What three pages have a head or foot at is where the others have theirs, whatever it says.
    usual = {place for place, count in places.items() if count >= max(3, 0.3 * len(pages))}
    for page, gone in zip(pages, dropped, strict=True):
        for _, row in _outer_rows(page) if page.height > page.width else ():
            if any(round(page.lines[index].base) + shift in usual for index in row for shift in (-1, 0, 1)):
                gone |= row
    return dropped


def without_furniture(pages: Sequence[PageLayout]) -> None:
    """Take away the rules and pictures that pages repeat at one place: the lines of heads and feet, a logo."""
    seen = Counter(shape for page in pages for shape in set(page.shapes))
    least = max(3, 0.2 * len(pages))
    for page in pages:
        page.shapes = [shape for shape in page.shapes if seen[shape] < least]


def without_unseen(page: PageLayout) -> None:
    """Take away the lines that stand beyond the page's sides, where a slide keeps what it shows later."""
    seen = [
        line
        for line in page.lines
        if line.right > 0 and line.left < page.width and line.top > 0 and line.bottom < page.height
    ]
    page.lines = seen or page.lines


def with_initials(page: PageLayout) -> None:
    """Put a letter that is some lines high at the beginning of the line whose first letter it is."""
    for line in page.lines:
        _level_initial(page, line)
    for initial in [line for line in page.lines if len(plain(page, line)) == 1 and plain(page, line).isalpha()]:
        beside = [
            line
            for line in page.lines
            if line is not initial
            and 1.7 * line.size < initial.size < 8 * line.size
            and -0.3 * line.size < line.left - initial.right < 1.2 * line.size
            and abs(line.base - initial.base - 0.68 * (initial.size - line.size)) < 0.5 * line.size
            and line.base > initial.base + 0.6 * line.size
        ]
        if len(beside) == 1 and (first := plain(page, beside[0])[:1]) and first.isalpha():
            line, piece = beside[0], initial.pieces[0]
            piece.base = line.base
            if line.left - piece.right < 0.35 * line.size:
                piece.right = line.left
            line.pieces.insert(0, piece)
            line.left = initial.left
            page.lines = [other for other in page.lines if other is not initial]


def _level_initial(page: PageLayout, line: Line) -> None:
    """Give a line that begins with such a letter the size and the base of the rest of it."""
    first, rest = line.pieces[0], line.pieces[1:]
    if not rest or first.end - first.start != 1 or not page.text[first.start].isalpha():
        return
    main = max(rest, key=lambda piece: piece.end - piece.start)
    size = page.looks[main.look].size
    if page.looks[first.look].size > 1.7 * size and main.base > first.base + 0.6 * size and line.size > size:
        first.base = main.base
        if rest[0].left - first.right < 0.35 * size:
            first.right = rest[0].left
        line.base, line.size, line.look = main.base, size, main.look


def without_line_numbers(page: PageLayout) -> None:
    """Take away the numbers that a copy for reviewers has beside its lines."""
    if page.plain:
        return
    numbers = [
        (piece, int(page.text[piece.start : piece.end]))
        for line in page.lines
        for piece in (line.pieces[0], line.pieces[-1])
        if piece.end - piece.start <= 4 and page.text[piece.start : piece.end].isdecimal()
    ]
    gone: set[int] = set()
    for side in ("left", "right"):
        stacks: dict[int, list[tuple[Piece, int]]] = defaultdict(list)
        for piece, value in numbers:
            stacks[round(getattr(piece, side) / 3)].append((piece, value))
        for at, stack in stacks.items():
            whole = {id(piece): (piece, value) for near in (at, at + 1) for piece, value in stacks.get(near, ())}
            if len(stack) * 2 >= len(whole) and _counts_lines(page, list(whole.values())):
                gone |= whole.keys()
    if gone:
        page.lines = [kept for line in page.lines if (kept := _without(page, line, gone))]


def _counts_lines(page: PageLayout, numbers: list[tuple[Piece, int]]) -> bool:
    """Whether these are numbers that go up by one, or by five, down a strip of the page where nothing else stands."""
    numbers.sort(key=lambda number: -number[0].base)
    if len(numbers) < _LEAST_NUMBERED / 2:
        return False
    steps = Counter(lower[1] - upper[1] for upper, lower in pairwise(numbers))
    step, count = steps.most_common(1)[0]
    if step not in (1, 2, 5, 10) or count < 0.8 * (len(numbers) - 1) or (step < 5 and len(numbers) < _LEAST_NUMBERED):
        return False
    left, right = min(piece.left for piece, _ in numbers), max(piece.right for piece, _ in numbers)
    own = {id(piece) for piece, _ in numbers}
    others = sum(
        piece.left < right - 0.5 and left + 0.5 < piece.right
        for line in page.lines
        if abs(page.looks[line.look].angle) < 2
        for piece in line.pieces
        if id(piece) not in own
    )
    return others <= 0.25 * len(numbers)


def _without(page: PageLayout, line: Line, gone: set[int]) -> Line | None:
    pieces = [piece for piece in line.pieces if id(piece) not in gone]
    if len(pieces) == len(line.pieces):
        return line
    if not pieces:
        return None
    sizes: Counter[int] = Counter()
    for piece in pieces:
        sizes[piece.look] += piece.end - piece.start
    look = line.look if line.look in sizes else sizes.most_common(1)[0][0]
    main = next(piece for piece in pieces if piece.look == look)
    return Line(
        pieces,
        min(piece.left for piece in pieces),
        min(piece.bottom for piece in pieces),
        max(piece.right for piece in pieces),
        max(piece.top for piece in pieces),
        line.base if line.look in sizes else main.base,
        page.looks[look].size,
        look,
    )


def _page_numbers(pages: Sequence[PageLayout]) -> list[set[int]]:
    """On each page the outermost rows that hold the page's number: one that goes up from page to page."""
    found: list[list[tuple[tuple[str, int], set[int]]]] = []
    for page in pages:
        on_page = []
        for edge, row in _outer_rows(page):
            words = " ".join(plain(page, page.lines[index]) for index in row).split()
            # One footnote a page counts up as well, but is a sentence.
            said = edge == "foot" and len(words) > 1 and words[-1].endswith(".")
            # On a page of its own nothing goes up: only the number alone is one.
            said = said or (len(pages) == 1 and (len(words) > 1 or edge == "head"))
            for word in {words[0], words[-1]} if words and len(words) < 25 and not said else ():
                value = _value(word.strip("-–—|·•()[]"))
                if value is not None:
                    on_page.append(((edge, value - page.number), row))
        found.append(on_page)
    counts = Counter(key for on_page in found for key in {key for key, _ in on_page})
    least = max(2, 0.3 * len(pages)) if len(pages) > 1 else 1
    usual = {key for key, count in counts.items() if count >= least and (len(pages) > 1 or key[1] == 0)}
    return [{index for key, row in on_page if key in usual for index in row} for on_page in found]


def _heads(pages: Sequence[PageLayout]) -> list[set[int]]:
    """On each page the outermost rows that stand apart from the text at one height on most pages, whatever they say."""
    found = [[row for row in _outer_rows(page) if _is_apart(page, *row)] for page in pages]
    places = [
        [(name, round(page.lines[min(row)].base / 3)) for name, row in rows]
        for page, rows in zip(pages, found, strict=True)
    ]
    counts = Counter(place for on_page in places for place in on_page)
    usual = {place for place, count in counts.items() if count >= max(3, 0.5 * len(pages))}
    return [
        {index for place, (_, row) in zip(on_page, rows, strict=True) if place in usual for index in row}
        for on_page, rows in zip(places, found, strict=True)
    ]


def _is_apart(page: PageLayout, name: str, row: set[int]) -> bool:
    """Whether there is more room between a row and the text than between the text's lines; a slide's title is none."""
    if page.width > page.height:
        return False
    body = _usual_size(page)
    if max(page.lines[index].size for index in row) > 1.03 * body:
        return False
    bases = sorted({round(line.base) for index, line in enumerate(page.lines) if index not in row})
    steps = sorted(above - below for below, above in pairwise(bases) if above - below > 0.7 * body)
    if len(steps) < 8:
        return False
    edge = page.lines[min(row)].base
    return abs((bases[-1] if name == "head" else bases[0]) - edge) > 1.5 * steps[len(steps) // 2]


def _outer_rows(page: PageLayout) -> list[tuple[str, set[int]]]:
    """The first and the last row of a page, each as the indices of its lines."""
    upright = [index for index, line in enumerate(page.lines) if abs(page.looks[line.look].angle) < 2]
    if len(upright) < 3 or page.plain:
        return []
    low = min(page.lines[index].base for index in upright)
    high = max(page.lines[index].base for index in upright)
    rows = []
    largest = 1.3 * _usual_size(page)
    for name, edge, outside in (("foot", low, low < 0.6 * page.height), ("head", high, high > 0.55 * page.height)):
        row = {index for index in upright if abs(page.lines[index].base - edge) < 2.5}
        beyond = [abs(page.lines[index].base - edge) for index in upright if index not in row]
        # Text that ends a page has its paragraph right above it.
        if (
            outside
            and max(page.lines[index].size for index in row) < largest
            and (not beyond or min(beyond) > 1.25 * max(page.lines[index].size for index in row))
        ):
            rows.append((name, row))
    return rows


def _value(word: str) -> int | None:
    if _NUMBER.fullmatch(word):
        return int(word)
    low = word.casefold()
    if not low or len(low) > 7 or not all(letter in _ROMAN for letter in low) or not (word.islower() or word.isupper()):
        return None
    values = [_ROMAN[letter] for letter in low]
    return sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))


def _outermost(page: PageLayout, line: Line) -> bool:
    """Whether nothing stands beyond a line, and next to nothing beside it."""
    beside = [other for other in page.lines if abs(other.base - line.base) < 2 and other is not line]
    high = line.base > page.height / 2
    beyond = any((other.base > line.base + 2) if high else (other.base < line.base - 2) for other in page.lines)
    return len(beside) <= 1 and not beyond


def _key(page: PageLayout, line: Line) -> tuple[str, int]:
    return f"{_DIGITS.sub('#', plain(page, line)).casefold()} {round(line.size)}", round(line.base / 4)


def _edge_lines(page: PageLayout) -> list[int]:
    """Lines in the outer margins with nothing beyond them: at most two rows above and two below."""
    upright = [index for index, line in enumerate(page.lines) if abs(page.looks[line.look].angle) < 2]
    if not upright or page.plain:
        return []
    rows = sorted({round(page.lines[index].base) for index in upright})
    low, high = rows[:3], rows[-3:]
    return [
        index
        for index in upright
        if (round(page.lines[index].base) in low and page.lines[index].base < 0.13 * page.height)
        or (round(page.lines[index].base) in high and page.lines[index].base > 0.86 * page.height)
    ]


def _is_slide_title(page: PageLayout, line: Line) -> bool:
    return page.width > page.height / 0.9 and line.base > 0.7 * page.height and line.size > 1.15 * _usual_size(page)


def _usual_size(page: PageLayout) -> float:
    sizes: Counter[float] = Counter()
    for line in page.lines:
        sizes[round(line.size, 1)] += sum(piece.end - piece.start for piece in line.pieces)
    return sizes.most_common(1)[0][0]


def _is_stamp(page: PageLayout, line: Line) -> bool:
    """Turned text in a margin, such as arXiv's."""
    look = page.looks[line.look]
    return abs(look.angle) > 2 and (line.right < 0.1 * page.width or line.left > 0.92 * page.width)
