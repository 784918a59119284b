"""The index of runs follows the folders, also those made by hand."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from bench import DONE, HEAD, until
from cs229tui.folders import Folders
from cs229tui.labs.history import refresh
from cs229tui.labs.life import look
from cs229tui.library.database import Database
from cs229tui.library.runs import forget_run, run, runs


def by_hand(folders: Folders, name: str, events: list[str], **story: object) -> Path:
    folder = folders.runs / name
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"id": name, "lab": "parabola", "preset": "quick", **story}))
    (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in events))
    return folder


def start(pid: int) -> str:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    fields = {"run": "r", "lab": "parabola", "preset": "quick", "parameters": {}, "device": "cpu", "seed": 1}
    return json.dumps({"kind": "start", "t": 0, **fields, "steps": 1, "pid": pid, "versions": {}, "time": stamp})


def end(state: str = "done") -> str:
    return json.dumps({"kind": "end", "t": 1, "state": state, "reason": "", "summary": {"x": 1}, "seconds": 1.0})


def test_a_run_made_by_hand_is_found_once(bench_library: Database, bench_folders: Folders):
    by_hand(
        bench_folders, "mine", [start(os.getpid()), end()], started="2023-02-14T10:00:00+01:00", parameters={"a": 1}
    )
    assert [record.id for record in refresh(bench_library, bench_folders)] == ["mine"]
    assert refresh(bench_library, bench_folders) == []
    record = run(bench_library, "mine")
    assert (record.state, record.summary, record.parameters) == ("done", {"x": 1}, {"a": 1})
    assert record.started == "2023-02-14T09:00:00.000Z"
    assert record.ended == "2023-02-14T09:00:01.000Z"


def test_folders_are_not_listed_again_before_something_changes(
    bench_library: Database, bench_folders: Folders, monkeypatch: pytest.MonkeyPatch
):
    by_hand(bench_folders, "first", [start(os.getpid()), end()])
    (bench_folders.runs / "later").mkdir()
    os.utime(bench_folders.runs, (time.time() - 60,) * 2)
    refresh(bench_library, bench_folders)
    refresh(bench_library, bench_folders)
    listed: list[object] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(path) or scandir(path))
    assert refresh(bench_library, bench_folders) == [] and not listed
    # A folder that was there becomes a run without a change to the folder above it.
    (bench_folders.runs / "later" / "run.json").write_text('{"id": "later", "lab": "parabola"}')
    assert [record.id for record in refresh(bench_library, bench_folders)] == ["later"] and not listed
    by_hand(bench_folders, "third", [start(os.getpid()), end()])
    assert [record.id for record in refresh(bench_library, bench_folders)] == ["third"] and listed
    forget_run(bench_library, "first")
    assert [record.id for record in refresh(bench_library, bench_folders)] == ["first"]


def test_a_run_made_by_hand_that_still_runs_is_alive(bench_library: Database, bench_folders: Folders):
    by_hand(bench_folders, "mine", [start(os.getpid())])
    refresh(bench_library, bench_folders)
    assert run(bench_library, "mine").state == "running"


def test_a_run_made_by_hand_whose_process_is_gone_is_lost_after_its_silence(
    bench_library: Database, bench_folders: Folders
):
    folder = by_hand(bench_folders, "mine", [start(2**22 + 1)])
    refresh(bench_library, bench_folders)
    assert run(bench_library, "mine").state == "running"
    for name in ("events.jsonl", "run.json"):
        os.utime(folder / name, (time.time() - 60,) * 2)
    refresh(bench_library, bench_folders)
    record = run(bench_library, "mine")
    assert record.state == "lost" and "gone" in record.reason


def test_folders_that_are_no_runs_are_passed_over(bench_library: Database, bench_folders: Folders):
    for name, text in (("empty", None), ("torn", "{"), ("list", "[]"), ("nameless", "{}")):
        folder = bench_folders.runs / name
        folder.mkdir(parents=True)
        if text is not None:
            (folder / "run.json").write_text(text)
    (bench_folders.runs / "file").write_text("")
    assert refresh(bench_library, bench_folders) == []


def test_hostile_words_in_a_folder_are_cleaned(bench_library: Database, bench_folders: Folders):
    by_hand(bench_folders, "evil", [start(1), end()], lab="\x1b[2Jlab", parameters={"\x1b[1mx": "\x1b[2J", "y": [1]})
    refresh(bench_library, bench_folders)
    (record,) = runs(bench_library)
    assert record.lab == "lab"
    assert record.parameters == {"x": ""}


def test_verdicts_far_before_the_end_are_found(bench_library: Database, bench_folders: Folders):
    claim = json.dumps({"kind": "claim", "t": 0, "id": "falls", "verdict": "confirmed", "measured": 1, "wanted": ""})
    filler = json.dumps({"kind": "metric", "t": 0, "step": 1, "values": {"x": 1.0}})
    by_hand(bench_folders, "long", [start(1), claim, *[filler] * 20_000, end()])
    refresh(bench_library, bench_folders)
    assert [entry["id"] for entry in run(bench_library, "long").verdicts] == ["falls"]


def test_a_lab_started_alone_is_a_run_like_any_other(bench_library: Database, bench_folders: Folders, tmp_path: Path):
    import subprocess

    folder = by_hand(bench_folders, "alone", [])
    script = tmp_path / "main.py"
    script.write_text(HEAD + DONE)
    subprocess.run([sys.executable, str(script), "--preset", "quick", "--run-folder", str(folder)], check=True)
    refresh(bench_library, bench_folders)
    until(lambda: look(run(bench_library, "alone")).record.state == "done")
