"""A run told again as it happened: its events by its own clock, at any speed, from any moment on."""

import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from cs229tui.labkit.events import EVENTS, Event
from cs229tui.labs.events import EventReader

SPEEDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)


def nearest_speed(speed: float) -> float:
    """One of the speeds there are."""
    return min(SPEEDS, key=lambda one: abs(one - speed))


class Replay:
    """The events of the run in `folder`, handed out up to a moment of the run (seconds since its start)."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / EVENTS
        self.rewind()

    def rewind(self) -> None:
        """Begin at the beginning."""
        self._reader = EventReader(self._path)
        self._ahead: deque[Event] = deque()
        self.over = False

    def until(self, seconds: float, most: int = 20_000) -> list[Event]:
        """The next events up to that moment, at most so many; `over` says that there are no more at all."""
        found: list[Event] = []
        while len(found) < most:
            if not self._ahead:
                offset = self._reader.offset
                self._ahead.extend(self._reader.read())
                if not self._ahead:
                    if self._reader.offset == offset:
                        self.over = True
                        break
                    continue
            if self._ahead[0].t > seconds:
                break
            found.append(self._ahead.popleft())
        return found


@dataclass
class Player:
    """Where a replay is: `position` of `length` seconds of the run, going on at `speed` unless it is paused.

    The screen sets it and the thread that reads follows it; each value is set whole.
    """

    length: float
    speed: float = 10.0
    position: float = 0.0
    paused: bool = False
    moved: float = 0.0  # when `position` was true, by the clock of this process

    def __post_init__(self) -> None:
        self.moved = time.monotonic()

    def now(self) -> float:
        """Which moment of the run it is."""
        here = time.monotonic()
        if not self.paused:
            self.position = min(self.position + (here - self.moved) * self.speed, self.length)
        self.moved = here
        return self.position

    def seek(self, seconds: float) -> None:
        """To another moment of the run."""
        self.now()
        self.position = min(max(seconds, 0.0), self.length)

    def pause(self) -> None:
        """Wait, or go on."""
        self.now()
        self.paused = not self.paused

    def change(self, step: int) -> None:
        """The next speed, or the one before."""
        self.now()
        at = SPEEDS.index(nearest_speed(self.speed)) + step
        self.speed = SPEEDS[min(max(at, 0), len(SPEEDS) - 1)]
