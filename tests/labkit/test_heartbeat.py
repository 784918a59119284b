"""What a heartbeat says of the machine."""

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from cs229tui.labkit import heartbeat
from cs229tui.labkit.heartbeat import Machine


class NVMLError(Exception):
    pass


class NVML:
    """NVIDIA's library on a machine with three GPUs."""

    NVMLError = NVMLError

    def __init__(self, broken: str = "") -> None:
        self.broken = broken

    def _checked(self, name: str) -> None:
        if name == self.broken:
            raise NVMLError(name)

    def nvmlInit(self) -> None:  # noqa: N802
        self._checked("init")

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 3

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        if index > 2:
            raise NVMLError("no such device")
        return index

    def nvmlDeviceGetHandleByUUID(self, name: str) -> str:  # noqa: N802
        return name

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return f"GPU-{handle}abc"

    def nvmlDeviceGetMemoryInfo(self, handle: Any) -> Any:  # noqa: N802
        self._checked("memory")
        return SimpleNamespace(used=1000 + (handle if isinstance(handle, int) else 7), total=5000)

    def nvmlDeviceGetUtilizationRates(self, handle: Any) -> Any:  # noqa: N802
        self._checked("rates")
        return SimpleNamespace(gpu=50)


def installed(monkeypatch: pytest.MonkeyPatch, nvml: Any) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)


def test_a_cpu_run_uses_memory_and_processor() -> None:
    machine = Machine("cpu")
    sum(range(100_000))
    found = machine.read()
    assert set(found) == {"memory", "cpu"}
    assert found["memory"] is None or 1e6 < found["memory"] < 1e12
    assert found["cpu"] is not None and 0 <= found["cpu"] <= 1


@pytest.mark.parametrize(
    ("visible", "device", "used"),
    [
        (None, "cuda", 1000),
        (None, "cuda:2", 1002),
        ("2,0", "cuda", 1002),
        ("2,0", "cuda:1", 1000),
        ("GPU-1", "cuda", 1001),
        ("MIG-1/2/3", "cuda", 1007),
    ],
)
def test_the_gpu_is_the_one_that_cuda_sees(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, device: str, used: float
) -> None:
    installed(monkeypatch, NVML())
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = Machine(device).read()
    assert (found["device_memory"], found["device_total"], found["utilisation"]) == (used, 5000, 0.5)


@pytest.mark.parametrize("visible", ["", "7", "GPU-9", "-1", "nonsense"])
def test_a_gpu_that_nobody_sees_is_silence(monkeypatch: pytest.MonkeyPatch, visible: str) -> None:
    installed(monkeypatch, NVML())
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert set(Machine("cuda").read()) == {"memory", "cpu"}


@pytest.mark.parametrize(("broken", "known"), [("init", 0), ("memory", 0), ("rates", 2)])
def test_a_library_that_is_broken_is_silence(monkeypatch: pytest.MonkeyPatch, broken: str, known: int) -> None:
    installed(monkeypatch, NVML(broken))
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    found = Machine("cuda").read()
    assert len([name for name in found if name.startswith(("device", "util"))]) == known


def test_the_real_library_without_a_driver_is_silence() -> None:
    pytest.importorskip("pynvml")
    assert "memory" in Machine("cuda:7").read()


def test_without_the_library_torch_is_asked_if_it_runs_already(monkeypatch: pytest.MonkeyPatch) -> None:
    def torch(running: bool, error: bool = False) -> Any:
        def asked(index: int) -> tuple[int, int]:
            assert index == 1
            if error:
                raise RuntimeError("CUDA error")
            return 300, 1000

        return SimpleNamespace(cuda=SimpleNamespace(is_initialized=lambda: running, mem_get_info=asked))

    installed(monkeypatch, None)
    for there, expected in ((torch(True), 700.0), (torch(False), None), (torch(True, error=True), None)):
        monkeypatch.setitem(sys.modules, "torch", there)
        assert Machine("cuda:1").read().get("device_memory") == expected


def test_reading_imports_no_torch() -> None:
    code = (
        "import sys; from cs229tui.labkit.heartbeat import Machine; Machine('cuda').read();"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ)).returncode == 0


def test_where_there_is_no_proc_the_memory_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: Any) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(heartbeat.Path, "read_text", missing)
    assert heartbeat.resident() is None
