"""What one step of DP-SGD gives away, and the distribution of what many steps do together.

One step of Algorithm 1 is the Gaussian mechanism of noise σ on a lot that holds each example with probability q. Along
the one direction in which two neighbouring data sets differ, its output z is N(0, σ²) without the example and the
mixture (1 - q) N(0, σ²) + q N(1, σ²) with it. Neighbours differ by one example that is added or removed, so that it is
one gradient of at most C that comes or goes, and σ counts in C. The log of the ratio of the two densities is the
privacy loss. How it is distributed says all there is to say about T steps; and whatever is rounded here is rounded
against ourselves, so that the ε that comes out is enough (to the rounding of float64: its tests have a margin of 1e-9).

A phase is (σ, q, T): T steps of one noise and one rate. Training in several phases spends what `compose` says.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

import torch
from torch import Tensor

from cs229tui.errors import UsageError

Phase = tuple[float, float, int]


def checked(phases: Sequence[Phase], delta: float) -> list[Phase]:
    """The phases that spend anything."""
    for sigma, q, steps in phases:
        if not (sigma >= 0 and 0 <= q <= 1 and steps >= 0):
            raise UsageError(
                f"There is no privacy to account for with σ = {sigma:g}, q = {q:g} and T = {steps}.",
                "σ and T are not negative, and q is a probability: is the lot larger than the data?",
            )
    if not 0 < delta < 1:
        raise UsageError(f"δ = {delta:g} is no probability of failure.", "Take one between 0 and 1, far below 1 / N.")
    return [phase for phase in phases if phase[1] and phase[2]]


def log_ratio(z: Tensor, sigma: float, q: float) -> Tensor:
    """log of the mixture's density at z over that of N(0, σ²): the privacy loss of an output z (page 4)."""
    shift = (2 * z - 1) / (2 * sigma**2)
    return torch.logaddexp(torch.full_like(z, math.log1p(-q)), math.log(q) + shift) if q < 1 else shift


def epsilon_pld(sigma: float, q: float, steps: int, delta: float) -> float:
    """The ε that `steps` steps spend at δ by the whole distribution of their privacy loss."""
    return compose([(sigma, q, steps)], delta)


def compose(phases: Sequence[Phase], delta: float) -> float:
    """The ε that all phases spend at δ, by the distribution of the sum of their privacy losses.

    Sommer, Meiser and Mohammadi (2019) and Koskela, Jälkö and Honkela (2020). Both directions are looked at, for one
    data set has the example and one has not.
    """
    phases = checked(phases, delta)
    if not all(sigma for sigma, _, _ in phases):
        return math.inf
    spent = 0.0
    for remove in (True, False) if phases else ():
        spent = max(spent, _composed(phases, delta, remove, enough=spent))
    return spent


def _composed(phases: Sequence[Phase], delta: float, remove: bool, enough: float = 0.0) -> float:
    """ε in one direction: `remove` draws outputs with the example and asks how unlikely they are without it.

    Every grid gives a bound, and a finer one a better one: it is halved until that is not worth while, or `enough`.
    """
    count = sum(steps for _, _, steps in phases)
    # Losses of outputs beyond `reach` standard deviations count as infinite: together less than 1e-6 δ.
    reach = math.sqrt(2 * (math.log(1e6 * count) - math.log(delta)))
    ends = [_ends(sigma, q, remove, reach) for sigma, q, _ in phases]
    tilt, spread = _tilted(phases, delta, remove, reach)
    size, epsilon = 2 ** max(11, math.ceil(math.log2(240 * math.sqrt(count)))), math.inf
    widest = max(high - low for low, high in ends)
    while True:
        width = max(24 * spread / size, widest / 2**20)
        before, epsilon = epsilon, min(epsilon, _on_grid(phases, delta, remove, ends, tilt, width, size))
        # A loss that is moved to the ends of its bucket adds to ε as the square of the width: a third is still to come.
        if epsilon <= enough or before - epsilon < 0.003 * epsilon or size >= 2**20:
            return epsilon
        size *= 2


def _on_grid(
    phases: Sequence[Phase],
    delta: float,
    remove: bool,
    ends: list[tuple[float, float]],
    tilt: float,
    width: float,
    size: int,
) -> float:
    """ε with each loss on a grid of `width`, and the sum of them seen through a window of `size` points.

    The sum of T independent losses has the T-fold convolution of their distribution, a power under the Fourier
    transform. That is exact to 1e-16 of the largest probability, not of those far out that make up δ. So each p(l) is
    weighed by e^(λ l) first, with the λ that makes losses about ε likely, and the weight is taken back in the end.
    """
    spectrum, log_weight, offset, mean = torch.ones(size // 2 + 1, dtype=torch.complex128), 0.0, 0, 0.0
    for (sigma, q, steps), (low, high) in zip(phases, ends, strict=True):
        k = torch.arange(math.floor(low / width), math.ceil(high / width) + 1).double()
        weighed = _buckets(k * width, sigma, q, remove).log() + tilt * width * k
        log_weight += steps * float(weighed.logsumexp(0))
        weighed = weighed.softmax(0)
        middle = float(weighed @ k)
        folded = torch.zeros(size, dtype=torch.float64).index_add_(0, (k.long() - round(middle)) % size, weighed)
        spectrum *= torch.fft.rfft(folded) ** steps
        offset, mean = offset + steps * round(middle), mean + steps * middle
    first = round(mean) - size // 2
    losses = width * (torch.arange(size) + first).double()
    total = torch.fft.irfft(spectrum, size).clamp(min=0).roll((offset - first) % size)
    p = (total.log() + log_weight - tilt * losses).exp()
    # Sums above the window come out below it. They are less likely than this (Chernoff); and so are infinite losses.
    beyond = math.exp(min(log_weight - tilt * float(losses[-1]), 0.0)) + 1e-6 * delta

    def spent(at: int) -> float:
        """δ(ε) = Σ over losses above ε of p (1 - e^(ε - loss)), where ε is the loss number `at`."""
        return beyond + float(p[at:] @ -torch.expm1(losses[at] - losses[at:]))

    # It falls with ε. Between two losses ε only stands in e^ε, and can be solved for.
    at = bisect_left(range(size), True, key=lambda at: spent(at) <= delta)
    if at == size:
        return math.inf
    more = beyond + float(p[at:].sum()) - delta
    less = float(p[at:] @ torch.exp(losses[at] - losses[at:]))
    between = math.log(more / less) if more > 0 and less > 0 else -math.inf
    return max(float(losses[at]) + max(min(between, 0.0), -width), 0.0)


def _ends(sigma: float, q: float, remove: bool, reach: float) -> tuple[float, float]:
    """The least and the largest loss of outputs up to `reach` standard deviations away."""
    z = torch.tensor([-reach * sigma, 1 + reach * sigma], dtype=torch.float64)
    low, high = log_ratio(z, sigma, q).tolist()
    return (low, high) if remove else (-high, -low)


def _tilted(phases: Sequence[Phase], delta: float, remove: bool, reach: float) -> tuple[float, float]:
    """λ and the standard deviation of the summed loss when each p(l) is weighed by e^(λ l).

    λ is that of the Chernoff bound K(λ) - λ l = log δ at its best, l = K'(λ). Nothing that is proven rests on it.
    """
    losses, log_p = [], []
    for sigma, q, _ in phases:
        z = torch.linspace(-reach * sigma, 1 + reach * sigma, 4000, dtype=torch.float64)
        ratio = log_ratio(z, sigma, q)
        losses.append(ratio if remove else -ratio)
        log_p.append((-(z**2) / (2 * sigma**2) + (ratio if remove else 0)).log_softmax(0))

    def at(tilt: float) -> tuple[float, float, float]:
        """K(λ), K'(λ) and the root of K''(λ)."""
        K = mean = variance = 0.0
        for (_, _, steps), loss, log in zip(phases, losses, log_p, strict=True):
            weighed = log + tilt * loss
            p = weighed.softmax(0)
            middle = float(p @ loss)
            K, mean = K + steps * float(weighed.logsumexp(0)), mean + steps * middle
            variance += steps * float(p @ (loss - middle) ** 2)
        return K, mean, math.sqrt(variance)

    spread = at(0.0)[2]
    low, high = 1e-3 / spread, 30 / spread
    for _ in range(20):
        tilt = math.sqrt(low * high)
        K, mean, _ = at(tilt)
        low, high = (low, tilt) if K - tilt * mean < math.log(delta) else (tilt, high)
    return tilt, at(tilt)[2]


def _buckets(loss: Tensor, sigma: float, q: float, remove: bool) -> Tensor:
    """The probabilities of the losses on the grid `loss` that stand for all losses, never to our advantage.

    What lies between two points of the grid is shared between them so that its probability with the example and that
    without both stay the same: whoever sees the losses on the grid and forgets a part has the true ones (connect the
    dots: Doroshenko et al. 2022). What is below the grid is moved up to it; what is above is not in the sum.
    """
    ratio = loss if remove else -loss
    if q < 1:  # log(e^ratio - (1 - q)): at none of the outputs is the ratio below log(1 - q)
        large = ratio + torch.log1p((q - 1) * torch.exp(-ratio))
        ratio = torch.where(ratio > 1, large, (torch.expm1(ratio) + q).clamp(min=0).log())
    z = sigma**2 * (ratio - math.log(q)) + 0.5  # the output whose log_ratio it is

    def masses(mean: float) -> Tensor:
        """The probability of N(mean, σ²) below the grid and between its points; both tails to their last digit."""
        x = (z - mean) / sigma if remove else (mean - z) / sigma
        below, above = torch.special.ndtr(x), torch.special.ndtr(-x)
        return torch.cat([below[:1], torch.where(x[:-1] > 0, above[:-1] - above[1:], below[1:] - below[:-1])])

    without, mixture = masses(0.0), (1 - q) * masses(0.0) + q * masses(1.0)
    P, Q = (mixture, without) if remove else (without, mixture)
    quotient = loss[:-1].clamp(max=700).exp() * Q[1:] / P[1:].clamp(min=1e-300)
    up = P[1:] * ((1 - quotient) / -torch.expm1(loss[:-1] - loss[1:])).clamp(0, 1)
    return torch.cat([P[:1], up]) + torch.cat([P[1:] - up, up.new_zeros(1)])
