"""`cs229tui lab …`: the same bench without a screen."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench import DONE, STOPS, STUBBORN, make_lab, until
from cs229tui.folders import Folders
from cs229tui.labs import find
from cs229tui.labs.watch import replay


@pytest.fixture(autouse=True)
def only_hers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torch_there: None) -> None:
    monkeypatch.setattr(find, "shipped", lambda name: tmp_path / "none")


def test_the_labs_with_what_they_lack(run, bench_folders: Folders, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cs229tui.labs.needs.gpu_present", lambda: False)
    make_lab(bench_folders.labs)
    (lab,) = run("lab", "list", "--json").json
    assert set(lab) == {
        *("name", "title", "lecture", "key", "summary", "readings", "presets", "parameters", "claims"),
        *("own", "copy_of", "path", "error", "questions", "predictions", "last", "verdicts"),
    }
    assert (lab["name"], lab["key"], lab["own"]) == ("parabola", "p", True)
    quick, full = lab["presets"]
    assert quick["missing"] == ""
    assert "GPU" in full["missing"]
    assert "parabola" in run("lab", "list").out
    assert run("lab", "list", "--lecture", "9", "--json").json == []


def test_a_broken_lab_is_told(run, bench_folders: Folders):
    (make_lab(bench_folders.labs) / "lab.toml").write_text("nothing")
    assert "lab.toml" in run("lab", "list").out
    result = run("lab", "run", "parabola")
    assert result.code == 1
    assert "cannot run" in result.err


def test_a_run_followed_to_its_end_tells_its_verdicts(run, bench_folders: Folders):
    make_lab(bench_folders.labs)
    result = run("lab", "run", "parabola", "--wait", "--param", "lr=0.2")
    assert result.code == 0
    lines = result.out.splitlines()
    assert run("lab", "show", lines[0], "--json").json["parameters"]["lr"] == 0.2
    assert any(line.startswith("✓ the loss falls") and "measured 0.1 nats" in line for line in lines)
    assert "– 1 more claim, for another preset: full" in lines
    assert lines[-1] == "Confirmed 1 of 1 claims tested; 1 not tested."


def test_a_run_followed_as_json(run, bench_folders: Folders):
    make_lab(bench_folders.labs)
    record = run("lab", "run", "parabola", "--wait", "--json").json
    assert record["state"] == "done"
    assert record["metrics"]["train"] == {"step": 9, "last": 0.1, "min": 0.1, "max": 1.0, "count": 10}
    assert record["texts"][0]["text"] == "to be or not"
    shown = run("lab", "show", record["id"][:6], "--json").json
    assert shown["verdicts"] == record["verdicts"]
    (listed,) = run("lab", "runs", "--json").json
    assert set(listed) == {
        *("id", "lab", "preset", "state", "alive", "paused", "reason", "started", "ended", "seconds"),
        *("parameters", "verdicts", "summary", "folder", "launcher", "device", "sweep", "place"),
    }


def test_a_detached_run_is_seen_and_stopped(run, bench_folders: Folders):
    make_lab(bench_folders.labs, main=STOPS)
    id = run("lab", "run", "parabola").out.strip()
    until(lambda: run("lab", "runs", "--alive", "--json").json[0]["state"] == "running")
    assert run("lab", "stop").code == 2
    stopped = run("lab", "stop", id[:8])
    assert (stopped.code, stopped.out.strip()) == (0, f"{id} stopped")
    assert run("lab", "runs", "--alive", "--json").json == []
    again = run("lab", "stop", id)
    assert again.code == 1
    assert "not running" in again.err


def test_all_are_stopped_even_one_that_does_not_listen(run, bench_folders: Folders):
    make_lab(bench_folders.labs, main=STOPS)
    make_lab(bench_folders.labs, "stubborn", main=STUBBORN, key="s")
    bench_folders.config.mkdir(parents=True)
    bench_folders.settings.write_text("labs_at_once = 2\n")
    ids = {run("lab", "run", name, "--json").json["id"] for name in ("parabola", "stubborn")}
    until(lambda: all(one["state"] == "running" for one in run("lab", "runs", "--json").json))
    result = run("lab", "stop", "--all", "--grace", "0.3", "--json")
    assert result.code == 0
    assert {(one["id"], one["state"]) for one in result.json} == {(id, "stopped") for id in ids}


def test_a_run_that_fails_is_an_error_with_its_reason(run, bench_folders: Folders):
    make_lab(bench_folders.labs, main="start()\nraise SystemExit('no \x1b[31mdata')\n")
    result = run("lab", "run", "parabola", "--wait")
    assert result.code == 1
    assert "no data" in result.out
    assert "\x1b" not in result.out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("run", "nowhere"), 3, "no lab"),
        (("run", "parabola", "--preset", "huge"), 2, "no preset"),
        (("run", "parabola", "--param", "lr=7"), 2, "cannot be"),
        (("run", "parabola", "--param", "lr"), 2, "NAME=VALUE"),
        (("run", "parabola", "--param", "speed=1"), 2, "no parameter"),
        (("show", "nowhere"), 3, "no run"),
        (("watch", ""), 3, "no run"),
        (("stop", "nowhere"), 3, "no run"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_code(
    run, bench_folders: Folders, words: tuple[str, ...], code: int, says: str
):
    make_lab(bench_folders.labs)
    result = run("lab", *words)
    assert (result.code, result.out) == (code, "")
    assert says in result.err
    assert run("lab", "runs", "--json").json == []


def test_watching_follows_a_run_of_another_terminal(run, bench_folders: Folders):
    make_lab(bench_folders.labs, main=DONE.replace("start()", "start()\ntime.sleep(0.3)"))
    id = run("lab", "run", "parabola", "--detach").out.strip()
    result = run("lab", "watch", id)
    assert result.code == 0
    assert "✓ the loss falls" in result.out


def follow(bench_folders: Folders, *words: str) -> subprocess.Popen[str]:
    code = (
        "import sys\nfrom cs229tui.labs import needs\nneeds._torch_here = lambda: '2.12.0'\n"
        "from cs229tui.cli import main\nmain()"
    )
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=pipe, stderr=pipe, text=True, env=dict(os.environ)
    )


def test_ctrl_c_stops_a_run_that_is_followed(run, bench_folders: Folders):
    make_lab(bench_folders.labs, main=STOPS)
    with follow(bench_folders, "lab", "run", "parabola", "--wait", "--json") as program:
        until(lambda: any(replay(folder).start for folder in bench_folders.runs.glob("*")))
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=20)
    assert program.returncode == 1
    assert json.loads(out)["state"] == "stopped"
    assert "Stopping" in err


def test_ctrl_c_leaves_a_watched_run_alone(run, bench_folders: Folders):
    make_lab(bench_folders.labs, main=STOPS)
    id = run("lab", "run", "parabola", "--detach").out.strip()
    (folder,) = bench_folders.runs.glob("*")
    until(lambda: replay(folder).start)
    with follow(bench_folders, "lab", "watch", id) as program:
        assert program.stderr is not None
        assert "Watching" in program.stderr.readline()
        program.send_signal(signal.SIGINT)
        _, err = program.communicate(timeout=20)
    assert "goes on" in err
    assert [one["state"] for one in run("lab", "runs", "--json").json] == ["running"]
    run("lab", "stop", id)


def test_no_screen_and_no_torch_is_loaded(bench_folders: Folders):
    make_lab(bench_folders.labs)
    code = (
        "import sys\nfrom cs229tui import cli\nsys.argv = ['cs229tui', 'lab', *sys.argv[1:]]\n"
        "try: cli.main()\nexcept SystemExit: pass\n"
        "print(sorted({'textual', 'torch', 'numpy', 'httpx'} & set(sys.modules)), file=sys.stderr)"
    )
    for words in (("list", "--json"), ("runs", "--json"), ("run", "parabola", "--wait")):
        shown = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
        assert shown.stderr.splitlines()[-1] == "[]"
