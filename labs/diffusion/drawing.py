"""Images of a run as the screen shows them."""

import torch
from torch import Tensor


def picture(x: Tensor, size: int) -> Tensor:
    """Rows of pixels (B, size · size) in [-1, 1] as images in [0, 1]."""
    return ((x.float() + 1) / 2).clamp(0, 1).view(-1, size, size)


def strip(x: Tensor, size: int) -> Tensor:
    """Grey images (rows, columns, size · size) beside and below each other, with a line of grey between them."""
    return sheet(x.reshape(*x.shape[:2], 1, size, size))


def sheet(x: Tensor) -> Tensor:
    """Images (rows, columns, C, H, W) in [-1, 1] beside and below each other: H'×W', or H'×W'×3 in colour."""
    rows, columns, C, H, W = x.shape
    shown = ((x.float() + 1) / 2).clamp(0, 1)
    framed = torch.nn.functional.pad(shown, (0, 1, 0, 1), value=0.5)
    whole = framed.permute(0, 3, 1, 4, 2).reshape(rows * (H + 1), columns * (W + 1), C)
    return whole[..., 0] if C == 1 else whole[..., :3]
