"""The transformer lab against nanoGPT's recipes: the same shape, text and device; loss, seconds, speed and memory.

The recipes are written out below from their description: GPT-2's layers (LayerNorm with gains, learned positions, GELU,
tied embeddings, small initial weights), AdamW from 1e-3 to 1e-4 with 100 steps of warm-up, beta2 0.99 and weight decay
0.1, gradients clipped at 1, attention in torch's kernel, windows gathered on the host.

On a CPU the lab has its preset char-cpu. The one that has had less time takes the next step, so that other jobs slow
both alike, and each recipe's schedule is stretched over the seconds that it has. `python benchmarks/nanogpt.py 93`
races for the seconds that nanoGPT's 2,000 steps take on two idle cores, and prints both curves. Memory is measured in a
process for each.

Where there is a GPU the lab has its preset standard, and the race goes on: each trains by its own schedule until its
loss over the whole held-out text is nanoGPT's published one. What is compiled is warm when the clock starts; how each
recipe looks at its loss on the way is part of its time.
"""

import importlib.util
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from cs229tui.folders import shipped
from cs229tui.labkit import data, device
from cs229tui.labkit.lab_file import load_spec

SECONDS = 35.0  # that each may train
WARM = 5  # steps before the clock runs
MEMORY_STEPS = 6
GOAL = 1.4697  # nanoGPT's loss on a GPU, as it publishes it
TEXT = "CS229TUI_BENCHMARK_TEXT"  # a file to learn from; else tiny Shakespeare, else the standard library's source
PRESETS = {"cpu": "char-cpu", "cuda": "standard"}  # of the lab

Step = Callable[[float], Any]  # takes how much of the time is over, from 0 to 1, and gives the loss
Row = tuple[str, float, float, str, float]


@dataclass(frozen=True)
class Shape:
    """nanoGPT's configuration for a device, as it is published."""

    depth: int
    d: int
    h: int
    n: int
    batch: int
    steps: int
    dropout: float


NANOGPT = {"cpu": Shape(4, 128, 4, 64, 12, 2000, 0.0), "cuda": Shape(6, 384, 6, 256, 64, 5000, 0.2)}


@dataclass(frozen=True)
class Racer:
    """A recipe: its model, its training step of so many tokens, how often it looks at its loss, and how."""

    model: Any
    step: Step
    tokens: int
    held_out: Any
    steps: int
    every: int
    look: Callable[[], Any]


def main() -> list[Row]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    return race(SECONDS) + (race_to_the_goal("cuda") if device.choose("auto").startswith("cuda") else [])


def race(seconds: float, told: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Both recipes train for as many seconds each; `told` is given the validation losses as they fall."""
    memory = {who: _memory_of(who) for who in ("lab", "nanogpt")}
    text = text_to_learn()
    racers = {who: recipe(who, text, "cpu") for who in memory}
    spent = dict.fromkeys(racers, 0.0)
    fastest = dict.fromkeys(racers, math.inf)
    for racer in racers.values():
        for _ in range(WARM):
            racer.step(0.0)
    marks = dict.fromkeys(racers, 0.0)
    while min(spent.values()) < seconds:
        who = min(spent, key=lambda who: spent[who])
        racer = racers[who]
        began = time.perf_counter()
        racer.step(spent[who] / seconds)
        took = time.perf_counter() - began
        spent[who], fastest[who] = spent[who] + took, min(fastest[who], took)
        if spent[who] >= marks[who]:
            told(f"{who:8} {spent[who]:5.0f} s  {validation(racer, most=100):.3f}")
            marks[who] += seconds / 8
    losses = {who: validation(racer) for who, racer in racers.items()}
    speed = {who: racer.tokens / fastest[who] for who, racer in racers.items()}
    gap = losses["nanogpt"] - losses["lab"]
    return [
        (f"transformer: loss after {seconds:.0f} s each", losses["lab"], losses["nanogpt"], "nats", 1.0),
        ("transformer: of 0.15 nats, how much lower", gap, 0.15, "nats", -1.0),
        ("transformer: speed, optimiser and all", speed["lab"], speed["nanogpt"], "token/s", -1.0),
        ("transformer: memory beyond torch", memory["lab"], memory["nanogpt"], "MB", 1.1),
    ]


def text_to_learn() -> bytes:
    """What both learn from."""
    named = os.environ.get(TEXT, "")
    return data.corpus("file" if named else "auto", named, limit=1_200_000).data


def race_to_the_goal(place: str, told: Callable[[str], None] = lambda line: None, goal: float = GOAL) -> list[Row]:
    """Each recipe trains until its loss is `goal`; where it never is, until that was least, which is counted then."""
    import torch

    text = text_to_learn()
    seconds, speed, memory = {}, {}, {}
    for who in ("lab", "nanogpt"):
        with device.MemoryMeter(place) as meter:
            racer = recipe(who, text, place)
            for _ in range(WARM):
                racer.step(0.0)
            racer.look()
            least, trained, looked, done = math.inf, 0.0, 0.0, 0
            while done < racer.steps and least > goal:
                with device.Stopwatch(place) as training:
                    for at in range(done, min(done + racer.every, racer.steps)):
                        racer.step(at / racer.steps)
                with device.Stopwatch(place) as looking:
                    racer.look()
                done = min(done + racer.every, racer.steps)
                trained, looked = trained + training.seconds, looked + looking.seconds
                loss = validation(racer)
                told(f"{who:8} step {done:5}  {trained:6.1f} s, and {looked:5.1f} s of looking  {loss:.4f}")
                if loss < least:
                    least, seconds[who] = loss, trained + looked
        speed[who], memory[who] = done * racer.tokens / trained, meter.added / 1e6
        del racer
        if place.startswith("cuda"):
            torch.cuda.empty_cache()
    lab, shape = _lab(), NANOGPT[place]
    cost = lab.flops(len(set(text)), shape.depth, shape.d, shape.n) / lab.peak_flops(place, bf16=True)
    name = f"transformer, {place}"
    return [
        (f"{name}: seconds to a loss of {goal}", seconds["lab"], seconds["nanogpt"], "s", 0.333),
        (f"{name}: speed, optimiser and all", speed["lab"], speed["nanogpt"], "token/s", -1.0),
        (f"{name}: of what products can take", 100 * cost * speed["lab"], 100 * cost * speed["nanogpt"], "%", -1.0),
        (f"{name}: memory", memory["lab"], memory["nanogpt"], "MB", 1.1),
    ]


def recipe(who: str, text: bytes, place: str) -> Racer:
    """The lab's recipe or nanoGPT's on the device `place`, with a tenth of the text held out."""
    lab = _lab()
    import torch

    torch.manual_seed(1)
    tokens, vocabulary = lab.tokens_of(text)
    split = int(0.9 * len(tokens))
    make = _lab_recipe if who == "lab" else _nanogpt_recipe
    return make(lab, tokens[:split], tokens[split:].to(place), len(vocabulary), place)


def validation(racer: Racer, most: int = 0) -> float:
    """nanoGPT's loss: the mean over all positions of windows of n that lie side by side."""
    import torch
    from torch.nn.functional import cross_entropy

    n = racer.model.n
    windows = racer.held_out.unfold(0, n + 1, n)
    windows = windows[:: max(1, len(windows) // most)] if most else windows
    racer.model.eval()
    with torch.no_grad():
        losses = [
            cross_entropy(racer.model(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten(), reduction="sum").item()
            for part in map(torch.Tensor.long, windows.split(32))
        ]
    racer.model.train()
    return sum(losses) / (n * len(windows))


def _lab_recipe(lab: ModuleType, tokens: Any, held_out: Any, vocabulary: int, place: str) -> Racer:
    import torch

    p = load_spec(shipped("labs/transformer")).values(PRESETS[place])
    model = lab.Transformer(
        vocabulary, p["layers"], p["width"], p["heads"], p["context"], dropout=p["dropout"]
    ).to(place)  # fmt: skip
    bf16 = place == "cpu" and lab.has_bf16()
    lab.round_products(model, bf16)
    optimiser = lab.Optimiser(model, p["lr"], p["muon_lr"], decay=p["decay"], bf16=bf16)
    tokens, steps = tokens.to(place), p["steps"]
    fast = torch.compile(model, mode="reduce-overhead") if place.startswith("cuda") else model

    def step(over: float) -> Any:
        x, y = lab.batch(tokens, p["batch"], p["context"])
        with device.mixed_precision(place, "fp32" if place == "cpu" else p["precision"]):
            loss = lab.cross_entropy(fast(x), y)
        loss.backward()
        optimiser.step(lab.schedule(int(over * steps), steps))
        return loss.detach()

    racer = Racer(model, step, p["batch"] * p["context"], held_out, steps, steps // 20, lambda: validation(racer))
    return racer


def _nanogpt_recipe(lab: ModuleType, tokens: Any, held_out: Any, vocabulary: int, place: str) -> Racer:
    """nanoGPT's recipe; the text stays on the host, windows are gathered one by one."""
    import torch
    from torch import nn
    from torch.nn.functional import cross_entropy, dropout, gelu, scaled_dot_product_attention

    shape = NANOGPT[place]
    depth, d, h, n, size, steps = shape.depth, shape.d, shape.h, shape.n, shape.batch, shape.steps
    on_gpu = place.startswith("cuda")

    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm_1, self.norm_2 = nn.LayerNorm(d, bias=False), nn.LayerNorm(d, bias=False)
            self.qkv, self.out = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
            self.up, self.down = nn.Linear(d, 4 * d, bias=False), nn.Linear(4 * d, d, bias=False)

        def forward(self, x: Any) -> Any:
            left_out = shape.dropout if self.training else 0.0
            q, k, v = (part.view(len(x), n, h, d // h).transpose(1, 2) for part in self.qkv(self.norm_1(x)).split(d, 2))
            seen = scaled_dot_product_attention(q, k, v, dropout_p=left_out, is_causal=True)
            x = x + dropout(self.out(seen.transpose(1, 2).reshape(x.shape)), left_out)
            return x + dropout(self.down(gelu(self.up(self.norm_2(x)))), left_out)

    class Gpt(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.n = n
            self.tokens, self.positions = nn.Embedding(vocabulary, d), nn.Embedding(n, d)
            self.layers, self.norm = nn.Sequential(*(Layer() for _ in range(depth))), nn.LayerNorm(d, bias=False)
            for name, weight in self.named_parameters():
                if weight.dim() > 1:
                    last = name.endswith(("out.weight", "down.weight"))
                    nn.init.normal_(weight, std=0.02 / math.sqrt(2 * depth) if last else 0.02)

        def forward(self, x: Any) -> Any:
            states = self.tokens(x) + self.positions(torch.arange(x.size(1), device=x.device))
            states = self.layers(dropout(states, shape.dropout if self.training else 0.0))
            return self.norm(states) @ self.tokens.weight.T

    model = Gpt().to(place)
    matrices = [weight for weight in model.parameters() if weight.dim() > 1]
    gains = [weight for weight in model.parameters() if weight.dim() == 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": gains, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=on_gpu)
    fast = device.compiled(model, place)
    last_words = held_out.cpu()

    def batch(text: Any) -> tuple[Any, Any]:
        starts = torch.randint(len(text) - n, (size,)).tolist()
        x = torch.stack([text[start : start + n].long() for start in starts])
        y = torch.stack([text[start + 1 : start + n + 1].long() for start in starts])
        if on_gpu:
            return x.pin_memory().to(place, non_blocking=True), y.pin_memory().to(place, non_blocking=True)
        return x, y

    def loss_of(text: Any) -> Any:
        x, y = batch(text)
        with device.mixed_precision(place, "bf16" if on_gpu else "fp32"):
            return cross_entropy(fast(x).view(-1, vocabulary), y.view(-1))

    def step(over: float) -> Any:
        done = over * steps
        decayed = 1e-4 + 0.5 * (1 + math.cos(math.pi * max(0.0, done - 100) / (steps - 100))) * 9e-4
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * (done + 1) / 101 if done < 100 else decayed
        loss = loss_of(tokens)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        return loss.detach()

    def look() -> None:  # as often, and at as many batches, as its configuration says
        model.eval()
        with torch.no_grad():
            for text in (tokens, last_words):
                sum(loss_of(text).item() for _ in range(200))
        model.train()

    return Racer(model, step, size * n, held_out, steps, 250, look)


def _memory_of(who: str) -> float:
    """MB that training takes beyond torch, at its peak, in a process of its own."""
    command = [sys.executable, "-W", "ignore", __file__, who]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def _print_memory(who: str) -> None:
    import torch

    text = text_to_learn()
    torch.ones(64, 64) @ torch.ones(64, 64)  # the libraries are loaded before the memory is read
    before = device.peak_memory("cpu")
    racer = recipe(who, text, "cpu")
    for _ in range(MEMORY_STEPS):
        racer.step(0.0)
    print((device.peak_memory("cpu") - before) / 1e6)


def _lab() -> ModuleType:
    """The lab's main.py, which finds the files beside it as it does when it is run."""
    folder = Path(shipped("labs/transformer"))
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("transformer_lab", folder / "main.py")
        assert spec is not None and spec.loader is not None
        lab = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(lab)
    finally:
        sys.path.remove(str(folder))
    return lab


if __name__ == "__main__":
    if sys.argv[1:] in (["lab"], ["nanogpt"]):
        _print_memory(sys.argv[1])
    else:
        rows = race_to_the_goal("cuda", print) if sys.argv[1:] == ["cuda"] else []
        for what, ours, peer, unit, _ in rows or race(float(sys.argv[1]) if sys.argv[1:] else SECONDS, print):
            print(f"{what}  {ours:.4g} {unit}  {peer:.4g} {unit}  {ours / peer:.3f}")
