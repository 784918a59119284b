"""One run of a lab: its parameters, its folder, and the events it leaves there for whoever watches.

    from cs229tui import labkit

    with labkit.start(__file__) as run:
        for step in run.steps(run.parameters.steps):
            ...
            run.log(step, loss=loss)          # a tensor is fine: nothing waits for the device here
        run.claim("loss-falls", first - last)  # the verdict comes from the band in lab.toml

Leaving the `with` block writes the verdicts of claims that were not reached ("not tested") and the end of the run.
"""

import errno
import io
import json
import os
import platform
import sys
import time
import traceback
import weakref
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any, Self

from cs229tui.errors import ReportableError
from cs229tui.labkit import command_line, continuing, distributed, events
from cs229tui.labkit import device as devices
from cs229tui.labkit.console import Console
from cs229tui.labkit.heartbeat import Heartbeat
from cs229tui.labkit.lab_file import load_spec
from cs229tui.labkit.outgoing import Outgoing
from cs229tui.labkit.panels import Panels
from cs229tui.labkit.spec import NOT_TESTED, Claim, Spec, Value, Verdict, wanted
from cs229tui.labkit.stopping import Stopping
from cs229tui.labkit.writing import EventWriter
from cs229tui.whole import write_whole

if TYPE_CHECKING:
    from cs229tui.labkit.checkpoint import Keeper


def start(main_file: str | Path, arguments: Sequence[str] | None = None) -> "Run":
    """The run of the lab in `main_file`'s folder that the command line asks for; wrong usage exits with 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without ✓ must not end a run
    try:
        spec = load_spec(Path(main_file).parent)
        asked = command_line.read(spec, arguments)
        given = {name: getattr(asked, name) for name in spec.parameters if getattr(asked, name) is not None}
        if asked.going_on:
            name, values = continuing.asked_before(spec, asked.run_folder, {"preset": asked.preset, **given})
        else:
            name = asked.preset or next(iter(spec.presets))
            values = spec.values(name, given)
        preset = spec.preset(name)
        wants_cuda = preset.device == "cuda" and values["device"] == "auto"
        device = devices.choose("cuda" if wants_cuda else str(values["device"]))
        # A launcher that starts a run anew after a failure does so with the command of the first time.
        anew = distributed.restarts() > 0 and asked.run_folder is not None
        goes_on = asked.going_on or (anew and (asked.run_folder / events.EVENTS).exists())
        folder = asked.run_folder if goes_on else command_line.run_folder(asked.run_folder, spec.name)
        if asked.going_on and distributed.rank() == 0:
            continuing.forget_wishes(folder)
        agreement = distributed.begin(device, folder)
        devices.prepare(device, int(values["seed"]), int(values["threads"]), bool(values["deterministic"]))
        past = continuing.past_of(folder, agreement, device, begin_anew=anew) if goes_on else None
        return Run(spec, preset.name, values, device, folder, agreement, past)
    except ReportableError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from error


class Run:
    """A run between its start and end events; made by `start`, used as a context manager from the main thread."""

    def __init__(
        self,
        spec: Spec,
        preset: str,
        values: dict[str, Value],
        device: str,
        folder: Path,
        agreement: distributed.Agreement | None = None,
        past: continuing.Past | None = None,
    ) -> None:
        self.spec = spec
        self.preset = preset
        self.parameters = SimpleNamespace(**values)
        self._values = values
        self.device = device
        self.seed = int(values["seed"])
        self.folder = folder
        self.id = folder.name
        self.summary: dict[str, Value | None] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.rank = distributed.rank()
        self.world = distributed.world()
        try:  # rank 0 speaks for all
            log = folder / events.EVENTS if self.rank == 0 else None
            self._writer = EventWriter(log, before=past.seconds if past else 0.0)
        except OSError as error:
            raise command_line.unwritable(folder, error) from error
        self._outgoing = Outgoing(self._writer)
        self._console = Console()
        self._stopping = Stopping(folder)
        self._agreement = agreement or distributed.Agreement()
        self._past = past
        self._found = past.checkpoint if past else None  # until the loop goes on from it
        self._keeper: Keeper | None = None
        self._loop = 0
        self._all_stop = False
        self._panels = Panels(folder, self._writer, self._outgoing, self._console)
        self._heartbeat = Heartbeat(device, self._writer, self._outgoing, self._console)

    # What a lab says.

    def log(self, step: int, **values: Any) -> None:
        """Note numbers measured at `step`: Python's, NumPy's, or tensors of one element, for which nothing waits here.

        Raises TypeError or ValueError, naming the metric, for what is not one number.
        """
        if not self._unheard:
            self._outgoing.log(step, values)

    def text(self, step: int, name: str, text: str) -> None:
        """Show a text made at `step`, such as a sample."""
        if self._unheard:
            return
        self._outgoing.flush()
        self._writer.write(events.Text(self._writer.seconds, step, name, text))
        self._console.say(f"── {name} at step {step}\n{text}\n──")

    def image(self, step: int, name: str, pixels: Any, caption: str = "", low: float = 0.0, high: float = 1.0) -> None:
        """Show a picture, or a batch of them as a grid: H×W, H×W×3, N×H×W, N×H×W×3 or a tensor N×3×H×W.

        uint8 as it is; floats from `low` (black) to `high` (white), so -1 and 1 for what a network makes.
        Raises ValueError for what is no picture.
        """
        if not self._unheard:
            self._panels.image(step, name, pixels, caption, low, high)

    def histogram(self, step: int, name: str, values: Any, bins: int = 40) -> None:
        """Show how `values` of any shape are distributed: their finite numbers, counted in `bins` equal parts."""
        if not self._unheard:
            self._panels.histogram(step, name, values, bins)

    def heatmap(self, step: int, name: str, matrix: Any, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> None:
        """Show a matrix as colours; `rows` and `columns` are labels, if any. What is not finite stays empty.

        More than 128 rows or columns are averaged down, and the student is told so. Raises ValueError for no matrix.
        """
        if not self._unheard and (told := self._panels.heatmap(step, name, matrix, rows, columns)):
            self.note(told)

    def artefact(self, name: str, filename: str) -> Path:
        """Where to write a file worth keeping, such as the trained model; `name` says what it is."""
        if Path(filename).is_absolute() or ".." in Path(filename).parts or not Path(filename).name:
            raise ValueError(f"an artefact's file lies in the run's folder; {filename!r} does not")
        mine = self.folder if self.rank == 0 else self.folder / f"rank-{self.rank}"  # no two write one file
        path = mine / events.ARTEFACTS / filename
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer.write(events.Artefact(self._writer.seconds, name, f"{events.ARTEFACTS}/{filename}"))
        return path

    def note(self, text: str) -> None:
        """Tell the student something that she should know about this run."""
        if self._past is not None and text in self._past.told:
            return
        self._writer.write(events.Note(self._writer.seconds, text))
        self._console.say(text)

    def progress(self, step: float, of: float, rate: float | None = None, unit: str = "") -> None:
        """Say how far the run is; `steps` does it for a plain loop."""
        self._writer.write(events.Progress(self._writer.seconds, step, of, rate, unit))
        speed = f"  {rate:,.0f} {unit}" if rate else ""
        self._console.progress(step, of, self._outgoing.latest, speed, self._writer.seconds)

    def claim(self, id: str, measured: Any) -> Verdict:
        """The verdict on the claim `id`, from `measured` and the band that lab.toml wants under this preset."""
        claim = next((claim for claim in self.spec.claims if claim.id == id), None)
        if claim is None:
            raise KeyError(f"lab.toml has no claim {id!r}")
        if self._found is not None and id in self.verdicts:
            return self.verdicts[id]  # measured before the checkpoint; the model is another one by now
        self._outgoing.flush(wait=True)
        number = float(measured.detach() if hasattr(measured, "detach") else measured)
        verdict = claim.verdict(self.preset, number)
        self._verdict(claim, verdict, number)
        return verdict

    @property
    def _unheard(self) -> bool:
        """Whether rank 0 says it, or the run before did: a continued run does again what stands before its loop."""
        return self.rank > 0 or (self._found is not None and self._found.loop > 0)

    # The loop of a lab, and how it is interrupted and goes on.

    def steps(self, count: int, work: float = 1, unit: str = "steps/s") -> Iterator[int]:
        """The steps 0, 1, … `count` - 1, fewer once the run is stopped, with progress; a step does `work` units.

        A continued run begins at the step of its checkpoint, with every random number generator as it was then.
        """
        self._loop += 1
        if self._found is not None and self._found.loop > self._loop:
            return  # this loop was over when the checkpoint was written
        first = self._begin_loop()
        began, before = time.monotonic(), first
        for step in range(first, count):
            due = self._keeper is not None and self._keeper.due
            self._all_stop, due = self._agreement.agreed(self.rank == 0 and self._asked_to_stop(step), due)
            if self._all_stop or due:
                self.checkpoint(step)
            if self._all_stop:
                self._stopping.reason = self._stopping.reason or "stopped by rank 0"
                return
            now = time.monotonic()
            if now - began > 1.0 or step == first:
                rate = (step - before) * work / (now - began) if step > first else None
                self.progress(step, count, rate, unit)
                began, before = now, step
            yield step
        self._outgoing.flush()
        self.progress(count, count, None, unit)
        self._all_stop = self._agreement.settled(2)[0]
        self.checkpoint(count)

    @property
    def stopping(self) -> bool:
        """Whether the student asked to stop; also where a paused run waits, so ask it once a step."""
        return self._asked_to_stop() if self.world == 1 else self._all_stop

    def keep(self, **parts: Any) -> None:
        """Hold these in the run's checkpoints: what has state_dict and load_state_dict, tensors, generators, dicts.

        A continued run gives them their state back here and now, so make them first, and keep them before the loop.
        """
        if self._keeper is None:
            from cs229tui.labkit.checkpoint import Keeper

            self._keeper = Keeper(self.folder, self._agreement, self.note)
        self._keeper.keep(parts, self._found)

    def checkpoint(self, step: int) -> None:
        """Write a checkpoint to go on with `step`; `steps` does it each minute, at a stop and at the end."""
        if self._keeper is None or self._keeper.last == (self._loop, step):
            return
        self._outgoing.flush(wait=True)
        seconds = round(self._writer.seconds, 4)  # as in the file, where all that was said so far has a time up to it
        facts = {"verdicts": self.verdicts, "summary": self.summary, **continuing.circumstances(self.device)}
        file = self._keeper.save(step, self._loop, seconds, facts)
        if file is not None:
            self._writer.write(events.Checkpoint(seconds, step, file))

    def _begin_loop(self) -> int:
        """The loop's first step; on a continued run the generators are put back for it."""
        found, self._found = self._found, None
        if found is None and self.world == 1:
            return 0
        from cs229tui.labkit.checkpoint import set_generators

        if found is not None and self.rank < len(found.generators):
            set_generators(found.generators[self.rank])
        elif self.rank > 0 and self._loop == 1:  # from here on, each rank has random numbers of its own
            devices.seeded(self.seed + self.rank)
        return found.step if found is not None else 0

    def _asked_to_stop(self, before: int | None = None) -> bool:
        def pausing() -> None:
            self._outgoing.flush(wait=True)
            if before is not None and self.world == 1:
                self.checkpoint(before)  # the machine may be switched off before the run goes on

        return self._stopping.asked(pausing)

    # The life of the run.

    def __enter__(self) -> Self:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        record = self.folder / events.RUN
        if record.exists():  # the launcher wrote it
            self.id = str(json.loads(record.read_text("utf-8"))["id"])
        elif self.rank == 0:
            fields = {
                "id": self.id,
                "lab": self.spec.name,
                "preset": self.preset,
                "parameters": self._values,
                "command": [sys.executable, *sys.argv],
                "started": now,
                "python": platform.python_version(),
            }
            write_whole(record, json.dumps(fields, ensure_ascii=False, indent=2) + "\n")
        versions = {"python": platform.python_version(), "torch": devices.torch_version()}
        described = devices.describe(self.device)
        steps = self._values.get("steps", 0)
        self._writer.write(
            events.Start(
                self._writer.seconds,
                run=self.id,
                lab=self.spec.name,
                preset=self.preset,
                parameters=self._values,
                device=described,
                seed=self.seed,
                steps=steps if isinstance(steps, int) else 0,
                pid=os.getpid(),
                versions=versions,
                time=now,
                continued=self._past.checkpoint_seconds if self._past else None,
            )
        )
        self._console.say(f"{self.spec.title} · {self.preset} · {described} · {self.folder}")
        self._stopping.listen()
        _running.add(self)
        self._heartbeat.start()
        if self._past is not None:
            for text in self._past.notes:
                self.note(text)
        if self._found is not None:
            self.verdicts |= self._found.facts["verdicts"]
            self.summary |= self._found.facts["summary"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self not in _running:  # a process forked from the lab's, which is not the run
            return
        state, reason, code = self._outcome(error)
        try:
            try:
                self._outgoing.flush(wait=True)
            except RuntimeError as failed:  # a device that failed gives no number away any more
                if error is None:
                    state, reason, code = "failed", str(failed), 1
            again = state == "failed" and distributed.starts_again()
            for claim in self.spec.claims:
                if claim.id not in self.verdicts and not again:
                    self._verdict(claim, NOT_TESTED, None)
            self._heartbeat.stop()
            seconds = self._writer.seconds
            if again:
                self._writer.write(events.Note(seconds, f"{reason.rstrip('.')}. torchrun starts the run again."))
            else:
                self._writer.write(events.End(seconds, state, reason, self.summary, round(seconds, 3)))
        finally:
            _running.discard(self)
            self._heartbeat.stop()
            self._stopping.ignore()
            if not self._writer.close():
                state, reason, code = "failed", f"its end could not be written: {self._writer.trouble}", code or 1
                self._console.complain(f"The end of the run could not be written: {self._writer.trouble}.")
            distributed.end()
        outcome = f"{state}{': ' + reason if reason else ''} after {seconds:.0f} s · {self.folder}"
        self._console.closing(outcome, self._outgoing.latest, self.summary, self.verdicts)
        if error is not None or code:
            raise SystemExit(code)

    def _outcome(self, error: BaseException | None) -> tuple[events.EndState, str, int]:
        if error is None:
            return ("stopped", self._stopping.reason, 0) if self._stopping.reason else ("done", "", 0)
        if isinstance(error, KeyboardInterrupt):
            return "stopped", "interrupted", 130
        if isinstance(error, SystemExit):
            ok = error.code in (None, 0)
            code = error.code if isinstance(error.code, int) else int(not ok)
            return ("done", "", 0) if ok else ("failed", f"exit {error.code}", code)
        if isinstance(error, ReportableError):
            self._console.complain(str(error))
            return "failed", str(error), error.exit_code
        traceback.print_exception(error)
        if distributed.lost_another(error):
            return (
                "failed",
                "Another of its processes ended; what it printed, in output.log or rank-N.log, says why.",
                1,
            )
        return "failed", f"{type(error).__name__}: {error}".rstrip(": ") + _remedy(error), 1

    def _verdict(self, claim: Claim, verdict: Verdict, measured: float | None) -> None:
        band = wanted(claim.presets.get(self.preset), claim.unit)
        self.verdicts[claim.id] = verdict
        shown = None if measured is None else events.number(measured)
        self._writer.write(events.ClaimVerdict(self._writer.seconds, claim.id, verdict, shown, band))
        self._console.verdict(claim, verdict, measured, band)

    def _forked(self) -> None:
        # A worker of a DataLoader, say: the run, its events and its signals belong to the process it came from.
        self._outgoing.abandon()
        self._stopping.ignore()


def _remedy(error: BaseException) -> str:
    """What to do about want of memory, here or on a GPU, or of space; nothing where the lab is what is wrong."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return ". The disk is full: free some space and start it again."
    short = ("out of memory", "can't allocate memory")  # torch's words, of a GPU and of a CPU
    if isinstance(error, MemoryError) or any(words in str(error) for words in short):
        return ". There was not enough memory: use a smaller preset or batch."
    return ""


_running: "weakref.WeakSet[Run]" = weakref.WeakSet()


def _in_a_child() -> None:
    for run in list(_running):
        run._forked()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_a_child)
