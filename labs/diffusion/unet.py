"""A U-Net F(x; c_noise, class), small enough for two CPU cores (Ronneberger et al. 2015; Ho et al. 2020).

Shapes: B images of C channels; the first layer folds p × p pixels into one place (p = `patch`), so that no convolution
runs at full resolution; each level after the first has half the places a side and twice the channels, where a
convolution costs the same and holds four times the weights. Every level's end is kept, and joined on the way up.
"""

import math
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Condition(nn.Module):
    """What the network is told besides x: noise level, class (the last of them is "any"), whether x is a mirror image.

    c_noise as 16 sines and cosines (B, 32), then two layers; class and mirror are added to it; (B, width) comes out.
    """

    def __init__(self, classes: int, width: int) -> None:
        super().__init__()
        self.frequencies = nn.Buffer(math.pi / 2 * 2 ** torch.linspace(0, 5, 16))
        self.level = nn.Sequential(nn.Linear(32, width), nn.SiLU(), nn.Linear(width, width))
        self.kind = nn.Embedding(classes + 1, width)
        self.mirror = nn.Parameter(torch.zeros(width))

    def forward(self, c_noise: Tensor, classes: Tensor, mirrored: Tensor | None) -> Tensor:
        angles = c_noise[:, None] * self.frequencies
        told = self.level(torch.cat([angles.cos(), angles.sin()], 1)) + self.kind(classes)
        return F.silu(told if mirrored is None else torch.addcmul(told, mirrored[:, None].to(told), self.mirror))


def begins_at_zero(part: nn.Conv2d | nn.Linear) -> None:
    """Its outputs are 0 until it has learned something."""
    nn.init.zeros_(part.weight)
    if part.bias is not None:
        nn.init.zeros_(part.bias)


class Block(nn.Module):
    """x + two convolutions of it; the condition scales and shifts what lies between them."""

    def __init__(self, C_in: int, C_out: int, told: int) -> None:
        super().__init__()
        self.norm_1 = nn.GroupNorm(max(1, C_in // 16), C_in)
        self.conv_1 = nn.Conv2d(C_in, C_out, 3, padding=1)
        self.norm_2 = nn.GroupNorm(max(1, C_out // 16), C_out, affine=False)
        self.scale_shift = nn.Linear(told, 2 * C_out)
        self.conv_2 = nn.Conv2d(C_out, C_out, 3, padding=1)
        self.straight = nn.Conv2d(C_in, C_out, 1) if C_in != C_out else nn.Identity()
        begins_at_zero(self.conv_2)  # a block begins as the identity

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        scale, shift = self.scale_shift(told)[:, :, None, None].chunk(2, 1)
        h = self.conv_1(F.silu(self.norm_1(x)))
        h = torch.addcmul(shift, self.norm_2(h), 1 + scale)
        return cast(Tensor, self.straight(x) + self.conv_2(F.silu(h)))


class Attention(nn.Module):
    """x + self-attention over its places, where they are few: the lowest level."""

    def __init__(self, C: int) -> None:
        super().__init__()
        self.heads = max(1, C // 32)
        self.norm = nn.GroupNorm(max(1, C // 16), C)
        self.qkv, self.out = nn.Linear(C, 3 * C), nn.Linear(C, C)
        begins_at_zero(self.out)

    def forward(self, x: Tensor) -> Tensor:
        B, C, H, W = x.shape
        places = self.norm(x).permute(0, 2, 3, 1).reshape(B, H * W, C)  # a view: channels come last in memory
        q, k, v = self.qkv(places).view(B, H * W, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, H * W, C)
        return x + cast(Tensor, self.out(seen)).view(B, H, W, C).permute(0, 3, 1, 2)


class UNet(nn.Module):
    """F(x, c_noise, classes): x (B, C, size, size), c_noise (B,), classes (B,) in 0 … `classes`, the last for "any"."""

    def __init__(self, channels: int, size: int, classes: int, width: int, blocks: int, patch: int) -> None:
        super().__init__()
        levels, side = 1, size // patch
        while side > 8 and side % 2 == 0:
            levels, side = levels + 1, side // 2
        self.patch, told = patch, 4 * width
        self.condition = Condition(classes, told)
        self.enter = nn.Conv2d(channels * patch**2, width, 3, padding=1)
        widths = [width * 2**level for level in range(levels)]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, C in enumerate(widths):
            first = nn.Conv2d(widths[level - 1], C, 3, stride=2, padding=1) if level else nn.Identity()
            self.down.append(nn.ModuleList([first, *(Block(C, C, told) for _ in range(blocks))]))
        self.attention = Attention(widths[-1])
        self.middle = Block(widths[-1], widths[-1], told)
        for C, below in zip(widths[-2::-1], widths[:0:-1], strict=True):
            through = [Block(2 * C, C, told), *(Block(C, C, told) for _ in range(blocks - 1))]
            self.up.append(nn.ModuleList([nn.Conv2d(below, 4 * C, 1), *through]))
        self.norm = nn.GroupNorm(max(1, width // 16), width)
        self.leave = nn.Conv2d(width, channels * patch**2, 3, padding=1)
        begins_at_zero(self.leave)  # F begins at 0, and D at c_skip x

    def forward(self, x: Tensor, c_noise: Tensor, classes: Tensor, mirrored: Tensor | None = None) -> Tensor:
        told = self.condition(c_noise, classes, mirrored)
        # The channels of a place side by side in memory are what convolutions are quickest with.
        x = self.enter(F.pixel_unshuffle(x, self.patch).contiguous(memory_format=torch.channels_last))
        kept: list[Tensor] = []
        for first, *blocks in cast(list[list[nn.Module]], self.down):
            x = first(x)
            for block in blocks:
                x = block(x, told)
            kept.append(x)
        x = self.middle(self.attention(kept.pop()), told)
        for widen, *blocks in cast(list[list[nn.Module]], self.up):
            x = torch.cat([F.pixel_shuffle(widen(x), 2), kept.pop()], 1)
            for block in blocks:
                x = block(x, told)
        return F.pixel_shuffle(self.leave(F.silu(self.norm(x))), self.patch)
