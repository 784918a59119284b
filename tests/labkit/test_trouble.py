"""What can go wrong around a run that logs: disks, forks, threads, and labs that are careless."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cs229tui import labkit
from cs229tui.labkit import events, panels, writing
from cs229tui.labs.events import read_events

LAB = """
title = "Counting"
lecture = 1
key = "c"
summary = "Counts."
readings = []
[presets.quick]
minutes = 1
device = "any"
help = "quick one"
[[claims]]
id = "small"
text = "It is small."
reading = "a-paper"
metric = "size"
presets = { quick = { high = 1.0 } }
"""


@pytest.fixture
def main_file(tmp_path: Path) -> Path:
    folder = tmp_path / "counting"
    folder.mkdir()
    (folder / "lab.toml").write_text(LAB, "utf-8")
    return folder / "main.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


def started(main_file: Path, folder: Path) -> labkit.Run:
    return labkit.start(main_file, ["--device", "cpu", "--run-folder", str(folder)])


def of_kind(folder: Path, kind: str) -> list[Any]:
    return [event for event in read_events(folder / "events.jsonl") if event.kind == kind]


def full(*arguments: Any) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_does_not_stop_a_lab_and_when_there_is_room_all_is_written(
    main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started(main_file, folder) as run:
        with monkeypatch.context() as patched:
            patched.setattr(writing.os, "write", full)
            for step in range(100):
                run.log(step, loss=1.0)
                run.note(f"note {step}")
        run.claim("small", 0.5)
    assert len(of_kind(folder, "metric")) == len(of_kind(folder, "note")) == 100
    assert of_kind(folder, "end")[0].state == "done"


def test_a_disk_that_stays_full_is_said_and_the_run_has_failed(
    main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught, started(main_file, folder) as run:
        run.log(0, loss=1.0)
        monkeypatch.setattr(writing.os, "write", full)
        run.log(1, loss=1.0)
    assert caught.value.code == 1
    assert "could not be written: No space left on device" in capsys.readouterr().err
    assert len(of_kind(folder, "start")) == 1 and not of_kind(folder, "end")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "MemoryError. There was not enough memory: use a smaller preset or batch."),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "use a smaller preset or batch"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "free some space"),
        (ValueError("no such thing"), "ValueError: no such thing"),
    ],
)
def test_want_of_memory_or_space_says_what_to_do(main_file: Path, folder: Path, error: Exception, told: str) -> None:
    with pytest.raises(SystemExit), started(main_file, folder):
        raise error
    assert told in of_kind(folder, "end")[0].reason


def test_a_picture_that_finds_no_room_is_left_out_and_said_once(
    main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with started(main_file, folder) as run:
        with monkeypatch.context() as patched:
            patched.setattr(panels, "write_whole", full)
            for step in range(3):
                run.image(step, "dots", [[0, 255]])
        run.image(3, "dots", [[0, 255]])
    assert [image.step for image in of_kind(folder, "image")] == [3]
    assert capsys.readouterr().err.count("Pictures cannot be written") == 1


def test_a_folder_that_cannot_be_written_is_named(
    main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*arguments: Any) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(writing.os, "open", refused)
    with pytest.raises(SystemExit) as caught:
        started(main_file, folder)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert str(folder) in said and "Permission denied" in said and "--run-folder" in said


def test_a_terminal_that_is_gone_does_not_end_a_run(
    main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone:
        def write(self, text: str) -> None:
            raise BrokenPipeError

        flush = write

    with started(main_file, folder) as run, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Gone())
        run.note("nobody hears this")
    assert of_kind(folder, "end")[0].state == "done"


def test_what_is_logged_after_the_end_is_not_kept(main_file: Path, folder: Path) -> None:
    with started(main_file, folder) as run:
        run.log(0, loss=1.0)
    for step in range(1000):
        run.log(step, loss=2.0)
    run.note("late")
    assert len(of_kind(folder, "metric")) == 1 and read_events(folder / "events.jsonl")[-1].kind == "end"


def test_steps_may_go_backwards_and_be_odd(main_file: Path, folder: Path) -> None:
    with started(main_file, folder) as run:
        for step in (5, 3, -1, 10**15):
            run.log(step, loss=1.0)
    assert [metric.step for metric in of_kind(folder, "metric")] == [5, 3, -1, 10**15]


def test_panels_are_events_and_files_in_the_runs_folder(main_file: Path, folder: Path) -> None:
    import torch

    with started(main_file, folder) as run:
        run.image(1, "../dots", torch.rand(4, 3, 8, 8), "what it sees")
        run.histogram(1, "weights", torch.randn(100), bins=10)
        run.heatmap(1, "attention", torch.rand(200, 3), columns=["a", "b", "c"])
        run.heatmap(2, "attention", torch.rand(200, 3))
        path = run.artefact("the model", "model.bin")
        path.write_bytes(b"model")
        for wrong in ("../x", "/x", ""):
            with pytest.raises(ValueError, match="in the run's folder"):
                run.artefact("x", wrong)
    (image,) = of_kind(folder, "image")
    assert (folder / image.file).read_bytes().startswith(b"\x89PNG") and (image.width, image.height) == (17, 17)
    assert image.name == "../dots" and image.caption == "what it sees"
    (histogram,) = of_kind(folder, "histogram")
    assert sum(histogram.counts) == 100 and len(histogram.counts) == 10 and histogram.low < 0 < histogram.high
    heatmap, _ = of_kind(folder, "heatmap")
    assert len(heatmap.values) == 128 and heatmap.columns == ["a", "b", "c"]
    assert [note.text for note in of_kind(folder, "note")] == [
        "attention has 200 × 3 cells; what is shown is averaged down to 128 a side."
    ]
    (artefact,) = of_kind(folder, "artefact")
    assert (folder / artefact.file).read_bytes() == b"model"


def test_asking_whether_to_stop_looks_at_the_files_now_and_then_only(
    main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cs229tui.labkit import stopping

    seconds, looks = [0.0], []
    exists = os.path.exists
    with started(main_file, folder) as run, monkeypatch.context() as patched:
        patched.setattr(stopping.time, "monotonic", lambda: seconds[0])
        patched.setattr(stopping.os.path, "exists", lambda path: (looks.append(path), exists(path))[1])
        run._stopping._look_at = 0.0
        assert not any(run.stopping for _ in range(100)) and len(looks) == 2
        (folder / events.STOP).touch()
        seconds[0] += 0.2
        assert run.stopping and run._stopping.reason == "stopped on request"
    assert of_kind(folder, "end")[0].state == "stopped"


FORKS = """
import os, signal, sys
sys.path.insert(0, {here!r})
from pathlib import Path
from cs229tui import labkit

with labkit.start(Path({lab!r}) / "main.py", ["--device", "cpu", "--run-folder", {folder!r}]) as run:
    run.log(0, loss=1.0)
    child = os.fork()
    if child == 0:
        run.log(1, loss=2.0)
        run.note("from the child")
        if {leaves}:
            raise ZeroDivisionError  # leaves the block in the child
        os.kill(os.getpid(), signal.SIGTERM)  # the lab would only note it; a worker ends
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    run.summary["child"] = status
"""


@pytest.mark.parametrize(("leaves", "status"), [(False, -signal.SIGTERM), (True, 1)])
def test_a_fork_in_a_lab_writes_no_events_and_takes_no_signals(
    main_file: Path, folder: Path, leaves: bool, status: int
) -> None:
    here = str(Path(labkit.__file__).parents[2])
    code = FORKS.format(here=here, lab=str(main_file.parent), folder=str(folder), leaves=leaves)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    kinds = [event.kind for event in read_events(folder / "events.jsonl") if event.kind != "beat"]
    assert kinds == ["start", "metric", "claim", "end"]
    assert of_kind(folder, "end")[0].summary == {"child": status}


ALONE = """
import importlib.abc, sys
class Nothing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in %(missing)r:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Nothing())
sys.path.insert(0, %(here)r)
from pathlib import Path
from cs229tui import labkit
from cs229tui.labkit import device
with labkit.start(Path(%(lab)r) / "main.py", ["--run-folder", %(folder)r]) as run:
    with device.Stopwatch(run.device) as watch, device.MemoryMeter(run.device) as memory:
        for step in run.steps(3):
            run.log(step, loss=1.0 / (step + 1))
    torch = sys.modules.get("torch")
    number = torch.tensor if torch else lambda value: value
    run.text(2, "sample", "abc")
    run.log(2, more=number(0.5))
    run.image(2, "dots", number([[0.0, 0.5, 1.0]]), "three")
    run.histogram(2, "values", number([[1.0, 2.0], [3.0, 4.0]]), bins=2)
    run.heatmap(2, "table", number([[1.0, 2.0]]), rows=["a"])
    run.artefact("words", "words.txt").write_text("abc")
    run.claim("small", 0.5)
    run.summary |= {"seconds": watch.seconds, "peak": memory.peak}
"""


@pytest.mark.parametrize("flags", [["-I"], ["-I", "-S"]], ids=["torch only", "nothing at all"])
def test_a_lab_runs_in_a_python_that_has_none_of_our_dependencies(
    main_file: Path, folder: Path, flags: list[str]
) -> None:
    here = str(Path(labkit.__file__).parents[2])
    missing = {"msgspec", "PIL", "textual", "rich", "platformdirs", "httpx", "click", "pynvml", "numpy", "regex"}
    code = ALONE % {"here": here, "lab": str(main_file.parent), "folder": str(folder), "missing": missing}
    done = subprocess.run([sys.executable, *flags, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    kinds = {event.kind for event in read_events(folder / "events.jsonl")}
    assert {"start", "metric", "text", "image", "histogram", "heatmap", "artefact", "claim", "end"} <= kinds
    assert bool(of_kind(folder, "start")[0].versions["torch"]) is ("-S" not in flags)
    last = done.stdout.split("── done")[-1]
    assert "last numbers:  loss 0.3333  more 0.5" in last and "claims: 1 confirmed" in last and "peak: " in last
