"""Search over all at once: readings, notes, annotations, cards and the text of every page, a keystroke at a time."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from cs229tui.course.model import Reading
from cs229tui.library.database import Database
from cs229tui.library.documents import attached

HitKind = Literal["reading", "note", "annotation", "card", "page"]
_KINDS: tuple[HitKind, ...] = ("reading", "note", "annotation", "card", "page")
_WORD = re.compile(r"[^\W_]+")
_LINE_END_HYPHEN = re.compile("\u2010 ?\n?")
_MOST_CHARACTERS, _MOST_PHRASES = 200, 16
_BEFORE, _AFTER = 40, 100
# Up to so many matches are ranked; of more, the newest are given.
_FEW = 400
# bm25 counts every row of every phrase it is given, which for "the" takes longer than a frame: it gets the rarer ones.
_RARE = 2_000


@dataclass(frozen=True)
class Hit:
    """One thing found. `id` is the reading's, note's, annotation's or card's; `title` the reading's or note's; `label`
    says what it is (`question · mei`, `p 6`). `place` is a character on `page` (from 1), `second` a moment of a video;
    `marks` are the stretches (start, end) of `snippet` that match.
    """

    kind: HitKind
    id: str
    reading: str | None
    page: int | None
    place: int | None
    title: str
    label: str
    snippet: str
    marks: tuple[tuple[int, int], ...] = ()
    second: float | None = None


@dataclass(frozen=True)
class Query:
    """What was typed, taken apart: words, and phrases of several; the last is still being typed when `open`."""

    phrases: tuple[tuple[str, ...], ...]
    open: bool

    @property
    def fts(self) -> tuple[str, ...]:
        """Each phrase in FTS5's language, quoted, so that nothing typed is an operator."""
        quoted = ['"' + " ".join(words) + '"' for words in self.phrases]
        return (*quoted[:-1], quoted[-1] + " *") if self.open else tuple(quoted)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches any of the phrases in text, or in `_unmarked` text."""
        ways = [r"[\W_]+".join(map(re.escape, _words(" ".join(words)))) for words in self.phrases]
        ends = [r"(?![^\W_])"] * len(ways)
        if self.open:
            ends[-1] = r"[^\W_]*"
        either = "|".join(
            way + end for way, end in sorted(zip(ways, ends, strict=True), key=lambda pair: -len(pair[0]))
        )
        return re.compile(rf"(?<![^\W_])(?:{either})", re.IGNORECASE)


def parse(text: str) -> Query:
    """Take apart what was typed; words in double quotes stand together, a word with nothing after it is open."""
    text = text[:_MOST_CHARACTERS]
    phrases: list[tuple[str, ...]] = []
    for number, part in enumerate(text.split('"')):
        words = tuple(_WORD.findall(part))
        phrases += [words] if number % 2 and words else [(word,) for word in words]
    is_open = bool(_WORD.match(text[-1:]))
    # A word typed twice counts once: the later one, which may be open.
    once = [*dict.fromkeys(reversed(phrases))][:_MOST_PHRASES]
    return Query(tuple(reversed(once)), is_open)


def search(database: Database, catalog: Mapping[str, Reading], query: str, limit: int = 50) -> list[Hit]:
    """At most `limit` hits: readings, then notes, annotations, cards and pages, each kind with its share of the room.

    Where a kind has few matches the best come first, where it has many the newest. Anything may be typed; a query
    without a word finds nothing.
    """
    parsed = parse(query)
    if not parsed.phrases or limit < 1:
        return []
    by_kind: dict[HitKind, list[Hit]] = {
        "reading": _readings(catalog, parsed, limit),
        "note": _notes(database, catalog, parsed, limit),
        "annotation": _annotations(database, catalog, parsed, limit),
        "card": _cards(database, catalog, parsed, limit),
        "page": _pages(database, catalog, parsed, limit),
    }
    room = _shares({kind: len(hits) for kind, hits in by_kind.items()}, limit)
    return [hit for kind in _KINDS for hit in by_kind[kind][: room[kind]]]


def _shares(found: dict[HitKind, int], limit: int) -> dict[HitKind, int]:
    """How many of each kind are shown: equal shares, and what one kind does not need goes to the others."""
    shares = dict.fromkeys(found, 0)
    left = limit
    while left and (hungry := [kind for kind in _KINDS if shares[kind] < found[kind]]):
        portion = max(1, left // len(hungry))
        for kind in hungry:
            step = min(portion, found[kind] - shares[kind], left)
            shares[kind] += step
            left -= step
    return shares


def _readings(catalog: Mapping[str, Reading], query: Query, limit: int) -> list[Hit]:
    needles = [" " + " ".join(_words(" ".join(words))) for words in query.phrases]
    closed = [True] * (len(needles) - 1) + [not query.open]
    scored: list[tuple[int, int, Reading]] = []
    for order, reading in enumerate(catalog.values()):
        title, rest = _searchable(reading)
        score = 0
        for needle, whole in zip(needles, closed, strict=True):
            if (needle + " " if whole else needle) in title:
                # A title that begins so, or holds the whole word, is more likely what was meant.
                score += 3 + 2 * title.startswith(needle) + (needle + " " in title)
            elif (needle + " " if whole else needle) in rest:
                score += 1 + (needle + " " in rest)
            else:
                break
        else:
            scored.append((-score, order, reading))
    return [_reading_hit(reading, query) for _, _, reading in sorted(scored, key=lambda entry: entry[:2])[:limit]]


@lru_cache(maxsize=4096)
def _searchable(reading: Reading) -> tuple[str, str]:
    rest = (reading.id, *reading.authors, *reading.topics, reading.arxiv, reading.doi, reading.kind, reading.group)
    return f" {' '.join(_words(reading.title))} ", f" {' '.join(_words(' '.join(rest)))} {reading.year or ''} "


def _reading_hit(reading: Reading, query: Query) -> Hit:
    authors = reading.by(3)
    snippet = " · ".join(part for part in (authors, str(reading.year or ""), ", ".join(reading.topics)) if part)
    return Hit(
        "reading", reading.id, reading.id, None, None, reading.title, reading.kind, snippet, _marks(snippet, query)
    )


def _notes(database: Database, catalog: Mapping[str, Reading], query: Query, limit: int) -> list[Hit]:
    found = []
    for seq in _matches(database, "note_text", query)[:limit]:
        sql = "SELECT id, reading, title, body FROM note WHERE seq = ?"
        id, reading, title, body = database.execute(sql, [seq]).fetchone()
        snippet, marks, _ = _excerpt(body, query)
        label = f"note · {_title(catalog, reading)}" if reading else "note"
        found.append(Hit("note", id, reading, None, None, title, label, snippet, marks))
    return found


def _annotations(database: Database, catalog: Mapping[str, Reading], query: Query, limit: int) -> list[Hit]:
    found = []
    for seq in _matches(database, "annotation_text", query)[:limit]:
        sql = "SELECT id, reading, page, start, second, kind, author, body, quote, tags FROM annotation WHERE seq = ?"
        id, reading, page, start, second, kind, author, *texts, tags = database.execute(sql, [seq]).fetchone()
        excerpts = [_excerpt(text, query) for text in (*texts, " ".join(json.loads(tags))) if text]
        snippet, marks, _ = max(excerpts, key=lambda excerpt: len(excerpt[1]), default=("", (), 0))
        label = f"{kind} · {author}"
        title = _title(catalog, reading)
        found.append(Hit("annotation", id, reading, page, start, title, label, snippet, marks, second))
    return found


def _cards(database: Database, catalog: Mapping[str, Reading], query: Query, limit: int) -> list[Hit]:
    found = []
    for seq in _matches(database, "card_text", query)[:limit]:
        sql = "SELECT id, reading, page, start, front, back FROM card WHERE seq = ?"
        id, reading, page, start, *texts = database.execute(sql, [seq]).fetchone()
        excerpts = [_excerpt(text.replace("{{", "").replace("}}", ""), query) for text in texts]
        snippet, marks, _ = max(excerpts, key=lambda excerpt: len(excerpt[1]))
        found.append(Hit("card", id, reading, page, start, _title(catalog, reading), "flash card", snippet, marks))
    return found


def _pages(database: Database, catalog: Mapping[str, Reading], query: Query, limit: int) -> list[Hit]:
    reading_of = {sha256: reading for reading, (sha256, _) in attached(database).items()}
    found: list[Hit] = []
    for seq in _matches(database, "page_text", query):
        sql = "SELECT document, number, label, text FROM page WHERE seq = ?"
        document, number, label, text = database.execute(sql, [seq]).fetchone()
        # A document that a newer one has replaced is kept, but not shown.
        reading = reading_of.get(document)
        if reading is not None:
            snippet, marks, place = _excerpt(text, query)
            title = _title(catalog, reading)
            found.append(Hit("page", reading, reading, number, place, title, f"p {label}", snippet, marks))
            if len(found) == limit:
                break
    return found


def _matches(database: Database, table: str, query: Query) -> list[int]:
    """The rowids in a full-text `table` that match: the best first where there are few, else the newest."""
    every = " AND ".join(query.fts)
    sql = f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid DESC LIMIT ?"  # noqa: S608
    newest = [row[0] for row in database.execute(sql, [every, _FEW + 1])]
    if not 1 < len(newest) <= _FEW:
        return newest
    single = [phrase for phrase, words in zip(query.fts, query.phrases, strict=True) if len(words) == 1]
    rare = [phrase for phrase in single if _count(database, table, phrase, _RARE) <= _RARE]
    if not rare:
        return newest
    matching = set(newest)
    sql = f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rank"  # noqa: S608
    return [row[0] for row in database.execute(sql, [" AND ".join(rare)]) if row[0] in matching]


def _count(database: Database, table: str, match: str, enough: int) -> int:
    """How many rows match, counted to just above `enough`."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ? LIMIT ?)"  # noqa: S608
    return int(database.execute(sql, [match, enough + 1]).fetchone()[0])


def _title(catalog: Mapping[str, Reading], reading: str) -> str:
    return catalog[reading].title if reading in catalog else reading


def _excerpt(text: str, query: Query) -> tuple[str, tuple[tuple[int, int], ...], int]:
    """The stretch of `text` around its first match as one line, the marks in it, and where in `text` the match is."""
    healed, cuts = _healed(text)
    match = query.pattern.search(healed) or query.pattern.search(healed.translate(_UNMARKED))
    found = match.start() if match else 0
    start = max(0, found - _BEFORE)
    if start:
        space = healed.find(" ", start, found)
        start = space + 1 if space >= 0 else start
    cut = healed[start : found + _AFTER]
    snippet = " ".join(cut.split())
    place = found + sum(length for position, length in cuts if position <= found)
    before, after = "…" if start else "", "…" if found + _AFTER < len(healed) else ""
    snippet = before + snippet + after
    return snippet, _marks(snippet, query), place


def _healed(text: str) -> tuple[str, list[tuple[int, int]]]:
    """`text` with words parted at line ends whole again, and the cuts: where in the result how many characters went."""
    cuts: list[tuple[int, int]] = []
    if "\u2010" not in text:
        return text, cuts
    gone = 0
    for match in _LINE_END_HYPHEN.finditer(text):
        cuts.append((match.start() - gone, len(match[0])))
        gone += len(match[0])
    return _LINE_END_HYPHEN.sub("", text), cuts


def _marks(text: str, query: Query) -> tuple[tuple[int, int], ...]:
    marks = tuple(match.span() for match in query.pattern.finditer(text))
    return marks or tuple(match.span() for match in query.pattern.finditer(text.translate(_UNMARKED)))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower() if text.isascii() else text.translate(_UNMARKED).lower())


class _Unmarked(dict[int, int]):
    """For `str.translate`: each letter without its marks, one code point for one, so that positions stay."""

    def __missing__(self, code: int) -> int:
        plain = ord(unicodedata.normalize("NFKD", chr(code))[0])
        self[code] = plain
        return plain


_UNMARKED = _Unmarked()
