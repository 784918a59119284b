"""A run that was interrupted and continued is the run that was not, to the last bit; what a broken file costs."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cs229tui import labkit
from cs229tui.folders import shipped
from cs229tui.labkit import checkpoint, tensor_file
from cs229tui.labs.events import read_events
from cs229tui.labs.watch import replay

LAB = """
title = "Learning"
lecture = 1
key = "l"
summary = "Learns."
readings = []
[parameters.steps]
type = "int"
default = 600
min = 1
max = 10000
help = "steps"
[presets.quick]
minutes = 1
device = "any"
help = "quick"
[[claims]]
id = "starts"
text = "It starts somewhere."
reading = "a"
metric = "loss"
presets = { quick = { high = 100.0 } }
"""
MAIN = """
import hashlib, random
from cs229tui import labkit
import torch
from torch import nn

with labkit.start(__file__) as run:
    torch.set_num_threads(1)
    data = torch.randn(256, 8)
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 1))
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.05, total_steps=run.parameters.steps)
    draws, mean, kept = torch.Generator().manual_seed(3), torch.zeros(2, 3).T, {"first": None}
    run.keep(model=model, optimiser=optimiser, rate=rate, draws=draws, mean=mean, kept=kept)
    run.claim("starts", model(data).detach().square().mean())
    run.log(0, before=torch.rand(()))
    for step in run.steps(run.parameters.steps):
        x = data[torch.randint(256, (16,), generator=draws)]
        loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
        kept["first"] = loss.item() if step == 0 else kept["first"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()
        mean.mul_(0.9).add_(loss.detach())
        run.log(step, loss=loss, luck=random.random(), mean=mean[0, 0])
    weights = b"".join(bytes(p.detach().flatten().view(torch.uint8).tolist()) for p in model.parameters())
    run.summary |= {"weights": hashlib.sha256(weights).hexdigest(), "first": kept["first"]}
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    folder = tmp_path / "learning"
    folder.mkdir()
    (folder / "lab.toml").write_text(LAB, "utf-8")
    (folder / "main.py").write_text(MAIN, "utf-8")
    return folder / "main.py"


def run_each(*runs: tuple[list[str], int, float]) -> list[int]:
    """How each run ended: (its command line, the signal it gets, how long after its first new checkpoint)."""
    told = [{"words": words, "signal": number, "after": after} for words, number, after in runs]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("interrupted.py")), json.dumps(told)],
        capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == "", done.stderr
    ended: list[int] = json.loads(done.stdout.splitlines()[-1])
    return ended


def story(folder: Path) -> tuple[dict[int, dict[str, Any]], Any]:
    """What a run has measured at each step, without what a continued run took back, and its last event."""
    events = read_events(folder / "events.jsonl")
    metrics: list[Any] = []
    for event in events:
        if event.kind == "start" and event.continued is not None:
            metrics = [metric for metric in metrics if metric.t <= event.continued]
        elif event.kind == "metric":
            metrics.append(event)
    found: dict[int, dict[str, Any]] = {}
    for metric in metrics:
        assert not metric.values.keys() & found.get(metric.step, {}).keys(), "nothing is there twice"
        found[metric.step] = {**found.get(metric.step, {}), **metric.values}
    return found, events[-1]


def test_a_run_that_was_killed_at_any_moment_goes_on_bit_for_bit(lab: Path, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    goes_on = [str(lab), "--run-folder", str(broken), "--continue"]
    moments = [random.uniform(0, 0.04) for _ in range(2)]
    ended = run_each(
        ([str(lab), "--run-folder", str(whole)], 0, 0),
        ([str(lab), "--run-folder", str(broken)], signal.SIGKILL, moments[0]),
        (goes_on, signal.SIGKILL, moments[1]),
        (goes_on, signal.SIGTERM, 0),
        (goes_on, 0, 0),
    )
    assert ended == [0, -9, -9, 0, 0], moments
    expected, end = story(whole)
    found, same_end = story(broken)
    assert len(expected) == 600 and found == expected, moments
    assert same_end.state == end.state == "done" and same_end.summary == end.summary, moments
    events = read_events(broken / "events.jsonl")
    starts = [event.continued for event in events if event.kind == "start"]
    assert starts[0] is None and starts[1:] == sorted(starts[1:])
    times = [event.t for event in events if event.kind != "metric"]
    assert times == sorted(times), "the clock of a continued run goes on"
    assert sum(event.kind == "claim" for event in events) == 1, (
        "what was measured before the loop is not measured again"
    )
    assert len(list((broken / "checkpoint").iterdir())) == 2


def test_the_transformer_goes_on_bit_for_bit_with_an_optimiser_of_its_own(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("".join(f"{count} green bottles hanging on the wall,\n" for count in range(400)), "utf-8")
    main = str(shipped("labs/transformer") / "main.py")
    small = {"layers": 2, "width": 16, "heads": 2, "context": 16, "batch": 4, "steps": 60, "sample": 4, "ngram": 2}
    words = [main, "--file", str(text), "--device", "cpu", "--threads", "1", "--dropout", "0.1"]
    words += [f"--{name}={value}" for name, value in small.items()]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    goes_on = [main, "--run-folder", str(broken), "--continue"]
    moment = random.uniform(0, 0.1)
    ended = run_each(
        ([*words, "--run-folder", str(whole)], 0, 0),
        ([*words, "--run-folder", str(broken)], signal.SIGKILL, moment),
        (goes_on, signal.SIGTERM, 0),
        (goes_on, 0, 0),
    )
    assert ended == [0, -9, 0, 0], moment
    (expected, end), (found, same_end) = story(whole), story(broken)
    assert found == expected and len(found) == 61, moment
    measured = {"peak_memory": 0, "tokens_per_second": 0, "flops_utilised": 0}
    told, told_again = ({**event.summary, **measured} for event in (end, same_end))
    assert told == told_again and end.state == "done"
    last, last_again = (read_events(folder / "events.jsonl") for folder in (whole, broken))
    assert [event.text for event in last if event.kind == "text"][-1] == [
        event.text for event in last_again if event.kind == "text"
    ][-1]


def make(lab: Path, folder: Path, *words: str) -> labkit.Run:
    return labkit.start(lab, ["--device", "cpu", "--run-folder", str(folder), *words])


def counted(lab: Path, folder: Path, *words: str, until: int = 10, **parts: Any) -> list[int]:
    """The steps of a run of ten that ends, as if killed, before the step `until`; a checkpoint before every third."""
    done = []
    with make(lab, folder, *words) as run:
        run.keep(**parts)
        for step in run.steps(10):
            if step % 3 == 0:
                run.checkpoint(step)
            if step == until:
                break
            done.append(step)
            run.log(step, loss=step)
    return done


def kinds(folder: Path, kind: str) -> list[Any]:
    return [event for event in read_events(folder / "events.jsonl") if event.kind == kind]


def test_every_kind_of_part_is_given_back_as_it_was(lab: Path, tmp_path: Path) -> None:
    import torch

    class Own:
        state: Any = None

        def state_dict(self) -> Any:
            return self.state

        def load_state_dict(self, state: Any) -> None:
            self.state = state

    base = torch.arange(12.0).reshape(3, 4)
    held = {
        "tensors": [base, base, base.T, base[1:], torch.zeros(0), torch.tensor(3)],
        "types": {name: torch.ones(3).to(getattr(torch, name)) for name in ("bfloat16", "int64", "bool", "complex64")},
        "plain": (1, 2.5, None, True, "text", 0.1 + 0.2, float("inf"), {1: "one", "1": "two", (1, 2): []}),
    }
    own, tensor, generator, some = Own(), torch.full((2, 2), 7.0), torch.Generator().manual_seed(4), {"a": 1}
    own.state = held
    counted(lab, tmp_path / "run", until=4, own=own, tensor=tensor, generator=generator, some=some)
    again, empty, other, emptied = Own(), torch.zeros(2, 2), torch.Generator(), {"b": 2}
    counted(lab, tmp_path / "run", "--continue", own=again, tensor=empty, generator=other, some=emptied)
    for before, after in zip(held["tensors"], again.state["tensors"], strict=True):
        assert torch.equal(before, after) and before.dtype == after.dtype
    for name, values in held["types"].items():
        assert torch.equal(values, again.state["types"][name]) and again.state["types"][name].dtype == values.dtype
    assert again.state["plain"] == held["plain"]
    assert torch.equal(empty, tensor) and emptied == {"a": 1}
    assert torch.equal(torch.rand(5, generator=other), torch.rand(5, generator=generator))


def test_a_torn_file_and_a_foreign_one_fall_back_to_the_checkpoint_before(lab: Path, tmp_path: Path) -> None:
    import torch

    folder = tmp_path / "run"
    weights = torch.zeros(50)
    assert counted(lab, folder, until=8, weights=weights) == list(range(8))
    older, newest = sorted((folder / "checkpoint").iterdir())
    assert (older.name, newest.name) == ("step-000000003.safetensors", "step-000000006.safetensors")
    newest.write_bytes(newest.read_bytes()[:-10])
    (folder / "checkpoint" / "step-000000009.safetensors").write_bytes(b"not one of ours")
    (folder / "checkpoint" / "step-000000009.part").write_bytes(b"killed while it wr")
    assert counted(lab, folder, "--continue", weights=weights) == list(range(3, 10))
    notes = [event.text for event in kinds(folder, "note")]
    assert sum("cannot be used" in text for text in notes) == 2
    assert story(folder)[0].keys() == set(range(10))
    assert not list((folder / "checkpoint").glob("*.part"))


@pytest.mark.parametrize("cut", [0, 5, 8, 60])
def test_a_file_cut_anywhere_is_known_to_be_torn(tmp_path: Path, cut: int) -> None:
    import torch

    path = tmp_path / "some.safetensors"
    tensor_file.write(path, {"a": torch.ones(3)}, {})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match=r"cut off|safetensors|Expecting"):
        tensor_file.read(path)


def test_other_tools_read_the_file_and_it_reads_theirs(tmp_path: Path) -> None:
    import torch
    from safetensors import TensorSpec, safe_open, serialize_file

    tensors = {
        "a": torch.rand(2, 3),
        "b": torch.arange(5, dtype=torch.int8),
        "c": torch.rand(4, 4).T,
        "d": torch.rand(()),
    }
    ours, theirs = tmp_path / "ours.safetensors", tmp_path / "theirs.safetensors"
    tensor_file.write(ours, tensors, {"by": "us"})
    with safe_open(ours, "pt") as file:
        assert file.metadata() == {"by": "us"}
        for name, tensor in tensors.items():
            assert torch.equal(file.get_tensor(name), tensor)
    kept = {name: tensor.contiguous() for name, tensor in tensors.items()}
    specs = {
        name: TensorSpec(dtype=str(t.dtype)[6:], shape=t.shape, data_ptr=t.data_ptr(), data_len=t.nbytes)
        for name, t in kept.items()
    }
    serialize_file(specs, theirs, {"by": "them"})
    found, metadata = tensor_file.read(theirs)
    assert metadata == {"by": "them"} and all(torch.equal(found[name], tensor) for name, tensor in tensors.items())


def test_a_full_disk_costs_a_checkpoint_and_not_the_run(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    import torch

    folder, write = tmp_path / "run", tensor_file.write

    def full(path: Path, tensors: Any, metadata: Any) -> None:
        write(path, tensors, metadata)
        if len(list(path.parent.glob("*.safetensors"))) > 0:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tensor_file, "write", full)
    assert counted(lab, folder, weights=torch.zeros(5)) == list(range(10))
    assert [path.name for path in (folder / "checkpoint").iterdir()] == ["step-000000000.safetensors"]
    notes = [event.text for event in kinds(folder, "note")]
    assert len(notes) == 1 and "No space left" in notes[0] and "goes on" in notes[0]
    assert kinds(folder, "end")[0].state == "done"


def test_checkpoints_come_by_time_and_take_little_of_it(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    clock = [0.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: clock[0])
    write = tensor_file.write

    def slow(*words: Any) -> None:
        write(*words)
        clock[0] += 3.0

    monkeypatch.setattr(tensor_file, "write", slow)
    with make(lab, tmp_path / "run") as run:
        run.keep(weights=torch.zeros(5))
        for _ in run.steps(40):
            clock[0] += 10.0
    assert [event.step for event in kinds(tmp_path / "run", "checkpoint")] == [6, 21, 36, 40]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--continue", "--steps", "7"], "--steps cannot be changed"),
        (["--continue", "--preset", "other"], "--preset cannot be changed"),
    ],
)
def test_a_continued_run_keeps_its_parameters(
    lab: Path, tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    counted(lab, tmp_path / "run", "--steps", "9", until=4, weights=torch.zeros(2))
    with pytest.raises(SystemExit) as caught:
        make(lab, tmp_path / "run", *words)
    assert caught.value.code == 2 and said in capsys.readouterr().err
    assert make(lab, tmp_path / "run", "--continue", "--steps", "9").parameters.steps == 9


def test_without_a_checkpoint_there_is_nothing_to_continue(
    lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, code, said in (
        (["--run-folder", str(tmp_path / "none"), "--continue"], 2, "no run in"),
        (["--continue"], 2, "needs the folder"),
    ):
        with pytest.raises(SystemExit) as caught:
            labkit.start(lab, words)
        assert caught.value.code == code and said in capsys.readouterr().err
    with make(lab, tmp_path / "run"):
        pass
    with pytest.raises(SystemExit) as caught:
        make(lab, tmp_path / "run", "--continue")
    assert caught.value.code == 1 and "no checkpoint" in capsys.readouterr().err


def test_a_launcher_that_starts_a_run_again_need_not_ask(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    counted(lab, tmp_path / "run", until=4, weights=torch.zeros(2))
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    assert counted(lab, tmp_path / "run", weights=torch.zeros(2)) == list(range(3, 10))
    counted(lab, tmp_path / "bare", until=0)
    assert counted(lab, tmp_path / "bare", weights=torch.zeros(2)) == list(range(10)), "there was nothing to go on from"
    assert [event.continued for event in kinds(tmp_path / "bare", "start")] == [None, 0]


def test_a_lab_that_was_changed_so_that_nothing_fits_fails_with_the_reason(
    lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    counted(lab, tmp_path / "run", until=4, weights=torch.nn.Linear(2, 3))
    with pytest.raises(SystemExit):
        counted(lab, tmp_path / "run", "--continue", weights=torch.nn.Linear(4, 3))
    assert "does not fit the lab's weights" in kinds(tmp_path / "run", "end")[-1].reason
    assert "Traceback" not in capsys.readouterr().err


def test_what_cannot_be_kept_is_refused_at_once(lab: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        counted(lab, tmp_path / "run", number=3)
    assert "number must have state_dict" in kinds(tmp_path / "run", "end")[0].reason


def test_a_loop_that_was_over_is_not_run_again(lab: Path, tmp_path: Path) -> None:
    import torch

    def two_loops(*words: str, until: int = 5) -> list[str]:
        done = []
        with make(lab, tmp_path / "run", *words) as run:
            first, second = torch.zeros(1), torch.zeros(1)
            run.keep(first=first)
            for step in run.steps(5):
                first += 1
                done.append(f"first {step}")
                run.log(step, first=first)
            run.log(5, between=first)
            run.keep(second=second)
            for step in run.steps(5):
                if step == until:
                    run.checkpoint(step)
                    break
                second += 1
                done.append(f"second {step}")
                run.log(step, second=second)
            run.log(5, after=second)
            run.summary["sums"] = first.item() + 10 * second.item()
        return done

    assert two_loops(until=2)[-1] == "second 1"
    assert two_loops("--continue") == ["second 2", "second 3", "second 4"]
    assert kinds(tmp_path / "run", "end")[-1].summary == {"sums": 55.0}
    curves = {name: list(series.values) for name, series in replay(tmp_path / "run").series.items()}
    whole = [1.0, 2.0, 3.0, 4.0, 5.0]
    assert curves == {"first": whole, "between": [5.0], "second": whole, "after": [5.0]}
    assert sum("between" in event.values for event in kinds(tmp_path / "run", "metric")) == 1, "it is said once"


def test_what_an_optimiser_remembers_lies_as_its_weights_do(lab: Path, tmp_path: Path) -> None:
    import torch

    def trained(folder: str, *words: str, until: int = 4) -> list[float]:
        torch.manual_seed(0)
        model = torch.nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
        adam = torch.optim.Adam(model.parameters(), 0.1, fused=True)
        images = torch.arange(75.0).view(1, 3, 5, 5).sin().to(memory_format=torch.channels_last)
        with make(lab, tmp_path / folder, *words) as run:
            run.keep(model=model, adam=adam)
            for step in run.steps(4):
                if step == until:
                    run.checkpoint(step)
                    break
                adam.zero_grad()
                (model(images) - step).square().mean().backward()
                adam.step()
        weights: list[float] = model.weight.flatten().tolist()
        return weights

    trained("broken", until=2)
    assert trained("broken", "--continue") == trained("whole")


def test_numpys_generator_is_put_back_where_a_lab_has_imported_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Numpy:
        state: Any = ("MT19937", [1, 2, 3], 3, 0, 0.5)

        def get_state(self) -> Any:
            return self.state

        def set_state(self, state: Any) -> None:
            self.state = state

    fake = Numpy()
    monkeypatch.setitem(sys.modules, "numpy.random", fake)
    state = json.loads(json.dumps(checkpoint.generators_now()))
    fake.state = ("MT19937", [9], 0, 0, 0.0)
    drawn = random.random()
    checkpoint.set_generators(state)
    assert fake.state == ("MT19937", [1, 2, 3], 3, 0, 0.5)
    assert random.random() == drawn


def test_a_paused_run_has_a_checkpoint_while_it_waits(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from cs229tui.labkit import stopping

    folder, found = tmp_path / "run", []

    def wait(seconds: float) -> None:
        found.extend(path.name for path in (folder / "checkpoint").iterdir())
        (folder / "pause").unlink()

    monkeypatch.setattr(stopping.time, "sleep", wait)
    with make(lab, folder) as run:
        run.keep(weights=torch.zeros(2))
        (folder / "pause").touch()
        assert list(run.steps(3)) == [0, 1, 2]
    assert found == ["step-000000000.safetensors"]


def test_the_generators_of_every_gpu_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    states = {place: torch.full((16,), place, dtype=torch.uint8) for place in range(3)}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(states))
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda place: states[place])
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, place: states.update({place: state}))
    state = json.loads(json.dumps(checkpoint.generators_now()))
    before = dict(states)
    for place in states:
        states[place] = torch.zeros(16, dtype=torch.uint8)
    checkpoint.set_generators(state)
    assert all(torch.equal(states[place], before[place]) for place in before)
