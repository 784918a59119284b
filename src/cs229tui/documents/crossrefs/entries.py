"""The entries of a list of references: how a text calls them (by label, by authors and year), and their words."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cs229tui.documents.crossrefs.names import head_of
from cs229tui.documents.flow import Flow

_HEADING = re.compile(r"(?:\W|\d)*(?:references(?: and notes)?|bibliography|literature cited|works cited)\W*", re.I)
ALPHA = r"[^\W\d_](?:[^\W\d_]|[+.’'*-]){0,15}\s?\d{2,4}[a-z]?|[A-Z][A-Za-z]{1,5}[+*]?"
"""A label made of names and a year: `VSP+17`."""
_LABELS = {
    "bracketed": re.compile(r"\[\s*(\d{1,4})\s*\]\s*"),
    "alpha": re.compile(rf"\[\s*({ALPHA})\s*\]\s*"),
    "dotted": re.compile(r"\(?(\d{1,3})[.)]\s+"),
    "named": re.compile(r"\[\s*([^\[\]]{3,80}?,?\s*\(?(?:1[5-9]|20)\d\d[a-z]?\)?)\s*\]\s*"),
}
# Years in addresses, arXiv numbers and page ranges are none.
_NOISE = re.compile(
    r"https?:\s?//\S+(?:\s\S*[/=?]\S*)*|(?:arXiv:|abs/)\s?\S+|10\.\d{4,9}/\S+|\b\d+\s?[–—-]\s?\d+", re.I
)
_YEAR = re.compile(r"(?<![\d./:–-])((?:1[5-9]|20)\d\d)([a-z])?(?![\w–]|\.\d)")
_BULLET = re.compile(r"\A[•◦▪∙·–—*‣⁃-]\s+")
_SAME = re.compile(r"[—–_-]{2,}|[—―]")
"""A dash for the authors of the entry before."""
_LONGEST = 6000


@dataclass(frozen=True)
class Entry:
    """A work in the list of references: the `block` of the flow where it stands, its order in the list (from 1), its
    label (empty where the list has none), who wrote it (`surnames`: for each author the ways to write the name) and
    when (`years`, the likeliest first, with the letter that tells two of one year apart).
    """

    block: int
    number: int
    label: str
    text: str
    surnames: tuple[frozenset[str], ...] = field(repr=False)
    more: bool
    years: tuple[str, ...]

    @property
    def body(self) -> str:
        """The entry's words without its label."""
        return self.text[len(self.text) - len(_without_label(self.text)) :]


def entries_of(flow: Flow) -> tuple[Entry, ...]:
    """The entries of a flow's lists of references, in order; the second half of one that a page parted is joined."""
    found: list[Entry] = []
    for listed in _lists(flow):
        style = _style(text for _, text in listed)
        if not style and sum(bool(_YEAR.search(text)) for _, text in listed) < len(listed) / 2:
            # What stands under "Bibliography" without labels or years is a section about one.
            continue
        begun = len(found)
        for number, text in listed:
            label = _LABELS[style].match(text) if style else None
            if style and label is None:
                if len(found) > begun:
                    before = found.pop()
                    text = f"{before.text} {text}"[:_LONGEST]
                    found.append(_entry(before.block, before.number, before.label, text))
                continue
            found.append(
                _entry(number, len(found) + 1, label[1] if label else "", text, found[max(begun, len(found) - 1) :])
            )
    return tuple(found)


def _lists(flow: Flow) -> list[list[tuple[int, str]]]:
    """The lists of references: blocks and their words, a list for each heading that has one."""
    lists: list[list[tuple[int, str]]] = [[]]
    for number, block in enumerate(flow):
        if block.kind == "heading" and lists[-1]:
            lists.append([])
        elif block.kind == "reference" and block.text:
            lists[-1].append((number, _BULLET.sub("", block.text[:_LONGEST], count=1)))
    if not lists[0]:
        lists = [[(number, _BULLET.sub("", text[:_LONGEST], count=1)) for number, text in _under_heading(flow)]]
    return [listed for listed in lists if listed]


def _entry(block: int, number: int, label: str, text: str, before: Sequence[Entry] = ()) -> Entry:
    body = _without_label(text)
    head = head_of(body)
    surnames, more = head.surnames, head.more
    if before and _SAME.match(body):
        surnames, more = before[-1].surnames, before[-1].more
    return Entry(block, number, re.sub(r"\s+", "", label), text, surnames, more, _years(body, head.end, label))


def _without_label(text: str) -> str:
    for pattern in _LABELS.values():
        if match := pattern.match(text):
            return text[match.end() :]
    return text


def _under_heading(flow: Flow) -> Iterable[tuple[int, str]]:
    """Where a document's list is of items or paragraphs: those under the last heading that says so."""
    starts = [
        number for number, block in enumerate(flow) if block.kind == "heading" and _HEADING.fullmatch(block.text[:60])
    ]
    if not starts:
        return
    level = flow[starts[-1]].level
    for number in range(starts[-1] + 1, len(flow)):
        block = flow[number]
        if block.kind == "heading" and block.level <= level:
            return
        if block.kind in ("item", "paragraph", "quote") and block.text:
            yield number, block.text


def _style(texts: Iterable[str]) -> str:
    """How most entries are labelled; empty where they are not."""
    counts: Counter[str] = Counter()
    total = 0
    for text in texts:
        total += 1
        counts.update([next((name for name, pattern in _LABELS.items() if pattern.match(text)), "")])
    best, count = max(
        ((name, number) for name, number in counts.items() if name), key=lambda pair: pair[1], default=("", 0)
    )
    return best if count > 0.5 * total else ""


def _years(body: str, head: int, label: str) -> tuple[str, ...]:
    plain = _NOISE.sub(lambda match: " " * len(match[0]), body)
    found = [(match.start(), match[1] + (match[2] or "")) for match in _YEAR.finditer(plain)]
    called = [match[1] + (match[2] or "") for match in _YEAR.finditer(label)]
    lettered = [year for _, year in found if len(year) == 5]
    after = [year for at, year in found if head <= at <= head + 4]
    ordered = [*called, *lettered, *after, *(year for _, year in reversed(found))]
    return tuple(dict.fromkeys(ordered))
