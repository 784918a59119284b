"""The building blocks of Dwork and Roth (2014): noise on a count, a randomised answer, a private choice."""

import math
from typing import Any

import torch
from accountant import epsilon_pld, noise_for


def variant_mechanisms(run: Any) -> None:
    """The building blocks (Dwork and Roth 2014): what each output says about whether one person is in the data."""
    p = run.parameters
    epsilon, n = p.epsilon, 1_000_000
    # Each is asked for a count that one person changes by 1: the truth is 1 with her and 0 without.
    out = 1 + torch.distributions.Laplace(0.0, 1 / epsilon).sample((n,))
    losses = {"Laplace": epsilon * (out.abs() - (out - 1).abs())}
    sigma = noise_for(epsilon, p.delta, 1.0, 1, epsilon_pld)
    z = 1 + sigma * torch.randn(n)
    losses["Gaussian"] = (2 * z - 1) / (2 * sigma**2)
    # Randomised response: the true answer with probability e^ε / (1 + e^ε), else the other.
    honest = torch.rand(n) < torch.sigmoid(torch.tensor(epsilon))
    losses["randomised response"] = torch.where(honest, epsilon, -epsilon)
    # The exponential mechanism: one of ten prizes by chances ∝ e^(ε score / 2); she moves each score by at most 1.
    scores = torch.randint(10, (10,)).float()
    moved = scores + torch.randint(-1, 2, (10,))
    with_her, without = (torch.log_softmax(epsilon * s / 2, 0) for s in (moved, scores))
    losses["exponential"] = (with_her - without)[torch.multinomial(with_her.exp(), n, replacement=True)]
    for name, loss in losses.items():
        run.histogram(0, f"privacy loss: {name}", loss)
    run.claim(
        "pure-mechanisms-hold",
        max(float(loss.abs().max()) for name, loss in losses.items() if name != "Gaussian") - epsilon,
    )
    # δ is what is left above ε: E[(1 - e^(ε - loss))₊], here by counting a million outputs.
    beyond = -torch.expm1((epsilon - losses["Gaussian"].double()).clamp(max=0))
    run.claim("gaussian-delta", float((beyond.mean() - p.delta) / (beyond.std() / math.sqrt(n))))
    run.claim("laplace-error", float((out - 1).abs().mean()) * epsilon)
    run.note(
        f"Gaussian noise for ({epsilon:g}, {p.delta:g}): σ = {sigma:.3f}; Laplace noise for ε alone: {1 / epsilon:.3f}."
    )
