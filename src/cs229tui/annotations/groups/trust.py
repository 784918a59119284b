"""Whom the library trusts, and whom to trust instead after a change of keys."""

from collections.abc import Mapping

import msgspec

from cs229tui.annotations.groups.believing import Trust
from cs229tui.annotations.groups.signing import verified
from cs229tui.annotations.w3c import WebAnnotation
from cs229tui.errors import UsageError
from cs229tui.library.database import Database
from cs229tui.library.people import me
from cs229tui.library.trust import aside_of, forget_aside, forget_aside_lines, trust_key, trusted_keys

_DECODER = msgspec.json.Decoder(WebAnnotation)


def trust(database: Database, own: str = "") -> Trust:
    """Whom to believe as the library has it; `own` is the student's own key."""
    return Trust(me(database), own, trusted_keys(database))


def note_met(database: Database, met: Mapping[str, str]) -> None:
    """Take note of the keys of those who were met while lines were read."""
    for person, key in met.items():
        trust_key(database, person, key)


class Offer(msgspec.Struct, frozen=True):
    """What would be believed of a `person` from now on: what a new `key` signs, or, without one, what nothing signs.

    So many `lines` that were put aside would then count; `known` is the key believed till now.
    """

    person: str
    key: str
    known: str
    lines: int


def offer(database: Database, person: str) -> Offer:
    """What lies aside of a person and could be believed; raises `UsageError` where nothing does."""
    counts: dict[str, int] = {}
    for _, _, text in aside_of(database, person):
        key = _key_of(text)
        if key is not None:
            counts[key] = counts.get(key, 0) + 1
    known = trusted_keys(database).get(person, "")
    keys = [key for key in counts if key != known]
    if not keys:
        raise UsageError("Nothing of this person was put aside for its signature.", "See: cs229tui group members")
    # A new key says more than no key.
    chosen = next((key for key in keys if key), "")
    return Offer(person, chosen, known, counts[chosen])


def accept(database: Database, taken: Offer) -> None:
    """Believe it; the person's files are read anew with the next sync."""
    trust_key(database, taken.person, taken.key, instead=True)
    forget_aside(database, taken.person)


def tidy(database: Database, taken: Offer) -> None:
    """After that sync: what the old key signed was applied in its time, and lies aside no more."""
    old = [digest for _, digest, text in aside_of(database, taken.person) if _key_of(text) in (taken.known, "")]
    forget_aside_lines(database, old)


def fingerprint(key: str) -> str:
    """A key in a form that two people can read to each other."""
    import hashlib

    digest = hashlib.sha256(key.encode()).hexdigest()[:20]
    return " ".join(digest[at : at + 4] for at in range(0, 20, 4))


def _key_of(text: str) -> str | None:
    """The key that a line is rightly signed with; empty for none, nothing where its signature is wrong."""
    raw = text.encode()
    try:
        line = _DECODER.decode(raw)
    except (ValueError, RecursionError):
        return None
    if not (line.key or line.signature):
        return ""
    return line.key if verified(raw, line.key, line.signature) else None
