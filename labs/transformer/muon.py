"""Muon (Jordan 2024) for the matrices inside the layers and Adam for the rest; or AdamW, or SGD, for all."""

from typing import Any, cast

from cs229tui.labkit import distributed

# isort: split
import torch
from torch import Tensor

from transformer import Transformer

BETA_1, BETA_2 = 0.9, 0.95  # of Adam; the paper has 0.98 for the second


def orthogonalised(G: Tensor, bf16: bool = False) -> Tensor:
    """The matrices in G (k, rows, columns) with all singular values near 1 (Newton–Schulz; Jordan 2024).

    The iteration is made for 8 bits of precision: `bf16` has it at twice the speed where there are the instructions.
    """
    if G.size(-2) > G.size(-1):
        return orthogonalised(G.mT, bf16).mT  # the products below are cheaper for a matrix that lies down
    X = G.bfloat16() if bf16 or G.is_cuda else G
    X = X / (X.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        A = X @ X.mT  # X ← 3.4445 X + (-4.7750 A + 2.0315 A²) X
        X = torch.baddbmm(X, torch.baddbmm(A, A, A, beta=-4.7750, alpha=2.0315), X, beta=3.4445)
    return X.to(G.dtype)


class Optimiser:
    """`kind` muon: Muon for the matrices inside the layers and Adam (section 5.3) for the rest; adamw or sgd: for all.

    `decay` draws the matrices towards 0, apart from the gradient (Loshchilov and Hutter 2019).
    """

    def __init__(
        self, model: Transformer, lr: float, muon_lr: float = 0.03, kind: str = "muon", decay: float = 0.0,
        bf16: bool = False,
    ) -> None:  # fmt: skip
        inner: list[Tensor] = [W for W in model.layers.parameters() if kind == "muon"]
        mine = {id(W) for W in inner}
        self.rest: list[Tensor] = [W for W in model.parameters() if id(W) not in mine]
        self.kind, self.lr, self.muon_lr, self.decay, self.bf16, self.t = kind, lr, muon_lr, decay, bf16, 0
        self.m = [torch.zeros_like(W) for W in self.rest]
        self.v = [torch.zeros_like(W) for W in self.rest if kind != "sgd"]
        # Matrices of one shape are orthogonalised together.
        self.groups = [[W for W in inner if W.shape == shape] for shape in dict.fromkeys(W.shape for W in inner)]
        self.momenta = [torch.zeros(len(group), *group[0].shape, device=group[0].device) for group in self.groups]

    @torch.no_grad()
    def step(self, fraction: float) -> None:
        """One step at `fraction` of the learning rates; forgets the gradients."""
        for group, momentum in zip(self.groups, self.momenta, strict=True):
            # Where a model is shared out over GPUs, a matrix must be whole to be orthogonalised.
            G = torch.stack([distributed.whole(W.grad) for W in group])
            momentum.lerp_(G, 0.05)
            rate = self.muon_lr * fraction * max(1.0, G.size(-2) / G.size(-1)) ** 0.5
            updates = zip(orthogonalised(G.lerp(momentum, 0.95), self.bf16), group, strict=True)
            if self.decay:
                torch._foreach_mul_(group, 1 - rate * self.decay)
            torch._foreach_add_(group, [distributed.part(update, like=W) for update, W in updates], alpha=-rate)
        if self.decay:
            torch._foreach_mul_(self.rest, 1 - self.lr * fraction * self.decay)
        g = [cast(Tensor, W.grad) for W in self.rest]
        if self.kind == "sgd":
            torch._foreach_mul_(self.m, BETA_1)
            torch._foreach_add_(self.m, g)
            torch._foreach_add_(self.rest, self.m, alpha=-self.lr * fraction)
        else:
            self.adam(g, self.lr * fraction)
        for W in [*self.rest, *(W for group in self.groups for W in group)]:
            W.grad = None

    def adam(self, g: list[Tensor], rate: float) -> None:
        """m and v are running means of g and g², and as both began at 0 they are divided by how full they are."""
        self.t += 1
        torch._foreach_lerp_(self.m, g, 1 - BETA_1)
        torch._foreach_mul_(self.v, BETA_2)
        torch._foreach_addcmul_(self.v, g, g, 1 - BETA_2)
        scale = torch._foreach_sqrt(self.v)
        torch._foreach_div_(scale, (1 - BETA_2**self.t) ** 0.5)
        torch._foreach_add_(scale, 1e-8)
        torch._foreach_addcdiv_(self.rest, self.m, scale, -rate / (1 - BETA_1**self.t))

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"t": self.t, "m": self.m, "v": self.v, "momenta": self.momenta}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.t = state["t"]
        for name in ("m", "v", "momenta"):
            for tensor, kept in zip(getattr(self, name), state[name], strict=True):
                tensor.copy_(kept)
