"""Citations in a text: `[3, 5–7]`, `(Abadi et al., 2016; Dwork & Roth, 2014a,b)`, `Vaswani et al. [2017]`, `[VSP+17]`.

A citation is one only where the list of references has what it cites; where it may mean two entries it points to both.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cs229tui.documents.crossrefs.entries import ALPHA, Entry
from cs229tui.documents.crossrefs.landmarks import plain_mark
from cs229tui.documents.crossrefs.names import PARTICLES
from cs229tui.documents.listed import letters

_BRACKETED = re.compile(r"\[([^\[\]]{1,300})\]")
_LABEL = re.compile(rf"\d{{1,4}}|{ALPHA}")
_RANGE = re.compile(r"(\d{1,4})\s?[–—\u2010-]\s?(\d{1,4})")
_LEAD = re.compile(r"(?:see(?:\s+also)?|e\.g\.|cf\.|also|and|i\.e\.)[,\s]*", re.I)
_LOCATOR = re.compile(
    r"(?:§|p\.?\s?\d|pp?\.|pages?\b|ch(?:ap(?:ter)?)?s?\b|sec|th(?:eore)?m|lem|prop|cor|def|fig|tab|eq|app|alg|claim|"
    r"remark|example|exercise|part|vol|notes?|footnote|and references|references therein|supp|[ivx]+\)|[a-z]{3})",
    re.I,
)
# What stands before a pair of numbers that are the ends of an interval.
_INTERVAL = re.compile(
    r"(?:[∈=≤≥<>×∪∩^_+\-−(/,]|\b(?:intervals?|ranges?|between|uniform(?:ly)?|domain|values?|over|(?:re)?scal(?:ed?|ing)|"
    r"normali[sz](?:ed?|ing)|clip(?:ped|ping)?|mapped|lies?|bounded))\s*(?:(?:in|from|to|of|by|on|within)\s+)?$",
    re.I,
)
_YEAR = re.compile(r"(?<![\w.–-])((?:1[5-9]|20)\d\d)([a-z](?![a-z]))?(?![\w%]|\.\d)")
_ANOTHER_LETTER = re.compile(r"\s?[,;/]\s?([a-z])(?![\w.])")
_BEFORE_YEAR = re.compile(r"(?:['’]s?)?[,\s]*[(\[]?\s*$")
_SAME_NAMES = re.compile(r"\s*(?:[,;]|,?\s+and|\s*&)\s*")
_ETAL = re.compile(r"\s+(?:et|el)\.?\s+al\b\.?(?:['’]s)?,?$|,?\s+and\s+(?:others|colleagues|co-?workers)$")
_PAIR = re.compile(r",?\s+(?:and|&)\s*$")
_NAMELIKE = re.compile(r"[^\W\d_][\w’'`´‐-]*\.?")
_SUPERSCRIPT = re.compile(
    r"(?<!log|sin|cos|tan|min|max|exp)(?<![cmk]m)(?:(?<=[a-z]{2})|(?<=[a-z][.,;:)\]”\"’])|(?<=\)[.,]))(?:([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}(?:[,–⁻’˒·]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}){0,12})|\^\{([\d,–\-\s]{1,40})\})"
)
_WINDOW = 160
_LONGEST_NAME = 8
_WIDEST = 60


@dataclass(frozen=True)
class Citation:
    """Characters `start` to `end` of a text cite these entries, by their number from 0."""

    start: int
    end: int
    entries: tuple[int, ...]


class Citing:
    """How one paper cites: by label, by number in the list, by names and year, or by raised numbers."""

    def __init__(self, entries: Sequence[Entry], texts: Iterable[str] = ()) -> None:
        self.entries = entries
        self._labels: dict[str, list[int]] = defaultdict(list)
        self._names: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(entries):
            if entry.label:
                self._labels[entry.label].append(number)
            for key in entry.surnames[0] if entry.surnames else ():
                self._names[key].append(number)
        self._raised = False
        labelled = bool(self._labels)
        if not labelled:
            for number, entry in enumerate(entries):
                self._labels[str(entry.number)].append(number)
        if all(label.isdigit() for label in self._labels):
            self._choose(texts, labelled)

    def _choose(self, texts: Iterable[str], labelled: bool) -> None:
        """Numbers mean entries only where the paper cites by number; raised ones only where none stand in brackets."""
        bracketed = named = raised = 0
        for text in texts:
            if "[" in text:
                bracketed += sum(1 for _ in self._by_label(text))
            if not labelled or not bracketed:
                named += sum(1 for _ in self._by_name(text))
            raised += sum(1 for _ in _SUPERSCRIPT.finditer(text))
            if bracketed > 40 or named > 40:
                break
        if not labelled and named and named >= bracketed:
            self._labels.clear()
        elif bracketed < 3 and named < 3 and raised >= 5:
            self._raised = True

    def find(self, text: str) -> list[Citation]:
        """The citations of a text, in order, each number or year its own."""
        if not self.entries:
            return []
        found = [*self._by_label(text), *self._by_name(text)]
        if self._raised:
            found += self._by_raised(text)
        found.sort(key=lambda one: (one.start, -one.end))
        kept: list[Citation] = []
        for one in found:
            if not kept or one.start >= kept[-1].end:
                kept.append(one)
        return kept

    # [3, 5–7], [VSP+17]

    def _by_label(self, text: str) -> Iterator[Citation]:
        if not self._labels or "[" not in text:
            return
        for group in _BRACKETED.finditer(text):
            yield from self._group(text, group)

    def _group(self, text: str, group: re.Match[str]) -> list[Citation]:
        start = group.start()
        word = re.search(r"\\?[\w\u0370-\u03ff]*$", text[max(0, start - 20) : start])
        # An index (`x[3]`) stands close to a name; a citation only where the space before it was lost.
        if word and word[0] and (len(word[0]) < 3 or not word[0].isalpha() or word[0].isupper()):
            return []
        found: list[Citation] = []
        at, plain = group.start(1), 0
        for part in re.split(r"([,;])", group[1]):
            begin, at = at, at + len(part)
            bare = part.strip()
            begin += len(part) - len(part.lstrip())
            if bare in ("", ",", ";"):
                continue
            if not found and (lead := _LEAD.match(bare)):
                bare, begin = bare[lead.end() :], begin + lead.end()
            one = self._part(bare, begin)
            if one is None:
                if found and _LOCATOR.match(bare):
                    continue
                return []
            found.append(one)
            plain += bare.isdigit()
        if plain == len(found) == 2 and group[1].count(",") == 1:
            low, high = (int(self.entries[one.entries[0]].number) for one in found)
            if low < high and _INTERVAL.search(text[max(0, start - 24) : start]):
                return []
        return found

    def _part(self, bare: str, begin: int) -> Citation | None:
        if span := _RANGE.fullmatch(bare):
            low, high = int(span[1]), int(span[2])
            if not low < high <= low + _WIDEST:
                return None
            numbers = [self._labels.get(str(number)) for number in range(low, high + 1)]
            if not all(numbers):
                return None
            every = tuple(number for known in numbers for number in known or ())
            return Citation(begin, begin + len(bare), every)
        label = _LABEL.match(bare)
        known = self._labels.get(re.sub(r"\s+", "", label[0])) if label else None
        if label is None or not known:
            return None
        rest = bare[label.end() :].strip(" :.,")
        if rest and not _LOCATOR.match(rest):
            return None
        return Citation(begin, begin + label.end(), tuple(known))

    # (Abadi et al., 2016), Dwork & Roth [2014a,b]

    def _by_name(self, text: str) -> Iterator[Citation]:
        if not self._names:
            return
        last_end = -1
        last_names: tuple[int, ...] = ()
        for year in _YEAR.finditer(text):
            low = max(0, year.start() - _WINDOW)
            same = last_end >= 0 and _SAME_NAMES.fullmatch(text, last_end, year.start())
            if same:
                start, names = year.start(), last_names
            else:
                before = text[low : year.start()]
                sign = _BEFORE_YEAR.search(before, max(0, len(before) - 12))
                found = self._authors(before[: sign.start()] if sign else before)
                if found is None or not re.search(r"[\s,(\[]$", before):
                    continue
                start, names = low + found[0], found[1]
            cited = self._of_year(names, year[1], year[2] or "")
            if not cited:
                continue
            end = year.end()
            last_names, last_end = names, end
            if not same and text[end : end + 1] in (")", "]") and re.search(r"[(\[]", text[start:end]):
                end += 1
            yield Citation(start, end, cited)
            if year[2]:
                while another := _ANOTHER_LETTER.match(text, last_end):
                    more = self._of_year(names, year[1], another[1])
                    if not more:
                        break
                    yield Citation(another.start(1), another.end(1), more)
                    last_end = another.end()

    def _of_year(self, names: tuple[int, ...], year: str, letter: str) -> tuple[int, ...]:
        """The entries among those of the same authors that are of a year, the surest first, all where none is surer."""
        exact = [number for number in names if year + letter in self.entries[number].years[:1]]
        if exact:
            return _surest(exact)
        main = [number for number in names if any(one[:4] == year for one in self.entries[number].years[:1])]
        if letter:
            # A letter that the list lost in print leaves those of the year; another letter is another work.
            return _surest([number for number in main if len(self.entries[number].years[0]) == 4])
        return _surest(main or [n for n in names if any(one[:4] == year for one in self.entries[n].years)])

    def _authors(self, before: str) -> tuple[int, tuple[int, ...]] | None:
        """Where the names that end a text begin, and the entries that are by them."""
        before = before.rstrip(" ,")
        if etal := _ETAL.search(before, max(0, len(before) - 24)):
            return self._first_author(before[: etal.start()], (), True)
        words = list(re.finditer(r"\S+", before[-100:]))
        shift = max(0, len(before) - 100)
        # "Dwork and Roth", "Abadi, Chu and Goodfellow": the last name may have particles of its own.
        for count in range(1, min(5, len(words))):
            tail, joint = words[-count:], words[-count - 1]
            if joint[0] in ("and", "&"):
                second = letters(" ".join(word[0] for word in tail))
                head = before[: shift + joint.start()].rstrip(" ,")
                if found := self._first_author(head, (second,), False):
                    return found
                break
        return self._first_author(before, (), False)

    def _first_author(self, head: str, others: tuple[str, ...], etal: bool) -> tuple[int, tuple[int, ...]] | None:
        parts = head.rsplit(",", 6)
        for back in range(len(parts) - 1, -1, -1):
            part = parts[back]
            between = [letters(_PAIR.sub("", one)) for one in parts[back + 1 :]]
            begin = sum(len(one) + 1 for one in parts[:back])
            found = self._name_at_end(part, (*filter(None, between), *others), etal)
            if found:
                return begin + found[0], found[1]
            if not re.fullmatch(r"\s*(?:[^\W\d_][\w’'.-]*\s?){1,4}", part):
                return None
        return None

    def _name_at_end(self, part: str, others: tuple[str, ...], etal: bool) -> tuple[int, tuple[int, ...]] | None:
        words: list[re.Match[str]] = []
        for word in reversed(list(re.finditer(r"[^\s(\[;:—]+", part[-120:]))):
            bare = word[0].rstrip(".,’'")
            if not _NAMELIKE.fullmatch(word[0].rstrip(",")) and not bare.isalnum():
                break
            small = bare[:1].islower() and bare.casefold() not in PARTICLES
            words.insert(0, word)
            if len(words) >= _LONGEST_NAME:
                break
            # Names of organisations have small words too, but not before a person's.
            if small and len(words) > 4:
                break
        shift = max(0, len(part) - 120)
        for first in range(len(words)):
            gap = part[shift + words[first].start() : shift + words[-1].end()]
            if re.search(r"[(\[;:—]", gap):
                continue
            if not (words[first][0][:1].isupper() or words[first][0].casefold() in PARTICLES):
                continue
            key = letters(gap)
            known = [number for number in self._names.get(key, ()) if self._agrees(number, others, etal)]
            if known:
                # Who is named alone wrote alone, where there is such a work.
                alone = [number for number in known if len(self.entries[number].surnames) == 1]
                return shift + words[first].start(), tuple(known if etal or others else alone + known)
        return None

    def _agrees(self, number: int, others: tuple[str, ...], etal: bool) -> bool:
        entry = self.entries[number]
        if etal and len(entry.surnames) < 2 and not entry.more:
            return False
        rest = set().union(*entry.surnames[1:]) if len(entry.surnames) > 1 else set()
        if not all(other in rest for other in others):
            return False
        # Two names are all of them; more may follow where the list was cut.
        return not others or etal or entry.more or len(entry.surnames) == len(others) + 1

    # word.¹²

    def _by_raised(self, text: str) -> Iterator[Citation]:
        for match in _SUPERSCRIPT.finditer(text):
            marks = match[1] or match[2]
            at = match.start(1) if match[1] else match.start(2)
            for part in re.finditer(r"[⁰¹²³⁴⁵⁶⁷⁸⁹\d]+(?:\s?[–⁻-]\s?[⁰¹²³⁴⁵⁶⁷⁸⁹\d]+)?", marks):
                ends = [plain_mark(one) for one in re.split(r"\s?[–⁻-]\s?", part[0])]
                if int(ends[-1]) - int(ends[0]) > _WIDEST:
                    continue
                known = [self._labels.get(str(number)) for number in range(int(ends[0]), int(ends[-1]) + 1)]
                if known and all(known):
                    cited = tuple(number for one in known for number in one or ())
                    yield Citation(at + part.start(), at + part.end(), cited)


def _surest(numbers: list[int]) -> tuple[int, ...]:
    """Without what is in it twice, or only what is: a work by those who were named and nobody else."""
    twice = {number for number in numbers if numbers.count(number) > 1}
    return tuple(dict.fromkeys(number for number in numbers if not twice or number in twice))
