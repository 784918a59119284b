"""Numbers on their way from the device: who waits, who does not, and what arrives."""

import math
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from cs229tui.labkit import outgoing
from cs229tui.labkit.outgoing import Outgoing, Transfer
from cs229tui.labkit.pictures import as_bytes
from cs229tui.labkit.writing import EventWriter
from cs229tui.labs.events import read_events


class Device:
    """A device that works on its own: what is copied from it arrives when it `runs`, and not before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[Device.Event] = []
        self.waits = 0
        monkeypatch.setattr(outgoing, "_sent", self.sent)
        monkeypatch.setattr(outgoing, "_at_hand", lambda tensor: False)

    class Event:
        def __init__(self, device: "Device", source: Any, copy: Any) -> None:
            self.device, self.source, self.copy, self.happened = device, source, copy, False

        def query(self) -> bool:
            return self.happened

        def synchronize(self) -> None:
            if not self.happened:
                self.device.waits += 1
                self.device.runs()

    def sent(self, tensor: Any) -> tuple[Any, Any]:
        copy = torch.full_like(tensor, 99)
        self.events.append(Device.Event(self, tensor, copy))
        return copy, self.events[-1]

    def runs(self) -> None:
        for event in self.events:
            event.copy.copy_(event.source)
            event.happened = True


class NoReading(TorchDispatchMode):
    """Fails at whatever asks the device for a number, or moves a tensor to the host."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        assert func.__name__.split(".")[0] in ("detach", "clone", "reshape", "view", "stack", "cat", "unsqueeze"), func
        return func(*args, **(kwargs or {}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def logged(path: Path) -> list[Any]:
    return [event.values for event in read_events(path) if event.kind == "metric"]


def test_nothing_waits_for_a_device_until_it_is_asked_to(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(monkeypatch)
    out = Outgoing(EventWriter(path))
    loss = torch.ones((), requires_grad=True)
    for step in range(20):
        out.log(step, {"loss": loss * step, "seen": torch.tensor([step])})
        out.flush()
    assert device.waits == 0 and logged(path) == []
    device.runs()
    out.flush()
    assert device.waits == 0
    assert logged(path) == [{"loss": step, "seen": step} for step in range(20)]
    out.log(20, {"loss": loss})
    out.flush(wait=True)
    assert device.waits == 1 and logged(path)[-1] == {"loss": 1.0}


def test_what_was_logged_first_is_written_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(monkeypatch)
    out = Outgoing(EventWriter(path))
    order: list[str] = []
    out.when_read([torch.zeros(3)], lambda read: order.append("first"))
    out.when_read([torch.zeros(3)], lambda read: order.append("second"))
    device.events[1].happened = True
    out.flush()
    assert order == []
    device.runs()
    out.flush()
    assert order == ["first", "second"]


def test_a_call_of_log_reads_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_FLUSH_SECONDS", 1e9)
    monkeypatch.setattr(outgoing, "_at_hand", lambda tensor: False)  # as on a GPU
    out = Outgoing(EventWriter(path))
    out.log(0, {"loss": 0.0})
    loss = torch.ones((), requires_grad=True) * 2
    bits = torch.ones(1, 1)
    with NoReading():
        for step in range(1, 400):
            out.log(step, {"loss": loss, "bits": bits, "lr": 0.1})


def test_only_a_tensor_on_the_cpu_is_read_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not outgoing._at_hand(torch.ones((), device="meta"))
    monkeypatch.setattr(outgoing, "_copied", None)
    out = Outgoing(EventWriter(path))
    loss = torch.ones((), requires_grad=True)
    out.log(0, {"loss": loss, "row": torch.tensor([[2]])})
    with torch.no_grad():
        loss.add_(1)  # what is logged is what was there then
    out.flush(wait=True)
    assert logged(path) == [{"loss": 1.0, "row": 2.0}]


def test_a_tensor_without_numbers_can_be_logged() -> None:
    # "meta" tensors have a shape and no content at all: whoever read one would fail.
    batch = outgoing.Batch()
    batch.add(0.0, 1, {"loss": torch.ones((), device="meta"), "norm": torch.ones(1, device="meta")})
    (stack,) = batch.stacks()
    assert stack.shape == (2,) and stack.is_meta


def test_tensors_of_different_kinds_arrive_exactly(path: Path) -> None:
    out = Outgoing(EventWriter(path))
    big = 2**53 - 1
    values = {
        "big": torch.tensor(big),
        "double": torch.tensor(0.1, dtype=torch.float64),
        "half": torch.tensor(0.5, dtype=torch.bfloat16),
        "yes": torch.tensor(True),
        "nan": torch.tensor(math.nan),
        "inf": torch.tensor(-math.inf),
    }
    out.log(1, dict(values))
    out.flush(wait=True)
    expected = {"big": big, "double": 0.1, "half": 0.5, "yes": 1.0, "nan": None, "inf": None}
    assert logged(path) == [expected] and out.latest["big"] == big


class Float32:
    """A number as NumPy has it."""

    size = 1

    def __init__(self, value: float) -> None:
        self.value = value

    def item(self) -> float:
        return self.value


def test_numbers_of_every_kind(path: Path) -> None:
    out = Outgoing(EventWriter(path))
    values = {
        "int": 3, "bool": True, "decimal": Decimal("0.5"), "fraction": Fraction(1, 4), "numpy": Float32(0.25),
        "huge": 10**400, "nan": math.nan, "inf": math.inf, "tiny": 5e-324,
    }  # fmt: skip
    out.log(-1, values)
    out.flush()
    assert logged(path) == [
        {"int": 3, "bool": 1, "decimal": 0.5, "fraction": 0.25, "numpy": 0.25, "huge": None, "nan": None, "inf": None,
         "tiny": 5e-324}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0.5", "loss is '0.5', a str"),
        (None, "loss is None"),
        ([1.0], "a list"),
        (1j, "a complex"),
        (torch.zeros(2), "loss has 2 elements"),
        (torch.zeros(0), "loss has 0 elements"),
        (torch.zeros((), dtype=torch.complex64), "complex"),
        (object(), "an? object"),
    ],
)
def test_what_is_not_one_number_is_refused_with_its_name(path: Path, value: Any, said: str) -> None:
    out = Outgoing(EventWriter(path))
    with pytest.raises((TypeError, ValueError), match=said):
        out.log(1, {"fine": 1, "loss": value})
    out.log(2, {"loss": 1.0})
    out.flush()
    assert logged(path) == [{"loss": 1.0}]


def test_names_with_anything_in_them_are_one_line_of_json(path: Path) -> None:
    out = Outgoing(EventWriter(path))
    out.log(1, {"a%sb": 1.0, "new\nline": 2.0, "\x1b[31mred": 3.0, '"': 4.0, "\ud800": 5.0})
    out.flush()
    (values,) = logged(path)
    assert list(values.values()) == [1, 2, 3, 4, 5] and "\x1b" not in "".join(values)


def test_threads_may_log_at_once(path: Path) -> None:
    out = Outgoing(EventWriter(path))

    def work(name: str) -> None:
        for step in range(500):
            out.log(step, {name: float(step)})

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out.flush()
    found = logged(path)
    for name in "abc":
        assert [values[name] for values in found if name in values] == list(range(500))


def test_memory_stays_bounded_however_many_steps(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_FLUSH_SECONDS", 1e9)
    out = Outgoing(EventWriter(path))
    most = 0
    for step in range(20_000):
        out.log(step, {"loss": 1.0})
        most = max(most, len(out._batch))
    assert most <= 500 and len(out._writer._waiting) == 0


def test_bytes_of_a_tensor() -> None:
    assert as_bytes(torch.arange(6, dtype=torch.uint8).reshape(2, 3).mT) == bytes([0, 3, 1, 4, 2, 5])


def test_a_cuda_tensor_goes_through_page_locked_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Event:
        def record(self, stream: str) -> None:
            done.append(f"event on {stream}")

        def query(self) -> bool:
            return False

    class Tensor:
        is_cuda, shape, dtype, device = True, (3,), torch.float32, "cuda:1"

        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} would wait")

    class Copy:
        def copy_(self, source: Any, non_blocking: bool) -> None:
            done.append(f"copy {non_blocking}")

    def empty(shape: Any, dtype: Any, pin_memory: bool) -> Copy:
        done.append(f"pinned {pin_memory}")
        return Copy()

    monkeypatch.setattr(torch, "empty", empty)
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: f"the stream of {device}")
    assert not Transfer([Tensor()]).ready
    assert done == ["pinned True", "copy True", "event on the stream of cuda:1"]
