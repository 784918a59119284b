"""What a person should know of a run besides its curves: that it waits, is silent, failed, or is lost in NaN."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from cs229tui.clock import now
from cs229tui.labkit.events import EVENTS
from cs229tui.labs.life import Life
from cs229tui.labs.series import Series
from cs229tui.labs.words import duration, figure


@dataclass(frozen=True)
class Told:
    """One thing told above the panels: how bad it is, what it is, and what to do."""

    kind: Literal["quiet", "warning", "error"]
    what: str
    remedy: str = ""


class NanWatch:
    """Knows since which step a metric has been NaN; one that is a number again is none of its concern."""

    def __init__(self) -> None:
        self.since: dict[str, float] = {}

    def look(self, series: Mapping[str, Series]) -> None:
        """Look at the newest values, and back to where they began only when they have just become NaN."""
        for name, one in series.items():
            if not len(one) or one.values[-1] == one.values[-1]:
                self.since.pop(name, None)
            elif name not in self.since:
                at = len(one) - 1
                while at > 0 and one.values[at - 1] != one.values[at - 1]:
                    at -= 1
                self.since[name] = one.steps[at]


def troubles(
    life: Life, nan: Mapping[str, float], checkpoint: int | None, place: str = "", heard: bool = False
) -> list[Told]:
    """What is to be told of a run, the worst first.

    `checkpoint` is the step that it can go on from, `place` where it stands in the queue, in words; `heard`: an event
    of it was read before.
    """
    found: list[Told] = []
    record, folder = life.record, Path(life.record.folder)
    go_on = f"C goes on from the checkpoint of step {figure(checkpoint)}; " if checkpoint is not None else ""
    if not folder.is_dir():
        found.append(Told("error", "The run's folder is gone.", "What is shown here was read before."))
    elif life.alive and not (folder / EVENTS).exists() and (heard or record.state == "running"):
        found.append(Told("error", "The run's file of events is gone.", "Nothing more can be shown; x stops the run."))
    if record.state in ("failed", "lost"):
        found.append(Told("error", record.reason or "It ended badly, and nobody knows why.", f"{go_on}r starts anew."))
    elif record.state == "stopped":
        found.append(Told("quiet", record.reason or "It was stopped.", f"{go_on}r starts anew."))
    if nan:
        name, step = min(nan.items(), key=lambda one: one[1])
        others = f", and {len(nan) - 1} more" if len(nan) > 1 else ""
        remedy = "Look at what was drawn just before; a lower learning rate is the usual cure."
        found.append(Told("error", f"{name} is NaN since step {figure(step)}{others}.", remedy))
    if life.alive:
        found += _waits(life, place)
    return found


def _waits(life: Life, place: str) -> list[Told]:
    match life.word:
        case "silent":
            since = (now() - timedelta(seconds=life.silent)).astimezone()
            what = f"Nothing was heard for {duration(life.silent)}, since {since:%H:%M:%S}."
            return [
                Told("warning", what, "A long step, a slow disk, or it hangs: l shows what it printed, x stops it.")
            ]
        case "paused":
            return [Told("warning", "It waits, as you asked.", "Space lets it go on.")]
        case "stopping":
            return [Told("warning", "It was asked to stop, and finishes its step.", "x again ends it by force.")]
        case "queued":
            told = life.record.reason or place or "It waits for its place."
            remedy = "! starts it now; x takes it out of the queue." if not life.record.reason else "x takes it out."
            return [Told("warning", told, remedy)]
    # What a cluster says of a run that goes on: which job it is, its attempts, or that nobody answers there.
    return [Told("quiet", life.record.reason)] if life.record.reason else []
