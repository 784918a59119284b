"""A decoder-only Transformer that learns to predict the next byte of a text.

Read it beside "Attention Is All You Need" (Vaswani et al. 2017): the names and equation numbers are the paper's, of its
decoder without the encoder. Where this code differs from the paper, a comment says how and why.

Shapes: B sequences in a batch, n positions in a sequence, d_model numbers for a position, h heads, d_k = d_model / h.
"""

import math
from functools import cache
from typing import Any, cast

from cs229tui import labkit
from cs229tui.errors import UsageError
from cs229tui.labkit import data, device, distributed

# isort: split
import torch
import torch.nn.functional as F
from torch import Tensor, nn

BETA_1, BETA_2 = 0.9, 0.95  # of Adam; the paper has 0.98 for the second


def norm(x: Tensor) -> Tensor:
    """Layer normalisation (section 3.1) over the last dimension, without its gain and bias: mean 0, mean square 1."""
    return F.layer_norm(x, (x.size(-1),))


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Positions (section 3.5), here by rotating the pairs (x_i, x_{i + d_k/2}) by angles that grow with the position.

    The paper adds sines and cosines of the same wavelengths to the embeddings. Rotation makes q·k depend on the
    distance of two positions only, and adds nothing to what the layers sum up (RoPE; Su et al. 2021).
    """
    return x * cos + x.roll(x.size(-1) // 2, dims=-1) * sin


class Attention(nn.Module):
    """Multi-head self-attention (section 3.2.2) with the mask of section 3.2.3."""

    def __init__(self, d_model: int, h: int, causal: bool, dropout: float) -> None:
        super().__init__()
        self.h, self.causal, self.dropout = h, causal, dropout
        self.scale = 11 * h / d_model
        self.W_Q, self.W_K, self.W_V, self.W_O = (nn.Linear(d_model, d_model, bias=False) for _ in range(4))

    def parts(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Q, K and V (B, h, n, d_k); queries and keys are brought to length √d_k and then rotated."""
        B, n, _ = x.shape
        Q, K, V = (W(x).view(B, n, self.h, -1).transpose(1, 2) for W in (self.W_Q, self.W_K, self.W_V))
        return rotated(norm(Q), cos, sin), rotated(norm(K), cos, sin), V

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        Q, K, V = self.parts(x, cos, sin)
        # Equation (1): softmax(Q Kᵀ / √d_k) V, in one kernel that never stores the n × n matrix. With queries and keys
        # of length √d_k no logit can grow without bound; 11 / d_k in the place of 1 / √d_k bounds it by 11.
        heads = F.scaled_dot_product_attention(
            Q, K, V, is_causal=self.causal, dropout_p=self.dropout * self.training, scale=self.scale
        )
        return cast(Tensor, self.W_O(heads.transpose(1, 2).flatten(2)))

    def weights(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """The softmax of equation (1) by itself (B, h, n, n): how much each position, a row, takes from each other."""
        Q, K, _ = self.parts(x, cos, sin)
        logits = Q @ K.mT * self.scale
        if self.causal:
            logits = logits.masked_fill(torch.ones_like(logits, dtype=torch.bool).triu(1), -math.inf)
        return logits.softmax(-1)


class Layer(nn.Module):
    """One of the N layers (section 3.1): attention, then the same small network at every position."""

    def __init__(self, d_model: int, h: int, d_ff: int, causal: bool, dropout: float) -> None:
        super().__init__()
        self.attention = Attention(d_model, h, causal, dropout)
        self.W_1 = nn.Linear(d_model, d_ff, bias=False)
        self.W_2 = nn.Linear(d_ff, d_model, bias=False)
        self.dropout = dropout

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        # The paper normalises after the sum, LayerNorm(x + Sublayer(x)); before it, deep stacks train without warm-up.
        x = x + F.dropout(self.attention(norm(x), cos, sin), self.dropout, self.training)
        # Equation (2): max(0, x W_1) W_2, with the square of max(0, ·), which learns faster for the same cost.
        a = self.W_1(norm(x))
        return x + F.dropout(self.W_2(a * F.relu(a)), self.dropout, self.training)


class Transformer(nn.Module):
    """The decoder: bytes (B, n) in, logits over the next byte (B, n, vocabulary) out."""

    def __init__(
        self, vocabulary: int, N: int, d_model: int, h: int, n: int, causal: bool = True, rope: bool = True,
        zero_init: bool = True, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, d_model)
        self.layers = nn.ModuleList(Layer(d_model, h, 4 * d_model, causal, dropout) for _ in range(N))
        self.unembedding = nn.Linear(d_model, vocabulary, bias=False)  # section 3.4 shares it with the embedding
        if zero_init:  # every layer starts as the identity, and every byte as equally likely
            for name, W in self.named_parameters():
                if name.endswith(("W_O.weight", "W_2.weight", "unembedding.weight")):
                    nn.init.zeros_(W)
        d_k = d_model // h
        angles = torch.outer(torch.arange(n), 10000.0 ** (-torch.arange(0, d_k, 2) / d_k)) * rope
        self.cos = nn.Buffer(torch.cat([angles.cos(), angles.cos()], dim=-1))
        self.sin = nn.Buffer(torch.cat([-angles.sin(), angles.sin()], dim=-1))

    def forward(self, tokens: Tensor, last: int | None = None) -> Tensor:
        """The logits, or those of the `last` positions only."""
        n = tokens.size(1)
        x = norm(self.embedding(tokens))
        for layer in self.layers:
            x = layer(x, self.cos[:n], self.sin[:n])
        return cast(Tensor, self.unembedding(norm(x if last is None else x[:, -last:])))


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """-log p of each target, averaged (nats a byte)."""
    return F.cross_entropy(logits.flatten(0, -2).float(), targets.flatten())


def orthogonalised(G: Tensor) -> Tensor:
    """The matrices in G (k, rows, columns) with all singular values near 1 (Newton–Schulz; Jordan 2024)."""
    if G.size(-2) > G.size(-1):
        return orthogonalised(G.mT).mT  # the products below are cheaper for a matrix that lies down
    X = G.bfloat16() if G.is_cuda else G
    X = X / (X.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        A = X @ X.mT  # X ← 3.4445 X + (-4.7750 A + 2.0315 A²) X
        X = torch.baddbmm(X, torch.baddbmm(A, A, A, beta=-4.7750, alpha=2.0315), X, beta=3.4445)
    return X.to(G.dtype)


class Optimiser:
    """Muon for the matrices inside the layers and Adam (section 5.3) for the rest, or Adam for all."""

    def __init__(self, model: Transformer, lr: float, muon_lr: float) -> None:
        inner: list[Tensor] = list(model.layers.parameters()) if muon_lr > 0 else []
        outer: list[Tensor] = [model.embedding.weight, model.unembedding.weight]
        self.rest: list[Tensor] = outer if inner else list(model.parameters())
        self.lr, self.muon_lr, self.t = lr, muon_lr, 0
        self.m, self.v = ([torch.zeros_like(p) for p in self.rest] for _ in range(2))
        # Matrices of one shape are orthogonalised together.
        self.groups = [[p for p in inner if p.shape == shape] for shape in dict.fromkeys(p.shape for p in inner)]
        self.momenta = [torch.zeros(len(group), *group[0].shape, device=group[0].device) for group in self.groups]

    @torch.no_grad()
    def step(self, fraction: float) -> None:
        """One step at `fraction` of the learning rates; forgets the gradients."""
        for group, momentum in zip(self.groups, self.momenta, strict=True):
            # Where a model is shared out over GPUs, a matrix must be whole to be orthogonalised.
            G = torch.stack([distributed.whole(p.grad) for p in group])
            momentum.lerp_(G, 0.05)
            rate = self.muon_lr * fraction * max(1.0, G.size(-2) / G.size(-1)) ** 0.5
            updates = zip(orthogonalised(G.lerp(momentum, 0.95)), group, strict=True)
            torch._foreach_add_(group, [distributed.part(update, like=p) for update, p in updates], alpha=-rate)
        # Adam: m and v are running means of g and g², and as both began at 0 they are divided by how full they are.
        self.t += 1
        g = [cast(Tensor, p.grad) for p in self.rest]
        torch._foreach_lerp_(self.m, g, 1 - BETA_1)
        torch._foreach_mul_(self.v, BETA_2)
        torch._foreach_addcmul_(self.v, g, g, 1 - BETA_2)
        scale = torch._foreach_sqrt(self.v)
        torch._foreach_div_(scale, (1 - BETA_2**self.t) ** 0.5)
        torch._foreach_add_(scale, 1e-8)
        torch._foreach_addcdiv_(self.rest, self.m, scale, -self.lr * fraction / (1 - BETA_1**self.t))
        for p in [*self.rest, *(p for group in self.groups for p in group)]:
            p.grad = None

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"t": self.t, "m": self.m, "v": self.v, "momenta": self.momenta}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.t = state["t"]
        for name in ("m", "v", "momenta"):
            for tensor, kept in zip(getattr(self, name), state[name], strict=True):
                tensor.copy_(kept)


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


def ngram_bits(text: Tensor, held_out: Tensor, order: int, vocabulary: int) -> float:
    """Bits a byte on `held_out` of an n-gram model of `text`, interpolated after Witten and Bell (1991).

    p(w | h) = (count(h w) + kinds(h) p(w | h')) / (count(h) + kinds(h)): kinds(h) is how many different bytes
    followed the history h, and h' is h without its oldest byte. It begins with the uniform distribution.
    """

    def grams(tokens: Tensor, size: int) -> Tensor:
        """Every run of `size` tokens, as one number."""
        digits = tokens.long().unfold(0, size, 1)
        return (digits * vocabulary ** torch.arange(size - 1, -1, -1)).sum(-1)

    def looked_up(keys: Tensor, values: Tensor, wanted: Tensor) -> Tensor:
        at = torch.searchsorted(keys, wanted).clamp(max=keys.numel() - 1)
        return torch.where(keys[at] == wanted, values[at], 0).double()

    p = torch.full((held_out.numel(),), 1 / vocabulary, dtype=torch.float64)
    for size in range(1, order + 1):
        seen, counts = torch.unique(grams(text, size), return_counts=True)
        histories, history, kinds = torch.unique(seen // vocabulary, return_inverse=True, return_counts=True)
        totals = torch.zeros_like(histories).index_add_(0, history, counts)
        wanted = grams(torch.cat([text[text.numel() - size + 1 :], held_out]), size)
        count, total = looked_up(seen, counts, wanted), looked_up(histories, totals, wanted // vocabulary)
        kind = looked_up(histories, kinds, wanted // vocabulary)
        p = torch.where(total > 0, (count + kind * p) / (total + kind), p)
    return float(p.log2().neg().mean().item())


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
        cross_entropy(model(x), y).backward()  # type: ignore[no-untyped-call]
        optimiser.step(schedule(step, steps))
    with torch.no_grad():
        return cross_entropy(model(x), y).item()


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
            loss.backward()  # type: ignore[no-untyped-call]
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
