"""The ideal denoiser of a small set of images, and how best to sample with it.

For a finite set of images D can be written down (Karras et al. 2022, appendix B.3), so that whatever a sample lacks is
the sampler's fault and nobody else's. Shapes: B images under way, N training images, d numbers in each.
"""

from collections.abc import Callable
from typing import Any

import torch
from drawing import picture, strip
from samplers import (
    EDM,
    SIGMA_MAX,
    VE,
    VP,
    Denoiser,
    Schedule,
    edm_steps,
    euler,
    geometric_steps,
    heun,
    linear_steps,
    multistep,
    stochastic,
)
from torch import Tensor

from cs229tui.labkit import data


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


def followed(c: Schedule) -> Callable[[Denoiser, Tensor, int], Tensor]:
    """Heun's method under a schedule; it begins at s(t) times the noise."""
    return lambda D, x, n: heun(D, c.s(c.steps(n)[0]) * x, c.steps(n), c)


SAMPLERS: dict[str, tuple[Callable[[Denoiser, Tensor, int], Tensor], int]] = {  # and evaluations a step
    "Euler": (lambda D, x, n: euler(D, x, edm_steps(n)), 1),
    "Heun": (followed(EDM), 2),
    "linear levels, Heun": (lambda D, x, n: heun(D, x, linear_steps(n)), 2),
    "VP, Heun": (followed(VP), 2),
    "VE, Heun": (followed(VE), 2),
    "DPM-Solver++ 2M": (lambda D, x, n: multistep(D, x, geometric_steps(n)), 1),
}


def slope_of(evaluations: list[int], errors: list[float]) -> float:
    """The power with which the error falls: the least-squares slope of log error against log evaluations."""
    x, y = torch.tensor(evaluations).double().log(), torch.tensor(errors).double().log()
    x, y = x - x.mean(), y - y.mean()
    return float((x * y).sum() / (x * x).sum())


def study(run: Any) -> None:
    """Every sampler and schedule from the same noise, against the same path followed in 500 steps."""
    p = run.parameters
    found = data.images(p.data, p.file, run.note, run.progress)
    chosen = found.train[torch.randperm(len(found.train))[: p.images]]
    size = 14 if p.small else 28
    pixels = grey(chosen)
    if p.small:
        pixels = torch.nn.functional.avg_pool2d(pixels, 2)
    images = torch.nn.functional.adaptive_avg_pool2d(pixels, size).flatten(1).double()
    D = ideal(images, p.spread)
    run.image(0, "training images", picture(images[:40], size), f"40 of the {len(images):,} images it knows")
    noise = SIGMA_MAX * torch.randn(p.samples, size * size, dtype=torch.float64)

    path: list[Tensor] = []
    every = max(1, p.steps // 7)

    def watched(x: Tensor, sigma: Tensor) -> None:
        path.append(D(x, sigma) if sigma > 0 else x)

    heun(D, noise[:8], edm_steps(p.steps), seen=watched)
    shown = [noise[:8] / SIGMA_MAX, *path[::every], path[-1]]
    run.image(0, "from noise to image", strip(torch.stack(shown, 1), size), "left to right: D(x; σ) as σ falls to 0")

    truth, sigmas = noise, edm_steps(500)
    for at in range(0, 500, 25):
        run.progress(at, 500, unit="steps of the true path")
        truth = heun(D, truth, sigmas[at : at + 26])

    errors: dict[str, list[float]] = {}
    counts: dict[str, list[int]] = {}
    lengths = [n for n in (9, 12, 18, 25, 36, 50, 72, 100, 144) if n <= p.longest]
    work = [(name, n) for n in lengths for name in SAMPLERS]
    run.keep(errors=errors, counts=counts)
    for at in run.steps(len(work), unit="runs/s"):
        name, n = work[at]
        solve, each = SAMPLERS[name]
        made = solve(D, noise, n)
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
    upto_71 = [error for error, count in zip(errors["Heun"], counts["Heun"], strict=True) if count <= 71]
    run.claim("levels-matter", errors["linear levels, Heun"][-1] / upto_71[-1])
    run.claim("schedule-matters", min(errors["VP, Heun"][-1], errors["VE, Heun"][-1]) / errors["Heun"][-1])

    def nearest(x: Tensor) -> Tensor:
        return torch.cdist(x, images).min(1).values / size

    run.histogram(0, "distance of a sample to the nearest training image, a pixel", nearest(truth))
    run.claim("it-only-remembers", nearest(truth).mean())
    # An error made early: a start with 0.7 of its noise. The ODE carries it to the end; fresh noise wears it off.
    stirred = stochastic(D, 0.7 * noise, edm_steps(36), 7.0)
    kept, mended, wanted = (nearest(x).mean() for x in (heun(D, 0.7 * noise, edm_steps(36)), stirred, truth))
    run.claim("churn-forgets", (mended - kept) / (wanted - kept))
    caption = f"algorithm 2, S_churn = 7, 0.7 of the noise: {mended:.3f} from the nearest; by the ODE {kept:.3f}"
    run.image(0, "samples, with churn", picture(stirred[:40], size), caption)
    run.claim("unit-variance", preconditioning(images))
    run.summary |= {"images": found.name}


def grey(images: Tensor) -> Tensor:
    """uint8 images (N, H, W), or (N, H, W, 3) in colour, as grey ones (N, 1, H, W) in [-1, 1]."""
    pixels = images.float() / 127.5 - 1
    return (pixels.mean(-1) if pixels.ndim == 4 else pixels)[:, None]


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
