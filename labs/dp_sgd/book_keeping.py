"""Algorithm 1, "compute gradient" and "clip gradient", without a tensor of one gradient for each example.

A layer y = W x that looks at T positions has the gradient G = Σ_t g_t x_tᵀ for an example, g being the gradient of its
loss at y. Forward and backward give x and g for many examples; the norms of their G follow, and once the factors
c = min(1, C / norm) are known, so does the clipped sum: one product a layer, and no second backward pass. (The norm is
Goodfellow's, 2015; using the same x and g again is the book-keeping of Bu et al., 2023.)

Shapes: B examples, T positions that a layer looks at, d numbers in and p numbers out at each.
"""

from collections.abc import Callable, Iterator
from typing import cast

from cs229tui.errors import UsageError

# isort: split
import torch
import torch.nn.functional as F
from torch import Tensor, nn

PART = {"cpu": 128, "cuda": 4096}  # examples at a time: on a CPU, what they leave behind then stays in its cache
SMALL = 2**14  # a G of no more numbers is kept for the examples of a part, which saves computing it again

Loss = Callable[[Tensor, Tensor], Tensor]  # of outputs and y, a sum over the examples
Pass = tuple[nn.Module, Tensor, Tensor]  # a layer, what went in, and the gradient of what came out
Share = tuple[nn.Parameter, Tensor, Callable[[Tensor], Tensor]]  # a parameter, its ‖G‖² (B,), c (B,) -> Σ_b c_b G_b


def summed_loss(outputs: Tensor, y: Tensor) -> Tensor:
    """Σ_b -log p(y_b)."""
    return F.cross_entropy(outputs, y, reduction="sum")


def clipped_sum(
    model: nn.Module, x: Tensor, y: Tensor, C: float, loss: Loss = summed_loss, part: int | None = None
) -> Tensor:
    """Put Σ_b G_b min(1, C / ‖G_b‖) into the gradients of all that is not frozen, and return the ‖G_b‖ (B,).

    The examples are looked at `part` at a time. Raises TypeError for a model whose examples have no gradients of their
    own, or none that a rule here gives, and UsageError for a gradient that is not finite.
    """
    refuse_what_has_no_rule(model)
    for W in model.parameters():
        W.grad = torch.zeros_like(W) if W.requires_grad else None
    norms = []
    part = part or PART.get(x.device.type, max(1, len(x)))
    for some in (slice(at, at + part) for at in range(0, len(x), part)):
        shares = [share for layer in passes(model, x[some], y[some], loss) for share in shares_of(*layer)]
        norms.append(torch.stack([squared for _, squared, _ in shares]).sum(0).sqrt())
        c = (C / norms[-1]).clamp(max=1)
        for W, _, weighted_sum in shares:
            cast(Tensor, W.grad).add_(weighted_sum(c).view_as(W))
    each = torch.cat(norms) if norms else torch.zeros(0, device=x.device)
    if not each.isfinite().all():
        raise UsageError(
            "The gradient of an example is not finite, so that no clipping can bound it.",
            "Look for NaN or infinity among the examples, or take a smaller learning rate.",
        )
    return each


def refuse_what_has_no_rule(model: nn.Module) -> None:
    for layer in model.modules():
        own = {name for name, W in layer.named_parameters(recurse=False) if W.requires_grad}
        ruled = own <= {"weight", "bias"} and (
            isinstance(layer, nn.Linear | nn.LayerNorm)
            or (isinstance(layer, nn.Conv2d) and layer.groups == 1)
            or (isinstance(layer, nn.Embedding) and not layer.scale_grad_by_freq and not layer.sparse)
        )
        # What is normalised over a lot makes each example's loss depend on the others.
        if (own and not ruled) or isinstance(layer, nn.modules.batchnorm._BatchNorm):
            raise TypeError(f"there is no rule for the gradients of {layer}")


def passes(model: nn.Module, x: Tensor, y: Tensor, loss: Loss) -> list[Pass]:
    """Each layer that is not frozen, with what went in and the gradient of what came out."""
    tape: list[tuple[nn.Module, Tensor, Tensor, int]] = []

    def note(layer: nn.Module, x: tuple[Tensor], y: Tensor) -> None:
        tape.append((layer, x[0].detach(), y, x[0]._version + y._version))

    layers = [layer for layer in model.modules() if any(W.requires_grad for W in layer.parameters(recurse=False))]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    try:
        total = loss(model(x), y)
    finally:
        for hook in hooks:
            hook.remove()
    weights = [id(W) for layer, *_ in tape for W in layer.parameters(recurse=False)]
    if len(set(weights)) < len(weights):
        raise TypeError("a layer is passed twice: the norm of its gradient does not follow from those of the passes")
    for layer, into, out, version in tape:
        if not len(into) == len(out) == len(x):
            raise TypeError(f"the first dimension of what {layer} sees is not that of the examples")
        if into._version + out._version != version:
            raise TypeError(f"what {layer} was given or gave was changed in place, and its gradient is lost")
    # Of what came out alone: the parameters' own gradients, sums over all examples, are never made.
    gradients = torch.autograd.grad(total, [out for _, _, out, _ in tape])
    return [(layer, into, g) for (layer, into, _, _), g in zip(tape, gradients, strict=True)]


def shares_of(layer: nn.Module, x: Tensor, g: Tensor) -> Iterator[Share]:
    """The shares of a layer's parameters, from what went in and the gradient of what came out."""
    B = len(x)
    if isinstance(layer, nn.Embedding):
        yield lookup(layer, x.reshape(B, -1), g.reshape(B, -1, g.size(-1)))
        return
    weight, bias = cast(tuple[nn.Parameter, nn.Parameter | None], (layer.weight, layer.bias))
    if isinstance(layer, nn.LayerNorm):
        x = F.layer_norm(x, layer.normalized_shape, eps=layer.eps)
        x, g = ((g * factor).reshape(B, -1, weight.numel()).sum(1) for factor in (x, 1))
        if weight.requires_grad:
            yield kept(weight, x)
    else:
        if isinstance(layer, nn.Conv2d):
            x, g = patches(layer, x), g.flatten(2).mT
        else:
            x, g = x.reshape(B, -1, x.size(-1)), g.reshape(B, -1, g.size(-1))
        if weight.requires_grad:
            W, squared, weighted_sum = product(weight, x, g)
            yield W, squared, lambda c: in_order(W, weighted_sum(c))
        g = g.sum(1)
    if bias is not None and bias.requires_grad:
        yield kept(bias, g)


def in_order(W: Tensor, G: Tensor) -> Tensor:
    """A gradient (p, d) with the dimensions of W, which for kernels are channels, rows and columns."""
    return G.view(W.movedim(1, -1).shape).movedim(-1, 1)


def kept(W: nn.Parameter, G: Tensor) -> Share:
    """The share of a parameter whose gradients (B, …) are few numbers."""
    G = G.flatten(1)
    return W, torch.linalg.vector_norm(G, dim=1).square(), lambda c: c @ G


def product(W: nn.Parameter, x: Tensor, g: Tensor) -> Share:
    """The share of a matrix or of kernels, from x (B, T, d) and g (B, T, p)."""
    T, d, p = x.size(1), x.size(2), g.size(2)
    if T > 1 and p * d <= SMALL:
        return kept(W, g.mT @ x)
    if T * (d + p) > p * d:  # noqa: SIM108
        squared = (g.mT @ x).square().sum((1, 2))
    else:  # ‖Σ_t g_t x_tᵀ‖² = Σ_ts (x_t · x_s)(g_t · g_s)
        squared = (x @ x.mT).mul_(g @ g.mT).sum((1, 2))
    return W, squared, lambda c: (c[:, None, None] * g).flatten(0, 1).T @ x.flatten(0, 1)


def patches(layer: nn.Conv2d, x: Tensor) -> Tensor:
    """What the kernels of a convolution see at each position (B, T, d): rows and columns of a kernel, then channels."""
    mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
    x = F.pad(x, layer._reversed_padding_repeated_twice, mode).permute(0, 2, 3, 1).contiguous()
    (B, H, W, C), (b, h, w, one) = x.shape, x.stride()
    size, every, apart = layer.kernel_size, layer.stride, layer.dilation
    rows, columns = ((n - apart[i] * (size[i] - 1) - 1) // every[i] + 1 for i, n in enumerate((H, W)))
    strides = (b, every[0] * h, every[1] * w, apart[0] * h, apart[1] * w, one)  # whole rows are copied at once
    return x.as_strided((B, rows, columns, *size, C), strides).reshape(B, rows * columns, -1)


def lookup(layer: nn.Embedding, x: Tensor, g: Tensor) -> Share:
    """The share of a table, from the rows that were looked up (B, T) and g (B, T, p)."""
    if layer.padding_idx is not None:
        g = g * (x != layer.padding_idx)[:, :, None]
    # Two positions meet where their rows are the same.
    squared = ((x[:, :, None] == x[:, None, :]) * (g @ g.mT)).sum((1, 2))
    zeros = torch.zeros_like(layer.weight)
    return (
        cast(nn.Parameter, layer.weight),
        squared,
        lambda c: zeros.index_add(0, x.flatten(), (c[:, None, None] * g).flatten(0, 1)),
    )


def difference_from_vmap(model: nn.Module, x: Tensor, y: Tensor, C: float) -> float:
    """How far the clipped sum is from that of one gradient for each example, as a share of its norm."""

    def loss(weights: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(torch.func.functional_call(model, weights, (x[None],)), y[None])

    weights = {name: W.detach() for name, W in model.named_parameters() if W.requires_grad}
    each = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(weights, x, y).values()
    norms = torch.stack([G.flatten(1).square().sum(1) for G in each]).sum(0).sqrt()
    wanted = torch.cat([torch.einsum("b,b...->...", (C / norms).clamp(max=1), G).flatten() for G in each])
    clipped_sum(model, x, y, C)
    found = torch.cat([W.grad.flatten() for W in model.parameters() if W.grad is not None])
    return float((found - wanted).norm() / wanted.norm())
