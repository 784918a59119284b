"""Two processes that share a batch learn what one learns, survive a death among them, and can be continued by one."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cs229tui.config import Settings
from cs229tui.errors import UsageError
from cs229tui.labkit import distributed
from cs229tui.labs.events import read_events
from cs229tui.labs.launchers import torchrun

LAB = """
title = "Sharing"
lecture = 1
key = "s"
summary = "Shares."
readings = []
[parameters.steps]
type = "int"
default = 24
min = 1
max = 100
help = "steps"
[parameters.trouble]
type = "bool"
default = false
help = "rank 1 dies, later rank 0 is asked to stop"
[presets.quick]
minutes = 1
device = "any"
help = "quick"
"""
MAIN = """
import os, signal
from cs229tui import labkit
from cs229tui.labkit import distributed
import torch
from torch import nn

def network():
    torch.manual_seed(5)
    model = nn.Module()
    model.layers = nn.ModuleList([nn.Linear(6, 7), nn.Linear(7, 1)])
    model.forward = lambda x: model.layers[1](model.layers[0](x).tanh())
    return model

with labkit.start(__file__) as run:
    first = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0"
    data = torch.randn(64, 6)
    copied, cut = network(), distributed.sharded(network())
    fast = distributed.parallel(copied)
    one, two = (torch.optim.AdamW(model.parameters(), lr=0.02, foreach=True) for model in (copied, cut))
    draws = torch.Generator().manual_seed(2)
    run.keep(copied=copied, cut=cut, one=one, two=two, draws=draws)
    for step in run.steps(run.parameters.steps):
        if run.parameters.trouble and distributed.launched():
            if step % 4 == 0:
                run.checkpoint(step)
            if first and run.rank == 1 and step == 9:
                os.kill(os.getpid(), signal.SIGKILL)
            if not first and run.rank == 0 and step == 16:
                os.kill(os.getpid(), signal.SIGTERM)
        x = distributed.mine(data[torch.randint(64, (8,), generator=draws)])
        for name, model, optimiser in (("copied", fast, one), ("cut", cut, two)):
            loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            run.log(step, **{name: distributed.mean(loss)})
        if step == 0:
            run.log(step, luck=torch.rand(()))
            print("luck", torch.rand(()).item(), flush=True)
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    folder = tmp_path / "sharing"
    folder.mkdir()
    (folder / "lab.toml").write_text(LAB, "utf-8")
    (folder / "main.py").write_text(MAIN, "utf-8")
    return folder / "main.py"


def ran(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def curves(folder: Path) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for event in read_events(folder / "events.jsonl"):
        if event.kind == "metric":
            found[event.step] = {**found.get(event.step, {}), **event.values}
    return found


def test_two_processes_learn_what_one_learns_and_go_on_after_one_is_killed(lab: Path, tmp_path: Path) -> None:
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    plain = [sys.executable, "-u", str(lab), "--device", "cpu"]
    assert ran([*plain, "--run-folder", str(alone)]).returncode == 0
    command = torchrun.command(
        [*plain, "--run-folder", str(shared), "--trouble", "on"],
        torchrun.checked({"nproc": "2", "max_restarts": "1"}, Settings()),
    )
    done = ran(command)
    assert done.returncode == 0, done.stderr
    events = read_events(shared / "events.jsonl")
    starts = [event.continued for event in events if event.kind == "start"]
    kept = [event.t for event in events if event.kind == "checkpoint" and event.step == 8]
    assert starts == [None, kept[0]], "torchrun started it again, and it went on from its checkpoint"
    assert [event.state for event in events if event.kind == "end"] == ["stopped"]
    stopped = [event.step for event in events if event.kind == "checkpoint"][-1]
    assert stopped in (17, 18), "all ranks stopped at one step, soon after rank 0 was asked to"
    assert max(curves(shared)) == stopped - 1
    assert "luck" in (shared / "rank-1.log").read_text(), "what another rank prints is kept apart"
    assert ran([*plain[:3], "--run-folder", str(shared), "--continue"]).returncode == 0
    expected, found = curves(alone), curves(shared)
    assert found.keys() == expected.keys()
    for step, values in expected.items():
        for name in ("copied", "cut"):
            assert found[step][name] == pytest.approx(values[name], rel=1e-5), (step, name)
    notes = [event.text for event in read_events(shared / "events.jsonl") if event.kind == "note"]
    assert any("Another of its processes ended" in note and "starts the run again" in note for note in notes)
    assert any("number of processes was 2 and is 1" in note for note in notes)


def test_alone_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    model, batch = object(), [1, 2]
    assert distributed.parallel(model) is model and distributed.sharded(model) is model
    assert distributed.mine(batch) is batch and distributed.mine(batch, model) == (batch, model)
    assert distributed.mean(model) is distributed.whole(model) is distributed.part(model, like=model) is model
    monkeypatch.setenv("RANK", "3")  # some schedulers set it for programs that know nothing of it
    assert (distributed.rank(), distributed.world()) == (0, 1)


def test_a_batch_that_cannot_be_shared_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    for name, value in {"TORCHELASTIC_RUN_ID": "one", "RANK": "1", "WORLD_SIZE": "3"}.items():
        monkeypatch.setenv(name, value)
    assert distributed.mine(torch.arange(6)).tolist() == [2, 3]
    with pytest.raises(UsageError, match="multiple of 3"):
        distributed.mine(torch.arange(7))
