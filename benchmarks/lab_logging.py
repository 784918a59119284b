"""A lab that logs every step against the same loop that logs nothing: what the log costs of a step of 2 ms on a CPU."""

import contextlib
import io
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path

from cs229tui import labkit

# isort: split
import torch

LAB = """
title = "Logging"
lecture = 1
key = "l"
summary = "Logs."
readings = []
[presets.quick]
minutes = 1
device = "any"
help = "quick"
"""
BLOCK = 50  # steps
BLOCKS = 40  # of each kind, one after the other


def main() -> list[tuple[str, float, float, str, float]]:
    """Milliseconds of a step with and without three numbers and progress; CPU time, so that neighbours do not count."""
    torch.set_num_threads(1)
    weights = torch.randn(64, 64) / 8
    repeats = calibrated(weights)
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "lab.toml").write_text(LAB, "utf-8")
        words = ["--device", "cpu", "--threads", "1", "--run-folder", f"{place}/run"]
        with contextlib.redirect_stdout(io.StringIO()), labkit.start(Path(place) / "main.py", words) as run:
            steps = run.steps((BLOCKS + 1) * BLOCK)
            plain: list[float] = []
            logged: list[float] = []
            for block in range(BLOCKS + 1):
                began = time.process_time()
                for step in islice(steps, BLOCK):
                    loss = work(weights, repeats)
                    run.log(step, loss=loss, norm=loss * 2, lr=0.1)
                between = time.process_time()
                for _ in range(BLOCK):
                    loss = work(weights, repeats)
                    _ = loss * 2
                ended = time.process_time()
                if block:  # the first warms up
                    logged.append(1000 * (between - began) / BLOCK)
                    plain.append(1000 * (ended - between) / BLOCK)
            spent = [ours - peer for ours, peer in zip(logged, plain, strict=True)]
    step_ms = statistics.median(plain)
    return [("a step of 2 ms, 3 numbers logged", step_ms + statistics.median(spent), step_ms, "ms", 1.02)]


def work(weights: torch.Tensor, repeats: int) -> torch.Tensor:
    """The step: products of small matrices, and one number of them."""
    x = weights
    for _ in range(repeats):
        x = (x @ weights).tanh()
    return x.mean()


def calibrated(weights: torch.Tensor) -> int:
    """How many products make 2 ms."""
    work(weights, 1000)
    best = min(timed(weights) for _ in range(5))
    return max(1, round(0.002 / best * 1000))


def timed(weights: torch.Tensor) -> float:
    """CPU seconds of a thousand products."""
    began = time.process_time()
    work(weights, 1000)
    return time.process_time() - began


if __name__ == "__main__":
    print(main())
