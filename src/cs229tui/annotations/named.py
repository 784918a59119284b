"""What the names and links in a body mean here: people, readings, their pages, notes and annotations."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from cs229tui.annotations.bodies import mention_key
from cs229tui.clean import clean_line
from cs229tui.errors import NotFoundError
from cs229tui.library.annotations import annotation
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import Database
from cs229tui.library.naming import note_titles, people_met, tags_used

_PAGE = re.compile(r"(?:page=|p\.?\s*)(\d{1,6})")
_ID = re.compile(r"[0-9a-f][0-9a-f-]{5,35}")
_WORD = re.compile(r"\w+")
_MOST_KEPT = 4_000


@dataclass(frozen=True)
class Target:
    """What a `[[link]]` leads to. `id` is the reading's, the note's or the annotation's."""

    kind: Literal["reading", "note", "annotation"]
    id: str
    title: str
    page: int | None = None


class Named:
    """What is known by name in the library as it is now; looked up once, when first asked for."""

    def __init__(self, database: Database, readings: Catalog, me: str) -> None:
        self._database = database
        self.readings = readings
        self.me = me
        self._found: dict[str, Target | None] = {}

    @cached_property
    def notes(self) -> dict[str, str]:
        """The titles of the notes by id."""
        return note_titles(self._database)

    @cached_property
    def people(self) -> tuple[str, ...]:
        """The names of the others."""
        return tuple(people_met(self._database))

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags used before, the most used first."""
        return tuple(tags_used(self._database))

    @cached_property
    def _keys(self) -> dict[str, str]:
        return {mention_key(name): name for name in reversed(self.people)}

    def is_me(self, mention: str) -> bool:
        """Whether `@mention` is the student herself."""
        return mention_key(mention) == mention_key(self.me)

    def person(self, mention: str) -> str:
        """The name that `@mention` stands for; empty where nobody is called so."""
        return self.me if self.is_me(mention) else self._keys.get(mention_key(mention), "")

    def find(self, written: str) -> Target | None:
        """What stands in `[[…]]` as what it leads to: a reading by its id, short name or title, a note by its title, an
        annotation by the beginning of its id; `#page=4` after a reading is its page.
        """
        if written not in self._found:
            if len(self._found) > _MOST_KEPT:
                self._found.clear()
            self._found[written] = self._find(written)
        return self._found[written]

    def _find(self, written: str) -> Target | None:
        # What comes after | is only another way to say it.
        name, _, fragment = written.partition("|")[0].partition("#")
        name, page = " ".join(name.split()).casefold(), _PAGE.search(fragment)
        if not name:
            return None
        number = int(page[1]) if page else None
        for reading, entry in self.readings.items():
            exact = (reading, entry.short, entry.title, entry.arxiv)
            if name in (" ".join(one.split()).casefold() for one in exact):
                return Target("reading", reading, entry.short, number)
        for id, title in self.notes.items():
            if name == title.casefold():
                return Target("note", id, title)
        return self._annotation(name) or self._by_words(name, number)

    def _annotation(self, name: str) -> Target | None:
        if not _ID.fullmatch(name):
            return None
        try:
            one = annotation(self._database, name)
        except NotFoundError:
            return None
        said = clean_line(one.quote or one.body, 40) or one.kind
        return Target("annotation", one.id, f"{one.author}: {said}", one.page)

    def _by_words(self, name: str, page: int | None) -> Target | None:
        """The only reading, or note, whose title holds all the words."""
        words = set(_WORD.findall(name))
        if not words:
            return None
        readings = [
            Target("reading", id, entry.short, page)
            for id, entry in self.readings.items()
            if words <= set(_WORD.findall(f"{entry.title} {entry.short} {id}".casefold()))
        ]
        notes = [
            Target("note", id, title)
            for id, title in self.notes.items()
            if words <= set(_WORD.findall(title.casefold()))
        ]
        found = readings or notes
        return found[0] if len(found) == 1 else None
