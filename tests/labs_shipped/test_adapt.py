"""Adapting a model: LoRA, prompts and read-outs against what they must be, what stays frozen, a run that goes on."""

import copy
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import until
from cs229tui.course.load import load
from cs229tui.folders import shipped
from cs229tui.labkit.lab_file import load_spec
from cs229tui.labs.events import read_events
from shipped_lab import loaded

FOLDER = shipped("labs/transformer")
V, N, D = 11, 2, 16
SMALL = [
    "--preset=adapt", "--task=python", "--layers=1", "--width=16", "--heads=2", "--context=32", "--soft=4", "--batch=4",
    "--few=8", "--many=16", "--few-steps=6", "--many-steps=6", "--tune-batch=4", "--draws=3", "--many-draws=2",
    "--steps=8",
]  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Any:
    module = loaded(FOLDER)
    module.lora = sys.modules["lora"]
    return module


def model_of(lab: Any, **changed: Any) -> Any:
    """A small model whose layers all say something."""
    shape = {"vocabulary": V, "N": N, "d_model": D, "h": 2, "n": 24, "zero_init": False, **changed}
    return lab.Transformer(**shape).eval()


def moved(lab: Any, model: Any) -> Any:
    """The adapted model after a few steps on eight texts, with its head."""
    x, y = lab.torch.randint(V, (8, 12)), lab.torch.tensor([0, 1] * 4)
    draws = lab.torch.Generator().manual_seed(1)
    assert lab.lora.tuned(model, x, y, 0.05, 8, 4, draws, lambda step, loss: True)
    return model


def test_the_files_stay_short_enough_to_read() -> None:
    for name in ("lora.py", "adapt.py"):
        assert len((FOLDER / name).read_text("utf-8").splitlines()) <= 250


def test_its_readings_are_in_the_course() -> None:
    ids = {reading.id for reading in load(shipped("data/course.toml")).readings}
    assert {claim.reading for claim in load_spec(FOLDER).claims if "adapt" in claim.presets} <= ids


def test_low_rank_is_what_the_paper_writes_and_can_be_merged(lab: Any) -> None:
    torch = lab.torch
    base, x = lab.torch.nn.Linear(6, 5, bias=False), torch.randn(3, 7, 6)
    layer = lab.lora.LowRank(base, r=2, alpha=8)
    assert torch.equal(layer(x), base(x)), "B is 0"
    torch.nn.init.normal_(layer.B.weight)
    whole = base.weight + 8 / 2 * layer.B.weight @ layer.A.weight
    torch.testing.assert_close(layer(x), x @ whole.T)
    torch.testing.assert_close(layer.merged()(x), layer(x))
    assert torch.linalg.matrix_rank(layer.merged().weight - base.weight) == 2
    layer(x).sum().backward()
    assert base.weight.grad is None and layer.A.weight.grad is not None and layer.B.weight.grad is not None


@pytest.mark.parametrize("positions", ["rope", "learned", "none"])
def test_lora_starts_as_the_model_bit_for_bit(lab: Any, positions: str) -> None:
    base, x = model_of(lab, positions=positions), lab.torch.randint(V, (4, 20))
    plain, lora = (lab.lora.Classifier(base, 2, method) for method in ("readout", "lora"))
    assert lab.torch.equal(plain.features(x), lora.features(x))
    after = moved(lab, lora)
    assert not lab.torch.allclose(plain.features(x), after.features(x), atol=1e-3)
    for layer in after.model.layers:  # merged, it is a model as before
        for part in (layer, layer.attention):
            for name, child in list(part.named_children()):
                if isinstance(child, lab.lora.LowRank):
                    setattr(part, name, child.merged())
    unmerged = after.features(x)
    assert not any(isinstance(part, lab.lora.LowRank) for part in after.modules())
    lab.torch.testing.assert_close(after.features(x), unmerged)


@pytest.mark.parametrize("method", ["lora", "prompt", "readout", "full"])
def test_what_is_frozen_stays_and_what_is_trained_is_counted(lab: Any, method: str) -> None:
    base = model_of(lab)
    before = copy.deepcopy(base.state_dict())
    model = moved(lab, lab.lora.Classifier(base, 2, method, r=3, k=5))
    head = 2 * D + 2
    own = {"lora": N * 18 * D * 3, "prompt": 5 * D, "readout": 0, "full": V * D + 12 * N * D * D}
    assert sum(W.numel() for W in model.trained) == own[method] + head
    assert all(lab.torch.equal(W, before[name]) for name, W in base.state_dict().items()), "it was a copy"
    assert (sys.modules["adapt"].farthest(model, base) == 0) == (method != "full")


def test_a_prompt_stands_before_the_text_and_moves_its_positions(lab: Any) -> None:
    torch = lab.torch
    for positions in ("rope", "learned"):
        base, x = model_of(lab, positions=positions), torch.randint(V, (3, 10))
        model = lab.lora.Classifier(base, 2, "prompt", k=4)
        words = torch.tensor([3, 1, 4, 1])
        with torch.no_grad():  # vectors that are words: then the prompt can be written out
            model.model.embedding.vectors.weight.copy_(base.embedding.weight[words])
        states = copy.deepcopy(base)
        states.unembedding = torch.nn.Identity()
        written_out = states(torch.cat([words.expand(3, 4), x], dim=1))[:, 4:].mean(1)
        torch.testing.assert_close(model.features(x), written_out)


def test_what_is_padded_changes_nothing(lab: Any) -> None:
    for method in ("readout", "prompt"):
        model = lab.lora.Classifier(model_of(lab), 2, method, k=3)
        x = lab.torch.randint(V, (4, 9))
        behind = lab.torch.cat([x, lab.torch.full((4, 6), -1)], dim=1)
        lab.torch.testing.assert_close(model.features(behind), model.features(x))


def test_texts_become_tokens(lab: Any) -> None:
    assert lab.lora.padded([b"ab?a", b"", b"b"], b" ab", 3).tolist() == [[1, 2, 0], [-1, -1, -1], [2, -1, -1]]


def test_the_read_out_is_logistic_regression(lab: Any) -> None:
    torch = lab.torch
    x, y = torch.randn(60, 3), torch.randint(2, (60,))
    weight, bias = lab.lora.read_out(x, y, 2, decay=0.1)
    # Two classes: the softmax is a sigmoid of the difference; Newton's method, from the definition.
    rows = torch.cat([x, torch.ones(60, 1)], dim=1).double()
    decay = torch.diag(torch.tensor([0.05, 0.05, 0.05, 0.0]).double())  # w = W_1 - W_0, and ‖W‖² = ‖w‖² / 2
    w = torch.zeros(4).double()
    for _ in range(30):
        p = torch.sigmoid(rows @ w)
        gradient = rows.T @ (p - y) / 60 + decay @ w
        w -= torch.linalg.solve((rows * (p * (1 - p))[:, None]).T @ rows / 60 + decay + 1e-9 * torch.eye(4), gradient)
    torch.testing.assert_close(
        torch.cat([weight[1] - weight[0], (bias[1] - bias[0])[None]]).double(), w, atol=2e-3, rtol=2e-3
    )


def test_the_gap_is_in_standard_errors(lab: Any) -> None:
    a, b = lab.torch.tensor([3.0, 5.0, 7.0]), lab.torch.tensor([1.0, 2.0, 3.0])
    assert sys.modules["adapt"].gap(a, b) == pytest.approx(3 / (1 / math.sqrt(3)))
    assert sys.modules["adapt"].gap(b, a) < -2


def events_of(folder: Path) -> list[Any]:
    return list(read_events(folder / "events.jsonl"))


def process(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(FOLDER / "main.py"), f"--run-folder={folder}", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder.parent)


def test_a_run_that_was_stopped_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    assert process(unbroken, "--threads=1", *SMALL).wait() == 0
    stopped = process(broken, "--threads=1", *SMALL)
    until(
        lambda: any("full_8" in one.values for one in events_of(broken) if one.kind == "metric") or stopped.poll() == 0
    )
    stopped.terminate()
    stopped.wait()
    assert process(broken, "--continue").wait() == 0
    events = events_of(unbroken)
    whole = next((one.state, one.summary) for one in events if one.kind == "end")
    half, rest = [(one.state, one.summary) for one in events_of(broken) if one.kind == "end"]
    assert half[0] == "stopped" and whole[0] == "done" and rest == whole, "to the last bit"

    tested = {one.id for one in events if one.kind == "claim" and one.verdict != "not tested"}
    assert tested == {claim.id for claim in load_spec(FOLDER).claims if "adapt" in claim.presets}
    exact = {one.id: one.measured for one in events if one.kind == "claim"}
    assert exact["lora-starts-as-the-model"] == exact["frozen-stays"] == 0
    table = next(one.text for one in events if one.kind == "text")
    assert "lora" in table and "random" in table and max(map(len, table.splitlines())) <= 35, "as wide as a panel"
    assert [one.name for one in events if one.kind == "heatmap"] == ["accuracy on unseen texts (%)"]


def test_a_prompt_that_fills_the_context_is_a_clear_error(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "main.py"), f"--run-folder={tmp_path / 'run'}", *SMALL, "--soft=32"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2 and "context" in done.stderr and "Traceback" not in done.stderr
