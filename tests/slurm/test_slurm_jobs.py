"""Runs as jobs of a real Slurm: through the queue, cancelled, refused, preempted, and when Slurm itself fails."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import DONE, STOPS, make_lab, until
from cs229tui.cli.doctor_cluster import cluster as doctor_of_cluster
from cs229tui.config import Settings
from cs229tui.config import Slurm as Asked
from cs229tui.errors import LabError
from cs229tui.folders import Folders
from cs229tui.labs import launch as bench
from cs229tui.labs import sweep
from cs229tui.labs.find import lab_named
from cs229tui.labs.launchers import slurm as launcher
from cs229tui.labs.launchers import slurm_answers as answers
from cs229tui.labs.life import look
from cs229tui.labs.watch import replay
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, run, runs
from cs229tui.workspace import Workspace
from slurm.cluster import Cluster

# Counts to 60, and what it has counted is its checkpoint.
COUNTS = """
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
kept = folder / "checkpoint" / "step-1.safetensors"
kept.parent.mkdir(exist_ok=True)
step = int(kept.read_text()) if "--continue" in sys.argv else 0
halt = 0
start(60, continued=1e6 if step else None)  # all that it has measured stands
while step < 60 and not asked:
    step += 1
    event("metric", step=step, values={"train": 1 / step})
    while step == halt and not asked:
        time.sleep(0.01)
    time.sleep(0.02)
kept.write_text(str(step))
event("claim", id="falls", verdict="not tested" if asked else "confirmed", measured=None, wanted="")
end("stopped" if asked else "done", "stopped by SIGTERM" if asked else "", step=step)
"""
# At 20 it waits until it is asked to stop, and counts on when it is continued.
HALTS = COUNTS.replace("halt = 0", 'halt = 0 if "--continue" in sys.argv else 20')
# The real thing: two processes of labkit's, with a checkpoint that holds a model.
LEARNS = """
import sys, time, torch
from cs229tui import labkit
from cs229tui.labkit import distributed

with labkit.start(__file__) as run:
    model = torch.nn.Linear(4, 1)
    fast = distributed.parallel(model)
    run.keep(model=model)
    for step in run.steps(40):
        x = distributed.mine(torch.randn(8, 4))
        loss = fast(x).square().mean()
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for weight in model.parameters():
                weight -= 0.1 * weight.grad
        run.log(step, train=distributed.mean(loss))
        time.sleep(0.01 if "--continue" in sys.argv else 0.3)
"""
GREEDY = "start()\nheap = bytearray(300_000_000)\ntime.sleep(60)\n"

Submit = Callable[..., RunRecord]


@pytest.fixture
def submit(slurm: Cluster, bench_folders: Folders, bench_library: Database, torch_there: None) -> Submit:
    """Makes a lab whose main.py does what is given, and submits it with the options of Slurm that are given."""

    def start(main: str = DONE, python: str = "", **options: Any) -> RunRecord:
        if not (bench_folders.labs / "parabola").exists():
            make_lab(bench_folders.labs, "parabola", main)
        lab = lab_named(bench_folders, "parabola")
        settings = Settings(labs_python=python, slurm=Asked(partition="short", memory="100M", time="10"))
        return bench.launch(bench_library, bench_folders, settings, lab, launcher="slurm", options=options)

    return start


def state(record: RunRecord) -> str:
    return look(record).record.state


def over(record: RunRecord, seconds: float = 40) -> RunRecord:
    until(lambda: not look(record).alive, seconds)
    return look(record).record


def steps(record: RunRecord) -> int:
    return replay(Path(record.folder)).step


def job(record: RunRecord) -> str:
    return json.loads((Path(record.folder) / "slurm.json").read_text())["job"]


def script_of(record: RunRecord) -> str:
    return (Path(record.folder) / "job.sh").read_text()


def fill(slurm: Cluster, partition: str = "short", seconds: int = 60) -> str:
    """Take the whole node; returns the job that does."""
    return slurm.ask(
        *f"sbatch --parsable --partition={partition} --ntasks=4 --mem=100 --output=/dev/null --wrap".split(),
        f"sleep {seconds}",
    ).strip()


def test_a_job_is_queued_runs_and_ends_with_its_verdicts(submit: Submit, slurm: Cluster, bench_library: Database):
    blocker = fill(slurm)
    record = submit(COUNTS)
    until(lambda: state(record) == "queued")
    until(lambda: "place 1 in short" in look(record).record.reason)
    waiting = look(record).record.reason
    assert waiting.startswith(("No node has room for it yet (Resources)", "Other jobs come first (Priority)"))
    assert f"Slurm job {job(record)}" in waiting
    slurm.ask("scancel", blocker)
    until(lambda: state(record) in ("running", "done"))
    done = over(record)
    assert (done.state, done.reason, done.summary) == ("done", "", {"step": 60})
    assert done.verdicts[0]["verdict"] == "confirmed"
    assert run(bench_library, record.id).launcher == "slurm"


def test_the_script_can_be_submitted_by_hand_and_is_followed(submit: Submit, slurm: Cluster):
    record = submit(DONE, gpus=1, cpus=2)
    assert over(record).state == "done"
    folder = Path(record.folder)
    assert "#SBATCH --gres=gpu:1\n" in script_of(record) and "#SBATCH --cpus-per-task=2\n" in script_of(record)
    until((folder / "exit").exists)
    (folder / "events.jsonl").unlink()
    (folder / "exit").unlink()
    by_hand = slurm.ask("sbatch", "--parsable", str(folder / "job.sh")).strip()
    assert by_hand != job(record)
    until((folder / "exit").exists)
    assert over(record).state == "done"
    assert (folder / "attempts").read_text().split("\n")[-2].startswith(f"{by_hand} ")


def test_a_job_is_taken_out_of_the_queue(submit: Submit, slurm: Cluster):
    fill(slurm)
    record = submit(COUNTS)
    until(lambda: state(record) == "queued")
    assert bench.stop(look(record).record, 10)
    after = over(record)
    assert (after.state, after.reason) == ("stopped", "It was taken out of the queue.")


def test_a_running_job_that_is_stopped_writes_its_verdicts(submit: Submit):
    record = submit(STOPS)
    until(lambda: replay(Path(record.folder)).start)
    assert bench.stop(look(record).record, 10)
    after = over(record)
    assert (after.state, after.reason) == ("stopped", "")
    assert after.verdicts[0]["verdict"] == "not tested"


def test_a_job_that_does_not_listen_is_cancelled(submit: Submit):
    record = submit("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nstart()\ntime.sleep(600)\n")
    until(lambda: replay(Path(record.folder)).start)
    assert bench.stop(look(record).record, 0.2)
    assert over(record).state == "stopped"


def test_a_job_that_somebody_else_cancels_says_so(submit: Submit, slurm: Cluster):
    record = submit(HALTS)
    until(lambda: steps(record) > 3)
    slurm.ask("scancel", job(record))
    after = over(record)
    assert after.state == "stopped"
    assert after.reason.startswith(f"Somebody cancelled job {job(record)} (scancel).")
    assert "cs229tui lab continue" in after.reason


def test_a_run_goes_on_with_more_time_than_before(
    submit: Submit, slurm: Cluster, bench_folders: Folders, bench_library: Database
):
    record = submit(HALTS)
    until(lambda: steps(record) > 3)
    slurm.ask("scancel", job(record))
    first = over(record)
    blocker = fill(slurm)
    again = bench.go_on(bench_library, bench_folders, Settings(), first, {"time": "20"})
    until(lambda: "(Resources)" in look(again).record.reason)
    assert state(again) == "queued", "its end of before is not taken for its end"
    slurm.ask("scancel", blocker)
    assert over(again).summary == {"step": 60}
    assert "--time=20\n" in script_of(again) and "--partition=short\n" in script_of(again)


def test_the_command_line_submits_follows_and_stops(slurm: Cluster, bench_folders: Folders):
    make_lab(bench_folders.labs, "parabola", STOPS)

    def tui(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "cs229tui", *words], capture_output=True, text=True)

    wrong = tui("lab", "run", "parabola", "--slurm", "partition=short", "--detach")
    assert wrong.returncode == 2 and "--launcher slurm" in wrong.stderr
    begun = tui("lab", "run", "parabola", "--launcher", "slurm", "--slurm", "partition=short", "--detach")
    id = begun.stdout.strip()
    folder = next(bench_folders.runs.glob(f"*{id[:8]}"))
    until(lambda: replay(folder).start)
    assert json.loads(tui("lab", "runs", "--alive", "--json").stdout)[0]["state"] == "running"
    assert tui("lab", "stop", id[:8]).stdout.strip() == f"{id} stopped"
    checks = {name: found for name, _, found, _ in doctor_of_cluster(Workspace())}
    assert checks["Slurm"] == "answers; partitions: short, urgent"
    assert str(bench_folders.runs) in checks["runs folder"]


@pytest.mark.parametrize(
    ("options", "told", "remedy"),
    [
        ({"partition": "nowhere"}, "invalid partition", "--slurm partition="),
        ({"memory": "999G"}, "Memory specification", "--slurm memory="),
        ({"gpus": "4"}, "node configuration", "sinfo"),
        ({"constraint": "a100"}, "Invalid feature", "sinfo"),
        ({"no-such-option": "1"}, "unrecognized option", "sbatch --help"),
        ({"time": "soon"}, "Invalid --time", "--slurm time="),
    ],
)
def test_a_refused_job_says_why_and_what_to_change(
    submit: Submit, bench_library: Database, options: dict[str, str], told: str, remedy: str
):
    with pytest.raises(LabError) as caught:
        submit(**options)
    assert told.lower() in str(caught.value).lower()
    assert remedy in str(caught.value)


def test_of_a_sweep_that_is_refused_no_run_is_left_waiting(
    slurm: Cluster, bench_folders: Folders, bench_library: Database, torch_there: None
):
    make_lab(bench_folders.labs, "parabola")
    lab = lab_named(bench_folders, "parabola")
    grid = sweep.Sweep("s", lab, "quick", ({"lr": "0.1"}, {"lr": "0.2"}, {"lr": "0.3"}), 60.0, True)
    with pytest.raises(LabError, match="nowhere"):
        sweep.begin(bench_library, bench_folders, Settings(), grid, "slurm", {"partition": "nowhere"})
    assert [record.state for record in runs(bench_library)] == ["failed"] * 3


def test_a_job_that_can_never_start_says_so(submit: Submit):
    record = submit(time="5-0")
    until(lambda: "it will not start" in look(record).record.reason.lower())
    assert state(record) == "queued"


def test_a_preempted_job_goes_on_from_its_checkpoint(submit: Submit, slurm: Cluster):
    record = submit(HALTS)
    until(lambda: steps(record) > 5)
    fill(slurm, "urgent", 1)
    until(lambda: state(record) == "queued")
    assert "back into the queue after attempt 1" in look(record).record.reason
    done = over(record)
    assert (done.state, done.summary) == ("done", {"step": 60})
    assert list(replay(Path(record.folder)).series["train"].steps) == list(range(1, 61)), (
        "no step was lost, and none came twice"
    )
    assert len((Path(record.folder) / "attempts").read_text().splitlines()) == 2


def test_two_processes_go_out_by_srun_and_torchrun_and_come_back_after_preemption(
    submit: Submit, slurm: Cluster, bench_folders: Folders
):
    make_lab(bench_folders.labs, "parabola")
    (bench_folders.labs / "parabola" / "main.py").write_text(LEARNS)
    record = submit(nproc=2, memory="2G")
    until(lambda: steps(record) > 5, 60)
    fill(slurm, "urgent", 1)
    until(lambda: state(record) == "queued")
    done = over(record, 90)
    assert done.state == "done", done.reason
    seen = replay(Path(record.folder))
    assert list(seen.series["train"].steps) == list(range(40))
    assert seen.start is not None and seen.start.continued is not None and seen.start.continued > 0


def test_a_slurm_that_is_down_hangs_nobody_and_comes_back(submit: Submit, slurm: Cluster):
    record = submit(STOPS)
    until(lambda: replay(Path(record.folder)).start)
    until(lambda: state(record) == "running")
    slurm.kill("slurmctld")
    until(lambda: "Slurm does not answer" in look(record).record.reason)
    told = look(record).record
    assert told.state == "running"
    assert "was running when it last did" in told.reason
    slurm.start("slurmctld")
    until(lambda: "does not answer" not in look(record).record.reason)
    assert state(record) == "running"
    assert bench.stop(look(record).record, 10)
    assert over(record).state == "stopped"


def test_a_lost_node_puts_the_job_back_into_the_queue_and_it_goes_on(submit: Submit, slurm: Cluster):
    record = submit(HALTS.replace("while step <", "kept.write_text('10')\nwhile step <"))
    until(lambda: steps(record) == 20)
    slurm.cut_off()
    until(lambda: "after attempt 1; the nodes it needs are down" in look(record).record.reason)
    assert state(record) == "queued"
    slurm.start("slurmd")
    assert over(record).summary == {"step": 60}


def test_a_job_that_takes_too_much_memory_says_so(submit: Submit):
    after = over(submit(GREEDY))
    assert after.state == "failed"
    assert "more memory than the job may (memory=100M)" in after.reason
    assert "--slurm memory=" in after.reason


def test_a_job_whose_time_is_over_saves_and_says_how_to_go_on(submit: Submit):
    record = submit(HALTS, time="1")
    after = over(record, 60)
    assert after.state == "stopped"
    assert "Its time in Slurm was over (time=1)" in after.reason
    assert f"cs229tui lab continue {record.id[:8]}" in after.reason
    assert after.summary == {"step": 20}


def test_a_job_whose_folder_the_node_does_not_see_says_so(submit: Submit, slurm: Cluster, tmp_path: Path):
    blocker = fill(slurm)
    record = submit(COUNTS)
    folder = Path(record.folder)
    until(lambda: state(record) == "queued")
    away = folder.rename(tmp_path / "away")
    slurm.ask("scancel", blocker)
    jobs = f"--jobs={job(replace(record, folder=str(away)))}"
    until(lambda: "FAILED" in slurm.ask("squeue", "--noheader", "--states=all", "--format=%T", jobs))
    away.rename(folder)
    after = over(record)
    assert after.state == "failed"
    assert "Does the node share the file system" in after.reason


def test_a_lab_that_falls_over_is_explained_by_its_last_words(submit: Submit):
    after = over(submit("start()\nraise SystemExit('no more data')"))
    assert after.state == "failed"
    assert after.reason == "It ended with exit status 1. Its last words: no more data"


def test_a_python_that_the_node_lacks_is_named(submit: Submit, slurm: Cluster, tmp_path: Path):
    blocker = fill(slurm)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    record = submit(python=str(python))
    until(lambda: state(record) == "queued")
    python.unlink()
    slurm.ask("scancel", blocker)
    after = over(record)
    assert after.state == "failed"
    assert f"{python} is not on this node" in after.reason


def test_one_question_is_asked_for_all_jobs(submit: Submit, slurm: Cluster, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def asking(*words: str) -> str:
        asked.append(words[0])
        return answers.ask(*words)

    fill(slurm)
    monkeypatch.setattr(answers, "EVERY_SECONDS", 60)
    monkeypatch.setattr(launcher, "scheduler", answers.Scheduler(asking))
    records = [submit() for _ in range(4)]
    for _ in range(50):
        assert {state(record) for record in records} == {"queued"}
    assert asked == ["squeue"]
