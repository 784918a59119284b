"""Images and their classes, real or drawn, and never one passed off as the other."""

import gzip
import struct
import sys
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


def test_emoji_are_in_colour_and_read_without_pillow(know: Know, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "split\tclass\tskin\tcode\tname\ntrain\t1\t1F3FB\tA-1F3FB\tA\ntest\t8\t\tB\tB\ntrain\t0\t\tC\tC\n"
    pictures = idx(torch.arange(3 * 3072).view(3, 32, 32, 3) // 3072)
    files = {"emoji-twitter.tsv": table.encode(), "emoji-twitter.idx.gz": pictures}
    know("emoji-twitter", files)
    cache_folder().mkdir(parents=True)
    for name, data in files.items():
        (cache_folder() / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    monkeypatch.setitem(sys.modules, "PIL", None)
    notes: list[str] = []
    made = images("emoji-twitter", note=notes.append)
    assert made.colour and made.train.shape == (2, 32, 32, 3) and made.test.unique().tolist() == [1]
    assert made.train[:, 0, 0, 0].tolist() == [0, 2] and made.train_classes.tolist() == [1, 0]
    assert made.test_classes.tolist() == [8] and made.classes[8] == "Flags" and len(made.classes) == 9
    assert "Twemoji; CC BY 4.0, © Twitter" in notes[0]


def test_digits_are_grey(know: Know) -> None:
    files = {}
    for side, count in (("train", 4), ("test", 2)):
        files[f"mnist-{side}-images.idx.gz"] = idx(torch.arange(count * 784).view(count, 28, 28) % 256)
        files[f"mnist-{side}-labels.idx.gz"] = idx(torch.arange(count))
    know("mnist", files)
    cache_folder().mkdir(parents=True)
    for name, data in files.items():
        (cache_folder() / name).write_bytes(gzip.compress(data))
    made = images("mnist")
    assert not made.colour and made.train.shape == (4, 28, 28) and made.test_classes.tolist() == [0, 1]
    assert made.classes[3] == "3"


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
    with pytest.raises(DataError, match="names no folder"):
        images("file", "~nobody-of-this-name")
    with pytest.raises(DataError, match="no images"):
        images("[bold]")
