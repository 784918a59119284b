"""What Algorithm 1 of Abadi et al. (2016) leaves to chance: who is in a lot, and the noise on its sum of gradients."""

import math
import os
from typing import cast

import torch
from torch import Tensor, nn


def poisson(N: int, q: float, at: torch.device | str) -> Tensor:
    """The indices of a lot: each of N examples is in it with probability q, so that its size varies (section 3.1)."""
    return (torch.rand(N, device=at) < q).nonzero().flatten()


def noise_like(x: Tensor, secure: bool) -> Tensor:
    """N(0, 1) of x's shape; `secure` draws it from the kernel's generator, by the rule of Box and Muller."""
    if not secure:
        return torch.randn_like(x)
    bits = torch.frombuffer(bytearray(os.urandom(16 * x.numel())), dtype=torch.int64).view(2, *x.shape)
    u, v = ((bits >> 11) & (2**53 - 1)).double() / 2**53
    return ((-2 * torch.log1p(-u)).sqrt() * torch.cos(2 * math.pi * v)).to(x)


def add_noise(model: nn.Module, sigma: float, C: float, L: float, secure: bool = False) -> None:
    """Algorithm 1, "add noise": each gradient becomes (its sum + N(0, σ² C²)) / L."""
    for W in model.parameters():
        W.grad = (cast(Tensor, W.grad) + sigma * C * noise_like(W, secure)) / L
