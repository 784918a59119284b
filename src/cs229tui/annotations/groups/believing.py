"""Trust on first use: the first key that signs a person's lines is theirs; what comes otherwise later is put aside."""

import msgspec

from cs229tui.annotations.groups.signing import verified
from cs229tui.annotations.w3c import WebAnnotation, bare

WRONG = "Its signature is not right: somebody changed it, or made it up."
ANOTHER = "It is signed with another key than what this person wrote before."
NONE = "It is not signed, and what this person wrote before is."


class Trust(msgspec.Struct):
    """The `keys` believed, by person, and `own`, with which what claims to be from `me` is signed, or came before.

    It needs the library for signatures and no database, so that another process can do the checking; `met` are the
    keys of those it met since they were last taken.
    """

    me: str
    own: str
    keys: dict[str, str]
    met: dict[str, str] = {}

    def why_not(self, raw: bytes, line: WebAnnotation) -> str:
        """Why a line is not to be believed, in a sentence; empty where it is."""
        person = bare(line.creator.id)
        known = self.keys.get(person, "")
        if not (line.key or line.signature):
            return NONE if known else ""
        if not verified(raw, line.key, line.signature):
            return WRONG
        if line.key != (known or (self.own if person == self.me else line.key) or line.key):
            return ANOTHER
        if not known:
            self.keys[person] = self.met[person] = line.key
        return ""

    def take_met(self) -> dict[str, str]:
        """The keys of those it met since this was last asked."""
        met, self.met = self.met, {}
        return met
