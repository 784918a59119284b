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
    found: dict[int, dict[str, Any]] = {}
    events = read_events(folder / "events.jsonl")
    for event in events:
        if event.kind == "start" and event.continued is not None:
            found = {step: values for step, values in found.items() if step < event.continued}
        elif event.kind == "metric":
            found[event.step] = {**found.get(event.step, {}), **event.values}
    return found, events[-1]


def test_a_run_that_was_killed_at_any_moment_goes_on_bit_for_bit(lab: Path, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    goes_on = [str(lab), "--run-folder", str(broken), "--continue"]
    moments = [random.uniform(0, 0.04) for _ in range(2)]  # noqa: S311
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
    assert sum(event.kind == "claim" for event in events) == 1, "what was measured before the loop is not measured again"
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
    moment = random.uniform(0, 0.1)  # noqa: S311
    ended = run_each(
        ([*words, "--run-folder", str(whole)], 0, 0),
        ([*words, "--run-folder", str(broken)], signal.SIGKILL, moment),
        (goes_on, signal.SIGTERM, 0),
        (goes_on, 0, 0),
    )
    assert ended == [0, -9, 0, 0], moment
    (expected, end), (found, same_end) = story(whole), story(broken)
    assert found == expected and len(found) == 61, moment
    told, told_again = ({**event.summary, "peak_memory": 0} for event in (end, same_end))
    assert told == told_again and end.state == "done"
    last, last_again = (read_events(folder / "events.jsonl") for folder in (whole, broken))
    assert [event.text for event in last if event.kind == "text"][-1] == [
        event.text for event in last_again if event.kind == "text"
    ][-1]
