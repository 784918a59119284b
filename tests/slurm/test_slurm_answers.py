"""What Slurm prints, as it was recorded on clusters, and as nobody would wish it to be."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.labs.launchers import slurm
from cs229tui.labs.launchers.slurm_answers import Answer, Job, Scheduler, SlurmError, accounted, ask, jobs_of
from cs229tui.labs.launchers.slurm_words import out_of_memory, remedy, waiting

RECORDED = """\
1|PENDING|2026-11-23T21:42:45|short|4294901759|BeginTime
2|RUNNING|2026-11-23T21:42:39|urgent|4294901758|None
13|PENDING|N/A|short|4294901748|Nodes required for job are DOWN, DRAINED or reserved for jobs in higher
14|COMPLETED|2026-11-23T21:42:39|gpu|1|None
4_[1-3%1]|PENDING|N/A|short|7|JobArrayTaskLimit
"""


def test_jobs_are_read_from_squeue() -> None:
    jobs = jobs_of(RECORDED)
    assert list(jobs) == ["1", "2", "13", "14"], "tasks of an array are not ours"
    assert jobs["1"] == Job("1", "PENDING", datetime(2026, 11, 23, 21, 42, 45), "short", 4294901759, "BeginTime")
    assert jobs["13"].start is None
    assert jobs["13"].reason.startswith("Nodes required")


@given(st.text() | st.lists(st.text(max_size=9), max_size=9).map("|".join))
def test_no_answer_of_squeue_or_sacct_hurts(text: str) -> None:
    for job in [*jobs_of(text).values(), *accounted(text).values()]:
        assert job.id.isdigit()
        assert "\x1b" not in job.state + job.reason + job.partition
    assert "\n" not in waiting(next((job.reason for job in jobs_of(text).values()), "None"))


def test_what_slurm_says_is_made_safe_to_show() -> None:
    job = jobs_of("7|PENDING|N/A|sh\x1b[31mort|x|\x1b]0;owned\x07Resour\u202eces [bold]\n")["7"]
    assert (job.partition, job.reason, job.priority) == ("short", "Resources [bold]", 0)
    assert "[bold]" in waiting(job.reason)


def test_jobs_are_read_from_sacct_and_the_last_attempt_counts() -> None:
    found = accounted("12|REQUEUED|0:0\n12|CANCELLED by 1000|0:15\n13|OUT_OF_MEMORY|0:125\nx|y|z\n14||\n")
    assert {id: job.state for id, job in found.items()} == {"12": "CANCELLED", "13": "OUT_OF_MEMORY"}


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Priority", "other jobs come first (Priority)"),
        ("(Resources)", "no node has room for it yet (Resources)"),
        ("QOSMaxJobsPerUserLimit", "you have as many jobs running as you may"),
        ("ReqNodeNotAvail, UnavailableNodes:n[1-3]", "down or reserved"),
        ("PartitionTimeLimit", "it will not start"),
        ("SomethingNew", "Slurm says SomethingNew"),
        ("", "Slurm says nothing of why"),
    ],
)
def test_reasons_are_told_in_plain_words(reason: str, told: str) -> None:
    assert told in waiting(reason)


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ("Batch job submission failed: Invalid account or account/partition combination specified", "account=NAME"),
        ("Batch job submission failed: Invalid qos specification", "qos=NAME"),
        ("Requested time limit is invalid (missing or exceeds some limit)", "time="),
        ("Batch job submission failed: Requested node configuration is not available", "sinfo"),
        ("Unable to contact slurm controller (connect failure)", "later"),
        ("Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)", "squeue --me"),
        ("the moon is full", "--slurm KEY=VALUE"),
    ],
)
def test_a_refusal_says_what_to_change(told: str, what: str) -> None:
    assert what in remedy(told)


def test_memory_is_seen_in_the_log_of_a_job_that_slurm_calls_failed() -> None:
    assert out_of_memory("step 1\nslurmstepd-n1: error: StepId=11.batch exceeded memory limit (2 > 1), being killed\n")
    assert out_of_memory("slurmstepd: error: Detected 1 oom-kill event(s) in StepId=12.batch.\n")
    assert not out_of_memory("we print that it exceeded the memory limit\n")


class Answers:
    """A Slurm that says what it is told to, and counts the questions."""

    def __init__(self, answer: Callable[[], str]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, *words: str) -> str:
        self.asked.append(words)
        if words[0] == "sacct":
            raise SlurmError("Slurm accounting storage is disabled")
        return self.answer()


def test_a_slurm_that_hangs_is_waited_for_by_nobody() -> None:
    hangs = threading.Event()

    def never() -> str:
        hangs.wait(20)
        return RECORDED

    scheduler = Scheduler(Answers(never))
    scheduler.look("2")
    before = time.process_time(), time.monotonic()
    for _ in range(1000):
        assert scheduler.look("2") == Answer()
    assert time.monotonic() - before[1] < 1
    hangs.set()
    assert scheduler.renew().jobs["2"].state == "RUNNING"


def test_the_last_answer_stands_while_there_is_none_and_says_since_when() -> None:
    said = [RECORDED]

    def answer() -> str:
        if not said:
            raise SlurmError("Unable to contact slurm controller")
        return said.pop()

    scheduler = Scheduler(Answers(answer))
    assert scheduler.renew().error == ""
    first = scheduler.renew()
    assert first.error == "Unable to contact slurm controller"
    assert first.jobs["2"].state == "RUNNING"
    assert scheduler.renew().since == first.since
    said.append(RECORDED)
    assert scheduler.renew().error == ""


def test_a_job_that_slurm_has_forgotten_is_gone_and_one_that_was_over_stays_so() -> None:
    said = ["", RECORDED]
    answers = Answers(lambda: said.pop())
    scheduler = Scheduler(answers)
    for id in ("2", "14", "99"):
        scheduler.look(id)
    scheduler.renew()
    last = scheduler.renew() if said else scheduler.look("2")
    assert last.gone == {"2", "99"}
    assert last.jobs["14"].state == "COMPLETED"
    assert [words[0] for words in answers.asked].count("sacct") == 1, "a cluster without accounting is asked once"


def test_an_answer_that_is_none_loses_no_job() -> None:
    said = ["\x1b[31mwelcome to the cluster\n", RECORDED]
    scheduler = Scheduler(Answers(lambda: said.pop()))
    scheduler.look("2")
    scheduler.renew()
    while said:
        scheduler.renew()
    last = scheduler.look("2")
    assert "welcome to the cluster" in last.error and "\x1b" not in last.error
    assert not last.gone and last.jobs["2"].state == "RUNNING"


def test_a_program_that_is_not_there_or_fails_is_told() -> None:
    with pytest.raises(SlurmError, match="No such file"):
        ask("no-such-slurm")
    with pytest.raises(SlurmError, match="timed out"):
        ask("sleep", "5", seconds=0.05)
    with pytest.raises(SlurmError, match=r"^no; worse; down$"):
        ask("sh", "-c", "printf 'sh: error: no\\n\\033[31mworse\\nslurm_load_jobs error: down\\n' >&2; exit 3")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "slurm.json").write_text('{"job": "12"}\n')
    return tmp_path


def answered(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    scheduler = Scheduler(Answers(lambda: ""))
    monkeypatch.setattr(scheduler, "look", lambda id: answer)
    monkeypatch.setattr(slurm, "scheduler", scheduler)


@pytest.mark.parametrize(
    ("state", "life", "counts", "told"),
    [
        ("CONFIGURING", "alive", "failed", "prepares its node"),
        ("SUSPENDED", "alive", "failed", "suspended"),
        ("TIMEOUT", "gone", "stopped", "Its time in Slurm was over"),
        ("DEADLINE", "gone", "stopped", "Its time in Slurm was over"),
        ("OUT_OF_MEMORY", "gone", "failed", "--slurm memory="),
        ("PREEMPTED", "gone", "stopped", "took its place"),
        ("NODE_FAIL", "gone", "lost", "Its node failed"),
        ("CANCELLED", "gone", "stopped", "Somebody cancelled"),
        ("FAILED", "gone", "failed", "before the lab began"),
        ("REQUEUE_HOLD", "waiting", "failed", "held"),
    ],
)
def test_each_state_of_a_job_has_its_meaning(
    folder: Path, monkeypatch: pytest.MonkeyPatch, state: str, life: str, counts: str, told: str
) -> None:
    answered(monkeypatch, Answer({"12": Job("12", state, reason="launch failed requeued held")}, taken=1))
    standing = slurm.standing(folder)
    assert standing is not None
    assert (standing.life, standing.state) == (life, counts)
    assert told in standing.reason


@pytest.mark.parametrize("text", ["", "{", "[]", '{"job": 12}', '{"job": "12; rm -rf /"}', '{"job": "../x"}', "null"])
def test_a_spoilt_note_of_the_job_is_no_job(folder: Path, text: str) -> None:
    (folder / "slurm.json").write_text(text)
    standing = slurm.standing(folder)
    assert standing is not None and standing.life == "unknown"


def test_while_slurm_is_silent_the_run_is_what_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    down = Answer(error="connect failure", since=time.time())
    answered(monkeypatch, down)
    standing = slurm.standing(folder)
    assert standing is not None and standing.life == "waiting"
    assert "Slurm does not answer since" in standing.reason
    (folder / "attempts").write_text("12 n1\n")
    for answer in (down, Answer()):
        answered(monkeypatch, answer)
        standing = slurm.standing(folder)
        assert standing is not None and standing.life == "alive"
    (folder / "exit").write_text("0\n")
    assert slurm.standing(folder) is None
