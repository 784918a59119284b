"""Deep learning with differential privacy: Algorithm 1 of Abadi et al. (2016), and what its guarantee is worth.

Read it beside the paper: L is the expected size of a lot, q = L / N the chance of an example to be in it, C the bound
on a gradient's norm, σ the noise as a multiple of C. `book_keeping.py` clips, `algorithm_1.py` draws lots and noise,
`accountant.py` says what a run has spent.
"""

import copy
import math
from typing import Any

from cs229tui import labkit
from cs229tui.errors import UsageError
from cs229tui.labkit import data

# isort: split
import audit
import finetune
import mechanisms
import torch
import torch.nn.functional as F
from accountant import epsilon_pld, epsilon_rdp, noise_for
from algorithm_1 import add_noise, poisson
from book_keeping import PART, clipped_sum, difference_from_vmap
from scattering import scattering
from torch import Tensor, nn


def network() -> nn.Sequential:
    """The network of Papernot et al. (2020) for 28 × 28 images, 26,010 parameters; tanh keeps the gradients small."""
    layers = nn.Sequential(
        nn.Conv2d(1, 16, 8, stride=2, padding=3), nn.Tanh(), nn.MaxPool2d(2, 1),
        nn.Conv2d(16, 32, 4, stride=2), nn.Tanh(), nn.MaxPool2d(2, 1),
        nn.Flatten(), nn.Linear(512, 32), nn.Tanh(), nn.Linear(32, 10),
    )  # fmt: skip
    # Pixel after pixel, and each pixel's channels beside each other: a CPU pools those many times as fast.
    return layers.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The share of right answers for each class (10,), in percent."""
    with torch.no_grad():
        right = torch.cat([model(part).argmax(1) for part in torch.split(x, 500 if x.is_cpu else 10_000)]) == y
    return torch.stack([100 * right[y == kind].float().mean() for kind in range(10)])


@torch.no_grad()
def move(average: nn.Module, model: nn.Module, step: int, decay: float) -> None:
    """Let an average follow the weights of a model; it forgets faster at the start, where they are still far off."""
    decay = min(decay, (1 + step) / (10 + step))
    for mean, W in zip(average.parameters(), model.parameters(), strict=True):
        mean.lerp_(W, 1 - decay)


def train(
    run: Any, model: nn.Module, x: Tensor, y: Tensor, test: tuple[Tensor, Tensor], compare: bool = True
) -> tuple[nn.Module, nn.Module]:
    """A model trained by Algorithm 1, and its twin trained by plain SGD on the same lots if they are to be compared.

    What is returned are averages of the weights over the last steps, which cost no privacy: they are made from what
    every step has published already.
    """
    p = run.parameters
    N, q = len(x), p.lot / len(x)
    if q > 1:
        raise UsageError(f"A lot of {p.lot:,} examples cannot be drawn from {N:,}.", f"Take a lot of at most {N:,}.")
    steps = math.ceil(p.epochs / q)
    run.progress(0, steps, unit="steps, once the noise is found")
    sigma = p.sigma or noise_for(p.epsilon, p.delta, q, steps, epsilon_pld)
    promise = epsilon_pld(sigma, q, steps, p.delta) if p.sigma else p.epsilon
    run.note(f"σ = {sigma:.3f} for ε = {promise:.3g} at δ = {p.delta:g}: q = {q:.4f}, {steps} steps.")
    run.summary |= {"sigma": sigma}

    model = model.to(run.device)
    twin, average, plain = (copy.deepcopy(model) for _ in range(3))
    optimiser = torch.optim.SGD(model.parameters(), lr=p.lr, momentum=p.momentum)
    twins = torch.optim.SGD(twin.parameters(), lr=p.plain_lr, momentum=p.momentum)
    run.keep(model=model, optimiser=optimiser, average=average, twin=twin, twins=twins, plain=plain)
    for step in run.steps(steps, work=p.lot, unit="examples/s"):
        lot = poisson(N, q, run.device, p.secure)
        norms = clipped_sum(model, x[lot], y[lot], p.clip)
        add_noise(model, sigma, p.clip, p.lot, p.secure)
        optimiser.step()
        move(average, model, step, p.average)
        if compare:
            twins.zero_grad()
            for some in lot.split(PART.get(x.device.type, N)):
                (F.cross_entropy(twin(x[some]), y[some], reduction="sum") / p.lot).backward()
            twins.step()
            move(plain, twin, step, p.average)
        run.log(step, lot=len(lot))
        if step % max(1, steps // 20) == 0 or step == steps - 1:
            run.log(step, accuracy=accuracy(average, *test).mean())
            if compare:
                run.log(step, plain=accuracy(plain, *test).mean())
            spent = epsilon_pld(sigma, q, step + 1, p.delta)
            run.log(step, epsilon=spent, moments=epsilon_rdp(sigma, q, step + 1, p.delta))
            run.log(step, clipped=(norms > p.clip).float().mean())
            run.histogram(step, "gradient norms", norms)
    return average, plain


def images_of(run: Any) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor], data.Images]:
    """The training images and classes and the pair of the test set's, on the device, in [-1, 2]."""
    found = data.images(run.parameters.data, run.parameters.file, run.note, run.progress)
    some = slice(run.parameters.examples or None)

    def scaled(pixels: Tensor) -> Tensor:
        # A fixed range: the mean and spread of the images would cost privacy to measure.
        return pixels[some].to(run.device)[:, None].float().div_(85).sub_(1)

    test = scaled(found.test), found.test_classes[some].to(run.device)
    return scaled(found.train), found.train_classes[some].to(run.device), test, found


def variant_train(run: Any) -> None:
    """The paper's experiment: a network trained with and without privacy, on the same lots."""
    p = run.parameters
    x, y, test, found = images_of(run)
    run.image(0, "images", found.train[:40], f"40 of the {len(x):,} examples whose privacy is kept")
    q = p.lot / len(x)
    sizes = torch.tensor([len(poisson(len(x), q, run.device, p.secure)) for _ in range(400)]).double()
    run.claim("lots-are-poisson", sizes.var() / (p.lot * (1 - q)))
    model = network().to(run.device)
    run.claim("clipping-is-exact", difference_from_vmap(model, x[:128], y[:128], p.clip))
    private, plain = train(run, model, x, y, test)
    if run.stopping:
        return
    each, without = accuracy(private, *test), accuracy(plain, *test)
    steps = math.ceil(p.epochs / q)
    run.heatmap(steps, "accuracy by class", torch.stack([each, without]), ("private", "plain"), found.classes)
    run.claim("accuracy", each.mean())
    run.claim("price-of-privacy", without.mean() - each.mean())
    sigma = run.summary["sigma"]
    run.claim("accountants-agree", 1 - epsilon_pld(sigma, q, steps, p.delta) / epsilon_rdp(sigma, q, steps, p.delta))
    run.summary |= {"images": found.name, "accuracy": float(each.mean()), "plain": float(without.mean())}


def variant_features(run: Any) -> None:
    """The same promise on features that nobody had to learn: one linear layer on a scattering transform."""
    x, y, test, found = images_of(run)

    def features(images: Tensor) -> Tensor:
        made = torch.empty(len(images), 81 * 49, device=images.device)
        parts = list(zip(torch.split(images, 200), torch.split(made, 200), strict=True))
        for at, (part, into) in enumerate(parts):
            if at % 20 == 0:
                run.progress(at, len(parts), unit="parts of the features")
            into[:] = F.group_norm(scattering(part), 27).flatten(1)  # one image at a time: no privacy is spent
        return made

    x, test = features(x), (features(test[0]), test[1])
    private, _ = train(run, nn.Linear(81 * 49, 10), x, y, test, compare=False)
    if not run.stopping:
        each = accuracy(private, *test).mean()
        run.claim("better-features", each)
        run.summary |= {"images": found.name, "accuracy": float(each)}


def variant_subgroup(run: Any) -> None:
    """One class is cut to a few hundred examples: who pays for privacy (Bagdasaryan and Shmatikov 2019)?"""
    p = run.parameters
    x, y, test, found = images_of(run)
    kept = (y != p.subgroup) | ((y == p.subgroup).cumsum(0) <= p.few)
    x, y = x[kept], y[kept]
    counts = torch.bincount(y, minlength=10)
    name = found.classes[p.subgroup]
    run.note(
        f"The class {name} has {counts[p.subgroup]:,} examples; the others {(len(y) - counts[p.subgroup]) // 9:,}."
    )
    private, plain = train(run, network(), x, y, test)
    if run.stopping:
        return
    with_it, without = accuracy(private, *test), accuracy(plain, *test)
    drop = without - with_it
    steps = math.ceil(p.epochs * len(x) / p.lot)
    rows = torch.stack([without, with_it, drop])
    run.heatmap(steps, "accuracy by class", rows, ("plain", "private", "drop"), found.classes)
    others = float(drop.sum() - drop[p.subgroup]) / 9
    run.note(f"{name}: {drop[p.subgroup]:.1f} points lost to privacy; the others {others:.1f} on average.")
    run.claim("subgroup-gap", float(drop[p.subgroup]) / max(others, 1.0))
    run.summary |= {"images": found.name, "drop": float(drop[p.subgroup]), "others": others}


VARIANTS = {
    "train": variant_train,
    "features": variant_features,
    "mechanisms": mechanisms.variant_mechanisms,
    "subgroup": variant_subgroup,
    "finetune": finetune.variant_finetune,
    "audit": audit.variant_audit,
}

if __name__ == "__main__":
    with labkit.start(__file__) as run:
        if run.parameters.secure:
            run.note(
                "Lots and noise come from the kernel's generator. Floating point still leaks a little (Mironov 2012)."
            )
        else:
            run.note("Lots and noise come from a seeded generator, so that runs repeat: do not publish such a model.")
        VARIANTS[run.parameters.variant](run)
