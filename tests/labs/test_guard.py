"""What a lab can do to its machine: each is met for real, shown with its reason, and the bench goes on."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from bench import DONE, STOPS, until
from cs229tui.labs import guard, process
from cs229tui.labs.life import look
from cs229tui.labs.output import log_tail
from cs229tui.labs.watch import replay
from cs229tui.library.runs import RunRecord


def over(record: RunRecord) -> RunRecord:
    until(lambda: not look(record).alive)
    return look(record).record


def started(record: RunRecord) -> int:
    until(lambda: replay(Path(record.folder)).start)
    start = replay(Path(record.folder)).start
    assert start is not None
    return start.pid


def test_a_flood_of_a_hundred_megabytes_leaves_a_log_with_head_and_tail(begin):
    after = over(
        begin(
            "print('the first words')\nline = 'x' * 9_999\nfor _ in range(10_000): print(line)\n"
            "print('the last words')\n" + DONE
        )
    )
    assert after.state == "done"
    log = Path(after.folder) / "output.log"
    until((Path(after.folder) / "exit").exists)
    assert log.stat().st_size <= guard.LOG_HEAD + 2 * guard.LOG_TAIL
    text = log.read_text("utf-8")
    assert text.startswith("the first words\n")
    assert "bytes of output were left out here" in text
    assert log_tail(Path(after.folder)).endswith("the last words")


def test_a_log_that_is_cut_many_times_counts_all_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard, "LOG_HEAD", 10_000)
    monkeypatch.setattr(guard, "LOG_TAIL", 5_000)
    path = tmp_path / "output.log"
    log = guard._Log(str(path))
    lines = [f"line {number:05}\n" for number in range(30_000)]
    for at in range(0, len(lines), 700):
        with path.open("a") as file:
            file.write("".join(lines[at : at + 700]))
        log.trim()
    kept = path.read_text("utf-8").splitlines(keepends=True)
    (mark,) = [line for line in kept if line.startswith("…")]
    at = kept.index(mark)
    assert kept[:at] == lines[:at] and kept[at + 1 :] == lines[-len(kept) + at + 1 :]
    missing = sum(len(line) for line in lines) - sum(len(line) for line in kept if line != mark)
    assert mark == f"… {missing:,} bytes of output were left out here, so that the log does not fill the disk …\n"


def test_children_that_outlive_the_lab_are_ended(begin):
    after = over(
        begin(
            "import subprocess\nchild = subprocess.Popen(['sleep', '600'])\n"
            "(folder / 'child').write_text(str(child.pid))\n" + DONE
        )
    )
    child = int((Path(after.folder) / "child").read_text())
    until(lambda: process._start_of(child) is None)
    until((Path(after.folder) / "exit").exists)
    assert "Processes that the lab had left behind were ended: 1." in log_tail(Path(after.folder))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this kernel does not show it")
def test_children_in_a_session_of_their_own_are_ended(begin):
    after = over(
        begin(
            "import subprocess\nchild = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
            "(folder / 'child').write_text(str(child.pid))\n" + DONE
        )
    )
    child = int((Path(after.folder) / "child").read_text())
    until(lambda: process._start_of(child) is None)


def test_a_lab_whose_folder_is_removed_is_ended(begin):
    record = begin(STOPS)
    pid = started(record)
    shutil.rmtree(record.folder)
    until(lambda: process._start_of(pid) is None)
    after = look(record).record
    assert after.state == "lost" and "removed" in after.reason


def test_a_full_disk_is_named(begin):
    record = begin("start()\nsys.stderr.write('OSError: No space left on device')\nsys.exit(1)\n")
    exit_file = Path(record.folder) / "exit"
    until(exit_file.exists)
    assert "free " in exit_file.read_text()
    exit_file.write_text("1\noom_kill 0\nfree 4096\n")
    after = over(record)
    assert after.state == "failed"
    assert after.reason.startswith("The disk is full: free some space") and "No space left" in after.reason


def test_room_for_the_exit_status_is_taken_before_the_lab_begins(begin):
    record = begin(STOPS)
    started(record)
    assert (Path(record.folder) / "exit.part").stat().st_size >= 256


def test_an_event_line_cut_in_half_spoils_nothing(begin):
    cut = 'log.write(\'{"kind": "metric", "t": 1, "st\')\nlog.flush()\nos.kill(os.getpid(), signal.SIGKILL)\n'
    after = over(begin(DONE.replace("end(train=0.1)", cut)))
    assert after.state == "failed" and "SIGKILL" in after.reason
    assert [entry["id"] for entry in after.verdicts] == ["falls", "grows"]


def test_numbers_that_are_none_are_gaps(begin):
    after = over(begin('start()\nfor s in range(3): event("metric", step=s, values={"x": None})\nend()\n'))
    assert after.state == "done"
    assert replay(Path(after.folder)).series["x"].last is None


def test_a_run_whose_main_vanished_says_so(begin, bench_folders):
    after = over(begin("pathlib.Path(sys.argv[0]).unlink()\nos.execv(sys.executable, [sys.executable, sys.argv[0]])\n"))
    assert after.state == "failed" and "No such file" in after.reason


def test_a_python_that_is_gone_cannot_start_a_run(begin, tmp_path: Path, bench_library):
    record = begin(DONE)
    over(record)
    folder = tmp_path / "again"
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"id": "x", "lab": "parabola", "command": [str(tmp_path / "python")]}))
    process.start_prepared(folder)
    until((folder / "exit").exists)
    code = process.exit_of(folder)
    assert code is not None and code.status == 127
    assert "No such file" in (folder / "output.log").read_text()


def test_a_stop_that_comes_before_the_lab_is_born_is_heard(begin):
    record = begin(STOPS)
    here = process.process_of(Path(record.folder))
    assert here is not None
    assert process.stop(Path(record.folder), here, 20)
    assert over(record).state == "stopped"


def test_the_family_of_a_process_is_seen_in_proc_and_by_ps():
    mine = {one.pid: one for one in guard.processes()}
    assert mine[os.getpid()].parent == os.getppid() and mine[os.getpid()].group == os.getpgrp()
    if shutil.which("ps"):
        assert {one.pid: one for one in guard._processes_by_ps()}[os.getpid()].parent == os.getppid()


def test_a_signal_of_a_lab_is_told_as_a_shell_tells_it(begin):
    after = over(begin("start()\nos.abort()\n"))
    assert "SIGABRT" in after.reason
    status = process.exit_of(Path(after.folder))
    assert status is not None and status.status == 128 + signal.SIGABRT
