"""What a run showed besides numbers: pictures, histograms, heat maps, what it used of the machine."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from cs229tui.labkit.events import Beat, Checkpoint, Event, Heatmap, Histogram, Image

_KEPT = 200


@dataclass
class Exhibits:
    """By name, oldest first, at most so many of each."""

    images: dict[str, deque[Image]] = field(default_factory=dict)
    histograms: dict[str, deque[Histogram]] = field(default_factory=dict)
    heatmaps: dict[str, deque[Heatmap]] = field(default_factory=dict)
    beats: deque[Beat] = field(default_factory=lambda: deque(maxlen=1000))
    checkpoint: Checkpoint | None = None

    def fold(self, events: Iterable[Event]) -> None:
        """Take in what happened, in order."""
        for event in events:
            match event:
                case Image():
                    self.images.setdefault(event.name, deque(maxlen=_KEPT)).append(event)
                case Histogram():
                    self.histograms.setdefault(event.name, deque(maxlen=_KEPT)).append(event)
                case Heatmap():
                    self.heatmaps.setdefault(event.name, deque(maxlen=_KEPT)).append(event)
                case Beat():
                    if event.memory is not None:
                        self.beats.append(event)
                case Checkpoint():
                    self.checkpoint = event
