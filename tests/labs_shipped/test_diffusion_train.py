"""The diffusion lab's training: scalings and loss against their formulas, networks, average, going on, the file."""

import copy
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench import until
from cs229tui.errors import UsageError
from cs229tui.folders import shipped
from cs229tui.labkit.lab_file import load_spec
from cs229tui.labs.events import read_events
from shipped_lab import loaded

FOLDER = shipped("labs/diffusion")
TINY = ["--data=shapes", "--batch=8", "--width=16", "--train-steps=12", "--judged=0", "--threads=1"]
NETS = (("unet", 1, 28, 2), ("unet", 3, 32, 2), ("unet", 4, 7, 1), ("dit", 1, 28, 4), ("dit", 3, 32, 4))


@pytest.fixture(scope="module")
def lab() -> Any:
    """What is in the lab's files, under one roof."""
    main = loaded(FOLDER)
    parts = (main, *(sys.modules[name] for name in ("drawing", "samplers", "denoiser", "unet", "dit")))
    return SimpleNamespace(**{name: thing for part in parts for name, thing in vars(part).items()})


def network(lab: Any, kind: str = "unet", channels: int = 1, size: int = 28, patch: int = 2) -> Any:
    lab.torch.manual_seed(0)
    return lab.built(lab.Shape(kind, channels, size, 10, width=16, layers=1, patch=patch, heads=2))


def stirred(net: Any, torch: Any) -> Any:
    """The network with its zeros replaced, as they are after some training."""
    with torch.no_grad():
        for weights in net.parameters():
            weights.add_(0.1 * torch.randn_like(weights))
    return net


def test_the_scalings_are_table_1s(lab: Any) -> None:
    sigma, s = lab.torch.tensor([0.002, 0.3, 80.0]).double(), 0.6
    for sig, *made in zip(sigma.tolist(), *lab.scalings(sigma, s), strict=True):
        wanted = [
            s**2 / (sig**2 + s**2),
            sig * s / math.sqrt(s**2 + sig**2),
            1 / math.sqrt(sig**2 + s**2),
            math.log(sig) / 4,
        ]
        assert [float(one) for one in made] == pytest.approx(wanted, rel=1e-12)


def test_the_weight_undoes_what_the_scaling_does(lab: Any) -> None:
    sigma = lab.torch.logspace(-3, 2, 40, dtype=lab.torch.float64)
    _, c_out, _, _ = lab.scalings(sigma, 0.5)
    assert lab.torch.allclose(lab.weight(sigma, 0.5) * c_out**2, lab.torch.ones_like(sigma), rtol=1e-12)


def test_input_and_target_have_variance_one(lab: Any) -> None:
    """Equations 114 to 126 of the paper's appendix: c_in² (s² + σ²) = 1, and (1 - c_skip)² s² + c_skip² σ² = c_out²."""
    sigma, s = lab.torch.logspace(-3, 2, 40, dtype=lab.torch.float64), 0.7
    c_skip, c_out, c_in, _ = lab.scalings(sigma, s)
    one = lab.torch.ones_like(sigma)
    assert lab.torch.allclose(c_in**2 * (s**2 + sigma**2), one)
    assert lab.torch.allclose(((1 - c_skip) ** 2 * s**2 + c_skip**2 * sigma**2) / c_out**2, one)


def test_the_loss_is_equation_8_written_out(lab: Any) -> None:
    """λ ‖D - y‖² is ‖F(c_in x) - (y - c_skip x) / c_out‖², image by image."""
    torch, s = lab.torch, 0.6
    net = stirred(network(lab), torch).eval().requires_grad_(False)
    y, noise = torch.randn(5, 1, 28, 28), torch.randn(5, 1, 28, 28)
    sigma, classes = torch.tensor([0.01, 0.1, 0.5, 3.0, 50.0]), torch.tensor([0, 3, 9, 10, 2])
    made = lab.losses(lab.preconditioned(net, s, 10), y, sigma, noise, classes, sigma_data=s)
    for i in range(5):
        sig = float(sigma[i])
        x = y[i : i + 1] + sig * noise[i : i + 1]
        out = net(x / math.sqrt(sig**2 + s**2), torch.tensor([math.log(sig) / 4]), classes[i : i + 1])
        target = (y[i] - s**2 / (s**2 + sig**2) * x) / (sig * s / math.sqrt(s**2 + sig**2))
        assert float(made[i]) == pytest.approx(float((out - target).square().mean()), rel=2e-3)


def test_noise_levels_have_the_papers_distribution(lab: Any) -> None:
    draws = lab.torch.Generator().manual_seed(0)
    logs = lab.noise_levels(20_000, draws).log()
    assert float(logs.mean()) == pytest.approx(-1.2, abs=0.005) and float(logs.std()) == pytest.approx(1.2, abs=0.01)
    few = lab.noise_levels(64, draws).log()
    within = (lab.torch.special.ndtr((few + 1.2) / 1.2) * 64).long()
    assert within.tolist() == list(range(64))


def test_the_average_counts_step_t_as_t_to_the_gamma(lab: Any) -> None:
    """The weight of step i after T steps is Π of what was kept, near (γ + 1) i^γ / T^(γ + 1)."""
    torch, gamma, steps = lab.torch, 3.0, 200
    net = torch.nn.Linear(1, 1, bias=False)
    average = lab.Average(copy.deepcopy(net).requires_grad_(False), gamma)
    values = torch.randn(steps).tolist()
    for value in values:
        net.weight.data.fill_(value)
        average.update(net)
    shares = [
        (1 - (1 - 1 / i) ** (gamma + 1)) * math.prod((1 - 1 / t) ** (gamma + 1) for t in range(i + 1, steps + 1))
        for i in range(1, steps + 1)
    ]
    assert sum(shares) == pytest.approx(1.0)
    assert shares[149] == pytest.approx((gamma + 1) * 150**gamma / steps ** (gamma + 1), rel=0.02)
    assert average.F.weight.item() == pytest.approx(sum(a * b for a, b in zip(shares, values, strict=True)), abs=1e-5)


def test_the_best_linear_denoiser_is_that_of_a_gaussian(lab: Any) -> None:
    torch = lab.torch
    y = torch.randn(4000, 1, 2, 2).double() * torch.tensor([[0.2, 1.0], [0.5, 2.0]]) + 0.7
    denoise = lab.linear(y)
    x, sigma = torch.randn(50, 1, 2, 2).double(), torch.tensor(0.5).double()
    variances = y.var(0, keepdim=True)
    wanted = y.mean(0) + variances / (variances + 0.25) * (x - y.mean(0))
    assert float((denoise(x, sigma) - wanted).abs().max()) < 0.1  # but for chance correlations
    best = (denoise(y + 0.5 * torch.randn_like(y), sigma) - y).square().mean()
    assert float(best) == pytest.approx(float((variances * 0.25 / (variances + 0.25)).mean()), rel=0.05)


@pytest.mark.parametrize(("kind", "channels", "size", "patch"), NETS)
def test_a_network_begins_at_zero_and_keeps_the_shape(
    lab: Any, kind: str, channels: int, size: int, patch: int
) -> None:
    net, torch = network(lab, kind, channels, size, patch), lab.torch
    x = torch.randn(3, channels, size, size)
    condition = (torch.tensor([-1.0, 0.0, 1.0]), torch.tensor([0, 9, 10]))
    assert net(x, *condition).shape == x.shape and float(net(x, *condition).detach().abs().max()) == 0.0
    changed = stirred(net, torch)(x, *condition, torch.tensor([True, False, True]))
    assert changed.shape == x.shape and float(changed.detach().std()) > 0
    assert net.condition.kind.num_embeddings == 11


def test_a_layer_of_the_transformer_begins_as_the_identity(lab: Any) -> None:
    torch = lab.torch
    layer, x = sys.modules["dit"].Layer(16, 2), torch.randn(2, 9, 16)
    assert torch.equal(layer(x, torch.randn(2, 16)), x)


@pytest.mark.parametrize("kind", ["unet", "dit"])
def test_class_noise_level_and_mirror_are_used(lab: Any, kind: str) -> None:
    torch, net = lab.torch, stirred(network(lab, kind, patch=4), lab.torch).eval()
    x, c, k = torch.randn(1, 1, 28, 28), torch.tensor([0.1]), torch.tensor([3])
    usual = net(x, c, k)
    assert not torch.allclose(usual, net(x, c, torch.tensor([4])))
    assert not torch.allclose(usual, net(x, torch.tensor([0.5]), k))
    assert not torch.allclose(usual, net(x, c, k, torch.tensor([True])))
    assert torch.allclose(usual, net(x, c, k, torch.tensor([False])))


@pytest.mark.parametrize("kind", ["unet", "dit"])
def test_what_becomes_of_an_image_depends_on_no_other(lab: Any, kind: str) -> None:
    torch, net = lab.torch, stirred(network(lab, kind, patch=4), lab.torch).eval()
    x, c, k = torch.randn(4, 1, 28, 28), torch.randn(4), torch.tensor([0, 1, 2, 10])
    assert torch.allclose(net(x, c, k)[2:], net(x[2:], c[2:], k[2:]), atol=1e-5)


def test_a_denoiser_keeps_the_samplers_precision(lab: Any) -> None:
    torch = lab.torch
    denoise = lab.preconditioned(stirred(network(lab), torch).eval(), 0.5, 10)
    x = torch.randn(2, 1, 28, 28).double()
    with torch.no_grad():
        assert denoise(x, torch.tensor(0.3).double()).dtype == torch.float64
        assert torch.equal(denoise(x, torch.tensor(0.3)), denoise(x, torch.full((2,), 0.3), torch.tensor([10, 10])))
        made = lab.multistep(lambda x, sigma: denoise(x, sigma, torch.tensor([1, 2])), 80 * x, lab.geometric_steps(5))
    assert made.shape == x.shape and bool(made.isfinite().all())


@pytest.mark.parametrize(("kind", "channels", "size", "patch"), NETS)
def test_a_network_comes_back_from_its_file(
    lab: Any, tmp_path: Path, kind: str, channels: int, size: int, patch: int
) -> None:
    net, torch = stirred(network(lab, kind, channels, size, patch), lab.torch), lab.torch
    shape = lab.Shape(kind, channels, size, 10, width=16, layers=1, patch=patch, heads=2)
    lab.write_network(tmp_path / "n.safetensors", lab.Trained(net, shape, 0.7, "shapes", tuple("abcdefghij")))
    back = lab.load_network(tmp_path / "n.safetensors")
    assert (back.shape, back.sigma_data, back.images, back.classes[2]) == (shape, 0.7, "shapes", "c")
    x, k = torch.randn(2, channels, size, size), torch.tensor([1, 2])
    with torch.no_grad():
        assert torch.equal(back.D(x, torch.tensor(0.4), k), lab.preconditioned(net, 0.7, 10)(x, torch.tensor(0.4), k))


def test_a_file_that_holds_no_network_is_refused(lab: Any, tmp_path: Path) -> None:
    (tmp_path / "no.safetensors").write_bytes(b"12345678")
    for path in (tmp_path / "no.safetensors", tmp_path / "missing.safetensors"):
        with pytest.raises(UsageError, match=re.escape(path.name)):
            lab.load_network(path)


def test_examples_in_colour_have_their_channels_first(lab: Any) -> None:
    torch = lab.torch
    colour = torch.randint(256, (6, 32, 32, 3), dtype=torch.uint8)
    found = SimpleNamespace(
        name="made up", classes=("a", "b"), train=colour, test=colour[:2],
        train_classes=torch.arange(6) % 2, test_classes=torch.arange(2),
    )  # fmt: skip
    examples = lab.Examples.of(found, "cpu")
    assert examples.train.shape == (6, 3, 32, 32) and examples.train[4, 2, 7, 9] == colour[4, 7, 9, 2]
    assert float(lab.pixels(examples.train).max()) <= 1.0
    drawn = lab.sheet(lab.pixels(examples.train).view(2, 3, 3, 32, 32))
    assert drawn.shape == (66, 99, 3)
    assert torch.allclose(drawn[0, 0] * 255, colour[0, 0, 0].float(), atol=1e-3)


def lab_process(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(FOLDER / "main.py"), f"--run-folder={folder}", *words]
    with folder.with_suffix(".log").open("w") as told:
        return subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT, cwd=folder.parent)


def told(folder: Path) -> str:
    """What the run said, after each `lab_process`."""
    return folder.with_suffix(".log").read_text("utf-8")


@pytest.mark.parametrize("words", [[], ["--net=dit", "--patch=7", "--heads=2", "--mirror=yes"]])
def test_a_short_training_runs_to_its_verdicts(lab: Any, tmp_path: Path, words: list[str]) -> None:
    assert lab_process(tmp_path / "run", "--preset=train", *TINY, *words).wait() == 0, told(tmp_path / "run")
    events = read_events(tmp_path / "run" / "events.jsonl")
    tested = {event.id for event in events if event.kind == "claim" and event.verdict != "not tested"}
    judged = {"classes-are-seen", "near-the-real"}
    assert tested == {claim.id for claim in load_spec(FOLDER).claims if "train" in claim.presets} - judged
    assert any(event.kind == "image" for event in events)
    network = lab.load_network(tmp_path / "run" / "artefacts" / "network.safetensors")
    assert network.shape.net == ("dit" if words else "unet") and len(network.classes) == 10


def test_a_training_that_was_stopped_ends_where_it_would_have(lab: Any, tmp_path: Path) -> None:
    def weights(folder: Path) -> Any:
        return lab.load_network(folder / "artefacts" / "network.safetensors").F.state_dict()

    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    words = ["--preset=train", *TINY, "--train-steps=60"]
    assert lab_process(unbroken, *words).wait() == 0
    stopped = lab_process(broken, *words)
    until(lambda: any(one.kind == "metric" for one in read_events(broken / "events.jsonl")) or stopped.poll() == 0)
    stopped.terminate()
    stopped.wait()
    assert lab_process(broken, "--continue").wait() == 0
    there, here = weights(unbroken), weights(broken)
    assert all(lab.torch.equal(there[name], here[name]) for name in there)


def test_samples_are_judged_class_by_class(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A critic that sees the class that was asked for in every other sample."""
    torch, told = lab.torch, {}
    seen = torch.tensor([0, 7, 0, 1] * 5)  # asked for: 0, 1, 0, 1

    def judge(*_: Any) -> Any:
        return SimpleNamespace(seen=lambda x: (x, seen), distance=lambda x: float(len(x)), accuracy=1.0)

    images = torch.zeros(4, 1, 28, 28, dtype=torch.uint8)
    examples = lab.Examples("made up", ("a", "b"), images, torch.zeros(4).long(), images, torch.zeros(4).long())
    run = SimpleNamespace(
        parameters=SimpleNamespace(judged=10, train_steps=1), device="cpu", seed=1, summary={},
        claim=told.__setitem__, note=lambda text: None, text=lambda *text: None, progress=lambda *at, **unit: None,
    )  # fmt: skip
    net = stirred(network(lab), torch).eval().requires_grad_(False)
    monkeypatch.setitem(lab.judged.__wrapped__.__globals__, "judge", judge)
    lab.judged(run, lab.Trained(net, lab.Shape("unet", 1, 28, 2, 16, 1), 0.5, "made up", ("a", "b")), examples)
    assert float(told["classes-are-seen"]) == pytest.approx(0.75)
    assert told["near-the-real"] == 20.0


def test_images_that_no_patch_divides_are_refused_before_anything_is_trained(tmp_path: Path) -> None:
    assert lab_process(tmp_path / "run", "--preset=train", *TINY, "--patch=3").wait() != 0
    assert "patches of 3" in told(tmp_path / "run")
    assert json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))["preset"] == "train"
