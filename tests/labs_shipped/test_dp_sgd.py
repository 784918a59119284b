"""The DP-SGD lab: its sums against one gradient an example, its features, short runs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import until
from cs229tui.course.load import load
from cs229tui.errors import UsageError
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


# Layers by name and arguments, with the shape of what an example puts in; each is followed by a linear layer.
LAYERS: list[tuple[str, tuple[int, ...], dict[str, Any], tuple[int, ...]]] = [
    ("Conv2d", (1, 4, 8), {"stride": 2, "padding": 3}, (1, 14, 14)),
    ("Conv2d", (3, 5, 3), {"padding": 1}, (3, 6, 5)),
    ("Conv2d", (3, 5, 3), {"dilation": 2, "bias": False}, (3, 8, 8)),
    ("Conv2d", (2, 3, (2, 4)), {"stride": (3, 1)}, (2, 9, 7)),
    ("Conv2d", (2, 3, 3), {"padding": (2, 0), "dilation": (1, 2)}, (2, 6, 9)),
    ("Conv2d", (2, 3, 5), {"padding": "same"}, (2, 5, 5)),
    ("Conv2d", (2, 3, 3), {"padding": 1, "padding_mode": "circular"}, (2, 5, 5)),
    ("Conv2d", (6, 4, 1), {}, (6, 4, 4)),
    ("Conv2d", (2, 4, 5), {}, (2, 5, 5)),  # one position
    ("Conv2d", (64, 40, 3), {}, (64, 4, 4)),  # few positions, large kernels
    ("Conv2d", (64, 300, 1), {}, (64, 10, 10)),  # many positions
    ("Linear", (7, 3), {}, (7,)),
    ("Linear", (7, 3), {"bias": False}, (5, 7)),
    ("Linear", (150, 140), {}, (4, 150)),
    ("Linear", (150, 140), {}, (100, 150)),
    ("Linear", (4, 3), {}, (2, 3, 4)),
    ("LayerNorm", (6,), {}, (6,)),
    ("LayerNorm", ((4, 6),), {}, (3, 4, 6)),
    ("LayerNorm", (6,), {"bias": False}, (4, 6)),
    ("Embedding", (5, 6), {}, (9,)),
    ("Embedding", (5, 6), {"padding_idx": 2}, (3, 4)),
    ("Embedding", (5, 6), {}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "sizes", "options", "shape"), LAYERS, ids=str)
def test_each_layers_sum_is_that_of_one_gradient_an_example(
    lab: Any, kind: str, sizes: tuple[int, ...], options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    torch, nn = lab.torch, lab.nn
    layer = getattr(nn, kind)(*sizes, **options)
    x = torch.randint(5, (11, *shape)) if kind == "Embedding" else torch.randn(11, *shape).double()
    y = torch.randint(3, (11,))
    model = nn.Sequential(layer.double(), nn.Flatten(), nn.Tanh())
    model.append(nn.Linear(model(x).size(1), 3).double())
    norms = lab.clipped_sum(model, x, y, 1.0, part=11)
    for bound in (float(norms.median()), 1e6):
        assert lab.difference_from_vmap(model, x, y, bound) < 1e-12


def test_lots_are_looked_at_in_parts_of_any_size(lab: Any) -> None:
    x, y = lab.torch.randn(20, 1, 28, 28), lab.torch.randint(10, (20,))
    model, found = lab.network(), []
    for part in (20, 7, 1):
        norms = lab.clipped_sum(model, x, y, 0.5, part=part)
        found.append(lab.torch.cat([norms, *(W.grad.flatten() for W in model.parameters())]))
    assert all(lab.torch.allclose(one, found[0], rtol=1e-4, atol=1e-6) for one in found[1:])


def test_what_is_frozen_is_neither_counted_nor_moved(lab: Any) -> None:
    torch, model = lab.torch, lab.network()
    for frozen in [*model[0].parameters(), model[3].weight, model[7].bias]:
        frozen.requires_grad_(False)
    x, y = torch.randn(9, 1, 28, 28), torch.randint(10, (9,))
    norms = lab.clipped_sum(model, x, y, 1e6)
    lab.add_noise(model, 0.0, 1.0, 1)
    found = [None if W.grad is None else W.grad.clone() for W in model.parameters()]
    assert [one is None for one in found] == [not W.requires_grad for W in model.parameters()]
    trained = [W for W in model.parameters() if W.requires_grad]
    losses = lab.F.cross_entropy(model(x), y, reduction="none")
    each = [torch.cat([G.flatten() for G in torch.autograd.grad(one, trained, retain_graph=True)]) for one in losses]
    assert torch.allclose(norms, torch.stack(each).norm(dim=1), rtol=1e-4)
    assert torch.allclose(torch.cat([G.flatten() for G in found if G is not None]), sum(each), rtol=1e-3, atol=1e-5)


def test_empty_lots_and_gradients_of_zero_leave_zeros(lab: Any) -> None:
    torch, model = lab.torch, lab.network()
    assert lab.clipped_sum(model, torch.zeros(0, 1, 28, 28), torch.zeros(0, dtype=torch.int64), 0.1).shape == (0,)
    assert all(W.grad.shape == W.shape and not W.grad.any() for W in model.parameters())
    flat = lab.nn.Linear(4, 3, bias=False)
    assert lab.clipped_sum(flat, torch.zeros(5, 4), torch.zeros(5, dtype=torch.int64), 0.1).tolist() == [0.0] * 5
    assert not flat.weight.grad.any(), "C / 0 is no reason for anything"


def test_a_lot_of_one_is_cut_to_the_bound(lab: Any) -> None:
    torch, model = lab.torch, lab.network()
    (norm,) = lab.clipped_sum(model, torch.randn(1, 1, 28, 28), torch.tensor([3]), 0.2)
    whole = torch.cat([W.grad.flatten() for W in model.parameters()])
    assert norm > 0.2 and float(whole.norm()) == pytest.approx(0.2, rel=1e-5)


def test_a_gradient_that_is_no_number_is_reported(lab: Any) -> None:
    x = lab.torch.randn(4, 1, 28, 28)
    x[2, 0, 5, 5] = lab.torch.nan
    with pytest.raises(UsageError, match="not finite"):
        lab.clipped_sum(lab.network(), x, lab.torch.randint(10, (4,)), 0.1)


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


def test_a_model_whose_examples_have_no_gradient_of_their_own_is_refused(lab: Any) -> None:
    nn, torch = lab.nn, lab.torch

    def refused(*layers: Any) -> str:
        with pytest.raises(TypeError) as told:
            lab.clipped_sum(nn.Sequential(*layers), torch.randn(8, 10), torch.randint(10, (8,)), 1.0)
        return str(told.value)

    layer, tied = nn.Linear(10, 10), nn.Linear(10, 10)
    tied.weight = layer.weight
    assert "BatchNorm1d" in refused(nn.BatchNorm1d(10), layer)
    assert "BatchNorm1d" in refused(nn.BatchNorm1d(10, affine=False), layer), "it mixes examples all the same"
    assert "Conv2d" in refused(nn.Conv2d(4, 4, 1, groups=2), layer)
    assert "Bilinear" in refused(nn.Bilinear(5, 5, 10))
    assert "WeightNorm" in refused(torch.nn.utils.parametrizations.weight_norm(nn.Linear(10, 10)))
    assert "twice" in refused(layer, layer)
    assert "twice" in refused(layer, tied)
    assert "in place" in refused(layer, nn.ReLU(inplace=True), nn.Linear(10, 10))
    assert "first dimension" in refused(
        nn.Unflatten(1, (2, 5)), nn.Flatten(0, 1), nn.Linear(5, 5), nn.Unflatten(0, (8, 2)), nn.Flatten()
    )


def test_the_average_forgets_at_the_rate_it_is_given(lab: Any) -> None:
    torch, model = lab.torch, lab.nn.Linear(1, 1, bias=False)
    average = lab.copy.deepcopy(model)
    wanted = average.weight.item()
    for step, value in enumerate((1.0, 2.0, -3.0, 5.0)):
        torch.nn.init.constant_(model.weight, value)
        lab.move(average, model, step, 0.3)
        decay = (0.1, 2 / 11, 0.25, 0.3)[step]
        wanted = decay * wanted + (1 - decay) * value
    assert average.weight.item() == pytest.approx(wanted, rel=1e-6)
    lab.move(average, model, 100, 0.0)
    assert average.weight.item() == 5.0, "no memory: the last weights"


def test_secure_lots_do_not_follow_from_the_seed(lab: Any) -> None:
    lots = []
    for secure in (False, False, True, True):
        lab.torch.manual_seed(3)
        lots.append(lab.poisson(60_000, 0.01, "cpu", secure).tolist())
    assert lots[0] == lots[1] and lots[2] != lots[3]
    assert all(abs(len(lot) - 600) < 6 * 600**0.5 for lot in lots)


@pytest.mark.parametrize("secure", [False, True])
def test_the_noise_is_normal(lab: Any, secure: bool) -> None:
    z = sys.modules["algorithm_1"].noise_like(lab.torch.zeros(200, 1000), secure).double()
    assert abs(float(z.mean())) < 0.01 and float(z.std()) == pytest.approx(1.0, abs=0.01)
    assert float((z**4).mean()) == pytest.approx(3.0, abs=0.1) and z.abs().max() > 4


@pytest.mark.parametrize(
    "words",
    [
        ["--epochs=0.1", "--data=shapes", "--lot=50", "--examples=500"],
        ["--preset=features", "--data=shapes", "--epochs=1", "--lot=50", "--examples=200"],
        ["--preset=subgroup", "--data=shapes", "--epochs=0.1", "--lot=50", "--examples=500", "--few=20"],
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


def test_a_training_that_was_stopped_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    few = ["--preset=subgroup", "--data=shapes", "--epochs=4", "--lot=50", "--examples=500", "--few=20", "--sigma=2"]
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"

    def run(folder: Path, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(FOLDER / "main.py"), f"--run-folder={folder}", *words]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)

    def ended(folder: Path) -> list[Any]:
        return [(one.state, one.summary) for one in read_events(folder / "events.jsonl") if one.kind == "end"]

    assert run(unbroken, "--threads=1", *few).wait() == 0
    stopped = run(broken, "--threads=1", *few)
    until(lambda: any(one.kind == "metric" for one in read_events(broken / "events.jsonl")) or stopped.poll() == 0)
    stopped.terminate()
    stopped.wait()
    assert run(broken, "--continue").wait() == 0
    (whole,), (half, rest) = ended(unbroken), ended(broken)
    assert half[0] == "stopped" and rest == whole, "to the last bit"
