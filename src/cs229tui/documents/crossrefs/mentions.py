"""Mentions of what has a number in the text: `Section 4`, `§3`, `Figs. 2 and 3`, `Tables 1–3`, `Eq. (5)`, `Lemma 3`.

A mention is one only where the thing is there; "Theorem 3 of [12]" and "Section 2 of Dwork and Roth (2014)" are not.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cs229tui.documents.crossrefs.citations import Citation
from cs229tui.documents.crossrefs.landmarks import STATEMENTS, Landmarks, plain_mark
from cs229tui.documents.crossrefs.targets import Target

_WORDS: dict[str, tuple[str, ...]] = {
    "section": ("sections?", r"sects?\.", r"secs?\.", "§§?", "append(?:ix|ices)", r"apps?\.", "subsections?"),
    "chapter": ("chapters?", r"chaps?\."),
    "part": ("parts?",),
    "figure": ("figures?", r"figs?\.?"),
    "table": ("tables?", r"tabs?\."),
    "equation": ("equations?", r"eqn?s?\.?", "inequality", "inequalities"),
    "algorithm": ("algorithms?", r"algs?\.", r"algos?\."),
    "listing": ("listings?",),
    "footnote": ("footnotes?",),
}
_SHORT = {"thm": "theorem", "lem": "lemma", "def": "definition", "defn": "definition", "prop": "proposition"} | {
    "cor": "corollary",
    "ex": "example",
    "rem": "remark",
    "lemmas": "lemma",
    "lemmata": "lemma",
    "hypotheses": "hypothesis",
}
_STATEMENT = rf"(?:{STATEMENTS})s?|corollaries|properties|lemmata|hypotheses|(?:thm|lem|defn?|prop|cor|ex|rem)s?\."
_ANY = "|".join([*(word for words in _WORDS.values() for word in words), _STATEMENT])
_WORD = re.compile(
    rf"(?<![\w-])(?:{_ANY})(?:(?<=[.§])|(?![\w-]))\s{{0,2}}|(?<!\w)(?:Figure|Table|Section|Sec|Fig|Eqn?)(?=\d)", re.I
)
_PATTERNS = {name: re.compile(rf"(?:{'|'.join(words)})", re.I) for name, words in _WORDS.items()}
_NUMBER = r"(?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,3}){0,4}"
_NUMBERS = {
    "section": re.compile(rf"{_NUMBER}(?!\w)|[A-Z](?:\.\d{{1,2}}){{0,3}}(?![\w’'])|[IVX]{{1,5}}(?:-[A-Z])?(?!\w)"),
    "equation": re.compile(rf"\(\s?(?P<in>{_NUMBER}[a-z]?|[A-Z]\.\d{{1,2}})\s?\)|{_NUMBER}[a-z]?(?!\w)"),
    "": re.compile(
        rf"(?P<whole>{_NUMBER}(?P<sub>\s?\([a-zA-Z](?:[,–-]\s?[a-zA-Z])*\)|[a-zA-Z](?:[–-][a-zA-Z])?)?)(?!\w)|[IVX]{{1,5}}(?!\w)"
    ),
}
_JOINT = re.compile(r"(?:\s?\([a-z]\))?(?P<sign>\s?[–—-]\s?|\s+to\s+|\s+through\s+|,?\s+(?:and|or|&)\s+|,\s+|\s?&\s?)")
# After "Table 3 and 4" the sentence goes on; after "Table 3 and 4 layers" the number counted something.
_GOES_ON = re.compile(
    r"\s*(?:[.,;:)\]—–?]|$)|\s+(?:for|show\w*|in|of|are|is|gives?|presents?|compares?|reports?|lists?|illustrates?|"
    r"summari\w+|we|to|respectively|contains?|provides?|describes?|displays?|demonstrates?|indicates?|suggests?|which|"
    r"where|with|from|on|at|as|have|has|confirms?|plots?|depicts?|that|and|or|imply|implies|hold|follow|can|both|\()\b"
)
_ELSEWHERE = re.compile(
    r"\s+(?:of|in|from|by)\s+(?:their|his|her|ref\.|(?:the|that|this)\s+(?:original|book|companion|full|extended|cited|"
    r"supplement\w*\s+of)\b)"
)
_OF = re.compile(r",?\s+(?:of|in|from|by)\s+[(\[]?(?:see\s+|e\.g\.,?\s+)?$")
_BARE = re.compile(r"(?<=\s)\(((?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,3}){0,2}[a-z]?)\)")
_BEFORE_BARE = re.compile(
    r"\b(?:in|by|from|of|using|into|to|see|via|with|both|solv(?:e|es|ing)|minimi[sz]\w+|maximi[sz]\w+|satisf\w+|"
    r"objective|loss|constraint|bound|problem|expression|formula|update|model|form|definition|condition|rule)\s+$",
    re.I,
)
_MARK = re.compile(
    r"(?:(?<=[^\W\d_]{2})|(?<=[^\W\d_][.,;:)\]”\"’?!])|(?<=[)\]][.,;:])|(?<=[\d)\]][)\]]))([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})(?![\w^_\u2070-\u209c])"
    r"|(?<=[\w.,;:)])([∗†‡§¶‖])"
)
_UNITS = re.compile(r"(?:^|[\d\s/·])(?:[cmk]?m|km|in|ft|sec)$")
_WIDEST = 30


@dataclass(frozen=True)
class Mention:
    """Characters `start` to `end` of a text name these things."""

    start: int
    end: int
    targets: tuple[Target, ...]


def mentions(text: str, landmarks: Landmarks, cited: Sequence[Citation] = ()) -> Iterator[Mention]:
    """What a text mentions by word and number, in order; `cited` are the citations of the same text."""
    end = 0
    for word in _WORD.finditer(text):
        if word.start() < end or any(one.start <= word.start() < one.end for one in cited):
            continue
        kind = _kind(word[0].strip())
        for one in _numbers(text, word, kind, landmarks):
            end = one.end
            if not _of_another(text, one, cited):
                yield one


def _kind(word: str) -> str:
    bare = word.lower().rstrip(".")
    for name, pattern in _PATTERNS.items():
        if pattern.fullmatch(word):
            return name
    if bare in _SHORT:
        return _SHORT[bare]
    singular = {"corollaries": "corollary", "properties": "property"}.get(bare, bare)
    return singular if singular in STATEMENTS.split("|") else _SHORT.get(bare.rstrip("s"), bare.removesuffix("s"))


def _numbers(text: str, word: re.Match[str], kind: str, landmarks: Landmarks) -> Iterator[Mention]:
    pattern = _NUMBERS.get("section" if kind in ("chapter", "part") else kind, _NUMBERS[""])
    plural = word[0].strip().lower().rstrip(".").endswith("s") or word[0].startswith("§§")
    start, at = word.start(), word.end()
    first = True
    for _ in range(12):
        number = pattern.match(text, at)
        if number is None:
            return
        found = _find(number, kind, landmarks)
        low, end = _label(number), found[1]
        if not found[0]:
            return
        if not first and not plural and not _GOES_ON.match(text, end):
            return
        targets = found[0]
        joint = _JOINT.match(text, end)
        following = pattern.match(text, joint.end()) if joint else None
        if joint and following and re.search(r"[–—-]|to|through", joint["sign"]) and low.isdigit():
            high = _label(following)
            if high.isdigit() and int(low) < int(high) <= int(low) + _WIDEST:
                every = [landmarks.find(kind, str(one)) for one in range(int(low), int(high) + 1)]
                last = _find(following, kind, landmarks)
                if all(every):
                    yield Mention(start, last[1], tuple(target for one in every for target in one))
                    return
            return
        yield Mention(start, end, targets)
        if joint is None or following is None or re.search(r"[–—-]|to|through", joint["sign"]):
            return
        if (
            "," in joint["sign"]
            and not plural
            and not re.match(r"[^.;()]{0,40}?\b(?:and|or|&)\s+\(?[A-Z]?\d", text[joint.end() : joint.end() + 60])
            and not re.search(r"and|or|&", joint["sign"])
        ):
            return
        start, at, first = joint.end(), joint.end(), False


def _label(number: re.Match[str]) -> str:
    groups = number.groupdict()
    inside = groups.get("in")
    whole = inside or number[0]
    sub = groups.get("sub")
    return whole[: len(whole) - len(sub)] if sub else whole


def _find(number: re.Match[str], kind: str, landmarks: Landmarks) -> tuple[tuple[Target, ...], int]:
    """What a number means, and where it ends: `2b` is part b of Figure 2 unless there is a Figure 2b."""
    end = number.end()
    sub = number.groupdict().get("sub")
    if sub:
        whole = landmarks.find(kind, number[0])
        if whole:
            return whole, end
        if not re.search(r"\(", sub) and sub[0].islower() and len(sub) == 1 and kind not in ("figure", "table"):
            return (), end
    label = _label(number)
    if found := landmarks.find(kind, label):
        return found, end
    if kind == "section" and "-" in label:
        return landmarks.find(kind, label.split("-")[0]), end
    if kind == "section" and label and (found := landmarks.find("chapter", label)):
        return found, end
    if kind == "chapter" and (found := landmarks.find("section", label)):
        return found, end
    if kind == "equation" and label[-1:].islower():
        return landmarks.find(kind, label[:-1]), end
    return (), end


def _of_another(text: str, one: Mention, cited: Sequence[Citation]) -> bool:
    """Whether it is a place in another work: "Theorem 3 of [12]", "(Abadi et al., 2016, Section 2)"."""
    if _ELSEWHERE.match(text, one.end):
        return True
    for citation in cited:
        if citation.start >= one.end:
            if citation.start - one.end < 60 and _OF.fullmatch(text, one.end, citation.start):
                return True
        elif citation.end <= one.start and one.start - citation.end < 12:
            between = text[citation.end : one.start]
            if re.fullmatch(r",\s+(?:see\s+)?", between) and text[citation.end - 1] not in ")]":
                return True
    return False


def bare_equations(text: str, landmarks: Landmarks) -> Iterator[Mention]:
    """`(5)` alone, where it is certain: after a word that asks for it, and where nothing is counted in brackets."""
    found = list(_BARE.finditer(text))
    if len({match[1] for match in found}) > 1 and any(match[1] == "1" for match in found):
        return
    for match in found:
        targets = landmarks.find("equation", match[1])
        if targets and _BEFORE_BARE.search(text, max(0, match.start() - 24), match.start()):
            yield Mention(match.start(), match.end(), targets)


def footnote_marks(text: str, page_of: Callable[[int], int], landmarks: Landmarks) -> Iterator[Mention]:
    """Raised numbers and signs that stand for a footnote of the same page; `page_of` says on which a character is."""
    for match in _MARK.finditer(text):
        mark = plain_mark(match[1] or match[2])
        if match[1] and _UNITS.search(text, max(0, match.start() - 4), match.start()):
            continue
        page = page_of(match.start())
        target = landmarks.footnotes.get((page, mark))
        if target is None and mark.isdigit():
            # A note that did not fit stands on the next page.
            target = landmarks.footnotes.get((page + 1, mark))
        if target:
            yield Mention(match.start(), match.end(), (target,))
