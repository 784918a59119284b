"""Canaries: examples planted to attack the code that trains, and the ε that their betrayal proves."""

import math
from typing import Any, cast

import torch
from accountant import epsilon_pld, noise_for
from algorithm_1 import add_noise, poisson
from book_keeping import clipped_sum
from torch import Tensor, nn


class Canaries(nn.Module):
    """Examples that only their own weight remembers: the gradient of the i-th is large at w_i and zero elsewhere."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.w = nn.Embedding(count, 1)
        nn.init.zeros_(self.w.weight)

    def forward(self, i: Tensor) -> Tensor:
        return cast(Tensor, 1000 * self.w(i))


def guessed_right(run: Any, sigma: float, q: float, steps: int, m: int) -> tuple[int, int]:
    """Of m canaries each is in the data by the toss of a coin; guess which after training: (guesses, right ones)."""
    p = run.parameters
    there = torch.rand(m) < 0.5
    model, examples = Canaries(m), there.nonzero().flatten()
    for step in run.steps(steps):
        lot = examples[poisson(len(examples), q, "cpu")]
        if len(lot):
            clipped_sum(model, lot, lot, p.clip, loss=lambda w, _: -w.sum())
        else:
            model.w.weight.grad = torch.zeros_like(model.w.weight)
        add_noise(model, sigma, p.clip, q * m / 2, p.secure)
        model.w.weight.data -= cast(Tensor, model.w.weight.grad)
        run.log(step, spread=model.w.weight.std())
    score = model.w.weight.detach()[:, 0]
    run.histogram(0, "in the data", score[there])
    run.histogram(0, "not in the data", score[~there])
    order = score.argsort()
    k = m // 20  # the surest guesses on either side, fixed before anything is seen
    return 2 * k, int(there[order[-k:]].sum() + (~there[order[:k]]).sum())


def least_epsilon(guesses: int, right: int, doubt: float = 0.05) -> float:
    """The ε below which so many right guesses come about by chance less often than `doubt` (Steinke et al. 2023)."""
    low, high = 0.0, 20.0
    k = torch.arange(right, guesses + 1, dtype=torch.float64)
    ways = torch.lgamma(torch.tensor(guesses + 1.0)) - torch.lgamma(k + 1) - torch.lgamma(guesses - k + 1)
    for _ in range(50):
        e = (low + high) / 2
        p = 1 / (1 + math.exp(-e))
        chance = torch.logsumexp(ways + k * math.log(p) + (guesses - k) * math.log1p(-p), 0).exp()
        low, high = (e, high) if chance < doubt else (low, e)
    return low


def variant_audit(run: Any) -> None:
    """Attack the very code that trains: what ε do canaries betray, and would they betray a mistake?"""
    p = run.parameters
    q, steps, m = 0.05, 200, 4000
    sigma = noise_for(p.epsilon, p.delta, q, steps, epsilon_pld)
    run.note(f"σ = {sigma:.3f} for ε = {p.epsilon:g}; {m:,} canaries, {steps} steps.")
    sound = least_epsilon(*guessed_right(run, sigma, q, steps, m))
    run.claim("audit-below-epsilon", p.epsilon - sound)
    broken = least_epsilon(*guessed_right(run, sigma / 8, q, steps, m))
    run.claim("audit-catches-a-mistake", broken - p.epsilon)
    run.summary |= {"sigma": sigma, "audited": sound, "audited_broken": broken}
    run.note(f"The canaries betray ε ≥ {sound:.2f}; with an eighth of the noise, ε ≥ {broken:.2f}.")
