"""Small images with their classes, as tensors: Fashion-MNIST, or shapes drawn here where it cannot be had."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cs229tui.clean import clean_line
from cs229tui.labkit.data.fetching import DataError, Progress
from cs229tui.labkit.data.making import CATEGORIES
from cs229tui.labkit.data.places import contents, named_place
from cs229tui.labkit.data.registry import DATASETS, Dataset

if TYPE_CHECKING:
    from torch import Tensor

IMAGE_SOURCES = ("auto", "file", "fashion-mnist", "mnist", "emoji", "emoji-twitter", "shapes")
GARMENTS = (
    "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
DIGITS = tuple("0123456789")
SHAPES = ("disc", "ring", "square", "frame", "triangle", "cross", "saltire", "bar", "column", "diamond")


@dataclass(frozen=True)
class Images:
    """Images in uint8, grey (N, 28, 28) or in `colour` (N, 32, 32, 3) on white, and their classes (N,) in int64.

    `synthetic` where this program drew them.
    """

    name: str
    source: str
    licence: str
    classes: tuple[str, ...]
    train: "Tensor"
    train_classes: "Tensor"
    test: "Tensor"
    test_classes: "Tensor"
    synthetic: bool = False

    @property
    def colour(self) -> bool:
        """Whether an image has red, green and blue, in its last dimension."""
        return self.train.ndim == 4


def images(
    source: str = "auto",
    folder: str = "",
    note: Callable[[str], None] = lambda text: None,
    progress: Progress = lambda done, total: None,
) -> Images:
    """The images that `source` (one of `IMAGE_SOURCES`) names; `note` is told what was used. Raises `DataError`.

    "auto" takes `folder` where one is given (the four IDX files of an MNIST, packed or not), else Fashion-MNIST from
    the cache, a system package or its download, else the drawn shapes: they are no garments, and the note says so.
    """
    if source not in IMAGE_SOURCES:
        raise DataError(f"There are no images {clean_line(source, 40)!r}.", f"Choose: {', '.join(IMAGE_SOURCES)}.")
    if source == "file" and not folder:
        raise DataError("The images are in a folder, but none is named.", "Name one: --file DIR")
    if folder and source in ("auto", "file"):
        made = _from_folder(named_place(folder))
    elif source == "shapes":
        made = shapes()
    elif source in ("emoji", "emoji-twitter"):
        made = _emoji(DATASETS[source], note, progress)
    elif source == "mnist":
        made = _four_files(DATASETS[source], DIGITS, note, progress)
    else:
        try:
            made = _four_files(DATASETS["fashion-mnist"], GARMENTS, note, progress)
        except DataError as error:
            if source != "auto":
                raise
            note(f"{error.what} The lab draws shapes instead.")
            made = shapes()
    warning = " These are drawn by this program: what is measured on them says nothing about real images."
    note(
        f"Images: {made.name} ({made.source}; {made.licence}), {len(made.train):,} + {len(made.test):,}."
        f"{warning if made.synthetic else ''}"
    )
    return made


def shapes(train: int = 20_000, test: int = 4_000, seed: int = 0) -> Images:
    """Ten shapes at random places, sizes and brightnesses, with noise; the same ones for a seed."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    count = train + test

    def uniform(low: float, high: float) -> "Tensor":
        return low + (high - low) * torch.rand(count, 1, 1, generator=generator)

    kinds = torch.randint(len(SHAPES), (count,), generator=generator)
    size, left, top, bright = uniform(5, 10), uniform(10, 18), uniform(10, 18), uniform(0.5, 1)
    axis = torch.arange(28.0)
    drawn = torch.empty(count, 28, 28)
    for kind in range(len(SHAPES)):
        of = kinds == kind
        x, y = (axis.view(1, 1, 28) - left[of]) / size[of], (axis.view(1, 28, 1) - top[of]) / size[of]
        drawn[of] = (0.5 - _edge(kind, x, y) * size[of]).clamp(0, 1) * bright[of]
    noisy = drawn + 0.05 * torch.randn(count, 28, 28, generator=generator)
    pixels = (noisy.clamp(0, 1) * 255).round().to(torch.uint8)
    return Images(
        "drawn shapes", "made by this program", "MIT", SHAPES,
        pixels[:train], kinds[:train], pixels[train:], kinds[train:], synthetic=True,
    )  # fmt: skip


def _edge(kind: int, x: "Tensor", y: "Tensor") -> "Tensor":
    """How far (x, y) is from a shape's edge, in its own size: negative inside."""
    import torch

    square, thin = torch.maximum(x.abs(), y.abs()), 0.3
    match SHAPES[kind]:
        case "disc":
            return (x**2 + y**2).sqrt() - 1
        case "ring":
            return ((x**2 + y**2).sqrt() - 0.8).abs() - thin
        case "square":
            return square - 0.9
        case "frame":
            return (square - 0.75).abs() - thin / 1.5
        case "triangle":
            return torch.maximum(y - 0.8, 2 * x.abs() - y - 1)
        case "cross":
            return torch.maximum(square - 1, torch.minimum(x.abs(), y.abs()) - thin)
        case "saltire":
            return torch.maximum(square - 1, torch.minimum((x - y).abs(), (x + y).abs()) - 1.4 * thin)
        case "bar":
            return torch.maximum(x.abs() - 1, y.abs() - thin)
        case "column":
            return torch.maximum(y.abs() - 1, x.abs() - thin)
        case _:
            return x.abs() + y.abs() - 1


def _four_files(dataset: Dataset, classes: tuple[str, ...], note: Callable[[str], None], progress: Progress) -> Images:
    """A data set in four IDX files: the images and the classes of train, then of test."""
    parts = contents(dataset, note, progress)
    train, train_classes, test, test_classes = (_idx(parts[part.file], part.file) for part in dataset.parts)
    return Images(
        dataset.title, dataset.source, dataset.licence, classes,
        train, train_classes.long(), test, test_classes.long(),
    )  # fmt: skip


def _emoji(dataset: Dataset, note: Callable[[str], None], progress: Progress) -> Images:
    """A data set in two files: a table with a line for each picture, and the pictures."""
    import torch

    parts = contents(dataset, note, progress)
    table, pictures = (parts[part.file] for part in dataset.parts)
    rows = [line.split("\t") for line in table.decode().splitlines()[1:]]
    every = _idx(pictures, dataset.parts[1].file)
    classes = torch.tensor([int(row[1]) for row in rows])
    of_test = torch.tensor([row[0] == "test" for row in rows])
    return Images(
        dataset.title, dataset.source, dataset.licence, CATEGORIES,
        every[~of_test], classes[~of_test], every[of_test], classes[of_test],
    )  # fmt: skip


def _from_folder(folder: Path) -> Images:
    import gzip
    import zlib

    found: list[Tensor] = []
    for part in DATASETS["fashion-mnist"].parts:
        plain = folder / part.file.removesuffix(".gz")
        try:
            if plain.exists():
                data = plain.read_bytes()
            else:
                with gzip.open(folder / part.file) as file:
                    data = file.read(_MOST)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(
                f"{clean_line(str(folder))} has no {part.file} that can be read: {clean_line(str(error), 200)}.",
                "It needs the four files of an MNIST: train and t10k, images-idx3-ubyte and labels-idx1-ubyte.",
            ) from error
        found.append(_idx(data, part.file))
    train, train_classes, test, test_classes = found
    for pictures, classes in ((train, train_classes), (test, test_classes)):
        if pictures.shape[1:] != (28, 28) or classes.ndim != 1 or len(pictures) != len(classes) or not len(classes):
            raise DataError(f"{clean_line(str(folder))} does not hold 28 × 28 images with a class each.", "Check it.")
    count = int(max(train_classes.max(), test_classes.max())) + 1
    names = tuple(str(number) for number in range(count))
    return Images(
        clean_line(folder.name, 80), "your folder", "yours to know", names,
        train, train_classes.long(), test, test_classes.long(),
    )  # fmt: skip


_MOST = 500_000_000  # bytes that a file of one's own may unpack to


def _idx(data: bytes, name: str) -> "Tensor":
    """The tensor in an IDX file of bytes: two zeros, the type 8, the number of dimensions, each size, the values."""
    import torch

    try:
        zeros, kind, dimensions = struct.unpack(">HBB", data[:4])
        shape = struct.unpack(f">{dimensions}I", data[4 : 4 + 4 * dimensions])
        values = torch.frombuffer(bytearray(data[4 + 4 * dimensions :]), dtype=torch.uint8)
        if zeros or kind != 8:
            raise ValueError("it is no IDX file of bytes")
        return values.view(shape)
    except (struct.error, ValueError, RuntimeError) as error:
        raise DataError(f"{name} is damaged: {clean_line(str(error), 120)}.", "Get it anew.") from error
