"""What is learnt of hosts while much is fetched: whom not to ask now, or any more, and whether there is a network."""

from collections import Counter
from dataclasses import dataclass, field

from cs229tui.documents.fetching.refusals import span
from cs229tui.errors import FetchError

# A host that cannot be reached twice is not asked any more; after so many hosts, and no answer at all, nobody is.
_STRIKES = 2
_OFFLINE_AFTER = 3


@dataclass
class Hosts:
    """Who is being asked, who not before when (of the monotonic clock), who not any more and why."""

    busy: set[str] = field(default_factory=set)
    not_before: dict[str, float] = field(default_factory=dict)
    closed: dict[str, FetchError] = field(default_factory=dict)
    _strikes: Counter[str] = field(default_factory=Counter)
    _answered: bool = False

    @property
    def offline(self) -> bool:
        """Whether there seems to be no network."""
        return not self._answered and len(self._strikes) >= _OFFLINE_AFTER

    def has_answered(self, host: str) -> None:
        """A host gave an answer, whichever: there is a network."""
        self._answered = True
        self._strikes.pop(host, None)

    def give_up(self, host: str, fault: FetchError) -> None:
        """Ask a host no more in this run, where what it gave last says so."""
        if host in self.closed:
            return
        if fault.outcome == "busy":
            when = f"in {span(fault.wait)}" if fault.wait else "in some minutes"
            self.closed[host] = FetchError(fault.what, f"Try again {when}.", "busy", fault.wait)
        elif fault.outcome == "offline":
            self._strikes[host] += 1
            if self._strikes[host] >= _STRIKES:
                self.closed[host] = fault
