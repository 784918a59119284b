"""Algorithm 1, "compute gradient" and "clip gradient", without one gradient for each example.

A layer y = W x that looks at T positions has the gradient G = Σ_t g_t x_tᵀ for an example, g being the gradient of its
loss at y. Forward and backward give x and g for the whole lot; the norms of the G follow from them, and once the
factors min(1, C / norm) are known, so does the clipped sum: one product a layer, and no second backward pass. (The norm
is Goodfellow's, 2015; using the same x and g again is the book-keeping of Bu et al., 2023.)

Shapes: B examples in a lot, T positions that a layer looks at, d numbers in and p numbers out at each.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@contextmanager
def recorded(model: nn.Module) -> Iterator[list[tuple[nn.Module, Tensor, Tensor]]]:
    """Each layer with parameters as it is passed, with what went in and what came out."""
    tape: list[tuple[nn.Module, Tensor, Tensor]] = []
    layers = [layer for layer in model.modules() if next(layer.parameters(recurse=False), None) is not None]
    hooks = [
        layer.register_forward_hook(lambda layer, x, y: tape.append((layer, x[0].detach(), y))) for layer in layers
    ]
    try:
        yield tape
    finally:
        for hook in hooks:
            hook.remove()


def factors(layer: nn.Module, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    """x (B, T, d) and g (B, T, p) with Σ_t g_t x_tᵀ the gradient of the layer's weight."""
    if isinstance(layer, nn.Conv2d) and layer.groups == 1 and layer.padding_mode == "zeros":
        x = F.unfold(x, layer.kernel_size, layer.dilation, cast(tuple[int, int], layer.padding), layer.stride)
        return x.mT, g.flatten(2).mT
    if isinstance(layer, nn.Linear):
        return x.view(len(x), -1, x.size(-1)), g.view(len(g), -1, g.size(-1))
    raise TypeError(f"there is no rule for the gradients of {type(layer).__name__}")


def squared_norms(layer: nn.Module, x: Tensor, g: Tensor) -> Tensor:
    """‖G‖² of each example (B,), over all the layer's parameters."""
    if isinstance(layer, nn.Embedding):  # the rows of two positions meet where their indices are the same
        x, g = x.view(len(x), -1), g.view(len(g), -1, g.size(-1))
        return ((x[:, :, None] == x[:, None, :]) * (g @ g.mT)).sum((1, 2))
    if isinstance(layer, nn.LayerNorm):
        return torch.stack([part.flatten(1).square().sum(1) for part in _scale_and_shift(layer, x, g)]).sum(0)
    x, g = factors(layer, x, g)
    layer = cast(nn.Linear, layer)  # or a convolution: both have a weight and maybe a bias
    if 2 * x.size(1) ** 2 <= x.size(2) * g.size(2):  # ‖Σ_t g_t x_tᵀ‖² = Σ_ts (x_t · x_s)(g_t · g_s)
        norms = ((x @ x.mT) * (g @ g.mT)).sum((1, 2))
    else:  # a small kernel at many positions: its own few numbers an example are fewer than T²
        norms = (g.mT @ x).square().sum((1, 2))
    return norms if layer.bias is None else norms + g.sum(1).square().sum(1)


def weighted_sum(layer: nn.Module, x: Tensor, g: Tensor, c: Tensor) -> None:
    """Put Σ_b c_b G_b into the gradients of the layer's parameters."""
    if isinstance(layer, nn.Embedding):
        rows = (c.view(-1, *[1] * (g.ndim - 1)) * g).reshape(-1, g.size(-1))
        layer.weight.grad = torch.zeros_like(layer.weight).index_add_(0, x.flatten(), rows)
        return
    if isinstance(layer, nn.LayerNorm):
        for W, part in zip((layer.weight, layer.bias), _scale_and_shift(layer, x, g), strict=True):
            W.grad = torch.einsum("b,b...->...", c, part)
        return
    x, g = factors(layer, x, g)
    layer = cast(nn.Linear, layer)
    g = c[:, None, None] * g
    layer.weight.grad = (g.flatten(0, 1).T @ x.flatten(0, 1)).view_as(layer.weight)
    if layer.bias is not None:
        layer.bias.grad = g.sum((0, 1))


def _scale_and_shift(layer: nn.LayerNorm, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    shape = (len(x), -1, *layer.normalized_shape)
    x = F.layer_norm(x, layer.normalized_shape, eps=layer.eps)
    return (g * x).reshape(shape).sum(1), g.reshape(shape).sum(1)


def summed_loss(outputs: Tensor, y: Tensor) -> Tensor:
    """Σ_b -log p(y_b)."""
    return F.cross_entropy(outputs, y, reduction="sum")


def clipped_sum(
    model: nn.Module, x: Tensor, y: Tensor, C: float, loss: Callable[[Tensor, Tensor], Tensor] = summed_loss
) -> Tensor:
    """Put Σ_b G_b min(1, C / ‖G_b‖) into the gradients, and return the ‖G_b‖ (B,)."""
    with recorded(model) as tape:
        losses = loss(model(x), y)
    layers, inputs, outputs = zip(*tape, strict=True)
    if len(set(map(id, layers))) < len(layers):
        raise TypeError("a layer is passed twice: its gradient is not the sum of two parts' norms")
    gradients = torch.autograd.grad(losses, outputs)  # of what came out: the parameters' own are never computed
    passed = list(zip(layers, inputs, gradients, strict=True))
    norms = torch.stack([squared_norms(*entry) for entry in passed]).sum(0).sqrt()
    for entry in passed:
        weighted_sum(*entry, (C / norms).clamp(max=1))
    return norms


def difference_from_vmap(model: nn.Module, x: Tensor, y: Tensor, C: float) -> float:
    """How far the clipped sum is from that of one gradient for each example, as a share of its norm."""

    def loss(weights: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(torch.func.functional_call(model, weights, (x[None],)), y[None])

    weights = {name: W.detach() for name, W in model.named_parameters()}
    each = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(weights, x, y).values()
    norms = torch.stack([G.flatten(1).square().sum(1) for G in each]).sum(0).sqrt()
    wanted = torch.cat([torch.einsum("b,b...->...", (C / norms).clamp(max=1), G).flatten() for G in each])
    clipped_sum(model, x, y, C)
    found = torch.cat([W.grad.flatten() for W in model.parameters()])  # type: ignore[union-attr]
    return float((found - wanted).norm() / wanted.norm())
