"""Text folded so that two extractions of one passage read the same, with a map back to where each character stood."""

import re
import unicodedata
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

_QUOTES = {"‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "`": "'"}
# A word divided at a line's end: the hyphen goes where it was the extractor's mark for that (U+2010 before a line end,
# U+FFFE, a soft hyphen), and stays where it is the word's own.
_DIVISION = re.compile("\u2010[ \t]*[\r\n]\\s*|[\ufffe\xad]\\s*")
_LINE_HYPHEN = re.compile("(?<=\\w)-[ \t]*[\r\n]\\s*(?=\\w)")
# What an extractor writes that knows a small capital by its glyph's name only: R/e.sc/t.sc/r.sc/o.sc is "Retro".
_NAMED = re.compile(r"/([A-Za-z])(\.sc)")
# Accents that one extractor puts over the letter (where they are dropped) and another beside it; the bare i below them.
_ACCENTS = {"\u02c6": "", "\u02c7": "", "\u0131": "i", "_": ""}
# Signs that extractors put in different places, a root before or behind its fraction, or do not know at all.
_STRAY = "\u2212\ufffd\u221a\u2211\u00d7~"
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}


@dataclass(frozen=True)
class Folded:
    """Folded `text`; its character i stands at `places[i]` in the original."""

    text: str
    places: "array[int]"

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that folded characters `start` to `end` (not empty) come from."""
        return self.places[start], self.places[end - 1] + 1

    def index(self, place: int) -> int:
        """The first folded character at or after a place of the original."""
        return bisect_left(self.places, place)


class _Characters(dict[str, str]):
    """What each character folds to, worked out once."""

    def __missing__(self, character: str) -> str:
        kept = "".join(
            _ACCENTS.get(part, _QUOTES.get(part, part))
            for part in unicodedata.normalize("NFKD", character)
            if unicodedata.category(part) not in _DROPPED and part not in _STRAY
        )
        folded = self[character] = "".join(kept.split())
        return folded


# White space, controls, format, private use, unassigned (U+FFFE), surrogates, combining marks, dashes of every length.
_DROPPED = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn", "Cs", "Mn", "Me", "Mc", "Pd"})
_characters = _Characters()


def fold(text: str) -> Folded:
    """`text` under NFKD without white space, hyphens and dashes, controls, private-use and combining characters."""
    # Pages are folded again and again; quotes would only push them out of the cache.
    return _folded_page(text) if len(text) > 600 else _folded(text)


@lru_cache(maxsize=1024)
def _folded_page(text: str) -> Folded:
    return _folded(text)


def _folded(text: str) -> Folded:
    parts = [_characters[character] for character in text]
    folded = "".join(parts)
    if len(folded) == sum(map(bool, parts)):
        places = array("i", [place for place, part in enumerate(parts) if part])
    else:
        places = array("i", [place for place, part in enumerate(parts) for _ in part])
    if ".sc" in folded:
        named = {at for found in _NAMED.finditer(folded) for at in (found.start(), *range(*found.span(2)))}
        kept = [at for at in range(len(folded)) if at not in named]
        return Folded("".join(folded[at] for at in kept), array("i", [places[at] for at in kept]))
    return Folded(folded, places)


def readable(text: str) -> str:
    """A stretch of page text as a person would quote it: one line, divided words joined, ligatures spelt out, NFC."""
    text = _LINE_HYPHEN.sub("-", _DIVISION.sub("", text))
    return unicodedata.normalize("NFC", " ".join(text.split()).translate(_LIGATURES))
