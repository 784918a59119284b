"""A run's events handed over to a tool that a lab group uses, by a process of its own, so that the lab pays nothing.

    python -m cs229tui.labs.hand_over FOLDER --to tensorboard

It follows events.jsonl to the end of the run, and notes in the run's folder how far it came: begun again, it goes on
from there.
"""

import argparse
import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cs229tui.errors import LabError, ReportableError
from cs229tui.labkit.events import EVENTS, RUN, End, Start
from cs229tui.labs.events import EventReader
from cs229tui.labs.history import run_in
from cs229tui.labs.life import look
from cs229tui.labs.receivers import TOOLS, Handed, check, receiver
from cs229tui.labs.run_folder import story_of
from cs229tui.library.runs import RunRecord

LOG = "hand_over.log"
_POLL_SECONDS = 0.5
_NICE = 10


def begin(folder: Path, tool: str) -> None:
    """Start handing over the run in `folder` beside it; "off" does nothing. Raises `LabError` or `UsageError`."""
    if tool == "off":
        return
    check(tool)
    # -P: a folder of the tool's name beside the run, such as its own wandb/, is not the tool.
    command = [sys.executable, "-P", "-m", "cs229tui.labs.hand_over", str(folder), "--to", tool]
    try:
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
    except OSError as error:
        raise LabError(f"The run cannot be handed over to {TOOLS[tool]}: {error}.", "See: cs229tui doctor") from error
    # It outlives us and nobody waits for it: the warning of a child not waited for would be of no use.
    process.returncode = 0


def begin_as_asked(folder: Path) -> None:
    """Start handing over the run in `folder` to the tool that its run.json names, if any.

    A tool that is gone meanwhile must not keep a run from its start: why it is not handed over is in its log.
    """
    try:
        begin(folder, str(story_of(folder).get("hand_over", "off")))
    except ReportableError as error:
        (folder / LOG).write_text(f"error: {error}\n", "utf-8")


def follow(folder: Path, tool: str, wait: bool = True) -> tuple[int, str]:
    """Hand over what the run in `folder` wrote since the last time, to its end if `wait`, else as far as it is.

    Returns how many events that was and what to do to see them; raises `LabError` or `UsageError`.
    """
    check(tool)
    with _alone(folder, tool) as offset_file:
        offset = _offset(offset_file)
        reader = EventReader(folder / EVENTS, offset)
        record = _record(folder)
        first = reader.read()
        if offset and not first and not (wait and look(record).alive):
            return 0, ""
        handed = Handed(record.id, record.lab, record.preset, record.parameters, folder, again=offset > 0)
        to = receiver(tool, handed)
        count, events, state = 0, first, ""
        while True:
            for event in events:
                to.take(event)
                if isinstance(event, End | Start):
                    state = event.state if isinstance(event, End) else ""
            count += len(events)
            if events:
                to.kept()
                offset_file.write_text(json.dumps({"offset": reader.offset}), "utf-8")
            elif state or not wait:
                break
            else:
                life = look(record)
                if not life.alive:
                    # Its last words may have come between the two looks.
                    if not (events := reader.read()):
                        state = life.record.state
                        break
                    continue
                time.sleep(_POLL_SECONDS)
            events = reader.read()
        to.close(state or "running")
        return count, to.where


@contextlib.contextmanager
def _alone(folder: Path, tool: str) -> Iterator[Path]:
    """The file that says how far the run was handed over; nobody else hands it over to the same tool meanwhile."""
    path = folder / f"hand_over-{tool}.json"
    try:
        with (folder / f"hand_over-{tool}.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield path
    except BlockingIOError as error:
        raise LabError(f"This run is being handed over to {TOOLS[tool]} already.", "It ends with the run.") from error
    except FileNotFoundError as error:
        raise LabError(f"{folder} is not a run's folder.") from error


def _offset(path: Path) -> int:
    try:
        return int(json.loads(path.read_text("utf-8"))["offset"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _record(folder: Path) -> RunRecord:
    """The run in a folder; raises `LabError`."""
    record = run_in(folder)
    if record is None:
        raise LabError(f"{folder} is not a run's folder.", f"Its {RUN} cannot be read.")
    return record


def main() -> None:
    """What `begin` starts."""
    parser = argparse.ArgumentParser(prog="python -m cs229tui.labs.hand_over", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", required=True, choices=tuple(TOOLS))
    asked = parser.parse_args()
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    try:
        count, where = follow(asked.folder, asked.to)
    except ReportableError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(error.exit_code) from error
    print(f"{count} events handed over to {TOOLS[asked.to]}. {where}")  # noqa: T201


if __name__ == "__main__":
    main()
