"""The transformer lab: its parts against what they must be, its claims against what breaks them, a short run."""

import math
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cs229tui.course.load import load
from cs229tui.folders import shipped
from cs229tui.labkit.lab_file import load_spec
from cs229tui.labs.events import read_events
from shipped_lab import loaded

FOLDER = shipped("labs/transformer")
TEXT = "".join(f"{count} green bottles hanging on the wall, and if one should fall,\n" for count in range(400))


@pytest.fixture(scope="module")
def lab() -> Any:
    module = loaded(FOLDER)
    module.transformer, module.muon, module.ngram = (sys.modules[name] for name in ("transformer", "muon", "ngram"))
    return module


def model_of(lab: Any, **changed: Any) -> Any:
    """A small model whose layers all say something."""
    model = lab.Transformer(**{"vocabulary": 11, "N": 2, "d_model": 16, "h": 2, "n": 24, "zero_init": False, **changed})
    return model.eval()


def tokens(lab: Any, *shape: int) -> Any:
    return lab.torch.randint(11, shape)


def test_its_readings_are_in_the_course() -> None:
    spec = load_spec(FOLDER)
    ids = {reading.id for reading in load(shipped("data/course.toml")).readings}
    assert {*spec.readings, *(claim.reading for claim in spec.claims)} <= ids
    assert list(spec.presets) == ["quick", "standard", "full"]
    assert all("quick" in claim.presets for claim in spec.claims)


def test_the_code_stays_short_enough_to_read() -> None:
    assert len((FOLDER / "main.py").read_text("utf-8").splitlines()) <= 400
    assert all(
        len(file.read_text("utf-8").splitlines()) <= 250 for file in FOLDER.glob("*.py") if file.name != "main.py"
    )


def test_logits_have_the_shape_of_the_bytes(lab: Any) -> None:
    model, x = model_of(lab), tokens(lab, 3, 24)
    assert model(x).shape == (3, 24, 11)
    assert lab.torch.equal(model(x, last=5), model(x)[:, -5:])
    assert model(x[:, :7]).shape == (3, 7, 11), "a shorter text than the context is fine"


def test_at_the_start_every_byte_is_equally_likely(lab: Any) -> None:
    x = tokens(lab, 2, 24)
    assert lab.cross_entropy(model_of(lab, zero_init=True)(x), x).item() == pytest.approx(math.log(11), abs=1e-5)
    assert abs(lab.cross_entropy(model_of(lab)(x), x).item() - math.log(11)) > 0.01


def test_no_later_token_moves_an_earlier_logit(lab: Any) -> None:
    text = tokens(lab, 200)
    assert lab.leak(model_of(lab), text, 24, 11) == 0.0
    assert lab.leak(model_of(lab, causal=False), text, 24, 11) > 1e-3


def test_every_earlier_token_moves_the_last_logit(lab: Any) -> None:
    model, x = model_of(lab), tokens(lab, 1, 24)
    for place in range(24):
        changed = x.clone()
        changed[0, place] = (changed[0, place] + 1) % 11
        assert not lab.torch.equal(model(x, last=1), model(changed, last=1)), place


def test_rotation_keeps_lengths_and_tells_distances_only(lab: Any) -> None:
    model = model_of(lab, n=64)
    q, k = lab.torch.randn(2, 1, 8)
    turned_q, turned_k = (lab.transformer.rotated(x.expand(64, 8), model.cos, model.sin) for x in (q, k))
    lab.torch.testing.assert_close(turned_q.norm(dim=-1), q.norm().expand(64))
    products = turned_q @ turned_k.T
    for distance in (0, 1, 17):
        along = products.diagonal(distance)
        lab.torch.testing.assert_close(along, along[:1].expand_as(along), atol=1e-4, rtol=1e-4)
    assert products.diagonal(17)[0] != pytest.approx(products.diagonal(0)[0].item(), abs=1e-3)


def test_without_positions_the_order_of_what_was_seen_is_lost(lab: Any) -> None:
    x = tokens(lab, 1, 24)
    mixed = lab.torch.cat([x[:, :-1].flip(1), x[:, -1:]], dim=1)
    for rope, same in ((False, True), (True, False)):
        model = lab.Transformer(11, 1, 16, 2, 24, rope=rope, zero_init=False).eval()
        assert lab.torch.allclose(model(x, last=1), model(mixed, last=1), atol=1e-5) == same


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 8, 32), (2, 32, 8)])
def test_orthogonalising_brings_singular_values_near_one(lab: Any, shape: tuple[int, ...]) -> None:
    values = lab.torch.linalg.svdvals(lab.muon.orthogonalised(lab.torch.randn(shape)))
    assert values.min() > 0.3 and values.max() < 1.3


def test_the_schedule_rises_stays_and_falls_to_nothing(lab: Any) -> None:
    rates = [lab.schedule(step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.05) and rates[19] == rates[50] == 1.0 and rates[99] == pytest.approx(0.02)


def test_windows_are_the_text_and_the_text_one_later(lab: Any) -> None:
    text = lab.torch.arange(40, dtype=lab.torch.uint8)
    x, y = lab.batch(text, 200, 8)
    assert x.shape == y.shape == (200, 8)
    assert lab.torch.equal(x + 1, y) and (x[:, 1:] == x[:, :-1] + 1).all()
    assert x.min() == 0 and y.max() == 39, "every token can be drawn"


def test_tokens_are_indices_into_the_bytes_that_occur(lab: Any) -> None:
    indices, vocabulary = lab.tokens_of("héa\n".encode())
    assert vocabulary == bytes(sorted("héa\n".encode()))
    assert bytes(vocabulary[index] for index in indices) == "héa\n".encode()


def test_held_out_text_is_scored_once_with_half_a_window_before_it(lab: Any) -> None:
    model, text = model_of(lab), tokens(lab, 200).to(lab.torch.uint8)
    bits, scored = lab.held_out_bits(model, text, 100, 24)
    assert scored == 96  # the 100 bytes in whole half windows
    costs = []
    for place in range(100, 196):
        first = place - 13 - (place - 100) % 12  # half a window and one
        logits = model(text[first:place].long()[None], last=1)[0, -1]
        costs.append(lab.F.cross_entropy(logits, text[place].long()).item() / math.log(2))
    assert bits == pytest.approx(sum(costs) / len(costs), abs=1e-4)


def test_the_ngram_model_is_witten_and_bells(lab: Any) -> None:
    text, held_out = b"abracadabra", b"abc"

    def p(byte: int, history: bytes) -> float:
        shorter = 1 / 5 if not history else p(byte, history[1:])
        if len(history) == 0:
            followers = Counter(text)
        else:
            followers = Counter(
                text[at + len(history)]
                for at in range(len(text) - len(history))
                if text[at : at + len(history)] == history
            )
        total, kinds = sum(followers.values()), len(followers)
        return shorter if not total else (followers[byte] + kinds * shorter) / (total + kinds)

    both, vocabulary = lab.tokens_of(text + held_out)
    assert vocabulary == b"abcdr"
    joined = text + held_out
    costs = [-math.log2(p(joined[at], joined[at - 2 : at])) for at in range(len(text), len(joined))]
    found = lab.ngram_bits(both[: len(text)], both[len(text) :], 3, 5)
    assert found == pytest.approx(sum(costs) / 3, abs=1e-9)
    # By hand, order 1: a 5, b 2, c 1, d 1, r 2 of 11, five kinds: p(a) = (5 + 5/5) / 16, p(b) = 3/16, p(c) = 2/16.
    by_hand = -(math.log2(6 / 16) + math.log2(3 / 16) + math.log2(2 / 16)) / 3
    assert lab.ngram_bits(both[: len(text)], both[len(text) :], 1, 5) == pytest.approx(by_hand, abs=1e-9)


def test_one_batch_is_learned_by_heart_and_not_without_a_learning_rate(lab: Any) -> None:
    x = tokens(lab, 4, 16)
    model = lab.Transformer(11, 1, 16, 2, 16)
    before = lab.cross_entropy(model(x), x).item()
    assert lab.overfitted(model, x, x, steps=60) < 0.2 < before


def test_adam_alone_trains_too(lab: Any) -> None:
    model, x = lab.Transformer(11, 1, 16, 2, 16), tokens(lab, 4, 16)
    optimiser = lab.Optimiser(model, lr=0.01, muon_lr=0.0)
    for _ in range(30):
        loss = lab.cross_entropy(model(x), x)
        loss.backward()
        optimiser.step(1.0)
    assert not optimiser.groups and loss.item() < 1.5
    assert all(W.grad is None for W in model.parameters())


def test_without_muon_it_is_adam_as_torch_has_it(lab: Any) -> None:
    torch, x = lab.torch, tokens(lab, 4, 16)
    ours, theirs = model_of(lab, n=16), model_of(lab, n=16)
    theirs.load_state_dict(ours.state_dict())
    optimiser = lab.Optimiser(ours, lr=0.01, muon_lr=0.0)
    adam = torch.optim.Adam(theirs.parameters(), lr=0.01, betas=(0.9, 0.95))
    for _ in range(5):
        lab.cross_entropy(ours(x), x).backward()
        optimiser.step(1.0)
        adam.zero_grad()
        lab.cross_entropy(theirs(x), x).backward()
        adam.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-4)


def test_what_a_layer_looks_at_is_what_its_attention_adds_up(lab: Any) -> None:
    model, x = model_of(lab), lab.torch.randn(2, 24, 16)
    attention = model.layers[0].attention
    weights = attention.weights(x, model.cos, model.sin)
    assert weights.shape == (2, 2, 24, 24)
    lab.torch.testing.assert_close(weights.sum(-1), lab.torch.ones(2, 2, 24))
    assert weights.triu(1).abs().max() == 0, "nothing later is looked at"
    _, _, values = attention.parts(x, model.cos, model.sin)
    added = attention.W_O((weights @ values).transpose(1, 2).flatten(2))
    lab.torch.testing.assert_close(added, attention(x, model.cos, model.sin), atol=1e-5, rtol=1e-4)


def test_a_look_at_a_line_leaves_the_model_as_it_was(lab: Any) -> None:
    model, line = model_of(lab).train(), tokens(lab, 25)
    maps, losses = lab.look(model, line)
    assert [shown.shape for shown in maps] == [(24, 24), (24, 24)] and losses.shape == (24,)
    expected = lab.cross_entropy(model(line[None, :-1]), line[None, 1:])
    assert losses.mean().item() == pytest.approx(expected.item(), abs=1e-5)
    assert model.training and not any(layer.attention._forward_hooks for layer in model.layers)


def run(tmp_path: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], list[Any]]:
    text = tmp_path / "bottles.txt"
    text.write_text(TEXT, "utf-8")
    folder = tmp_path / "run"
    small = {"layers": 1, "width": 16, "heads": 2, "context": 16, "batch": 4, "steps": 25, "sample": 8, "ngram": 3}
    tiny = [f"--{name}={value}" for name, value in small.items()]
    done = subprocess.run(
        [
            sys.executable,
            str(FOLDER / "main.py"),
            "--run-folder",
            str(folder),
            "--file",
            str(text),
            "--device",
            "cpu",
            *tiny,
            *arguments,
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    return done, read_events(folder / "events.jsonl")


def test_a_short_run_leaves_curves_samples_and_verdicts(tmp_path: Path) -> None:
    done, found = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    metrics = [event for event in found if event.kind == "metric"]
    losses = [event.values["loss"] for event in metrics if "loss" in event.values]
    assert len(losses) == 25 and losses[-1] < losses[0]
    assert len({event.values["ngram"] for event in metrics if "ngram" in event.values}) == 1
    assert [event.step for event in found if event.kind == "text"] == [5, 10, 15, 20, 25]
    assert any("bottles.txt" in event.text for event in found if event.kind == "note")
    shown = [(event.step, event.name) for event in found if event.kind == "heatmap"]
    assert shown == [(step, "attention of layer 1") for step in (5, 10, 15, 20, 25)]
    histograms = [event for event in found if event.kind == "histogram"]
    assert len(histograms) == 5 and all(sum(event.counts) == 16 for event in histograms)
    assert "loss" in metrics[0].values and "ngram" not in metrics[0].values, "no step waits for the n-gram model"
    verdicts = {event.id: event for event in found if event.kind == "claim"}
    assert verdicts.keys() == {claim.id for claim in load_spec(FOLDER).claims}
    assert verdicts["starts-uniform"].verdict == "confirmed"
    assert verdicts["mask-leaks-nothing"].verdict == "confirmed"
    assert verdicts["beats-ngram"].verdict == "not confirmed", "25 steps are not enough"
    end = found[-1]
    assert end.state == "done" and end.summary["text"] == "bottles.txt" and end.summary["held_out"] > 0


def test_claims_fail_where_they_should(tmp_path: Path) -> None:
    _, found = run(tmp_path, "--causal", "off", "--zero-init", "off")
    verdicts = {event.id: event.verdict for event in found if event.kind == "claim"}
    assert verdicts["mask-leaks-nothing"] == "not confirmed"
    assert verdicts["starts-uniform"] == "not confirmed"


def test_a_text_that_is_too_short_is_a_clear_error(tmp_path: Path) -> None:
    done, found = run(tmp_path, "--data-limit", "1000", "--context", "100")
    assert done.returncode == 1 and "too short" in done.stderr and "Traceback" not in done.stderr
    assert found[-1].state == "failed"


def test_a_width_that_heads_cannot_share_is_a_clear_error(tmp_path: Path) -> None:
    done, _ = run(tmp_path, "--heads", "3")
    assert done.returncode == 2 and "heads" in done.stderr and "Traceback" not in done.stderr
