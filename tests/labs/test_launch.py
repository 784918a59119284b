"""A run is a process of its own: it outlives its starter, is found again, stopped, and its death is explained."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bench import DONE, STOPS, STUBBORN, make_lab, until
from cs229tui.config import Settings
from cs229tui.errors import LabError
from cs229tui.folders import Folders
from cs229tui.labkit.spec import ParameterError
from cs229tui.labs import launch as bench
from cs229tui.labs import needs, process
from cs229tui.labs.find import lab_named
from cs229tui.labs.guard import environment_with
from cs229tui.labs.history import refresh
from cs229tui.labs.life import look, seconds_of
from cs229tui.labs.run_folder import environment_of
from cs229tui.labs.watch import replay
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, run, runs, save_run


def over(record: RunRecord) -> RunRecord:
    until(lambda: not look(record).alive)
    return look(record).record


def running_pid(record: RunRecord) -> int:
    until(lambda: replay(Path(record.folder)).start)
    start = replay(Path(record.folder)).start
    assert start is not None
    return start.pid


def test_a_run_is_recorded_before_it_begins_and_ends_with_its_verdicts(
    begin, bench_library: Database, bench_folders: Folders
):
    record = begin(lr="0.25")
    assert record.state == "starting"
    story = json.loads((Path(record.folder) / "run.json").read_text("utf-8"))
    assert story["id"] == record.id
    assert story["parameters"]["lr"] == 0.25
    assert story["command"][0] == sys.executable
    assert run(bench_library, record.id[:8]) == record
    until(lambda: not look(record).alive)
    assert [entry.id for entry in refresh(bench_library, bench_folders)] == [record.id]
    done = run(bench_library, record.id)
    assert (done.state, done.reason, done.summary) == ("done", "", {"train": 0.1})
    assert [(entry["id"], entry["verdict"], entry["measured"]) for entry in done.verdicts] == [
        ("falls", "confirmed", 0.1),
        ("grows", "not tested", None),
    ]
    assert seconds_of(done) is not None and 0 <= seconds_of(done) < 60
    assert refresh(bench_library, bench_folders) == []


def test_a_run_outlives_the_program_that_started_it_and_is_found_again(
    bench_folders: Folders, bench_library: Database, torch_there
):
    make_lab(bench_folders.labs, main=STOPS)
    code = (
        "from cs229tui.workspace import Workspace\nfrom cs229tui.labs import needs\n"
        "needs._torch_here = lambda: '2.12.0'\n"
        "from cs229tui.labs.find import lab_named\nfrom cs229tui.labs.launch import launch\n"
        "w = Workspace()\nprint(launch(w.database, w.folders, w.settings, lab_named(w.folders, 'parabola')).id)\n"
    )
    started = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    record = run(bench_library, started.stdout.strip())
    running_pid(record)
    refresh(bench_library, bench_folders)
    assert run(bench_library, record.id).state == "running"
    here = process.process_of(Path(record.folder))
    assert here is not None and process.alive(here)
    assert os.getsid(here.pid) == here.pid
    assert process.stop(Path(record.folder), here, 10)
    assert over(record).state == "stopped"


def test_a_stopped_run_writes_its_verdicts_first(begin):
    record = begin(STOPS)
    running_pid(record)
    assert bench.stop(replace(record, state="running"), 10)
    after = over(record)
    assert after.state == "stopped"
    assert after.verdicts[0]["verdict"] == "not tested"


def test_a_run_that_ignores_sigterm_is_ended_by_force_with_its_children(begin):
    record = begin(
        "import subprocess\nchild = subprocess.Popen(['sleep', '600'])\n"
        "(folder / 'child').write_text(str(child.pid))\n" + STUBBORN
    )
    running_pid(record)
    here = process.process_of(Path(record.folder))
    assert here is not None
    assert look(record).word == "running"
    assert process.stop(Path(record.folder), here, 0.2)
    after = over(record)
    assert after.state == "stopped"
    assert "by force" in after.reason or "before it could" in after.reason
    child = int((Path(record.folder) / "child").read_text())
    until(lambda: process._start_of(child) is None)


def test_a_run_whose_folder_cannot_be_written_is_stopped_by_the_signal(begin, monkeypatch: pytest.MonkeyPatch):
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    record = begin(STOPS)
    running_pid(record)
    monkeypatch.setattr(Path, "touch", refused)
    assert bench.stop(record, 10)
    assert over(record).state == "stopped"


def test_a_run_asked_to_stop_says_so_while_it_lasts(begin):
    record = begin(STUBBORN)
    running_pid(record)
    here = process.process_of(Path(record.folder))
    assert here is not None
    process.ask_to_stop(Path(record.folder), here)
    assert look(record).word == "stopping"


def test_a_crash_is_explained_by_the_last_words(begin):
    after = over(begin("start()\nraise SystemExit(chr(27) + '[31mno more [bold]data')"))
    assert after.state == "failed"
    assert after.reason == "It ended with exit status 1. Its last words: no more [bold]data"


def test_a_run_that_ends_without_a_result_has_failed(begin):
    after = over(begin("print('hello')"))
    assert after.state == "failed"
    assert after.reason.startswith("It ended without a result")
    assert after.reason.endswith("hello")


def test_a_run_killed_from_outside_has_failed(begin):
    record = begin(STUBBORN)
    os.kill(running_pid(record), signal.SIGKILL)
    after = over(record)
    assert after.state == "failed"
    assert "SIGKILL" in after.reason and "memory" in after.reason


def test_a_run_that_the_kernel_killed_for_memory_says_so(begin):
    record = begin(STUBBORN)
    os.kill(running_pid(record), signal.SIGKILL)
    exit_file = Path(record.folder) / "exit"
    until(exit_file.exists)
    here = process.process_of(Path(record.folder))
    assert here is not None
    exit_file.write_text(f"137\noom_kill {here.oom_kills + 1}\n")
    assert "out of memory" in over(record).reason


def test_a_run_whose_every_process_was_killed_is_lost(begin):
    record = begin(STUBBORN)
    running_pid(record)
    here = process.process_of(Path(record.folder))
    assert here is not None
    os.killpg(here.pid, signal.SIGKILL)
    until(lambda: not process.alive(here))
    assert over(record).state == "lost"


def test_a_run_whose_guard_alone_was_killed_is_still_running(begin):
    record = begin(STOPS)
    pid = running_pid(record)
    here = process.process_of(Path(record.folder))
    assert here is not None
    os.kill(here.pid, signal.SIGKILL)
    until(lambda: not process.alive(here))
    assert look(record).word == "running"
    os.kill(pid, signal.SIGTERM)
    assert over(record).state == "stopped"


def test_a_run_whose_guard_was_killed_can_still_be_stopped_by_force(begin):
    record = begin(STUBBORN)
    pid = running_pid(record)
    here = process.process_of(Path(record.folder))
    assert here is not None
    os.kill(here.pid, signal.SIGKILL)
    until(lambda: not process.alive(here))
    until(lambda: process.unguarded(here) == {pid})
    assert process.stop(Path(record.folder), here, 0.1)
    assert process._start_of(pid) is None
    assert over(record).reason == "It did not stop when asked and was ended by force."


def test_another_process_with_the_same_number_is_not_the_run(begin):
    record = begin(STOPS)
    running_pid(record)
    folder = Path(record.folder)
    here = process.process_of(folder)
    assert here is not None
    assert process.alive(here)
    assert not process.alive(replace(here, started="1"))
    assert not process.alive(replace(here, boot="another"))
    assert not process.alive(replace(here, host="elsewhere"))
    assert not process.pid_alive_since(here.pid, time.time() - 3600)
    assert process.pid_alive_since(here.pid, time.time())


def test_a_machine_that_was_restarted_lost_its_runs(begin):
    record = begin(DONE)
    over(record)
    folder = Path(record.folder)
    until((folder / "exit").exists)
    (folder / "exit").unlink()
    (folder / "events.jsonl").write_text("")
    here = json.loads((folder / "process.json").read_text())
    (folder / "process.json").write_text(json.dumps({**here, "boot": "another"}))
    after = look(record).record
    assert after.state == "lost" and "restarted" in after.reason


def test_a_run_of_another_machine_is_judged_by_its_heartbeat(begin):
    record = begin(DONE)
    over(record)
    folder = Path(record.folder)
    until((folder / "exit").exists)
    (folder / "exit").unlink()
    first = (folder / "events.jsonl").read_text().split("\n")[0]
    (folder / "events.jsonl").write_text(first + "\n")
    here = json.loads((folder / "process.json").read_text())
    (folder / "process.json").write_text(json.dumps({**here, "host": "elsewhere"}))
    assert look(record).word == "running"
    for ago, word in ((60, "silent"), (700, "lost")):
        for name in ("events.jsonl", "process.json", "run.json"):
            os.utime(folder / name, (time.time() - ago,) * 2)
        assert look(record).word == word
    with pytest.raises(LabError, match="elsewhere"):
        bench.stop(replace(record, state="running"))


def test_two_launches_at_once_are_two_runs(begin, bench_library: Database):
    first, second = begin(DONE), begin(DONE)
    assert first.id != second.id and first.folder != second.folder
    assert over(first).state == over(second).state == "done"
    assert len(runs(bench_library)) == 2


def test_a_flood_of_output_goes_to_the_file_and_hurts_nobody(begin):
    after = over(begin("line = 'x' * 9999\nfor _ in range(2000): print(line)\n" + DONE))
    assert after.state == "done"
    assert (Path(after.folder) / "output.log").stat().st_size == 20_000_000


def test_pause_is_a_file_that_the_lab_sees(begin):
    record = begin(STOPS)
    running_pid(record)
    bench.pause(record)
    assert look(record).word == "paused"
    assert bench.paused(record)
    bench.resume(record)
    assert look(record).word == "running"


def test_stop_lets_a_paused_run_go_on_so_that_it_can_end(begin):
    record = begin(STOPS)
    running_pid(record)
    bench.pause(record)
    bench.stop(replace(record, state="running"), 10)
    assert not bench.paused(record)
    assert over(record).state == "stopped"


def test_a_run_is_repeated_with_its_parameters(begin, bench_library: Database, bench_folders: Folders):
    record = begin(DONE, lr="0.75")
    over(record)
    save_run(bench_library, replace(record, parameters={**record.parameters, "gone": 1}))
    second = bench.again(bench_library, bench_folders, Settings(), record)
    assert second.id != record.id
    assert second.parameters["lr"] == 0.75
    assert over(second).state == "done"


@pytest.mark.parametrize(("name", "value"), [("lr", "2"), ("lr", "much"), ("speed", "1"), ("lr", "nan")])
def test_a_wrong_parameter_starts_nothing(begin, bench_library: Database, name: str, value: str):
    with pytest.raises(ParameterError):
        begin(DONE, **{name: value})
    assert runs(bench_library) == []


def test_a_file_named_from_here_is_found_from_the_runs_folder(begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "mine.txt").write_text("words")
    monkeypatch.chdir(tmp_path)
    record = begin("start()\nend(text=open(values['text']).read())\n", text="mine.txt")
    assert over(record).summary == {"text": "words"}


def test_without_torch_nothing_starts_and_the_remedy_is_told(
    bench_folders: Folders, bench_library: Database, monkeypatch: pytest.MonkeyPatch
):
    make_lab(bench_folders.labs)
    monkeypatch.setattr(needs, "_torch_here", lambda: "")
    needs._asked.cache_clear()
    with pytest.raises(LabError, match="PyTorch is not installed") as caught:
        bench.launch(bench_library, bench_folders, Settings(), lab_named(bench_folders, "parabola"))
    assert "pip install" in caught.value.remedy
    needs._asked.cache_clear()
    monkeypatch.setattr(needs, "_torch_here", lambda: "2.4.1")
    with pytest.raises(LabError, match="too old"):
        bench.launch(bench_library, bench_folders, Settings(), lab_named(bench_folders, "parabola"))
    needs._asked.cache_clear()


def test_a_preset_that_wants_a_gpu_is_refused_where_there_is_none(
    bench_folders: Folders, bench_library: Database, torch_there, monkeypatch: pytest.MonkeyPatch
):
    make_lab(bench_folders.labs)
    lab = lab_named(bench_folders, "parabola")
    monkeypatch.setattr(needs, "gpu_present", lambda: False)
    with pytest.raises(LabError, match="shows none"):
        bench.launch(bench_library, bench_folders, Settings(), lab, "full")
    monkeypatch.setattr(needs, "gpu_present", lambda: True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(LabError, match="hides them all"):
        bench.launch(bench_library, bench_folders, Settings(), lab, "quick", {"device": "cuda"})
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(needs, "_torch_here", lambda: "2.12.0+cpu")
    needs._asked.cache_clear()
    with pytest.raises(LabError, match="without CUDA"):
        bench.launch(bench_library, bench_folders, Settings(), lab, "quick", {"device": "cuda"})
    assert runs(bench_library) == []


def test_another_python_finds_labkit_and_none_of_our_packages(bench_folders: Folders):
    other = bench_folders.cache.parent / "python"
    environment = environment_of(bench_folders, str(other), "id", None)
    path = Path(environment["PYTHONPATH"].split(os.pathsep)[0])
    assert [entry.name for entry in path.iterdir()] == ["cs229tui"]
    code = "import cs229tui.labkit.events, sys; print('textual' in sys.modules)"
    words = [sys.executable, "-S", "-c", code]
    whole = environment_with(os.environ, environment)
    shown = subprocess.run(words, env=whole, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
    assert "PYTHONPATH" not in environment_of(bench_folders, sys.executable, "id", None) or os.environ.get("PYTHONPATH")


def test_a_python_that_is_not_there_is_named(bench_folders: Folders):
    lab = make_lab(bench_folders.labs)
    preset = lab_named(bench_folders, lab.name).spec.preset("quick")
    need = needs.unmet(preset, "auto", "/nowhere/python")
    assert need is not None and "/nowhere/python" in need.what
    assert "labs_python" in need.remedy
