"""Choosing where to compute."""

import os
from contextlib import nullcontext
from pathlib import Path

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


@pytest.mark.parametrize(("name", "said"), [("cuda:2", "cuda:0 to cuda:1"), ("cuda:x", "no kind"), ("tpu", "no kind")])
def test_a_gpu_is_named_by_its_number(monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    import torch

    machine(monkeypatch, True, False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device.choose("cuda:1") == "cuda:1"
    with pytest.raises(DeviceError, match=said):
        device.choose(name)


def test_deterministic_is_set_before_cuda_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    monkeypatch.setattr(torch.cuda, "_lazy_init", lambda: pytest.fail("CUDA was started"))
    try:
        device.prepare("cpu", 1, 0, deterministic=True)
        assert torch.are_deterministic_algorithms_enabled() and torch.backends.cudnn.deterministic
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    finally:
        device.prepare("cpu", 1, 0)
    assert not torch.are_deterministic_algorithms_enabled() and not torch.backends.cudnn.deterministic


def test_a_generator_of_its_own_moves_no_other_number() -> None:
    import torch

    torch.manual_seed(1)
    expected = torch.rand(3).tolist()
    torch.manual_seed(1)
    drawn = [torch.rand(2, generator=device.generator(seed, purpose)).tolist() for seed, purpose in
             ((1, "noise"), (1, "noise"), (1, "data"), (2, "noise"))]  # fmt: skip
    assert drawn[0] == drawn[1] and len({tuple(numbers) for numbers in drawn}) == 3
    assert torch.rand(3).tolist() == expected


def test_precision_is_a_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    with device.mixed_precision("cpu", "bf16"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
    for precision in ("auto", "fp32", "tf32"):
        assert isinstance(device.mixed_precision("cpu", precision), nullcontext)
    with pytest.raises(ValueError, match="fp32, tf32 or bf16"):
        device.mixed_precision("cpu", "fp8")
    products: list[str] = []
    monkeypatch.setattr(torch, "set_float32_matmul_precision", products.append)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    monkeypatch.setattr(torch, "autocast", lambda kind, kind_of_number: (kind, kind_of_number))
    before = torch.backends.cudnn.allow_tf32
    try:
        assert isinstance(device.mixed_precision("cuda:1", "fp32"), nullcontext)
        assert not torch.backends.cudnn.allow_tf32
        assert device.mixed_precision("cuda:1") == ("cuda", torch.bfloat16)
        assert products == ["highest", "high"] and torch.backends.cudnn.allow_tf32
    finally:
        torch.backends.cudnn.allow_tf32 = before


def test_a_stopwatch_waits_for_the_device_before_it_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []
    monkeypatch.setattr(device, "synchronise", waits.append)
    with device.Stopwatch("cuda:1") as watch:
        assert waits == ["cuda:1"]
        first = watch.seconds
        assert len(waits) == 2
    assert len(waits) == 3 and watch.seconds >= first and watch.seconds == watch.seconds
    assert len(waits) == 3, "what has ended is not measured again"


def test_a_memory_meter_counts_its_own_block_only() -> None:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("Linux only")
    size = 80_000_000
    before = device.peak_memory("cpu")
    with device.MemoryMeter("cpu") as large:
        block = bytearray(size)
        del block
    with device.MemoryMeter("cpu") as small:
        pass
    assert large.added > 0.9 * size and small.added < 0.5 * size
    assert large.peak >= large.added and device.peak_memory("cpu") >= max(before, large.peak), (
        "the run's own peak stays"
    )


def test_a_meter_on_a_gpu_resets_and_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    peaks, resets = iter([500, 100, 900, 900]), []
    monkeypatch.setattr(device, "_highest", {})
    monkeypatch.setattr(device, "synchronise", lambda name: None)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda name: next(peaks))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", resets.append)
    with device.MemoryMeter("cuda:1") as meter:
        pass
    assert (meter.peak, meter.added, resets) == (900, 800, ["cuda:1"])
    assert device.peak_memory("cuda:1") == 900
