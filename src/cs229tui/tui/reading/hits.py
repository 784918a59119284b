"""Finding words in a flow: over line ends, ligatures, divided words and accents; or by a pattern.

What is looked through is the text folded: accents off, ligatures spelt out, quotes and dashes of one kind, with a map
back to the characters it came from.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from cs229tui.documents.flow import Flow
from cs229tui.errors import ReportableError
from cs229tui.tui.reading.places import Range
from cs229tui.tui.reading.wrap import Position

MOST = 50_000
"""No more hits than this are shown; a single letter in a long book has more."""

Case = Literal["smart", "exact", "any"]

_LONGEST_PATTERN = 500
_SECONDS = 3.0
_ESCAPED = re.compile(r"\\.")
_ALIKE = dict.fromkeys("‘’‚‛`´", "'") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("‐‑‒–—―−", "-")
_DASH = "-?"


class PatternError(ReportableError):
    """A pattern that is none, or that would never be done."""


@dataclass(frozen=True)
class Query:
    """What is looked for. Small letters find large ones too unless `case` is exact, or smart and there is a large one
    in the query.
    """

    words: str
    regex: bool = False
    whole: bool = False
    case: Case = "smart"

    @property
    def exact(self) -> bool:
        """Whether case counts."""
        letters = _ESCAPED.sub("", self.words) if self.regex else self.words
        return self.case == "exact" or (self.case == "smart" and any(character.isupper() for character in letters))


class Haystack:
    """A flow's blocks folded, with the way back."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.texts: list[tuple[int, str, str, array[int] | None]] = []
        """The number of each block that has text, the text folded and in small letters, where each character stood."""
        for number, block in enumerate(flow):
            if block.text and block.kind != "page":
                folded, places = folded_text(block.text)
                self.texts.append((number, folded, _small(folded), places))


class _Characters(dict[int, str]):
    """What each character folds to, worked out once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        parts = unicodedata.normalize("NFKD", character)
        kept = "".join(part for part in parts if unicodedata.category(part) not in ("Mn", "Cf", "Cn", "Co"))
        folded = self[code] = "".join(_ALIKE.get(part, part) for part in kept)
        return folded


class _Lengths(dict[int, str]):
    """How many characters each one folds to, as a character."""

    def __missing__(self, code: int) -> str:
        length = self[code] = chr(len(_characters[code]))
        return length


_characters = _Characters()
_lengths = _Lengths()


def folded_text(text: str) -> tuple[str, "array[int] | None"]:
    """A text folded, and where each folded character stood; None where none has moved."""
    if text.isascii():
        return text.replace("`", "'"), None
    folded = text.translate(_characters)
    lengths = text.translate(_lengths)
    if lengths.count("\1") == len(text):
        return folded, None
    return folded, array("i", [place for place, length in enumerate(lengths) for _ in range(ord(length))])


def _small(text: str) -> str:
    small = text.lower()
    return small if len(small) == len(text) else "".join(one.lower()[:1] for one in text)


def find_hits(haystack: Haystack, query: Query, stopped: Callable[[], bool] = lambda: False) -> list[Range]:
    """All places of a query in a flow, in order, `MOST` at most.

    White space in plain words matches any white space, a hyphen also none. A pattern may take long, so that it is for a
    worker: `stopped` ends it early. Raises `PatternError`.
    """
    if query.regex:
        return _by_pattern(haystack, query, stopped)
    words = folded_text(query.words if query.exact else query.words.lower())[0].split()
    if not words:
        return []
    pattern = re.compile(_edged(r"\s+".join(re.escape(word).replace(r"\-", _DASH) for word in words), query.whole))
    if not pattern.pattern.strip(_DASH):
        pattern = re.compile(re.escape(" ".join(words)))
    # In the small letters a search heeds case, which is a lot quicker than not to.
    return _ranges(haystack, lambda text, small: pattern.finditer(text if query.exact else small))


def _edged(pattern: str, whole: bool) -> str:
    return rf"(?<!\w)(?:{pattern})(?!\w)" if whole else pattern


def _by_pattern(haystack: Haystack, query: Query, stopped: Callable[[], bool]) -> list[Range]:
    import regex  # type: ignore[import-untyped]

    if not query.words.strip():
        return []
    if len(query.words) > _LONGEST_PATTERN:
        raise PatternError("the pattern is too long")
    flags = regex.V0 | (0 if query.exact else regex.IGNORECASE)
    words = query.words.translate(_characters)
    try:
        regex.compile(words, flags)
        pattern = regex.compile(_edged(words, query.whole), flags)
    except (regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        said = getattr(error, "msg", "") or "too much for a pattern"
        at = getattr(error, "pos", None)
        raise PatternError(f"{said} at {at + 1}" if at is not None and at < len(words) else str(said)) from None
    ends = monotonic() + _SECONDS

    def matches(text: str, _small: str) -> Iterator["re.Match[str]"]:
        left = ends - monotonic()
        if stopped() or left <= 0:
            raise TimeoutError
        found: Iterator[re.Match[str]] = pattern.finditer(text, timeout=left, concurrent=True)
        return found

    try:
        # What matches nothing, as `x*` does everywhere, is nowhere to be seen.
        return [hit for hit in _ranges(haystack, matches) if hit[1] < hit[2]]
    except TimeoutError:
        raise PatternError("this pattern would take too long") from None


def _ranges(haystack: Haystack, matches: Callable[[str, str], Iterator["re.Match[str]"]]) -> list[Range]:
    found: list[Range] = []
    for number, folded, small, places in haystack.texts:
        if places is None:
            found.extend([(number, *match.span()) for match in matches(folded, small)])
        else:
            spans = [match.span() for match in matches(folded, small)]
            found.extend([(number, places[low], places[high - 1] + 1) for low, high in spans if low < high])
        if len(found) >= MOST:
            break
    return found[:MOST]


def next_hit(hits: Sequence[Range], position: Position, step: int) -> int | None:
    """The number of the hit after (`step` 1) or before (-1) a position, going round at the ends."""
    if not hits:
        return None
    if step > 0:
        return bisect_left(hits, (position[0], position[1] + 1)) % len(hits)
    return (bisect_left(hits, position) - 1) % len(hits)


def within(hits: Sequence[Range], block: int, start: int, end: int) -> Sequence[Range]:
    """The hits that touch the characters `start` to `end` of a block."""
    low = bisect_left(hits, (block, start, 0))
    if low and hits[low - 1][0] == block and hits[low - 1][2] > start:
        low -= 1
    return hits[low : bisect_left(hits, (block, end, 0), low)]
