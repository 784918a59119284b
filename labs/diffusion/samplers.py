"""How to follow the path from noise to image: noise levels, and steps along them (Karras et al. 2022, section 3).

Equation 1 with s(t) = 1 and σ(t) = t is dx/dσ = (x - D(x; σ)) / σ, from σ_max to zero. Any denoiser D(x, σ) will do,
for x of any shape with the images first; the levels are numbers in float64.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

Denoiser = Callable[[Tensor, Tensor], Tensor]
SIGMA_MIN, SIGMA_MAX = 0.002, 80.0  # table 1


def edm_steps(n: int, rho: float = 7.0) -> Tensor:
    """Equation 5: n noise levels, closer together where they are small, and zero at the end."""
    i = torch.arange(n, dtype=torch.float64) / (n - 1)
    sigmas = (SIGMA_MAX ** (1 / rho) + i * (SIGMA_MIN ** (1 / rho) - SIGMA_MAX ** (1 / rho))) ** rho
    return torch.cat([sigmas, torch.zeros(1, dtype=torch.float64)])


def linear_steps(n: int) -> Tensor:
    """Noise levels that lie equally far apart, which is equation 5 with ρ = 1."""
    return edm_steps(n, 1.0)


def geometric_steps(n: int) -> Tensor:
    """Each level the same share of the one before, as the VE schedule has them (table 1)."""
    i = torch.arange(n, dtype=torch.float64) / (n - 1)
    return torch.cat([SIGMA_MAX * (SIGMA_MIN / SIGMA_MAX) ** i, torch.zeros(1, dtype=torch.float64)])


def euler(D: Denoiser, x: Tensor, sigmas: Tensor) -> Tensor:
    """One evaluation of D a step: go straight on along the tangent."""
    for now, then in pairwise(sigmas):
        x = x + (then - now) * (x - D(x, now)) / now
    return x


def heun(D: Denoiser, x: Tensor, sigmas: Tensor, seen: Callable[[Tensor, Tensor], None] | None = None) -> Tensor:
    """Algorithm 1: a second evaluation at the end of the step, and the mean of both slopes; n steps take 2n - 1."""
    for now, then in pairwise(sigmas):
        slope = (x - D(x, now)) / now
        ahead = x + (then - now) * slope
        if then > 0:
            slope = (slope + (ahead - D(ahead, then)) / then) / 2
        x = x + (then - now) * slope
        if seen is not None:
            seen(D(x, then) if then > 0 else x, then)
    return x


def multistep(D: Denoiser, x: Tensor, sigmas: Tensor) -> Tensor:
    """DPM-Solver++ (2M; Lu et al. 2022): one evaluation a step, and the one before it to see how D bends."""
    before, log_before = None, 0.0
    for now, then in pairwise(sigmas):
        denoised = D(x, now)
        if then == 0:
            return denoised
        h = float(now.log() - then.log())
        if before is None:
            guess = denoised
        else:
            r = (log_before - float(now.log())) / h
            guess = (1 + 1 / (2 * r)) * denoised - before / (2 * r)
        x = then / now * x + (1 - then / now) * guess
        before, log_before = denoised, float(now.log())
    return x


def stochastic(D: Denoiser, x: Tensor, sigmas: Tensor, churn: float) -> Tensor:
    """Algorithm 2: before each step some fresh noise, as much as `churn` (S_churn) says, goes in."""
    n = len(sigmas) - 1
    for now, then in pairwise(sigmas):
        gamma = min(churn / n, math.sqrt(2) - 1)
        up = now * (1 + gamma)
        x = x + (up**2 - now**2).sqrt() * torch.randn_like(x)
        slope = (x - D(x, up)) / up
        ahead = x + (then - up) * slope
        if then > 0:
            slope = (slope + (ahead - D(ahead, then)) / then) / 2
        x = x + (then - up) * slope
    return x


SAMPLERS: dict[str, tuple[Callable[[Denoiser, Tensor, Tensor], Tensor], Callable[[int], Tensor], int]] = {
    "Euler": (euler, edm_steps, 1),
    "Heun": (heun, edm_steps, 2),
    "linear levels, Heun": (heun, linear_steps, 2),
    "geometric levels, Heun": (heun, geometric_steps, 2),
    "DPM-Solver++ 2M": (multistep, geometric_steps, 1),
}
