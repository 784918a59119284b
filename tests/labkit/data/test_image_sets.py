"""Images and their classes, real or drawn, and never one passed off as the other."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from cs229tui.labkit.data import DataError, cache_folder, images
from cs229tui.labkit.data.image_sets import SHAPES, shapes

Know = Callable[..., Any]


def idx(values: torch.Tensor) -> bytes:
    sizes = struct.pack(f">{values.ndim}I", *values.shape)
    return struct.pack(">HBB", 0, 8, values.ndim) + sizes + bytes(values.flatten().tolist())


def parts(train: int = 6, test: int = 4) -> dict[str, bytes]:
    made = {}
    for name, count in (("train", train), ("t10k", test)):
        made[f"{name}-images-idx3-ubyte.gz"] = idx(torch.arange(count * 784).view(count, 28, 28) % 256)
        made[f"{name}-labels-idx1-ubyte.gz"] = idx(torch.arange(count) % 3)
    return made


def test_the_real_ones_are_taken_where_they_are(know: Know) -> None:
    know("fashion-mnist", parts())
    cache_folder().mkdir(parents=True)
    for name, data in parts().items():
        (cache_folder() / name).write_bytes(gzip.compress(data))
    notes: list[str] = []
    made = images("auto", note=notes.append)
    assert made.name == "Fashion-MNIST" and not made.synthetic and len(made.classes) == 10
    assert made.train.shape == (6, 28, 28) and made.train.dtype == torch.uint8
    assert made.test_classes.tolist() == [0, 1, 2, 0] and made.test_classes.dtype == torch.int64
    assert made.train[0, 0, :4].tolist() == [0, 1, 2, 3]
    assert notes == ["Images: Fashion-MNIST (zalandoresearch/fashion-mnist; MIT), 6 + 4."]


def test_drawn_shapes_say_that_they_are_drawn(know: Know, monkeypatch: pytest.MonkeyPatch) -> None:
    know("fashion-mnist", parts(), parts=(), npm=None, system=())
    monkeypatch.setattr(
        "cs229tui.labkit.data.image_sets.contents", lambda *_: (_ for _ in ()).throw(DataError("It is not there.", ""))
    )
    notes: list[str] = []
    made = images("auto", note=notes.append)
    assert made.synthetic and made.classes == SHAPES
    assert notes[0] == "It is not there. The lab draws shapes instead."
    assert "says nothing about real images" in notes[1]
    with pytest.raises(DataError, match="not there"):
        images("fashion-mnist")


def test_shapes_are_the_same_for_a_seed_and_can_be_told_apart() -> None:
    one, again, other = shapes(600, 200, 1), shapes(600, 200, 1), shapes(600, 200, 2)
    assert torch.equal(one.train, again.train) and not torch.equal(one.train, other.train)
    assert set(one.train_classes.tolist()) == set(range(10))
    # Nearest mean, the plainest of classifiers, does far better than chance.
    means = torch.stack([one.train[one.train_classes == kind].float().mean(0) for kind in range(10)])
    near = torch.cdist(one.test.float().flatten(1), means.flatten(1)).argmin(1)
    assert (near == one.test_classes).float().mean() > 0.25


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    for name, data in parts().items():
        (tmp_path / name.removesuffix(".gz")).write_bytes(data)
    made = images("file", str(tmp_path))
    assert made.source == "your folder" and made.classes == ("0", "1", "2") and len(made.train) == 6


@pytest.mark.parametrize("damage", [b"", b"\0\0\x08\x03", b"<html>", idx(torch.zeros(3, 5, 5, dtype=torch.uint8))])
def test_a_folder_with_something_else_is_refused(tmp_path: Path, damage: bytes) -> None:
    for name, data in parts().items():
        (tmp_path / name.removesuffix(".gz")).write_bytes(data)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(damage)
    with pytest.raises(DataError):
        images("file", str(tmp_path))
    with pytest.raises(DataError, match="can be read"):
        images("file", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="none is named"):
        images("file")
    with pytest.raises(DataError, match="no images"):
        images("[bold]")
