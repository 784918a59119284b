"""One run of a lab: its parameters, its folder, and the events it leaves there for whoever watches.

    from cs229tui import labkit

    with labkit.start(__file__) as run:
        for step in run.steps(run.parameters.steps):
            ...
            run.log(step, loss=loss)          # a tensor is fine: nothing waits for the device here
        run.claim("loss-falls", first - last)  # the verdict comes from the band in lab.toml

Leaving the `with` block writes the verdicts of claims that were not reached ("not tested") and the end of the run.
"""

import argparse
import io
import json
import os
import platform
import signal
import sys
import tempfile
import threading
import time
import traceback
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType, SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from cs229tui.clean import clean, clean_line
from cs229tui.errors import ReportableError
from cs229tui.labkit import continuing, distributed, events, pictures, reducing
from cs229tui.labkit import device as devices
from cs229tui.labkit.spec import NOT_TESTED, Parameter, ParameterError, Spec, Value, Verdict, load_spec, wanted

if TYPE_CHECKING:
    from cs229tui.labkit.checkpoint import Keeper

_FLUSH_SECONDS = 0.5  # numbers wait this long, so that a GPU is asked for them twice a second and not each step
_PRINT_SECONDS = 5.0
_MARKS = {"confirmed": "✓", "not confirmed": "✗", "not tested": "–"}


def start(main_file: str | Path, arguments: Sequence[str] | None = None) -> "Run":
    """The run of the lab in `main_file`'s folder that the command line asks for; wrong usage exits with 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without ✓ must not end a run
    try:
        spec = load_spec(Path(main_file).parent)
        asked = _arguments(spec, arguments)
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
        folder = asked.run_folder if goes_on else _folder(asked.run_folder, spec.name)
        agreement = distributed.begin(device, folder)
        devices.prepare(device, int(values["seed"]), int(values["threads"]))
        past = continuing.past_of(folder, agreement, device, begin_anew=anew) if goes_on else None
    except ReportableError as error:
        _fail(str(error), error.exit_code)
    return Run(spec, preset.name, values, device, folder, agreement, past)


def _arguments(spec: Spec, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"{spec.name}/main.py", description=f"{spec.title}. {spec.summary}", allow_abbrev=False
    )
    presets = "; ".join(f"{preset.name}: {preset.help}" for preset in spec.presets.values())
    parser.add_argument("--preset", metavar="NAME", help=_plain(presets))
    parser.add_argument("--run-folder", type=Path, metavar="DIR", help="where the run's files go; made if missing")
    parser.add_argument(
        "--continue", dest="going_on", action="store_true", help="go on from the last checkpoint in the run folder"
    )
    for parameter in spec.parameters.values():
        flags = dict.fromkeys(("--" + parameter.name.replace("_", "-"), "--" + parameter.name))
        parser.add_argument(*flags, dest=parameter.name, metavar="VALUE", help=_plain(_described(parameter)))
    return parser.parse_args(arguments)


def _described(parameter: Parameter) -> str:
    about = ", ".join(part for part in (parameter.range, f"default {parameter.default}") if part)
    return f"{parameter.help} ({about})"


def _plain(text: str) -> str:
    return text.replace("%", "%%")


def _folder(asked: Path | None, lab: str) -> Path:
    """The folder asked for; else one below CS229TUI_HOME where that is set, else ./runs, else a temporary one."""
    if asked is None and distributed.launched():
        raise ParameterError("The processes of a run must be told its folder.", "Name a new one: --run-folder DIR")
    if asked is None:
        name = f"{lab}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"
        home = os.environ.get("CS229TUI_HOME")
        asked = (Path(home).expanduser() / "data" / "runs" if home else Path("runs")) / name
        if not home and not os.access(".", os.W_OK):
            asked = Path(tempfile.mkdtemp(prefix="cs229tui-")) / name
    elif (asked / events.EVENTS).exists() and distributed.rank() == 0:
        raise ParameterError(f"{clean_line(str(asked))} already holds a run.", "Give a new folder: --run-folder DIR")
    try:
        asked.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(
            f"The run folder {clean_line(str(asked))} cannot be made: {error.strerror}.",
            "Give another: --run-folder DIR",
        ) from error
    return asked


def _fail(message: str, code: int) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(code)


@dataclass(frozen=True)
class _Pending:
    t: float
    step: int
    values: dict[str, Any]


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
        self.continued = past.step if past else None
        # Rank 0 speaks for all.
        log = folder / events.EVENTS if self.rank == 0 else Path(os.devnull)
        self._writer = events.EventWriter(log, before=past.seconds if past else 0.0)
        self._agreement = agreement or distributed.Agreement()
        self._past = past
        self._found = past.checkpoint if past else None  # until the loop goes on from it
        self._keeper: Keeper | None = None
        self._loop = 0
        self._all_stop = False
        self._pending: list[_Pending] = []
        self._flush_at = 0.0
        self._print_at = 0.0
        self._latest: dict[str, float | None] = {}
        self._stop = ""
        self._over = threading.Event()
        self._handlers: dict[int, Any] = {}
        self._beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    # What a lab calls.

    @property
    def stopping(self) -> bool:
        """Whether the student asked to stop; also where a paused run waits, so ask it once a step."""
        return self._asked_to_stop() if self.world == 1 else self._all_stop

    def _asked_to_stop(self) -> bool:
        pause = self.folder / events.PAUSE
        if not self._stop and pause.exists():
            self._flush()
            while pause.exists() and not self._stop:
                time.sleep(0.1)
        return bool(self._stop)

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
        self._flush()
        facts = {"verdicts": self.verdicts, "summary": self.summary, **continuing.circumstances(self.device)}
        file = self._keeper.save(step, self._loop, facts)
        if file is not None:
            self._writer.write(events.Checkpoint(self._writer.seconds, step, file))

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
            self._all_stop, due = self._agreement.agreed(self.rank == 0 and self._asked_to_stop(), due)
            if self._all_stop or due:
                self.checkpoint(step)
            if self._all_stop:
                self._stop = self._stop or "stopped by rank 0"
                return
            now = time.monotonic()
            if now - began > 1.0 or step == first:
                rate = (step - before) * work / (now - began) if step > first else None
                self.progress(step, count, rate, unit)
                began, before = now, step
            yield step
        self._flush()
        self.progress(count, count, None, unit)
        self._all_stop = self._agreement.settled(2)[0]
        self.checkpoint(count)

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

    def _said(self, step: int) -> bool:
        """Whether a continued run is at what was said before: what stands in front of its loop is done again."""
        return self.continued is not None and step < self.continued

    def log(self, step: int, **values: Any) -> None:
        """Note numbers measured at `step`; tensors of one element are fine: they are read when events are written."""
        if self._said(step):
            return
        kept = {}
        for name, value in values.items():
            if hasattr(value, "detach"):
                if value.numel() != 1:
                    raise ValueError(f"run.log: {name} has {value.numel()} elements; a metric is one number")
                value = value.detach().clone()  # what the device computes next may reuse the memory
            kept[name] = value
        self._pending.append(_Pending(self._writer.seconds, step, kept))
        if time.monotonic() >= self._flush_at:
            self._flush()

    def text(self, step: int, name: str, text: str) -> None:
        """Show a text made at `step`, such as a sample."""
        if self._said(step):
            return
        self._flush()
        self._writer.write(events.Text(self._writer.seconds, step, name, text))
        print(f"── {name} at step {step}\n{clean(text)}\n──", flush=True)

    def image(self, step: int, name: str, pixels: Any, caption: str = "", low: float = 0.0, high: float = 1.0) -> None:
        """Show a picture, or a batch of them as a grid: H×W, H×W×3, N×H×W, N×H×W×3 or a tensor N×3×H×W.

        uint8 as it is; floats from `low` (black) to `high` (white), so -1 and 1 for what a network makes.
        """
        if self._said(step):
            return
        found, shape = pictures.levels(pixels, low, high)
        data = bytes(found.flatten().tolist()) if hasattr(found, "detach") else found
        rows, width, height = pictures.grid(data, shape)
        file = f"{events.IMAGES}/{pictures.file_name(step, name)}"
        pictures.write_whole(self.folder / file, pictures.png(rows, width, height, shape[-1]))
        self._writer.write(events.Image(self._writer.seconds, step, name, file, width, height, caption))

    def histogram(self, step: int, name: str, values: Any, bins: int = 40) -> None:
        """Show how `values` of any shape are distributed: their finite numbers, counted in `bins` equal parts."""
        if self._said(step):
            return
        counts, ends = reducing.counted(values, bins)
        if hasattr(counts, "tolist"):
            counts, ends = counts.tolist(), ends.tolist()
        self._writer.write(events.Histogram(self._writer.seconds, step, name, *ends, counts))

    def heatmap(self, step: int, name: str, matrix: Any, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> None:
        """Show a matrix as colours; more than 128 rows or columns are averaged down, and the student is told so."""
        if self._said(step):
            return
        cells, height, width = reducing.averaged(matrix)
        cells = cells.tolist() if hasattr(cells, "tolist") else cells
        values = [[None if cell is None else events.number(f"{cell:.6g}") for cell in row] for row in cells]
        labels = [
            [str(given[part[0]]) for part in reducing.parts(size)] if given else []
            for given, size in ((rows, height), (columns, width))
        ]
        self._writer.write(events.Heatmap(self._writer.seconds, step, name, values, *labels))

    def artefact(self, name: str, filename: str) -> Path:
        """Where to write a file worth keeping, such as the trained model; `name` says what it is."""
        if Path(filename).is_absolute() or ".." in Path(filename).parts:
            raise ValueError(f"an artefact's file lies in the run's folder; {filename!r} does not")
        path = self.folder / events.ARTEFACTS / filename
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer.write(events.Artefact(self._writer.seconds, name, f"{events.ARTEFACTS}/{filename}"))
        return path

    def note(self, text: str) -> None:
        """Tell the student something that she should know about this run."""
        self._writer.write(events.Note(self._writer.seconds, text))
        print(clean(text), flush=True)

    def progress(self, step: float, of: float, rate: float | None = None, unit: str = "") -> None:
        """Say how far the run is; `steps` does it for a plain loop."""
        self._writer.write(events.Progress(self._writer.seconds, step, of, rate, unit))
        now = time.monotonic()
        if now >= self._print_at and step:
            self._print_at = now + _PRINT_SECONDS
            shown = "".join(f"  {name} {value:.4g}" for name, value in self._latest.items() if value is not None)
            speed = f"  {rate:,.0f} {unit}" if rate else ""
            print(f"{step:g} of {of:g}{shown}{speed}  {self._writer.seconds:.0f} s", flush=True)

    def claim(self, id: str, measured: Any) -> Verdict:
        """The verdict on the claim `id`, from `measured` and the band that lab.toml wants under this preset."""
        claim = next((claim for claim in self.spec.claims if claim.id == id), None)
        if claim is None:
            raise KeyError(f"lab.toml has no claim {id!r}")
        if self._found is not None and id in self.verdicts:
            return self.verdicts[id]  # measured before the checkpoint; the model is another one by now
        self._flush()
        number = float(measured)
        verdict = claim.verdict(self.preset, number)
        self._verdict(id, verdict, number)
        return verdict

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
            record.write_text(json.dumps(fields, ensure_ascii=False, indent=1) + "\n", "utf-8")
        versions = {"python": platform.python_version(), "torch": _torch_version()}
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
                continued=self.continued,
            )
        )
        print(f"{self.spec.title} · {self.preset} · {described} · {self.folder}", flush=True)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._handlers[number] = signal.signal(number, self._signalled)
        self._beating.start()
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
        state, reason, code = self._outcome(error)
        try:
            self._flush()
            again = state == "failed" and distributed.starts_again()
            for claim in self.spec.claims:
                if claim.id not in self.verdicts and not again:
                    self._verdict(claim.id, NOT_TESTED, None)
            self._over.set()
            self._beating.join()
            seconds = self._writer.seconds
            if again:
                self._writer.write(events.Note(seconds, f"{reason}. The run is started again by torchrun."))
            else:
                self._writer.write(events.End(seconds, state, reason, self.summary, round(seconds, 3)))
        finally:
            self._over.set()
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            self._writer.close()
            distributed.end()
        print(f"{state}{': ' + clean(reason) if reason else ''} after {seconds:.0f} s · {self.folder}", flush=True)
        if error is not None:
            raise SystemExit(code)

    def _outcome(self, error: BaseException | None) -> tuple[events.EndState, str, int]:
        if error is None:
            return ("stopped", self._stop, 0) if self._stop else ("done", "", 0)
        if isinstance(error, KeyboardInterrupt):
            return "stopped", "interrupted", 130
        if isinstance(error, SystemExit):
            ok = error.code in (None, 0)
            code = error.code if isinstance(error.code, int) else int(not ok)
            return ("done", "", 0) if ok else ("failed", f"exit {error.code}", code)
        if isinstance(error, ReportableError):
            print(f"error: {error}", file=sys.stderr)
            return "failed", str(error), error.exit_code
        traceback.print_exception(error)
        return "failed", f"{type(error).__name__}: {error}", 1

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self._stop and number == signal.SIGINT:
            raise KeyboardInterrupt  # asked twice: do not wait for the step
        self._stop = f"stopped by {signal.Signals(number).name}"

    def _beat(self) -> None:
        while not self._over.wait(events.BEAT_SECONDS / 2):
            try:
                self._writer.write(events.Beat(self._writer.seconds))
            except OSError as error:  # the main thread meets the same disk and ends the run; it must not end here
                print(f"error: no heartbeat could be written: {error}", file=sys.stderr)

    def _verdict(self, id: str, verdict: Verdict, measured: float | None) -> None:
        claim = next(claim for claim in self.spec.claims if claim.id == id)
        band = wanted(claim.presets.get(self.preset), claim.unit)
        self.verdicts[id] = verdict
        shown = None if measured is None else events.number(measured)
        self._writer.write(events.ClaimVerdict(self._writer.seconds, id, verdict, shown, band))
        numbers = f" · measured {measured:.4g}, wanted {band}" if measured is not None and band else ""
        print(f"{_MARKS[verdict]} {verdict}: {claim.text}{numbers}", flush=True)

    def _flush(self) -> None:
        """Write what was logged; here, and only here, does the host wait for the device."""
        pending, self._pending = self._pending, []
        tensors = [value for entry in pending for value in entry.values.values() if hasattr(value, "detach")]
        numbers = iter(_read(tensors))
        for entry in pending:
            values = {
                name: events.number(next(numbers) if hasattr(value, "detach") else value)
                for name, value in entry.values.items()
            }
            self._latest |= values
            self._writer.write(events.Metric(entry.t, entry.step, values))
        self._flush_at = time.monotonic() + _FLUSH_SECONDS


def _read(tensors: list[Any]) -> list[float]:
    """The numbers in tensors of one element each, with one transfer for each device they are on."""
    if not tensors:
        return []
    import torch

    numbers = [0.0] * len(tensors)
    for place in {tensor.device for tensor in tensors}:
        there = [at for at, tensor in enumerate(tensors) if tensor.device == place]
        read = torch.stack([tensors[at].reshape(()).float() for at in there]).tolist()
        for at, value in zip(there, read, strict=True):
            numbers[at] = value
    return numbers


def _torch_version() -> str:
    if not devices.torch_installed():
        return ""
    import torch

    return str(torch.__version__)
