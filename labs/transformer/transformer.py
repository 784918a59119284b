"""A decoder-only Transformer, beside "Attention Is All You Need" (Vaswani et al. 2017).

The names and equation numbers are the paper's, of its decoder without the encoder. Where this code differs from the
paper, a comment says how and why.

Shapes: B sequences in a batch, n positions in a sequence, d_model numbers for a position, h heads, d_k = d_model / h.
"""

import math
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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
