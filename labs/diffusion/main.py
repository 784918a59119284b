"""Diffusion without training: the ideal denoiser of a small set of images, and how best to sample with it.

Read it beside "Elucidating the Design Space of Diffusion-Based Generative Models" (Karras et al. 2022): σ is the size
of the noise and the sampler's time; D(x; σ) is the denoiser; the equation numbers are that paper's. For a finite set of
images D can be written down, so that whatever a sample lacks is the sampler's fault and nobody else's.

Shapes: B images under way, N training images, d numbers in each.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from cs229tui import labkit
from cs229tui.labkit import data

# isort: split
import torch
from torch import Tensor

Denoiser = Callable[[Tensor, Tensor], Tensor]
SIGMA_MIN, SIGMA_MAX = 0.002, 80.0  # table 1


def ideal(images: Tensor, spread: float) -> Denoiser:
    """D(x; σ), the mean of what x (B, d) may have been, where the data are N(y_i, spread²) around N images (N, d).

    Equation 57 with a little width around each image: the weights are how likely each is to have become x, and what is
    left between x and that image is shrunk as for any Gaussian.
    """
    squares = images.square().sum(1)

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        total = sigma**2 + spread**2
        far = squares - 2 * x @ images.T  # ‖x - y_i‖² but for ‖x‖², which is the same for every i
        mean = torch.softmax(-far / (2 * total), 1) @ images
        return (spread**2 * x + sigma**2 * mean) / total

    return D


# Sampling: the ODE of equation 1 with s(t) = 1 and σ(t) = t, that is dx/dσ = (x - D(x; σ)) / σ, from σ_max to zero.


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


def slope_of(evaluations: list[int], errors: list[float]) -> float:
    """The power with which the error falls: the least-squares slope of log error against log evaluations."""
    x, y = torch.tensor(evaluations).double().log(), torch.tensor(errors).double().log()
    x, y = x - x.mean(), y - y.mean()
    return float((x * y).sum() / (x * x).sum())


def study(run: Any) -> None:
    """Every sampler from the same noise, against the same path followed in 1,000 steps."""
    p = run.parameters
    found = data.images(p.data, p.file, run.note)
    chosen = found.train[torch.randperm(len(found.train))[: p.images]]
    size = 14 if p.small else 28
    pixels = chosen[:, None].float() / 127.5 - 1
    if p.small:
        pixels = torch.nn.functional.avg_pool2d(pixels, 2)
    images = pixels.flatten(1).double()
    D = ideal(images, p.spread)
    run.image(0, "training images", picture(images[:40], size), f"40 of the {len(images):,} images it knows")
    noise = SIGMA_MAX * torch.randn(p.samples, size * size, dtype=torch.float64)

    path: list[Tensor] = []
    every = max(1, p.steps // 7)

    def watched(denoised: Tensor, sigma: Tensor) -> None:
        path.append(denoised[:8])

    heun(D, noise[:8], edm_steps(p.steps), watched)
    shown = [noise[:8] / SIGMA_MAX, *path[::every], path[-1]]
    run.image(0, "from noise to image", strip(torch.stack(shown, 1), size), "left to right: D(x; σ) as σ falls to 0")

    truth, sigmas = noise, edm_steps(1000)
    for at in range(0, 1000, 25):
        run.progress(at, 1000, unit="steps of the true path")
        truth = heun(D, truth, sigmas[at : at + 26])

    errors: dict[str, list[float]] = {}
    counts: dict[str, list[int]] = {}
    lengths = [n for n in (9, 12, 18, 25, 36, 50, 72, 100, 144) if n <= p.longest]
    work = [(name, n) for n in lengths for name in SAMPLERS]
    run.keep(errors=errors, counts=counts)
    for at in run.steps(len(work), unit="runs/s"):
        name, n = work[at]
        solve, levels, each = SAMPLERS[name]
        made = solve(D, noise, levels(n))
        evaluations = each * n - (each - 1)
        # A sample on the watershed between two images may end at the other one: the median looks at the rest.
        errors.setdefault(name, []).append(float((made - truth).square().mean(1).sqrt().median()))
        counts.setdefault(name, []).append(evaluations)
        run.log(evaluations, **{name: errors[name][-1]})
        if name == "Heun":
            run.image(n, "samples, Heun", picture(made[:40], size), f"{evaluations} evaluations of D")
    if run.stopping:
        return
    late = slice(2, None)  # orders are about small steps
    slopes = {name: slope_of(counts[name][late], errors[name][late]) for name in SAMPLERS}
    run.claim("heun-is-second-order", slopes["Heun"])
    run.claim("euler-is-first-order", slopes["Euler"])
    run.claim("one-evaluation-second-order", slopes["DPM-Solver++ 2M"])
    run.claim("levels-matter", errors["linear levels, Heun"][-1] / errors["Heun"][-1])
    far = torch.cdist(truth, images).min(1).values / size
    run.histogram(0, "distance of a sample to the nearest training image, a pixel", far)
    run.claim("it-only-remembers", far.mean())
    churned = stochastic(D, noise, edm_steps(36), 40.0)
    run.image(0, "samples, with churn", picture(churned[:40], size), "algorithm 2, S_churn = 40, the same noise")
    run.claim("unit-variance", preconditioning(images))
    run.summary |= {"images": found.name}


def picture(x: Tensor, size: int) -> Tensor:
    """Rows of pixels (B, size · size) in [-1, 1] as images in [0, 1]."""
    return ((x.float() + 1) / 2).clamp(0, 1).view(-1, size, size)


def strip(x: Tensor, size: int) -> Tensor:
    """Images (rows, columns, size · size) beside and below each other, with a line of grey between them."""
    rows, columns = x.shape[:2]
    framed = torch.nn.functional.pad(picture(x.flatten(0, 1), size), (0, 1, 0, 1), value=0.5)
    return framed.view(rows, columns, size + 1, size + 1).transpose(1, 2).reshape(rows * (size + 1), -1)


def preconditioning(images: Tensor) -> float:
    """How far the network's input and target (equation 8) are from unit variance, at worst over five noise levels."""
    y = images - images.mean()
    sigma_data = y.square().mean().sqrt()
    worst = 0.0
    for sigma in (0.002, 0.05, 0.5, 5.0, 80.0):
        n = sigma * torch.randn(20, *y.shape, dtype=y.dtype)
        c_skip = sigma_data**2 / (sigma**2 + sigma_data**2)
        c_out = sigma * sigma_data / (sigma**2 + sigma_data**2).sqrt()
        c_in = 1 / (sigma**2 + sigma_data**2).sqrt()
        seen, wanted = c_in * (y + n), (y - c_skip * (y + n)) / c_out
        worst = max(worst, *(abs(float(part.square().mean()) - 1) for part in (seen, wanted)))
    return worst


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


VARIANTS = {"study": study, "likelihood": likelihood}

if __name__ == "__main__":
    with labkit.start(__file__) as run:
        VARIANTS[run.parameters.variant](run)
