"""Where a lab computes: choosing the device, its precision and compiler switches, its memory and its clock."""

import importlib.util
import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from cs229tui.errors import LabError

Model = TypeVar("Model")


class DeviceError(LabError):
    """The device that was asked for is not there."""


def torch_installed() -> bool:
    """Whether torch can be imported, found out without importing it."""
    return importlib.util.find_spec("torch") is not None


def choose(name: str) -> str:
    """The torch device for "auto", "cpu", "cuda" or "mps": "cuda", "mps" or "cpu"; raises `DeviceError`."""
    if not torch_installed():
        if name in ("auto", "cpu"):
            return "cpu"
        raise DeviceError(f"The device {name} needs torch, which is not installed.", "pip install torch")
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(device for device, available in there.items() if available)
    if name not in there:
        raise DeviceError(f"There is no kind of device called {name!r}.", "Ask for auto, cpu, cuda or mps.")
    if not there[name]:
        why = "this torch was built without it" if name == "cuda" and torch.version.cuda is None else "none was found"
        others = ", ".join(device for device, available in there.items() if available)
        raise DeviceError(f"The device {name} was asked for, but {why}.", f"There is {others} here: --device cpu")
    return name


def describe(device: str) -> str:
    """The device in words: "cpu ×2" (threads) or "cuda · NVIDIA H100"."""
    if not torch_installed():
        return f"cpu ×{os.cpu_count() or 1}"
    import torch

    if device == "cuda":
        return f"cuda · {torch.cuda.get_device_name()}"
    return f"cpu ×{torch.get_num_threads()}" if device == "cpu" else device


def prepare(device: str, seed: int, threads: int) -> None:
    """Seed every generator and set the thread count (0: torch's choice); float32 products on a GPU may use TF32."""
    seeded(seed)
    if not torch_installed():
        return
    import torch

    if threads:
        torch.set_num_threads(threads)
    if device == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.cuda.reset_peak_memory_stats()


def seeded(seed: int) -> None:
    """Seed every generator of random numbers."""
    import random

    random.seed(seed)
    if torch_installed():
        import torch

        torch.manual_seed(seed)


def mixed_precision(device: str) -> AbstractContextManager[Any]:
    """bf16 autocast on a GPU that has it, nothing elsewhere: on small CPU models it makes a step slower."""
    if device == "cuda":
        import torch

        if torch.cuda.is_bf16_supported():
            return torch.autocast("cuda", torch.bfloat16)
    return nullcontext()


def compiled(model: Model, device: str, wanted: bool = True) -> Model:
    """`torch.compile(model)` on a GPU where `wanted`; as it is elsewhere: compiling for a CPU takes half a minute."""
    if device == "cuda" and wanted:
        import torch

        return torch.compile(model)  # type: ignore[call-overload,no-any-return]
    return model


def synchronise(device: str) -> None:
    """Wait until the device has done what it was given; needed before reading a clock."""
    import torch

    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


def peak_memory(device: str) -> int:
    """The most memory used so far, in bytes: allocated on a GPU; resident, torch itself included, on a CPU."""
    if device == "cuda":
        import torch

        return int(torch.cuda.max_memory_allocated())
    if device == "mps":
        import torch

        return int(torch.mps.driver_allocated_memory())
    status = Path("/proc/self/status")
    if status.exists():  # Linux, where getrusage counts the memory of the program that started us, too
        line = next((line for line in status.read_text("utf-8").splitlines() if line.startswith("VmHWM:")), None)
        if line is not None:
            return int(line.split()[1]) * 1024
    try:
        import resource
        import sys
    except ImportError:  # Windows has no such count in the standard library
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
