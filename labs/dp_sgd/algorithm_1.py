"""What Algorithm 1 of Abadi et al. (2016) leaves to chance: who is in a lot, and the noise on its sum of gradients.

With `secure`, both come from the kernel's generator, which nobody can foretell and no run can repeat. Otherwise they
come from torch's: whoever knows the seed can take the noise away again.
"""

import math
import os
from typing import cast

import torch
from torch import Tensor, nn


def poisson(N: int, q: float, at: torch.device | str, secure: bool = False) -> Tensor:
    """The indices of a lot: each of N examples is in it with probability q, so that its size varies (section 3.1)."""
    u = uniform(N).to(at) if secure else torch.rand(N, device=at)
    return (u < q).nonzero().flatten()


def noise_like(x: Tensor, secure: bool = False) -> Tensor:
    """N(0, 1) of x's shape; `secure` noise by the rule of Box and Muller."""
    if not secure:
        return torch.randn_like(x)
    u, v = uniform(2 * x.numel()).view(2, *x.shape)
    return ((-2 * torch.log1p(-u)).sqrt() * torch.cos(2 * math.pi * v)).to(x)


def uniform(count: int) -> Tensor:
    """So many numbers of [0, 1) from the kernel's generator, with 53 bits each."""
    bits = torch.frombuffer(bytearray(os.urandom(8 * count)), dtype=torch.int64)
    return ((bits >> 11) & (2**53 - 1)).double() / 2**53


def add_noise(model: nn.Module, sigma: float, C: float, L: float, secure: bool = False) -> None:
    """Algorithm 1, "add noise": each gradient becomes (its sum + N(0, σ² C²)) / L; what is frozen has none."""
    for W in model.parameters():
        if W.requires_grad:
            W.grad = (cast(Tensor, W.grad) + sigma * C * noise_like(W, secure)) / L
