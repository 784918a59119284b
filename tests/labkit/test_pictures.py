"""Pictures as PNG files, read back by Pillow."""

import io
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from cs229tui.labkit import pictures
from cs229tui.labkit.pictures import as_bytes


def drawn(pixels: Any, low: float = 0.0, high: float = 1.0) -> Image.Image:
    found, shape = pictures.levels(pixels, low, high)
    data = found if isinstance(found, bytes) else as_bytes(found)
    rows, width, height = pictures.grid(data, shape)
    image = Image.open(io.BytesIO(pictures.png(rows, width, height, shape[-1])))
    image.load()
    assert image.size == (width, height)
    return image


def test_a_grey_picture_keeps_its_levels() -> None:
    levels = torch.arange(256, dtype=torch.uint8).reshape(8, 32)
    for pixels in (levels, levels.tolist(), levels[..., None], levels.mT.contiguous().mT):
        image = drawn(pixels)
        assert image.mode == "L" and image.tobytes() == bytes(range(256))


def test_a_colour_picture_keeps_its_channels() -> None:
    pixels = [[[1.0, 0.0, 0.0], [0.0, 0.5, 0.0]]]
    for given in (pixels, torch.tensor(pixels)):
        image = drawn(given)
        assert image.mode == "RGB" and image.tobytes() == bytes([255, 0, 0, 0, 128, 0])


def test_channels_may_come_first_in_a_batch() -> None:
    batch = torch.rand(4, 3, 5, 7)
    assert drawn(batch).tobytes() == drawn(batch.permute(0, 2, 3, 1)).tobytes()


@pytest.mark.parametrize("as_list", [False, True])
def test_a_range_is_stretched_cut_off_and_nan_is_black(as_list: bool) -> None:
    pixels = torch.tensor([[-1.0, 0.0, 1.0, 5.0, -math.inf, math.inf, math.nan]])
    image = drawn(pixels.tolist() if as_list else pixels, low=-1.0)
    assert list(image.tobytes()) == [0, 128, 255, 255, 0, 255, 0]


def test_bool_is_black_and_white() -> None:
    assert list(drawn(torch.tensor([[True, False]])).tobytes()) == [255, 0]
    assert list(drawn([[True, False]]).tobytes()) == [255, 0]


def test_a_batch_is_a_grid_with_lines_between() -> None:
    image = drawn(torch.ones(5, 2, 2))
    assert image.size == (8, 5), "three beside each other, two rows of them, a pixel between"
    assert image.getpixel((0, 0)) == 255 and image.getpixel((2, 0)) == 128
    assert image.getpixel((7, 4)) == 128, "where no picture is left the grid stays grey"
    wide = drawn(torch.ones(4, 2, 8))
    assert wide.size == (8, 11), "wide pictures lie below each other"


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (torch.zeros(4), "not 4"),
        (0.5, "a single number"),
        ([[1, 2], [3]], "same length"),
        ([["a"]], "a str where a number belongs"),
        ([[256]], "0 to 255"),
        (torch.zeros(0, 3), "no pixels"),
        ([[]], "no pixels"),
        (torch.zeros(2, 3, 4, 5, 6), "2×3×4×5×6"),
        (torch.zeros(2, 5, 4, 7), "2×5×4×7"),
        (torch.zeros(1, dtype=torch.uint8).expand(5000, 5000), "too large"),
        (torch.zeros(2, 2, dtype=torch.int64), "not int64"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(pixels: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        pictures.levels(pixels, 0.0, 1.0)


def test_a_range_that_is_none() -> None:
    with pytest.raises(ValueError, match="lower to a higher"):
        pictures.levels([[0.0]], 1.0, 1.0)


def test_file_names_are_safe_sort_by_step_and_stay_apart() -> None:
    names = ["sample", "../../etc/passwd", "a/b", "a b", "", "ü", "x" * 500, "\x1b[31m", "con.png"]
    files = [pictures.file_name(7, name) for name in names]
    assert files[0] == "00000007-sample.png" and len(set(files)) == len(names)
    for file in files:
        assert file.isascii() and len(file) < 100 and "/" not in file and ".." not in file and Path(file).name == file
    assert pictures.file_name(9, "s") < pictures.file_name(10, "s")
