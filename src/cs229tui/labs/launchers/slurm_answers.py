"""What Slurm says of our jobs: one `squeue` for all of them, in the background, every few seconds at most.

Slurm may be slow, hang or be down for hours, so nobody who looks waits for it: the last answer stands until the next.
"""

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cs229tui.clean import clean, clean_line

EVERY_SECONDS = 3.0
_AFTER_FAILURE_SECONDS = 15.0
_PLACES_EVERY_SECONDS = 30.0
_FIRST_SECONDS = 1.0  # how long the first look of a process waits, so that a command line has something to say
_PATIENCE_SECONDS = 10.0  # with a program of Slurm's; squeue itself gives up on a dead controller after nine
_FORMAT = "%i|%T|%S|%P|%Q|%r"

WAITING = frozenset({"PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD"})
ALIVE = frozenset(
    {"CONFIGURING", "RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "RESIZING", "SUSPENDED", "STOPPED"}
)


class SlurmError(Exception):
    """A program of Slurm's failed, is not there, or did not answer in time; in its own words, made safe to show."""


@dataclass(frozen=True)
class Job:
    """A job as Slurm tells it: `start` is when it began or may begin, in local time."""

    id: str
    state: str
    start: datetime | None = None
    partition: str = ""
    priority: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Answer:
    """What was last heard. `gone` are jobs that Slurm has forgotten; `error`: why there is no newer one, since when."""

    jobs: Mapping[str, Job] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    places: Mapping[str, int] = field(default_factory=dict)
    taken: float = 0.0
    error: str = ""
    since: float = 0.0


def ask(*words: str, seconds: float = _PATIENCE_SECONDS) -> str:
    """What a program of Slurm's prints; raises `SlurmError`."""
    try:
        # In plain English and without the formats that a person sets for herself.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("SQUEUE_", "SACCT_"))}
        done = subprocess.run(  # noqa: S603
            words,
            capture_output=True,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            env={**environment, "LC_ALL": "C", "SLURM_TIME_FORMAT": "standard"},
        )
    except subprocess.TimeoutExpired as error:
        raise SlurmError(f"{words[0]} timed out after {seconds:.0f} s") from error
    except OSError as error:
        raise SlurmError(f"{words[0]}: {error.strerror}") from error
    if done.returncode != 0:
        said = clean(done.stderr.decode("utf-8", "replace"), 2000)
        lines = (
            re.sub(rf"^({words[0]}: )?(slurm_load_\w+ )?(error: )?", "", line).strip() for line in said.split("\n")
        )
        told = "; ".join(dict.fromkeys(line for line in lines if line))
        raise SlurmError(clean_line(told, 400) or f"{words[0]} ended with {done.returncode}")
    return done.stdout.decode("utf-8", "replace")


class Scheduler:
    """The last answer of the Slurm of this environment, renewed by a thread of its own while somebody looks."""

    def __init__(self, asking: Callable[..., str] = ask) -> None:
        self._asking = asking
        self._lock = threading.Lock()
        self._answer = Answer()
        self._looked_for: set[str] = set()
        self._begun = 0.0
        self._thread: threading.Thread | None = None
        self._places_taken = 0.0
        self._no_accounting = False

    def look(self, job: str) -> Answer:
        """The last answer, in which `job` is or soon will be; never waits but for a moment at the very first."""
        with self._lock:
            self._looked_for.add(job)
            first = not self._begun
            pause = _AFTER_FAILURE_SECONDS if self._answer.error else EVERY_SECONDS
            if self._thread is None and (first or time.monotonic() - self._begun > pause):
                self._begin()
            thread = self._thread if first else None
        if thread is not None:
            thread.join(_FIRST_SECONDS)
        return self._answer

    def renew(self, seconds: float = _PATIENCE_SECONDS) -> Answer:
        """An answer that is newer than this call, where Slurm gives one within `seconds`."""
        deadline = time.monotonic() + seconds
        with self._lock:
            running = self._thread
        if running is not None:
            running.join(seconds)
        with self._lock:
            if self._thread is None:
                self._begin()
            running = self._thread
        if running is not None:
            running.join(max(deadline - time.monotonic(), 0.0))
        return self._answer

    def _begin(self) -> None:
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._renew, name="squeue", daemon=True)
        self._thread.start()

    def _renew(self) -> None:
        before, taken = self._answer, time.time()
        try:
            after = self._heard(before, taken)
        except SlurmError as error:
            since = before.since or taken
            after = Answer(before.jobs, before.gone, before.places, before.taken, str(error), since)
        with self._lock:
            self._answer = after
            self._thread = None

    def _heard(self, before: Answer, taken: float) -> Answer:
        words = ("--noheader", f"--user={os.getuid()}", "--states=all", f"--format={_FORMAT}")
        said = self._asking("squeue", *words)
        if said.strip() and not any(line.count("|") >= _FORMAT.count("|") for line in said.split("\n")):
            # Else all jobs would be taken for forgotten, and their runs for lost.
            raise SlurmError(f"squeue answered {clean_line(said, 80)!r}, which is no list of jobs")
        jobs = jobs_of(said)
        with self._lock:
            missing = self._looked_for - jobs.keys() - before.gone
        # What was over stays so, when Slurm no longer lists it.
        kept = {id: job for id, job in before.jobs.items() if id in missing and job.state not in WAITING | ALIVE}
        if missing - kept.keys():
            kept |= self._remembered(missing - kept.keys())
        return Answer({**jobs, **kept}, before.gone | (missing - kept.keys()), self._places(before, jobs), taken)

    def _remembered(self, ids: set[str]) -> dict[str, Job]:
        """What the cluster's accounting has of jobs that left the queue; many have none."""
        if self._no_accounting:
            return {}
        words = ("--noheader", "--allocations", "--parsable2", "--format=JobID,State,ExitCode")
        try:
            return accounted(self._asking("sacct", *words, f"--jobs={','.join(sorted(ids))}"))
        except SlurmError:
            self._no_accounting = True
            return {}

    def _places(self, before: Answer, jobs: Mapping[str, Job]) -> Mapping[str, int]:
        """Which place our waiting jobs have in their partition."""
        waiting = [job for job in jobs.values() if job.state == "PENDING" and job.reason in ("Priority", "Resources")]
        if not waiting:
            return {}
        if time.monotonic() - self._places_taken < _PLACES_EVERY_SECONDS and all(
            job.id in before.places for job in waiting
        ):
            return before.places
        self._places_taken = time.monotonic()
        partitions = ",".join(sorted({job.partition for job in waiting}))
        words = ("--noheader", "--states=PENDING", f"--partition={partitions}", f"--format={_FORMAT}")
        others = jobs_of(self._asking("squeue", *words)).values()
        return {
            job.id: 1 + sum(one.partition == job.partition and one.priority > job.priority for one in others)
            for job in waiting
        }


def jobs_of(text: str) -> dict[str, Job]:
    """The jobs in squeue's answer; a line that is none is passed over."""
    found = {}
    for line in text.split("\n"):
        fields = [clean_line(part, 200) for part in line.split("|", 5)]
        if len(fields) == 6 and fields[0].isascii() and fields[0].isdigit():
            id, state, start, partition, priority, reason = fields
            number = int(priority) if priority.isascii() and priority.isdigit() else 0
            found[id] = Job(id, state, _moment(start), partition, number, reason)
    return found


def accounted(text: str) -> dict[str, Job]:
    """The jobs in sacct's answer, the last line of each: a requeued job has several."""
    found = {}
    for line in text.split("\n"):
        fields = [clean_line(part, 200) for part in line.split("|")]
        if len(fields) == 3 and fields[0].isascii() and fields[0].isdigit() and fields[1]:
            state, _, more = fields[1].partition(" ")  # "CANCELLED by 1000"
            found[fields[0]] = Job(fields[0], state, reason=more)
    return found


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
