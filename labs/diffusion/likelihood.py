"""Probabilities and entropy from a denoiser, where both are known: a mixture in the plane, and a set of images."""

import math
from typing import Any

import torch
from ideal import grey, ideal
from samplers import SIGMA_MAX, Denoiser, edm_steps
from torch import Tensor

from cs229tui.labkit import data


def log_p(x: Tensor, means: Tensor, variance: float) -> Tensor:
    """ln p(x) (B,) of N Gaussians around `means` (N, d), each weighing 1/N, of one variance in all directions."""
    N, d = means.shape
    near = torch.logsumexp(-(torch.cdist(x, means) ** 2) / (2 * variance), 1)
    return near - math.log(N) - d / 2 * math.log(2 * math.pi * variance)


def moved(D: Denoiser, x: Tensor, sigma: Tensor, probes: Tensor) -> tuple[Tensor, Tensor]:
    """What moves x (B, d), that is f = (x - D) / σ, and its divergence ∇·f (B,).

    The divergence is Σ vᵀ (∂f/∂x) v over `probes` v (P, B, d): exact where they are the unit vectors, right on average
    where Σ v vᵀ is 1 on average, as with random signs over √P (Hutchinson; Song et al. 2021).
    """
    x = x.detach().requires_grad_()
    f = (x - D(x, sigma)) / sigma
    parts = [(torch.autograd.grad((f * v).sum(), x, retain_graph=True)[0] * v).sum(1) for v in probes]
    return f.detach(), torch.stack(parts).sum(0)


def climbed(run: Any, name: str, D: Denoiser, y: Tensor, probes: Tensor) -> tuple[Tensor, Tensor]:
    """From y (B, d) along the ODE to noise: where it ends, and how much ln p changed on the way: d ln p / dσ = -∇·f."""
    x, change = y.clone(), torch.zeros(len(y), dtype=y.dtype)
    run.keep(**{f"{name}_x": x, f"{name}_change": change, f"{name}_probes": probes})
    sigmas = edm_steps(run.parameters.longest * 2).flip(0)[1:]
    for at in run.steps(len(sigmas) - 1, unit="steps/s"):
        now, then = sigmas[at], sigmas[at + 1]
        f, div = moved(D, x, now, probes)
        g, div_ahead = moved(D, x + (then - now) * f, then, probes)
        x += (then - now) * (f + g) / 2
        change += (then - now) * (div + div_ahead) / 2
        run.log(at, **{f"ln p gained, {name}": change.mean()})
    return x, change


def likelihood(run: Any) -> None:
    """Three Gaussians in the plane, where everything can be checked; then images, known and not."""
    means = torch.tensor([[-2.0, 0.0], [1.5, 1.0], [1.0, -2.0]], dtype=torch.float64)
    spread = 0.4
    D = ideal(means, spread)
    y = means[torch.randint(3, (run.parameters.samples * 100,))]
    y = y + spread * torch.randn_like(y)
    some = y[:2000]
    exact = log_p(some, means, spread**2)
    unit = torch.eye(2, dtype=torch.float64)[:, None].expand(2, len(some), 2).contiguous()
    x, change = climbed(run, "plane", D, some, unit)
    if run.stopping:
        return
    ode = log_p(x, means, SIGMA_MAX**2 + spread**2) + change  # at σ_max it is a Gaussian to anybody's eye
    run.claim("likelihood-by-the-ode", float((ode - exact).abs().mean() / exact.abs().mean()))
    run.histogram(0, "log p by the ODE less log p", ode - exact)
    run.claim("entropy-from-denoising", entropy(run, D, y, float(-log_p(y, means, spread**2).mean())))
    of_images(run)


def entropy(run: Any, D: Denoiser, y: Tensor, counted: float) -> float:
    """The share by which the entropy from the errors of D misses the one `counted`.

    I-MMSE: h(y) = d/2 ln(2πe v) - 1/2 ∫ (d v / (1 + v γ) - mmse(γ)) dγ over γ = 1/σ², v any variance (McAllester).
    """
    v = float(y.var(0).mean())
    gammas = torch.logspace(-4, 5, 181, dtype=torch.float64)
    gaps = []
    for gamma in gammas:
        sigma = gamma.rsqrt()
        mmse = (y - D(y + sigma * torch.randn_like(y), sigma)).square().sum(1).mean()
        gaps.append(2 * v / (1 + v * gamma) - mmse)
    integral = float(torch.trapezoid(torch.stack(gaps) * gammas, gammas.log()))
    found = math.log(2 * math.pi * math.e * v) - integral / 2
    run.note(f"Entropy {counted:.4f} nats by counting, {found:.4f} from the errors of the denoiser.")
    return abs(found / counted - 1)


def of_images(run: Any) -> None:
    """Bits a pixel of 14 × 14 images under the ideal denoiser of a training set: samples of it, and held-out images."""
    p = run.parameters
    found = data.images(p.data, p.file, run.note, run.progress)

    def rows(images: Tensor, count: int) -> Tensor:
        chosen = images[torch.randperm(len(images))[:count]]
        return torch.nn.functional.adaptive_avg_pool2d(grey(chosen), 14).flatten(1).double()

    known, fresh = rows(found.train, p.images), rows(found.test, 32)
    own = known[torch.randint(len(known), (32,))]
    y = torch.cat([own + p.spread * torch.randn_like(own), fresh])
    d = y.shape[1]
    signs = torch.randint(2, (4, *y.shape)).double() * 2 - 1
    x, change = climbed(run, "images", ideal(known, p.spread), y, signs / 2)
    if run.stopping:
        return
    exact = -log_p(y, known, p.spread**2) / (d * math.log(2))
    ode = -(log_p(x, known, SIGMA_MAX**2 + p.spread**2) + change) / (d * math.log(2))
    run.claim("bits-of-images", float((ode - exact)[:32].abs().mean() / exact[:32].abs().mean()))
    # Far from all that it knows D jumps from image to image. With steps this long the ODE's figure is far off, with an
    # exact divergence, too, and 4,000 steps still leave a tenth: the exact one counts.
    run.claim("held-out-cost-more", exact[32:].mean() - exact[:32].mean())
    told = [f"{name:>22}  {o.mean():7.3f} by the ODE  {e.mean():7.3f} exactly" for name, o, e in (
        ("samples of the mixture", ode[:32], exact[:32]), ("held-out images", ode[32:], exact[32:]))]  # fmt: skip
    run.text(0, "bits a pixel, of a density", "\n".join(told))
    run.summary |= {"images": found.name}
