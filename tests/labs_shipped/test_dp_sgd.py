"""The DP-SGD lab: its sums against one gradient an example, its features, short runs."""

import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cs229tui.course.load import load
from cs229tui.folders import shipped
from cs229tui.labkit.lab_file import load_spec
from cs229tui.labs.events import read_events
from shipped_lab import loaded

FOLDER = shipped("labs/dp_sgd")


@pytest.fixture(scope="module")
def lab() -> Any:
    return loaded(FOLDER)


def test_its_readings_are_in_the_course() -> None:
    spec = load_spec(FOLDER)
    ids = {reading.id for reading in load(shipped("data/course.toml")).readings}
    assert {*spec.readings, *(claim.reading for claim in spec.claims)} <= ids
    assert "quick" in spec.presets and all(claim.presets for claim in spec.claims)


def test_the_code_stays_short_enough_to_read() -> None:
    assert len((FOLDER / "main.py").read_text("utf-8").splitlines()) <= 400


def test_the_clipped_sum_is_that_of_one_gradient_an_example(lab: Any) -> None:
    x, y = lab.torch.randn(48, 1, 28, 28), lab.torch.randint(10, (48,))
    assert lab.difference_from_vmap(lab.network(), x, y, 0.5) < 1e-5
    assert lab.difference_from_vmap(lab.network(), x, y, 1e6) < 1e-5, "a bound that clips nothing"


def test_words_and_normalisation_layers_have_rules_too(lab: Any) -> None:
    nn = lab.nn

    class Words(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.table, self.norm = nn.Embedding(7, 12), nn.LayerNorm(12)
            self.inner, self.outer = nn.Linear(12, 12), nn.Linear(12, 5)

        def forward(self, i: Any) -> Any:
            return self.outer(self.inner(self.norm(self.table(i))).tanh().sum(1))

    x, y = lab.torch.randint(7, (33, 9)), lab.torch.randint(5, (33,))
    assert lab.difference_from_vmap(Words(), x, y, 0.3) < 1e-5


def test_no_example_moves_the_sum_by_more_than_the_bound(lab: Any) -> None:
    model, x, y = lab.network(), lab.torch.randn(20, 1, 28, 28), lab.torch.randint(10, (20,))
    norms = lab.clipped_sum(model, x, y, 0.2)
    whole = lab.torch.cat([W.grad.flatten() for W in model.parameters()])
    for left_out in range(3):
        kept = lab.torch.arange(20) != left_out
        lab.clipped_sum(model, x[kept], y[kept], 0.2)
        rest = lab.torch.cat([W.grad.flatten() for W in model.parameters()])
        assert (whole - rest).norm() <= 0.2 + 1e-5
    assert norms.min() > 0.2, "all of them were clipped"


def test_the_features_know_what_a_scattering_transform_must(lab: Any) -> None:
    torch = lab.torch
    flat = lab.scattering(torch.full((1, 1, 28, 28), 0.7))
    assert flat.shape == (1, 81, 7, 7)
    assert torch.allclose(flat[0, 0], torch.tensor(0.7)), "the average of one grey is that grey"
    assert flat[0, 1:].abs().max() < 1e-5, "where nothing changes no wavelet answers"
    # Stripes: the fine wavelet along the change answers most, and the same one wherever the stripes begin.
    stripes = torch.cos(0.75 * torch.pi * torch.arange(30.0)).expand(28, 30)
    ways = torch.stack([stripes[:, at : at + 28] for at in (0, 1)])[:, None]
    across, down = lab.scattering(ways), lab.scattering(ways.mT)
    assert across[0, 1:17, 3, 3].argmax() == 0 and down[0, 1:17, 3, 3].argmax() == 4
    assert torch.allclose(across[0, 1:9, 1:6, 1:6], across[1, 1:9, 1:6, 1:6], atol=0.02)


def test_a_layer_that_mixes_examples_is_refused(lab: Any) -> None:
    model = lab.nn.Sequential(lab.nn.Flatten(), lab.nn.BatchNorm1d(784), lab.nn.Linear(784, 10))
    with pytest.raises(TypeError, match="BatchNorm1d"):
        lab.clipped_sum(model, lab.torch.randn(8, 1, 28, 28), lab.torch.randint(10, (8,)), 1.0)


def test_a_layer_that_is_passed_twice_is_refused(lab: Any) -> None:
    layer = lab.nn.Linear(10, 10)
    with pytest.raises(TypeError, match="twice"):
        lab.clipped_sum(lab.nn.Sequential(layer, layer), lab.torch.randn(8, 10), lab.torch.randint(10, (8,)), 1.0)


@pytest.mark.parametrize("secure", [False, True])
def test_the_noise_is_normal(lab: Any, secure: bool) -> None:
    z = sys.modules["algorithm_1"].noise_like(lab.torch.zeros(200, 1000), secure).double()
    assert abs(float(z.mean())) < 0.01 and float(z.std()) == pytest.approx(1.0, abs=0.01)
    assert float((z**4).mean()) == pytest.approx(3.0, abs=0.1) and z.abs().max() > 4


def test_the_bound_that_guesses_prove(lab: Any) -> None:
    assert lab.audit.least_epsilon(400, 200) == pytest.approx(0.0, abs=1e-6), "guessing proves nothing"
    # All of 400 right has probability p^400 = 0.05 at p = e^ε / (1 + e^ε) = 0.9925.
    assert lab.audit.least_epsilon(400, 400) == pytest.approx(
        math.log(0.05 ** (1 / 400) / (1 - 0.05 ** (1 / 400))), abs=1e-3
    )


def test_the_audit_tells_a_sound_run_from_a_broken_one(lab: Any) -> None:
    run = SimpleNamespace(
        parameters=SimpleNamespace(clip=1.0, secure=False),
        steps=range, log=lambda *_, **__: None, histogram=lambda *_: None,
    )  # fmt: skip
    sound = lab.audit.least_epsilon(*lab.audit.guessed_right(run, 1.287, 0.05, 200, 4000))
    broken = lab.audit.least_epsilon(*lab.audit.guessed_right(run, 1.287 / 8, 0.05, 200, 4000))
    assert 0.3 < sound < 3.0 < broken


@pytest.mark.parametrize(
    "words",
    [
        ["--epochs=0.1", "--data=shapes", "--lot=50", "--examples=500"],
        ["--preset=mechanisms"],
        ["--preset=features", "--data=shapes", "--epochs=1", "--lot=50", "--examples=200"],
        ["--preset=subgroup", "--data=shapes", "--epochs=0.1", "--lot=50", "--examples=500", "--few=20"],
        ["--preset=audit"],
    ],
)
def test_each_preset_runs_to_its_verdicts(tmp_path: Path, words: list[str]) -> None:
    command = [sys.executable, str(FOLDER / "main.py"), f"--run-folder={tmp_path / 'run'}", "--threads=1", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    events = read_events(tmp_path / "run" / "events.jsonl")
    preset = next((word.partition("=")[2] for word in words if word.startswith("--preset")), "quick")
    tested = {event.id for event in events if event.kind == "claim" and event.verdict != "not tested"}
    assert tested == {claim.id for claim in load_spec(FOLDER).claims if preset in claim.presets}
