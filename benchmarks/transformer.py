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
from cs229tui.labkit.spec import load_spec

STEPS = 60
MEMORY_STEPS = 5


def main() -> list[tuple[str, float, float, str, float]]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    times, losses = race()
    speed = {who: tokens_in_a_step() / min(times[who]) for who in times}
    memory = {who: _memory_of(who) for who in times}
    return [
        ("transformer: training speed", speed["ours"], speed["peer"], "token/s", -1.0),
        ("transformer: memory beyond torch", memory["ours"], memory["peer"], "MB", 1.1),
        (f"transformer: loss after {STEPS} steps", losses["ours"], losses["peer"], "nats", 1.0),
    ]


def race() -> tuple[dict[str, list[float]], dict[str, float]]:
    """Seconds of each step, and the mean loss of the last ten; the two take turns, so that other jobs slow both."""
    steps, losses = {}, {}
    for who in ("ours", "peer"):
        steps[who], losses[who] = step_of(who)
    times: dict[str, list[float]] = {who: [] for who in steps}
    for _ in range(STEPS):
        for who, step in steps.items():
            began = time.perf_counter()
            step()
            times[who].append(time.perf_counter() - began)
    return times, {who: sum(map(float, losses[who][-10:])) / 10 for who in losses}


def tokens_in_a_step() -> int:
    """Tokens in a batch of the quick preset."""
    values = load_spec(shipped("labs/transformer")).values("quick")
    return int(values["batch"]) * int(values["context"])


def step_of(who: str) -> tuple[Callable[[], None], list[Any]]:
    """One training step of ours or the peer's in the shape of the quick preset, and the list its losses go to."""
    lab = _lab()
    import torch

    torch.manual_seed(1)
    p = load_spec(shipped("labs/transformer")).values("quick")
    tokens, vocabulary = lab.tokens_of(data.standard_library(1_200_000).data[:1_200_000])
    shape = {"vocabulary": len(vocabulary), "N": p["layers"], "d_model": p["width"], "h": p["heads"], "n": p["context"]}
    losses: list[Any] = []
    if who == "peer":
        return _plain_step(tokens.long(), shape, int(p["batch"]), losses), losses
    model = lab.Transformer(**shape)
    optimiser = lab.Optimiser(model, p["lr"], p["muon_lr"])

    def step() -> None:
        x, y = lab.batch(tokens, p["batch"], p["context"])
        loss = lab.cross_entropy(model(x), y)
        loss.backward()
        optimiser.step(1.0)
        losses.append(loss.detach())

    return step, losses


def _memory_of(who: str) -> float:
    """MB that training takes beyond torch and the text, at its peak, in a process of its own."""
    command = [sys.executable, "-W", "ignore", __file__, who]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def _print_memory(who: str) -> None:
    import torch

    torch.ones(64, 64) @ torch.ones(64, 64)  # the libraries are loaded before the memory is read
    step, _ = step_of(who)
    before = device.peak_memory("cpu")
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
    path = Path(shipped("labs/transformer")) / "main.py"
    spec = importlib.util.spec_from_file_location("transformer_lab", path)
    assert spec is not None and spec.loader is not None
    lab = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lab)
    return lab


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _print_memory(sys.argv[1])
    else:
        for what, ours, peer, unit, _ in main():
            print(f"{what}  {ours:.4g} {unit}  {peer:.4g} {unit}  {ours / peer:.3f}")
