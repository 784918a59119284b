"""What DP-SGD spends: the moments accountant of Abadi et al. (section 3.2), and the sharper privacy loss distribution.

One step of Algorithm 1 is the Gaussian mechanism of noise σ on a lot that holds each example with probability q. Along
the one direction in which two neighbouring data sets differ, its output is N(0, σ²) without the example and the mixture
(1 - q) N(0, σ²) + q N(1, σ²) with it. Both accountants ask how well T such steps tell the two apart, for data sets that
differ by one example added or removed.

Everything is float64 on the CPU: probabilities of 1e-10 matter here.
"""

import math
from bisect import bisect_left
from collections.abc import Callable

import torch
from torch import Tensor

ORDERS = torch.cat([torch.arange(1.05, 4, 0.05), torch.arange(4, 64, 0.5), 2.0 ** torch.arange(6, 12)]).double()


def log_ratio(z: Tensor, sigma: float, q: float) -> Tensor:
    """log of the mixture's density at z over that of N(0, σ²): the privacy loss of an output z (page 4)."""
    return torch.logaddexp(
        torch.tensor(math.log1p(-q) if q < 1 else -math.inf, dtype=torch.float64),
        math.log(q) + (2 * z - 1) / (2 * sigma**2),
    )


def moments(sigma: float, q: float) -> Tensor:
    """log E[(mixture / N(0, σ²))^α] over N(0, σ²) for each α of `ORDERS` (λ + 1 in section 3.2), by the trapezoid rule.

    This is the larger of the two directions (Mironov, Talwar and Zhang 2019, theorem 5). The integrand is smooth and
    falls like a Gaussian on both sides, so that steps of σ / 8 leave no error that float64 could show.
    """
    z = torch.arange(-20 * sigma, float(ORDERS.max()) + 20 * sigma, sigma / 8, dtype=torch.float64)
    log_normal = -(z**2) / (2 * sigma**2) - math.log(sigma * math.sqrt(2 * math.pi))
    ratio = log_ratio(z, sigma, q)
    return torch.stack([torch.logsumexp(a * ratio + log_normal, 0) for a in ORDERS]) + math.log(sigma / 8)


def epsilon_rdp(sigma: float, q: float, steps: int, delta: float) -> float:
    """The ε that `steps` steps spend at δ by their Rényi divergence, which adds up over steps (theorem 2.1).

    Turned into (ε, δ) by Canonne, Kamath and Steinke (2020), proposition 12, a little below theorem 2.2 of the paper.
    """
    if steps == 0:
        return 0.0
    a = ORDERS
    rdp = steps * moments(sigma, q) / (a - 1)
    return max(float((rdp + torch.log1p(-1 / a) - (math.log(delta) + a.log()) / (a - 1)).min()), 0.0)


def epsilon_pld(sigma: float, q: float, steps: int, delta: float, width: float = 1e-4) -> float:
    """The ε that `steps` steps spend at δ by the whole distribution of their privacy loss, on a grid of `width`.

    Koskela, Jälkö and Honkela (2020); the grid keeps each step's mean, as Gopi, Lee and Wutschitz (2021) do. Both
    directions are looked at: one has the example and one has not.
    """
    return max(_composed(sigma, q, steps, delta, width, remove) for remove in (True, False)) if steps else 0.0


def _composed(sigma: float, q: float, steps: int, delta: float, width: float, remove: bool) -> float:
    """ε in one direction: `remove` draws outputs with the example and asks how unlikely they are without it."""
    # By Rényi divergence the loss stays below `far` but with a probability that δ does not see.
    far = 1.2 * epsilon_rdp(sigma, q, steps, delta * 1e-4) + 1
    count = 2 ** math.ceil(math.log2(2 * far / width))
    grid = width * (torch.arange(count, dtype=torch.float64) - count // 2)
    edges = torch.cat([grid - width / 2, grid[-1:] + width / 2])
    # The loss grows with the output where the example is there, and falls with it where it is not.
    below = _loss_below(edges if remove else -edges, sigma, q, mixture=remove)
    mass = below.diff() if remove else -below.diff()
    mean = _mean_loss(sigma, q, remove)
    shift = mean - float((mass * grid).sum())
    # A sum of `steps` losses has the distribution that is the `steps`-fold convolution, a power under the transform.
    total = torch.fft.irfft(torch.fft.rfft(mass.roll(-(count // 2))) ** steps, count).roll(count // 2).clamp(min=0)
    losses = grid + shift * steps
    total, losses = total[losses > 0], losses[losses > 0]

    def spent(at: int) -> float:
        """δ(ε) = Σ over losses above ε of p (1 - e^(ε - loss)), where ε is the loss number `at`."""
        return float((total[at:] * -torch.expm1(losses[at] - losses[at:])).sum())

    # It falls with ε. Between two losses ε only stands in e^ε, and can be solved for.
    at = bisect_left(range(len(losses)), True, key=lambda at: spent(at) <= delta)
    more = float(total[at:].sum()) - delta
    weighed = float((total[at:] * torch.exp(losses[at] - losses[at:])).sum())
    return max(float(losses[at]) + math.log(more / weighed), 0.0) if more > 0 else 0.0


def _loss_below(loss: Tensor, sigma: float, q: float, mixture: bool) -> Tensor:
    """How likely log_ratio(z) is at most `loss`, for z from the mixture or from N(0, σ²)."""
    inside = (torch.expm1(loss) + q) / q  # e^((2z - 1) / 2σ²); none where the loss is below log(1 - q)
    z = torch.where(inside > 0, sigma**2 * inside.clamp(min=1e-300).log() + 0.5, -math.inf)
    normal: Tensor = torch.special.ndtr(z / sigma)
    return (1 - q) * normal + q * torch.special.ndtr((z - 1) / sigma) if mixture else normal


def _mean_loss(sigma: float, q: float, remove: bool) -> float:
    z = torch.linspace(-20 * sigma, 1 + 20 * sigma, 200_001, dtype=torch.float64)
    ratio = log_ratio(z, sigma, q)
    p = torch.exp(-(z**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
    return float((ratio * (p * ratio.exp() if remove else -p)).sum() * (z[1] - z[0]))


def noise_for(
    epsilon: float, delta: float, q: float, steps: int, spend: Callable[[float, float, int, float], float] = epsilon_rdp
) -> float:
    """The least σ with which `steps` steps stay within (ε, δ), to 0.1 %, by the accountant `spend`."""
    # Other accountants ask for a little less than this one, and take longer the less noise there is.
    high = 1.0 if spend is epsilon_rdp else noise_for(epsilon, delta, q, steps)
    low = high / 1.2
    while spend(high, q, steps, delta) > epsilon:
        low, high = high, 1.2 * high
    while low > 0.1 and spend(low, q, steps, delta) <= epsilon:
        low, high = low / 1.2, low
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if spend(middle, q, steps, delta) <= epsilon else (middle, high)
    return high
