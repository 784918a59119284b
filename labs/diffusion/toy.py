"""Diffusion in the plane, where paths can be drawn: ODE against SDE, and how straight each schedule's paths are.

The denoiser is `ideal`'s of 400 points on a curve, with a little width; time goes from noise (σ = 25) to the data.
"""

import math
from typing import Any

import torch
from ideal import ideal
from samplers import EDM, SCHEDULES, Denoiser, Schedule, edm_steps, heun, stochastic, velocity, vp_time
from torch import Tensor

TOP, BOTTOM = 25.0, 0.002  # the noise levels between which paths are drawn, as figure 3 does
SPREAD = 0.05
VIEW = 2.5  # half the side of a picture


def points(shape: str, n: int = 400) -> Tensor:
    """n points (n, 2) of a set in the plane: "moons", "spiral" or "eight" (Gaussians' centres); σ_data is about 1."""
    u = torch.arange(n, dtype=torch.float64) / n
    if shape == "eight":
        angle = math.pi / 4 * torch.arange(8, dtype=torch.float64)
        return 1.4 * torch.stack([angle.cos(), angle.sin()], 1)
    if shape == "spiral":
        angle = 3 * math.pi * u.sqrt()
        return torch.stack([angle.cos(), angle.sin()], 1) * 2 * u.sqrt()[:, None]
    angle, lower = 2 * math.pi * u, u >= 0.5  # half a circle above, half a one below
    x, y = angle.cos() - 0.5 + lower, angle.sin() - 0.25 + 0.5 * lower
    return 1.3 * torch.stack([x, y], 1)


def at_level(name: str, sigma: Tensor) -> Tensor:
    """The times at which the schedule `name` is at these noise levels."""
    if name == "VP":
        return torch.tensor([vp_time(float(one)) for one in sigma], dtype=torch.float64)
    return sigma**2 if name == "VE" else sigma


def followed(D: Denoiser, n: Tensor, c: Schedule, times: Tensor) -> tuple[Tensor, Tensor]:
    """The path of x = s σ n (B, d), and its velocity, at every one of many times: (T, B, d) each."""
    x = c.s(times[0]) * c.sigma(times[0]) * n
    where, how_fast = [x], [velocity(D, x, times[0], c)]

    def seen(x: Tensor, t: Tensor) -> None:
        where.append(x)
        how_fast.append(velocity(D, x, t, c))

    heun(D, x, times, c, seen)
    return torch.stack(where), torch.stack(how_fast)


def curvature(where: Tensor, how_fast: Tensor, times: Tensor) -> float:
    """∫ |d²x/dt²| dt over the mean velocity, the median of the paths: 0 where they are straight in t.

    It is what Euler's steps suffer from, and no unit of x or t changes it.
    """
    turned = how_fast.diff(dim=0).norm(dim=2).sum(0)
    mean = (where[-1] - where[0]).norm(dim=1) / (times[0] - times[-1])
    return float((turned / mean).median())


COLOURS = {"grey": (0.45, 0.45, 0.45), "blue": (0.35, 0.6, 1.0), "orange": (1.0, 0.6, 0.2)}


def dots(layers: list[tuple[Tensor, str]], half: float, side: int = 120) -> Tensor:
    """A picture (side, side, 3) of points (n, 2) within ± half of the middle, later layers over earlier ones."""
    drawn = torch.zeros(side, side, 3)
    for xy, colour in layers:
        column, row = ((xy * torch.tensor([1.0, -1.0]) / half + 1) / 2 * side).floor().long().unbind(1)
        inside = (column >= 0) & (column < side) & (row >= 0) & (row < side)
        drawn[row[inside], column[inside]] = torch.tensor(COLOURS[colour])
    return drawn


def toy(run: Any) -> None:
    """Paths from noise to data, drawn; the curvature of each schedule's; what churn changes."""
    p = run.parameters
    data = points(p.shape)
    D = ideal(data, SPREAD)
    some = torch.randn(max(p.samples, 400), 2, dtype=torch.float64)
    few = some[:12]

    # The samples at a time, and where the denoiser sends them: the mean of what each may have been.
    levels = torch.logspace(math.log10(TOP), math.log10(BOTTOM), 160, dtype=torch.float64)
    where, _ = followed(D, some, EDM, levels)
    for step, sigma in enumerate((25.0, 3.0, 1.0, 0.5, 0.2, 0.002)):
        at = int((levels - sigma).abs().argmin())
        shrunk = where[at] / math.sqrt(1 + sigma**2)
        layers = [(data, "grey"), (shrunk, "blue"), (D(where[at], levels[at]), "orange")]
        caption = f"σ = {sigma:g}; D orange; x / √(1 + σ²) blue"
        run.image(step, "samples and what D makes of them", dots(layers, VIEW), caption)

    lines, _ = followed(D, few, EDM, torch.logspace(0.5, -2.7, 800, dtype=torch.float64))
    drawn = dots([(data, "grey"), (lines.flatten(0, 1), "blue"), (lines[-1], "orange")], VIEW)
    run.image(0, "paths of the ODE", drawn, "12 noises, from σ = 3 on")
    walk: list[Tensor] = []
    ends = stochastic(D, edm_steps(400)[0] * few, edm_steps(400), 60.0, seen=lambda x, t: walk.append(x))
    between = torch.linspace(0, 1, 20, dtype=torch.float64)[:, None, None, None]
    lines = torch.lerp(torch.stack(walk[:-1])[:, :3], torch.stack(walk[1:])[:, :3], between)
    drawn = dots([(lines.reshape(-1, 2), "blue"), (data, "grey"), (ends, "orange")], VIEW)
    run.image(0, "paths of the SDE", drawn, "3 of the 12; all ends; S_churn = 60")

    # Figure 3: one dimension, the data at -1 and 1; time to the right, x upwards, as each schedule has them.
    pair = ideal(torch.tensor([[-1.0], [1.0]], dtype=torch.float64), SPREAD)
    starts = torch.linspace(-1.5, 1.5, 9, dtype=torch.float64)[:, None]
    dense = torch.logspace(math.log10(TOP), math.log10(BOTTOM), 1200, dtype=torch.float64)
    bent: dict[str, float] = {}
    run.keep(bent=bent)
    for at in run.steps(len(SCHEDULES), unit="schedules/s"):
        name, c = list(SCHEDULES.items())[at]
        times = at_level(name, dense)
        near = times[dense < 4]
        even = torch.cat([times, torch.linspace(float(near[0]), float(near[-1]), 400, dtype=torch.float64)])
        even = torch.unique(even).flip(0)
        shown = even <= near[0]
        x = followed(pair, starts, c, even)[0][shown, :, 0]
        xy = torch.stack([(2 * even[shown, None] / near[0] - 1).expand_as(x), x / x.abs().max()], 2).flatten(0, 1)
        drawn = dots([(xy * VIEW * 0.98, "blue")], VIEW)
        run.image(at, "figure 3: x over time", drawn, f"{name}; data left, noise right")
        bent[name] = curvature(*followed(D, some[:100], c, times), times)
    if run.stopping:
        return
    told = "\n".join(f"{name:>4}  {value:7.2f}" for name, value in bent.items())
    run.text(0, "curvature of the paths in the plane", told)
    run.summary |= {f"curvature, {name}": round(bent[name], 3) for name in bent}
    run.claim("straight-paths", bent["EDM"])
    run.claim("straighter-than-vp", bent["VP"] / bent["EDM"])
    run.claim("straighter-than-ve", bent["VE"] / bent["EDM"])
