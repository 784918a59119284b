"""The life of a run: what it asks, what it writes, how it ends."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cs229tui import labkit
from cs229tui.labkit import events, outgoing, stopping
from cs229tui.labs.events import EventReader, read_events

LAB = """
title = "Counting"
lecture = 1
key = "c"
summary = "Counts to 100 %."
[parameters.steps]
type = "int"
default = 4
min = 1
max = 100
help = "how far, in %"
[parameters.long_name]
type = "float"
default = 0.5
help = "a float"
[presets.quick]
minutes = 1
device = "any"
help = "quick one"
[presets.large]
minutes = 1
device = "cuda"
help = "large one"
[[claims]]
id = "small"
text = "It is small."
reading = "a-paper"
metric = "size"
unit = "nats"
presets = { quick = { high = 1.0 } }
[[claims]]
id = "late"
text = "It comes late."
reading = "a-paper"
metric = "time"
presets = { quick = { low = 0.0 } }
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


def started(main_file: Path, folder: Path, *arguments: str) -> labkit.Run:
    return labkit.start(main_file, ["--device", "cpu", "--run-folder", str(folder), *arguments])


def of_kind(folder: Path, kind: str) -> list[Any]:
    return [event for event in read_events(folder / "events.jsonl") if event.kind == kind]


def test_a_run_from_start_to_end(main_file: Path, folder: Path) -> None:
    with started(main_file, folder, "--steps", "3") as run:
        for step in run.steps(run.parameters.steps, work=10, unit="things/s"):
            run.log(step, loss=1.0 / (step + 1))
        run.text(3, "sample", "abc")
        run.note("that was easy")
        assert run.claim("small", 0.5) == "confirmed"
        run.summary["size"] = 0.5
    found = read_events(folder / "events.jsonl")
    assert found[0].kind == "start" and found[-1].kind == "end"
    (start,) = of_kind(folder, "start")
    assert (start.lab, start.preset, start.steps, start.pid, start.seed) == ("counting", "quick", 3, os.getpid(), 1)
    assert start.parameters["steps"] == 3 and start.versions["python"] == sys.version.split()[0]
    assert [metric.values["loss"] for metric in of_kind(folder, "metric")] == [1.0, 0.5, pytest.approx(1 / 3)]
    progress = of_kind(folder, "progress")
    assert (progress[0].step, progress[-1].step, progress[-1].of) == (0, 3, 3)
    (end,) = of_kind(folder, "end")
    assert (end.state, end.reason, end.summary) == ("done", "", {"size": 0.5})
    record = json.loads((folder / "run.json").read_text("utf-8"))
    assert record["lab"] == "counting" and record["id"] == start.run


def test_the_launchers_record_is_kept_and_names_the_run(main_file: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "run.json").write_text('{"id": "its-id"}', "utf-8")
    with started(main_file, folder):
        pass
    assert of_kind(folder, "start")[0].run == "its-id"
    assert (folder / "run.json").read_text("utf-8") == '{"id": "its-id"}'


@pytest.mark.parametrize(
    ("measured", "verdict", "shown"),
    [(0.5, "confirmed", 0.5), (1.5, "not confirmed", 1.5), (math.nan, "not confirmed", None)],
)
def test_a_verdict_is_computed_and_a_claim_not_reached_is_not_tested(
    main_file: Path, folder: Path, measured: float, verdict: str, shown: float | None
) -> None:
    with started(main_file, folder) as run:
        run.claim("small", measured)
    claims = {event.id: event for event in of_kind(folder, "claim")}
    assert (claims["small"].verdict, claims["small"].measured) == (verdict, shown)
    assert claims["small"].wanted == "at most 1 nats"
    assert (claims["late"].verdict, claims["late"].measured) == ("not tested", None)


def test_a_claim_that_lab_toml_does_not_have_fails_the_run(main_file: Path, folder: Path) -> None:
    with pytest.raises(SystemExit), started(main_file, folder) as run:
        run.claim("unheard", 1.0)
    assert of_kind(folder, "end")[0].state == "failed"


def test_nan_is_logged_as_null(main_file: Path, folder: Path) -> None:
    with started(main_file, folder) as run:
        run.log(0, loss=math.nan, top=math.inf, fine=1)
    assert of_kind(folder, "metric")[0].values == {"loss": None, "top": None, "fine": 1.0}


def test_logging_tensors_does_not_wait_for_the_device(
    main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(outgoing, "_FLUSH_SECONDS", 1e9)
    monkeypatch.setattr(outgoing, "_at_hand", lambda tensor: False)  # as on a GPU
    waits = []

    def counted(name: str) -> None:
        whole = getattr(torch.Tensor, name)
        monkeypatch.setattr(torch.Tensor, name, lambda self: (waits.append(name), whole(self))[1])

    with started(main_file, folder) as counting:
        counting.log(0, loss=torch.tensor(0.0))
        for name in ("item", "tolist", "__float__", "__int__", "__bool__", "cpu"):
            counted(name)
        loss = torch.zeros((), requires_grad=True) * 1
        for step in range(1, 50):
            counting.log(step, loss=loss + step, bits=torch.tensor([step]))
            loss = loss.detach()
        assert waits == []
    assert "tolist" in waits and not {"item", "__float__"} & set(waits)
    assert [metric.values.get("loss") for metric in of_kind(folder, "metric")] == [float(step) for step in range(50)]


def test_a_tensor_that_is_written_over_later_keeps_its_number(
    main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(outgoing, "_FLUSH_SECONDS", 1e9)
    with started(main_file, folder) as counting:
        counting.log(0, loss=0)
        loss = torch.ones(())
        counting.log(1, loss=loss)
        loss.fill_(7.0)
    assert of_kind(folder, "metric")[1].values == {"loss": 1.0}


def test_a_metric_is_one_number(main_file: Path, folder: Path) -> None:
    import torch

    with pytest.raises(SystemExit), started(main_file, folder) as counting:
        counting.log(0, loss=torch.zeros(2))
    assert "loss has 2 elements" in of_kind(folder, "end")[0].reason


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_the_step_and_ends_the_run_stopped(
    main_file: Path, folder: Path, number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    done = []
    with started(main_file, folder, "--steps", "50") as run:
        for step in run.steps(50):
            if step == 2:
                os.kill(os.getpid(), number)
            done.append(step)
            run.log(step, loss=1.0)
        assert run.stopping
    assert done == [0, 1, 2] and len(of_kind(folder, "metric")) == 3
    (end,) = of_kind(folder, "end")
    assert (end.state, end.reason) == ("stopped", f"stopped by {number.name}")
    assert {claim.verdict for claim in of_kind(folder, "claim")} == {"not tested"}
    assert signal.getsignal(number) == before


def test_a_second_interrupt_does_not_wait_for_the_step(main_file: Path, folder: Path) -> None:
    with pytest.raises(SystemExit) as caught, started(main_file, folder):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the second one interrupts")
    assert caught.value.code == 130
    assert of_kind(folder, "end")[0].state == "stopped"


def test_an_exception_ends_the_run_failed_with_its_reason(
    main_file: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught, started(main_file, folder) as run:
        run.log(0, loss=1.0)
        raise ZeroDivisionError("by nothing")
    assert caught.value.code == 1
    (end,) = of_kind(folder, "end")
    assert (end.state, end.reason) == ("failed", "ZeroDivisionError: by nothing")
    assert len(of_kind(folder, "metric")) == 1, "what was logged before is not lost"
    assert "Traceback" in capsys.readouterr().err


def test_what_a_person_can_cause_ends_without_a_traceback(
    main_file: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from cs229tui.labkit.data import DataError

    with pytest.raises(SystemExit), started(main_file, folder):
        raise DataError("No such text.", "Name another.")
    assert of_kind(folder, "end")[0].reason == "No such text. Name another."
    assert "Traceback" not in capsys.readouterr().err


def test_a_paused_run_waits_until_the_file_is_gone(
    main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started(main_file, folder) as counting:
        pause = folder / events.PAUSE
        pause.touch()
        waits = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                pause.unlink()

        with monkeypatch.context() as patched:
            patched.setattr(stopping.time, "sleep", sleep)
            assert not counting.stopping
        assert len(waits) == 3


def test_a_paused_run_can_be_stopped(main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with started(main_file, folder) as counting, monkeypatch.context() as patched:
        (folder / events.PAUSE).touch()
        patched.setattr(stopping.time, "sleep", lambda seconds: os.kill(os.getpid(), signal.SIGTERM))
        assert counting.stopping
    assert of_kind(folder, "end")[0].state == "stopped"


def test_a_heart_beats_while_the_lab_says_nothing(
    main_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "BEAT_SECONDS", 0.002)
    with started(main_file, folder):
        reader, deadline, beats = EventReader(folder / events.EVENTS), time.monotonic() + 20, 0
        while beats < 3 and time.monotonic() < deadline:
            beats += sum(event.kind == "beat" for event in reader.read())
    assert beats >= 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--steps", "1000"], "1 to 100"),
        (["--steps", "many"], "whole number"),
        (["--preset", "huge"], "It has quick, large"),
        (["--unheard", "1"], "unrecognized arguments"),
        (["--long-name", "nan"], "finite"),
    ],
)
def test_wrong_usage_says_what_is_right_and_exits_2(
    main_file: Path, folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        started(main_file, folder, *arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
    assert not (folder / events.EVENTS).exists()


@pytest.mark.parametrize("flag", ["--long-name=0.25", "--long_name=0.25"])
def test_a_parameter_is_spelled_with_hyphens_or_as_in_lab_toml(main_file: Path, folder: Path, flag: str) -> None:
    assert started(main_file, folder, flag).parameters.long_name == 0.25


def test_help_shows_the_parameters(main_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        labkit.start(main_file, ["--help"])
    assert caught.value.code == 0
    assert "1 to 100, default 4" in " ".join(capsys.readouterr().out.split())


def test_a_folder_that_holds_a_run_is_not_written_over(
    main_file: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with started(main_file, folder):
        pass
    with pytest.raises(SystemExit) as caught:
        started(main_file, folder)
    assert caught.value.code == 2
    assert "already holds a run" in capsys.readouterr().err


def test_cuda_where_there_is_none_is_a_clear_error(
    main_file: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for arguments in (["--device", "cuda"], ["--preset", "large", "--device", "auto"]):
        with pytest.raises(SystemExit) as caught:
            labkit.start(main_file, ["--run-folder", str(folder), *arguments])
        assert caught.value.code == 1
        assert "--device cpu" in capsys.readouterr().err


def test_alone_a_run_goes_below_the_programs_home_or_here(
    main_file: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert labkit.start(main_file, ["--device", "cpu"]).folder.parent == home / "data" / "runs"
    monkeypatch.delenv("CS229TUI_HOME")
    monkeypatch.chdir(tmp_path)
    first, second = (labkit.start(main_file, ["--device", "cpu"]).folder for _ in range(2))
    assert first.parent == Path("runs") and first != second


def test_the_same_seed_gives_the_same_numbers(main_file: Path, tmp_path: Path) -> None:
    import random

    import torch

    drawn = []
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        started(main_file, tmp_path / name, "--seed", seed)
        drawn.append((random.random(), torch.rand(()).item()))
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_contract_is_read_without_torch() -> None:
    code = (
        "import sys; import cs229tui.labkit.spec, cs229tui.labkit.events, cs229tui.labkit.data, cs229tui.labkit.run;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'textual', 'msgspec', 'platformdirs', 'httpx')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
