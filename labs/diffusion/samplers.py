"""How to follow the path from noise to image: schedules, and steps along them (Karras et al. 2022, sections 2 to 4).

An image y is x = s(t) (y + σ(t) n) at time t, n being noise. Equation 4 says how x moves. The paper's own choice (EDM)
is σ(t) = t and s(t) = 1; those before it, VP and VE, are others, and Euler's and Heun's method here take any of them. A
denoiser D(x, σ) has x of any shape with the images first; times and levels are numbers in float64.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

Denoiser = Callable[[Tensor, Tensor], Tensor]
SIGMA_MIN, SIGMA_MAX = 0.002, 80.0  # table 1
BETA_D, BETA_MIN = 19.9, 0.1  # table 1: of VP


@dataclass(frozen=True)
class Schedule:
    """σ(t) and s(t), what they change by in t, and `steps`: n times from σ_max to σ_min with 0 behind them.

    Table 1, but for the ends: VP and VE are given EDM's σ_max and σ_min, so that all follow one path.
    """

    sigma: Callable[[Tensor], Tensor]
    d_sigma: Callable[[Tensor], Tensor]
    s: Callable[[Tensor], Tensor]
    d_s: Callable[[Tensor], Tensor]
    steps: Callable[[int], Tensor]


def spaced(first: float, last: float, n: int) -> Tensor:
    """n numbers from first to last, equally far apart, and a zero."""
    i = torch.arange(n, dtype=torch.float64) / (n - 1)
    return torch.cat([first + i * (last - first), torch.zeros(1, dtype=torch.float64)])


def edm_steps(n: int, rho: float = 7.0) -> Tensor:
    """Equation 5: n noise levels, closer together where they are small, and zero at the end."""
    return spaced(SIGMA_MAX ** (1 / rho), SIGMA_MIN ** (1 / rho), n) ** rho


def linear_steps(n: int) -> Tensor:
    """Noise levels that lie equally far apart, which is equation 5 with ρ = 1."""
    return edm_steps(n, 1.0)


def geometric_steps(n: int) -> Tensor:
    """Each level the same share of the one before, as the VE schedule has them."""
    levels = spaced(math.log(SIGMA_MAX), math.log(SIGMA_MIN), n).exp()
    return torch.cat([levels[:-1], torch.zeros(1, dtype=torch.float64)])


def vp_log(t: Tensor) -> Tensor:
    """½ β_d t² + β_min t: the noise that VP's SDE has let in by time t, and -2 ln s(t)."""
    return BETA_D * t**2 / 2 + BETA_MIN * t


def vp_time(sigma: float) -> float:
    """When VP is at that noise level: vp_log solved for t."""
    return (math.sqrt(BETA_MIN**2 + 2 * BETA_D * math.log1p(sigma**2)) - BETA_MIN) / BETA_D


EDM = Schedule(lambda t: t, torch.ones_like, torch.ones_like, torch.zeros_like, edm_steps)
VP = Schedule(
    sigma=lambda t: vp_log(t).expm1().sqrt(),
    d_sigma=lambda t: (BETA_D * t + BETA_MIN) * vp_log(t).exp() / (2 * vp_log(t).expm1().sqrt()),
    s=lambda t: (-vp_log(t) / 2).exp(),
    d_s=lambda t: -(BETA_D * t + BETA_MIN) / 2 * (-vp_log(t) / 2).exp(),
    steps=lambda n: spaced(vp_time(SIGMA_MAX), vp_time(SIGMA_MIN), n),
)
VE = Schedule(torch.sqrt, lambda t: t.rsqrt() / 2, torch.ones_like, torch.zeros_like, lambda n: geometric_steps(n) ** 2)
SCHEDULES = {"EDM": EDM, "VP": VP, "VE": VE}


def velocity(D: Denoiser, x: Tensor, t: Tensor, c: Schedule) -> Tensor:
    """dx/dt of equation 4, as algorithm 1 has it; with σ(t) = t and s(t) = 1 it is (x - D(x; t)) / t."""
    sigma, s = c.sigma(t), c.s(t)
    share = c.d_sigma(t) / sigma
    return (share + c.d_s(t) / s) * x - share * s * D(x / s, sigma)


def euler(D: Denoiser, x: Tensor, times: Tensor, c: Schedule = EDM) -> Tensor:
    """One evaluation of D a step: go straight on along the tangent. From x = s σ n at times[0]."""
    for now, then in pairwise(times):
        x = x + (then - now) * velocity(D, x, now, c)
    return x


Seen = Callable[[Tensor, Tensor], None]


def heun(D: Denoiser, x: Tensor, times: Tensor, c: Schedule = EDM, seen: Seen | None = None) -> Tensor:
    """Algorithm 1: a second evaluation at the end of the step, and the mean of both slopes; n steps take 2n - 1.

    `seen` is told x and t after each step.
    """
    for now, then in pairwise(times):
        d = velocity(D, x, now, c)
        if then > 0:
            d = (d + velocity(D, x + (then - now) * d, then, c)) / 2
        x = x + (then - now) * d
        if seen is not None:
            seen(x, then)
    return x


def multistep(D: Denoiser, x: Tensor, sigmas: Tensor) -> Tensor:
    """DPM-Solver++ (2M; Lu et al. 2022), σ(t) = t: one evaluation a step, and the one before to see how D bends."""
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


def churned(x: Tensor, sigma: Tensor, gamma: float, s_noise: float = 1.0) -> tuple[Tensor, Tensor]:
    """Fresh noise on top, from σ up to σ̂ = σ + γ σ: x and σ̂ (algorithm 2, lines 5 and 6)."""
    up = sigma * (1 + gamma)
    return x + (up**2 - sigma**2).sqrt() * s_noise * torch.randn_like(x), up


def stochastic(
    D: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    churn: float,
    between: tuple[float, float] = (0.0, math.inf),
    s_noise: float = 1.0,
    second: bool = True,
    seen: Seen | None = None,
) -> Tensor:
    """Algorithm 2: before each step `between` S_tmin and S_tmax fresh noise goes in, as much as `churn` (S_churn) says.

    Without the `second` evaluation each step is Euler's.
    """
    n = len(sigmas) - 1
    for now, then in pairwise(sigmas):
        gamma = min(churn / n, math.sqrt(2) - 1) if between[0] <= now <= between[1] else 0.0
        x, up = churned(x, now, gamma, s_noise)
        d = velocity(D, x, up, EDM)
        if second and then > 0:
            d = (d + velocity(D, x + (then - up) * d, then, EDM)) / 2
        x = x + (then - up) * d
        if seen is not None:
            seen(x, then)
    return x
