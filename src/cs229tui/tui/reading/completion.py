"""What can complete the word one is writing: a name after `@`, a tag after `#`, a reading or note after `[[`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from cs229tui.annotations.bodies import mention_key, mention_of
from cs229tui.annotations.named import Named

MOST = 8
_BEGUN = re.compile(
    r"\[\[(?P<passage>[^\[\]\n]{0,80})$"
    r"|(?<![\w@/.:\\`])@(?P<mention>[\w.\-]{0,40})$"
    r"|(?<![\w#/&@.:\-\\`])#(?P<tag>[\w\-]{1,40})$"
)
_LONGEST_LINE = 2_000


@dataclass(frozen=True)
class Choice:
    """What the word may become: `text` replaces it, `label` and `remark` are shown."""

    text: str
    label: str
    remark: str = ""


@dataclass(frozen=True)
class Begun:
    """A word that has been begun: its `kind`, what there is of it, and the column of its sign."""

    kind: str
    word: str
    start: int


def begun(before: str) -> Begun | None:
    """The word that stands at the end of `before`, the line as far as the cursor; none in code or a formula."""
    if len(before) > _LONGEST_LINE or before.count("`") % 2 or before.count("$") % 2:
        return None
    found = _BEGUN.search(before)
    if found is None:
        return None
    kind = found.lastgroup or ""
    return Begun(kind, found[kind], found.start())


def choices(word: Begun, names: Named) -> list[Choice]:
    """What the word may become, the likeliest first."""
    if word.kind == "mention":
        found = _ranked(((name, mention_key(name)) for name in names.people), mention_key(word.word))
        made = [Choice(f"@{mention_of(name)} ", name) for name in found]
    elif word.kind == "tag":
        found = _ranked(
            ((tag, tag.casefold()) for tag in names.tags if not re.search(r"\s", tag)), word.word.casefold()
        )
        made = [Choice(f"#{tag} ", f"#{tag}") for tag in found]
    else:
        made = list(islice(_passages(word.word, names), MOST))
    # What is there already needs no completing.
    whole = {"mention": "@", "tag": "#"}.get(word.kind, "[[") + word.word
    return [] if len(made) == 1 and made[0].text.rstrip() == whole else made[:MOST]


def _ranked(known: Iterable[tuple[str, str]], wanted: str) -> list[str]:
    """Those that begin as wanted, then those that hold it."""
    every = list(known)
    first = [name for name, key in every if key.startswith(wanted)]
    return [*first, *(name for name, key in every if wanted in key and not key.startswith(wanted))][:MOST]


def _passages(wanted: str, names: Named) -> Iterator[Choice]:
    words = wanted.casefold().split()
    first = words[0] if words else ""
    # What begins so comes before what only holds it.
    begins = sorted(
        names.readings.items(),
        key=lambda item: not any(name.casefold().startswith(first) for name in (item[0], item[1].short, item[1].title)),
    )
    for id, entry in begins:
        if all(word in f"{id} {entry.short} {entry.title}".casefold() for word in words):
            yield Choice(f"[[{id}]]", entry.short, entry.title)
    for title in names.notes.values():
        shown = re.sub(r"[\[\]\n|#]", " ", title).strip()
        if shown == title and all(word in title.casefold() for word in words):
            yield Choice(f"[[{title}]]", title, "note")
