"""The heart of a run beats while it lives, and says what the run uses of its machine: memory, CPU, a GPU.

Nothing here imports torch or starts CUDA, and what cannot be read is None: a heartbeat never fails.
"""

import importlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from cs229tui.labkit import events
from cs229tui.labkit.console import Console
from cs229tui.labkit.outgoing import Outgoing
from cs229tui.labkit.writing import EventWriter


class Heartbeat:
    """A thread that writes a `Beat` every few seconds, and what has waited since, however long a step takes."""

    def __init__(self, device: str, writer: EventWriter, outgoing: Outgoing, console: Console) -> None:
        self._device = device
        self._writer = writer
        self._outgoing = outgoing
        self._console = console
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more, at once."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    def _beat(self) -> None:
        machine = Machine(self._device)
        while not self._over.wait(events.BEAT_SECONDS / 2):
            self._writer.write(events.Beat(self._writer.seconds, **machine.read()))
            if self._writer.trouble:
                self._console.complain(f"Events cannot be written: {self._writer.trouble}. The run goes on.")
            if self._device == "cpu":  # what is on a device belongs to the stream of the thread that computes there
                self._outgoing.flush()


class Machine:
    """Reads what this process uses while it computes on `device` ("cpu", "cuda", "cuda:1", "mps")."""

    def __init__(self, device: str) -> None:
        kind, _, number = device.partition(":")
        self._index = int(number or 0)
        self._cuda = kind == "cuda"
        self._nvml: Any = None
        self._handle: Any = None
        if self._cuda:
            self._nvml, self._handle = _opened(self._index)
        self._cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._before = (time.monotonic(), _cpu_seconds())

    def read(self) -> dict[str, float | None]:
        """The fields of a `Beat`: bytes, and fractions from 0 to 1; `cpu` is the share of all cores since last time."""
        now = (time.monotonic(), _cpu_seconds())
        (then, used), self._before = self._before, now
        passed = now[0] - then
        found: dict[str, float | None] = {
            "memory": resident(),
            "cpu": min((now[1] - used) / passed / self._cores, 1.0) if passed > 0 else None,
        }
        return {**found, **self._device()} if self._cuda else found

    def _device(self) -> dict[str, float | None]:
        if self._nvml is None:
            return self._asked_of_torch()
        found: dict[str, float | None] = {}
        try:
            memory = self._nvml.nvmlDeviceGetMemoryInfo(self._handle)
            found = {"device_memory": float(memory.used), "device_total": float(memory.total)}
            found["utilisation"] = self._nvml.nvmlDeviceGetUtilizationRates(self._handle).gpu / 100
        except self._nvml.NVMLError:  # a part of a GPU (MIG) has no utilisation; a GPU can fall off the bus
            return found
        return found

    def _asked_of_torch(self) -> dict[str, float | None]:
        torch = sys.modules.get("torch")
        if torch is None or not torch.cuda.is_initialized():
            return {}
        try:
            free, total = torch.cuda.mem_get_info(self._index)
        except RuntimeError:  # the lab meets the same device, and says what is wrong with it
            return {}
        return {"device_memory": float(total - free), "device_total": float(total)}


def resident() -> float | None:
    """The memory that this process has in use, in bytes."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):  # not Linux
        return None
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def _cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _opened(index: int) -> tuple[Any, Any]:
    """NVIDIA's management library and its handle of the CUDA device `index`, or (None, None) where it is of no use."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return None, None
    try:
        nvml.nvmlInit()
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        name = visible.split(",")[index].strip() if visible is not None else str(index)
        if name.isdigit():
            return nvml, nvml.nvmlDeviceGetHandleByIndex(int(name))
        if name.startswith("MIG-"):  # a part of a GPU
            return nvml, nvml.nvmlDeviceGetHandleByUUID(name)
        # CUDA takes a UUID's beginning, too.
        for number in range(nvml.nvmlDeviceGetCount() if name else 0):
            handle = nvml.nvmlDeviceGetHandleByIndex(number)
            found = nvml.nvmlDeviceGetUUID(handle)
            if (found.decode() if isinstance(found, bytes) else found).startswith(name):
                return nvml, handle
    except (nvml.NVMLError, IndexError, OSError, AttributeError):  # no driver, an old one, or no such device
        return None, None
    return None, None
