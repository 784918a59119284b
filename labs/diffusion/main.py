"""Diffusion models, from noise to image: how a denoiser is learned, and the lab's other variants, one file each.

Read it beside "Elucidating the Design Space of Diffusion-Based Generative Models" (Karras et al. 2022): σ is the size
of the noise and the sampler's time; D(x; σ) is the denoiser; the equation numbers are that paper's.

Shapes: B images (B, C, H, W) in [-1, 1].
"""

import copy
from typing import Any

from cs229tui import labkit
from cs229tui.errors import UsageError
from cs229tui.labkit import data, device

# isort: split
import torch
from denoiser import (
    Average,
    Examples,
    Shape,
    Trained,
    built,
    linear,
    load_network,
    losses,
    noise_levels,
    pixels,
    preconditioned,
    write_network,
)
from design_space import guidance, samplers
from drawing import sheet
from frechet import judge
from ideal import ideal, study
from latent import latent
from likelihood import likelihood
from samplers import SIGMA_MAX, SIGMA_MIN, edm_steps, geometric_steps, heun, multistep
from torch import Tensor
from toy import toy

BANDS = {"σ < 0.1": 0.0, "0.1 to 0.3": 0.1, "0.3 to 1": 0.3, "σ > 1": 1.0}  # of the loss, by where they begin
LEVELS = (0.1, 0.2, 0.5, 1.0, 2.0)  # where the denoisers are compared on held-out images


def train(run: Any, examples: Examples) -> Trained | None:
    """Learn D on the examples; the average of its weights comes back, None where the run was stopped."""
    p, place = run.parameters, run.device
    K, (C, H, W) = len(examples.classes), examples.train.shape[1:]
    if H != W or H % p.patch:
        raise UsageError(f"Images of {H} × {W} cannot be cut into patches of {p.patch} × {p.patch}.", "Try --patch 1")
    if p.net == "dit" and p.width % (4 * p.heads):
        raise UsageError(f"A width of {p.width} is no multiple of 4 · {p.heads} heads.", "Choose --width or --heads.")
    sigma_data = float(pixels(examples.train[:20_000]).square().mean().sqrt())  # about 0, as the noise is
    shape = Shape(p.net, C, H, K, p.width, p.layers, p.patch, p.heads)
    F = built(shape).to(place)
    average = Average(copy.deepcopy(F).eval().requires_grad_(False), p.ema)
    optimiser = torch.optim.Adam(F.parameters(), p.lr, betas=(0.9, 0.99), fused=True)
    draws = device.generator(run.seed, "training", place)
    sums = torch.zeros(2, len(BANDS), device=place)  # of the losses in each band, and how many they were
    run.keep(F=F, average=average, optimiser=optimiser, draws=draws, sums=sums)

    fast = device.compiled(F, place, p.compile)

    def network(*seen: Tensor | None) -> Tensor:
        with device.mixed_precision(place):  # the scalings around it stay float32
            out: Tensor = fast(*seen).float()
        return out

    D = preconditioned(network, sigma_data, K)
    trained = Trained(average.F, shape, sigma_data, examples.name, examples.classes)
    edges = torch.tensor(list(BANDS.values())[1:], device=place)
    shown = Progress(run, trained, examples)
    run.note(f"{sum(W.numel() for W in F.parameters()):,} parameters; σ_data = {sigma_data:.3f}, measured.")
    for step in run.steps(p.train_steps, work=p.batch, unit="images/s"):
        chosen = torch.randint(len(examples.train), (p.batch,), generator=draws, device=place)
        y, classes = pixels(examples.train[chosen]), examples.train_classes[chosen]
        # Some of the images are shown without their class, so that one network knows p(x) and p(x | class).
        unsaid, turned = torch.rand(2, p.batch, generator=draws, device=place)
        classes = torch.where(unsaid < p.class_dropout, K, classes)
        mirrored = turned < 0.5 if p.mirror else None  # the network is told, and none of it leaks into samples
        if mirrored is not None:
            y = torch.where(mirrored.view(-1, 1, 1, 1), y.flip(3), y)
        sigma = noise_levels(p.batch, draws)
        noise = torch.randn(y.shape, generator=draws, device=place)
        loss = losses(D, y, sigma, noise, classes, mirrored, sigma_data=sigma_data)
        if step == 0:
            run.claim("starts-at-one", loss.detach().mean())
        loss.mean().backward()
        for group in optimiser.param_groups:
            group["lr"] = p.lr * min(1.0, 20 * (step + 1) / p.train_steps)  # level to the end: the average calms it
        optimiser.step()
        optimiser.zero_grad()
        average.update(F)

        band = torch.bucketize(sigma, edges)
        sums.index_add_(1, band, torch.stack([loss.detach(), torch.ones_like(sigma)]))
        if (step + 1) % 10 == 0:
            means = sums[0] / sums[1]
            run.log(step, loss=sums[0].sum() / sums[1].sum(), **dict(zip(BANDS, means, strict=True)))
            sums.zero_()
        if step and step % max(1, p.train_steps // 8) == 0:
            shown.show(step)
    if run.stopping:
        return None
    write_network(run.artefact("the network", "network.safetensors"), trained)
    shown.show(p.train_steps)
    shown.way(p.train_steps)
    raw, averaged = shown.held_out(F), shown.held_out(average.F)
    run.claim("average-is-better", raw / averaged)
    run.summary |= {"held_out": averaged, "held_out_raw": raw, "parameters": sum(W.numel() for W in F.parameters())}
    compared(run, trained, examples)
    judged(run, trained, examples)
    return trained


class Progress:
    """What a run shows of a network while it trains, and what it claims of it in the end."""

    def __init__(self, run: Any, trained: Trained, examples: Examples) -> None:
        self.run, self.trained, self.examples = run, trained, examples
        K, place = len(examples.classes), run.device
        draws = device.generator(run.seed, "shown", place)
        self.noise = SIGMA_MAX * torch.randn(4 * K, *trained.size, generator=draws, device=place)
        self.classes = torch.arange(K, device=place).repeat(4)
        chosen = torch.randperm(len(examples.test), generator=draws, device=place)[:256]
        self.y, self.told = pixels(examples.test[chosen]), examples.test_classes[chosen]
        self.n = torch.randn(self.y.shape, generator=draws, device=place)
        self.sigma = noise_levels(len(self.y), draws)

    @torch.no_grad()
    def held_out(self, F: torch.nn.Module) -> float:
        """The loss on held-out images, the same noise each time."""
        D = preconditioned(F, self.trained.sigma_data, len(self.examples.classes))
        s = self.trained.sigma_data
        return float(losses(D, self.y, self.sigma, self.n, self.told, sigma_data=s).mean())

    @torch.no_grad()
    def show(self, step: int) -> None:
        """Samples, a class a column, from the same noise each time, and the held-out loss."""
        D, names = self.trained.D, self.examples.classes
        self.run.log(step, held_out=self.held_out(self.trained.F))
        K = len(names)
        made = multistep(lambda x, sigma: D(x, sigma, self.classes), self.noise, geometric_steps(12))
        rows = made.view(4, K, *self.trained.size)
        self.run.image(step, "samples, a class a column", sheet(rows), " · ".join(names))

    @torch.no_grad()
    def way(self, step: int) -> None:
        """From noise to image for the first five classes: what the denoiser takes it for, while σ falls."""
        D, few, path = self.trained.D, self.classes[:5], []
        x = self.noise[: len(few)]

        def seen(x: Tensor, sigma: Tensor) -> None:
            path.append(D(x, sigma.clamp(min=SIGMA_MIN), few))

        heun(lambda x, sigma: D(x, sigma, few), x, edm_steps(18), seen=seen)
        stages = [x / SIGMA_MAX, *path[1::2]]
        self.run.image(step, "from noise to image", sheet(torch.stack(stages, 1)), "left to right: D(x; σ), σ to 0")


@torch.no_grad()
def judged(run: Any, trained: Trained, examples: Examples) -> None:
    """What a classifier of the real images says of samples, and how far from the real its features of them lie."""
    p, K, draws = run.parameters, len(examples.classes), device.generator(run.seed, "judged", run.device)
    if examples.train.dtype != torch.uint8 or not p.judged:
        return  # latents are no images yet
    with torch.enable_grad():  # it is trained here, where it was not before
        critic = judge(examples, run.device, lambda at, of: run.progress(at, of, unit="steps of the classifier"))
    classes = torch.arange(K, device=run.device).repeat(p.judged)
    made: list[Tensor] = []
    for part in torch.split(classes, 250):
        noise = SIGMA_MAX * torch.randn(len(part), *trained.size, generator=draws, device=run.device)
        made.append(multistep(lambda x, sigma, of=part: trained.D(x, sigma, of), noise, geometric_steps(18)))
        run.progress(250 * len(made), len(classes), unit="samples")
    found = critic.seen(torch.cat(made))[1] == classes
    accuracy = {name: round(float(found[classes == k].float().mean()), 3) for k, name in enumerate(examples.classes)}
    distance = critic.distance(torch.cat(made))
    told = "\n".join(f"{name:>20}  {100 * share:3.0f} %" for name, share in accuracy.items())
    run.text(p.train_steps, "samples seen as their class", told)
    run.note(f"The classifier is right on {critic.accuracy:.1%} of the real held-out images; FD is {distance:.2f}.")
    run.claim("classes-are-seen", found.float().mean())
    run.claim("near-the-real", distance)
    run.summary |= {"class_accuracy": float(found.float().mean()), "distance": distance, "images": examples.name}


@torch.no_grad()
def compared(run: Any, trained: Trained, examples: Examples) -> None:
    """The error left on held-out images at five noise levels, against two denoisers that need no training.

    One is the best of all linear ones; the other is ideal for the training set, of which it knows every image: at
    small σ, where it would give back one of them, it is of no use for an image that it has not seen.
    """
    y, draws = pixels(examples.test[:256]), device.generator(run.seed, "compared", run.device)
    known = pixels(examples.train[torch.randperm(len(examples.train), generator=draws, device=run.device)[:20_000]])
    d, by_heart = linear(known), ideal(known.flatten(1), 0.0)
    rows, names = [], ("network", "linear", "by heart")
    for sigma in torch.tensor(LEVELS, device=run.device):
        x = y + sigma * torch.randn(y.shape, generator=draws, device=run.device)
        made = (trained.D(x, sigma, examples.test_classes[:256]), d(x, sigma), by_heart(x.flatten(1), sigma).view_as(x))
        rows.append([float((one - y).square().mean()) for one in made])
    table = [f"{'σ':>5}  " + "  ".join(f"{name:>8}" for name in names)]
    table += [f"{s:>5}  " + "  ".join(f"{e:>8.4f}" for e in row) for s, row in zip(LEVELS, rows, strict=True)]
    run.text(run.parameters.train_steps, "error on held-out images", "\n".join(table))
    run.claim("better-than-linear", max(row[0] / row[1] for row in rows))
    run.claim(
        "better-than-by-heart", max(row[0] / row[2] for row, sigma in zip(rows, LEVELS, strict=True) if sigma <= 1)
    )


WRITTEN_DOWN = {"ideal": study, "toy": toy, "likelihood": likelihood}  # by what they need of a denoiser
LEARNED = {"samplers": samplers, "guidance": guidance, "latent": latent}


def main() -> None:
    with labkit.start(__file__) as run:
        p = run.parameters
        if p.variant in WRITTEN_DOWN:
            WRITTEN_DOWN[p.variant](run)
            return
        examples = Examples.of(data.images(p.data, p.file, run.note, run.progress), run.device)
        if p.variant in LEARNED and p.network:
            trained: Trained | None = load_network(p.network, run.device).fits(examples)
        else:
            trained = train(run, examples)
        if trained is not None and p.variant in LEARNED:
            if not p.network:
                file = run.folder / "artefacts" / "network.safetensors"
                run.note(f"Next time the training can be left out: --network {file}")
            LEARNED[p.variant](run, trained, examples)


if __name__ == "__main__":
    main()
