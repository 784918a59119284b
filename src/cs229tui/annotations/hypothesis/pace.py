"""Asking no faster than a server lets one ask: a bucket of permissions that fills steadily.

The figures are those of the server's own configuration (hypothesis/h, conf/nginx.conf): 4 requests a second with a
burst of 44, and of new annotations 4 a second with a burst of 8.
"""

import time
from dataclasses import dataclass, field
from typing import Protocol


class Clock(Protocol):
    """What tells the time and waits; tests have one that need not wait."""

    def now(self) -> float:
        """Seconds since some moment; they never go back."""

    def sleep(self, seconds: float) -> None:
        """Let that much time pass."""


class WallClock:
    """Time as it passes."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class Bucket:
    """Lets `burst` requests through at once and then `rate` a second."""

    rate: float
    burst: int
    clock: Clock
    _left: float = field(init=False)
    _filled: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._filled = float(self.burst), self.clock.now()

    def take(self) -> None:
        """Wait until one more request may go out."""
        self._fill()
        if self._left < 1:
            self.clock.sleep((1 - self._left) / self.rate)
            self._fill()
        self._left -= 1

    def _fill(self) -> None:
        moment = self.clock.now()
        self._left = min(self.burst, self._left + (moment - self._filled) * self.rate)
        self._filled = moment


def requests(clock: Clock) -> Bucket:
    """For every request."""
    return Bucket(4, 44, clock)


def creations(clock: Clock) -> Bucket:
    """For new annotations, besides."""
    return Bucket(4, 8, clock)
