"""What became of what was to be fetched, for whoever shows it."""

from dataclasses import dataclass
from typing import Literal

from cs229tui.course.model import Reading

# fetched: it is here now; changed: the address gave another one than before; unchanged: asked, and still the same;
# present: here already, nobody was asked; failed: see `outcome`; resting: not asked, because of what it gave lately;
# nothing: there is nothing to keep.
State = Literal["fetched", "changed", "unchanged", "present", "failed", "resting", "nothing"]
HERE: frozenset[State] = frozenset({"fetched", "changed", "unchanged", "present"})
Phase = Literal["asking", "downloading", "reading in"]

# What a person is told the outcomes are, and what can be done about them.
WORDS: dict[str, str] = {
    "paywalled": "paywalled",
    "log-in": "needs a log-in",
    "gone": "gone",
    "changed": "something else is there now",
    "refused": "refused",
    "busy": "asked to come back later",
    "trouble": "trouble at the server",
    "offline": "not reached",
    "cut off": "broke off",
    "large": "too large",
    "unsafe": "not to be trusted",
    "unreadable": "cannot be read",
    "nothing": "nothing to keep",
    "stopped": "stopped",
}


@dataclass(frozen=True)
class Failure:
    """Why one address gave no document; `since` when it says so where it was not asked now."""

    address: str
    outcome: str
    what: str
    remedy: str = ""
    since: str = ""


@dataclass(frozen=True)
class Result:
    """What became of one reading: its document and where that came from, or the `failures` of all its addresses.

    `remarks` are told with a document that came: that it changed, that it may be of another work, what was not read.
    """

    reading: Reading
    state: State
    document: str | None = None
    pages: int | None = None
    address: str = ""
    size: int = 0
    remarks: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def outcome(self) -> str:
        """Why it is not here, in a word; "kept" where it is. The course's own address speaks for all."""
        return "kept" if self.state in HERE else self.failures[0].outcome if self.failures else "nothing"

    @property
    def what(self) -> str:
        """Why it is not here, in a sentence or two."""
        if not self.failures:
            return ""
        first = self.failures[0]
        others = dict.fromkeys(failure.what for failure in self.failures[1:] if failure.what != first.what)
        return first.what + (" Elsewhere: " + " ".join(others) if others else "")

    @property
    def remedy(self) -> str:
        """What can be done about it."""
        return self.failures[0].remedy.replace("READING", self.reading.id) if self.failures else ""


@dataclass(frozen=True)
class Step:
    """How far a reading is: `done` of `total` bytes while it comes, pages while it is read; 0 where nobody knows."""

    reading: Reading
    phase: Phase
    done: int = 0
    total: int = 0
