"""The DP-SGD lab against Opacus, in its default and its ghost mode, and against training without privacy.

All train the network of Papernot et al. on the same lots: those of Poisson sampling are drawn once, and everything else
that a step needs is timed (gathering the lot, forward, backward, clipping, noise, the optimiser). They take turns step
by step, so that other jobs slow all of them, and the fastest step counts. Peak memory is read in a process for each.

The lab's network keeps the channels of a pixel beside each other, which a CPU pools many times as fast. Opacus cannot:
in that layout the sums of both its modes differ from those of one gradient at a time, by 3 to 60 % a layer (version
1.6.0), so it has the usual one, in which it agrees with us. Training without privacy is timed as it is usually written,
and in the lab's layout too, where pooling takes so little time that the norms weigh more.

    python benchmarks/dp_sgd.py            # 512 and 2,048 examples on the CPU; 2,048 and 16,384 where there is a GPU
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
from cs229tui.labkit import device

PEERS = Path(sys.prefix) / "peers"  # Opacus and its numpy, which nothing else here may see
RACERS = ("lab", "plain", "plain, channels last", "Opacus", "Opacus, ghost")
STEPS = {512: 20, 2048: 8, 16384: 8}
C, SIGMA, RATE, MOMENTUM = 0.1, 1.8, 2.0, 0.9


def main() -> list[tuple[str, float, float, str, float]]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    sys.path.append(str(PEERS))
    import torch

    at = "cuda" if torch.cuda.is_available() else "cpu"
    rows = [("DP-SGD: distance from Opacus' sum, of 1e-5", distance_from_opacus(), 1e-5, "share", 1.0)]
    for batch in (2048, 16384) if at == "cuda" else (512, 2048):
        times = race(RACERS, batch, at)
        memory = {who: _memory_of(who, batch, at) for who in RACERS[:2]}
        name = f"DP-SGD, {at}, batch {batch:,}"
        rows += [
            (f"{name}: speed, Opacus", batch / times["lab"], batch / times["Opacus"], "examples/s", -1.5),
            (
                f"{name}: speed, its ghost mode",
                batch / times["lab"],
                batch / times["Opacus, ghost"],
                "examples/s",
                -1.1,
            ),
            (f"{name}: speed, no privacy", batch / times["lab"], batch / times["plain"], "examples/s", -0.8),
            (f"{name}: and the same layout", batch / times["lab"], batch / times[RACERS[2]], "examples/s", -0.4),
            (f"{name}: memory, no privacy", memory["lab"], memory["plain"], "MB", 1.2),
        ]
    return rows


def race(racers: tuple[str, ...], batch: int, at: str) -> dict[str, float]:
    """Seconds of each racer's fastest step."""
    steps = {who: step_of(who, batch, at) for who in racers}
    times: dict[str, list[float]] = {who: [] for who in racers}
    for lot in _lots(batch, at, STEPS[batch]):
        for who, step in steps.items():
            device.synchronise(at)
            began = time.perf_counter()
            step(lot)
            device.synchronise(at)
            times[who].append(time.perf_counter() - began)
    return {who: min(times[who]) for who in racers}


def step_of(who: str, batch: int, at: str) -> Callable[[Any], None]:
    """One training step of a racer on the examples whose indices it is given."""
    lab = _lab()
    import torch
    from torch.nn.functional import cross_entropy

    torch.manual_seed(1)
    x, y = torch.randn(2 * batch, 1, 28, 28, device=at), torch.randint(10, (2 * batch,), device=at)
    model = lab.network().to(at)
    if who == "plain" or who.startswith("Opacus"):
        model = model.to(memory_format=torch.contiguous_format)
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    if who == "lab":

        def private(lot: Any) -> None:
            lab.clipped_sum(model, x[lot], y[lot], C)
            lab.add_noise(model, SIGMA, C, batch)
            optimiser.step()

        return private
    criterion = cross_entropy
    if who.startswith("Opacus"):
        model, optimiser, criterion = _opacus(model, optimiser, who, batch, SIGMA)

    def step(lot: Any) -> None:
        optimiser.zero_grad()
        criterion(model(x[lot]), y[lot]).backward()
        optimiser.step()

    return step


def _opacus(model: Any, optimiser: Any, who: str, batch: int, sigma: float) -> tuple[Any, Any, Any]:
    """Opacus' model, optimiser and loss, for lots that somebody else draws."""
    import torch
    from opacus import PrivacyEngine

    nothing = torch.utils.data.TensorDataset(torch.zeros(2 * batch, 1))
    options = {
        "module": model,
        "optimizer": optimiser,
        "data_loader": torch.utils.data.DataLoader(nothing, batch_size=batch),
        "noise_multiplier": sigma,
        "max_grad_norm": C,
    }
    if who == "Opacus":
        model, optimiser, _ = PrivacyEngine().make_private(**options)
        return model, optimiser, torch.nn.functional.cross_entropy
    criterion = torch.nn.CrossEntropyLoss()
    model, optimiser, criterion, _ = PrivacyEngine().make_private(
        **options, criterion=criterion, grad_sample_mode="ghost"
    )
    return model, optimiser, criterion


def distance_from_opacus() -> float:
    """How far our clipped sum is from Opacus' for the same examples, as a share of its norm."""
    lab = _lab()
    import torch

    torch.manual_seed(1)
    x, y = torch.randn(64, 1, 28, 28), torch.randint(10, (64,))
    model = lab.network().to(memory_format=torch.contiguous_format)
    lab.clipped_sum(model, x, y, C)
    ours = torch.cat([W.grad.flatten() for W in model.parameters()]) / 64
    wrapped, optimiser, criterion = _opacus(model, torch.optim.SGD(model.parameters(), lr=0.0), "Opacus", 64, 0.0)
    optimiser.zero_grad()
    criterion(wrapped(x), y).backward()
    optimiser.step()
    theirs = torch.cat([W.grad.flatten() for W in model.parameters()])
    return float((ours - theirs).norm() / theirs.norm())


def _lots(batch: int, at: str, count: int) -> list[Any]:
    """The indices of lots of `batch` examples on average, out of twice as many."""
    import torch

    torch.manual_seed(2)
    return [(torch.rand(2 * batch, device=at) < 0.5).nonzero().flatten() for _ in range(count)]


def _memory_of(who: str, batch: int, at: str) -> float:
    """MB that training takes beyond torch, at its peak, in a process of its own."""
    command = [sys.executable, "-W", "ignore", __file__, who, str(batch), at]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def _print_memory(who: str, batch: int, at: str) -> None:
    import torch

    _lab()
    torch.nn.functional.conv2d(torch.ones(8, 1, 8, 8, device=at), torch.ones(1, 1, 3, 3, device=at))  # all is loaded
    with device.MemoryMeter(at) as memory:
        step = step_of(who, batch, at)
        for lot in _lots(batch, at, 3):
            step(lot)
    print(memory.added / 1e6)


def _lab() -> ModuleType:
    folder = str(shipped("labs/dp_sgd"))
    if folder not in sys.path:
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location("dp_sgd_lab", Path(folder) / "main.py")
    assert spec is not None and spec.loader is not None
    lab = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lab)
    return lab


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _print_memory(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    else:
        for what, ours, peer, unit, _ in main():
            print(f"{what}  {ours:.4g} {unit}  {peer:.4g} {unit}  {ours / peer:.3f}")
