"""Images of a run as the screen shows them."""

import torch
from torch import Tensor


def picture(x: Tensor, size: int) -> Tensor:
    """Rows of pixels (B, size · size) in [-1, 1] as images in [0, 1]."""
    return ((x.float() + 1) / 2).clamp(0, 1).view(-1, size, size)


def strip(x: Tensor, size: int) -> Tensor:
    """Images (rows, columns, size · size) beside and below each other, with a line of grey between them."""
    rows, columns = x.shape[:2]
    framed = torch.nn.functional.pad(picture(x.flatten(0, 1), size), (0, 1, 0, 1), value=0.5)
    return framed.view(rows, columns, size + 1, size + 1).transpose(1, 2).reshape(rows * (size + 1), -1)
