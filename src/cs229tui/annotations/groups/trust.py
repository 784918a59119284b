"""Trust on first use: the first key that signs a person's lines is theirs; what comes otherwise later is put aside."""

import msgspec

from cs229tui.annotations.groups.signing import verified
from cs229tui.annotations.w3c import WebAnnotation, bare
from cs229tui.errors import UsageError
from cs229tui.library.database import Database
from cs229tui.library.people import me
from cs229tui.library.trust import aside_of, forget_aside, forget_aside_lines, trust_key, trusted_keys

_DECODER = msgspec.json.Decoder(WebAnnotation)
WRONG = "Its signature is not right: somebody changed it, or made it up."
ANOTHER = "It is signed with another key than what this person wrote before."
NONE = "It is not signed, and what this person wrote before is."


class Trust:
    """Says why a line is not to be believed, in a sentence, and learns the keys of those it has not met.

    `own` is the student's own key: what claims to be hers is signed with it, or came before she signed. Needs the
    library for signatures; belongs to the thread of its database.
    """

    def __init__(self, database: Database, own: str = "") -> None:
        self._database = database
        self._keys = trusted_keys(database)
        self._own = own
        self._me = me(database)

    def __call__(self, raw: bytes, line: WebAnnotation) -> str:
        person = bare(line.creator.id)
        known = self._keys.get(person, "")
        if not (line.key or line.signature):
            return NONE if known else ""
        if not verified(raw, line.key, line.signature):
            return WRONG
        if line.key != (known or (self._own if person == self._me else line.key) or line.key):
            return ANOTHER
        if not known:
            trust_key(self._database, person, line.key)
            self._keys[person] = line.key
        return ""


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
