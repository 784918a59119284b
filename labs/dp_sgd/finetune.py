"""The variant `finetune`: a pre-trained language model fine-tuned with privacy, all of it or LoRA's part alone.

Read it beside Li et al. (2021) and Yu et al. (2021). The model and LoRA are the transformer lab's. What it is
pre-trained on is public, what it is fine-tuned on is private, and no text is in both.
"""

import math
from typing import Any

from cs229tui.errors import UsageError
from cs229tui.labkit import data, other_lab

# isort: split
import torch
import torch.nn.functional as F
from accountant import epsilon_pld, noise_for
from algorithm_1 import add_noise, poisson
from book_keeping import clipped_sum, difference_from_vmap
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

other_lab.use(__file__, "transformer")
from adapt import gap  # noqa: E402
from lora import Classifier, accuracy, in_parts, padded, scaled  # noqa: E402
from muon import Optimiser  # noqa: E402

from transformer import Transformer, cross_entropy  # noqa: E402

# Adam's learning rates, of the head and of the rest, with and without noise: the best of a few tries with one seed.
RATES = {"full": (0.05, 2e-3), "lora": (0.02, 0.02), "readout": (0.05, 0.0)}
# What is trained, whether the model was pre-trained, whether with privacy; and how the table calls it.
ROWS = {
    "lora": ("lora", True, True, "LoRA"),
    "full": ("full", True, True, "full"),
    "readout": ("readout", True, True, "read-out"),
    "scratch": ("full", False, True, "full, scratch"),
    "lora_plain": ("lora", True, False, "LoRA, plain"),
    "full_plain": ("full", True, False, "full, plain"),
}


def pretrain(run: Any, model: Transformer, text: Tensor, steps: int, batch: int) -> None:
    """Predict the next byte of public text (windows of n bytes); no privacy is spent."""
    optimiser = Optimiser(model, 0.003, 0.03)
    draws = torch.Generator(run.device).manual_seed(run.seed)
    run.keep(model=model, optimiser=optimiser, draws=draws)
    for step in run.steps(steps, work=batch * model.n, unit="tokens/s"):
        places = torch.randint(text.numel() - model.n, (batch,), device=text.device, generator=draws)
        windows = text.unfold(0, model.n + 1, 1)[places].long()
        loss = cross_entropy(model(windows[:, :-1]), windows[:, 1:])
        loss.backward()
        optimiser.step(min(1.0, (step + 1) / 20, 2 * (1 - step / steps)))
        run.log(step, pretraining=loss)


def tuned(
    run: Any, model: nn.Module, x: Tensor, y: Tensor, adam: torch.optim.Adam, sigma: float | None, told: Any
) -> bool:
    """Adam on lots drawn by chance: on what Algorithm 1 publishes of their gradients, or without σ on the gradients."""
    p = run.parameters
    q = p.lot / len(x)
    steps = math.ceil(p.epochs / q)
    fading = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: min(1.0, 2 * (1 - step / steps)))
    for step in range(steps):
        lot = poisson(len(x), q, run.device, p.secure)
        if sigma is None:
            adam.zero_grad()
            (F.cross_entropy(model(x[lot]), y[lot], reduction="sum") / p.lot).backward()
        else:
            clipped_sum(model, x[lot], y[lot], p.clip)
            add_noise(model, sigma, p.clip, p.lot, p.secure)
        adam.step()
        fading.step()
        if not told(step, steps):
            return False
    return True


def variant_finetune(run: Any) -> None:
    """Fine-tune a model that was pre-trained on public texts on private ones, at one ε, in several ways."""
    p = run.parameters
    task = data.labelled(p.task, p.file if p.task == "file" else "", run.note, run.progress)
    public, first = task.train[: len(task.train) // 3], len(task.train) // 3
    run.note(
        f"Public: {len(public):,} of the training texts, without their classes. Private: the other "
        f"{len(task.train) - first:,}. No text is in both."
    )
    vocabulary = bytes(sorted(set(b"\n\n".join(public))))
    n, classes = p.context, len(task.classes)
    x, test, known = (padded(texts, vocabulary, n).to(run.device) for texts in (task.train[first:], task.test, public))
    y, test_y = task.train_classes[first:].to(run.device), task.test_classes.to(run.device)
    q = p.lot / len(x)
    if q > 1:
        raise UsageError(f"A lot of {p.lot:,} texts cannot be drawn from {len(x):,}.", f"At most: --lot {len(x)}")
    steps = math.ceil(p.epochs / q)
    run.progress(0, steps, unit="steps, once the noise is found")
    sigma = p.sigma or noise_for(p.epsilon, p.delta, q, steps, epsilon_pld)
    promise = epsilon_pld(sigma, q, steps, p.delta) if p.sigma else p.epsilon
    run.note(f"σ = {sigma:.3f} for ε = {promise:.3g} at δ = {p.delta:g}: q = {q:.4f}, {steps} steps, for each row.")

    def transformer() -> Transformer:
        return Transformer(len(vocabulary), p.layers, p.width, p.heads, n).to(run.device)

    base, found = transformer(), torch.full((len(ROWS), p.draws), math.nan, dtype=torch.float64)
    run.keep(found=found)
    text = padded([b"\n\n".join(public)], vocabulary, sum(map(len, public)) + 2 * len(public) - 2)[0]
    pretrain(run, base, text.to(run.device, torch.uint8), p.pretraining, 16)
    if run.stopping:
        return
    base.eval()

    def classifier(method: str, pretrained: bool) -> Classifier:
        return scaled(Classifier(base if pretrained else transformer(), classes, method, p.rank), known)

    for method in ("full", "lora"):  # exact for what is trained, with a head and B that are not 0
        model = classifier(method, pretrained=True)
        for W in model.trained:
            torch.nn.init.normal_(W, std=0.05)
        with sdpa_kernel(SDPBackend.MATH):  # the one that vmap has a rule for
            error = difference_from_vmap(model, x[:16], y[:16], p.clip)
        run.claim(f"clipping-is-exact-{method}", error)
    jobs = [(draw, name) for draw in range(p.draws) for name in ROWS]
    for job in run.steps(len(jobs), unit="runs/s"):
        draw, name = jobs[job]
        method, pretrained, private, _ = ROWS[name]
        torch.manual_seed(1000 * run.seed + draw)
        model = classifier(method, pretrained)

        def told(step: int, steps: int, model: Classifier = model, name: str = name, job: int = job) -> bool:
            # Of the first draw, the curve is shown, by examples looked at.
            if job < len(ROWS) and step % max(1, steps // 4) == 0:
                run.log(step * p.lot, **{name: accuracy(model, test[:200], test_y[:200])})
            if step % 5 == 0:
                run.progress(job + step / steps, len(jobs), unit="runs")
            return not run.stopping

        inner = [W for W in model.model.parameters() if W.requires_grad]
        groups = zip((list(model.head.parameters()), inner), RATES[method], strict=True)
        adam = torch.optim.Adam([{"params": weights, "lr": rate} for weights, rate in groups if weights])
        # Of a read-out, what the frozen model gives is computed once.
        net, seen = (model.head, in_parts(model.features, x)) if method == "readout" else (model, x)
        if not tuned(run, net, seen, y, adam, sigma if private else None, told):
            run.checkpoint(job)  # this one begins anew
            return
        score = accuracy(model, test, test_y)
        found[list(ROWS).index(name), draw] = score
        if draw == 0:
            run.log(steps * p.lot, **{name: score})
    if run.stopping:
        return
    report(run, found, {name: sum(W.numel() for W in classifier(*ROWS[name][:2]).trained) for name in ROWS}, steps)


def report(run: Any, found: Tensor, counts: dict[str, int], steps: int) -> None:
    """Show what each row reached, with its trained parameters, and compare them."""
    means, spread = found.mean(1), found.std(1)
    lines = [f"{'':15}{'trained':>9}{'accuracy':>11}"]  # 35 columns, as wide as a panel
    for at, (name, count) in enumerate(counts.items()):
        lines.append(f"{ROWS[name][3]:15}{count:>9,}{means[at]:>6.1f} ±{spread[at]:>3.1f}")
    run.text(run.parameters.pretraining + steps, "accuracy (%) at one ε", "\n".join(lines))
    row = dict(zip(counts, found, strict=True))
    run.claim("lora-beats-full", gap(row["lora"], row["full"]))
    run.claim("pre-training-pays", gap(row["full"], row["scratch"]))
    run.claim("price-of-private-lora", (row["lora_plain"] - row["lora"]).mean())
    run.summary |= {name: float(mean) for name, mean in zip(counts, means, strict=True)}
