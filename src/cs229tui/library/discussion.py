"""Lists of conversations: which are wanted, in what order, and any stretch of them, however many there are."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import msgspec

from cs229tui.library.database import Database, writing
from cs229tui.library.people import me
from cs229tui.library.search import parse
from cs229tui.library.threads import ThreadFacts, refresh_threads, thread_facts

View = Literal["unread", "unanswered", "mine", "mentions", "followed", "missing"]
Order = Literal["newest", "upvoted", "asked", "place"]
Standing = Literal["open", "answered", "resolved"]
MOST_MATCHES = 5_000
"""Of words, tags and names that stand in more, the newest so many messages are looked at."""
# So few letters begin too many names.
_FEW = 2

_ORDERS: dict[Order, str] = {
    "newest": "latest DESC",
    "upvoted": "upvotes DESC, latest DESC",
    "asked": "me_too DESC, latest DESC",
    "place": "reading, page, start, second",
}
# What was just read stays in the list it was read in.
_UNREAD_OR_STAYING = "id IN (SELECT id FROM thread WHERE unread > 0 UNION SELECT value FROM json_each(:stay))"
_VIEWS: dict[View, str] = {
    "unread": "unread > 0",
    "unanswered": "kind = 'question' AND answers = 0 AND resolved = 0",
    "mine": "mine = 1",
    "followed": (
        "id IN (SELECT id FROM thread WHERE mine = 1 UNION SELECT thread FROM follow WHERE followed = 1"
        " EXCEPT SELECT thread FROM follow WHERE followed = 0)"
    ),
    "missing": "kind = ''",
}
_STANDINGS: dict[Standing, str] = {
    "open": "kind = 'question' AND answers = 0 AND resolved = 0",
    "answered": "answers > 0",
    "resolved": "resolved = 1",
}
_FACTS = ", ".join(f"thread.{field}" for field in ThreadFacts.__struct_fields__)


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a list of conversations is narrowed to, all of it at once, and its order. `typed` holds words, `@people` and
    `#tags`; `person` is an id, `circle` asks for those whose conversations one follows in a large class.
    """

    views: tuple[View, ...] = ()
    order: Order = "newest"
    typed: str = ""
    kind: str = ""
    reading: str = ""
    lecture: int | None = None
    person: str = ""
    tag: str = ""
    standing: Standing | None = None
    circle: bool = False


class Around(msgspec.Struct, frozen=True):
    """What the library does not know of what is wanted: her `name`, the readings of the lecture, those that the typed
    words name, the people of her circle, and the conversations that `stay` among the unread though they were just read.
    """

    name: str = ""
    of_lecture: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    circle: tuple[str, ...] = ()
    stay: tuple[str, ...] = ()


class Conversation(msgspec.Struct, frozen=True):
    """A conversation as a list shows it: its facts, and how its root begins, or its first reply where that is gone."""

    facts: ThreadFacts
    author: str = ""
    body: str = ""
    quote: str = ""
    colour: str = "yellow"
    region: bool = False
    followed: bool | None = None


class Typed(msgspec.Struct, frozen=True):
    """What was typed, taken apart."""

    words: str
    people: tuple[str, ...]
    tags: tuple[str, ...]


_APART = re.compile(r"[\s._-]+")
_TOKEN = re.compile(r"(?<!\S)([@#])([^\s@#\"]+)")


def take_apart(text: str) -> Typed:
    """`clip @mei #dp`: the words, the people (in small letters, underscores as spaces) and the tags."""
    found = _TOKEN.findall(text)
    people = tuple(name.replace("_", " ").casefold() for sign, name in found if sign == "@")
    return Typed(_TOKEN.sub(" ", text), people, tuple(name.casefold() for sign, name in found if sign == "#"))


class Listing:
    """The wanted conversations in their order. What stands in the rows is asked for when they are looked at."""

    def __init__(self, database: Database, wanted: Wanted, around: Around) -> None:
        self._database = database
        self.sql, self.values, self.cut = _asked(database, wanted, around)
        self._places = [row[0] for row in database.execute(self.sql, self.values)]

    def __len__(self) -> int:
        return len(self._places)

    def find(self, id: str) -> int | None:
        """At which number a conversation stands, from 0."""
        row = self._database.execute("SELECT rowid FROM thread WHERE id = ?", [id]).fetchone()
        try:
            return self._places.index(row[0]) if row else None
        except ValueError:
            return None

    def stretch(self, start: int, stop: int) -> list[Conversation | None]:
        """Those from one number up to another; None where another program has changed it meanwhile."""
        places = self._places[start:stop]
        found = _conversations(self._database, "thread.rowid IN (SELECT value FROM json_each(?))", [_json(places)])
        return [found.get(place) for place in places]


def _asked(database: Database, wanted: Wanted, around: Around) -> tuple[str, dict[str, Any], bool]:
    """The question that gives their rowids in order, its values, and whether what was asked for stands in more than was
    looked at.
    """
    conditions = [_VIEWS[view] for view in wanted.views if view in _VIEWS]
    values: dict[str, Any] = {}
    if "unread" in wanted.views and around.stay:
        conditions[conditions.index(_VIEWS["unread"])] = _UNREAD_OR_STAYING
        values["stay"] = _json(around.stay)
    if wanted.standing:
        conditions.append(_STANDINGS[wanted.standing])
    for field in ("kind", "reading"):
        if getattr(wanted, field):
            conditions.append(f"{field} = :{field}")
            values[field] = getattr(wanted, field)
    if wanted.lecture is not None:
        conditions.append("(lecture = :lecture OR reading IN (SELECT value FROM json_each(:of_lecture)))")
        values |= {"lecture": wanted.lecture, "of_lecture": _json(around.of_lecture)}
    if wanted.circle:
        conditions.append("person IN (SELECT value FROM json_each(:circle))")
        values["circle"] = _json([*around.circle, me(database)])
    cut = False
    sets: list[set[str]] = []

    def among(found: tuple[set[str], bool]) -> None:
        nonlocal cut
        sets.append(found[0])
        cut |= found[1]

    typed = take_apart(wanted.typed)
    if "mentions" in wanted.views:
        among(_mentioning(database, around.name))
    if wanted.person:
        sets.append(_with_people(database, [wanted.person]))
    unfinished = wanted.typed[-1:].strip() != ""
    people = typed.people[:-1] if unfinished and typed.people and len(typed.people[-1]) < _FEW else typed.people
    sets += [_with_people(database, _called(database, name, around.name)) for name in people]
    if wanted.tag:
        among(_tagged(database, wanted.tag.casefold(), whole=True))
    for tag in typed.tags:
        among(_tagged(database, tag, whole=not unfinished or tag != typed.tags[-1]))
    if words := parse(typed.words).fts:
        matches = _matching(database, " AND ".join(words), "root")
        # What is on a reading that was named is found too.
        named = "SELECT id FROM thread WHERE reading IN (SELECT value FROM json_each(?))"
        also = [row[0] for row in database.execute(named, [_json(around.named)])] if around.named else []
        among(({row[0] for row in matches}.union(also), len(matches) == MOST_MATCHES))
    elif typed.words.strip():
        # Signs only: nothing has them.
        sets.append(set())
    if sets:
        conditions.append("id IN (SELECT value FROM json_each(:found))")
        values["found"] = _json(list(sets[0].intersection(*sets[1:])))
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    return f"SELECT rowid FROM thread {where}ORDER BY {_ORDERS[wanted.order]}", values, cut  # noqa: S608


def _matching(database: Database, match: str, columns: str) -> list[tuple[Any, ...]]:
    """The newest annotations in which a question of the full-text index finds something."""
    sql = (
        f"SELECT {columns} FROM annotation_text CROSS JOIN annotation ON annotation.seq = annotation_text.rowid"  # noqa: S608
        " WHERE annotation_text MATCH ? AND deleted IS NULL ORDER BY annotation_text.rowid DESC LIMIT ?"
    )
    return database.execute(sql, [match, MOST_MATCHES]).fetchall()


def _phrase(text: str) -> str:
    """Words that stand together, in FTS5's language; empty where there is none."""
    words = parse(text.replace('"', " ")).phrases
    return f'"{" ".join(word for phrase in words for word in phrase)}"' if words else ""


def mentioned(body: str, name: str) -> bool:
    """Whether `@name` stands in a text; `@mei_chen`, `@Mei Chen` and `@meichen` all mean Mei Chen."""
    pattern = r"[\s._-]*".join(re.escape(word) for word in _APART.split(name.casefold()) if word)
    return bool(pattern) and re.search(rf"(?<!\w)@{pattern}(?!\w)", body.casefold()) is not None


def mentioning(database: Database, name: str, unread: bool = False) -> set[str]:
    """The conversations in which somebody else says `@name`."""
    return _mentioning(database, name, unread)[0]


def _mentioning(database: Database, name: str, unread: bool = False) -> tuple[set[str], bool]:
    phrase = _phrase(name)
    if not phrase:
        return set(), False
    mine = me(database)
    one_word = _phrase(_APART.sub("", name))
    found = _matching(database, f"body : ({phrase} OR {one_word})", "root, annotation.body, person, unread")
    roots = {
        root for root, body, person, new in found if person != mine and (new or not unread) and mentioned(body, name)
    }
    return roots, len(found) == MOST_MATCHES


def _tagged(database: Database, tag: str, whole: bool) -> tuple[set[str], bool]:
    """The conversations with a tag, or one that begins so where it is not typed to its end; whether there may be older
    ones.
    """
    phrase = _phrase(tag)
    if not phrase:
        return set(), False
    found = _matching(
        database, f"{{tags body}} : {phrase}{'' if whole else ' *'}", "root, annotation.tags, annotation.body"
    )
    end = r"(?![\w-])" if whole else ""
    written = re.compile(rf"(?<![\w#])#{re.escape(tag)}{end}")

    def has(tags: str, body: str) -> bool:
        given = (one.casefold() for one in msgspec.json.decode(tags))
        return any(one == tag if whole else one.startswith(tag) for one in given) or bool(
            written.search(body.casefold())
        )

    return {root for root, tags, body in found if has(tags, body)}, len(found) == MOST_MATCHES


def _called(database: Database, name: str, own_name: str) -> list[str]:
    """The people in whose name a word begins so."""
    rows = database.execute("SELECT id, name, mine FROM person").fetchall()
    names = ((id, (own_name if mine else given).replace("_", " ").casefold()) for id, given, mine in rows)
    return [id for id, given in names if f" {given}".find(f" {name}") >= 0]


def _with_people(database: Database, people: Sequence[str]) -> set[str]:
    """The conversations in which any of some people said something."""
    sql = "SELECT DISTINCT root FROM annotation WHERE deleted IS NULL AND person IN (SELECT value FROM json_each(?))"
    return {row[0] for row in database.execute(sql, [_json(people)])}


def _conversations(database: Database, where: str, values: Sequence[object]) -> dict[int, Conversation]:
    sql = (
        f"SELECT thread.rowid AS place, {_FACTS}, root.author, substr(root.body, 1, 400) AS body,"  # noqa: S608
        " substr(root.quote, 1, 400) AS quote, root.colour, root.region != '[]' AS region, follow.followed"
        " FROM thread LEFT JOIN annotation root ON root.id = thread.id AND root.deleted IS NULL"
        f" LEFT JOIN follow ON follow.thread = thread.id WHERE {where}"
    )
    found = {}
    for row in database.query(sql, values):
        facts = thread_facts({field: row[field] for field in ThreadFacts.__struct_fields__})
        author, body = row["author"], row["body"]
        if author is None:
            author, body = _first_said(database, facts.id)
        followed = None if row["followed"] is None else bool(row["followed"])
        found[row["place"]] = Conversation(
            facts, author, body, row["quote"] or "", row["colour"] or "yellow", bool(row["region"]), followed
        )
    return found


def _first_said(database: Database, root: str) -> tuple[str, str]:
    chosen = "root = ? AND deleted IS NULL ORDER BY created LIMIT 1"
    row = database.execute(f"SELECT author, substr(body, 1, 400) FROM annotation WHERE {chosen}", [root]).fetchone()  # noqa: S608
    return (row[0], row[1]) if row else ("", "")


def conversation(database: Database, id: str) -> Conversation | None:
    """The conversation with that root; None where nothing is said in it any more."""
    return next(iter(_conversations(database, "thread.id = ?", [id]).values()), None)


# Read and unread


def count_unread(database: Database) -> int:
    """In how many conversations something is unread."""
    return int(database.execute("SELECT count(*) FROM thread WHERE unread > 0").fetchone()[0])


def new_since(database: Database, moment: str) -> tuple[int, int]:
    """In how many conversations something unread came after a moment (UTC ISO 8601), and how many messages are unread
    in them.
    """
    sql = "SELECT count(*), coalesce(sum(unread), 0) FROM thread WHERE unread > 0 AND latest > ?"
    conversations, messages = database.execute(sql, [moment]).fetchone()
    return int(conversations), int(messages)


def mark_read(database: Database, threads: Iterable[str]) -> list[str]:
    """Take what is said in some conversations as read; returns the ids of what was unread, for `mark_unread`."""
    ids = _json(list(threads))
    chosen = "unread = 1 AND deleted IS NULL AND root IN (SELECT value FROM json_each(?))"
    with writing(database):
        unread = [row[0] for row in database.execute(f"SELECT id FROM annotation WHERE {chosen}", [ids])]  # noqa: S608
        if unread:
            database.execute(f"UPDATE annotation SET unread = 0 WHERE {chosen}", [ids])  # noqa: S608
            database.execute("UPDATE thread SET unread = 0 WHERE id IN (SELECT value FROM json_each(?))", [ids])
    return unread


def mark_unread(database: Database, annotations: Sequence[str]) -> None:
    """Take some messages as unread again."""
    ids = _json(annotations)
    chosen = "id IN (SELECT value FROM json_each(?))"
    with writing(database):
        database.execute(f"UPDATE annotation SET unread = 1 WHERE {chosen}", [ids])  # noqa: S608
        roots = database.execute(f"SELECT DISTINCT root FROM annotation WHERE {chosen}", [ids]).fetchall()  # noqa: S608
        refresh_threads(database, [row[0] for row in roots])


def listed_ids(database: Database, listing: Listing) -> list[str]:
    """The ids of all conversations of a list in which something is unread."""
    sql = f"SELECT id FROM thread WHERE unread > 0 AND rowid IN ({listing.sql})"  # noqa: S608
    return [row[0] for row in database.execute(sql, listing.values)]


# What can be asked for


def counted_by(database: Database, field: Literal["reading", "lecture", "kind"]) -> dict[Any, int]:
    """How many conversations there are by reading, by lecture (only those on the lecture itself) or by kind."""
    sql = f"SELECT {field}, count(*) FROM thread WHERE {field} IS NOT NULL GROUP BY {field}"  # noqa: S608
    return dict(database.execute(sql).fetchall())


def counted_by_person(database: Database) -> dict[str, int]:
    """In how many conversations each person said something, by their id."""
    sql = "SELECT person, count(DISTINCT root) FROM annotation WHERE deleted IS NULL GROUP BY person"
    return dict(database.execute(sql).fetchall())


def counted_by_tag(database: Database, most: int = 500) -> list[tuple[str, int]]:
    """The tags, the most frequent first, and how many annotations have each."""
    sql = (
        "SELECT value, count(*) AS n FROM annotation, json_each(annotation.tags)"
        " WHERE deleted IS NULL AND tags != '[]' GROUP BY value ORDER BY n DESC, value LIMIT ?"
    )
    return [(str(tag), count) for tag, count in database.execute(sql, [most])]


class Waiting(msgspec.Struct, frozen=True):
    """A conversation that waits for her, and why: a new answer to her, a mention, a question of hers or of others."""

    why: Literal["answer", "mention", "own", "question"]
    conversation: Conversation


def waiting(database: Database, name: str, limit: int) -> list[Waiting]:
    """What waits for her: new answers in her conversations, new mentions, then open questions, most asked first."""
    found: dict[str, Waiting] = {}

    def add(where: str, values: Sequence[object], why: Callable[[Conversation], Any]) -> None:
        if len(found) < limit:
            sql = f"SELECT id FROM thread WHERE {where} LIMIT ?"  # noqa: S608
            for (id,) in database.execute(sql, [*values, limit]).fetchall():
                if id not in found and len(found) < limit and (one := conversation(database, id)) is not None:
                    found[id] = Waiting(why(one), one)

    mine = me(database)
    add("unread > 0 AND person = ? ORDER BY latest DESC", [mine], lambda _: "answer")
    called = mentioning(database, name, unread=True)
    if called:
        chosen = "id IN (SELECT value FROM json_each(?)) ORDER BY latest DESC"
        add(chosen, [_json(list(called))], lambda _: "mention")
    add(
        "kind = 'question' AND answers = 0 AND resolved = 0 ORDER BY me_too DESC, latest DESC",
        [],
        lambda one: "own" if one.facts.person == mine else "question",
    )
    return list(found.values())


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode()
