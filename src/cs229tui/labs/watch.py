"""A run as it is seen: its events folded into curves, texts, pictures, verdicts and progress, live or replayed."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TypeVar

from cs229tui.labkit.events import (
    EVENTS,
    Artefact,
    Beat,
    Checkpoint,
    ClaimVerdict,
    End,
    Event,
    Heatmap,
    Histogram,
    Image,
    Metric,
    Note,
    Progress,
    Start,
    Text,
)
from cs229tui.labkit.spec import Panel, Spec
from cs229tui.labs.events import EventReader
from cs229tui.labs.metrics import Metrics
from cs229tui.labs.pace import Pace, Remaining
from cs229tui.labs.series import Series

_KEPT = 200  # texts, notes, checkpoints and beats that a view keeps
_KEPT_VERDICTS = 1000
_MOST_NAMES = 50  # of pictures, histograms, heat maps and artefacts, of each
MACHINE = ("memory", "cpu", "device_memory", "device_total", "utilisation")
P = TypeVar("P", Image, Histogram, Heatmap)


@dataclass
class RunView:
    """Everything a screen shows of a run. `changes` counts up whenever there is something new to draw.

    `images`, `histograms` and `heatmaps` have, for each name, the newest over the steps; `machine` has what the run
    uses of the machine, by the seconds since its start.
    """

    start: Start | None = None
    metrics: Metrics = field(default_factory=Metrics)
    machine: Metrics = field(default_factory=Metrics)
    texts: deque[Text] = field(default_factory=lambda: deque(maxlen=_KEPT))
    images: dict[str, deque[Image]] = field(default_factory=dict)
    histograms: dict[str, deque[Histogram]] = field(default_factory=dict)
    heatmaps: dict[str, deque[Heatmap]] = field(default_factory=dict)
    checkpoints: deque[Checkpoint] = field(default_factory=lambda: deque(maxlen=_KEPT))
    artefacts: dict[str, Artefact] = field(default_factory=dict)
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT))
    verdicts: dict[str, ClaimVerdict] = field(default_factory=dict)
    beats: deque[Beat] = field(default_factory=lambda: deque(maxlen=_KEPT))
    progress: Progress | None = None
    end: End | None = None
    step: int = 0
    seconds: float = 0.0
    changes: int = 0
    _pace: Pace = field(default_factory=Pace)
    _told: deque[ClaimVerdict] = field(default_factory=lambda: deque(maxlen=_KEPT_VERDICTS))

    @property
    def series(self) -> dict[str, Series]:
        """Every metric by its name."""
        return self.metrics.series

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What the run could go on from."""
        return self.checkpoints[-1] if self.checkpoints else None

    def fold(self, events: Iterable[Event]) -> None:
        """Take in what happened, in order."""
        measured: list[Metric] = []
        for event in events:
            if isinstance(event, Metric):
                measured.append(event)
                continue
            self._measure(measured)
            measured = []
            self._take(event)
        self._measure(measured)

    def _measure(self, measured: list[Metric]) -> None:
        if not measured:
            return
        self.metrics.take(measured)
        self.step = self.metrics.step
        self.seconds = max(self.seconds, measured[-1].t)
        if self.progress is None:
            for event in (measured[0], measured[-1]):
                self._pace.take(event.t, event.step)
        self.changes += 1

    def _take(self, event: Event) -> None:
        self.seconds = max(self.seconds, event.t)
        self.changes += 1
        match event:
            case Start():
                self._begin(event)
            case Progress():
                if self.progress is None:
                    self._pace = Pace()
                self.progress = event
                self._pace.take(event.t, event.step)
            case Text():
                self.texts.append(event)
            case Image():
                _keep(self.images, event)
            case Histogram():
                _keep(self.histograms, event)
            case Heatmap():
                _keep(self.heatmaps, event)
            case Checkpoint():
                self.checkpoints.append(event)
            case Artefact():
                if event.name in self.artefacts or len(self.artefacts) < _MOST_NAMES:
                    self.artefacts[event.name] = event
            case ClaimVerdict():
                self.verdicts[event.id] = event
                self._told.append(event)
            case Note():
                if event.text not in self.notes:  # a continued run says the same again
                    self.notes.append(event.text)
            case Beat():
                self._beat(event)
            case End():
                self.end = event
                self.seconds = max(self.seconds, event.seconds)

    def _beat(self, beat: Beat) -> None:
        used = {name: value for name in MACHINE if (value := getattr(beat, name)) is not None}
        if not used:
            self.changes -= 1
            return
        self.beats.append(beat)
        for name, value in used.items():
            self.machine.series.setdefault(name, Series()).append(beat.t, value, beat.t)

    def _begin(self, start: Start) -> None:
        if start.continued is not None:
            self._take_back(start.continued)
        elif self.start is not None:
            fresh = RunView(changes=self.changes)
            self.__dict__.update(fresh.__dict__)
            self.seconds = start.t
        self.start = start

    def _take_back(self, seconds: float) -> None:
        """Forget what came after the checkpoint of that moment, from which the run goes on: it is done once more."""
        self.metrics.cut(seconds)
        self.step = self.metrics.step
        self.texts = deque((text for text in self.texts if text.t <= seconds), _KEPT)
        _forget(self.images, seconds)
        _forget(self.histograms, seconds)
        _forget(self.heatmaps, seconds)
        self.checkpoints = deque((point for point in self.checkpoints if point.t <= seconds), _KEPT)
        self.artefacts = {name: artefact for name, artefact in self.artefacts.items() if artefact.t <= seconds}
        self._told = deque((told for told in self._told if told.t <= seconds), _KEPT_VERDICTS)
        self.verdicts = {told.id: told for told in self._told}
        self.progress = self.end = None
        self._pace = Pace()

    def kept(self) -> Iterator[Event]:
        """Events that, folded, come to this view but for its metrics and its readings of the machine."""
        if self.start is not None:
            yield replace(self.start, continued=None)
        events: list[Event] = [*self._told, *self.checkpoints, *self.texts, *self.artefacts.values()]
        events += chain(*self.images.values())
        events += chain(*self.histograms.values())
        events += chain(*self.heatmaps.values())
        yield from sorted(events, key=lambda event: event.t)
        yield from (Note(0.0, text) for text in self.notes)
        yield from (event for event in (self.progress, self.end) if event is not None)

    def sum_up(self) -> None:
        """Have all sums ready: from then on, whoever reads the curves changes nothing in them."""
        for series in (*self.series.values(), *self.machine.series.values()):
            series.tiers  # noqa: B018

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

    def left(self) -> Remaining | None:
        """How long the run still takes, counted from `seconds`; None where that cannot be said yet."""
        if self.end is not None:
            return None
        if self.progress is not None:
            left = self._pace.remaining(self.progress.of - self.progress.step)
            return left.after(self.seconds - self.progress.t) if left else None
        if self.start is not None and self.start.steps > 0:
            return self._pace.remaining(self.start.steps - self.step)
        return None

    def remaining(self) -> float | None:
        """Seconds still to go if the run keeps its pace of late; None where that cannot be said yet."""
        left = self.left()
        return left.likely if left else None

    def panels(self, spec: Spec | None) -> list[Panel]:
        """The plots: those the lab names, the empty ones last and gone in the end; then one for each other metric."""
        named = [
            panel
            for panel in (spec.panels if spec else ())
            if self.end is None or any(name in self.series for name in panel.metrics)
        ]
        named.sort(key=lambda panel: not any(name in self.series for name in panel.metrics))
        shown = {name for panel in named for name in panel.metrics}
        return named + [Panel(name, (name,)) for name in self.series if name not in shown]


def _keep(kept: "dict[str, deque[P]]", moment: P) -> None:
    if moment.name in kept or len(kept) < _MOST_NAMES:
        kept.setdefault(moment.name, deque(maxlen=_KEPT)).append(moment)


def _forget(kept: "dict[str, deque[P]]", seconds: float) -> None:
    for name, moments in list(kept.items()):
        while moments and moments[-1].t > seconds:
            moments.pop()
        if not moments:
            del kept[name]


class Follower:
    """Follows the events file of a run in pieces that never take long; what is known already need not be read again."""

    def __init__(self, folder: Path, view: RunView | None = None, offset: int = 0, before: bytes = b"") -> None:
        self.folder = folder
        self.reader = EventReader(folder / EVENTS, offset, before)
        self.view = view or RunView()
        """What was known of the run when following began; the events that come are for its `fold`."""

        self._began = offset

    @property
    def fresh(self) -> bool:
        """Whether anything was read that was not known when following began."""
        return self.reader.offset > self._began or self.reader.replaced > 0

    def next(self, seconds: float = 0.05) -> list[Event]:
        """What was written since the last call, or as much of it as can be read in about `seconds`; [] at the end."""
        while True:
            offset = self.reader.offset
            events = self.reader.read(seconds)
            if events or self.reader.offset == offset:
                return events


def replay(folder: Path) -> RunView:
    """The view of a whole run as its folder has it now."""
    from cs229tui.labs.curves import open_run

    follower = open_run(folder)
    while events := follower.next(1.0):
        follower.view.fold(events)
    return follower.view
