"""A Diffusion Transformer F(x; c_noise, class): "Scalable Diffusion Models with Transformers" (Peebles and Xie 2023).

Shapes: B images are cut into n patches of p × p pixels, each a token of d numbers; h heads.
"""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from unet import Condition, begins_at_zero


def modulated(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Layer norm without gain and bias of its own: the condition gives both (figure 3; adaptive layer norm)."""
    return torch.addcmul(shift[:, None], F.layer_norm(x, x.shape[-1:]), 1 + scale[:, None])


class Layer(nn.Module):
    """A Transformer's layer with adaLN-zero: six vectors from the condition, and the gates among them begin at zero."""

    def __init__(self, d: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.condition = nn.Linear(d, 6 * d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.W_1, self.W_2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        begins_at_zero(self.condition)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        B, n, d = x.shape
        shift_1, scale_1, gate_1, shift_2, scale_2, gate_2 = self.condition(told).chunk(6, 1)
        q, k, v = self.qkv(modulated(x, shift_1, scale_1)).view(B, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, n, d)
        x = torch.addcmul(x, gate_1[:, None], self.out(seen))
        hidden = F.gelu(self.W_1(modulated(x, shift_2, scale_2)), approximate="tanh")
        return torch.addcmul(x, gate_2[:, None], self.W_2(hidden))


def positions(side: int, d: int) -> Tensor:
    """Where each of side × side patches lies (n, d): sines and cosines of its row, and of its column."""
    angles = torch.outer(torch.arange(side), 100.0 ** -torch.linspace(0, 1, d // 4))
    one = torch.cat([angles.sin(), angles.cos()], 1)
    return torch.cat([one.repeat_interleave(side, 0), one.repeat(side, 1)], 1)


class DiT(nn.Module):
    """F(x, c_noise, classes), as `UNet`'s; `size` pixels a side, a multiple of `patch`."""

    def __init__(self, channels: int, size: int, classes: int, width: int, layers: int, heads: int, patch: int) -> None:
        super().__init__()
        self.patch, self.side = patch, size // patch
        self.condition = Condition(classes, width)
        self.enter = nn.Linear(channels * patch**2, width)
        self.positions = nn.Buffer(positions(self.side, width))
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.last = nn.Linear(width, 2 * width)
        self.leave = nn.Linear(width, channels * patch**2)
        for part in (self.last, self.leave):  # F begins at 0, and D at c_skip x
            begins_at_zero(part)

    def forward(self, x: Tensor, c_noise: Tensor, classes: Tensor, mirrored: Tensor | None = None) -> Tensor:
        told = self.condition(c_noise, classes, mirrored)
        tokens = F.pixel_unshuffle(x, self.patch).flatten(2).mT  # (B, n, C p²)
        tokens = self.enter(tokens) + self.positions
        for layer in self.layers:
            tokens = layer(tokens, told)
        shift, scale = self.last(told).chunk(2, 1)
        patches = self.leave(modulated(tokens, shift, scale))
        return F.pixel_shuffle(cast(Tensor, patches).mT.reshape(len(x), -1, self.side, self.side), self.patch)
