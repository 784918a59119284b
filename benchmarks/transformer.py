"""The transformer lab against a plain training loop of the same shape and batch, on the CPU: speed, memory, loss.

The plain loop is what one writes first, and is written out below: attention with its matrix and mask stored, AdamW one
tensor at a time, batches gathered one window after the other, the loss read at every step, the usual initialisation.
The two take turns step by step; the fastest step counts. Peak memory is measured in a process for each.
"""

import importlib.util
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

STEPS = 60
LONG_STEPS = 10
MEMORY_STEPS = 5
RACERS = ("lab", "lab with AdamW", "peer")


def main() -> list[tuple[str, float, float, str, float]]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    memory = {(who, n): _memory_of(who, n) for n in (128, 512) for who in ("lab", "peer")}
    text = data.corpus("python", limit=1_200_000).data
    times, losses = race(RACERS, 128, STEPS, text)
    long, _ = race(RACERS[1:], 512, LONG_STEPS, text)
    reached = next(
        (step for step in range(10, STEPS) if _mean(losses["lab"][step - 10 : step]) <= _mean(losses["peer"][-10:])),
        STEPS,
    )
    return [
        ("transformer: seconds to the plain loss", reached * times["lab"], STEPS * times["peer"], "s", 0.6),
        ("transformer: speed, AdamW in both", TOKENS / times[RACERS[1]], TOKENS / times["peer"], "token/s", -0.95),
        ("transformer: speed, context 512", TOKENS / long[RACERS[1]], TOKENS / long["peer"], "token/s", -1.0),
        ("transformer: memory beyond torch", memory["lab", 128], memory["peer", 128], "MB", 1.1),
        ("transformer: memory, context 512", memory["lab", 512], memory["peer", 512], "MB", 0.7),
    ]


TOKENS = 2048  # in a step, as in the quick preset


def race(racers: tuple[str, ...], n: int, steps: int, text: bytes) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Seconds of each racer's fastest step, and its losses; they take turns, so that other jobs slow all of them."""
    made = {who: step_of(who, n, text) for who in racers}
    times: dict[str, list[float]] = {who: [] for who in racers}
    for _ in range(steps):
        for who, (step, _) in made.items():
            began = time.perf_counter()
            step()
            times[who].append(time.perf_counter() - began)
    return {who: min(times[who]) for who in racers}, {who: [float(loss) for loss in made[who][1]] for who in racers}


def step_of(who: str, n: int, text: bytes) -> tuple[Callable[[], None], list[Any]]:
    """One training step of a racer in the quick preset's shape with context `n`, and the list its losses go to."""
    lab = _lab()
    import torch

    torch.manual_seed(1)
    p = load_spec(shipped("labs/transformer")).values("quick")
    tokens, vocabulary = lab.tokens_of(text)
    shape = {"vocabulary": len(vocabulary), "N": p["layers"], "d_model": p["width"], "h": p["heads"], "n": n}
    losses: list[Any] = []
    if who == "peer":
        return _plain_step(tokens.long(), shape, TOKENS // n, losses), losses
    model = lab.Transformer(**shape)
    optimiser = lab.Optimiser(model, p["lr"], p["muon_lr"], "muon" if who == "lab" else "adamw")

    def step() -> None:
        x, y = lab.batch(tokens, TOKENS // n, n)
        loss = lab.cross_entropy(model(x), y)
        loss.backward()
        optimiser.step(1.0)
        losses.append(loss.detach())

    return step, losses


def _mean(losses: list[float]) -> float:
    return sum(losses) / len(losses)


def _memory_of(who: str, n: int) -> float:
    """MB that training takes beyond torch, at its peak, in a process of its own."""
    command = [sys.executable, "-W", "ignore", __file__, who, str(n)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def _print_memory(who: str, n: int) -> None:
    import torch

    torch.ones(64, 64) @ torch.ones(64, 64)  # the libraries are loaded before the memory is read
    before = device.peak_memory("cpu")
    step, _ = step_of(who, n, bytes(range(32, 96)) * 100)
    for _ in range(MEMORY_STEPS):
        step()
    print((device.peak_memory("cpu") - before) / 1e6)


def _plain_step(tokens: Any, shape: dict[str, Any], size: int, losses: list[Any]) -> Callable[[], None]:
    """One training step of the peer: windows of `n` in batches of `size`, each loss read and kept."""
    import torch
    from torch import nn
    from torch.nn.functional import cross_entropy, softmax

    vocabulary, layers, d, h, n = shape.values()

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
            self.register_buffer("mask", torch.tril(torch.ones(n, n)).view(1, 1, n, n))

        def forward(self, x: Any) -> Any:
            q, k, v = (part.view(size, n, h, d // h).transpose(1, 2) for part in self.qkv(x).split(d, dim=2))
            scores = (q @ k.transpose(-2, -1)) / (d // h) ** 0.5
            scores = scores.masked_fill(self.mask == 0, float("-inf"))
            return self.out((softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(size, n, d))

    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention, self.norm_1, self.norm_2 = Attention(), nn.LayerNorm(d), nn.LayerNorm(d)
            self.feed_forward = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

        def forward(self, x: Any) -> Any:
            x = x + self.attention(self.norm_1(x))
            return x + self.feed_forward(self.norm_2(x))

    class Plain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary, d), nn.Embedding(n, d)
            self.layers = nn.Sequential(*(Layer() for _ in range(layers)))
            self.norm, self.out = nn.LayerNorm(d), nn.Linear(d, vocabulary)

        def forward(self, x: Any) -> Any:
            return self.out(self.norm(self.layers(self.tokens(x) + self.positions(torch.arange(n)))))

    model = Plain()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, foreach=False, fused=False)

    def step() -> None:
        starts = torch.randint(len(tokens) - n - 1, (size,))
        x = torch.stack([tokens[start : start + n] for start in starts])
        y = torch.stack([tokens[start + 1 : start + n + 1] for start in starts])
        loss = cross_entropy(model(x).view(-1, vocabulary), y.view(-1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())

    return step


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
    if len(sys.argv) > 1:
        _print_memory(sys.argv[1], int(sys.argv[2]))
    else:
        for what, ours, peer, unit, _ in main():
            print(f"{what}  {ours:.4g} {unit}  {peer:.4g} {unit}  {ours / peer:.3f}")
