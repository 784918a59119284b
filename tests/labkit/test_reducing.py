"""Histograms and heat maps of tensors and of lists, which must agree."""

import math

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from cs229tui.labkit import reducing


class NoReading(TorchDispatchMode):
    """Fails where an operation makes the host wait for the device."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        assert "_local_scalar_dense" not in str(func) and "nonzero" not in str(func) and "item" not in str(func), func
        return func(*args, **(kwargs or {}))


def both(values: list[float], bins: int) -> list[tuple[list[int], tuple[float, float]]]:
    with NoReading():
        counts, ends = reducing.counted(torch.tensor(values), bins)
    listed, (low, high) = reducing.counted(values, bins)
    return [(counts.tolist(), tuple(ends.tolist())), (listed, (low, high))]


def test_counts_are_those_of_the_bins() -> None:
    for counts, ends in both([0.0, 0.4, 0.6, 1.0, 2.0, 4.0], 4):
        assert ends == (0.0, 4.0) and counts == [3, 1, 1, 1]


def test_what_is_not_finite_is_left_out() -> None:
    for counts, ends in both([math.nan, math.inf, -math.inf, 1.0, 3.0], 2):
        assert ends == (1.0, 3.0) and counts == [1, 1]
    for counts, ends in both([math.nan, math.inf], 3):
        assert ends == (0.0, 1.0) and counts == [0, 0, 0]
    for counts, _ in both([], 3):
        assert counts == [0, 0, 0]


@pytest.mark.parametrize("value", [0.0, 1.0, -2.5e10, 9e37, 1e-30])
def test_values_that_are_all_the_same(value: float) -> None:
    for counts, (low, high) in both([value] * 5, 4):
        assert low < value < high and sum(counts) == 5


def test_random_values_agree_with_a_count_in_python() -> None:
    values = torch.randn(1000, generator=torch.Generator().manual_seed(1)).tolist()
    (counts, ends), (listed, _) = both(values, 40)
    assert sum(counts) == 1000 and sum(abs(a - b) for a, b in zip(counts, listed, strict=True)) <= 4
    assert ends == (min(values), max(values))


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.int64, torch.bool, torch.float64])
def test_tensors_of_any_real_kind_and_shape(kind: torch.dtype) -> None:
    counts, _ = reducing.counted(torch.ones(2, 3, 4).to(kind), 3)
    assert sum(counts.tolist()) == 24


def test_what_has_no_histogram() -> None:
    with pytest.raises(ValueError, match="complex"):
        reducing.counted(torch.zeros(3, dtype=torch.complex64), 3)
    with pytest.raises(ValueError, match="1 to 1000 bins"):
        reducing.counted([1.0], 0)


def test_a_small_matrix_stays_as_it_is() -> None:
    matrix = torch.tensor([[1.0, math.nan], [2.0, math.inf]])
    with NoReading():
        cells, rows, columns = reducing.averaged(matrix)
    assert (rows, columns) == (2, 2)
    assert reducing.rounded(cells.tolist()) == [[1.0, None], [2.0, None]]
    assert reducing.averaged(matrix.tolist())[0][1][0] == 2.0


@pytest.mark.parametrize("shape", [(300, 5), (5, 300), (129, 257)])
def test_a_large_matrix_is_averaged_down(shape: tuple[int, int]) -> None:
    matrix = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    matrix[0, 0], matrix[:4, -1] = math.nan, math.inf
    with NoReading():
        cells, rows, columns = reducing.averaged(matrix)
    listed, *_ = reducing.averaged(matrix.tolist())
    assert (rows, columns) == shape
    assert len(listed) == min(rows, 128) and len(listed[0]) == min(columns, 128)
    for row, expected in zip(cells.tolist(), listed, strict=True):
        assert row == pytest.approx(expected, rel=1e-5, nan_ok=True)


def test_labels_follow_the_cells() -> None:
    labels = reducing.labels([str(number) for number in range(256)], 256)
    assert len(labels) == 128 and labels[:3] == ["0", "2", "4"]
    assert reducing.labels((), 256) == [] and reducing.labels(("a",), 3) == ["a", "", ""]


@pytest.mark.parametrize("matrix", [[1.0, 2.0], [[]], 3.0, [[[1.0]]]])
def test_what_is_no_matrix(matrix: object) -> None:
    with pytest.raises(ValueError, match="rows × columns"):
        reducing.averaged(matrix)
    with pytest.raises(ValueError, match="rows × columns"):
        reducing.averaged(torch.tensor(matrix))
