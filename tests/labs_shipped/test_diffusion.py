"""The diffusion lab: its denoiser and samplers against closed forms, short runs of each preset."""

import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench import until
from cs229tui.course.load import load
from cs229tui.folders import shipped
from cs229tui.labkit.lab_file import load_spec
from cs229tui.labs.events import read_events
from shipped_lab import loaded

FOLDER = shipped("labs/diffusion")


@pytest.fixture(scope="module")
def lab() -> Any:
    """What is in the lab's files, under one roof."""
    loaded(FOLDER)
    parts = (sys.modules[name] for name in ("drawing", "samplers", "ideal"))
    return SimpleNamespace(**{name: thing for part in parts for name, thing in vars(part).items()})


def test_its_readings_are_in_the_course() -> None:
    spec = load_spec(FOLDER)
    ids = {reading.id for reading in load(shipped("data/course.toml")).readings}
    assert {*spec.readings, *(claim.reading for claim in spec.claims)} <= ids
    assert "quick" in spec.presets and all(claim.presets for claim in spec.claims)


def test_the_code_stays_short_enough_to_read() -> None:
    assert len((FOLDER / "main.py").read_text("utf-8").splitlines()) <= 400
    assert all(len(path.read_text("utf-8").splitlines()) <= 250 for path in FOLDER.glob("*.py") if path.stem != "main")


def test_the_denoiser_of_one_image_is_that_of_a_gaussian(lab: Any) -> None:
    y, x = lab.torch.randn(1, 5).double(), lab.torch.randn(4, 5).double()
    denoiser = lab.ideal(y, 0.5)
    for sigma in (0.1, 1.0, 30.0):
        wanted = (0.25 * x + sigma**2 * y) / (0.25 + sigma**2)
        assert lab.torch.allclose(denoiser(x, lab.torch.tensor(sigma).double()), wanted)


def test_the_denoiser_is_the_mean_of_what_may_have_been(lab: Any) -> None:
    """Tweedie: D(x; s) = x + s^2 times the gradient of log p(x; s), here by autograd."""
    y, sigma = lab.torch.randn(6, 3).double(), lab.torch.tensor(0.8).double()
    x = lab.torch.randn(4, 3).double().requires_grad_()
    log_p = lab.torch.logsumexp(-((x[:, None] - y) ** 2).sum(-1) / (2 * (sigma**2 + 0.01)), 1)
    (score,) = lab.torch.autograd.grad(log_p.sum(), x)
    assert lab.torch.allclose(lab.ideal(y, 0.1)(x.detach(), sigma), x.detach() + sigma**2 * score)


def test_the_noise_levels_are_the_papers(lab: Any) -> None:
    levels = lab.edm_steps(18).tolist()
    assert len(levels) == 19 and levels == sorted(levels, reverse=True) and levels[-1] == 0
    assert levels[0] == pytest.approx(80.0) and levels[-2] == pytest.approx(0.002)
    assert levels[1] == pytest.approx((80 ** (1 / 7) + (0.002 ** (1 / 7) - 80 ** (1 / 7)) / 17) ** 7)
    ratios = lab.geometric_steps(9)[1:-1] / lab.geometric_steps(9)[:-2]
    assert float(ratios.std()) < 1e-12
    assert float(lab.linear_steps(9)[:-1].diff().std()) < 1e-12


@pytest.mark.parametrize(("sampler", "order"), [("euler", 1), ("heun", 2), ("multistep", 2)])
def test_each_sampler_has_its_order_where_the_path_is_known(lab: Any, sampler: str, order: int) -> None:
    """For one Gaussian the path is x sqrt((s^2 + spread^2) / (80^2 + spread^2)) around its mean."""
    mean, spread = lab.torch.tensor([[0.5, -1.0]]).double(), 0.7
    denoiser, x = lab.ideal(mean, spread), mean + 80 * lab.torch.randn(8, 2).double()
    end = mean + (x - mean) * spread / math.sqrt(80.0**2 + spread**2)
    counts = [32, 64, 128]
    errors = [float((getattr(lab, sampler)(denoiser, x, lab.geometric_steps(n)) - end).norm()) for n in counts]
    assert lab.slope_of(counts, errors) == pytest.approx(-order, abs=0.25)


def test_slopes_of_a_power_law(lab: Any) -> None:
    assert lab.slope_of([10, 20, 40], [1.0, 0.25, 0.0625]) == pytest.approx(-2.0)


def test_images_stand_beside_and_below_each_other(lab: Any) -> None:
    x = lab.torch.stack([lab.torch.full((3, 16), level) for level in (-1.0, 1.0)])
    drawn = lab.strip(x, 4)
    assert drawn.shape == (10, 15)
    assert drawn[0, 0] == 0.0 and drawn[5, 0] == 1.0 and drawn[0, 4] == 0.5


@pytest.mark.parametrize(
    "words",
    [["--data=shapes", "--images=200", "--samples=16", "--longest=36"], ["--preset=likelihood", "--samples=32"]],
)
def test_each_preset_runs_to_its_verdicts(tmp_path: Path, words: list[str]) -> None:
    command = [sys.executable, str(FOLDER / "main.py"), f"--run-folder={tmp_path / 'run'}", "--threads=1", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    events = read_events(tmp_path / "run" / "events.jsonl")
    preset = next((word.partition("=")[2] for word in words if word.startswith("--preset")), "quick")
    tested = {event.id for event in events if event.kind == "claim" and event.verdict != "not tested"}
    assert tested == {claim.id for claim in load_spec(FOLDER).claims if preset in claim.presets}
    if preset == "quick":
        pictures = [tmp_path / "run" / event.file for event in events if event.kind == "image"]
        assert len(pictures) >= 6 and all(path.read_bytes().startswith(b"\x89PNG") for path in pictures)


def test_a_study_that_was_stopped_goes_on_with_what_it_had_measured(tmp_path: Path) -> None:
    """Without the errors of before, the slopes of a continued run would be of other lines."""
    few = ["--data=shapes", "--images=100", "--samples=8", "--longest=36", "--threads=1"]
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"

    def run(folder: Path, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(FOLDER / "main.py"), f"--run-folder={folder}", *words]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)

    def measured(folder: Path) -> dict[str, float | None]:
        return {one.id: one.measured for one in read_events(folder / "events.jsonl") if one.kind == "claim"}

    assert run(unbroken, *few).wait() == 0
    stopped = run(broken, *few)
    until(lambda: any(one.kind == "metric" for one in read_events(broken / "events.jsonl")) or stopped.poll() == 0)
    stopped.terminate()
    stopped.wait()
    assert run(broken, "--continue").wait() == 0
    assert measured(broken) == measured(unbroken)
