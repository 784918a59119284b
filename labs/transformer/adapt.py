"""The variant `adapt`: one pre-trained model, six ways to adapt it (lora.py), few and many examples, several draws."""

import math
from collections.abc import Callable
from pathlib import Path

from cs229tui import labkit
from cs229tui.errors import UsageError
from cs229tui.labkit import data

# isort: split
import torch
import torch.nn.functional as F
from lora import Classifier, accuracy, in_parts, padded, read_out, scaled, tuned
from torch import Tensor

from transformer import Transformer

# Adam's learning rate of each, after a few tries on training mails that were held back, never on test mails.
RATES = {"full": 1e-3, "lora": 5e-3, "prompt": 3e-2, "scratch": 3e-3}
METHODS = ("full", "lora", "prompt", "readout", "random", "scratch")
DECAY = 1e-3  # of the read-outs' weights, found likewise


def gap(a: Tensor, b: Tensor) -> float:
    """The mean of a - b over paired draws, in standard errors: beyond 2 it counts as a difference."""
    d = a.double() - b.double()
    return float(d.mean() / (d.std() / math.sqrt(len(d))).clamp(min=1e-9))


def adapt(run: labkit.Run, pretrain: Callable[..., float]) -> None:
    """Pre-train a model on texts without their classes, or load one, and adapt it in six ways."""
    p = run.parameters
    task = data.labelled(p.task, p.file if p.task == "file" else "", run.note, run.progress)
    C, K = len(task.classes), p.soft
    if p.context <= K:
        raise UsageError(f"A prompt of {K} leaves no room in a context of {p.context}.", "Give a larger context.")
    if p.model:
        try:
            base, vocabulary = Transformer.load(Path(p.model).expanduser(), run.device)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{p.model} cannot be used: {error}.", "Name the artefacts/model.safetensors of a run of this lab."
            ) from error
    else:
        vocabulary = bytes(sorted(set(b"\n\n".join(task.train))))
        base = Transformer(len(vocabulary), p.layers, p.width, p.heads, p.context).to(run.device)
    n = base.n - K
    x, test = (padded(texts, vocabulary, n).to(run.device) for texts in (task.train, task.test))
    y, test_y = task.train_classes.to(run.device), task.test_classes.to(run.device)
    sizes, draws = [min(size, len(x)) for size in (p.few, p.many)], (p.draws, p.many_draws)
    found = torch.full((len(METHODS), 2, max(draws)), math.nan, dtype=torch.float64)
    moved = torch.zeros(2, dtype=torch.float64)  # of LoRA's first features, and of weights that are frozen
    run.keep(found=found, moved=moved)
    if p.model:
        run.note(f"The model is {p.model}, trained before on another text.")
    else:
        run.note(f"Pre-trained on the {len(x):,} training texts without their classes; no test text is seen.")
        text = padded([b"\n\n".join(task.train)], vocabulary, sum(map(len, task.train)) + 2 * len(x) - 2)[0]
        pretrain(run, base, text.to(run.device, torch.uint8), lambda step: None)
    if run.stopping:
        return
    base.eval()

    torch.manual_seed(run.seed)
    random = Transformer(**{**base.shape, "zero_init": False}).to(run.device)
    origin = {name: scaled(Classifier(model, C, "readout"), x[:400])
              for name, model in (("base", base), ("random", random))}  # fmt: skip
    features = {name: [in_parts(model.features, texts) for texts in (x, test)] for name, model in origin.items()}

    def classifier(method: str) -> Classifier:
        if method == "scratch":
            return scaled(Classifier(Transformer(**base.shape).to(run.device), C, "full"), x[:400])
        model = Classifier(base, C, method, p.rank, K)
        model.centre.copy_(origin["base"].centre)
        model.spread.copy_(origin["base"].spread)
        return model

    jobs = [(draw, at, method) for draw in range(max(draws)) for at in range(2) if draw < draws[at]
            for method in METHODS]  # fmt: skip
    for job in run.steps(len(jobs), unit="runs/s"):
        draw, at, method = jobs[job]
        seed = torch.Generator().manual_seed(1000 * run.seed + draw)  # the same examples for every method
        chosen = torch.randperm(len(x), generator=seed)[: sizes[at]].to(run.device)
        steps, shown = (p.few_steps, p.many_steps)[at], f"{method}_{sizes[at]}"
        torch.manual_seed(1000 * run.seed + draw)
        if method in ("readout", "random"):
            seen, unseen = features["base" if method == "readout" else "random"]
            W, b = read_out(seen[chosen], y[chosen], C, DECAY)
            score = 100 * float((F.linear(unseen, W, b).argmax(1) == test_y).double().mean())
            if draw == 0:  # of the first draw, the curve is shown, by examples looked at
                run.log(0, **{shown: score})
                run.log(steps * p.tune_batch, **{shown: score})
        else:
            model = classifier(method)
            if method == "lora":
                first = in_parts(model.features, x[:128])
                moved[0] = max(float(moved[0]), float((first - features["base"][0][: len(first)]).abs().max()))

            def watch(step: int, loss: Tensor, model: Classifier = model, draw: int = draw, shown: str = shown,
                      steps: int = steps, job: int = job) -> bool:  # fmt: skip
                if draw == 0 and step % max(1, steps // 4) == 0:
                    run.log(step * p.tune_batch, **{shown: accuracy(model, test[:200], test_y[:200])})
                if step % 5 == 0:
                    run.progress(job + step / steps, len(jobs), unit="runs")
                return not run.stopping

            if not tuned(model, x[chosen], y[chosen], RATES[method], steps, p.tune_batch, seed, watch):
                run.checkpoint(job)  # this one begins anew
                return
            score = accuracy(model, test, test_y)
            if draw == 0:
                run.log(steps * p.tune_batch, **{shown: score})
            if method in ("lora", "prompt"):
                moved[1] = max(float(moved[1]), farthest(model, base))
        found[METHODS.index(method), at, draw] = score
    if run.stopping:
        return

    counts = {method: sum(W.numel() for W in classifier(method).trained)
              for method in ("full", "lora", "prompt", "readout")}  # fmt: skip
    counts |= {"random": counts["readout"], "scratch": counts["full"]}
    report(run, [found[:, at, : draws[at]] for at in range(2)], sizes, counts, p.steps + p.many_steps)
    run.claim("lora-starts-as-the-model", moved[0])
    run.claim("frozen-stays", moved[1])


@torch.no_grad()
def farthest(model: Classifier, base: Transformer) -> float:
    """The most that a weight of the base moved in an adapted model, which LoRA and prompts must leave alone."""
    now = {name.replace(".base.", "."): W for name, W in model.model.named_parameters()}
    return max(float((now[name] - W).abs().max()) for name, W in base.named_parameters() if name in now)


def report(run: labkit.Run, found: list[Tensor], sizes: list[int], counts: dict[str, int], step: int) -> None:
    """Show accuracy and trained parameters of each method, and compare them by the gap test.

    `found` are the accuracies with few examples and with many, (methods, draws).
    """
    means = torch.stack([scores.mean(-1) for scores in found], 1)
    spread = torch.stack([scores.std(-1) for scores in found], 1)
    shown = [{"readout": "read-out"}.get(method, method) for method in METHODS]
    run.heatmap(step, "accuracy on unseen texts (%)", means, shown, [f"{size:,} examples" for size in sizes])
    lines = [f"{'':8}{'trained':>9}{sizes[0]:>9,}{sizes[1]:>9,}"]  # 35 columns, as wide as a panel
    for row, method in enumerate(METHODS):
        cells = "".join(f"{means[row, at]:>5.1f}±{spread[row, at]:<3.1f}" for at in range(2))
        lines.append(f"{shown[row]:8}{counts[method]:>9,}{cells}")
    run.text(step, "accuracy (%) and trained parameters", "\n".join(lines))
    few, many = (dict(zip(METHODS, scores, strict=True)) for scores in found)
    # The order that was expected at few examples: full ≥ LoRA ≥ prompt > read-out > read-out of a random model.
    held = [gap(few[a], few[b]) > (2 if strictly else -2) for a, b, strictly in (
        ("full", "lora", False), ("lora", "prompt", False), ("prompt", "readout", True), ("readout", "random", True),
    )]  # fmt: skip
    run.claim("expected-order", sum(held))
    run.claim("tuning-beats-read-out", gap(few["lora"], few["readout"]))
    run.claim("pre-training-helps", gap(many["readout"], many["random"]))
    run.claim("lora-as-good-as-full", float((many["lora"] - many["full"]).mean()))
    run.claim("lora-is-small", 100 * counts["lora"] / counts["full"])
    run.summary |= {f"{method}_{size}": float(means[row, at])
                    for row, method in enumerate(METHODS) for at, size in enumerate(sizes)}  # fmt: skip
    run.summary |= {f"parameters_{method}": count for method, count in counts.items()}
