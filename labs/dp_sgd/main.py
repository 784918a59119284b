"""Deep learning with differential privacy: Algorithm 1 of Abadi et al. (2016), and what its guarantee is worth.

Read it beside the paper: L is the expected size of a lot, q = L / N the chance of an example to be in it, C the bound
on a gradient's norm, σ the noise as a multiple of C. `book_keeping.py` clips, `algorithm_1.py` draws lots and noise,
`accountant.py` says what a run has spent.
"""

import math
from typing import Any

from cs229tui import labkit
from cs229tui.labkit import data

# isort: split
import audit
import mechanisms
import torch
import torch.nn.functional as F
from accountant import epsilon_pld, epsilon_rdp, noise_for
from algorithm_1 import add_noise, poisson
from book_keeping import clipped_sum, difference_from_vmap
from scattering import scattering
from torch import Tensor, nn


def network() -> nn.Sequential:
    """The network of Papernot et al. (2020) for 28 × 28 images, 26,010 parameters; tanh keeps the gradients small."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 8, stride=2, padding=3), nn.Tanh(), nn.MaxPool2d(2, 1),
        nn.Conv2d(16, 32, 4, stride=2), nn.Tanh(), nn.MaxPool2d(2, 1),
        nn.Flatten(), nn.Linear(512, 32), nn.Tanh(), nn.Linear(32, 10),
    )  # fmt: skip


def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The share of right answers for each class (10,), in percent."""
    with torch.no_grad():
        right = torch.cat([model(part).argmax(1) for part in torch.split(x, 2000)]) == y
    return torch.stack([100 * right[y == kind].float().mean() for kind in range(10)])


def train(
    run: Any, model: nn.Module, x: Tensor, y: Tensor, test: tuple[Tensor, Tensor], private: bool, log: bool = True
) -> nn.Module:
    """Train a model by Algorithm 1, or by plain SGD on the same lots where it is not to be `private`."""
    p = run.parameters
    N, q = len(x), p.lot / len(x)
    steps = math.ceil(p.epochs / q)
    sigma = noise_for(p.epsilon, p.delta, q, steps, epsilon_pld) if private and not p.sigma else p.sigma
    model = model.to(run.device)
    rate = p.lr if private else p.plain_lr
    optimiser = torch.optim.SGD(model.parameters(), lr=rate, momentum=p.momentum)
    if private:
        run.note(f"σ = {sigma:.3f} for ε = {p.epsilon:g} at δ = {p.delta:g}: q = {q:.4f}, {steps} steps.")
    if log:
        run.keep(model=model, optimiser=optimiser)
    for step in run.steps(steps, work=p.lot, unit="examples/s") if log else range(steps):
        lot = poisson(N, q, run.device)
        if private:
            norms = clipped_sum(model, x[lot], y[lot], p.clip)
            add_noise(model, sigma, p.clip, p.lot, p.secure)
        else:
            optimiser.zero_grad()
            (F.cross_entropy(model(x[lot]), y[lot], reduction="sum") / p.lot).backward()
        optimiser.step()
        if not log:
            continue
        run.log(step, lot=len(lot))
        if step % max(1, steps // 30) == 0 or step == steps - 1:
            run.log(step, accuracy=accuracy(model, *test).mean())
            if private:
                spent = epsilon_pld(sigma, q, step + 1, p.delta)
                run.log(step, epsilon=spent, moments=epsilon_rdp(sigma, q, step + 1, p.delta))
                run.log(step, clipped=(norms > p.clip).float().mean())
                run.histogram(step, "gradient norms", norms)
    run.summary |= {"sigma": sigma} if private else {}
    return model


def images_of(run: Any) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor], data.Images]:
    """The training images and classes and the pair of the test set's, on the device, in [-1, 1]."""
    found = data.images(run.parameters.data, run.parameters.file, run.note)
    some = slice(run.parameters.examples or None)

    def scaled(pixels: Tensor) -> Tensor:
        return pixels[some].to(run.device)[:, None].float() / 127.5 - 1

    test = scaled(found.test), found.test_classes[some].to(run.device)
    return scaled(found.train), found.train_classes[some].to(run.device), test, found


def variant_train(run: Any) -> None:
    """The paper's experiment: a network trained with and without privacy, on the same lots."""
    p = run.parameters
    x, y, test, found = images_of(run)
    run.image(0, "images", found.train[:40], f"40 of the {len(x):,} examples whose privacy is kept")
    sizes = torch.tensor([len(poisson(len(x), p.lot / len(x), run.device)) for _ in range(400)]).double()
    run.claim("lots-are-poisson", sizes.var() / (p.lot * (1 - p.lot / len(x))))
    model = train(run, network(), x, y, test, private=True)
    if run.stopping:
        return
    each = accuracy(model, *test)
    plain = accuracy(train(run, network(), x, y, test, private=False, log=False), *test)
    run.heatmap(0, "accuracy by class", torch.stack([each, plain]), ("private", "plain"), found.classes)
    run.claim("accuracy", each.mean())
    run.claim("price-of-privacy", plain.mean() - each.mean())
    q, steps = p.lot / len(x), math.ceil(p.epochs * len(x) / p.lot)
    run.claim("accountants-agree", 1 - epsilon_pld(run.summary["sigma"], q, steps, p.delta)
              / epsilon_rdp(run.summary["sigma"], q, steps, p.delta))  # fmt: skip
    check = network().to(run.device)
    run.claim("clipping-is-exact", difference_from_vmap(check, x[:128], y[:128], p.clip))
    run.summary |= {"images": found.name, "accuracy": float(each.mean()), "plain": float(plain.mean())}


def variant_features(run: Any) -> None:
    """The same promise on features that nobody had to learn: one linear layer on a scattering transform."""
    x, y, test, _ = images_of(run)

    def features(images: Tensor) -> Tensor:
        made = torch.empty(len(images), 81 * 49, device=images.device)
        parts = list(zip(torch.split(images, 200), torch.split(made, 200), strict=True))
        for at, (part, into) in enumerate(parts):
            if at % 20 == 0:
                run.progress(at, len(parts), unit="parts of the features")
            into[:] = F.group_norm(scattering(part), 27).flatten(1)  # one image at a time: no privacy is spent
        return made

    x, test = features(x), (features(test[0]), test[1])
    model = train(run, nn.Linear(81 * 49, 10), x, y, test, private=True)
    if not run.stopping:
        run.claim("better-features", accuracy(model, *test).mean())


def variant_subgroup(run: Any) -> None:
    """One class is cut to a few hundred examples: who pays for privacy (Bagdasaryan and Shmatikov 2019)?"""
    p = run.parameters
    x, y, test, found = images_of(run)
    few = (y == p.subgroup).nonzero().flatten()[p.few :]
    kept = torch.ones(len(y), dtype=torch.bool, device=y.device)
    kept[few] = False
    x, y = x[kept], y[kept]
    run.note(
        f"The class {found.classes[p.subgroup]} has {p.few} examples; the others about {len(found.train) // 10:,}."
    )
    private = accuracy(train(run, network(), x, y, test, private=True), *test)
    if run.stopping:
        return
    plain = accuracy(train(run, network(), x, y, test, private=False, log=False), *test)
    drop = plain - private
    others = torch.cat([drop[: p.subgroup], drop[p.subgroup + 1 :]]).mean()
    run.heatmap(
        0, "accuracy by class", torch.stack([plain, private, drop]), ("plain", "private", "drop"), found.classes
    )
    run.claim("subgroup-gap", drop[p.subgroup] - others)


VARIANTS = {
    "train": variant_train,
    "features": variant_features,
    "mechanisms": mechanisms.variant_mechanisms,
    "subgroup": variant_subgroup,
    "audit": audit.variant_audit,
}

if __name__ == "__main__":
    with labkit.start(__file__) as run:
        if run.parameters.secure:
            run.note(
                "The noise is drawn from the kernel's generator. Floating point still leaks a little (Mironov 2012)."
            )
        else:
            run.note("The noise is drawn from a seeded generator, so that runs repeat: do not publish such a model.")
        VARIANTS[run.parameters.variant](run)
