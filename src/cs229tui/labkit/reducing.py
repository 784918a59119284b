"""Large tensors made small enough to look at: a histogram's counts, a heat map of at most 128 × 128 cells.

A tensor is reduced on its own device, and nothing here waits for the device; lists and arrays are reduced in Python.
"""

import math
from collections.abc import Sequence
from typing import Any

from cs229tui.labkit.pictures import flat

MOST_CELLS = 128  # rows and columns of a heat map
MOST_BINS = 1000
_HUGE = 1e38  # the span of a histogram still has to be a float32


def counted(values: Any, bins: int) -> tuple[Any, Any]:
    """How many of the finite values lie in each of `bins` equal parts of their range, and (low, high) of the range.

    Tensors give tensors: counts (bins), range (2). NaN, infinities and what is beyond ±1e38 are left out; where nothing
    else is there, the range is 0 to 1 and the counts are 0. Values that are all the same get some room on both sides.
    """
    if not 1 <= bins <= MOST_BINS:
        raise ValueError(f"a histogram has 1 to {MOST_BINS} bins, not {bins}")
    if hasattr(values, "detach"):
        return _tensor_counted(values.detach(), bins)
    numbers = [number for number in map(float, flat(values)[0]) if abs(number) < _HUGE]
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    if low == high:
        room = max(0.5, abs(low) / 1000)
        low, high = low - room, high + room
    counts = [0] * bins
    for number in numbers:
        counts[min(int((number - low) / (high - low) * bins), bins - 1)] += 1
    return counts, (low, high)


def _tensor_counted(values: Any, bins: int) -> tuple[Any, Any]:
    import torch

    if values.is_complex():
        raise ValueError("a histogram is of real numbers, not of complex ones")
    x = values.reshape(-1).float()
    if not x.numel():
        return torch.zeros(bins, dtype=torch.long), torch.tensor([0.0, 1.0])
    finite = x.abs() < _HUGE
    low = torch.where(finite, x, math.inf).amin()
    high = torch.where(finite, x, -math.inf).amax()
    nothing, room = low > high, torch.where(low == high, (low.abs() / 1000).clamp(min=0.5), 0.0)
    low, high = torch.where(nothing, 0.0, low - room), torch.where(nothing, 1.0, high + room)
    # Adding to a bin for each value would be atomic additions in any order, and a count by bincount asks the device
    # for its size; sorted values are counted by looking up the edges. What is not finite is sorted behind them all.
    edges = low + (high - low) * torch.arange(1, bins, device=x.device) / bins
    ordered = torch.where(finite, x, math.inf).sort().values
    below = torch.searchsorted(ordered, edges)
    none = torch.zeros_like(finite[:1], dtype=below.dtype)
    counts = torch.cat([none, below, finite.sum().reshape(1)]).diff()
    return counts, torch.stack([low, high])


def averaged(matrix: Any) -> tuple[Any, int, int]:
    """The matrix with cells averaged until it is at most 128 × 128, and its size before: rows and columns.

    NaN and infinities are left out of the averages; a cell of nothing else is NaN. A tensor gives a tensor.
    """
    if hasattr(matrix, "detach"):
        matrix = matrix.detach()
        rows, columns = _size(tuple(matrix.shape))
        return _tensor_averaged(matrix, min(rows, MOST_CELLS), min(columns, MOST_CELLS)), rows, columns
    numbers, shape = flat(matrix)
    rows, columns = _size(shape)
    down, across = parts(rows), parts(columns)
    if (len(down), len(across)) == (rows, columns):
        return [numbers[row * columns : (row + 1) * columns] for row in range(rows)], rows, columns
    cells = [
        [_mean(numbers[r * columns + c] for r in down_part for c in part) for part in across] for down_part in down
    ]
    return cells, rows, columns


def parts(size: int) -> list[range]:
    """`size` places cut into at most 128 neighbourhoods, as even as they can be; they may share a place."""
    cells = min(size, MOST_CELLS)
    return [range(cell * size // cells, -(-(cell + 1) * size // cells)) for cell in range(cells)]


def labels(given: Sequence[object], size: int) -> list[str]:
    """The labels of the cells that `averaged` makes of `size` rows or columns: of each, its first one's."""
    return [str(given[part[0]]) if part[0] < len(given) else "" for part in parts(size)] if given else []


def rounded(cells: list[list[float]]) -> list[list[float | None]]:
    """The cells with six significant digits, which no colour shows more of; None for what is not finite."""
    return [[float(f"{cell:.6g}") if math.isfinite(cell) else None for cell in row] for row in cells]


def _size(shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) != 2 or 0 in shape:
        shown = "×".join(str(size) for size in shape) or "a single number"
        raise ValueError(f"a heat map is of a matrix (rows × columns), not of {shown}")
    return shape[0], shape[1]


def _mean(numbers: Any) -> float:
    kept = [number for number in map(float, numbers) if math.isfinite(number)]
    return sum(kept) / len(kept) if kept else math.nan


def _tensor_averaged(matrix: Any, rows: int, columns: int) -> Any:
    import torch
    from torch.nn.functional import adaptive_avg_pool2d

    x = matrix.float()[None]
    if tuple(matrix.shape) == (rows, columns):
        return x[0].clone()
    finite = x.isfinite()
    kept = adaptive_avg_pool2d(torch.where(finite, x, 0.0), (rows, columns))
    share = adaptive_avg_pool2d(finite.float(), (rows, columns))
    return (kept / share)[0]  # 0 / 0, where nothing is finite, is NaN
