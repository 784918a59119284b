"""The transformer lab against nanoGPT's recipe for a CPU: the same shape, text and seconds; loss, speed and memory.

The recipe is written out below from its description: GPT-2's layers (LayerNorm with gains, learned positions, GELU,
tied embeddings, small initial weights), AdamW from 1e-3 to 1e-4 with 100 steps of warm-up, beta2 0.99 and weight decay
0.1, gradients clipped at 1, 12 windows of 64 bytes, attention in torch's kernel. The lab has its preset char-cpu.

The one that has had less time takes the next step, so that other jobs slow both alike, and each recipe's schedule is
stretched over the seconds that it has. `python benchmarks/nanogpt.py 93` races for the seconds that nanoGPT's 2,000
steps take on two idle cores, and prints both curves. Memory is measured in a process for each.
"""

import importlib.util
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from cs229tui.folders import shipped
from cs229tui.labkit import data, device
from cs229tui.labkit.lab_file import load_spec

SECONDS = 35.0  # that each may train
WARM = 5  # steps before the clock runs
MEMORY_STEPS = 6
TEXT = "CS229TUI_BENCHMARK_TEXT"  # a file to learn from; else tiny Shakespeare, else the standard library's source

Step = Callable[[float], Any]  # takes how much of the time is over, from 0 to 1, and gives the loss


def main() -> list[tuple[str, float, float, str, float]]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    return race(SECONDS)


def race(seconds: float, told: Callable[[str], None] = lambda line: None) -> list[tuple[str, float, float, str, float]]:
    """Both recipes train for as many seconds each; `told` is given the validation losses as they fall."""
    memory = {who: _memory_of(who) for who in ("lab", "nanogpt")}
    text = text_to_learn()
    racers = {who: recipe(who, text) for who in memory}
    spent = dict.fromkeys(racers, 0.0)
    fastest = dict.fromkeys(racers, math.inf)
    for _, step, _, _ in racers.values():
        for _ in range(WARM):
            step(0.0)
    marks = dict.fromkeys(racers, 0.0)
    while min(spent.values()) < seconds:
        who = min(spent, key=lambda who: spent[who])
        model, step, _, held_out = racers[who]
        began = time.perf_counter()
        step(spent[who] / seconds)
        took = time.perf_counter() - began
        spent[who], fastest[who] = spent[who] + took, min(fastest[who], took)
        if spent[who] >= marks[who]:
            told(f"{who:8} {spent[who]:5.0f} s  {validation(model, held_out, most=100):.3f}")
            marks[who] += seconds / 8
    losses = {who: validation(model, held_out) for who, (model, _, _, held_out) in racers.items()}
    speed = {who: tokens / fastest[who] for who, (_, _, tokens, _) in racers.items()}
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


def recipe(who: str, text: bytes) -> tuple[Any, Step, int, Any]:
    """A racer: its model, its training step, how many tokens that takes, and the text for validation (a tenth)."""
    lab = _lab()
    import torch

    torch.manual_seed(1)
    tokens, vocabulary = lab.tokens_of(text)
    split = int(0.9 * len(tokens))
    make = _lab_recipe if who == "lab" else _nanogpt_recipe
    model, step, count = make(lab, tokens[:split], len(vocabulary))
    return model, step, count, tokens[split:]


def validation(model: Any, held_out: Any, most: int = 0) -> float:
    """nanoGPT's loss: the mean over all positions of windows of 64 that lie side by side."""
    import torch
    from torch.nn.functional import cross_entropy

    windows = held_out.unfold(0, 65, 64).long()
    windows = windows[:: max(1, len(windows) // most)] if most else windows
    model.eval()
    with torch.no_grad():
        losses = [
            cross_entropy(model(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten(), reduction="sum").item()
            for part in windows.split(32)
        ]
    model.train()
    return sum(losses) / (64 * len(windows))


def _lab_recipe(lab: ModuleType, tokens: Any, vocabulary: int) -> tuple[Any, Step, int]:
    p = load_spec(shipped("labs/transformer")).values("char-cpu")
    model = lab.Transformer(vocabulary, p["layers"], p["width"], p["heads"], p["context"])
    bf16 = lab.has_bf16()
    lab.round_products(model, bf16)
    optimiser = lab.Optimiser(model, p["lr"], p["muon_lr"], bf16=bf16)

    def step(over: float) -> Any:
        x, y = lab.batch(tokens, p["batch"], p["context"])
        loss = lab.cross_entropy(model(x), y)
        loss.backward()
        optimiser.step(lab.schedule(int(over * p["steps"]), p["steps"]))
        return loss.detach()

    return model, step, p["batch"] * p["context"]


def _nanogpt_recipe(lab: ModuleType, tokens: Any, vocabulary: int) -> tuple[Any, Step, int]:
    """nanoGPT's configuration for a CPU; the text stays as bytes on the host, windows are gathered one by one."""
    import torch
    from torch import nn
    from torch.nn.functional import cross_entropy, gelu, scaled_dot_product_attention

    depth, d, h, n, size, steps = 4, 128, 4, 64, 12, 2000

    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm_1, self.norm_2 = nn.LayerNorm(d, bias=False), nn.LayerNorm(d, bias=False)
            self.qkv, self.out = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
            self.up, self.down = nn.Linear(d, 4 * d, bias=False), nn.Linear(4 * d, d, bias=False)

        def forward(self, x: Any) -> Any:
            q, k, v = (part.view(len(x), n, h, d // h).transpose(1, 2) for part in self.qkv(self.norm_1(x)).split(d, 2))
            seen = scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(x.shape)
            x = x + self.out(seen)
            return x + self.down(gelu(self.up(self.norm_2(x))))

    class Gpt(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary, d), nn.Embedding(n, d)
            self.layers, self.norm = nn.Sequential(*(Layer() for _ in range(depth))), nn.LayerNorm(d, bias=False)
            for name, weight in self.named_parameters():
                if weight.dim() > 1:
                    last = name.endswith(("out.weight", "down.weight"))
                    nn.init.normal_(weight, std=0.02 / math.sqrt(2 * depth) if last else 0.02)

        def forward(self, x: Any) -> Any:
            states = self.layers(self.tokens(x) + self.positions(torch.arange(x.size(1))))
            return self.norm(states) @ self.tokens.weight.T

    model = Gpt()
    matrices = [weight for weight in model.parameters() if weight.dim() > 1]
    gains = [weight for weight in model.parameters() if weight.dim() == 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": gains, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))

    def step(over: float) -> Any:
        done = over * steps
        decayed = 1e-4 + 0.5 * (1 + math.cos(math.pi * max(0.0, done - 100) / (steps - 100))) * 9e-4
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * (done + 1) / 101 if done < 100 else decayed
        starts = torch.randint(len(tokens) - n, (size,)).tolist()
        x = torch.stack([tokens[start : start + n].long() for start in starts])
        y = torch.stack([tokens[start + 1 : start + n + 1].long() for start in starts])
        loss = cross_entropy(model(x).view(-1, vocabulary), y.view(-1))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        return loss.detach()

    return model, step, size * n


def _memory_of(who: str) -> float:
    """MB that training takes beyond torch, at its peak, in a process of its own."""
    command = [sys.executable, "-W", "ignore", __file__, who]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def _print_memory(who: str) -> None:
    import torch

    text = text_to_learn()
    torch.ones(64, 64) @ torch.ones(64, 64)  # the libraries are loaded before the memory is read
    before = device.peak_memory("cpu")
    _, step, _, _ = recipe(who, text)
    for _ in range(MEMORY_STEPS):
        step(0.0)
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
        for what, ours, peer, unit, _ in race(float(sys.argv[1]) if sys.argv[1:] else SECONDS, print):
            print(f"{what}  {ours:.4g} {unit}  {peer:.4g} {unit}  {ours / peer:.3f}")
