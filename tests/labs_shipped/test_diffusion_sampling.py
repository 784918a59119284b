"""Schedules, churn, Fréchet distances, guidance, autoencoder and latents of the diffusion lab, against closed forms."""

import math
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cs229tui import labkit
from cs229tui.folders import shipped
from cs229tui.labkit.lab_file import load_spec
from cs229tui.labs.events import read_events
from shipped_lab import loaded

FOLDER = shipped("labs/diffusion")
PARTS = ("samplers", "ideal", "frechet", "design_space", "denoiser", "vae", "latent", "toy")


@pytest.fixture(scope="module")
def lab() -> Any:
    """What is in the lab's files, under one roof."""
    loaded(FOLDER)
    parts = [sys.modules[name] for name in PARTS]
    return SimpleNamespace(**{name: thing for part in parts for name, thing in vars(part).items()})


@pytest.mark.parametrize("name", ["EDM", "VP", "VE"])
def test_derivatives_of_the_schedules_are_those_of_autograd(lab: Any, name: str) -> None:
    c = lab.SCHEDULES[name]
    for time in (0.01, 0.3, 0.9):
        for value, derivative in ((c.sigma, c.d_sigma), (c.s, c.d_s)):
            t = lab.torch.tensor(time).double().requires_grad_()
            (by_autograd,) = lab.torch.autograd.grad(value(t) + 0 * t, t)
            assert float(derivative(t.detach())) == pytest.approx(float(by_autograd), rel=1e-12)


def test_vp_is_the_sde_with_its_beta(lab: Any) -> None:
    """dx = -b(t) x / 2 dt + sqrt(b(t)) dw, b = 0.1 + 19.9 t: mean and variance of x follow their own equations."""
    mean, variance, n = 1.0, 0.0, 20_000
    for i in range(n):
        b = 0.1 + 19.9 * (i + 0.5) / n
        mean, variance = mean * (1 - b / (2 * n)), variance + (1 - variance) * b / n
    t = lab.torch.tensor(1.0).double()
    assert float(lab.VP.s(t)) == pytest.approx(mean, rel=1e-2)
    assert float((lab.VP.s(t) * lab.VP.sigma(t)) ** 2) == pytest.approx(variance, rel=1e-4)
    half = lab.torch.tensor(0.2).double()
    assert float(lab.VP.s(half) ** 2 * (1 + lab.VP.sigma(half) ** 2)) == pytest.approx(1.0)  # variance is preserved


@pytest.mark.parametrize("name", ["EDM", "VP", "VE"])
def test_every_schedule_goes_from_the_same_noise_to_the_same_end(lab: Any, name: str) -> None:
    """The path of a Gaussian is known, and no schedule changes where it ends."""
    c = lab.SCHEDULES[name]
    times = c.steps(400)
    assert times[-1] == 0 and bool((times.diff() < 0).all())
    assert float(c.sigma(times[0])) == pytest.approx(80.0) and float(c.sigma(times[-2])) == pytest.approx(0.002)
    mean, spread = lab.torch.tensor([[0.5, -1.0]]).double(), 0.7
    x = mean + 80 * lab.torch.randn(8, 2).double()
    end = mean + (x - mean) * spread / math.sqrt(80.0**2 + spread**2)
    made = lab.heun(lab.ideal(mean, spread), c.s(times[0]) * x, times, c)
    assert float((made - end).norm(dim=1).max()) < 0.02


def test_churn_raises_the_noise_to_what_it_says(lab: Any) -> None:
    x, up = lab.churned(3.0 * lab.torch.randn(400_000).double(), lab.torch.tensor(3.0).double(), 0.4)
    assert float(up) == pytest.approx(4.2)
    assert float(x.std()) == pytest.approx(4.2, rel=0.01)


def test_churn_keeps_the_distribution(lab: Any) -> None:
    """With the exact denoiser of a Gaussian algorithm 2 ends at that Gaussian's width, as the ODE does."""
    denoiser, x = lab.ideal(lab.torch.zeros(1, 1).double(), 0.5), 80 * lab.torch.randn(20_000, 1).double()
    made = lab.stochastic(denoiser, x, lab.edm_steps(100), 20.0)
    assert float(made.std()) == pytest.approx(0.5, rel=0.03)
    assert float(lab.torch.corrcoef(lab.torch.cat([x, made], 1).T)[0, 1]) < 0.7  # and the noise of before is forgotten


def test_without_churn_algorithm_2_is_algorithm_1(lab: Any) -> None:
    denoiser, x = lab.ideal(lab.torch.randn(3, 2).double(), 0.2), 80 * lab.torch.randn(5, 2).double()
    steps = lab.edm_steps(12)
    assert lab.torch.allclose(lab.stochastic(denoiser, x, steps, 0.0), lab.heun(denoiser, x, steps))
    outside = lab.stochastic(denoiser, x, steps, 9.0, between=(100.0, 200.0), second=False)
    assert lab.torch.allclose(outside, lab.euler(denoiser, x, steps))


def test_a_straight_path_has_no_curvature_and_a_bent_one_has_its_own(lab: Any) -> None:
    times = lab.torch.linspace(1, 0, 2001).double()
    t = times[:, None, None]
    still = lab.torch.ones(2001, 1, 1).double()
    assert lab.curvature(3 * t, 3 * still, times) == pytest.approx(0.0)
    assert lab.curvature(t**2, 2 * t, times) == pytest.approx(2.0)  # the velocity goes from 2 to 0, its mean is 1
    assert lab.curvature(7 * t**2, 14 * t / 5, 5 * times) == pytest.approx(2.0)  # in other units too


def test_frechet_distances_of_gaussians_that_are_known(lab: Any) -> None:
    torch = lab.torch
    one, zero = torch.eye(4).double(), torch.zeros(4).double()
    assert lab.frechet(zero, one, zero, one) == pytest.approx(0.0, abs=1e-12)
    assert lab.frechet(zero, one, zero + 3, one) == pytest.approx(36.0)
    a, b = torch.tensor([1.0, 4.0, 9.0, 0.0]).double(), torch.tensor([4.0, 4.0, 1.0, 1.0]).double()
    assert lab.frechet(zero, a.diag(), zero, b.diag()) == pytest.approx(float((a.sqrt() - b.sqrt()).square().sum()))
    turned = torch.linalg.qr(torch.randn(4, 4).double())[0]
    both = [turned @ x.diag() @ turned.T for x in (a, b)]
    assert lab.frechet(zero, both[0], zero, both[1]) == pytest.approx(6.0)
    p, q = (x @ x.T + 0.1 * one for x in torch.randn(2, 4, 4).double())
    values, vectors = torch.linalg.eig(p @ q)  # the root of a matrix that is not symmetric, directly
    root = (vectors @ values.sqrt().diag() @ torch.linalg.inv(vectors)).real.trace()
    assert lab.frechet(zero, p, zero, q) == pytest.approx(float(p.trace() + q.trace() - 2 * root))
    assert lab.frechet(zero, q, zero, p) == pytest.approx(lab.frechet(zero, p, zero, q))


def test_guidance_is_that_of_ho_and_salimans(lab: Any) -> None:
    torch = lab.torch

    def denoiser(x: Any, sigma: Any, classes: Any) -> Any:
        return torch.zeros_like(x) if classes is None else x + classes.view(-1, 1)

    x, classes = torch.randn(3, 2), torch.arange(3)
    for w in (0.0, 1.0, 4.0):
        made = lab.guided(SimpleNamespace(D=denoiser), classes, w)(x, torch.tensor(1.0))
        assert torch.allclose(made, (1 + w) * (x + classes.view(-1, 1)))


def test_the_elbo_is_that_of_quadrature(lab: Any) -> None:
    """In one dimension, with a linear decoder: the expectation over q, and the divergence, by their integrals."""
    torch = lab.torch
    mu, log_variance, x, a, log_eta = 0.3, math.log(0.4), 0.8, 1.7, math.log(0.6)
    z = torch.linspace(-12, 12, 200_001).double()
    log_q = -((z - mu) ** 2) / (2 * 0.4) - 0.5 * math.log(2 * math.pi * 0.4)
    log_p = -(z**2) / 2 - 0.5 * math.log(2 * math.pi)
    wanted = float(torch.trapezoid(log_q.exp() * (log_q - log_p), z))
    told = lab.divergence(torch.tensor([[mu]]).double(), torch.tensor([[log_variance]]).double())
    assert float(told) == pytest.approx(wanted, rel=1e-6)
    fits = lab.log_likelihood(torch.full((len(z), 1), x).double(), a * z[:, None], torch.tensor(log_eta).double())
    by_quadrature = float(torch.trapezoid(log_q.exp() * fits, z))
    in_closed_form = -((x - a * mu) ** 2 + a**2 * 0.4) / (2 * 0.36) - log_eta - math.log(2 * math.pi) / 2
    assert by_quadrature == pytest.approx(in_closed_form, rel=1e-6)
    # And no q does better than log p(x), which the posterior reaches.
    variance = a**2 + 0.36
    log_p_x = -(x**2) / (2 * variance) - 0.5 * math.log(2 * math.pi * variance)
    assert by_quadrature - wanted < log_p_x


def test_the_flops_of_a_sample_are_those_of_its_layers(lab: Any) -> None:
    torch = lab.torch

    class One(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv = torch.nn.Conv2d(1, 1, 3, padding=1)

        def forward(self, x: Any, c_noise: Any, classes: Any, mirrored: Any = None) -> Any:
            return self.conv(x)

    shape = lab.Shape("unet", 1, 8, 3, 16, 1)
    assert lab.flops(lab.Trained(One(), shape, 0.5, "", ()), 18) == 18 * 2 * 9 * 64


def test_the_classifier_is_kept_and_the_same_again(lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CS229TUI_HOME", str(tmp_path))
    torch = lab.torch
    classes = torch.arange(1200) % 2
    images = (torch.rand(1200, 1, 12, 12) * 100 + 120 * classes.view(-1, 1, 1, 1)).to(torch.uint8)
    examples = lab.Examples("two", ("dark", "light"), images[:1000], classes[:1000], images[1000:], classes[1000:])
    told: list[float] = []
    first = lab.judge(examples, "cpu", lambda at, of: told.append(at), epochs=2)
    assert first.accuracy > 0.95 and told
    told.clear()
    again = lab.judge(examples, "cpu", lambda at, of: told.append(at), epochs=2)
    assert not told
    real = images[1000:].float() / 127.5 - 1
    assert again.distance(real) == first.distance(real)
    for kept in tmp_path.rglob("classifier-*"):
        kept.write_bytes(b"torn")
    assert lab.judge(examples, "cpu", lambda at, of: None, epochs=2).distance(real) == pytest.approx(
        first.distance(real)
    )
    assert first.distance(real.flip(0)) == pytest.approx(first.distance(real)) and first.distance(-real) > 1


FEW = ("--train-steps=8", "--vae-steps=8", "--judged=10", "--width=16", "--threads=1")


def claims(folder: Path) -> dict[str, float | None]:
    """What a run measured for each of its claims; None for a claim that it did not come to."""
    events = read_events(folder / "events.jsonl")
    return {one.id: one.measured for one in events if one.kind == "claim" and one.verdict != "not tested"}


def small_world(lab: Any) -> tuple[Any, Any]:
    """A network for images of 8 x 8 in two classes, with weights that nobody trained, and such images."""
    torch = lab.torch
    torch.manual_seed(1)
    classes = torch.arange(600) % 2
    images = (torch.rand(600, 1, 8, 8) * 100 + 120 * classes.view(-1, 1, 1, 1)).to(torch.uint8)
    examples = lab.Examples("two", ("dark", "light"), images[:500], classes[:500], images[500:], classes[500:])
    shape = lab.Shape("unet", 1, 8, 2, 16, 1)
    net = lab.built(shape).eval().requires_grad_(False)
    for weight in net.parameters():
        weight += 0.03 * torch.randn(weight.shape)
    return lab.Trained(net, shape, 0.5, "two", examples.classes), examples


@pytest.mark.parametrize(
    ("variant", "module", "called", "times"),
    [
        ("samplers", "design_space", "made", 5),
        ("guidance", "design_space", "made", 2),
        ("latent", "latent", "learn", 3),
        ("latent", "latent", "losses", 5),
        ("toy", "toy", "curvature", 2),
    ],
)
def test_a_variant_that_was_stopped_ends_where_it_would_have(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variant: str, module: str, called: str, times: int
) -> None:
    """Stopped while it is `called` for so many a time, it measures for every claim what an unbroken run does."""
    trained, examples = small_world(lab)

    def run(folder: Path, *words: str) -> dict[str, float | None]:
        with labkit.start(FOLDER / "main.py", [f"--run-folder={folder}", *words]) as run:
            lab.toy(run) if variant == "toy" else getattr(lab, variant)(run, trained, examples)
        return claims(folder)

    words = [f"--preset={variant}", *FEW, "--shape=eight"]
    unbroken = run(tmp_path / "unbroken", *words)
    assert set(unbroken) == {claim.id for claim in load_spec(FOLDER).claims if variant in claim.presets}
    whole, calls = getattr(sys.modules[module], called), 0

    def interrupted(*told: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == times:
            signal.raise_signal(signal.SIGTERM)
        return whole(*told, **named)

    monkeypatch.setattr(sys.modules[module], called, interrupted)
    assert run(tmp_path / "broken", *words) == {}
    assert calls == times
    assert run(tmp_path / "broken", "--continue") == unbroken


def test_guidance_trains_a_network_where_none_is_given(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, (_, examples) = loaded(FOLDER), small_world(lab)
    monkeypatch.setattr(lab.Examples, "of", lambda found, device: examples)
    monkeypatch.setattr(main.data, "images", lambda *asked: None)
    network = tmp_path / "run" / "artefacts" / "network.safetensors"
    words = ["main.py", "--preset=guidance", *FEW]
    monkeypatch.setattr(sys, "argv", [*words, f"--run-folder={tmp_path / 'run'}"])
    main.main()
    assert set(claims(tmp_path / "run")) >= {one.id for one in load_spec(FOLDER).claims if "guidance" in one.presets}
    assert any(str(network) in one.text for one in read_events(tmp_path / "run" / "events.jsonl") if one.kind == "note")
    monkeypatch.setattr(sys, "argv", [*words, f"--run-folder={tmp_path / 'again'}", f"--network={network}"])
    monkeypatch.setattr(main, "train", None)  # what it says is true: nothing is trained the next time
    main.main()
    assert claims(tmp_path / "again").items() <= claims(tmp_path / "run").items()


def test_the_jackknife_of_a_mean_is_its_standard_error(lab: Any) -> None:
    x = lab.torch.randn(1000, dtype=lab.torch.float64)
    found = lab.jackknife(lambda kept: float(x[kept].mean()), 1000, parts=1000)
    assert found == pytest.approx(float(x.std()) / math.sqrt(1000))
    in_tenths = lab.jackknife(lambda kept: float(x[kept].mean()), 1000)
    assert in_tenths == pytest.approx(float(x.view(10, 100).mean(1).std()) / math.sqrt(10))


def test_a_network_of_other_images_is_refused(tmp_path: Path, lab: Any) -> None:
    shape = lab.Shape("unet", 1, 28, 3, 16, 1)
    path = tmp_path / "network.safetensors"
    lab.write_network(path, lab.Trained(lab.built(shape), shape, 0.5, "others", ("a", "b", "c")))
    words = [*FEW, "--data=shapes", "--preset=samplers", f"--network={path}", f"--run-folder={tmp_path / 'run'}"]
    done = subprocess.run([sys.executable, str(FOLDER / "main.py"), *words], capture_output=True, text=True)
    assert done.returncode != 0 and "trained on others" in done.stdout + done.stderr
