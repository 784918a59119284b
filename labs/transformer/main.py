"""Training a decoder-only Transformer (transformer.py) to predict the next byte of a text, and using it.

Shapes: B windows in a batch, n positions in a window, V different bytes.
"""

import math
import statistics
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

from cs229tui import labkit
from cs229tui.errors import UsageError
from cs229tui.labkit import data, device, distributed

# isort: split
import adapt
import torch
import torch.nn.functional as F
from muon import Optimiser
from ngram import ngram_bits
from torch import Tensor, nn

from transformer import Attention, Layer, Linear, Transformer, cross_entropy, generate

SHOWN = 25  # bytes of a line whose maps are drawn, less one: as many rows as 80 × 24 has room for


def schedule(step: int, steps: int, warm_up: int = 20) -> float:
    """The fraction of the learning rate: up in `warm_up` steps, level, and down to 0 over the second half."""
    return min(1.0, (step + 1) / warm_up, 2 * (1 - step / steps))


def tokens_of(text: bytes) -> tuple[Tensor, bytes]:
    """The text as indices into its vocabulary (uint8), and that vocabulary: the bytes that occur in it, sorted."""
    vocabulary = bytes(sorted(set(text)))
    table = bytearray(256)
    for index, byte in enumerate(vocabulary):
        table[byte] = index
    return torch.frombuffer(bytearray(text.translate(table)), dtype=torch.uint8), vocabulary


def known(words: str, vocabulary: bytes, note: Callable[[str], None]) -> bytes:
    """The words as bytes, without those that the model has never seen: of these it is said what they were."""
    unknown = "".join(dict.fromkeys(sign for sign in words if not set(sign.encode()) <= set(vocabulary)))
    if unknown:
        note(f"Left out of “{words}”, as the model's text has none of it: {unknown}")
    return bytes(byte for sign in words if sign not in unknown for byte in sign.encode())


def letters(text: bytes) -> list[str]:
    """A label for each byte: its letter, or for the further bytes of a letter outside ASCII a dot."""
    shown = [chr(byte) if byte < 128 else "·" if byte < 192 else "" for byte in text]
    for place in (place for place, label in enumerate(shown) if not label):
        shown[place] = text[place : place + 4].decode("utf-8", "replace")[:1]
    return ["↵" if label == "\n" else label for label in shown]


def batch(text: Tensor, B: int, n: int, draws: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """B random windows of n tokens, and the same windows one token later."""
    places = torch.randint(text.numel() - n, (B,), device=text.device, generator=draws)
    windows = text.unfold(0, n + 1, 1)[places].long()
    return windows[:, :-1], windows[:, 1:]


@torch.no_grad()
def held_out_loss(model: Transformer, text: Tensor, start: int, counted: int, most: int = 0) -> tuple[float, int]:
    """The mean loss (nats) on text[start:], and over how many bytes; `most` windows, spread evenly, give an estimate.

    Of each window of n the last `counted` count. All n: windows lie side by side, and the first byte of each is guessed
    from one other, as nanoGPT's loss is measured. Half of them: they overlap, and each byte has at least n/2 before it.
    """
    n = model.n
    windows = text[start - (n - counted) - 1 :].unfold(0, n + 1, counted)
    windows = windows[:: max(1, len(windows) // most)] if most else windows
    model.eval()
    total = torch.zeros((), device=text.device)
    for part in torch.split(windows, max(1, (65536 if text.is_cuda else 2048) // n)):
        part = part.long()
        total += cross_entropy(model(part[:, :-1], last=counted), part[:, -counted:]) * part.size(0) * counted
    model.train()
    return total.item() / (windows.size(0) * counted), windows.size(0) * counted


@torch.no_grad()
def look(model: Transformer, line: Tensor) -> tuple[list[Tensor], Tensor]:
    """What the heads of every layer look at in a line, h × n × n, and the loss (nats) at each of its n positions."""
    maps: list[Tensor] = []

    def kept(attention: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        maps.append(cast(Attention, attention).weights(inputs[0], model.turn)[0])

    hooks = [cast(Layer, layer).attention.register_forward_hook(kept) for layer in model.layers]
    model.eval()
    losses = F.cross_entropy(model(line[None, :-1])[0].float(), line[1:], reduction="none")
    model.train()
    for hook in hooks:
        hook.remove()
    return maps, losses


@torch.no_grad()
def leak(model: Transformer, text: Tensor, n: int, vocabulary: int) -> float:
    """The most that a logit moves when a token behind its position is changed (section 3.2.3 wants 0)."""
    model.eval()
    places = torch.arange(1, n, max(1, n // 16), device=text.device)
    before = text[:n].long().repeat(places.numel(), 1)
    after = before.scatter(1, places[:, None], (before.gather(1, places[:, None]) + 1) % vocabulary)
    moved = (model(before) - model(after)).abs().amax(-1)
    model.train()
    behind = torch.arange(n, device=text.device) >= places[:, None]
    return float(moved.masked_fill(behind, 0).max())


@torch.no_grad()
def cache_error(model: Transformer, text: Tensor) -> float:
    """By how much logits that come one by one, with caches, differ from those of a window of n: as a share of them."""
    model.eval()
    window, caches = text[None, : model.n].long(), model.caches()
    one_by_one = torch.cat([model(token, caches=caches) for token in torch.split(window, 1, dim=1)], dim=1)
    whole = model(window)
    model.train()
    return float((whole - one_by_one).abs().max() / whole.abs().max())


def overfitted(model: Transformer, x: Tensor, y: Tensor, steps: int = 250) -> float:
    """The loss after training on one batch only."""
    optimiser = Optimiser(model, lr=0.01, muon_lr=0.02)
    for step in range(steps):
        cross_entropy(model(x), y).backward()
        optimiser.step(schedule(step, steps))
    with torch.no_grad():
        return float(cross_entropy(model(x), y))


def flops(V: int, N: int, d_model: int, n: int) -> int:
    """Floating-point operations of training on one byte (Chowdhery et al. 2022, appendix B).

    6 for each weight of a matrix, 2 forward and 4 backward; and for q·k and the sum of values 12 N d_model n.
    """
    return 6 * (12 * N * d_model**2 + V * d_model) + 12 * N * d_model * n


def width_of_equal(layers: int, V: int, N: int, d_model: int, h: int, n: int) -> int:
    """The width, a multiple of 2h, with which as many `layers` cost as much training as N of width d_model."""
    wanted = flops(V, N, d_model, n)
    widths = range(2 * h, (N + 1) * d_model + 2 * h, 2 * h)
    return min(widths, key=lambda width: abs(flops(V, layers, width, n) - wanted))


def peak_flops(place: str, bf16: bool) -> float:
    """Floating-point operations a second of a large product of two matrices: the most there is to make use of here."""
    side = 8192 if place.startswith("cuda") else 1024
    A = torch.randn(side, side, device=place, dtype=torch.bfloat16 if bf16 else torch.float32)
    seconds = []
    for _ in range(5):
        with device.Stopwatch(place) as watch:
            A @ A
        seconds.append(watch.seconds)
    return 2 * side**3 / min(seconds)


def has_bf16() -> bool:
    """Whether this CPU has instructions for products in bfloat16."""
    there = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(there.get("avx512_bf16") or there.get("amx_bf16"))


def round_products(model: nn.Module, bf16: bool) -> None:
    """Have the model round what it multiplies to bfloat16 while it trains, or not."""
    for part in model.modules():
        if isinstance(part, Linear):
            part.bf16 = bf16


def train(run: labkit.Run, model: Transformer, text: Tensor, watch: Callable[[int], None]) -> float:
    """Train on random windows of a text; `watch(step)` is called after each step. Returns tokens a second."""
    p, n = run.parameters, model.n
    bf16 = run.device == "cpu" and p.precision == "bf16" and has_bf16()
    if run.device == "cpu" and p.precision == "bf16" and not bf16:
        run.note("This CPU has no instructions for bfloat16: it computes in float32, and takes longer.")
    round_products(model, bf16)
    fast: Any
    if run.device.startswith("cuda") and p.compile and run.world == 1:
        fast = torch.compile(model, mode="reduce-overhead")  # one CUDA graph each for forward and backward
    else:
        fast = device.compiled(model, run.device, p.compile)
    fast = fast if p.sharded else distributed.parallel(fast)
    lr = p.sgd_lr if p.optimiser == "sgd" else p.lr
    optimiser = Optimiser(model, lr, p.muon_lr, p.optimiser, p.decay, bf16)
    draws = torch.Generator(run.device).manual_seed(run.seed)
    run.keep(model=model, optimiser=optimiser, draws=draws)

    every, since, began, rates = max(1, p.steps // 20), -1, 0.0, [0.0]
    for step in run.steps(p.steps, work=p.batch * n, unit="tokens/s"):
        x, y = distributed.mine(*batch(text, p.batch, n, draws))
        with device.mixed_precision(run.device, "fp32" if run.device == "cpu" else p.precision):
            loss = cross_entropy(fast(x), y)
        loss.backward()
        optimiser.step(schedule(step, p.steps))
        loss = distributed.mean(loss)
        run.log(step, loss=loss)
        if step == 0:
            run.claim("starts-uniform", (loss.detach() - math.log(model.shape["vocabulary"])).abs())
        if step % every == 0:  # nothing else in this loop waits for the device
            device.synchronise(run.device)
            if since >= 0:
                rates.append((step - since) * p.batch * n / (time.perf_counter() - began))
            watch(step)
            since, began = step, time.perf_counter()
    return statistics.median(rates[1:] or rates)


def show(run: labkit.Run, step: int, model: Transformer, vocabulary: bytes, prompt: Tensor, line: Tensor) -> None:
    """Show what the model writes after the prompt, what its heads look at in a line, and what each byte of it costs."""
    p = run.parameters
    length = p.sample * (1 + (step == p.steps))
    written = generate(model, prompt[None], length, p.temperature, p.top_k, p.top_p)[0].tolist()
    text = bytes(vocabulary[token] for token in written)
    run.text(step, "sample", text[prompt.numel() * (not p.prompt) :].decode("utf-8", "replace"))
    maps, losses = look(model, line)
    labels = letters(bytes(vocabulary[token] for token in line[:SHOWN].tolist()))
    for number in sorted({1, len(maps)}):
        for head, weights in enumerate(maps[number - 1], start=1):
            run.heatmap(
                step, f"layer {number}, head {head}", weights[: SHOWN - 1, : SHOWN - 1], labels[:-1], labels[:-1]
            )
    run.heatmap(step, "loss of each byte (nats)", losses[None, : SHOWN - 1], ["nats"], labels[1:])


def words_of(run: labkit.Run, vocabulary: bytes, otherwise: bytes) -> tuple[Tensor, Tensor]:
    """The prompt, or a line's start, and the line to look at, or `otherwise`, as tokens; both after a line break."""
    p, start = run.parameters, b"\n" if b"\n" in vocabulary else vocabulary[:1]
    prompt = known(p.prompt, vocabulary, run.note) or start
    sentence = known(p.sentence, vocabulary, run.note)
    line = start + sentence if len(sentence) > 1 else otherwise
    tokens = (torch.tensor([vocabulary.index(byte) for byte in part], device=run.device) for part in (prompt, line))
    return next(tokens), next(tokens)


def write(run: labkit.Run) -> None:
    """Use a model that was trained before: write, and look at a sentence."""
    p = run.parameters
    try:
        model, vocabulary = Transformer.load(Path(p.model).expanduser(), run.device)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{p.model} cannot be used: {error}.", "Name the artefacts/model.safetensors of a run of this lab."
        ) from error
    run.note(f"A model of {sum(W.numel() for W in model.parameters()):,} parameters from {p.model}.")
    prompt, line = words_of(run, vocabulary, vocabulary[: model.n + 1])
    show(run, p.steps, model, vocabulary, prompt, line[: model.n + 1])


def language_model(run: labkit.Run) -> None:
    """Train a model on a text and judge it on the part it has not seen."""
    p = run.parameters
    source = "state-of-the-union" if p.variant == "corpus" and p.data == "auto" and not p.file else p.data
    corpus = data.corpus(source, p.file, p.data_limit, run.note, run.progress)
    everything, vocabulary = tokens_of(corpus.data)
    V, n, split = len(vocabulary), p.context, int(0.9 * everything.numel())
    if everything.numel() - split < 2 * n:
        raise data.DataError(f"{corpus.name} is too short for a context of {n}.", "Name a longer text: --file PATH")
    N, d_model = p.layers, p.width
    if p.equal_flops:
        N, d_model = p.equal_flops, width_of_equal(p.equal_flops, V, N, d_model, p.heads, n)
    if d_model % (2 * p.heads):
        raise UsageError(f"A width of {d_model} cannot be shared by {p.heads} heads.", "Give a multiple of 2 · heads.")
    text = everything.to(run.device)
    train_text, held_out = text[:split], everything[split:]

    def transformer(N: int, d_model: int, h: int, n: int, dropout: float) -> Transformer:
        return Transformer(
            V, N, d_model, h, n, p.causal, p.positions, p.zero_init, dropout, p.residual, p.norm
        ).to(run.device)  # fmt: skip

    model = distributed.sharded(transformer(N, d_model, p.heads, n, p.dropout), p.sharded)
    parameters, cost = sum(W.numel() for W in model.parameters()), flops(V, N, d_model, n)
    run.note(
        f"{N} layers of width {d_model}, {parameters:,} parameters, {cost / 1e6:.2g} million operations to train on "
        f"a byte; {V} different bytes, ln {V} = {math.log(V):.3f} nats."
    )
    first = min(max(corpus.data[split:].find(b"\n"), 0), held_out.numel() - n - 1)
    prompt, line = words_of(run, vocabulary, corpus.data[split + first : split + first + n + 1])
    line = line[: n + 1]

    @cache
    def baseline() -> float:  # first needed after the first step: the curve is not to wait for it
        return float(ngram_bits(everything[:split], held_out[: held_out.numel() // (n // 2) * (n // 2)], p.ngram, V))

    def watch(step: int) -> None:
        if step == 0:
            run.log(step, ngram=baseline())
            return
        most = 2000 if run.device.startswith("cuda") else 32
        bits = held_out_loss(model, text, split, n // 2, most)[0] / math.log(2)
        run.log(step, val=held_out_loss(model, text, split, n, most)[0], held_out=bits, ngram=baseline())
        if step % max(1, p.steps // 5) == 0:
            show(run, step, model, vocabulary, prompt, line)

    rate = train(run, model, train_text, watch)
    if run.stopping:
        return

    (nats, scored), (val, _) = (held_out_loss(model, text, split, counted) for counted in (n // 2, n))
    run.log(p.steps, val=val, held_out=nats / math.log(2), ngram=baseline())
    show(run, p.steps, model, vocabulary, prompt, line)
    run.claim("beats-ngram", baseline() - nats / math.log(2))
    for peer in ("nanogpt-cpu", "nanogpt-cpu-by-far", "nanogpt-gpu"):
        run.claim(peer, val)
    run.claim("mask-leaks-nothing", leak(model, text[split:], n, V))
    run.claim("cached-equals-uncached", cache_error(model, text[split:]))
    tiny = transformer(2, 64, 2, 64, 0.0)
    run.claim("overfits-one-batch", overfitted(tiny, *batch(train_text, 8, 64)))
    model.save(run.artefact("the model", "model.safetensors"), vocabulary)
    run.summary |= {
        "text": corpus.name,
        "parameters": parameters,
        "val": val,
        "held_out": nats / math.log(2),
        "ngram": baseline(),
        "held_out_bytes": scored,
        "tokens_per_second": rate,
        "flops_utilised": rate
        * cost
        / run.world
        / peak_flops(run.device, run.device != "cpu" or (p.precision == "bf16" and has_bf16())),
        "peak_memory": device.peak_memory(run.device),
    }


def main() -> None:
    with labkit.start(__file__) as run:
        if run.parameters.variant == "adapt":
            adapt.adapt(run, train)
        elif run.parameters.model:
            write(run)
        else:
            language_model(run)


if __name__ == "__main__":
    main()
