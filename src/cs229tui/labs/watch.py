"""A run as it is seen: its events folded into curves, texts, verdicts and progress, live or replayed."""

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cs229tui.clean import clean
from cs229tui.labkit.events import (
    EVENTS,
    OUTPUT,
    Beat,
    ClaimVerdict,
    End,
    Event,
    Metric,
    Note,
    Progress,
    Start,
    Text,
)
from cs229tui.labkit.spec import Panel, Spec
from cs229tui.labs.events import EventReader
from cs229tui.labs.series import Series

SILENT_SECONDS = 30.0
_KEPT = 200  # texts and notes that a view keeps
_MOST_SERIES = 200
_LOG_BYTES = 256_000


@dataclass
class RunView:
    """Everything a screen shows of a run. `changes` counts up whenever there is something new to draw."""

    start: Start | None = None
    series: dict[str, Series] = field(default_factory=dict)
    texts: deque[Text] = field(default_factory=lambda: deque(maxlen=_KEPT))
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT))
    verdicts: dict[str, ClaimVerdict] = field(default_factory=dict)
    progress: Progress | None = None
    first_progress: Progress | None = None
    end: End | None = None
    step: int = 0
    seconds: float = 0.0
    changes: int = 0

    def fold(self, events: Iterable[Event]) -> None:
        """Take in what happened, in order."""
        for event in events:
            self.seconds = max(self.seconds, event.t)
            match event:
                case Beat():
                    continue
                case Metric():
                    self.step = max(self.step, event.step)
                    for name, value in event.values.items():
                        if name not in self.series and len(self.series) >= _MOST_SERIES:
                            continue
                        self.series.setdefault(name, Series()).append(event.step, value)
                case Progress():
                    self.progress = event
                    self.first_progress = self.first_progress or event
                case Text():
                    self.texts.append(event)
                case ClaimVerdict():
                    self.verdicts[event.id] = event
                case Note():
                    self.notes.append(event.text)
                case Start():
                    self.start = event
                case End():
                    self.end = event
                    self.seconds = max(self.seconds, event.seconds)
            self.changes += 1

    @property
    def fraction(self) -> float | None:
        """How much of the run is done, from 0 to 1; None where nobody knows."""
        if self.end is not None and self.end.state == "done":
            return 1.0
        if self.progress is not None and self.progress.of > 0:
            return min(max(self.progress.step / self.progress.of, 0.0), 1.0)
        if self.start is not None and self.start.steps > 0:
            return min(self.step / self.start.steps, 1.0)
        return None

    def remaining(self) -> float | None:
        """Seconds still to go if the run keeps its pace so far; None where that cannot be said."""
        if self.end is not None:
            return None
        first, now = self.first_progress, self.progress
        if first is not None and now is not None and now.step > first.step:
            # What came before the first step, such as loading the data, says nothing about the pace.
            return max(now.of - now.step, 0.0) * (now.t - first.t) / (now.step - first.step)
        done = self.fraction
        if done is None or done < 0.02:
            return None
        return self.seconds * (1 - done) / done

    def panels(self, spec: Spec | None) -> list[Panel]:
        """The plots: those the lab names, without those that stayed empty; then one for each other metric."""
        named = [
            panel
            for panel in (spec.panels if spec else ())
            if self.end is None or any(name in self.series for name in panel.metrics)
        ]
        shown = {name for panel in named for name in panel.metrics}
        return named + [Panel(name, (name,)) for name in self.series if name not in shown]


class Follower:
    """Follows the events file of a run in pieces that never take long."""

    def __init__(self, folder: Path) -> None:
        self.reader = EventReader(folder / EVENTS)

    def next(self, seconds: float = 0.05) -> list[Event]:
        """What was written since the last call, or as much of it as can be read in about `seconds`; [] at the end."""
        deadline = time.monotonic() + seconds
        events: list[Event] = []
        while True:
            offset = self.reader.offset
            events += self.reader.read()
            if self.reader.offset == offset or time.monotonic() > deadline:
                return events


def replay(folder: Path) -> RunView:
    """The view of a whole run as its folder has it now."""
    view = RunView()
    follower = Follower(folder)
    while True:
        offset = follower.reader.offset
        view.fold(follower.next(1.0))
        if follower.reader.offset == offset:
            return view


def log_tail(folder: Path, most: int = _LOG_BYTES) -> str:
    """The end of what the run printed, at most `most` bytes of it, safe to show; carriage returns start a line anew."""
    try:
        with (folder / OUTPUT).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - most, 0))
            data = file.read(most)
    except OSError:
        return ""
    if size > most:
        data = data.partition(b"\n")[2] or data
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    return clean("\n".join(line.rpartition("\r")[2] or line for line in lines)).replace("\t", "    ").rstrip("\n")
