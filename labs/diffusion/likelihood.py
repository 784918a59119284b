"""Probabilities and entropy from a denoiser, on a mixture of Gaussians where both are known."""

import math
from typing import Any

import torch
from ideal import ideal
from samplers import SIGMA_MAX, edm_steps
from torch import Tensor


def likelihood(run: Any) -> None:
    """A mixture of three Gaussians in the plane, where everything can be checked: entropy and probabilities from D."""
    means = torch.tensor([[-2.0, 0.0], [1.5, 1.0], [1.0, -2.0]], dtype=torch.float64)
    spread = 0.4
    D = ideal(means, spread)

    def log_p(x: Tensor, sigma: float) -> Tensor:
        total = sigma**2 + spread**2
        return torch.logsumexp(-(torch.cdist(x, means) ** 2) / (2 * total), 1) - math.log(3 * 2 * math.pi * total)

    y = means[torch.randint(3, (run.parameters.samples * 100,))]
    y = y + spread * torch.randn_like(y)

    # Along the ODE log p changes by the divergence of what moves x: d log p / dσ = -∇·(x - D) / σ (Song et al. 2021).
    def moved(x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        x = x.detach().requires_grad_()
        f = (x - D(x, sigma)) / sigma
        parts = [torch.autograd.grad(f[:, i].sum(), x, retain_graph=True)[0][:, i] for i in range(2)]
        return f.detach(), torch.stack(parts).sum(0)

    some, sigmas = y[:2000], edm_steps(run.parameters.longest * 2).flip(0)[1:]
    x, change = some, torch.zeros(len(some), dtype=torch.float64)
    for at in run.steps(len(sigmas) - 1, unit="steps/s"):
        now, then = sigmas[at], sigmas[at + 1]
        f, div = moved(x, now)
        ahead = x + (then - now) * f
        g, div_ahead = moved(ahead, then)
        x, change = x + (then - now) * (f + g) / 2, change + (then - now) * (div + div_ahead) / 2
        run.log(at, bits=float((log_p(x, float(then)) + change).mean()) / -math.log(2))
    if run.stopping:
        return
    ode = log_p(x, SIGMA_MAX) + change  # at σ_max it is a Gaussian to anybody's eye
    exact = log_p(some, 0.0)
    run.claim("likelihood-by-the-ode", float((ode - exact).abs().mean() / exact.abs().mean()))
    run.histogram(0, "log p by the ODE less log p", ode - exact)

    # I-MMSE: h(y) = d/2 log(2πe v) - 1/2 ∫ (d v / (1 + v γ) - mmse(γ)) dγ over γ = 1/σ², v any variance (McAllester).
    v = float(y.var(0).mean())
    gammas = torch.logspace(-4, 5, 181, dtype=torch.float64)
    gaps = []
    for gamma in gammas:
        sigma = gamma.rsqrt()
        mmse = (y - D(y + sigma * torch.randn_like(y), sigma)).square().sum(1).mean()
        gaps.append(2 * v / (1 + v * gamma) - mmse)
    integral = float(torch.trapezoid(torch.stack(gaps) * gammas, gammas.log()))
    entropy = math.log(2 * math.pi * math.e * v) - integral / 2
    run.claim("entropy-from-denoising", abs(entropy / -float(log_p(y, 0.0).mean()) - 1))
    run.note(
        f"Entropy {-float(log_p(y, 0.0).mean()):.4f} nats by counting, {entropy:.4f} from the errors of the denoiser."
    )
