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
    assert {"quick", "char-cpu", "corpus", "standard", "full"} <= spec.presets.keys()
    assert all(claim.presets for claim in spec.claims)


def test_the_code_stays_short_enough_to_read() -> None:
    assert len((FOLDER / "main.py").read_text("utf-8").splitlines()) <= 400
    assert all(
        len(file.read_text("utf-8").splitlines()) <= 260 for file in FOLDER.glob("*.py") if file.name != "main.py"
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
    for positions, same in (("none", True), ("rope", False), ("learned", False)):
        model = lab.Transformer(11, 1, 16, 2, 24, positions=positions, zero_init=False).eval()
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


@pytest.mark.parametrize(("counted", "most_seen"), [(12, 23), (24, 23)])
def test_held_out_text_is_scored_once(lab: Any, counted: int, most_seen: int) -> None:
    model, text = model_of(lab), tokens(lab, 200).to(lab.torch.uint8)
    nats, scored = lab.held_out_loss(model, text, 100, counted)
    assert scored == 96  # the 100 bytes in whole windows
    costs = []
    for place in range(100, 196):  # a window begins (24 - counted) and one before the bytes that count in it
        first = place - (place - 100) % counted - (24 - counted) - 1
        logits = model(text[first:place].long()[None], last=1)[0, -1]
        costs.append(lab.F.cross_entropy(logits, text[place].long()).item())
    assert nats == pytest.approx(sum(costs) / len(costs), abs=1e-4)
    assert model.training, "it goes on learning"
    estimate, fewer = lab.held_out_loss(model, text, 100, counted, most=2)
    assert fewer < scored and estimate == pytest.approx(nats, abs=2)


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
    optimiser = lab.Optimiser(model, lr=0.01, kind="adamw")
    for _ in range(30):
        loss = lab.cross_entropy(model(x), x)
        loss.backward()
        optimiser.step(1.0)
    assert not optimiser.groups and loss.item() < 1.5
    assert all(W.grad is None for W in model.parameters())


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_without_muon_it_is_adamw_as_torch_has_it(lab: Any, decay: float) -> None:
    torch, x = lab.torch, tokens(lab, 4, 16)
    ours, theirs = model_of(lab, n=16), model_of(lab, n=16)
    theirs.load_state_dict(ours.state_dict())
    optimiser = lab.Optimiser(ours, lr=0.01, kind="adamw", decay=decay)
    adam = torch.optim.AdamW(theirs.parameters(), lr=0.01, betas=(0.9, 0.95), weight_decay=decay)
    for _ in range(5):
        lab.cross_entropy(ours(x), x).backward()
        optimiser.step(1.0)
        adam.zero_grad()
        lab.cross_entropy(theirs(x), x).backward()
        adam.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-4)


def test_sgd_is_torchs(lab: Any) -> None:
    torch, x = lab.torch, tokens(lab, 4, 16)
    ours, theirs = model_of(lab, n=16), model_of(lab, n=16)
    theirs.load_state_dict(ours.state_dict())
    optimiser = lab.Optimiser(ours, lr=0.1, kind="sgd", decay=0.01)
    sgd = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9)
    for _ in range(5):
        lab.cross_entropy(ours(x), x).backward()
        optimiser.step(1.0)
        sgd.zero_grad()
        lab.cross_entropy(theirs(x), x).backward()
        with torch.no_grad():
            torch._foreach_mul_(list(theirs.parameters()), 1 - 0.1 * 0.01)
        sgd.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-4)


def test_muon_moves_a_matrix_by_the_nearest_orthogonal_one(lab: Any) -> None:
    torch = lab.torch
    gradient = torch.randn(8, 24)
    left, _, right = torch.linalg.svd(gradient, full_matrices=False)
    found = lab.muon.orthogonalised(gradient[None])[0]
    # The same singular vectors, and singular values near 1: in that basis the matrix is nearly the identity.
    inside = left.mT @ found @ right.mT
    torch.testing.assert_close(inside, torch.diag(inside.diagonal()), atol=1e-4, rtol=0)
    assert inside.diagonal().min() > 0.6 and inside.diagonal().max() < 1.3
    rounded = lab.muon.orthogonalised(gradient[None], bf16=True)[0]
    assert (rounded - found).abs().max() < 0.05, "8 bits are enough"


def test_products_in_bfloat16_are_for_training_only(lab: Any) -> None:
    part, x = lab.Linear(32, 8), lab.torch.randn(4, 32)
    exact = part(x)
    part.bf16 = True
    rounded = part(x)
    assert rounded.dtype == x.dtype and 0 < (rounded - exact).abs().max() < 0.05
    rounded.sum().backward()
    assert part.weight.grad.dtype == x.dtype
    assert lab.torch.equal(part.eval()(x), exact)


def written_out(lab: Any, model: Any, x: Any, window: int) -> Any:
    """The logits of a model with rope or no positions, each position seeing the `window` last ones: by loops."""
    torch, layers = lab.torch, model.layers

    def norm(v: Any) -> Any:
        return (v - v.mean(-1, keepdim=True)) / (v.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt()

    states = norm(model.embedding.weight[x])
    d = states.size(-1)
    h, d_k = layers[0].attention.h, d // layers[0].attention.h
    for layer in layers:
        a, new = layer.attention, torch.zeros_like(states)
        normed = norm(states)
        for head in range(h):
            rows = slice(head * d_k, (head + 1) * d_k)
            queries, keys = (norm(normed @ W.weight[rows].T) for W in (a.W_Q, a.W_K))
            values = normed @ a.W_V.weight[rows].T
            for i in range(len(x)):
                seen = range(max(0, i - window + 1), i + 1)
                logits = []
                for j in seen:
                    total = 0.0
                    for pair in range(d_k // 2):
                        angle = (i - j) * 10000.0 ** (-2 * pair / d_k) if model.rope else 0.0
                        q, k = (torch.complex(v[pair], v[pair + d_k // 2]) for v in (queries[i], keys[j]))
                        total = total + (q * k.conj() * complex(math.cos(angle), math.sin(angle))).real
                    logits.append(total * 11 / d_k)
                weights = torch.stack(logits).softmax(0)
                new[i, rows] = sum(weight * values[j] for weight, j in zip(weights, seen, strict=True))
        states = states + new @ a.W_O.weight.T
        states = states + (norm(states) @ layer.W_1.weight.T).clamp(min=0).square() @ layer.W_2.weight.T
    return norm(states) @ model.unembedding.weight.T


@pytest.mark.parametrize("positions", ["none", "rope"])
def test_the_model_is_what_the_paper_writes_and_its_window_slides(lab: Any, positions: str) -> None:
    torch = lab.torch
    model, x = model_of(lab, positions=positions, n=8), tokens(lab, 14)
    with torch.no_grad():
        torch.testing.assert_close(model(x[None, :8])[0], written_out(lab, model, x[:8], 8), atol=2e-4, rtol=1e-4)
        caches = model.caches()
        logits = [model(x[None, :5], caches=caches)[0]]
        logits += [model(x[None, place : place + 1], caches=caches)[0] for place in range(5, 14)]
        torch.testing.assert_close(torch.cat(logits), written_out(lab, model, x, 8), atol=2e-4, rtol=1e-4)


@pytest.mark.parametrize("normed", [True, False])
@pytest.mark.parametrize("positions", ["none", "learned", "rope"])
def test_cached_logits_are_those_of_the_whole_window(lab: Any, positions: str, normed: bool) -> None:
    model, x = model_of(lab, positions=positions, normed=normed), tokens(lab, 3, 24)
    with lab.torch.no_grad():
        whole = model(x)
        for cuts in ([24], [1] * 24, [7, 5, 1, 1, 10]):
            caches = model.caches()
            parts = [model(part, caches=caches) for part in x.split(cuts, dim=1)]
            lab.torch.testing.assert_close(lab.torch.cat(parts, 1), whole, atol=1e-5, rtol=1e-5)
            assert len(caches[0]) == 24
    assert lab.cache_error(model, x[0]) < 1e-5


def test_positions_that_there_are_not_are_refused(lab: Any) -> None:
    learned, x = model_of(lab, positions="learned"), tokens(lab, 1, 24)
    caches = learned.caches()
    learned(x, caches=caches)
    with pytest.raises(ValueError, match="25 positions"):
        learned(x[:, :1], caches=caches)
    with pytest.raises(ValueError, match="25 positions"):
        model_of(lab)(tokens(lab, 1, 25))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("positions", ["none", "learned", "rope"])
def test_what_is_generated_is_what_the_model_thinks_likeliest(lab: Any, positions: str, causal: bool) -> None:
    """Greedily, against no cache; beyond the context with learned positions, whose window is then begun anew."""
    model, start = model_of(lab, positions=positions, causal=causal, n=12).train(), tokens(lab, 2, 3)
    found = lab.generate(model, start, 20 if positions == "learned" or not causal else 9, temperature=0)
    assert model.training and lab.torch.equal(found[:, :3], start)
    model.eval()
    for end in range(3, found.size(1)):
        first = max(0, end - 12)
        if causal and end > 12:  # six are kept at 13, and six may follow them
            first = 7 + (end - 13) // 7 * 7
        likeliest = model(found[:, first:end], last=1)[:, -1].argmax(-1)
        assert lab.torch.equal(found[:, end], likeliest), (end, first)


def test_the_next_byte_is_drawn_as_temperature_top_k_and_top_p_say(lab: Any) -> None:
    for _ in range(20):
        logits = 3 * lab.torch.randn(1, 9)
        for temperature, top_k, top_p in ((0.7, 0, 1.0), (1.3, 3, 1.0), (1.0, 0, 0.6), (0.9, 5, 0.8), (1.0, 1, 0.5)):
            weights = {place: math.exp(value / temperature) for place, value in enumerate(logits[0].tolist())}
            kept = sorted(weights, key=lambda place: -weights[place])[: top_k or None]
            total, reached, chosen = sum(weights[place] for place in kept), 0.0, []
            for place in kept:
                if reached < top_p * total:
                    chosen.append(place)
                reached += weights[place]
            mass = sum(weights[place] for place in chosen)
            expected = [weights[place] / mass if place in chosen else 0.0 for place in range(9)]
            found = lab.transformer.drawn_from(logits, temperature, top_k, top_p)[0].tolist()
            assert found == pytest.approx(expected, abs=1e-6)
        greedy = lab.transformer.drawn_from(logits, 0)
        assert greedy.argmax() == logits.argmax() and greedy.sum() == 1


def test_a_model_without_numbers_still_writes(lab: Any) -> None:
    model = model_of(lab)
    lab.torch.nn.init.constant_(model.unembedding.weight, math.nan)
    assert lab.generate(model, tokens(lab, 1, 2), 5).shape == (1, 7)


def test_models_of_equal_flops_cost_the_same(lab: Any) -> None:
    for layers in (1, 2, 4, 8, 16):
        width = lab.width_of_equal(layers, 65, 4, 96, 3, 128)
        assert width % 6 == 0
        assert lab.flops(65, layers, width, 128) == pytest.approx(lab.flops(65, 4, 96, 128), rel=0.1)
    assert lab.width_of_equal(4, 65, 4, 96, 3, 128) == 96
    # By hand: 4 layers of 4 matrices 96 × 96 and 2 of 96 × 384, and 65 × 96, six times; 128 · 96 · 4 layers · 12.
    assert lab.flops(65, 4, 96, 128) == 6 * (4 * (4 * 96 * 96 + 2 * 96 * 384) + 65 * 96) + 12 * 128 * 96 * 4


def test_a_model_is_kept_with_its_shape_and_its_vocabulary(lab: Any, tmp_path: Path) -> None:
    model, x = model_of(lab, positions="learned", residual=False), tokens(lab, 2, 24)
    model.save(tmp_path / "model.safetensors", b"abcdefghijk")
    again, vocabulary = lab.Transformer.load(tmp_path / "model.safetensors")
    assert vocabulary == b"abcdefghijk" and again.shape == model.shape
    assert lab.torch.equal(again.eval()(x), model(x))
    (tmp_path / "other").write_bytes(b"\2\0\0\0\0\0\0\0{}")
    with pytest.raises(ValueError, match="no model"):
        lab.Transformer.load(tmp_path / "other")


def test_signs_that_the_text_has_not_are_left_out_and_named(lab: Any) -> None:
    told: list[str] = []
    vocabulary = bytes(sorted("abé\n".encode()))
    assert lab.known("abé", vocabulary, told.append) == "abé".encode() and not told
    assert lab.known("a漢bèa漢", vocabulary, told.append) == b"aba"
    assert len(told) == 1 and told[0].endswith("漢è")
    assert lab.letters("aé\n漢".encode()) == ["a", "é", "·", "↵", "漢", "·", "·"]
    assert lab.letters("é".encode()[1:]) == ["·"] and lab.letters("é".encode()[:1]) == ["�"]


def test_what_a_layer_looks_at_is_what_its_attention_adds_up(lab: Any) -> None:
    model, x = model_of(lab), lab.torch.randn(2, 24, 16)
    attention = model.layers[0].attention
    weights = attention.weights(x, model.turn)
    assert weights.shape == (2, 2, 24, 24)
    lab.torch.testing.assert_close(weights.sum(-1), lab.torch.ones(2, 2, 24))
    assert weights.triu(1).abs().max() == 0, "nothing later is looked at"
    _, _, values = attention.parts(x)
    added = attention.W_O((weights @ values).transpose(1, 2).flatten(2))
    lab.torch.testing.assert_close(added, attention(x, model.turn), atol=1e-5, rtol=1e-4)


def test_a_look_at_a_line_leaves_the_model_as_it_was(lab: Any) -> None:
    model, line = model_of(lab).train(), tokens(lab, 25)
    maps, losses = lab.look(model, line)
    assert [shown.shape for shown in maps] == [(2, 24, 24), (2, 24, 24)] and losses.shape == (24,)
    expected = lab.cross_entropy(model(line[None, :-1]), line[None, 1:])
    assert losses.mean().item() == pytest.approx(expected.item(), abs=1e-5)
    assert model.training and not any(layer.attention._forward_hooks for layer in model.layers)


def run(
    tmp_path: Path, *arguments: str, program: tuple[str, ...] = (sys.executable,)
) -> tuple[subprocess.CompletedProcess[str], list[Any]]:
    text = tmp_path / "bottles.txt"
    text.write_text(TEXT, "utf-8")
    folder = tmp_path / "run"
    small = {"layers": 1, "width": 16, "heads": 2, "context": 16, "batch": 4, "steps": 25, "sample": 8, "ngram": 3}
    words = [f"--{name}={value}" for name, value in small.items()]
    words += [f"--run-folder={folder}", f"--file={text}", "--device=cpu", *arguments]
    done = subprocess.run(
        [*program, str(FOLDER / "main.py"), *words],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    return done, read_events(folder / "events.jsonl")


def losses_of(found: list[Any]) -> list[float]:
    return [event.values["loss"] for event in found if event.kind == "metric" and "loss" in event.values]


def test_two_processes_that_share_the_model_out_learn_what_one_learns(tmp_path: Path) -> None:
    both = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
    (tmp_path / "alone").mkdir()
    (tmp_path / "shared").mkdir()
    _, alone = run(tmp_path / "alone", "--steps=8")
    done, shared = run(tmp_path / "shared", "--steps=8", "--sharded=on", program=both)
    assert done.returncode == 0, done.stderr
    assert losses_of(shared) == pytest.approx(losses_of(alone), rel=1e-5)
    assert (tmp_path / "shared" / "run" / "artefacts" / "model.safetensors").stat().st_size == (
        tmp_path / "alone" / "run" / "artefacts" / "model.safetensors"
    ).stat().st_size


def test_a_short_run_leaves_curves_samples_and_verdicts(tmp_path: Path) -> None:
    done, found = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    metrics = [event for event in found if event.kind == "metric"]
    losses = losses_of(found)
    assert len(losses) == 25 and losses[-1] < losses[0]
    assert len({event.values["ngram"] for event in metrics if "ngram" in event.values}) == 1
    assert [event.step for event in found if event.kind == "text"] == [5, 10, 15, 20, 25]
    assert any("bottles.txt" in event.text for event in found if event.kind == "note")
    shown = [event.name for event in found if event.kind == "heatmap" and event.step == 25]
    assert shown == ["layer 1, head 1", "layer 1, head 2", "loss of each byte (nats)"]
    assert "loss" in metrics[0].values and "ngram" not in metrics[0].values, "no step waits for the n-gram model"
    verdicts = {event.id: event for event in found if event.kind == "claim"}
    assert verdicts.keys() == {claim.id for claim in load_spec(FOLDER).claims}
    assert verdicts["starts-uniform"].verdict == "confirmed"
    assert verdicts["mask-leaks-nothing"].verdict == "confirmed"
    assert verdicts["beats-ngram"].verdict == "not confirmed", "25 steps are not enough"
    end = found[-1]
    assert end.state == "done" and end.summary["text"] == "bottles.txt" and end.summary["held_out"] > 0


@pytest.mark.parametrize("kind", ["muon", "adamw", "sgd"])
@pytest.mark.parametrize(
    "without", [{"positions": "none"}, {"positions": "learned"}, {"residual": False}, {"normed": False}]
)
def test_whatever_is_taken_away_it_trains(lab: Any, without: dict[str, Any], kind: str) -> None:
    model, x = lab.Transformer(11, 2, 16, 2, 16, **without), tokens(lab, 4, 16)
    optimiser = lab.Optimiser(model, lr=0.1 if kind == "sgd" else 0.01, kind=kind)
    losses = []
    for _ in range(20):
        losses.append(lab.cross_entropy(model(x), x))
        losses[-1].backward()
        optimiser.step(1.0)
    assert losses[-1] < 0.9 * losses[0]
    assert all(W.grad is None for W in model.parameters())


def test_all_of_it_can_be_taken_away_from_the_command_line(tmp_path: Path) -> None:
    flags = ["--positions=learned", "--residual=off", "--norm=off", "--optimiser=sgd", "--equal-flops=3"]
    done, found = run(tmp_path, *flags, "--precision=bf16", "--top-k=5", "--top-p=0.9", "--sample=20", "--steps=6")
    assert done.returncode == 0, done.stderr
    losses = losses_of(found)
    assert len(losses) == 6 and all(math.isfinite(loss) for loss in losses)
    assert any("3 layers of width 8" in event.text for event in found if event.kind == "note")


def test_a_trained_model_writes_on_and_looks_at_her_sentence(tmp_path: Path) -> None:
    _, found = run(tmp_path)
    model = tmp_path / "run" / next(event.file for event in found if event.kind == "artefact")
    trained = [event.text for event in found if event.kind == "text"]
    assert model.exists() and trained
    (tmp_path / "again").mkdir()
    words = ["--model", str(model), "--prompt", "green böttles", "--sentence", "hänging", "--temperature", "0"]
    done, found = run(tmp_path / "again", *words)
    assert done.returncode == 0, done.stderr
    (text,) = [event.text for event in found if event.kind == "text"]
    assert text.startswith("green bttles") and len(text) == len("green bttles") + 16
    notes = " ".join(event.text for event in found if event.kind == "note")
    assert "“green böttles”" in notes and "“hänging”" in notes
    heatmap = next(event for event in found if event.kind == "heatmap")
    assert heatmap.rows == ["↵", *"hngin"]
    (tmp_path / "third").mkdir()
    done, _ = run(tmp_path / "third", "--model", str(tmp_path / "bottles.txt"))
    assert done.returncode == 2 and "cannot be used" in done.stderr and "Traceback" not in done.stderr


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
