"""Training a decoder-only Transformer (transformer.py) to predict the next byte of a text.

Shapes: B windows in a batch, n positions in a window.
"""

import math
from functools import cache
from typing import cast

from cs229tui import labkit
from cs229tui.errors import UsageError
from cs229tui.labkit import data, device, distributed

# isort: split
import torch
import torch.nn.functional as F
from muon import Optimiser
from ngram import ngram_bits
from torch import Tensor, nn

from transformer import Attention, Layer, Transformer, cross_entropy


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


def batch(text: Tensor, B: int, n: int, draws: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """B random windows of n tokens, and the same windows one token later."""
    places = torch.randint(text.numel() - n, (B,), device=text.device, generator=draws)
    windows = text.unfold(0, n + 1, 1)[places].long()
    return windows[:, :-1], windows[:, 1:]


@torch.no_grad()
def held_out_bits(model: Transformer, text: Tensor, start: int, n: int, most: int = 0) -> tuple[float, int]:
    """Bits a byte on text[start:], each byte seeing at least n/2 before it, and how many bytes that were.

    The windows overlap by half and only their second half counts; `most` windows, spread evenly, give an estimate.
    """
    half = n // 2
    windows = text[start - (n - half) - 1 :].unfold(0, n + 1, half)
    windows = windows[:: max(1, len(windows) // most)] if most else windows
    model.eval()
    total = torch.zeros((), device=text.device)
    for part in torch.split(windows, 64):
        part = part.long()
        total += cross_entropy(model(part[:, :-1], last=half), part[:, -half:]) * part.size(0) * half
    model.train()
    return total.item() / (windows.size(0) * half) / math.log(2), windows.size(0) * half


@torch.no_grad()
def look(model: Transformer, line: Tensor) -> tuple[list[Tensor], Tensor]:
    """What the first head of every layer looks at in a line, n × n, and the loss (nats) at each of its n positions."""
    maps: list[Tensor] = []

    def kept(attention: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        maps.append(cast(Attention, attention).weights(*inputs)[0, 0])

    hooks = [cast(Layer, layer).attention.register_forward_hook(kept) for layer in model.layers]
    model.eval()
    losses = F.cross_entropy(model(line[None, :-1])[0].float(), line[1:], reduction="none")
    model.train()
    for hook in hooks:
        hook.remove()
    return maps, losses


@torch.no_grad()
def sample(model: Transformer, vocabulary: bytes, n: int, length: int, temperature: float = 0.8) -> str:
    """A text of `length` bytes that the model makes up, one byte after the other, from a line's start."""
    place = model.embedding.weight.device
    tokens = torch.full((1, 1), max(0, vocabulary.find(b"\n")), device=place)
    model.eval()
    for _ in range(length):
        logits = model(tokens[:, -n:], last=1)[:, -1].float() / temperature
        tokens = torch.cat([tokens, torch.multinomial(logits.softmax(-1), 1)], dim=1)
    model.train()
    return bytes(vocabulary[index] for index in tokens[0, 1:].tolist()).decode("utf-8", "replace")


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


def overfitted(model: Transformer, x: Tensor, y: Tensor, steps: int = 150) -> float:
    """The loss after training on one batch only."""
    optimiser = Optimiser(model, lr=0.01, muon_lr=0.02)
    for step in range(steps):
        cross_entropy(model(x), y).backward()
        optimiser.step(schedule(step, steps))
    with torch.no_grad():
        return float(cross_entropy(model(x), y))


def show(run: labkit.Run, step: int, model: Transformer, vocabulary: bytes, line: Tensor, length: int) -> None:
    """Show a sample, and for a line of held-out text what the first and last layer look at and what each byte costs."""
    run.text(step, "sample", sample(model, vocabulary, line.numel() - 1, length))
    maps, losses = look(model, line)
    letters = [chr(vocabulary[token]).replace("\n", "↵") for token in line[:40].tolist()]
    for number in sorted({1, len(maps)}):
        run.heatmap(step, f"attention of layer {number}", maps[number - 1][:40, :40], letters, letters)
    run.histogram(step, "loss of a byte (nats)", losses)


def main() -> None:
    with labkit.start(__file__) as run:
        p = run.parameters
        if p.width % (2 * p.heads):
            raise UsageError(
                f"A width of {p.width} cannot be shared by {p.heads} heads.", "Give a multiple of 2 · heads."
            )
        corpus = data.corpus(p.data, p.file, p.data_limit, run.note)
        everything, vocabulary = tokens_of(corpus.data)
        V, n, split = len(vocabulary), p.context, int(0.9 * everything.numel())
        if everything.numel() - split < 2 * n:
            raise data.DataError(f"{corpus.name} is too short for a context of {n}.", "Name a longer text: --file PATH")
        text = everything.to(run.device)
        train = text[:split]

        def transformer(N: int, d_model: int, h: int, n: int, dropout: float) -> Transformer:
            return Transformer(V, N, d_model, h, n, p.causal, p.rope, p.zero_init, dropout).to(run.device)

        model = distributed.sharded(transformer(p.layers, p.width, p.heads, n, p.dropout), p.sharded)
        fast = device.compiled(model, run.device, p.compile)
        fast = fast if p.sharded else distributed.parallel(fast)
        optimiser = Optimiser(model, p.lr, p.muon_lr)
        draws = torch.Generator(run.device).manual_seed(run.seed)
        run.keep(model=model, optimiser=optimiser, draws=draws)

        parameters = sum(W.numel() for W in model.parameters())
        run.note(f"{parameters:,} parameters; {V} different bytes, ln {V} = {math.log(V):.3f} nats.")
        x, y = batch(train, p.batch, n)
        with torch.no_grad():
            run.claim("starts-uniform", abs(cross_entropy(model(x), y).item() - math.log(V)))
        held_out = everything[split:]
        first = min(corpus.data[split:].find(b"\n") + 1, held_out.numel() - n - 1)
        line = held_out[first : first + n + 1].long().to(run.device)

        @cache
        def baseline() -> float:  # first needed after the first step: the curve is not to wait for it
            return ngram_bits(everything[:split], held_out[: held_out.numel() // (n // 2) * (n // 2)], p.ngram, V)

        for step in run.steps(p.steps, work=p.batch * n, unit="tokens/s"):
            x, y = distributed.mine(*batch(train, p.batch, n, draws))
            with device.mixed_precision(run.device):
                loss = cross_entropy(fast(x), y)
            loss.backward()
            optimiser.step(schedule(step, p.steps))
            run.log(step, loss=distributed.mean(loss))
            if step == 0:
                run.log(step, ngram=baseline())
            elif step % max(1, p.steps // 20) == 0:
                bits, _ = held_out_bits(model, text, split, n, most=16)
                run.log(step, held_out=bits, ngram=baseline())
            if step and step % max(1, p.steps // 5) == 0:
                show(run, step, model, vocabulary, line, p.sample)
        if run.stopping:
            return

        bits, scored = held_out_bits(model, text, split, n)
        run.log(p.steps, held_out=bits, ngram=baseline())
        show(run, p.steps, model, vocabulary, line, 2 * p.sample)
        run.claim("beats-ngram", baseline() - bits)
        run.claim("mask-leaks-nothing", leak(model, text[split:], n, V))
        tiny = transformer(2, 64, 2, 64, 0.0)
        run.claim("overfits-one-batch", overfitted(tiny, *batch(train, 8, min(n, 64))))
        run.summary |= {
            "text": corpus.name,
            "parameters": parameters,
            "held_out": bits,
            "ngram": baseline(),
            "held_out_bytes": scored,
            "peak_memory": device.peak_memory(run.device),
        }


if __name__ == "__main__":
    main()
