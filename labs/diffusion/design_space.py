"""The samplers on a denoiser that was learned: quality against evaluations of D, and what guidance costs and brings.

Every sampler begins with the same noise and the same classes, so that their distances may be compared.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from denoiser import Examples, Trained
from drawing import sheet
from frechet import FEATURES, Judge, judge
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
    multistep,
    stochastic,
)
from torch import Tensor

from cs229tui.errors import UsageError
from cs229tui.labkit import device

Sampler = Callable[[Denoiser, Tensor, int], Tensor]  # from D, noise of σ_max, and how many steps


def along(c: Schedule) -> Sampler:
    """Heun's method under a schedule."""
    return lambda D, x, n: heun(D, (c.s(c.steps(n)[0]) * x).to(x.dtype), c.steps(n), c)


solver: Sampler = lambda D, x, n: multistep(D, x, geometric_steps(n))  # noqa: E731 - one of the table's
TRIED: dict[str, tuple[Sampler, tuple[int, ...], int]] = {  # how many steps, evaluations in each; the last three: Heun
    "Heun": (along(EDM), (3, 5, 9, 18, 40), 2),
    "Euler": (lambda D, x, n: euler(D, x, edm_steps(n)), (9, 35, 70), 1),
    "DPM-Solver++": (solver, (5, 9, 18), 1),
    "churn": (lambda D, x, n: stochastic(D, x, edm_steps(n), 0.2 * n, between=(0.05, 50.0)), (9, 18), 2),
    "VP": (along(VP), (5, 9), 2),
    "VE": (along(VE), (5, 9), 2),
}


def guided(trained: Trained, classes: Tensor, w: float) -> Denoiser:
    """D of p(x | class) against that of p(x): (1 + w) D(x; σ, c) - w D(x; σ), Ho and Salimans 2022, equation 6.

    Their w: 0 is without guidance (in other texts that is 1).
    """

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        told: Tensor = trained.D(x, sigma, classes)
        return told if w == 0 else (1 + w) * told - w * trained.D(x, sigma, None)

    return D


@torch.no_grad()
def made(trained: Trained, sampler: Sampler, n: int, noise: Tensor, classes: Tensor, w: float = 0.0) -> Tensor:
    """Images from noise (B, C, H, W) of σ_max, 250 at a time."""
    parts = zip(torch.split(noise, 250), torch.split(classes, 250), strict=True)
    return torch.cat([sampler(guided(trained, some, w), x, n) for x, some in parts])


def beginning(run: Any, trained: Trained, examples: Examples) -> tuple[Judge, Tensor, Tensor]:
    """The judge, the noise of σ_max and the classes, in turn, that every sampler of a run begins with."""
    if run.parameters.judged < 10:
        raise UsageError("Fewer than ten samples of each class say nothing of them.", "Choose --judged 10 or more.")
    critic = judge(examples, run.device, lambda at, of: run.progress(at, of, unit="steps of the classifier"))
    run.note(f"FD is in the features of the lab's classifier, right on {critic.accuracy:.1%} of held-out images.")
    draws = device.generator(run.seed, "begin", run.device)
    classes = torch.arange(len(examples.classes), device=run.device).repeat(run.parameters.judged)
    noise = SIGMA_MAX * torch.randn(len(classes), *trained.size, generator=draws, device=run.device)
    return critic, noise, classes


def jackknife(found: Callable[[Tensor], float], n: int, parts: int = 10) -> float:
    """The standard error of what is `found` in samples 0 … n - 1, from leaving out a tenth at a time (Tukey 1958)."""
    i = torch.arange(n)
    without = torch.tensor([found(i[i * parts // n != part]) for part in range(parts)], dtype=torch.float64)
    return float(((parts - 1) * without.var(correction=0)).sqrt())


def samplers(run: Any, trained: Trained, examples: Examples) -> None:
    """FD against evaluations of D for each sampler and schedule."""
    critic, noise, classes = beginning(run, trained, examples)
    K = len(examples.classes)
    work = [(name, n) for name, (_, lengths, _) in TRIED.items() for n in lengths]
    found: dict[str, float] = {}
    h = torch.zeros(2, len(noise), FEATURES, device=run.device)  # of Heun's samples at 35 and at 79 evaluations
    run.keep(found=found, h=h)
    for at in run.steps(len(work), unit="runs/s"):
        name, n = work[at]
        sampler, _, each = TRIED[name]
        evaluations = each * n - (each - 1)
        images = made(trained, sampler, n, noise, classes)
        features = critic.seen(images)[0]
        found[f"{name} {evaluations}"] = critic.away(features)
        run.log(evaluations, **{f"FD, {name}": found[f"{name} {evaluations}"]})
        if name == "Heun":
            if evaluations in (35, 79):
                h[int(evaluations == 79)] = features
            caption = f"a class a column, {evaluations} evaluations: FD {found[f'{name} {evaluations}']:.2f}"
            run.image(evaluations, "samples, Heun", sheet(images[: 4 * K].view(4, K, *trained.size)), caption)
    if run.stopping:
        return
    run.text(0, "FD by sampler and evaluations", "\n".join(f"{name:>18}  {FD:8.3f}" for name, FD in found.items()))
    run.claim("more-evaluations", found["Heun 5"] / found["Heun 35"])

    def change(kept: Tensor) -> float:
        share: float = critic.away(h[1, kept]) / critic.away(h[0, kept]) - 1
        return share

    # The same noise at both, so that the chance of the draw is nearly the same, and the change has little of it.
    change_of_all = found["Heun 79"] / found["Heun 35"] - 1
    error = jackknife(change, len(noise))
    run.note(f"From 35 to 79 evaluations FD changes by {change_of_all:+.1%}, with a standard error of {error:.1%}.")
    run.claim("then-flat", abs(change_of_all))
    run.claim("heun-beats-euler", found["Heun 35"] / found["Euler 70"])
    run.claim("edm-beats-vp-ve", min(found["VP 17"], found["VE 17"]) / found["Heun 17"])
    run.summary |= {"images": examples.name, "accuracy": critic.accuracy, "FD at 35": found["Heun 35"]}


WEIGHTS = (0.0, 1.0, 2.0, 4.0)


def guidance(run: Any, trained: Trained, examples: Examples) -> None:
    """Fidelity against diversity: how many samples show their class, and how far those of a class lie apart."""
    critic, noise, classes = beginning(run, trained, examples)
    K = len(examples.classes)
    measured: dict[str, list[float]] = {"right": [], "apart": []}  # at each w so far
    shown = torch.zeros(2 * len(WEIGHTS), K, *trained.size, device=run.device)
    run.keep(measured=measured, shown=shown)
    for at in run.steps(len(WEIGHTS), unit="weights/s"):
        right, apart = measured["right"], measured["apart"]
        images = made(trained, solver, 18, noise, classes, WEIGHTS[at])
        h, seen = critic.seen(images)
        right.append(float((seen == classes).float().mean()))
        pairs = [torch.pdist(h[classes == k]).mean() for k in range(K)]
        apart.append(float(torch.stack(pairs).mean()))
        shown[2 * at : 2 * at + 2] = images[: 2 * K].view(2, K, *trained.size)
        run.log(int(WEIGHTS[at]), accuracy=right[-1], diversity=apart[-1], FD=critic.distance(images))
        caption = "to the right w = 0, 1, 2, 4, two of each; a class a row"
        run.image(int(WEIGHTS[at]), "guidance", sheet(shown.transpose(0, 1)), caption)
    if run.stopping:
        return
    right, apart = measured["right"], measured["apart"]
    rows = zip(WEIGHTS, right, apart, strict=True)
    run.text(
        0, "w, class accuracy, mean distance within a class", "\n".join(f"{w:4g}  {a:.3f}  {d:.3f}" for w, a, d in rows)
    )
    run.claim("guidance-is-faithful", min(b - a for a, b in pairwise(right)))
    run.claim("guidance-gains", right[-1] - right[0])
    run.claim("guidance-costs-diversity", max(b / a for a, b in pairwise(apart)))
    run.summary |= {"images": examples.name, "accuracy": critic.accuracy}
