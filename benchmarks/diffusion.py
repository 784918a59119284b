"""The diffusion lab against diffusers' UNet2DModel and its EDM schedulers: training, sampling, loss and memory.

Both networks have as many parameters (within 5 %), see the same garments, noise, classes and learning rate, and take
turns step by step, so that other jobs slow both; the fastest step counts. A step is all of it: scalings, forward,
backward, Adam, the average of the weights. The peer's is written as its documentation has it (its scheduler's
preconditioning, torch.optim.Adam, EMAModel), with the noise level brought to the 0 to 1,000 that its embedding is made
for. A step of the peer's, which convolves at full resolution, takes longer and learns more: so after the race the lab's
goes on alone until its held-out loss is the peer's, and the seconds that both took for it are compared. These are the
networks that are sampled from. Peak memory is read in a process for each.
"""

import copy
import importlib
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cs229tui.folders import shipped
from cs229tui.labkit import data, device

PEERS = Path(sys.prefix) / "peers"  # diffusers and its numpy, which nothing else here may see
B, STEPS, MOST, MEMORY_STEPS, EVALUATIONS, RATE = 64, 80, 400, 3, 18, 0.004
SIGMA_DATA, CLASSES = 0.8, 10
WHERE = device.choose("auto")


def main() -> list[tuple[str, float, float, str, float]]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    memory = {who: _memory_of(who) for who in ("lab", "peer")}
    lab, peer = Lab(), Peer()
    sizes = [sum(weights.numel() for weights in racer.network.parameters()) for racer in (lab, peer)]
    if abs(sizes[0] / sizes[1] - 1) > 0.05:
        raise RuntimeError(f"the networks are of different sizes: {sizes}")
    batches = _batches(STEPS)
    trained = _in_turns(*([partial(one.train, step) for step in batches[:-1]] for one in (lab, peer)))
    reached, goal = STEPS, peer.held_out(batches[-1])
    for step in _batches(MOST - STEPS, seed=1)[:-1]:
        if reached % 10 == 0 and lab.held_out(batches[-1]) <= goal:
            break
        lab.train(step)
        reached += 1
    made = {way: _in_turns(*([partial(one.sample, way)] * 3 for one in (lab, peer))) for way in ("euler", "multistep")}
    return [
        ("diffusion: training", B / trained[0], B / trained[1], "image/s", -1.5),
        ("diffusion: sampling, Euler", B / made["euler"][0], B / made["euler"][1], "image/s", -1.5),
        ("diffusion: sampling, DPM++ 2M", B / made["multistep"][0], B / made["multistep"][1], "image/s", -1.5),
        ("diffusion: seconds to the peer's loss", reached * trained[0], STEPS * trained[1], "s", 0.667),
        ("diffusion: held-out loss of those sampled", lab.held_out(batches[-1]), goal, "", 1.0),
        ("diffusion: memory beyond torch", memory["lab"], memory["peer"], "MB", 1.0),
    ]


def _in_turns(*rounds: list[Callable[[], None]]) -> list[float]:
    """Seconds of the fastest round of each racer."""
    best = [float("inf")] * len(rounds)
    for turns in zip(*rounds, strict=True):
        for racer, turn in enumerate(turns):
            with device.Stopwatch(WHERE) as watch:
                turn()
            best[racer] = min(best[racer], watch.seconds)
    return best


def _lab(name: str) -> Any:
    """A file of the lab, as a module."""
    folder = str(shipped("labs/diffusion"))
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)


def _batches(count: int, seed: int = 0) -> list[tuple[Any, ...]]:
    """Images, classes, noise and levels of `count` steps, and of 256 held-out images behind them."""
    import torch

    denoiser, draws = _lab("denoiser"), torch.Generator().manual_seed(seed)
    examples = denoiser.Examples.of(data.images("auto"), "cpu")
    parts = []
    for number in range(count + 1):
        x, classes, many = (
            (examples.train, examples.train_classes, B)
            if number < count
            else (examples.test, examples.test_classes, 256)
        )
        chosen = torch.randint(len(x), (many,), generator=draws)
        y = denoiser.pixels(x[chosen])
        noise = torch.randn(y.shape, generator=draws)
        parts.append((y, classes[chosen], noise, denoiser.noise_levels(many, draws)))
    return [tuple(part.to(WHERE) for part in one) for one in parts]


class Lab:
    """The lab's U-Net in the shape of its preset `train`."""

    def __init__(self) -> None:
        import torch

        self.denoiser, self.samplers = _lab("denoiser"), _lab("samplers")
        torch.manual_seed(1)
        self.network = self.denoiser.built(self.denoiser.Shape("unet", 1, 28, CLASSES, 32, 1)).to(WHERE)
        self.average = self.denoiser.Average(copy.deepcopy(self.network).requires_grad_(False), 6.94)
        self.optimiser = torch.optim.Adam(self.network.parameters(), RATE, betas=(0.9, 0.99), fused=True)

        fast = device.compiled(self.network, WHERE)  # for training on a GPU, as in the preset standard

        def autocast(network: Any, *seen: Any) -> Any:
            with device.mixed_precision(WHERE):
                return network(*seen).float()

        self.learned = self.denoiser.preconditioned(partial(autocast, fast), SIGMA_DATA, CLASSES)
        self.denoise = self.denoiser.preconditioned(partial(autocast, self.network), SIGMA_DATA, CLASSES)

    def losses(self, y: Any, classes: Any, noise: Any, sigma: Any) -> Any:
        return self.denoiser.losses(self.learned, y, sigma, noise, classes, sigma_data=SIGMA_DATA).mean()

    def train(self, batch: Any) -> None:
        self.losses(*batch).backward()
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.average.update(self.network)

    def held_out(self, batch: Any) -> float:
        import torch

        with torch.no_grad():
            return float(self.losses(*batch))

    def sample(self, way: str) -> None:
        import torch

        classes = torch.arange(B, device=WHERE) % CLASSES
        noise = 80 * torch.randn(B, 1, 28, 28, device=WHERE)
        with torch.no_grad():
            steps = self.samplers.edm_steps(EVALUATIONS)
            getattr(self.samplers, way)(lambda x, sigma: self.denoise(x, sigma, classes), noise, steps)


class Peer:
    """diffusers' U-Net at full resolution, three levels, attention at the lowest."""

    def __init__(self) -> None:
        if str(PEERS) not in sys.path:
            sys.path.append(str(PEERS))
        import diffusers
        import torch
        from diffusers.training_utils import EMAModel

        torch.manual_seed(1)
        self.network = diffusers.UNet2DModel(
            sample_size=28, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(16, 32, 36),
            down_block_types=("DownBlock2D", "DownBlock2D", "AttnDownBlock2D"),
            up_block_types=("AttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
            norm_num_groups=4, num_class_embeds=CLASSES + 1,
        ).to(WHERE)  # fmt: skip
        self.scheduler = diffusers.EDMEulerScheduler(sigma_data=SIGMA_DATA)
        self.fast = diffusers.EDMDPMSolverMultistepScheduler(sigma_data=SIGMA_DATA)
        self.average = EMAModel(self.network.parameters(), decay=0.999)
        self.optimiser = torch.optim.Adam(self.network.parameters(), RATE, betas=(0.9, 0.99))

    def output(self, x: Any, c_noise: Any, classes: Any) -> Any:
        with device.mixed_precision(WHERE):
            return self.network(x, 250 * (c_noise + 2), classes).sample.float()

    def losses(self, y: Any, classes: Any, noise: Any, sigma: Any) -> Any:
        levels = sigma.view(-1, 1, 1, 1)
        x = y + levels * noise
        seen, c_noise = self.scheduler.precondition_inputs(x, levels), self.scheduler.precondition_noise(sigma)
        made = self.scheduler.precondition_outputs(x, self.output(seen, c_noise, classes), levels)
        weight = (levels**2 + SIGMA_DATA**2) / (levels * SIGMA_DATA) ** 2
        return (weight * (made - y) ** 2).mean()

    def train(self, batch: Any) -> None:
        loss = self.losses(*batch)
        loss.backward()
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.average.step(self.network.parameters())

    def held_out(self, batch: Any) -> float:
        import torch

        with torch.no_grad():
            return float(self.losses(*batch))

    def sample(self, way: str) -> None:
        import torch

        scheduler = self.scheduler if way == "euler" else self.fast
        classes = torch.arange(B, device=WHERE) % CLASSES
        scheduler.set_timesteps(EVALUATIONS, device=WHERE)
        x = scheduler.init_noise_sigma * torch.randn(B, 1, 28, 28, device=WHERE)
        with torch.no_grad():
            for t in scheduler.timesteps:
                made = self.output(scheduler.scale_model_input(x, t), t.expand(B), classes)
                x = scheduler.step(made, t, x).prev_sample


def _memory_of(who: str) -> float:
    """MB that training takes beyond torch and its libraries, at its peak, in a process of its own."""
    command = [sys.executable, "-W", "ignore", __file__, who]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()[-1])


def _print_memory(who: str) -> None:
    racer, batches = (Lab() if who == "lab" else Peer()), _batches(MEMORY_STEPS)
    with device.MemoryMeter(WHERE) as meter:
        for batch in batches[:-1]:
            racer.train(batch)
    print(meter.added / 1e6)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _print_memory(sys.argv[1])
    else:
        began = time.perf_counter()
        for what, ours, peer, unit, wanted in main():
            print(f"{what}  {ours:.4g} {unit}  {peer:.4g} {unit}  {ours / peer:.3f}  wanted {wanted}")
        print(f"{time.perf_counter() - began:.0f} s")
