"""A decoder-only Transformer, beside "Attention Is All You Need" (Vaswani et al. 2017).

The names and equation numbers are the paper's, of its decoder without the encoder. Where this code differs from the
paper, a comment says how and why.

Shapes: B sequences in a batch, n positions in a sequence, d_model numbers for a position, h heads, d_k = d_model / h.
"""

import json
import math
from pathlib import Path
from typing import cast

from cs229tui.labkit import distributed, tensor_file

# isort: split
import torch
import torch.nn.functional as F
from torch import Tensor, nn


def norm(x: Tensor) -> Tensor:
    """Layer normalisation (section 3.1) over the last dimension, without its gain and bias: mean 0, mean square 1."""
    return F.layer_norm(x, (x.size(-1),))


def same(x: Tensor) -> Tensor:
    """Nothing in the place of `norm`, to see what it is for."""
    return x


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Positions (section 3.5), here by rotating the pairs (x_i, x_{i + d_k/2}) by angles that grow with the position.

    The paper adds sines and cosines of the same wavelengths to the embeddings. Rotation makes q·k depend on the
    distance of two positions only, and adds nothing to what the layers sum up (RoPE; Su et al. 2021).
    """
    return x * cos + x.roll(x.size(-1) // 2, dims=-1) * sin


class Linear(nn.Linear):
    """x Wᵀ. `bf16` rounds both to bfloat16 while training: some CPUs multiply those twice as fast, and sum in 24 bits.

    Only the products: all else is slower in bfloat16 on a CPU, so autocast gains nothing there.
    """

    bf16 = False

    def __init__(self, wide: int, out: int) -> None:
        super().__init__(wide, out, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.bf16 and self.training:
            return F.linear(x.bfloat16(), self.weight.bfloat16()).to(x.dtype)
        return super().forward(x)


class Cache:
    """The keys, not yet rotated, and the values (B, h, at most n, d_k) of the last n positions, for one attention."""

    def __init__(self, n: int) -> None:
        self.n, self.K, self.V = n, torch.empty(0, 0), torch.empty(0, 0)

    def __len__(self) -> int:
        return self.K.size(-2)

    def extended(self, K: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
        """All keys and values, with those of new positions behind; beyond n the oldest are forgotten."""
        if len(self):
            K, V = torch.cat([self.K, K], dim=-2), torch.cat([self.V, V], dim=-2)
        self.K, self.V = K[..., -self.n :, :], V[..., -self.n :, :]
        return self.K, self.V


class Attention(nn.Module):
    """Multi-head self-attention (section 3.2.2) with the mask of section 3.2.3."""

    def __init__(self, d_model: int, h: int, causal: bool, dropout: float, normed: bool = True) -> None:
        super().__init__()
        self.h, self.causal, self.dropout = h, causal, dropout
        self.norm = norm if normed else same
        # With queries and keys of length √d_k no logit can grow without bound; 11 / d_k bounds it by 11.
        self.scale = 11 * h / d_model if normed else math.sqrt(h / d_model)
        self.W_Q, self.W_K, self.W_V, self.W_O = (Linear(d_model, d_model) for _ in range(4))

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Q, K and V (B, h, n, d_k) before positions; queries and keys are brought to length √d_k."""
        B, n, _ = x.shape
        Q, K, V = (W(x).view(B, n, self.h, -1).transpose(1, 2) for W in (self.W_Q, self.W_K, self.W_V))
        return self.norm(Q), self.norm(K), V

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor] | None, cache: Cache | None = None) -> Tensor:
        """`turn`: the cosines and sines (n, d_k) by which positions are rotated, if they are."""
        Q, K, V = self.parts(x)
        if cache is not None:
            # The oldest position that is remembered is position 0: only distances count, so the window may slide on.
            K, V = cache.extended(K, V)
        m, end = Q.size(-2), K.size(-2)
        if turn is not None:
            cos, sin = turn
            Q, K = rotated(Q, cos[end - m : end], sin[end - m : end]), rotated(K, cos[:end], sin[:end])
        # Behind what is cached, the i-th new position sees all that is old and i new ones; a single one sees all.
        seen = Q.new_ones(m, end, dtype=torch.bool).tril(end - m) if 1 < m < end else None
        # Equation (1): softmax(Q Kᵀ / √d_k) V, in one kernel that never stores the n × n matrix.
        heads = F.scaled_dot_product_attention(
            Q, K, V, seen, self.dropout * self.training, is_causal=self.causal and m == end, scale=self.scale
        )
        return cast(Tensor, self.W_O(heads.transpose(1, 2).flatten(2)))

    def weights(self, x: Tensor, turn: tuple[Tensor, Tensor] | None) -> Tensor:
        """The softmax of equation (1) by itself (B, h, n, n): how much each position, a row, takes from each other."""
        Q, K, _ = self.parts(x)
        n = Q.size(-2)
        if turn is not None:
            Q, K = (rotated(part, turn[0][:n], turn[1][:n]) for part in (Q, K))
        logits = Q @ K.mT * self.scale
        if self.causal:
            logits = logits.masked_fill(torch.ones_like(logits, dtype=torch.bool).triu(1), -math.inf)
        return logits.softmax(-1)


class Layer(nn.Module):
    """One of the N layers (section 3.1): attention, then the same small network at every position."""

    def __init__(
        self, d_model: int, h: int, d_ff: int, causal: bool, dropout: float, residual: bool = True, normed: bool = True
    ) -> None:
        super().__init__()
        self.attention = Attention(d_model, h, causal, dropout, normed)
        self.W_1, self.W_2 = Linear(d_model, d_ff), Linear(d_ff, d_model)
        self.dropout, self.residual, self.norm = dropout, residual, norm if normed else same

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor] | None, cache: Cache | None = None) -> Tensor:
        # The paper normalises after the sum, LayerNorm(x + Sublayer(x)); before it, deep stacks train without warm-up.
        y = F.dropout(self.attention(self.norm(x), turn, cache), self.dropout, self.training)
        x = x + y if self.residual else y
        # Equation (2): max(0, x W_1) W_2, with the square of max(0, ·), which learns faster for the same cost.
        a = F.relu(self.W_1(self.norm(x)))
        y = F.dropout(self.W_2(a * a), self.dropout, self.training)
        return x + y if self.residual else y


class Transformer(nn.Module):
    """The decoder: bytes (B, n) in, logits over the next byte (B, n, vocabulary) out.

    `positions` are none, learned (added to the embeddings) or rope; `residual`, `normed` and `causal` take parts away.
    """

    def __init__(
        self, vocabulary: int, N: int, d_model: int, h: int, n: int, causal: bool = True, positions: str = "rope",
        zero_init: bool = True, dropout: float = 0.0, residual: bool = True, normed: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.shape = {"vocabulary": vocabulary, "N": N, "d_model": d_model, "h": h, "n": n, "causal": causal,
            "positions": positions, "zero_init": zero_init, "dropout": dropout, "residual": residual,
            "normed": normed}  # fmt: skip
        self.n, self.causal, self.norm = n, causal, norm if normed else same
        self.embedding = nn.Embedding(vocabulary, d_model)
        self.positions = nn.Embedding(n, d_model) if positions == "learned" else None
        layers = (Layer(d_model, h, 4 * d_model, causal, dropout, residual, normed) for _ in range(N))
        self.layers = nn.ModuleList(layers)
        self.unembedding = Linear(d_model, vocabulary)  # section 3.4 shares it with the embedding
        # Every byte is equally likely at the start, and every layer the identity, if there is a way past it.
        zero = ("W_O.weight", "W_2.weight", "unembedding.weight") if residual else ("unembedding.weight",)
        for name, W in self.named_parameters():
            if zero_init and name.endswith(zero):
                nn.init.zeros_(W)
        d_k = d_model // h
        angles = torch.outer(torch.arange(n), 10000.0 ** (-torch.arange(0, d_k, 2) / d_k))
        self.rope = positions == "rope"
        self.cos = nn.Buffer(torch.cat([angles.cos(), angles.cos()], dim=-1), persistent=False)
        self.sin = nn.Buffer(torch.cat([-angles.sin(), angles.sin()], dim=-1), persistent=False)

    @property
    def turn(self) -> tuple[Tensor, Tensor] | None:
        """By how much each position is rotated: cosines and sines (n, d_k)."""
        return (self.cos, self.sin) if self.rope else None

    def forward(self, tokens: Tensor, last: int | None = None, caches: list[Cache] | None = None) -> Tensor:
        """The logits, or those of the `last` positions only; `caches` know the positions before these, and are told.

        With rope, or none, the caches go on for ever: a position sees the last n before it, and through N layers
        further. Learned positions end at n: begin again then, with new caches.
        """
        x = self.embedding(tokens)
        before = len(caches[0]) if caches else 0
        if before + tokens.size(1) > self.n and (self.positions is not None or tokens.size(1) > 1):
            raise ValueError(f"{before + tokens.size(1)} positions, and the model has {self.n}")
        if self.positions is not None:
            x = x + self.positions.weight[before : before + tokens.size(1)]
        x = self.norm(x)
        for number, layer in enumerate(self.layers):
            x = layer(x, self.turn, caches[number] if caches else None)
        return cast(Tensor, self.unembedding(self.norm(x if last is None else x[:, -last:])))

    def caches(self) -> list[Cache]:
        """An empty cache for each layer."""
        return [Cache(self.n) for _ in self.layers]

    def save(self, path: Path, vocabulary: bytes) -> None:
        """Write the model, whole, and what it was trained to read; every process must, where it is shared out."""
        tensors = {name: distributed.whole(tensor) for name, tensor in self.state_dict().items()}
        tensor_file.write(path, tensors, {"shape": json.dumps(self.shape), "vocabulary": vocabulary.hex()})

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> "tuple[Transformer, bytes]":
        """The model that `save` wrote, and its vocabulary; raises OSError, and ValueError for another file."""
        tensors, metadata = tensor_file.read(path)
        try:
            model = cls(**json.loads(metadata["shape"]))
            model.load_state_dict(tensors)
        except (KeyError, TypeError, RuntimeError) as error:
            raise ValueError("it holds no model of this lab") from error
        return model.to(device), bytes.fromhex(metadata["vocabulary"])


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """-log p of each target, averaged (nats a byte)."""
    return F.cross_entropy(logits.flatten(0, -2).float(), targets.flatten())


def drawn_from(logits: Tensor, temperature: float, top_k: int = 0, top_p: float = 1.0) -> Tensor:
    """The probabilities to draw the next byte by, from logits (B, vocabulary); temperature 0 takes the likeliest.

    Of the top_k likeliest (0: all) stay the fewest that reach top_p of what those have together (Holtzman et al. 2020).
    """
    if temperature == 0:
        return F.one_hot(logits.argmax(-1), logits.size(-1)).float()
    p, order = (logits.float().nan_to_num() / temperature).softmax(-1).sort(-1, descending=True)
    if top_k:
        p[..., top_k:] = 0
    p /= p.sum(-1, keepdim=True)
    p[p.cumsum(-1) - p >= top_p] = 0  # those before it reach top_p already
    return torch.zeros_like(p).scatter(-1, order, p / p.sum(-1, keepdim=True))


@torch.no_grad()
def generate(
    model: Transformer, tokens: Tensor, length: int, temperature: float = 0.8, top_k: int = 0, top_p: float = 1.0
) -> Tensor:
    """The tokens (B, m) and `length` more, one drawn after the other; each costs one position, thanks to the caches."""
    training = model.training
    model.eval()
    caches, new = model.caches(), tokens[:, -model.n :]
    for _ in range(length):
        if not model.causal:  # what is later changes what was before: nothing can be kept
            caches, new = model.caches(), tokens[:, -model.n :]
        elif model.positions is not None and len(caches[0]) == model.n:  # learned positions are used up
            caches, new = model.caches(), tokens[:, -max(1, model.n // 2) :]
        new = torch.multinomial(drawn_from(model(new, last=1, caches=caches)[:, -1], temperature, top_k, top_p), 1)
        tokens = torch.cat([tokens, new], dim=1)
    model.train(training)
    return tokens
