"""Pictures that a lab logs, as PNG files: one picture, or a batch of them as a grid, written with nothing but zlib.

Shapes: N pictures, H rows, W columns; grey H×W, N×H×W and N×H×W×1; colour H×W×3, N×H×W×3 and N×3×H×W (tensors only).
"""

import math
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_GAP = 1  # pixels between the pictures of a grid
_GAP_LEVEL = 128  # their grey
_MOST_PIXELS = 16_000_000  # in a picture or grid

Shape = tuple[int, ...]


def levels(pixels: Any, low: float, high: float) -> tuple[Any, Shape]:
    """The pixels as 0 … 255 and their shape (N, H, W, channels): a uint8 tensor, still on its device, or bytes.

    uint8 (or whole numbers from 0 to 255 in a list) are levels already; other numbers go from `low` (black) to `high`,
    what lies outside is cut off, and NaN is black. Raises ValueError for what is no picture.
    """
    if not low < high:
        raise ValueError(f"the range of a picture goes from a lower to a higher number, not from {low} to {high}")
    if hasattr(pixels, "detach"):
        pixels = pixels.detach()
        if pixels.ndim == 4 and pixels.shape[-1] not in (1, 3) and pixels.shape[1] in (1, 3):
            pixels = pixels.movedim(1, -1)
        shape = _shape(tuple(pixels.shape))
        return _tensor_levels(pixels, low, high).reshape(shape).contiguous(), shape
    numbers, shape = flat(pixels)
    shape = _shape(shape)
    if all(type(value) is int for value in numbers):
        if numbers and not 0 <= min(numbers) <= max(numbers) <= 255:
            raise ValueError("whole numbers in a picture go from 0 to 255; give floats for another range")
        return bytes(numbers), shape
    scale = 255 / (high - low)
    return bytes(0 if value != value else round(min(max((value - low) * scale, 0), 255)) for value in numbers), shape


def _tensor_levels(pixels: Any, low: float, high: float) -> Any:
    import torch

    if pixels.dtype == torch.uint8:
        return pixels
    if pixels.dtype == torch.bool:
        return pixels.to(torch.uint8) * 255
    if not pixels.is_floating_point():
        raise ValueError(f"pixels are uint8 or floats, not {str(pixels.dtype).removeprefix('torch.')}")
    scaled = (pixels.float() - low) * (255 / (high - low))
    return scaled.nan_to_num(0.0).clamp(0, 255).round().to(torch.uint8)


def _shape(shape: Shape) -> Shape:
    """The shape (N, H, W, channels) that is meant by `shape`."""
    made: Shape | None = None
    if len(shape) == 2:
        made = (1, *shape, 1)
    elif len(shape) == 3:
        made = (1, *shape) if shape[-1] in (1, 3) else (*shape, 1)
    elif len(shape) == 4 and shape[-1] in (1, 3):
        made = shape
    shown = "×".join(str(size) for size in shape) or "a single number"
    if made is None:
        raise ValueError(f"a picture is H×W, H×W×3 or a batch N×H×W or N×H×W×3 of them, not {shown}")
    if 0 in made:
        raise ValueError(f"a picture of {shown} has no pixels")
    if math.prod(made[:3]) > _MOST_PIXELS:
        raise ValueError(f"a picture of {shown} is too large; at most {_MOST_PIXELS:,} pixels fit, so give fewer")
    return made


def flat(nested: Any) -> tuple[list[Any], Shape]:
    """The numbers in nested lists (or what has a `tolist`, such as an array) one after the other, and the shape."""
    level: list[Any] = [nested.tolist() if hasattr(nested, "tolist") else nested]
    shape: list[int] = []
    while level and isinstance(level[0], Sequence) and not isinstance(level[0], str):
        sizes = {len(item) if isinstance(item, Sequence) else -1 for item in level}
        if len(sizes) > 1:
            raise ValueError("the rows are not all of the same length")
        shape.append(sizes.pop())
        level = [value for item in level for value in item]
    for value in level:
        if not hasattr(value, "__float__"):
            raise ValueError(f"there is a {type(value).__name__} where a number belongs")
    return level, tuple(shape)


def as_bytes(tensor: Any) -> bytes:
    """The bytes of a uint8 tensor on the host, row by row."""
    import torch

    made = bytearray(tensor.numel())
    torch.frombuffer(made, dtype=torch.uint8).copy_(tensor.reshape(-1))
    return bytes(made)


def grid(data: bytes, shape: Shape) -> tuple[list[bytes], int, int]:
    """The rows of pixels of all N pictures side by side in a near square, and its width and height in pixels."""
    count, height, width, channels = shape
    columns = min(count, max(1, math.ceil(math.sqrt(count * height / width))))
    line = width * channels
    gap = bytes([_GAP_LEVEL]) * (_GAP * channels)
    across = columns * (width + _GAP) - _GAP
    rows: list[bytes] = []
    for first in range(0, count, columns):
        if first:
            rows += [bytes([_GAP_LEVEL]) * (across * channels)] * _GAP
        beside = range(first, min(first + columns, count))
        missing = [bytes([_GAP_LEVEL]) * line] * (columns - len(beside))
        for y in range(height):
            starts = ((picture * height + y) * line for picture in beside)
            rows.append(gap.join([data[start : start + line] for start in starts] + missing))
    return rows, across, len(rows)


def png(rows: Iterable[bytes], width: int, height: int, channels: int) -> bytes:
    """A PNG file of 8 bits a channel (1: grey, 3: red, green, blue) from its rows (PNG specification, ISO 15948)."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 6)  # filter 0: the row as it is
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunks((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")))


def _chunks(*chunks: tuple[bytes, bytes]) -> Iterator[bytes]:
    for kind, data in chunks:
        yield struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def file_name(step: int, name: str) -> str:
    """A file name for the picture `name` of `step` that sorts by step and is safe whatever the name holds."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:60]
    if plain != name:  # two names that look alike when cleaned stay two files
        plain = f"{plain or 'picture'}-{zlib.crc32(name.encode('utf-8', 'replace')):08x}"
    return f"{step:08d}-{plain}.png"
