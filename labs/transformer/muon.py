"""Muon (Jordan 2024) for the matrices inside the layers, and Adam for the rest."""

from typing import Any, cast

from cs229tui.labkit import distributed

# isort: split
import torch
from torch import Tensor

from transformer import Transformer

BETA_1, BETA_2 = 0.9, 0.95  # of Adam; the paper has 0.98 for the second


def orthogonalised(G: Tensor) -> Tensor:
    """The matrices in G (k, rows, columns) with all singular values near 1 (Newton–Schulz; Jordan 2024)."""
    if G.size(-2) > G.size(-1):
        return orthogonalised(G.mT).mT  # the products below are cheaper for a matrix that lies down
    X = G.bfloat16() if G.is_cuda else G
    X = X / (X.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        A = X @ X.mT  # X ← 3.4445 X + (-4.7750 A + 2.0315 A²) X
        X = torch.baddbmm(X, torch.baddbmm(A, A, A, beta=-4.7750, alpha=2.0315), X, beta=3.4445)
    return X.to(G.dtype)


class Optimiser:
    """Muon for the matrices inside the layers and Adam (section 5.3) for the rest, or Adam for all."""

    def __init__(self, model: Transformer, lr: float, muon_lr: float) -> None:
        inner: list[Tensor] = list(model.layers.parameters()) if muon_lr > 0 else []
        outer: list[Tensor] = [model.embedding.weight, model.unembedding.weight]
        self.rest: list[Tensor] = outer if inner else list(model.parameters())
        self.lr, self.muon_lr, self.t = lr, muon_lr, 0
        self.m, self.v = ([torch.zeros_like(p) for p in self.rest] for _ in range(2))
        # Matrices of one shape are orthogonalised together.
        self.groups = [[p for p in inner if p.shape == shape] for shape in dict.fromkeys(p.shape for p in inner)]
        self.momenta = [torch.zeros(len(group), *group[0].shape, device=group[0].device) for group in self.groups]

    @torch.no_grad()
    def step(self, fraction: float) -> None:
        """One step at `fraction` of the learning rates; forgets the gradients."""
        for group, momentum in zip(self.groups, self.momenta, strict=True):
            # Where a model is shared out over GPUs, a matrix must be whole to be orthogonalised.
            G = torch.stack([distributed.whole(p.grad) for p in group])
            momentum.lerp_(G, 0.05)
            rate = self.muon_lr * fraction * max(1.0, G.size(-2) / G.size(-1)) ** 0.5
            updates = zip(orthogonalised(G.lerp(momentum, 0.95)), group, strict=True)
            torch._foreach_add_(group, [distributed.part(update, like=p) for update, p in updates], alpha=-rate)
        # Adam: m and v are running means of g and g², and as both began at 0 they are divided by how full they are.
        self.t += 1
        g = [cast(Tensor, p.grad) for p in self.rest]
        torch._foreach_lerp_(self.m, g, 1 - BETA_1)
        torch._foreach_mul_(self.v, BETA_2)
        torch._foreach_addcmul_(self.v, g, g, 1 - BETA_2)
        scale = torch._foreach_sqrt(self.v)
        torch._foreach_div_(scale, (1 - BETA_2**self.t) ** 0.5)
        torch._foreach_add_(scale, 1e-8)
        torch._foreach_addcdiv_(self.rest, self.m, scale, -self.lr * fraction / (1 - BETA_1**self.t))
        for p in [*self.rest, *(p for group in self.groups for p in group)]:
            p.grad = None

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"t": self.t, "m": self.m, "v": self.v, "momenta": self.momenta}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.t = state["t"]
        for name in ("m", "v", "momenta"):
            for tensor, kept in zip(getattr(self, name), state[name], strict=True):
                tensor.copy_(kept)
