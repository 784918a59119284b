"""The building blocks of Dwork and Roth (2014): noise on a count, a randomised answer, a private choice.

A mechanism's outputs have the probabilities P with a person in the data and Q without her. Its tail curve
δ(ε') = Σ (P - e^ε' Q)₊ says all there is to say about it: how likely an output gives away more than ε', and how much.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Curve = Callable[[Tensor], Tensor]


def laplace_curve(epsilon: float) -> Curve:
    """Noise of scale 1 / ε on a count (definition 3.3)."""
    return lambda at: -torch.expm1((at - epsilon) / 2).clamp(max=0)


def response_curve(epsilon: float) -> Curve:
    """The true answer with probability e^ε / (1 + e^ε), else the other one (section 3.2)."""
    return lambda at: torch.sigmoid(torch.tensor(epsilon)) * -torch.expm1(at - epsilon).clamp(max=0)


def gaussian_curve(mu: float) -> Curve:
    """Noise of σ = 1 / μ on a count (Balle and Wang 2018, theorem 8)."""
    return lambda at: (
        torch.special.ndtr(mu / 2 - at / mu) - torch.exp(at + torch.special.log_ndtr(-mu / 2 - at / mu))
    ).clamp(min=0)


def choice_curve(P: Tensor, Q: Tensor) -> Curve:
    """A choice among few, by definition."""
    return lambda at: (P - at.exp()[..., None] * Q).clamp(min=0).sum(-1)


def gaussian_for(epsilon: float, delta: float) -> float:
    """The largest μ = 1 / σ whose noise is (ε, δ)-private: the analytic Gaussian mechanism of Balle and Wang."""
    low, high = 0.0, 10 * (1 + epsilon)
    at = torch.tensor(epsilon, dtype=torch.float64)
    for _ in range(100):
        mu = (low + high) / 2
        low, high = (mu, high) if float(gaussian_curve(mu)(at)) <= delta else (low, mu)
    return low


def composed(curve: Curve, most: float, times: int, delta: float) -> float:
    """The ε at δ of a mechanism that is used `times` times, whose losses are within ±`most` (or count as infinite).

    The tail curve is bent where losses lie. On a grid its chords bend at the points only, and lie above it: losses on
    the grid that say a little more than the true ones. Those of many uses are a convolution, that is a power of the
    Fourier transform; no sum of them wraps around.
    """
    losses = torch.linspace(-most, most, 801, dtype=torch.float64)
    x, y = losses.exp(), curve(losses)
    slopes = torch.cat([(1 - y[:1]) / x[:1], (y[:-1] - y[1:]) / x.diff(), x.new_zeros(1)])
    p = (x * (slopes[:-1] - slopes[1:])).clamp(min=0)
    size = 800 * times + 1
    p = torch.fft.irfft(torch.fft.rfft(p, size) ** times, size).clamp(min=0)
    losses = torch.linspace(-most * times, most * times, size, dtype=torch.float64)
    infinite = -math.expm1(times * math.log1p(-float(y[-1])))
    low, high = 0.0, most * times
    for _ in range(40):
        epsilon = (low + high) / 2
        spent = infinite + float(p @ -torch.expm1((epsilon - losses).clamp(max=0)))
        low, high = (low, epsilon) if spent <= delta else (epsilon, high)
    return high


def advanced(epsilon: float, times: int, delta: float) -> float:
    """What k uses of an ε-private mechanism spend at most at δ, by theorem 3.20."""
    return math.sqrt(2 * times * math.log(1 / delta)) * epsilon + times * epsilon * math.expm1(epsilon)


def prizes(epsilon: float) -> tuple[Tensor, Tensor]:
    """The exponential mechanism (definition 3.4) on ten prizes: P and Q of its choice.

    One prize is so much better that a worse one should come out with probability 1 / e at most (theorem 3.11, t = 1).
    Without the person its score is one less, and the others' one more: no person can move them further.
    """
    scores = torch.zeros(10, dtype=torch.float64)
    scores[0] = 2 / epsilon * (math.log(10) + 1)
    moved = scores + 1
    moved[0] -= 2
    return (epsilon / 2 * scores).softmax(0), (epsilon / 2 * moved).softmax(0)


def variant_mechanisms(run: Any) -> None:
    """The building blocks (Dwork and Roth 2014): what each output says about whether one person is in the data."""
    epsilon, delta, n = run.parameters.epsilon, run.parameters.delta, 1_000_000
    mu, (P, Q) = gaussian_for(epsilon, delta), prizes(epsilon)
    curves = {
        "Laplace": laplace_curve(epsilon), "Gaussian": gaussian_curve(mu),
        "randomised response": response_curve(epsilon), "exponential": choice_curve(P, Q),
    }  # fmt: skip

    # A count that one person changes by 1: the truth is 1 with her and 0 without.
    count = 1 + torch.distributions.Laplace(0.0, torch.tensor(1 / epsilon).double()).sample((n,))
    z = 1 + torch.randn(n, dtype=torch.float64) / mu
    honest = torch.rand(n) < torch.sigmoid(torch.tensor(epsilon))
    prize = torch.multinomial(P, n, replacement=True)
    losses = {
        "Laplace": epsilon * (count.abs() - (count - 1).abs()),
        "Gaussian": (2 * z - 1) * mu**2 / 2,
        "randomised response": epsilon * (2.0 * honest - 1).double(),
        "exponential": (P / Q).log()[prize],
    }
    for name, loss in losses.items():
        run.histogram(0, f"privacy loss: {name}", loss)
    pure = [loss for name, loss in losses.items() if name != "Gaussian"]
    run.claim("pure-mechanisms-hold", max(float(loss.abs().max()) for loss in pure) - epsilon)
    run.claim("tail-curves", counted_against_exact(run, losses, curves, epsilon))

    # δ is rare: outputs are drawn where the loss passes ε, and count for as much less as they would be rarer there.
    border = epsilon / mu**2 + 0.5
    z = border + torch.randn(n, dtype=torch.float64) / mu
    weight = torch.exp(((z - border) ** 2 - (z - 1) ** 2) * mu**2 / 2)
    beyond = -torch.expm1((epsilon - (2 * z - 1) * mu**2 / 2).clamp(max=0))
    run.claim("gaussian-delta", float((weight * beyond).mean()) / delta)
    run.claim("laplace-error", float((count - 1).abs().mean()) * epsilon)
    run.claim("choice-is-good", float((prize > 0).double().mean()) * math.e)

    # A thousand surveys of a thousand people, of whom 300 would say yes; the answers' bias is known, and taken away.
    yes, lie = torch.arange(1000) < 300, float(torch.sigmoid(torch.tensor(-epsilon).double()))
    said = yes ^ (torch.rand(1000, 1000) < lie)
    estimates = (said.double().mean(1) - lie) / (1 - 2 * lie)
    least = math.sqrt(lie * (1 - lie) / 1000) / (1 - 2 * lie)  # that is e^(ε / 2) / (e^ε - 1) / √1000
    run.claim("answers-add-up", float((estimates - 0.3).square().mean().sqrt()) / least)

    largest, saved = together(run, epsilon / 10, delta)
    run.claim("composition-holds", largest)
    run.claim("composition-saves", saved)
    classic = math.sqrt(2 * math.log(1.25 / delta)) / epsilon
    run.note(
        f"Noise on a count: Laplace {1 / epsilon:.3g} for ε = {epsilon:g} alone; Gaussian σ = {1 / mu:.3g} "
        f"with δ = {delta:g}" + (f", where theorem A.1 asks for {classic:.3g}." if epsilon <= 1 else ".")
    )
    run.summary |= {"sigma": 1 / mu}


def counted_against_exact(run: Any, losses: dict[str, Tensor], curves: dict[str, Curve], epsilon: float) -> float:
    """Draw each tail curve and what was counted of it; the largest difference, in standard errors of the count."""
    far = 0.0
    ratios = {name: (-loss).exp() for name, loss in losses.items()}
    for percent in range(0, 151, 5):
        at = torch.tensor(epsilon * percent / 100, dtype=torch.float64)
        for name, ratio in ratios.items():
            exact = float(curves[name](at))
            beyond = (1 - math.exp(at) * ratio).clamp(min=0)
            metric = name.split()[0].lower()
            found = {metric: exact, f"{metric}_counted": float(beyond.mean())}
            run.log(percent, **{what: delta for what, delta in found.items() if delta > 0})
            if exact > 1e-4:  # a hundred outputs or more
                error = max(float(beyond.std()), len(beyond) ** -0.5) / math.sqrt(len(beyond))
                far = max(far, abs(float(beyond.mean()) - exact) / error)
    return far


def together(run: Any, epsilon: float, delta: float) -> tuple[float, float]:
    """Draw what k questions spend, each for ε: the largest share of what the theorems allow, and that of 100 questions.

    No ε-private mechanism spends more than randomised response does (Kairouz, Oh and Viswanath 2015).
    """
    curves = {
        "laplace": laplace_curve(epsilon), "randomised": response_curve(epsilon),
        "exponential": choice_curve(*prizes(epsilon)),
    }  # fmt: skip
    shares = []
    for times in (1, 2, 3, 5, 7, *range(10, 101, 5)):
        exact = {f"{name}_exact": composed(curve, epsilon, times, delta) for name, curve in curves.items()}
        bounds = {"basic": times * epsilon, "advanced": advanced(epsilon, times, delta)}
        run.log(times, **bounds, **exact)
        shares.append(max(exact.values()) / min(bounds.values()))
    return max(shares), shares[-1]
