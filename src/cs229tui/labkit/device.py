"""Where a lab computes: choosing the device, its seeds, precision and compiler switches, its clock and its memory.

A device is a torch device in words: "cpu", "cuda" (the first GPU), "cuda:1" (the second), "mps".
"""

import hashlib
import importlib.util
import os
import random
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from cs229tui.errors import LabError

if TYPE_CHECKING:
    import torch

Model = TypeVar("Model")


class DeviceError(LabError):
    """The device that was asked for is not there."""


def torch_installed() -> bool:
    """Whether torch can be imported, found out without importing it."""
    return importlib.util.find_spec("torch") is not None


def torch_version() -> str:
    """The version of torch, empty where it is not installed."""
    if not torch_installed():
        return ""
    import torch

    return str(torch.__version__)


def choose(name: str) -> str:
    """The torch device for "auto", "cpu", "cuda", "cuda:1" or "mps"; raises `DeviceError` for one that is not there."""
    kind, _, number = name.partition(":")
    if not torch_installed():
        if name in ("auto", "cpu"):
            return "cpu"
        raise DeviceError(f"The device {name} needs torch, which is not installed.", "pip install torch")
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(device for device, available in there.items() if available)
    if kind not in there or (number and not (kind == "cuda" and number.isdigit())):
        raise DeviceError(f"There is no kind of device called {name!r}.", "Ask for auto, cpu, cuda, cuda:1 or mps.")
    if not there[kind]:
        why = "this torch was built without it" if kind == "cuda" and torch.version.cuda is None else "none was found"
        others = ", ".join(device for device, available in there.items() if available)
        raise DeviceError(f"The device {name} was asked for, but {why}.", f"There is {others} here: --device cpu")
    if number and int(number) >= torch.cuda.device_count():
        last = torch.cuda.device_count() - 1
        raise DeviceError(f"There is no device {name}.", f"The GPUs here are cuda:0 to cuda:{last}: --device cuda")
    return name


def describe(device: str) -> str:
    """The device in words: "cpu ×2" (threads) or "cuda · NVIDIA H100"."""
    if not torch_installed():
        return f"cpu ×{os.cpu_count() or 1}"
    import torch

    if device.startswith("cuda"):
        return f"{device} · {torch.cuda.get_device_name(device)}"
    return f"cpu ×{torch.get_num_threads()}" if device == "cpu" else device


# Random numbers.


def prepare(device: str, seed: int, threads: int, deterministic: bool = False) -> None:
    """Seed every generator and set the thread count (0: torch's choice); float32 products on a GPU may use TF32.

    On one machine the same seed gives the same run on a CPU. On a GPU some operations add in the order in which threads
    happen to finish; `deterministic` replaces them, which may take several times as long, and has those fail that have
    no replacement. The workers of a DataLoader are seeded by torch, from the same seed.
    """
    seeded(seed)
    if deterministic:  # read by cuBLAS when it starts, at the first product on the device
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    if not torch_installed():
        return
    import torch

    if deterministic != torch.are_deterministic_algorithms_enabled():  # setting it imports the compiler: a second
        torch.use_deterministic_algorithms(deterministic)
    torch.backends.cudnn.deterministic = deterministic
    if threads:
        torch.set_num_threads(threads)
    if device.startswith("cuda"):
        if ":" in device:
            torch.cuda.set_device(device)
        torch.set_float32_matmul_precision("high")
        torch.cuda.reset_peak_memory_stats()


def seeded(seed: int) -> None:
    """Seed every generator of random numbers: Python's, torch's, and NumPy's where the lab imported it before."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)
    if torch_installed():
        import torch

        torch.manual_seed(seed)


def generator(seed: int, purpose: str, device: str = "cpu") -> "torch.Generator":
    """A generator of its own for one `purpose`, such as "noise", so that drawing here moves no other random number.

    The same seed and purpose give the same numbers; `f"noise {rank}"` gives each process its own.
    """
    import torch

    digest = hashlib.sha256(f"{seed} {purpose}".encode()).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest[:8], "big") >> 1)


# Speed.


def mixed_precision(device: str, precision: str = "auto") -> AbstractContextManager[Any]:
    """The context to compute a model and its loss in; `precision` is auto, fp32, tf32 or bf16.

    auto: bf16 autocast on a GPU that has it, else as it is: on small CPU models autocast makes a step slower.
    fp32: 24 bits everywhere. tf32: products of float32 with 11 bits, on NVIDIA GPUs since 2020 only, about the range
    of speed between the two. bf16: products with 8 bits on any device; weights and optimiser stay float32, and no loss
    scaling is needed.
    """
    if precision not in ("auto", "fp32", "tf32", "bf16"):
        raise ValueError(f"the precision is auto, fp32, tf32 or bf16, not {precision!r}")
    kind = device.partition(":")[0]
    if kind != "cuda" and precision != "bf16":
        return nullcontext()
    import torch

    if kind == "cuda":
        exact = precision == "fp32"
        torch.set_float32_matmul_precision("highest" if exact else "high")
        torch.backends.cudnn.allow_tf32 = not exact
    if precision == "bf16" or (precision == "auto" and torch.cuda.is_bf16_supported()):
        return torch.autocast(kind, torch.bfloat16)
    return nullcontext()


def compiled(model: Model, device: str, wanted: bool = True) -> Model:
    """`torch.compile(model)` on a GPU where `wanted`; as it is elsewhere: compiling for a CPU takes half a minute.

    The first step then takes a minute or so, and each new shape of its inputs some seconds more: keep shapes fixed.
    """
    if device.startswith("cuda") and wanted:
        import torch

        return torch.compile(model)  # type: ignore[call-overload,no-any-return]
    return model


# Time.


def synchronise(device: str) -> None:
    """Wait until the device has done what it was given; needed before reading a clock."""
    if device == "cpu":
        return
    import torch

    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    elif device == "mps":
        torch.mps.synchronize()


class Stopwatch:
    """Seconds that a device takes: a GPU is given work and works on, so reading a clock has to wait until it is done.

        with device.Stopwatch(run.device) as watch:
            model(x)
        print(watch.seconds)

    Inside the block `seconds` is the time so far, and waits for the device; do not read it at every step.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._began = 0.0
        self._took: float | None = None

    def __enter__(self) -> Self:
        synchronise(self._device)
        self._took, self._began = None, time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._took = self.seconds if error is None else time.perf_counter() - self._began

    @property
    def seconds(self) -> float:
        """Seconds since the block began, or that it took."""
        if self._took is None:
            synchronise(self._device)
            return time.perf_counter() - self._began
        return self._took


# Memory.

_highest: dict[str, int] = {}  # the peak before the last reset, for each device


def peak_memory(device: str) -> int:
    """The most memory used so far, in bytes: allocated on a GPU; resident, torch itself included, on a CPU."""
    return max(_peak(device), _highest.get(device, 0))


class MemoryMeter:
    """The most memory used in a `with` block, in bytes: `peak`, of which `added` is more than there was before it.

    Blocks lie one after the other, not inside each other. On a CPU only Linux counts for a block; elsewhere `peak` is
    that of the whole run so far, and `added` how far the block raised it.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._before = 0
        self.peak = 0

    def __enter__(self) -> Self:
        synchronise(self._device)
        _highest[self._device] = peak_memory(self._device)
        _reset_peak(self._device)
        self._before = _peak(self._device)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.peak = _peak(self._device)

    @property
    def added(self) -> int:
        """Bytes by which the peak of the block is above what was in use when it began."""
        return max(self.peak - self._before, 0)


def _peak(device: str) -> int:
    """The peak since the last reset."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.max_memory_allocated(device))
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
    except ImportError:  # Windows has no such count in the standard library
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _reset_peak(device: str) -> None:
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(device)
    elif device == "cpu" and Path("/proc/self/clear_refs").exists():
        try:
            Path("/proc/self/clear_refs").write_text("5", "ascii")  # sets VmHWM to what is resident now
        except OSError:  # not every container lets us; then the peak is that of the whole run
            return
