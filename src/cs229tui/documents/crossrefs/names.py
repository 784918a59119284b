"""The people at the head of a reference entry."""

import re
from dataclasses import dataclass

from cs229tui.documents.listed import letters

_FORE_NAMES = "van|von|der|den|de|del|della|di|da|du|des|dos|la|le|ter|ten|zu|zur|af|av|bin|ibn|al|el|y|e|’t|'t"
PARTICLES = frozenset(_FORE_NAMES.split("|"))
_LONGEST_HEAD = 3000
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV)\.?")
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?[\-\u2010\u2011]?){1,4}\.?|[A-Z]\.[\-\u2010\u2011]?[a-z]\.|[a-z]\.")
_JOINT = re.compile(r",?\s+(?:and|&|und)\s+|\s*[;,]\s*(?:and\s+|&\s*)?")
_MORE = re.compile(r"[\s,]*(?:and\s+)?\b(?:et\s+al\b\.?|others\b\.?)")
_YEAR = re.compile(r"[(\[]?(?:1[5-9]|20)\d\d[a-z]?\b")
_INVERTED = re.compile(
    r"(?P<surname>(?:(?:van|von|der|den|de|del|della|di|da|du|dos|la|le|ter|ten|el|al|[dDO]['’])\s?){0,3}"
    r"[^\W\d_][\w’'`´‐-]{0,40}(?:\s[A-Z][\w’'`´‐-]{1,40})?),\s+"
    r"(?P<first>(?:[^\W\d_a-z]\.?[\s‐-]{0,2}(?![a-z])){1,5}|[A-Z][\w’'‐-]{1,30}(?:\s+[A-Z]\.?(?!\w)){0,3})"
    r"(?:,\s+(?:Jr|Sr|II|III)\.?)?(?=\s*(?:[,;.&(:]|and\b|et\b|$)|(?<=\.)\s)"
)
_LAST_FIRST = re.compile(
    r"(?:(?:van|von|der|den|de|del|di|da|du|la|le|el|al)\s){0,3}[^\W\d_][\w’'‐-]*[^\W\d_A-Z][\w’'‐-]*\s[A-Z]{1,3}"
    r"(?=[,;.:]|\s\(|$)"
)
_ORGANISATION = re.compile(r"[^.,:(\[“\"]{2,120}")


@dataclass(frozen=True)
class Head:
    """Who wrote a work: names as printed, whether there are `more` of them, and where in the text they `end`."""

    authors: tuple[str, ...]
    surnames: tuple[frozenset[str], ...]
    more: bool
    end: int


def head_of(text: str) -> Head:
    """The authors an entry (without its label) begins with, in the orders First Last, F. Last, Last F and Last, F."""
    text = text[:_LONGEST_HEAD]
    names, end = _inverted(text) or _initials_last(text) or _natural(text)
    more = False
    if after := _MORE.match(text, end):
        more, end = True, after.end()
    surnames = [_keys(name) for name in names]
    if body := _ORGANISATION.match(text):
        # An organisation is cited by its whole name, or by the first words of its entry.
        whole = frozenset({letters(body[0])})
        surnames = [surnames[0] | whole, *surnames[1:]] if surnames else [whole]
    return Head(tuple(names), tuple(surnames), more, end)


def _inverted(text: str) -> tuple[list[str], int] | None:
    first = text.split(",", 1)[0]
    words = [word for word in first.split() if word.casefold() not in PARTICLES]
    if len(words) > 2 or (len(words) == 2 and "." in first):
        return None
    names: list[str] = []
    at = end = 0
    while match := _INVERTED.match(text, at):
        if len(words) == 2 and not names and not _INITIALS.fullmatch(match["first"].replace(" ", "")):
            return None
        if len(words) == 2 and not names and re.match(r"\s+[A-Z]", text[match.end() :]):
            return None
        names.append(f"{match['first'].strip()} {match['surname']}")
        end = match.end()
        joint = re.compile(r"[.\s]*(?:,?\s*(?:and|&)\s+|[,;]\s+)").match(text, end)
        if joint is None:
            break
        at = joint.end()
    return (names, end) if names else None


def _initials_last(text: str) -> tuple[list[str], int] | None:
    """Names as medicine writes them: Krizhevsky A, Sutskever I, Hinton GE."""
    names: list[str] = []
    at = end = 0
    while match := _LAST_FIRST.match(text, at):
        if not names and text[match.end() : match.end() + 1] == ".":
            # "Olivier J. Hénaff": the initial is in the middle of a name.
            return None
        names.append(match[0])
        end = match.end()
        joint = re.compile(r"[,;]\s+(?:and\s+|&\s*)?").match(text, end)
        if joint is None:
            break
        at = joint.end()
    return (names, end) if names else None


def _natural(text: str) -> tuple[list[str], int]:
    end, low = len(text), False
    for token in re.finditer(r"\S+", text):
        word = token[0]
        bare = word.strip(",;:.()")
        if word[0] in '“"‘«' or _YEAR.match(word):
            end = token.start()
            break
        if bare in ("et", "others"):
            end = token.start()
            break
        if bare in ("and", "&") or (bare in PARTICLES and not word.endswith(".")) or re.match(r"[dlo]['’][A-Z]", bare):
            continue
        if not (bare[:1].isupper() or not bare[:1].isascii() or bare[:1] in "’'`" or _INITIALS.fullmatch(word)):
            low, end = bool(bare), token.start()
            break
        if word.endswith(":"):
            end = token.end() - 1
            break
        if word.endswith((".", ".,")) and not _INITIALS.fullmatch(word.rstrip(",")) and not _SUFFIX.fullmatch(bare):
            end = token.end() - 1
            break
    if low:
        # A word in small letters belongs to the title, and so does what stands before it in the same stretch.
        end = max(text.rfind(", ", 0, end), 0)
    parts = [part.strip(" .,") for part in _JOINT.split(text[:end])]
    names = [part for part in parts if letters(part) and not _SUFFIX.fullmatch(part)]
    return names, end


def _keys(name: str) -> frozenset[str]:
    """By which letters a person is cited: the last word of the name, with the words before it that may belong to it."""
    words = [word for word in name.split() if not _SUFFIX.fullmatch(word)]
    if len(words) > 1 and re.fullmatch(r"[^\W\d_a-z]{1,3}", words[-1]) and re.search(r"[a-z]", words[-2]):
        words.pop()
        return frozenset(letters(" ".join(words[-count:])) for count in range(1, len(words) + 1)) - {""}
    full = [word for word in words if not _INITIALS.fullmatch(word)] or words[-1:]
    return frozenset(letters(" ".join(full[-count:])) for count in (1, 2, 3)) - {""}
