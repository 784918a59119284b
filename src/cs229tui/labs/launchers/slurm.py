"""A run as a job of the cluster's own Slurm: submitted, followed through its queue, cancelled, and requeued.

The run's folder and the Python of the labs must be on a file system that this machine and the nodes share.
"""

import json
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from cs229tui.clean import clean_line
from cs229tui.config import Settings, Slurm
from cs229tui.errors import LabError, ReportableError
from cs229tui.labkit.events import PAUSE
from cs229tui.labs.launchers import Prepared, Standing
from cs229tui.labs.launchers.slurm_answers import ALIVE, WAITING, Answer, Job, Scheduler, SlurmError, ask
from cs229tui.labs.launchers.slurm_job import ATTEMPTS, SCRIPT, TIME_LIMIT, asked, script
from cs229tui.labs.launchers.slurm_words import out_of_memory, remedy, waiting
from cs229tui.labs.output import log_tail
from cs229tui.labs.process import EXIT, STOP
from cs229tui.labs.run_folder import story_of
from cs229tui.whole import write_whole

HERE = False
JOB = "slurm.json"
_PROGRAMS = ("sbatch", "squeue", "scancel")
_SUBMIT_SECONDS = 30.0
_END_SECONDS = 40.0  # a job that is cancelled has 30 s, and sometimes more, before Slurm ends it by force

scheduler = Scheduler()


def checked(options: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """What [slurm] in the settings asks for, with `options` over it; raises `UsageError`, `LabError` without Slurm."""
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing:
        raise LabError(
            f"This machine has no Slurm: there is no {missing[0]}.", "Start it on your cluster's login node."
        )
    made: dict[str, Any] = msgspec.to_builtins(asked(options, settings.slurm))
    return made


def command(command: Sequence[str], options: Mapping[str, Any]) -> list[str]:
    """The command as it is: the job's script wraps it in srun and torchrun where several processes are asked for."""
    return list(command)


def processes(options: Mapping[str, Any]) -> int:
    """None on this machine."""
    return 0


def start(run: Prepared) -> None:
    """Write the job's script and submit it; raises `LabError` with Slurm's own words where it is refused."""
    folder = run.folder
    job = asked(run.options, Slurm())
    for name in (STOP, PAUSE, ATTEMPTS, TIME_LIMIT, EXIT, JOB):
        (folder / name).unlink(missing_ok=True)
    try:
        write_whole(folder / SCRIPT, script(job, story_of(folder), folder, run.command))
    except OSError as error:
        raise LabError(f"{folder / SCRIPT} cannot be written: {error.strerror}.", "Is the disk full?") from error
    try:
        said = ask("sbatch", "--parsable", str(folder / SCRIPT), seconds=_SUBMIT_SECONDS)
    except SlurmError as error:
        raise LabError(f"Slurm did not take the job: {error}.", remedy(str(error))) from error
    found = re.search(r"^(\d+)(;.*)?$", said, re.MULTILINE | re.ASCII)
    if found is None:
        raise LabError(f"Slurm's answer is no job: {clean_line(said, 200)!r}.", "Look for it with: squeue --me")
    write_whole(folder / JOB, json.dumps({"job": found[1], "submitted": time.time()}) + "\n")


def standing(folder: Path) -> Standing | None:
    """How the job is by Slurm's last answer, which is a few seconds old, or older where Slurm does not answer."""
    id, attempts = _job(folder)
    if id is None:
        return Standing("unknown")
    answer = scheduler.look(id)
    job = answer.jobs.get(id)
    if answer.error or not answer.taken:
        return _unanswered(answer, job, folder, id, attempts)
    if job is None:
        return _forgotten(folder, id) if id in answer.gone else Standing("waiting", f"Slurm has it as job {id}.")
    if job.state in WAITING:
        return Standing("waiting", _queued(job, answer, attempts))
    if job.state in ALIVE:
        return Standing("alive", _alive(job, attempts))
    return _over(job, folder, attempts)


def ask_to_stop(folder: Path) -> None:
    """Let the lab finish its step and write its verdicts, or take the job out of the queue; raises `LabError`."""
    id, _ = _job(folder)
    if id is None:
        raise LabError("The run has no job in Slurm.", "Look for it with: squeue --me")
    (folder / STOP).touch()
    (folder / PAUSE).unlink(missing_ok=True)
    scheduler.look(id)
    answer = scheduler.renew()
    job = answer.jobs.get(id)
    try:
        if answer.error:
            raise SlurmError(answer.error)
        if job is not None and job.state in WAITING:
            ask("scancel", id)
        elif job is not None and job.state in ALIVE:
            # To the job's script alone, which passes it on: the lab gets it once and in its own time.
            ask("scancel", "--signal=TERM", "--batch", id)
    except SlurmError as error:
        raise LabError(
            f"Slurm cannot be told to cancel job {id}: {error}.",
            "The lab was asked through its folder, and stops after its step if it runs.",
        ) from error


def stop(folder: Path, grace: float, given_up: Callable[[], bool] = lambda: False) -> bool:
    """`ask_to_stop`, and scancel after `grace` seconds; whether the job is over. `given_up` ends the wait early."""
    ask_to_stop(folder)
    if _ended(folder, grace, given_up):
        return True
    id, _ = _job(folder)
    if given_up() or id is None:
        return False
    try:
        ask("scancel", id)
    except SlurmError as error:
        raise LabError(f"Slurm cannot be told to cancel job {id}: {error}.", f"Try: scancel {id}") from error
    return _ended(folder, _END_SECONDS, given_up)


def partitions(seconds: float = 5.0) -> list[str]:
    """The partitions of the cluster; raises `SlurmError` where Slurm does not answer in time."""
    lines = ask("sinfo", "--noheader", "--format=%R", seconds=seconds).split("\n")
    return list(dict.fromkeys(clean_line(line, 80) for line in lines if line.strip()))


def _job(folder: Path) -> tuple[str | None, int]:
    """The job of a run, and how often it has begun. The script writes both down, also when it is submitted by hand."""
    try:
        lines = (folder / ATTEMPTS).read_text("utf-8", "replace").split("\n")[:-1]
    except OSError:
        lines = []
    ids = [word for line in lines if (word := line.partition(" ")[0]).isascii() and word.isdigit()]
    if ids:
        return ids[-1], ids.count(ids[-1])
    try:
        id = json.loads((folder / JOB).read_text("utf-8"))["job"]
    except (OSError, ValueError, KeyError, TypeError):
        return None, 0
    return (id, 0) if isinstance(id, str) and id.isascii() and id.isdigit() else (None, 0)


def _queued(job: Job, answer: Answer, attempts: int) -> str:
    again = f"Slurm put it back into the queue after attempt {attempts}; " if attempts else ""
    told = f"{again}{waiting(job.reason)}"
    if job.id in answer.places:
        told += f"; place {answer.places[job.id]} in {job.partition}"
    if job.start is not None and job.start > datetime.now():  # both are local times
        days = job.start.date() != datetime.now().date()
        told += f"; it may begin {job.start:{'on %a %d %b at %H:%M' if days else 'at %H:%M'}}"
    return f"{told[0].upper()}{told[1:]}. Slurm job {job.id}."


def _alive(job: Job, attempts: int) -> str:
    states = {"CONFIGURING": "Slurm prepares its node", "SUSPENDED": "Slurm has suspended it"}
    told = [f"Slurm job {job.id}", *([f"attempt {attempts}"] if attempts > 1 else [])]
    return ", ".join([*told, *([states[job.state]] if job.state in states else [])]) + "."


def _unanswered(answer: Answer, job: Job | None, folder: Path, id: str, attempts: int) -> Standing | None:
    if job is not None and job.state not in WAITING | ALIVE:
        return _over(job, folder, attempts)
    if (folder / EXIT).exists() and (job is None or job.state in ALIVE):
        return None  # it may be requeued, but that is not known; its last word stands
    last = f"job {id} was {job.state.lower()} when it last did" if job else f"nothing is known of job {id}"
    told = f"Slurm does not answer since {datetime.fromtimestamp(answer.since):%H:%M} ({answer.error}); {last}."
    running = job.state in ALIVE if job else attempts > 0
    return Standing("alive" if running else "waiting", told if answer.error else f"Slurm job {id}.")


def _forgotten(folder: Path, id: str) -> Standing | None:
    if (folder / TIME_LIMIT).exists():
        return Standing("gone", _time_is_over(folder), "stopped")
    if (folder / EXIT).exists():
        return None
    return Standing("gone", f"Slurm no longer knows job {id}, and the run left no word of its end.", "lost")


def _over(job: Job, folder: Path, attempts: int) -> Standing | None:
    asked_to = (folder / STOP).exists()
    left_word = (folder / EXIT).exists()
    match job.state:
        case "TIMEOUT" | "DEADLINE":
            return Standing("gone", _time_is_over(folder), "stopped")
        case _ if (folder / TIME_LIMIT).exists():
            return Standing("gone", _time_is_over(folder), "stopped")
        case "OUT_OF_MEMORY":
            return Standing("gone", _memory_is_over(folder))
        case _ if asked_to and not left_word:
            told = "It was ended before it could write its verdicts." if attempts else "It was taken out of the queue."
            return Standing("gone", told, "stopped")
        case "CANCELLED":
            return Standing("gone", f"Somebody cancelled job {job.id} (scancel).{_go_on(folder)}", "stopped")
        case "PREEMPTED" | "REVOKED":
            told = "Another job took its place, and Slurm did not put it back into the queue."
            return Standing("gone", told + _go_on(folder), "stopped")
        case "NODE_FAIL" | "BOOT_FAIL":
            return Standing("gone", f"Its node failed, and Slurm did not start it again.{_go_on(folder)}", "lost")
        case _ if out_of_memory(log_tail(folder, 8192)) and job.state != "COMPLETED":
            return Standing("gone", _memory_is_over(folder))
        case _ if left_word:
            return None
        case _ if not attempts:
            told = f"Slurm job {job.id} ended before the lab began ({job.state.lower()}, {job.reason})."
            return Standing("gone", f"{told} Does the node share the file system of {folder}?")
    return Standing("gone", f"Slurm job {job.id} ended without a word from the lab ({job.state.lower()}).")


def _time_is_over(folder: Path) -> str:
    limit = _asked_for(folder, "time")
    return f"Its time in Slurm was over{limit}.{_go_on(folder) or ' Ask for more: --slurm time=4:00:00.'}"


def _memory_is_over(folder: Path) -> str:
    return f"It took more memory than the job may{_asked_for(folder, 'memory')}. Ask for more: --slurm memory=16G."


def _asked_for(folder: Path, name: str) -> str:
    try:
        value = clean_line(str(story_of(folder)["launcher"][name]), 40)
    except (ReportableError, KeyError, TypeError):
        return ""
    return f" ({name}={value})" if value else ""


def _go_on(folder: Path) -> str:
    if not any((folder / "checkpoint").glob("*.safetensors")):
        return ""
    return f" It goes on from its checkpoint with: cs229tui lab continue {folder.name.rpartition('-')[2]}"


def _ended(folder: Path, seconds: float, given_up: Callable[[], bool]) -> bool:
    """Wait until the job has ended, at most so long."""
    id, _ = _job(folder)
    deadline = time.monotonic() + seconds
    renewed = 0.0
    while True:
        if (folder / EXIT).exists():
            return True
        if id is not None and time.monotonic() - renewed > 1:
            answer = scheduler.renew()
            renewed = time.monotonic()
            job = answer.jobs.get(id)
            over = id in answer.gone if job is None else job.state not in WAITING | ALIVE
            if over and not answer.error:
                return True
        if given_up() or time.monotonic() > deadline:
            return False
        time.sleep(0.1)
