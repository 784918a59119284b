"""Choosing where to compute."""

from contextlib import nullcontext

import pytest

from cs229tui.labkit import device
from cs229tui.labkit.device import DeviceError


def machine(monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(("cuda", "mps", "chosen"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")])
def test_auto_takes_the_fastest_there_is(monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, chosen: str) -> None:
    machine(monkeypatch, cuda, mps)
    assert device.choose("auto") == chosen
    assert device.choose("cpu") == "cpu"


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    machine(monkeypatch, False, False)
    with pytest.raises(DeviceError, match="--device cpu"):
        device.choose(name)


def test_without_torch_there_is_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "torch_installed", lambda: False)
    assert device.choose("auto") == "cpu"
    with pytest.raises(DeviceError, match="torch"):
        device.choose("cuda")


def test_on_a_cpu_nothing_is_compiled_or_rounded() -> None:
    def model() -> int:
        return 1

    assert device.compiled(model, "cpu") is model
    assert isinstance(device.mixed_precision("cpu"), nullcontext)


def test_peak_memory_is_in_bytes() -> None:
    assert 10_000_000 < device.peak_memory("cpu") < 100_000_000_000
