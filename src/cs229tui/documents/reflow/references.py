"""The list of references, one part an entry."""

import re
from collections.abc import Sequence

from cs229tui.documents.reflow.measures import Measures
from cs229tui.documents.reflow.rows import Part, Row

_HEADING = re.compile(r"(?:\W|\d)*(?:references(?: and notes)?|bibliography|literature cited|works cited)\W*", re.I)
_BRACKETED = re.compile(r"\[\s*(?:\d{1,3}|[^\W\d_](?:[^\W\d_]|[+.])*\s?\d{2,4}[a-z]?)\s*\]")
_ENTRY_KINDS = ("paragraph", "item", "equation", "code")
_DOTTED = re.compile(r"\d{1,3}\.\s")


def entries(parts: Sequence[Part], measures: Measures) -> list[Part]:
    """The parts, with what follows a heading "References" parted into entries, up to the next heading."""
    done: list[Part] = []
    listed: list[Part] = []
    within = False
    first = None if any(_is_list(part) for part in parts) else _unheaded(parts)
    for index, part in enumerate(parts):
        within = within or index == first
        if part.kind == "heading":
            done += _parted(listed, measures)
            listed = []
            within = _is_list(part)
            done.append(part)
        elif within and (part.kind in _ENTRY_KINDS or (listed and _small_entry(part, listed))):
            listed.append(part)
        else:
            done += _parted(listed, measures)
            listed = []
            done.append(part)
    return done + _parted(listed, measures)


def _is_list(part: Part) -> bool:
    return part.kind == "heading" and bool(_HEADING.fullmatch(part.text))


def _unheaded(parts: Sequence[Part]) -> int | None:
    """The part that begins a list of references without a heading: "[1] …", and others count on from it."""
    for index in range(len(parts) - 1, -1, -1):
        if parts[index].kind in _ENTRY_KINDS and re.match(r"\[1\]\s", parts[index].text):
            rows = [row.text for part in parts[index:] if part.kind in _ENTRY_KINDS for row in part.rows]
            counted = sum(any(text.startswith(f"[{number}]") for text in rows) for number in range(1, 7))
            return index if counted >= 4 else None
    return None


def _small_entry(part: Part, listed: Sequence[Part]) -> bool:
    """Whether what looks like a footnote is more of the list: as large as its entries."""
    return part.kind == "footnote" and part.rows[-1].size > 0.97 * listed[0].rows[-1].size


def _parted(listed: list[Part], measures: Measures) -> list[Part]:
    lines = [(row, part) for part in listed for row in part.rows]
    if not lines:
        return []
    for mark in (_BRACKETED, _DOTTED):
        marked = sum(bool(mark.match(row.text)) for row, _ in lines)
        if marked >= max(1, len(lines) // 12):
            return _split(lines, [bool(mark.match(row.text)) for row, _ in lines])
    sides = _sides(lines)
    hanging = sum(row.left > side + 5 for (row, _), side in zip(lines, sides, strict=True))
    if hanging > 0.2 * len(lines):
        return _split(lines, [row.left < side + 3 for (row, _), side in zip(lines, sides, strict=True)])
    starts = []
    before: Row | None = None
    for row, part in lines:
        new_column = before is None or row.base > before.base
        gap = 0.0 if before is None or new_column else before.base - row.base
        ended = before is None or before.text.rstrip().endswith((".", "/", "]")) or bool(re.search(r"\d$", before.text))
        starts.append(
            before is None or gap > 1.15 * measures.leading * row.size / measures.size or (new_column and ended)
        )
        before = row
        del part
    return _split(lines, starts)


def _sides(lines: list[tuple[Row, Part]]) -> list[float]:
    """Where the entries of each line's column begin: its leftmost lines, if there is more than one of them."""
    columns: dict[tuple[int, float], list[float]] = {}
    for row, part in lines:
        columns.setdefault((row.page.number, round(part.edges[1] / 20)), []).append(row.left)
    begins = {}
    for column, lefts in columns.items():
        low = sorted(lefts)
        begins[column] = low[1] if len(low) > 4 and low[1] - low[0] > 3 else low[0]
    return [begins[row.page.number, round(part.edges[1] / 20)] for row, part in lines]


def _split(lines: list[tuple[Row, Part]], starts: list[bool]) -> list[Part]:
    found: list[Part] = []
    for (row, part), start in zip(lines, starts, strict=True):
        if start or not found:
            found.append(Part("reference", [row], part.edges, 0 if start else -1, page=row.page.number))
        else:
            found[-1].rows.append(row)
    for part in found:
        part.level = min(part.level, 0)
    return found
