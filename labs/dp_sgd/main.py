"""Deep learning with differential privacy: Algorithm 1 of Abadi et al. (2016), and what its guarantee is worth.

Read it beside the paper: L is the expected size of a lot, q = L / N the chance of an example to be in it, C the bound
on a gradient's norm, σ the noise as a multiple of C. `accountant.py` says what a run has spent.

Shapes: B examples in a lot, T positions that a layer looks at, d numbers in and p numbers out at each.
"""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from cs229tui import labkit
from cs229tui.labkit import data

# isort: split
import torch
import torch.nn.functional as F
from accountant import epsilon_pld, epsilon_rdp, noise_for
from scattering import scattering
from torch import Tensor, nn


def network() -> nn.Sequential:
    """The network of Papernot et al. (2020) for 28 × 28 images, 26,010 parameters; tanh keeps the gradients small."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 8, stride=2, padding=3), nn.Tanh(), nn.MaxPool2d(2, 1),
        nn.Conv2d(16, 32, 4, stride=2), nn.Tanh(), nn.MaxPool2d(2, 1),
        nn.Flatten(), nn.Linear(512, 32), nn.Tanh(), nn.Linear(32, 10),
    )  # fmt: skip


# Algorithm 1, "compute gradient" and "clip gradient", without one gradient for each example.
#
# A layer y = W x that looks at T positions has the gradient G = Σ_t g_t x_tᵀ for an example, g being the gradient of
# its loss at y. Forward and backward give x and g for the whole lot; the norms of the G follow from them, and once the
# factors min(1, C / norm) are known, so does the clipped sum: one product a layer, and no second backward pass. (The
# norm is Goodfellow's, 2015; using the same x and g again is the book-keeping of Bu et al., 2023.)


@contextmanager
def recorded(model: nn.Module) -> Iterator[list[tuple[nn.Module, Tensor, Tensor]]]:
    """Each layer with parameters as it is passed, with what went in and what came out."""
    tape: list[tuple[nn.Module, Tensor, Tensor]] = []
    layers = [layer for layer in model.modules() if next(layer.parameters(recurse=False), None) is not None]
    hooks = [
        layer.register_forward_hook(lambda layer, x, y: tape.append((layer, x[0].detach(), y))) for layer in layers
    ]
    try:
        yield tape
    finally:
        for hook in hooks:
            hook.remove()


def factors(layer: nn.Module, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    """x (B, T, d) and g (B, T, p) with Σ_t g_t x_tᵀ the gradient of the layer's weight."""
    if isinstance(layer, nn.Conv2d) and layer.groups == 1 and layer.padding_mode == "zeros":
        x = F.unfold(x, layer.kernel_size, layer.dilation, cast(tuple[int, int], layer.padding), layer.stride)
        return x.mT, g.flatten(2).mT
    if isinstance(layer, nn.Linear):
        return x.view(len(x), -1, x.size(-1)), g.view(len(g), -1, g.size(-1))
    raise TypeError(f"there is no rule for the gradients of {type(layer).__name__}")


def squared_norms(layer: nn.Module, x: Tensor, g: Tensor) -> Tensor:
    """‖G‖² of each example (B,), over all the layer's parameters."""
    if isinstance(layer, nn.Embedding):  # the rows of two positions meet where their indices are the same
        x, g = x.view(len(x), -1), g.view(len(g), -1, g.size(-1))
        return ((x[:, :, None] == x[:, None, :]) * (g @ g.mT)).sum((1, 2))
    if isinstance(layer, nn.LayerNorm):
        return torch.stack([part.flatten(1).square().sum(1) for part in _scale_and_shift(layer, x, g)]).sum(0)
    x, g = factors(layer, x, g)
    layer = cast(nn.Linear, layer)  # or a convolution: both have a weight and maybe a bias
    if 2 * x.size(1) ** 2 <= x.size(2) * g.size(2):  # ‖Σ_t g_t x_tᵀ‖² = Σ_ts (x_t · x_s)(g_t · g_s)
        norms = ((x @ x.mT) * (g @ g.mT)).sum((1, 2))
    else:  # a small kernel at many positions: its own few numbers an example are fewer than T²
        norms = (g.mT @ x).square().sum((1, 2))
    return norms if layer.bias is None else norms + g.sum(1).square().sum(1)


def weighted_sum(layer: nn.Module, x: Tensor, g: Tensor, c: Tensor) -> None:
    """Put Σ_b c_b G_b into the gradients of the layer's parameters."""
    if isinstance(layer, nn.Embedding):
        rows = (c.view(-1, *[1] * (g.ndim - 1)) * g).reshape(-1, g.size(-1))
        layer.weight.grad = torch.zeros_like(layer.weight).index_add_(0, x.flatten(), rows)
        return
    if isinstance(layer, nn.LayerNorm):
        for W, part in zip((layer.weight, layer.bias), _scale_and_shift(layer, x, g), strict=True):
            W.grad = torch.einsum("b,b...->...", c, part)
        return
    x, g = factors(layer, x, g)
    layer = cast(nn.Linear, layer)
    g = c[:, None, None] * g
    layer.weight.grad = (g.flatten(0, 1).T @ x.flatten(0, 1)).view_as(layer.weight)
    if layer.bias is not None:
        layer.bias.grad = g.sum((0, 1))


def _scale_and_shift(layer: nn.LayerNorm, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    shape = (len(x), -1, *layer.normalized_shape)
    x = F.layer_norm(x, layer.normalized_shape, eps=layer.eps)
    return (g * x).reshape(shape).sum(1), g.reshape(shape).sum(1)


def summed_loss(outputs: Tensor, y: Tensor) -> Tensor:
    """Σ_b -log p(y_b)."""
    return F.cross_entropy(outputs, y, reduction="sum")


def clipped_sum(
    model: nn.Module, x: Tensor, y: Tensor, C: float, loss: Callable[[Tensor, Tensor], Tensor] = summed_loss
) -> Tensor:
    """Put Σ_b G_b min(1, C / ‖G_b‖) into the gradients, and return the ‖G_b‖ (B,)."""
    with recorded(model) as tape:
        losses = loss(model(x), y)
    layers, inputs, outputs = zip(*tape, strict=True)
    if len(set(map(id, layers))) < len(layers):
        raise TypeError("a layer is passed twice: its gradient is not the sum of two parts' norms")
    gradients = torch.autograd.grad(losses, outputs)  # of what came out: the parameters' own are never computed
    passed = list(zip(layers, inputs, gradients, strict=True))
    norms = torch.stack([squared_norms(*entry) for entry in passed]).sum(0).sqrt()
    for entry in passed:
        weighted_sum(*entry, (C / norms).clamp(max=1))
    return norms


def poisson(N: int, q: float, at: torch.device | str) -> Tensor:
    """The indices of a lot: each of N examples is in it with probability q, so that its size varies (section 3.1)."""
    return (torch.rand(N, device=at) < q).nonzero().flatten()


def noise_like(x: Tensor, secure: bool) -> Tensor:
    """N(0, 1) of x's shape; `secure` draws it from the kernel's generator, by the rule of Box and Muller."""
    if not secure:
        return torch.randn_like(x)
    bits = torch.frombuffer(bytearray(os.urandom(16 * x.numel())), dtype=torch.int64).view(2, *x.shape)
    u, v = ((bits >> 11) & (2**53 - 1)).double() / 2**53
    return ((-2 * torch.log1p(-u)).sqrt() * torch.cos(2 * math.pi * v)).to(x)


def add_noise(model: nn.Module, sigma: float, C: float, L: float, secure: bool = False) -> None:
    """Algorithm 1, "add noise": each gradient becomes (its sum + N(0, σ² C²)) / L."""
    for W in model.parameters():
        W.grad = (cast(Tensor, W.grad) + sigma * C * noise_like(W, secure)) / L


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
                spent = epsilon_pld(sigma, q, step + 1, p.delta, width=5e-4)
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


def difference_from_vmap(model: nn.Module, x: Tensor, y: Tensor, C: float) -> float:
    """How far the clipped sum is from that of one gradient for each example, as a share of its norm."""

    def loss(weights: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(torch.func.functional_call(model, weights, (x[None],)), y[None])

    weights = {name: W.detach() for name, W in model.named_parameters()}
    each = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(weights, x, y).values()
    norms = torch.stack([G.flatten(1).square().sum(1) for G in each]).sum(0).sqrt()
    wanted = torch.cat([torch.einsum("b,b...->...", (C / norms).clamp(max=1), G).flatten() for G in each])
    clipped_sum(model, x, y, C)
    found = torch.cat([W.grad.flatten() for W in model.parameters()])  # type: ignore[union-attr]
    return float((found - wanted).norm() / wanted.norm())


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


def variant_mechanisms(run: Any) -> None:
    """The building blocks (Dwork and Roth 2014): what each output says about whether one person is in the data."""
    p = run.parameters
    epsilon, n = p.epsilon, 1_000_000
    # Each is asked for a count that one person changes by 1: the truth is 1 with her and 0 without.
    out = 1 + torch.distributions.Laplace(0.0, 1 / epsilon).sample((n,))
    losses = {"Laplace": epsilon * (out.abs() - (out - 1).abs())}
    sigma = noise_for(epsilon, p.delta, 1.0, 1, epsilon_pld)
    z = 1 + sigma * torch.randn(n)
    losses["Gaussian"] = (2 * z - 1) / (2 * sigma**2)
    # Randomised response: the true answer with probability e^ε / (1 + e^ε), else the other.
    honest = torch.rand(n) < torch.sigmoid(torch.tensor(epsilon))
    losses["randomised response"] = torch.where(honest, epsilon, -epsilon)
    # The exponential mechanism: one of ten prizes by chances ∝ e^(ε score / 2); she moves each score by at most 1.
    scores = torch.randint(10, (10,)).float()
    moved = scores + torch.randint(-1, 2, (10,))
    with_her, without = (torch.log_softmax(epsilon * s / 2, 0) for s in (moved, scores))
    losses["exponential"] = (with_her - without)[torch.multinomial(with_her.exp(), n, replacement=True)]
    for name, loss in losses.items():
        run.histogram(0, f"privacy loss: {name}", loss)
    run.claim(
        "pure-mechanisms-hold",
        max(float(loss.abs().max()) for name, loss in losses.items() if name != "Gaussian") - epsilon,
    )
    # δ is what is left above ε: E[(1 - e^(ε - loss))₊], here by counting a million outputs.
    beyond = -torch.expm1((epsilon - losses["Gaussian"].double()).clamp(max=0))
    run.claim("gaussian-delta", float((beyond.mean() - p.delta) / (beyond.std() / math.sqrt(n))))
    run.claim("laplace-error", float((out - 1).abs().mean()) * epsilon)
    run.note(
        f"Gaussian noise for ({epsilon:g}, {p.delta:g}): σ = {sigma:.3f}; Laplace noise for ε alone: {1 / epsilon:.3f}."
    )


VARIANTS = {
    "train": variant_train,
    "features": variant_features,
    "mechanisms": variant_mechanisms,
    "subgroup": variant_subgroup,
    "audit": variant_audit,
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
