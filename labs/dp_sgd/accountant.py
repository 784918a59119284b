"""What DP-SGD spends: the moments accountant of Abadi et al. (section 3.2), and how much noise a promise takes.

`privacy_loss.py` has what both accountants start from, and the sharper of the two; its `epsilon_pld` is what the lab
promises, and these moments are drawn beside it. Today they are called Rényi divergence.
"""

import math
from collections.abc import Callable, Sequence

import torch
from privacy_loss import Phase, checked, epsilon_pld, log_ratio
from torch import Tensor

from cs229tui.errors import UsageError

__all__ = ["compose_rdp", "epsilon_pld", "epsilon_rdp", "moments", "noise_for"]

# The orders α at which dp-accounting and Opacus look too, so that figures can be compared.
ORDERS = torch.tensor([1 + x / 10 for x in range(1, 100)] + [*range(11, 64), 128, 256, 512, 1024], dtype=torch.float64)
MOST_NOISE = 10_000.0


def moments(sigma: float, q: float) -> Tensor:
    """log E[(mixture / N(0, σ²))^α] over N(0, σ²) for each α of `ORDERS` (λ + 1 in section 3.2).

    This is the larger of the two directions (Mironov, Talwar and Zhang 2019, theorem 5). For whole α it is a binomial
    sum (their section 3.3), else an integral. Both are taken less 1, and have no negative parts: as Σ C(α, k) ... = 1
    and E[mixture / N] = 1, what 1 would be made of can be left out, and little that is spent stays exact.
    """
    a, whole = ORDERS, ORDERS.round() == ORDERS
    if q == 1:
        return a * (a - 1) / (2 * sigma**2)
    log_more = torch.empty_like(a)
    n, k = a[whole][:, None], torch.arange(2, int(a.max()) + 1, dtype=torch.float64)
    log_chance = torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma((n - k).clamp(min=0) + 1)
    log_chance += (n - k) * math.log1p(-q) + k * math.log(q)
    log_more[whole] = (log_chance + _log_expm1(k * (k - 1) / (2 * sigma**2))).where(k <= n, -math.inf).logsumexp(1)
    # Steps of σ / 8, and of σ² / 2 where little noise makes the ratio steep: the trapezoid rule sees no error there.
    n, h = a[~whole][:, None], min(sigma / 8, sigma**2 / 2)
    z = torch.arange(-12 * sigma, float(n.max()) + 12 * sigma, h, dtype=torch.float64)
    ratio = log_ratio(z, sigma, q)
    bend = torch.expm1((n * ratio).clamp(max=40)) - n * torch.expm1(ratio.clamp(max=40))  # (1 + x)^α - 1 - α x >= 0
    log_bend = torch.where(n * ratio < 40, bend.clamp(min=0).log(), n * ratio)
    log_more[~whole] = (log_bend - z**2 / (2 * sigma**2)).logsumexp(1) + math.log(h / (sigma * math.sqrt(2 * math.pi)))
    return torch.logaddexp(torch.zeros_like(log_more), log_more).where(log_more > -36, log_more.exp())


def _log_expm1(x: Tensor) -> Tensor:
    return torch.where(x < 40, torch.expm1(x.clamp(max=40)).log(), x)


def epsilon_rdp(sigma: float, q: float, steps: int, delta: float) -> float:
    """The ε that `steps` steps spend at δ by their Rényi divergence (Mironov 2017)."""
    return compose_rdp([(sigma, q, steps)], delta)


def compose_rdp(phases: Sequence[Phase], delta: float) -> float:
    """The ε that all phases spend at δ: Rényi divergences add up over steps (theorem 2.1 of the paper).

    Turned into (ε, δ) by Canonne, Kamath and Steinke (2020), proposition 12, a little below theorem 2.2 of the paper;
    and δ² >= 1 - e^-KL allows ε = 0 (Bretagnolle and Huber), where KL is at most any Rényi divergence.
    """
    phases = checked(phases, delta)
    if not all(sigma for sigma, _, _ in phases):
        return math.inf
    a = ORDERS
    rdp = sum((steps * moments(sigma, q) / (a - 1) for sigma, q, steps in phases), torch.zeros_like(a))
    epsilons = rdp + torch.log1p(-1 / a) - (math.log(delta) + a.log()) / (a - 1)
    return max(float(epsilons.where(-torch.expm1(-rdp) > delta**2, 0.0).min()), 0.0)


def noise_for(
    epsilon: float, delta: float, q: float, steps: int, spend: Callable[[float, float, int, float], float] = epsilon_rdp
) -> float:
    """The least σ with which `steps` steps stay within (ε, δ), to 0.1 %, by the accountant `spend`."""
    if epsilon <= 0:
        raise UsageError(f"No noise keeps ε = {epsilon:g}.", "Ask for an ε above 0.")
    # Other accountants ask for a little less than this one, and take longer the less noise there is.
    high = 1.0 if spend is epsilon_rdp else noise_for(epsilon, delta, q, steps)
    low = high / 1.2
    at_low, at_high = spend(low, q, steps, delta), spend(high, q, steps, delta)
    while at_high > epsilon:
        if high > MOST_NOISE:
            raise UsageError(
                f"No σ up to {MOST_NOISE:,.0f} keeps ε = {epsilon:g} at δ = {delta:g} for {steps:,} steps.",
                "Allow a larger ε, or take fewer epochs or a smaller share of the data in each lot.",
            )
        low, at_low, high = high, at_high, 1.2 * high
        at_high = spend(high, q, steps, delta)
    while at_low <= epsilon and low > 0.01:
        high, at_high, low = low, at_low, low / 1.2
        at_low = spend(low, q, steps, delta)
    while high / low > 1.001:
        # ε is nearly a power of σ: where it would be right, and a little to both sides.
        share = math.log(min(at_low, 1e9) / epsilon) / math.log(min(at_low, 1e9) / max(at_high, epsilon / 2))
        root = low * (high / low) ** min(max(share, 0.1), 0.9)
        for middle in (1.0004 * root, root / 1.0004):
            if low < middle < high:
                spent = spend(middle, q, steps, delta)
                low, at_low, high, at_high = (
                    (low, at_low, middle, spent) if spent <= epsilon else (middle, spent, high, at_high)
                )
    return high
